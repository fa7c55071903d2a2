//! Training on WebGPU: one submission a step, and nothing is read in between.

use std::rc::Rc;

use demo::Error;
use math::random::Mt19937;
use wgsl::{Adam, Gpu, Losses};

use super::Recipe;
use crate::model::{Direct, Network, Places, Remote as Inference, Shape, Step};

/// A network, its optimiser and the mean of its weights, on a device.
#[derive(Debug)]
pub struct Remote {
    gpu: Rc<Gpu>,
    places: Rc<Places>,
    adam: Adam,
    /// For batches of the size of the last one.
    step: Option<Step>,
}

impl Clone for Remote {
    fn clone(&self) -> Self {
        Self { gpu: Rc::clone(&self.gpu), places: Rc::clone(&self.places), adam: self.adam.clone(), step: None }
    }
}

impl Remote {
    /// Freshly drawn weights on the device of this thread; none where there is none.
    pub(super) fn new(shape: Shape, recipe: Recipe, random: &mut Mt19937) -> Option<Self> {
        Self::with_parameters(shape, recipe, Direct::new(shape, random).parameters())
    }

    /// As many parameters as the shape has, in the order of [`nn::parameters`].
    pub fn with_parameters(shape: Shape, recipe: Recipe, parameters: &[f32]) -> Option<Self> {
        let gpu = wgsl::current()?;
        let places = Rc::new(Places::new(shape));
        let parameters = places.layout.packed(parameters);
        let adam = Adam::new(&gpu, &parameters, recipe.learning_rate, recipe.weight_decay);
        Some(Self { gpu, places, adam, step: None })
    }

    /// Dispatches of a step; none before the first.
    pub fn dispatches(&self) -> usize {
        self.step.as_ref().map_or(0, Step::dispatches)
    }

    /// One step; gives the losses, and the number of this step's among them.
    pub fn step(&mut self, x: &[f32], dx: &[f32]) -> (Losses, usize) {
        let rows = x.len() / self.places.shape.dimension.max(1);
        let kept = self.step.take().filter(|step| step.rows == rows);
        let step = kept.unwrap_or_else(|| Step::new(&self.gpu, &self.places, &self.adam, rows));
        let number = step.run(&mut self.adam, x, dx);
        self.step = Some(step);
        (self.adam.losses().clone(), number)
    }

    pub(super) fn set_learning_rate(&mut self, learning_rate: f64) {
        self.adam.rate = learning_rate;
    }

    /// The network as it is now.
    pub fn model(&self) -> Network {
        self.network(self.gpu.copied(self.adam.parameters()))
    }

    pub(super) fn average(&mut self, memory: f64) {
        self.adam.average(memory as f32);
    }

    pub(super) fn mean(&self) -> Network {
        self.network(self.adam.mean())
    }

    fn network(&self, parameters: wgsl::Numbers) -> Network {
        Network::Remote(Box::new(Inference::of(&self.gpu, &self.places, parameters)))
    }

    pub(super) fn set_mean(&mut self, parameters: &[f32]) -> Result<(), nn::Error> {
        self.places.shape.check(parameters)?;
        self.adam.set_mean(&self.places.layout.packed(parameters));
        Ok(())
    }

    /// In the layout of [`nn::Adam::read_state`].
    pub(super) async fn state(&self) -> Result<Vec<f32>, Error> {
        let steps = self.adam.steps();
        if steps == 0 {
            return Ok(vec![0.0]);
        }
        let moments = self.adam.moments().await?;
        let halves = moments.chunks(self.places.layout.length()).take(2);
        let flat = halves.flat_map(|half| self.places.layout.unpacked(half));
        Ok(std::iter::once(steps as f32).chain(flat).collect())
    }

    /// On an error nothing is changed.
    pub(super) fn restore(&mut self, parameters: &[f32], state: &[f32]) -> Result<(), nn::Error> {
        let Places { shape, layout, .. } = &*self.places;
        shape.check(parameters)?;
        let count = shape.count();
        let nothing = vec![0.0; 2 * count];
        let (steps, moments) = match state {
            [0.0] => (0.0, nothing.as_slice()),
            [steps, moments @ ..] if moments.len() == 2 * count => (*steps, moments),
            _ => {
                let (expected, found) = (1 + 2 * count, state.len());
                return Err(nn::Error::Length { what: "optimiser state", expected, found });
            }
        };
        let moments: Vec<f32> = moments.chunks(count).flat_map(|half| layout.packed(half)).collect();
        self.adam.restore(steps as u32, &layout.packed(parameters), &moments);
        Ok(())
    }
}
