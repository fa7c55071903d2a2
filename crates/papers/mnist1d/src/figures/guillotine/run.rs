//! A training without labels, and probes that read all its layers meanwhile, round after round.
//!
//! A round looks at the network as it stood when the round began: the rows go through it, the numbers of every layer are
//! brought to mean 0 and deviation 1, and then every layer's linear classifier goes on learning on them.
//!
//! This module must not know how anything looks.

use std::rc::Rc;

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};

use super::map::Directions;
use crate::data::CLASSES;
use crate::lab::contrast::{Contrast, EPOCHS, Projector};
use crate::learner::{Learner, Rows, accuracy, logits};
use crate::model::{Activation, Dense, Layer, Network, Pass};

/// Steps of the training in a tick of its own.
const STEPS: usize = 3;
/// Rows that go through the network in a tick.
const CHUNK: usize = 200;
/// Steps of a probe in a tick, and ticks for a probe in a round.
const PROBE_STEPS: usize = 16;
const PROBE_TICKS: usize = 6;
/// Adam's rate for the probes, and rows of their batches.
const PROBE_RATE: f32 = 1e-2;
const PROBE_BATCH: usize = 100;
/// Rounds after the training has ended, for the probes to settle.
const LAST_ROUNDS: usize = 8;
/// Test rows on the map.
const DOTS: usize = 300;

/// All of it.
pub(super) struct Run {
    projector: Projector,
    rows: Rc<[Rows; 2]>,
    contrast: Contrast,
    /// Mean losses of the whole epochs, and the sum of the present one.
    losses: Vec<f64>,
    loss_sum: f64,
    turn: bool,
    probes: Vec<Learner>,
    accuracies: Vec<Option<f64>>,
    maps: Vec<Map>,
    round: Round,
    rounds_at_end: usize,
}

/// A layer's test rows in two dimensions.
#[derive(Clone, Debug, Default, PartialEq)]
struct Map {
    /// Of its numbers, and of the logits of its probe.
    directions: [Directions; 2],
    places: [Vec<[f32; 2]>; 2],
}

/// A look at the network as it stood.
struct Round {
    network: Network,
    pass: Pass,
    /// By layer: training and test rows.
    layers: Vec<[Rows; 2]>,
    /// Ticks of this round.
    ticks: usize,
}

impl Round {
    fn new(network: &Network, rows: &[Rows; 2]) -> Self {
        let numbers = numbers(network);
        let empty = |numbers: usize, rows: &Rows| Rows {
            length: numbers,
            x: vec![0.0; numbers * rows.count()],
            y: rows.y.clone(),
        };
        Self {
            pass: Pass::new(network, CHUNK),
            network: network.clone(),
            layers: numbers.into_iter().map(|numbers| rows.each_ref().map(|rows| empty(numbers, rows))).collect(),
            ticks: 0,
        }
    }

    /// Ticks in which rows go through.
    fn gathering(&self) -> usize {
        self.layers[0].iter().map(|rows| rows.count().div_ceil(CHUNK)).sum()
    }

    /// Then every layer is scaled, one a tick.
    fn scaled(&self) -> usize {
        self.gathering() + self.layers.len()
    }

    fn end(&self) -> usize {
        self.scaled() + PROBE_TICKS * self.layers.len()
    }

    /// Lets the next rows through.
    fn gather(&mut self, tick: usize, rows: &[Rows; 2]) {
        let first = rows[0].count().div_ceil(CHUNK);
        let (set, begin) = if tick < first { (0, tick * CHUNK) } else { (1, (tick - first) * CHUNK) };
        let count = CHUNK.min(rows[set].count() - begin);
        // Short chunks are filled up with their last row.
        self.pass.fill(&self.network, |at| rows[set].row(begin + at.min(count - 1)));
        self.network.forward(&mut self.pass);
        for (layer, features) in self.layers.iter_mut().enumerate() {
            let values = self.pass.after(&self.network, layer);
            let own = &mut features[set];
            let own = &mut own.x[begin * own.length..(begin + count) * own.length];
            let numbers = values.len() / CHUNK;
            for (at, row) in own.chunks_exact_mut(numbers).enumerate() {
                row.iter_mut().zip(values.iter().skip(at).step_by(CHUNK)).for_each(|(to, from)| *to = *from);
            }
        }
    }

    /// Brings a layer's numbers to mean 0 and deviation 1 on the training rows.
    fn scale(&mut self, layer: usize) {
        let features = &mut self.layers[layer];
        let [shift, scale] = scales(&features[0]);
        for rows in features {
            for row in rows.x.chunks_exact_mut(rows.length) {
                for ((value, shift), scale) in row.iter_mut().zip(&shift).zip(&scale) {
                    *value = (*value - shift) * scale;
                }
            }
        }
    }
}

/// Means and reciprocal deviations; a number that does not vary keeps its size.
fn scales(rows: &Rows) -> [Vec<f32>; 2] {
    let share = 1.0 / rows.count().max(1) as f32;
    let sums = |term: &dyn Fn(usize, f32) -> f32| {
        let mut sums = vec![0.0_f32; rows.length];
        for row in rows.x.chunks_exact(rows.length) {
            sums.iter_mut().zip(row).enumerate().for_each(|(at, (sum, value))| *sum += term(at, *value) * share);
        }
        sums
    };
    let means = sums(&|_, value| value);
    let variances = sums(&|at, value| (value - means[at]) * (value - means[at]));
    let scales = variances.into_iter().map(|variance| if variance > 1e-12 { 1.0 / variance.sqrt() } else { 1.0 });
    [means, scales.collect()]
}

/// Numbers of a row before the first layer and after each.
fn numbers(network: &Network) -> Vec<usize> {
    let after = network.layers().iter().map(|(_, layer)| layer.output().iter().product());
    std::iter::once(network.inputs()).chain(after).collect()
}

fn probe(numbers: usize) -> Learner {
    let dense =
        Dense { inputs: numbers, outputs: CLASSES, activation: Activation::None, skip: false, flattens: [1, numbers] };
    Learner::from_network(Network::new(vec![("probe", Layer::Dense(dense))]), PROBE_RATE, PROBE_BATCH)
}

impl Run {
    /// From fresh weights.
    pub(super) fn new(projector: Projector, rows: Rc<[Rows; 2]>, seed: u32) -> Self {
        let contrast = Contrast::new(projector, rows[0].count(), seed);
        let probes: Vec<Learner> = numbers(contrast.network()).into_iter().map(probe).collect();
        Self {
            projector,
            round: Round::new(contrast.network(), &rows),
            contrast,
            losses: Vec::new(),
            loss_sum: 0.0,
            turn: false,
            accuracies: vec![None; probes.len()],
            maps: vec![Map::default(); probes.len()],
            probes,
            rows,
            rounds_at_end: 0,
        }
    }

    /// Some steps, or some of the probes' work: by turns, a few milliseconds.
    pub(super) fn advance(&mut self) {
        let is_trained = self.epochs() >= EPOCHS;
        self.turn = !self.turn;
        if self.turn && !is_trained {
            self.train();
        } else if self.rounds_at_end < LAST_ROUNDS {
            self.look();
        }
    }

    fn train(&mut self) {
        for _ in 0..STEPS {
            if self.epochs() >= EPOCHS {
                return;
            }
            self.loss_sum += f64::from(self.contrast.step(&self.rows[0]));
            if self.contrast.steps().is_multiple_of(self.contrast.batches()) {
                self.losses.push(self.loss_sum / self.contrast.batches() as f64);
                self.loss_sum = 0.0;
            }
        }
    }

    fn look(&mut self) {
        let tick = self.round.ticks;
        self.round.ticks += 1;
        if tick < self.round.gathering() {
            self.round.gather(tick, &self.rows);
        } else if tick < self.round.scaled() {
            let layer = tick - self.round.gathering();
            self.round.scale(layer);
            self.map_numbers(layer);
        } else if tick < self.round.end() {
            let tick = tick - self.round.scaled();
            self.learn(tick / PROBE_TICKS, tick % PROBE_TICKS + 1 == PROBE_TICKS);
        } else {
            self.rounds_at_end += usize::from(self.epochs() >= EPOCHS);
            self.round = Round::new(self.contrast.network(), &self.rows);
        }
    }

    fn map_numbers(&mut self, layer: usize) {
        let test = &self.round.layers[layer][1];
        let shown = &test.x[..DOTS.min(test.count()) * test.length];
        let map = &mut self.maps[layer];
        map.places[0] = map.directions[0].project(shown, test.length);
    }

    /// A probe learns; at the end of its turn it is examined.
    fn learn(&mut self, layer: usize, is_last: bool) {
        let [train, test] = &self.round.layers[layer];
        let probe = &mut self.probes[layer];
        for _ in 0..PROBE_STEPS {
            probe.step(train);
        }
        if is_last {
            self.accuracies[layer] = Some(accuracy(probe.network(), test));
            let shown = logits(probe.network(), &test.first(DOTS));
            let map = &mut self.maps[layer];
            map.places[1] = map.directions[1].project(shown.as_flattened(), CLASSES);
        }
    }

    /// What stands on the trunk.
    pub(super) fn projector(&self) -> Projector {
        self.projector
    }

    /// Places to cut: before the first layer and after each.
    pub(super) fn layers(&self) -> usize {
        self.probes.len()
    }

    /// Whole passes through the data.
    pub(super) fn epochs(&self) -> usize {
        self.contrast.epochs()
    }

    /// Of the last whole epoch.
    pub(super) fn loss(&self) -> Option<f64> {
        self.losses.last().copied()
    }

    pub(super) fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Test accuracies of the probes, 0 to 1, by layer.
    pub(super) fn accuracies(&self) -> &[Option<f64>] {
        &self.accuracies
    }

    /// Weights of the first layers.
    pub(super) fn weights_kept(&self, layers: usize) -> usize {
        let network = self.contrast.network();
        network.layers()[..layers].iter().map(|(_, layer)| layer.parameters()).sum()
    }

    /// Test rows in two dimensions as a layer sees them; nothing yet before the first look.
    pub(super) fn map(&self, layer: usize, by_probe: bool) -> &[[f32; 2]] {
        &self.maps[layer].places[usize::from(by_probe)]
    }

    /// Their classes.
    pub(super) fn map_classes(&self) -> &[u8] {
        &self.rows[1].y[..DOTS.min(self.rows[1].count())]
    }

    /// What the probes are at, in words.
    pub(super) fn probing(&self) -> String {
        if self.rounds_at_end == LAST_ROUNDS {
            return "done".into();
        }
        let done = 100 * self.round.ticks / self.round.end();
        format!("reading, {}\u{202f}%", done.min(100))
    }

    /// Outputs for a fixed row, to compare engines.
    pub(super) fn probe(&self) -> Vec<f32> {
        let network = self.contrast.network();
        let mut pass = Pass::new(network, 1);
        pass.fill(network, |_| self.rows[1].row(0));
        network.forward(&mut pass).to_vec()
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.bytes(&self.contrast.save());
        writer.f64s(&self.losses);
        writer.f64(self.loss_sum);
        writer.bool(self.turn);
        writer.count(self.rounds_at_end);
        writer.f32s(&self.round.network.parameters);
        writer.count(self.round.ticks);
        for ((probe, accuracy), map) in self.probes.iter().zip(&self.accuracies).zip(&self.maps) {
            writer.bytes(&probe.save());
            writer.f64(accuracy.unwrap_or(f64::NAN));
            for (directions, places) in map.directions.iter().zip(&map.places) {
                writer.f32s(directions.numbers());
                writer.f32s(places.as_flattened());
            }
        }
    }

    /// Goes on from what [`Run::save`] wrote for the same projector and seed. The round's rows go through once more.
    pub(super) fn restored(mut self, reader: &mut Reader<'_>) -> Result<Self, Error> {
        let other = |_| bad("its network is another one.");
        self.contrast.restore(reader.bytes()?).map_err(other)?;
        self.losses = reader.f64s()?;
        (self.loss_sum, self.turn) = (reader.f64()?, reader.bool()?);
        self.rounds_at_end = reader.count()?.min(LAST_ROUNDS);
        let parameters = reader.f32s()?;
        if parameters.len() != self.round.network.parameters.len() {
            return Err(bad("its network is another one."));
        }
        self.round.network.parameters = parameters;
        self.round.ticks = reader.count()?.min(self.round.end());
        for tick in 0..self.round.ticks.min(self.round.scaled()) {
            match tick.checked_sub(self.round.gathering()) {
                None => self.round.gather(tick, &self.rows),
                Some(layer) => self.round.scale(layer),
            }
        }
        for layer in 0..self.probes.len() {
            self.probes[layer].restore(reader.bytes()?).map_err(other)?;
            let accuracy = reader.f64()?;
            self.accuracies[layer] = accuracy.is_finite().then_some(accuracy);
            for kind in 0..2 {
                let map = &mut self.maps[layer];
                map.directions[kind] = Directions::of(&reader.f32s()?);
                map.places[kind] = reader.f32s()?.as_chunks().0.to_vec();
            }
        }
        Ok(self)
    }
}
