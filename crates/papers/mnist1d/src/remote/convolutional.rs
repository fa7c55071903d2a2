//! Networks of convolutions followed by one fully connected layer.
//!
//! A signal is `[n, positions, channels]` on the device, with the zeros that the next layer wants around its positions, so that the
//! windows of a convolution are rows of a matrix as they stand. A fully connected layer is a convolution whose one window is
//! the whole signal.

use std::rc::Rc;

use demo::Error;
use wgsl::{Adam, ByInput, CrossEntropy, Epilogue, Gpu, Layout, Numbers, Outer, Plan, Product, Rows, Weights};

use crate::learner::Rows as Examples;
use crate::model::{Activation, Layer, Network};

/// Parts into which a batch is divided for the gradients of weights.
const SLOTS: usize = 32;

/// One layer.
#[derive(Clone, Copy, Debug)]
struct Stage {
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    length: usize,
    positions: usize,
    rectified: bool,
    /// Where the matrix `[kernel * inputs, outputs]` and the bias lie.
    matrix: usize,
    bias: usize,
}

impl Stage {
    fn new(layer: &Layer, layout: &mut Layout) -> Option<Self> {
        let mut stage = match layer {
            Layer::Conv(conv) => Self {
                inputs: conv.inputs,
                outputs: conv.outputs,
                kernel: conv.kernel,
                stride: conv.stride,
                padding: conv.padding,
                length: conv.length,
                positions: conv.positions(),
                rectified: conv.activation == Activation::Relu,
                matrix: 0,
                bias: 0,
            },
            Layer::Dense(dense) if dense.activation == Activation::None && !dense.skip => Self {
                inputs: dense.flattens[1],
                outputs: dense.outputs,
                kernel: dense.flattens[0],
                stride: 1,
                padding: 0,
                length: dense.flattens[0],
                positions: 1,
                rectified: false,
                matrix: 0,
                bias: 0,
            },
            _ => return None,
        };
        let Self { inputs, outputs, kernel, .. } = stage;
        let (depth, [wide, narrow]) = (kernel * inputs, stage.widths());
        let place = |index: usize| {
            let (output, tap, input) = (index / depth, index % depth / inputs, index % inputs);
            (tap * 4 * wide + input) * 4 * narrow + output
        };
        stage.matrix = layout.part(kernel * 4 * wide * 4 * narrow, outputs * depth, place);
        stage.bias = layout.vector(outputs);
        Some(stage)
    }

    /// Channels in and out, in units of four.
    fn widths(&self) -> [usize; 2] {
        [self.inputs, self.outputs].map(|channels| channels.div_ceil(4))
    }

    /// What goes in for one example, with its padding, in units of four.
    fn room(&self) -> usize {
        (self.length + 2 * self.padding) * self.widths()[0]
    }

    /// The windows of what goes in.
    fn windows(&self) -> Rows {
        let [width, _] = self.widths();
        Rows { first: 0, per: self.positions, outer: self.room(), inner: self.stride * width }
    }

    /// The positions of what goes in.
    fn signal(&self) -> Rows {
        let [width, _] = self.widths();
        Rows { first: self.padding * width, per: self.length, outer: self.room(), inner: width }
    }
}

/// A network that learns on a device.
#[derive(Debug)]
pub struct Convolutional {
    layout: Layout,
    adam: Adam,
    stages: Vec<Stage>,
    n: usize,
    x: Numbers,
    labels: Numbers,
    plan: Plan,
}

impl Convolutional {
    /// A network of convolutions over one channel and a fully connected layer, with its weights as they are, for batches of n;
    /// none for others, and where this thread has no device.
    pub fn new(network: &Network, rate: f32, n: usize) -> Option<Self> {
        let gpu = wgsl::current()?;
        let mut layout = Layout::default();
        let stages = network.layers().iter().map(|(_, layer)| Stage::new(layer, &mut layout));
        let stages: Vec<Stage> = stages.collect::<Option<_>>()?;
        let (last, convolutions) = stages.split_last()?;
        let is_known = stages[0].inputs == 1 && convolutions.iter().all(|stage| stage.rectified);
        if last.rectified || !is_known {
            return None;
        }
        let adam = Adam::new(&gpu, &layout.packed(&network.parameters), f64::from(rate), 0.0);
        let labels = gpu.zeros(n);
        let (plan, x) = plan(&gpu, &stages, &layout, &adam, &labels, n);
        Some(Self { layout, adam, stages, n, x, labels, plan })
    }

    /// Goes on after so many steps from the parameters and both moments of Adam, one after the other in the network's order.
    pub fn resume(&mut self, steps: u32, numbers: &[f32]) {
        let packed = |numbers: &[f32]| self.layout.packed(numbers);
        let mut parts = numbers.chunks(self.layout.count()).map(packed);
        let (parameters, moments) = (parts.next().unwrap_or_default(), parts.flatten().collect::<Vec<f32>>());
        self.adam.restore(steps, &parameters, &moments);
    }

    /// Steps made.
    pub fn steps(&self) -> u32 {
        self.adam.steps()
    }

    /// One step on n of these examples, from one of them on; after the last comes the first. Gives the number of the loss.
    pub fn step(&mut self, examples: &Examples, begin: usize) -> usize {
        let picked = |at: usize| (begin + at) % examples.count().max(1);
        let gpu = self.plan.gpu();
        let stage = &self.stages[0];
        let mut x = vec![0.0; 4 * self.n * stage.room()];
        for (at, example) in x.chunks_exact_mut(4 * stage.room()).enumerate() {
            for (position, value) in examples.row(picked(at)).iter().enumerate() {
                example[4 * (stage.padding + position)] = *value;
            }
        }
        gpu.write(&self.x, &x);
        let labels: Vec<f32> = (0..self.n).map(|at| f32::from(examples.y[picked(at)])).collect();
        gpu.write(&self.labels, &labels);
        let number = self.adam.advance(SLOTS, self.n.div_ceil(4), 1.0 / self.n as f32);
        self.plan.submit();
        number
    }

    /// The losses of these numbers.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn losses(&self, numbers: &[usize]) -> Result<Vec<f32>, Error> {
        self.adam.losses().read(numbers).await
    }

    /// The parameters as they are now, in the network's order.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn parameters(&self) -> Result<Vec<f32>, Error> {
        Ok(self.layout.unpacked(&self.plan.gpu().read(self.adam.parameters()).await?))
    }

    /// Parameters and both moments of Adam, as [`Self::resume`] takes them.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn numbers(&self) -> Result<Vec<f32>, Error> {
        let (parameters, moments) = (self.parameters().await?, self.adam.moments().await?);
        let moments = moments.chunks(self.layout.length()).take(2).flat_map(|half| self.layout.unpacked(half));
        Ok(parameters.into_iter().chain(moments).collect())
    }

    /// Dispatches of a step.
    pub fn dispatches(&self) -> usize {
        self.plan.dispatches()
    }
}

/// The step, and where the batch is written.
fn plan(gpu: &Rc<Gpu>, stages: &[Stage], layout: &Layout, adam: &Adam, labels: &Numbers, n: usize) -> (Plan, Numbers) {
    let classes = stages.last().map_or(1, |stage| stage.outputs);
    let rooms = || stages.iter().map(Stage::room).chain([classes.div_ceil(4)]).map(|room| gpu.zeros(4 * n * room));
    let values: Vec<Numbers> = rooms().collect();
    let slopes: Vec<Numbers> = rooms().collect();
    let (parts, losses, wrong) = (gpu.zeros(SLOTS * layout.length()), gpu.zeros(n), gpu.zeros(1));
    // Where the rows of what each stage gives stand.
    let ends = stages.iter().skip(1).map(Stage::signal).chain([Rows::dense(classes.div_ceil(4))]);
    let ends: Vec<Rows> = ends.collect();
    let mut plan = Plan::new(gpu);
    for (index, stage) in stages.iter().enumerate() {
        let [inputs, outputs] = stage.widths();
        let weights =
            Weights { first: stage.matrix, width: outputs, transposed: false, bias: Some(stage.bias), row: 0 };
        Product {
            rows: n * stage.positions,
            depth: stage.kernel * inputs,
            columns: outputs,
            a: (&values[index], stage.windows()),
            b: (adam.parameters(), weights),
            epilogue: if stage.rectified { Epilogue::Relu } else { Epilogue::Sum },
            more: &[&values[index + 1]],
            at: ends[index],
        }
        .push(&mut plan);
    }
    let last = stages.len();
    let (logits, by_logits) = (&values[last], &slopes[last]);
    let labels = (labels, 0);
    CrossEntropy { networks: 1, rows: n, classes, logits, labels, by_logits, losses: &losses, wrong: &wrong }
        .push(&mut plan);
    for (index, stage) in stages.iter().enumerate().rev() {
        let [inputs, outputs] = stage.widths();
        let by_output = (&slopes[index + 1], ends[index]);
        Outer {
            rows: n * stage.positions,
            a: Some((&values[index], stage.windows(), stage.kernel * inputs, stage.matrix)),
            g: by_output,
            columns: outputs,
            bias: Some(stage.bias),
            slots: 0..SLOTS,
            to: (&parts, layout.length() / 4),
        }
        .push(&mut plan);
        if index > 0 {
            by_input(stage, n, adam, by_output, [&values[index], &slopes[index]]).push(&mut plan);
        }
    }
    adam.push(&mut plan, &parts, &losses);
    (plan, values[0].clone())
}

fn by_input<'a>(
    stage: &Stage,
    n: usize,
    adam: &'a Adam,
    by_output: (&'a Numbers, Rows),
    signal: [&'a Numbers; 2],
) -> ByInput<'a> {
    ByInput {
        rows: n * stage.length,
        length: stage.length,
        positions: stage.positions,
        kernel: stage.kernel,
        stride: stage.stride,
        padding: stage.padding,
        channels: stage.widths(),
        weights: (adam.parameters(), stage.matrix),
        by_output,
        signal,
        at: stage.signal(),
    }
}
