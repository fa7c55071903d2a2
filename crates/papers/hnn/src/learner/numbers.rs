//! Training on the CPU: plain numbers, a written-out gradient, the optimiser in one pass.

use math::random::Mt19937;
use math::single::{Adam, blend};

use super::Recipe;
use crate::model::{Direct, Network, Shape};

/// A network, its optimiser and the mean of its weights.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    network: Direct,
    gradient: Vec<f32>,
    adam: Adam,
    mean: Vec<f32>,
}

impl Numbers {
    pub(super) fn new(shape: Shape, recipe: Recipe, random: &mut Mt19937) -> Self {
        let network = Direct::new(shape, random);
        let mut adam = Adam::new(recipe.learning_rate as f32, shape.count());
        adam.decay = recipe.weight_decay as f32;
        Self { mean: network.parameters().to_vec(), network, gradient: vec![0.0; shape.count()], adam }
    }

    pub(super) fn step(&mut self, x: &[f32], dx: &[f32]) -> f32 {
        let loss = self.network.loss(x, dx, &mut self.gradient);
        self.adam.step(self.network.parameters_mut(), &self.gradient);
        loss
    }

    pub(super) fn set_learning_rate(&mut self, learning_rate: f64) {
        self.adam.rate = learning_rate as f32;
    }

    pub(super) fn model(&self) -> Network {
        Network::Direct(Box::new(self.network.clone()))
    }

    pub(super) fn average(&mut self, memory: f64) {
        blend(&mut self.mean, self.network.parameters(), memory as f32);
    }

    pub(super) fn mean(&self) -> Network {
        Network::Direct(Box::new(Direct::of(self.network.shape(), self.mean.clone())))
    }

    pub(super) fn set_mean(&mut self, parameters: &[f32]) -> Result<(), nn::Error> {
        self.network.shape().check(parameters)?;
        self.mean.copy_from_slice(parameters);
        Ok(())
    }

    /// In the layout of [`nn::Adam::read_state`].
    pub(super) fn state(&self) -> Vec<f32> {
        let steps = self.adam.steps();
        let moments = self.adam.moments();
        std::iter::once(steps as f32).chain(moments.take_while(|_| steps > 0)).collect()
    }

    /// On an error nothing is changed.
    pub(super) fn restore(&mut self, parameters: &[f32], state: &[f32]) -> Result<(), nn::Error> {
        let shape = self.network.shape();
        shape.check(parameters)?;
        let nothing = vec![0.0; 2 * shape.count()];
        let (steps, moments) = match state {
            [0.0] => (0.0, nothing.as_slice()),
            [steps, moments @ ..] => (*steps, moments),
            [] => (0.0, &[][..]),
        };
        if !self.adam.restore(steps as u32, moments) {
            let (expected, found) = (1 + nothing.len(), state.len());
            return Err(nn::Error::Length { what: "optimiser state", expected, found });
        }
        self.network.parameters_mut().copy_from_slice(parameters);
        self.mean.copy_from_slice(parameters);
        Ok(())
    }
}
