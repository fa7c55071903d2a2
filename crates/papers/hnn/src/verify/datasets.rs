//! Generated data against numbers that numpy and `SciPy` gave for the authors' code (the sheet's section 2).

use ::train::Row;
use anyhow::{Context, Result};
use math::random::Mt19937;
use physics::System as _;
use physics::systems::NBody;

use crate::data::{self, Dataset, orbits};
use crate::task::Task;

/// How exactly the data must agree.
const TOLERANCE: f64 = 1e-6;

pub(super) fn rows() -> Result<Vec<Row>> {
    Ok(vec![
        spring()?,
        pendulum()?,
        energy(Task::TwoBody, -0.1401268543695509)?,
        energy(Task::ThreeBody, -0.7020879880546353)?,
    ])
}

fn spring() -> Result<Row> {
    let data = data::generate(Task::Spring, 0)?;
    let expected =
        [([-0.08470211, 0.8053172], [1.25313759, -0.28426143]), ([-0.84811449, -0.12756995], [-0.3033807, 1.46951042])];
    let sums = [(sum(&data.x, &data.test_x), -4.894041), (sum(&data.dx, &data.test_dx), -2.001252)];
    Ok(row(Task::Spring, &data, expected, &sums))
}

fn pendulum() -> Result<Row> {
    let data = data::generate(Task::Pendulum, 0)?;
    let expected =
        [([0.1940957, 1.75637758], [3.71124111, -1.22582429]), ([-0.58163035, 1.50386208], [3.09421056, 1.8822331])];
    Ok(row(Task::Pendulum, &data, expected, &[(sum(&data.x, &data.test_x), -18.782088)]))
}

fn sum(train: &[f64], test: &[f64]) -> f64 {
    train.iter().chain(test).sum()
}

/// The worst deviation of the first row to train on, the first row to test on, and sums.
fn row(task: Task, data: &Dataset, expected: [([f64; 2], [f64; 2]); 2], sums: &[(f64, f64)]) -> Row {
    let ours = [(&data.x, &data.dx), (&data.test_x, &data.test_dx)];
    let points = ours.iter().zip(&expected).flat_map(|((x, dx), (x0, dx0))| {
        let pairs = x.iter().zip(x0).chain(dx.iter().zip(dx0));
        pairs.map(|(ours, numpy)| (ours - numpy).abs())
    });
    let worst = points.chain(sums.iter().map(|(ours, numpy)| (ours - numpy).abs())).fold(0.0, f64::max);
    let what = format!("{}: data against numpy and SciPy, largest difference", super::title(task));
    Row::new(format!("{}-data", task.name()), what, worst)
        .at_most(TOLERANCE)
        .source("numpy 2.4, SciPy 1.17 with the authors' code, seed 0: first rows to train and to test on, sums")
}

/// The energy of the first orbit that seed 0 draws.
fn energy(task: Task, expected: f64) -> Result<Row> {
    let mut random = Mt19937::new(0);
    let (start, bodies) = match task {
        Task::TwoBody => (orbits::two_body_start(&mut random), 2),
        _ => (orbits::three_body_start(&mut random), 3),
    };
    let first = data_first(task)?;
    let system = NBody::new(bodies);
    let worst = [start, first].iter().map(|state| (system.energy(state) - expected).abs()).fold(0.0, f64::max);
    let what = format!("{}: energy of the first orbit against numpy, difference", super::title(task));
    Ok(Row::new(format!("{}-data", task.name()), what, worst)
        .at_most(TOLERANCE)
        .source("numpy 2.4 with the authors' code, seed 0"))
}

/// The first state of the data set, drawn alone.
fn data_first(task: Task) -> Result<Vec<f64>> {
    let settings = |whole: orbits::Settings| orbits::Settings { orbits: 5, ..whole };
    let data = match task {
        Task::TwoBody => orbits::two_body(settings(orbits::Settings::two_body(0)))?,
        _ => orbits::three_body(settings(orbits::Settings::three_body(0)))?,
    };
    Ok(data.test_x.get(..data.dimension).context("an empty data set")?.to_vec())
}
