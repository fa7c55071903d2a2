//! The pendulum's path under the microscope: the ODE's path, the Hessian's lowest modes there, and a path on its way down.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};
use math::vector::dot;

use crate::action::{Action, Penalty, Scheme, Terms, mean_squared_error};
use crate::experiment::{Experiment, PAPER_SEED, System};
use crate::hessian;
use crate::optimise::{Optimiser, Relaxation, Rule};

/// Modes that can be looked at.
pub(super) const MODES: usize = 5;
/// Plain descent's rate for a path of 100 points, the authors'; it grows with the number of points, as the largest
/// eigenvalue of the Hessian falls.
const RATE: f64 = 1e-3;

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    /// Duration of the path.
    pub(super) seconds: usize,
    /// The last velocity.
    pub(super) scheme: Scheme,
    /// Weight of the energy penalty.
    pub(super) penalty: f64,
}

/// An eigenvalue of the Hessian of S at the ODE's path, and its mode.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mode {
    pub(super) eigenvalue: f64,
    /// `[points]`, zero at the ends, 1 where it is largest.
    pub(super) shape: Vec<f64>,
    /// The time point where it is largest.
    pub(super) peak: usize,
}

/// See the module.
pub(super) struct Scope {
    pub(super) settings: Settings,
    experiment: Experiment,
    pub(super) ode: Vec<f64>,
    pub(super) ode_terms: Terms,
    pub(super) modes: Vec<Mode>,
    /// Negative eigenvalues at the ODE's path.
    pub(super) ways_down: usize,
    /// Times of the conjugate points, in seconds.
    pub(super) conjugate: Vec<f64>,
    pub(super) relaxation: Relaxation,
}

impl Scope {
    /// The ODE's path of so many seconds, and a start on it.
    pub(super) fn new(settings: Settings) -> Self {
        let mut experiment = Experiment::new(System::Pendulum, PAPER_SEED);
        experiment.recipe.points = settings.seconds + 1;
        let ode = experiment.ode_path();
        let matrix = hessian::interior(&experiment.action(settings.scheme), &ode);
        let modes = (0..MODES).filter_map(|rank| Some(mode(&matrix, matrix.eigenvalue(rank)?))).collect();
        let exact = hessian::interior(&experiment.action(Scheme::Corrected), &ode);
        let conjugate = hessian::conjugate_points(&exact);
        let ode_terms = experiment.action(settings.scheme).terms(&ode);
        let relaxation = Relaxation::new(ode.clone(), rule(settings));
        let ways_down = matrix.count_below(0.0);
        Self { settings, experiment, ode, ode_terms, modes, ways_down, conjugate, relaxation }
    }

    /// The loss: action, and penalty where it is on, against the energy of the ODE's first interval.
    pub(super) fn loss(&self) -> Action<'_> {
        let plain = self.experiment.action(self.settings.scheme);
        let coefficient = self.settings.penalty;
        let penalty = (coefficient > 0.0).then(|| Penalty { coefficient, energy: plain.first_energy(&self.ode) });
        Action { penalty, ..plain }
    }

    /// Begins on the ODE's path with noise of size `sigma`.
    pub(super) fn shake(&mut self, seed: u32, sigma: f64) {
        let seed = seed.wrapping_add(PAPER_SEED);
        self.begin(self.experiment.noisy_path(seed, sigma));
    }

    /// Begins at the ODE's path moved along a mode by `radians` at its largest.
    pub(super) fn push(&mut self, rank: usize, radians: f64) {
        if let Some(path) = self.pushed(rank, radians) {
            self.begin(path);
        }
    }

    /// The ODE's path moved along a mode.
    pub(super) fn pushed(&self, rank: usize, radians: f64) -> Option<Vec<f64>> {
        let shape = &self.modes.get(rank)?.shape;
        Some(self.ode.iter().zip(shape).map(|(x, shape)| x + radians * shape).collect())
    }

    fn begin(&mut self, path: Vec<f64>) {
        self.relaxation = Relaxation::new(path, rule(self.settings));
    }

    /// How far the path lies along a mode, in radians at the mode's largest.
    pub(super) fn along(&self, rank: usize) -> f64 {
        let Some(mode) = self.modes.get(rank) else { return 0.0 };
        let off: Vec<f64> = self.path().iter().zip(&self.ode).map(|(x, ode)| x - ode).collect();
        dot(&off, &mode.shape) / dot(&mode.shape, &mode.shape)
    }

    /// S at the ODE's path moved along a mode.
    pub(super) fn cut(&self, rank: usize, radians: f64) -> f64 {
        let plain = self.experiment.action(self.settings.scheme);
        self.pushed(rank, radians).map_or(0.0, |path| plain.terms(&path).action())
    }

    /// The present path.
    pub(super) fn path(&self) -> &[f64] {
        &self.relaxation.path
    }

    /// T, V and penalty of the present path.
    pub(super) fn terms(&self) -> Terms {
        self.loss().terms(self.path())
    }

    /// One step down; gives the terms before it.
    pub(super) fn step(&mut self) -> Terms {
        let Self { experiment, settings, ode, relaxation, .. } = self;
        let mut action = experiment.action(settings.scheme);
        if settings.penalty > 0.0 {
            action.penalty = Some(Penalty { coefficient: settings.penalty, energy: action.first_energy(ode) });
        }
        relaxation.step(&action)
    }

    /// Steps made.
    pub(super) fn steps(&self) -> u32 {
        self.relaxation.optimiser.steps
    }

    /// Largest slope of the loss at the present path.
    pub(super) fn slope(&self) -> f64 {
        let mut gradient = vec![0.0; self.path().len()];
        self.loss().gradient(self.path(), &mut gradient);
        gradient[1..gradient.len() - 1].iter().fold(0.0, |largest, slope| largest.max(slope.abs()))
    }

    /// Negative eigenvalues of the Hessian of the loss at the present path.
    pub(super) fn ways_down_here(&self) -> usize {
        hessian::interior(&self.loss(), self.path()).count_below(0.0)
    }

    /// Root of the mean squared distance to the ODE's path, in radians.
    pub(super) fn distance(&self) -> f64 {
        math::ops::sqrt(mean_squared_error(self.path(), &self.ode))
    }

    /// The present angle at a time in seconds, on the straight line between two points.
    pub(super) fn angle_at(path: &[f64], secs: f64) -> f64 {
        let index = (secs.max(0.0) as usize).min(path.len().saturating_sub(2));
        let share = (secs - index as f64).clamp(0.0, 1.0);
        path[index] + share * (path[index + 1] - path[index])
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        let Optimiser { steps, moments: [means, squares], .. } = &self.relaxation.optimiser;
        writer.u32(*steps);
        for numbers in [self.path(), means, squares] {
            writer.f64s(numbers);
        }
    }

    /// Path and optimiser that [`Self::save`] wrote for the present settings.
    pub(super) fn read(&self, reader: &mut Reader) -> Result<Relaxation, Error> {
        let steps = reader.u32()?;
        let (path, means, squares) = (reader.f64s()?, reader.f64s()?, reader.f64s()?);
        let length = self.ode.len();
        let moments_fit = [&means, &squares].iter().all(|moment| [0, length].contains(&moment.len()));
        if path.len() != length || !moments_fit {
            return Err(bad("its path has another length."));
        }
        let optimiser = Optimiser { rule: rule(self.settings), steps, moments: [means, squares] };
        Ok(Relaxation::resumed(path, optimiser))
    }
}

/// Plain descent; with the penalty, whose curvature is large, Adam at the authors' rate.
fn rule(settings: Settings) -> Rule {
    if settings.penalty > 0.0 {
        Rule::Adam { rate: RATE }
    } else {
        Rule::Descent { rate: RATE * (settings.seconds + 1) as f64 / 100.0 }
    }
}

fn mode(matrix: &crate::tridiagonal::Tridiagonal, eigenvalue: f64) -> Mode {
    let interior = matrix.eigenvector(eigenvalue);
    let (at, largest) =
        interior.iter().copied().enumerate().fold((0, 0.0), |most, entry| if entry.1 > most.1 { entry } else { most });
    let scaled = interior.iter().map(|value| value / largest.max(f64::MIN_POSITIVE));
    let shape = [0.0].into_iter().chain(scaled).chain([0.0]).collect();
    Mode { eigenvalue, shape, peak: at + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(seconds: usize, scheme: Scheme, penalty: f64) -> Scope {
        Scope::new(Settings { seconds, scheme, penalty })
    }

    fn descend(scope: &mut Scope, steps: u32) -> Terms {
        (0..steps).for_each(|_| {
            scope.step();
        });
        scope.terms()
    }

    #[test]
    fn the_ways_down_are_those_of_morse() {
        for (seconds, expected) in [(49, 0), (74, 1), (124, 2), (199, 3)] {
            let scope = scope(seconds, Scheme::Corrected, 0.0);
            assert_eq!((scope.ways_down, scope.conjugate.len()), (expected, expected), "{seconds}");
        }
    }

    #[test]
    fn pushed_forwards_it_ends_in_the_published_path_and_backwards_in_another_minimum() {
        let mut forwards = scope(99, Scheme::Published, 0.0);
        forwards.push(0, 0.3);
        let terms = descend(&mut forwards, 12_000);
        assert!((terms.action() + 300.73).abs() < 0.05, "{}", terms.action());
        assert!((terms.kinetic - 27.97).abs() < 0.02 && (terms.potential - 328.7).abs() < 0.02);
        assert!((forwards.path()[49] - 3.057).abs() < 0.002 && forwards.ways_down_here() == 0);
        let mut backwards = scope(99, Scheme::Published, 0.0);
        backwards.push(0, -0.3);
        let terms = descend(&mut backwards, 24_000);
        assert!(terms.action() > -32.0 && backwards.path()[49] < -2.5 && backwards.ways_down_here() == 0);
    }

    #[test]
    fn noise_leaves_the_saddle_as_the_sheet_tells() {
        let mut scope = scope(99, Scheme::Published, 0.0);
        scope.shake(0, 0.2);
        assert!((descend(&mut scope, 1500).action() + 16.36).abs() < 0.01);
        assert!((descend(&mut scope, 8500).action() + 300.71).abs() < 0.05);
    }

    #[test]
    fn a_strong_penalty_holds_the_path_where_plain_descent_leaves() {
        for (penalty, stays) in [(0.0, false), (1e4, true)] {
            let mut scope = scope(99, Scheme::Corrected, penalty);
            scope.push(0, 0.2);
            descend(&mut scope, 12_000);
            assert_eq!(scope.distance() < 0.2, stays, "{penalty}: {}", scope.distance());
        }
    }

    #[test]
    fn a_mode_is_its_own_direction_and_curvature() {
        let mut scope = scope(124, Scheme::Corrected, 0.0);
        for rank in 0..MODES {
            scope.push(rank, 0.5);
            assert!((scope.along(rank) - 0.5).abs() < 1e-9 && scope.along((rank + 1) % MODES).abs() < 1e-6);
            let size = dot(&scope.modes[rank].shape, &scope.modes[rank].shape);
            let second = (scope.cut(rank, 1e-3) - 2.0 * scope.cut(rank, 0.0) + scope.cut(rank, -1e-3)) / 1e-6;
            let expected = scope.modes[rank].eigenvalue * size;
            assert!((second - expected).abs() < 1e-3 * size, "{rank}: {second} {expected}");
        }
    }
}
