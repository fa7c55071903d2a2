//! The picture of the sweep: errors against the width, and below them how the test error came about.

use demo::{Anchor, Bounds, Color, Colormap, Plot, Point, Rect, Scene, Size, Stroke};

use super::super::marks::thousands;
use super::sweep::{READINGS, Reading, Recipe, Scale};
use super::{DoubleDescent, Peak};
use crate::lab::descent::{EPOCHS, NOISE};

/// The axis of training errors, in percent.
const TRAINING: [f64; 2] = [0.0, 110.0];
/// The axis of test errors before anything is known.
const AT_FIRST: [f64; 2] = [30.0, 90.0];
/// What the colours of the map span above the least error, in percentage points.
const SPAN: f32 = 25.0;

/// Published test errors in percent at some widths (notebook deep-double-descent), without noise.
const PUBLISHED_CLEAN: [(usize, f64); 4] = [(2, 68.5), (16, 44.6), (47, 41.0), (300, 37.3)];
/// The same with 15 % noise.
const PUBLISHED_NOISY: [(usize, f64); 3] = [(16, 47.2), (47, 54.1), (300, 45.5)];

/// Rectangles of a figure's size.
pub(super) struct Layout {
    test: Rect,
    train: Rect,
    map: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height }.inset(2.0, 20.0, 4.0, 2.0);
        let (test, rest) = all.split_rows(0.48, 0.0);
        let (train, map) = rest.split_rows(0.42, 0.0);
        Self { test, train, map }
    }
}

impl DoubleDescent {
    pub(super) fn draw_all(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        let (test, train) = (self.test_chart(&layout), self.train_chart(&layout));
        self.draw_threshold(scene, &[&test, &train]);
        self.draw_tests(scene, &test);
        self.draw_training(scene, &train);
        self.draw_map(scene, layout.map, &train);
        self.draw_chosen(scene, &test, &train);
    }

    /// Test errors against the place of the width in the row, on an axis of whole tens that fits them.
    fn test_chart(&self, layout: &Layout) -> Plot {
        let before = self.before.iter().flat_map(|(_, reading)| &reading.test).copied();
        let now = self.last().into_iter().flat_map(|reading| &reading.test).copied();
        let published = self.published().iter().map(|(_, error)| *error);
        let [low, high] = now
            .chain(before)
            .chain(published)
            .fold([f64::INFINITY, 0.0_f64], |[low, high], error| [low.min(error), high.max(error)]);
        let fitted = [((low - 1.0) / 10.0).floor() * 10.0, ((high + 4.0) / 10.0).ceil() * 10.0];
        let range = if self.last().is_some() { fitted } else { AT_FIRST };
        self.plot(layout.test, range, "test error, %", 4)
    }

    /// Training errors against the place of the width in the row.
    pub(super) fn train_chart(&self, layout: &Layout) -> Plot {
        self.plot(layout.train, TRAINING, "training error, %", 2)
    }

    fn plot(&self, outer: Rect, [low, high]: [f64; 2], label: &str, ticks: usize) -> Plot {
        let last = self.widths().len() as f64 - 1.0;
        let world = Bounds { low: [-0.5, low], high: [last + 0.5, high] };
        let mut plot = Plot::new(outer, world, "", "", label);
        // The widths stand below the frame of the training errors.
        plot.ticks = [0, ticks];
        plot
    }

    fn draw_tests(&self, scene: &mut Scene, plot: &Plot) {
        plot.axes(scene);
        if let Some((recipe, reading)) = &self.before {
            self.draw_before(scene, plot, recipe, reading);
        }
        self.draw_published(scene, plot);
        if let Some(last) = self.last() {
            let test = points(&last.test);
            plot.line(scene, &test, Stroke::new(Color::Model, 2.8));
            let dots: Vec<Point> = test.iter().map(|point| plot.view.figure_from_world(*point)).collect();
            scene.dots(dots, 3.5, Color::Model);
            self.draw_peak(scene, plot, &last.test);
        } else if self.sweep.is_none() {
            self.draw_invitation(scene, plot);
        }
        self.draw_legend(scene, plot);
        self.draw_progress(scene, plot);
    }

    fn draw_training(&self, scene: &mut Scene, plot: &Plot) {
        plot.axes(scene);
        self.draw_widths(scene, plot);
        if let Some(last) = self.last() {
            let train = points(&last.train);
            plot.line(scene, &train, Stroke::new(Color::Baseline, 2.2));
            let dots: Vec<Point> = train.iter().map(|point| plot.view.figure_from_world(*point)).collect();
            scene.dots(dots, 2.5, Color::Baseline);
        }
    }

    fn draw_legend(&self, scene: &mut Scene, plot: &Plot) {
        let frame = plot.view.figure;
        let at = [frame.x + frame.width, frame.y - 8.0];
        match &self.before {
            Some((recipe, _)) => {
                let now = format!("{:.0} % wrong labels", 100.0 * self.recipe.noise);
                let before = format!("before, {:.0} %", 100.0 * recipe.noise);
                let pens = [Stroke::new(Color::Muted.alpha(0.7), 2.0), Stroke::new(Color::Model, 2.8)];
                plot.legend(scene, &[(&before, pens[0]), (&now, pens[1])]);
            }
            None if !self.published().is_empty() => {
                scene.text(at, "◇ published", 11.0, Anchor::End, Color::Muted);
            }
            None => {}
        }
    }

    fn networks(&self) -> usize {
        self.widths().iter().map(|width| self.recipe.scale.crew(*width)).sum()
    }

    /// The widths under the chart, as many as there is room for.
    fn draw_widths(&self, scene: &mut Scene, plot: &Plot) {
        let frame = plot.view.figure;
        let each = frame.width / self.widths().len() as f64;
        let every = if each < 24.0 { 2 } else { 1 };
        for (member, width) in self.widths().iter().enumerate().step_by(every) {
            let [x, y] = plot.view.figure_from_world([member as f64, TRAINING[0]]);
            scene.text([x, y + 23.0], width.to_string(), 11.0, Anchor::Middle, Color::Muted);
        }
    }

    fn draw_invitation(&self, scene: &mut Scene, plot: &Plot) {
        let [x, y] = plot.view.figure.center();
        let [rows, _] = self.recipe.scale.rows();
        let noise = 100.0 * self.recipe.noise;
        let lines = [
            format!("{} networks, {} training rows,", self.networks(), thousands(rows)),
            format!("{noise:.0} % of their labels drawn at random"),
        ];
        scene.heading([x, y - 14.0], "All widths at once", 15.0, Anchor::Middle, Color::Ink);
        for (index, line) in lines.into_iter().enumerate() {
            scene.text([x, y + 8.0 + 16.0 * index as f64], line, 12.0, Anchor::Middle, Color::Muted);
        }
    }

    /// From where on the training rows are known by heart.
    fn draw_threshold(&self, scene: &mut Scene, plots: &[&Plot]) {
        let Some(member) = self.threshold() else { return };
        for plot in plots {
            let frame = plot.view.figure;
            let right = frame.x + frame.width;
            let [x, _] = plot.view.figure_from_world([member as f64 - 0.5, 0.0]);
            scene.fill(Rect { x, width: right - x, ..frame }, Color::Grid.alpha(0.45));
            if plot.y_label.starts_with("training") {
                scene.text([right - 6.0, frame.y + 14.0], "none from here on", 11.0, Anchor::End, Color::Muted);
            }
        }
    }

    fn draw_before(&self, scene: &mut Scene, plot: &Plot, recipe: &Recipe, reading: &Reading) {
        let widths = recipe.scale.widths().iter();
        let place = |width: &usize| self.widths().iter().position(|known| known == width);
        let points = widths.zip(&reading.test).filter_map(|(width, error)| Some([place(width)? as f64, *error]));
        plot.line(scene, &points.collect::<Vec<_>>(), Stroke::new(Color::Muted.alpha(0.7), 2.0));
    }

    /// The paper's own numbers, where the sweep is the paper's.
    fn published(&self) -> &'static [(usize, f64)] {
        match (self.recipe.scale, self.recipe.noise) {
            (Scale::Paper, 0.0) => &PUBLISHED_CLEAN,
            (Scale::Paper, NOISE) => &PUBLISHED_NOISY,
            _ => &[],
        }
    }

    fn draw_published(&self, scene: &mut Scene, plot: &Plot) {
        for (width, error) in self.published() {
            let Some(member) = self.widths().iter().position(|known| known == width) else { continue };
            let [x, y] = plot.view.figure_from_world([member as f64, *error]);
            let diamond = [[x, y - 6.0], [x + 6.0, y], [x, y + 6.0], [x - 6.0, y], [x, y - 6.0]];
            scene.line(diamond, Stroke::new(Color::Truth, 1.8));
        }
    }

    fn draw_peak(&self, scene: &mut Scene, plot: &Plot, test: &[f64]) {
        let Some(Peak { member, height }) = self.peak() else { return };
        let [x, y] = plot.view.figure_from_world([member as f64, test[member]]);
        scene.ring([x, y], 8.0, Stroke::new(Color::Highlight, 2.0));
        let words = format!("peak, +{height:.1} points");
        let frame = plot.view.figure;
        let within = x.clamp(frame.x + 56.0, frame.x + frame.width - 56.0);
        scene.heading([within, y - 14.0], words, 12.0, Anchor::Middle, Color::Highlight);
    }

    fn draw_chosen(&self, scene: &mut Scene, test: &Plot, train: &Plot) {
        let [x, bottom] = train.view.figure_from_world([self.chosen as f64, TRAINING[0]]);
        let top = if self.last().is_some() { test.view.figure.y } else { train.view.figure.y };
        scene.line([[x, top], [x, bottom]], Stroke::new(Color::Highlight.alpha(0.5), 1.2).dashed(3.0));
        scene.circle([x, bottom], 9.0, Color::Highlight.alpha(0.25));
        scene.ring([x, bottom], 9.0, Stroke::new(Color::Highlight, 2.0));
        scene.circle([x, bottom], 3.0, Color::Highlight);
    }

    /// Test errors of all widths at all readings, under the widths of the chart.
    fn draw_map(&self, scene: &mut Scene, outer: Rect, plot: &Plot) {
        let frame = plot.view.figure;
        let map = Rect { x: frame.x, width: frame.width, ..outer }.inset(0.0, 40.0, 0.0, 6.0);
        let (columns, rows) = (self.widths().len(), READINGS.len());
        scene.text(
            [map.x, map.y - 6.0],
            "hidden units h; below, test error epoch by epoch",
            11.0,
            Anchor::Start,
            Color::Muted,
        );
        scene.fill(map, Color::Grid.alpha(0.4));
        let readings: &[Reading] = self.sweep.as_ref().map_or(&[], |sweep| &sweep.readings);
        let values: Vec<f32> = readings.iter().flat_map(|reading| &reading.test).map(|error| *error as f32).collect();
        if !values.is_empty() {
            let least = values.iter().copied().fold(f32::INFINITY, f32::min);
            let filled = Rect { height: map.height * readings.len() as f64 / rows as f64, ..map };
            scene.heat(filled, columns, readings.len(), &values, least, least + SPAN, Colormap::Viridis, false);
            if map.width >= 420.0 {
                let scale = format!("dark {least:.0} %, bright {:.0} % and more", least + SPAN);
                scene.text([map.x + map.width, map.y - 6.0], scale, 11.0, Anchor::End, Color::Muted);
            }
        }
        let each = map.height / rows as f64;
        for (index, epoch) in READINGS.iter().enumerate().filter(|(_, epoch)| [1, 10, 100, EPOCHS].contains(epoch)) {
            let y = map.y + (index as f64 + 0.5) * each + 4.0;
            scene.text([map.x - 6.0, y], epoch.to_string(), 11.0, Anchor::End, Color::Muted);
        }
    }

    /// How far the sweep is, as a line on top of the frame.
    fn draw_progress(&self, scene: &mut Scene, plot: &Plot) {
        let Some(sweep) = &self.sweep else { return };
        let frame = plot.view.figure;
        let share = sweep.epochs() / EPOCHS as f64;
        scene.fill(Rect { height: 3.0, width: (frame.width * share).max(0.5), ..frame }, Color::Highlight.alpha(0.8));
        scene.text([frame.x, frame.y - 8.0], self.state(), 11.0, Anchor::Start, Color::Ink);
    }
}

fn points(errors: &[f64]) -> Vec<Point> {
    errors.iter().enumerate().map(|(member, error)| [member as f64, *error]).collect()
}
