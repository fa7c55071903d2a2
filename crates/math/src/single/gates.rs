//! The gates of a GRU (Cho et al., 2014; PyTorch's form), element by element.
//!
//! ```text
//! r = s(a_r + b_r)    z = s(a_z + b_z)    m = tanh(a_m + r b_m)    h = (1 - z) m + z h'
//! ```
//!
//! where a comes from the input, b from the earlier state h', and s is the logistic function. All slices hold blocks of the
//! same length, `[hidden, n]`.

use super::elementary::exp;

/// What a step must remember for its gradient: blocks r, z, m and `b_m`, one after the other.
const KEPT: usize = 4;

/// One step forward.
///
/// # Shapes
/// - `a`, `b`: three blocks, for r, z and m
/// - `kept`: four blocks, filled
/// - `earlier`, `state`: one block; `state` is filled
pub fn gates(a: &[f32], b: &[f32], earlier: &[f32], kept: &mut [f32], state: &mut [f32]) {
    let size = state.len();
    let ([a_r, a_z, a_m], [b_r, b_z, b_m]) = (blocks(a, size), blocks(b, size));
    let [r, z, m, hidden] = blocks_mut(kept, size);
    for at in 0..size {
        r[at] = 1.0 / (1.0 + exp(-(a_r[at] + b_r[at])));
        z[at] = 1.0 / (1.0 + exp(-(a_z[at] + b_z[at])));
        hidden[at] = b_m[at];
        m[at] = 1.0 - 2.0 / (exp(2.0 * (a_m[at] + r[at] * b_m[at])) + 1.0);
        state[at] = m[at] + z[at] * (earlier[at] - m[at]);
    }
}

/// One step back.
///
/// # Shapes
/// - `kept`: as [`gates`] filled it
/// - `earlier`: one block
/// - `gradient`: one block, of the loss by the state; becomes that by the earlier state, as far as it does not go
///   through b
/// - `slopes`: four blocks, filled: of the loss by `a_r`, `a_z`, `b_m` and `a_m` (those by `b_r` and `b_z` are the same as
///   by `a_r` and `a_z`)
pub fn gates_gradient(kept: &[f32], earlier: &[f32], gradient: &mut [f32], slopes: &mut [f32]) {
    let size = gradient.len();
    let [r, z, m, hidden] = blocks(kept, size);
    let [by_r, by_z, by_hidden, by_m] = blocks_mut(slopes, size);
    for at in 0..size {
        let by_state = gradient[at];
        by_m[at] = by_state * (1.0 - z[at]) * (1.0 - m[at] * m[at]);
        by_hidden[at] = by_m[at] * r[at];
        by_r[at] = by_m[at] * hidden[at] * r[at] * (1.0 - r[at]);
        by_z[at] = by_state * (earlier[at] - m[at]) * z[at] * (1.0 - z[at]);
        gradient[at] = by_state * z[at];
    }
}

/// Length of what [`gates`] keeps for a state of `size` numbers.
pub const fn kept_length(size: usize) -> usize {
    KEPT * size
}

fn blocks<const N: usize>(values: &[f32], size: usize) -> [&[f32]; N] {
    std::array::from_fn(|block| &values[block * size..(block + 1) * size])
}

fn blocks_mut(values: &mut [f32], size: usize) -> [&mut [f32]; KEPT] {
    let (first, rest) = values.split_at_mut(size);
    let (second, rest) = rest.split_at_mut(size);
    let (third, rest) = rest.split_at_mut(size);
    [first, second, third, &mut rest[..size]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_differences() {
        let (a, b, earlier) = ([0.3, -0.2, 0.7], [0.5, 0.1, -0.9], [0.4]);
        let state = |a: &[f32], b: &[f32], earlier: &[f32]| {
            let (mut kept, mut state) = ([0.0; 4], [0.0]);
            gates(a, b, earlier, &mut kept, &mut state);
            (kept, f64::from(state[0]))
        };
        let (kept, _) = state(&a, &b, &earlier);
        let (mut gradient, mut slopes) = ([1.0], [0.0; 4]);
        gates_gradient(&kept, &earlier, &mut gradient, &mut slopes);
        let slope = |moved: &dyn Fn(f32) -> f64| (moved(1e-2) - moved(-1e-2)) / 2e-2;
        let by_a = |index: usize| {
            slope(&|by| {
                let mut a = a;
                a[index] += by;
                state(&a, &b, &earlier).1
            })
        };
        let by_b = |index: usize| {
            slope(&|by| {
                let mut b = b;
                b[index] += by;
                state(&a, &b, &earlier).1
            })
        };
        let by_earlier = slope(&|by| state(&a, &b, &[earlier[0] + by]).1);
        let expected = [by_a(0), by_a(1), by_b(2), by_a(2), by_earlier];
        for (found, expected) in slopes.iter().chain(&gradient).zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} against {expected}");
        }
        assert!((by_b(0) - by_a(0)).abs() < 1e-6);
    }
}
