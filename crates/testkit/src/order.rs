//! The order of a method, measured: the slope of the logarithm of its error over that of its step.

use math::ops::ln;
use math::stats::{LinearFit, linear_fit};

/// Runs `error` for each step size and fits `ln error = order * ln step + constant`.
///
/// The slope is the measured order; check `r_squared` too, since a method that has met rounding no longer lies on a line.
pub fn measured_order(step_sizes: &[f64], mut error: impl FnMut(f64) -> f64) -> LinearFit {
    let log_steps: Vec<f64> = step_sizes.iter().map(|step| ln(*step)).collect();
    let log_errors: Vec<f64> = step_sizes.iter().map(|step| ln(error(*step))).collect();
    linear_fit(&log_steps, &log_errors)
}

/// Step sizes from `largest` down, each half of the one before.
pub fn halvings(largest: f64, count: usize) -> Vec<f64> {
    std::iter::successors(Some(largest), |step| Some(step / 2.0)).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cubic_error_has_order_three() {
        let fit = measured_order(&halvings(0.5, 5), |step| 7.0 * step * step * step);
        assert!((fit.slope - 3.0).abs() < 1e-12 && (fit.r_squared - 1.0).abs() < 1e-12);
    }
}
