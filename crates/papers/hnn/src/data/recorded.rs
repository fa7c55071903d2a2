//! Task 3: the pendulum that Schmidt and Lipson recorded ("Distilling Free-Form Natural Laws from Experimental Data",
//! Science 324, 2009, supplement, `real_pend_h_1.txt`). The record is not part of this repository; its text is passed in.

use math::ops::cos;

use super::{DataError, Dataset, Rows};

/// Fewer rows than this do not fill both parts of the split.
const FEWEST_ROWS: usize = 7;
/// Characters of a bad line that an error shows.
const SHOWN: usize = 80;

/// Reads the recording: a header, then rows "trial t o v" with the time t, the angle o in radians and the angular
/// velocity v.
///
/// A row of the data set is (o, v); its rate is the difference to the next row over the time between them, which is not
/// always the same. As in the authors' code, a fifth of the record near its end tests, and one row is
/// left behind them, which trains: of 555 rows, 444..=553 test and 0..=443 and 554 train.
pub fn parse(text: &str) -> Result<Dataset, DataError> {
    let samples = samples(text)?;
    if samples.len() < FEWEST_ROWS {
        return Err(DataError::TooShort { rows: samples.len() });
    }
    let rows = samples.len() - 1;
    let train_rows = (rows as f64 * 0.8) as usize;
    // The rounding of 1 - 0.8 makes this one less than a fifth of 555.
    let test_rows = (rows as f64 * (1.0 - 0.8)) as usize;
    let (mut train, mut test) = (Rows::default(), Rows::default());
    for (index, pair) in samples.windows(2).enumerate() {
        let tests = (train_rows..train_rows + test_rows).contains(&index);
        if tests { &mut test } else { &mut train }.push(&pair[0], &pair[1]);
    }
    let Rows { x, dx, t } = train;
    Ok(Dataset { dimension: 2, x, dx, t, test_x: test.x, test_dx: test.dx, test_t: test.t })
}

/// The energy by which the paper scores this task: `2.4 (1 - cos o) + v^2`.
pub fn energy(state: [f64; 2]) -> f64 {
    2.4 * (1.0 - cos(state[0])) + state[1] * state[1]
}

/// Time, angle and angular velocity.
type Sample = [f64; 3];

fn samples(text: &str) -> Result<Vec<Sample>, DataError> {
    let mut samples: Vec<Sample> = Vec::new();
    for (index, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let sample = sample(line)
            .ok_or_else(|| DataError::Line { line: index + 1, text: line.chars().take(SHOWN).collect() })?;
        if samples.last().is_some_and(|before| before[0] >= sample[0]) {
            return Err(DataError::Time { line: index + 1 });
        }
        samples.push(sample);
    }
    Ok(samples)
}

fn sample(line: &str) -> Option<Sample> {
    let numbers: Option<Vec<f64>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
    match numbers?.as_slice() {
        [_trial, time, angle, speed] => {
            Some([*time, *angle, *speed]).filter(|row| row.iter().all(|value| value.is_finite()))
        }
        _ => None,
    }
}

impl Rows {
    fn push(&mut self, [time, angle, speed]: &Sample, [next_time, next_angle, next_speed]: &Sample) {
        let dt = next_time - time;
        self.x.extend([angle, speed]);
        self.dx.extend([(next_angle - angle) / dt, (next_speed - speed) / dt]);
        self.t.push(*time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::testing::check;

    /// A record of `rows` rows in the form of the original, with one gap of twice the step.
    fn record(rows: usize) -> String {
        let line = |index: usize| {
            let time = 5.0 + if index < 3 { index as f64 } else { index as f64 + 1.0 } / 6.0;
            format!(
                "  0.0000000000000000e+000  {time:.16e}  {:.16e}  {:.16e} \r\n",
                0.1 * index as f64,
                1.0 - 0.01 * index as f64
            )
        };
        (0..rows).fold("%o v\r\n".to_owned(), |text, index| text + &line(index))
    }

    #[test]
    fn rates_are_differences_over_the_time_between() {
        let data = parse(&record(12)).unwrap();
        check(&data.x[..4], &[0.0, 1.0, 0.1, 0.99], 1e-15);
        check(&data.dx[..2], &[0.6, -0.06], 1e-12);
        check(&data.dx[4..6], &[0.3, -0.03], 1e-12);
        check(&data.t[2..4], &[5.0 + 2.0 / 6.0, 5.0 + 4.0 / 6.0], 1e-14);
    }

    #[test]
    fn the_split_leaves_one_row_behind_the_test_rows() {
        let data = parse(&record(556)).unwrap();
        assert_eq!((data.rows(), data.test_rows()), (445, 110));
        check(&[data.test_x[0], data.test_x[218], data.x[886], data.x[888]], &[44.4, 55.3, 44.3, 55.4], 1e-12);
    }

    #[test]
    fn bad_records_are_refused_with_the_line() {
        assert!(matches!(parse(""), Err(DataError::TooShort { rows: 0 })));
        assert!(matches!(parse(&record(6)), Err(DataError::TooShort { rows: 6 })));
        let cases = ["0 1 2", "0 1 2 three", "0 1 2 NaN", "0 1 2 3 4", "<html>"];
        for bad in cases {
            let text = record(8) + bad + "\n";
            assert!(matches!(parse(&text), Err(DataError::Line { line: 10, .. })), "{bad}");
        }
        let text = record(8) + "0 5.0 1 1\n";
        assert!(matches!(parse(&text), Err(DataError::Time { line: 10 })));
    }

    #[test]
    fn a_record_cut_in_a_line_is_refused() {
        let text = record(20);
        assert!(matches!(parse(&text[..text.len() - 30]), Err(DataError::Line { line: 21, .. })));
    }

    #[test]
    fn energy_of_the_scale_is_that_of_the_paper() {
        check(&[energy([0.0, 0.5]), energy([std::f64::consts::PI, 0.0])], &[0.25, 4.8], 1e-15);
    }
}
