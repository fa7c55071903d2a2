//! Guillotine regularisation (notebook self-supervised-learning): a network learns without labels that two views of a row belong
//! together (`SimCLR`; Chen et al., 2020), and is then cut at a layer.

use math::ops::ln;
use math::random::Mt19937;
use math::single::{Adam, Panels, exp};

use crate::learner::{BadSnapshot, Rows};
use crate::model::{Activation, Dense, Layer, Network, POSITIONS, Pass, convolutional};

/// Rows of a batch; the pass holds two views of each.
pub const BATCH: usize = 100;
/// Adam's rate.
pub const RATE: f32 = 1e-2;
/// Passes through the data.
pub const EPOCHS: usize = 200;
/// Of the similarities.
const TEMPERATURE: f32 = 0.5;
/// Channels of the trunk, and numbers of its output H.
const CHANNELS: usize = 25;
const TRUNK: usize = 125;
/// Numbers of the projection.
const PROJECTION: usize = 16;
/// Layers of the trunk: H stands after them.
pub const TRUNK_LAYERS: usize = 3;

/// What stands on the trunk while it learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projector {
    /// One hidden layer.
    Default,
    /// Nothing.
    None,
    /// Three hidden layers.
    Deep,
}

impl Projector {
    /// All.
    pub const ALL: [Self; 3] = [Self::Default, Self::None, Self::Deep];

    /// In file names.
    pub fn id(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::None => "none",
            Self::Deep => "deep",
        }
    }

    /// The network, with all parameters zero.
    pub fn network(self) -> Network {
        let mut layers: Vec<_> = convolutional(CHANNELS).layers()[..TRUNK_LAYERS].to_vec();
        let hidden: &[&'static str] = match self {
            Self::Default => &["hidden1"],
            Self::None => &[],
            Self::Deep => &["hidden1", "hidden2", "hidden3"],
        };
        let mut flattens = [TRUNK / CHANNELS, CHANNELS];
        for name in hidden {
            layers.push((name, dense(TRUNK, Activation::Relu, flattens)));
            flattens = [1, TRUNK];
        }
        if self != Self::None {
            layers.push(("projection", dense(PROJECTION, Activation::None, flattens)));
        }
        Network::new(layers)
    }
}

fn dense(outputs: usize, activation: Activation, flattens: [usize; 2]) -> Layer {
    Layer::Dense(Dense { inputs: TRUNK, outputs, activation, skip: false, flattens })
}

/// A view of a row: its mean and slope are taken away, it is rotated by 0 to 9 places, and gets another slope and offset.
pub fn view(row: &[f32], random: &mut Mt19937) -> [f32; POSITIONS] {
    let centre = (POSITIONS - 1) as f64 / 2.0;
    let spread: f64 = (0..POSITIONS).map(|at| (at as f64 - centre) * (at as f64 - centre)).sum();
    let values = || row.iter().enumerate().map(|(at, value)| (at as f64, f64::from(*value)));
    let mean = values().map(|(_, value)| value).sum::<f64>() / POSITIONS as f64;
    let slope = values().map(|(at, value)| (at - centre) * value).sum::<f64>() / spread;
    let mut flat = [0.0; POSITIONS];
    for (flat, (at, value)) in flat.iter_mut().zip(values()) {
        *flat = value - mean - slope * (at - centre);
    }
    let Draw { shift, slope, offset } = Draw::new(random);
    flat.rotate_right(shift);
    std::array::from_fn(|at| (flat[at] + slope * at as f64 + offset) as f32)
}

/// What is random in a view.
struct Draw {
    shift: usize,
    slope: f64,
    offset: f64,
}

impl Draw {
    fn new(random: &mut Mt19937) -> Self {
        let shift = random.randint(0, 10) as usize;
        Self { shift, slope: random.normal(0.0, 0.04), offset: random.normal(0.0, 0.3) }
    }
}

/// A network that learns without labels.
#[derive(Clone, Debug)]
pub struct Contrast {
    network: Network,
    adam: Adam,
    pass: Pass,
    gradient: Vec<f32>,
    order: Vec<usize>,
    seed: u32,
    random: Mt19937,
    pairs: Pairs,
    step: usize,
}

impl Contrast {
    /// With fresh weights, for so many rows.
    pub fn new(projector: Projector, rows: usize, seed: u32) -> Self {
        let network = projector.network().initialised(&mut Mt19937::new(seed));
        let count = network.parameters.len();
        Self {
            adam: Adam::new(RATE, count),
            pass: Pass::new(&network, 2 * BATCH),
            gradient: vec![0.0; count],
            order: (0..rows).collect(),
            seed,
            random: Mt19937::new(seed),
            pairs: Pairs::default(),
            step: 0,
            network,
        }
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whole passes through the data.
    pub fn epochs(&self) -> usize {
        self.step / self.batches()
    }

    /// Steps of a pass.
    pub fn batches(&self) -> usize {
        (self.order.len() / BATCH).max(1)
    }

    /// One step on the next batch; gives its loss. Fewer rows than a batch, no step.
    pub fn step(&mut self, rows: &Rows) -> f32 {
        if self.order.len() < BATCH {
            return 0.0;
        }
        let place = self.step % self.batches();
        if place == 0 {
            self.random.shuffle(&mut self.order);
        }
        let picked = &self.order[place * BATCH..(place + 1) * BATCH];
        let views: Vec<_> = (0..2 * BATCH).map(|at| view(rows.row(picked[at % BATCH]), &mut self.random)).collect();
        self.pass.fill(&self.network, |at| &views[at]);
        let output = self.network.forward(&mut self.pass).to_vec();
        let loss = self.pairs.loss(&output, self.pass.by_output());
        self.network.backward(&mut self.pass, &mut self.gradient);
        self.adam.step(&mut self.network.parameters, &self.gradient);
        self.step += 1;
        loss
    }

    /// Steps made.
    pub fn steps(&self) -> usize {
        self.step
    }

    /// Everything that makes the next steps, as bytes.
    pub fn save(&self) -> Vec<u8> {
        let numbers = self.network.parameters.iter().copied().chain(self.adam.moments());
        let steps = self.adam.steps().to_le_bytes();
        steps.into_iter().chain(numbers.flat_map(f32::to_le_bytes)).collect()
    }

    /// Goes on from what [`Contrast::save`] gave for the same projector, rows and seed.
    ///
    /// # Errors
    /// [`BadSnapshot`] when it is not of this network or holds something that is not a number; nothing changes then.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), BadSnapshot> {
        let (steps, rest) = bytes.split_first_chunk::<4>().ok_or(BadSnapshot)?;
        let (chunks, odd) = rest.as_chunks::<4>();
        let numbers: Vec<f32> = chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
        let (steps, count) = (u32::from_le_bytes(*steps), self.network.parameters.len());
        let is_long = steps as usize > EPOCHS * self.batches();
        if is_long || !odd.is_empty() || numbers.len() != 3 * count || numbers.iter().any(|number| !number.is_finite())
        {
            return Err(BadSnapshot);
        }
        self.network.parameters.copy_from_slice(&numbers[..count]);
        self.adam.restore(steps, &numbers[count..]);
        self.draw_again(steps as usize);
        Ok(())
    }

    /// The order of the rows and the random stream after so many steps.
    fn draw_again(&mut self, steps: usize) {
        self.order.sort_unstable();
        self.random = Mt19937::new(self.seed);
        for step in 0..steps {
            if step % self.batches() == 0 {
                self.random.shuffle(&mut self.order);
            }
            (0..2 * BATCH).for_each(|_| {
                Draw::new(&mut self.random);
            });
        }
        self.step = steps;
    }
}

/// The loss of pairs, and buffers.
#[derive(Clone, Debug, Default)]
struct Pairs {
    panels: Panels,
    /// Views one and two, `[numbers, BATCH]`, each column of length 1.
    unit: [Vec<f32>; 2],
    lengths: [Vec<f32>; 2],
    /// Of view one (row) with view two (column), over the temperature.
    similarities: Vec<f32>,
    turned: Vec<f32>,
}

impl Pairs {
    /// Minus the log of the share of a row's own partner among all partners, and its gradient by `output`.
    ///
    /// # Shapes
    /// - `output`, `gradient`: `[numbers, 2 BATCH]`, view one before view two
    fn loss(&mut self, output: &[f32], gradient: &mut [f32]) -> f32 {
        let numbers = output.len() / (2 * BATCH);
        self.normalise(output);
        self.similarities.clear();
        self.similarities.resize(BATCH * BATCH, 0.0);
        self.panels.pack(&self.unit[0], [BATCH, numbers], [1, BATCH]);
        self.panels.add_product(&self.unit[1], BATCH, &mut self.similarities);
        let loss = self.softmax();
        self.turned.clear();
        self.turned.extend((0..BATCH * BATCH).map(|at| self.similarities[at % BATCH * BATCH + at / BATCH]));
        let [one, two] = &self.unit;
        let mut by_unit = [vec![0.0; one.len()], vec![0.0; two.len()]];
        self.panels.pack(two, [numbers, BATCH], [BATCH, 1]);
        self.panels.add_product(&self.turned, BATCH, &mut by_unit[0]);
        self.panels.pack(one, [numbers, BATCH], [BATCH, 1]);
        self.panels.add_product(&self.similarities, BATCH, &mut by_unit[1]);
        self.through_normalisation(&by_unit, gradient);
        loss
    }

    fn normalise(&mut self, output: &[f32]) {
        for (half, (unit, lengths)) in self.unit.iter_mut().zip(&mut self.lengths).enumerate() {
            unit.clear();
            unit.extend(output.chunks_exact(2 * BATCH).flat_map(|row| &row[half * BATCH..(half + 1) * BATCH]));
            lengths.clear();
            lengths.resize(BATCH, 0.0);
            for row in unit.chunks_exact(BATCH) {
                lengths.iter_mut().zip(row).for_each(|(length, value)| *length += value * value);
            }
            for length in lengths.iter_mut() {
                *length = length.sqrt().max(1e-8);
            }
            for row in unit.chunks_exact_mut(BATCH) {
                row.iter_mut().zip(&*lengths).for_each(|(value, length)| *value /= length);
            }
        }
    }

    /// Cosines become the gradient of the loss by them.
    fn softmax(&mut self) -> f32 {
        let mut loss = 0.0;
        for (row, similarities) in self.similarities.chunks_exact_mut(BATCH).enumerate() {
            let own = similarities[row] / TEMPERATURE;
            // A cosine is at most 1, so that nothing overflows.
            for value in similarities.iter_mut() {
                *value = exp(*value / TEMPERATURE);
            }
            let sum: f32 = similarities.iter().sum();
            loss += ln(f64::from(sum)) - f64::from(own);
            let scale = 1.0 / (sum * TEMPERATURE * BATCH as f32);
            for value in similarities.iter_mut() {
                *value *= scale;
            }
            similarities[row] -= 1.0 / (TEMPERATURE * BATCH as f32);
        }
        (loss / BATCH as f64) as f32
    }

    /// d z = (d u - u (u . d u)) / |z|.
    fn through_normalisation(&self, by_unit: &[Vec<f32>; 2], gradient: &mut [f32]) {
        for (half, by_unit) in by_unit.iter().enumerate() {
            let (unit, lengths) = (&self.unit[half], &self.lengths[half]);
            let mut along = [0.0; BATCH];
            for (unit, by_unit) in unit.chunks_exact(BATCH).zip(by_unit.chunks_exact(BATCH)) {
                along.iter_mut().zip(unit.iter().zip(by_unit)).for_each(|(along, (unit, by))| *along += unit * by);
            }
            let rows = unit.chunks_exact(BATCH).zip(by_unit.chunks_exact(BATCH));
            for (gradient, (unit, by_unit)) in gradient.chunks_exact_mut(2 * BATCH).zip(rows) {
                for (at, gradient) in gradient[half * BATCH..(half + 1) * BATCH].iter_mut().enumerate() {
                    *gradient = (by_unit[at] - unit[at] * along[at]) / lengths[at];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Settings, generate};

    #[test]
    fn networks_have_the_published_sizes() {
        let counts = Projector::ALL.map(|projector| projector.network().parameters.len());
        assert_eq!(counts, [21_716, 3_950, 53_216]);
    }

    #[test]
    fn the_gradient_of_the_loss_is_that_of_differences() {
        let mut random = Mt19937::new(1);
        let output: Vec<f32> = (0..3 * 2 * BATCH).map(|_| random.normal(0.0, 1.0) as f32).collect();
        let mut gradient = vec![0.0; output.len()];
        let mut pairs = Pairs::default();
        pairs.loss(&output, &mut gradient);
        let direction: Vec<f32> = (0..output.len()).map(|_| random.normal(0.0, 1.0) as f32).collect();
        let mut moved = |by: f32| {
            let moved: Vec<f32> = output.iter().zip(&direction).map(|(value, along)| value + by * along).collect();
            f64::from(pairs.loss(&moved, &mut vec![0.0; output.len()]))
        };
        let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
        let expected: f64 = gradient.iter().zip(&direction).map(|(a, b)| f64::from(a * b)).sum();
        assert!((slope - expected).abs() < 1e-2 * expected.abs() + 1e-4, "{slope} against {expected}");
    }

    #[test]
    fn a_snapshot_goes_on_to_the_same_bits() {
        let [train, _] = Rows::of(&generate(&Settings { num_samples: 500, ..Settings::default() }).unwrap());
        let mut contrast = Contrast::new(Projector::None, train.count(), 3);
        (0..6).for_each(|_| {
            contrast.step(&train);
        });
        let mut other = Contrast::new(Projector::None, train.count(), 3);
        other.restore(&contrast.save()).unwrap();
        for _ in 0..3 {
            assert_eq!(contrast.step(&train), other.step(&train));
        }
        assert_eq!(contrast.network(), other.network());
        assert_eq!(other.restore(&contrast.save()[..9]), Err(BadSnapshot));
        assert_eq!(Contrast::new(Projector::Deep, train.count(), 3).restore(&contrast.save()), Err(BadSnapshot));
    }

    #[test]
    fn it_learns_which_views_belong_together() {
        let [train, _] = Rows::of(&generate(&Settings { num_samples: 500, ..Settings::default() }).unwrap());
        let mut contrast = Contrast::new(Projector::Default, train.count(), 0);
        let first = contrast.step(&train);
        while contrast.epochs() < 12 {
            contrast.step(&train);
        }
        let last = contrast.step(&train);
        assert!(last < first - 0.3, "{first} to {last}");
    }
}
