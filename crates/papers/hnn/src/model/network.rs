//! A network that a figure asks, on whichever engine it lies.

use demo::{Engine, Error};

#[cfg(feature = "webgpu")]
use super::Remote;
use super::{Direct, Kind, Plain, Shape, engine_error};
#[cfg(not(target_arch = "wasm32"))]
use super::{Dynamics, read, tensor};

/// The same network on the engines.
#[derive(Clone, Debug)]
pub enum Network {
    /// Computed at once, by the processor.
    Direct(Box<Direct>),
    /// Computed by our kernels on WebGPU.
    #[cfg(feature = "webgpu")]
    Remote(Box<Remote>),
    /// Computed by burn, on whatever device the weights lie.
    #[cfg(not(target_arch = "wasm32"))]
    Tensors(Box<Dynamics>),
}

impl Network {
    /// The weights of an ONNX file, on the device of `engine`.
    ///
    /// # Errors
    /// [`Error::BadModel`] unless the file holds exactly the weights of such a network, all finite.
    pub fn load(kind: Kind, bytes: &[u8], engine: Engine) -> Result<Self, Error> {
        let (shape, parameters) = Shape::read(kind, bytes)?;
        Self::new(shape, parameters, engine).map_err(engine_error)
    }

    /// A network of this shape with these parameters, on the device of `engine`.
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many.
    #[cfg_attr(not(feature = "webgpu"), expect(unused_variables, reason = "every engine is the CPU there"))]
    pub fn new(shape: Shape, parameters: Vec<f32>, engine: Engine) -> Result<Self, nn::Error> {
        shape.check(&parameters)?;
        #[cfg(feature = "webgpu")]
        if let (Engine::WebGpu, Some(remote)) = (engine, Remote::new(shape, &parameters)?) {
            return Ok(Self::Remote(Box::new(remote)));
        }
        Ok(Self::Direct(Box::new(Direct::of(shape, parameters))))
    }

    /// Its sizes.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Direct(network) => network.shape(),
            #[cfg(feature = "webgpu")]
            Self::Remote(network) => network.shape(),
            #[cfg(not(target_arch = "wasm32"))]
            Self::Tensors(network) => network.shape(),
        }
    }

    /// Its parameters, in the order of [`nn::parameters`].
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg_attr(
        all(target_arch = "wasm32", not(feature = "webgpu")),
        expect(clippy::unused_async, reason = "other engines have to wait")
    )]
    pub async fn parameters(&self) -> Result<Vec<f32>, Error> {
        match self {
            Self::Direct(network) => Ok(network.parameters().to_vec()),
            #[cfg(feature = "webgpu")]
            Self::Remote(network) => network.parameters().await,
            #[cfg(not(target_arch = "wasm32"))]
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
            #[cfg(feature = "webgpu")]
            Self::Remote(network) => network.set_parameters(parameters),
            #[cfg(not(target_arch = "wasm32"))]
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
    #[cfg_attr(
        all(target_arch = "wasm32", not(feature = "webgpu")),
        expect(clippy::unused_async, reason = "other engines have to wait")
    )]
    pub async fn energy_and_field(&mut self, states: &[f64]) -> Result<(Vec<f32>, Vec<f32>), Error> {
        let single = || -> Vec<f32> { states.iter().map(|value| *value as f32).collect() };
        match self {
            Self::Direct(network) => Ok(network.energy_and_field(&single())),
            #[cfg(feature = "webgpu")]
            Self::Remote(network) => network.energy_and_field(&single()).await,
            #[cfg(not(target_arch = "wasm32"))]
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

    /// dx/dt of each state.
    ///
    /// # Shapes
    /// - `states` and result: `[n, d]`
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn field(&mut self, states: &[f64]) -> Result<Vec<f64>, Error> {
        let (_, field) = self.energy_and_field(states).await?;
        Ok(field.into_iter().map(f64::from).collect())
    }

    /// Each state one step of Runge-Kutta's order 4 later, and dx/dt where it began.
    ///
    /// # Shapes
    /// - `states` and both results: `[n, d]`
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn rk4_step(&mut self, states: &[f64], dt_secs: f64) -> Result<(Vec<f64>, Vec<f64>), Error> {
        let along = |slope: &[f64], dt: f64| -> Vec<f64> {
            states.iter().zip(slope).map(|(state, slope)| state + dt * slope).collect()
        };
        #[cfg(feature = "webgpu")]
        if let Self::Remote(network) = self {
            let single: Vec<f32> = states.iter().map(|value| *value as f32).collect();
            let slopes = network.rk4_slopes(&single, dt_secs as f32).await?;
            let [slope, mean] = slopes.map(|values| values.into_iter().map(f64::from).collect::<Vec<_>>());
            return Ok((along(&mean, dt_secs), slope));
        }
        let k1 = self.field(states).await?;
        let k2 = self.field(&along(&k1, dt_secs / 2.0)).await?;
        let k3 = self.field(&along(&k2, dt_secs / 2.0)).await?;
        let k4 = self.field(&along(&k3, dt_secs)).await?;
        let mean = |at: usize| (k1[at] + 2.0 * (k2[at] + k3[at]) + k4[at]) / 6.0;
        let next = along(&(0..k1.len()).map(mean).collect::<Vec<_>>(), dt_secs);
        Ok((next, k1))
    }
}
