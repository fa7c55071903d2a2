//! The Sun and the inner planets in the ecliptic plane: metres, seconds, kilograms; T = m v^2 / 2, V = -G m m' / r.

use math::ops::sqrt;

use super::{Energies, Lagrangian};

/// Masses of Sun, Mercury, Venus, Earth and Mars in kilograms, as the authors round them.
pub const MASSES_KG: [f64; 5] = [1.99e30, 3.3e23, 4.87e24, 5.97e24, 6.42e23];
/// m^3 kg^-1 s^-2, as the authors round it.
const GRAVITY: f64 = 6.67e-11;
/// Added to every squared distance, in square metres.
const SOFTENING: f64 = 1e-10;

/// The Sun's place among the bodies.
pub const SUN: usize = 0;

/// Positions `x0, y0, x1, y1, ...` in metres of Sun, Mercury, Venus, Earth and Mars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Planets;

/// Adds `weight * dV/dx` and gives V.
fn add_potential(x: &[f64], weight: f64, by_x: &mut [f64]) -> f64 {
    let mut potential = 0.0;
    for i in 0..MASSES_KG.len() {
        let mut own = [0.0; 2];
        for j in i + 1..MASSES_KG.len() {
            let d = [x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]];
            let r = sqrt(d[0] * d[0] + d[1] * d[1] + SOFTENING);
            let product = GRAVITY * (MASSES_KG[i] * MASSES_KG[j]);
            potential -= product / r;
            let slope = weight * (product / r / r) / r;
            for axis in 0..2 {
                own[axis] += slope * d[axis];
                by_x[2 * j + axis] -= slope * d[axis];
            }
        }
        by_x[2 * i] += own[0];
        by_x[2 * i + 1] += own[1];
    }
    potential
}

fn kinetic(v: &[f64]) -> f64 {
    let squares = v.as_chunks::<2>().0.iter().map(|[x, y]| x * x + y * y);
    MASSES_KG.iter().zip(squares).map(|(mass, square)| 0.5 * mass * square).sum()
}

impl Lagrangian for Planets {
    fn width(&self) -> usize {
        2 * MASSES_KG.len()
    }

    fn bodies(&self) -> usize {
        MASSES_KG.len()
    }

    fn energies(&self, x: &[f64], v: &[f64]) -> Energies {
        Energies { kinetic: kinetic(v), potential: add_potential(x, 0.0, &mut [0.0; 2 * MASSES_KG.len()]) }
    }

    fn add_gradient(&self, x: &[f64], v: &[f64], weights: Energies, by_x: &mut [f64], by_v: &mut [f64]) -> Energies {
        for (index, by_v) in by_v.iter_mut().enumerate() {
            *by_v += weights.kinetic * MASSES_KG[index / 2] * v[index];
        }
        Energies { kinetic: kinetic(v), potential: add_potential(x, weights.potential, by_x) }
    }

    fn acceleration(&self, x: &[f64], _v: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        add_potential(x, -1.0, out);
        out.iter_mut().enumerate().for_each(|(index, force)| *force /= MASSES_KG[index / 2]);
    }
}
