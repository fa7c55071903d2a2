//! The picture of the race: curves, and the board beside or below them.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Stroke};

use super::super::marks::thousands;
use super::Race;
use super::entrant::{Entrant, Mark};
use crate::learner::{Rows, STEPS};
use crate::model::{CLASSIFIERS, Kind};

/// From here on the board stands beside the curves.
const WIDE: f64 = 560.0;
/// Ends of the axis of steps, which grows with the race.
const HORIZONS: [u64; 7] = [100, 250, 500, 1000, 2000, 4000, STEPS];
/// Share that is right by chance, in percent.
const CHANCE: f64 = 10.0;
/// Room for the two signals at the foot of the board.
const FOOT: f64 = 66.0;

/// Test accuracy at step 6000 in percent, in order and shuffled, as stored in the authors' notebook mnist1d-classification.
const fn published(kind: Kind) -> [f64; 2] {
    match kind {
        Kind::Logistic => [31.5, 31.5],
        Kind::Mlp => [65.1, 66.0],
        Kind::Cnn => [92.3, 58.7],
        Kind::Gru => [89.1, 53.3],
    }
}

/// A line of the board.
struct Row {
    name: String,
    note: String,
    color: Color,
    /// In percent, in order and shuffled.
    percent: [Option<f64>; 2],
    published: Option<[f64; 2]>,
}

impl Race {
    pub(super) fn draw_all(&self, scene: &mut Scene) {
        let all = scene.rect().inset(4.0, 2.0, 4.0, 2.0);
        let wide = scene.size().width >= WIDE;
        let (chart, board) = if wide { all.split_columns(0.62, 14.0) } else { all.split_rows(0.5, 12.0) };
        self.draw_curves(scene, chart);
        if wide {
            let board_only = Rect { height: board.height - FOOT, ..board };
            self.draw_board(scene, board_only);
            self.draw_signals(scene, Rect { y: board.y + board.height - FOOT, height: FOOT, ..board });
        } else {
            self.draw_board(scene, board);
        }
    }

    fn draw_curves(&self, scene: &mut Scene, outer: Rect) {
        let furthest = self.running().iter().map(Entrant::steps).max().unwrap_or(0);
        let horizon = HORIZONS.into_iter().find(|horizon| furthest <= *horizon).unwrap_or(STEPS);
        let world = Bounds { low: [0.0, 0.0], high: [horizon as f64, 100.0] };
        let mut plot = Plot::new(outer.inset(0.0, 18.0, 6.0, 0.0), world, "", "training steps", "test accuracy, %");
        plot.ticks = [4, 5];
        plot.axes(scene);
        self.draw_legend(scene, &plot);
        plot.line(scene, &[[0.0, CHANCE], [horizon as f64, CHANCE]], Stroke::new(Color::Grid, 1.5).dashed(4.0));
        for (marks, entrant) in self.shadows.iter().zip(&self.entrants).take(self.running().len()) {
            plot.line(scene, &percent(marks), Stroke::new(color(entrant.kind).alpha(0.25), 1.5));
        }
        for entrant in self.running().iter().rev() {
            draw_curve(scene, &plot, entrant);
        }
    }

    fn draw_legend(&self, scene: &mut Scene, plot: &Plot) {
        let ink = Stroke::new(Color::Ink, 2.2);
        let twin = Stroke::new(Color::Ink, 1.6).dashed(2.5);
        let shadow = Stroke::new(Color::Ink.alpha(0.3), 1.5);
        let mut entries = vec![("in order", ink)];
        if self.twins {
            entries.push(("shuffled", twin));
        }
        if !self.shadows.is_empty() {
            entries.push(("race before", shadow));
        }
        plot.legend(scene, &entries);
    }

    fn rows(&self) -> Vec<Row> {
        let of = |entrant: &Entrant| entrant.accuracy().filter(|_| !entrant.lost).map(|share| 100.0 * share);
        let row = |index: usize| {
            let (entrant, twin) = (&self.entrants[index], &self.entrants[index + CLASSIFIERS]);
            let weights = entrant.kind.network().parameters.len();
            Row {
                name: entrant.kind.label().into(),
                note: format!("{} parameters", thousands(weights)),
                color: color(entrant.kind),
                percent: [of(entrant), of(twin).filter(|_| self.twins)],
                published: Some(published(entrant.kind)),
            }
        };
        let guest = self.guest.as_ref().map(|guest| Row {
            name: guest.name(),
            note: "yours".into(),
            color: Color::Highlight,
            percent: [0, 1].map(|order| guest.accuracy(order).map(|share| 100.0 * share)),
            published: None,
        });
        let mut rows: Vec<Row> = (0..CLASSIFIERS).map(row).chain(guest).collect();
        rows.sort_by(|a, b| b.percent[0].unwrap_or(0.0).total_cmp(&a.percent[0].unwrap_or(0.0)));
        rows
    }

    fn draw_board(&self, scene: &mut Scene, outer: Rect) {
        let right = outer.x + outer.width;
        scene.heading([outer.x, outer.y + 12.0], "Scoreboard", 13.0, Anchor::Start, Color::Ink);
        scene.text([right, outer.y + 12.0], "published", 11.0, Anchor::End, Color::Muted);
        published_mark(scene, right - 58.0, outer.y + 3.0, 11.0);
        let rows = self.rows();
        for (row, rect) in rows.iter().zip(outer.inset(0.0, 22.0, 0.0, 0.0).rows(rows.len(), 4.0)) {
            draw_row(scene, row, rect);
        }
    }

    /// A row of the test as the networks get it, and as their twins do.
    fn draw_signals(&self, scene: &mut Scene, outer: Rect) {
        let names = ["a test row, in order", "the same, shuffled"];
        for (order, rect) in outer.columns(2, 12.0).into_iter().enumerate() {
            scene.text([rect.x, rect.y + 10.0], names[order], 11.0, Anchor::Start, Color::Muted);
            draw_signal(scene, &self.data[order][1], rect.inset(0.0, 16.0, 0.0, 2.0));
        }
    }
}

fn color(kind: Kind) -> Color {
    match kind {
        Kind::Logistic => Color::Truth,
        Kind::Mlp => Color::Baseline,
        Kind::Cnn => Color::Model,
        Kind::Gru => Color::Accent,
    }
}

fn percent(marks: &[Mark]) -> Vec<Point> {
    marks.iter().map(|[step, share]| [*step, 100.0 * share]).collect()
}

fn draw_curve(scene: &mut Scene, plot: &Plot, entrant: &Entrant) {
    let points = percent(&entrant.marks);
    let color = color(entrant.kind);
    let stroke =
        if entrant.shuffled { Stroke::new(color.alpha(0.85), 1.6).dashed(2.5) } else { Stroke::new(color, 2.2) };
    plot.line(scene, &points, stroke);
    if let Some(last) = points.last() {
        scene.circle(plot.view.figure_from_world(*last), if entrant.shuffled { 2.5 } else { 4.0 }, color);
    }
}

fn draw_row(scene: &mut Scene, row: &Row, rect: Rect) {
    let right = rect.x + rect.width;
    scene.circle([rect.x + 6.0, rect.y + 9.0], 5.0, row.color);
    scene.heading([rect.x + 17.0, rect.y + 13.0], &row.name, 12.0, Anchor::Start, Color::Ink);
    let now = row.percent[0].map_or_else(|| "–".into(), |percent| format!("{percent:.1} %"));
    scene.heading([right, rect.y + 14.0], now, 14.0, Anchor::End, row.color);
    // Bars grow with the room there is.
    let thick = ((rect.height - 40.0) / 2.2).clamp(6.0, 24.0);
    let (upper, lower) = (rect.y + 20.0, rect.y + 24.0 + thick);
    draw_bar(scene, row, 0, Rect { y: upper, height: thick, ..rect });
    draw_bar(scene, row, 1, Rect { y: lower, height: thick / 2.0, ..rect });
    let foot = lower + thick / 2.0 + 13.0;
    if foot <= rect.y + rect.height {
        let twin = row.percent[1].map(|percent| format!("shuffled {percent:.1} %"));
        scene.text([rect.x, foot], twin.unwrap_or_default(), 11.0, Anchor::Start, Color::Muted);
        scene.text([right, foot], &row.note, 11.0, Anchor::End, Color::Muted);
    }
}

fn draw_bar(scene: &mut Scene, row: &Row, order: usize, track: Rect) {
    let percent = row.percent[order];
    if order == 1 && percent.is_none() {
        return;
    }
    scene.fill(track, Color::Grid.alpha(0.6));
    let share = percent.unwrap_or(0.0) / 100.0;
    let alpha = if order == 0 { 1.0 } else { 0.55 };
    scene.fill(Rect { width: (track.width * share).max(0.5), ..track }, row.color.alpha(alpha));
    if let Some(published) = row.published {
        published_mark(scene, track.x + track.width * published[order] / 100.0, track.y - 2.0, track.height + 4.0);
    }
}

fn published_mark(scene: &mut Scene, x: f64, y: f64, height: f64) {
    scene.line([[x, y], [x, y + height]], Stroke::new(Color::Ink, 2.0));
}

fn draw_signal(scene: &mut Scene, rows: &Rows, rect: Rect) {
    let values = rows.row(0);
    let reach = values.iter().fold(1.0_f32, |reach, value| reach.max(value.abs()));
    let point = |(at, value): (usize, &f32)| {
        let across = rect.x + rect.width * at as f64 / (values.len() - 1).max(1) as f64;
        [across, rect.y + rect.height * (0.5 - 0.5 * f64::from(value / reach))]
    };
    scene.line(values.iter().enumerate().map(point).collect::<Vec<_>>(), Stroke::new(Color::Ink, 1.4));
}
