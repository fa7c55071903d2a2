//! The networks of burn's tensors, natively: for training on burn's other devices, for export, and as what the networks without
//! tensors are held to.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use demo::Error;
use math::random::Mt19937;
use nn::Mlp;

use super::{Kind, Shape, engine_error};

/// A network that gives dx/dt.
#[derive(Module, Debug)]
pub struct Dynamics {
    /// d -> hidden -> hidden -> 1 (H) or d (dx/dt), tanh between, no bias at the end.
    pub net: Mlp,
    #[module(skip)]
    kind: Kind,
}

impl Dynamics {
    /// Freshly drawn weights for states of `dimension` numbers.
    pub fn new(kind: Kind, dimension: usize, hidden: usize, random: &mut Mt19937, device: &Device) -> Self {
        let sizes = [dimension, hidden, hidden, Shape { kind, dimension, hidden }.outputs()];
        Self { net: Mlp::new(&sizes, false, random, device), kind }
    }

    /// A network of this shape with these parameters, in the order of [`nn::parameters`].
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many.
    pub fn with_parameters(shape: Shape, parameters: &[f32], device: &Device) -> Result<Self, nn::Error> {
        nn::with_parameters(Self::zeros(shape, device), parameters)
    }

    fn zeros(shape: Shape, device: &Device) -> Self {
        let sizes = [shape.dimension, shape.hidden, shape.hidden, shape.outputs()];
        Self { net: Mlp::zeros(&sizes, false, device), kind: shape.kind }
    }

    /// The weights of an ONNX file; dimension and width are the file's.
    ///
    /// # Errors
    /// [`Error::BadModel`] unless the file holds exactly the weights of such a network, all finite.
    pub fn load(kind: Kind, bytes: &[u8], device: &Device) -> Result<Self, Error> {
        let (shape, parameters) = Shape::read(kind, bytes)?;
        Self::with_parameters(shape, &parameters, device).map_err(engine_error)
    }

    /// HNN or baseline.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its sizes.
    pub fn shape(&self) -> Shape {
        let [dimension, hidden] = self.net.layers[0].weight.val().dims();
        Shape { kind: self.kind, dimension, hidden }
    }

    /// Numbers per state.
    pub fn dimension(&self) -> usize {
        self.net.layers[0].weight.val().dims()[0]
    }

    /// The device of the weights.
    pub fn device(&self) -> Device {
        self.net.layers[0].weight.val().device()
    }

    /// dx/dt.
    ///
    /// # Shapes
    /// - `x` and result: `[N, d]`
    pub fn field(&self, x: Tensor<2>) -> Tensor<2> {
        match self.kind {
            Kind::Hnn => symplectic(self.net.value_and_input_gradient(x).1),
            Kind::Baseline => self.net.forward(x),
        }
    }

    /// The learned H, where there is one.
    ///
    /// # Shapes
    /// - `x`: `[N, d]`
    /// - result: `[N, 1]`
    pub fn energy(&self, x: Tensor<2>) -> Option<Tensor<2>> {
        (self.kind == Kind::Hnn).then(|| self.net.forward(x))
    }

    /// The learned H, where there is one, and dx/dt, in one pass.
    ///
    /// # Shapes
    /// - `x`: `[N, d]`
    /// - result: `[N, 1]` and `[N, d]`
    pub fn energy_and_field(&self, x: Tensor<2>) -> (Option<Tensor<2>>, Tensor<2>) {
        match self.kind {
            Kind::Hnn => {
                let (energy, gradient) = self.net.value_and_input_gradient(x);
                (Some(energy), symplectic(gradient))
            }
            Kind::Baseline => (None, self.net.forward(x)),
        }
    }

    /// dx/dt of `rows` states, row-major, read back from the device.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails, [`Error::Numerical`] when `states` is not rows of d numbers.
    pub async fn field_batch(&self, states: &[f64], rows: usize) -> Result<Vec<f64>, Error> {
        let dimension = self.dimension();
        if states.len() != rows * dimension {
            return Err(Error::Numerical(format!(
                "{rows} states of {dimension} numbers are needed, not {}.",
                states.len()
            )));
        }
        let field = self.field(tensor(states, dimension, &self.device()));
        let values = read(field).await?;
        Ok(values.into_iter().map(f64::from).collect())
    }
}

/// (dH/dp, -dH/dq) of (dH/dq, dH/dp).
fn symplectic(gradient: Tensor<2>) -> Tensor<2> {
    let [_, dimension] = gradient.dims();
    let half = dimension / 2;
    let by_q = gradient.clone().narrow(1, 0, half);
    let by_p = gradient.narrow(1, half, half);
    Tensor::cat(vec![by_p, -by_q], 1)
}

/// Rows of `columns` numbers as a tensor `[N, columns]` of 32-bit floats.
pub fn tensor(values: &[f64], columns: usize, device: &Device) -> Tensor<2> {
    let single: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    Tensor::from_data(TensorData::new(single, [values.len() / columns.max(1), columns]), device)
}

/// The numbers of a tensor, read without blocking.
///
/// # Errors
/// [`Error::Engine`] when the device fails.
pub(crate) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    nn::read(tensor).await.map_err(engine_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{HIDDEN, Plain};
    use futures_lite::future::block_on;

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        block_on(nn::read(tensor)).unwrap()
    }

    fn states(rows: usize, dimension: usize) -> Vec<f64> {
        let mut random = Mt19937::new(9);
        (0..rows * dimension).map(|_| random.uniform(-1.0, 1.0)).collect()
    }

    #[test]
    fn shapes_and_parameter_counts_are_the_papers() {
        let device = Device::flex();
        let counts =
            [(Kind::Hnn, 2, 41_000), (Kind::Baseline, 2, 41_200), (Kind::Hnn, 8, 42_200), (Kind::Baseline, 8, 43_600)];
        for (kind, dimension, expected) in counts {
            let model = Dynamics::new(kind, dimension, HIDDEN, &mut Mt19937::new(0), &device);
            assert_eq!(model.num_params(), expected);
            assert_eq!(model.dimension(), dimension);
            let x = tensor(&states(5, dimension), dimension, &device);
            assert_eq!(model.field(x.clone()).dims(), [5, dimension]);
            assert_eq!(model.energy(x).map(|energy| energy.dims()), (kind == Kind::Hnn).then_some([5, 1]));
        }
    }

    #[test]
    fn hnn_field_is_the_symplectic_gradient() {
        let model = Dynamics::new(Kind::Hnn, 4, 30, &mut Mt19937::new(1), &Device::flex());
        let x = states(6, 4);
        let plain = block_on(Plain::from(&model)).unwrap();
        let field = values(model.field(tensor(&x, 4, &Device::flex())));
        let slope = |state: &[f64], axis: usize| {
            let shifted = |by: f64| {
                let mut state = state.to_vec();
                state[axis] += by;
                plain.energy(&state)
            };
            (shifted(1e-5) - shifted(-1e-5)) / 2e-5
        };
        for (row, state) in x.chunks(4).enumerate() {
            let expected = [slope(state, 2), slope(state, 3), -slope(state, 0), -slope(state, 1)];
            for (component, expected) in expected.iter().enumerate() {
                assert!((f64::from(field[row * 4 + component]) - expected).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn energy_and_field_agree_with_their_single_passes() {
        let device = Device::flex();
        for kind in [Kind::Hnn, Kind::Baseline] {
            let model = Dynamics::new(kind, 2, 20, &mut Mt19937::new(1), &device);
            let x = tensor(&states(6, 2), 2, &device);
            let (energy, field) = model.energy_and_field(x.clone());
            assert_eq!(values(field), values(model.field(x.clone())));
            assert_eq!(energy.map(values), model.energy(x).map(values));
        }
    }

    #[test]
    fn plain_is_the_same_network() {
        for (kind, dimension) in [(Kind::Hnn, 2), (Kind::Baseline, 2), (Kind::Hnn, 12), (Kind::Baseline, 12)] {
            let model = Dynamics::new(kind, dimension, HIDDEN, &mut Mt19937::new(2), &Device::flex());
            let plain = block_on(Plain::from(&model)).unwrap();
            let x = states(50, dimension);
            let by_tensors = block_on(model.field_batch(&x, 50)).unwrap();
            let energies = model.energy(tensor(&x, dimension, &Device::flex())).map(values);
            let mut field = vec![0.0; dimension];
            for (row, state) in x.chunks(dimension).enumerate() {
                plain.field(state, &mut field);
                for (ours, theirs) in field.iter().zip(&by_tensors[row * dimension..]) {
                    assert!((ours - theirs).abs() < 1e-5 * (1.0 + theirs.abs()), "{ours} against {theirs}");
                }
                if let Some(energies) = &energies {
                    assert!((plain.energy(state) - f64::from(energies[row])).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn ragged_states_and_foreign_files_are_refused() {
        let model = Dynamics::new(Kind::Hnn, 2, 20, &mut Mt19937::new(1), &Device::flex());
        assert!(block_on(model.field_batch(&[1.0, 2.0, 3.0], 2)).is_err());
        let error = Dynamics::load(Kind::Hnn, b"", &Device::flex()).unwrap_err();
        assert!(error.to_string().starts_with("The model “hnn” cannot be used"), "{error}");
    }
}
