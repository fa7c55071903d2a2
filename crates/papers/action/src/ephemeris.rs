//! Where the planets were: two recorded days as facts, and the reader of the tables that they come from.
//!
//! Source: NASA/JPL Horizons, vector tables of DE441, geometric states about the solar-system barycentre in the ecliptic
//! of J2000, TDB. The tables themselves are not part of the project; [`record`] holds what a page needs of them.

pub mod record;

/// Bodies in the order of [`crate::systems::Planets`].
pub const BODIES: [&str; 5] = ["sun", "mercury", "venus", "earth", "mars"];

/// x and y of Sun, Mercury, Venus, Earth and Mars.
pub type Day = [f64; 10];

/// 2022-07-14 and 2022-07-15, 0 h TDB, in kilometres as recorded: the only days that enter the paper's experiment.
const PAPER_DAYS_KM: [Day; 2] = [
    [
        -1.351726041276557e6,
        2.46210285129326e5,
        -6.819347861505019e6,
        4.618319242507705e7,
        7.375717913448443e7,
        7.798530196298192e7,
        5.379184128556358e7,
        -1.414690829485953e8,
        2.028839135507045e8,
        -3.41080274081348e7,
    ],
    [
        -1.351900793623711e6,
        2.448504110008886e5,
        -1.180814445036223e7,
        4.561266085655195e7,
        7.154252152881183e7,
        8.00428193530907e7,
        5.613949159648858e7,
        -1.405275411860707e8,
        2.032996133026235e8,
        -3.186396112213948e7,
    ],
];

/// The two days of the paper's experiment in metres, rounded as the authors' conversion rounds: the first step of Adam on
/// the planets depends on the last bit.
pub fn paper_days() -> [Day; 2] {
    PAPER_DAYS_KM.map(|day| day.map(|kilometres| kilometres * 1e3))
}

/// One row of a Horizons vector table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Julian date, TDB.
    pub julian_date: f64,
    /// Position in metres.
    pub position: [f64; 3],
}

/// What is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The marks around the rows are missing.
    #[error("there is no table between $$SOE and $$EOE")]
    NoTable,
    /// A row that cannot be read.
    #[error("line {line} of the table has no {what}")]
    BadRow {
        /// Counted from $$SOE.
        line: usize,
        /// date, X, Y or Z
        what: &'static str,
    },
}

/// Reads a Horizons vector table: between $$SOE and $$EOE groups of four lines, the first with the Julian date, the
/// second with `X=`, `Y=` and `Z=` in kilometres.
///
/// # Errors
/// [`ParseError`] names the line that cannot be read.
pub fn parse(text: &str) -> Result<Vec<State>, ParseError> {
    let table = text.split_once("$$SOE").and_then(|(_, rest)| rest.split_once("$$EOE")).ok_or(ParseError::NoTable)?.0;
    let lines: Vec<&str> = table.lines().skip(1).collect();
    lines.chunks(4).enumerate().map(|(row, lines)| state(4 * row + 1, lines)).collect()
}

fn state(line: usize, lines: &[&str]) -> Result<State, ParseError> {
    let date = lines.first().and_then(|line| line.split('=').next()?.trim().parse().ok());
    let julian_date = date.ok_or(ParseError::BadRow { line, what: "date" })?;
    let vector = lines.get(1).copied().unwrap_or_default();
    let component = |what: &'static str| {
        let kilometres: Option<f64> = vector.split_once(what).and_then(|(_, rest)| {
            let number = rest.trim_start().strip_prefix('=')?.trim_start();
            number.split(|c: char| c.is_whitespace()).next()?.parse().ok()
        });
        kilometres.map(|km| km * 1e3).ok_or(ParseError::BadRow { line: line + 1, what })
    };
    Ok(State { julian_date, position: [component("X")?, component("Y")?, component("Z")?] })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "head\n$$SOE\n\
        2459774.500000000 = A.D. 2022-Jul-14 00:00:00.0000 TDB \n X = 5.379184128556358E+07 Y =-1.414690829485953E+08 Z = 3.669156366088986E+04\n VX= 1\n LT= 2\n\
        2459775.500000000 = A.D. 2022-Jul-15 00:00:00.0000 TDB \n X = 5.613949159648858E+07 Y =-1.405275411860707E+08 Z = 3.668038708205521E+04\n VX= 1\n LT= 2\n\
        $$EOE\nfoot";

    #[test]
    fn a_table_gives_the_typed_facts() {
        let states = parse(TABLE).unwrap();
        assert_eq!(states.len(), 2);
        for (state, day) in states.iter().zip(paper_days()) {
            assert_eq!(state.position[..2], day[6..8]);
        }
        assert_eq!(states[0].julian_date, 2459774.5);
    }

    #[test]
    fn a_mangled_table_is_refused_with_its_line() {
        assert_eq!(parse("X = 1"), Err(ParseError::NoTable));
        let cut = TABLE.replace("Y =-1.405275411860707E+08", "Y =?");
        assert_eq!(parse(&cut), Err(ParseError::BadRow { line: 6, what: "Y" }));
        let cut = TABLE.replace("2459775.500000000", "soon");
        assert_eq!(parse(&cut), Err(ParseError::BadRow { line: 5, what: "date" }));
    }
}
