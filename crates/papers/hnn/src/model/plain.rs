//! A network's weights as plain f64 numbers: one state at a time without the overhead of tensors, and with the
//! precision that long rollouts need.

use math::vector::{add_scaled, dot, tanh_all};

#[cfg(not(target_arch = "wasm32"))]
use super::Dynamics;
use super::{Kind, Shape, engine_error};
use demo::Error;

/// The same network as a [`Dynamics`], for the right-hand side of an integrator.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    kind: Kind,
    layers: Vec<Layer>,
}

#[derive(Clone, Debug, PartialEq)]
struct Layer {
    inputs: usize,
    outputs: usize,
    /// `[inputs, outputs]`, row-major.
    weight: Vec<f64>,
    bias: Option<Vec<f64>>,
}

impl Layer {
    /// x W + b
    fn forward(&self, x: &[f64]) -> Vec<f64> {
        let mut out = self.bias.clone().unwrap_or_else(|| vec![0.0; self.outputs]);
        for (value, row) in x.iter().zip(self.weight.chunks_exact(self.outputs)) {
            add_scaled(&mut out, *value, row);
        }
        out
    }

    /// W e
    fn backward(&self, e: &[f64]) -> Vec<f64> {
        self.weight.chunks_exact(self.outputs).take(self.inputs).map(|row| dot(row, e)).collect()
    }
}

impl Plain {
    /// The weights of an ONNX file.
    ///
    /// # Errors
    /// [`Error::BadModel`] unless the file holds exactly the weights of such a network, all finite.
    pub fn load(kind: Kind, bytes: &[u8]) -> Result<Self, Error> {
        let (shape, parameters) = Shape::read(kind, bytes)?;
        Self::with_parameters(shape, &parameters).map_err(engine_error)
    }

    /// Reads the weights of `model` from its device.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn from(model: &Dynamics) -> Result<Self, Error> {
        let parameters = nn::parameters(model).await.map_err(engine_error)?;
        Self::with_parameters(model.shape(), &parameters).map_err(engine_error)
    }

    /// A network of this shape with these parameters, in the order of [`nn::parameters`].
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many.
    pub fn with_parameters(shape: Shape, parameters: &[f32]) -> Result<Self, nn::Error> {
        shape.check(parameters)?;
        let mut numbers = parameters.iter().map(|number| f64::from(*number));
        let mut next = |count: usize| numbers.by_ref().take(count).collect::<Vec<_>>();
        let layer = |(inputs, outputs, bias): (usize, usize, bool)| {
            let weight = next(inputs * outputs);
            let bias = bias.then(|| next(outputs));
            Layer { inputs, outputs, weight, bias }
        };
        Ok(Self { kind: shape.kind, layers: shape.layers().map(layer).into() })
    }

    /// Its parameters, in the order of [`nn::parameters`].
    pub fn parameters(&self) -> Vec<f32> {
        let numbers = self.layers.iter().flat_map(|layer| layer.weight.iter().chain(layer.bias.iter().flatten()));
        numbers.map(|number| *number as f32).collect()
    }

    /// Numbers per state.
    pub fn dimension(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.inputs)
    }

    /// dx/dt of some states, `[n, d]`, one after the other.
    pub fn fields(&self, states: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; states.len()];
        let width = self.dimension().max(1);
        states.chunks_exact(width).zip(out.chunks_exact_mut(width)).for_each(|(state, out)| self.field(state, out));
        out
    }

    /// dx/dt of one state, into `out`; both have [`Self::dimension`] numbers.
    pub fn field(&self, state: &[f64], out: &mut [f64]) {
        match self.kind {
            Kind::Baseline => out.copy_from_slice(&self.output(state)),
            Kind::Hnn => {
                let gradient = self.gradient(state);
                let half = gradient.len() / 2;
                out[..half].copy_from_slice(&gradient[half..]);
                out[half..].iter_mut().zip(&gradient).for_each(|(out, by_q)| *out = -by_q);
            }
        }
    }

    /// The learned H of one state; not a number for the baseline, which has none.
    pub fn energy(&self, state: &[f64]) -> f64 {
        if self.kind == Kind::Hnn { self.output(state)[0] } else { f64::NAN }
    }

    /// dH/dx of one state, for following the ordinary gradient of H; of the first output for the baseline.
    pub fn gradient(&self, state: &[f64]) -> Vec<f64> {
        let hidden = self.hidden(state);
        let Some((last, inner)) = self.layers.split_last() else { return Vec::new() };
        let mut g: Vec<f64> = last.weight.chunks_exact(last.outputs).map(|row| row[0]).collect();
        for (layer, h) in inner.iter().zip(&hidden).rev() {
            g.iter_mut().zip(h).for_each(|(g, h)| *g *= 1.0 - h * h);
            g = layer.backward(&g);
        }
        g
    }

    fn output(&self, state: &[f64]) -> Vec<f64> {
        let hidden = self.hidden(state);
        let input = hidden.last().map_or(state, Vec::as_slice);
        self.layers.last().map_or_else(Vec::new, |last| last.forward(input))
    }

    /// The hidden layers' activations, in order.
    fn hidden(&self, state: &[f64]) -> Vec<Vec<f64>> {
        let mut hidden: Vec<Vec<f64>> = Vec::new();
        for layer in self.layers.iter().take(self.layers.len().saturating_sub(1)) {
            let mut h = layer.forward(hidden.last().map_or(state, Vec::as_slice));
            tanh_all(&mut h);
            hidden.push(h);
        }
        hidden
    }
}
