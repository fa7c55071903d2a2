//! Training of autoencoder and dynamics together, from pictures of a pendulum (section 5 of the paper).

use ::train::{About, Artifact, Row, Setup, Training, files};
use anyhow::{Context, Result, ensure};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use futures_lite::future::block_on;
use math::random::Mt19937;
use nn::Adam;

use super::{about, batch_rows, export, recipe};
use crate::data::pixels::{self, PAIR, PixelSet};
use crate::model::{Autoencoder, Dynamics, HIDDEN, Kind};
use crate::task::Task;
use crate::verify;

const EPSILON: f64 = 1e-8;

/// Rows encoded at once: their frames take 12 MB.
const ENCODED: usize = 1000;

/// Weight of the dynamics' loss beside that of the autoencoder.
const DYNAMICS_WEIGHT: f64 = 0.1;

/// Share of the steps, the last ones, in which the dynamics alone learn, from the finished encoder (ours). Beside the
/// pictures their loss is so small that joint training leaves the latent pendulum's clock a few percent wrong.
const REFINING: f64 = 3.0 / 23.0;

/// Rows of a step of the refining: many, because what is left to learn is less than the scatter of a small batch.
const REFINING_BATCH: usize = 2000;

/// Gradients of the refining are not large against Adam's usual 1e-8.
const REFINING_EPSILON: f64 = 1e-12;

/// Both networks of the experiment.
#[derive(Module, Debug)]
pub struct PixelNet {
    /// Between frames and latent states.
    pub autoencoder: Autoencoder,
    /// Of latent states, one unit of time a frame.
    pub dynamics: Dynamics,
}

impl PixelNet {
    /// Freshly drawn weights, the autoencoder's first.
    pub fn new(kind: Kind, random: &mut Mt19937, device: &Device) -> Self {
        let autoencoder = Autoencoder::new(random, device);
        Self { autoencoder, dynamics: Dynamics::new(kind, Task::Pixels.dimension(), HIDDEN, random, device) }
    }
}

/// Equation 7 and the text around it, the signs as in the code: the mean of `|x - D(E(x))|^2`, that of
/// `|p(t) - (q(t+1) - q(t))|^2`, and 0.1 times that of `|z(t+1) - z(t) - S(z(t))|^2`.
///
/// # Shapes
/// - `x`, `next`: `[N, 1568]`
/// - result: `[1]`
pub fn pixel_loss(net: &PixelNet, x: &Tensor<2>, next: &Tensor<2>) -> Tensor<1> {
    let [rows, _] = x.dims();
    let both = net.autoencoder.encode(Tensor::cat(vec![x.clone(), next.clone()], 0));
    let (z, z_next) = (both.clone().narrow(0, 0, rows), both.narrow(0, rows, rows));
    let change = z_next - z.clone();
    let picture = mean_square(net.autoencoder.decode(z.clone()) - x.clone());
    let canonical = mean_square(z.clone().narrow(1, 1, 1) - change.clone().narrow(1, 0, 1));
    let dynamics = dynamics_loss(&net.dynamics, z, change);
    picture + canonical + dynamics * DYNAMICS_WEIGHT
}

/// The mean of `|z(t+1) - z(t) - S(z(t))|^2`.
fn dynamics_loss(dynamics: &Dynamics, z: Tensor<2>, change: Tensor<2>) -> Tensor<1> {
    mean_square(change - dynamics.field(z))
}

fn mean_square(error: Tensor<2>) -> Tensor<1> {
    (error.clone() * error).mean()
}

pub(super) struct PixelTraining {
    kind: Kind,
    seed: u32,
    total_steps: u64,
    data: PixelSet,
    device: Device,
    net: PixelNet,
    adam: Adam,
    refiner: Adam,
    /// Latent states of the training rows and their changes in a frame, once the encoder is finished.
    latents: Option<[Tensor<2>; 2]>,
    steps: u64,
    loss: Option<Tensor<1>>,
}

impl PixelTraining {
    pub(super) fn new(kind: Kind, setup: &Setup) -> Self {
        let data = pixels::generate(pixels::Settings::paper(setup.seed));
        let net = PixelNet::new(kind, &mut Mt19937::new(setup.seed), &setup.device.clone().autodiff());
        let optimiser = recipe(Task::Pixels).optimiser;
        let adam = Adam::new(optimiser.learning_rate, optimiser.weight_decay, EPSILON);
        Self {
            kind,
            seed: setup.seed,
            total_steps: setup.steps,
            data,
            device: setup.device.clone(),
            net,
            adam,
            refiner: Adam::new(optimiser.learning_rate, 0.0, REFINING_EPSILON),
            latents: None,
            steps: 0,
            loss: None,
        }
    }

    fn batch(&self) -> [Tensor<2>; 2] {
        let train = self.data.train_rows();
        let size = recipe(Task::Pixels).batch.unwrap_or(train.len());
        let rows = batch_rows(self.seed, self.steps, train.len(), size);
        let rows: Vec<usize> = rows.into_iter().map(|row| train.start + row).collect();
        pairs(&self.data, &rows, &self.device)
    }

    /// Steps of all parts together; the others refine.
    fn joint_steps(&self) -> u64 {
        self.total_steps - (self.total_steps as f64 * REFINING).round() as u64
    }

    fn joint_step(&mut self) {
        let [x, next] = self.batch().map(Tensor::autodiff);
        let experiment = recipe(Task::Pixels);
        let joint = self.joint_steps();
        self.adam.set_learning_rate(experiment.learning_rate(self.steps, joint));
        self.adam.set_weight_decay(experiment.weight_decay(self.steps, joint));
        let loss = pixel_loss(&self.net, &x, &next);
        let gradients = loss.backward();
        self.net = self.adam.step(self.net.clone(), &gradients);
        self.loss = Some(loss.inner());
    }

    fn refining_step(&mut self) {
        let [z, change] = self.latents().clone();
        let [count, _] = z.dims();
        let rows = batch_rows(self.seed, self.steps, count, REFINING_BATCH);
        let rows: Vec<i64> = rows.into_iter().map(|row| row as i64).collect();
        let rows = Tensor::<1, Int>::from_data(rows.as_slice(), &self.device);
        let [z, change] = [z, change].map(|all| all.select(0, rows.clone()).autodiff());
        let (left, all) = (self.total_steps - self.steps, self.total_steps - self.joint_steps());
        self.refiner.set_learning_rate(recipe(Task::Pixels).optimiser.learning_rate * left as f64 / all as f64);
        let loss = dynamics_loss(&self.net.dynamics, z, change);
        let gradients = loss.backward();
        self.net.dynamics = self.refiner.step(self.net.dynamics.clone(), &gradients);
        self.loss = Some(loss.inner());
    }

    fn latents(&mut self) -> &[Tensor<2>; 2] {
        let encoder = self.net.valid().autoencoder;
        self.latents.get_or_insert_with(|| {
            let rows: Vec<usize> = self.data.train_rows().collect();
            let parts = rows.chunks(ENCODED).map(|rows| {
                let [z, next] = pairs(&self.data, rows, &self.device).map(|frames| encoder.encode(frames));
                [z.clone(), next - z]
            });
            let [z, change]: [Vec<_>; 2] =
                parts.fold(<[Vec<_>; 2]>::default(), |[mut zs, mut changes], [z, change]| {
                    zs.push(z);
                    changes.push(change);
                    [zs, changes]
                });
            [Tensor::cat(z, 0), Tensor::cat(change, 0)]
        })
    }

    fn trained(&self) -> PixelNet {
        self.net.valid().to_device(&Device::flex())
    }
}

/// The inputs of `rows` and those one frame later.
pub(crate) fn pairs(data: &PixelSet, rows: &[usize], device: &Device) -> [Tensor<2>; 2] {
    let stack = |input: &dyn Fn(usize) -> Vec<f32>| {
        let values: Vec<f32> = rows.iter().flat_map(|row| input(*row)).collect();
        Tensor::from_data(TensorData::new(values, [rows.len(), PAIR]), device)
    };
    [stack(&|row| data.input(row).to_vec()), stack(&|row| data.next_input(row).to_vec())]
}

impl Training for PixelTraining {
    fn step(&mut self) -> Result<()> {
        if self.steps < self.joint_steps() {
            self.joint_step();
        } else {
            self.refining_step();
        }
        self.steps += 1;
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        let loss = self.loss.clone().context("no step was made")?;
        Ok(block_on(nn::read(loss))?[0])
    }

    fn save(&self) -> Result<Vec<u8>> {
        let parameters = block_on(nn::parameters(&self.net.valid()))?;
        let states = [block_on(self.adam.read_state())?, block_on(self.refiner.read_state())?];
        let mut bytes = self.steps.to_le_bytes().to_vec();
        bytes.extend(parameters.iter().chain(states.iter().flatten()).flat_map(|value| value.to_le_bytes()));
        Ok(bytes)
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let (steps, numbers) = bytes.split_first_chunk::<8>().context("it is empty")?;
        let (whole, cut) = numbers.as_chunks::<4>();
        let numbers: Vec<f32> = whole.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
        let parameters = self.net.num_params();
        ensure!(cut.is_empty() && numbers.len() > parameters, "its length is wrong");
        ensure!(numbers.iter().all(|number| number.is_finite()), "it holds a number that is none");
        let (parameters, states) = numbers.split_at(parameters);
        let net = nn::with_parameters(self.net.clone(), parameters)?;
        let joint = if states[0] == 0.0 { 1 } else { 1 + 2 * parameters.len() };
        let (joint, refining) = states.split_at_checked(joint).context("its length is wrong")?;
        self.adam.load_state(&net.valid(), joint)?;
        if !refining.is_empty() {
            self.refiner.load_state(&net.valid().dynamics, refining)?;
        }
        self.net = net;
        self.latents = None;
        self.steps = u64::from_le_bytes(*steps);
        Ok(())
    }

    fn evaluate(&self) -> Result<Vec<Row>> {
        verify::pixel_rows(&self.trained(), &self.data)
    }

    fn artifacts(&self) -> Result<Vec<Artifact>> {
        export::pixels(&self.trained())
    }

    fn about(&self) -> About {
        let frames = (0..self.data.rows()).flat_map(|row| self.data.input(row));
        let bytes: Vec<u8> = frames.flat_map(|value| value.to_le_bytes()).collect();
        About { data_sha256: files::sha256(&bytes), ..about::about(Task::Pixels, self.kind) }
    }
}
