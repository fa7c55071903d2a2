//! How functions and trainings look.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke, View};

use super::curve::{HANDLES, place};
use super::{BASES, Bending};
use crate::lab::activation::{Function, INNER_STEPS};

/// Heights between which the handles move.
pub(super) const LOWEST: f64 = -2.0;
pub(super) const HIGHEST: f64 = 4.3;
/// Sides of the picture.
const REACH: f64 = 4.2;
/// Narrower figures stack their charts.
const WIDE: f64 = 560.0;
/// Losses that are averaged for a point of a line.
const SMOOTH: usize = 15;
/// Outer steps on the chart at first; it grows with the descent.
const FEWEST: f64 = 20.0;

/// The parts of a figure of one size.
pub(super) struct Layout {
    pub(super) function: Plot,
    descent: Rect,
    trainings: Plot,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (function, charts) =
            if size.width >= WIDE { all.split_columns(0.56, 6.0) } else { all.split_rows(0.46, 6.0) };
        let (descent, trainings) = charts.split_rows(0.48, 4.0);
        let world = Bounds { low: [-REACH, LOWEST - 0.2], high: [REACH, HIGHEST + 0.2] };
        let function = Plot::new(function, world, "", "x", "f(x)");
        // Room for the legend, as there is no title.
        let view = View { figure: function.view.figure.inset(0.0, 16.0, 0.0, 0.0), ..function.view };
        let function = Plot { view, ticks: [8, 6], ..function };
        let world = Bounds { low: [0.0, 0.5], high: [INNER_STEPS as f64, 2.7] };
        let mut trainings = Plot::new(trainings, world, "Training", "step", "loss");
        trainings.ticks = [4, 3];
        Self { function, descent, trainings }
    }

    pub(super) fn draw(&self, scene: &mut Scene, bending: &Bending) {
        self.draw_functions(scene, bending);
        self.draw_descent(scene, bending);
        self.draw_trainings(scene, bending);
    }

    fn draw_functions(&self, scene: &mut Scene, bending: &Bending) {
        let plot = &self.function;
        plot.axes(scene);
        let rival = BASES.iter().find(|(id, _)| *id == bending.rival.id()).map_or("", |(_, label)| label);
        let pens = [
            Stroke::new(Color::Baseline, 1.5).dashed(5.0),
            Stroke::new(Color::Model, 2.4),
            Stroke::new(Color::Highlight, 2.4),
        ];
        plot.legend(scene, &[(rival, pens[0]), ("learned", pens[1]), ("yours", pens[2])]);
        let zero = Stroke::new(Color::Grid, 1.0);
        plot.line(scene, &[[-REACH, 0.0], [REACH, 0.0]], zero);
        plot.line(scene, &[[0.0, LOWEST - 0.2], [0.0, HIGHEST + 0.2]], zero);
        let yours = bending.yours.function();
        let functions = [Function::plain(bending.rival), bending.descent.function().clone(), yours];
        for (function, pen) in functions.iter().zip(pens) {
            let line: Vec<Point> = (-84..=84)
                .map(|step| f64::from(step) / 20.0)
                .map(|x| [x, f64::from(function.at(x as f32)[0])])
                .collect();
            plot.line(scene, &line, pen);
        }
        for handle in 0..HANDLES {
            let height = bending.yours.height(handle).clamp(LOWEST, HIGHEST);
            let at = plot.view.figure_from_world([place(handle), height]);
            scene.circle(at, 6.0, Color::Paper);
            scene.ring(at, 6.0, Stroke::new(Color::Highlight, 2.2));
        }
    }

    fn draw_descent(&self, scene: &mut Scene, bending: &Bending) {
        let losses = bending.descent.losses();
        let high = [FEWEST, 50.0, 100.0, 200.0, 301.0].into_iter().find(|high| losses.len() as f64 <= *high);
        let world = Bounds { low: [0.0, 0.7], high: [high.unwrap_or(301.0), 1.6] };
        let mut plot = Plot::new(self.descent, world, "Descent on the function", "outer step", "mean loss");
        plot.ticks = [4, 3];
        plot.axes(scene);
        let line: Vec<Point> = losses.iter().enumerate().map(|(at, loss)| [at as f64, *loss]).collect();
        plot.line(scene, &line, Stroke::new(Color::Model, 1.8));
        let mark = |scene: &mut Scene, loss: f64, color: Color| {
            let level = [[0.0, loss], [world.high[0], loss]];
            plot.line(scene, &level, Stroke::new(color, 1.2).dashed(4.0));
        };
        if let Some([loss, _]) = bending.rival_trial.scores() {
            mark(scene, loss, Color::Baseline);
        }
        if let Some([loss, _]) = bending.trial.scores() {
            mark(scene, loss, Color::Highlight);
        }
        if let Some(end) = line.last() {
            scene.circle(plot.view.figure_from_world(plot.view.world.clamp(*end)), 3.5, Color::Model);
            return;
        }
        let words = if bending.learns { "the first outer step …" } else { "stopped" };
        scene.text(plot.view.figure.center(), words, 12.0, Anchor::Middle, Color::Muted);
    }

    fn draw_trainings(&self, scene: &mut Scene, bending: &Bending) {
        let plot = &self.trainings;
        plot.axes(scene);
        let frame = plot.view.figure;
        let trials = [(&bending.rival_trial, Color::Baseline), (&bending.trial, Color::Highlight)];
        for (row, (trial, color)) in trials.into_iter().enumerate() {
            let losses = trial.losses();
            let mean = |end: usize| {
                let begin = end.saturating_sub(SMOOTH);
                let sum: f32 = losses[begin..=end].iter().sum();
                [end as f64, f64::from(sum) / (end - begin + 1) as f64]
            };
            let line: Vec<Point> = (0..losses.len()).map(mean).collect();
            plot.line(scene, &line, Stroke::new(color, 1.7));
            if let Some([loss, accuracy]) = trial.scores() {
                let words = format!("loss {loss:.3}, test {:.1}\u{202f}%", 100.0 * accuracy);
                let at = [frame.x + frame.width - 8.0, frame.y + 17.0 + 15.0 * row as f64];
                scene.heading(at, words, 11.0, Anchor::End, color);
            }
        }
    }
}
