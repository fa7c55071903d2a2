//! A chain of layers over one vector of parameters, and what a batch leaves in it.

use math::random::Mt19937;
use math::single::softmax_cross_entropy;

use super::layer::{Backward, Layer, Scratch};
use super::tensors;

/// Layers with the names that their tensors have in files, in order, and their parameters, layer after layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    layers: Vec<(&'static str, Layer)>,
    /// Everything that is learned.
    pub parameters: Vec<f32>,
}

/// The activations of a batch, and the gradients that go back through them; used again for every batch.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    n: usize,
    /// Before the first layer and after each, with the margin that the next layer needs.
    values: Vec<Vec<f32>>,
    slopes: Vec<Vec<f32>>,
    scratch: Vec<Scratch>,
}

impl Network {
    /// Of these layers, all parameters zero. Each must take what the one before gives.
    pub fn new(layers: Vec<(&'static str, Layer)>) -> Self {
        let count = layers.iter().map(|(_, layer)| layer.parameters()).sum();
        Self { layers, parameters: vec![0.0; count] }
    }

    /// With first weights by PyTorch's law, drawn as PyTorch draws them on a CPU: after `torch.manual_seed(seed)` and the
    /// same layers in the same order, they are PyTorch's.
    pub fn initialised(mut self, random: &mut Mt19937) -> Self {
        let values = tensors::draw(&self.layers, random);
        self.parameters = values;
        self
    }

    /// The layers and the names of their tensors.
    pub fn layers(&self) -> &[(&'static str, Layer)] {
        &self.layers
    }

    /// Numbers that go in.
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |(_, layer)| layer.input().iter().product())
    }

    /// Numbers that come out.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |(_, layer)| layer.output().iter().product())
    }

    /// Where the parameters of a layer stand.
    pub fn range(&self, layer: usize) -> std::ops::Range<usize> {
        let begin = self.layers[..layer].iter().map(|(_, layer)| layer.parameters()).sum();
        begin..begin + self.layers[layer].1.parameters()
    }

    /// What comes out for the batch that stands in `pass`.
    ///
    /// # Shapes
    /// - result: `[outputs, n]`
    pub fn forward<'a>(&self, pass: &'a mut Pass) -> &'a [f32] {
        let n = pass.n;
        let mut parameters = self.parameters.as_slice();
        for (index, (_, layer)) in self.layers.iter().enumerate() {
            let (own, rest) = parameters.split_at(layer.parameters());
            let interior = self.interior(index + 1, n);
            let (before, after) = pass.values.split_at_mut(index + 1);
            layer.forward(own, &before[index], &mut after[0][interior], n, &mut pass.scratch[index]);
            parameters = rest;
        }
        pass.values.last().map_or(&[], Vec::as_slice)
    }

    /// Forward, then the mean cross-entropy against `labels` and its gradient by the parameters, which replaces
    /// `gradient`. Gives the loss and how many of the batch were right.
    pub fn gradient(&self, pass: &mut Pass, labels: &[u8], gradient: &mut [f32]) -> (f32, usize) {
        self.forward(pass);
        let last = self.layers.len();
        let (values, slopes) = (&pass.values[last], &mut pass.slopes[last]);
        slopes.copy_from_slice(values);
        let result = softmax_cross_entropy(slopes, labels);
        self.backward(pass, gradient);
        result
    }

    /// The gradient by the parameters, which replaces `gradient`, after a forward pass and with the loss by what came out
    /// in [`Pass::by_output`].
    pub fn backward(&self, pass: &mut Pass, gradient: &mut [f32]) {
        gradient.fill(0.0);
        let n = pass.n;
        let mut end = self.parameters.len();
        for (index, (_, layer)) in self.layers.iter().enumerate().rev() {
            let begin = end - layer.parameters();
            let interior = self.interior(index + 1, n);
            let (before, after) = pass.slopes.split_at_mut(index + 1);
            let by_input = (index > 0).then_some(&mut before[index]);
            let by_input = by_input.map(|slopes| {
                slopes.fill(0.0);
                slopes.as_mut_slice()
            });
            let parts = Backward {
                input: &pass.values[index],
                output: &pass.values[index + 1][interior.clone()],
                by_output: &mut after[0][interior],
                by_input,
                gradient: &mut gradient[begin..end],
                scratch: &mut pass.scratch[index],
            };
            layer.backward(&self.parameters[begin..end], n, parts);
            end = begin;
        }
    }

    /// Positions and channels after `index` layers.
    fn shape(&self, index: usize) -> [usize; 2] {
        match index {
            0 => self.layers[0].1.input(),
            _ => self.layers[index - 1].1.output(),
        }
    }

    /// Numbers of the margin on one side after `index` layers, for one example.
    fn margin(&self, index: usize) -> usize {
        self.layers.get(index).map_or(0, |(_, layer)| layer.margin() * layer.input()[1])
    }

    /// Where the numbers stand within their margins after `index` layers.
    fn interior(&self, index: usize, n: usize) -> std::ops::Range<usize> {
        let begin = self.margin(index) * n;
        begin..begin + self.shape(index).iter().product::<usize>() * n
    }
}

impl Pass {
    /// Room for batches of `n` through `network`.
    pub fn new(network: &Network, n: usize) -> Self {
        let buffers = || -> Vec<Vec<f32>> {
            let length = |index| network.interior(index, n).end + network.margin(index) * n;
            (0..=network.layers.len()).map(|index| vec![0.0; length(index)]).collect()
        };
        let scratch = vec![Scratch::default(); network.layers.len()];
        Self { n, values: buffers(), slopes: buffers(), scratch }
    }

    /// Examples in a batch.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Where the batch is put that goes in.
    ///
    /// # Shapes
    /// - result: `[inputs, n]`
    pub fn input(&mut self, network: &Network) -> &mut [f32] {
        let interior = network.interior(0, self.n);
        &mut self.values[0][interior]
    }

    /// Puts in rows of examples: `row` gives each of the `n`.
    pub fn fill<'a>(&mut self, network: &Network, row: impl Fn(usize) -> &'a [f32]) {
        let n = self.n;
        let input = self.input(network);
        for column in 0..n {
            for (at, value) in row(column).iter().enumerate() {
                input[at * n + column] = *value;
            }
        }
    }

    /// What stands after so many layers of the last forward pass, without its margin.
    ///
    /// # Shapes
    /// - result: `[positions, channels, n]`
    pub fn after(&self, network: &Network, layers: usize) -> &[f32] {
        &self.values[layers][network.interior(layers, self.n)]
    }

    /// Where the loss by what came out is put before [`Network::backward`].
    ///
    /// # Shapes
    /// - result: `[outputs, n]`
    pub fn by_output(&mut self) -> &mut [f32] {
        self.slopes.last_mut().map_or(&mut [], Vec::as_mut_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Activation, Conv, Dense, Kind, Pool, Pooling};

    const BATCH: usize = 11;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut random = Mt19937::new(seed);
        (0..count).map(|_| random.uniform(-1.5, 1.5) as f32).collect()
    }

    fn pooled(kind: Pooling) -> Network {
        let conv =
            Conv { inputs: 1, outputs: 4, kernel: 3, stride: 1, padding: 1, length: 8, activation: Activation::Tanh };
        let second = Conv { inputs: 4, length: 4, ..conv };
        let last = Dense { inputs: 8, outputs: 3, activation: Activation::None, skip: false, flattens: [2, 4] };
        Network::new(vec![
            ("conv1", Layer::Conv(conv)),
            ("pool1", Layer::Pool(Pool { kind, channels: 4, length: 8 })),
            ("conv2", Layer::Conv(second)),
            ("pool2", Layer::Pool(Pool { kind, channels: 4, length: 4 })),
            ("linear", Layer::Dense(last)),
        ])
    }

    /// The gradient along random directions against central differences.
    fn check(network: Network) {
        let network = network.initialised(&mut Mt19937::new(5));
        let mut pass = Pass::new(&network, BATCH);
        pass.input(&network).copy_from_slice(&numbers(network.inputs() * BATCH, 1));
        let labels: Vec<u8> = (0..BATCH).map(|at| (at % network.outputs()) as u8).collect();
        let mut gradient = vec![0.0; network.parameters.len()];
        network.gradient(&mut pass, &labels, &mut gradient);
        for layer in 0..network.layers().len() {
            let range = network.range(layer);
            if range.is_empty() {
                continue;
            }
            let direction = numbers(range.len(), 7);
            let scale = 3e-4;
            let mut loss = |by: f32| {
                let mut moved = network.clone();
                moved.parameters[range.clone()]
                    .iter_mut()
                    .zip(&direction)
                    .for_each(|(value, along)| *value += by * along);
                let mut unused = gradient.clone();
                f64::from(moved.gradient(&mut pass, &labels, &mut unused).0)
            };
            let slope = (loss(scale) - loss(-scale)) / f64::from(2.0 * scale);
            let expected: f64 =
                gradient[range].iter().zip(&direction).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((slope - expected).abs() < 2e-2 * (0.05 + expected.abs()), "layer {layer}: {slope}, {expected}");
        }
    }

    #[test]
    fn gradients_are_those_of_differences() {
        for kind in Kind::ALL {
            check(kind.network());
        }
        for kind in [Pooling::Max, Pooling::Average, Pooling::L2] {
            check(pooled(kind));
        }
    }

    #[test]
    fn a_row_gives_the_same_logits_in_any_batch() {
        for kind in Kind::ALL {
            let network = kind.network().initialised(&mut Mt19937::new(2));
            let rows = numbers(BATCH * network.inputs(), 4);
            let row = |at: usize| &rows[at * network.inputs()..(at + 1) * network.inputs()];
            let mut whole = Pass::new(&network, BATCH);
            whole.fill(&network, row);
            let logits = network.forward(&mut whole).to_vec();
            let mut single = Pass::new(&network, 1);
            for at in 0..BATCH {
                single.fill(&network, |_| row(at));
                let alone = network.forward(&mut single);
                assert!(alone.iter().enumerate().all(|(class, logit)| *logit == logits[class * BATCH + at]));
            }
        }
    }
}
