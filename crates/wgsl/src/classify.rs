//! The loss of a classifier.

use crate::gpu::Numbers;
use crate::kernel::Binding;
use crate::plan::{Plan, Source};

/// Cross-entropy after softmax of one or several networks on the same examples, one invocation for each example of each.
#[derive(Debug)]
pub struct CrossEntropy<'a> {
    /// Networks.
    pub networks: usize,
    /// Examples.
    pub rows: usize,
    /// Classes.
    pub classes: usize,
    /// `[networks, n, classes]`, rows padded to a multiple of four numbers.
    pub logits: &'a Numbers,
    /// The class of each example, as a number, and where the first of them stands.
    pub labels: (&'a Numbers, usize),
    /// The gradient of each network's mean loss by its logits, which is written.
    pub by_logits: &'a Numbers,
    /// The loss of each example, `[networks, n]`, which is written.
    pub losses: &'a Numbers,
    /// Wrong answers of each network as whole numbers, `[networks]`, to which those of these examples are added.
    pub wrong: &'a Numbers,
}

impl CrossEntropy<'_> {
    /// Adds it to a plan.
    pub fn push(&self, plan: &mut Plan) {
        let width = self.classes.next_multiple_of(4);
        let share = 1.0 / self.rows as f32;
        let [count, rows, classes, width, first] =
            [self.networks * self.rows, self.rows, self.classes, width, self.labels.1].map(|count| count as u32);
        let settings = plan.gpu().settings(&[count, rows, classes, width, first, share.to_bits(), 0, 0]);
        let storage = [Binding::Read, Binding::Read, Binding::Write, Binding::Write, Binding::Write].to_vec();
        let source = Source { text: include_str!("classify.wgsl").into(), storage };
        let storage = [self.logits, self.labels.0, self.by_logits, self.losses, self.wrong];
        plan.push(&source, &settings, &storage, self.networks * self.rows);
    }
}
