//! Every number of the paper that the project claims to reproduce, recomputed from the published ONNX files.
//!
//! [`verify`] gives all rows; [`network_rows`] those of one network, for its model card. Bands without a paper's value are
//! the project's own acceptance (the sheet's section 8).

mod datasets;
mod pixels;
mod recorded;
mod rollout;
mod structure;

use ::train::{Row, VerifyRequest};
use anyhow::{Context, Result};
use burn::tensor::Device;
use futures_lite::future::block_on;

use crate::data::{self, Dataset};
use crate::model::{Dynamics, Kind, tensor};
use crate::task::Task;

pub use pixels::pixel_rows;
pub use rollout::{EnergyError, energy_error};

/// Rows per pass through a network.
const CHUNK: usize = 4096;

/// Both networks of an experiment.
#[derive(Debug)]
pub struct Pair {
    /// Hamiltonian.
    pub hnn: Dynamics,
    /// Multilayer perceptron.
    pub baseline: Dynamics,
}

impl Pair {
    /// From `models/hnn/<task>-hnn.onnx` and `<task>-baseline.onnx`.
    ///
    /// # Errors
    /// When a file is missing or is no such network.
    pub fn load(request: &VerifyRequest, task: Task) -> Result<Self> {
        let load = |kind: Kind| -> Result<Dynamics> {
            let name = format!("{}-{}", task.name(), kind.name());
            Dynamics::load(kind, &request.model(&name)?, &Device::flex()).context(name)
        };
        Ok(Self { hnn: load(Kind::Hnn)?, baseline: load(Kind::Baseline)? })
    }
}

/// All rows, in the order of the paper. Those of the recorded pendulum are skipped without its data.
///
/// # Errors
/// When a model is missing or an integration fails.
pub fn verify(request: &VerifyRequest) -> Result<Vec<Row>> {
    let mut rows = datasets::rows()?;
    for task in [Task::Spring, Task::Pendulum, Task::TwoBody, Task::ThreeBody] {
        request.tell(title(task));
        rows.extend(task_rows(request, task).context(task.name())?);
    }
    request.tell(title(Task::Real));
    rows.extend(recorded::rows(request)?);
    request.tell(title(Task::Pixels));
    rows.extend(pixels::rows(request)?);
    Ok(rows)
}

/// The rows of both networks of a generated task, and how they compare.
///
/// # Errors
/// When a model is missing or an integration fails.
pub fn task_rows(request: &VerifyRequest, task: Task) -> Result<Vec<Row>> {
    let pair = Pair::load(request, task)?;
    let data = data::generate(task, 0)?;
    let mut rows = network_rows(task, &pair.hnn, &data)?;
    rows.extend(network_rows(task, &pair.baseline, &data)?);
    rows.extend(ratios(task, &rows));
    Ok(rows)
}

/// Losses, energy error and, for an HNN, the structure of one network that sees states.
///
/// # Errors
/// When an integration fails.
pub fn network_rows(task: Task, model: &Dynamics, data: &Dataset) -> Result<Vec<Row>> {
    let mut rows = losses(task, model, data)?;
    if task == Task::Real {
        rows.extend(recorded::network_rows(model, data)?);
    } else {
        rows.extend(rollout::rows(task, model)?);
    }
    if model.kind() == Kind::Hnn {
        rows.extend(structure::rows(task, model)?);
    }
    Ok(rows)
}

fn losses(task: Task, model: &Dynamics, data: &Dataset) -> Result<Vec<Row>> {
    let kind = model.kind();
    let [train, test, _] = published(task, kind);
    let row = |what: &str, ours: f64, paper: f64| {
        let words = format!("{}, {}: MSE of dx/dt, {what} set", title(task), label(kind));
        let source = "paper: table 1 and README; ours: seed 0, all rows, networks read from ONNX";
        Row::new(format!("{}-{}-{what}-mse", task.name(), kind.name()), words, ours).paper(paper).source(source)
    };
    let train = row("train", field_error(model, &data.x, &data.dx)?, train);
    let test = row("test", field_error(model, &data.test_x, &data.test_dx)?, test);
    let test = match (task, kind) {
        (Task::Spring, Kind::Hnn) => test.at_least(3.4e-2).at_most(3.7e-2),
        (Task::Spring, Kind::Baseline) => test.at_least(3.55e-2).at_most(3.8e-2),
        (Task::TwoBody, Kind::Hnn) => test.at_most(6e-6),
        _ => test,
    };
    Ok(vec![train, test])
}

/// Mean over rows and components of (dx - field(x))^2.
///
/// # Errors
/// When the device fails.
pub fn field_error(model: &Dynamics, x: &[f64], dx: &[f64]) -> Result<f64> {
    let columns = model.dimension();
    let mut sum = 0.0;
    for (x, dx) in x.chunks(CHUNK * columns).zip(dx.chunks(CHUNK * columns)) {
        let field = block_on(nn::read(model.field(tensor(x, columns, &model.device()))))?;
        sum += field.iter().zip(dx).map(|(ours, dx)| (f64::from(*ours) - dx) * (f64::from(*ours) - dx)).sum::<f64>();
    }
    Ok(sum / x.len() as f64)
}

/// How many times better the HNN is, where the sheet asks for it.
fn ratios(task: Task, rows: &[Row]) -> Vec<Row> {
    let value = |kind: &str, what: &str| {
        let id = format!("{}-{kind}-{what}", task.name());
        rows.iter().find(|row| row.id == id).and_then(|row| row.ours).unwrap_or(f64::NAN)
    };
    let ratio = |what: &str, words: &str, least: f64| {
        let [.., energy_hnn] = published(task, Kind::Hnn);
        let [.., energy_baseline] = published(task, Kind::Baseline);
        let row = Row::new(
            format!("{}-ratio-{what}", task.name()),
            format!("{}: {words}, baseline over HNN", title(task)),
            value("baseline", what) / value("hnn", what),
        );
        let row = row.at_least(least).source("band: ours; ratio of the rows above");
        if what == "energy-mse" && task != Task::Pendulum { row.paper(energy_baseline / energy_hnn) } else { row }
    };
    match task {
        Task::Spring => vec![ratio("energy-mse", "energy MSE", 50.0)],
        Task::Pendulum => vec![ratio("energy-mse", "true energy MSE", 20.0)],
        Task::TwoBody => {
            vec![ratio("test-mse", "test MSE", 5.0).paper(2.96e-5 / 2.82e-6), ratio("energy-mse", "energy MSE", 100.0)]
        }
        Task::Real | Task::ThreeBody | Task::Pixels => Vec::new(),
    }
}

/// Train loss, test loss and energy MSE as printed by the authors (README and table 1; table 2 for three bodies).
pub(crate) fn published(task: Task, kind: Kind) -> [f64; 3] {
    match (task, kind) {
        (Task::Spring, Kind::Hnn) => [3.69e-2, 3.593e-2, 3.842e-4],
        (Task::Spring, Kind::Baseline) => [3.71e-2, 3.666e-2, 1.708e-1],
        (Task::Pendulum, Kind::Hnn) => [3.28e-2, 3.559e-2, 2.485e-2],
        (Task::Pendulum, Kind::Baseline) => [3.26e-2, 3.527e-2, 4.152e-2],
        (Task::Real, Kind::Hnn) => [9.24e-3, 5.96e-3, 1.448e-2],
        (Task::Real, Kind::Baseline) => [2.75e-3, 2.19e-3, 3.856e-1],
        (Task::TwoBody, Kind::Hnn) => [3.00e-6, 2.82e-6, 3.875e-5],
        (Task::TwoBody, Kind::Baseline) => [3.27e-5, 2.96e-5, 6.328e-2],
        (Task::ThreeBody, Kind::Hnn) => [8.0e-2, 4.9e-1, 4.19e-2],
        (Task::ThreeBody, Kind::Baseline) => [9.6e-2, 3.8e-1, 1.09e2],
        (Task::Pixels, Kind::Hnn) => [1.87e-4, 1.85e-4, 1.53e-4],
        (Task::Pixels, Kind::Baseline) => [1.77e-4, 1.73e-4, 9.27e-3],
    }
}

pub(crate) fn title(task: Task) -> &'static str {
    match task {
        Task::Spring => "Spring",
        Task::Pendulum => "Pendulum",
        Task::Real => "Recorded pendulum",
        Task::TwoBody => "Two bodies",
        Task::ThreeBody => "Three bodies",
        Task::Pixels => "Pixels",
    }
}

pub(crate) fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Hnn => "HNN",
        Kind::Baseline => "baseline",
    }
}
