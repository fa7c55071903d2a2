//! A step of Runge-Kutta's order 4 for many states in one submission: four forward passes, after each of which the states of the
//! next are made where they are needed.

use std::rc::Rc;

use demo::Error;
use wgsl::{Gpu, Numbers, Plan};

use super::{Activations, Places, padded, rows};

/// The share of a step that the next stage lies ahead, and the weight of a stage's slope in their sum.
const TABLEAU: [[f32; 2]; 4] = [[0.5, 1.0], [0.5, 2.0], [1.0, 2.0], [0.0, 1.0]];

/// A step for so many states.
#[derive(Debug)]
pub(super) struct Stages {
    pub(super) rows: usize,
    dimension: usize,
    base: [u32; 8],
    /// Where the step begins, and what the present stage is given.
    states: [Numbers; 2],
    /// dx/dt where the step begins, then the weighted sum of all four.
    results: Numbers,
    settings: [Numbers; 4],
    plan: Plan,
}

impl Stages {
    pub(super) fn new(gpu: &Rc<Gpu>, places: &Places, parameters: &Numbers, rows: usize) -> Self {
        let dimension = places.shape.dimension;
        let states = [(); 2].map(|()| gpu.zeros(4 * rows * places.widths()[0]));
        let results = gpu.zeros(2 * rows * dimension);
        let settings = [(); 4].map(|()| gpu.room_for_settings(8));
        let activations = Activations::new(gpu, places, rows);
        let mut plan = Plan::new(gpu);
        for settings in &settings {
            activations.push(&mut plan, places, parameters, &states[1], rows);
            let buffers = [&states[0], &states[1], &results];
            rows::push_stage(&mut plan, places, parameters, &activations, settings, buffers, rows);
        }
        Self { rows, dimension, base: rows::settings(places, rows), states, results, settings, plan }
    }

    /// dx/dt at `x`, and the mean of it over a step of `dt`.
    pub(super) async fn run(&self, x: &[f32], dt: f32) -> Result<[Vec<f32>; 2], Error> {
        let gpu = self.plan.gpu();
        let x = padded(x, self.dimension);
        self.states.iter().for_each(|states| gpu.write(states, &x));
        for (stage, (settings, [ahead, weight])) in self.settings.iter().zip(TABLEAU).enumerate() {
            let [rows, width, matrix, row, ..] = self.base;
            let own = [stage as u32, (dt * ahead).to_bits(), (weight / 6.0).to_bits(), 0];
            gpu.set(settings, &[&[rows, width, matrix, row][..], &own].concat());
        }
        let mut encoder = gpu.encoder();
        self.plan.encode(&mut encoder);
        let mut slopes = gpu.read_after(encoder, &[&self.results]).await?;
        let mut mean = slopes.split_off(self.rows * self.dimension);
        mean.truncate(self.rows * self.dimension);
        Ok([slopes, mean])
    }
}
