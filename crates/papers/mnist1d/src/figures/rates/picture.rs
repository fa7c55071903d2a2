//! How the balls, the curve and the trainings look.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke, format_number};

use super::run::{Ball, Curve, HIGHEST, Trained};
use crate::lab::rates::{INNER_STEPS, OUTER_STEPS};

/// Colours of the balls.
const COLORS: [Color; 2] = [Color::Model, Color::Baseline];
/// Where the authors' two descents end, to two digits (notebook metalearn-learn-rate: 0.6243 and 0.6203).
pub(super) const PUBLISHED: f64 = 0.62;
const BALL: f64 = 9.0;
/// Half the length of a slope's mark, in figure units.
const MARK: f64 = 13.0;
/// Narrower figures stack their charts.
const WIDE: f64 = 560.0;

/// The three charts of a figure of one size.
pub(super) struct Layout {
    pub(super) curve: Plot,
    losses: Plot,
    descent: Plot,
}

impl Layout {
    /// High enough for all of `points`.
    pub(super) fn new(size: Size, points: impl Iterator<Item = Trained>) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let [curve, losses, descent] = if size.width >= WIDE {
            let (left, right) = all.split_columns(0.6, 4.0);
            let (top, bottom) = right.split_rows(0.5, 4.0);
            [left, top, bottom]
        } else {
            let (top, rest) = all.split_rows(0.44, 4.0);
            let (middle, bottom) = rest.split_rows(0.5, 4.0);
            [top, middle, bottom]
        };
        let [mut low, mut high] = [1.67_f64, 2.15];
        for point in points {
            (low, high) = (low.min(point.loss - 0.05), high.max(point.loss + 0.05));
        }
        let world = |low: Point, high: Point| Bounds { low, high };
        let curve_world = world([0.0, low], [HIGHEST + 0.06, high.min(12.0)]);
        let mut losses =
            Plot::new(losses, world([0.0, 0.6], [INNER_STEPS as f64, 2.9]), "The two trainings", "step", "loss");
        losses.ticks = [4, 3];
        let descent_world = world([0.0, 0.0], [OUTER_STEPS as f64, HIGHEST + 0.06]);
        let mut descent = Plot::new(descent, descent_world, "The rate", "outer step", "rate");
        descent.ticks = [5, 3];
        Self { curve: Plot::new(curve, curve_world, "Loss over rate", "learning rate", "mean loss"), losses, descent }
    }

    pub(super) fn draw(&self, scene: &mut Scene, balls: &[Ball; 2], curve: &Curve, outer_rate: f64) {
        self.draw_curve(scene, curve);
        self.draw_losses(scene, balls);
        self.draw_descent(scene, balls, outer_rate);
        self.draw_balls(scene, balls);
    }

    fn draw_curve(&self, scene: &mut Scene, curve: &Curve) {
        let plot = &self.curve;
        plot.axes(scene);
        plot.legend(scene, &[("measured, with its slope", Stroke::new(Color::Truth, 1.5))]);
        let points: Vec<Trained> = curve.points().collect();
        let line: Vec<Point> = points.iter().map(|point| [point.rate, point.loss]).collect();
        plot.line(scene, &line, Stroke::new(Color::Truth.alpha(0.35), 1.5));
        let [right, up] = plot.view.scale();
        let marks: Vec<[Point; 2]> = points.iter().map(|point| self.slope_mark(*point, right, up, MARK)).collect();
        let dots: Vec<Point> = line.iter().map(|point| plot.view.figure_from_world(*point)).collect();
        scene.clip(plot.view.figure, |scene| {
            scene.segments(marks, Stroke::new(Color::Truth, 1.5));
            scene.dots(dots, 2.5, Color::Truth);
        });
        if points.is_empty() {
            let at = plot.view.figure.center();
            scene.text(at, "measuring the curve …", 12.0, Anchor::Middle, Color::Muted);
        }
    }

    /// Where the visitor reads the curve, and what there is to read.
    pub(super) fn draw_read(&self, scene: &mut Scene, rate: f64, read: Option<Trained>) {
        let plot = &self.curve;
        let frame = plot.view.figure;
        let [x, bottom] = plot.view.figure_from_world([rate, plot.view.world.low[1]]);
        scene.line([[x, frame.y], [x, bottom]], Stroke::new(Color::Highlight.alpha(0.5), 1.2).dashed(3.0));
        let Some(Trained { loss, .. }) = read else { return };
        let at = plot.view.figure_from_world([rate, loss]);
        scene.clip(frame, |scene| scene.ring(at, 5.0, Stroke::new(Color::Highlight, 2.0)));
        let (x, anchor) = if rate > 0.5 * HIGHEST { (x - 6.0, Anchor::End) } else { (x + 6.0, Anchor::Start) };
        scene.text([x, bottom - 8.0], format!("loss {}", format_number(loss, 4)), 12.0, anchor, Color::Highlight);
    }

    /// A piece of the tangent, so long on the figure.
    fn slope_mark(&self, point: Trained, right: f64, up: f64, length: f64) -> [Point; 2] {
        let along = [right, -point.slope * up];
        let scale = length / math::ops::hypot(along[0], along[1]).max(1e-9);
        let [x, y] = self.curve.view.figure_from_world([point.rate, point.loss]);
        [[x - scale * along[0], y - scale * along[1]], [x + scale * along[0], y + scale * along[1]]]
    }

    fn draw_balls(&self, scene: &mut Scene, balls: &[Ball; 2]) {
        let plot = &self.curve;
        let [right, up] = plot.view.scale();
        for (ball, color) in balls.iter().zip(COLORS) {
            let track: Vec<Point> = ball.points().map(|point| [point.rate, point.loss]).collect();
            let dots: Vec<Point> = track.iter().map(|point| plot.view.figure_from_world(*point)).collect();
            scene.clip(plot.view.figure, |scene| scene.dots(dots, 2.5, color.alpha(0.55)));
            if let Some(last) = ball.last() {
                scene.clip(plot.view.figure, |scene| {
                    let mark = self.slope_mark(last, right, up, 3.0 * MARK);
                    scene.segments([mark], Stroke::new(color.alpha(0.8), 1.5).dashed(4.0));
                });
            }
            let [x, y] = plot.view.figure_from_world(plot.view.world.clamp(ball.at()));
            scene.circle([x, y], BALL, color);
            scene.ring([x, y], BALL, Stroke::new(Color::Paper, 1.5));
            let label = format!("r = {}", format_number(ball.at()[0], 3));
            let (x, anchor) = if ball.at()[0] > 0.8 { (x + 10.0, Anchor::End) } else { (x - 4.0, Anchor::Start) };
            scene.heading([x, y - BALL - 8.0], label, 12.0, anchor, color);
        }
    }

    fn draw_losses(&self, scene: &mut Scene, balls: &[Ball; 2]) {
        let plot = &self.losses;
        plot.axes(scene);
        for (ball, color) in balls.iter().zip(COLORS) {
            let [now, before] = ball.losses();
            let line = |losses: &[f64]| -> Vec<Point> {
                losses.iter().enumerate().map(|(step, loss)| [step as f64, *loss]).collect()
            };
            plot.line(scene, &line(before), Stroke::new(color.alpha(0.28), 1.0));
            plot.line(scene, &line(now), Stroke::new(color, 1.3));
        }
    }

    fn draw_descent(&self, scene: &mut Scene, balls: &[Ball; 2], outer_rate: f64) {
        let plot = &self.descent;
        plot.axes(scene);
        let frame = plot.view.figure;
        let words = format!("outer rate {}", format_number(outer_rate, 2));
        scene.text([frame.x + frame.width, frame.y - 8.0], words, 11.0, Anchor::End, Color::Muted);
        plot.line(
            scene,
            &[[0.0, PUBLISHED], [OUTER_STEPS as f64, PUBLISHED]],
            Stroke::new(Color::Muted, 1.0).dashed(4.0),
        );
        let [right, y] = plot.view.figure_from_world([OUTER_STEPS as f64, PUBLISHED]);
        scene.text([right - 4.0, y - 5.0], "paper: 0.62", 11.0, Anchor::End, Color::Muted);
        for (ball, color) in balls.iter().zip(COLORS) {
            let line: Vec<Point> = ball.points().enumerate().map(|(step, point)| [step as f64, point.rate]).collect();
            plot.line(scene, &line, Stroke::new(color, 1.8));
            if let Some(end) = line.last() {
                scene.circle(plot.view.figure_from_world(*end), 3.0, color);
            }
        }
    }
}
