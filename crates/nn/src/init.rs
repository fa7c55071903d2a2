//! Seeded initial weights: the same natively, in wasm and on any device, because they are drawn and orthogonalised in
//! f64 by `math`.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
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

/// A fully connected layer `[N, inputs] -> [N, outputs]`: orthogonal weights, biases U(-k, k) with `k = 1/sqrt(inputs)`.
/// Weights are drawn before biases.
pub fn linear(inputs: usize, outputs: usize, bias: bool, random: &mut Mt19937, device: &Device) -> Linear {
    let weight = single(&orthogonal(inputs, outputs, random));
    let weight = Param::from_tensor(Tensor::from_data(TensorData::new(weight, [inputs, outputs]), device));
    let bound = 1.0 / sqrt(inputs as f64);
    let bias = bias.then(|| {
        let values: Vec<f64> = (0..outputs).map(|_| random.uniform(-bound, bound)).collect();
        Param::from_tensor(Tensor::from_data(TensorData::new(single(&values), [outputs]), device))
    });
    Linear { weight, bias }
}

/// A layer of zeros, to be filled from a file.
pub fn zero_linear(inputs: usize, outputs: usize, bias: bool, device: &Device) -> Linear {
    let weight = Param::from_tensor(Tensor::zeros([inputs, outputs], device));
    Linear { weight, bias: bias.then(|| Param::from_tensor(Tensor::zeros([outputs], device))) }
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
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

    #[test]
    fn biases_are_within_their_bound_and_optional() {
        let device = Device::flex();
        let layer = linear(4, 50, true, &mut Mt19937::new(0), &device);
        let biases: Vec<f32> = layer.bias.unwrap().val().into_data().try_to_vec().unwrap();
        assert!(biases.iter().all(|bias| bias.abs() <= 0.5));
        assert!(biases.iter().any(|bias| bias.abs() > 0.25));
        assert!(linear(4, 50, false, &mut Mt19937::new(0), &device).bias.is_none());
    }
}
