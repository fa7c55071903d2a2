//! The phase plane of one pendulum or spring, as the figures share it: the law, rollouts, arrows, level lines.

use demo::{Anchor, Bounds, Color, Error, Paint, Plot, Point, Rect, Scene, Stroke, View};
use physics::System;
use physics::systems::{Pendulum, Spring};

use crate::task::Task;
use demo::snapshot::{Reader, Writer, bad};

/// A rollout that leaves this radius has diverged; it is drawn as far as it goes.
const FAR: f64 = 50.0;
/// Longer than any orbit that a figure shows takes.
const HALF_MINUTE: f64 = 30.0;
/// The shortest arrow, in figure units.
const LEAST_ARROW: f64 = 5.0;

/// What governs the motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Law {
    /// H = 3 (1 - cos q) + p^2.
    Pendulum,
    /// H = q^2 + p^2.
    Spring,
}

impl Law {
    /// The law of a control's option; the pendulum for any other name.
    pub(super) fn from_id(id: &str) -> Self {
        if id == "spring" { Self::Spring } else { Self::Pendulum }
    }

    /// Its task in the paper.
    pub(super) fn task(self) -> Task {
        match self {
            Self::Pendulum => Task::Pendulum,
            Self::Spring => Task::Spring,
        }
    }

    /// Energy of the state (q, p).
    pub(super) fn energy(self, state: Point) -> f64 {
        match self {
            Self::Pendulum => Pendulum.energy(&state),
            Self::Spring => Spring.energy(&state),
        }
    }

    /// (dq/dt, dp/dt) at (q, p).
    pub(super) fn field(self, state: Point) -> Point {
        let mut out = [0.0; 2];
        match self {
            Self::Pendulum => Pendulum.derivative(0.0, &state, &mut out),
            Self::Spring => Spring.derivative(0.0, &state, &mut out),
        }
        out
    }

    /// The part of the phase plane that is shown: where the data lie, and a little more.
    pub(super) fn window(self) -> Bounds {
        match self {
            Self::Pendulum => Bounds::symmetric(2.9, 2.9),
            Self::Spring => Bounds::symmetric(1.45, 1.45),
        }
    }

    /// The part on which fields and energies are evaluated: frames that are not square show a little more than
    /// [`Self::window`].
    pub(super) fn ground(self) -> Bounds {
        let [q, p] = self.window().high;
        Bounds::symmetric(1.17 * q, 1.17 * p)
    }

    /// The closed orbit of this energy, from q = 0 on.
    pub(super) fn orbit(self, energy: f64) -> Vec<Point> {
        let mut orbit = Rollout::new([0.0, math::ops::sqrt(energy)], 0.02);
        // The law itself never fails.
        orbit.advance(usize::MAX, HALF_MINUTE, |state| Ok(self.field(state))).unwrap_or_default();
        one_lap(&orbit.points).to_vec()
    }

    /// Where a figure starts, inside the data.
    pub(super) fn start(self) -> Point {
        match self {
            Self::Pendulum => [2.2, 0.0],
            Self::Spring => [0.75, 0.0],
        }
    }

    /// Least and greatest energy of the training data's starts (recipes of sections A.1 and A.2; for the pendulum the
    /// extremes of H over radii 1.3 to 2.3).
    pub(super) fn trained(self) -> [f64; 2] {
        match self {
            Self::Pendulum => [1.69, 5.29],
            Self::Spring => [0.01, 1.0],
        }
    }

    /// What q is, with its unit.
    pub(super) fn position_label(self) -> &'static str {
        match self {
            Self::Pendulum => "angle q",
            Self::Spring => "stretch q",
        }
    }
}

/// One step of the classical Runge-Kutta method of order 4 in the plane, for fields that may fail.
pub(super) fn rk4_step(
    state: Point,
    dt_secs: f64,
    mut field: impl FnMut(Point) -> Result<Point, Error>,
) -> Result<Point, Error> {
    let k1 = field(state)?;
    let k2 = field(moved(state, k1, dt_secs / 2.0))?;
    let k3 = field(moved(state, k2, dt_secs / 2.0))?;
    let k4 = field(moved(state, k3, dt_secs))?;
    Ok(std::array::from_fn(|i| state[i] + dt_secs / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])))
}

fn moved(state: Point, slope: Point, dt_secs: f64) -> Point {
    [state[0] + dt_secs * slope[0], state[1] + dt_secs * slope[1]]
}

/// States at equal steps in time, computed bit by bit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rollout {
    /// From the start on; only finite ones.
    pub(super) points: Vec<Point>,
    /// Time between them.
    pub(super) dt_secs: f64,
    /// Whether it left the plane, or numbers altogether, after the last point.
    pub(super) diverged: bool,
}

impl Rollout {
    /// Nothing but its start.
    pub(super) fn new(start: Point, dt_secs: f64) -> Self {
        Self { points: vec![start], dt_secs, diverged: false }
    }

    /// Up to `steps` steps more, none beyond `horizon_secs`.
    pub(super) fn advance(
        &mut self,
        steps: usize,
        horizon_secs: f64,
        mut field: impl FnMut(Point) -> Result<Point, Error>,
    ) -> Result<(), Error> {
        for _ in 0..steps {
            if self.complete(horizon_secs) {
                break;
            }
            let next = rk4_step(self.last(), self.dt_secs, &mut field)?;
            self.diverged = !(next[0].abs() < FAR && next[1].abs() < FAR);
            if !self.diverged {
                self.points.push(next);
            }
        }
        Ok(())
    }

    /// Whether there is nothing more to compute up to `horizon_secs`.
    pub(super) fn complete(&self, horizon_secs: f64) -> bool {
        self.diverged || self.points.len() > (horizon_secs / self.dt_secs).round() as usize
    }

    /// Time from the start to the last point.
    pub(super) fn secs(&self) -> f64 {
        (self.points.len() - 1) as f64 * self.dt_secs
    }

    /// Writes its points and how it ended.
    pub(super) fn save(&self, writer: &mut Writer) {
        writer.points(&self.points);
        writer.bool(self.diverged);
    }

    /// What [`Self::save`] wrote.
    pub(super) fn restore(reader: &mut Reader, dt_secs: f64) -> Result<Self, Error> {
        let points = reader.points()?;
        if points.is_empty() {
            return Err(bad("a rollout in it has no start."));
        }
        Ok(Self { points, dt_secs, diverged: reader.bool()? })
    }

    /// Forgets what lies beyond `horizon_secs`.
    pub(super) fn shorten(&mut self, horizon_secs: f64) {
        let kept = (horizon_secs / self.dt_secs).round() as usize + 1;
        self.diverged &= self.points.len() <= kept;
        self.points.truncate(kept);
    }

    /// The last point.
    pub(super) fn last(&self) -> Point {
        self.points[self.points.len() - 1]
    }

    /// The state at `secs`, linear between points, the last one beyond the end.
    pub(super) fn at(&self, secs: f64) -> Point {
        let position = (secs / self.dt_secs).max(0.0);
        let index = position as usize;
        let Some(next) = self.points.get(index + 1) else { return self.last() };
        let (here, share) = (self.points[index], position - index as f64);
        [here[0] + share * (next[0] - here[0]), here[1] + share * (next[1] - here[1])]
    }

    /// The points from `from_secs` to `to_secs`, the state at `to_secs` last.
    pub(super) fn stretch(&self, from_secs: f64, to_secs: f64) -> Vec<Point> {
        let first = (from_secs / self.dt_secs).max(0.0).ceil() as usize;
        let last = ((to_secs / self.dt_secs).max(0.0) as usize + 1).min(self.points.len());
        let mut points = self.points.get(first..last.max(first)).unwrap_or_default().to_vec();
        points.push(self.at(to_secs));
        points
    }

    /// The greatest departure of the law's energy from its value at the start, as a share of that value.
    pub(super) fn energy_drift(&self, law: Law) -> f64 {
        let start = law.energy(self.points[0]);
        let worst = self.points.iter().map(|state| (law.energy(*state) - start).abs()).fold(0.0, f64::max);
        if self.diverged { f64::INFINITY } else { worst / start.max(1e-9) }
    }
}

/// The beginning of an orbit up to its first full turn about the origin; all of it where it does not come round.
pub(super) fn one_lap(points: &[Point]) -> &[Point] {
    let mut turned = 0.0;
    for (index, pair) in points.windows(2).enumerate() {
        let [[a, b], [c, d]] = [pair[0], pair[1]];
        turned += math::ops::atan2(a * d - b * c, a * c + b * d);
        if turned.abs() > std::f64::consts::TAU {
            return &points[..index + 2];
        }
    }
    points
}

/// A share as per cent in words; what has no bound is "diverged".
pub(super) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "diverged".into();
    }
    let digits = if share.abs() < 0.0995 { 2 } else { 3 };
    format!("{} %", demo::format_number(share * 100.0, digits))
}

/// A square lattice of points over `window`, rows from the top: `count * count` points.
pub(super) fn lattice(window: Bounds, count: usize) -> Vec<Point> {
    let share = |index: usize| index as f64 / (count.max(2) - 1) as f64;
    let between = |axis: usize, share: f64| window.low[axis] + share * (window.high[axis] - window.low[axis]);
    let rows = (0..count).map(|row| between(1, 1.0 - share(row)));
    rows.flat_map(|p| (0..count).map(move |column| [between(0, share(column)), p])).collect()
}

/// Sixteen states within the window, row-major, on which engines are compared.
pub(super) fn probe_states(law: Law) -> Vec<f64> {
    let [q, p] = law.window().high;
    (0..16_i32).flat_map(|i| [0.8 * q * f64::from(i - 8) / 8.0, 0.8 * p * f64::from((5 * i) % 16 - 8) / 8.0]).collect()
}

/// A square plot of the phase plane in `outer`, equal units along both axes.
pub(super) fn plane(outer: Rect, law: Law, labels: bool) -> Plot {
    let (x_label, y_label) = if labels { (law.position_label(), "momentum p") } else { ("", "") };
    let mut plot = Plot::new(outer, law.window(), " ", x_label, y_label).equal_axes();
    plot.title.clear();
    plot
}

/// Frame, ticks, the lines q = 0 and p = 0, and a title in the colour of what is shown.
pub(super) fn frame(scene: &mut Scene, plot: &Plot, title: &str, color: Color) {
    let (rect, world) = (plot.view.figure, plot.view.world);
    let [x, y] = plot.view.figure_from_world([0.0, 0.0]);
    let thin = Stroke::new(Color::Grid, 1.0);
    if (world.low[0]..world.high[0]).contains(&0.0) {
        scene.line([[x, rect.y], [x, rect.y + rect.height]], thin);
    }
    if (world.low[1]..world.high[1]).contains(&0.0) {
        scene.line([[rect.x, y], [rect.x + rect.width, y]], thin);
    }
    plot.axes(scene);
    scene.heading([rect.x, rect.y - 8.0], title, 13.0, Anchor::Start, color);
}

/// Arrows along a field, centred on their points. Lengths grow with the speed and level off at the lattice's spacing.
pub(super) fn arrows(scene: &mut Scene, plot: &Plot, points: &[Point], field: &[Point], typical: f64, paint: Paint) {
    let [sx, sy] = plot.view.scale();
    let spacing = points.first_chunk().map_or(0.0, |[a, b]: &[Point; 2]| (b[0] - a[0]).abs() * sx);
    let margin = 0.4 * spacing;
    let room = plot.view.figure.inset(margin, margin, margin, margin);
    let segments: Vec<[Point; 2]> = points
        .iter()
        .zip(field)
        .filter_map(|(point, slope)| {
            let at = plot.view.figure_from_world(*point);
            let speed = math::ops::hypot(slope[0], slope[1]);
            let length = (spacing * 0.92 * speed / (speed + typical)).max(LEAST_ARROW);
            let size = math::ops::hypot(slope[0] * sx, slope[1] * sy);
            let (dx, dy) = (slope[0] * sx / size * length / 2.0, -slope[1] * sy / size * length / 2.0);
            let drawn = room.contains(at) && speed.is_finite() && size > 0.0;
            drawn.then_some([[at[0] - dx, at[1] - dy], [at[0] + dx, at[1] + dy]])
        })
        .collect();
    scene.arrows(segments, Stroke::new(paint, 1.1), (spacing * 0.16).clamp(2.5, 5.0));
}

/// Three times as many points along a curve, by Catmull-Rom splines through the given ones.
pub(super) fn smooth(points: &[Point]) -> Vec<Point> {
    let at = |index: usize| points[index.min(points.len() - 1)];
    let between = |index: usize, share: f64| {
        let [a, b, c, d] = [at(index.saturating_sub(1)), at(index), at(index + 1), at(index + 2)];
        let along = |i: usize| {
            let bend = 2.0 * a[i] - 5.0 * b[i] + 4.0 * c[i] - d[i] + share * (3.0 * (b[i] - c[i]) + d[i] - a[i]);
            b[i] + 0.5 * share * (c[i] - a[i] + share * bend)
        };
        [along(0), along(1)]
    };
    let inner = 0..points.len().saturating_sub(1);
    let fine = inner.flat_map(|index| [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|share| between(index, share)));
    fine.chain(points.last().copied()).collect()
}

/// `levels` level lines of values on a [`lattice`], evenly spaced between least and greatest, in world coordinates.
pub(super) fn levels(window: Bounds, values: &[f32], count: usize, levels: usize) -> Vec<[Point; 2]> {
    let (low, high) = values
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    if !(low.is_finite() && high.is_finite() && high > low) {
        return Vec::new();
    }
    let energies: Vec<f32> =
        (0..levels).map(|level| low + (high - low) * (level as f32 + 0.5) / levels as f32).collect();
    lines_at(window, values, count, &energies)
}

fn lines_at(window: Bounds, values: &[f32], count: usize, levels: &[f32]) -> Vec<[Point; 2]> {
    let size = [window.high[0] - window.low[0], window.high[1] - window.low[1]];
    let cells = (count - 1) as f64;
    let world = |at: Point| [window.low[0] + at[0] / cells * size[0], window.high[1] - at[1] / cells * size[1]];
    let lines = levels.iter().flat_map(|level| demo::contour(values, count, count, *level));
    lines.map(|segment| segment.map(world)).collect()
}

/// Level lines of the exact energy, in world coordinates, for a quiet ground.
pub(super) fn law_levels(law: Law) -> Vec<[Point; 2]> {
    const FINE: usize = 81;
    let values: Vec<f32> = lattice(law.ground(), FINE).iter().map(|state| law.energy(*state) as f32).collect();
    let step = if law == Law::Pendulum { 0.6 } else { 0.2 };
    let energies: Vec<f32> = (1..=16).map(|level| level as f32 * step).collect();
    lines_at(law.ground(), &values, FINE, &energies)
}

/// Values on a lattice of `count` made `factor` times denser by cubic convolution (Keys, IEEE Trans. ASSP 29, 1981).
pub(super) fn refine(values: &[f32], count: usize, factor: usize) -> Vec<f32> {
    let fine = (count - 1) * factor + 1;
    let along = |get: &dyn Fn(usize) -> f32, at: usize| {
        let index = (at / factor).min(count - 2);
        let share = (at - index * factor) as f32 / factor as f32;
        let [a, b, c, d] = [index.saturating_sub(1), index, index + 1, (index + 2).min(count - 1)].map(get);
        b + 0.5 * share * (c - a + share * (2.0 * a - 5.0 * b + 4.0 * c - d + share * (3.0 * (b - c) + d - a)))
    };
    let rows: Vec<f32> = (0..count)
        .flat_map(|row| (0..fine).map(move |column| (row, column)))
        .map(|(row, column)| along(&|index| values[row * count + index], column))
        .collect();
    (0..fine)
        .flat_map(|row| (0..fine).map(move |column| (row, column)))
        .map(|(row, column)| along(&|index| rows[index * fine + column], row))
        .collect()
}

/// Segments given in world coordinates.
pub(super) fn world_segments(scene: &mut Scene, plot: &Plot, segments: &[[Point; 2]], stroke: Stroke) {
    let points: Vec<[Point; 2]> =
        segments.iter().map(|segment| segment.map(|point| plot.view.figure_from_world(point))).collect();
    scene.clip(plot.view.figure, |scene| scene.segments(points, stroke));
}

/// The mark of a thing that can be dragged.
pub(super) fn grip(scene: &mut Scene, at: Point) {
    scene.circle(at, 9.0, Color::Highlight.alpha(0.25));
    scene.ring(at, 9.0, Stroke::new(Color::Highlight, 2.0));
    scene.circle(at, 3.0, Color::Highlight);
}

/// A few words in the lower left corner of a view.
pub(super) fn tag(scene: &mut Scene, view: &View, words: &str) {
    let rect = view.figure;
    let size = if rect.width < 220.0 { 11.0 } else { 12.0 };
    let ground = Rect {
        x: rect.x + 5.0,
        y: rect.y + rect.height - 25.0,
        width: 0.53 * size * words.chars().count() as f64 + 10.0,
        height: 20.0,
    };
    scene.fill(ground, Color::Paper.alpha(0.85));
    scene.text([ground.x + 5.0, ground.y + 14.0], words, size, Anchor::Start, Color::Ink);
}

/// Names and pens in a row from `at` to the right; gives the place after the last.
pub(super) fn legend(scene: &mut Scene, at: Point, entries: &[(&str, Stroke)]) -> f64 {
    let mut x = at[0];
    for (name, stroke) in entries {
        scene.line([[x, at[1] - 4.0], [x + 16.0, at[1] - 4.0]], *stroke);
        scene.text([x + 21.0, at[1]], *name, 11.0, Anchor::Start, Color::Ink);
        x += 21.0 + name.chars().count() as f64 * 6.0 + 14.0;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollout_by_the_law_keeps_its_energy_and_its_clock() {
        for law in [Law::Pendulum, Law::Spring] {
            let mut rollout = Rollout::new(law.start(), 0.05);
            while !rollout.complete(20.0) {
                rollout.advance(7, 20.0, |state| Ok(law.field(state))).unwrap();
            }
            assert_eq!(rollout.points.len(), 401);
            assert!((rollout.secs() - 20.0).abs() < 1e-9 && !rollout.diverged);
            assert!(rollout.energy_drift(law) < 1e-3, "{}", rollout.energy_drift(law));
        }
    }

    #[test]
    fn the_spring_turns_with_angular_frequency_two() {
        let mut rollout = Rollout::new([1.0, 0.0], 0.01);
        rollout.advance(1000, 1.0, |state| Ok(Law::Spring.field(state))).unwrap();
        assert!((rollout.last()[0] - math::ops::cos(2.0)).abs() < 1e-7);
        assert!((rollout.last()[1] + math::ops::sin(2.0)).abs() < 1e-7);
    }

    #[test]
    fn what_runs_away_is_cut_and_said() {
        let mut rollout = Rollout::new([1.0, 0.0], 0.5);
        rollout.advance(1000, 500.0, |[q, p]| Ok([q * q, p / 0.0])).unwrap();
        assert!(rollout.diverged && rollout.complete(500.0));
        assert!(rollout.points.iter().flatten().all(|value| value.is_finite()));
        assert_eq!(percent(rollout.energy_drift(Law::Spring)), "diverged");
    }

    #[test]
    fn a_stretch_ends_where_its_time_ends() {
        let rollout = Rollout { points: vec![[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]], dt_secs: 0.5, diverged: false };
        assert_eq!(rollout.at(0.75), [1.5, 3.0]);
        assert_eq!(rollout.stretch(0.25, 0.75), [[1.0, 2.0], [1.5, 3.0]]);
        assert_eq!(rollout.stretch(-1.0, 9.0).last(), Some(&[2.0, 4.0]));
    }

    #[test]
    fn refinement_is_exact_for_what_bends_once() {
        let parabola = |x: f64, y: f64| (x * x + 0.5 * y - x * y) as f32;
        let of = |count: usize| -> Vec<f32> {
            lattice(Bounds::symmetric(1.0, 1.0), count).iter().map(|[x, y]| parabola(*x, *y)).collect()
        };
        let (fine, exact) = (refine(&of(9), 9, 3), of(25));
        for row in 3..22 {
            for column in 3..22 {
                let index = row * 25 + column;
                assert!((fine[index] - exact[index]).abs() < 1e-5, "{row} {column}");
            }
        }
    }

    #[test]
    fn a_smoothed_circle_is_rounder() {
        let point = |i: i32| [math::ops::cos(0.2 * f64::from(i)), math::ops::sin(0.2 * f64::from(i))];
        let points: Vec<Point> = (0..40).map(point).collect();
        let fine = smooth(&points);
        assert_eq!(fine.len(), 118);
        assert!(points.iter().zip(fine.iter().step_by(3)).all(|(a, b)| a == b));
        let error = |points: &[Point]| {
            let middles = points[6..100.min(points.len() - 6)].windows(2);
            let radius = |pair: &[Point]| math::ops::hypot(pair[0][0] + pair[1][0], pair[0][1] + pair[1][1]) / 2.0;
            middles.map(|pair| (radius(pair) - 1.0).abs()).fold(0.0, f64::max)
        };
        assert!(error(&fine) < error(&points) / 8.0, "{} {}", error(&fine), error(&points));
    }

    #[test]
    fn level_lines_lie_on_their_levels() {
        let window = Bounds::symmetric(2.0, 2.0);
        let values: Vec<f32> = lattice(window, 41).iter().map(|[x, y]| (x * x + y * y) as f32).collect();
        let segments = levels(window, &values, 41, 4);
        assert!(segments.len() > 100);
        for [x, y] in segments.iter().flatten() {
            let level = x * x + y * y;
            assert!([1.0, 3.0, 5.0, 7.0].iter().any(|expected| (level - expected).abs() < 0.02), "{level}");
        }
    }
}
