//! The network's layers without weights: hyperbolic tangent, bilinear enlargement, global normalisation; each with the way
//! back. Images are planes of rows, `[channels, height, width]`.

/// Added to the variance.
const EPSILON: f64 = 1e-6;

/// The hyperbolic tangent of each value.
pub(super) fn tanh(values: &[f32]) -> Vec<f32> {
    values.iter().map(|value| math::ops::tanh(f64::from(*value)) as f32).collect()
}

/// Its gradient, from its outputs.
pub(super) fn tanh_backward(outputs: &[f32], gradient: &mut [f32]) {
    gradient.iter_mut().zip(outputs).for_each(|(gradient, y)| *gradient *= 1.0 - y * y);
}

/// Doubles both sides by bilinear interpolation with half-pixel centres and clamped edges.
pub(super) fn enlarge(image: &[f32], height: usize, width: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(4 * image.len());
    for plane in image.chunks_exact(height * width) {
        for row in 0..2 * height {
            let (near, far) = sources(row, height);
            let blend = |x: usize| 0.75 * plane[near * width + x] + 0.25 * plane[far * width + x];
            let blended: Vec<f32> = (0..width).map(blend).collect();
            out.extend((0..2 * width).map(|column| {
                let (near, far) = sources(column, width);
                0.75 * blended[near] + 0.25 * blended[far]
            }));
        }
    }
    out
}

/// The gradient with respect to the small image.
pub(super) fn enlarge_backward(gradient: &[f32], height: usize, width: usize) -> Vec<f32> {
    let mut out = vec![0.0; gradient.len() / 4];
    let mut narrow = vec![0.0; width];
    for (large, small) in gradient.chunks_exact(4 * height * width).zip(out.chunks_exact_mut(height * width)) {
        for (row, values) in large.chunks_exact(2 * width).enumerate() {
            narrow.fill(0.0);
            for (column, value) in values.iter().enumerate() {
                let (near, far) = sources(column, width);
                narrow[near] += 0.75 * value;
                narrow[far] += 0.25 * value;
            }
            let (near, far) = sources(row, height);
            for (share, from) in [(0.75, near), (0.25, far)] {
                let target = &mut small[from * width..(from + 1) * width];
                target.iter_mut().zip(&narrow).for_each(|(sum, value)| *sum += share * value);
            }
        }
    }
    out
}

/// The pixel of the small image under a pixel of the large one, and the next nearest along the same axis.
fn sources(at: usize, length: usize) -> (usize, usize) {
    let near = at / 2;
    let far = if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(length - 1) };
    (near, far)
}

/// Subtracts the mean over all pixels and channels and divides by their standard deviation, which is given back.
pub(super) fn normalise(values: &mut [f32]) -> f32 {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let square = |value: &f32| (f64::from(*value) - mean) * (f64::from(*value) - mean);
    let deviation = math::ops::sqrt(values.iter().map(square).sum::<f64>() / count + EPSILON);
    let (mean, scale) = (mean as f32, (1.0 / deviation) as f32);
    for value in values {
        *value = (*value - mean) * scale;
    }
    deviation as f32
}

/// Its gradient, from its outputs and the deviation.
pub(super) fn normalise_backward(outputs: &[f32], deviation: f32, gradient: &mut [f32]) {
    let count = outputs.len() as f64;
    let mean = (gradient.iter().map(|g| f64::from(*g)).sum::<f64>() / count) as f32;
    let along = gradient.iter().zip(outputs).map(|(g, y)| f64::from(*g) * f64::from(*y)).sum::<f64>() / count;
    let (along, scale) = (along as f32, 1.0 / deviation);
    gradient.iter_mut().zip(outputs).for_each(|(g, y)| *g = (*g - mean - y * along) * scale);
}

#[cfg(test)]
mod tests {
    use super::*;
    use math::random::Mt19937;

    fn random(count: usize, seed: u32) -> Vec<f32> {
        Mt19937::new(seed).randn_vec(count).into_iter().map(|value| value as f32).collect()
    }

    fn dot(left: &[f32], right: &[f32]) -> f64 {
        left.iter().zip(right).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    }

    #[test]
    fn enlarging_interpolates_between_pixel_centres() {
        assert_eq!(enlarge(&[0.0, 4.0], 1, 2), [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
        assert_eq!(enlarge(&[2.0], 1, 1), [2.0; 4]);
    }

    #[test]
    fn its_way_back_is_its_transpose() {
        let (x, y) = (random(2 * 3 * 5, 1), random(2 * 6 * 10, 2));
        let difference = dot(&enlarge(&x, 3, 5), &y) - dot(&x, &enlarge_backward(&y, 3, 5));
        assert!(difference.abs() < 1e-5, "{difference}");
    }

    #[test]
    fn normalised_values_have_mean_zero_and_deviation_one() {
        let mut values: Vec<f32> = random(999, 3).iter().map(|x| 5.0 + 3.0 * x).collect();
        let deviation = normalise(&mut values);
        let (mean, square) = (dot(&values, &[1.0; 999]) / 999.0, dot(&values, &values) / 999.0);
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-5 && (deviation - 3.0).abs() < 0.2);
    }

    #[test]
    fn the_gradient_of_normalising_agrees_with_differences() {
        let (x, weights) = (random(40, 4), random(40, 5));
        let value = |x: &[f32]| {
            let mut y = x.to_vec();
            normalise(&mut y);
            dot(&y, &weights)
        };
        let (mut outputs, mut gradient) = (x.clone(), weights.clone());
        let deviation = normalise(&mut outputs);
        normalise_backward(&outputs, deviation, &mut gradient);
        for at in 0..40 {
            let moved = |by: f32| {
                let mut x = x.clone();
                x[at] += by;
                value(&x)
            };
            let difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((difference - f64::from(gradient[at])).abs() < 1e-3, "{at}");
        }
    }
}
