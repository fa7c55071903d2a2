//! Order 1; symplectic.

use super::{Integrator, add_multiple};

/// Symplectic Euler: the momenta first, then the coordinates with the new momenta. For separable fields.
#[derive(Clone, Debug, Default)]
pub struct SemiImplicitEuler {
    slope: Vec<f64>,
}

impl Integrator for SemiImplicitEuler {
    const ORDER: u32 = 1;
    const SYMPLECTIC: bool = true;

    fn step(&mut self, mut field: impl FnMut(f64, &[f64], &mut [f64]), time: f64, dt: f64, state: &mut [f64]) {
        let half = state.len() / 2;
        self.slope.resize(state.len(), 0.0);
        field(time, state, &mut self.slope);
        add_multiple(&mut state[half..], dt, &self.slope[half..]);
        field(time + dt, state, &mut self.slope);
        add_multiple(&mut state[..half], dt, &self.slope[..half]);
    }
}
