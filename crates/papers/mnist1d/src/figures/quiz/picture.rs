//! How the quiz looks: the row in question over the templates, or all rows with the truth; the scores; the confusions.

use demo::{Anchor, Color, Paint, Point, Rect, Scene, Size, Stroke};

use super::super::marks::thousands;
use super::{Quiz, Rival, Side, human, percent};
use crate::data::CLASSES;
use crate::data::templates::DRAWN;
use crate::learner::STEPS;
use crate::model::Kind;

/// From here on the scores stand beside the row.
const WIDE: f64 = 560.0;
const MARGIN: f64 = 8.0;
/// Room for a heading.
const HEAD: f64 = 22.0;
/// Standardised heights that are shown; a few in a thousand lie beyond.
const REACH: f64 = 4.0;
/// Templates lie between these heights.
const HEIGHTS: [f64; 2] = [2.2, 7.4];
/// Of the answers and of the review.
const ANSWERS: [usize; 2] = [2, 5];
const REVIEW: [usize; 2] = [4, 5];

/// Rectangles of a figure's size.
pub(super) struct Layout {
    /// Row and answers, or the review.
    stage: Rect,
    scores: Rect,
    confusions: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let all = all.inset(MARGIN, 2.0, MARGIN, MARGIN);
        let is_wide = size.width >= WIDE;
        let (stage, side) = if is_wide { all.split_columns(0.56, 18.0) } else { all.split_rows(0.5, 10.0) };
        let (scores, confusions) = side.split_rows(0.47, 8.0);
        Self { stage, scores, confusions }
    }

    fn row(&self) -> Rect {
        self.stage.split_rows(0.52, 10.0).0.inset(0.0, HEAD, 0.0, 0.0)
    }

    fn answers(&self) -> Vec<Rect> {
        cells(self.stage.split_rows(0.52, 10.0).1, ANSWERS, 6.0)
    }

    /// The class whose template lies under a point.
    pub(super) fn answer(&self, at: Point) -> Option<usize> {
        self.answers().iter().position(|place| place.contains(at))
    }
}

fn cells(place: Rect, [rows, columns]: [usize; 2], gap: f64) -> Vec<Rect> {
    place.rows(rows, gap).iter().flat_map(|row| row.columns(columns, gap)).collect()
}

fn curve<T: Copy + Into<f64>>(values: &[T], place: Rect, low: f64, high: f64) -> Vec<Point> {
    let last = values.len().saturating_sub(1).max(1) as f64;
    let point = |(index, value): (usize, &T)| {
        let up = (((*value).into() - low) / (high - low)).clamp(-0.1, 1.1);
        [place.x + index as f64 / last * place.width, place.y + (1.0 - up) * place.height]
    };
    values.iter().enumerate().map(point).collect()
}

fn frame(scene: &mut Scene, place: Rect, stroke: Stroke) {
    let (right, bottom) = (place.x + place.width, place.y + place.height);
    let corners = [[place.x, place.y], [right, place.y], [right, bottom], [place.x, bottom], [place.x, place.y]];
    scene.line(corners, stroke);
}

/// A line of the scoreboard.
struct Entry {
    name: &'static str,
    share: Option<f64>,
    color: Paint,
    text: String,
}

fn color(kind: Kind) -> Color {
    match kind {
        Kind::Cnn => Color::Model,
        Kind::Gru => Color::Accent,
        Kind::Mlp => Color::Baseline,
        Kind::Logistic => Color::Muted,
    }
}

impl Quiz {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        let Some(side) = self.side() else { return };
        match side.round.row() {
            Some(row) => self.question(scene, &layout, side, row),
            None => self.review(scene, &layout, side),
        }
        self.scores(scene, &layout, side);
        self.confusion(scene, &layout, side);
    }

    fn question(&self, scene: &mut Scene, layout: &Layout, side: &Side, row: usize) {
        let place = layout.row();
        let done = side.round.answers.len();
        scene.heading([place.x, place.y - 7.0], "Which digit is this?", 14.0, Anchor::Start, Color::Ink);
        let corner = [place.x + place.width, place.y - 7.0];
        scene.text(corner, format!("row {} of {}", done + 1, side.round.rows.len()), 12.0, Anchor::End, Color::Muted);
        frame(scene, place, Stroke::new(Color::Grid, 1.0));
        let values = side.machines.test().row(row);
        let line = curve(values, place.inset(10.0, 8.0, 10.0, 8.0), -REACH, REACH);
        scene.clip(place, |scene| {
            scene.line(line.clone(), Stroke::new(Color::Truth, 2.2));
            scene.dots(line, 2.6, Color::Truth);
        });
        for (class, place) in layout.answers().iter().enumerate() {
            self.template(scene, *place, class);
        }
    }

    /// A template to tap: its digit alone where hints are off.
    fn template(&self, scene: &mut Scene, place: Rect, class: usize) {
        scene.fill(place, Color::Model.alpha(0.08));
        frame(scene, place, Stroke::new(Color::Model.alpha(0.5), 1.0));
        if !self.hints {
            let [x, y] = place.center();
            return scene.heading([x, y + 7.0], class.to_string(), 20.0, Anchor::Middle, Color::Ink);
        }
        scene.heading([place.x + 7.0, place.y + 17.0], class.to_string(), 14.0, Anchor::Start, Color::Ink);
        let inside = place.inset(0.24 * place.width, 8.0, 0.12 * place.width, 8.0);
        scene.line(curve(&DRAWN[class], inside, HEIGHTS[0], HEIGHTS[1]), Stroke::new(Color::Model, 2.0));
    }

    /// Every row with the truth, and what it was taken for.
    fn review(&self, scene: &mut Scene, layout: &Layout, side: &Side) {
        let labels = &side.machines.test().y;
        let (right, rows) = (side.round.right(labels), side.round.rows.len());
        let head = [layout.stage.x, layout.stage.y + HEAD - 7.0];
        scene.heading(head, format!("You had {right} of {rows} right"), 14.0, Anchor::Start, Color::Ink);
        let corner = [layout.stage.x + layout.stage.width, head[1]];
        scene.text(corner, format!("after the dot: {}", self.rivals_name()), 11.0, Anchor::End, Color::Muted);
        let places = cells(layout.stage.inset(0.0, HEAD, 0.0, 0.0), REVIEW, 6.0);
        for ((place, row), answer) in places.iter().zip(&side.round.rows).zip(&side.round.answers) {
            self.verdict(scene, *place, side, *row, *answer);
        }
    }

    fn verdict(&self, scene: &mut Scene, place: Rect, side: &Side, row: usize, answer: u8) {
        let label = side.machines.test().y[row];
        let color = if label == answer { Color::Accent } else { Color::Baseline };
        scene.fill(place, color.alpha(0.1));
        frame(scene, place, Stroke::new(color.alpha(0.7), 1.0));
        let line = curve(side.machines.test().row(row), place.inset(4.0, 4.0, 4.0, 22.0), -REACH, REACH);
        scene.clip(place, |scene| scene.line(line, Stroke::new(Color::Truth, 1.3)));
        let taken = self.rivals_answer(side, row).map_or_else(String::new, |taken| format!(" · {taken}"));
        let own = if label == answer { format!("{answer} ✓") } else { format!("{answer}, is {label}") };
        let foot = [place.x + place.width / 2.0, place.y + place.height - 6.0];
        scene.text(foot, own + &taken, 11.5, Anchor::Middle, Color::Ink);
    }

    /// The lines of the scoreboard, from the top.
    fn entries(&self, side: &Side) -> Vec<Entry> {
        let labels = &side.machines.test().y;
        let entry = |name, share: Option<f64>, color| {
            let text = share.map_or_else(|| "…".into(), percent);
            Entry { name, share, color, text }
        };
        let own = side.round.is_over().then(|| side.round.right(labels) as f64 / side.round.rows.len() as f64);
        let [right, count] = human::right(labels).map(|count| count as f64);
        let human = if self.shuffled {
            // The authors' README, rounded; there is no record.
            Entry { name: "Human", share: Some(0.3), color: Color::Ink.alpha(0.5), text: "about 30 %".into() }
        } else {
            entry("Human", Some(right / count), Color::Ink.into())
        };
        let network = |kind: Kind| {
            let name = if kind == Kind::Logistic { "Logistic" } else { kind.label() };
            entry(name, side.machines.accuracy(kind), color(kind).alpha(0.85))
        };
        let networks = [Kind::Cnn, Kind::Gru, Kind::Mlp, Kind::Logistic].map(network);
        [entry("You", own, Color::Highlight.into()), human].into_iter().chain(networks).collect()
    }

    fn scores(&self, scene: &mut Scene, layout: &Layout, side: &Side) {
        let place = layout.scores;
        scene.heading([place.x, place.y + 15.0], "Right answers", 13.0, Anchor::Start, Color::Ink);
        let learned =
            format!("networks: step {} of {}", thousands(side.machines.steps_made()), thousands(STEPS as usize));
        scene.text([place.x + place.width, place.y + 15.0], learned, 11.0, Anchor::End, Color::Muted);
        let entries = self.entries(side);
        let places = place.inset(0.0, HEAD, 0.0, 0.0).rows(entries.len(), 3.0);
        for (place, Entry { name, share, color, text }) in places.into_iter().zip(entries) {
            let middle = place.y + place.height / 2.0 + 4.0;
            scene.text([place.x + 54.0, middle], name, 12.0, Anchor::End, Color::Ink);
            let bar = place.inset(61.0, 1.0, 76.0, 1.0);
            scene.fill(bar, Color::Grid.alpha(0.5));
            scene.fill(Rect { width: share.unwrap_or_default() * bar.width, ..bar }, color);
            scene.text([bar.x + bar.width + 8.0, middle], text, 12.0, Anchor::Start, Color::Ink);
        }
    }

    /// Truth downwards, what it was taken for to the right: the visitor's and the rival's.
    fn confusion(&self, scene: &mut Scene, layout: &Layout, side: &Side) {
        let [own, rivals] = self.confusions(side);
        let name = self.rivals_name();
        let places = layout.confusions.columns(2, 14.0);
        let note = if side.round.is_over() { "You" } else { "You, at the end" };
        let mut bottom = 0.0_f64;
        for ((place, counts), title) in places.iter().zip([own, rivals]).zip([note, name]) {
            scene.heading([place.x, place.y + 13.0], title, 12.0, Anchor::Start, Color::Ink);
            let room = place.inset(12.0, HEAD - 2.0, 0.0, 26.0);
            let side = room.width.min(room.height);
            matrix(scene, Rect { width: side, height: side, ..room }, &counts);
            bottom = bottom.max(room.y + side);
        }
        let foot = [layout.confusions.x, bottom + 25.0];
        scene.text(foot, "down: truth, across: taken for", 11.0, Anchor::Start, Color::Muted);
    }

    fn rivals_name(&self) -> &'static str {
        match self.rival {
            Rival::Human => "Recorded human",
            Rival::Network(kind) => kind.label(),
        }
    }
}

fn matrix(scene: &mut Scene, place: Rect, counts: &[[u32; CLASSES]; CLASSES]) {
    let cell = place.width / CLASSES as f64;
    frame(scene, place, Stroke::new(Color::Grid, 1.0));
    for (label, row) in counts.iter().enumerate() {
        let total = row.iter().sum::<u32>().max(1);
        let y = place.y + label as f64 * cell;
        scene.text([place.x - 4.0, y + cell / 2.0 + 3.0], label.to_string(), 9.0, Anchor::End, Color::Muted);
        let below = [place.x + (label as f64 + 0.5) * cell, place.y + place.height + 10.0];
        scene.text(below, label.to_string(), 9.0, Anchor::Middle, Color::Muted);
        for (taken, count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
            let color = if taken == label { Color::Accent } else { Color::Baseline };
            let alpha = 0.2 + 0.8 * f64::from(*count) / f64::from(total);
            let x = place.x + taken as f64 * cell;
            scene.fill(Rect { x, y, width: cell, height: cell }, color.alpha(alpha));
        }
    }
}
