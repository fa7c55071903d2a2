//! A body thrown upwards: T = v^2 / 2, V = x, with mass and gravity 1 (paper, section 3; notebook `paper_figures`).

use super::{Energies, Lagrangian, add_unit_kinetic, unit_kinetic};

/// Height of a body of mass 1 under gravity 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FreeBody;

impl Lagrangian for FreeBody {
    fn width(&self) -> usize {
        1
    }

    fn bodies(&self) -> usize {
        1
    }

    fn energies(&self, x: &[f64], v: &[f64]) -> Energies {
        Energies { kinetic: unit_kinetic(v), potential: x[0] }
    }

    fn add_gradient(&self, x: &[f64], v: &[f64], weights: Energies, by_x: &mut [f64], by_v: &mut [f64]) -> Energies {
        by_x[0] += weights.potential;
        Energies { kinetic: add_unit_kinetic(v, weights.kinetic, by_v), potential: x[0] }
    }

    fn acceleration(&self, _x: &[f64], _v: &[f64], out: &mut [f64]) {
        out[0] = -1.0;
    }
}
