//! Training of one network, a step at a time: the same code under the native trainer and in the page's arena.
//!
//! The gradient is written out, on the CPU ([`numbers`]) and on WebGPU ([`remote`]); the native trainer has burn's on its other
//! devices ([`tensors`]), which is also what the tests hold the former to. All draw the same first weights, and what one saved
//! the others go on from.

mod loss;
mod numbers;
#[cfg(feature = "webgpu")]
mod remote;
#[cfg(not(target_arch = "wasm32"))]
mod tensors;

#[cfg(not(target_arch = "wasm32"))]
use burn::tensor::Device;
use demo::{Engine, Error};
use math::random::Mt19937;

use crate::model::{HIDDEN, Kind, Network, Shape};
pub use loss::Loss;
use numbers::Numbers;
#[cfg(feature = "webgpu")]
pub use remote::Remote;
#[cfg(not(target_arch = "wasm32"))]
use tensors::Tensors;

/// First bytes of a saved learner; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"learner1";

/// What the experiments vary.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Recipe {
    /// Of Adam.
    pub learning_rate: f64,
    /// Classic L2, added to the gradient.
    pub weight_decay: f64,
}

impl Recipe {
    /// The one of the spring and the pendulum: 1e-3 and 1e-4.
    pub const SPRING: Self = Self { learning_rate: 1e-3, weight_decay: 1e-4 };
}

/// A network, its optimiser, the mean of its late weights and how far they are.
#[derive(Clone, Debug)]
pub struct Learner {
    shape: Shape,
    descent: Descent,
    steps: u64,
}

/// Who computes.
#[derive(Clone, Debug)]
enum Descent {
    Numbers(Box<Numbers>),
    #[cfg(feature = "webgpu")]
    Remote(Box<Remote>),
    #[cfg(not(target_arch = "wasm32"))]
    Tensors(Box<Tensors>),
}

/// What stands before the numbers in a saved learner.
#[derive(serde::Serialize, serde::Deserialize)]
struct Header {
    kind: Kind,
    dimension: usize,
    steps: u64,
    parameters: usize,
    state: usize,
}

impl Learner {
    /// A network of the paper's size with weights drawn from `seed`, on the device of `engine`.
    pub fn new(kind: Kind, dimension: usize, recipe: Recipe, seed: u32, engine: Engine) -> Self {
        let (shape, mut random) = (Shape { kind, dimension, hidden: HIDDEN }, weight_stream(seed, 0));
        match engine {
            #[cfg(feature = "webgpu")]
            Engine::WebGpu => Self::on_webgpu(shape, recipe, &mut random),
            _ => Self::with_numbers(shape, recipe, &mut random),
        }
    }

    /// By the kernels of crate `wgsl` on the device of this thread, or on the CPU where there is none.
    #[cfg(feature = "webgpu")]
    pub fn on_webgpu(shape: Shape, recipe: Recipe, random: &mut Mt19937) -> Self {
        match Remote::new(shape, recipe, random) {
            Some(remote) => Self { shape, descent: Descent::Remote(Box::new(remote)), steps: 0 },
            None => Self::with_numbers(shape, recipe, random),
        }
    }

    /// As [`Self::new`] for any of burn's devices, the weights drawn from `random`.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn drawn(kind: Kind, dimension: usize, recipe: Recipe, random: &mut Mt19937, device: Device) -> Self {
        let shape = Shape { kind, dimension, hidden: HIDDEN };
        if device == Device::flex() {
            Self::with_numbers(shape, recipe, random)
        } else {
            Self::with_tensors(shape, recipe, random, device)
        }
    }

    /// On the CPU, by the written-out gradient.
    pub fn with_numbers(shape: Shape, recipe: Recipe, random: &mut Mt19937) -> Self {
        let descent = Descent::Numbers(Box::new(Numbers::new(shape, recipe, random)));
        Self { shape, descent, steps: 0 }
    }

    /// By burn's automatic differentiation, on any device.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn with_tensors(shape: Shape, recipe: Recipe, random: &mut Mt19937, device: Device) -> Self {
        let descent = Descent::Tensors(Box::new(Tensors::new(shape, recipe, random, device)));
        Self { shape, descent, steps: 0 }
    }

    /// One step of Adam on the mean over batch and components of (dx - field(x))^2. The loss, of before the step, is not
    /// read from the device.
    ///
    /// # Shapes
    /// - `x`, `dx`: `[n, d]`
    pub fn step(&mut self, x: &[f32], dx: &[f32]) -> Loss {
        self.steps += 1;
        match &mut self.descent {
            Descent::Numbers(numbers) => Loss::Number(numbers.step(x, dx)),
            #[cfg(feature = "webgpu")]
            Descent::Remote(remote) => {
                let (losses, number) = remote.step(x, dx);
                Loss::Kept { losses, number }
            }
            #[cfg(not(target_arch = "wasm32"))]
            Descent::Tensors(tensors) => Loss::Tensor(Box::new(tensors.step(x, dx))),
        }
    }

    /// Another learning rate than the recipe's, from the next step on.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        match &mut self.descent {
            Descent::Numbers(numbers) => numbers.set_learning_rate(learning_rate),
            #[cfg(feature = "webgpu")]
            Descent::Remote(remote) => remote.set_learning_rate(learning_rate),
            #[cfg(not(target_arch = "wasm32"))]
            Descent::Tensors(tensors) => tensors.set_learning_rate(learning_rate),
        }
    }

    /// The network as it is now, for inference.
    pub fn model(&self) -> Network {
        match &self.descent {
            Descent::Numbers(numbers) => numbers.model(),
            #[cfg(feature = "webgpu")]
            Descent::Remote(remote) => remote.model(),
            #[cfg(not(target_arch = "wasm32"))]
            Descent::Tensors(tensors) => tensors.model(),
        }
    }

    /// Makes the mean of the weights `memory` times what it was and else the present weights (Polyak and Juditsky, SIAM J.
    /// Control Optim. 30, 1992). It begins as the first weights.
    pub fn average(&mut self, memory: f64) {
        match &mut self.descent {
            Descent::Numbers(numbers) => numbers.average(memory),
            #[cfg(feature = "webgpu")]
            Descent::Remote(remote) => remote.average(memory),
            #[cfg(not(target_arch = "wasm32"))]
            Descent::Tensors(tensors) => tensors.average(memory),
        }
    }

    /// The network of the mean weights.
    pub fn mean(&self) -> Network {
        match &self.descent {
            Descent::Numbers(numbers) => numbers.mean(),
            #[cfg(feature = "webgpu")]
            Descent::Remote(remote) => remote.mean(),
            #[cfg(not(target_arch = "wasm32"))]
            Descent::Tensors(tensors) => tensors.mean(),
        }
    }

    /// Goes on with another mean, its parameters in the order of [`nn::parameters`]: [`Self::save`] leaves it out.
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many; nothing is changed then.
    pub fn set_mean(&mut self, parameters: &[f32]) -> Result<(), nn::Error> {
        match &mut self.descent {
            Descent::Numbers(numbers) => numbers.set_mean(parameters),
            #[cfg(feature = "webgpu")]
            Descent::Remote(remote) => remote.set_mean(parameters),
            #[cfg(not(target_arch = "wasm32"))]
            Descent::Tensors(tensors) => tensors.set_mean(parameters),
        }
    }

    /// Steps done.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Weights, moments and the number of steps.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn save(&self) -> Result<Vec<u8>, Error> {
        let parameters = self.model().parameters().await?;
        let state = match &self.descent {
            Descent::Numbers(numbers) => numbers.state(),
            #[cfg(feature = "webgpu")]
            Descent::Remote(remote) => remote.state().await?,
            #[cfg(not(target_arch = "wasm32"))]
            Descent::Tensors(tensors) => tensors.state().await?,
        };
        let Shape { kind, dimension, .. } = self.shape;
        let header = Header { kind, dimension, steps: self.steps, parameters: parameters.len(), state: state.len() };
        let header = serde_json::to_vec(&header).map_err(|error| Error::BadSnapshot(error.to_string()))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header);
        bytes.extend(parameters.iter().chain(&state).flat_map(|value| value.to_le_bytes()));
        Ok(bytes)
    }

    /// Goes on from what [`Self::save`] wrote; the recipe stays this learner's, and the mean begins anew.
    ///
    /// # Errors
    /// [`Error::BadSnapshot`] for other bytes or another network; this learner is then unchanged.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (header, numbers) = split(bytes)?;
        let Shape { kind, dimension, .. } = self.shape;
        if (header.kind, header.dimension) != (kind, dimension) {
            let found = format!("it holds a network {} of {} numbers", header.kind.name(), header.dimension);
            return Err(Error::BadSnapshot(format!("{found}, not {} of {dimension}", kind.name())));
        }
        let wrong = || Error::BadSnapshot("its length is wrong".into());
        if header.parameters.checked_add(header.state) != Some(numbers.len()) {
            return Err(wrong());
        }
        if let Some(index) = numbers.iter().position(|value| !value.is_finite()) {
            return Err(Error::BadSnapshot(format!("number {index} is not finite")));
        }
        let (parameters, state) = numbers.split_at(header.parameters);
        let restored = match &mut self.descent {
            Descent::Numbers(numbers) => numbers.restore(parameters, state),
            #[cfg(feature = "webgpu")]
            Descent::Remote(remote) => remote.restore(parameters, state),
            #[cfg(not(target_arch = "wasm32"))]
            Descent::Tensors(tensors) => tensors.restore(parameters, state),
        };
        restored.map_err(|_| wrong())?;
        self.steps = header.steps;
        Ok(())
    }
}

/// Weights have streams of their own, one a draw: data of the same seed are made of the numbers of
/// `Mt19937::new(seed)`.
pub fn weight_stream(seed: u32, draw: u32) -> Mt19937 {
    Mt19937::from_key(&[seed, 1 + draw])
}

fn split(bytes: &[u8]) -> Result<(Header, Vec<f32>), Error> {
    let foreign = || Error::BadSnapshot("these bytes are not a saved learner".into());
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(foreign)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(foreign)?;
    let (header, numbers) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(foreign)?;
    let header = serde_json::from_slice(header).map_err(|_| foreign())?;
    let (whole, cut) = numbers.as_chunks::<4>();
    if !cut.is_empty() {
        return Err(foreign());
    }
    Ok((header, whole.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;

    /// A spring's states and their derivatives.
    fn batch() -> (Vec<f32>, Vec<f32>) {
        let mut random = Mt19937::new(0);
        let x: Vec<f32> = (0..100).map(|_| random.uniform(-1.0, 1.0) as f32).collect();
        let dx = x.chunks(2).flat_map(|state| [2.0 * state[1], -2.0 * state[0]]).collect();
        (x, dx)
    }

    /// Both networks on both ways.
    fn learners(seed: u32) -> [Learner; 4] {
        let [hnn, baseline] = [Kind::Hnn, Kind::Baseline].map(|kind| {
            let shape = Shape { kind, dimension: 2, hidden: HIDDEN };
            let numbers = Learner::with_numbers(shape, Recipe::SPRING, &mut weight_stream(seed, 0));
            let random = &mut weight_stream(seed, 0);
            [numbers, Learner::with_tensors(shape, Recipe::SPRING, random, Device::flex())]
        });
        let ([a, b], [c, d]) = (hnn, baseline);
        [a, b, c, d]
    }

    fn run(learner: &mut Learner, steps: usize) -> Vec<u32> {
        let (x, dx) = batch();
        let losses = (0..steps).map(|_| block_on(Loss::read(&[learner.step(&x, &dx)])).unwrap()[0]);
        losses.map(f32::to_bits).collect()
    }

    #[test]
    fn both_kinds_learn_a_spring() {
        for mut learner in learners(0) {
            let losses = run(&mut learner, 200);
            let (first, last) = (f32::from_bits(losses[0]), f32::from_bits(losses[199]));
            assert!(first > 1.0 && last < 0.01 * first, "{:?}: {first} to {last}", learner.shape);
        }
    }

    #[test]
    fn both_ways_learn_alike() {
        let [mut hnn, mut hnn_by_burn, mut baseline, mut baseline_by_burn] = learners(3);
        for (ours, theirs) in [(&mut hnn, &mut hnn_by_burn), (&mut baseline, &mut baseline_by_burn)] {
            let parameters = |learner: &Learner| block_on(learner.model().parameters()).unwrap();
            assert_eq!(parameters(ours), parameters(theirs));
            let (a, b) = (run(ours, 200), run(theirs, 200));
            for (step, (a, b)) in a.into_iter().zip(b).enumerate() {
                let (a, b) = (f32::from_bits(a), f32::from_bits(b));
                assert!((a - b).abs() < 1e-3 * b, "step {step}: {a} against {b}");
            }
        }
    }

    #[test]
    fn what_one_way_saved_the_other_goes_on_from() {
        let [mut hnn, mut hnn_by_burn, ..] = learners(0);
        run(&mut hnn, 20);
        hnn_by_burn.restore(&block_on(hnn.save()).unwrap()).unwrap();
        assert_eq!(block_on(hnn_by_burn.save()).unwrap(), block_on(hnn.save()).unwrap());
        let [ours, theirs] = [&mut hnn, &mut hnn_by_burn].map(|learner| f32::from_bits(run(learner, 5)[4]));
        assert!((ours - theirs).abs() < 1e-3 * theirs, "{ours} against {theirs}");
        hnn.restore(&block_on(hnn_by_burn.save()).unwrap()).unwrap();
        assert_eq!(hnn.steps(), 25);
    }

    #[test]
    fn the_mean_follows_the_weights() {
        for mut learner in learners(0) {
            let values = |network: Network| block_on(network.parameters()).unwrap();
            let first = values(learner.model());
            assert_eq!(values(learner.mean()), first);
            run(&mut learner, 1);
            assert_eq!(values(learner.mean()), first);
            learner.average(0.75);
            let latest = values(learner.model());
            let expected = first.iter().zip(&latest).map(|(first, latest)| 0.75 * first + 0.25 * latest);
            assert!(
                values(learner.mean()).iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-7)
            );
            learner.set_mean(&first).unwrap();
            assert_eq!(values(learner.mean()), first);
            assert!(learner.set_mean(&first[1..]).is_err());
        }
    }

    #[test]
    fn a_restored_learner_goes_on_to_the_same_bits() {
        for (mut whole, mut resumed) in learners(0).into_iter().zip(learners(77)) {
            run(&mut whole, 10);
            let saved = block_on(whole.save()).unwrap();
            let expected = run(&mut whole, 10);
            resumed.restore(&saved).unwrap();
            assert_eq!(resumed.steps(), 10);
            assert_eq!(run(&mut resumed, 10), expected);
            assert_eq!(block_on(resumed.save()).unwrap(), block_on(whole.save()).unwrap());
        }
    }

    #[test]
    fn snapshots_that_do_not_fit_are_refused_and_change_nothing() {
        for mut learner in learners(0).into_iter().take(2) {
            check_refusals(&mut learner);
        }
    }

    fn check_refusals(learner: &mut Learner) {
        run(learner, 2);
        let saved = block_on(learner.save()).unwrap();
        let mut poisoned = saved.clone();
        let length = poisoned.len();
        poisoned[length - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        let other = block_on(Learner::new(Kind::Baseline, 2, Recipe::SPRING, 0, Engine::Cpu).save()).unwrap();
        for (bytes, reason) in [
            (&b""[..], "not a saved learner"),
            (&saved[..100], "not a saved learner"),
            (&saved[..length - 3], "not a saved learner"),
            (&saved[..length - 4], "length is wrong"),
            (&poisoned, "is not finite"),
            (&other, "it holds a network baseline of 2 numbers, not hnn of 2"),
        ] {
            let error = learner.restore(bytes).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert_eq!(block_on(learner.save()).unwrap(), saved);
        }
    }

    #[test]
    fn the_model_for_inference_follows_the_training() {
        for mut learner in learners(0) {
            let field = |learner: &Learner| block_on(learner.model().energy_and_field(&[0.3, -0.2])).unwrap();
            let before = field(&learner);
            run(&mut learner, 1);
            assert_ne!(field(&learner), before);
        }
    }
}
