//! Parameters as PyTorch names, shapes and draws them: for first weights and for files.

use math::ops::sqrt;
use math::random::Mt19937;

use super::layer::{Conv, Dense, Layer};
use super::network::Network;

/// A tensor of a network under its name in a file, such as `conv1.weight`.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Layer and role.
    pub name: String,
    /// As in PyTorch.
    pub shape: Vec<usize>,
    /// Row after row.
    pub values: Vec<f32>,
}

/// Why tensors are not those of a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TensorError {
    /// One is missing.
    #[error("the tensor {0} is missing")]
    Missing(String),
    /// One has another shape.
    #[error("the tensor {name} has the shape {found:?}; {expected:?} is needed")]
    Shape {
        /// Which.
        name: String,
        /// What the network has.
        expected: Vec<usize>,
        /// What came.
        found: Vec<usize>,
    },
    /// One holds something that is not a number.
    #[error("the tensor {0} holds something that is not a finite number")]
    NotFinite(String),
}

impl Network {
    /// The parameters, named and shaped as PyTorch's modules of the same layers would have them.
    pub fn tensors(&self) -> Vec<NamedTensor> {
        let mut rest = self.parameters.as_slice();
        let mut tensors = Vec::new();
        for (layer_name, layer) in self.layers() {
            for part in parts(layer) {
                let (own, after) = rest.split_at(part.count());
                let values = (0..own.len()).map(|at| own[part.order.place(at)]).collect();
                tensors.push(NamedTensor { name: format!("{layer_name}.{}", part.role), shape: part.shape, values });
                rest = after;
            }
        }
        tensors
    }

    /// Takes over the parameters from tensors of these names; `find` gives shape and values of one.
    ///
    /// # Errors
    /// When one is missing, has another shape or holds NaN; the network is then unchanged.
    pub fn load(&mut self, find: impl Fn(&str) -> Option<(Vec<usize>, Vec<f32>)>) -> Result<(), TensorError> {
        let mut parameters = Vec::with_capacity(self.parameters.len());
        for (layer_name, layer) in self.layers() {
            for part in parts(layer) {
                let name = format!("{layer_name}.{}", part.role);
                let (shape, values) = find(&name).ok_or_else(|| TensorError::Missing(name.clone()))?;
                if shape != part.shape || values.len() != part.count() {
                    return Err(TensorError::Shape { name, expected: part.shape, found: shape });
                }
                if values.iter().any(|value| !value.is_finite()) {
                    return Err(TensorError::NotFinite(name));
                }
                part.append(&mut parameters, |at| values[at]);
            }
        }
        self.parameters = parameters;
        Ok(())
    }
}

/// First weights for these layers: PyTorch's `reset_parameters`, uniform in +-1 / sqrt(inputs of a sum), for a GRU
/// +-1 / sqrt(hidden).
pub(super) fn draw(layers: &[(&'static str, Layer)], random: &mut Mt19937) -> Vec<f32> {
    let mut parameters = Vec::new();
    for part in layers.iter().flat_map(|(_, layer)| parts(layer)) {
        let values: Vec<f32> = (0..part.count()).map(|_| uniform(part.bound, random)).collect();
        part.append(&mut parameters, |at| values[at]);
    }
    parameters
}

/// PyTorch's `uniform_` in 32 bits: the lowest 24 bits of a word of the generator.
fn uniform(bound: f32, random: &mut Mt19937) -> f32 {
    const SCALE: f32 = 1.0 / 16_777_216.0;
    (random.next_u32() & 0x00ff_ffff) as f32 * SCALE * (bound - -bound) - bound
}

/// One tensor of a layer.
struct Part {
    role: &'static str,
    shape: Vec<usize>,
    bound: f32,
    order: Order,
}

impl Part {
    fn new(role: &'static str, shape: Vec<usize>, fan_in: usize) -> Self {
        Self { role, shape, bound: (1.0 / sqrt(fan_in as f64)) as f32, order: Order::Same }
    }

    fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Appends its values, given in PyTorch's order, in ours.
    fn append(&self, parameters: &mut Vec<f32>, value: impl Fn(usize) -> f32) {
        let begin = parameters.len();
        parameters.resize(begin + self.count(), 0.0);
        for at in 0..self.count() {
            parameters[begin + self.order.place(at)] = value(at);
        }
    }
}

/// How our order of a tensor differs from PyTorch's: of three axes, the last two change places.
#[derive(Clone, Copy)]
enum Order {
    Same,
    Swapped { middle: usize, last: usize },
}

impl Order {
    /// Our place of the element that PyTorch has at `at`.
    fn place(self, at: usize) -> usize {
        match self {
            Self::Same => at,
            Self::Swapped { middle, last } => {
                let (first, middle_at, last_at) = (at / (middle * last), at / last % middle, at % last);
                (first * last + last_at) * middle + middle_at
            }
        }
    }
}

fn parts(layer: &Layer) -> Vec<Part> {
    match layer {
        Layer::Dense(Dense { inputs, outputs, flattens: [positions, channels], .. }) => {
            let weight = Part::new("weight", vec![*outputs, *inputs], *inputs);
            let order = Order::Swapped { middle: *channels, last: *positions };
            vec![Part { order, ..weight }, Part::new("bias", vec![*outputs], *inputs)]
        }
        Layer::Conv(Conv { inputs, outputs, kernel, .. }) => {
            let weight = Part::new("weight", vec![*outputs, *inputs, *kernel], inputs * kernel);
            let order = Order::Swapped { middle: *inputs, last: *kernel };
            vec![Part { order, ..weight }, Part::new("bias", vec![*outputs], inputs * kernel)]
        }
        Layer::Pool(_) => Vec::new(),
        Layer::Gru(gru) => {
            let gates = 3 * gru.hidden;
            let part = |role, columns: Option<usize>| {
                let shape = [gates].into_iter().chain(columns).collect();
                Part::new(role, shape, gru.hidden)
            };
            vec![
                part("weight_ih_l0", Some(gru.inputs)),
                part("weight_hh_l0", Some(gru.hidden)),
                part("bias_ih_l0", None),
                part("bias_hh_l0", None),
                part("weight_ih_l0_reverse", Some(gru.inputs)),
                part("weight_hh_l0_reverse", Some(gru.hidden)),
                part("bias_ih_l0_reverse", None),
                part("bias_hh_l0_reverse", None),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    type Found = Option<(Vec<usize>, Vec<f32>)>;

    #[test]
    fn uniform_numbers_are_pytorchs() {
        // torch.manual_seed(0); torch.rand(2)
        let mut random = Mt19937::new(0);
        let unit: Vec<f32> = (0..2).map(|_| 0.5 * (uniform(1.0, &mut random) + 1.0)).collect();
        assert!((unit[0] - 0.496_257).abs() < 1e-6 && (unit[1] - 0.768_222).abs() < 1e-6, "{unit:?}");
    }

    #[test]
    fn tensors_are_taken_back_and_strange_ones_refused() {
        for kind in Kind::ALL {
            let network = kind.network().initialised(&mut Mt19937::new(3));
            let tensors = network.tensors();
            let find = |name: &str| {
                tensors
                    .iter()
                    .find(|tensor| tensor.name == name)
                    .map(|tensor| (tensor.shape.clone(), tensor.values.clone()))
            };
            let mut other = kind.network();
            other.load(find).unwrap();
            assert_eq!(other, network);
            let first = &tensors[0].name;
            let refusal = |find: &dyn Fn(&str) -> Found| {
                let mut unchanged = network.clone();
                let error = unchanged.load(find).unwrap_err();
                assert_eq!(unchanged, network);
                error
            };
            assert_eq!(refusal(&|name| find(name).filter(|_| name != first)), TensorError::Missing(first.clone()));
            let turned = refusal(&|name| find(name).map(|(shape, values)| (shape.into_iter().rev().collect(), values)));
            assert!(matches!(turned, TensorError::Shape { .. }), "{turned}");
            let poisoned = refusal(&|name| find(name).map(|(shape, values)| (shape, vec![f32::NAN; values.len()])));
            assert_eq!(poisoned, TensorError::NotFinite(first.clone()));
        }
    }

    #[test]
    fn weights_keep_their_meaning_in_pytorchs_order() {
        let network = Kind::Cnn.network().initialised(&mut Mt19937::new(3));
        let tensors = network.tensors();
        let conv2 = tensors.iter().find(|tensor| tensor.name == "conv2.weight").unwrap();
        assert_eq!(conv2.shape, [25, 25, 3]);
        let own = &network.parameters[network.range(1)];
        // Output 4, input 7, tap 2.
        assert_eq!(conv2.values[(4 * 25 + 7) * 3 + 2], own[(4 * 3 + 2) * 25 + 7]);
        let linear = tensors.iter().find(|tensor| tensor.name == "linear.weight").unwrap();
        let own = &network.parameters[network.range(3)];
        // Class 6, channel 11, position 3.
        assert_eq!(linear.values[6 * 125 + 11 * 5 + 3], own[6 * 125 + 3 * 25 + 11]);
    }
}
