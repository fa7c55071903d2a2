//! The layers: what each computes, and its gradient, written out.
//!
//! A signal is `[positions, channels, n]`: for every position a block of channels, for every channel the batch. A vector is a
//! signal of one position.

use math::single::{Pairs, Panels, add_outer, add_row_sums, fill_rows, relu, relu_gradient, tanh, tanh_gradient};

use super::gru::Gru;

/// What follows a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// max(x, 0).
    Relu,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    fn run(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Relu => relu(values),
            Self::Tanh => tanh(values),
        }
    }

    /// Turns the gradient by what came out into that by what went in.
    fn gradient(self, out: &[f32], gradient: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Relu => relu_gradient(out, gradient),
            Self::Tanh => tanh_gradient(out, gradient),
        }
    }
}

/// y = f(W x + b), or x + f(W x + b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dense {
    /// Numbers in.
    pub inputs: usize,
    /// Numbers out.
    pub outputs: usize,
    /// f.
    pub activation: Activation,
    /// Whether x is added; then there are as many outputs as inputs.
    pub skip: bool,
    /// Positions and channels of the signal that goes in, where PyTorch flattens it channel after channel.
    pub flattens: [usize; 2],
}

/// A convolution over the positions with zeros beyond the ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Channels in.
    pub inputs: usize,
    /// Channels out.
    pub outputs: usize,
    /// Positions that an output sees.
    pub kernel: usize,
    /// Positions from one output to the next.
    pub stride: usize,
    /// Zeros beyond each end.
    pub padding: usize,
    /// Positions in.
    pub length: usize,
    /// What follows.
    pub activation: Activation,
}

/// How two neighbouring positions become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The larger.
    Max,
    /// Their mean.
    Average,
    /// The root of the sum of their squares.
    L2,
}

/// Halves the positions of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// How.
    pub kind: Pooling,
    /// Channels in and out.
    pub channels: usize,
    /// Positions in.
    pub length: usize,
}

/// One layer of a [`super::Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Every output sees every input.
    Dense(Dense),
    /// A convolution.
    Conv(Conv),
    /// Pooling.
    Pool(Pool),
    /// A bidirectional gated recurrent unit.
    Gru(Gru),
}

/// The buffers of one layer in a backward pass.
pub(super) struct Backward<'a> {
    /// What went in, with its margin.
    pub(super) input: &'a [f32],
    /// What came out, without a margin.
    pub(super) output: &'a [f32],
    /// The loss by what came out; used up.
    pub(super) by_output: &'a mut [f32],
    /// The loss by what went in, with its margin, added to; none where nobody asks.
    pub(super) by_input: Option<&'a mut [f32]>,
    /// The loss by the parameters, added to.
    pub(super) gradient: &'a mut [f32],
    /// As the forward pass left it.
    pub(super) scratch: &'a mut Scratch,
}

/// What a layer needs between and during passes.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    pub(super) kept: Vec<f32>,
    pub(super) more: Vec<f32>,
    pub(super) panels: Panels,
}

impl Layer {
    /// Positions and channels in.
    pub fn input(&self) -> [usize; 2] {
        match self {
            Self::Dense(dense) => [1, dense.inputs],
            Self::Conv(conv) => [conv.length, conv.inputs],
            Self::Pool(pool) => [pool.length, pool.channels],
            Self::Gru(gru) => [gru.length, gru.inputs],
        }
    }

    /// Positions and channels out.
    pub fn output(&self) -> [usize; 2] {
        match self {
            Self::Dense(dense) => [1, dense.outputs],
            Self::Conv(conv) => [conv.positions(), conv.outputs],
            Self::Pool(pool) => [pool.length / 2, pool.channels],
            Self::Gru(gru) => [gru.length, 2 * gru.hidden],
        }
    }

    /// Zero positions that must stand before and after what goes in.
    pub fn margin(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.padding,
            _ => 0,
        }
    }

    /// Numbers that are learned.
    pub fn parameters(&self) -> usize {
        match self {
            Self::Dense(dense) => (dense.inputs + 1) * dense.outputs,
            Self::Conv(conv) => (conv.depth() + 1) * conv.outputs,
            Self::Pool(_) => 0,
            Self::Gru(gru) => gru.parameters(),
        }
    }

    pub(super) fn forward(
        &self,
        parameters: &[f32],
        input: &[f32],
        output: &mut [f32],
        n: usize,
        scratch: &mut Scratch,
    ) {
        match self {
            Self::Dense(dense) => dense.forward(parameters, input, output, n, scratch),
            Self::Conv(conv) => conv.forward(parameters, input, output, n, scratch),
            Self::Pool(pool) => pool.forward(input, output, n),
            Self::Gru(gru) => gru.forward(parameters, input, output, n, scratch),
        }
    }

    pub(super) fn backward(&self, parameters: &[f32], n: usize, pass: Backward<'_>) {
        match self {
            Self::Dense(dense) => dense.backward(parameters, n, pass),
            Self::Conv(conv) => conv.backward(parameters, n, pass),
            Self::Pool(pool) => pool.backward(n, pass),
            Self::Gru(gru) => gru.backward(parameters, n, pass),
        }
    }
}

impl Dense {
    fn forward(&self, parameters: &[f32], input: &[f32], output: &mut [f32], n: usize, scratch: &mut Scratch) {
        let (weights, bias) = parameters.split_at(self.inputs * self.outputs);
        fill_rows(bias, n, output);
        scratch.panels.pack(weights, [self.outputs, self.inputs], [self.inputs, 1]);
        scratch.panels.add_product(input, n, output);
        self.activation.run(output);
        if self.skip {
            scratch.kept.clear();
            scratch.kept.extend_from_slice(output);
            output.iter_mut().zip(input).for_each(|(output, input)| *output += input);
        }
    }

    fn backward(&self, parameters: &[f32], n: usize, pass: Backward<'_>) {
        let Backward { input, output, by_output, mut by_input, gradient, scratch } = pass;
        if let (true, Some(by_input)) = (self.skip, by_input.as_deref_mut()) {
            by_input.iter_mut().zip(&*by_output).for_each(|(by_input, by_output)| *by_input += by_output);
        }
        self.activation.gradient(if self.skip { &scratch.kept } else { output }, by_output);
        let (by_weights, by_bias) = gradient.split_at_mut(self.inputs * self.outputs);
        add_row_sums(by_output, n, by_bias);
        add_outer(by_output, input, n, Pairs::ONE, [self.outputs, self.inputs], by_weights);
        if let Some(by_input) = by_input {
            scratch.panels.pack(parameters, [self.inputs, self.outputs], [1, self.inputs]);
            scratch.panels.add_product(by_output, n, by_input);
        }
    }
}

impl Conv {
    /// Positions out.
    pub fn positions(&self) -> usize {
        (self.length + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Numbers that an output sees: they are neighbours in the input, position after position.
    pub(super) fn depth(&self) -> usize {
        self.kernel * self.inputs
    }

    /// Where the window of a position begins, and where it ends.
    fn window(&self, position: usize, n: usize) -> std::ops::Range<usize> {
        let begin = position * self.stride * self.inputs * n;
        begin..begin + self.depth() * n
    }

    fn forward(&self, parameters: &[f32], input: &[f32], output: &mut [f32], n: usize, scratch: &mut Scratch) {
        let depth = self.depth();
        let (weights, bias) = parameters.split_at(self.outputs * depth);
        scratch.panels.pack(weights, [self.outputs, depth], [depth, 1]);
        for (position, output) in output.chunks_exact_mut(self.outputs * n).enumerate() {
            fill_rows(bias, n, output);
            scratch.panels.add_product(&input[self.window(position, n)], n, output);
        }
        self.activation.run(output);
    }

    fn backward(&self, parameters: &[f32], n: usize, pass: Backward<'_>) {
        let Backward { input, output, by_output, by_input, gradient, scratch } = pass;
        self.activation.gradient(output, by_output);
        let depth = self.depth();
        let (by_weights, by_bias) = gradient.split_at_mut(self.outputs * depth);
        for by_output in by_output.chunks_exact(self.outputs * n) {
            add_row_sums(by_output, n, by_bias);
        }
        let right_step = self.stride * self.inputs * n;
        let pairs = Pairs { count: self.positions(), left_step: self.outputs * n, right_step };
        add_outer(by_output, input, n, pairs, [self.outputs, depth], by_weights);
        let Some(by_input) = by_input else { return };
        scratch.panels.pack(parameters, [depth, self.outputs], [1, depth]);
        for (position, by_output) in by_output.chunks_exact(self.outputs * n).enumerate() {
            scratch.panels.add_product(by_output, n, &mut by_input[self.window(position, n)]);
        }
    }
}

impl Pool {
    fn forward(&self, input: &[f32], output: &mut [f32], n: usize) {
        let block = self.channels * n;
        for (output, pair) in output.chunks_exact_mut(block).zip(input.chunks_exact(2 * block)) {
            let (first, second) = pair.split_at(block);
            for (output, (a, b)) in output.iter_mut().zip(first.iter().zip(second)) {
                *output = match self.kind {
                    Pooling::Max => a.max(*b),
                    Pooling::Average => 0.5 * (a + b),
                    Pooling::L2 => (a * a + b * b).sqrt(),
                };
            }
        }
    }

    fn backward(&self, n: usize, pass: Backward<'_>) {
        let Backward { input, output, by_output, by_input: Some(by_input), .. } = pass else { return };
        let block = self.channels * n;
        let pairs = input.chunks_exact(2 * block).zip(by_input.chunks_exact_mut(2 * block));
        let results = output.chunks_exact(block).zip(by_output.chunks_exact(block));
        for ((input, by_input), (output, by_output)) in pairs.zip(results) {
            for at in 0..block {
                let (a, b, slope) = (input[at], input[at + block], by_output[at]);
                let [by_a, by_b] = match self.kind {
                    Pooling::Max if a >= b => [slope, 0.0],
                    Pooling::Max => [0.0, slope],
                    Pooling::Average => [0.5 * slope; 2],
                    Pooling::L2 if output[at] > 0.0 => [slope * a / output[at], slope * b / output[at]],
                    Pooling::L2 => [0.0; 2],
                };
                by_input[at] += by_a;
                by_input[at + block] += by_b;
            }
        }
    }
}
