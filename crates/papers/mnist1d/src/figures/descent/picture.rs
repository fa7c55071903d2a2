//! The picture of the sweep: errors against the width, and below them how the test error came about.

use demo::{Anchor, Bounds, Color, Colormap, Plot, Point, Rect, Scene, Size, Stroke};

use super::sweep::{READINGS, Reading, Recipe, Scale};
use super::{DoubleDescent, Peak};
use crate::lab::descent::{EPOCHS, NOISE};

/// The axis of errors, in percent.
const ERRORS: [f64; 2] = [0.0, 92.0];
/// Colours of the map of errors, in percent.
const COOL: f32 = 35.0;
const WARM: f32 = 92.0;

/// Published test errors in percent at some widths (notebook deep-double-descent), without noise.
const PUBLISHED_CLEAN: [(usize, f64); 4] = [(2, 68.5), (16, 44.6), (47, 41.0), (300, 37.3)];
/// The same with 15 % noise.
const PUBLISHED_NOISY: [(usize, f64); 3] = [(16, 47.2), (47, 54.1), (300, 45.5)];

/// Rectangles of a figure's size.
pub(super) struct Layout {
    chart: Rect,
    map: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height }.inset(2.0, 20.0, 4.0, 2.0);
        let (chart, map) = all.split_rows(0.62, 0.0);
        Self { chart, map }
    }
}

impl DoubleDescent {
    pub(super) fn draw_all(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        let plot = self.chart(&layout);
        self.draw_chart(scene, &plot);
        self.draw_map(scene, layout.map, &plot);
        self.draw_progress(scene, &plot);
    }

    /// Errors against the place of the width in the row.
    pub(super) fn chart(&self, layout: &Layout) -> Plot {
        let last = self.widths().len() as f64 - 1.0;
        let world = Bounds { low: [-0.5, ERRORS[0]], high: [last + 0.5, ERRORS[1]] };
        let mut plot = Plot::new(layout.chart, world, "", " ", "error, %");
        // The widths are the ticks, and the frame ends above them.
        plot.x_label.clear();
        plot.ticks = [0, 5];
        plot.view.figure.height -= 14.0;
        plot
    }

    fn draw_chart(&self, scene: &mut Scene, plot: &Plot) {
        plot.axes(scene);
        self.draw_widths(scene, plot);
        self.draw_threshold(scene, plot);
        if let Some((recipe, reading)) = &self.before {
            self.draw_before(scene, plot, recipe, reading);
        }
        self.draw_published(scene, plot);
        if let Some(last) = self.last() {
            let [train, test] = [&last.train, &last.test].map(|errors| points(errors));
            plot.line(scene, &train, Stroke::new(Color::Baseline, 2.0).dashed(4.0));
            plot.line(scene, &test, Stroke::new(Color::Model, 2.8));
            let dots: Vec<Point> = test.iter().map(|point| plot.view.figure_from_world(*point)).collect();
            scene.dots(dots, 3.5, Color::Model);
            self.draw_peak(scene, plot, &last.test);
        } else if self.sweep.is_none() {
            self.draw_invitation(scene, plot);
        }
        self.draw_legend(scene, plot);
        self.draw_chosen(scene, plot);
    }

    fn draw_legend(&self, scene: &mut Scene, plot: &Plot) {
        let mut entries =
            vec![("training", Stroke::new(Color::Baseline, 2.0).dashed(4.0)), ("test", Stroke::new(Color::Model, 2.8))];
        let before;
        if let Some((recipe, _)) = &self.before {
            before = format!("before, {:.0} %", 100.0 * recipe.noise);
            entries.insert(0, (before.as_str(), Stroke::new(Color::Muted.alpha(0.7), 2.0)));
        }
        plot.legend(scene, &entries);
    }

    /// The widths under the chart, as many as there is room for.
    fn draw_widths(&self, scene: &mut Scene, plot: &Plot) {
        let frame = plot.view.figure;
        let each = frame.width / self.widths().len() as f64;
        let every = if each < 24.0 { 2 } else { 1 };
        for (member, width) in self.widths().iter().enumerate().step_by(every) {
            let [x, y] = plot.view.figure_from_world([member as f64, ERRORS[0]]);
            scene.text([x, y + 22.0], width.to_string(), 11.0, Anchor::Middle, Color::Muted);
        }
    }

    fn draw_invitation(&self, scene: &mut Scene, plot: &Plot) {
        let [x, y] = plot.view.figure.center();
        let [rows, _] = self.recipe.scale.rows();
        let noise = 100.0 * self.recipe.noise;
        let lines = [
            format!("{} networks, {rows} training rows,", self.widths().len()),
            format!("{noise:.0} % of their labels drawn at random"),
        ];
        scene.heading([x, y - 14.0], "Press “Train all widths”", 15.0, Anchor::Middle, Color::Ink);
        for (index, line) in lines.into_iter().enumerate() {
            scene.text([x, y + 8.0 + 16.0 * index as f64], line, 12.0, Anchor::Middle, Color::Muted);
        }
    }

    /// From where on the training rows are known by heart.
    fn draw_threshold(&self, scene: &mut Scene, plot: &Plot) {
        let Some(member) = self.threshold() else { return };
        let from = plot.view.figure_from_world([member as f64 - 0.5, ERRORS[1]]);
        let frame = plot.view.figure;
        let right = frame.x + frame.width;
        scene.fill(Rect { x: from[0], y: frame.y, width: right - from[0], height: frame.height }, Color::Grid.alpha(0.35));
        scene.text([right - 6.0, frame.y + 14.0], "no training error", 11.0, Anchor::End, Color::Muted);
    }

    fn draw_before(&self, scene: &mut Scene, plot: &Plot, recipe: &Recipe, reading: &Reading) {
        let widths = recipe.scale.widths().iter();
        let place = |width: &usize| self.widths().iter().position(|known| known == width);
        let points = widths.zip(&reading.test).filter_map(|(width, error)| Some([place(width)? as f64, *error]));
        plot.line(scene, &points.collect::<Vec<_>>(), Stroke::new(Color::Muted.alpha(0.7), 2.0));
    }

    /// The paper's own numbers, where the sweep is the paper's.
    fn draw_published(&self, scene: &mut Scene, plot: &Plot) {
        let published: &[(usize, f64)] = match (self.recipe.scale, self.recipe.noise) {
            (Scale::Paper, 0.0) => &PUBLISHED_CLEAN,
            (Scale::Paper, NOISE) => &PUBLISHED_NOISY,
            _ => return,
        };
        for (width, error) in published {
            let Some(member) = self.widths().iter().position(|known| known == width) else { continue };
            let [x, y] = plot.view.figure_from_world([member as f64, *error]);
            let diamond = [[x, y - 6.0], [x + 6.0, y], [x, y + 6.0], [x - 6.0, y], [x, y - 6.0]];
            scene.line(diamond, Stroke::new(Color::Truth, 1.8));
        }
        let frame = plot.view.figure;
        let at = [frame.x + 8.0, frame.y + frame.height - 8.0];
        scene.text(at, "◇ published", 11.0, Anchor::Start, Color::Muted);
    }

    fn draw_peak(&self, scene: &mut Scene, plot: &Plot, test: &[f64]) {
        let Some(Peak { member, height }) = self.peak() else { return };
        let [x, y] = plot.view.figure_from_world([member as f64, test[member]]);
        scene.ring([x, y], 8.0, Stroke::new(Color::Highlight, 2.0));
        let words = format!("peak, +{height:.1} points");
        scene.heading([x, y - 14.0], words, 12.0, Anchor::Middle, Color::Highlight);
    }

    fn draw_chosen(&self, scene: &mut Scene, plot: &Plot) {
        let at = self.chosen as f64;
        let [x, bottom] = plot.view.figure_from_world([at, ERRORS[0]]);
        scene.line([[x, plot.view.figure.y], [x, bottom]], Stroke::new(Color::Highlight.alpha(0.6), 1.2).dashed(3.0));
        scene.circle([x, bottom], 9.0, Color::Highlight.alpha(0.25));
        scene.ring([x, bottom], 9.0, Stroke::new(Color::Highlight, 2.0));
        scene.circle([x, bottom], 3.0, Color::Highlight);
    }

    /// Test errors of all widths at all readings, under the widths of the chart.
    fn draw_map(&self, scene: &mut Scene, outer: Rect, plot: &Plot) {
        let frame = plot.view.figure;
        let map = Rect { x: frame.x, width: frame.width, ..outer }.inset(0.0, 22.0, 0.0, 6.0);
        let (columns, rows) = (self.widths().len(), READINGS.len());
        scene.text([map.x, map.y - 6.0], "hidden units; below, the test error of each epoch", 11.0, Anchor::Start, Color::Muted);
        scene.fill(map, Color::Grid.alpha(0.4));
        let readings: &[Reading] = self.sweep.as_ref().map_or(&[], |sweep| &sweep.readings);
        if !readings.is_empty() {
            let values: Vec<f32> =
                readings.iter().flat_map(|reading| reading.test.iter().map(|error| *error as f32)).collect();
            let height = map.height * readings.len() as f64 / rows as f64;
            let filled = Rect { height, ..map };
            scene.heat(filled, columns, readings.len(), &values, COOL, WARM, Colormap::Viridis, false);
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
