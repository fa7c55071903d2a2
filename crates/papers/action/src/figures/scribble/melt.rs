//! The descent of one path: from a scribble to the path of least action, with what it left behind on its way.
//!
//! This module must not know the pointer or how anything looks.

use demo::snapshot::{Reader, Writer, bad};
use demo::{Error, Point};

use super::line;
use crate::action::{Action, Scheme, Terms};
use crate::baseline::semi_implicit_euler;
use crate::figures::trace::Trace;
use crate::hessian;
use crate::optimise::{Optimiser, Relaxation, Rule};
use crate::systems::FreeBody;

/// Time points of the path, as in the paper.
pub(super) const POINTS: usize = 60;
/// Adam's learning rate, in units of height.
const ADAM_RATE: f64 = 0.2;
/// Plain descent's share of the largest stable learning rate.
const DESCENT_SHARE: f64 = 0.9;
/// The descent has arrived when no point is farther from the stationary path; less than half a pixel.
const NEAR: f64 = 0.05;
/// The first steps are shown slowly, because most happens in them; after so long the descent has its full speed.
const SLOW_SECS: f64 = 2.0;
/// Steps a second at the very first.
const SLOWEST: f64 = 60.0;
/// Steps in one tick at most.
const MOST_STEPS: f64 = 512.0;
/// A ghost is left each time that the number of steps has grown by this factor.
const GHOST_GROWTH: f64 = 1.9;

/// Which optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Descent,
    Adam,
}

/// A path on its way, and where it came from.
#[derive(Clone)]
pub(super) struct Melt {
    pins: [Point; 2],
    way: Way,
    scheme: Scheme,
    /// The path before the first step, less the straight line between the pins.
    start: Vec<f64>,
    relaxation: Relaxation,
    /// The stationary path of the action as chosen, and that of the ODE.
    goal: Vec<f64>,
    ode: Vec<f64>,
    pub(super) trace: Trace,
    /// Earlier paths of this descent.
    ghosts: Vec<Vec<f64>>,
    /// Since the descent began.
    secs: f64,
    /// Fractions of a step not yet made.
    owed: f64,
    settled: bool,
}

impl Melt {
    /// A path given by its heights above the straight line between the pins.
    pub(super) fn new(pins: [Point; 2], way: Way, scheme: Scheme, start: Vec<f64>) -> Self {
        let mut melt = Self {
            pins,
            way,
            scheme,
            start,
            relaxation: Relaxation::new(Vec::new(), Rule::Descent { rate: 0.0 }),
            goal: Vec::new(),
            ode: Vec::new(),
            trace: Trace::default(),
            ghosts: Vec::new(),
            secs: 0.0,
            owed: 0.0,
            settled: false,
        };
        melt.restart();
        melt
    }

    pub(super) fn pins(&self) -> [Point; 2] {
        self.pins
    }

    pub(super) fn start(&self) -> &[f64] {
        &self.start
    }

    /// Heights of the path before its first step.
    pub(super) fn first_path(&self) -> Vec<f64> {
        line::chord(self.pins, POINTS).zip(&self.start).map(|(chord, above)| chord + above).collect()
    }

    pub(super) fn path(&self) -> &[f64] {
        &self.relaxation.path
    }

    pub(super) fn ode(&self) -> &[f64] {
        &self.ode
    }

    pub(super) fn ghosts(&self) -> &[Vec<f64>] {
        &self.ghosts
    }

    pub(super) fn steps(&self) -> u32 {
        self.relaxation.optimiser.steps
    }

    pub(super) fn settled(&self) -> bool {
        self.settled
    }

    pub(super) fn action(&self) -> Action<'static> {
        Action { system: &FreeBody, dt: self.dt(), scheme: self.scheme, penalty: None }
    }

    fn dt(&self) -> f64 {
        (self.pins[1][0] - self.pins[0][0]) / (POINTS - 1) as f64
    }

    /// T, V and S of the path.
    pub(super) fn terms(&self) -> Terms {
        self.action().terms(self.path())
    }

    /// Largest distance in height from the path of the ODE.
    pub(super) fn distance(&self) -> f64 {
        largest_difference(self.path(), &self.ode)
    }

    /// Begins the descent from the first path again.
    pub(super) fn restart(&mut self) {
        self.relaxation = Relaxation::new(self.first_path(), self.rule());
        self.trace.clear();
        self.ghosts.clear();
        (self.secs, self.owed) = (0.0, 0.0);
        self.aim();
    }

    /// Another first path.
    pub(super) fn replace(&mut self, start: Vec<f64>) {
        self.start = start;
        self.restart();
    }

    /// Another optimiser, from the first path.
    pub(super) fn set_way(&mut self, way: Way) {
        self.way = way;
        self.restart();
    }

    /// Another action; the path goes on from where it is.
    pub(super) fn set_scheme(&mut self, scheme: Scheme) {
        self.scheme = scheme;
        self.go_on();
    }

    /// Moves the ends; the path keeps its height above the straight line between them, and goes on from there.
    pub(super) fn set_pins(&mut self, pins: [Point; 2]) {
        let above: Vec<f64> = self.path().iter().zip(line::chord(self.pins, POINTS)).map(|(h, c)| h - c).collect();
        self.pins = pins;
        self.relaxation.path = line::chord(pins, POINTS).zip(above).map(|(chord, above)| chord + above).collect();
        self.ghosts.clear();
        self.go_on();
    }

    /// Bends the path as it is, `by` at time point `at` and less to both sides, up to `reach` points away.
    pub(super) fn bend(&mut self, at: usize, by: f64, reach: usize) {
        let bent = self.path().iter().enumerate().map(|(index, height)| {
            let share = 1.0 - at.abs_diff(index) as f64 / reach as f64;
            height + by * share.max(0.0)
        });
        self.start = bent.zip(line::chord(self.pins, POINTS)).map(|(height, chord)| height - chord).collect();
        self.restart();
    }

    /// With an optimiser that remembers nothing, and slowly again.
    fn go_on(&mut self) {
        self.relaxation.optimiser = Optimiser::new(self.rule());
        self.trace.clear();
        (self.secs, self.owed) = (self.secs.min(SLOW_SECS / 2.0), 0.0);
        self.aim();
    }

    /// The ends of all descents for these pins and this action.
    fn aim(&mut self) {
        let ([[_, from], [_, to]], dt) = (self.pins, self.dt());
        let intervals = (POINTS - 1) as f64;
        // x_n = from + (to - from) n / N + dt^2 n (N - n) / 2
        let second = from + (to - from) / intervals + dt * dt * (intervals - 1.0) / 2.0;
        self.ode = semi_implicit_euler(&FreeBody, &[from], &[second], dt, POINTS, 1.0);
        self.goal = self.ode.clone();
        // The action is quadratic: one step of Newton's method is exact.
        hessian::newton(&self.action(), &mut self.goal, 1);
        self.settled = false;
    }

    /// Plain descent is stable below 2 / (largest eigenvalue), and that is at most 4 / (N dt^2).
    fn rule(&self) -> Rule {
        let limit = (POINTS - 1) as f64 * self.dt() * self.dt() / 2.0;
        match self.way {
            Way::Descent => Rule::Descent { rate: DESCENT_SHARE * limit },
            Way::Adam => Rule::Adam { rate: ADAM_RATE },
        }
    }

    /// Lets `dt_secs` of the visitor's time pass at up to `speed` steps a second.
    pub(super) fn advance(&mut self, dt_secs: f64, speed: f64) {
        if self.settled {
            return;
        }
        self.secs += dt_secs;
        let ease = (self.secs / SLOW_SECS).min(1.0);
        self.owed = (self.owed + dt_secs * (speed * ease * ease).max(SLOWEST.min(speed))).min(MOST_STEPS);
        let action = self.action();
        while self.owed >= 1.0 && !self.settled {
            self.owed -= 1.0;
            self.leave_ghost();
            let step = self.steps();
            let terms = self.relaxation.step(&action);
            self.trace.record(step, terms);
            self.settled = largest_difference(self.path(), &self.goal) < NEAR;
        }
        if self.settled {
            self.finish();
        }
    }

    /// The last bit at once: one step of Newton's method.
    fn finish(&mut self) {
        self.relaxation.path.clone_from(&self.goal);
        self.trace.record(self.steps(), self.terms());
    }

    fn leave_ghost(&mut self) {
        let due = math::ops::powf(GHOST_GROWTH, self.ghosts.len() as f64).ceil() - 1.0;
        if f64::from(self.steps()) >= due {
            self.ghosts.push(self.path().to_vec());
        }
    }

    /// Writes it.
    pub(super) fn save(&self, writer: &mut Writer) {
        writer.points(&self.pins);
        writer.f64s(&self.start);
        writer.f64s(self.path());
        writer.u32(self.steps());
        self.relaxation.optimiser.moments.iter().for_each(|moment| writer.f64s(moment));
        self.trace.save(writer);
        writer.f64s(&self.ghosts.concat());
        writer.f64(self.secs);
        writer.f64(self.owed);
        writer.bool(self.settled);
    }

    /// What [`Self::save`] wrote, under the optimiser and the action of `self`.
    pub(super) fn restored(&self, reader: &mut Reader) -> Result<Self, Error> {
        let pins = reader.points()?.try_into().map_err(|_| bad("its pins are missing."))?;
        let mut melt = Self::new(pins, self.way, self.scheme, whole(reader.f64s()?)?);
        let path = whole(reader.f64s()?)?;
        let steps = reader.u32()?;
        let moments = [reader.f64s()?, reader.f64s()?];
        melt.relaxation = Relaxation::resumed(path, Optimiser { rule: melt.rule(), steps, moments });
        melt.trace = Trace::restore(reader)?;
        let ghosts = reader.f64s()?;
        if ghosts.len() % POINTS != 0 {
            return Err(bad("an earlier path is incomplete."));
        }
        melt.ghosts = ghosts.chunks(POINTS).map(<[f64]>::to_vec).collect();
        (melt.secs, melt.owed) = (reader.f64()?, reader.f64()?);
        melt.settled = reader.bool()?;
        Ok(melt)
    }
}

/// Refuses a path of another length.
pub(super) fn whole(path: Vec<f64>) -> Result<Vec<f64>, Error> {
    if path.len() == POINTS { Ok(path) } else { Err(bad("a path is incomplete.")) }
}

fn largest_difference(path: &[f64], other: &[f64]) -> f64 {
    path.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scribble(pins: [Point; 2], way: Way, scheme: Scheme) -> Melt {
        let line = line::own_scribble(0, 0, pins);
        let heights = line::function_of_time(&line, pins, POINTS).unwrap().heights;
        let start = heights.iter().zip(line::chord(pins, POINTS)).map(|(height, chord)| height - chord).collect();
        Melt::new(pins, way, scheme, start)
    }

    #[test]
    fn the_parabola_joins_the_pins_and_is_stationary() {
        for pins in [[[0.0, 2.0], [14.75, 7.0]], [[7.0, 0.0], [8.0, 14.0]]] {
            let melt = scribble(pins, Way::Descent, Scheme::Corrected);
            assert!((melt.ode[0] - pins[0][1]).abs() < 1e-12 && (melt.ode[POINTS - 1] - pins[1][1]).abs() < 1e-10);
            assert!(largest_difference(&melt.goal, &melt.ode) < 1e-9);
        }
    }

    #[test]
    fn every_scribble_arrives_within_seconds() {
        for pins in [[[0.0, 2.0], [14.75, 7.0]], [[7.0, 0.0], [8.0, 14.0]]] {
            for way in [Way::Descent, Way::Adam] {
                for scheme in [Scheme::Corrected, Scheme::Published] {
                    let mut melt = scribble(pins, way, scheme);
                    let ticks = (0..600)
                        .take_while(|_| {
                            melt.advance(1.0 / 60.0, 1920.0);
                            !melt.settled()
                        })
                        .count();
                    assert!((20..420).contains(&ticks), "{way:?} {scheme:?} {pins:?}: {ticks}");
                    let far = melt.distance();
                    let expected = if scheme == Scheme::Published { 0.1..2.0 } else { 0.0..1e-9 };
                    assert!(expected.contains(&far), "{way:?} {scheme:?} {pins:?}: {far}");
                }
            }
        }
    }
}
