//! Our WebGPU kernels on a workload, in a tab or natively on a Vulkan driver, and their matrix products alone.

use demo::Engine;
use hnn::learner::{Recipe, Remote};
use hnn::model::Network;
use mnist1d::learner::Rows;
use mnist1d::model::Kind;
use wgsl::{Epilogue, Layout, Numbers, Plan, Product, Weights};

use crate::Error;
use crate::case::Case;
use crate::workload::Task;

/// What a workload's steps took.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Measured {
    /// Milliseconds of a step or a call.
    pub ms: f64,
    /// The loss before each step; of a network that is only run its one.
    pub losses: Vec<f32>,
    /// Dispatches of a step or a call.
    pub dispatches: usize,
    /// Submissions of a step or a call.
    pub submissions: f64,
}

/// Trains so many steps from the first weights on, or answers so often. A device must be installed; `now` tells
/// milliseconds. The device is waited for once, at the end, and after each answer.
///
/// # Errors
/// [`Error::Device`].
pub async fn measure(case: &Case, steps: usize, now: fn() -> f64) -> Result<Measured, Error> {
    match case.workload.task {
        Task::Classification => classify(case, steps, now).await,
        Task::Forward => answer(case, steps, now).await,
        Task::Regression | Task::Hamiltonian => regress(case, steps, now).await,
    }
}

fn absent() -> Error {
    Error::Device(demo::Error::Engine { engine: "WebGPU", reason: "there is no device".into() })
}

fn data(case: &Case, error: impl std::fmt::Display) -> Error {
    Error::Data { workload: case.workload.id, reason: error.to_string() }
}

fn submissions() -> usize {
    wgsl::current().map_or(0, |gpu| gpu.submissions())
}

async fn regress(case: &Case, steps: usize, now: fn() -> f64) -> Result<Measured, Error> {
    let recipe = Recipe { learning_rate: f64::from(case.workload.rate), weight_decay: 0.0 };
    let shape = case.workload.shape().ok_or_else(absent)?;
    let mut learner = Remote::with_parameters(shape, recipe, &case.parameters).ok_or_else(absent)?;
    // Everything is on the device before the clock starts.
    learner.model().parameters().await?;
    let (begin, before) = (now(), submissions());
    let mut kept = None;
    for _ in 0..steps {
        kept = Some(learner.step(&case.x, &case.targets).0);
    }
    let made = submissions() - before;
    let numbers: Vec<usize> = (0..steps).collect();
    let losses = kept.ok_or_else(absent)?.read(&numbers).await?;
    Ok(Measured::new(now() - begin, steps, losses, [learner.dispatches(), made]))
}

async fn classify(case: &Case, steps: usize, now: fn() -> f64) -> Result<Measured, Error> {
    let labels = case.targets.iter().map(|label| *label as u8).collect();
    let batch = Rows::new(case.inputs, case.x.clone(), labels).map_err(|error| data(case, error))?;
    let mut network = Kind::Cnn.network();
    network.parameters.clone_from(&case.parameters);
    let mut learner =
        mnist1d::remote::Convolutional::new(&network, case.workload.rate, batch.count()).ok_or_else(absent)?;
    learner.parameters().await?;
    let (begin, before) = (now(), submissions());
    let numbers: Vec<usize> = (0..steps).map(|_| learner.step(&batch, 0)).collect();
    let made = submissions() - before;
    let losses = learner.losses(&numbers).await?;
    Ok(Measured::new(now() - begin, steps, losses, [learner.dispatches(), made]))
}

/// Its loss is the mean square of what the answers miss.
async fn answer(case: &Case, steps: usize, now: fn() -> f64) -> Result<Measured, Error> {
    let shape = case.workload.shape().ok_or_else(absent)?;
    let network = Network::new(shape, case.parameters.clone(), Engine::WebGpu).map_err(|error| data(case, error))?;
    let Network::Remote(mut network) = network else { return Err(absent()) };
    let (_, first) = network.energy_and_field(&case.x).await?;
    let (begin, before) = (now(), submissions());
    for _ in 0..steps {
        network.energy_and_field(&case.x).await?;
    }
    let made = submissions() - before;
    let losses = vec![crate::job::mean_square(&first, &case.targets)];
    Ok(Measured::new(now() - begin, steps, losses, [network.dispatches(), made]))
}

impl Measured {
    fn new(ms: f64, steps: usize, losses: Vec<f32>, [dispatches, submissions]: [usize; 2]) -> Self {
        let steps = steps as f64;
        Self { ms: ms / steps, losses, dispatches, submissions: submissions as f64 / steps }
    }
}

/// Milliseconds of the product of `[rows, depth]` with `[depth, columns]`, of so many in one submission.
///
/// # Errors
/// [`Error::Device`].
pub async fn product(sizes: [usize; 3], repeats: usize, now: fn() -> f64) -> Result<f64, Error> {
    let [rows, depth, columns] = sizes;
    let gpu = wgsl::current().ok_or_else(absent)?;
    let mut layout = Layout::default();
    let first = layout.matrix(depth, columns);
    let (depth, columns) = (depth.div_ceil(4), columns.div_ceil(4));
    let numbers = |count: usize| gpu.filled(&(0..count).map(|at| (at % 7) as f32 * 0.1).collect::<Vec<_>>());
    let (a, b, y) = (numbers(4 * rows * depth), numbers(layout.length()), numbers(4 * rows * columns));
    let weights = Weights { first, width: columns, transposed: false, bias: None, row: 0 };
    let at = wgsl::Rows::dense(columns);
    let more: [&Numbers; 1] = [&y];
    let product = Product {
        rows,
        depth,
        columns,
        a: (&a, wgsl::Rows::dense(depth)),
        b: (&b, weights),
        epilogue: Epilogue::Sum,
        more: &more,
        at,
    };
    let small = gpu.zeros(4);
    let mut plan = Plan::new(&gpu);
    (0..repeats).for_each(|_| product.push(&mut plan));
    // The kernel is compiled by its first use.
    plan.submit();
    gpu.read(&small).await?;
    let begin = now();
    plan.submit();
    gpu.read(&small).await?;
    Ok((now() - begin) / repeats as f64)
}
