//! The loss of a classifier.

use crate::gpu::Numbers;
use crate::kernel::Binding;
use crate::plan::{Plan, Source};

/// Cross-entropy after softmax, one invocation an example.
#[derive(Debug)]
pub struct CrossEntropy<'a> {
    /// Examples.
    pub rows: usize,
    /// Classes.
    pub classes: usize,
    /// `[n, classes]`, rows padded to a multiple of four numbers.
    pub logits: &'a Numbers,
    /// The class of each example, as a number.
    pub labels: &'a Numbers,
    /// The gradient of the mean loss by the logits, which is written.
    pub by_logits: &'a Numbers,
    /// The loss of each example, which is written.
    pub losses: &'a Numbers,
}

impl CrossEntropy<'_> {
    /// Adds it to a plan.
    pub fn push(&self, plan: &mut Plan) {
        let width = self.classes.next_multiple_of(4);
        let share = 1.0 / self.rows as f32;
        let settings = [self.rows as u32, self.classes as u32, width as u32, share.to_bits()];
        let settings = plan.gpu().settings(&settings);
        let storage = [Binding::Read, Binding::Read, Binding::Write, Binding::Write].to_vec();
        let source = Source { text: include_str!("classify.wgsl").into(), storage };
        plan.push(&source, &settings, &[self.logits, self.labels, self.by_logits, self.losses], self.rows);
    }
}
