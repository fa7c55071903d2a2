//! The pendulum task.

use math::ops::{cos, sin};

use crate::System;

/// A rigid pendulum: `H = 3 (1 - cos q) + p^2`, so `dq/dt = 2p` and `dp/dt = -3 sin q`.
///
/// State: (q, p), q in radians from the bottom. The constants are those of the code of Greydanus et al. 2019; above
/// energy 6 it turns over.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pendulum;

impl System for Pendulum {
    fn dimension(&self) -> usize {
        2
    }

    fn energy(&self, state: &[f64]) -> f64 {
        3.0 * (1.0 - cos(state[0])) + state[1] * state[1]
    }

    fn derivative(&self, _time: f64, state: &[f64], out: &mut [f64]) {
        out[0] = 2.0 * state[1];
        out[1] = -3.0 * sin(state[0]);
    }
}
