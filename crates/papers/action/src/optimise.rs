//! Gradient descent on a path whose two ends are pinned: Adam (Kingma and Ba, 2015) as in the paper, or plain descent.

use crate::action::{Action, Terms};

const BETA_MEAN: f64 = 0.9;
const BETA_SQUARE: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// How a gradient becomes a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Adam with its usual constants, bias-corrected.
    Adam {
        /// Learning rate.
        rate: f64,
    },
    /// x <- x - rate * gradient
    Descent {
        /// Learning rate.
        rate: f64,
    },
}

/// An optimiser's state for one path.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimiser {
    /// How it steps; may be changed between steps.
    pub rule: Rule,
    /// Steps made.
    pub steps: u32,
    /// Adam's running means of gradients and of their squares; empty until Adam's first step.
    pub moments: [Vec<f64>; 2],
}

impl Optimiser {
    /// Before its first step.
    pub fn new(rule: Rule) -> Self {
        Self { rule, steps: 0, moments: [Vec::new(), Vec::new()] }
    }

    /// Moves `path` against `gradient`.
    ///
    /// # Shapes
    /// `path`, `gradient`: equally long, and as long at every step.
    pub fn step(&mut self, path: &mut [f64], gradient: &[f64]) {
        self.steps = self.steps.saturating_add(1);
        match self.rule {
            Rule::Descent { rate } => path.iter_mut().zip(gradient).for_each(|(x, slope)| *x -= rate * slope),
            Rule::Adam { rate } => self.adam(rate, path, gradient),
        }
    }

    /// Adam's rate and the divisor of the root of its squares, both corrected for the bias at step `step`, counted from 1.
    pub fn corrections(rate: f64, step: u32) -> (f64, f64) {
        let power = f64::from(step);
        let correction = math::ops::sqrt(1.0 - math::ops::powf(BETA_SQUARE, power));
        (rate / (1.0 - math::ops::powf(BETA_MEAN, power)), correction)
    }

    fn adam(&mut self, rate: f64, path: &mut [f64], gradient: &[f64]) {
        let (rate, correction) = Self::corrections(rate, self.steps);
        for moment in &mut self.moments {
            moment.resize(path.len(), 0.0);
        }
        let [means, squares] = &mut self.moments;
        for (((x, slope), mean), square) in path.iter_mut().zip(gradient).zip(means).zip(squares) {
            *mean = BETA_MEAN * *mean + (1.0 - BETA_MEAN) * slope;
            *square = BETA_SQUARE * *square + (1.0 - BETA_SQUARE) * slope * slope;
            *x -= rate * *mean / (math::ops::sqrt(*square) / correction + EPSILON);
        }
    }
}

/// A path on its way down.
#[derive(Clone, Debug, PartialEq)]
pub struct Relaxation {
    /// `[points * width]`
    pub path: Vec<f64>,
    /// Its optimiser.
    pub optimiser: Optimiser,
    gradient: Vec<f64>,
    /// Time points whose share in the next step's gradient and terms is known.
    visited: usize,
    so_far: Terms,
}

impl Relaxation {
    /// `path` before the first step.
    pub fn new(path: Vec<f64>, rule: Rule) -> Self {
        Self::resumed(path, Optimiser::new(rule))
    }

    /// `path` with the optimiser that brought it so far.
    pub fn resumed(path: Vec<f64>, optimiser: Optimiser) -> Self {
        let gradient = vec![0.0; path.len()];
        Self { path, optimiser, gradient, visited: 0, so_far: Terms::default() }
    }

    /// One step; gives the terms of the loss before it.
    pub fn step(&mut self, action: &Action) -> Terms {
        let terms = action.gradient(&self.path, &mut self.gradient);
        pin(&mut self.gradient, action.system.width());
        self.optimiser.step(&mut self.path, &self.gradient);
        terms
    }

    /// A step in instalments, for paths so large that one takes longer than a frame: the work of `times` more time points.
    /// Gives the terms of the loss before the step when it is made.
    pub fn instalment(&mut self, action: &Action, times: usize) -> Option<Terms> {
        let all = action.times(&self.path);
        if self.visited == 0 {
            self.gradient.fill(0.0);
            self.so_far = Terms::default();
        }
        let range = self.visited..(self.visited + times.max(1)).min(all);
        self.visited = range.end;
        self.so_far += action.add_gradient(&self.path, range, &mut self.gradient);
        if self.visited < all {
            return None;
        }
        self.visited = 0;
        pin(&mut self.gradient, action.system.width());
        self.optimiser.step(&mut self.path, &self.gradient);
        Some(self.so_far)
    }

    /// So many steps; gives the terms before the last.
    pub fn run(&mut self, action: &Action, steps: u32) -> Terms {
        (0..steps).fold(action.terms(&self.path), |_, _| self.step(action))
    }

    /// The gradient at the last step, zero at the pinned ends.
    pub fn gradient(&self) -> &[f64] {
        &self.gradient
    }
}

/// The first and the last time point do not move.
fn pin(gradient: &mut [f64], width: usize) {
    let length = gradient.len();
    gradient[..width.min(length)].fill(0.0);
    gradient[length.saturating_sub(width)..].fill(0.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Scheme;
    use crate::experiment::{Experiment, System};

    #[test]
    fn adam_takes_the_steps_of_its_paper() {
        // torch.optim.Adam([2.0, -1.0], lr=0.1) on sum x^4: three steps.
        let mut path = vec![2.0, -1.0];
        let mut optimiser = Optimiser::new(Rule::Adam { rate: 0.1 });
        let (mut mean, mut square, mut expected) = ([0.0; 2], [0.0; 2], [2.0, -1.0]);
        for step in 1..=3 {
            let gradient: Vec<f64> = path.iter().map(|x: &f64| 4.0 * x.powi(3)).collect();
            for index in 0..2 {
                mean[index] = 0.9 * mean[index] + 0.1 * gradient[index];
                square[index] = 0.999 * square[index] + 0.001 * gradient[index].powi(2);
                let unbiased = [mean[index] / (1.0 - 0.9_f64.powi(step)), square[index] / (1.0 - 0.999_f64.powi(step))];
                expected[index] -= 0.1 * unbiased[0] / (unbiased[1].sqrt() + 1e-8);
            }
            optimiser.step(&mut path, &gradient);
            assert!(path.iter().zip(expected).all(|(ours, expected)| (ours - expected).abs() < 1e-12));
        }
    }

    #[test]
    fn the_ends_stay_and_the_action_falls() {
        let experiment = Experiment::new(System::ThreeBody, 1);
        let action = experiment.action(Scheme::Corrected);
        let start = experiment.initial_path(1, 3e-2);
        let mut relaxation = Relaxation::new(start.clone(), Rule::Adam { rate: 1e-3 });
        let before = action.terms(&start).action();
        relaxation.run(&action, 50);
        assert!(action.terms(&relaxation.path).action() < before);
        let length = start.len();
        assert_eq!((&relaxation.path[..6], &relaxation.path[length - 6..]), (&start[..6], &start[length - 6..]));
    }

    #[test]
    fn instalments_make_the_same_steps() {
        let experiment = Experiment::new(System::Gas, 1);
        let action = experiment.action(Scheme::Corrected);
        let mut whole = Relaxation::new(experiment.initial_path(2, 8e-3), Rule::Descent { rate: 1.0 });
        let mut parts = whole.clone();
        let terms = whole.step(&action);
        let made: Vec<Terms> = (0..5).filter_map(|_| parts.instalment(&action, 20)).collect();
        assert_eq!(made.len(), 1);
        assert!((made[0].action() - terms.action()).abs() < 1e-15);
        assert!(whole.path.iter().zip(&parts.path).all(|(whole, parts)| (whole - parts).abs() < 1e-13));
    }

    #[test]
    fn a_resumed_run_reaches_the_same_bits() {
        let experiment = Experiment::new(System::Pendulum, 1);
        let action = experiment.action(Scheme::Published);
        let mut through = Relaxation::new(experiment.initial_path(2, 0.2), Rule::Adam { rate: 0.01 });
        through.run(&action, 7);
        let mut resumed = Relaxation::resumed(through.path.clone(), through.optimiser.clone());
        through.run(&action, 5);
        resumed.run(&action, 5);
        assert_eq!(through, resumed);
    }
}
