//! The published training loop (notebook mnist1d-classification): Adam on batches of 100 taken cyclically in the stored
//! order, and the accuracy of what it gives.
//!
//! A [`Learner`] makes one step at a time, natively and in a figure, and can be saved between any two.

use math::random::Mt19937;
use math::single::Adam;

use crate::data::{CLASSES, Dataset};
use crate::model::{Kind, Network, Pass};

/// Rows of a batch.
pub const BATCH: usize = 100;
/// Adam's learning rate.
pub const RATE: f32 = 1e-2;
/// Steps of a training.
pub const STEPS: u64 = 6001;
/// Steps from one reading of the accuracies to the next.
pub const READ_EVERY: u64 = 250;
/// Seed of the published weights.
pub const PAPER_SEED: u32 = 42;

/// Examples in 32 bits, as networks see them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Numbers in a row.
    pub length: usize,
    /// `[N, length]`.
    pub x: Vec<f32>,
    /// Classes, `[N]`.
    pub y: Vec<u8>,
}

/// Why numbers and labels are no rows.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RowsError {
    /// Not as many numbers as rows of that length have.
    #[error("{numbers} numbers are not {labels} rows of {length}")]
    Count {
        /// Numbers given.
        numbers: usize,
        /// Labels given.
        labels: usize,
        /// Numbers in a row.
        length: usize,
    },
    /// There is no such class.
    #[error("row {row} has the label {label}; labels are 0 to {}", CLASSES - 1)]
    Label {
        /// From 0.
        row: usize,
        /// Its label.
        label: u8,
    },
    /// Infinite, or not a number.
    #[error("row {row} holds {value}, which is not a finite number")]
    NotFinite {
        /// From 0.
        row: usize,
        /// What it holds.
        value: f32,
    },
}

impl Rows {
    /// Rows that come from outside.
    ///
    /// # Errors
    /// When they are not as many numbers as labels need, hold something that is not a number, or have a label outside 0 to 9.
    pub fn new(length: usize, x: Vec<f32>, y: Vec<u8>) -> Result<Self, RowsError> {
        if x.len() != y.len() * length {
            return Err(RowsError::Count { numbers: x.len(), labels: y.len(), length });
        }
        if let Some(row) = y.iter().position(|label| usize::from(*label) >= CLASSES) {
            return Err(RowsError::Label { row, label: y[row] });
        }
        if let Some(at) = x.iter().position(|value| !value.is_finite()) {
            return Err(RowsError::NotFinite { row: at / length, value: x[at] });
        }
        Ok(Self { length, x, y })
    }

    /// The training and the test rows of a data set.
    pub fn of(data: &Dataset) -> [Self; 2] {
        let rows = |x: &[f64], y: &[u8]| Self {
            length: data.length,
            x: x.iter().map(|value| *value as f32).collect(),
            y: y.to_vec(),
        };
        [rows(&data.x, &data.y), rows(&data.x_test, &data.y_test)]
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.y.len()
    }

    /// One of them.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.x[index * self.length..(index + 1) * self.length]
    }

    /// The first `count`, or all where there are fewer.
    pub fn first(&self, count: usize) -> Self {
        let count = count.min(self.count());
        Self { length: self.length, x: self.x[..count * self.length].to_vec(), y: self.y[..count].to_vec() }
    }
}

/// What a step saw in its batch, before it moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Mean cross-entropy.
    pub loss: f32,
    /// Share that was right.
    pub accuracy: f32,
}

/// A network that learns.
#[derive(Clone, Debug)]
pub struct Learner {
    network: Network,
    adam: Adam,
    pass: Pass,
    gradient: Vec<f32>,
    labels: Vec<u8>,
}

/// A snapshot is of another network or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot is not of this network")]
pub struct BadSnapshot;

impl Learner {
    /// A published network with fresh weights: the seed is that of `torch.manual_seed`, and gives PyTorch's weights.
    pub fn new(kind: Kind, seed: u32) -> Self {
        Self::from_network(kind.network().initialised(&mut Mt19937::new(seed)), RATE, BATCH)
    }

    /// Any network with its weights as they are, Adam's rate and the rows of a batch.
    pub fn from_network(network: Network, rate: f32, batch: usize) -> Self {
        let count = network.parameters.len();
        let pass = Pass::new(&network, batch);
        Self { adam: Adam::new(rate, count), gradient: vec![0.0; count], pass, network, labels: vec![0; batch] }
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// To change weights between steps (a mask).
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.network.parameters
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        u64::from(self.adam.steps())
    }

    /// One step on the next batch of `rows`, which begin anew at the end. No rows, no step.
    pub fn step(&mut self, rows: &Rows) -> Seen {
        let (count, batch) = (rows.count(), self.labels.len());
        if count == 0 {
            return Seen { loss: 0.0, accuracy: 0.0 };
        }
        let begin = batch_of(self.steps(), batch, count);
        self.step_on(rows, |at| (begin + at) % count)
    }

    /// One step on the rows that `pick` gives for the places of the batch.
    pub fn step_on(&mut self, rows: &Rows, pick: impl Fn(usize) -> usize) -> Seen {
        self.pass.fill(&self.network, |at| rows.row(pick(at)));
        self.labels.iter_mut().enumerate().for_each(|(at, label)| *label = rows.y[pick(at)]);
        let (loss, correct) = self.network.gradient(&mut self.pass, &self.labels, &mut self.gradient);
        self.adam.step(&mut self.network.parameters, &self.gradient);
        Seen { loss, accuracy: correct as f32 / self.labels.len() as f32 }
    }

    /// Everything that makes the next steps, as bytes.
    pub fn save(&self) -> Vec<u8> {
        let steps = self.adam.steps().to_le_bytes();
        steps.into_iter().chain(self.numbers().into_iter().flat_map(f32::to_le_bytes)).collect()
    }

    /// Goes on from what [`Learner::save`] gave for the same network.
    ///
    /// # Errors
    /// [`BadSnapshot`] when it is not of this network or holds something that is not a number; nothing changes then.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), BadSnapshot> {
        let (steps, rest) = bytes.split_first_chunk::<4>().ok_or(BadSnapshot)?;
        let (chunks, odd) = rest.as_chunks::<4>();
        let numbers: Vec<f32> = chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
        if odd.is_empty() { self.resume(u32::from_le_bytes(*steps), &numbers) } else { Err(BadSnapshot) }
    }

    /// Goes on after so many steps from the parameters and both moments of Adam.
    ///
    /// # Errors
    /// [`BadSnapshot`] when there are not as many of them, or not all are numbers; nothing changes then.
    pub fn resume(&mut self, steps: u32, numbers: &[f32]) -> Result<(), BadSnapshot> {
        let count = self.network.parameters.len();
        if numbers.len() != 3 * count || numbers.iter().any(|number| !number.is_finite()) {
            return Err(BadSnapshot);
        }
        self.network.parameters.copy_from_slice(&numbers[..count]);
        self.adam.restore(steps, &numbers[count..]);
        Ok(())
    }

    /// Parameters and both moments of Adam, one after the other.
    pub fn numbers(&self) -> Vec<f32> {
        self.network.parameters.iter().copied().chain(self.adam.moments()).collect()
    }
}

/// The first row of a batch after so many steps. As in the notebooks there are whole batches only, unless there is not one.
pub fn batch_of(steps: u64, batch: usize, rows: usize) -> usize {
    let batches = (rows / batch).max(1);
    (steps as usize % batches) * batch
}

/// The most likely class of each row.
pub fn predictions(network: &Network, rows: &Rows) -> Vec<u8> {
    logits(network, rows).iter().map(largest).collect()
}

/// The logits of each row.
pub fn logits(network: &Network, rows: &Rows) -> Vec<[f32; CLASSES]> {
    let mut pass = Pass::new(network, BATCH.min(rows.count().max(1)));
    let mut found = Vec::with_capacity(rows.count());
    for begin in (0..rows.count()).step_by(pass.n()) {
        let n = pass.n().min(rows.count() - begin);
        if n < pass.n() {
            pass = Pass::new(network, n);
        }
        pass.fill(network, |at| rows.row(begin + at));
        let logits = network.forward(&mut pass);
        found.extend((0..n).map(|at| std::array::from_fn(|class| logits[class * n + at])));
    }
    found
}

fn largest(logits: &[f32; CLASSES]) -> u8 {
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    best as u8
}

/// Share of rows whose most likely class is theirs, 0 to 1.
pub fn accuracy(network: &Network, rows: &Rows) -> f64 {
    let right = predictions(network, rows).iter().zip(&rows.y).filter(|(predicted, label)| predicted == label).count();
    right as f64 / rows.count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Settings, generate};

    fn small() -> [Rows; 2] {
        Rows::of(&generate(&Settings { num_samples: 500, ..Settings::default() }).unwrap())
    }

    #[test]
    fn every_network_learns() {
        let [train, _] = small();
        for kind in Kind::ALL {
            let mut learner = Learner::new(kind, 0);
            let before = accuracy(learner.network(), &train);
            let first = learner.step(&train);
            for _ in 0..60 {
                learner.step(&train);
            }
            let after = accuracy(learner.network(), &train);
            assert!(after > before + 0.15, "{kind:?}: {before} to {after}");
            assert!((first.loss - 2.3).abs() < 0.4, "{kind:?} begins near ln 10: {first:?}");
        }
    }

    #[test]
    fn rows_from_outside_are_checked() {
        let rows = |x: &[f32], y: &[u8]| Rows::new(2, x.to_vec(), y.to_vec()).map_err(|error| error.to_string());
        assert_eq!(rows(&[1.0, 2.0, 3.0, 4.0], &[0, 9]).unwrap().row(1), [3.0, 4.0]);
        assert_eq!(rows(&[1.0, 2.0], &[10]).unwrap_err(), "row 0 has the label 10; labels are 0 to 9");
        assert_eq!(rows(&[1.0], &[1]).unwrap_err(), "1 numbers are not 1 rows of 2");
        let error = rows(&[1.0, 2.0, f32::NAN, 4.0], &[0, 1]).unwrap_err();
        assert_eq!(error, "row 1 holds NaN, which is not a finite number");
    }

    #[test]
    fn a_snapshot_goes_on_to_the_same_bits() {
        let [train, _] = small();
        let mut learner = Learner::new(Kind::Cnn, 1);
        learner.step(&train);
        let mut other = Learner::new(Kind::Cnn, 2);
        other.restore(&learner.save()).unwrap();
        for _ in 0..3 {
            assert_eq!(learner.step(&train), other.step(&train));
        }
        assert_eq!(learner.network(), other.network());
        assert_eq!(Learner::new(Kind::Mlp, 1).restore(&learner.save()), Err(BadSnapshot));
        assert_eq!(other.restore(&[]), Err(BadSnapshot));
    }

    #[test]
    fn batches_run_through_the_rows_in_order() {
        let [train, _] = small();
        let one = |rows: &Rows| {
            let mut learner = Learner::new(Kind::Logistic, 0);
            (0..8).map(|_| learner.step(rows).loss).collect::<Vec<_>>()
        };
        let mut changed = train.clone();
        // Row 350 is in the fourth batch of four.
        changed.y[350] = (changed.y[350] + 1) % 10;
        let (before, after) = (one(&train), one(&changed));
        assert_eq!(before[..3], after[..3]);
        assert_ne!(before[3], after[3]);
    }
}
