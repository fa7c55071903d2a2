//! A capped Lennard-Jones potential between equal bodies in the plane, as the gas of "Nature's Cost Function" (Strang,
//! Caruso and Greydanus, 2023, authors' code) has it.
//!
//! Pair energy 1e-5 [min(10 ((s/r)^12 - (s/r)^6), 10) + 1{r < s} 100 (s - r)] with s = 0.04, r = sqrt(d^2 + 1e-6). The
//! cap takes the first term's gradient away; the second pushes overlapping bodies apart.

use crate::two::Two;

/// Energy of the well's scale.
const STRENGTH: f64 = 1e-5;
/// Distance at which the uncapped pair energy is zero.
const SIGMA: f64 = 0.04;
const SIGMA_SQUARED: f64 = SIGMA * SIGMA;
const DEPTH: f64 = 10.0;
const CAP: f64 = 10.0;
const PUSH: f64 = 100.0;

/// Where a body is that fills up an odd number: nobody feels it.
const NOWHERE: f64 = 1e9;

/// Adds `weight * dV/dx` to `by_x` and gives V, the sum over all pairs.
///
/// # Shapes
/// `x`, `by_x`: `x0, y0, x1, y1, ...`
pub fn add_potential(x: &[f64], weight: f64, by_x: &mut [f64]) -> f64 {
    let couples = couples(x);
    let mut slopes = vec![[Two::both(0.0); 2]; couples.len()];
    let mut potential = Two::both(0.0);
    for (first, at) in couples.iter().enumerate() {
        let [xs, ys] = at.map(Two::numbers);
        let (energy, [by_x, by_y]) = pair([Two::both(xs[0]) - Two::both(xs[1]), Two::both(ys[0]) - Two::both(ys[1])]);
        // The couple's own pair stands in both lanes: it counts once, and pulls its two bodies opposite ways.
        potential += energy * Two::new([1.0, 0.0]);
        let sides = Two::new([1.0, -1.0]);
        let mut own = [by_x * sides, by_y * sides];
        for body in 0..2 {
            let place = [Two::both(xs[body]), Two::both(ys[body])];
            let sum = with_others(place, &couples[first + 1..], &mut slopes[first + 1..], &mut potential);
            let side = Two::new([[1.0, 0.0], [0.0, 1.0]][body]);
            own = [own[0] + Two::both(sum[0]) * side, own[1] + Two::both(sum[1]) * side];
        }
        slopes[first][0] += own[0];
        slopes[first][1] += own[1];
    }
    let scale = weight * STRENGTH;
    for (by, [slope_x, slope_y]) in by_x.chunks_mut(4).zip(slopes) {
        let ([x0, x1], [y0, y1]) = (slope_x.numbers(), slope_y.numbers());
        by.iter_mut().zip([x0, y0, x1, y1]).for_each(|(by, slope)| *by += scale * slope);
    }
    let [even, odd] = potential.numbers();
    STRENGTH * (even + odd)
}

/// Bodies two by two, x and y.
fn couples(x: &[f64]) -> Vec<[Two; 2]> {
    let couple = |four: &[f64]| match *four {
        [x0, y0, x1, y1] => [Two::new([x0, x1]), Two::new([y0, y1])],
        _ => [Two::new([four[0], NOWHERE]), Two::new([four[1], NOWHERE])],
    };
    x.chunks(4).map(couple).collect()
}

/// The pairs of the body at `place` with `others`: adds to their slopes and to the energy, and gives the body's own slope.
fn with_others(place: [Two; 2], others: &[[Two; 2]], slopes: &mut [[Two; 2]], potential: &mut Two) -> [f64; 2] {
    let mut own = [Two::both(0.0); 2];
    let mut energies = Two::both(0.0);
    for (other, slope) in others.iter().zip(slopes) {
        let (energy, [by_x, by_y]) = pair([place[0] - other[0], place[1] - other[1]]);
        energies += energy;
        own[0] += by_x;
        own[1] += by_y;
        slope[0] -= by_x;
        slope[1] -= by_y;
    }
    *potential += energies;
    own.map(|sum| sum.numbers().iter().sum())
}

/// Energies of two pairs at distance `d`, and their slopes by the first body's place, without [`STRENGTH`].
///
/// Without branches: beyond s the cap cannot be reached, as the well is negative there.
#[inline]
fn pair(d: [Two; 2]) -> (Two, [Two; 2]) {
    let number = Two::both;
    let r_squared = d[0] * d[0] + d[1] * d[1] + number(1e-6);
    let inverse = number(1.0) / r_squared;
    let ratio = number(SIGMA_SQUARED) * inverse;
    let sixth = ratio * ratio * ratio;
    let well = number(DEPTH) * (sixth * sixth - sixth);
    // d/dr of (s/r)^12 - (s/r)^6 is (6 (s/r)^6 - 12 (s/r)^12) / r; all slopes here are divided by r.
    let slope = number(DEPTH) * (number(6.0) * sixth - number(12.0) * sixth * sixth) * inverse;
    let cap = number(CAP);
    let (well, slope) = (cap.below(well, cap, well), cap.below(well, number(0.0), slope));
    let r = r_squared.sqrt();
    let is_near = |yes: Two| r_squared.below(number(SIGMA_SQUARED), yes, number(0.0));
    let energy = well + is_near(number(PUSH) * (number(SIGMA) - r));
    let slope = slope - is_near(number(PUSH) * r * inverse);
    (energy, [slope * d[0], slope * d[1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Energy of two bodies at distance d and its slope by the first one's x, without [`STRENGTH`].
    fn two_bodies(d: f64) -> (f64, f64) {
        let mut slopes = [0.0; 4];
        let potential = add_potential(&[d, 0.3, 0.0, 0.3], 1.0, &mut slopes);
        assert_eq!(slopes, [slopes[0], 0.0, -slopes[0], 0.0]);
        (potential / STRENGTH, slopes[0] / STRENGTH)
    }

    #[test]
    fn the_pair_energy_is_that_of_the_sheet_on_both_sides_of_its_kinks() {
        for d in [0.02_f64, 0.0385, 0.039, 0.0399, 0.0401, 0.045, 0.1, 1.0] {
            let r = (d * d + 1e-6).sqrt();
            let (sixth, mut expected) = ((SIGMA / r).powi(6), 0.0);
            expected += (DEPTH * (sixth * sixth - sixth)).min(CAP);
            expected += if r < SIGMA { PUSH * (SIGMA - r) } else { 0.0 };
            let (energy, slope) = two_bodies(d);
            assert!((energy - expected).abs() < 1e-12 * expected.abs().max(1.0), "{d}");
            let difference = (two_bodies(d + 1e-8).0 - two_bodies(d - 1e-8).0) / 2e-8;
            assert!((difference - slope).abs() < 1e-4 * difference.abs().max(1.0), "{d}: {difference} {slope}");
        }
    }

    #[test]
    fn many_bodies_have_the_sum_of_their_pairs_also_an_odd_number() {
        let place = |body: usize| [0.05 * (body % 3) as f64, 0.038 * (body / 3) as f64 + 0.001 * body as f64];
        for bodies in 1..=7 {
            let x: Vec<f64> = (0..bodies).flat_map(place).collect();
            let (mut slopes, mut expected) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            let potential = add_potential(&x, 2.0, &mut slopes);
            let mut sum = 0.0;
            for (i, j) in (0..bodies).flat_map(|i| (0..i).map(move |j| (i, j))) {
                let both = [place(i), place(j)].concat();
                let mut by = [0.0; 4];
                sum += add_potential(&both, 2.0, &mut by);
                (0..2).for_each(|axis| expected[2 * i + axis] += by[axis]);
                (0..2).for_each(|axis| expected[2 * j + axis] += by[2 + axis]);
            }
            assert!((potential - sum).abs() < 1e-15, "{bodies}: {potential} {sum}");
            assert!(slopes.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "{bodies}");
        }
    }
}
