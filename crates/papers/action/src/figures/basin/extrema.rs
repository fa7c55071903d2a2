//! Which minimum of the pendulum's action does a path between two pinned ends reach?
//!
//! Between ends in the same well there are at most two minima without conjugate points: one turns round on the way up on
//! the right, one on the left. Between ends in different wells there is one, and it does not turn.

use std::f64::consts::PI;

use demo::Point;
use math::ops::{cos, sin};
use math::random::Mt19937;

use crate::action::{Action, Scheme, Terms};
use crate::crowd::{Crowd, Descent};
use crate::hessian;
use crate::systems::Pendulum;

/// Heavy-ball momentum of the smoothed descent.
pub(super) const MOMENTUM: f64 = 0.9;
/// A coordinate that moves less in a step stands still.
pub(super) const STILL: f64 = 3e-3;
/// A path turns round where it goes beyond both ends by so much.
const TURN: f64 = 0.02;
/// Sine waves in a random start.
const WAVES: usize = 8;
/// Shortest and longest path, in seconds.
pub(super) const SECONDS: [f64; 2] = [20.0, 200.0];

/// The problem: both pinned angles and the time between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ends {
    pub(super) from_rad: f64,
    pub(super) to_rad: f64,
    pub(super) seconds: f64,
}

impl Ends {
    /// The straight line in `points` points, with sine waves of these amplitudes on it.
    pub(super) fn path(&self, points: usize, waves: &[f64]) -> Vec<f64> {
        let at = |k: usize| {
            let share = k as f64 / (points - 1) as f64;
            let wave = |(index, amplitude): (usize, &f64)| amplitude * sin(PI * (index + 1) as f64 * share);
            self.from_rad + share * (self.to_rad - self.from_rad) + waves.iter().enumerate().map(wave).sum::<f64>()
        };
        let mut path: Vec<f64> = (0..points).map(at).collect();
        if let Some(last) = path.last_mut() {
            *last = self.to_rad;
        }
        path
    }

    /// Time between two of `points` points.
    pub(super) fn dt(&self, points: usize) -> f64 {
        self.seconds / (points - 1) as f64
    }
}

/// Amplitudes of one random start: wave k has a normal one of deviation 1 / k.
pub(super) type Waves = [f64; WAVES];

/// The random starts of a seed, before they are scaled.
pub(super) fn random_waves(seed: u32, count: usize) -> Vec<Waves> {
    let mut random = Mt19937::new(seed);
    (0..count).map(|_| std::array::from_fn(|k| random.randn() / (k + 1) as f64)).collect()
}

/// `waves` so large.
pub(super) fn scaled(waves: &Waves, size: f64) -> Waves {
    waves.map(|amplitude| size * amplitude)
}

/// What a path does between its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It climbs on the right, turns round and comes back.
    Right,
    /// The same on the left.
    Left,
    /// It goes straight across without turning, inside one well.
    Straight,
    /// It goes over the top without turning, into another well.
    Over,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Right, Self::Left, Self::Straight, Self::Over];

    /// Stable name and words.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Right => ("right", "turn on the right"),
            Self::Left => ("left", "turn on the left"),
            Self::Straight => ("straight", "swing across"),
            Self::Over => ("over", "go over the top"),
        }
    }

    /// Of a path that has come to rest; none where it goes beyond its ends on both sides and is still on its way.
    pub(super) fn of(path: &[f64]) -> Option<Self> {
        let [first, .., last] = path else { return None };
        let (low, high) = path.iter().fold((*first, *first), |(low, high), x| (low.min(*x), high.max(*x)));
        match (high > first.max(*last) + TURN, low < first.min(*last) - TURN) {
            (true, true) => None,
            (true, false) => Some(Self::Right),
            (false, true) => Some(Self::Left),
            (false, false) if well(*first) == well(*last) => Some(Self::Straight),
            (false, false) => Some(Self::Over),
        }
    }
}

/// Which well an angle lies in: zero between the tops at -pi and pi.
fn well(angle_rad: f64) -> f64 {
    ((angle_rad + PI) / (2.0 * PI)).floor()
}

/// A minimum of the action, to the last digits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Extremum {
    pub(super) kind: Kind,
    /// `[points]`
    pub(super) path: Vec<f64>,
    pub(super) terms: Terms,
}

/// The minima between two ends for paths of `points` points: from either side by smoothed descent, then Newton's method.
/// Only what has no negative eigenvalue counts.
pub(super) fn minima(ends: Ends, points: usize) -> Vec<Extremum> {
    let middle = f64::midpoint(ends.from_rad, ends.to_rad);
    // Two that linger near the tops on either side, and the straight line.
    let starts = [PI, -PI, middle].map(|top| ends.path(points, &[1.2 * (top - middle), 0.0, 0.2 * (top - middle)]));
    let mut crowd = Crowd::new(starts.concat(), points, ends.dt(points), Descent::Smoothed(MOMENTUM));
    for _ in 0..250 {
        crowd.step();
        if crowd.moved().iter().all(|moved| *moved < 1e-6) {
            break;
        }
    }
    let action = Action { system: &Pendulum, dt: ends.dt(points), scheme: Scheme::Corrected, penalty: None };
    let mut found: Vec<Extremum> = Vec::new();
    for path in crowd.paths() {
        let mut path = path.to_vec();
        let left = hessian::newton(&action, &mut path, 6);
        let is_minimum = left < 1e-8 && hessian::interior(&action, &path).count_below(0.0) == 0;
        let Some(kind) = Kind::of(&path).filter(|_| is_minimum) else { continue };
        if found.iter().all(|known| farthest(&known.path, &path) > 1e-3) {
            let terms = action.terms(&path);
            found.push(Extremum { kind, path, terms });
        }
    }
    found
}

/// The largest difference of two paths.
pub(super) fn farthest(path: &[f64], other: &[f64]) -> f64 {
    path.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// First conjugate points of the pendulum's motions from `from_rad`, as (end angle, seconds), one line per side: the edge
/// beyond which a second minimum exists. Motions that reach none within the longest path break the line.
///
/// x'' = -sin x / l and its variation J'' = -cos x J / l with J(0) = 0, J'(0) = 1, by Stoermer-Verlet.
pub(super) fn first_conjugate_points(from_rad: f64) -> Vec<Point> {
    const DT: f64 = 1.0;
    const SIDE: i32 = 80;
    // Up to the speed that carries it over the top.
    let top = 2.0 * math::ops::sqrt((1.0 + cos(from_rad)) / (2.0 * Pendulum::LENGTH));
    // Denser towards the top, where the motion lingers.
    let speed = |k: i32| {
        let rest = 1.0 - f64::from(k.abs()) / f64::from(SIDE);
        top * (1.0 - rest * rest * rest) * f64::from(k.signum())
    };
    (-SIDE..=SIDE).map(|k| first_conjugate_point(from_rad, speed(k), DT)).collect()
}

fn first_conjugate_point(from_rad: f64, speed: f64, dt: f64) -> Point {
    let (mut x, mut v, mut field, mut rate) = (from_rad, speed, 0.0_f64, 1.0);
    let mut secs = 0.0;
    while secs < SECONDS[1] {
        let half = |x: f64, field: f64| (-sin(x) / Pendulum::LENGTH, -cos(x) * field / Pendulum::LENGTH);
        let (pull, change) = half(x, field);
        v += 0.5 * dt * pull;
        rate += 0.5 * dt * change;
        let (x_before, before) = (x, field);
        x += dt * v;
        field += dt * rate;
        if before > 0.0 && field <= 0.0 {
            let share = before / (before - field);
            return [x_before + share * (x - x_before), secs + share * dt];
        }
        let (pull, change) = half(x, field);
        v += 0.5 * dt * pull;
        rate += 0.5 * dt * change;
        secs += dt;
    }
    [f64::INFINITY; 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_start_that_comes_to_rest_reaches_a_known_minimum() {
        for (from_rad, to_rad, seconds) in [
            (1.5, 1.5, 99.0),
            (1.5, -1.5, 60.0),
            (1.5, -1.0, 30.0),
            (1.5, 0.4, 140.0),
            (1.5, 4.5, 120.0),
            (0.2, -4.0, 60.0),
        ] {
            let ends = Ends { from_rad, to_rad, seconds };
            let known = minima(ends, 60);
            let starts: Vec<f64> =
                random_waves(5, 24).iter().flat_map(|waves| ends.path(60, &scaled(waves, 1.5))).collect();
            let mut crowd = Crowd::new(starts, 60, ends.dt(60), Descent::Smoothed(MOMENTUM));
            (0..1500).for_each(|_| crowd.step());
            for (path, moved) in crowd.paths().zip(crowd.moved()) {
                assert!(*moved < 1e-5, "{ends:?}: {moved}");
                let nearest = known.iter().map(|one| farthest(&one.path, path)).fold(f64::INFINITY, f64::min);
                assert!(nearest < 1e-3, "{ends:?}: {nearest}");
            }
        }
    }

    #[test]
    fn the_published_pair_of_ends_has_two_minima() {
        let found = minima(Ends { from_rad: PI / 2.0, to_rad: PI / 2.0, seconds: 99.0 }, 100);
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [Kind::Right, Kind::Left]);
        assert!((found[0].terms.action() + 302.8).abs() < 0.3 && found[1].terms.action() > -32.0);
        assert_eq!(minima(Ends { from_rad: PI / 2.0, to_rad: PI / 2.0, seconds: 50.0 }, 100).len(), 1);
        assert_eq!(minima(Ends { from_rad: PI / 2.0, to_rad: 5.0, seconds: 150.0 }, 100)[0].kind, Kind::Over);
    }

    #[test]
    fn a_second_minimum_appears_where_the_first_conjugate_points_lie() {
        let from_rad = 1.2;
        let line = first_conjugate_points(from_rad);
        let mut checked = 0;
        for [to_rad, seconds] in line.into_iter().filter(|point| point[1] < 120.0).step_by(10) {
            let count = |seconds| minima(Ends { from_rad, to_rad, seconds }, 100).len();
            assert_eq!((count(seconds - 4.0), count(seconds + 4.0)), (1, 2), "{to_rad} {seconds}");
            checked += 1;
        }
        assert!(checked > 4, "{checked}");
        // The cusp: let go at rest, the pendulum is at the mirrored angle after half a period.
        let rest = first_conjugate_points(PI / 2.0)[80];
        let half_period = 2.0 * 1.854_074_677_301_372 * math::ops::sqrt(180.0);
        assert!((rest[0] + PI / 2.0).abs() < 1e-3 && (rest[1] - half_period).abs() < 0.05, "{rest:?}");
    }
}
