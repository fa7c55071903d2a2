//! Perceptrons 40-h-h-10 of several widths that learn on the same batches: what they do alike is one dispatch for all of them, so
//! that narrow ones cost next to nothing beside wide ones.

use std::ops::Range;
use std::rc::Rc;

use demo::Error;
use wgsl::{CrossEntropy, Epilogue, Gpu, Layout, Momentum, Numbers, Outer, Plan, Product, Rows, Weights};

use crate::data::CLASSES;
use crate::learner::Rows as Examples;
use crate::model::POSITIONS;

/// Test rows of a dispatch.
pub const CHUNK: usize = 1000;
/// Parts into which a batch is divided for the gradients of weights: few, for the members already fill a device.
const SLOTS: usize = 4;
/// Numbers that go in and come out, in units of four.
const ENDS: [usize; 2] = [POSITIONS.div_ceil(4), CLASSES.div_ceil(4)];

/// How they learn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Learning rate.
    pub rate: f32,
    /// Share of the velocity that is kept.
    pub momentum: f32,
    /// Rows of a batch.
    pub batch: usize,
}

/// Where the numbers of one perceptron stand, in units of four.
#[derive(Clone, Copy, Debug)]
struct Member {
    index: usize,
    width: usize,
    /// Widths of all before it.
    before: usize,
    /// Of the three layers.
    matrices: [usize; 3],
    biases: [usize; 3],
}

impl Member {
    fn new(index: usize, width: usize, before: usize, layout: &mut Layout) -> Self {
        let mut member = Self { index, width: width.div_ceil(4), before, matrices: [0; 3], biases: [0; 3] };
        for (layer, [inputs, outputs]) in [[POSITIONS, width], [width, width], [width, CLASSES]].into_iter().enumerate()
        {
            member.matrices[layer] = layout.transposed(outputs, inputs);
            member.biases[layer] = layout.vector(outputs);
        }
        member
    }

    /// Numbers of a row at this level: what goes in, after each hidden layer, what comes out.
    fn columns(&self, level: usize) -> usize {
        [ENDS[0], self.width, self.width, ENDS[1]][level]
    }

    /// Where its rows of a batch are. What goes in is the same for all.
    fn rows(&self, level: usize, n: usize) -> Rows {
        let first = [0, n * self.before, n * self.before, n * self.index * ENDS[1]][level];
        Rows::dense(self.columns(level)).after(first)
    }
}

/// What a batch leaves at each level, of all members.
struct Signals {
    n: usize,
    levels: [Numbers; 4],
    /// Where what goes in begins, in units of four.
    first: usize,
}

impl Signals {
    fn new(gpu: &Gpu, members: &[Member], n: usize, x: &Numbers) -> Self {
        let widths: usize = members.iter().map(|member| member.width).sum();
        let [hidden, more] = [(); 2].map(|()| gpu.zeros(4 * n * widths));
        Self { n, levels: [x.clone(), hidden, more, gpu.zeros(4 * n * members.len() * ENDS[1])], first: 0 }
    }

    /// Where a member's rows are.
    fn rows(&self, member: &Member, level: usize) -> Rows {
        member.rows(level, self.n).after(if level == 0 { self.first } else { 0 })
    }
}

/// Networks that learn on a device.
#[derive(Debug)]
pub struct Perceptrons {
    gpu: Rc<Gpu>,
    layout: Layout,
    optimiser: Momentum,
    n: usize,
    /// A step on the batch.
    step: Plan,
    /// The rows of a batch and their labels.
    batch: [Numbers; 2],
    /// The same of all batches of an epoch, one after the other.
    epoch: [Numbers; 2],
    /// Answers to the test rows, a thousand each.
    answers: Vec<Plan>,
    /// Wrong answers of each member to training rows, and to test rows.
    wrong: [Numbers; 2],
    members: usize,
}

impl Perceptrons {
    /// Of these widths, with the parameters and the velocities of each, one after the other in the order of
    /// [`crate::model::perceptron`]; none where this thread has no device, or where the numbers are of other networks.
    pub fn new(widths: &[usize], numbers: [&[f32]; 2], recipe: Recipe, test: &Examples) -> Option<Self> {
        let gpu = wgsl::current()?;
        let (mut layout, mut before) = (Layout::default(), 0);
        let place = |(index, width): (usize, &usize)| {
            let member = Member::new(index, *width, before, &mut layout);
            before += member.width;
            member
        };
        let members: Vec<Member> = widths.iter().enumerate().map(place).collect();
        if members.is_empty() || numbers.iter().any(|numbers| numbers.len() != layout.count()) {
            return None;
        }
        let [parameters, velocities] = numbers.map(|numbers| layout.packed(numbers));
        let optimiser = Momentum::new(&gpu, &parameters, &velocities, [recipe.rate, recipe.momentum]);
        let n = recipe.batch;
        let pair = |rows: usize| [gpu.zeros(rows * POSITIONS), gpu.zeros(rows)];
        let (batch, wrong) = (pair(n), [(); 2].map(|()| gpu.zeros(members.len())));
        let step = step(&gpu, &members, &optimiser, layout.length(), n, &batch, &wrong[0]);
        let answers = answers(&gpu, &members, optimiser.parameters(), test, &wrong[1]);
        Some(Self { epoch: pair(0), members: members.len(), gpu, layout, optimiser, n, step, batch, answers, wrong })
    }

    /// The rows of the next steps, in this order; they are as many batches as there are whole ones.
    pub fn load(&mut self, rows: &Examples, order: &[usize]) {
        let x: Vec<f32> = order.iter().flat_map(|row| rows.row(*row)).copied().collect();
        let labels: Vec<f32> = order.iter().map(|row| f32::from(rows.y[*row])).collect();
        for (buffer, numbers) in self.epoch.iter_mut().zip([&x, &labels]) {
            if buffer.size() == 4 * numbers.len() as u64 {
                self.gpu.write(buffer, numbers);
            } else {
                *buffer = self.gpu.filled(numbers);
            }
        }
    }

    /// A step of all on each of these batches of the rows that were loaded, in one submission.
    pub fn steps(&self, batches: Range<usize>) {
        let mut encoder = self.gpu.encoder();
        for batch in batches {
            for ((from, to), width) in self.epoch.iter().zip(&self.batch).zip([POSITIONS, 1]) {
                let bytes = (4 * width * self.n) as u64;
                encoder.copy_buffer_to_buffer(from, batch as u64 * bytes, to, 0, bytes);
            }
            self.step.encode(&mut encoder);
        }
        self.gpu.submit(encoder);
    }

    /// Thousands of test rows.
    pub fn chunks(&self) -> usize {
        self.answers.len()
    }

    /// Answers of all to these thousands of test rows, in one submission.
    pub fn answer(&self, chunks: Range<usize>) {
        let mut encoder = self.gpu.encoder();
        self.answers[chunks].iter().for_each(|plan| plan.encode(&mut encoder));
        self.gpu.submit(encoder);
    }

    /// Wrong answers of each since they were last counted from zero: to training rows as they passed, and to test rows.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn wrong(&self) -> Result<[Vec<usize>; 2], Error> {
        let counts = self.gpu.read_after(self.gpu.encoder(), &[&self.wrong[0], &self.wrong[1]]).await?;
        // A buffer is padded to four numbers.
        let half = |half: &[f32]| half.iter().take(self.members).map(|count| count.to_bits() as usize).collect();
        let (train, test) = counts.split_at(counts.len() / 2);
        Ok([half(train), half(test)])
    }

    /// Counts wrong answers from these numbers on.
    pub fn count_from(&self, wrong: [&[usize]; 2]) {
        for (buffer, counts) in self.wrong.iter().zip(wrong) {
            self.gpu.set(buffer, &counts.iter().map(|count| *count as u32).collect::<Vec<u32>>());
        }
    }

    /// Parameters and velocities as they are now, as [`Self::new`] takes them.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn numbers(&self) -> Result<[Vec<f32>; 2], Error> {
        let Self { gpu, optimiser, layout, .. } = self;
        let read = gpu.read_after(gpu.encoder(), &[optimiser.parameters(), optimiser.velocities()]).await?;
        let (parameters, velocities) = read.split_at(read.len() / 2);
        Ok([parameters, velocities].map(|numbers| layout.unpacked(numbers)))
    }

    /// Dispatches of a step.
    pub fn dispatches(&self) -> usize {
        self.step.dispatches()
    }
}

fn forward(plan: &mut Plan, members: &[Member], parameters: &Numbers, signals: &Signals) {
    for layer in 0..3 {
        let more = [&signals.levels[layer + 1]];
        let product = |member: &Member| Product {
            rows: signals.n,
            depth: member.columns(layer),
            columns: member.columns(layer + 1),
            a: (&signals.levels[layer], signals.rows(member, layer)),
            b: (
                parameters,
                Weights {
                    first: member.matrices[layer],
                    width: member.columns(layer + 1),
                    transposed: false,
                    bias: Some(member.biases[layer]),
                    row: 0,
                },
            ),
            epilogue: if layer < 2 { Epilogue::Relu } else { Epilogue::Sum },
            more: &more,
            at: signals.rows(member, layer + 1),
        };
        Product::push_together(&members.iter().map(product).collect::<Vec<_>>(), plan);
    }
}

/// The gradients of all weights into the slots, from the slopes at the last level down.
fn backward(
    plan: &mut Plan,
    members: &[Member],
    parameters: &Numbers,
    [values, slopes]: [&Signals; 2],
    to: (&Numbers, usize),
) {
    for layer in (0..3).rev() {
        let outer = |member: &Member| Outer {
            rows: values.n,
            a: Some((&values.levels[layer], values.rows(member, layer), member.columns(layer), member.matrices[layer])),
            g: (&slopes.levels[layer + 1], slopes.rows(member, layer + 1)),
            columns: member.columns(layer + 1),
            bias: Some(member.biases[layer]),
            slots: 0..SLOTS,
            to,
        };
        Outer::push_together(&members.iter().map(outer).collect::<Vec<_>>(), plan);
        if layer == 0 {
            break;
        }
        let more = [&values.levels[layer], &slopes.levels[layer]];
        let by_input = |member: &Member| Product {
            rows: values.n,
            depth: member.columns(layer + 1),
            columns: member.columns(layer),
            a: (&slopes.levels[layer + 1], slopes.rows(member, layer + 1)),
            b: (
                parameters,
                Weights {
                    first: member.matrices[layer],
                    width: member.columns(layer + 1),
                    transposed: true,
                    bias: None,
                    row: 0,
                },
            ),
            epilogue: Epilogue::ReluGradient,
            more: &more,
            at: values.rows(member, layer),
        };
        Product::push_together(&members.iter().map(by_input).collect::<Vec<_>>(), plan);
    }
}

/// Everything that a step does.
fn step(
    gpu: &Rc<Gpu>,
    members: &[Member],
    optimiser: &Momentum,
    length: usize,
    n: usize,
    [x, labels]: &[Numbers; 2],
    wrong: &Numbers,
) -> Plan {
    let (values, slopes) = (Signals::new(gpu, members, n, x), Signals::new(gpu, members, n, x));
    let (slots, losses) = (gpu.zeros(SLOTS * length), gpu.zeros(members.len() * n));
    let parameters = optimiser.parameters();
    let mut plan = Plan::new(gpu);
    forward(&mut plan, members, parameters, &values);
    CrossEntropy {
        networks: members.len(),
        rows: n,
        classes: CLASSES,
        logits: &values.levels[3],
        labels: (labels, 0),
        by_logits: &slopes.levels[3],
        losses: &losses,
        wrong,
    }
    .push(&mut plan);
    backward(&mut plan, members, parameters, [&values, &slopes], (&slots, length / 4));
    optimiser.push(&mut plan, (&slots, SLOTS));
    plan
}

/// The forward passes over all test rows, which share what they leave.
fn answers(gpu: &Rc<Gpu>, members: &[Member], parameters: &Numbers, test: &Examples, wrong: &Numbers) -> Vec<Plan> {
    let labels = gpu.filled(&test.y.iter().map(|label| f32::from(*label)).collect::<Vec<f32>>());
    let largest = CHUNK.min(test.count());
    let mut signals = Signals::new(gpu, members, largest, &gpu.filled(&test.x));
    let (by_logits, losses) = (gpu.zeros(4 * largest * members.len() * ENDS[1]), gpu.zeros(members.len() * largest));
    let chunk = |begin: usize| {
        (signals.first, signals.n) = (begin * ENDS[0], CHUNK.min(test.count() - begin));
        let mut plan = Plan::new(gpu);
        forward(&mut plan, members, parameters, &signals);
        CrossEntropy {
            networks: members.len(),
            rows: signals.n,
            classes: CLASSES,
            logits: &signals.levels[3],
            labels: (&labels, begin),
            by_logits: &by_logits,
            losses: &losses,
            wrong,
        }
        .push(&mut plan);
        plan
    };
    (0..test.count()).step_by(CHUNK).map(chunk).collect()
}
