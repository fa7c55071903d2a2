//! Axes with a frame, ticks and a title: the one way that figures draw charts.

use crate::{Anchor, Bounds, Color, Point, Rect, Scene, Stroke, View, format_number};

/// Font size of ticks and labels.
const SMALL: f64 = 11.0;

/// A rectangle of the figure with a world of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Title above the frame; may be empty.
    pub title: String,
    /// Under the horizontal axis; may be empty.
    pub x_label: String,
    /// At the top of the vertical axis; may be empty.
    pub y_label: String,
    /// World and inner rectangle.
    pub view: View,
    /// Ticks along x and y, none at zero.
    pub ticks: [usize; 2],
}

impl Plot {
    /// A plot that fills `outer`, margins for title and ticks included.
    pub fn new(outer: Rect, world: Bounds, title: &str, x_label: &str, y_label: &str) -> Self {
        let left = if y_label.is_empty() { 10.0 } else { 40.0 };
        let bottom = if x_label.is_empty() { 10.0 } else { 32.0 };
        let top = if title.is_empty() { 8.0 } else { 24.0 };
        let view = View { world, figure: outer.inset(left, top, 10.0, bottom) };
        Self { title: title.into(), x_label: x_label.into(), y_label: y_label.into(), view, ticks: [4, 4] }
    }

    /// The same with equal units along x and y: the world is widened to fit.
    pub fn equal_axes(mut self) -> Self {
        let [sx, sy] = self.view.scale();
        let world = &mut self.view.world;
        let (axis, factor) = if sx > sy { (0, sx / sy) } else { (1, sy / sx) };
        let middle = f64::midpoint(world.low[axis], world.high[axis]);
        let half = (world.high[axis] - world.low[axis]) / 2.0 * factor;
        world.low[axis] = middle - half;
        world.high[axis] = middle + half;
        self
    }

    /// Frame, ticks, labels and title.
    pub fn axes(&self, scene: &mut Scene) {
        let frame = self.view.figure;
        let corners = [
            [frame.x, frame.y],
            [frame.x + frame.width, frame.y],
            [frame.x + frame.width, frame.y + frame.height],
            [frame.x, frame.y + frame.height],
            [frame.x, frame.y],
        ];
        scene.line(corners, Stroke::new(Color::Grid, 1.0));
        if !self.x_label.is_empty() {
            self.x_ticks(scene);
        }
        if !self.y_label.is_empty() {
            self.y_ticks(scene);
        }
        if !self.title.is_empty() {
            scene.heading([frame.x, frame.y - 8.0], &self.title, 13.0, Anchor::Start, Color::Ink);
        }
    }

    fn x_ticks(&self, scene: &mut Scene) {
        let (frame, world) = (self.view.figure, self.view.world);
        let bottom = frame.y + frame.height;
        for tick in ticks(world.low[0], world.high[0], self.ticks[0]) {
            let [x, _] = self.view.figure_from_world([tick, world.low[1]]);
            scene.line([[x, bottom], [x, bottom + 4.0]], Stroke::new(Color::Muted, 1.0));
            scene.text([x, bottom + 15.0], label(tick), SMALL, Anchor::Middle, Color::Muted);
        }
        let center = frame.x + frame.width / 2.0;
        scene.text([center, bottom + 28.0], &self.x_label, SMALL, Anchor::Middle, Color::Muted);
    }

    fn y_ticks(&self, scene: &mut Scene) {
        let (frame, world) = (self.view.figure, self.view.world);
        for tick in ticks(world.low[1], world.high[1], self.ticks[1]) {
            let [_, y] = self.view.figure_from_world([world.low[0], tick]);
            scene.line([[frame.x - 4.0, y], [frame.x, y]], Stroke::new(Color::Muted, 1.0));
            scene.text([frame.x - 6.0, y + 4.0], label(tick), SMALL, Anchor::End, Color::Muted);
        }
        let at = [frame.x + 5.0, frame.y + 14.0];
        scene.text(at, &self.y_label, SMALL, Anchor::Start, Color::Muted);
    }

    /// A line in world coordinates, clipped to the frame.
    pub fn line(&self, scene: &mut Scene, world: &[Point], stroke: Stroke) {
        let points: Vec<Point> = world.iter().map(|point| self.view.figure_from_world(*point)).collect();
        scene.clip(self.view.figure, |scene| scene.line(points, stroke));
    }

    /// Names and pens in a row above the frame, right-aligned.
    pub fn legend(&self, scene: &mut Scene, entries: &[(&str, Stroke)]) {
        let frame = self.view.figure;
        let mut x = frame.x + frame.width;
        for (name, stroke) in entries.iter().rev() {
            scene.text([x, frame.y - 8.0], *name, SMALL, Anchor::End, Color::Ink);
            x -= width_of(name) + 6.0;
            scene.line([[x - 16.0, frame.y - 12.0], [x, frame.y - 12.0]], *stroke);
            x -= 28.0;
        }
    }
}

/// About how wide `text` is at the size of labels: this crate measures no fonts, and capitals are wide.
fn width_of(text: &str) -> f64 {
    text.chars().map(|letter| if letter.is_uppercase() { 0.76 } else { 0.57 }).sum::<f64>() * SMALL
}

fn label(tick: f64) -> String {
    let rounded = (tick * 1e6).round() / 1e6;
    if rounded.abs() >= 1e5 || (rounded != 0.0 && rounded.abs() < 1e-3) {
        format_number(rounded, 2)
    } else {
        format!("{rounded}").replace('-', "\u{2212}")
    }
}

/// Round numbers between `low` and `high`, about `count` of them.
fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let span = high - low;
    if count == 0 || !span.is_finite() || span <= 0.0 {
        return Vec::new();
    }
    let rough = span / count as f64;
    let power = math::ops::powf(10.0, math::ops::log10(rough).floor());
    let step = [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * power).find(|step| *step >= rough).unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 20.0, 4), [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(ticks(-1.3, 1.3, 4), [-1.0, 0.0, 1.0]);
        assert!(ticks(0.0, f64::NAN, 4).is_empty());
        assert!(ticks(1.0, 1.0, 4).is_empty());
    }

    #[test]
    fn equal_axes_have_equal_units() {
        let outer = Rect { x: 0.0, y: 0.0, width: 500.0, height: 300.0 };
        let [sx, sy] = Plot::new(outer, Bounds::symmetric(2.0, 2.0), "", "q", "p").equal_axes().view.scale();
        assert!((sx - sy).abs() < 1e-9);
    }
}
