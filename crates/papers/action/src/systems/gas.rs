//! A gas of unit masses under a capped Lennard-Jones potential in the plane, without a box (authors' code).

use physics::lennard_jones::add_potential;

use super::{Energies, Lagrangian, add_unit_kinetic, unit_kinetic};

/// Positions `x0, y0, x1, y1, ...` of so many bodies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gas {
    /// How many.
    pub bodies: usize,
}

impl Lagrangian for Gas {
    fn width(&self) -> usize {
        2 * self.bodies
    }

    fn bodies(&self) -> usize {
        self.bodies
    }

    fn energies(&self, x: &[f64], v: &[f64]) -> Energies {
        Energies { kinetic: unit_kinetic(v), potential: add_potential(x, 0.0, &mut vec![0.0; x.len()]) }
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
