//! Integrators with a fixed step. Each states its order, and one harness at the foot of this file tests all of them
//! for it; the symplectic ones are also tested to keep the energy without drift.
//!
//! [`SemiImplicitEuler`] and [`Leapfrog`] split the state into its halves q and p and need a separable field: dq/dt a
//! function of p alone, dp/dt of q alone. For a learned Hamiltonian, which is not separable, take [`ImplicitMidpoint`]
//! or [`Rk4`]. Many particles step together as one state: all their q, then all their p.

mod euler;
mod implicit_midpoint;
mod leapfrog;
mod rk4;
mod semi_implicit_euler;

pub use euler::Euler;
pub use implicit_midpoint::ImplicitMidpoint;
pub use leapfrog::Leapfrog;
pub use rk4::Rk4;
pub use semi_implicit_euler::SemiImplicitEuler;

/// A one-step method. The value only holds scratch space, so that steps do not allocate; one value serves any field and
/// any dimension.
pub trait Integrator: Default {
    /// The error at a fixed time falls as the step to this power.
    const ORDER: u32;
    /// Whether a step keeps phase-space volume and, over long times, the energy without drift.
    const SYMPLECTIC: bool;

    /// Advances `state` from `time` by `dt`, which may be negative. `field` writes d state / dt into its last argument.
    fn step(&mut self, field: impl FnMut(f64, &[f64], &mut [f64]), time: f64, dt: f64, state: &mut [f64]);

    /// Takes `steps` steps from `time`.
    fn run(
        &mut self,
        mut field: impl FnMut(f64, &[f64], &mut [f64]),
        time: f64,
        dt: f64,
        steps: usize,
        state: &mut [f64],
    ) {
        for index in 0..steps {
            self.step(&mut field, time + index as f64 * dt, dt, state);
        }
    }
}

/// `target += factor * direction`.
fn add_multiple(target: &mut [f64], factor: f64, direction: &[f64]) {
    for (value, slope) in target.iter_mut().zip(direction) {
        *value += factor * slope;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::System;
    use crate::dormand_prince::{Options, solve};
    use crate::systems::{NBody, Pendulum};
    use math::stats::{mean, standard_deviation};
    use testkit::order::{halvings, measured_order};

    const ORBIT: [f64; 8] = [0.6, -0.6, 0.1, -0.1, 0.1, -0.1, 0.6, -0.6];

    fn check_order<I: Integrator>(system: &impl System, start: &[f64]) {
        let options = Options { rtol: 1e-13, atol: 1e-14, ..Options::default() };
        let truth = solve(system.field(), 0.0, 2.0, start, &[2.0], &options).unwrap();
        let fit = measured_order(&halvings(0.02, 4), |dt| {
            let mut state = start.to_vec();
            I::default().run(system.field(), 0.0, dt, (2.0 / dt).round() as usize, &mut state);
            state.iter().zip(truth.state(0)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        });
        let name = std::any::type_name::<I>();
        assert!((fit.slope - f64::from(I::ORDER)).abs() < 0.1, "{name}: order {} measured {}", I::ORDER, fit.slope);
        assert!(fit.r_squared > 0.999, "{name}: the errors lie on no line, {}", fit.r_squared);
    }

    /// The mean energy of the last tenth of a long run against that of the first, in units of its oscillation.
    fn energy_drift<I: Integrator>() -> f64 {
        let mut state = vec![1.2, 0.5];
        let mut method = I::default();
        let energies: Vec<f64> = (0..100_000)
            .map(|index| {
                method.step(Pendulum.field(), f64::from(index) * 0.05, 0.05, &mut state);
                Pendulum.energy(&state)
            })
            .collect();
        let (first, last) = (&energies[..10_000], &energies[90_000..]);
        (mean(last) - mean(first)).abs() / standard_deviation(first)
    }

    fn check_reversible<I: Integrator>() {
        let mut state = [1.2, 0.5];
        I::default().run(Pendulum.field(), 0.0, 0.05, 400, &mut state);
        I::default().run(Pendulum.field(), 20.0, -0.05, 400, &mut state);
        let error = (state[0] - 1.2).abs() + (state[1] - 0.5).abs();
        assert!(error < 1e-10, "{}: returned {error} away", std::any::type_name::<I>());
    }

    fn check<I: Integrator>() {
        check_order::<I>(&Pendulum, &[1.2, 0.5]);
        check_order::<I>(&NBody::new(2), &ORBIT);
        let drift = energy_drift::<I>();
        let name = std::any::type_name::<I>();
        assert_eq!(drift < 0.05, I::SYMPLECTIC, "{name}: energy drifts by {drift} of its oscillation");
    }

    #[test]
    fn errors_fall_with_the_stated_order_and_symplectic_methods_do_not_drift() {
        check::<Euler>();
        check::<SemiImplicitEuler>();
        check::<Leapfrog>();
        check::<Rk4>();
        check::<ImplicitMidpoint>();
    }

    #[test]
    fn symmetric_methods_return() {
        check_reversible::<Leapfrog>();
        check_reversible::<ImplicitMidpoint>();
    }

    #[test]
    fn time_reaches_the_field() {
        // dy/dt = 4 t^3 from 0 to 1: the fourth-order rule is exact.
        let mut state = [0.0];
        Rk4::default().run(|t, _, out| out[0] = 4.0 * t * t * t, 0.0, 0.1, 10, &mut state);
        assert!((state[0] - 1.0).abs() < 1e-14);
    }

    #[test]
    fn implicit_midpoint_stops_at_the_rounding_of_a_coarse_field() {
        let mut calls = 0;
        let mut state = [1.2, 0.5];
        let coarse = |_: f64, x: &[f64], out: &mut [f64]| {
            calls += 1;
            out[0] = f64::from(2.0 * x[1] as f32);
            out[1] = f64::from(-3.0 * math::ops::sin(x[0]) as f32);
        };
        ImplicitMidpoint::default().run(coarse, 0.0, 0.05, 100, &mut state);
        assert!(calls < 2000, "{calls} evaluations for 100 steps");
        assert!((Pendulum.energy(&state) - Pendulum.energy(&[1.2, 0.5])).abs() < 1e-2);
    }

    #[test]
    fn an_unsolvable_midpoint_equation_ends() {
        let mut calls = 0;
        let steep = |_: f64, x: &[f64], out: &mut [f64]| {
            calls += 1;
            out[0] = -1e6 * x[0];
        };
        ImplicitMidpoint::default().step(steep, 0.0, 1.0, &mut [1.0]);
        assert!(calls <= 60);
    }
}
