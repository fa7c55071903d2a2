//! Order 2; symplectic also where the energy does not split.

use super::{Integrator, add_multiple};

const MAX_ITERATIONS: usize = 60;

/// The implicit midpoint rule, `x' = x + dt f((x + x') / 2)`: symplectic and time-symmetric for every Hamiltonian, separable
/// or not.
///
/// The equation is solved by fixed-point iteration until the midpoint no longer moves, down to the rounding of the field
/// (so a field computed in f32 costs few iterations). It converges while `dt` times the field's steepness is below 2;
/// beyond that the step ends after 60 iterations and is not accurate.
#[derive(Clone, Debug, Default)]
pub struct ImplicitMidpoint {
    middle: Vec<f64>,
    slope: Vec<f64>,
}

impl Integrator for ImplicitMidpoint {
    const ORDER: u32 = 2;
    const SYMPLECTIC: bool = true;

    fn step(&mut self, mut field: impl FnMut(f64, &[f64], &mut [f64]), time: f64, dt: f64, state: &mut [f64]) {
        let half = 0.5 * dt;
        self.middle.clear();
        self.middle.extend_from_slice(state);
        self.slope.resize(state.len(), 0.0);
        let mut last_change = f64::INFINITY;
        for _ in 0..MAX_ITERATIONS {
            field(time + half, &self.middle, &mut self.slope);
            let change = self.recentre(state, half);
            if change == 0.0 || (change >= last_change && change < 1e-6) {
                break;
            }
            last_change = change;
        }
        add_multiple(state, dt, &self.slope);
    }
}

impl ImplicitMidpoint {
    /// Moves the midpoint to `state + half * slope`; gives the largest relative move.
    fn recentre(&mut self, state: &[f64], half: f64) -> f64 {
        let mut largest: f64 = 0.0;
        for ((middle, slope), start) in self.middle.iter_mut().zip(&self.slope).zip(state) {
            let moved = start + half * slope;
            largest = largest.max((moved - *middle).abs() / (1.0 + moved.abs()));
            *middle = moved;
        }
        largest
    }
}
