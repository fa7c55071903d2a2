//! Linear interpolation between two even grids on [0, 1], with the rounding of `numpy.interp`.

use math::linspace;

/// Resamples signals of any length to a fixed one.
#[derive(Clone, Debug)]
pub struct Resampler {
    /// Where the new samples lie.
    to: Vec<f64>,
    /// Where the old samples lie; kept for the length of the last signal.
    from: Vec<f64>,
}

impl Resampler {
    /// To signals of `length` samples.
    pub fn new(length: usize) -> Self {
        Self { to: linspace(0.0, 1.0, length), from: Vec::new() }
    }

    /// Fills `out`, which has the fixed length, with `signal` resampled: slope `(x - x_j) + y_j` in the interval with
    /// `x_j <= x`.
    pub fn run(&mut self, signal: &[f64], out: &mut [f64]) {
        if self.from.len() != signal.len() {
            self.from = linspace(0.0, 1.0, signal.len());
        }
        let last = signal.len().saturating_sub(1);
        let mut below = 0;
        for (out, &x) in out.iter_mut().zip(&self.to) {
            while below < last && self.from[below + 1] <= x {
                below += 1;
            }
            *out = if below == last || self.from[below] == x {
                signal[below]
            } else {
                let slope = (signal[below + 1] - signal[below]) / (self.from[below + 1] - self.from[below]);
                slope * (x - self.from[below]) + signal[below]
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampled(signal: &[f64], length: usize) -> Vec<f64> {
        let mut out = vec![f64::NAN; length];
        Resampler::new(length).run(signal, &mut out);
        out
    }

    #[test]
    fn lines_stay_lines_and_ends_stay_ends() {
        let line = resampled(&[1.0, 3.0, 5.0], 9);
        for (index, value) in line.iter().enumerate() {
            assert!((value - (1.0 + 0.5 * index as f64)).abs() < 1e-15);
        }
        assert_eq!(resampled(&[2.0, -7.0, 4.0, 9.0], 2), [2.0, 9.0]);
        assert_eq!(resampled(&[2.0, -7.0, 4.0], 3), [2.0, -7.0, 4.0]);
    }

    #[test]
    fn a_signal_of_one_sample_is_constant() {
        assert_eq!(resampled(&[3.0], 4), [3.0; 4]);
    }
}
