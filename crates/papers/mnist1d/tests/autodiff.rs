//! The networks' forward passes and written-down gradients against burn's tensors and automatic differentiation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::activation::{log_softmax, relu, sigmoid, tanh};
use burn::tensor::module::conv1d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Int, Tensor, TensorData};
use futures_lite::future::block_on;
use math::random::Mt19937;
use mnist1d::model::{Kind, NamedTensor, Network, POSITIONS, Pass};

const BATCH: usize = 12;

/// Weights by name, each with its gradient asked for.
struct Weights(Vec<(String, Vec<usize>, Tensor<1>)>);

impl Weights {
    fn of(network: &Network, device: &Device) -> Self {
        let tensor = |NamedTensor { name, shape, values }| {
            let count = values.len();
            (name, shape, Tensor::<1>::from_data(TensorData::new(values, [count]), device).require_grad())
        };
        Self(network.tensors().into_iter().map(tensor).collect())
    }

    fn get<const D: usize>(&self, name: &str) -> Tensor<D> {
        let (_, shape, tensor) = self.0.iter().find(|(known, ..)| known == name).unwrap();
        tensor.clone().reshape(<[usize; D]>::try_from(shape.as_slice()).unwrap())
    }

    /// x W^T + b
    fn linear(&self, name: &str, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.get::<2>(&format!("{name}.weight")).transpose())
            + self.get::<1>(&format!("{name}.bias")).unsqueeze::<2>()
    }

    fn conv(&self, name: &str, x: Tensor<3>) -> Tensor<3> {
        let options = ConvOptions::new([2], [1], [1], 1);
        relu(conv1d(x, self.get::<3>(&format!("{name}.weight")), Some(self.get(&format!("{name}.bias"))), options))
    }

    /// The states of one reader of a GRU, position by position.
    fn read(&self, x: &Tensor<2>, suffix: &str) -> Vec<Tensor<2>> {
        let weight = |role: &str| self.get::<2>(&format!("gru.weight_{role}_l0{suffix}")).transpose();
        let bias = |role: &str| self.get::<1>(&format!("gru.bias_{role}_l0{suffix}")).unsqueeze::<2>();
        let hidden = weight("hh").dims()[0];
        let mut state = Tensor::<2>::zeros([BATCH, hidden], &x.device());
        let mut states = Vec::new();
        let forward: Vec<usize> = (0..POSITIONS).collect();
        let positions: Vec<usize> = if suffix.is_empty() { forward } else { forward.into_iter().rev().collect() };
        for position in positions {
            let a = x.clone().narrow(1, position, 1).matmul(weight("ih")) + bias("ih");
            let b = state.clone().matmul(weight("hh")) + bias("hh");
            let gate = |value: &Tensor<2>, index: usize| value.clone().narrow(1, index * hidden, hidden);
            let r = sigmoid(gate(&a, 0) + gate(&b, 0));
            let z = sigmoid(gate(&a, 1) + gate(&b, 1));
            let m = tanh(gate(&a, 2) + r * gate(&b, 2));
            state = m.clone() + z * (state - m);
            states.push(state.clone());
        }
        if !suffix.is_empty() {
            states.reverse();
        }
        states
    }

    fn logits(&self, kind: Kind, x: Tensor<2>) -> Tensor<2> {
        match kind {
            Kind::Logistic => self.linear("linear", x),
            Kind::Mlp => {
                let h = relu(self.linear("linear1", x));
                let h = h.clone() + relu(self.linear("linear2", h));
                self.linear("linear3", h)
            }
            Kind::Cnn => {
                let signal = x.unsqueeze_dim::<3>(1);
                let h = self.conv("conv3", self.conv("conv2", self.conv("conv1", signal)));
                self.linear("linear", h.flatten::<2>(1, 2))
            }
            Kind::Gru => {
                let pairs = self.read(&x, "").into_iter().zip(self.read(&x, "_reverse"));
                let states: Vec<Tensor<2>> = pairs.flat_map(|(left, right)| [left, right]).collect();
                self.linear("linear", Tensor::cat(states, 1))
            }
        }
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    block_on(nn::read(tensor)).unwrap()
}

fn close(what: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let scale = theirs.iter().map(|value| value.abs()).fold(0.0, f32::max);
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() <= 2e-5 * (1e-3 + scale), "{what}: {ours} against {theirs}");
    }
}

#[test]
fn logits_and_gradients_are_burns() {
    let device = Device::flex().autodiff();
    for kind in Kind::ALL {
        let mut random = Mt19937::new(8);
        let network = kind.network().initialised(&mut random);
        let rows: Vec<f32> = (0..BATCH * POSITIONS).map(|_| random.normal(0.0, 1.0) as f32).collect();
        let labels: Vec<u8> = (0..BATCH).map(|_| random.randint(0, 10) as u8).collect();

        let weights = Weights::of(&network, &device);
        let x = Tensor::<2>::from_data(TensorData::new(rows.clone(), [BATCH, POSITIONS]), &device);
        let logits = weights.logits(kind, x);
        let classes: Vec<i64> = labels.iter().map(|label| i64::from(*label)).collect();
        let picked = Tensor::<2, Int>::from_data(TensorData::new(classes, [BATCH, 1]), &device);
        let loss = -log_softmax(logits.clone(), 1).gather(1, picked).mean();
        let gradients = loss.backward();

        let mut pass = Pass::new(&network, BATCH);
        pass.fill(&network, |at| &rows[at * POSITIONS..(at + 1) * POSITIONS]);
        let ours = network.forward(&mut pass).to_vec();
        let turned: Vec<f32> = (0..BATCH * 10).map(|at| ours[at % 10 * BATCH + at / 10]).collect();
        close(&format!("{kind:?} logits"), &turned, &values(logits));
        let mut gradient = vec![0.0; network.parameters.len()];
        let (found, _) = network.gradient(&mut pass, &labels, &mut gradient);
        close(&format!("{kind:?} loss"), &[found], &values(loss));
        let mut slopes = network.clone();
        slopes.parameters = gradient;
        for (ours, (name, _, tensor)) in slopes.tensors().iter().zip(&weights.0) {
            close(&format!("{kind:?} {name}"), &ours.values, &values(tensor.grad(&gradients).unwrap()));
        }
    }
}
