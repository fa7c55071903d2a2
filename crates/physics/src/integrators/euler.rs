//! Order 1; drifts in energy. Here for comparison.

use super::{Integrator, add_multiple};

/// Explicit Euler: `x + dt f(x)`.
#[derive(Clone, Debug, Default)]
pub struct Euler {
    slope: Vec<f64>,
}

impl Integrator for Euler {
    const ORDER: u32 = 1;
    const SYMPLECTIC: bool = false;

    fn step(&mut self, mut field: impl FnMut(f64, &[f64], &mut [f64]), time: f64, dt: f64, state: &mut [f64]) {
        self.slope.resize(state.len(), 0.0);
        field(time, state, &mut self.slope);
        add_multiple(state, dt, &self.slope);
    }
}
