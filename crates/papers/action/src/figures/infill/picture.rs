//! How the planets' paths look, and the two charts of the descent.

use std::ops::Range;

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke};
use math::ops::{hypot, log10};

use super::gap::Sample;
use super::{ERASER_AU, Infill, Stage, WINDOW};
use crate::ephemeris::BODIES;
use crate::systems::SUN;

/// In the order of the bodies.
pub(super) const NAMES: [&str; 5] = ["Sun", "Mercury", "Venus", "Earth", "Mars"];
/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// Radii of the bodies' discs, not to scale.
const RADII: [f64; 5] = [9.0, 3.0, 4.2, 4.5, 3.6];

/// Rectangles of a figure's size.
pub(super) struct Layout {
    pub plane: Plot,
    error: Rect,
    action: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (left, right) = if size.width >= WIDE { all.split_columns(0.62, 8.0) } else { all.split_rows(0.5, 4.0) };
        let charts = right.rows(2, 6.0);
        let plane = Plot::new(left, WINDOW, "Seen from above", "", "").equal_axes();
        Self { plane, error: charts[0], action: charts[1] }
    }
}

impl Infill {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        let plot = &layout.plane;
        plot.axes(scene);
        let pens =
            [("filled in", Stroke::new(Color::Model, 3.0)), ("simulated", Stroke::new(Color::Truth, 1.5).dashed(4.0))];
        plot.legend(scene, &pens);
        scene.circle(plot.view.figure_from_world(self.gaps.now(0, SUN)), RADII[SUN], Color::Baseline);
        (SUN + 1..BODIES.len()).for_each(|body| self.planet(scene, plot, body));
        if self.every.is_none() {
            self.eraser(scene, plot);
        }
        self.error_chart(scene, layout.error);
        self.action_chart(scene, layout.action);
    }

    fn planet(&self, scene: &mut Scene, plot: &Plot, body: usize) {
        let days = self.gaps.days();
        let truth: Vec<Point> = (0..days).map(|day| self.gaps.true_position(day, body)).collect();
        plot.line(scene, &truth, Stroke::new(Color::Truth.alpha(0.6), 1.5).dashed(4.0));
        let kept = |day: usize| !self.gaps.is_missing(day, body);
        for stretch in stretches(days, kept) {
            plot.line(scene, &truth[stretch], Stroke::new(Color::Truth, 2.6));
        }
        let on = |day: usize| plot.view.figure_from_world(self.gaps.now(day, body));
        let lone: Vec<Point> = (0..days).filter(|day| kept(*day)).map(on).collect();
        if self.every.is_some() {
            scene.dots(lone, 2.6, Color::Truth);
        }
        if matches!(self.stage, Stage::Filling | Stage::Resting) {
            self.filled(scene, plot, body);
        }
        name(scene, plot, body, &truth);
    }

    /// The missing days as they are now, each stretch with the days beside it.
    fn filled(&self, scene: &mut Scene, plot: &Plot, body: usize) {
        let days = self.gaps.days();
        let missing = |day: usize| self.gaps.is_missing(day, body);
        let beside = |day: usize| day > 0 && missing(day - 1) || day + 1 < days && missing(day + 1);
        for stretch in stretches(days, |day| missing(day) || beside(day)) {
            let points: Vec<Point> = stretch.map(|day| self.gaps.now(day, body)).collect();
            plot.line(scene, &points, Stroke::new(Color::Model, 2.6));
        }
        let dots: Vec<Point> = (0..days)
            .filter(|day| missing(*day))
            .map(|day| plot.view.figure_from_world(self.gaps.now(day, body)))
            .collect();
        scene.dots(dots, 2.0, Color::Model);
    }

    fn eraser(&self, scene: &mut Scene, plot: &Plot) {
        let at = plot.view.figure_from_world(self.eraser);
        let radius = ERASER_AU * plot.view.scale()[0];
        scene.circle(at, radius, Color::Highlight.alpha(0.16));
        scene.ring(at, radius, Stroke::new(Color::Highlight, 1.8));
        if !self.touched {
            scene.text([at[0], at[1] + radius + 14.0], "eraser", 12.0, Anchor::Middle, Color::Highlight);
        }
    }

    fn error_chart(&self, scene: &mut Scene, outer: Rect) {
        let points = |one: &Sample| [one.step, log10((one.error / 1e3).max(1e-3))];
        let values: Vec<Point> = self.gaps.samples().iter().map(points).collect();
        chart(scene, outer, "Error, log₁₀ of km", &values, [1.0, 8.0], Color::Model);
    }

    fn action_chart(&self, scene: &mut Scene, outer: Rect) {
        let truth = self.gaps.true_terms().action();
        let surplus = |one: &Sample| [one.step, log10(((one.action - truth) / truth.abs()).max(1e-15))];
        let values: Vec<Point> = self.gaps.samples().iter().map(surplus).collect();
        chart(scene, outer, "Surplus of action, log₁₀", &values, [-15.0, 0.0], Color::Highlight);
    }
}

/// The planet on its last day, and its name beyond the middle of its path.
fn name(scene: &mut Scene, plot: &Plot, body: usize, truth: &[Point]) {
    let Some(last) = truth.last() else { return };
    scene.circle(plot.view.figure_from_world(*last), RADII[body], Color::Truth);
    let at = truth[truth.len() / 2];
    let r = hypot(at[0], at[1]);
    let beyond = [at[0] * (1.0 + 0.12 / r), at[1] * (1.0 + 0.12 / r)];
    let [x, y] = plot.view.figure_from_world(beyond);
    let anchor = if at[0] > 0.3 * r {
        Anchor::Start
    } else if at[0] < -0.3 * r {
        Anchor::End
    } else {
        Anchor::Middle
    };
    scene.text([x, y + 4.0], NAMES[body], 12.0, anchor, Color::Ink);
}

/// The longest runs of days that are `chosen`.
fn stretches(days: usize, chosen: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for day in (0..days).filter(|day| chosen(*day)) {
        match runs.last_mut().filter(|run| run.end == day) {
            Some(run) => run.end += 1,
            None => runs.push(day..day + 1),
        }
    }
    runs
}

/// A curve against steps, on a range that every descent fits.
fn chart(scene: &mut Scene, outer: Rect, title: &str, values: &[Point], [low, high]: [f64; 2], color: Color) {
    let last = values.last().map_or(1.0, |value| value[0].max(1.0));
    let low = values.iter().map(|value| value[1]).fold(low, f64::min);
    let high = values.iter().map(|value| value[1]).fold(high, f64::max);
    let margin = 0.05 * (high - low);
    let world = Bounds { low: [0.0, low - margin], high: [last, high + margin] };
    let plot = Plot::new(outer, world, title, "step", " ");
    plot.axes(scene);
    plot.line(scene, values, Stroke::new(color, 2.2));
}
