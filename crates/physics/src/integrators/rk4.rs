//! Order 4; accurate, not symplectic.

use super::{Integrator, add_multiple};

/// The classical Runge-Kutta method of order 4.
#[derive(Clone, Debug, Default)]
pub struct Rk4 {
    start: Vec<f64>,
    stage: Vec<f64>,
    slope: Vec<f64>,
}

impl Integrator for Rk4 {
    const ORDER: u32 = 4;
    const SYMPLECTIC: bool = false;

    fn step(&mut self, mut field: impl FnMut(f64, &[f64], &mut [f64]), time: f64, dt: f64, state: &mut [f64]) {
        let Self { start, stage, slope } = self;
        start.clear();
        start.extend_from_slice(state);
        slope.resize(state.len(), 0.0);
        field(time, state, slope);
        add_multiple(state, dt / 6.0, slope);
        for (reach, weight) in [(0.5, 3.0), (0.5, 3.0), (1.0, 6.0)] {
            stage.clear();
            stage.extend_from_slice(start);
            add_multiple(stage, reach * dt, slope);
            field(time + reach * dt, stage, slope);
            add_multiple(state, dt / weight, slope);
        }
    }
}
