//! What an HNN has by construction: a field that is a gradient, free of divergence, and reversible.

use ::train::Row;
use anyhow::Result;
use burn::tensor::Tensor;
use futures_lite::future::block_on;
use math::random::Mt19937;
use physics::integrators::{Integrator as _, Rk4};

use super::{label, title};
use crate::model::{Dynamics, Plain, tensor};
use crate::task::Task;

/// Random points of the gradient check.
const POINTS: usize = 1000;

/// Points along each side of the grid on which the divergence is taken.
const GRID: usize = 50;

pub(super) fn rows(task: Task, model: &Dynamics) -> Result<Vec<Row>> {
    let plain = block_on(Plain::from(model))?;
    let row = |what: &str, words: &str, ours: f64| {
        let words = format!("{}, {}: {words}", title(task), label(model.kind()));
        Row::new(format!("{}-hnn-{what}", task.name()), words, ours).source("band: ours")
    };
    let mut rows = vec![
        row("gradient", "field against differences of H, largest relative error", gradient_error(model, &plain)?)
            .at_most(1e-4),
    ];
    if matches!(task, Task::Spring | Task::Pendulum) {
        let [single, double] = divergence(model, &plain)?;
        rows.push(row("divergence", "divergence of the field, largest, 32 bits", single).at_most(1e-4));
        rows.push(row("divergence-f64", "divergence of the field, largest, 64 bits", double).at_most(1e-8));
        rows.push(
            row("reversal", "way back after T = 20, RK4 with dt = 0.01: distance to the start", reversal(&plain))
                .at_most(1e-3),
        );
    }
    Ok(rows)
}

/// The field in 32 bits, from the ONNX weights, against central differences of H in 64 bits, relative to the largest
/// component of the field.
fn gradient_error(model: &Dynamics, plain: &Plain) -> Result<f64> {
    const STEP: f64 = 1e-5;
    let dimension = model.dimension();
    let mut random = Mt19937::new(0);
    let single = |value: f64| f64::from(value as f32);
    let points: Vec<f64> = (0..POINTS * dimension).map(|_| single(random.uniform(-1.5, 1.5))).collect();
    let field = block_on(model.field_batch(&points, POINTS))?;
    let half = dimension / 2;
    let (mut worst, mut largest) = (0.0_f64, 0.0_f64);
    for (state, field) in points.chunks(dimension).zip(field.chunks(dimension)) {
        for axis in 0..dimension {
            let at = |by: f64| {
                let mut state = state.to_vec();
                state[axis] += by;
                plain.energy(&state)
            };
            let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            // dq/dt = dH/dp and dp/dt = -dH/dq.
            let (component, expected) = if axis < half { (axis + half, -slope) } else { (axis - half, slope) };
            worst = worst.max((field[component] - expected).abs());
            largest = largest.max(expected.abs());
        }
    }
    Ok(worst / largest)
}

/// The largest |d(dq/dt)/dq + d(dp/dt)/dp| on a grid over [-1.5, 1.5]^2: in 32 bits by closed-form second derivatives,
/// in 64 bits by central differences of the field.
fn divergence(model: &Dynamics, plain: &Plain) -> Result<[f64; 2]> {
    const STEP: f64 = 1e-4;
    let ticks = math::linspace(-1.5, 1.5, GRID);
    let grid: Vec<f64> = ticks.iter().flat_map(|q| ticks.iter().flat_map(|p| [*q, *p])).collect();
    let x = tensor(&grid, 2, &model.device());
    let rows = GRID * GRID;
    let along = |q: f32, p: f32| -> Tensor<2> { Tensor::from_data([[q, p]], &model.device()).repeat_dim(0, rows) };
    let by_q = model.net.input_hessian_product(&x, along(1.0, 0.0)).narrow(1, 1, 1);
    let by_p = model.net.input_hessian_product(&x, along(0.0, 1.0)).narrow(1, 0, 1);
    let single = block_on(nn::read(by_q - by_p))?;
    let single = single.iter().map(|value| f64::from(value.abs())).fold(0.0, f64::max);
    let field = |q: f64, p: f64| {
        let mut out = [0.0; 2];
        plain.field(&[q, p], &mut out);
        out
    };
    let double = grid.chunks(2).map(|state| {
        let (q, p) = (state[0], state[1]);
        let along_q = field(q + STEP, p)[0] - field(q - STEP, p)[0];
        let along_p = field(q, p + STEP)[1] - field(q, p - STEP)[1];
        ((along_q + along_p) / (2.0 * STEP)).abs()
    });
    Ok([single, double.fold(0.0, f64::max)])
}

/// How far from (1, 0) a rollout ends that goes T = 20 forth and back.
fn reversal(plain: &Plain) -> f64 {
    const STEP: f64 = 0.01;
    let mut state = [1.0, 0.0];
    let mut rk4 = Rk4::default();
    for dt in [STEP, -STEP] {
        rk4.run(|_, x: &[f64], out: &mut [f64]| plain.field(x, out), 0.0, dt, 2000, &mut state);
    }
    math::ops::hypot(state[0] - 1.0, state[1])
}
