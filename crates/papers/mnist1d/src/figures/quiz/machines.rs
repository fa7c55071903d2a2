//! The four networks that learn while the visitor answers, by the published loop.

use std::rc::Rc;

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};

use super::super::published::{self, Split};
use crate::data::CLASSES;
use crate::learner::{Learner, PAPER_SEED, Rows, STEPS, predictions};
use crate::model::{CLASSIFIERS, Kind, Network};

/// Steps of every network in a tick: the published 6,001 take as long as twenty unhurried answers.
const PACE: u64 = 1;
/// Ticks from one reading of a network to its next.
const READ_EVERY: u64 = 20;

/// Networks on their way.
pub(super) struct Machines {
    rows: Rc<Split>,
    learners: [Learner; CLASSIFIERS],
    /// What each takes the test rows for, when it was last read, and after how many steps.
    readings: [(Vec<u8>, u64); CLASSIFIERS],
    ticks: u64,
}

impl Machines {
    /// With the weights of the figure's seed, 0 standing for the paper's.
    ///
    /// # Errors
    /// When the data set cannot be made.
    pub(super) fn new(seed: u32, shuffled: bool) -> Result<Self, Error> {
        let rows = published::rows(shuffled)?;
        let seed = if seed == 0 { PAPER_SEED } else { seed };
        let learners = Kind::ALL.map(|kind| Learner::new(kind, seed));
        let readings = std::array::from_fn(|_| (Vec::new(), 0));
        Ok(Self { rows, learners, readings, ticks: 0 })
    }

    /// A bounded piece of the training; one network at a time is read on the way.
    pub(super) fn advance(&mut self) {
        if self.steps_made() as u64 >= STEPS && self.readings.iter().all(|(_, steps)| *steps == STEPS) {
            return;
        }
        for learner in &mut self.learners {
            for _ in 0..PACE.min(STEPS - learner.steps()) {
                learner.step(&self.rows[0]);
            }
        }
        self.ticks += 1;
        let at = self.ticks % READ_EVERY;
        let spacing = READ_EVERY / CLASSIFIERS as u64;
        if at.is_multiple_of(spacing) {
            self.read((at / spacing) as usize);
        }
    }

    fn read(&mut self, which: usize) {
        let learner = &self.learners[which];
        self.readings[which] = (predictions(learner.network(), &self.rows[1]), learner.steps());
    }

    /// Steps that each network has made.
    pub(super) fn steps_made(&self) -> usize {
        self.learners[0].steps() as usize
    }

    /// Steps of a network when it was last read, 0 before that.
    pub(super) fn steps(&self, kind: Kind) -> u64 {
        self.readings[index(kind)].1
    }

    /// What a network takes the test rows for.
    pub(super) fn predictions(&self, kind: Kind) -> Option<&[u8]> {
        let (predictions, _) = &self.readings[index(kind)];
        (!predictions.is_empty()).then_some(predictions.as_slice())
    }

    /// Share of the test rows that a network has right.
    pub(super) fn accuracy(&self, kind: Kind) -> Option<f64> {
        let predictions = self.predictions(kind)?;
        let right = predictions.iter().zip(&self.rows[1].y).filter(|(predicted, label)| predicted == label).count();
        Some(right as f64 / self.rows[1].count() as f64)
    }

    pub(super) fn network(&self, kind: Kind) -> &Network {
        self.learners[index(kind)].network()
    }

    pub(super) fn test(&self) -> &Rows {
        &self.rows[1]
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.u32(self.ticks as u32);
        for (learner, (predictions, steps)) in self.learners.iter().zip(&self.readings) {
            writer.bytes(&learner.save());
            writer.bytes(predictions);
            writer.u32(*steps as u32);
        }
    }

    /// What [`Self::save`] wrote, into fresh networks.
    pub(super) fn restore(&mut self, reader: &mut Reader) -> Result<(), Error> {
        self.ticks = u64::from(reader.u32()?);
        for (learner, reading) in self.learners.iter_mut().zip(&mut self.readings) {
            learner.restore(reader.bytes()?).map_err(|error| bad(&error.to_string()))?;
            let predictions = reader.bytes()?.to_vec();
            let is_whole = predictions.is_empty() || predictions.len() == self.rows[1].count();
            let is_sound = is_whole && predictions.iter().all(|class| usize::from(*class) < CLASSES);
            if !is_sound || learner.steps() > STEPS {
                return Err(bad("a network in it is damaged."));
            }
            *reading = (predictions, u64::from(reader.u32()?));
        }
        Ok(())
    }
}

fn index(kind: Kind) -> usize {
    Kind::ALL.iter().position(|one| *one == kind).unwrap_or_default()
}

/// How often each class, down, was taken for each, across.
pub(super) fn confusion(pairs: impl Iterator<Item = (u8, u8)>) -> [[u32; CLASSES]; CLASSES] {
    let mut counts = [[0; CLASSES]; CLASSES];
    for (label, taken) in pairs {
        counts[usize::from(label)][usize::from(taken)] += 1;
    }
    counts
}
