//! How the figure is drawn: panels with potential, packet and ball, and the matrices as pictures.

use demo::{Anchor, Bounds, Color, Colormap, Plot, Point, Rect, Scene, Shape, Size, Stroke, View};
use math::ops::atan2;
use std::f64::consts::{PI, TAU};

use super::flight::{Flight, Packet};
use super::landscape::{DOMAIN, Landscape};
use super::{ARROW, ARROW_HEIGHT, Quantum};
use crate::quantum::{Amplitude, PotentialRule, Setup, matrix_phase};

/// Entries across a matrix on show.
const ENTRIES: usize = 72;
/// Colours of a matrix, so few that its picture stays small as a poster.
const SHADES: f64 = 16.0;
/// Rows of the picture under a curve.
const ROWS: usize = 72;
/// Energies on show: some more than a potential may have.
const ENERGIES: [f64; 2] = [-95.0, 175.0];
/// The highest density on show, in peaks of the packet at the start.
const HEADROOM: f64 = 2.1;
/// Less than this share of it is not outlined.
const FAINT: f64 = 0.004;
/// How high the mean's line goes, clear of the words above.
const MEAN_HEIGHT: f64 = 128.0;
/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// Font size of labels.
const SMALL: f64 = 11.0;

/// A phase-action matrix as a picture.
pub(super) struct Matrix(Vec<u8>);

impl Matrix {
    /// Entries chosen evenly, for a step longer by as much as they lie apart: then the picture reaches as far without
    /// aliasing as the matrix that moves the packet.
    pub(super) fn new(flight: &Flight, landscape: &Landscape, rule: PotentialRule) -> Self {
        let setup = flight.setup();
        let stretch = setup.pixels as f64 / ENTRIES as f64;
        let setup = Setup { pixels: ENTRIES, dt: setup.dt * stretch, ..*setup };
        let potential = landscape.values(&setup.grid());
        let entries = (0..ENTRIES).flat_map(|i| (0..ENTRIES).map(move |j| (i, j)));
        let shade = |phase_rad: f64| (phase_rad / TAU * SHADES).round() / SHADES * TAU;
        let colors = entries.map(|(i, j)| color(shade(matrix_phase(&setup, &potential, rule, i, j))));
        Self(colors.flat_map(|[r, g, b]| [r, g, b, 255]).collect())
    }
}

/// The colour of a phase, whatever turn it is on.
fn color(phase_rad: f64) -> [u8; 3] {
    Colormap::Cyclic.at((phase_rad / TAU).rem_euclid(1.0))
}

/// Where everything lies in a figure of some size.
pub(super) struct Layout {
    pub(super) plots: Vec<Plot>,
    matrices: Vec<Rect>,
    legend: Rect,
    wide: bool,
}

impl Layout {
    pub(super) fn new(size: Size, panels: usize) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let wide = size.width >= WIDE;
        let (outers, column) = if wide {
            let (left, right) = all.split_columns(0.73, 8.0);
            (left.rows(panels, 2.0), right.inset(0.0, 0.0, 8.0, 0.0))
        } else {
            let (upper, lower) = all.split_rows(0.68, 2.0);
            (upper.rows(panels, 2.0), lower.inset(8.0, 0.0, 8.0, 4.0))
        };
        let world = Bounds { low: [DOMAIN.low[0], ENERGIES[0]], high: [DOMAIN.high[0], ENERGIES[1]] };
        let plots = outers.iter().enumerate().map(|(index, outer)| {
            let x_label = if index + 1 == panels { "x" } else { "" };
            let mut plot = Plot::new(*outer, world, " ", x_label, " ");
            plot.ticks = [8, if outer.height > 200.0 { 5 } else { 3 }];
            plot
        });
        let plots: Vec<Plot> = plots.collect();
        let matrices = if wide { beside(&plots, column) } else { below(column, panels) };
        let legend = if wide {
            let last = matrices.last().copied().unwrap_or(column);
            Rect { y: last.y + last.height + 8.0, height: 10.0, ..last }
        } else {
            let right = matrices.last().map_or(0.0, |rect| rect.x + rect.width + 16.0);
            let width = (column.x + column.width - right - 4.0).clamp(40.0, 120.0);
            Rect { x: right, y: column.y + 24.0, width, height: 10.0 }
        };
        Self { plots, matrices, legend, wide }
    }
}

/// Squares in the column, each at the height of its panel.
fn beside(plots: &[Plot], column: Rect) -> Vec<Rect> {
    let lowest = plots.iter().map(|plot| plot.view.figure.height).fold(column.width, f64::min);
    let square = |plot: &Plot| {
        let side = lowest.max(40.0);
        Rect { x: column.x, y: plot.view.figure.y, width: side, height: side }
    };
    plots.iter().map(square).collect()
}

/// Squares in a row, with room for the legend right of them.
fn below(row: Rect, panels: usize) -> Vec<Rect> {
    let side = (row.height - 22.0).min((row.width - 76.0) / 2.0 - 8.0);
    let square =
        |index: usize| Rect { x: row.x + index as f64 * (side + 12.0), y: row.y + 20.0, width: side, height: side };
    (0..panels).map(square).collect()
}

impl Quantum {
    pub(super) fn draw_all(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size(), self.rules.len());
        for (packet, plot) in self.flight.packets.iter().zip(&layout.plots) {
            self.draw_panel(scene, plot, packet, layout.wide);
        }
        if let Some(plot) = layout.plots.first() {
            self.draw_grips(scene, &plot.view);
            let pen = |color| Stroke::new(color, 2.0);
            let mean = pen(tint(self.rules[0])).dashed(3.0);
            plot.legend(scene, &[("energy V", pen(Color::Baseline)), ("⟨x⟩", mean), ("ball", pen(Color::Truth))]);
        }
        for ((matrix, rect), packet) in self.matrices.iter().zip(&layout.matrices).zip(&self.flight.packets) {
            let title = match packet.rule {
                _ if layout.wide => "matrix K",
                PotentialRule::Average => "K, average",
                PotentialRule::Difference => "K, difference",
            };
            draw_matrix(scene, matrix, *rect, title);
        }
        draw_legend(scene, layout.legend);
    }

    fn draw_panel(&self, scene: &mut Scene, plot: &Plot, packet: &Packet, wide: bool) {
        let frame = plot.view.figure;
        plot.axes(scene);
        scene.heading([frame.x, frame.y - 8.0], name(packet.rule, wide), 13.0, Anchor::Start, Color::Ink);
        plot.line(scene, &[[0.0, 0.0], [DOMAIN.high[0], 0.0]], Stroke::new(Color::Grid, 1.0));
        self.draw_density(scene, plot, packet);
        self.draw_potential(scene, plot);
        self.draw_energy(scene, plot);
        draw_mean(scene, plot, packet);
        self.draw_ball(scene, &plot.view);
        if let Some(share) = self.passed(packet) {
            let at = [frame.x + frame.width - 6.0, frame.y + 15.0];
            let words = format!("beyond the barrier {:.1} %", 100.0 * share);
            scene.text(at, words, 12.0, Anchor::End, Color::Ink);
        }
    }

    /// |psi|^2 less what the walls took, from zero energy upwards, coloured by the phase.
    fn draw_density(&self, scene: &mut Scene, plot: &Plot, packet: &Packet) {
        let frame = plot.view.figure;
        let columns = (frame.width.round() as usize).clamp(120, 640);
        let top = HEADROOM / (self.start.width * math::ops::sqrt(PI));
        let bars = bars(packet, self.flight.setup(), columns);
        let base = plot.view.figure_from_world([0.0, 0.0])[1];
        let height = base - frame.y;
        let rect = Rect { height, ..frame };
        let mut rgba = vec![0; columns * ROWS * 4];
        let mut curve: Vec<Option<Point>> = Vec::with_capacity(columns);
        for (column, bar) in bars.iter().enumerate() {
            let share = (bar.density / top).min(1.0);
            paint_bar(&mut rgba, columns, column, share * ROWS as f64, bar.color);
            if column % 3 == 0 {
                let x = frame.x + (column as f64 + 0.5) / columns as f64 * frame.width;
                curve.push((bar.density > FAINT * top).then(|| [x, base - bar.density / top * height]));
            }
        }
        scene.push(Shape::Image { rect, columns, rows: ROWS, rgba, smooth: true });
        scene.clip(frame, |scene| {
            for run in curve.split(Option::is_none).filter(|run| run.len() > 1) {
                scene.line(run.iter().copied().flatten().collect::<Vec<_>>(), Stroke::new(tint(packet.rule), 1.6));
            }
        });
    }

    fn draw_potential(&self, scene: &mut Scene, plot: &Plot) {
        let count = if self.landscape.is_drawn() { 385 } else { 121 };
        let places = math::linspace(DOMAIN.low[0], DOMAIN.high[0], count);
        let curve: Vec<Point> = places.iter().map(|x| [*x, self.landscape.at(*x)]).collect();
        let low = [[DOMAIN.high[0], ENERGIES[0]], [DOMAIN.low[0], ENERGIES[0]]];
        let ground: Vec<Point> = curve.iter().chain(&low).map(|point| plot.view.figure_from_world(*point)).collect();
        scene.clip(plot.view.figure, |scene| scene.polygon(ground, Color::Baseline.alpha(0.13)));
        plot.line(scene, &curve, Stroke::new(Color::Baseline, 2.2));
    }

    /// The energy of the ball: where the potential is higher, it cannot go.
    fn draw_energy(&self, scene: &mut Scene, plot: &Plot) {
        let energy = self.start.energy(&self.landscape);
        let line = [[DOMAIN.low[0], energy], [DOMAIN.high[0], energy]];
        plot.line(scene, &line, Stroke::new(Color::Truth.alpha(0.6), 1.0).dashed(2.0));
        let [x, y] = plot.view.figure_from_world(line[1]);
        if plot.view.figure.contains([x, y - 14.0]) {
            scene.text([x - 6.0, y - 4.0], "energy of the ball", SMALL, Anchor::End, Color::Muted);
        }
    }

    fn draw_ball(&self, scene: &mut Scene, view: &View) {
        let ball = self.flight.ball;
        if ball.left {
            return;
        }
        let [x, y] = view.figure_from_world([ball.place, self.landscape.at(ball.place)]);
        scene.circle([x, y - 7.0], 8.5, Color::Paper);
        scene.circle([x, y - 7.0], 7.0, Color::Truth);
    }

    /// The rings of start, momentum and hill.
    fn draw_grips(&self, scene: &mut Scene, view: &View) {
        let at = |world: Point| view.figure_from_world(world);
        let (place, momentum) = (self.start.place, self.start.momentum);
        let [x, y] = at([place, ARROW_HEIGHT]);
        let tip = at([place + ARROW * momentum, ARROW_HEIGHT]);
        let pen = Stroke::new(Color::Highlight, 2.2);
        scene.line([at([place, 0.0]), [x, y]], Stroke::new(Color::Highlight.alpha(0.5), 1.2).dashed(2.0));
        if (tip[0] - x).abs() > 2.0 {
            scene.arrows([[[x, y], tip]], pen, 6.0);
        }
        let hill = self.landscape.hill();
        scene.line([at([hill[0], 0.0]), at(hill)], Stroke::new(Color::Highlight.alpha(0.5), 1.2).dashed(2.0));
        for center in [at([place, 0.0]), tip, at(hill)] {
            scene.circle(center, 6.0, Color::Paper.alpha(0.6));
            scene.ring(center, 6.0, pen);
        }
        let label = |scene: &mut Scene, at: Point, text: &str| {
            scene.text(at, text, SMALL, Anchor::Middle, Color::Muted);
        };
        let side = if momentum < 0.0 { -1.0 } else { 1.0 };
        let anchor = if momentum < 0.0 { Anchor::End } else { Anchor::Start };
        let words = format!("p = {}", demo::format_number(momentum, 3));
        scene.text([tip[0] + side * 12.0, tip[1] + 4.0], words, SMALL, anchor, Color::Muted);
        let [hill_x, hill_y] = at(hill);
        label(scene, [hill_x, hill_y + 20.0], "hill");
    }
}

fn name(rule: PotentialRule, wide: bool) -> &'static str {
    match (rule, wide) {
        (PotentialRule::Average, true) => "Average action",
        (PotentialRule::Average, false) => "Average",
        (PotentialRule::Difference, true) => "Difference, as in the public code",
        (PotentialRule::Difference, false) => "Difference",
    }
}

fn tint(rule: PotentialRule) -> Color {
    if rule == PotentialRule::Average { Color::Model } else { Color::Accent }
}

/// The mean's place, while enough of the packet is left to have one.
fn draw_mean(scene: &mut Scene, plot: &Plot, packet: &Packet) {
    if packet.kept < 0.02 {
        return;
    }
    let ends = [[packet.mean, ENERGIES[0]], [packet.mean, MEAN_HEIGHT]];
    plot.line(scene, &ends, Stroke::new(tint(packet.rule), 1.6).dashed(3.0));
}

/// What one column of the picture shows.
struct Bar {
    density: f64,
    color: [u8; 3],
}

/// The mean density of each column's pixels, and the phase in its middle.
fn bars(packet: &Packet, setup: &Setup, columns: usize) -> Vec<Bar> {
    let pixels = packet.shown.len();
    let first = |column: usize| (column * pixels / columns).min(pixels - 1);
    let bar = |column: usize| {
        let range = first(column)..(first(column + 1)).max(first(column) + 1);
        let middle = packet.shown[first(column) + range.len() / 2];
        let sum: f64 = packet.shown[range.clone()].iter().map(Amplitude::norm_sqr).sum();
        let density = packet.kept * sum / range.len() as f64 / setup.dx();
        Bar { density, color: color(atan2(middle.im, middle.re)) }
    };
    (0..columns).map(bar).collect()
}

/// Fills the lowest `height` rows of a column, the last one in part.
fn paint_bar(rgba: &mut [u8], columns: usize, column: usize, height: f64, [r, g, b]: [u8; 3]) {
    for row in 0..(height.ceil() as usize).min(ROWS) {
        let share = (height - row as f64).clamp(0.0, 1.0);
        let at = ((ROWS - 1 - row) * columns + column) * 4;
        rgba[at..at + 4].copy_from_slice(&[r, g, b, (share * 255.0) as u8]);
    }
}

fn draw_matrix(scene: &mut Scene, matrix: &Matrix, rect: Rect, title: &str) {
    scene.text([rect.x, rect.y - 8.0], title, SMALL, Anchor::Start, Color::Ink);
    let rgba = matrix.0.clone();
    scene.push(Shape::Image { rect, columns: ENTRIES, rows: ENTRIES, rgba, smooth: false });
}

/// The colours of the phases.
fn draw_legend(scene: &mut Scene, rect: Rect) {
    const STOPS: usize = 64;
    let colors = (0..STOPS).map(|stop| color((stop as f64 / (STOPS - 1) as f64 - 0.5) * TAU));
    let rgba = colors.flat_map(|[r, g, b]| [r, g, b, 255]).collect();
    scene.push(Shape::Image { rect, columns: STOPS, rows: 1, rgba, smooth: true });
    let below = rect.y + rect.height + 12.0;
    let label = |scene: &mut Scene, share: f64, text: &str, anchor| {
        scene.text([rect.x + share * rect.width, below], text, SMALL, anchor, Color::Muted);
    };
    label(scene, 0.0, "−π", Anchor::Start);
    if rect.width > 90.0 {
        label(scene, 0.5, "phase", Anchor::Middle);
    } else {
        scene.text([rect.x, rect.y - 6.0], "phase", SMALL, Anchor::Start, Color::Muted);
    }
    label(scene, 1.0, "π", Anchor::End);
}
