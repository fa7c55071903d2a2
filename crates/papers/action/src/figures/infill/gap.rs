//! Paths of the planets with days missing, and the descent that fills them in.
//!
//! Only missing days move; all others are pinned. This module must not know the pointer or how anything looks.

use demo::snapshot::{Reader, Writer, bad};
use demo::{Error, Point};
use math::ops::hypot;

use crate::action::{Action, Scheme, Terms};
use crate::ephemeris::BODIES;
use crate::experiment::{Experiment, PAPER_SEED, System};
use crate::systems::{MASSES_KG, SUN};

/// Metres of an astronomical unit.
pub(super) const AU: f64 = 1.495_978_707e11;
/// Step along the slope, in the units in which the kinetic energy's Hessian is the matrix (-1, 2, -1): stable below 1/2
/// (1 + momentum).
const RATE: f64 = 0.45;
/// What is kept of the last step (Polyak, 1964).
const MOMENTUM: f64 = 0.9;
/// The descent has arrived when no body moves farther in a step, in metres.
const STILL: f64 = 10.0;
/// Steps after which it stops in any case.
const MOST_STEPS: u32 = 60_000;

/// Which days of which bodies are missing: `[days * bodies]`.
pub(super) type Missing = Vec<bool>;

/// What is kept of a descent at some steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub step: f64,
    /// Largest distance from the truth, metres.
    pub error: f64,
    /// S in joules.
    pub action: f64,
}

/// The paths, all of them, and the truth that they should meet.
pub(super) struct Gaps {
    experiment: Experiment,
    /// The simulated paths, `[days * width]`, metres.
    truth: Vec<f64>,
    missing: Missing,
    path: Vec<f64>,
    last_step: Vec<f64>,
    gradient: Vec<f64>,
    steps: u32,
    samples: Vec<Sample>,
    settled: bool,
}

impl Gaps {
    /// The paper's 65 days with none missing.
    pub(super) fn new() -> Self {
        let experiment = Experiment::new(System::Planets, PAPER_SEED);
        let truth = experiment.ode_path();
        let length = truth.len();
        Self {
            experiment,
            missing: vec![false; length / 2],
            path: truth.clone(),
            truth,
            last_step: vec![0.0; length],
            gradient: vec![0.0; length],
            steps: 0,
            samples: Vec::new(),
            settled: true,
        }
    }

    pub(super) fn days(&self) -> usize {
        self.missing.len() / BODIES.len()
    }

    pub(super) fn missing(&self) -> &Missing {
        &self.missing
    }

    pub(super) fn is_missing(&self, day: usize, body: usize) -> bool {
        self.missing[day * BODIES.len() + body]
    }

    /// All days of all bodies but every so many, the first and the last.
    pub(super) fn all_but_every(&self, every: usize) -> Missing {
        let bodies = BODIES.len();
        let kept = |day: usize| day.is_multiple_of(every.max(1)) || day + 1 == self.days();
        (0..self.missing.len()).map(|index| !kept(index / bodies)).collect()
    }

    /// Missing days of a body.
    pub(super) fn count(&self, body: usize) -> usize {
        self.missing.iter().skip(body).step_by(BODIES.len()).filter(|missing| **missing).count()
    }

    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    pub(super) fn steps(&self) -> u32 {
        self.steps
    }

    pub(super) fn settled(&self) -> bool {
        self.settled
    }

    /// Where a body is on a day, in astronomical units.
    pub(super) fn now(&self, day: usize, body: usize) -> Point {
        position(&self.path, day, body)
    }

    /// Where it was in truth.
    pub(super) fn true_position(&self, day: usize, body: usize) -> Point {
        position(&self.truth, day, body)
    }

    pub(super) fn action(&self) -> Action<'_> {
        self.experiment.action(Scheme::Corrected)
    }

    pub(super) fn terms(&self) -> Terms {
        self.action().terms(&self.path)
    }

    pub(super) fn true_terms(&self) -> Terms {
        self.action().terms(&self.truth)
    }

    /// The paths with other days missing, straight lines instead of them.
    pub(super) fn set_missing(&mut self, missing: Missing) {
        self.missing = missing;
        self.path = self.straightened();
        self.last_step.fill(0.0);
        self.steps = 0;
        self.samples.clear();
        self.settled = !self.missing.contains(&true);
    }

    /// The truth with a straight line, evenly run through, across each gap.
    pub(super) fn straightened(&self) -> Vec<f64> {
        let mut path = self.truth.clone();
        for body in 0..BODIES.len() {
            let kept: Vec<usize> = (0..self.days()).filter(|day| !self.is_missing(*day, body)).collect();
            for pair in kept.windows(2) {
                for day in pair[0] + 1..pair[1] {
                    let share = (day - pair[0]) as f64 / (pair[1] - pair[0]) as f64;
                    for axis in [2 * body, 2 * body + 1] {
                        let at = |day: usize| self.truth[day * 2 * BODIES.len() + axis];
                        path[day * 2 * BODIES.len() + axis] = at(pair[0]) + share * (at(pair[1]) - at(pair[0]));
                    }
                }
            }
        }
        path
    }

    /// Largest distance of a body from where it was in truth, in metres, and which body.
    pub(super) fn error(&self) -> (f64, usize) {
        let bodies = BODIES.len();
        let at = |index: usize| {
            let [x, y] = [2 * index, 2 * index + 1].map(|k| self.path[k] - self.truth[k]);
            (hypot(x, y), index % bodies)
        };
        (0..self.missing.len()).map(at).fold((0.0, SUN), |worst, one| if one.0 > worst.0 { one } else { worst })
    }

    /// So many steps of gradient descent with momentum, each body's scaled by its mass.
    pub(super) fn run(&mut self, steps: u32) {
        for _ in 0..steps {
            if self.settled {
                return;
            }
            self.step();
        }
    }

    fn step(&mut self) {
        let recipe = self.experiment.recipe;
        let action = self.experiment.action(Scheme::Corrected);
        let terms = action.gradient(&self.path, &mut self.gradient);
        self.sample(terms);
        // T is the mean of m v^2 / 2 over bodies and intervals.
        let count = ((recipe.points - 1) * BODIES.len()) as f64;
        let mut farthest = 0.0_f64;
        for (index, _) in self.missing.iter().enumerate().filter(|(_, missing)| **missing) {
            let scale = RATE * count * recipe.dt * recipe.dt / MASSES_KG[index % BODIES.len()];
            for axis in [2 * index, 2 * index + 1] {
                self.last_step[axis] = MOMENTUM * self.last_step[axis] - scale * self.gradient[axis];
                self.path[axis] += self.last_step[axis];
                farthest = farthest.max(self.last_step[axis].abs());
            }
        }
        self.steps += 1;
        self.settled = farthest < STILL || self.steps >= MOST_STEPS;
        if self.settled {
            self.sample(self.terms());
        }
    }

    /// Keeps a sample where one is due: every step at first, then each time that the steps have grown by a fiftieth.
    fn sample(&mut self, terms: Terms) {
        let step = f64::from(self.steps);
        if self.settled || self.samples.last().is_none_or(|last| step >= (last.step + 1.0).max(1.02 * last.step)) {
            let (error, _) = self.error();
            self.samples.push(Sample { step, error, action: terms.action() });
        }
    }

    /// Writes it.
    pub(super) fn save(&self, writer: &mut Writer) {
        writer.bytes(&bytes(&self.missing));
        writer.f64s(&self.path);
        writer.f64s(&self.last_step);
        writer.u32(self.steps);
        writer.f64s(&self.samples.iter().flat_map(|one| [one.step, one.error, one.action]).collect::<Vec<_>>());
        writer.bool(self.settled);
    }

    /// What [`Self::save`] wrote.
    pub(super) fn restored(reader: &mut Reader) -> Result<Self, Error> {
        let mut gaps = Self::new();
        gaps.set_missing(missing(reader.bytes()?, gaps.missing.len())?);
        let length = gaps.path.len();
        let whole = |path: Vec<f64>| if path.len() == length { Ok(path) } else { Err(bad("a path is incomplete.")) };
        gaps.path = whole(reader.f64s()?)?;
        gaps.last_step = whole(reader.f64s()?)?;
        gaps.steps = reader.u32()?;
        let samples = reader.f64s()?;
        gaps.samples = samples
            .as_chunks()
            .0
            .iter()
            .map(|[step, error, action]| Sample { step: *step, error: *error, action: *action })
            .collect();
        gaps.settled = reader.bool()?;
        Ok(gaps)
    }
}

/// A set of missing days as bytes.
pub(super) fn bytes(missing: &Missing) -> Vec<u8> {
    missing.iter().map(|missing| u8::from(*missing)).collect()
}

/// The set of missing days that [`bytes`] wrote.
pub(super) fn missing(bytes: &[u8], length: usize) -> Result<Missing, Error> {
    if bytes.len() == length {
        Ok(bytes.iter().map(|byte| *byte != 0).collect())
    } else {
        Err(bad("a set of missing days is incomplete."))
    }
}

fn position(path: &[f64], day: usize, body: usize) -> Point {
    let index = 2 * (day * BODIES.len() + body);
    [path[index] / AU, path[index + 1] / AU]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(is_missing: impl Fn(usize, usize) -> bool) -> Gaps {
        let mut gaps = Gaps::new();
        let last = gaps.days() - 1;
        let missing = (0..gaps.missing.len()).map(|index| {
            let (day, body) = (index / BODIES.len(), index % BODIES.len());
            day > 0 && day < last && body != SUN && is_missing(day, body)
        });
        gaps.set_missing(missing.collect());
        gaps.run(MOST_STEPS);
        gaps
    }

    #[test]
    fn a_stretch_of_each_planet_is_restored_to_a_few_kilometres() {
        for (body, name) in BODIES.iter().enumerate().skip(SUN + 1) {
            let gaps = filled(|day, one| one == body && (20..45).contains(&day));
            let straight = gaps.samples()[0].error;
            let (error, _) = gaps.error();
            assert!(straight > 1e9 && error < 2e4, "{name}: {straight} {error}, {} steps", gaps.steps);
        }
    }

    #[test]
    fn every_eighth_day_suffices_for_all_planets_and_the_action_falls_to_the_truths() {
        let gaps = filled(|day, _| day % 8 != 0);
        let (truth, start) = (gaps.true_terms().action(), gaps.samples()[0].action);
        assert!(start > truth * 1.001, "{start} {truth}");
        assert!((gaps.terms().action() - truth).abs() < 1e-12 * truth && gaps.error().0 < 2e4);
    }

    #[test]
    fn two_days_suffice_for_the_slow_planets() {
        let gaps = filled(|_, body| body > 1);
        assert!(gaps.error().0 < 1e5, "{:?} after {} steps", gaps.error(), gaps.steps);
    }

    #[test]
    fn without_all_its_days_mercury_goes_round_the_other_side_of_the_sun() {
        let gaps = filled(|_, body| body == 1);
        let (error, body) = gaps.error();
        assert!(gaps.steps < MOST_STEPS && body == 1 && error > 1e11, "{error} {}", gaps.steps);
        // As lawful a path as the true one: the action is stationary there, too.
        let middle = gaps.days() / 2;
        let [here, there] = [gaps.now(middle, body), gaps.true_position(middle, body)];
        assert!(here[0] * there[0] + here[1] * there[1] < 0.0, "{here:?} {there:?}");
    }

    #[test]
    fn kept_days_do_not_move() {
        let gaps = filled(|day, body| body == 3 && (10..30).contains(&day));
        for (index, missing) in gaps.missing.iter().enumerate() {
            let here = 2 * index..2 * index + 2;
            assert_eq!(gaps.path[here.clone()] == gaps.truth[here], !missing, "{index}");
        }
    }
}
