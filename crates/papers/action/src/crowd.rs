//! Many paths of the pendulum on their way down at once, each with its own pinned ends: one flat kernel.
//!
//! The action is that of [`Scheme::Corrected`](crate::action::Scheme::Corrected) without a penalty. Its gradient at an
//! interior point is `(K (2 x_k - x_(k-1) - x_(k+1)) - l sin x_k) / (n - 1)` with `K = (l / dt)^2`.

use math::ops::{sin, sqrt};

use crate::systems::Pendulum;

const LENGTH: f64 = Pendulum::LENGTH;
/// Adam's constants (Kingma and Ba, 2015), as in [`crate::optimise`].
const BETA_MEAN: f64 = 0.9;
const BETA_SQUARE: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// How the paths descend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Descent {
    /// Adam with this learning rate, as in the paper.
    Adam(f64),
    /// The gradient smoothed by (K A + l)^-1, A the matrix of second differences: a Sobolev gradient. As no second
    /// derivative of the potential is below -l, a whole such step lowers the action of every path, however stiff. Heavy-ball
    /// momentum of this size carries it along flat valleys, and is dropped whenever it points uphill.
    Smoothed(f64),
}

/// Paths of equally many points.
#[derive(Clone, Debug, PartialEq)]
pub struct Crowd {
    points: usize,
    dt: f64,
    descent: Descent,
    steps: u32,
    /// `[paths * points]`
    paths: Vec<f64>,
    /// Adam's means, or the smoothed descent's velocity: `[paths * points]`.
    motion: Vec<f64>,
    /// Adam's mean squares: `[paths * points]`; empty otherwise.
    squares: Vec<f64>,
    /// Largest change of a coordinate in the last step: `[paths]`.
    moved: Vec<f64>,
    /// The smoothed descent's factorised matrix: `[points - 2]` pairs of 1 / pivot and upper factor.
    factors: Vec<[f64; 2]>,
}

impl Crowd {
    /// `paths` before the first step, `dt` apart in time.
    ///
    /// # Shapes
    /// `paths`: `[count * points]`, path by path; `points` is at least 3, and a rest shorter than a path is dropped.
    pub fn new(mut paths: Vec<f64>, points: usize, dt: f64, descent: Descent) -> Self {
        let points = points.max(3);
        let count = paths.len() / points;
        paths.truncate(count * points);
        let squares = if matches!(descent, Descent::Adam(_)) { vec![0.0; paths.len()] } else { Vec::new() };
        let motion = vec![0.0; paths.len()];
        let moved = vec![f64::INFINITY; count];
        Self {
            points,
            dt,
            descent,
            steps: 0,
            paths,
            motion,
            squares,
            moved,
            factors: factorised(points - 2, stiffness(dt)),
        }
    }

    /// The paths one after the other.
    pub fn paths(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.paths.chunks_exact(self.points)
    }

    /// Steps made.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// The largest change of a coordinate of each path in the last step, infinite before the first.
    pub fn moved(&self) -> &[f64] {
        &self.moved
    }

    /// One step of every path.
    pub fn step(&mut self) {
        self.steps = self.steps.saturating_add(1);
        match self.descent {
            Descent::Adam(rate) => self.adam(rate),
            Descent::Smoothed(momentum) => self.smoothed(momentum),
        }
    }

    /// The numbers that [`Self::resume`] goes on from: paths, motion, squares.
    pub fn state(&self) -> [&[f64]; 3] {
        [&self.paths, &self.motion, &self.squares]
    }

    /// Goes on from a state; false, and nothing is changed, where it does not fit.
    pub fn resume(&mut self, [paths, motion, squares]: [Vec<f64>; 3], moved: Vec<f64>, steps: u32) -> bool {
        let fits = paths.len() == self.paths.len()
            && motion.len() == self.motion.len()
            && squares.len() == self.squares.len()
            && moved.len() == self.moved.len();
        if fits {
            (self.paths, self.motion, self.squares, self.moved, self.steps) = (paths, motion, squares, moved, steps);
        }
        fits
    }

    fn adam(&mut self, rate: f64) {
        let power = f64::from(self.steps);
        let rate = rate / (1.0 - math::ops::powf(BETA_MEAN, power));
        let correction = 1.0 / sqrt(1.0 - math::ops::powf(BETA_SQUARE, power));
        let (stiff, scale) = (stiffness(self.dt), 1.0 / (self.points - 1) as f64);
        let paths = self.paths.chunks_exact_mut(self.points);
        let moments = self.motion.chunks_exact_mut(self.points).zip(self.squares.chunks_exact_mut(self.points));
        for ((path, (means, squares)), moved) in paths.zip(moments).zip(&mut self.moved) {
            let (mut before, mut most) = (path[0], 0.0_f64);
            for k in 1..path.len() - 1 {
                let slope = scale * slope(stiff, before, path[k], path[k + 1]);
                means[k] = BETA_MEAN * means[k] + (1.0 - BETA_MEAN) * slope;
                squares[k] = BETA_SQUARE * squares[k] + (1.0 - BETA_SQUARE) * slope * slope;
                let step = rate * means[k] / (sqrt(squares[k]) * correction + EPSILON);
                most = most.max(step.abs());
                before = path[k];
                path[k] -= step;
            }
            *moved = most;
        }
    }

    fn smoothed(&mut self, momentum: f64) {
        let stiff = stiffness(self.dt);
        let mut direction = vec![0.0; self.points - 2];
        let moving = self.paths.chunks_exact_mut(self.points).zip(self.motion.chunks_exact_mut(self.points));
        for ((path, velocity), moved) in moving.zip(&mut self.moved) {
            solve(path, stiff, &self.factors, &mut direction);
            let uphill = direction.iter().zip(&velocity[1..]).map(|(slope, v)| slope * v).sum::<f64>() > 0.0;
            let kept = if uphill { 0.0 } else { momentum };
            *moved = 0.0;
            for ((x, v), slope) in path[1..].iter_mut().zip(&mut velocity[1..]).zip(&direction) {
                *v = kept * *v - slope;
                *x += *v;
                *moved = moved.max(v.abs());
            }
        }
    }
}

/// `K = (l / dt)^2`
fn stiffness(dt: f64) -> f64 {
    (LENGTH / dt) * (LENGTH / dt)
}

/// n - 1 times the gradient at a point between its neighbours.
fn slope(stiff: f64, before: f64, at: f64, after: f64) -> f64 {
    stiff * (2.0 * at - before - after) - LENGTH * sin(at)
}

/// Elimination of the matrix with 2 K + l on its diagonal and -K beside it, once for all paths.
fn factorised(rows: usize, stiff: f64) -> Vec<[f64; 2]> {
    let mut upper = 0.0;
    let mut factors = Vec::with_capacity(rows);
    for _ in 0..rows {
        let inverse = 1.0 / (2.0 * stiff + LENGTH + stiff * upper);
        upper = -stiff * inverse;
        factors.push([inverse, upper]);
    }
    factors
}

/// The gradient of a path, smoothed.
fn solve(path: &[f64], stiff: f64, factors: &[[f64; 2]], out: &mut [f64]) {
    let mut last = 0.0;
    for ((out, [inverse, _]), x) in out.iter_mut().zip(factors).zip(path.array_windows::<3>()) {
        last = (slope(stiff, x[0], x[1], x[2]) + stiff * last) * inverse;
        *out = last;
    }
    let mut after = 0.0;
    for (out, [_, upper]) in out.iter_mut().zip(factors).rev() {
        *out -= upper * after;
        after = *out;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Scheme;
    use crate::experiment::{Experiment, System};
    use crate::optimise::{Relaxation, Rule};

    fn starts(count: u32) -> (Experiment, Vec<f64>) {
        let experiment = Experiment::new(System::Pendulum, 1);
        let paths = (1..=count).flat_map(|seed| experiment.initial_path(seed, 0.2)).collect();
        (experiment, paths)
    }

    #[test]
    fn adam_on_a_crowd_is_adam_on_each_path() {
        let (experiment, paths) = starts(3);
        let mut crowd = Crowd::new(paths, 100, 1.0, Descent::Adam(0.05));
        (0..40).for_each(|_| crowd.step());
        let action = experiment.action(Scheme::Corrected);
        for (seed, path) in (1..).zip(crowd.paths()) {
            let mut single = Relaxation::new(experiment.initial_path(seed, 0.2), Rule::Adam { rate: 0.05 });
            single.run(&action, 40);
            let error = path.iter().zip(&single.path).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 1e-9, "{seed}: {error}");
        }
    }

    #[test]
    fn a_whole_smoothed_step_never_raises_the_action() {
        let (experiment, paths) = starts(4);
        let action = experiment.action(Scheme::Corrected);
        let mut crowd = Crowd::new(paths, 100, 1.0, Descent::Smoothed(0.0));
        let value = |crowd: &Crowd| crowd.paths().map(|path| action.terms(path).action()).collect::<Vec<_>>();
        let mut before = value(&crowd);
        for _ in 0..60 {
            crowd.step();
            let now = value(&crowd);
            assert!(now.iter().zip(&before).all(|(now, before)| *now <= before + 1e-9));
            before = now;
        }
    }

    #[test]
    fn momentum_ends_where_the_gradient_vanishes() {
        let (experiment, paths) = starts(4);
        let action = experiment.action(Scheme::Corrected);
        let mut crowd = Crowd::new(paths, 100, 1.0, Descent::Smoothed(0.9));
        (0..600).for_each(|_| crowd.step());
        assert!(crowd.moved().iter().all(|moved| *moved < 1e-9), "{:?}", crowd.moved());
        for path in crowd.paths() {
            let mut gradient = vec![0.0; 100];
            action.gradient(path, &mut gradient);
            assert!(gradient[1..99].iter().all(|slope| slope.abs() < 1e-6));
        }
    }

    #[test]
    fn a_state_goes_on_and_one_that_does_not_fit_is_refused() {
        let (_, paths) = starts(2);
        let mut crowd = Crowd::new(paths.clone(), 100, 1.0, Descent::Adam(0.05));
        (0..5).for_each(|_| crowd.step());
        let mut resumed = Crowd::new(paths, 100, 1.0, Descent::Adam(0.05));
        assert!(!resumed.resume([vec![], vec![], vec![]], vec![], 5));
        assert!(resumed.resume(crowd.state().map(<[f64]>::to_vec), crowd.moved().to_vec(), crowd.steps()));
        crowd.step();
        resumed.step();
        assert_eq!(crowd, resumed);
    }
}
