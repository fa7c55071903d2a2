//! A capped Lennard-Jones potential between equal bodies in the plane, as the gas of "Nature's Cost Function" (Strang,
//! Caruso and Greydanus, 2023, authors' code) has it.
//!
//! Pair energy 1e-5 [min(10 ((s/r)^12 - (s/r)^6), 10) + 1{r < s} 100 (s - r)] with s = 0.04, r = sqrt(d^2 + 1e-6). The
//! cap takes the first term's gradient away; the second pushes overlapping bodies apart.

use math::ops::sqrt;

/// Energy of the well's scale.
const STRENGTH: f64 = 1e-5;
/// Distance at which the uncapped pair energy is zero.
const SIGMA: f64 = 0.04;
const SIGMA_SQUARED: f64 = SIGMA * SIGMA;
const DEPTH: f64 = 10.0;
const CAP: f64 = 10.0;
const PUSH: f64 = 100.0;

/// Adds `weight * dV/dx` to `by_x` and gives V, the sum over all pairs.
///
/// # Shapes
/// `x`, `by_x`: `x0, y0, x1, y1, ...`
pub fn add_potential(x: &[f64], weight: f64, by_x: &mut [f64]) -> f64 {
    let bodies = x.len() / 2;
    // Coordinate by coordinate, as vector instructions want them: positions, forces, and one body's pairs.
    let mut lanes = vec![0.0; 7 * bodies];
    let mut rest = lanes.as_mut_slice();
    let [xs, ys, by_xs, by_ys, energy, pull_x, pull_y] = std::array::from_fn(|_| {
        let (lane, others) = std::mem::take(&mut rest).split_at_mut(bodies);
        rest = others;
        lane
    });
    for ((x, y), at) in xs.iter_mut().zip(ys.iter_mut()).zip(x.as_chunks().0) {
        [*x, *y] = *at;
    }
    let mut potential = 0.0;
    for i in 0..bodies {
        let (at, others) = ([xs[i], ys[i]], i + 1..bodies);
        let pairs = others.len();
        let pulls = (&mut energy[..pairs], &mut pull_x[..pairs], &mut pull_y[..pairs]);
        pairs_of(at, (&xs[others.clone()], &ys[others.clone()]), pulls);
        potential += sum(&energy[..pairs]);
        by_xs[i] += sum(&pull_x[..pairs]);
        by_ys[i] += sum(&pull_y[..pairs]);
        by_xs[others.clone()].iter_mut().zip(&pull_x[..pairs]).for_each(|(by_x, pull)| *by_x -= pull);
        by_ys[others].iter_mut().zip(&pull_y[..pairs]).for_each(|(by_y, pull)| *by_y -= pull);
    }
    let scale = weight * STRENGTH;
    for (by, (by_x, by_y)) in by_x.as_chunks_mut::<2>().0.iter_mut().zip(by_xs.iter().zip(by_ys.iter())) {
        by[0] += scale * by_x;
        by[1] += scale * by_y;
    }
    STRENGTH * potential
}

/// Energy and its derivative by r divided by r of one pair, both without [`STRENGTH`], at the squared distance r^2.
///
/// Without branches, so that loops over it use vector instructions: beyond s the cap cannot be reached, as the well is
/// negative there, and the push is zero.
#[inline]
fn pair(r_squared: f64) -> (f64, f64) {
    let inverse = 1.0 / r_squared;
    let ratio = SIGMA_SQUARED * inverse;
    let sixth = ratio * ratio * ratio;
    let well = DEPTH * (sixth * sixth - sixth);
    // d/dr of (s/r)^12 - (s/r)^6 is (6 (s/r)^6 - 12 (s/r)^12) / r.
    let slope = DEPTH * (6.0 * sixth - 12.0 * sixth * sixth) * inverse;
    let (well, slope) = if well > CAP { (CAP, 0.0) } else { (well, slope) };
    let r = sqrt(r_squared);
    let (push, pull) = if r_squared < SIGMA_SQUARED { (PUSH * (SIGMA - r), PUSH * r * inverse) } else { (0.0, 0.0) };
    (well + push, slope - pull)
}

/// Energies and gradients of the body at `at` with each of `others`, all without [`STRENGTH`].
fn pairs_of(at: [f64; 2], others: (&[f64], &[f64]), out: (&mut [f64], &mut [f64], &mut [f64])) {
    let pairs = others.0.len();
    let (xs, ys) = (&others.0[..pairs], &others.1[..pairs]);
    let (energies, pulls_x, pulls_y) = (&mut out.0[..pairs], &mut out.1[..pairs], &mut out.2[..pairs]);
    for j in 0..pairs {
        let d = [at[0] - xs[j], at[1] - ys[j]];
        let (energy, slope) = pair(d[0] * d[0] + d[1] * d[1] + 1e-6);
        energies[j] = energy;
        pulls_x[j] = slope * d[0];
        pulls_y[j] = slope * d[1];
    }
}

/// Sum in four strands, which vector instructions take at once.
fn sum(values: &[f64]) -> f64 {
    let (fours, rest) = values.as_chunks::<4>();
    let mut strands = [0.0; 4];
    for four in fours {
        strands.iter_mut().zip(four).for_each(|(strand, value)| *strand += value);
    }
    strands.iter().sum::<f64>() + rest.iter().sum::<f64>()
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
