//! Lottery tickets (Frankle and Carbin, 2019; notebook lottery-tickets): train, drop the smallest weights, rewind the others to
//! their first values, and again.

use math::random::Mt19937;

use crate::learner::{Learner, Rows, Seen};
use crate::model::{Network, POSITIONS, residual_perceptron};

/// Width of the perceptron.
pub const WIDTH: usize = 500;
/// Adam's rate.
pub const RATE: f32 = 2e-2;
/// Steps of a retraining.
pub const STEPS: u64 = 1502;
/// Rows of a batch.
pub const BATCH: usize = 100;
/// Retrainings of the whole schedule, over which the sparsity rises evenly from 0 to 1.
pub const RETRAINS: usize = 100;
/// The retraining whose ticket is studied, 92 % sparse.
pub const STUDIED: usize = 91;

/// The network with first weights.
pub fn network(width: usize, seed: u32) -> Network {
    residual_perceptron(width).initialised(&mut Mt19937::new(seed))
}

/// Share of the weights that is dropped before a retraining.
pub fn sparsity(retrain: usize) -> f64 {
    retrain as f64 / (RETRAINS - 1) as f64
}

/// One and zero for each parameter of a network: the ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask(pub Vec<f32>);

impl Mask {
    /// Nothing dropped.
    pub fn dense(network: &Network) -> Self {
        Self(vec![1.0; network.parameters.len()])
    }

    /// In every layer, weights and biases together, the share `sparsity` with the smallest scores dropped.
    pub fn by_scores(network: &Network, scores: &[f32], sparsity: f64) -> Self {
        let mut mask = vec![1.0; scores.len()];
        for layer in 0..network.layers().len() {
            let range = network.range(layer);
            let mut order: Vec<usize> = range.clone().collect();
            order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
            let dropped = (sparsity * range.len() as f64) as usize;
            order.iter().take(dropped).for_each(|place| mask[*place] = 0.0);
        }
        Self(mask)
    }

    /// The largest final weights survive.
    pub fn by_magnitude(trained: &Network, sparsity: f64) -> Self {
        let scores: Vec<f32> = trained.parameters.iter().map(|weight| weight.abs()).collect();
        Self::by_scores(trained, &scores, sparsity)
    }

    /// Any survive.
    pub fn random(network: &Network, sparsity: f64, random: &mut Mt19937) -> Self {
        let scores: Vec<f32> = network.parameters.iter().map(|_| random.rand() as f32).collect();
        Self::by_scores(network, &scores, sparsity)
    }

    /// Drops what is dropped.
    pub fn apply(&self, parameters: &mut [f32]) {
        parameters.iter_mut().zip(&self.0).for_each(|(parameter, mask)| *parameter *= mask);
    }

    /// The first layer's weights, `[width, 40]`.
    pub fn first_layer(&self, width: usize) -> &[f32] {
        &self.0[..width * POSITIONS]
    }

    /// How often `count` neighbouring weights of the first layer survive together: of a random mask, the density to that
    /// power.
    pub fn adjacency(&self, width: usize, count: usize) -> f64 {
        let windows = self.first_layer(width).chunks_exact(POSITIONS).flat_map(|row| row.windows(count));
        let (mut together, mut all) = (0_usize, 0_usize);
        for window in windows {
            all += 1;
            together += usize::from(window.iter().all(|mask| *mask > 0.0));
        }
        together as f64 / all as f64
    }

    /// The authors' statistic for four in a row: by a slip its last factor is of the random mask.
    pub fn published_four(&self, random: &Self, width: usize) -> f64 {
        let rows =
            self.first_layer(width).chunks_exact(POSITIONS).zip(random.first_layer(width).chunks_exact(POSITIONS));
        let products = rows.flat_map(|(own, other)| {
            (0..POSITIONS - 3).map(move |at| own[at] * own[at + 1] * own[at + 2] * other[at + 3])
        });
        let (sum, count) = products.fold((0.0, 0_usize), |(sum, count), product| (sum + f64::from(product), count + 1));
        sum / count as f64
    }
}

/// A retraining: first weights under a mask.
#[derive(Clone, Debug)]
pub struct Retrain {
    learner: Learner,
    mask: Mask,
}

impl Retrain {
    /// Before its first step.
    pub fn new(first: &Network, mask: Mask, batch: usize) -> Self {
        let mut network = first.clone();
        mask.apply(&mut network.parameters);
        Self { learner: Learner::from_network(network, RATE, batch), mask }
    }

    /// One step; the mask holds afterwards.
    pub fn step(&mut self, rows: &Rows) -> Seen {
        let seen = self.learner.step(rows);
        self.mask.apply(self.learner.parameters_mut());
        seen
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.learner.steps()
    }

    /// The network under its mask.
    pub fn network(&self) -> &Network {
        self.learner.network()
    }

    /// Its mask.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Settings, generate};

    #[test]
    fn every_layer_loses_its_smallest_weights() {
        let network = network(20, 1);
        let mask = Mask::by_magnitude(&network, 0.75);
        for layer in 0..3 {
            let range = network.range(layer);
            let kept = mask.0[range.clone()].iter().filter(|mask| **mask > 0.0).count();
            assert_eq!(kept, range.len() - (0.75 * range.len() as f64) as usize);
            let magnitude = |kept: bool| {
                let chosen = range.clone().filter(|place| (mask.0[*place] > 0.0) == kept);
                chosen.map(|place| network.parameters[place].abs()).collect::<Vec<_>>()
            };
            let largest_dropped = magnitude(false).into_iter().fold(0.0, f32::max);
            assert!(magnitude(true).into_iter().all(|kept| kept >= largest_dropped));
        }
    }

    #[test]
    fn neighbours_are_counted() {
        let network = network(2, 1);
        let mut mask = Mask::dense(&network);
        mask.0[..80].fill(0.0);
        // 3, 4, 5, 6 in the first row; 0, 2, 39 in the second.
        for place in [3, 4, 5, 6, 40, 42, 79] {
            mask.0[place] = 1.0;
        }
        let counts = [2, 3, 4].map(|count| mask.adjacency(2, count) * (2 * (41 - count)) as f64);
        assert_eq!(counts.map(f64::round), [3.0, 2.0, 1.0]);
        let dense = Mask::dense(&network);
        assert!((mask.published_four(&dense, 2) * 74.0 - 2.0).abs() < 1e-9);
        let random = Mask::random(&self::network(500, 1), 0.92, &mut Mt19937::new(0));
        assert!((random.adjacency(500, 2) - 0.08 * 0.08).abs() < 0.001);
    }

    #[test]
    fn a_mask_holds_while_the_rest_learns() {
        let [train, _] = Rows::of(&generate(&Settings { num_samples: 500, ..Settings::default() }).unwrap());
        let first = network(30, 1);
        let mask = Mask::random(&first, 0.5, &mut Mt19937::new(0));
        let mut retrain = Retrain::new(&first, mask.clone(), BATCH);
        let before = retrain.step(&train).loss;
        for _ in 0..20 {
            retrain.step(&train);
        }
        assert!(retrain.step(&train).loss < before);
        let weights = &retrain.network().parameters;
        assert!(weights.iter().zip(&mask.0).all(|(weight, mask)| *mask > 0.0 || *weight == 0.0));
    }
}
