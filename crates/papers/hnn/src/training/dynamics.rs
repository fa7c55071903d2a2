//! Training of the networks that see states: all experiments but the pixels.

use std::path::Path;

use ::train::{About, Artifact, Row, Setup, Training, files};
use anyhow::{Context, Result};
use burn::tensor::Device;
use futures_lite::future::block_on;

use super::{about, batch_rows, export, recipe};
use crate::data::{self, Dataset, recorded};
use crate::learner::{Learner, Loss, weight_stream};
use crate::model::{Dynamics, Kind};
use crate::task::Task;
use crate::verify;

/// A learner, its data, and the batches that it is fed with.
pub(super) struct DynamicsTraining {
    task: Task,
    kind: Kind,
    seed: u32,
    steps: u64,
    data: Dataset,
    data_sha256: String,
    learner: Learner,
    loss: Option<Loss>,
}

impl DynamicsTraining {
    pub(super) fn new(task: Task, kind: Kind, setup: &Setup) -> Result<Self> {
        let (data, data_sha256) = load(task, setup)?;
        let experiment = recipe(task);
        let mut random = weight_stream(setup.seed, setup.draw.unwrap_or(experiment.draw));
        let learner = Learner::drawn(kind, data.dimension, experiment.optimiser, &mut random, setup.device.clone());
        Ok(Self { task, kind, seed: setup.seed, steps: setup.steps, data, data_sha256, learner, loss: None })
    }

    /// States and rates of the next step, `[n, d]` each.
    fn batch(&self) -> [Vec<f32>; 2] {
        let all = [&self.data.x, &self.data.dx];
        let Some(size) = recipe(self.task).batch else { return all.map(|values| single(values)) };
        let rows = batch_rows(self.seed, self.learner.steps(), self.data.rows(), size);
        let columns = self.data.dimension;
        let row = |values: &[f64], row: usize| single(&values[row * columns..(row + 1) * columns]);
        all.map(|values| rows.iter().flat_map(|index| row(values, *index)).collect())
    }

    fn model(&self) -> Result<Dynamics> {
        let network = self.learner.model();
        Ok(Dynamics::with_parameters(network.shape(), &block_on(network.parameters())?, &Device::flex())?)
    }
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

/// The data of an experiment and its hash: of the numbers, or of the record.
fn load(task: Task, setup: &Setup) -> Result<(Dataset, String)> {
    if task == Task::Real {
        return recorded_pendulum(setup.data.as_deref());
    }
    let data = data::generate(task, setup.seed)?;
    let numbers = [&data.x, &data.dx, &data.test_x, &data.test_dx].into_iter().flatten();
    let hash = files::sha256_of_numbers(numbers);
    Ok((data, hash))
}

/// The name of the record in the supplement.
const RECORD: &str = "real_pend_h_1.txt";

/// The record at `path`, which may be the folder that holds it, and its hash.
///
/// # Errors
/// When no path is given, or the file is no such record.
pub(crate) fn recorded_pendulum(path: Option<&Path>) -> Result<(Dataset, String)> {
    let path = path.with_context(|| format!("the record is not part of this project: give {RECORD} with --data"))?;
    let path = if path.is_dir() { path.join(RECORD) } else { path.to_owned() };
    let bytes = files::read(&path)?;
    let text = std::str::from_utf8(&bytes).with_context(|| format!("{} is not text", path.display()))?;
    Ok((recorded::parse(text)?, files::sha256(&bytes)))
}

impl Training for DynamicsTraining {
    fn step(&mut self) -> Result<()> {
        let [x, dx] = self.batch();
        self.learner.set_learning_rate(recipe(self.task).learning_rate(self.learner.steps(), self.steps));
        self.loss = Some(self.learner.step(&x, &dx));
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        let loss = self.loss.as_ref().context("no step was made")?;
        Ok(block_on(Loss::read(std::slice::from_ref(loss)))?[0])
    }

    fn save(&self) -> Result<Vec<u8>> {
        Ok(block_on(self.learner.save())?)
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.learner.restore(bytes)?)
    }

    fn evaluate(&self) -> Result<Vec<Row>> {
        verify::network_rows(self.task, &self.model()?, &self.data)
    }

    fn artifacts(&self) -> Result<Vec<Artifact>> {
        Ok(vec![export::dynamics(self.task, &self.model()?)?])
    }

    fn about(&self) -> About {
        About { data_sha256: self.data_sha256.clone(), ..about::about(self.task, self.kind) }
    }
}
