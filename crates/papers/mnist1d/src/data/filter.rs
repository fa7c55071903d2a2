//! The Gaussian filter that correlates noise: `scipy.ndimage.gaussian_filter(noise, 2)`.

use math::ops::exp;

/// Standard deviation in samples.
const SIGMA: f64 = 2.0;
/// Samples on each side, four deviations.
const RADIUS: usize = 8;

/// Smooths with weights exp(-i^2 / 8), normalised; beyond an end the signal is mirrored with its end repeated
/// (d c b a | a b c d | d c b a).
#[derive(Clone, Debug)]
pub struct GaussianFilter {
    /// By distance from the centre.
    weights: [f64; RADIUS + 1],
    /// The signal with its mirror images.
    extended: Vec<f64>,
}

impl Default for GaussianFilter {
    fn default() -> Self {
        let raw = std::array::from_fn::<_, { RADIUS + 1 }, _>(|i| exp(-0.5 / (SIGMA * SIGMA) * (i * i) as f64));
        // From one end to the other, as numpy sums them.
        let total: f64 = (0..=2 * RADIUS).map(|i| raw[i.abs_diff(RADIUS)]).sum();
        Self { weights: raw.map(|weight| weight / total), extended: Vec::new() }
    }
}

impl GaussianFilter {
    /// `signal`, smoothed in place.
    pub fn run(&mut self, signal: &mut [f64]) {
        let length = signal.len() as isize;
        let radius = RADIUS as isize;
        self.extended.clear();
        self.extended.extend((-radius..length + radius).map(|index| signal[mirrored(index, length)]));
        for (centre, out) in signal.iter_mut().enumerate() {
            let window = &self.extended[centre..=centre + 2 * RADIUS];
            // The centre first, then pairs from the outside inwards: the order of SciPy's symmetric filter.
            *out = (1..=RADIUS).rev().fold(window[RADIUS] * self.weights[0], |sum, distance| {
                sum + (window[RADIUS - distance] + window[RADIUS + distance]) * self.weights[distance]
            });
        }
    }
}

/// The place within the signal that `index` is the mirror image of.
fn mirrored(index: isize, length: isize) -> usize {
    let place = index.rem_euclid(2 * length);
    place.min(2 * length - 1 - place) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impulse_becomes_the_kernel_and_a_constant_stays() {
        let mut impulse = vec![0.0; 21];
        impulse[10] = 1.0;
        GaussianFilter::default().run(&mut impulse);
        assert!((impulse.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        // scipy.ndimage.gaussian_filter of the same impulse, centre: 1 / sum exp(-i^2 / 8)
        assert!((impulse[10] - 0.1994743).abs() < 1e-6, "{}", impulse[10]);
        assert_eq!((impulse[1], impulse[2] > 0.0), (0.0, true));
        let mut constant = vec![3.5; 5];
        GaussianFilter::default().run(&mut constant);
        assert!(constant.iter().all(|value| (value - 3.5).abs() < 1e-14));
    }

    #[test]
    fn ends_are_mirrored_with_repetition() {
        assert_eq!([-3, -2, -1, 0, 1, 2, 3, 4, 5].map(|index| mirrored(index, 3)), [2, 1, 0, 0, 1, 2, 2, 1, 0]);
    }
}
