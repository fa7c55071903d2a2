//! How the gallery looks: a square for each task, the chosen one's design, and the published results on a line.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke, View};

use super::{COLUMNS, COUNT, Gallery, ROWS, live_size};
use crate::figures::draw;
use crate::figures::race::color;
use crate::methods::Method;
use crate::tasks::Native;

/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// Results farther above the least published are drawn at the edge.
const FARTHEST: f64 = 30.0;

/// Rectangles of a figure's size.
pub(super) struct Layout {
    map: Rect,
    design: Rect,
    results: Rect,
    narrow: bool,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        if size.width >= WIDE {
            let (map, rest) = all.split_rows(0.3, 10.0);
            let (design, results) = rest.split_columns(0.55, 14.0);
            return Self { map, design, results, narrow: false };
        }
        let (map, rest) = all.split_rows(0.22, 10.0);
        let (design, results) = rest.split_rows(0.6, 8.0);
        Self { map, design, results, narrow: true }
    }

    /// The squares: their middles lie at whole numbers, the first at the upper left.
    pub(super) fn cards(&self) -> View {
        let figure = self.map.inset(4.0, 22.0, 4.0, 16.0);
        let world = Bounds { low: [-0.5, 0.5 - ROWS as f64], high: [COLUMNS as f64 - 0.5, 0.5] };
        View { world, figure }
    }
}

/// Where task `index` has its square. Tasks run down the columns, so that sizes grow from left to right.
pub(super) fn card(index: usize) -> Point {
    [(index / ROWS) as f64, -((index % ROWS) as f64)]
}

/// Where squares can be.
pub(super) fn card_bounds() -> Bounds {
    Bounds { low: [0.0, 1.0 - ROWS as f64], high: [COLUMNS as f64 - 1.0, 0.0] }
}

/// The task at a point.
pub(super) fn index(world: Point) -> usize {
    let column = world[0].round().clamp(0.0, COLUMNS as f64 - 1.0) as usize;
    let row = (-world[1]).round().clamp(0.0, ROWS as f64 - 1.0) as usize;
    (column * ROWS + row).min(COUNT - 1)
}

impl Gallery {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        self.map(scene, &layout);
        self.design(scene, layout.design);
        self.results(scene, &layout);
        if let Some(fault) = &self.fault {
            draw::notice(scene, layout.design, &fault.to_string());
        }
    }

    fn map(&self, scene: &mut Scene, layout: &Layout) {
        let view = layout.cards();
        let [across, down] = view.scale();
        for (at, task) in self.tasks.iter().enumerate() {
            let [x, y] = view.figure_from_world(card(at));
            let gap = if layout.narrow { 1.0 } else { 2.0 };
            let rect = Rect { x: x - across / 2.0, y: y - down / 2.0, width: across, height: down };
            scene.fill(rect.inset(gap, gap, gap, gap), color(self.winner(task)).alpha(0.85));
        }
        let at = view.figure_from_world(card(self.chosen));
        scene.ring(at, 10.0, Stroke::new(Color::Paper, 5.0));
        scene.ring(at, 10.0, Stroke::new(Color::Ink, 2.4));
        Self::legend(scene, layout);
        let bottom = view.figure.y + view.figure.height + 13.0;
        scene.text([view.figure.x, bottom], "smallest grids", 11.0, Anchor::Start, Color::Muted);
        let right = view.figure.x + view.figure.width;
        scene.text([right, bottom], "largest grids", 11.0, Anchor::End, Color::Muted);
    }

    fn legend(scene: &mut Scene, layout: &Layout) {
        let mut x = layout.map.x + 4.0;
        let y = layout.map.y + 14.0;
        for method in Method::ALL {
            let title = if layout.narrow && method == Method::Pixel { "Pixels" } else { method.title() };
            scene.fill(Rect { x, y: y - 9.0, width: 10.0, height: 10.0 }, color(method));
            scene.text([x + 15.0, y], title, 12.0, Anchor::Start, Color::Ink);
            x += 36.0 + 6.2 * title.chars().count() as f64;
        }
    }

    /// The design, beside its mirror images where the task is one half of something.
    fn design(&self, scene: &mut Scene, outer: Rect) {
        scene.heading([outer.x + 2.0, outer.y + 13.0], self.name(), 13.0, Anchor::Start, Color::Ink);
        let room = outer.inset(2.0, 22.0, 2.0, 2.0);
        let problem = self.structure.problem();
        let (left, right) = (self.task().mirrored_left, self.task().mirrored_right);
        let copies = 1 + usize::from(left) + usize::from(right);
        let columns = copies * problem.width;
        let scale = (room.width / columns as f64).min(room.height / problem.height as f64);
        let [across, down] = [columns as f64 * scale, problem.height as f64 * scale];
        let [x, y] = room.center();
        let rect = Rect { x: x - across / 2.0, y: y - down / 2.0, width: across, height: down };
        let mut solid = Vec::with_capacity(columns * problem.height);
        for row in self.run.density().chunks(problem.width) {
            let mut push = |x: &f64| solid.push((x.clamp(0.0, 1.0) * 255.0) as u8);
            if left {
                row.iter().rev().for_each(&mut push);
            }
            row.iter().for_each(&mut push);
            if right {
                row.iter().rev().for_each(&mut push);
            }
        }
        draw::pixels(scene, rect, solid.into_iter(), [columns, problem.height], color(self.method));
        let from = rect.x + if left { problem.width as f64 * scale } else { 0.0 };
        for mirror in [left.then_some(from), right.then_some(from + problem.width as f64 * scale)].into_iter().flatten()
        {
            let line = [[mirror, rect.y], [mirror, rect.y + rect.height]];
            scene.line(line, Stroke::new(Color::Muted, 1.0).dashed(4.0));
        }
    }

    /// How far each published result lies above the least, and the one that was computed here.
    fn results(&self, scene: &mut Scene, layout: &Layout) {
        let task = self.task();
        let least = task.best.iter().chain(&task.typical).copied().fold(f64::INFINITY, f64::min);
        let above = |value: f64| (100.0 * (value / least - 1.0)).min(FARTHEST);
        let farthest = task.typical.iter().map(|value| above(*value)).fold(4.0, f64::max);
        let world = Bounds { low: [-0.06 * farthest, -4.4], high: [1.1 * farthest, 0.6] };
        let mut plot = Plot::new(layout.results, world, "Published results", "% above the least", "");
        plot.ticks = [4, 0];
        plot.axes(scene);
        let (halved, here) = (live_size(task).1 > 0, self.run.best());
        let native = Native::of(task.name);
        for (at, method) in Method::ALL.into_iter().enumerate() {
            let [x, y] = plot.view.figure_from_world([above(task.best[at]), -(at as f64)]);
            let [far, _] = plot.view.figure_from_world([above(task.typical[at]), -(at as f64)]);
            scene.line([[x, y], [far, y]], Stroke::new(color(method).alpha(0.5), 2.0));
            scene.circle([x, y], 5.0, color(method));
            scene.ring([far, y], 5.0, Stroke::new(color(method), 2.0));
            if let Some(native) = native {
                let [x, _] = plot.view.figure_from_world([above(native.best[at]), 0.0]);
                let side = 7.0;
                let square = Rect { x: x - side / 2.0, y: y + 8.0 - side / 2.0, width: side, height: side };
                scene.fill(square, color(method));
            }
            // Rows of a phone lie too close for words; there the colours tell, which the legend explains.
            if !layout.narrow {
                scene.text([x.min(far) - 5.0, y - 10.0], method.title(), 11.0, Anchor::Start, Color::Muted);
            }
        }
        let [left, y] = plot.view.figure_from_world([0.0, -4.05]);
        match here {
            _ if halved => scene.text([left, y], "here: on a smaller grid", 11.0, Anchor::Start, Color::Muted),
            Some((best, _)) => {
                let reached = (100.0 * (best / least - 1.0)).clamp(-0.05 * farthest, 1.08 * farthest);
                let [x, _] = plot.view.figure_from_world([reached, 0.0]);
                let frame = plot.view.figure;
                scene.line([[x, frame.y], [x, frame.y + frame.height]], Stroke::new(Color::Ink, 1.6).dashed(4.0));
                let anchor = if x > frame.x + frame.width / 2.0 { Anchor::End } else { Anchor::Start };
                let shift = if anchor == Anchor::End { -6.0 } else { 6.0 };
                scene.heading([x + shift, y], "here", 12.0, anchor, Color::Ink);
            }
            None => {}
        }
        let [_, top] = plot.view.figure_from_world([0.0, 0.6]);
        let right = plot.view.figure.x + plot.view.figure.width;
        let ours = if native.is_some() { "  \u{25a0} ours" } else { "" };
        let legend = format!("\u{25cf} best  \u{25cb} typical{ours}");
        scene.text([right, top - 8.0], legend, 11.0, Anchor::End, Color::Muted);
    }
}
