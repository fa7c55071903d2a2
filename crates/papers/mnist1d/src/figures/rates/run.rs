//! The balls and the curve: each a row of whole trainings, made a few steps at a time.
//!
//! This module must not know how anything looks.

use demo::snapshot::{Reader, Writer, bad};
use demo::{Error, Point};

use crate::lab::rates::{Batches, INNER_STEPS, Inner, OUTER_STEPS};

/// Rates at which a network is trained here.
pub(super) const LOWEST: f64 = 0.02;
pub(super) const HIGHEST: f64 = 1.62;
/// Trainings on the finished curve: one more than a power of two, so that it can be made finer by halves.
const GRID: usize = 33;
/// Distance of the first ones.
const COARSEST: usize = 8;
/// Where a ball hangs before anything was measured.
const UNKNOWN_HEIGHT: f64 = 2.05;

/// A whole training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trained {
    /// Learning rate.
    pub(super) rate: f64,
    /// Mean of the losses of all steps.
    pub(super) loss: f64,
    /// By the rate.
    pub(super) slope: f64,
}

impl Trained {
    fn of(rate: f64, inner: &Inner) -> Self {
        let outcome = inner.outcome();
        Self { rate, loss: outcome.mean_loss, slope: outcome.slope }
    }

    fn write(self, writer: &mut Writer) {
        for value in [self.rate, self.loss, self.slope] {
            writer.f64(value);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let trained = Self { rate: reader.f64()?, loss: reader.f64()?, slope: reader.f64()? };
        let numbers = [trained.rate, trained.loss, trained.slope];
        if numbers.iter().all(|value| value.is_finite()) { Ok(trained) } else { Err(bad("a number in it is none.")) }
    }
}

/// A learning rate that descends.
#[derive(Clone, Debug)]
pub(super) struct Ball {
    rate: f64,
    inner: Inner,
    /// Losses of the training under way, and of the one before.
    losses: Vec<f64>,
    before: Vec<f64>,
    path: Vec<Trained>,
    /// Where it was when it was put down.
    height: f64,
    /// A training gave something that is not a number.
    lost: bool,
}

impl Ball {
    /// At rest at this rate.
    pub(super) fn new(rate: f64, weights: &[f64]) -> Self {
        Self {
            rate,
            inner: Inner::new(rate, weights),
            losses: Vec::new(),
            before: Vec::new(),
            path: Vec::new(),
            height: UNKNOWN_HEIGHT,
            lost: false,
        }
    }

    /// Puts it down somewhere else.
    pub(super) fn put(&mut self, rate: f64, weights: &[f64]) {
        let height = self.at()[1];
        *self = Self { height, ..Self::new(rate.clamp(LOWEST, HIGHEST), weights) };
    }

    /// One inner step; false, and nothing, when it has come to rest.
    pub(super) fn step(&mut self, batches: &Batches, weights: &[f64], outer_rate: f64) -> bool {
        if self.rests() {
            return false;
        }
        self.inner.step(batches);
        self.losses.push(self.inner.outcome().last_loss);
        if self.inner.steps() == INNER_STEPS {
            self.end_training(weights, outer_rate);
        }
        true
    }

    fn end_training(&mut self, weights: &[f64], outer_rate: f64) {
        let trained = Trained::of(self.rate, &self.inner);
        self.before = std::mem::take(&mut self.losses);
        if !(trained.loss.is_finite() && trained.slope.is_finite()) {
            self.lost = true;
            return;
        }
        self.path.push(trained);
        if !self.rests() {
            self.rate = (self.rate - outer_rate * trained.slope).clamp(LOWEST, HIGHEST);
            self.inner = Inner::new(self.rate, weights);
        }
    }

    /// Whether it goes no further.
    pub(super) fn rests(&self) -> bool {
        self.lost || self.path.len() > OUTER_STEPS
    }

    /// What it does, in words.
    pub(super) fn state(&self) -> &'static str {
        match (self.lost, self.rests(), self.path.is_empty()) {
            (true, ..) => "diverged",
            (_, true, _) => "at rest",
            (.., true) => "starting",
            _ => "rolling",
        }
    }

    /// Steps of the descent that were made.
    pub(super) fn outer_steps(&self) -> usize {
        self.path.len().saturating_sub(usize::from(self.rests() && !self.lost))
    }

    /// The rate of the last whole training, or where it was put down.
    pub(super) fn rate(&self) -> f64 {
        self.last().map_or(self.rate, |last| last.rate)
    }

    /// The last whole training.
    pub(super) fn last(&self) -> Option<Trained> {
        self.path.last().copied()
    }

    /// All whole trainings.
    pub(super) fn points(&self) -> impl Iterator<Item = Trained> {
        self.path.iter().copied()
    }

    /// Losses of the training under way and of the one before.
    pub(super) fn losses(&self) -> [&[f64]; 2] {
        [&self.losses, &self.before]
    }

    /// Where it is shown: while a training runs it rolls from the last but one to the last.
    pub(super) fn at(&self) -> Point {
        match self.path.as_slice() {
            [] => [self.rate, self.height],
            [only] => [only.rate, only.loss],
            [.., from, to] if !self.rests() => rolled(*from, *to, self.inner.steps() as f64 / INNER_STEPS as f64),
            [.., to] => [to.rate, to.loss],
        }
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.f64(self.rate);
        writer.f64(self.height);
        writer.bool(self.lost);
        writer.count(self.inner.steps());
        writer.f64s(&self.before);
        writer.count(self.path.len());
        self.path.iter().for_each(|trained| trained.write(writer));
    }

    /// The training under way is made again, to the same bits.
    pub(super) fn restore(reader: &mut Reader<'_>, batches: &Batches, weights: &[f64]) -> Result<Self, Error> {
        let (rate, height, lost) = (reader.f64()?, reader.f64()?, reader.bool()?);
        let steps = reader.count()?;
        if !(LOWEST..=HIGHEST).contains(&rate) || !height.is_finite() {
            return Err(bad("a ball in it lies outside."));
        }
        let mut ball = Self { height, lost, before: reader.f64s()?, ..Self::new(rate, weights) };
        for _ in 0..reader.count()?.min(OUTER_STEPS + 1) {
            ball.path.push(Trained::read(reader)?);
        }
        for _ in 0..steps.min(INNER_STEPS) {
            ball.inner.step(batches);
            ball.losses.push(ball.inner.outcome().last_loss);
        }
        if ball.rests() {
            ball.losses.clear();
        }
        Ok(ball)
    }
}

/// So far, 0 to 1, on the cubic with the measured heights and slopes at both ends, as a ball rolls.
fn rolled(from: Trained, to: Trained, share: f64) -> Point {
    let Trained { rate, loss, .. } = between(from, to, share * share * (3.0 - 2.0 * share));
    [rate, loss]
}

/// At share `u` of the way on the cubic with the measured heights and slopes at both ends.
fn between(from: Trained, to: Trained, u: f64) -> Trained {
    let span = to.rate - from.rate;
    let (a, b, v) = ((1.0 - u) * (1.0 - u), u * u, 1.0 - u);
    let ends = a * (1.0 + 2.0 * u) * from.loss + b * (3.0 - 2.0 * u) * to.loss;
    Trained {
        rate: from.rate + u * span,
        loss: ends + span * (a * u * from.slope - b * v * to.slope),
        slope: 6.0 * u * v * (to.loss - from.loss) / span + v * (1.0 - 3.0 * u) * from.slope
            - u * (2.0 - 3.0 * u) * to.slope,
    }
}

/// The curve, made finer and finer.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    inner: Inner,
    /// By place on the grid.
    known: Vec<Option<Trained>>,
}

impl Curve {
    /// Nothing measured.
    pub(super) fn new(weights: &[f64]) -> Self {
        Self { inner: Inner::new(rate_at(0), weights), known: vec![None; GRID] }
    }

    /// The next place to measure: a coarse grid first, then the places between.
    fn next(&self) -> Option<usize> {
        let finer = std::iter::successors(Some(COARSEST), |step| (*step > 1).then_some(step / 2));
        finer.flat_map(|step| (0..GRID).step_by(step)).find(|place| self.known[*place].is_none())
    }

    /// One inner step, if there is anything left to measure.
    pub(super) fn step(&mut self, batches: &Batches, weights: &[f64]) {
        let Some(place) = self.next() else { return };
        self.inner.step(batches);
        if self.inner.steps() == INNER_STEPS {
            self.known[place] = Some(Trained::of(rate_at(place), &self.inner));
            self.inner = Inner::new(self.next().map_or(LOWEST, rate_at), weights);
        }
    }

    /// What is known and finite, by rising rate.
    pub(super) fn points(&self) -> impl Iterator<Item = Trained> {
        let is_sound = |trained: &Trained| trained.loss.is_finite() && trained.slope.is_finite();
        self.known.iter().copied().flatten().filter(is_sound)
    }

    /// Loss and slope at a rate between two that are known.
    pub(super) fn at(&self, rate: f64) -> Option<Trained> {
        let points: Vec<Trained> = self.points().collect();
        let pair = points.windows(2).find(|pair| (pair[0].rate..=pair[1].rate).contains(&rate))?;
        let [from, to] = [pair[0], pair[1]];
        Some(between(from, to, (rate - from.rate) / (to.rate - from.rate)))
    }

    /// In words.
    pub(super) fn progress(&self) -> String {
        format!("{} of {GRID}", self.known.iter().flatten().count())
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.count(self.inner.steps());
        for trained in &self.known {
            writer.bool(trained.is_some());
            if let Some(trained) = trained {
                trained.write(writer);
            }
        }
    }

    pub(super) fn restore(reader: &mut Reader<'_>, batches: &Batches, weights: &[f64]) -> Result<Self, Error> {
        let steps = reader.count()?;
        let mut curve = Self::new(weights);
        for known in &mut curve.known {
            *known = if reader.bool()? { Some(Trained::read(reader)?) } else { None };
        }
        curve.inner = Inner::new(curve.next().map_or(LOWEST, rate_at), weights);
        for _ in 0..steps.min(INNER_STEPS) {
            curve.inner.step(batches);
        }
        Ok(curve)
    }
}

fn rate_at(place: usize) -> f64 {
    LOWEST + (HIGHEST - LOWEST) * place as f64 / (GRID - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Settings, generate};
    use crate::lab::rates::first_weights;

    fn small() -> (Batches, Vec<f64>) {
        let data = generate(&Settings { num_samples: 500, ..Settings::default() }).unwrap();
        (Batches::of(&data), first_weights(1))
    }

    #[test]
    fn the_way_between_two_trainings_meets_both_with_their_slopes() {
        let from = Trained { rate: 1.5, loss: 2.0, slope: 0.4 };
        let to = Trained { rate: 1.2, loss: 1.9, slope: 0.1 };
        assert_eq!(rolled(from, to, 0.0), [1.5, 2.0]);
        assert!((rolled(from, to, 1.0)[1] - 1.9).abs() < 1e-12);
        let [[x0, y0], [x1, y1]] = [rolled(from, to, 0.0), rolled(from, to, 1e-3)];
        assert!(((y1 - y0) / (x1 - x0) - 0.4).abs() < 1e-3);
        let [middle, beside] = [between(from, to, 0.3), between(from, to, 0.3001)];
        let slope = (beside.loss - middle.loss) / (beside.rate - middle.rate);
        assert!((slope - middle.slope).abs() < 1e-3, "{slope} against {}", middle.slope);
    }

    #[test]
    fn a_ball_moves_against_the_slope_and_is_restored() {
        let (batches, weights) = small();
        let mut ball = Ball::new(0.3, &weights);
        for _ in 0..INNER_STEPS + 7 {
            ball.step(&batches, &weights, 0.5);
        }
        let last = ball.last().unwrap();
        assert_eq!(last.rate, 0.3);
        assert_eq!(ball.rate, 0.3 - 0.5 * last.slope);
        let mut writer = Writer::new("ball", 1);
        ball.save(&mut writer);
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes, "ball", 1).unwrap();
        let other = Ball::restore(&mut reader, &batches, &weights).unwrap();
        reader.finish().unwrap();
        assert_eq!((other.losses(), other.at()), (ball.losses(), ball.at()));
    }

    #[test]
    fn the_curve_is_coarse_before_it_is_fine() {
        let (_, weights) = small();
        let mut curve = Curve::new(&weights);
        let mut order = Vec::new();
        while let Some(place) = curve.next() {
            order.push(place);
            curve.known[place] = Some(Trained { rate: rate_at(place), loss: 2.0, slope: 0.0 });
        }
        assert_eq!(order[..9], [0, 8, 16, 24, 32, 4, 12, 20, 28]);
        order.sort_unstable();
        assert!(order.into_iter().eq(0..GRID));
    }
}
