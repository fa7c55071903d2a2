//! The two tables as they were trained, the starts on them, and Newton's law.

use demo::Point;
use math::ops::{hypot, powf};
use math::random::Mt19937;
use physics::System;
use physics::integrators::{Integrator, Rk4};
use physics::systems::NBody;

use crate::data::orbits;

/// Perturbed copies in the fan.
pub(super) const COPIES: usize = 256;
/// Steps of the trails within one step of the fan.
const SUBSTEPS: usize = 2;

/// One of the two tables, as trained.
pub(super) struct Task {
    pub(super) bodies: usize,
    /// Ids of its handles begin so; the tables keep their own starts.
    pub(super) prefix: &'static str,
    /// As the visitor reads it.
    pub(super) name: &'static str,
    /// End of a run. Two bodies: the paper's evaluation; three: the length of the training trajectories.
    pub(super) horizon: f64,
    /// One step of the fan.
    pub(super) frame: f64,
    /// Time units per second of the visitor's time.
    pub(super) pace: f64,
    /// Half the height of the table.
    pub(super) reach: f64,
    /// The fastest start on offer, per component.
    pub(super) top_speed: f64,
    /// Length of a velocity arrow per unit of speed, in units of the table.
    pub(super) arrow: f64,
    /// Least and greatest energy among the training starts (1000 and 5000 draws of the task's recipe).
    pub(super) trained: [f64; 2],
}

/// In the order of the figure's choice.
pub(super) const TASKS: [Task; 2] = [
    Task {
        bodies: 2,
        prefix: "two",
        name: "two bodies",
        horizon: 25.0,
        frame: 0.1,
        pace: 2.0,
        reach: 2.3,
        top_speed: 0.8,
        arrow: 1.6,
        trained: [-0.374, -0.098],
    },
    Task {
        bodies: 3,
        prefix: "three",
        name: "three bodies",
        horizon: 5.0,
        frame: 0.05,
        pace: 0.6,
        reach: 1.9,
        top_speed: 1.4,
        arrow: 0.7,
        trained: [-1.2, -0.5],
    },
];

impl Task {
    /// One step of the trails.
    pub(super) fn step(&self) -> f64 {
        self.frame / SUBSTEPS as f64
    }

    /// Steps of a trail from the start to the end of a run.
    pub(super) fn steps(&self) -> usize {
        (self.horizon / self.step()).round() as usize
    }

    /// Numbers in a state.
    pub(super) fn width(&self) -> usize {
        4 * self.bodies
    }

    pub(super) fn energy(&self, state: &[f64]) -> f64 {
        NBody::new(self.bodies).energy(state)
    }

    /// Newton's law over `span`, in Runge-Kutta steps short beside the time of a fall at the least distance.
    pub(super) fn newton(&self, state: &mut [f64], span: f64, most_steps: f64) {
        let (system, mut method) = (NBody::new(self.bodies), Rk4::default());
        let mut left = span;
        while left > 1e-12 {
            let fall = powf(least_distance(state, self.bodies), 1.5);
            let step = (0.05 * fall).max(span / most_steps).min(left);
            method.step(system.field(), 0.0, step, state);
            left -= step;
        }
    }
}

/// Seed s is the start that the paper's evaluation draws with seed s. The small total momentum that the recipe of three
/// bodies leaves is taken out, so that they stay on the table.
pub(super) fn drawn_start(seed: u32, bodies: usize) -> Vec<f64> {
    let random = &mut Mt19937::new(seed);
    let mut start = if bodies == 2 { orbits::two_body_start(random) } else { orbits::three_body_start(random) };
    center(&mut start, bodies);
    start
}

/// Standard normal perturbations of every copy; the first copy is the start itself.
pub(super) fn noise(seed: u32, bodies: usize) -> Vec<f64> {
    let mut random = Mt19937::new(seed.wrapping_add(1));
    let width = 4 * bodies;
    let mut rows: Vec<f64> =
        (0..COPIES * width).map(|index| if index < width { 0.0 } else { random.randn() }).collect();
    for row in rows.chunks_mut(width) {
        center(row, bodies);
    }
    rows
}

/// Takes the mean out of each of x, y, px, py.
fn center(state: &mut [f64], bodies: usize) {
    for part in state.chunks_mut(bodies) {
        let mean = part.iter().sum::<f64>() / bodies as f64;
        for value in part {
            *value -= mean;
        }
    }
}

/// Puts body `index` at `world` and lets a partner answer, so that the means stay zero. `part` is 0 for positions, 2 for
/// velocities. A later body never moves an earlier one back, so that a link's handles may be set in their order.
pub(super) fn place(start: &mut [f64], bodies: usize, index: usize, part: usize, world: Point) {
    let partner = if index + 1 == bodies { index - 1 } else { bodies - 1 };
    for (axis, value) in world.into_iter().enumerate() {
        let axis = &mut start[(part + axis) * bodies..][..bodies];
        axis[index] = value;
        axis[partner] = 0.0;
        axis[partner] = -axis.iter().sum::<f64>();
    }
}

fn least_distance(state: &[f64], bodies: usize) -> f64 {
    let mut least = f64::INFINITY;
    for i in 0..bodies {
        for j in 0..i {
            least = least.min(hypot(state[i] - state[j], state[bodies + i] - state[bodies + j]));
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_the_papers_and_lie_in_the_training_energies() {
        let first = drawn_start(0, 2);
        assert!((first[0] - 1.0488135).abs() < 1e-7 && (first[2] - 1.21518937).abs() < 1e-7);
        assert!((TASKS[0].energy(&first) + 0.1401268543695509).abs() < 1e-12);
        for task in &TASKS {
            for seed in 0..200 {
                let energy = task.energy(&drawn_start(seed, task.bodies));
                assert!((task.trained[0]..=task.trained[1]).contains(&energy), "{energy}");
            }
        }
    }

    #[test]
    fn partners_keep_the_means_at_zero_and_links_give_the_same_start() {
        for task in &TASKS {
            let mut start = drawn_start(7, task.bodies);
            for (index, part) in [(1, 0), (0, 2), (task.bodies - 1, 0), (0, 0), (task.bodies - 1, 2)] {
                place(&mut start, task.bodies, index, part, [0.3 + index as f64, -0.2]);
                for axis in start.chunks(task.bodies) {
                    assert!(axis.iter().sum::<f64>().abs() < 1e-12);
                }
            }
            let mut linked = drawn_start(8, task.bodies);
            for (index, part) in (0..task.bodies).flat_map(|index| [(index, 0), (index, 2)]) {
                let at = [start[part * task.bodies + index], start[(part + 1) * task.bodies + index]];
                place(&mut linked, task.bodies, index, part, at);
            }
            assert!(start.iter().zip(&linked).all(|(a, b)| (a - b).abs() < 1e-12));
        }
    }

    #[test]
    fn the_reference_keeps_its_energy() {
        for task in &TASKS {
            for seed in 0..5 {
                let mut state = drawn_start(seed, task.bodies);
                let energy = task.energy(&state);
                for _ in 0..task.steps() {
                    task.newton(&mut state, task.step(), 512.0);
                }
                assert!((task.energy(&state) - energy).abs() < 1e-4 * energy.abs(), "{seed}");
            }
        }
    }
}
