//! The figure's picture: table with trails and fan, and the energy chart.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke};

use super::super::phase::legend;
use super::Bodies;
use super::movers::{MOVERS, Mover, PAINTED};
use super::run::{Path, kept};
use super::task::Task;

/// Where table and chart lie.
pub(super) struct Layout {
    pub(super) table: Plot,
    pub(super) chart: Rect,
}

impl Layout {
    pub(super) fn new(size: Size, task: &Task) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (table, chart) = if size.width >= 560.0 { all.split_columns(0.6, 12.0) } else { all.split_rows(0.68, 6.0) };
        let world = Bounds::symmetric(task.reach, task.reach);
        Self { table: Plot::new(table, world, "Table", "", "").equal_axes(), chart }
    }
}

impl Bodies {
    pub(super) fn draw_table(&self, scene: &mut Scene, table: &Plot) {
        table.axes(scene);
        let pens = [Mover::Truth, Mover::Hnn, Mover::Baseline].map(|mover| (mover.name(), mover.pen(2.5)));
        table.legend(scene, &pens);
        scene.clip(table.view.figure, |scene| {
            self.draw_fan(scene, table);
            for (index, mover) in self.painted() {
                self.draw_trail(scene, table, index, mover);
            }
            self.draw_start(scene, table);
            self.draw_guest_name(scene, table);
        });
        if self.task().bodies > 2 {
            let frame = table.view.figure;
            let at = [frame.x + 8.0, frame.y + frame.height - 8.0];
            let words = "Hard: the data\u{2019}s dynamic range defeats both networks.";
            scene.text(at, words, 11.0, Anchor::Start, Color::Muted);
        }
    }

    /// A fourth name has no room beside the others above a narrow table.
    fn draw_guest_name(&self, scene: &mut Scene, table: &Plot) {
        let Some(guest) = self.guest_here() else { return };
        let (frame, name) = (table.view.figure, guest.name());
        let width = 41.0 + 6.0 * name.chars().count() as f64;
        scene.fill(Rect { x: frame.x + 1.0, y: frame.y + 1.0, width, height: 22.0 }, Color::Paper.alpha(0.85));
        legend(scene, [frame.x + 8.0, frame.y + 16.0], &[(&name, Mover::Guest.pen(2.5))]);
    }

    /// The trails in the order in which they are painted.
    fn painted(&self) -> impl Iterator<Item = (usize, Mover)> {
        let trails = self.run.paths.len();
        PAINTED.into_iter().filter(move |index| *index < trails).map(|index| (index, MOVERS[index]))
    }

    fn draw_fan(&self, scene: &mut Scene, table: &Plot) {
        let Some(mover) = self.fan_mover() else { return };
        let (task, copies) = (self.task(), self.copies());
        let bodies = task.bodies;
        let rows = copies.chunks(task.width()).filter(|row| kept(row));
        let dots: Vec<Point> = rows
            .flat_map(|row| (0..bodies).map(|body| table.view.figure_from_world([row[body], row[bodies + body]])))
            .collect();
        scene.dots(dots, 1.7, mover.color().alpha(0.45));
    }

    fn draw_trail(&self, scene: &mut Scene, table: &Plot, index: usize, mover: Mover) {
        let (task, path) = (self.task(), &self.run.paths[index]);
        let (width, bodies) = (task.width(), task.bodies);
        let shown = (self.run.time / task.step()) as usize + 1;
        let now = self.now(index);
        for body in 0..bodies {
            let position = |row: &[f64]| table.view.figure_from_world([row[body], row[bodies + body]]);
            let mut points: Vec<Point> = path.states.chunks(width).take(shown).map(position).collect();
            points.extend(now.as_deref().map(position));
            scene.line(points, Stroke { paint: mover.color().alpha(0.8), ..mover.pen(1.6) });
            match now.as_deref().map(position) {
                Some(at) if mover == Mover::Truth => scene.ring(at, 5.5, Stroke::new(mover.color(), 2.0)),
                Some(at) => scene.circle(at, 5.5, mover.color()),
                None => {}
            }
        }
    }

    /// Rings and velocity arrows at the start, where the handles are.
    fn draw_start(&self, scene: &mut Scene, table: &Plot) {
        let (task, start) = (self.task(), &self.starts[self.table]);
        for body in 0..task.bodies {
            let part = |part: usize| start[part * task.bodies + body];
            let at = [part(0), part(1)];
            let tip = [at[0] + task.arrow * part(2), at[1] + task.arrow * part(3)];
            let [from, to] = [at, tip].map(|point| table.view.figure_from_world(point));
            scene.arrows([[from, to]], Stroke::new(Color::Highlight, 1.8), 8.0);
            scene.ring(from, 9.0, Stroke::new(Color::Highlight, 1.8));
            let beside = [from[0] + 12.0, from[1] - 10.0];
            scene.heading(beside, (body + 1).to_string(), 12.0, Anchor::Start, Color::Highlight);
        }
    }

    pub(super) fn draw_chart(&self, scene: &mut Scene, outer: Rect) {
        let task = self.task();
        let (width, step) = (task.width(), task.step());
        let shown = (self.run.time / step) as usize + 1;
        let energies = |path: &Path| -> Vec<Point> {
            let states = path.states.chunks(width).take(shown).enumerate();
            states.map(|(index, state)| [index as f64 * step, task.energy(state)]).collect()
        };
        let lines: Vec<Vec<Point>> = self.run.paths.iter().map(energies).collect();
        let middle = task.energy(&self.starts[self.table]);
        let off = lines.iter().flatten().map(|point| (point[1] - middle).abs()).filter(|off| off.is_finite());
        let scale = middle.abs().max(0.1);
        let half = (1.15 * off.fold(0.0, f64::max)).clamp(0.1 * scale, 2.0 * scale);
        let world = Bounds { low: [0.0, middle - half], high: [task.horizon, middle + half] };
        let chart = Plot::new(outer, world, "Energy", "time", "H");
        chart.axes(scene);
        for (index, mover) in self.painted() {
            chart.line(scene, &lines[index], mover.pen(2.0));
        }
        let now = |height| chart.view.figure_from_world([self.run.time, height]);
        scene.line([now(middle - half), now(middle + half)], Stroke::new(Color::Muted.alpha(0.5), 1.0));
    }
}
