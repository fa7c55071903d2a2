//! First weights, by the laws of the authors' code; its random streams cannot be had, so runs agree in distribution alone.

use math::random::Mt19937;
use math::vector::{add_scaled, dot};

/// Standard deviation of a unit Gaussian that is cut off at two deviations.
const TRUNCATED: f64 = 0.879_625_661_034_239_8;

/// Standard Gaussians.
pub(super) fn gaussian(random: &mut Mt19937, count: usize) -> Vec<f64> {
    random.randn_vec(count)
}

/// Gaussians cut off at two deviations, scaled to variance `1 / fan_in`.
pub(super) fn variance_scaling(random: &mut Mt19937, count: usize, fan_in: usize) -> Vec<f64> {
    let sigma = math::ops::sqrt(1.0 / fan_in as f64) / TRUNCATED;
    let mut one = || loop {
        let value = random.randn();
        if value.abs() < 2.0 {
            return sigma * value;
        }
    };
    (0..count).map(|_| one()).collect()
}

/// `rows` orthogonal rows of length `gain`, `[rows, columns]`; where there are more rows than columns, orthogonal columns.
pub(super) fn orthogonal(random: &mut Mt19937, rows: usize, columns: usize, gain: f64) -> Vec<f64> {
    let (few, long) = (rows.min(columns), rows.max(columns));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(few);
    for _ in 0..few {
        let mut vector = random.randn_vec(long);
        // Twice is enough (Kahan and Parlett).
        for _ in 0..2 {
            for other in &basis {
                let along = dot(other, &vector);
                add_scaled(&mut vector, -along, other);
            }
        }
        let length = math::ops::sqrt(dot(&vector, &vector));
        for value in &mut vector {
            *value /= length;
        }
        basis.push(vector);
    }
    let entry = |row: usize, column: usize| if rows <= columns { basis[row][column] } else { basis[column][row] };
    (0..rows * columns).map(|at| gain * entry(at / columns, at % columns)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthogonal_rows_are_orthogonal() {
        for (rows, columns) in [(4, 9), (6, 6), (7, 3)] {
            let matrix = orthogonal(&mut Mt19937::new(3), rows, columns, 2.0);
            let product = |a: usize, b: usize| -> f64 {
                if rows <= columns {
                    (0..columns).map(|at| matrix[a * columns + at] * matrix[b * columns + at]).sum()
                } else {
                    (0..rows).map(|at| matrix[at * columns + a] * matrix[at * columns + b]).sum()
                }
            };
            for (a, b) in (0..rows.min(columns)).flat_map(|a| (0..=a).map(move |b| (a, b))) {
                assert!((product(a, b) - if a == b { 4.0 } else { 0.0 }).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn truncated_gaussians_have_the_variance_asked_for() {
        let values = variance_scaling(&mut Mt19937::new(1), 20_000, 50);
        let variance = dot(&values, &values) / 20_000.0;
        assert!((variance - 0.02).abs() < 0.001, "{variance}");
        assert!(values.iter().all(|value| value.abs() < 2.0 * 0.1609));
    }
}
