//! Layers h = tanh(a) of a network that is trained by the slope of its output: what goes through them, and its gradient.
//!
//! The slope of a scalar output y runs backwards through such a layer as e = (1 - h^2) g, from g = dy/dh to e = dy/da. A loss
//! that holds slopes is differentiated through that product as well.
//!
//! All slices but rows are `[n, features]`, `row` and `by_row` are `[features]`.

/// The gradient by a, in place of that by h.
pub fn tanh_gradient(h: &[f32], gradient: &mut [f32]) {
    for (gradient, h) in gradient.iter_mut().zip(h) {
        *gradient *= 1.0 - h * h;
    }
}

/// e = (1 - h^2) g.
pub fn tanh_slope(h: &[f32], g: &[f32], e: &mut [f32]) {
    for (e, (h, g)) in e.iter_mut().zip(h.iter().zip(g)) {
        *e = (1.0 - h * h) * g;
    }
}

/// The gradient of [`tanh_slope`]: `by_e` becomes that by g, (1 - h^2) `by_e`; `by_h` is filled with -2 h g `by_e`.
pub fn tanh_slope_gradient(h: &[f32], g: &[f32], by_e: &mut [f32], by_h: &mut [f32]) {
    for ((by_e, by_h), (h, g)) in by_e.iter_mut().zip(by_h).zip(h.iter().zip(g)) {
        *by_h = -2.0 * h * g * *by_e;
        *by_e *= 1.0 - h * h;
    }
}

/// [`tanh_slope`] where g is the same `row` for the whole batch, as behind the last layer.
pub fn tanh_slope_of_row(h: &[f32], row: &[f32], e: &mut [f32]) {
    for (h, e) in h.chunks_exact(row.len().max(1)).zip(e.chunks_exact_mut(row.len().max(1))) {
        tanh_slope(h, row, e);
    }
}

/// The gradient of [`tanh_slope_of_row`]: `by_e` becomes that by a, (1 - h^2) (-2 h g `by_e`), and that by the row is added
/// to `by_row`.
pub fn tanh_slope_of_row_gradient(h: &[f32], e: &[f32], by_e: &mut [f32], by_row: &mut [f32]) {
    let width = by_row.len().max(1);
    for ((h, e), by_e) in h.chunks_exact(width).zip(e.chunks_exact(width)).zip(by_e.chunks_exact_mut(width)) {
        for ((by_e, by_row), (h, e)) in by_e.iter_mut().zip(by_row.iter_mut()).zip(h.iter().zip(e)) {
            *by_row += (1.0 - h * h) * *by_e;
            *by_e *= -2.0 * h * e;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tanh;

    const A: [f64; 4] = [0.3, -0.7, 1.1, -0.2];
    const G: [f64; 4] = [0.5, 0.9, -0.4, 0.8];
    const BY_E: [f32; 4] = [1.0, -2.0, 0.5, 0.25];

    fn single(values: [f64; 4]) -> [f32; 4] {
        values.map(|value| value as f32)
    }

    /// The sum of `BY_E` times e, in f64.
    fn loss(a: [f64; 4], g: [f64; 4]) -> f64 {
        (0..4).map(|at| f64::from(BY_E[at]) * (1.0 - tanh(a[at]) * tanh(a[at])) * g[at]).sum()
    }

    fn slope(at: usize, by: impl Fn([f64; 4]) -> f64, from: [f64; 4]) -> f64 {
        let moved = |step: f64| {
            let mut values = from;
            values[at] += step;
            by(values)
        };
        (moved(1e-5) - moved(-1e-5)) / 2e-5
    }

    #[test]
    fn slopes_have_the_gradients_of_differences() {
        let (h, g) = (single(A.map(tanh)), single(G));
        let (mut by_g, mut by_h) = (BY_E, [0.0; 4]);
        tanh_slope_gradient(&h, &g, &mut by_g, &mut by_h);
        tanh_gradient(&h, &mut by_h);
        for at in 0..4 {
            assert!((f64::from(by_g[at]) - slope(at, |g| loss(A, g), G)).abs() < 1e-6);
            assert!((f64::from(by_h[at]) - slope(at, |a| loss(a, G), A)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_row_behind_all_has_the_sum_of_the_gradients() {
        let row = [0.6_f32, -0.9];
        let g = [0.6, -0.9, 0.6, -0.9].map(|value: f32| f64::from(value));
        let h = single(A.map(tanh));
        let (mut e, mut expected) = ([0.0; 4], [0.0; 4]);
        tanh_slope_of_row(&h, &row, &mut e);
        tanh_slope(&h, &single(g), &mut expected);
        assert_eq!(e, expected);
        let (mut by_a, mut by_row) = (BY_E, [0.0; 2]);
        tanh_slope_of_row_gradient(&h, &e, &mut by_a, &mut by_row);
        for (at, by_a) in by_a.iter().enumerate() {
            assert!((f64::from(*by_a) - slope(at, |a| loss(a, g), A)).abs() < 1e-6);
        }
        for (at, by_row) in by_row.iter().enumerate() {
            let both = slope(at, |g| loss(A, g), g) + slope(at + 2, |g| loss(A, g), g);
            assert!((f64::from(*by_row) - both).abs() < 1e-6);
        }
    }
}
