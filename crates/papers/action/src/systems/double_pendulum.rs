//! A double pendulum with all constants 1, angles a and b from the bottom:
//! T = a'^2 + b'^2 / 2 + a' b' cos(a - b), V = -2 cos a - cos b.

use math::ops::sin_cos;

use super::{Energies, Lagrangian};

/// Both angles in radians.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DoublePendulum;

impl Lagrangian for DoublePendulum {
    fn width(&self) -> usize {
        2
    }

    fn bodies(&self) -> usize {
        1
    }

    fn energies(&self, x: &[f64], v: &[f64]) -> Energies {
        let ((_, cos_a), (_, cos_b), (_, cos_ab)) = (sin_cos(x[0]), sin_cos(x[1]), sin_cos(x[0] - x[1]));
        energies(v, cos_a, cos_b, cos_ab)
    }

    fn add_gradient(&self, x: &[f64], v: &[f64], weights: Energies, by_x: &mut [f64], by_v: &mut [f64]) -> Energies {
        let ((sin_a, cos_a), (sin_b, cos_b)) = (sin_cos(x[0]), sin_cos(x[1]));
        let (sin_ab, cos_ab) = sin_cos(x[0] - x[1]);
        let coupling = weights.kinetic * v[0] * v[1] * sin_ab;
        by_x[0] += 2.0 * weights.potential * sin_a - coupling;
        by_x[1] += weights.potential * sin_b + coupling;
        by_v[0] += weights.kinetic * (2.0 * v[0] + v[1] * cos_ab);
        by_v[1] += weights.kinetic * (v[1] + v[0] * cos_ab);
        energies(v, cos_a, cos_b, cos_ab)
    }

    fn acceleration(&self, x: &[f64], v: &[f64], out: &mut [f64]) {
        let ((sin_a, _), (sin_b, _), (s, c)) = (sin_cos(x[0]), sin_cos(x[1]), sin_cos(x[0] - x[1]));
        let [aa, bb] = [v[0] * v[0], v[1] * v[1]];
        let scale = 1.0 / (1.0 + s * s);
        out[0] = (sin_b * c - s * (aa * c + bb) - 2.0 * sin_a) * scale;
        out[1] = (2.0 * (aa * s - sin_b + sin_a * c) + bb * s * c) * scale;
    }
}

fn energies(v: &[f64], cos_a: f64, cos_b: f64, cos_ab: f64) -> Energies {
    let kinetic = v[0] * v[0] + 0.5 * v[1] * v[1] + v[0] * v[1] * cos_ab;
    Energies { kinetic, potential: -2.0 * cos_a - cos_b }
}
