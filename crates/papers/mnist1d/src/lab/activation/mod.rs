//! Metalearning an activation function (notebook metalearn-activation-function): descent on the shape of the function through
//! which a network 40-128-10 learns.
//!
//! The function is ELU plus a fifth of a network of 301 weights ([`Taught`], the paper's), or a base plus a cubic spline of 32
//! coefficients ([`Function`], the page's: a spline bends where it is pulled and costs a hundredth). c are the numbers that are
//! learned. An inner training makes 301 steps of `RMSProp`,
//!
//! s' = d s + (1 - d) g^2,   w' = w - r g / (sqrt s' + e),
//!
//! from s = 1; the outer loss J is the mean of its last 200 losses. Its slope by c is exact: the steps are kept and gone through
//! backwards. With the adjoint p of w' and q of s', v = -r p / (sqrt s' + e) + 2 (1 - d) q g is what J gains by g, and
//!
//! p <- p + H v + dJ/dw,   dJ/dc += d(g . v)/dc + dJ/dL dL/dc,
//!
//! where H v and d(g . v)/dc come from one more pass, differentiated along v (Pearlmutter, Neural Computation 6, 1994).

mod functions;

use math::random::Mt19937;
use math::single::{Pairs, Panels, add_outer, add_row_sums, fill_rows, softmax_cross_entropy};

pub use functions::{Activation, Base, Function, KNOTS, REACH, TAUGHT, Taught};

use crate::data::{CLASSES, Settings};
use crate::learner::{BadSnapshot, Rows};
use crate::model::POSITIONS;

/// Hidden numbers.
pub const HIDDEN: usize = 128;
/// Rows of a batch.
pub const BATCH: usize = 100;
/// Steps of an inner training.
pub const INNER_STEPS: usize = 301;
/// Its last steps, whose losses count.
pub const COUNTED: usize = 200;
/// Steps of the outer descent.
pub const OUTER_STEPS: usize = 301;
/// Its rate.
pub const OUTER_RATE: f32 = 0.3;
/// Largest slope by a coefficient that is followed.
pub const CLIP: f32 = 0.1;

const RATE: f32 = 1e-2;
const DECAY: f32 = 0.4;
const EPSILON: f32 = 1e-8;
/// Noise on the hidden numbers, uniform within.
const NOISE: f64 = 0.1;

const FIRST: usize = HIDDEN * POSITIONS;
const SECOND: usize = CLASSES * HIDDEN;
/// Weights of the inner network.
pub const PARAMETERS: usize = FIRST + HIDDEN + SECOND + CLASSES;

/// The data set of the experiment: 8,000 training rows.
pub fn settings() -> Settings {
    Settings { num_samples: 10_000, ..Settings::default() }
}

/// A training through a function, between two steps.
#[derive(Clone, Debug)]
pub struct Training<F = Function> {
    function: F,
    seed: u32,
    weights: Vec<f32>,
    squares: Vec<f32>,
    random: Mt19937,
    pass: Pass,
    steps: usize,
    losses: Vec<f32>,
}

impl<F: Activation> Training<F> {
    /// With fresh weights by PyTorch's law.
    pub fn new(function: F, seed: u32) -> Self {
        let mut random = Mt19937::new(seed);
        let mut weights = Vec::with_capacity(PARAMETERS);
        for (count, inputs) in [(FIRST, POSITIONS), (HIDDEN, POSITIONS), (SECOND, HIDDEN), (CLASSES, HIDDEN)] {
            let bound = 1.0 / math::ops::sqrt(inputs as f64);
            weights.extend((0..count).map(|_| random.uniform(-bound, bound) as f32));
        }
        let (pass, losses) = (Pass::default(), Vec::new());
        Self { function, seed, weights, squares: vec![1.0; PARAMETERS], random, pass, steps: 0, losses }
    }

    /// One step on the next batch of `rows`. Fewer rows than a batch, no step.
    pub fn step(&mut self, rows: &Rows) {
        if rows.count() < BATCH {
            return;
        }
        let noise = self.noise();
        self.pass.take(rows, self.steps, &noise);
        let loss = self.pass.evaluate(&self.function, &self.weights);
        self.losses.push(loss);
        for ((weight, square), gradient) in self.weights.iter_mut().zip(&mut self.squares).zip(&self.pass.gradient) {
            *square = DECAY * *square + (1.0 - DECAY) * gradient * gradient;
            *weight -= RATE * gradient / (square.sqrt() + EPSILON);
        }
        self.steps += 1;
    }

    /// Steps made.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Losses of all steps.
    pub fn losses(&self) -> &[f32] {
        &self.losses
    }

    /// Mean of the last losses, as many as count.
    pub fn mean_loss(&self) -> f32 {
        let counted = &self.losses[self.losses.len().saturating_sub(COUNTED)..];
        counted.iter().sum::<f32>() / counted.len().max(1) as f32
    }

    /// Everything that makes the next steps, as bytes.
    pub fn save(&self) -> Vec<u8> {
        let numbers = self.weights.iter().chain(&self.squares).chain(&self.losses);
        numbers.flat_map(|number| number.to_le_bytes()).collect()
    }

    /// Goes on from what [`Training::save`] gave for the same function and seed.
    ///
    /// # Errors
    /// [`BadSnapshot`] when it is not of such a training; nothing changes then.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), BadSnapshot> {
        let (chunks, odd) = bytes.as_chunks::<4>();
        let numbers: Vec<f32> = chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
        let steps = numbers.len().checked_sub(2 * PARAMETERS).filter(|steps| odd.is_empty() && *steps <= INNER_STEPS);
        let steps = steps.ok_or(BadSnapshot)?;
        let fresh = Self::new(self.function.clone(), self.seed);
        let [weights, squares] = [&numbers[..PARAMETERS], &numbers[PARAMETERS..2 * PARAMETERS]].map(<[f32]>::to_vec);
        *self = Self { weights, squares, losses: numbers[2 * PARAMETERS..].to_vec(), steps, ..fresh };
        (0..steps).for_each(|_| {
            self.noise();
        });
        Ok(())
    }

    /// The next step's, in the network and in the function.
    fn noise(&mut self) -> Vec<f32> {
        let noise = (0..HIDDEN).map(|_| self.random.uniform(-NOISE, NOISE) as f32).collect();
        self.function.draw(&mut self.random);
        noise
    }

    /// Share of rows that the network gets right, without noise.
    pub fn accuracy(&self, rows: &Rows) -> f64 {
        let (mut pass, function) = (Pass::default(), self.function.calm());
        let mut right = 0;
        for batch in 0..rows.count() / BATCH {
            pass.take(rows, batch, &[0.0; HIDDEN]);
            pass.evaluate(&function, &self.weights);
            right += pass.correct;
        }
        right as f64 / (rows.count() / BATCH * BATCH).max(1) as f64
    }
}

/// A whole training of `steps` steps and the slope of its outer loss by the function's numbers, zero where there are fewer rows
/// than a batch.
pub fn slope<F: Activation>(function: &F, seed: u32, steps: usize, rows: &Rows) -> (Training<F>, Vec<f32>) {
    let mut outer = Outer::new(function.clone(), seed, steps);
    while rows.count() >= BATCH && outer.step(rows) {}
    (outer.training, outer.back.slope)
}

/// A training and the way back through it, one step at a time: what one outer step needs.
pub struct Outer<F = Function> {
    training: Training<F>,
    steps: usize,
    tape: Vec<Kept<F>>,
    back: Back,
    /// Steps gone back.
    gone_back: usize,
}

impl<F: Activation> Outer<F> {
    /// Before the first of `steps` steps.
    pub fn new(function: F, seed: u32, steps: usize) -> Self {
        let [by_weights, by_squares] = [(); 2].map(|()| vec![0.0; PARAMETERS]);
        let back = Back { by_weights, by_squares, slope: vec![0.0; function.count()] };
        let training = Training::new(function, seed);
        Self { training, steps, tape: Vec::with_capacity(steps), back, gone_back: 0 }
    }

    /// One step forwards, or back once all are made. False, and nothing happens, at the end.
    pub fn step(&mut self, rows: &Rows) -> bool {
        let Self { training, steps, tape, back, gone_back } = self;
        if training.steps < *steps {
            let weights = training.weights.clone();
            training.step(rows);
            tape.push(Kept {
                weights,
                squares: training.squares.clone(),
                noise: training.pass.noise.clone(),
                function: training.function.clone(),
            });
            return true;
        }
        let Some(kept) = tape.pop() else { return false };
        let (step, counted) = (tape.len(), COUNTED.min(*steps));
        let share = if step + counted >= *steps { 1.0 / counted as f32 } else { 0.0 };
        training.pass.take(rows, step, &kept.noise);
        back.step(&mut training.pass, &kept, share);
        *gone_back += 1;
        true
    }

    /// Steps made, forwards and back together; twice as many as the training's at the end.
    pub fn steps(&self) -> usize {
        self.training.steps + self.gone_back
    }

    /// The training.
    pub fn training(&self) -> &Training<F> {
        &self.training
    }

    /// The slope of the outer loss by the function's numbers, at the end.
    pub fn slope(&self) -> &[f32] {
        &self.back.slope
    }
}

/// A step as it is needed on the way back: weights before it, mean squares after it, and its chance.
struct Kept<F> {
    weights: Vec<f32>,
    squares: Vec<f32>,
    noise: Vec<f32>,
    function: F,
}

/// The adjoints of weights and mean squares.
struct Back {
    by_weights: Vec<f32>,
    by_squares: Vec<f32>,
    slope: Vec<f32>,
}

impl Back {
    fn step<F: Activation>(&mut self, pass: &mut Pass, kept: &Kept<F>, share: f32) {
        pass.evaluate(&kept.function, &kept.weights);
        let mut along = vec![0.0; PARAMETERS];
        for (at, along) in along.iter_mut().enumerate() {
            let (gradient, root, by_weight) = (pass.gradient[at], kept.squares[at].sqrt(), self.by_weights[at]);
            let scale = root + EPSILON;
            let by_square =
                self.by_squares[at] + RATE * by_weight * gradient / (2.0 * root.max(EPSILON) * scale * scale);
            *along = -RATE * by_weight / scale + 2.0 * (1.0 - DECAY) * by_square * gradient;
            self.by_squares[at] = DECAY * by_square;
        }
        pass.differentiate(&kept.weights, &along);
        for (by_weight, (product, gradient)) in self.by_weights.iter_mut().zip(pass.product.iter().zip(&pass.gradient))
        {
            *by_weight += product + share * gradient;
        }
        // The loss itself where it counts, and how its gradient changes along `along`.
        let by_values = pass.by_hidden_along.iter().zip(&pass.by_hidden).map(|(along, plain)| along + share * plain);
        let by_slopes = pass.by_hidden.iter().zip(&pass.sums_along).map(|(by, moved)| by * moved);
        let [by_values, by_slopes] = [by_values.collect::<Vec<f32>>(), by_slopes.collect()];
        kept.function.add_gradient(&pass.sums, &by_values, &by_slopes, &mut self.slope);
    }
}

/// Buffers of a pass, batch last.
#[derive(Clone, Debug, Default)]
struct Pass {
    x: Vec<f32>,
    y: Vec<u8>,
    noise: Vec<f32>,
    panels: Panels,
    /// Before the function, after it, and its first two derivatives there.
    sums: Vec<f32>,
    hidden: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    /// The loss by logits and by hidden numbers.
    by_logits: Vec<f32>,
    by_hidden: Vec<f32>,
    gradient: Vec<f32>,
    correct: usize,
    product: Vec<f32>,
    /// How the sums, and the loss by hidden numbers, change along a direction.
    sums_along: Vec<f32>,
    by_hidden_along: Vec<f32>,
}

impl Pass {
    fn take(&mut self, rows: &Rows, step: usize, noise: &[f32]) {
        let begin = step % (rows.count() / BATCH).max(1) * BATCH;
        self.x.clear();
        self.x.extend((0..rows.length).flat_map(|column| (0..BATCH).map(move |at| rows.row(begin + at)[column])));
        self.y.clear();
        self.y.extend_from_slice(&rows.y[begin..begin + BATCH]);
        self.noise.clear();
        self.noise.extend_from_slice(noise);
    }

    /// Gives the loss; fills the gradients by weights and by hidden numbers.
    fn evaluate<F: Activation>(&mut self, function: &F, weights: &[f32]) -> f32 {
        let [w1, b1, w2, b2] = parts(weights);
        cleared(&mut self.sums, HIDDEN * BATCH);
        affine(&mut self.panels, w1, b1, &self.x, &mut self.sums);
        for values in [&mut self.hidden, &mut self.first, &mut self.second] {
            cleared(values, HIDDEN * BATCH);
        }
        function.evaluate(&self.sums, [&mut self.hidden, &mut self.first, &mut self.second]);
        for (row, noise) in self.hidden.chunks_exact_mut(BATCH).zip(&self.noise) {
            for hidden in row {
                *hidden += noise;
            }
        }
        cleared(&mut self.by_logits, CLASSES * BATCH);
        affine(&mut self.panels, w2, b2, &self.hidden, &mut self.by_logits);
        let (loss, correct) = softmax_cross_entropy(&mut self.by_logits, &self.y);
        self.correct = correct;
        self.backward(w2);
        loss
    }

    fn backward(&mut self, w2: &[f32]) {
        cleared(&mut self.gradient, PARAMETERS);
        let [g1, d1, g2, d2] = parts_mut(&mut self.gradient);
        add_outer(&self.by_logits, &self.hidden, BATCH, Pairs::ONE, [CLASSES, HIDDEN], g2);
        add_row_sums(&self.by_logits, BATCH, d2);
        cleared(&mut self.by_hidden, HIDDEN * BATCH);
        self.panels.pack(w2, [HIDDEN, CLASSES], [1, HIDDEN]);
        self.panels.add_product(&self.by_logits, BATCH, &mut self.by_hidden);
        let by_sums: Vec<f32> = self.by_hidden.iter().zip(&self.first).map(|(by, first)| by * first).collect();
        add_outer(&by_sums, &self.x, BATCH, Pairs::ONE, [HIDDEN, POSITIONS], g1);
        add_row_sums(&by_sums, BATCH, d1);
    }

    /// After [`Pass::evaluate`]: how the gradients change when the weights move along `along`.
    fn differentiate(&mut self, weights: &[f32], along: &[f32]) {
        let [_, _, w2, _] = parts(weights);
        let [v1, c1, v2, c2] = parts(along);
        let mut sums = vec![0.0; HIDDEN * BATCH];
        affine(&mut self.panels, v1, c1, &self.x, &mut sums);
        let hidden: Vec<f32> = sums.iter().zip(&self.first).map(|(sum, first)| sum * first).collect();
        let mut logits = vec![0.0; CLASSES * BATCH];
        affine(&mut self.panels, v2, c2, &self.hidden, &mut logits);
        self.panels.pack(w2, [CLASSES, HIDDEN], [HIDDEN, 1]);
        self.panels.add_product(&hidden, BATCH, &mut logits);
        self.softmax_along(&mut logits);
        let mut by_hidden = vec![0.0; HIDDEN * BATCH];
        self.panels.pack(w2, [HIDDEN, CLASSES], [1, HIDDEN]);
        self.panels.add_product(&logits, BATCH, &mut by_hidden);
        self.panels.pack(v2, [HIDDEN, CLASSES], [1, HIDDEN]);
        self.panels.add_product(&self.by_logits, BATCH, &mut by_hidden);
        cleared(&mut self.product, PARAMETERS);
        let [p1, q1, p2, q2] = parts_mut(&mut self.product);
        add_outer(&logits, &self.hidden, BATCH, Pairs::ONE, [CLASSES, HIDDEN], p2);
        add_outer(&self.by_logits, &hidden, BATCH, Pairs::ONE, [CLASSES, HIDDEN], p2);
        add_row_sums(&logits, BATCH, q2);
        let by_sums = by_hidden.iter().enumerate();
        let by_sums = by_sums.map(|(at, by)| by * self.first[at] + self.by_hidden[at] * self.second[at] * sums[at]);
        let by_sums: Vec<f32> = by_sums.collect();
        add_outer(&by_sums, &self.x, BATCH, Pairs::ONE, [HIDDEN, POSITIONS], p1);
        add_row_sums(&by_sums, BATCH, q1);
        (self.sums_along, self.by_hidden_along) = (sums, by_hidden);
    }

    /// Changes of the logits become those of the loss by them, p (c - p . c) over the batch.
    fn softmax_along(&self, changes: &mut [f32]) {
        let n = BATCH as f32;
        for (at, label) in self.y.iter().enumerate() {
            let share = |class: usize| {
                let own = if usize::from(*label) == class { 1.0 } else { 0.0 };
                self.by_logits[class * BATCH + at] * n + own
            };
            let mean: f32 = (0..CLASSES).map(|class| share(class) * changes[class * BATCH + at]).sum();
            for class in 0..CLASSES {
                let change = &mut changes[class * BATCH + at];
                *change = share(class) * (*change - mean) / n;
            }
        }
    }
}

fn cleared(values: &mut Vec<f32>, length: usize) {
    values.clear();
    values.resize(length, 0.0);
}

/// out = W right + b.
fn affine(panels: &mut Panels, weights: &[f32], bias: &[f32], right: &[f32], out: &mut [f32]) {
    fill_rows(bias, BATCH, out);
    let depth = right.len() / BATCH;
    panels.pack(weights, [bias.len(), depth], [depth, 1]);
    panels.add_product(right, BATCH, out);
}

/// First weights, first biases, second weights, second biases.
fn parts(weights: &[f32]) -> [&[f32]; 4] {
    let (w1, rest) = weights.split_at(FIRST);
    let (b1, rest) = rest.split_at(HIDDEN);
    let (w2, b2) = rest.split_at(SECOND);
    [w1, b1, w2, b2]
}

fn parts_mut(weights: &mut [f32]) -> [&mut [f32]; 4] {
    let (w1, rest) = weights.split_at_mut(FIRST);
    let (b1, rest) = rest.split_at_mut(HIDDEN);
    let (w2, b2) = rest.split_at_mut(SECOND);
    [w1, b1, w2, b2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::generate;

    fn rows() -> Rows {
        let [train, _] = Rows::of(&generate(&Settings { num_samples: 500, ..Settings::default() }).unwrap());
        train
    }

    #[test]
    fn the_networks_have_as_many_weights_as_published() {
        assert_eq!(PARAMETERS, 6538);
        assert_eq!((TAUGHT, Taught::new(&mut Mt19937::new(0)).count()), (301, 301));
    }

    /// One of each kind, bent.
    fn bent() -> (Function, Taught) {
        let mut spline = Function::plain(Base::Elu);
        spline.coefficients[15] = 0.1;
        let mut taught = Taught::new(&mut Mt19937::new(5));
        taught.draw(&mut Mt19937::new(6));
        (spline, taught)
    }

    #[test]
    fn derivatives_of_every_function_are_those_of_differences() {
        for base in Base::ALL {
            let mut function = Function::plain(base);
            let numbers = function.coefficients.iter_mut().enumerate();
            numbers.for_each(|(knot, value)| *value = ((knot * 7) % 5) as f32 * 0.1);
            check_derivatives(&function, &format!("{base:?}"));
        }
        check_derivatives(&bent().1, "the paper's");
        let mut constant = Function::plain(Base::Relu);
        constant.coefficients = [0.5; KNOTS];
        assert!((constant.at(-1.234)[0] - 0.5).abs() < 1e-6 && constant.at(-1.234)[1].abs() < 1e-5);
    }

    fn check_derivatives<F: Activation>(function: &F, what: &str) {
        let at = |x: f32| {
            let mut out = [[0.0]; 3];
            function.evaluate(&[x], out.each_mut().map(<[f32; 1]>::as_mut_slice));
            out.map(|[value]| value)
        };
        for x in [-7.0, -3.3, -0.7, 0.4, 1.9, 5.1_f32] {
            let [low, here, high] = [-1e-2, 0.0, 1e-2].map(|by| at(x + by));
            for order in 0..2 {
                let slope = (high[order] - low[order]) / 2e-2;
                assert!((slope - here[order + 1]).abs() < 5e-3, "{what} {x}: {slope} against {}", here[order + 1]);
            }
        }
    }

    #[test]
    fn the_slope_is_that_of_differences() {
        let (spline, taught) = bent();
        check_slope(&spline, 5e-3);
        check_slope(&taught, 2e-3);
    }

    fn check_slope<F: Activation>(function: &F, step: f32) {
        const STEPS: usize = 6;
        let rows = rows();
        let (_, slope) = slope(function, 3, STEPS, &rows);
        let along: Vec<f32> = (0..function.count()).map(|at| if at % 3 == 0 { -1.0 } else { 1.0 }).collect();
        let loss = |by: f32| {
            let mut moved = function.clone();
            moved.parameters().iter_mut().zip(&along).for_each(|(value, along)| *value += by * along);
            let mut training = Training::new(moved, 3);
            (0..STEPS).for_each(|_| training.step(&rows));
            f64::from(training.mean_loss())
        };
        let difference = (loss(step) - loss(-step)) / f64::from(2.0 * step);
        let exact: f64 = slope.iter().zip(&along).map(|(slope, along)| f64::from(slope * along)).sum();
        assert!((exact / difference - 1.0).abs() < 1e-2, "{exact} against {difference}");
    }

    #[test]
    fn a_training_learns_through_any_function() {
        let rows = rows();
        for base in [Base::Relu, Base::Tanh] {
            let mut training = Training::new(Function::plain(base), 0);
            (0..60).for_each(|_| training.step(&rows));
            assert!(training.accuracy(&rows) > 0.3, "{base:?}: {}", training.accuracy(&rows));
        }
    }
}
