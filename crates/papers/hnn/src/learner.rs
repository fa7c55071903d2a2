//! Training of one network, a step at a time: the same code under the native trainer and in the page's arena.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use demo::{Engine, Error};
use math::random::Mt19937;
use nn::Adam;

use crate::model::{Dynamics, HIDDEN, Kind, engine_error};

/// PyTorch's and the authors' value.
const EPSILON: f64 = 1e-8;

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

/// A network, its optimiser and how far they are.
#[derive(Clone, Debug)]
pub struct Learner {
    trained: Dynamics,
    inference: Dynamics,
    adam: Adam,
    steps: u64,
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
        Self::on(kind, dimension, recipe, seed, nn::device(engine))
    }

    /// As [`Self::new`], on any device.
    pub fn on(kind: Kind, dimension: usize, recipe: Recipe, seed: u32, device: Device) -> Self {
        Self::drawn(kind, dimension, recipe, &mut weight_stream(seed, 0), device)
    }

    /// As [`Self::on`], the weights drawn from `random`.
    pub fn drawn(kind: Kind, dimension: usize, recipe: Recipe, random: &mut Mt19937, device: Device) -> Self {
        let trained = Dynamics::new(kind, dimension, HIDDEN, random, &device.autodiff());
        let inference = trained.valid();
        Self { trained, inference, adam: Adam::new(recipe.learning_rate, recipe.weight_decay, EPSILON), steps: 0 }
    }

    /// One step of Adam on the mean over batch and components of (dx - field(x))^2. The loss, of before the step, is not
    /// read from the device.
    ///
    /// # Shapes
    /// - `x`, `dx`: `[N, d]`, without autodiff
    /// - result: `[1]`
    pub fn step(&mut self, x: &Tensor<2>, dx: &Tensor<2>) -> Tensor<1> {
        let error = self.trained.field(x.clone().autodiff()) - dx.clone().autodiff();
        let loss = (error.clone() * error).mean();
        let gradients = loss.backward();
        self.trained = self.adam.step(self.trained.clone(), &gradients);
        self.inference = self.trained.valid();
        self.steps += 1;
        loss.inner()
    }

    /// Another learning rate than the recipe's, from the next step on.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.adam.set_learning_rate(learning_rate);
    }

    /// The network as it is now, for inference (no autodiff graph).
    pub fn model(&self) -> &Dynamics {
        &self.inference
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
        let parameters = nn::parameters(&self.inference).await.map_err(engine_error)?;
        let state = self.adam.read_state().await.map_err(engine_error)?;
        let header = Header {
            kind: self.inference.kind(),
            dimension: self.inference.dimension(),
            steps: self.steps,
            parameters: parameters.len(),
            state: state.len(),
        };
        let header = serde_json::to_vec(&header).map_err(|error| Error::BadSnapshot(error.to_string()))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header);
        bytes.extend(parameters.iter().chain(&state).flat_map(|value| value.to_le_bytes()));
        Ok(bytes)
    }

    /// Goes on from what [`Self::save`] wrote; the recipe stays this learner's.
    ///
    /// # Errors
    /// [`Error::BadSnapshot`] for other bytes or another network; this learner is then unchanged.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (header, numbers) = split(bytes)?;
        let (kind, dimension) = (self.inference.kind(), self.inference.dimension());
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
        let trained = nn::with_parameters(self.trained.clone(), parameters).map_err(|_| wrong())?;
        self.adam.load_state(&trained.valid(), state).map_err(|_| wrong())?;
        self.inference = trained.valid();
        self.trained = trained;
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
    use crate::model::tensor;
    use futures_lite::future::block_on;

    /// A spring's states and their derivatives.
    fn batch() -> (Tensor<2>, Tensor<2>) {
        let mut random = Mt19937::new(0);
        let x: Vec<f64> = (0..100).map(|_| random.uniform(-1.0, 1.0)).collect();
        let dx: Vec<f64> = x.chunks(2).flat_map(|state| [2.0 * state[1], -2.0 * state[0]]).collect();
        (tensor(&x, 2, &Device::flex()), tensor(&dx, 2, &Device::flex()))
    }

    fn learner(kind: Kind) -> Learner {
        Learner::new(kind, 2, Recipe::SPRING, 0, Engine::Cpu)
    }

    fn run(learner: &mut Learner, steps: usize) -> Vec<u32> {
        let (x, dx) = batch();
        let losses = (0..steps).map(|_| block_on(nn::read(learner.step(&x, &dx))).unwrap()[0]);
        losses.map(f32::to_bits).collect()
    }

    #[test]
    fn both_kinds_learn_a_spring() {
        for kind in [Kind::Hnn, Kind::Baseline] {
            let losses = run(&mut learner(kind), 200);
            let (first, last) = (f32::from_bits(losses[0]), f32::from_bits(losses[199]));
            assert!(first > 1.0 && last < 0.01 * first, "{kind:?}: {first} to {last}");
        }
    }

    #[test]
    fn a_restored_learner_goes_on_to_the_same_bits() {
        for kind in [Kind::Hnn, Kind::Baseline] {
            let mut whole = learner(kind);
            run(&mut whole, 10);
            let saved = block_on(whole.save()).unwrap();
            let expected = run(&mut whole, 10);
            let mut resumed = Learner::new(kind, 2, Recipe::SPRING, 77, Engine::Cpu);
            resumed.restore(&saved).unwrap();
            assert_eq!(resumed.steps(), 10);
            assert_eq!(run(&mut resumed, 10), expected);
            assert_eq!(block_on(resumed.save()).unwrap(), block_on(whole.save()).unwrap());
        }
    }

    #[test]
    fn snapshots_that_do_not_fit_are_refused_and_change_nothing() {
        let mut learner = learner(Kind::Hnn);
        run(&mut learner, 2);
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
        let mut learner = learner(Kind::Hnn);
        let (x, _) = batch();
        let field = |learner: &Learner| block_on(nn::read(learner.model().field(x.clone()))).unwrap();
        let before = field(&learner);
        run(&mut learner, 1);
        assert_ne!(field(&learner), before);
        assert!(!learner.model().device().is_autodiff());
    }
}
