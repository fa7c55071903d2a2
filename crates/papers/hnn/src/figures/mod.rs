//! The figures of the page, one module each, and what they share.
//!
//! They know the models, the data and the exact laws; they must not know the browser, a clock or files.

pub mod arena;
pub mod bodies;
pub mod liouville;
pub mod pixels;
pub mod recorded;
pub mod rollout;

mod contestant;
mod flow;
mod patch;
mod phase;
mod tables;
mod toy;
mod visitor;

use std::f64::consts::PI;
use std::task::{Poll, Waker};

use demo::Point;
use math::ops::{cos, sin};
use math::random::Mt19937;

/// Where a figure begins that holds no other chance: at `own` with seed 0; every other seed turns that about the origin
/// and draws it nearer, to no less than 0.6 of its distance.
fn drawn(seed: u32, own: Point) -> Point {
    if seed == 0 {
        return own;
    }
    let mut random = Mt19937::new(seed);
    let (angle_rad, scale) = (random.uniform(-PI, PI), random.uniform(0.6, 1.0));
    let (c, s) = (scale * cos(angle_rad), scale * sin(angle_rad));
    [c * own[0] - s * own[1], s * own[0] + c * own[1]]
}

/// The result of a future that need not wait, as all futures of the CPU engine are; none where it would have to.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use math::ops::hypot;

    #[test]
    fn a_seed_draws_another_start_and_zero_keeps_the_own_one() {
        assert_eq!(drawn(0, [2.0, 0.0]), [2.0, 0.0]);
        for seed in 1..50 {
            let [x, y] = drawn(seed, [2.0, 0.0]);
            assert!((1.2..=2.0).contains(&hypot(x, y)), "{seed}");
            assert_ne!(drawn(seed, [2.0, 0.0]), drawn(seed + 1, [2.0, 0.0]));
        }
    }
}
