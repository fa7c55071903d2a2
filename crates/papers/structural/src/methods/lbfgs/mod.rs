//! L-BFGS without bounds, as SciPy's L-BFGS-B 3.0 does it (Byrd, Lu, Nocedal and Zhu, 1995): ten pairs of history, line
//! searches of at most twenty trials. One evaluation at a time, so that a figure can stop in between.

mod search;

use std::collections::VecDeque;

use math::vector::{add_scaled, dot};
use search::{Search, Verdict};

/// Pairs of steps and gradient differences.
const HISTORY: usize = 10;
/// Evaluations of one line search.
const MOST_TRIALS: usize = 20;
/// Greatest entry of a gradient that counts as zero.
const FLAT: f64 = 1e-14;

/// One pair of history.
#[derive(Clone, Debug, PartialEq)]
struct Pair<T> {
    /// Step and difference of the gradient.
    step: Vec<T>,
    difference: Vec<T>,
    /// One over the product of both.
    curvature: f64,
}

/// The numbers that a history is kept in: single precision for a network, whose history is by far the largest thing that a
/// figure holds.
pub(super) trait Stored: Copy + Default {
    /// From double precision.
    fn store(value: f64) -> Self;
    /// To double precision.
    fn load(self) -> f64;
}

impl Stored for f64 {
    fn store(value: f64) -> Self {
        value
    }
    fn load(self) -> f64 {
        self
    }
}

impl Stored for f32 {
    fn store(value: f64) -> Self {
        value as Self
    }
    fn load(self) -> f64 {
        f64::from(self)
    }
}

/// A descent under way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lbfgs<T> {
    /// Where to evaluate next.
    trial: Vec<f64>,
    /// The last accepted point.
    point: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    history: VecDeque<Pair<T>>,
    search: Option<Search>,
    trials: usize,
    iterations: usize,
    finished: bool,
}

impl<T: Stored> Lbfgs<T> {
    /// Begins at a point.
    pub(super) fn new(start: Vec<f64>) -> Self {
        Self {
            point: start.clone(),
            value: f64::INFINITY,
            gradient: Vec::new(),
            direction: Vec::new(),
            trial: start,
            history: VecDeque::new(),
            search: None,
            trials: 0,
            iterations: 0,
            finished: false,
        }
    }

    /// Where value and gradient are wanted.
    pub(super) fn trial(&self) -> &[f64] {
        &self.trial
    }

    /// The last accepted point.
    pub(super) fn point(&self) -> &[f64] {
        &self.point
    }

    /// Whether it has found that nothing is left to be gained.
    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    /// Takes value and gradient at [`Self::trial`].
    pub(super) fn tell(&mut self, value: f64, gradient: &[f64]) {
        let Some(search) = &mut self.search else {
            self.value = value;
            self.gradient = gradient.to_vec();
            self.begin_iteration();
            return;
        };
        self.trials += 1;
        let slope = dot(gradient, &self.direction);
        match search.tell(value, slope) {
            Verdict::Accept => self.accept(value, gradient),
            Verdict::Try(_) if self.trials >= MOST_TRIALS => self.give_up(),
            Verdict::Try(step) => self.try_step(step),
        }
    }

    /// A search along the direction of the history.
    fn begin_iteration(&mut self) {
        self.trials = 0;
        if self.gradient.iter().all(|entry| entry.abs() <= FLAT) {
            self.finished = true;
            return;
        }
        self.direction = self.quasi_newton();
        let slope = dot(&self.gradient, &self.direction);
        if slope >= 0.0 || slope.is_nan() {
            return self.give_up();
        }
        let length = math::ops::sqrt(dot(&self.direction, &self.direction));
        let first = if self.iterations == 0 { (1.0 / length).min(1e10) } else { 1.0 };
        self.search = Some(Search::new(self.value, slope, first));
        self.try_step(first);
    }

    fn try_step(&mut self, step: f64) {
        self.trial.clone_from(&self.point);
        add_scaled(&mut self.trial, step, &self.direction);
    }

    /// Forgets the history and begins anew along the gradient, or ends where there was none.
    fn give_up(&mut self) {
        self.trial.clone_from(&self.point);
        if self.history.is_empty() {
            self.finished = true;
        } else {
            self.history.clear();
            self.begin_iteration();
        }
    }

    fn accept(&mut self, value: f64, gradient: &[f64]) {
        self.iterations += 1;
        let gained = self.value - value;
        let scale = self.value.abs().max(value.abs()).max(1.0);
        self.remember(gradient);
        self.point.clone_from(&self.trial);
        self.gradient.copy_from_slice(gradient);
        self.value = value;
        if gained <= f64::EPSILON * scale {
            self.finished = true;
        } else {
            self.begin_iteration();
        }
    }

    /// Keeps the last step, unless its curvature is not positive.
    fn remember(&mut self, gradient: &[f64]) {
        let step: Vec<f64> = self.trial.iter().zip(&self.point).map(|(to, from)| to - from).collect();
        let difference: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(to, from)| to - from).collect();
        let curvature = dot(&step, &difference);
        if curvature <= -f64::EPSILON * dot(&self.gradient, &step) {
            return;
        }
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Pair {
            step: step.into_iter().map(T::store).collect(),
            difference: difference.into_iter().map(T::store).collect(),
            curvature: 1.0 / curvature,
        });
    }

    /// Minus the inverse Hessian's estimate times the gradient, by the two loops of Nocedal (1980).
    fn quasi_newton(&self) -> Vec<f64> {
        let mut direction: Vec<f64> = self.gradient.iter().map(|entry| -entry).collect();
        let mut factors = Vec::with_capacity(self.history.len());
        for pair in self.history.iter().rev() {
            let factor = pair.curvature * product(&pair.step, &direction);
            add(&mut direction, -factor, &pair.difference);
            factors.push(factor);
        }
        if let Some(last) = self.history.back() {
            let squared: f64 = last.difference.iter().map(|entry| entry.load() * entry.load()).sum();
            let scale = 1.0 / (last.curvature * squared);
            for entry in &mut direction {
                *entry *= scale;
            }
        }
        for (pair, factor) in self.history.iter().zip(factors.into_iter().rev()) {
            let correction = factor - pair.curvature * product(&pair.difference, &direction);
            add(&mut direction, correction, &pair.step);
        }
        direction
    }
}

fn product<T: Stored>(stored: &[T], values: &[f64]) -> f64 {
    let (stored, values) = (stored.as_chunks::<4>(), values.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (x, y) in stored.0.iter().zip(values.0) {
        (0..4).for_each(|lane| sums[lane] += x[lane].load() * y[lane]);
    }
    sums.iter().sum::<f64>() + stored.1.iter().zip(values.1).map(|(x, y)| x.load() * y).sum::<f64>()
}

fn add<T: Stored>(target: &mut [f64], factor: f64, stored: &[T]) {
    target.iter_mut().zip(stored).for_each(|(sum, value)| *sum += factor * value.load());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rosenbrock(x: &[f64]) -> (f64, Vec<f64>) {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * b * x[0], 200.0 * b])
    }

    fn minimise<T: Stored>(most: usize) -> (Lbfgs<T>, usize) {
        let mut descent = Lbfgs::new(vec![-1.2, 1.0]);
        let mut evaluations = 0;
        while !descent.finished() && evaluations < most {
            let (value, gradient) = rosenbrock(descent.trial());
            descent.tell(value, &gradient);
            evaluations += 1;
        }
        (descent, evaluations)
    }

    #[test]
    fn it_finds_the_bottom_of_a_curved_valley() {
        let (descent, evaluations) = minimise::<f64>(200);
        assert!(descent.point().iter().all(|x| (x - 1.0).abs() < 1e-6), "{:?}", descent.point());
        assert!(descent.finished() && evaluations < 60, "{evaluations}");
    }

    #[test]
    fn a_history_in_single_precision_is_as_good() {
        let (descent, evaluations) = minimise::<f32>(200);
        assert!(descent.point().iter().all(|x| (x - 1.0).abs() < 1e-6) && evaluations < 60);
    }

    #[test]
    fn a_flat_start_is_an_end() {
        let mut descent = Lbfgs::<f64>::new(vec![0.5; 3]);
        descent.tell(1.0, &[0.0; 3]);
        assert!(descent.finished());
    }
}
