//! The search for a ticket: train, drop the smallest weights, rewind the others, and again; a step at a time.
//!
//! This module must not know how anything looks.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};

use crate::lab::tickets::{BATCH, Mask, RATE, network};
use crate::learner::{Learner, Rows, accuracy};
use crate::model::{Network, POSITIONS};

/// Hidden numbers of a layer; the paper has 500.
pub(super) const WIDTH: usize = 200;
/// Weights of the first layer.
pub(super) const FIRST: usize = WIDTH * POSITIONS;
/// Times that weights are dropped.
pub(super) const ROUNDS: usize = 12;
/// Share of the weights that stays in a round.
const KEPT: f64 = 0.8;
/// Steps of a retraining; the paper has 1,502.
pub(super) const STEPS: u64 = 300;
/// Of weights that were not dropped.
const NEVER: u8 = u8::MAX;

/// Share of the weights that is dropped after so many rounds.
pub(super) fn sparsity(round: usize) -> f64 {
    1.0 - math::ops::powi(KEPT, round as i32)
}

/// A search.
#[derive(Clone, Debug)]
pub(super) struct Search {
    first: Network,
    learner: Learner,
    /// By weight: the round in which it was dropped.
    dropped: Vec<u8>,
    round: usize,
    accuracies: Vec<f64>,
}

impl Search {
    /// From fresh weights, nothing dropped.
    pub(super) fn new(seed: u32) -> Self {
        let first = network(WIDTH, seed);
        Self {
            learner: Learner::from_network(first.clone(), RATE, BATCH),
            dropped: vec![NEVER; first.parameters.len()],
            round: 0,
            accuracies: Vec::new(),
            first,
        }
    }

    /// One step; false, and nothing, when all rounds are over.
    pub(super) fn step(&mut self, [train, test]: &[Rows; 2]) -> bool {
        if self.accuracies.len() > ROUNDS {
            return false;
        }
        self.learner.step(train);
        let round = self.round as u8;
        let weights = self.learner.parameters_mut().iter_mut().zip(&self.dropped);
        weights.filter(|(_, dropped)| **dropped <= round).for_each(|(weight, _)| *weight = 0.0);
        if self.learner.steps() == STEPS {
            self.accuracies.push(accuracy(self.learner.network(), test));
            if self.round < ROUNDS {
                self.prune();
            }
        }
        true
    }

    fn prune(&mut self) {
        self.round += 1;
        let mask = Mask::by_magnitude(self.learner.network(), sparsity(self.round));
        let fresh = self.dropped.iter_mut().zip(&mask.0).filter(|(dropped, kept)| **dropped == NEVER && **kept == 0.0);
        let round = self.round as u8;
        fresh.for_each(|(dropped, _)| *dropped = round);
        self.rewind();
    }

    fn rewind(&mut self) {
        let mut network = self.first.clone();
        self.mask(self.round).apply(&mut network.parameters);
        self.learner = Learner::from_network(network, RATE, BATCH);
    }

    /// The network with its first weights.
    pub(super) fn first(&self) -> &Network {
        &self.first
    }

    /// Rounds whose mask is known.
    pub(super) fn found(&self) -> usize {
        self.round
    }

    /// The mask after so many rounds.
    pub(super) fn mask(&self, round: usize) -> Mask {
        Mask(self.dropped.iter().map(|dropped| if usize::from(*dropped) > round { 1.0 } else { 0.0 }).collect())
    }

    /// Test accuracies, 0 to 1, of the retrainings that have ended.
    pub(super) fn accuracies(&self) -> &[f64] {
        &self.accuracies
    }

    /// In words.
    pub(super) fn progress(&self) -> String {
        if self.accuracies.len() > ROUNDS {
            return format!("all {ROUNDS} rounds done");
        }
        format!("round {}, step {}", self.round, self.learner.steps())
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.bytes(&self.dropped);
        writer.count(self.round);
        writer.f64s(&self.accuracies);
        writer.bytes(&self.learner.save());
    }

    pub(super) fn restore(reader: &mut Reader<'_>, seed: u32) -> Result<Self, Error> {
        let mut search = Self::new(seed);
        let dropped = reader.bytes()?;
        if dropped.len() != search.dropped.len() {
            return Err(bad("its network is another one."));
        }
        search.dropped.copy_from_slice(dropped);
        search.round = reader.count()?.min(ROUNDS);
        search.accuracies = reader.f64s()?;
        search.rewind();
        search.learner.restore(reader.bytes()?).map_err(|_| bad("its network is another one."))?;
        Ok(search)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Settings, generate};

    #[test]
    fn weights_fall_round_by_round_and_never_come_back() {
        let rows = Rows::of(&generate(&Settings { num_samples: 200, ..Settings::default() }).unwrap());
        let mut search = Search::new(1);
        for _ in 0..2 * STEPS {
            search.step(&rows);
        }
        assert_eq!((search.found(), search.accuracies().len()), (2, 2));
        let kept = |round| search.mask(round).0.iter().sum::<f32>() / search.dropped.len() as f32;
        assert!((kept(0) - 1.0).abs() < 1e-6 && (kept(1) - 0.8).abs() < 1e-3 && (kept(2) - 0.64).abs() < 1e-3);
        let (one, two) = (search.mask(1), search.mask(2));
        assert!(one.0.iter().zip(&two.0).all(|(one, two)| one >= two));
        assert!(
            search.learner.network().parameters.iter().zip(&two.0).all(|(weight, kept)| *kept > 0.0 || *weight == 0.0)
        );
    }
}
