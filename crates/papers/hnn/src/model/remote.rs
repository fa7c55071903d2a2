//! The networks on WebGPU: the equations of [`super::direct`] as a few kernels of crate `wgsl`, a whole evaluation or a whole
//! training step in one submission. The names are those of the equations there.

mod rows;
mod stages;

use std::rc::Rc;

use demo::Error;
use wgsl::{Adam, Epilogue, Gpu, Layout, Numbers, Outer, Plan, Product, Rows, Weights};

use super::shape::{Kind, Shape};
use stages::Stages;

/// Parts into which a batch is divided for the gradients of weights, so that a GPU has enough to do.
const SLOTS: usize = 8;
/// States that are evaluated at once: what they need stays within the least buffer that WebGPU grants.
const MOST_ROWS: usize = 1 << 16;

/// Where the parameters lie on the device. Matrices are `[inputs, outputs]`, the last is `[outputs, inputs]`.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) shape: Shape,
    pub(crate) layout: Layout,
    first: usize,
    first_bias: usize,
    second: usize,
    second_bias: usize,
    last: usize,
}

impl Places {
    pub(crate) fn new(shape: Shape) -> Self {
        let Shape { dimension, hidden, .. } = shape;
        let mut layout = Layout::default();
        let (first, first_bias) = (layout.matrix(dimension, hidden), layout.vector(hidden));
        let (second, second_bias) = (layout.matrix(hidden, hidden), layout.vector(hidden));
        let last = layout.transposed(hidden, shape.outputs());
        Self { shape, layout, first, first_bias, second, second_bias, last }
    }

    /// Numbers of a state and of a hidden layer, in units of four.
    fn widths(&self) -> [usize; 2] {
        [self.shape.dimension, self.shape.hidden].map(|width| width.div_ceil(4))
    }

    fn weights(&self, first: usize) -> Weights {
        Weights { first, width: self.widths()[1], transposed: false, bias: None, row: self.last }
    }

    fn w1(&self) -> Weights {
        self.weights(self.first)
    }

    fn w2(&self) -> Weights {
        self.weights(self.second)
    }

    fn w2_transposed(&self) -> Weights {
        Weights { transposed: true, ..self.w2() }
    }
}

/// A network for inference.
#[derive(Clone, Debug)]
pub struct Remote {
    gpu: Rc<Gpu>,
    places: Rc<Places>,
    parameters: Numbers,
    evaluation: Option<Rc<Evaluation>>,
    stages: Option<Rc<Stages>>,
}

impl Remote {
    /// On the device of this thread; none where there is none.
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many parameters as the shape has.
    pub fn new(shape: Shape, parameters: &[f32]) -> Result<Option<Self>, nn::Error> {
        shape.check(parameters)?;
        let places = Rc::new(Places::new(shape));
        Ok(wgsl::current().map(|gpu| {
            let parameters = gpu.filled(&places.layout.packed(parameters));
            Self::of(&gpu, &places, parameters)
        }))
    }

    /// Of parameters that are on the device already.
    pub(crate) fn of(gpu: &Rc<Gpu>, places: &Rc<Places>, parameters: Numbers) -> Self {
        Self { gpu: Rc::clone(gpu), places: Rc::clone(places), parameters, evaluation: None, stages: None }
    }

    /// Its sizes.
    pub fn shape(&self) -> Shape {
        self.places.shape
    }

    /// Its parameters, in the order of [`nn::parameters`].
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn parameters(&self) -> Result<Vec<f32>, Error> {
        Ok(self.places.layout.unpacked(&self.gpu.read(&self.parameters).await?))
    }

    /// Other parameters.
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many; nothing is changed then.
    pub fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), nn::Error> {
        self.shape().check(parameters)?;
        self.parameters = self.gpu.filled(&self.places.layout.packed(parameters));
        (self.evaluation, self.stages) = (None, None);
        Ok(())
    }

    /// The learned H (empty where there is none) and dx/dt, in one submission with one read-back for up to 65,536 states.
    ///
    /// # Shapes
    /// - `x`: `[n, d]`
    /// - result: `[n]` and `[n, d]`
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn energy_and_field(&mut self, x: &[f32]) -> Result<(Vec<f32>, Vec<f32>), Error> {
        let (mut energy, mut field) = (Vec::new(), Vec::new());
        for x in x.chunks(MOST_ROWS * self.shape().dimension) {
            let (energies, fields) = self.evaluation(x.len() / self.shape().dimension).run(x).await?;
            energy.extend(energies);
            field.extend(fields);
        }
        Ok((energy, field))
    }

    /// dx/dt of each state, and its mean over a step of Runge-Kutta's order 4, in one submission with one read-back for up to 65,536
    /// states.
    ///
    /// # Shapes
    /// - `x` and both results: `[n, d]`
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn rk4_slopes(&mut self, x: &[f32], dt: f32) -> Result<[Vec<f32>; 2], Error> {
        let [mut slopes, mut means] = [const { Vec::new() }; 2];
        for x in x.chunks(MOST_ROWS * self.shape().dimension) {
            let [slope, mean] = self.stages(x.len() / self.shape().dimension).run(x, dt).await?;
            slopes.extend(slope);
            means.extend(mean);
        }
        Ok([slopes, means])
    }

    /// The stages for so many rows, kept for the next call.
    fn stages(&mut self, rows: usize) -> Rc<Stages> {
        match &self.stages {
            Some(kept) if kept.rows == rows => Rc::clone(kept),
            _ => {
                let made = Rc::new(Stages::new(&self.gpu, &self.places, &self.parameters, rows));
                self.stages = Some(Rc::clone(&made));
                made
            }
        }
    }

    /// Dispatches of the last evaluation; none before the first.
    pub fn dispatches(&self) -> usize {
        self.evaluation.as_ref().map_or(0, |evaluation| evaluation.plan.dispatches())
    }

    /// That for so many rows, kept for the next call.
    fn evaluation(&mut self, rows: usize) -> Rc<Evaluation> {
        match &self.evaluation {
            Some(kept) if kept.rows == rows => Rc::clone(kept),
            _ => {
                let made = Rc::new(Evaluation::new(&self.gpu, &self.places, &self.parameters, rows));
                self.evaluation = Some(Rc::clone(&made));
                made
            }
        }
    }
}

/// Everything that a forward pass leaves, each `[n, hidden]`; without energy g1, e1 and e2 are empty.
#[derive(Debug)]
struct Activations {
    h1: Numbers,
    h2: Numbers,
    g1: Numbers,
    e1: Numbers,
    e2: Numbers,
}

impl Activations {
    fn new(gpu: &Gpu, places: &Places, rows: usize) -> Self {
        let wide = || gpu.zeros(4 * rows * places.widths()[1]);
        let slope = || if places.shape.kind == Kind::Hnn { wide() } else { gpu.zeros(0) };
        Self { h1: wide(), h2: wide(), g1: slope(), e1: slope(), e2: slope() }
    }

    /// Up to what the last matrix, or for the energy the first, is multiplied with.
    fn push(&self, plan: &mut Plan, places: &Places, parameters: &Numbers, x: &Numbers, rows: usize) {
        let [narrow, wide] = places.widths();
        let biased = |weights: Weights, bias| Weights { bias: Some(bias), ..weights };
        let (w1, w2) = (biased(places.w1(), places.first_bias), biased(places.w2(), places.second_bias));
        let mut push = |(a, depth), weights, epilogue, more: &[&Numbers]| {
            product(plan, rows, (a, depth), (parameters, weights), epilogue, (more, wide));
        };
        push((x, narrow), w1, Epilogue::Tanh, &[&self.h1]);
        if places.shape.kind == Kind::Baseline {
            push((&self.h1, wide), w2, Epilogue::Tanh, &[&self.h2]);
            return;
        }
        push((&self.h1, wide), w2, Epilogue::TanhAndSlopeOfRow, &[&self.h2, &self.e2]);
        push((&self.e2, wide), places.w2_transposed(), Epilogue::SumAndSlope, &[&self.h1, &self.g1, &self.e1]);
    }
}

/// Adds a product of dense rows.
fn product(
    plan: &mut Plan,
    rows: usize,
    (a, depth): (&Numbers, usize),
    b: (&Numbers, Weights),
    epilogue: Epilogue,
    (more, columns): (&[&Numbers], usize),
) {
    let (a, at) = ((a, Rows::dense(depth)), Rows::dense(columns));
    Product { rows, depth, columns, a, b, epilogue, more, at }.push(plan);
}

/// An evaluation of so many states.
#[derive(Debug)]
struct Evaluation {
    rows: usize,
    shape: Shape,
    x: Numbers,
    results: Numbers,
    plan: Plan,
}

impl Evaluation {
    fn new(gpu: &Rc<Gpu>, places: &Places, parameters: &Numbers, rows: usize) -> Self {
        let shape = places.shape;
        let x = gpu.zeros(4 * rows * places.widths()[0]);
        let energies = if shape.kind == Kind::Hnn { rows } else { 0 };
        let results = gpu.zeros(energies + rows * shape.dimension);
        let activations = Activations::new(gpu, places, rows);
        let mut plan = Plan::new(gpu);
        activations.push(&mut plan, places, parameters, &x, rows);
        rows::push_results(&mut plan, places, parameters, &activations, &results, rows);
        Self { rows, shape, x, results, plan }
    }

    async fn run(&self, x: &[f32]) -> Result<(Vec<f32>, Vec<f32>), Error> {
        let gpu = self.plan.gpu();
        gpu.write(&self.x, &padded(x, self.shape.dimension));
        let mut encoder = gpu.encoder();
        self.plan.encode(&mut encoder);
        let mut energy = gpu.read_after(encoder, &[&self.results]).await?;
        let energies = if self.shape.kind == Kind::Hnn { self.rows } else { 0 };
        let mut field = energy.split_off(energies);
        field.truncate(x.len());
        Ok((energy, field))
    }
}

/// A training step for batches of so many rows: one submission.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) rows: usize,
    dimension: usize,
    /// x, then dx, each row padded.
    batch: Numbers,
    plan: Plan,
}

/// What flows back; the names are those of [`super::direct`].
struct Slopes {
    /// By g0, or by the output, `[n, d]`.
    outer: Numbers,
    upper: Numbers,
    lower: Numbers,
    inner: Numbers,
    /// (1 - h2^2) e2', whose columns' sums are w'.
    last: Numbers,
    /// Gradients by all parameters, in [`SLOTS`] parts.
    parts: Numbers,
}

impl Step {
    pub(crate) fn new(gpu: &Rc<Gpu>, places: &Places, adam: &Adam, rows: usize) -> Self {
        let [narrow, wide] = places.widths();
        let batch = gpu.zeros(8 * rows * narrow);
        let losses = gpu.zeros(rows);
        let [upper, lower, inner, last] = std::array::from_fn(|_| gpu.zeros(4 * rows * wide));
        let (outer, parts) = (gpu.zeros(4 * rows * narrow), gpu.zeros(SLOTS * places.layout.length()));
        let slopes = Slopes { outer, upper, lower, inner, last, parts };
        let activations = Activations::new(gpu, places, rows);
        let mut plan = Plan::new(gpu);
        activations.push(&mut plan, places, adam.parameters(), &batch, rows);
        rows::push_misses(&mut plan, places, adam.parameters(), &activations, [&batch, &slopes.outer, &losses], rows);
        match places.shape.kind {
            Kind::Hnn => push_slope_gradient(&mut plan, places, adam, &batch, &activations, &slopes, rows),
            Kind::Baseline => push_gradient(&mut plan, places, adam, &batch, &activations, &slopes, rows),
        }
        adam.push(&mut plan, &slopes.parts, &losses);
        Self { rows, dimension: places.shape.dimension, batch, plan }
    }

    /// Dispatches of a step.
    pub(crate) fn dispatches(&self) -> usize {
        self.plan.dispatches()
    }

    /// Makes the step, and gives the number of its loss.
    pub(crate) fn run(&self, adam: &mut Adam, x: &[f32], dx: &[f32]) -> usize {
        let gpu = self.plan.gpu();
        gpu.write(&self.batch, &[padded(x, self.dimension), padded(dx, self.dimension)].concat());
        let number = adam.advance(SLOTS, self.rows.div_ceil(4), 1.0 / x.len() as f32);
        self.plan.submit();
        number
    }
}

/// From `outer` to all parameters, through the chain of the energy.
fn push_slope_gradient(
    plan: &mut Plan,
    places: &Places,
    adam: &Adam,
    x: &Numbers,
    Activations { h1, h2, g1, e1, e2 }: &Activations,
    Slopes { outer, upper, lower, inner, last, parts }: &Slopes,
    rows: usize,
) {
    let [narrow, wide] = places.widths();
    let mut push = |(a, depth), weights, epilogue, more: &[&Numbers]| {
        product(plan, rows, (a, depth), (adam.parameters(), weights), epilogue, (more, wide));
    };
    push((outer, narrow), places.w1(), Epilogue::Curvature, &[h1, g1, inner, upper]);
    push((upper, wide), places.w2(), Epilogue::Curvature, &[h2, e2, lower, last]);
    push((lower, wide), places.w2_transposed(), Epilogue::SlopeOfSum, &[h1, inner]);
    let (half, to) = (SLOTS / 2, (parts, places.layout.length() / 4));
    let mut push = |a: Option<(_, usize, usize)>, g, bias, slots| {
        let a = a.map(|(a, depth, matrix)| (a, Rows::dense(depth), depth, matrix));
        Outer { rows, a, g: (g, Rows::dense(wide)), columns: wide, bias, slots, to }.push(plan);
    };
    push(Some((upper, wide, places.second)), e2, None, 0..half);
    push(Some((h1, wide, places.second)), lower, Some(places.second_bias), half..SLOTS);
    push(Some((outer, narrow, places.first)), e1, None, 0..half);
    push(Some((x, narrow, places.first)), inner, Some(places.first_bias), half..SLOTS);
    push(None, last, Some(places.last), 0..SLOTS);
}

/// From `outer` to all parameters, by ordinary backpropagation.
fn push_gradient(
    plan: &mut Plan,
    places: &Places,
    adam: &Adam,
    x: &Numbers,
    Activations { h1, h2, .. }: &Activations,
    Slopes { outer, lower, inner, parts, .. }: &Slopes,
    rows: usize,
) {
    let [narrow, wide] = places.widths();
    let mut push = |(a, depth), weights, more: &[&Numbers]| {
        product(plan, rows, (a, depth), (adam.parameters(), weights), Epilogue::Slope, (more, wide));
    };
    push((outer, narrow), places.weights(places.last), &[h2, lower]);
    push((lower, wide), places.w2_transposed(), &[h1, inner]);
    let to = (parts, places.layout.length() / 4);
    let mut push = |(a, depth, matrix), g, bias| {
        let a = Some((a, Rows::dense(depth), depth, matrix));
        Outer { rows, a, g: (g, Rows::dense(wide)), columns: wide, bias, slots: 0..SLOTS, to }.push(plan);
    };
    push((h1, wide, places.second), lower, Some(places.second_bias));
    push((x, narrow, places.first), inner, Some(places.first_bias));
    push((outer, narrow, places.last), h2, None);
}

/// Rows of `columns` numbers, each padded with zeros to a multiple of four.
fn padded(values: &[f32], columns: usize) -> Vec<f32> {
    let width = columns.next_multiple_of(4);
    let mut padded = vec![0.0; values.len() / columns.max(1) * width];
    for (to, from) in padded.chunks_exact_mut(width).zip(values.chunks_exact(columns)) {
        to[..columns].copy_from_slice(from);
    }
    padded
}
