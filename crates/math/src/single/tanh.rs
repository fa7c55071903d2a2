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
