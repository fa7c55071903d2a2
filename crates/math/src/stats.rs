//! Summary statistics of slices of f64. An empty slice gives NaN, as in numpy.

use crate::ops::sqrt;

/// Arithmetic mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Population variance (divided by n, numpy's default).
pub fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>() / values.len() as f64
}

/// Population standard deviation (divided by n, numpy's default).
pub fn standard_deviation(values: &[f64]) -> f64 {
    sqrt(variance(values))
}

/// The `percent`-th percentile (0..=100, clamped) by linear interpolation, numpy's default.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = percent.clamp(0.0, 100.0) / 100.0 * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// The middle value; between the two middle ones for an even count.
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 50.0)
}

/// Mean of the squared differences. Only as many pairs as the shorter slice has are compared.
pub fn mean_squared_error(truth: &[f64], prediction: &[f64]) -> f64 {
    let count = truth.len().min(prediction.len());
    truth.iter().zip(prediction).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / count as f64
}

/// Coefficient of determination, `1 - sum (truth - prediction)^2 / sum (truth - mean)^2`: 1 is perfect, 0 is as good as
/// the mean.
pub fn r_squared(truth: &[f64], prediction: &[f64]) -> f64 {
    1.0 - mean_squared_error(truth, prediction) / variance(truth)
}

/// The straight line `y = slope x + intercept` of least squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearFit {
    /// Change of y for a change of x by 1.
    pub slope: f64,
    /// y at x = 0.
    pub intercept: f64,
    /// Share of y's variance that the line explains.
    pub r_squared: f64,
}

/// Fits a line to the points (x, y) by least squares. NaN if fewer than two different x are given.
pub fn linear_fit(x: &[f64], y: &[f64]) -> LinearFit {
    let (x_mean, y_mean) = (mean(x), mean(y));
    let covariance: f64 = x.iter().zip(y).map(|(a, b)| (a - x_mean) * (b - y_mean)).sum();
    let x_spread: f64 = x.iter().map(|a| (a - x_mean) * (a - x_mean)).sum();
    let slope = covariance / x_spread;
    let intercept = y_mean - slope * x_mean;
    let predicted: Vec<f64> = x.iter().map(|a| slope * a + intercept).collect();
    LinearFit { slope, intercept, r_squared: r_squared(y, &predicted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: f64, expected: f64) {
        assert!((value - expected).abs() <= 1e-14 * expected.abs().max(1.0), "{value} against {expected}");
    }

    #[test]
    fn numpys_numbers() {
        // x = [0.5, -1.25, 3, 7.75, 2]; y = [1, 0.5, 4, 7, 2.5]; numpy.mean, var, std, median, percentile(30), polyfit(x, y, 1)
        let x = [0.5, -1.25, 3.0, 7.75, 2.0];
        let y = [1.0, 0.5, 4.0, 7.0, 2.5];
        check(mean(&x), 2.4);
        check(variance(&x), 9.215);
        check(standard_deviation(&x), 9.215_f64.sqrt());
        check(median(&x), 2.0);
        check(median(&x[..4]), 1.75);
        check(percentile(&x, 30.0), 0.8);
        let fit = linear_fit(&x, &y);
        check(fit.slope, 0.7623440043407484);
        check(fit.intercept, 1.1703743895822025);
        check(fit.r_squared, 0.9737212055443202);
    }

    #[test]
    fn empty_input_is_nan() {
        assert!(mean(&[]).is_nan() && median(&[]).is_nan() && linear_fit(&[], &[]).slope.is_nan());
    }
}
