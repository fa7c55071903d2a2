//! Metalearning a learning rate (notebook metalearn-learn-rate): gradient descent on the rate of gradient descent.
//!
//! A network 40-50-10 with tanh makes 200 steps of plain descent with rate r from the same first weights; the outer loss is the
//! mean of its 200 training losses. Its slope by r is exact: beside the weights w a tangent v = dw/dr is carried along,
//!
//! w' = w - r g(w),   v' = v - g(w) - r H(w) v,   d loss / d r = mean of g(w) . v,
//!
//! where H v, the Hessian of the batch's loss times the tangent, comes from Pearlmutter's R-operator (Neural Computation 6,
//! 1994): one forward and one backward pass, differentiated along v. All in 64 bits.

use math::ops::{exp, ln, sqrt, tanh};
use math::random::Mt19937;

use crate::data::{CLASSES, Dataset};
use crate::model::POSITIONS;

/// Hidden numbers.
const HIDDEN: usize = 50;
/// Rows of a batch.
const BATCH: usize = 50;
/// Steps of an inner training.
pub const INNER_STEPS: usize = 200;
/// The rate of descent on the rate.
pub const OUTER_RATE: f64 = 0.3;
/// Steps of it.
pub const OUTER_STEPS: usize = 50;
/// Where the authors begin.
pub const STARTS: [f64; 2] = [1.5, 0.15];

const FIRST: usize = HIDDEN * POSITIONS;
const SECOND: usize = CLASSES * HIDDEN;
/// Weights of the network.
pub const PARAMETERS: usize = FIRST + HIDDEN + SECOND + CLASSES;

/// The training rows, batch after batch, `[40, 50]` each.
#[derive(Clone, Debug)]
pub struct Batches {
    x: Vec<f64>,
    y: Vec<u8>,
}

impl Batches {
    /// Whole batches in stored order.
    pub fn of(data: &Dataset) -> Self {
        let batches = data.rows() / BATCH;
        let mut x = Vec::with_capacity(batches * BATCH * data.length);
        for batch in 0..batches {
            let row = |at: usize| data.row(batch * BATCH + at);
            x.extend((0..data.length).flat_map(|column| (0..BATCH).map(move |at| row(at)[column])));
        }
        Self { x, y: data.y[..batches * BATCH].to_vec() }
    }

    fn batch(&self, step: usize) -> (&[f64], &[u8]) {
        let batch = step % (self.y.len() / BATCH).max(1);
        let size = POSITIONS * BATCH;
        (&self.x[batch * size..(batch + 1) * size], &self.y[batch * BATCH..(batch + 1) * BATCH])
    }
}

/// First weights by PyTorch's law.
pub fn first_weights(seed: u32) -> Vec<f64> {
    let mut random = Mt19937::new(seed);
    let mut weights = Vec::with_capacity(PARAMETERS);
    for (count, inputs) in [(FIRST, POSITIONS), (HIDDEN, POSITIONS), (SECOND, HIDDEN), (CLASSES, HIDDEN)] {
        let bound = 1.0 / sqrt(inputs as f64);
        weights.extend((0..count).map(|_| random.uniform(-bound, bound)));
    }
    weights
}

/// An inner training with its tangent, between two steps.
#[derive(Clone, Debug)]
pub struct Inner {
    rate: f64,
    weights: Vec<f64>,
    tangent: Vec<f64>,
    pass: Pass,
    steps: usize,
    loss_sum: f64,
    slope_sum: f64,
    last_loss: f64,
}

/// What an inner training gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Mean of the losses of all steps: the outer loss.
    pub mean_loss: f64,
    /// Of the last step.
    pub last_loss: f64,
    /// The outer loss by the rate.
    pub slope: f64,
}

impl Inner {
    /// Before the first step.
    pub fn new(rate: f64, weights: &[f64]) -> Self {
        Self {
            rate,
            weights: weights.to_vec(),
            tangent: vec![0.0; weights.len()],
            pass: Pass::default(),
            steps: 0,
            loss_sum: 0.0,
            slope_sum: 0.0,
            last_loss: 0.0,
        }
    }

    /// One step. False, and nothing happens, when all are made or there is no batch.
    pub fn step(&mut self, batches: &Batches) -> bool {
        if self.steps == INNER_STEPS || batches.y.is_empty() {
            return false;
        }
        let (x, y) = batches.batch(self.steps);
        self.last_loss = self.pass.run(&self.weights, &self.tangent, x, y);
        self.loss_sum += self.last_loss;
        let rate = self.rate;
        let moved = self.weights.iter_mut().zip(&mut self.tangent);
        for ((weight, tangent), (gradient, product)) in moved.zip(self.pass.gradient.iter().zip(&self.pass.product)) {
            self.slope_sum += gradient * *tangent;
            *weight -= rate * gradient;
            *tangent -= gradient + rate * product;
        }
        self.steps += 1;
        true
    }

    /// Steps made.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// As far as it is.
    pub fn outcome(&self) -> Outcome {
        let count = self.steps.max(1) as f64;
        Outcome { mean_loss: self.loss_sum / count, last_loss: self.last_loss, slope: self.slope_sum / count }
    }
}

/// A whole inner training.
pub fn inner(rate: f64, weights: &[f64], batches: &Batches) -> Outcome {
    let mut inner = Inner::new(rate, weights);
    while inner.step(batches) {}
    inner.outcome()
}

/// Buffers of a pass; rows as [`math::single`] has them, batch last.
#[derive(Clone, Debug, Default)]
struct Pass {
    /// Loss by the weights.
    gradient: Vec<f64>,
    /// The Hessian times the tangent.
    product: Vec<f64>,
    hidden: Dual,
    logits: Dual,
    by_hidden: Dual,
}

/// Numbers and how they change along the tangent.
#[derive(Clone, Debug, Default)]
struct Dual {
    value: Vec<f64>,
    change: Vec<f64>,
}

impl Dual {
    fn clear(&mut self, length: usize) {
        for values in [&mut self.value, &mut self.change] {
            values.clear();
            values.resize(length, 0.0);
        }
    }
}

impl Pass {
    /// Gives the loss and fills gradient and product.
    fn run(&mut self, weights: &[f64], tangent: &[f64], x: &[f64], y: &[u8]) -> f64 {
        self.gradient.clear();
        self.gradient.resize(PARAMETERS, 0.0);
        self.product.clear();
        self.product.resize(PARAMETERS, 0.0);
        self.forward(weights, tangent, x);
        let loss = self.softmax(y);
        self.backward(weights, tangent, x);
        loss
    }

    fn forward(&mut self, weights: &[f64], tangent: &[f64], x: &[f64]) {
        let [w1, b1, w2, b2] = parts(weights);
        let [v1, c1, v2, c2] = parts(tangent);
        let Self { hidden, logits, .. } = self;
        hidden.clear(HIDDEN * BATCH);
        affine(w1, b1, x, &mut hidden.value);
        affine(v1, c1, x, &mut hidden.change);
        for (value, change) in hidden.value.iter_mut().zip(&mut hidden.change) {
            *value = tanh(*value);
            *change *= 1.0 - *value * *value;
        }
        logits.clear(CLASSES * BATCH);
        affine(w2, b2, &hidden.value, &mut logits.value);
        affine(v2, c2, &hidden.value, &mut logits.change);
        add_product(w2, HIDDEN, &hidden.change, &mut logits.change);
    }

    /// Logits become the loss by them, p - y over the batch, and its change, p (c - p . c).
    fn softmax(&mut self, y: &[u8]) -> f64 {
        let Dual { value, change } = &mut self.logits;
        let mut loss = 0.0;
        for (at, label) in y.iter().enumerate() {
            let places = || (0..CLASSES).map(|class| class * BATCH + at);
            let largest = places().map(|place| value[place]).fold(f64::NEG_INFINITY, f64::max);
            loss -= value[usize::from(*label) * BATCH + at] - largest;
            places().for_each(|place| value[place] = exp(value[place] - largest));
            let sum: f64 = places().map(|place| value[place]).sum();
            loss += ln(sum);
            places().for_each(|place| value[place] /= sum);
            let mean: f64 = places().map(|place| value[place] * change[place]).sum();
            places().for_each(|place| change[place] = value[place] * (change[place] - mean) / BATCH as f64);
            value[usize::from(*label) * BATCH + at] -= 1.0;
            places().for_each(|place| value[place] /= BATCH as f64);
        }
        loss / BATCH as f64
    }

    fn backward(&mut self, weights: &[f64], tangent: &[f64], x: &[f64]) {
        let [_, _, w2, _] = parts(weights);
        let [_, _, v2, _] = parts(tangent);
        let Self { gradient, product, hidden, logits, by_hidden } = self;
        let [g1, d1, g2, d2] = parts_mut(gradient);
        let [p1, q1, p2, q2] = parts_mut(product);
        add_outer(&logits.value, &hidden.value, g2);
        add_outer(&logits.change, &hidden.value, p2);
        add_outer(&logits.value, &hidden.change, p2);
        add_row_sums(&logits.value, d2);
        add_row_sums(&logits.change, q2);
        by_hidden.clear(HIDDEN * BATCH);
        add_transposed(w2, &logits.value, &mut by_hidden.value);
        add_transposed(w2, &logits.change, &mut by_hidden.change);
        add_transposed(v2, &logits.value, &mut by_hidden.change);
        // Through tanh: a = b (1 - h^2), and along the tangent (change of b) (1 - h^2) - 2 h h' b.
        for at in 0..HIDDEN * BATCH {
            let (h, moved, by) = (hidden.value[at], hidden.change[at], by_hidden.value[at]);
            by_hidden.change[at] = by_hidden.change[at] * (1.0 - h * h) - 2.0 * h * moved * by;
            by_hidden.value[at] = by * (1.0 - h * h);
        }
        add_outer(&by_hidden.value, x, g1);
        add_outer(&by_hidden.change, x, p1);
        add_row_sums(&by_hidden.value, d1);
        add_row_sums(&by_hidden.change, q1);
    }
}

/// First weights, first biases, second weights, second biases.
fn parts(weights: &[f64]) -> [&[f64]; 4] {
    let (w1, rest) = weights.split_at(FIRST);
    let (b1, rest) = rest.split_at(HIDDEN);
    let (w2, b2) = rest.split_at(SECOND);
    [w1, b1, w2, b2]
}

fn parts_mut(weights: &mut [f64]) -> [&mut [f64]; 4] {
    let (w1, rest) = weights.split_at_mut(FIRST);
    let (b1, rest) = rest.split_at_mut(HIDDEN);
    let (w2, b2) = rest.split_at_mut(SECOND);
    [w1, b1, w2, b2]
}

/// out += W right + b.
fn affine(weights: &[f64], bias: &[f64], right: &[f64], out: &mut [f64]) {
    for (row, bias) in out.chunks_exact_mut(BATCH).zip(bias) {
        for value in row {
            *value += bias;
        }
    }
    add_product(weights, right.len() / BATCH, right, out);
}

/// out += W right.
fn add_product(weights: &[f64], depth: usize, right: &[f64], out: &mut [f64]) {
    for (weights, out) in weights.chunks_exact(depth).zip(out.chunks_exact_mut(BATCH)) {
        for (weight, right) in weights.iter().zip(right.chunks_exact(BATCH)) {
            out.iter_mut().zip(right).for_each(|(out, right)| *out += weight * right);
        }
    }
}

/// out += W^T left.
fn add_transposed(weights: &[f64], left: &[f64], out: &mut [f64]) {
    let columns = out.len() / BATCH;
    for (weights, left) in weights.chunks_exact(columns).zip(left.chunks_exact(BATCH)) {
        for (weight, out) in weights.iter().zip(out.chunks_exact_mut(BATCH)) {
            out.iter_mut().zip(left).for_each(|(out, left)| *out += weight * left);
        }
    }
}

/// out += left right^T.
fn add_outer(left: &[f64], right: &[f64], out: &mut [f64]) {
    let columns = right.len() / BATCH;
    for (left, out) in left.chunks_exact(BATCH).zip(out.chunks_exact_mut(columns)) {
        for (right, out) in right.chunks_exact(BATCH).zip(out) {
            *out += left.iter().zip(right).map(|(left, right)| left * right).sum::<f64>();
        }
    }
}

fn add_row_sums(rows: &[f64], out: &mut [f64]) {
    for (row, out) in rows.chunks_exact(BATCH).zip(out) {
        *out += row.iter().sum::<f64>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Settings, generate};

    fn batches() -> Batches {
        Batches::of(&generate(&Settings { num_samples: 500, ..Settings::default() }).unwrap())
    }

    #[test]
    fn the_network_has_2560_weights() {
        assert_eq!(first_weights(0).len(), 2560);
    }

    #[test]
    fn the_slope_is_that_of_differences() {
        let (batches, weights) = (batches(), first_weights(1));
        for rate in [0.2, 0.6] {
            let step = 1e-6;
            let loss = |rate| inner(rate, &weights, &batches).mean_loss;
            let slope = (loss(rate + step) - loss(rate - step)) / (2.0 * step);
            let exact = inner(rate, &weights, &batches).slope;
            assert!((exact / slope - 1.0).abs() < 1e-3, "{rate}: {exact} against {slope}");
        }
    }

    #[test]
    fn an_inner_training_learns_and_ends() {
        let (batches, weights) = (batches(), first_weights(1));
        let mut run = Inner::new(0.6, &weights);
        while run.step(&batches) {}
        assert!(run.outcome().last_loss < run.outcome().mean_loss);
        assert_eq!((run.steps(), run.step(&batches)), (INNER_STEPS, false));
    }
}
