//! Three bodies of mass 1 in the plane under a softened and capped 1/r attraction (authors' code).
//!
//! Pair energy -1.3e-4 u(r) with r = sqrt(d^2 + 1e-6), u = 1 / (r + 1e-6) for r > 0.05 and 500 (0.05 - r) + 20 below.

use math::ops::sqrt;

use super::{Energies, Lagrangian, add_unit_kinetic, unit_kinetic};

const BODIES: usize = 3;
const STRENGTH: f64 = 1.3e-4;
const CAP_RADIUS: f64 = 0.05;

/// Positions `x0, y0, x1, y1, x2, y2`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ThreeBody;

/// Pair energy and its derivative by r.
fn pair(r: f64) -> (f64, f64) {
    if r > CAP_RADIUS {
        let inverse = 1.0 / (r + 1e-6);
        (-STRENGTH * inverse, STRENGTH * inverse * inverse)
    } else {
        (-STRENGTH * (500.0 * (CAP_RADIUS - r) + 20.0), STRENGTH * 500.0)
    }
}

/// Adds `weight * dV/dx` and gives V.
fn add_potential(x: &[f64], weight: f64, by_x: &mut [f64]) -> f64 {
    let mut potential = 0.0;
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        let d = [x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]];
        let r = sqrt(d[0] * d[0] + d[1] * d[1] + 1e-6);
        let (energy, slope) = pair(r);
        potential += energy;
        for axis in 0..2 {
            let force = weight * slope * d[axis] / r;
            by_x[2 * i + axis] += force;
            by_x[2 * j + axis] -= force;
        }
    }
    potential
}

impl Lagrangian for ThreeBody {
    fn width(&self) -> usize {
        2 * BODIES
    }

    fn bodies(&self) -> usize {
        BODIES
    }

    fn energies(&self, x: &[f64], v: &[f64]) -> Energies {
        Energies { kinetic: unit_kinetic(v), potential: add_potential(x, 0.0, &mut [0.0; 2 * BODIES]) }
    }

    fn add_gradient(&self, x: &[f64], v: &[f64], weights: Energies, by_x: &mut [f64], by_v: &mut [f64]) -> Energies {
        let kinetic = add_unit_kinetic(v, weights.kinetic, by_v);
        Energies { kinetic, potential: add_potential(x, weights.potential, by_x) }
    }

    fn acceleration(&self, x: &[f64], _v: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        add_potential(x, -1.0, out);
    }
}
