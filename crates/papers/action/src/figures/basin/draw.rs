//! The picture of the basins: the fan and the map.

use demo::{Anchor, Bounds, Color, Paint, Plot, Point, Rect, Scene, Size, Stroke};

use super::super::marks::{grip, legend};
use super::extrema::{Kind, SECONDS};
use super::map::{COLUMNS, REACH_RAD, ROWS, STARTS, Tally};
use super::{Basin, Map};

/// From here on figures have two columns.
const WIDE: f64 = 560.0;
/// Every so many points of a path are drawn.
const THIN: usize = 3;
/// Paths under one pen.
const CHUNK: usize = 24;

fn color(kind: Kind) -> Color {
    match kind {
        Kind::Right => Color::Model,
        Kind::Left => Color::Baseline,
        Kind::Straight => Color::Accent,
        Kind::Over => Color::Highlight,
    }
}

/// Rectangles of a figure's size.
pub(super) struct Layout {
    fan: Rect,
    map: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (fan, map) = if size.width >= WIDE { all.split_columns(0.55, 8.0) } else { all.split_rows(0.52, 4.0) };
        Self { fan, map }
    }
}

/// Axes over `outer` for angles in degrees along one axis and seconds along the other.
fn plot(outer: Rect, world: Bounds, labels: [&str; 2]) -> Plot {
    let mut plot = Plot::new(outer.inset(12.0, 0.0, 6.0, 0.0), world, " ", labels[0], labels[1]);
    plot.title.clear();
    plot
}

impl Basin {
    pub(super) fn draw_all(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        self.draw_fan(scene, &self.fan_plot(&layout));
        self.draw_map(scene, &Self::map_plot(&layout));
    }

    /// Angle in degrees against time in seconds.
    pub(super) fn fan_plot(&self, layout: &Layout) -> Plot {
        let reach = REACH_RAD.to_degrees() + 25.0;
        let world = Bounds { low: [0.0, -reach], high: [self.fan.ends.seconds, reach] };
        let mut plot = plot(layout.fan, world, ["time, s", " "]);
        plot.ticks = [5, 0];
        plot
    }

    /// Seconds against end angle in degrees.
    pub(super) fn map_plot(layout: &Layout) -> Plot {
        let reach = REACH_RAD.to_degrees();
        let world = Bounds { low: [-reach, SECONDS[0]], high: [reach, SECONDS[1]] };
        let mut plot = plot(layout.map, world, ["end angle, degrees", " "]);
        plot.ticks = [6, 5];
        plot
    }

    fn draw_fan(&self, scene: &mut Scene, plot: &Plot) {
        plot.axes(scene);
        tops(scene, plot);
        let dt = self.fan.ends.dt(super::POINTS);
        for (reached, color) in self.groups() {
            let of = |index: &usize| self.fan.reached[*index] == reached;
            let members: Vec<usize> = (0..self.fan.starts.len()).filter(of).collect();
            let paths: Vec<&[f64]> = self.fan.crowd.paths().collect();
            for chunk in members.chunks(CHUNK) {
                let starts = broken_lines(plot, dt, chunk.iter().map(|index| self.fan.starts[*index].as_slice()));
                let now = broken_lines(plot, dt, chunk.iter().map(|index| paths[*index]));
                scene.clip(plot.view.figure, |scene| {
                    scene.line(starts, Stroke::new(color.alpha(0.09), 0.8));
                    scene.line(now, Stroke::new(color.alpha(0.5), 0.9));
                });
            }
        }
        self.draw_minima(scene, plot, dt);
        for (secs, angle) in [(0.0, self.fan.ends.from_rad), (self.fan.ends.seconds, self.fan.ends.to_rad)] {
            pinned(scene, plot.view.figure_from_world([secs, angle.to_degrees()]));
        }
        let frame = plot.view.figure;
        let counts = self.counts();
        let entries: Vec<(&str, Stroke)> =
            counts.iter().map(|(words, color)| (words.as_str(), Stroke::new(*color, 3.0))).collect();
        legend(scene, [frame.x, frame.y - 8.0], &entries);
    }

    /// The minima that some path has reached, bold.
    fn draw_minima(&self, scene: &mut Scene, plot: &Plot, dt: f64) {
        for (index, minimum) in self.fan.minima.iter().enumerate().filter(|(index, _)| self.fan.count(*index) > 0) {
            let share = self.fan.count(index) as f64 / self.fan.starts.len() as f64;
            let line = broken_lines(plot, dt, [minimum.path.as_slice()].into_iter());
            scene.clip(plot.view.figure, |scene| {
                scene.line(line.clone(), Stroke::new(Color::Paper.alpha(0.8), 4.0 + 4.0 * share));
                scene.line(line, Stroke::new(color(minimum.kind), 1.6 + 3.4 * share));
            });
        }
    }

    /// Each outcome with its colour; those on their way first, so that they lie below.
    fn groups(&self) -> Vec<(Option<usize>, Color)> {
        let known = self.fan.minima.iter().enumerate().map(|(index, minimum)| (Some(index), color(minimum.kind)));
        [(None, Color::Muted)].into_iter().chain(known).collect()
    }

    /// Counts in words for the legend.
    fn counts(&self) -> Vec<(String, Color)> {
        let short = |kind: Kind| match kind {
            Kind::Right => "right",
            Kind::Left => "left",
            Kind::Straight => "across",
            Kind::Over => "over the top",
        };
        let minima = self.fan.minima.iter().enumerate();
        let mut counts: Vec<(String, Color)> = minima
            .map(|(index, minimum)| (format!("{} {}", short(minimum.kind), self.fan.count(index)), color(minimum.kind)))
            .collect();
        if self.on_their_way() > 0 {
            counts.push((format!("on their way {}", self.on_their_way()), Color::Muted));
        }
        counts
    }

    fn draw_map(&self, scene: &mut Scene, plot: &Plot) {
        for patch in patches(&self.map) {
            patch.draw(scene, plot.view.figure);
        }
        plot.axes(scene);
        let frame = plot.view.figure;
        let edge: Vec<Point> = self.edge.iter().map(|point| [point[0].to_degrees(), point[1]]).collect();
        plot.line(scene, &edge, Stroke::new(Color::Ink, 1.6).dashed(5.0));
        let [target_deg, seconds] = [self.fan.ends.to_rad.to_degrees(), self.fan.ends.seconds];
        pinned(scene, plot.view.figure_from_world([target_deg, seconds]));
        scene.heading([frame.x, frame.y - 8.0], "Duration, s", 13.0, Anchor::Start, Color::Ink);
        let pen = Stroke::new(Color::Ink, 1.6).dashed(4.0);
        legend(scene, [frame.x + 92.0, frame.y - 8.0], &[("first conjugate points", pen)]);
    }
}

/// Cells of one paint over consecutive rows, one run of columns in each.
struct Patch {
    paint: Paint,
    first_row: usize,
    runs: Vec<[usize; 2]>,
}

impl Patch {
    /// Whether a run in `row` goes on where this ends.
    fn continues(&self, row: usize, paint: Paint, [from, to]: [usize; 2]) -> bool {
        let touches = self.runs.last().is_some_and(|last| last[0] < to && from < last[1]);
        self.first_row + self.runs.len() == row && self.paint == paint && touches
    }

    /// Up its left side and down its right one, as one outline: rectangles would show seams.
    fn draw(&self, scene: &mut Scene, frame: Rect) {
        let x = |column: usize| frame.x + frame.width * column as f64 / COLUMNS as f64;
        let y = |row: usize| frame.y + frame.height * (1.0 - row as f64 / ROWS as f64);
        let side = |end: usize| {
            let rows = self.runs.iter().enumerate();
            rows.flat_map(move |(index, run)| [0, 1].map(|up| [x(run[end]), y(self.first_row + index + up)]))
        };
        let right: Vec<Point> = side(1).collect();
        scene.polygon(side(0).chain(right.into_iter().rev()).collect::<Vec<_>>(), self.paint);
    }
}

/// The map as few patches.
fn patches(map: &Map) -> Vec<Patch> {
    let mut patches: Vec<Patch> = Vec::new();
    for row in 0..ROWS {
        let paints: Vec<Option<Paint>> = (0..COLUMNS).map(|column| map.at(column, row).map(paint)).collect();
        let mut from = 0;
        for equal in paints.chunk_by(PartialEq::eq) {
            let run = [from, from + equal.len()];
            from = run[1];
            let Some(paint) = equal[0] else { continue };
            match patches.iter_mut().find(|patch| patch.continues(row, paint, run)) {
                Some(patch) => patch.runs.push(run),
                None => patches.push(Patch { paint, first_row: row, runs: vec![run] }),
            }
        }
    }
    patches
}

/// The majority's colour, paler the more it is divided.
fn paint(tally: Tally) -> Paint {
    let (index, most) = tally.iter().enumerate().fold(
        (0, 0),
        |best, (index, count)| {
            if *count > best.1 { (index, *count) } else { best }
        },
    );
    let undecided = STARTS as u8 - tally.iter().sum::<u8>();
    if undecided >= most {
        return Color::Muted.alpha(0.3);
    }
    let lead = 2.0 * f64::from(most) / STARTS as f64 - 1.0;
    color(Kind::ALL[index]).alpha(0.16 + 0.64 * lead.max(0.0))
}

/// Paths as one line that is broken between them.
fn broken_lines<'a>(plot: &Plot, dt: f64, paths: impl Iterator<Item = &'a [f64]>) -> Vec<Point> {
    let mut points = Vec::new();
    for path in paths {
        let last = path.len().saturating_sub(1);
        for k in (0..last).step_by(THIN).chain([last]) {
            points.push(plot.view.figure_from_world([k as f64 * dt, path[k].to_degrees()]));
        }
        // Not NaN, which is unequal to itself: scenes are compared.
        points.push([f64::INFINITY; 2]);
    }
    points
}

/// A grip that stands out from coloured ground.
fn pinned(scene: &mut Scene, at: Point) {
    scene.circle(at, 10.0, Color::Paper.alpha(0.85));
    grip(scene, at);
}

/// Lines where the pendulum hangs or stands upright, with their angles.
fn tops(scene: &mut Scene, plot: &Plot) {
    let frame = plot.view.figure;
    for degrees in [-180.0, 0.0, 180.0] {
        let [_, y] = plot.view.figure_from_world([0.0, degrees]);
        scene.line([[frame.x, y], [frame.x + frame.width, y]], Stroke::new(Color::Grid, 1.0));
        let label = format!("{degrees}°").replace('-', "\u{2212}");
        scene.text([frame.x - 12.0, y + 4.0], label, 11.0, Anchor::End, Color::Muted);
        if degrees != 0.0 {
            scene.text([frame.x + 12.0, y - 4.0], "upright", 11.0, Anchor::Start, Color::Muted);
        }
    }
}
