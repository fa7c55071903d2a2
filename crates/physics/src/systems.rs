//! The systems whose truth the figures and the training data rest on.

mod gym_pendulum;
mod n_body;
mod pendulum;
mod spring;

pub use gym_pendulum::GymPendulum;
pub use n_body::NBody;
pub use pendulum::Pendulum;
pub use spring::Spring;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::System;
    use crate::dormand_prince::{Options, solve};

    /// Integrates accurately and asks every stated constant of the motion to be one.
    fn check_conserved(system: &impl System, start: &[f64]) {
        let before = system.conserved(start);
        let options = Options { rtol: 1e-12, atol: 1e-12, ..Options::default() };
        let end = solve(system.field(), 0.0, 7.0, start, &[7.0], &options).unwrap();
        let moved: f64 = end.state(0).iter().zip(start).map(|(a, b)| (a - b).abs()).sum();
        assert!(moved > 0.1, "the test wants a state that moves, {moved}");
        for (first, last) in before.iter().zip(system.conserved(end.state(0))) {
            assert!((first.value - last.value).abs() < 1e-9, "{}: {} became {}", first.name, first.value, last.value);
        }
    }

    /// dq/dt = dH/dp and dp/dt = -dH/dq, with H differentiated by central differences.
    fn check_hamiltonian(system: &impl System, state: &[f64]) {
        let mut rate = vec![0.0; system.dimension()];
        system.derivative(0.0, state, &mut rate);
        let half = state.len() / 2;
        for index in 0..state.len() {
            let slope = energy_slope(system, state, index);
            let (partner, sign) = if index < half { (index + half, -1.0) } else { (index - half, 1.0) };
            let error = (rate[partner] - sign * slope).abs();
            assert!(
                error < 1e-8 * (1.0 + slope.abs()),
                "component {partner}: {} against {}",
                rate[partner],
                sign * slope
            );
        }
    }

    fn energy_slope(system: &impl System, state: &[f64], index: usize) -> f64 {
        let at = |offset: f64| {
            let mut moved = state.to_vec();
            moved[index] += offset;
            system.energy(&moved)
        };
        (at(1e-5) - at(-1e-5)) / 2e-5
    }

    fn check(system: &impl System, start: &[f64]) {
        assert_eq!(system.dimension(), start.len());
        check_hamiltonian(system, start);
        check_conserved(system, start);
    }

    #[test]
    fn dynamics_follow_from_the_energy_and_conserve_what_is_stated() {
        check(&Spring, &[0.4, -0.7]);
        check(&Pendulum, &[1.9, 0.8]);
        check(&Pendulum, &[-0.3, 2.6]);
        check(&GymPendulum, &[2.7, -0.9]);
        check(&NBody::new(2), &[0.6, -0.7, 0.3, -0.1, 0.2, -0.1, 0.6, -0.5]);
        check(&NBody::new(3), &[0.9, -0.2, -0.6, 0.1, 0.9, -0.8, -0.1, -0.5, 0.6, 0.6, -0.2, -0.3]);
        check(&NBody::new(3).with_softening(0.3), &[0.2, -0.2, 0.1, 0.1, 0.3, -0.4, -0.1, 0.0, 0.6, 0.6, 0.1, -0.3]);
    }

    #[test]
    fn many_bodies_state_four_constants() {
        let names: Vec<_> = NBody::new(3).conserved(&[0.1; 12]).iter().map(|constant| constant.name).collect();
        assert_eq!(names, ["energy", "momentum x", "momentum y", "angular momentum"]);
    }
}
