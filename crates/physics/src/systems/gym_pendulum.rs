//! The pendulum behind the pixels task.

use std::f64::consts::{PI, TAU};

use math::ops::{cos, sin};

use crate::System;

/// The pendulum of `OpenAI` Gym's `Pendulum-v0` (version 0.12.1) without torque: `g = 10`, `m = l = 1`, a uniform rod.
///
/// State: (angle, angular velocity), the angle in radians from **upright**. `H = w^2 / 2 + 15 cos(angle)`, so
/// `dw/dt = 15 sin(angle)`. [`GymPendulum::step`] is the environment's own step, which the recorded frames follow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GymPendulum;

impl GymPendulum {
    /// Seconds between two frames of the environment.
    pub const FRAME_SECS: f64 = 0.05;
    /// The environment clips the angular velocity to this, in radians a second.
    pub const MAX_SPEED: f64 = 8.0;

    /// One frame of the environment: semi-implicit Euler, then the clip of the angular velocity.
    pub fn step(self, state: &mut [f64; 2]) {
        let speed = state[1] - 15.0 * sin(state[0] + PI) * Self::FRAME_SECS;
        state[0] += speed * Self::FRAME_SECS;
        state[1] = speed.clamp(-Self::MAX_SPEED, Self::MAX_SPEED);
    }

    /// The angle from the bottom in [-pi, pi), of an angle from upright. Both in radians.
    pub fn angle_from_bottom(angle_rad: f64) -> f64 {
        angle_rad.rem_euclid(TAU) - PI
    }
}

impl System for GymPendulum {
    fn dimension(&self) -> usize {
        2
    }

    fn energy(&self, state: &[f64]) -> f64 {
        0.5 * state[1] * state[1] + 15.0 * cos(state[0])
    }

    fn derivative(&self, _time: f64, state: &[f64], out: &mut [f64]) {
        out[0] = state[1];
        out[1] = 15.0 * sin(state[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrators::{Integrator, SemiImplicitEuler};

    #[test]
    fn a_step_is_semi_implicit_euler() {
        let mut state = [2.9, 0.4];
        let mut other = state;
        GymPendulum.step(&mut state);
        SemiImplicitEuler::default().step(GymPendulum.field(), 0.0, GymPendulum::FRAME_SECS, &mut other);
        assert!((state[0] - other[0]).abs() < 1e-15 && (state[1] - other[1]).abs() < 1e-14);
    }

    #[test]
    fn speed_is_clipped_after_the_angle_has_moved() {
        let mut state = [PI / 2.0, 7.9];
        GymPendulum.step(&mut state);
        assert!((state[1] - 8.0).abs() < 1e-15);
        assert!((state[0] - (PI / 2.0 + 8.65 * 0.05)).abs() < 1e-14);
    }

    #[test]
    fn angle_from_bottom_wraps() {
        for (upright, bottom) in
            [(PI, 0.0), (-PI, 0.0), (0.0, -PI), (PI + 0.3, 0.3), (-PI - 0.3, -0.3), (9.0 * PI, 0.0)]
        {
            assert!((GymPendulum::angle_from_bottom(upright) - bottom).abs() < 1e-14, "{upright}");
        }
    }
}
