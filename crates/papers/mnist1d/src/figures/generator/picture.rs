//! How the bench looks: a template to draw on, the wall of examples under their templates, and the eight stages of one.

use demo::{Anchor, Bounds, Color, Paint, Plot, Point, Rect, Scene, Size, Stroke, View};

use super::making::{SHOWN, Trace};
use super::{Bench, HEIGHTS};
use crate::data::templates::{DRAWN, POINTS};
use crate::data::{CLASSES, STAGES, Template};

/// From here on template and wall stand side by side.
const WIDE: f64 = 560.0;
/// Margin around the whole.
const MARGIN: f64 = 8.0;
/// Room over the wall for digits and templates.
const HEAD: f64 = 44.0;
/// Room for the line at the foot.
const PROOF: f64 = 20.0;
/// Room for a caption.
const CAPTION: f64 = 17.0;
/// Heights shown to either side of zero: three times the deviation of the published set, which noise seldom exceeds.
const REACH: f64 = 0.62;
/// So far above and below its frame a template can be caught.
const BESIDE: f64 = 24.0;
/// The stage that fills the padding.
const FILLED: usize = 4;
/// In few words, where the package's steps have no names.
const NAMES: [&str; STAGES.len()] =
    ["Pad", "Stretch", "Scale", "Rotate", "Fill with noise", "Add noise", "Shear", "Sample"];

/// Rectangles of a figure's size.
pub(super) struct Layout {
    pub template: Plot,
    wall: Rect,
    stages: Vec<Rect>,
    proof: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let all = all.inset(MARGIN, 2.0, MARGIN, MARGIN);
        let proof = Rect { y: all.y + all.height - PROOF, height: PROOF, ..all };
        let all = all.inset(0.0, 0.0, 0.0, PROOF + 6.0);
        let (template, wall, stages) = if size.width >= WIDE { wide(all) } else { narrow(all) };
        let world = Bounds { low: [-0.6, HEIGHTS[0]], high: [POINTS as f64 - 0.4, HEIGHTS[1]] };
        let view = View { world, figure: template.inset(0.0, 24.0, 0.0, 0.0) };
        let mut template = Plot::new(template, world, "", "", "");
        template.view = view;
        Self { template, wall, stages, proof }
    }

    /// Whether a stroke that begins there draws the template: on it, or a little above or below, where its height is clamped.
    pub(super) fn draws(&self, at: Point) -> bool {
        self.template.view.figure.inset(0.0, -BESIDE, 0.0, -BESIDE).contains(at)
    }

    /// Classes to the right and examples upwards over the wall's cells, centre on centre.
    pub(super) fn cells(&self) -> View {
        let cells = self.wall.inset(0.0, HEAD, 0.0, 0.0);
        let (width, height) = (cells.width / CLASSES as f64, cells.height / SHOWN as f64);
        let figure = cells.inset(width / 2.0, height / 2.0, width / 2.0, height / 2.0);
        View { world: Bounds { low: [0.0; 2], high: [(CLASSES - 1) as f64, (SHOWN - 1) as f64] }, figure }
    }

    fn tile(&self, class: usize, index: usize) -> Rect {
        let cells = self.wall.inset(0.0, HEAD, 0.0, 0.0);
        let (width, height) = (cells.width / CLASSES as f64, cells.height / SHOWN as f64);
        Rect { x: cells.x + class as f64 * width, y: cells.y + index as f64 * height, width, height }
    }

    /// The head of a class's column.
    fn head(&self, class: usize) -> Rect {
        Rect { y: self.wall.y + 16.0, height: HEAD - 18.0, ..self.tile(class, 0) }
    }

    /// Class and number of the example under a point; a head stands for its class's first.
    pub(super) fn cell(&self, at: Point) -> Option<[usize; 2]> {
        if !self.wall.contains(at) {
            return None;
        }
        let cells = self.cells();
        let [class, up] = cells.world.clamp(cells.world_from_figure(at)).map(|value| value.round() as usize);
        let in_head = at[1] < self.wall.y + HEAD;
        Some([class, if in_head { 0 } else { SHOWN - 1 - up.min(SHOWN - 1) }])
    }
}

fn wide(all: Rect) -> (Rect, Rect, Vec<Rect>) {
    let (upper, lower) = all.split_rows(0.47, 12.0);
    let (template, wall) = upper.split_columns(0.31, 14.0);
    (template.inset(0.0, 2.0, 0.0, 2.0), wall, grid(lower, 2, 4))
}

fn narrow(all: Rect) -> (Rect, Rect, Vec<Rect>) {
    let (template, rest) = all.split_rows(0.2, 10.0);
    let (wall, stages) = rest.split_rows(0.38, 10.0);
    (template.inset(0.0, 2.0, 0.0, 0.0), wall, grid(stages, 4, 2))
}

fn grid(place: Rect, rows: usize, columns: usize) -> Vec<Rect> {
    place.rows(rows, 8.0).iter().flat_map(|row| row.columns(columns, 10.0)).collect()
}

/// `values` from the left to the right of `place`, up to a share of them.
fn curve(values: &[f64], place: Rect, low: f64, high: f64, share: f64) -> Vec<Point> {
    let last = values.len().saturating_sub(1).max(1) as f64;
    let shown = (values.len() as f64 * share).ceil() as usize;
    let point = |(index, value): (usize, &f64)| {
        let up = ((value - low) / (high - low)).clamp(-0.2, 1.2);
        [tenths(place.x + index as f64 / last * place.width), tenths(place.y + (1.0 - up) * place.height)]
    };
    values.iter().enumerate().take(shown).map(point).collect()
}

/// A still picture holds thousands of coordinates, and nobody sees more of them.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn frame(scene: &mut Scene, place: Rect, stroke: Stroke) {
    let (right, bottom) = (place.x + place.width, place.y + place.height);
    let corners = [[place.x, place.y], [right, place.y], [right, bottom], [place.x, bottom], [place.x, place.y]];
    scene.line(corners, stroke);
}

impl Bench {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        self.template(scene, &layout.template);
        self.wall(scene, &layout);
        if let Some(trace) = &self.trace {
            for (stage, place) in layout.stages.iter().enumerate() {
                self.stage(scene, *place, trace, stage);
            }
        }
        self.tour(scene, &layout);
        self.proof(scene, layout.proof);
    }

    /// How soon the next example is shown, as a line over the stages, while the figure goes on by itself.
    fn tour(&self, scene: &mut Scene, layout: &Layout) {
        let (Some(share), [first, ..]) = (self.shown(), layout.stages.as_slice()) else { return };
        let line = Rect { x: first.x, y: first.y - 5.0, width: share * layout.proof.width, height: 2.0 };
        scene.fill(line, Color::Highlight.alpha(0.5));
    }

    /// A tick when the hashes are known ones, else what there is or how far it is.
    fn proof(&self, scene: &mut Scene, place: Rect) {
        let [x, y] = [place.x, place.y + place.height / 2.0];
        let text_at = [x + 26.0, y + 4.5];
        let is_wide = place.width >= WIDE - 2.0 * MARGIN;
        let (share, what) = self.making.progress();
        let rows = grouped(self.making.recipe().settings.num_samples);
        let Some(made) = self.making.made() else {
            let bar = Rect { y: y - 3.0, height: 6.0, width: 0.3 * place.width, ..place };
            scene.fill(bar, Color::Grid);
            scene.fill(Rect { width: share * bar.width, ..bar }, Color::Accent);
            let at = [x + bar.width + 10.0, text_at[1]];
            return scene.text(at, format!("{what} {rows} examples"), 12.5, Anchor::Start, Color::Muted);
        };
        if let Some(refusal) = &self.refusal {
            scene.ring([x + 9.0, y], 8.0, Stroke::new(Color::Highlight, 1.6));
            let brief = refusal.split(';').next().unwrap_or(refusal);
            let text = if is_wide { format!("{refusal}; the set before stays") } else { format!("not made: {brief}") };
            return scene.text(text_at, text, 12.5, Anchor::Start, Color::Highlight);
        }
        let is_known = made.known().is_some();
        if is_known {
            scene.circle([x + 9.0, y], 9.0, Color::Accent);
            scene.line([[x + 4.8, y + 0.2], [x + 7.9, y + 3.4], [x + 13.4, y - 3.4]], Stroke::new(Color::Paper, 2.2));
        } else {
            scene.ring([x + 9.0, y], 8.0, Stroke::new(Color::Muted, 1.6));
        }
        let (sum, color) = (&made.sums[0][..8], if is_known { Color::Ink } else { Color::Muted });
        let text = match (made.known(), is_wide) {
            (Some(known), true) => format!("{rows} rows, SHA-256 {sum}…: {}, bit for bit", known.name),
            (Some(_), false) => format!("{rows} rows, bit for bit as published"),
            (None, _) => format!("{rows} rows of your own, SHA-256 {sum}…"),
        };
        scene.text(text_at, text, 12.5, Anchor::Start, color);
    }

    fn color(&self, class: usize) -> Color {
        if self.is_drawn(class) { Color::Accent } else { Color::Truth }
    }

    fn template(&self, scene: &mut Scene, plot: &Plot) {
        let (class, figure) = (self.chosen[0], plot.view.figure);
        let title = if self.is_drawn(class) { "yours" } else { "draw it anew" };
        scene.heading([figure.x, figure.y - 8.0], format!("Template {class}"), 13.0, Anchor::Start, Color::Ink);
        let corner = [figure.x + figure.width, figure.y - 8.0];
        scene.text(corner, title, 11.0, Anchor::End, Color::Muted);
        frame(scene, figure, Stroke::new(Color::Grid, 1.0));
        let points = |template: &Template| -> Vec<Point> {
            let point = |(index, height): (usize, &f64)| plot.view.figure_from_world([index as f64, *height]);
            template.iter().enumerate().map(point).collect()
        };
        if self.is_drawn(class) {
            scene.line(points(&DRAWN[class]), Stroke::new(Color::Muted.alpha(0.6), 1.2).dashed(4.0));
        }
        let (own, color) = (points(&self.drawings[class]), self.color(class));
        scene.line(own.clone(), Stroke::new(color, 2.4));
        scene.dots(own, 4.0, color);
    }

    fn wall(&self, scene: &mut Scene, layout: &Layout) {
        for class in 0..CLASSES {
            self.head(scene, layout, class);
            for index in 0..SHOWN {
                self.tile(scene, layout.tile(class, index), class, index);
            }
        }
        let [class, index] = self.chosen;
        frame(scene, layout.tile(class, index).inset(0.5, 0.5, 0.5, 0.5), Stroke::new(Color::Highlight, 2.2));
    }

    /// A digit and its template over a column.
    fn head(&self, scene: &mut Scene, layout: &Layout, class: usize) {
        let place = layout.head(class);
        let middle = [place.x + place.width / 2.0, place.y - 3.0];
        scene.heading(middle, class.to_string(), 12.0, Anchor::Middle, self.color(class));
        let inside = place.inset(0.16 * place.width, 3.0, 0.16 * place.width, 3.0);
        let line = curve(&self.drawings[class], inside, HEIGHTS[0], HEIGHTS[1], 1.0);
        scene.line(line, Stroke::new(self.color(class), 1.6));
    }

    fn tile(&self, scene: &mut Scene, place: Rect, class: usize, index: usize) {
        frame(scene, place, Stroke::new(Color::Grid, 0.6));
        let Some((row, fresh)) = self.making.tile(class, index) else { return };
        let made = self.making.made().filter(|made| made.order.len() == row.len());
        let shuffled = made.map(|made| made.order.iter().map(|from| row[*from]).collect::<Vec<_>>());
        let inside = place.inset(3.0, 2.0, 3.0, 2.0);
        let line = curve(shuffled.as_deref().unwrap_or(row), inside, -REACH, REACH, 1.0);
        let paint: Paint = if fresh { Color::Model.into() } else { Color::Model.alpha(0.25) };
        scene.clip(place, |scene| scene.line(line, Stroke::new(paint, 1.1)));
    }

    /// The signal after a stage over the one before it.
    fn stage(&self, scene: &mut Scene, place: Rect, trace: &Trace, stage: usize) {
        let share = self.share(stage);
        let view = place.inset(0.0, CAPTION, 0.0, 0.0);
        let name = format!("{} {}", stage + 1, NAMES[stage]);
        scene.heading([place.x, place.y + 11.0], name, 11.5, Anchor::Start, Color::Ink.alpha(0.3 + 0.7 * share));
        let corner = [place.x + place.width, place.y + 11.0];
        if share > 0.0 {
            scene.text(corner, self.note(trace, stage), 11.0, Anchor::End, Color::Muted);
        }
        frame(scene, view, Stroke::new(Color::Grid, 1.0));
        let inside = view.inset(4.0, 3.0, 4.0, 3.0);
        let draw = |scene: &mut Scene, values: &[f64], stroke: Stroke, share: f64| {
            scene.line(curve(values, inside, -REACH, REACH, share), stroke);
        };
        scene.clip(view, |scene| {
            if stage > 0 && share > 0.0 {
                draw(scene, &trace.signals[stage - 1], Stroke::new(Color::Muted.alpha(0.4), 1.2), 1.0);
            }
            let signal = &trace.signals[stage];
            draw(scene, signal, Stroke::new(Color::Model, 1.8), share);
            if (FILLED..STAGES.len() - 1).contains(&stage) {
                let line = curve(signal, inside, -REACH, REACH, share);
                for run in padding(&trace.signals[FILLED - 1]) {
                    let part = line.get(run.start..run.end.min(line.len())).unwrap_or_default();
                    scene.line(part, Stroke::new(Color::Baseline, 1.8));
                }
            }
        });
    }

    fn note(&self, trace: &Trace, stage: usize) -> String {
        let settings = &self.making.recipe().settings;
        let draws = trace.draws;
        match stage {
            0 => format!("{} zeros", draws.padding),
            1 => format!("{} → {}", trace.signals[0].len(), trace.signals[1].len()),
            2 => format!("× {:.2}", draws.scale),
            3 => format!("by {}", draws.translation),
            4 => format!("σ {:.2}", settings.corr_noise_scale),
            5 => format!("σ {:.2}", settings.iid_noise_scale),
            6 => format!("{:.2}", draws.shear).replace('-', "\u{2212}"),
            _ => format!("{} points", trace.signals[7].len()),
        }
    }
}

/// "5,000".
fn grouped(count: usize) -> String {
    if count < 1000 { count.to_string() } else { format!("{},{:03}", count / 1000, count % 1000) }
}

/// Where the rotated signal is padding, in runs.
fn padding(rotated: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for index in (0..rotated.len()).filter(|index| rotated[*index] == 0.0) {
        match runs.last_mut().filter(|run| run.end == index) {
            Some(run) => run.end += 1,
            None => runs.push(index..index + 1),
        }
    }
    runs
}
