//! Training on any device, differentiated by burn.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use demo::Error;
use math::random::Mt19937;
use nn::Adam;

use super::Recipe;
use crate::model::{Dynamics, Network, Shape, engine_error};

/// PyTorch's and the authors' value.
const EPSILON: f64 = 1e-8;

/// A network with and without autodiff, its optimiser and the mean of its weights.
#[derive(Clone, Debug)]
pub(super) struct Tensors {
    trained: Dynamics,
    inference: Dynamics,
    adam: Adam,
    mean: Dynamics,
}

impl Tensors {
    pub(super) fn new(shape: Shape, recipe: Recipe, random: &mut Mt19937, device: Device) -> Self {
        let Shape { kind, dimension, hidden } = shape;
        let trained = Dynamics::new(kind, dimension, hidden, random, &device.autodiff());
        let inference = trained.valid();
        let adam = Adam::new(recipe.learning_rate, recipe.weight_decay, EPSILON);
        Self { trained, mean: inference.clone(), inference, adam }
    }

    pub(super) fn step(&mut self, x: &[f32], dx: &[f32]) -> Tensor<1> {
        let (columns, device) = (self.inference.dimension(), self.inference.device());
        let [x, dx] = [x, dx].map(|values| {
            let data = TensorData::new(values.to_vec(), [values.len() / columns, columns]);
            Tensor::<2>::from_data(data, &device).autodiff()
        });
        let error = self.trained.field(x) - dx;
        let loss = (error.clone() * error).mean();
        let gradients = loss.backward();
        self.trained = self.adam.step(self.trained.clone(), &gradients);
        self.inference = self.trained.valid();
        loss.inner()
    }

    pub(super) fn set_learning_rate(&mut self, learning_rate: f64) {
        self.adam.set_learning_rate(learning_rate);
    }

    pub(super) fn model(&self) -> Network {
        Network::Tensors(Box::new(self.inference.clone()))
    }

    pub(super) fn average(&mut self, memory: f64) {
        for (mean, latest) in self.mean.net.layers.iter_mut().zip(&self.inference.net.layers) {
            let weight = latest.weight.val() * (1.0 - memory);
            mean.weight = mean.weight.clone().map(|old| old * memory + weight);
            if let (Some(old), Some(latest)) = (mean.bias.take(), &latest.bias) {
                let bias = latest.val() * (1.0 - memory);
                mean.bias = Some(old.map(|old| old * memory + bias));
            }
        }
    }

    pub(super) fn mean(&self) -> Network {
        Network::Tensors(Box::new(self.mean.clone()))
    }

    pub(super) fn set_mean(&mut self, parameters: &[f32]) -> Result<(), nn::Error> {
        self.mean = nn::with_parameters(self.mean.clone(), parameters)?;
        Ok(())
    }

    pub(super) async fn state(&self) -> Result<Vec<f32>, Error> {
        self.adam.read_state().await.map_err(engine_error)
    }

    /// On an error nothing is changed.
    pub(super) fn restore(&mut self, parameters: &[f32], state: &[f32]) -> Result<(), nn::Error> {
        let trained = nn::with_parameters(self.trained.clone(), parameters)?;
        self.adam.load_state(&trained.valid(), state)?;
        self.inference = trained.valid();
        self.mean = self.inference.clone();
        self.trained = trained;
        Ok(())
    }
}
