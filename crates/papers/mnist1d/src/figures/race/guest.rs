//! A visitor's classifier: it does not learn here, it only sits the test.

use std::rc::Rc;

use demo::{Error, ForeignModel, Readout};

use super::super::marks::UNKNOWN;
use crate::data::CLASSES;
use crate::learner::Rows;
use crate::model::POSITIONS;

/// What a dropped file must honour.
pub(super) const CONTRACT: &str = "x [N, 1, 40] or [N, 40] -> logits [N, 10]";

/// Rows that are asked in one tick.
const PORTION: usize = 50;

/// A model that kept the contract when it was tried, and its test.
pub(super) struct Guest {
    model: Rc<dyn ForeignModel>,
    /// Rows answered, in order and shuffled.
    asked: [usize; 2],
    right: [usize; 2],
}

impl Guest {
    /// Tries the model on three rows.
    ///
    /// # Errors
    /// [`Error::BadModel`] when it does not keep [`CONTRACT`].
    pub(super) fn new(model: Rc<dyn ForeignModel>, test: &Rows) -> Result<Self, Error> {
        let guest = Self { model, asked: [0; 2], right: [0; 2] };
        if let Some(columns) = guest.model.columns().filter(|columns| *columns != POSITIONS) {
            return Err(guest.refused(&format!("it takes {columns} numbers a row")));
        }
        guest.answers(test, 0..3)?;
        Ok(guest)
    }

    /// The file's name, shortened for the board.
    pub(super) fn name(&self) -> String {
        let name = self.model.name();
        if name.chars().count() > 20 { name.chars().take(19).chain(['…']).collect() } else { name.into() }
    }

    /// Asks the next rows, first in order, then shuffled. Gives whether there were any.
    ///
    /// # Errors
    /// [`Error::BadModel`] when the model fails.
    pub(super) fn ask(&mut self, tests: [&Rows; 2]) -> Result<bool, Error> {
        let Some(order) = (0..2).find(|order| self.asked[*order] < tests[*order].count()) else { return Ok(false) };
        let rows = tests[order];
        let begin = self.asked[order];
        let end = (begin + PORTION).min(rows.count());
        let answers = self.answers(rows, begin..end)?;
        self.right[order] += answers.iter().zip(&rows.y[begin..end]).filter(|(answer, label)| answer == label).count();
        self.asked[order] = end;
        Ok(true)
    }

    /// The share that was right so far, in order (0) or shuffled (1).
    pub(super) fn accuracy(&self, order: usize) -> Option<f64> {
        (self.asked[order] > 0).then(|| self.right[order] as f64 / self.asked[order] as f64)
    }

    /// Its results, so far or of all `rows`, in order and with shuffled positions.
    pub(super) fn readouts(&self, rows: usize) -> [Readout; 2] {
        let name = self.name();
        let readout = |order: usize, id: &str, label: &str| {
            let share = self.accuracy(order).map(|share| 100.0 * share);
            let text = match (share, self.asked[order]) {
                (None, _) => UNKNOWN.into(),
                (Some(share), asked) if asked < rows => format!("{share:.1} % of {asked}"),
                (Some(share), _) => format!("{share:.1} % right"),
            };
            Readout { number: share, ..Readout::text(id, label, text) }
        };
        [readout(0, "visitor", &name), readout(1, "visitor-shuffled", &format!("{name}, shuffled"))]
    }

    /// The likeliest class of each row.
    fn answers(&self, rows: &Rows, range: std::ops::Range<usize>) -> Result<Vec<u8>, Error> {
        let count = range.len();
        let input = &rows.x[range.start * POSITIONS..range.end * POSITIONS];
        let logits = self.model.run(input, count, POSITIONS)?;
        if logits.len() != count * CLASSES {
            return Err(self.refused(&format!("{count} rows gave {} numbers", logits.len())));
        }
        if logits.iter().any(|logit| !logit.is_finite()) {
            return Err(self.refused("it gave something that is not a number"));
        }
        Ok(logits.chunks_exact(CLASSES).map(largest).collect())
    }

    fn refused(&self, reason: &str) -> Error {
        Error::BadModel { name: self.model.name().into(), reason: format!("{reason}; {CONTRACT} is needed.") }
    }
}

fn largest(logits: &[f32]) -> u8 {
    (0..logits.len()).fold(0, |best, class| if logits[class] > logits[best] { class } else { best }) as u8
}
