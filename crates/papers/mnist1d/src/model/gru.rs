//! A bidirectional gated recurrent unit in PyTorch's form; [`math::single::gates`] has the equations.

use math::single::{Pairs, add_outer, add_row_sums, fill_rows, gates, gates_gradient, kept_length};

use super::layer::{Backward, Scratch};

/// One layer, read from both ends: what comes out at a position is the state of the reader from the left, then that of
/// the reader from the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gru {
    /// Channels in.
    pub inputs: usize,
    /// Numbers in a state.
    pub hidden: usize,
    /// Positions.
    pub length: usize,
}

/// The parameters of one reader, in PyTorch's order.
struct Reader<T> {
    /// By the input, `[3 hidden, inputs]`, for r, z and m.
    input: T,
    /// By the earlier state, `[3 hidden, hidden]`.
    state: T,
    /// Biases of both, `[3 hidden]`.
    input_bias: T,
    state_bias: T,
}

impl Gru {
    /// Numbers of one reader.
    pub(super) fn reader_parameters(&self) -> usize {
        3 * self.hidden * (self.inputs + self.hidden + 2)
    }

    /// Numbers that are learned.
    pub(super) fn parameters(&self) -> usize {
        2 * self.reader_parameters()
    }

    /// Lengths of the four tensors of a reader.
    pub(super) fn lengths(&self) -> [usize; 4] {
        let gates = 3 * self.hidden;
        [gates * self.inputs, gates * self.hidden, gates, gates]
    }

    fn reader<'a>(&self, parameters: &'a [f32], reader: usize) -> Reader<&'a [f32]> {
        let [a, b, c, _] = self.lengths();
        let (input, rest) = parameters[reader * self.reader_parameters()..].split_at(a);
        let (state, rest) = rest.split_at(b);
        let (input_bias, rest) = rest.split_at(c);
        Reader { input, state, input_bias, state_bias: &rest[..c] }
    }

    fn reader_mut<'a>(&self, parameters: &'a mut [f32], reader: usize) -> Reader<&'a mut [f32]> {
        let [a, b, c, _] = self.lengths();
        let (input, rest) = parameters[reader * self.reader_parameters()..].split_at_mut(a);
        let (state, rest) = rest.split_at_mut(b);
        let (input_bias, rest) = rest.split_at_mut(c);
        Reader { input, state, input_bias, state_bias: &mut rest[..c] }
    }

    /// The position that a reader comes to at a step.
    fn position(&self, reader: usize, step: usize) -> usize {
        if reader == 0 { step } else { self.length - 1 - step }
    }

    /// Where the state of a reader at a position stands in what comes out.
    fn place(&self, reader: usize, position: usize, n: usize) -> std::ops::Range<usize> {
        let begin = (2 * position + reader) * self.hidden * n;
        begin..begin + self.hidden * n
    }

    /// Numbers that all steps of a reader keep for the gradient.
    fn kept(&self, n: usize) -> usize {
        self.length * kept_length(self.hidden * n)
    }

    pub(super) fn forward(
        &self,
        parameters: &[f32],
        input: &[f32],
        output: &mut [f32],
        n: usize,
        scratch: &mut Scratch,
    ) {
        scratch.kept.resize(2 * self.kept(n), 0.0);
        for reader in 0..2 {
            self.read(parameters, reader, input, output, n, scratch);
        }
    }

    fn read(&self, all: &[f32], reader: usize, input: &[f32], output: &mut [f32], n: usize, scratch: &mut Scratch) {
        let (size, sums) = (self.hidden * n, 3 * self.hidden * n);
        let weights = self.reader(all, reader);
        let Scratch { kept, more, panels } = scratch;
        more.clear();
        more.resize(self.length * sums + sums + 2 * size, 0.0);
        let (by_input, rest) = more.split_at_mut(self.length * sums);
        let (by_state, rest) = rest.split_at_mut(sums);
        let (earlier, state) = rest.split_at_mut(size);
        panels.pack(weights.input, [3 * self.hidden, self.inputs], [self.inputs, 1]);
        for (by_input, input) in by_input.chunks_exact_mut(sums).zip(input.chunks_exact(self.inputs * n)) {
            fill_rows(weights.input_bias, n, by_input);
            panels.add_product(input, n, by_input);
        }
        panels.pack(weights.state, [3 * self.hidden, self.hidden], [self.hidden, 1]);
        let kept = kept[reader * self.kept(n)..].chunks_exact_mut(kept_length(size));
        for (step, kept) in kept.take(self.length).enumerate() {
            let position = self.position(reader, step);
            fill_rows(weights.state_bias, n, by_state);
            panels.add_product(earlier, n, by_state);
            gates(&by_input[position * sums..][..sums], by_state, earlier, kept, state);
            output[self.place(reader, position, n)].copy_from_slice(state);
            earlier.copy_from_slice(state);
        }
    }

    pub(super) fn backward(&self, parameters: &[f32], n: usize, pass: Backward<'_>) {
        let Backward { input, output, by_output, mut by_input, gradient, scratch } = pass;
        for reader in 0..2 {
            self.unread(parameters, reader, output, by_output, n, scratch);
            self.add_gradient(reader, input, output, n, scratch, gradient);
            if let Some(by_input) = by_input.as_deref_mut() {
                self.add_input_gradient(parameters, reader, n, scratch, by_input);
            }
        }
    }

    /// Walks a reader back, leaving in `scratch.more` the slopes of [`gates_gradient`] for every position.
    fn unread(&self, all: &[f32], reader: usize, output: &[f32], by_output: &[f32], n: usize, scratch: &mut Scratch) {
        let (size, slopes) = (self.hidden * n, kept_length(self.hidden * n));
        let weights = self.reader(all, reader);
        let Scratch { kept, more, panels } = scratch;
        more.clear();
        more.resize(self.length * slopes + 2 * size, 0.0);
        let (all_slopes, rest) = more.split_at_mut(self.length * slopes);
        let (by_state, start) = rest.split_at_mut(size);
        panels.pack(weights.state, [self.hidden, 3 * self.hidden], [1, self.hidden]);
        for step in (0..self.length).rev() {
            let position = self.position(reader, step);
            let by_output = &by_output[self.place(reader, position, n)];
            by_state.iter_mut().zip(by_output).for_each(|(by_state, by_output)| *by_state += by_output);
            let earlier = match step {
                0 => &*start,
                _ => &output[self.place(reader, self.position(reader, step - 1), n)],
            };
            let kept = &kept[reader * self.kept(n) + step * slopes..][..slopes];
            let slopes = &mut all_slopes[position * slopes..][..slopes];
            gates_gradient(kept, earlier, by_state, slopes);
            panels.add_product(&slopes[..3 * size], n, by_state);
        }
    }

    /// Sums over positions: the loss by a reader's parameters.
    fn add_gradient(
        &self,
        reader: usize,
        input: &[f32],
        output: &[f32],
        n: usize,
        scratch: &Scratch,
        gradient: &mut [f32],
    ) {
        let (size, slopes) = (self.hidden * n, kept_length(self.hidden * n));
        let hidden = self.hidden;
        let all = &scratch.more[..self.length * slopes];
        let gradient = self.reader_mut(gradient, reader);
        for slopes in all.chunks_exact(slopes) {
            add_row_sums(&slopes[..3 * size], n, gradient.state_bias);
            add_row_sums(&slopes[..2 * size], n, &mut gradient.input_bias[..2 * hidden]);
            add_row_sums(&slopes[3 * size..], n, &mut gradient.input_bias[2 * hidden..]);
        }
        // The first state of a reader is zero, so that its step does not count here.
        let [later, earlier] = if reader == 0 { [1, 0] } else { [0, 1] };
        let pairs = Pairs { count: self.length - 1, left_step: slopes, right_step: 2 * size };
        let states = &output[self.place(reader, earlier, n).start..];
        add_outer(&all[later * slopes..], states, n, pairs, [3 * hidden, hidden], gradient.state);
        let pairs = Pairs { count: self.length, left_step: slopes, right_step: self.inputs * n };
        let (by_r_z, by_m) = gradient.input.split_at_mut(2 * hidden * self.inputs);
        add_outer(all, input, n, pairs, [2 * hidden, self.inputs], by_r_z);
        add_outer(&all[3 * size..], input, n, pairs, [hidden, self.inputs], by_m);
    }

    fn add_input_gradient(&self, all: &[f32], reader: usize, n: usize, scratch: &mut Scratch, by_input: &mut [f32]) {
        let (size, slopes) = (self.hidden * n, kept_length(self.hidden * n));
        let weights = self.reader(all, reader).input;
        let (by_r_z, by_m) = weights.split_at(2 * self.hidden * self.inputs);
        for (weights, rows, first) in [(by_r_z, 2 * self.hidden, 0), (by_m, self.hidden, 3 * size)] {
            scratch.panels.pack(weights, [self.inputs, rows], [1, self.inputs]);
            let positions = scratch.more[..self.length * slopes].chunks_exact(slopes);
            for (slopes, by_input) in positions.zip(by_input.chunks_exact_mut(self.inputs * n)) {
                scratch.panels.add_product(&slopes[first..first + rows * n], n, by_input);
            }
        }
    }
}
