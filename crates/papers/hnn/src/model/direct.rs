//! The networks without tensors: a [`Direct`] holds the weights of a [`super::Dynamics`] as one row of f32 and computes fields,
//! energies and the gradient of the loss from written-out equations, on the kernels of [`math::single`].
//!
//! # The gradient
//! With rows of states x, `h1 = tanh(x W1 + b1)` and `h2 = tanh(h1 W2 + b2)`, the baseline's field is `h2 W3`, and its gradient
//! is ordinary backpropagation. The HNN's energy is `H = h2 w`, and its field the symplectic gradient `J g0`, where
//!
//! ```text
//! e2 = (1 - h2^2) w      g1 = e2 W2^T      e1 = (1 - h1^2) g1      g0 = dH/dx = e1 W1^T
//! ```
//!
//! (elementwise products and squares; w stands in each row). For the loss L, the mean of `(J g0 - dx)^2`, write u' for dL/du.
//! From g0', which is `2 (J g0 - dx) / (n d)` turned back by `J^T`, the chain runs through those four equations from right to
//! left,
//!
//! ```text
//! e1' = g0' W1        W1' += g0'^T e1
//! g1' = (1 - h1^2) e1'               h1' = -2 h1 g1 e1'
//! e2' = g1' W2        W2' += g1'^T e2
//! w'  = sum (1 - h2^2) e2'           h2' = -2 h2 w e2'
//! ```
//!
//! and then through both layers, where `a' = (1 - h^2) h'` is the gradient by what goes into tanh:
//!
//! ```text
//! a2' = (1 - h2^2) h2' = -2 h2 e2 e2'      W2' += h1^T a2'     b2' = sum a2'     h1' += a2' W2^T
//! a1' = (1 - h1^2) h1'                     W1' += x^T a1'      b1' = sum a1'
//! ```
//!
//! Six products of `[n, hidden]` with `[hidden, hidden]` are all that costs (the baseline has three); everything else is one pass
//! each over numbers that are still in the processor's cache, because a batch goes through in blocks of 48 rows.

use math::random::Mt19937;
use math::single::{
    Columns, add_column_sums, add_transposed_product, dots, tanh, tanh_gradient, tanh_slope, tanh_slope_gradient,
    tanh_slope_of_row, tanh_slope_of_row_gradient,
};

use super::shape::{Kind, Shape};

/// Rows that go through the network at once. Their activations fit a cache of the second level beside the weights.
const BLOCK: usize = 48;

/// A network and the room that it computes in.
#[derive(Clone, Debug)]
pub struct Direct {
    shape: Shape,
    parameters: Vec<f32>,
    weights: Weights,
    /// Whether `weights` are those of `parameters`.
    ready: bool,
    block: Block,
}

/// The weights as the products need them.
#[derive(Clone, Debug, Default)]
struct Weights {
    first: Columns,
    second: Columns,
    second_transposed: Columns,
    /// The last matrix transposed, `[outputs, hidden]`, and the same for products.
    last: Vec<f32>,
    last_transposed: Columns,
}

/// Activations of one block and gradients by them, named as above; each `[48, hidden]`.
#[derive(Clone, Debug)]
struct Block {
    h1: Vec<f32>,
    h2: Vec<f32>,
    g1: Vec<f32>,
    e1: Vec<f32>,
    e2: Vec<f32>,
    /// Gradients by e1, then g1.
    upper: Vec<f32>,
    /// Gradients by e2, then a2.
    lower: Vec<f32>,
    /// Gradients by h1, then a1.
    inner: Vec<f32>,
    /// What comes out and the gradient by it, `[48, d]`.
    outer: Vec<f32>,
}

/// The gradient by the parameters, cut as they are.
struct Parts<'a> {
    w1: &'a mut [f32],
    b1: &'a mut [f32],
    w2: &'a mut [f32],
    b2: &'a mut [f32],
    /// Transposed: `[outputs, hidden]`.
    w3: Vec<f32>,
}

impl Direct {
    /// Freshly drawn weights, the same as those of [`super::Dynamics::new`].
    pub fn new(shape: Shape, random: &mut Mt19937) -> Self {
        let layers = shape.layers().into_iter();
        let parameters = layers.flat_map(|(inputs, outputs, bias)| nn::layer(inputs, outputs, bias, random));
        Self::of(shape, parameters.collect())
    }

    /// A network with these parameters, as many as the shape has.
    pub(crate) fn of(shape: Shape, parameters: Vec<f32>) -> Self {
        Self { shape, parameters, weights: Weights::default(), ready: false, block: Block::new(shape) }
    }

    /// Its sizes.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Its parameters, in the order of [`nn::parameters`].
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Other parameters.
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many; nothing is changed then.
    pub fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), nn::Error> {
        self.shape.check(parameters)?;
        self.parameters_mut().copy_from_slice(parameters);
        Ok(())
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        self.ready = false;
        &mut self.parameters
    }

    /// The learned H (empty where there is none) and dx/dt.
    ///
    /// # Shapes
    /// - `x`: `[n, d]`
    /// - result: `[n]` and `[n, d]`
    pub fn energy_and_field(&mut self, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
        self.make_ready();
        let Shape { kind, dimension, hidden } = self.shape;
        let mut energy = vec![0.0; if kind == Kind::Hnn { x.len() / dimension } else { 0 }];
        let mut field = vec![0.0; x.len()];
        let energies = energy.chunks_mut(BLOCK).map(Some).chain(std::iter::repeat_with(|| None));
        let blocks = x.chunks(BLOCK * dimension).zip(field.chunks_mut(BLOCK * dimension));
        for ((x, field), energy) in blocks.zip(energies) {
            self.forward(x);
            if let Some(energy) = energy {
                dots(&self.block.h2[..energy.len() * hidden], &self.weights.last, hidden, energy);
            }
            field.copy_from_slice(&self.block.outer[..x.len()]);
        }
        (energy, field)
    }

    /// The mean over batch and components of (dx - field(x))^2; `gradient` becomes that by the parameters.
    ///
    /// # Shapes
    /// - `x`, `dx`: `[n, d]`
    /// - `gradient`: as many numbers as there are parameters
    pub fn loss(&mut self, x: &[f32], dx: &[f32], gradient: &mut [f32]) -> f32 {
        self.make_ready();
        gradient.fill(0.0);
        let Shape { kind, dimension, hidden } = self.shape;
        let mut parts = Parts::of(self.shape, gradient);
        let mut sum = 0.0;
        for (block, dx) in x.chunks(BLOCK * dimension).zip(dx.chunks(BLOCK * dimension)) {
            self.forward(block);
            sum += self.miss(dx, 2.0 / x.len() as f32);
            match kind {
                Kind::Hnn => self.back_from_slope(block, &mut parts),
                Kind::Baseline => self.back_from_output(block, &mut parts),
            }
            self.back_from_second(block, &mut parts);
        }
        let last = parts.w3;
        let to = gradient.len() - last.len();
        turn(&last, hidden, &mut gradient[to..]);
        (sum / x.len() as f64) as f32
    }

    fn make_ready(&mut self) {
        if self.ready {
            return;
        }
        let Shape { dimension, hidden, .. } = self.shape;
        let outputs = self.shape.outputs();
        let (first, rest) = self.parameters.split_at(dimension * hidden);
        let (second, last) = rest[hidden..].split_at(hidden * hidden);
        let weights = &mut self.weights;
        weights.first.pack(first, [dimension, hidden], [hidden, 1]);
        weights.second.pack(second, [hidden, hidden], [hidden, 1]);
        weights.second_transposed.pack(second, [hidden, hidden], [1, hidden]);
        weights.last.resize(outputs * hidden, 0.0);
        turn(&last[hidden..], outputs, &mut weights.last);
        weights.last_transposed.pack(&weights.last, [outputs, hidden], [hidden, 1]);
        self.ready = true;
    }

    /// From states to the field, which `outer` then holds.
    fn forward(&mut self, x: &[f32]) {
        let Shape { kind, dimension, hidden } = self.shape;
        let size = x.len() / dimension * hidden;
        let Self { parameters, weights, block, .. } = self;
        let (first, rest) = parameters.split_at(dimension * hidden);
        let (b1, b2) = (&rest[..hidden], &rest[hidden + hidden * hidden..][..hidden]);
        let (h1, h2) = (&mut block.h1[..size], &mut block.h2[..size]);
        weights.first.product(x, Some(b1), h1);
        tanh(h1);
        weights.second.product(h1, Some(b2), h2);
        tanh(h2);
        let outer = &mut block.outer[..x.len()];
        match kind {
            Kind::Baseline => dots(h2, &weights.last, hidden, outer),
            Kind::Hnn => {
                let (g1, e1, e2) = (&mut block.g1[..size], &mut block.e1[..size], &mut block.e2[..size]);
                tanh_slope_of_row(h2, &weights.last, e2);
                weights.second_transposed.product(e2, None, g1);
                tanh_slope(h1, g1, e1);
                dots(e1, first, hidden, outer);
                outer.chunks_exact_mut(dimension).for_each(symplectic);
            }
        }
    }

    /// The sum of (field - dx)^2 of a block. `outer` becomes the gradient of its part of the loss by the outputs of the network,
    /// `share` being twice the weight of one component.
    fn miss(&mut self, dx: &[f32], share: f32) -> f64 {
        let Shape { kind, dimension, .. } = self.shape;
        let outer = &mut self.block.outer[..dx.len()];
        let mut sum = 0.0;
        for (outer, dx) in outer.iter_mut().zip(dx) {
            let error = *outer - dx;
            sum += f64::from(error * error);
            *outer = share * error;
        }
        if kind == Kind::Hnn {
            outer.chunks_exact_mut(dimension).for_each(symplectic_transposed);
        }
        sum
    }

    /// From `outer`, the gradient by g0, to those by a2 in `lower` and by h1 in `inner`.
    fn back_from_slope(&mut self, x: &[f32], parts: &mut Parts) {
        let Shape { dimension, hidden, .. } = self.shape;
        let size = x.len() / dimension * hidden;
        let (block, weights) = (&mut self.block, &self.weights);
        let outer = &block.outer[..x.len()];
        let [h1, h2, g1, e1, e2] = [&block.h1, &block.h2, &block.g1, &block.e1, &block.e2].map(|all| &all[..size]);
        let (upper, lower) = (&mut block.upper[..size], &mut block.lower[..size]);
        weights.first.product(outer, None, upper);
        add_transposed_product(outer, e1, [dimension, hidden], parts.w1);
        tanh_slope_gradient(h1, g1, upper, &mut block.inner[..size]);
        weights.second.product(upper, None, lower);
        add_transposed_product(upper, e2, [hidden, hidden], parts.w2);
        tanh_slope_of_row_gradient(h2, e2, lower, &mut parts.w3);
    }

    /// From `outer`, the gradient by the output, to that by a2 in `lower`; that by h1 begins with nothing.
    fn back_from_output(&mut self, x: &[f32], parts: &mut Parts) {
        let Shape { dimension, hidden, .. } = self.shape;
        let size = x.len() / dimension * hidden;
        let block = &mut self.block;
        let (outer, h2, lower) = (&block.outer[..x.len()], &block.h2[..size], &mut block.lower[..size]);
        add_transposed_product(outer, h2, [dimension, hidden], &mut parts.w3);
        self.weights.last_transposed.product(outer, None, lower);
        tanh_gradient(h2, lower);
        block.inner[..size].fill(0.0);
    }

    /// The rest of the way, the same for both networks.
    fn back_from_second(&mut self, x: &[f32], parts: &mut Parts) {
        let Shape { dimension, hidden, .. } = self.shape;
        let size = x.len() / dimension * hidden;
        let block = &mut self.block;
        let (h1, lower, inner) = (&block.h1[..size], &block.lower[..size], &mut block.inner[..size]);
        add_transposed_product(h1, lower, [hidden, hidden], parts.w2);
        add_column_sums(lower, parts.b2);
        self.weights.second_transposed.add_product(lower, inner);
        tanh_gradient(h1, inner);
        add_transposed_product(x, inner, [dimension, hidden], parts.w1);
        add_column_sums(inner, parts.b1);
    }
}

impl Block {
    fn new(shape: Shape) -> Self {
        let [h1, h2, g1, e1, e2, upper, lower, inner] = std::array::from_fn(|_| vec![0.0; BLOCK * shape.hidden]);
        Self { h1, h2, g1, e1, e2, upper, lower, inner, outer: vec![0.0; BLOCK * shape.dimension] }
    }
}

impl<'a> Parts<'a> {
    fn of(shape: Shape, gradient: &'a mut [f32]) -> Self {
        let Shape { dimension, hidden, .. } = shape;
        let (w1, rest) = gradient.split_at_mut(dimension * hidden);
        let (b1, rest) = rest.split_at_mut(hidden);
        let (w2, rest) = rest.split_at_mut(hidden * hidden);
        let (b2, rest) = rest.split_at_mut(hidden);
        Self { w1, b1, w2, b2, w3: vec![0.0; rest.len()] }
    }
}

/// (dH/dq, dH/dp) to (dH/dp, -dH/dq).
fn symplectic(state: &mut [f32]) {
    let (q, p) = state.split_at_mut(state.len() / 2);
    for (q, p) in q.iter_mut().zip(p) {
        (*q, *p) = (*p, -*q);
    }
}

/// The way back: J^T = -J.
fn symplectic_transposed(state: &mut [f32]) {
    let (q, p) = state.split_at_mut(state.len() / 2);
    for (q, p) in q.iter_mut().zip(p) {
        (*q, *p) = (-*p, *q);
    }
}

/// The transpose of a matrix with `columns` columns.
fn turn(values: &[f32], columns: usize, out: &mut [f32]) {
    let rows = values.len() / columns.max(1);
    for (index, out) in out.iter_mut().enumerate() {
        *out = values[index % rows * columns + index / rows];
    }
}
