//! The spring task.

use crate::System;

/// A mass on a spring: `H = q^2 + p^2`, so `dq/dt = 2p`, `dp/dt = -2q` and the angular frequency is 2.
///
/// State: (q, p). The scale is that of the code of Greydanus et al. 2019; their text prints half of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spring;

impl System for Spring {
    fn dimension(&self) -> usize {
        2
    }

    fn energy(&self, state: &[f64]) -> f64 {
        state[0] * state[0] + state[1] * state[1]
    }

    fn derivative(&self, _time: f64, state: &[f64], out: &mut [f64]) {
        out[0] = 2.0 * state[1];
        out[1] = -2.0 * state[0];
    }
}
