//! Seeded initial weights as plain numbers: the same natively, in wasm and for any device, because they are drawn and
//! orthogonalised in f64 by `math`.

use math::ops::sqrt;
use math::random::Mt19937;

/// A matrix of `rows` x `columns` (row-major) with orthonormal rows or columns, whichever are fewer, uniformly random
/// among those (Saxe et al., "Exact solutions to the nonlinear dynamics of learning", 2014): Gram-Schmidt of a Gaussian
/// matrix, which is its QR factor with positive diagonal.
pub fn orthogonal(rows: usize, columns: usize, random: &mut Mt19937) -> Vec<f64> {
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut basis: Vec<Vec<f64>> = (0..count).map(|_| (0..length).map(|_| random.randn()).collect()).collect();
    for index in 0..count {
        let (done, rest) = basis.split_at_mut(index);
        orthonormalise(&mut rest[0], done);
    }
    let at = |row: usize, column: usize| if rows <= columns { basis[row][column] } else { basis[column][row] };
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (row, column)))
        .map(|(row, column)| at(row, column))
        .collect()
}

/// Takes out of `vector` its parts along `basis` (twice, which is enough in floating point) and gives it length 1.
fn orthonormalise(vector: &mut [f64], basis: &[Vec<f64>]) {
    for other in basis.iter().chain(basis) {
        let along = dot(vector, other);
        vector.iter_mut().zip(other).for_each(|(value, part)| *value -= along * part);
    }
    let length = sqrt(dot(vector, vector));
    for value in vector {
        *value /= length;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Weights `[inputs, outputs]` and biases of a fully connected layer, flat and one after the other: orthogonal weights,
/// biases U(-k, k) with `k = 1/sqrt(inputs)`. Weights are drawn before biases.
pub fn layer(inputs: usize, outputs: usize, bias: bool, random: &mut Mt19937) -> Vec<f32> {
    let mut values = orthogonal(inputs, outputs, random);
    let bound = 1.0 / sqrt(inputs as f64);
    values.extend((0..if bias { outputs } else { 0 }).map(|_| random.uniform(-bound, bound)));
    values.into_iter().map(|value| value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_side_is_orthonormal() {
        for (rows, columns) in [(3, 7), (7, 3), (20, 20), (1, 5)] {
            let matrix = orthogonal(rows, columns, &mut Mt19937::new(4));
            let at = |row: usize, column: usize| matrix[row * columns + column];
            for a in 0..rows.min(columns) {
                for b in 0..rows.min(columns) {
                    let product: f64 = if rows <= columns {
                        (0..columns).map(|k| at(a, k) * at(b, k)).sum()
                    } else {
                        (0..rows).map(|k| at(k, a) * at(k, b)).sum()
                    };
                    let expected = if a == b { 1.0 } else { 0.0 };
                    assert!((product - expected).abs() < 1e-14, "{rows}x{columns} ({a}, {b}): {product}");
                }
            }
        }
    }
}
