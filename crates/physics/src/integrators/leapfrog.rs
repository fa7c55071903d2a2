//! Order 2; the method of choice where the energy splits into kinetic and potential.

use super::{Integrator, add_multiple};

/// Leapfrog, also called Störmer-Verlet: half a kick, a drift, half a kick (Hairer, Lubich, Wanner, "Geometric Numerical
/// Integration", section I.1.4). Symplectic and time-symmetric. For separable fields.
#[derive(Clone, Debug, Default)]
pub struct Leapfrog {
    slope: Vec<f64>,
}

impl Integrator for Leapfrog {
    const ORDER: u32 = 2;
    const SYMPLECTIC: bool = true;

    fn step(&mut self, mut field: impl FnMut(f64, &[f64], &mut [f64]), time: f64, dt: f64, state: &mut [f64]) {
        let half = state.len() / 2;
        self.slope.resize(state.len(), 0.0);
        field(time, state, &mut self.slope);
        add_multiple(&mut state[half..], 0.5 * dt, &self.slope[half..]);
        field(time + 0.5 * dt, state, &mut self.slope);
        add_multiple(&mut state[..half], dt, &self.slope[..half]);
        field(time + dt, state, &mut self.slope);
        add_multiple(&mut state[half..], 0.5 * dt, &self.slope[half..]);
    }
}
