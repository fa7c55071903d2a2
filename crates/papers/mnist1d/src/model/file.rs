//! Networks as ONNX files `x [batch, 40] -> logits [batch, 10]`, out and in. Weights have the names, shapes and order of
//! PyTorch's modules, those of a GRU the form of ONNX's operator.

use onnx::{Attribute, Builder, File};

use super::gru::Gru;
use super::layer::{Activation, Conv, Layer, Pool, Pooling};
use super::network::Network;
use super::tensors::{NamedTensor, TensorError};

/// Why a network is not made from a file, or a file from a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FileError {
    /// The file is not ONNX, or a weight is not finite.
    #[error(transparent)]
    Onnx(#[from] onnx::Error),
    /// Its weights are not those of the network.
    #[error(transparent)]
    Tensors(#[from] TensorError),
}

/// The input of the files.
pub const INPUT: &str = "x";
/// The output of the files.
pub const OUTPUT: &str = "logits";

impl Network {
    /// The network as an ONNX file with these pairs of metadata.
    ///
    /// # Errors
    /// When a weight is not finite.
    pub fn to_onnx(&self, metadata: &[(&str, &str)]) -> Result<Vec<u8>, FileError> {
        let mut graph = Graph { builder: Builder::new(), value: INPUT.into(), rank: Rank::Rows };
        graph.builder.input(INPUT, &[self.inputs()]);
        let tensors = self.tensors();
        for (index, (name, layer)) in self.layers().iter().enumerate() {
            let own: Vec<&NamedTensor> = tensors.iter().filter(|tensor| belongs(tensor, name)).collect();
            graph.layer(name, layer, &own, index + 1 == self.layers().len());
        }
        graph.builder.output(OUTPUT, &[self.outputs()]);
        for (key, value) in metadata {
            graph.builder.metadata(key, value);
        }
        Ok(graph.builder.finish()?)
    }

    /// Takes over the weights of a file that [`Network::to_onnx`] wrote for the same layers.
    ///
    /// # Errors
    /// When it is no such file; the network is then unchanged.
    pub fn load_onnx(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let file = File::parse(bytes)?;
        let mut tensors: Vec<NamedTensor> = Vec::new();
        for initializer in file.initializers().iter().filter(|initializer| initializer.is_float()) {
            let (name, shape) = (initializer.name().to_owned(), initializer.shape().to_vec());
            tensors.push(NamedTensor { name, shape, values: initializer.floats()? });
        }
        for (name, layer) in self.layers() {
            if let Layer::Gru(gru) = layer {
                tensors.extend(gru.torch_tensors(name, &tensors)?);
            }
        }
        let find = |name: &str| {
            let tensor = tensors.iter().find(|tensor| tensor.name == name)?;
            Some((tensor.shape.clone(), tensor.values.clone()))
        };
        Ok(self.load(find)?)
    }
}

fn belongs(tensor: &NamedTensor, layer: &str) -> bool {
    tensor.name.split_once('.').is_some_and(|(owner, _)| owner == layer)
}

/// What the axes of the current value are.
#[derive(Clone, Copy, PartialEq)]
enum Rank {
    /// `[batch, numbers]`
    Rows,
    /// `[batch, channels, positions]`
    Signal,
}

/// A graph with the value that the next layer takes.
struct Graph {
    builder: Builder,
    value: String,
    rank: Rank,
}

impl Graph {
    fn step(&mut self, operator: &str, more: &[&str], output: String, attributes: &[(&str, Attribute<'_>)]) {
        let inputs: Vec<&str> = std::iter::once(self.value.as_str()).chain(more.iter().copied()).collect();
        self.builder.node(operator, &inputs, &output, attributes);
        self.value = output;
    }

    fn layer(&mut self, name: &str, layer: &Layer, tensors: &[&NamedTensor], last: bool) {
        let end = |step: &str| if last { OUTPUT.to_owned() } else { format!("{name}/{step}") };
        if !matches!(layer, Layer::Gru(_)) {
            for tensor in tensors {
                self.builder.weight(&tensor.name, &tensor.shape, &tensor.values);
            }
        }
        match layer {
            Layer::Dense(dense) => {
                self.flatten(name);
                let input = self.value.clone();
                let [weight, bias] = [format!("{name}.weight"), format!("{name}.bias")];
                let ends = dense.activation == Activation::None && !dense.skip;
                let output = if ends { end("sum") } else { format!("{name}/sum") };
                self.step("Gemm", &[&weight, &bias], output, &[("transB", Attribute::Integer(1))]);
                self.activation(name, dense.activation);
                if dense.skip {
                    self.step("Add", &[&input], end("skip"), &[]);
                }
            }
            Layer::Conv(conv) => self.conv(name, conv),
            Layer::Pool(pool) => self.pool(name, pool),
            Layer::Gru(gru) => self.gru(name, gru, tensors),
        }
    }

    fn flatten(&mut self, name: &str) {
        if self.rank == Rank::Signal {
            self.step("Flatten", &[], format!("{name}/flat"), &[("axis", Attribute::Integer(1))]);
            self.rank = Rank::Rows;
        }
    }

    fn activation(&mut self, name: &str, activation: Activation) {
        match activation {
            Activation::None => {}
            Activation::Relu => self.step("Relu", &[], format!("{name}/relu"), &[]),
            Activation::Tanh => self.step("Tanh", &[], format!("{name}/tanh"), &[]),
        }
    }

    fn conv(&mut self, name: &str, conv: &Conv) {
        if self.rank == Rank::Rows {
            let axes = format!("{name}/axis");
            self.builder.integers(&axes, &[1]);
            self.step("Unsqueeze", &[&axes], format!("{name}/signal"), &[]);
            self.rank = Rank::Signal;
        }
        let padding = conv.padding as i64;
        let attributes = [
            ("kernel_shape", Attribute::Integers(&[conv.kernel as i64])),
            ("strides", Attribute::Integers(&[conv.stride as i64])),
            ("pads", Attribute::Integers(&[padding, padding])),
        ];
        let [weight, bias] = [format!("{name}.weight"), format!("{name}.bias")];
        self.step("Conv", &[&weight, &bias], format!("{name}/sum"), &attributes);
        self.activation(name, conv.activation);
    }

    fn pool(&mut self, name: &str, pool: &Pool) {
        let operator = match pool.kind {
            Pooling::Max => "MaxPool",
            Pooling::Average => "AveragePool",
            Pooling::L2 => "LpPool",
        };
        let attributes = [("kernel_shape", Attribute::Integers(&[2])), ("strides", Attribute::Integers(&[2]))];
        self.step(operator, &[], format!("{name}/pooled"), &attributes);
    }

    /// ONNX reads positions first: `[positions, batch, channels] -> [positions, readers, batch, hidden]`.
    ///
    /// The signal goes in twice, the second time with weights of zero: tract 0.23.9 stops over a batch of sequences of one
    /// channel, whose product with W comes out column by column there. The first state, zero, is made from the rows for the
    /// same engine's sake, which must know the batch to make it by itself.
    fn gru(&mut self, name: &str, gru: &Gru, tensors: &[&NamedTensor]) {
        for tensor in gru.onnx_tensors(name, tensors) {
            self.builder.weight(&tensor.name, &tensor.shape, &tensor.values);
        }
        let axes = format!("{name}/axis");
        self.builder.integers(&axes, &[2]);
        let start = self.first_state(name, gru);
        self.step("Transpose", &[], format!("{name}/turned"), &[("perm", Attribute::Integers(&[1, 0]))]);
        self.step("Unsqueeze", &[&axes], format!("{name}/sequence"), &[]);
        let [sequence, wide, zeros] = [self.value.clone(), format!("{name}/wide"), format!("{name}/zeros")];
        let shape = [2, 3 * gru.hidden, gru.inputs];
        self.builder.weight(&zeros, &shape, &vec![0.0; shape.iter().product()]);
        let last_axis = [("axis", Attribute::Integer(2))];
        self.step("Concat", &[&sequence], format!("{name}/twice"), &last_axis);
        self.builder.node("Concat", &[&format!("{name}.W"), &zeros], &wide, &last_axis);
        let attributes = [
            ("direction", Attribute::Text("bidirectional")),
            ("hidden_size", Attribute::Integer(gru.hidden as i64)),
            ("linear_before_reset", Attribute::Integer(1)),
        ];
        let [r, b] = ["R", "B"].map(|role| format!("{name}.{role}"));
        self.step("GRU", &[&wide, &r, &b, "", &start], format!("{name}/states"), &attributes);
        let order = Attribute::Integers(&[2, 0, 1, 3]);
        self.step("Transpose", &[], format!("{name}/rows"), &[("perm", order)]);
        self.rank = Rank::Signal;
    }

    /// `[2, batch, hidden]` zeros: the first columns of the rows, times zero, twice.
    fn first_state(&mut self, name: &str, gru: &Gru) -> String {
        let part = |part: &str| format!("{name}/start/{part}");
        let [begin, end, axis, nothing] = ["begin", "end", "axis", "zero"].map(part);
        let [columns, zeros, reader, both] = ["columns", "zeros", "reader", "both"].map(part);
        self.builder.integers(&begin, &[0]);
        self.builder.integers(&end, &[gru.hidden as i64]);
        self.builder.integers(&axis, &[1]);
        let outermost = part("outermost");
        self.builder.integers(&outermost, &[0]);
        self.builder.weight(&nothing, &[1], &[0.0]);
        self.builder.node("Slice", &[&self.value, &begin, &end, &axis], &columns, &[]);
        self.builder.node("Mul", &[&columns, &nothing], &zeros, &[]);
        self.builder.node("Unsqueeze", &[&zeros, &outermost], &reader, &[]);
        self.builder.node("Concat", &[&reader, &reader], &both, &[("axis", Attribute::Integer(0))]);
        both
    }
}

/// PyTorch has the gates in the order r, z, m; ONNX has z, r, m.
const GATES: [usize; 3] = [1, 0, 2];
/// The readers, by what PyTorch appends to the names of their tensors.
const READERS: [&str; 2] = ["", "_reverse"];

impl Gru {
    /// W `[2, 3 hidden, inputs]`, R `[2, 3 hidden, hidden]` and B `[2, 6 hidden]` from PyTorch's eight tensors.
    fn onnx_tensors(self, name: &str, tensors: &[&NamedTensor]) -> Vec<NamedTensor> {
        let of = |role: &str, reader: &str| {
            let name = format!("{name}.{role}_l0{reader}");
            let tensor = tensors.iter().find(|tensor| tensor.name == name);
            tensor.map(|tensor| reordered(&tensor.values)).unwrap_or_default()
        };
        let gather = |roles: &[&str]| -> Vec<f32> {
            READERS.iter().flat_map(|reader| roles.iter().flat_map(|role| of(role, reader))).collect()
        };
        let gates = 3 * self.hidden;
        let tensor =
            |role: &str, shape: Vec<usize>, values| NamedTensor { name: format!("{name}.{role}"), shape, values };
        vec![
            tensor("W", vec![2, gates, self.inputs], gather(&["weight_ih"])),
            tensor("R", vec![2, gates, self.hidden], gather(&["weight_hh"])),
            tensor("B", vec![2, 2 * gates], gather(&["bias_ih", "bias_hh"])),
        ]
    }

    /// PyTorch's eight tensors from W, R and B.
    fn torch_tensors(self, name: &str, tensors: &[NamedTensor]) -> Result<Vec<NamedTensor>, TensorError> {
        let gates = 3 * self.hidden;
        let roles = [
            ("W", "weight_ih", vec![2, gates, self.inputs], 0, 1),
            ("R", "weight_hh", vec![2, gates, self.hidden], 0, 1),
            ("B", "bias_ih", vec![2, 2 * gates], 0, 2),
            ("B", "bias_hh", vec![2, 2 * gates], 1, 2),
        ];
        let mut found = Vec::new();
        for (role, torch_role, expected, part, parts) in roles {
            let name_in_file = format!("{name}.{role}");
            let tensor = tensors.iter().find(|tensor| tensor.name == name_in_file);
            let tensor = tensor.ok_or_else(|| TensorError::Missing(name_in_file.clone()))?;
            if tensor.shape != expected {
                return Err(TensorError::Shape { name: name_in_file, expected, found: tensor.shape.clone() });
            }
            let block = tensor.values.len() / 2 / parts;
            for (reader, suffix) in READERS.iter().enumerate() {
                let begin = (reader * parts + part) * block;
                let shape = if parts == 1 { expected[1..].to_vec() } else { vec![gates] };
                let values = reordered(&tensor.values[begin..begin + block]);
                found.push(NamedTensor { name: format!("{name}.{torch_role}_l0{suffix}"), shape, values });
            }
        }
        Ok(found)
    }
}

/// Three blocks with the first two exchanged.
fn reordered(values: &[f32]) -> Vec<f32> {
    let block = values.len() / GATES.len();
    GATES.iter().flat_map(|gate| &values[gate * block..(gate + 1) * block]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use math::random::Mt19937;

    #[test]
    fn files_are_read_again_and_others_refused() {
        for kind in Kind::ALL {
            let network = kind.network().initialised(&mut Mt19937::new(3));
            let bytes = network.to_onnx(&[("kind", kind.id())]).unwrap();
            let mut other = kind.network();
            other.load_onnx(&bytes).unwrap();
            assert_eq!(other, network);
            let wrong = if kind == Kind::Cnn { Kind::Mlp } else { Kind::Cnn };
            assert!(matches!(wrong.network().load_onnx(&bytes), Err(FileError::Tensors(_))));
            assert!(matches!(other.load_onnx(b"no file"), Err(FileError::Onnx(_))));
        }
    }
}
