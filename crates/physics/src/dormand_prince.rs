//! Dormand and Prince's embedded pair of orders 5 and 4 with the step control of `SciPy`'s `solve_ivp` (method RK45), so
//! that data equal those made in Python to rounding.
//!
//! Tableau: Dormand and Prince, "A family of embedded Runge-Kutta formulae", J. Comput. Appl. Math. 6 (1980). First step:
//! Hairer, Norsett, Wanner, "Solving Ordinary Differential Equations I", section II.4. Values between steps: Shampine,
//! "Some practical Runge-Kutta formulas", Math. Comp. 46 (1986), a quartic. Start at [`solve`].

use math::ops::{powf, sqrt};

const STAGES: usize = 7;
const NODES: [f64; STAGES] = [0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0];
/// Row s gives the point at which stage s is evaluated; the last row is the result of order 5.
#[rustfmt::skip]
const TABLEAU: [[f64; 6]; STAGES] = [
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [1.0 / 5.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0, 0.0, 0.0],
    [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Order 5 less order 4.
const ERROR: [f64; STAGES] =
    [-71.0 / 57600.0, 0.0, 71.0 / 16695.0, -71.0 / 1920.0, 17253.0 / 339200.0, -22.0 / 525.0, 1.0 / 40.0];
/// Row s: weights of stage s in the powers 1 to 4 of the position within a step.
#[rustfmt::skip]
const INTERPOLANT: [[f64; 4]; STAGES] = [
    [1.0, -8048581381.0 / 2820520608.0, 8663915743.0 / 2820520608.0, -12715105075.0 / 11282082432.0],
    [0.0, 0.0, 0.0, 0.0],
    [0.0, 131558114200.0 / 32700410799.0, -68118460800.0 / 10900136933.0, 87487479700.0 / 32700410799.0],
    [0.0, -1754552775.0 / 470086768.0, 14199869525.0 / 1410260304.0, -10690763975.0 / 1880347072.0],
    [0.0, 127303824393.0 / 49829197408.0, -318862633887.0 / 49829197408.0, 701980252875.0 / 199316789632.0],
    [0.0, -282668133.0 / 205662961.0, 2019193451.0 / 616988883.0, -1453857185.0 / 822651844.0],
    [0.0, 40617522.0 / 29380423.0, -110615467.0 / 29380423.0, 69997945.0 / 29380423.0],
];
const SAFETY: f64 = 0.9;
const MIN_FACTOR: f64 = 0.2;
const MAX_FACTOR: f64 = 10.0;
/// The error estimate is of order 4.
const ERROR_EXPONENT: f64 = -1.0 / 5.0;

/// How accurate, and how long to try. The defaults are `SciPy`'s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Relative tolerance; values below 100 machine epsilons count as that.
    pub rtol: f64,
    /// Absolute tolerance.
    pub atol: f64,
    /// Give up after this many steps, so that a page never hangs on a collision.
    pub max_steps: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { rtol: 1e-3, atol: 1e-6, max_steps: 1_000_000 }
    }
}

/// Why there is no solution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SolveError {
    /// An output time lies outside the interval, or the times do not run from start to end.
    #[error("output times must lie between {start} and {end} and run from the first to the second")]
    OutputTimes {
        /// Start of the integration.
        start: f64,
        /// End of the integration.
        end: f64,
    },
    /// The step that the tolerance asks for is below the spacing of numbers: a singularity, or NaN in the field.
    #[error("the step became too small at time {time}")]
    StepTooSmall {
        /// Time that was reached.
        time: f64,
    },
    /// More steps than allowed.
    #[error("no end after {steps} steps, at time {time}")]
    TooManySteps {
        /// How many were allowed.
        steps: usize,
        /// Time that was reached.
        time: f64,
    },
}

/// The states at the output times.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Length of a state.
    pub dimension: usize,
    /// `[times, dimension]`, row after row.
    pub states: Vec<f64>,
    /// How often the field was evaluated (`SciPy`'s `nfev`).
    pub evaluations: usize,
}

impl Solution {
    /// The state at the `index`-th output time.
    pub fn state(&self, index: usize) -> &[f64] {
        &self.states[index * self.dimension..(index + 1) * self.dimension]
    }
}

/// Integrates `field` from `state` at time `start` to time `end` (which may be earlier) and gives the states at `times`,
/// as `scipy.integrate.solve_ivp(field, (start, end), state, t_eval=times, rtol=.., atol=..)` does.
///
/// `field(time, state, out)` writes d state / dt into `out`.
pub fn solve(
    field: impl FnMut(f64, &[f64], &mut [f64]),
    start: f64,
    end: f64,
    state: &[f64],
    times: &[f64],
    options: &Options,
) -> Result<Solution, SolveError> {
    let direction = if end < start { -1.0 } else { 1.0 };
    check_times(start, end, direction, times)?;
    let mut states = Vec::with_capacity(times.len() * state.len());
    if start == end || state.is_empty() {
        states.extend(times.iter().flat_map(|_| state));
        return Ok(Solution { dimension: state.len(), states, evaluations: 0 });
    }
    let mut stepper = Stepper::new(field, start, end, state, direction, options);
    let mut steps = 0;
    while direction * (stepper.time - end) < 0.0 {
        if steps == options.max_steps {
            return Err(SolveError::TooManySteps { steps, time: stepper.time });
        }
        stepper.step()?;
        steps += 1;
        let due = times[states.len() / state.len()..].iter().take_while(|t| direction * (*t - stepper.time) <= 0.0);
        for time in due {
            stepper.interpolate(*time, &mut states);
        }
    }
    Ok(Solution { dimension: state.len(), states, evaluations: stepper.evaluations })
}

fn check_times(start: f64, end: f64, direction: f64, times: &[f64]) -> Result<(), SolveError> {
    let inside = times.iter().all(|time| direction * (time - start) >= 0.0 && direction * (end - time) >= 0.0);
    if inside && times.windows(2).all(|pair| direction * (pair[1] - pair[0]) > 0.0) {
        return Ok(());
    }
    Err(SolveError::OutputTimes { start, end })
}

struct Stepper<F> {
    field: F,
    end: f64,
    direction: f64,
    rtol: f64,
    atol: f64,
    /// Size that the next step tries.
    size: f64,
    time: f64,
    state: Vec<f64>,
    old_time: f64,
    old_state: Vec<f64>,
    /// Slopes at the stages of the last step, the last one at its end; before a step only the last one counts.
    slopes: [Vec<f64>; STAGES],
    stage: Vec<f64>,
    evaluations: usize,
}

impl<F: FnMut(f64, &[f64], &mut [f64])> Stepper<F> {
    fn new(field: F, start: f64, end: f64, state: &[f64], direction: f64, options: &Options) -> Self {
        let mut stepper = Self {
            field,
            end,
            direction,
            rtol: options.rtol.max(100.0 * f64::EPSILON),
            atol: options.atol,
            size: 0.0,
            time: start,
            state: state.to_vec(),
            old_time: start,
            old_state: state.to_vec(),
            slopes: std::array::from_fn(|_| vec![0.0; state.len()]),
            stage: state.to_vec(),
            evaluations: 0,
        };
        stepper.evaluate(STAGES - 1, start);
        stepper.size = stepper.first_size();
        stepper
    }

    /// Evaluates the field at `self.stage` into slope `stage`.
    fn evaluate(&mut self, stage: usize, time: f64) {
        (self.field)(time, &self.stage, &mut self.slopes[stage]);
        self.evaluations += 1;
    }

    fn first_size(&mut self) -> f64 {
        let interval = (self.end - self.time).abs();
        let scale: Vec<f64> = self.state.iter().map(|value| self.atol + value.abs() * self.rtol).collect();
        let slope = self.slopes[STAGES - 1].clone();
        let state_size = root_mean_square(self.state.iter().zip(&scale).map(|(value, scale)| value / scale));
        let slope_size = root_mean_square(slope.iter().zip(&scale).map(|(value, scale)| value / scale));
        let tiny = state_size < 1e-5 || slope_size < 1e-5;
        let trial = if tiny { 1e-6 } else { 0.01 * state_size / slope_size }.min(interval);
        for ((stage, start), slope) in self.stage.iter_mut().zip(&self.state).zip(&slope) {
            *stage = start + trial * self.direction * slope;
        }
        self.evaluate(0, self.time + trial * self.direction);
        let change = self.slopes[0].iter().zip(&slope).zip(&scale).map(|((new, old), scale)| (new - old) / scale);
        let curvature = root_mean_square(change) / trial;
        let flat = slope_size <= 1e-15 && curvature <= 1e-15;
        let wanted =
            if flat { (trial * 1e-3).max(1e-6) } else { powf(0.01 / slope_size.max(curvature), -ERROR_EXPONENT) };
        (100.0 * trial).min(wanted).min(interval)
    }

    /// Takes one accepted step, never beyond the end.
    fn step(&mut self) -> Result<(), SolveError> {
        let smallest = 10.0 * (next_after(self.time, self.direction) - self.time).abs();
        let mut size = self.size.max(smallest);
        let mut rejected = false;
        std::mem::swap(&mut self.state, &mut self.old_state);
        self.old_time = self.time;
        self.slopes.swap(0, STAGES - 1);
        loop {
            if size < smallest || size.is_nan() {
                return Err(SolveError::StepTooSmall { time: self.old_time });
            }
            let step = self.signed_step(size);
            let error = self.attempt(step);
            if error < 1.0 {
                let growth =
                    if error == 0.0 { MAX_FACTOR } else { (SAFETY * powf(error, ERROR_EXPONENT)).min(MAX_FACTOR) };
                self.size = step.abs() * if rejected { growth.min(1.0) } else { growth };
                return Ok(());
            }
            size = step.abs() * MIN_FACTOR.max(SAFETY * powf(error, ERROR_EXPONENT));
            rejected = true;
        }
    }

    /// Clips a step at the end of the interval and sets the time to which it leads.
    fn signed_step(&mut self, size: f64) -> f64 {
        self.time = self.old_time + size * self.direction;
        if self.direction * (self.time - self.end) > 0.0 {
            self.time = self.end;
        }
        self.time - self.old_time
    }

    /// Computes the state after `step` and gives the error relative to the tolerance.
    fn attempt(&mut self, step: f64) -> f64 {
        for (stage, node) in NODES.into_iter().enumerate().skip(1) {
            self.combine(stage, step);
            self.evaluate(stage, self.old_time + node * step);
        }
        self.state.copy_from_slice(&self.stage);
        root_mean_square((0..self.state.len()).map(|index| {
            let error: f64 = self.slopes.iter().zip(ERROR).map(|(slope, weight)| weight * slope[index]).sum();
            let scale = self.atol + self.old_state[index].abs().max(self.state[index].abs()) * self.rtol;
            error * step / scale
        }))
    }

    /// The point at which a stage is evaluated.
    fn combine(&mut self, stage: usize, step: f64) {
        for (index, value) in self.stage.iter_mut().enumerate() {
            let weights = TABLEAU[stage][..stage].iter();
            let slope: f64 = weights.zip(&self.slopes).map(|(weight, slope)| weight * slope[index]).sum();
            *value = self.old_state[index] + step * slope;
        }
    }

    /// Appends the state at a time within the last step.
    fn interpolate(&self, time: f64, states: &mut Vec<f64>) {
        let step = self.time - self.old_time;
        let x = (time - self.old_time) / step;
        let powers = [x, x * x, x * x * x, x * x * x * x];
        let weights = INTERPOLANT.map(|row| row.iter().zip(powers).map(|(weight, power)| weight * power).sum::<f64>());
        states.extend(self.old_state.iter().enumerate().map(|(index, start)| {
            let slope: f64 = self.slopes.iter().zip(weights).map(|(slope, weight)| weight * slope[index]).sum();
            start + step * slope
        }));
    }
}

fn root_mean_square(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    sqrt(values.map(|value| value * value).sum()) / sqrt(count)
}

fn next_after(value: f64, direction: f64) -> f64 {
    if direction > 0.0 { value.next_up() } else { value.next_down() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::System;
    use crate::systems::Pendulum;
    use math::linspace;

    /// Compares with `SciPy` 1.17.1: states and number of evaluations.
    fn check(solution: &Solution, rows: &[usize], expected: &[f64], evaluations: usize, tolerance: f64) {
        let states: Vec<f64> = rows.iter().flat_map(|row| solution.state(*row)).copied().collect();
        assert_eq!(states.len(), expected.len());
        for (value, scipy) in states.iter().zip(expected) {
            assert!((value - scipy).abs() <= tolerance * scipy.abs().max(1.0), "{value} against SciPy's {scipy}");
        }
        assert_eq!(solution.evaluations, evaluations);
    }

    fn options(rtol: f64) -> Options {
        Options { rtol, ..Options::default() }
    }

    fn pendulum(start: f64, end: f64, times: &[f64], rtol: f64) -> Solution {
        solve(Pendulum.field(), start, end, &[0.7, 1.4], times, &options(rtol)).unwrap()
    }

    #[test]
    fn tight_tolerance_is_scipys() {
        // solve_ivp(lambda t, y: [2*y[1], -3*sin(y[0])], (0, 3), [.7, 1.4], t_eval=linspace(0, 3, 7), rtol=1e-10)
        let expected = [
            [1.4585226080203082, 0.03983718463115865],
            [-1.4588026364532602, 0.027346893014847218],
            [0.8220853700102957, 1.306732670441924],
        ];
        check(&pendulum(0.0, 3.0, &linspace(0.0, 3.0, 7), 1e-10), &[1, 4, 6], expected.as_flattened(), 170, 1e-12);
    }

    #[test]
    fn loose_tolerance_makes_scipys_steps() {
        // the same over (0, 30) with the default rtol=1e-3
        let expected = [
            [-1.4433297562272493, 0.18124095571951332],
            [-1.1184452025507738, 0.9647823921744413],
            [1.4288113856186597, -0.12271902803351431],
        ];
        // One unit in the last place of the start moves SciPy's own result by up to 1.3e-10 here: the error estimate is a small
        // difference of slopes, so rounding moves the steps, and with a loose tolerance the result follows the steps.
        check(&pendulum(0.0, 30.0, &linspace(0.0, 30.0, 7), 1e-3), &[1, 4, 6], expected.as_flattened(), 560, 5e-10);
    }

    #[test]
    fn backwards_is_scipys() {
        // over (3, 0) with t_eval=[2.5, 1, 0], rtol=1e-8
        let expected = [
            [-0.8330001618693647, 1.2974779107755199],
            [0.8903318304347965, -1.2461656848328913],
            [0.5700757672432396, 1.4802179924689103],
        ];
        check(&pendulum(3.0, 0.0, &[2.5, 1.0, 0.0], 1e-8), &[0, 1, 2], expected.as_flattened(), 176, 1e-12);
    }

    #[test]
    fn forced_field_is_scipys() {
        // g = lambda t, y: [cos(3*t)*y[1] - .1*y[0]**3, y[0]*t - y[1], 1/(1 + t*t)]
        // solve_ivp(g, (-1, 4), [1, -2, 0], t_eval=[-1, .3, 4], rtol=1e-6, atol=1e-9)
        let field = |t: f64, y: &[f64], out: &mut [f64]| {
            out[0] = math::ops::cos(3.0 * t) * y[1] - 0.1 * y[0] * y[0] * y[0];
            out[1] = y[0] * t - y[1];
            out[2] = 1.0 / (1.0 + t * t);
        };
        let options = Options { rtol: 1e-6, atol: 1e-9, ..Options::default() };
        let solution = solve(field, -1.0, 4.0, &[1.0, -2.0, 0.0], &[-1.0, 0.3, 4.0], &options).unwrap();
        let expected = [
            [1.0, -2.0, 0.0],
            [0.644753672667127, -0.7683654054216318, 1.0768548200108732],
            [0.06606725711409332, 0.8089047949089917, 2.1112158257496954],
        ];
        check(&solution, &[0, 1, 2], expected.as_flattened(), 308, 1e-12);
    }

    #[test]
    fn stiff_field_rejects_the_steps_that_scipy_rejects() {
        // v = lambda t, y: [y[1], 50*(1 - y[0]**2)*y[1] - y[0]]; solve_ivp(v, (0, 60), [2, 0], t_eval=[20, 40, 60])
        let field = |_: f64, y: &[f64], out: &mut [f64]| {
            out[0] = y[1];
            out[1] = 50.0 * (1.0 - y[0] * y[0]) * y[1] - y[0];
        };
        let solution = solve(field, 0.0, 60.0, &[2.0, 0.0], &[20.0, 40.0, 60.0], &Options::default()).unwrap();
        let expected = [
            [1.6933774805584532, -0.018119709738397934],
            [1.0932306110506569, -0.10311459366707859],
            [-1.714027344855027, 0.017676613405378617],
        ];
        // One unit in the last place of the start moves SciPy's own result by 3e-12 here.
        check(&solution, &[0, 1, 2], expected.as_flattened(), 12530, 1e-10);
    }

    #[test]
    fn still_field_takes_growing_steps() {
        // solve_ivp(lambda t, y: [0*y[0]], (0, 5), [1.], t_eval=[1, 5])
        let solution = solve(|_, _, out| out[0] = 0.0, 0.0, 5.0, &[1.0], &[1.0, 5.0], &Options::default()).unwrap();
        check(&solution, &[0, 1], &[1.0, 1.0], 50, 1e-15);
    }

    #[test]
    fn nothing_to_do_gives_the_start() {
        let solution = solve(Pendulum.field(), 1.0, 1.0, &[0.7, 1.4], &[1.0], &Options::default()).unwrap();
        check(&solution, &[0], &[0.7, 1.4], 0, 0.0);
    }

    #[test]
    fn what_cannot_be_solved_is_an_error() {
        let blow_up = |_: f64, y: &[f64], out: &mut [f64]| out[0] = y[0] * y[0];
        let error = solve(blow_up, 0.0, 2.0, &[1.0], &[2.0], &options(1e-8)).unwrap_err();
        assert!(matches!(error, SolveError::StepTooSmall { time } if (time - 1.0).abs() < 1e-6), "{error}");
        let nan = solve(|_, _, out| out[0] = f64::NAN, 0.0, 1.0, &[1.0], &[1.0], &Options::default());
        assert!(matches!(nan, Err(SolveError::StepTooSmall { .. })));
        let few = Options { max_steps: 3, ..Options::default() };
        let error = solve(Pendulum.field(), 0.0, 9.0, &[1.0, 1.0], &[9.0], &few).unwrap_err();
        assert!(matches!(error, SolveError::TooManySteps { steps: 3, .. }));
        for times in [[0.5, 1.5], [-0.5, 0.5], [0.9, 0.5], [0.5, f64::NAN]] {
            let error = solve(Pendulum.field(), 0.0, 1.0, &[1.0, 1.0], &times, &Options::default());
            assert!(matches!(error, Err(SolveError::OutputTimes { .. })), "{times:?}");
        }
    }
}
