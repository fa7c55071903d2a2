//! A gas of unit masses under a capped Lennard-Jones potential in the plane, without a box (authors' code).
//!
//! Pair energy 1e-5 [min(10 ((s/r)^12 - (s/r)^6), 10) + 1{r < s} 100 (s - r)] with s = 0.04, r = sqrt(d^2 + 1e-6). The
//! cap takes the first term's gradient away; the second pushes overlapping bodies apart.

use math::ops::sqrt;

use super::{Energies, Lagrangian, add_unit_kinetic, unit_kinetic};

/// Energy of the well's scale.
const STRENGTH: f64 = 1e-5;
/// Distance at which the uncapped pair energy is zero.
const SIGMA: f64 = 0.04;
const SIGMA_SQUARED: f64 = SIGMA * SIGMA;
const DEPTH: f64 = 10.0;
const CAP: f64 = 10.0;
const PUSH: f64 = 100.0;

/// Positions `x0, y0, x1, y1, ...` of so many bodies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gas {
    /// How many.
    pub bodies: usize,
}

/// Pair energy and its derivative by r divided by r, of the squared distance r^2, both without [`STRENGTH`].
#[inline]
fn pair(r_squared: f64) -> (f64, f64) {
    let inverse = 1.0 / r_squared;
    let ratio = SIGMA_SQUARED * inverse;
    let sixth = ratio * ratio * ratio;
    let well = DEPTH * (sixth * sixth - sixth);
    // d/dr of (s/r)^12 - (s/r)^6 is (6 (s/r)^6 - 12 (s/r)^12) / r.
    let slope = DEPTH * (6.0 * sixth - 12.0 * sixth * sixth) * inverse;
    if r_squared >= SIGMA_SQUARED {
        return (well, slope);
    }
    let r = sqrt(r_squared);
    let (well, slope) = if well > CAP { (CAP, 0.0) } else { (well, slope) };
    (well + PUSH * (SIGMA - r), slope - PUSH / r)
}

/// Adds `weight * dV/dx` and gives V.
fn add_potential(x: &[f64], weight: f64, by_x: &mut [f64]) -> f64 {
    let (points, _) = x.as_chunks::<2>();
    let (forces, _) = by_x.as_chunks_mut::<2>();
    let mut potential = 0.0;
    for i in 0..points.len() {
        let at = points[i];
        let mut own = [0.0; 2];
        for (other, force) in points[i + 1..].iter().zip(&mut forces[i + 1..]) {
            let d = [at[0] - other[0], at[1] - other[1]];
            let (energy, slope) = pair(d[0] * d[0] + d[1] * d[1] + 1e-6);
            potential += energy;
            let scale = weight * STRENGTH * slope;
            for axis in 0..2 {
                own[axis] += scale * d[axis];
                force[axis] -= scale * d[axis];
            }
        }
        forces[i][0] += own[0];
        forces[i][1] += own[1];
    }
    STRENGTH * potential
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pair_energy_is_that_of_the_sheet_on_both_sides_of_its_kinks() {
        for r in [0.0385_f64, 0.039, 0.03999, 0.0401, 0.045, 0.1, 1.0] {
            let (sixth, mut expected) = ((SIGMA / r).powi(6), 0.0);
            expected += (DEPTH * (sixth * sixth - sixth)).min(CAP);
            expected += if r < SIGMA { PUSH * (SIGMA - r) } else { 0.0 };
            let (energy, slope) = pair(r * r);
            assert!((energy - expected).abs() < 1e-12 * expected.abs().max(1.0), "{r}");
            let difference = (pair((r + 1e-8).powi(2)).0 - pair((r - 1e-8).powi(2)).0) / 2e-8;
            assert!(
                (difference - slope * r).abs() < 1e-4 * difference.abs().max(1.0),
                "{r}: {difference} {}",
                slope * r
            );
        }
    }
}
