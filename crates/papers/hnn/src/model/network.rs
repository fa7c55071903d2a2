//! A network that a figure asks, on whichever engine it lies.

use demo::Error;

use super::{Direct, Plain, Shape, engine_error};
#[cfg(not(feature = "first"))]
use super::{Dynamics, read, tensor};

/// Plain numbers on the CPU, tensors elsewhere. The page's first module holds the former alone.
#[derive(Clone, Debug)]
pub enum Network {
    /// Computed at once, by the processor.
    Direct(Box<Direct>),
    /// Computed by burn, on whatever device the weights lie.
    #[cfg(not(feature = "first"))]
    Tensors(Box<Dynamics>),
}

impl Network {
    /// Its sizes.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Direct(network) => network.shape(),
            #[cfg(not(feature = "first"))]
            Self::Tensors(network) => network.shape(),
        }
    }

    /// Its parameters, in the order of [`nn::parameters`].
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg_attr(feature = "first", expect(clippy::unused_async, reason = "other engines have to wait"))]
    pub async fn parameters(&self) -> Result<Vec<f32>, Error> {
        match self {
            Self::Direct(network) => Ok(network.parameters().to_vec()),
            #[cfg(not(feature = "first"))]
            Self::Tensors(network) => nn::parameters(&**network).await.map_err(engine_error),
        }
    }

    /// Other parameters.
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many; nothing is changed then.
    pub fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), nn::Error> {
        match self {
            Self::Direct(network) => network.set_parameters(parameters),
            #[cfg(not(feature = "first"))]
            Self::Tensors(network) => {
                **network = nn::with_parameters((**network).clone(), parameters)?;
                Ok(())
            }
        }
    }

    /// The same network for rollouts of one state.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn plain(&self) -> Result<Plain, Error> {
        Plain::with_parameters(self.shape(), &self.parameters().await?).map_err(engine_error)
    }

    /// The learned H of each state (empty where there is none) and dx/dt.
    ///
    /// # Shapes
    /// - `states`: `[n, d]`
    /// - result: `[n]` and `[n, d]`
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg_attr(feature = "first", expect(clippy::unused_async, reason = "other engines have to wait"))]
    pub async fn energy_and_field(&mut self, states: &[f64]) -> Result<(Vec<f32>, Vec<f32>), Error> {
        match self {
            Self::Direct(network) => {
                let single: Vec<f32> = states.iter().map(|value| *value as f32).collect();
                Ok(network.energy_and_field(&single))
            }
            #[cfg(not(feature = "first"))]
            Self::Tensors(network) => {
                let x = tensor(states, network.dimension(), &network.device());
                let (energy, field) = network.energy_and_field(x);
                let field = read(field).await?;
                let energy = match energy {
                    Some(energy) => read(energy).await?,
                    None => Vec::new(),
                };
                Ok((energy, field))
            }
        }
    }
}
