//! The way back through a convolution, to what went in.

use crate::gpu::Numbers;
use crate::kernel::Binding;
use crate::plan::{Plan, Rows, Source, Together, bindings};

/// The gradient by a signal `[n, length, channels]`, where it came out of [`crate::Epilogue::Relu`], from that by what a
/// convolution made of it. A fully connected layer is the convolution whose kernel is as long as the signal.
#[derive(Debug)]
pub struct ByInput<'a> {
    /// Rows of the signal: n times its positions, without the padding.
    pub rows: usize,
    /// Positions that went in.
    pub length: usize,
    /// Positions that came out.
    pub positions: usize,
    /// Positions that an output sees.
    pub kernel: usize,
    /// Positions from one output to the next.
    pub stride: usize,
    /// Zeros before the first position.
    pub padding: usize,
    /// Channels in and out, in units of four.
    pub channels: [usize; 2],
    /// Parameters, and where the matrix `[kernel * channels in, channels out]` begins.
    pub weights: (&'a Numbers, usize),
    /// The gradient by what came out, and where its rows are: n times the positions that came out.
    pub by_output: (&'a Numbers, Rows),
    /// What went in, and the gradient by it, which is written.
    pub signal: [&'a Numbers; 2],
    /// Where the rows of both are.
    pub at: Rows,
}

impl ByInput<'_> {
    /// Adds it to a plan.
    pub fn push(&self, plan: &mut Plan) {
        let [inputs, outputs] = self.channels;
        let counts = [self.rows, self.length, self.positions, self.kernel].map(|count| count as u32);
        let more = [self.stride, self.padding, inputs, outputs].map(|count| count as u32);
        let matrix = [self.weights.1 as u32, 0, 0, 0];
        let words = [counts, more, matrix, self.by_output.1.words(), self.at.words()].concat();
        let settings = plan.gpu().settings(&words);
        let storage = [self.weights.0, self.by_output.0, self.signal[0], self.signal[1]];
        plan.push(&source(), &settings, &storage, self.rows * inputs);
    }
}

fn source() -> Source {
    let (read, write) = (Binding::Read, Binding::Write);
    let names = [("b", read), ("g", read), ("p", read), ("y", write)];
    Source {
        text: format!("{}{}", bindings(Together::One, &names), include_str!("windows.wgsl")),
        storage: names.map(|(_, access)| access).to_vec(),
    }
}
