//! A year of recorded positions, small enough for a page: fourth differences of whole kilometres, as text.
//!
//! Source: NASA/JPL Horizons, vector tables of DE441 (see the head of record.txt). Rounding to kilometres is all that is lost.

use super::Day;

/// Days of the record, 2022-02-16 to 2023-02-15.
pub const DAYS: usize = 365;
/// Julian date of the first one, 0 h TDB.
pub const FIRST_JULIAN_DATE: f64 = 2_459_626.5;
/// The day on which the paper's experiment begins, 2022-07-14.
pub const PAPER_DAY: usize = 148;

/// How often differences are taken.
const ORDER: usize = 4;
const TABLE: &str = include_str!("record.txt");

/// The recorded positions in metres, one entry a day.
pub fn days() -> Vec<Day> {
    let mut days = vec![Day::default(); DAYS];
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    for (coordinate, line) in lines.take(Day::default().len()).enumerate() {
        for (day, kilometres) in days.iter_mut().zip(decoded(line)) {
            day[coordinate] = kilometres as f64 * 1e3;
        }
    }
    days
}

/// What [`encoded`] wrote.
fn decoded(line: &str) -> Vec<i64> {
    let mut values: Vec<i64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    for _ in 0..ORDER {
        let mut sum = 0;
        for value in &mut values {
            sum += *value;
            *value = sum;
        }
    }
    values
}

/// Differences of one coordinate's kilometres, the day before the first taken as zero.
#[cfg(any(test, not(target_arch = "wasm32")))]
pub fn encoded(kilometres: &[i64]) -> String {
    let mut values = kilometres.to_vec();
    for _ in 0..ORDER {
        let mut before = 0;
        for value in &mut values {
            (before, *value) = (*value, *value - before);
        }
    }
    values.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
}

/// A day of the record in words: 14 July 2022.
pub fn date(day: usize) -> String {
    const MONTHS: [(&str, usize); 13] = [
        ("February", 28),
        ("March", 31),
        ("April", 30),
        ("May", 31),
        ("June", 30),
        ("July", 31),
        ("August", 31),
        ("September", 30),
        ("October", 31),
        ("November", 30),
        ("December", 31),
        ("January", 31),
        ("February", 28),
    ];
    // The record begins on 16 February.
    let mut of_month = day + 16;
    for (index, (name, length)) in MONTHS.iter().enumerate() {
        if of_month <= *length {
            return format!("{of_month} {name} {}", if index < 11 { 2022 } else { 2023 });
        }
        of_month -= length;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_whole_and_holds_the_papers_days_to_the_kilometre() {
        assert_eq!(TABLE.lines().filter(|line| !line.starts_with('#')).count(), 10);
        let days = days();
        for (recorded, typed) in days[PAPER_DAY..].iter().zip(super::super::paper_days()) {
            assert!(recorded.iter().zip(typed).all(|(recorded, typed)| (recorded - typed).abs() <= 500.0));
        }
        let distance = |day: &Day| math::ops::hypot(day[6] - day[0], day[7] - day[1]) / 1.495978707e11;
        assert!(days.iter().all(|day| (0.983..1.017).contains(&distance(day))));
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let values = [-53_791_841, -56_139_495, 7, 0, 1];
        assert_eq!(decoded(&encoded(&values)), values);
    }

    #[test]
    fn days_have_dates() {
        assert_eq!(date(0), "16 February 2022");
        assert_eq!(date(12), "28 February 2022");
        assert_eq!(date(13), "1 March 2022");
        assert_eq!(date(PAPER_DAY), "14 July 2022");
        assert_eq!(date(318), "31 December 2022");
        assert_eq!(date(319), "1 January 2023");
        assert_eq!(date(DAYS - 1), "15 February 2023");
    }
}
