//! What a layer knows: a linear classifier and the nearest neighbours on its numbers.

use crate::data::CLASSES;
use crate::learner::Rows;
use crate::model::{Activation, Dense, Layer, Network, Pass};

/// Pairs of differences that the quasi-Newton method remembers.
const MEMORY: usize = 10;
/// Neighbours that vote.
const NEIGHBOURS: usize = 10;
/// Rows of a pass.
const CHUNK: usize = 500;

/// Numbers of many rows, `[numbers, n]`, batch last, and the rows' classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    numbers: usize,
    values: Vec<f32>,
    labels: Vec<u8>,
}

impl Features {
    /// What stands after `layers` layers for each of the rows; after none, the rows themselves.
    pub fn after(network: &Network, layers: usize, rows: &Rows) -> Self {
        let n = rows.count();
        let mut parts: Vec<(usize, Vec<f32>)> = Vec::new();
        for begin in (0..n).step_by(CHUNK) {
            let count = CHUNK.min(n - begin);
            let mut pass = Pass::new(network, count);
            pass.fill(network, |at| rows.row(begin + at));
            network.forward(&mut pass);
            parts.push((count, pass.after(network, layers).to_vec()));
        }
        let numbers = parts.first().map_or(0, |(count, values)| values.len() / count);
        let row =
            |number: usize| parts.iter().flat_map(move |(count, part)| &part[number * count..(number + 1) * count]);
        let values = (0..numbers).flat_map(row).copied().collect();
        Self { numbers, values, labels: rows.y.clone() }
    }

    fn n(&self) -> usize {
        self.labels.len()
    }

    /// Mean and deviation of each number; the deviation of a constant one is taken as 1.
    fn scales(&self) -> Vec<[f32; 2]> {
        let scale = |row: &[f32]| {
            let n = row.len() as f64;
            let mean = row.iter().map(|value| f64::from(*value)).sum::<f64>() / n;
            let variance =
                row.iter().map(|value| (f64::from(*value) - mean) * (f64::from(*value) - mean)).sum::<f64>() / n;
            let deviation = math::ops::sqrt(variance);
            [mean as f32, if deviation > 1e-12 { deviation as f32 } else { 1.0 }]
        };
        self.values.chunks_exact(self.n().max(1)).map(scale).collect()
    }

    fn scaled(mut self, scales: &[[f32; 2]]) -> Self {
        let n = self.n().max(1);
        for (row, [mean, deviation]) in self.values.chunks_exact_mut(n).zip(scales) {
            for value in row {
                *value = (*value - mean) / deviation;
            }
        }
        self
    }
}

/// Test accuracy, 0 to 1, of logistic regression on standardised numbers: cross-entropy summed over the rows and half the
/// squared weights, minimised by L-BFGS in at most so many iterations.
pub fn linear_accuracy(train: Features, test: Features, iterations: usize) -> f64 {
    let scales = train.scales();
    let (train, test) = (train.scaled(&scales), test.scaled(&scales));
    let dense = Dense {
        inputs: train.numbers,
        outputs: CLASSES,
        activation: Activation::None,
        skip: false,
        flattens: [1, train.numbers],
    };
    let mut problem = Regression::new(Network::new(vec![("linear", Layer::Dense(dense))]), &train);
    let weights = minimise(vec![0.0; problem.network.parameters.len()], iterations, |weights, gradient| {
        problem.value(weights, &train.labels, gradient)
    });
    problem.network.parameters = weights;
    problem.accuracy(&test)
}

struct Regression {
    network: Network,
    pass: Pass,
}

impl Regression {
    fn new(network: Network, train: &Features) -> Self {
        let mut pass = Pass::new(&network, train.n());
        pass.input(&network).copy_from_slice(&train.values);
        Self { network, pass }
    }

    /// Mean loss with the penalty over the rows, and its gradient.
    fn value(&mut self, weights: &[f32], labels: &[u8], gradient: &mut [f32]) -> f64 {
        self.network.parameters.copy_from_slice(weights);
        let (loss, _) = self.network.gradient(&mut self.pass, labels, gradient);
        let n = labels.len() as f32;
        let penalised = weights.len() - CLASSES;
        let squares: f64 = weights[..penalised].iter().map(|weight| f64::from(weight * weight)).sum();
        gradient.iter_mut().zip(&weights[..penalised]).for_each(|(gradient, weight)| *gradient += weight / n);
        f64::from(loss) + 0.5 * squares / f64::from(n)
    }

    fn accuracy(&self, test: &Features) -> f64 {
        let mut pass = Pass::new(&self.network, test.n());
        pass.input(&self.network).copy_from_slice(&test.values);
        let logits = self.network.forward(&mut pass);
        let best = |at: usize| {
            (1..CLASSES).fold(0, |best, class| {
                if logits[class * test.n() + at] > logits[best * test.n() + at] { class } else { best }
            })
        };
        let right = test.labels.iter().enumerate().filter(|&(at, label)| best(at) == usize::from(*label)).count();
        right as f64 / test.n() as f64
    }
}

/// L-BFGS (Nocedal and Wright, algorithm 7.5) with halving steps until the value falls enough.
fn minimise(mut at: Vec<f32>, iterations: usize, mut value: impl FnMut(&[f32], &mut [f32]) -> f64) -> Vec<f32> {
    let mut gradient = vec![0.0; at.len()];
    let mut here = value(&at, &mut gradient);
    let mut memory: Vec<[Vec<f32>; 2]> = Vec::new();
    for _ in 0..iterations {
        let direction = descent(&gradient, &memory);
        let slope = dot(&direction, &gradient);
        let mut step = if memory.is_empty() { 1.0 / (1.0 + dot(&gradient, &gradient).sqrt()) } else { 1.0 };
        let (mut next, mut next_gradient) = (at.clone(), gradient.clone());
        let mut there = here;
        for _ in 0..20 {
            next.iter_mut()
                .zip(at.iter().zip(&direction))
                .for_each(|(next, (at, along))| *next = at + step as f32 * along);
            there = value(&next, &mut next_gradient);
            if there <= here + 1e-4 * step * slope {
                break;
            }
            step *= 0.5;
        }
        let difference = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f32>>();
        let pair = [difference(&next, &at), difference(&next_gradient, &gradient)];
        if there >= here {
            break;
        }
        if dot(&pair[0], &pair[1]) > 1e-12 {
            memory.push(pair);
            if memory.len() > MEMORY {
                memory.remove(0);
            }
        }
        (at, gradient, here) = (next, next_gradient, there);
    }
    at
}

/// Minus the approximate inverse Hessian times the gradient.
fn descent(gradient: &[f32], memory: &[[Vec<f32>; 2]]) -> Vec<f32> {
    let mut q = gradient.to_vec();
    let mut shares = Vec::with_capacity(memory.len());
    for [s, y] in memory.iter().rev() {
        let share = dot(s, &q) / dot(s, y);
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= share as f32 * y);
        shares.push(share);
    }
    if let Some([s, y]) = memory.last() {
        let scale = (dot(s, y) / dot(y, y)) as f32;
        for q in &mut q {
            *q *= scale;
        }
    }
    for ([s, y], share) in memory.iter().zip(shares.iter().rev()) {
        let back = share - dot(y, &q) / dot(s, y);
        q.iter_mut().zip(s).for_each(|(q, s)| *q += back as f32 * s);
    }
    q.into_iter().map(|q| -q).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Test accuracy, 0 to 1, of the vote of the ten nearest training rows by cosine.
pub fn neighbour_accuracy(train: &Features, test: &Features) -> f64 {
    let columns = |features: &Features| -> Vec<Vec<f32>> {
        let n = features.n();
        (0..n)
            .map(|at| {
                let column: Vec<f32> = (0..features.numbers).map(|number| features.values[number * n + at]).collect();
                let length = dot(&column, &column).sqrt().max(1e-12) as f32;
                column.into_iter().map(|value| value / length).collect()
            })
            .collect()
    };
    let (known, asked) = (columns(train), columns(test));
    if known.is_empty() {
        return 0.0;
    }
    let vote = |column: &Vec<f32>| {
        let similarity = |other: &Vec<f32>| column.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let mut nearest: Vec<(f32, u8)> = known.iter().map(similarity).zip(train.labels.iter().copied()).collect();
        let last = NEIGHBOURS.min(nearest.len()) - 1;
        nearest.select_nth_unstable_by(last, |a, b| b.0.total_cmp(&a.0));
        let mut votes = [0_u32; CLASSES];
        nearest.iter().take(NEIGHBOURS).for_each(|(_, label)| votes[usize::from(*label)] += 1);
        (0..CLASSES).fold(0, |best, class| if votes[class] > votes[best] { class } else { best })
    };
    let right = asked.iter().zip(&test.labels).filter(|(column, label)| vote(column) == usize::from(**label)).count();
    right as f64 / test.n() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Settings, generate};
    use crate::model::Kind;

    #[test]
    fn raw_rows_give_the_published_accuracies() {
        let [train, test] = Rows::of(&generate(&Settings::default()).unwrap());
        let network = Kind::Logistic.network();
        let features = |rows| Features::after(&network, 0, rows);
        // Notebook: 32.8 %.
        let linear = 100.0 * linear_accuracy(features(&train), features(&test), 60);
        assert!((linear - 32.8).abs() < 1.0, "{linear}");
    }

    #[test]
    fn a_quadratic_is_minimised() {
        let found = minimise(vec![3.0, -2.0], 30, |at, gradient| {
            gradient[0] = 2.0 * (at[0] - 1.0);
            gradient[1] = 20.0 * (at[1] + 0.5);
            f64::from((at[0] - 1.0) * (at[0] - 1.0) + 10.0 * (at[1] + 0.5) * (at[1] + 0.5))
        });
        assert!((found[0] - 1.0).abs() < 1e-3 && (found[1] + 0.5).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn neighbours_vote() {
        let features = |values: Vec<f32>, labels: Vec<u8>| Features { numbers: 2, values, labels };
        let x: Vec<f32> = (0..20).map(|at| if at < 10 { 1.0 } else { -1.0 }).collect();
        let train = features([x.clone(), vec![0.1; 20]].concat(), (0..20).map(|at| u8::from(at >= 10)).collect());
        let test = features(vec![5.0, -5.0, 0.0, 0.0], vec![0, 1]);
        assert_eq!(neighbour_accuracy(&train, &test), 1.0);
    }
}
