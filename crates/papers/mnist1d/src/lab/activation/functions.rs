//! Functions through which a network learns: known ones, a spline on top of one of them, and the authors' small network on top of
//! ELU.

use math::random::Mt19937;
use math::single::{exp, tanh};

/// A function with parameters p that can be learned.
pub trait Activation: Clone {
    /// Numbers of p.
    fn count(&self) -> usize;

    /// p, to move along.
    fn parameters(&mut self) -> &mut [f32];

    /// The chance of the next step, where there is some in the function.
    fn draw(&mut self, _random: &mut Mt19937) {}

    /// The same without chance.
    fn calm(&self) -> Self {
        self.clone()
    }

    /// At every x: f, f', f''.
    fn evaluate(&self, x: &[f32], out: [&mut [f32]; 3]);

    /// Adds the gradient by p of the sum of a f(x) + b f'(x) to `gradient`.
    fn add_gradient(&self, x: &[f32], a: &[f32], b: &[f32], gradient: &mut [f32]);
}

/// What the spline is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// max(x, 0)
    Relu,
    /// x sigmoid(x)
    Swish,
    /// x, or exp(x) - 1 below zero
    Elu,
    /// The hyperbolic tangent.
    Tanh,
    /// ln(1 + exp(x))
    Softplus,
    /// 1 / (1 + exp(-x))
    Sigmoid,
}

impl Base {
    /// All, the best first.
    pub const ALL: [Self; 6] = [Self::Relu, Self::Swish, Self::Elu, Self::Tanh, Self::Softplus, Self::Sigmoid];

    /// In file names.
    pub fn id(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Swish => "swish",
            Self::Elu => "elu",
            Self::Tanh => "tanh",
            Self::Softplus => "softplus",
            Self::Sigmoid => "sigmoid",
        }
    }

    /// The function and its first two derivatives.
    fn at(self, x: f32) -> [f32; 3] {
        let logistic = 1.0 / (1.0 + exp(-x));
        let bell = logistic * (1.0 - logistic);
        match self {
            Self::Relu => {
                if x > 0.0 {
                    [x, 1.0, 0.0]
                } else {
                    [0.0; 3]
                }
            }
            Self::Elu if x > 0.0 => [x, 1.0, 0.0],
            Self::Elu => [exp(x) - 1.0, exp(x), exp(x)],
            Self::Swish => {
                let slope = bell * (1.0 - 2.0 * logistic);
                [x * logistic, logistic + x * bell, 2.0 * bell + x * slope]
            }
            Self::Tanh => {
                let t = 1.0 - 2.0 / (exp(2.0 * x) + 1.0);
                [t, 1.0 - t * t, -2.0 * t * (1.0 - t * t)]
            }
            Self::Softplus => {
                let value = x.max(0.0) + math::ops::ln_1p(f64::from(exp(-x.abs()))) as f32;
                [value, logistic, bell]
            }
            Self::Sigmoid => [logistic, bell, bell * (1.0 - 2.0 * logistic)],
        }
    }
}

/// Coefficients of the spline.
pub const KNOTS: usize = 32;
/// It bends between minus this and this, and is constant beyond.
pub const REACH: f32 = 6.0;

/// An activation function: a base plus a uniform cubic B-spline.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// What the spline is added to.
    pub base: Base,
    /// How much of each bump.
    pub coefficients: [f32; KNOTS],
}

/// The four bumps that are not zero at a point: the first's number, then their values and first two derivatives.
struct Bumps {
    first: usize,
    values: [[f32; 4]; 3],
}

fn bumps(x: f32) -> Bumps {
    let spacing = 2.0 * REACH / (KNOTS - 3) as f32;
    let place = (x.clamp(-REACH, REACH) + REACH) / spacing;
    let first = (place as usize).min(KNOTS - 4);
    let (u, v) = (place - first as f32, 1.0 - (place - first as f32));
    // Beyond the reach the function goes on as it is at the end.
    let inside = if x.abs() < REACH { 1.0 / spacing } else { 0.0 };
    let second = inside * inside;
    let values = [
        [
            v * v * v / 6.0,
            (3.0 * u * u * u - 6.0 * u * u + 4.0) / 6.0,
            (3.0 * v * v * v - 6.0 * v * v + 4.0) / 6.0,
            u * u * u / 6.0,
        ],
        [
            -0.5 * v * v * inside,
            (1.5 * u * u - 2.0 * u) * inside,
            (2.0 * v - 1.5 * v * v) * inside,
            0.5 * u * u * inside,
        ],
        [v * second, (3.0 * u - 2.0) * second, (3.0 * v - 2.0) * second, u * second],
    ];
    Bumps { first, values }
}

impl Function {
    /// The base alone.
    pub fn plain(base: Base) -> Self {
        Self { base, coefficients: [0.0; KNOTS] }
    }

    /// Where the bump of a coefficient has its top.
    pub fn centre(knot: usize) -> f32 {
        (knot as f32 - 1.0) * 2.0 * REACH / (KNOTS - 3) as f32 - REACH
    }

    /// The function and its first two derivatives.
    pub fn at(&self, x: f32) -> [f32; 3] {
        let Bumps { first, values } = bumps(x);
        let own = &self.coefficients[first..first + 4];
        let sum = |values: &[f32; 4]| values.iter().zip(own).map(|(value, own)| value * own).sum::<f32>();
        let base = self.base.at(x);
        std::array::from_fn(|order| base[order] + sum(&values[order]))
    }
}

impl Activation for Function {
    fn count(&self) -> usize {
        KNOTS
    }

    fn parameters(&mut self) -> &mut [f32] {
        &mut self.coefficients
    }

    fn evaluate(&self, x: &[f32], [values, first, second]: [&mut [f32]; 3]) {
        for (at, x) in x.iter().enumerate() {
            [values[at], first[at], second[at]] = self.at(*x);
        }
    }

    fn add_gradient(&self, x: &[f32], a: &[f32], b: &[f32], gradient: &mut [f32]) {
        for ((x, a), b) in x.iter().zip(a).zip(b) {
            let Bumps { first, values } = bumps(*x);
            for (knot, own) in gradient[first..first + 4].iter_mut().enumerate() {
                *own += a * values[0][knot] + b * values[1][knot];
            }
        }
    }
}

/// Hidden numbers of [`Taught`].
const UNITS: usize = 100;
/// Its parameters.
pub const TAUGHT: usize = 3 * UNITS + 1;
/// How much of the network is added.
const SHARE: f32 = 0.2;

/// The authors' function: ELU(x) + 0.2 g(x), where g is a network 1-100-1 with tanh, whose hidden numbers get noise in every step.
#[derive(Clone, Debug, PartialEq)]
pub struct Taught {
    /// Weights and biases of the hidden numbers, weights of the output, its bias: `[100, 100, 100, 1]`.
    numbers: Vec<f32>,
    noise: [f32; UNITS],
}

impl Taught {
    /// With fresh weights by PyTorch's law.
    pub fn new(random: &mut Mt19937) -> Self {
        let narrow = 1.0 / math::ops::sqrt(UNITS as f64);
        let bounds = [(2 * UNITS, 1.0), (UNITS + 1, narrow)];
        let draw = |(count, bound): (usize, f64)| (0..count).map(move |_| bound).collect::<Vec<_>>();
        let numbers = bounds.into_iter().flat_map(draw).map(|bound| random.uniform(-bound, bound) as f32).collect();
        Self { numbers, noise: [0.0; UNITS] }
    }

    /// With these numbers; none where they are not [`TAUGHT`] many.
    pub fn with(numbers: Vec<f32>) -> Option<Self> {
        (numbers.len() == TAUGHT).then_some(Self { numbers, noise: [0.0; UNITS] })
    }

    /// Its numbers.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// For each hidden number: weight, bias, weight of the output.
    fn units(&self) -> impl Iterator<Item = [f32; 3]> {
        let [weights, biases, outputs] = [0, 1, 2].map(|part| &self.numbers[part * UNITS..(part + 1) * UNITS]);
        weights.iter().zip(biases).zip(outputs).map(|((weight, bias), output)| [*weight, *bias, *output])
    }

    /// The hidden numbers of one unit at every x.
    fn hidden(x: &[f32], [weight, bias, _]: [f32; 3], hidden: &mut [f32]) {
        hidden.iter_mut().zip(x).for_each(|(hidden, x)| *hidden = weight * x + bias);
        tanh(hidden);
    }
}

impl Activation for Taught {
    fn count(&self) -> usize {
        TAUGHT
    }

    fn parameters(&mut self) -> &mut [f32] {
        &mut self.numbers
    }

    fn draw(&mut self, random: &mut Mt19937) {
        self.noise = std::array::from_fn(|_| random.uniform(-super::NOISE, super::NOISE) as f32);
    }

    fn calm(&self) -> Self {
        Self { noise: [0.0; UNITS], ..self.clone() }
    }

    fn evaluate(&self, x: &[f32], [values, first, second]: [&mut [f32]; 3]) {
        values.fill(self.numbers[3 * UNITS]);
        first.fill(0.0);
        second.fill(0.0);
        let mut hidden = vec![0.0; x.len()];
        for (unit, noise) in self.units().zip(self.noise) {
            let [weight, _, output] = unit;
            Self::hidden(x, unit, &mut hidden);
            let (slope, bend) = (output * weight, -2.0 * output * weight * weight);
            for (((hidden, value), first), second) in hidden.iter().zip(&mut *values).zip(&mut *first).zip(&mut *second)
            {
                let bell = 1.0 - hidden * hidden;
                *value += output * (hidden + noise);
                *first += slope * bell;
                *second += bend * hidden * bell;
            }
        }
        for (at, x) in x.iter().enumerate() {
            let base = Base::Elu.at(*x);
            let own = [&mut values[at], &mut first[at], &mut second[at]];
            own.into_iter().zip(base).for_each(|(own, base)| *own = base + SHARE * *own);
        }
    }

    fn add_gradient(&self, x: &[f32], a: &[f32], b: &[f32], gradient: &mut [f32]) {
        let mut hidden = vec![0.0; x.len()];
        let total: f32 = sum(a.iter().copied());
        gradient[3 * UNITS] += SHARE * total;
        for (at, (unit, noise)) in self.units().zip(self.noise).enumerate() {
            let [weight, _, output] = unit;
            Self::hidden(x, unit, &mut hidden);
            // Sums of a t, a s, a s x, b s, b s t, b s t x with s = 1 - t^2, in lanes that the compiler keeps side by side.
            let mut sums = [[0.0_f32; LANES]; 6];
            let chunks = hidden.chunks(LANES).zip(x.chunks(LANES)).zip(a.chunks(LANES).zip(b.chunks(LANES)));
            for ((hidden, x), (a, b)) in chunks {
                for (lane, ((t, x), (a, b))) in hidden.iter().zip(x).zip(a.iter().zip(b)).enumerate() {
                    let bell = 1.0 - t * t;
                    let (by, along) = (a * bell, b * bell);
                    let turned = along * t;
                    let terms = [a * t, by, by * x, along, turned, turned * x];
                    sums.iter_mut().zip(terms).for_each(|(sum, term)| sum[lane] += term);
                }
            }
            let [value, bell, bell_x, along, turned, turned_x] = sums.map(sum);
            // f = w2 (t + n), f' = w2 w1 s.
            gradient[at] += SHARE * output * (bell_x + along - 2.0 * weight * turned_x);
            gradient[UNITS + at] += SHARE * output * (bell - 2.0 * weight * turned);
            gradient[2 * UNITS + at] += SHARE * (value + noise * total + weight * along);
        }
    }
}

/// Numbers that are summed side by side.
const LANES: usize = 16;

fn sum(values: impl IntoIterator<Item = f32>) -> f32 {
    values.into_iter().sum()
}
