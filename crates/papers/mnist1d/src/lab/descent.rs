//! Deep double descent (notebook deep-double-descent): the test error of networks of growing width, trained to the end on labels
//! of which some are wrong.

use math::random::Mt19937;
use math::single::Momentum;

use crate::data::{Settings, SettingsError, generate_from, labels};
use crate::learner::{BATCH, Rows, Seen};
use crate::model::{Network, Pass};

/// Widths of the perceptron: whole numbers of a geometric row from 2 to 300.
pub const WIDTHS: [usize; 19] = [2, 3, 4, 5, 7, 9, 12, 16, 21, 27, 36, 47, 61, 80, 104, 135, 177, 230, 300];
/// Rate of the descent.
pub const RATE: f32 = 0.01;
/// Its momentum.
pub const MOMENTUM: f32 = 0.9;
/// Passes through the data.
pub const EPOCHS: usize = 500;
/// Share of wrong labels that makes the peak.
pub const NOISE: f64 = 0.15;

/// Training rows, their labels redrawn with probability `noise`, and test rows: 16,000 examples, a quarter to train with.
///
/// # Errors
/// Never for these settings.
pub fn rows(noise: f64) -> Result<[Rows; 2], SettingsError> {
    let settings = Settings { num_samples: 16_000, train_split: 0.25, ..Settings::default() };
    let mut random = Mt19937::new(settings.seed);
    let mut data = generate_from(&settings, &mut random)?;
    if noise > 0.0 {
        labels::add_noise(&mut data.y, noise, &mut random);
    }
    Ok(Rows::of(&data))
}

/// A network that is trained by descent with momentum on batches in a new order every epoch.
#[derive(Clone, Debug)]
pub struct Descent {
    network: Network,
    optimiser: Momentum,
    pass: Pass,
    gradient: Vec<f32>,
    labels: Vec<u8>,
    order: Vec<usize>,
    random: Mt19937,
    step: usize,
}

impl Descent {
    /// Of a network with its weights, for `rows` training rows; the seed is that of the orders.
    pub fn new(network: Network, rows: usize, seed: u32) -> Self {
        let count = network.parameters.len();
        let batch = BATCH.min(rows.max(1));
        Self {
            optimiser: Momentum::new(RATE, MOMENTUM, count),
            pass: Pass::new(&network, batch),
            gradient: vec![0.0; count],
            labels: vec![0; batch],
            order: (0..rows).collect(),
            random: Mt19937::new(seed),
            step: 0,
            network,
        }
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whole passes through the data.
    pub fn epochs(&self) -> usize {
        self.step / self.batches()
    }

    fn batches(&self) -> usize {
        (self.order.len() / self.labels.len()).max(1)
    }

    /// One step on the next batch. No rows, no step.
    pub fn step(&mut self, rows: &Rows) -> Seen {
        if self.order.is_empty() {
            return Seen { loss: 0.0, accuracy: 0.0 };
        }
        let place = self.step % self.batches();
        if place == 0 {
            self.random.shuffle(&mut self.order);
        }
        let picked = &self.order[place * self.labels.len()..(place + 1) * self.labels.len()];
        self.pass.fill(&self.network, |at| rows.row(picked[at]));
        self.labels.iter_mut().zip(picked).for_each(|(label, row)| *label = rows.y[*row]);
        let (loss, correct) = self.network.gradient(&mut self.pass, &self.labels, &mut self.gradient);
        self.optimiser.step(&mut self.network.parameters, &self.gradient);
        self.step += 1;
        Seen { loss, accuracy: correct as f32 / self.labels.len() as f32 }
    }

    /// One pass through the data.
    pub fn epoch(&mut self, rows: &Rows) {
        for _ in 0..self.batches() {
            self.step(rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::accuracy;
    use crate::model::perceptron;

    #[test]
    fn widths_are_a_geometric_row() {
        let mut expected: Vec<usize> = (0..20)
            .map(|index| {
                let share = f64::from(index) / 19.0;
                (2.0 * math::ops::powf(150.0, share) + 1e-9) as usize
            })
            .collect();
        expected.dedup();
        assert_eq!(expected, WIDTHS);
    }

    #[test]
    fn a_wide_network_learns_wrong_labels_by_heart() {
        let [train, _] = rows(NOISE).unwrap();
        let few = train.first(200);
        let mut descent = Descent::new(perceptron(80).initialised(&mut Mt19937::new(0)), few.count(), 0);
        while descent.epochs() < 400 {
            descent.epoch(&few);
        }
        assert_eq!(accuracy(descent.network(), &few), 1.0);
    }
}
