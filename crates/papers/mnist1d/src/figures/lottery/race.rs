//! Four trainings from the same first weights under different masks.
//!
//! This module must not know how anything looks.

use demo::snapshot::{Reader, Writer, bad};
use demo::{Error, Point};

use super::search::{FIRST, WIDTH};
use crate::lab::tickets::{BATCH, Mask, RATE};
use crate::learner::{Learner, Rows, accuracy};
use crate::model::Network;

/// Steps of a race.
pub(super) const STEPS: u64 = 1000;
/// Steps from one reading to the next.
const READ_EVERY: u64 = 50;

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Racer {
    /// None when it has arrived.
    learner: Option<Learner>,
    mask: Mask,
    /// Steps and test accuracy in percent.
    curve: Vec<Point>,
}

impl Racer {
    /// At the start.
    pub(super) fn new(first: &Network, mask: Mask) -> Self {
        let mut network = first.clone();
        mask.apply(&mut network.parameters);
        Self { learner: Some(Learner::from_network(network, RATE, BATCH)), mask, curve: Vec::new() }
    }

    /// One step; false, and nothing, when it has arrived.
    pub(super) fn step(&mut self, [train, test]: &[Rows; 2]) -> bool {
        let Some(learner) = &mut self.learner else { return false };
        learner.step(train);
        self.mask.apply(learner.parameters_mut());
        let steps = learner.steps();
        if steps.is_multiple_of(READ_EVERY) {
            self.curve.push([steps as f64, 100.0 * accuracy(learner.network(), test)]);
        }
        if steps >= STEPS {
            self.learner = None;
        }
        true
    }

    /// Steps made.
    pub(super) fn steps(&self) -> u64 {
        self.learner.as_ref().map_or(STEPS, Learner::steps)
    }

    /// Steps and test accuracies in percent.
    pub(super) fn curve(&self) -> &[Point] {
        &self.curve
    }

    /// The last reading.
    pub(super) fn accuracy(&self) -> Option<f64> {
        self.curve.last().map(|point| point[1])
    }

    /// How often two neighbouring weights of the first layer are kept together, against a mask that keeps as many at random.
    pub(super) fn neighbours_over_chance(&self) -> f64 {
        let density = self.kept() as f64 / FIRST as f64;
        self.mask.adjacency(WIDTH, 2) / (density * density).max(1e-12)
    }

    /// Weights of the first layer that are kept.
    pub(super) fn kept(&self) -> usize {
        self.mask.0[..FIRST].iter().filter(|mask| **mask > 0.0).count()
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.points(&self.curve);
        writer.bool(self.learner.is_some());
        if let Some(learner) = &self.learner {
            writer.bytes(&learner.save());
        }
    }

    /// Goes on from what [`Racer::save`] wrote under the same mask.
    pub(super) fn restore(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        self.curve = reader.points()?;
        if reader.bool()? {
            let bytes = reader.bytes()?;
            let learner = self.learner.as_mut().ok_or_else(|| bad("a training in it has ended."))?;
            learner.restore(bytes).map_err(|_| bad("its network is another one."))?;
        } else {
            self.learner = None;
        }
        Ok(())
    }
}
