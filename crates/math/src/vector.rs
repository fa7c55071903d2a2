//! Loops over long rows of f64 that a compiler can turn into vector instructions.
//!
//! None of them is inlined: a page's wasm is built for size but for this crate and a few others, and a loop that moved
//! into its caller would be built like its caller.

/// Sums are kept in so many parallel parts.
const LANES: usize = 8;

/// The sum of the products of two rows, as far as the shorter one goes.
#[inline(never)]
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    let length = left.len().min(right.len());
    let (left, right) = (left[..length].as_chunks::<LANES>(), right[..length].as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (x, y) in left.0.iter().zip(right.0) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = left.1.iter().zip(right.1).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

/// `target += factor * row`, as far as the shorter one goes.
#[inline(never)]
pub fn add_scaled(target: &mut [f64], factor: f64, row: &[f64]) {
    for (sum, value) in target.iter_mut().zip(row) {
        *sum += factor * value;
    }
}

/// The hyperbolic tangent of each value in place, the same bits everywhere.
#[inline(never)]
pub fn tanh_all(values: &mut [f64]) {
    for value in values {
        *value = crate::ops::tanh(*value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_length_add_up() {
        for length in 0..35 {
            let left: Vec<f64> = (0..length).map(f64::from).collect();
            let right: Vec<f64> = left.iter().map(|value| 2.0 - value).collect();
            let expected: f64 = left.iter().zip(&right).map(|(x, y)| x * y).sum();
            assert_eq!(dot(&left, &right), expected);
            let mut sum = left.clone();
            add_scaled(&mut sum, 3.0, &right);
            assert!(sum.iter().zip(&left).all(|(sum, value)| *sum == value + 3.0 * (2.0 - value)));
        }
        assert_eq!(dot(&[1.0, 2.0], &[3.0]), 3.0);
    }

    #[test]
    fn tanh_of_all_is_tanh_of_each() {
        let mut values = [-2.0, 0.0, 0.3];
        tanh_all(&mut values);
        assert_eq!(values, [-2.0, 0.0, 0.3].map(crate::ops::tanh));
    }
}
