//! A pendulum of mass 1 and length 180 under gravity 1: T = l^2 v^2 / 2, V = l (1 - cos x), x the angle from the bottom.

use math::ops::{cos, sin};

use super::{Energies, Lagrangian};

/// Angle of a pendulum in radians, zero at the bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pendulum;

impl Pendulum {
    /// Length of the rod.
    pub const LENGTH: f64 = 180.0;
}

impl Lagrangian for Pendulum {
    fn width(&self) -> usize {
        1
    }

    fn bodies(&self) -> usize {
        1
    }

    fn energies(&self, x: &[f64], v: &[f64]) -> Energies {
        Energies {
            kinetic: 0.5 * Self::LENGTH * Self::LENGTH * v[0] * v[0],
            potential: Self::LENGTH * (1.0 - cos(x[0])),
        }
    }

    fn add_gradient(&self, x: &[f64], v: &[f64], weights: Energies, by_x: &mut [f64], by_v: &mut [f64]) -> Energies {
        by_x[0] += weights.potential * Self::LENGTH * sin(x[0]);
        by_v[0] += weights.kinetic * Self::LENGTH * Self::LENGTH * v[0];
        self.energies(x, v)
    }

    fn acceleration(&self, x: &[f64], _v: &[f64], out: &mut [f64]) {
        out[0] = -sin(x[0]) / Self::LENGTH;
    }
}
