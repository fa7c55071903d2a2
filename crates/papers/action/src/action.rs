//! The discretised action of a path and its gradient (paper, section 3): S = mean over time and bodies of T - V.
//!
//! Velocities are forward differences. The authors' code copies the last one, so that the final interval counts twice and
//! the minimum moves off the solution of the ODE; [`Scheme::Published`] does the same, [`Scheme::Corrected`] does not.

use std::ops::Range;

use crate::systems::{Energies, Lagrangian};

/// What happens at the last time point, which has no forward difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// It takes the velocity of the point before; means run over n points.
    Published,
    /// It is left out; means run over n - 1 intervals.
    #[default]
    Corrected,
}

/// A price on every change of energy along the path: coefficient * mean over time of (`E_0` - `E_t)^2`, energies divided by
/// the number of time points and bodies as the authors do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalty {
    /// Its weight beside the action; 100 for the paper's pendulum.
    pub coefficient: f64,
    /// `E_0`, of the path at the start of the optimisation ([`Action::first_energy`]).
    pub energy: f64,
}

/// The terms of the loss of one path.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// Mean kinetic energy T.
    pub kinetic: f64,
    /// Mean potential energy V.
    pub potential: f64,
    /// The energy penalty, zero without one.
    pub penalty: f64,
}

impl std::ops::AddAssign for Terms {
    fn add_assign(&mut self, other: Self) {
        self.kinetic += other.kinetic;
        self.potential += other.potential;
        self.penalty += other.penalty;
    }
}

impl Terms {
    /// S = T - V
    pub fn action(&self) -> f64 {
        self.kinetic - self.potential
    }

    /// What is minimised: action and penalty.
    pub fn loss(&self) -> f64 {
        self.action() + self.penalty
    }
}

/// The loss of paths of one system at one time step.
#[derive(Clone, Copy)]
pub struct Action<'a> {
    /// Whose path it is.
    pub system: &'a dyn Lagrangian,
    /// Time between two points.
    pub dt: f64,
    /// What happens at the end.
    pub scheme: Scheme,
    /// The price on a change of energy, where there is one.
    pub penalty: Option<Penalty>,
}

impl Action<'_> {
    /// T, V and penalty of a path.
    ///
    /// # Shapes
    /// `path`: `[points * width]`, time point by time point; at least two points, else all terms are zero.
    pub fn terms(&self, path: &[f64]) -> Terms {
        self.share(path, 0..self.times(path))
    }

    /// The share that the time points `times` have in T, V and penalty; the sum over all of [`Self::times`] is
    /// [`Self::terms`].
    pub fn share(&self, path: &[f64], times: Range<usize>) -> Terms {
        self.sum(path, times, |x, v, _, _| self.system.energies(x, v))
    }

    /// T, V and penalty, with the gradient of the loss written into `gradient`.
    ///
    /// # Shapes
    /// `path`, `gradient`: `[points * width]`
    pub fn gradient(&self, path: &[f64], gradient: &mut [f64]) -> Terms {
        gradient.fill(0.0);
        self.add_gradient(path, 0..self.times(path), gradient)
    }

    /// Adds the share that the time points `times` have in the gradient, and gives their share of the terms: the sum over
    /// all of [`Self::times`] is [`Self::gradient`].
    pub fn add_gradient(&self, path: &[f64], times: Range<usize>, gradient: &mut [f64]) -> Terms {
        let width = self.system.width();
        let (mut by_x, mut by_v) = (vec![0.0; width], vec![0.0; width]);
        self.sum(path, times, |x, v, at, weights| {
            by_x.fill(0.0);
            by_v.fill(0.0);
            let energies = self.system.add_gradient(x, v, weights, &mut by_x, &mut by_v);
            // The two velocities that meet at a point first: near a solution their difference is small, and is kept.
            for axis in 0..width {
                gradient[at.from * width + axis] -= by_v[axis] / self.dt;
                gradient[(at.from + 1) * width + axis] += by_v[axis] / self.dt;
                gradient[at.point * width + axis] += by_x[axis];
            }
            energies
        })
    }

    /// Energy of the first time point, divided by points and bodies: `E_0` of [`Penalty`] for this path.
    pub fn first_energy(&self, path: &[f64]) -> f64 {
        let width = self.system.width();
        let Some((first, second)) = path.split_at_checked(width) else { return 0.0 };
        let v: Vec<f64> = first.iter().zip(second).map(|(from, to)| (to - from) / self.dt).collect();
        let Energies { kinetic, potential } = self.system.energies(first, &v);
        (kinetic + potential) / self.count(path.len() / width)
    }

    /// What sums over time are divided by to give means.
    fn count(&self, points: usize) -> f64 {
        (self.velocities(points) * self.system.bodies()) as f64
    }

    /// Time points of a path that have a velocity; none where the path has fewer than two points.
    pub fn times(&self, path: &[f64]) -> usize {
        let points = path.len() / self.system.width();
        if points < 2 { 0 } else { self.velocities(points) }
    }

    fn velocities(&self, points: usize) -> usize {
        match self.scheme {
            Scheme::Published => points,
            Scheme::Corrected => points.saturating_sub(1),
        }
    }

    /// Runs over time points; `visit` gets coordinates, velocity, where that is, and how dL depends on T and V there.
    fn sum(
        &self,
        path: &[f64],
        range: Range<usize>,
        mut visit: impl FnMut(&[f64], &[f64], At, Energies) -> Energies,
    ) -> Terms {
        let width = self.system.width();
        let points = path.len() / width;
        if points < 2 {
            return Terms::default();
        }
        let (times, count) = (self.velocities(points), self.count(points));
        let mut v = vec![0.0; width];
        let mut terms = Terms::default();
        for point in range {
            let at = At { point, from: point.min(points - 2) };
            let (from, to) = path[at.from * width..].split_at(width);
            v.iter_mut().zip(from.iter().zip(to)).for_each(|(v, (from, to))| *v = (to - from) / self.dt);
            let x = &path[point * width..(point + 1) * width];
            let mut weights = Energies { kinetic: 1.0 / count, potential: -1.0 / count };
            if let Some(Penalty { coefficient, energy }) = self.penalty {
                let Energies { kinetic, potential } = self.system.energies(x, &v);
                let excess = (kinetic + potential) / count - energy;
                terms.penalty += coefficient * excess * excess / times as f64;
                let slope = 2.0 * coefficient * excess / (times as f64 * count);
                weights.kinetic += slope;
                weights.potential += slope;
            }
            let Energies { kinetic, potential } = visit(x, &v, at, weights);
            terms.kinetic += kinetic;
            terms.potential += potential;
        }
        terms.kinetic /= count;
        terms.potential /= count;
        terms
    }
}

/// A time point, and the earlier end of the interval whose velocity it takes.
#[derive(Clone, Copy)]
struct At {
    point: usize,
    from: usize,
}

/// Mean squared difference of two paths in their own coordinates: the error that the paper's tables give.
pub fn mean_squared_error(path: &[f64], other: &[f64]) -> f64 {
    math::stats::mean_squared_error(path, other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, System};

    /// Largest error of the gradient against central differences over every 7th parameter or some 80, relative to the largest slope.
    fn gradient_error(system: System, scheme: Scheme, penalty: bool) -> f64 {
        let experiment = Experiment::new(system, 1);
        let path = experiment.initial_path(1, experiment.recipe.noise);
        let mut action = experiment.action(scheme);
        if penalty {
            // As large as the action's own terms, whatever the system's units.
            let kinetic = action.terms(&path).kinetic;
            let points = experiment.recipe.points as f64;
            let energy = action.first_energy(&path) + 0.1 * kinetic / points;
            action.penalty = Some(Penalty { coefficient: 0.3 * points * points / kinetic, energy });
        }
        let mut gradient = vec![0.0; path.len()];
        let terms = action.gradient(&path, &mut gradient);
        assert_eq!(terms, action.terms(&path));
        let size = path.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
        let largest = gradient.iter().fold(0.0_f64, |size, slope| size.max(slope.abs()));
        let error = |index: usize| {
            let at = |sign: f64| {
                let mut path = path.clone();
                path[index] += sign * 3e-6 * size;
                action.terms(&path).loss()
            };
            (at(1.0) - at(-1.0)) / (6e-6 * size) - gradient[index]
        };
        (0..path.len()).step_by((path.len() / 80).max(7)).map(|index| error(index).abs()).fold(0.0, f64::max) / largest
    }

    #[test]
    fn gradients_of_paths_meet_central_differences() {
        for system in System::ALL {
            for scheme in [Scheme::Published, Scheme::Corrected] {
                for penalty in [false, true] {
                    let error = gradient_error(system, scheme, penalty);
                    assert!(error < 2e-5, "{system:?} {scheme:?} {penalty}: {error}");
                }
            }
        }
    }

    #[test]
    fn the_shares_of_time_points_add_up() {
        let experiment = Experiment::new(System::ThreeBody, 1);
        let path = experiment.initial_path(1, experiment.recipe.noise);
        for scheme in [Scheme::Published, Scheme::Corrected] {
            let action = experiment.action(scheme);
            let (mut whole, mut parts) = (vec![0.0; path.len()], vec![0.0; path.len()]);
            let terms = action.gradient(&path, &mut whole);
            let times = action.times(&path);
            let first = action.add_gradient(&path, 0..30, &mut parts);
            let second = action.add_gradient(&path, 30..times, &mut parts);
            assert!((first.action() + second.action() - terms.action()).abs() < 1e-15);
            assert!(whole.iter().zip(&parts).all(|(whole, parts)| (whole - parts).abs() < 1e-12));
        }
    }

    #[test]
    fn a_path_of_one_point_has_no_action() {
        let experiment = Experiment::new(System::FreeBody, 1);
        let action = experiment.action(Scheme::Published);
        assert_eq!(action.terms(&[1.0]), Terms::default());
        assert_eq!(action.terms(&[]), Terms::default());
    }
}
