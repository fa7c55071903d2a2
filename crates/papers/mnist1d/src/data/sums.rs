//! Mean and deviation with NumPy's pairwise summation, so that results agree with the package to the last digits.

use math::ops::sqrt;

/// Values that are summed without splitting.
const BLOCK: usize = 128;
/// Running sums in a block.
const LANES: usize = 8;

/// Mean and population standard deviation.
pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let mean = pairwise(values, &|value| value) / values.len() as f64;
    let variance = pairwise(values, &|value| (value - mean) * (value - mean)) / values.len() as f64;
    (mean, sqrt(variance))
}

fn pairwise(values: &[f64], of: &impl Fn(f64) -> f64) -> f64 {
    if values.len() <= BLOCK {
        return block(values, of);
    }
    let half = values.len() / 2 / LANES * LANES;
    pairwise(&values[..half], of) + pairwise(&values[half..], of)
}

fn block(values: &[f64], of: &impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += of(*value));
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    rest.iter().fold(sum, |sum, value| sum + of(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_mean_and_the_deviation() {
        let values: Vec<f64> = (0..1001).map(f64::from).collect();
        let (mean, deviation) = mean_and_deviation(&values);
        assert_eq!(mean, 500.0);
        // Of 0..n: sqrt((n^2 - 1) / 12).
        assert!((deviation - sqrt((1001.0 * 1001.0 - 1.0) / 12.0)).abs() < 1e-12);
    }
}
