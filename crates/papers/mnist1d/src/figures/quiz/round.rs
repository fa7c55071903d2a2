//! Twenty rows to be told apart, and what a visitor took them for.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};
use math::ops::sqrt;
use math::random::Mt19937;

use super::human;
use crate::data::CLASSES;

/// Rows of a round.
pub(super) const ROWS: usize = 20;

/// One round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Round {
    /// Which one, from 0.
    pub number: u32,
    /// Places in the test set.
    pub rows: Vec<usize>,
    /// Classes given, in the order of the rows.
    pub answers: Vec<u8>,
}

impl Round {
    /// The rows of a round of a seed, among those that the recorded human saw; those of the shuffled data are others.
    pub(super) fn new(seed: u32, number: u32, shuffled: bool) -> Self {
        let seen: Vec<usize> = human::answers().map(|(row, _)| row).collect();
        let mut random = Mt19937::from_key(&[seed, number, u32::from(shuffled)]);
        let drawn = random.choice_without_replacement(seen.len(), ROWS);
        Self { number, rows: drawn.into_iter().map(|index| seen[index]).collect(), answers: Vec::new() }
    }

    pub(super) fn is_over(&self) -> bool {
        self.answers.len() >= self.rows.len()
    }

    /// The row that waits for an answer.
    pub(super) fn row(&self) -> Option<usize> {
        self.rows.get(self.answers.len()).copied()
    }

    pub(super) fn answer(&mut self, class: u8) {
        if !self.is_over() {
            self.answers.push(class);
        }
    }

    /// Takes back the last answer, unless all were given and the truth was told.
    pub(super) fn undo(&mut self) {
        if !self.is_over() {
            self.answers.pop();
        }
    }

    /// How many answers are right.
    pub(super) fn right(&self, labels: &[u8]) -> usize {
        self.rows.iter().zip(&self.answers).filter(|(row, answer)| labels[**row] == **answer).count()
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.u32(self.number);
        writer.bytes(&self.answers);
    }

    /// What [`Self::save`] wrote.
    pub(super) fn restored(reader: &mut Reader, seed: u32, shuffled: bool) -> Result<Self, Error> {
        let round = Self::new(seed, reader.u32()?, shuffled);
        let answers = reader.bytes()?.to_vec();
        if answers.len() > ROWS || answers.iter().any(|answer| usize::from(*answer) >= CLASSES) {
            return Err(bad("an answer in it is damaged."));
        }
        Ok(Self { answers, ..round })
    }
}

/// The shares between which the truth lies in 95 of 100 cases, after `right` of `count` (Wilson, JASA 22, 1927).
pub(super) fn interval(right: usize, count: usize) -> [f64; 2] {
    const Z: f64 = 1.96;
    let n = count.max(1) as f64;
    let share = right as f64 / n;
    let centre = share + Z * Z / (2.0 * n);
    let reach = Z * sqrt(share * (1.0 - share) / n + Z * Z / (4.0 * n * n));
    [-1.0, 1.0].map(|sign| ((centre + sign * reach) / (1.0 + Z * Z / n)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_twenty_rows_of_its_own() {
        let round = Round::new(0, 0, false);
        let mut rows = round.rows.clone();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), ROWS);
        for other in [Round::new(1, 0, false), Round::new(0, 1, false), Round::new(0, 0, true)] {
            assert_ne!(round.rows, other.rows);
        }
    }

    #[test]
    fn answers_end_with_the_round() {
        let mut round = Round::new(0, 0, false);
        round.answer(3);
        round.undo();
        (0..ROWS + 5).for_each(|_| round.answer(7));
        round.undo();
        assert!(round.is_over() && round.row().is_none());
        assert_eq!((round.answers.len(), round.right(&[7; 1000])), (ROWS, ROWS));
    }

    #[test]
    fn the_interval_is_wilsons() {
        // R: prop.test(17, 20, correct = FALSE)$conf.int
        let [low, high] = interval(17, 20);
        assert!((low - 0.6396).abs() < 1e-3 && (high - 0.9476).abs() < 1e-3, "{low} {high}");
        assert!(interval(20, 20)[1] <= 1.0 && interval(0, 20)[0] >= 0.0);
    }
}
