//! How the contact sheet looks: eight by eight designs, the best large, and all compliances in order.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Stroke};

use super::{COUNT, HEIGHT, Outcome, Seeds, WIDTH};
use crate::figures::draw;
use crate::figures::race::color;
use crate::methods::Method;

/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// Designs in a row.
const COLUMNS: usize = 8;
/// Room between them.
const GAP: f64 = 4.0;

impl Seeds {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let all = scene.rect();
        let cell = (all.width - GAP * (COLUMNS - 1) as f64) / COLUMNS as f64;
        let row = cell * HEIGHT as f64 / WIDTH as f64 + GAP;
        let sheet = Rect { height: row * (COUNT / COLUMNS) as f64, ..all };
        self.sheet(scene, sheet, [cell, row]);
        let lower = all.inset(0.0, sheet.height + 8.0, 0.0, 0.0);
        let (best, chart) =
            if all.width >= WIDE { lower.split_columns(0.5, 14.0) } else { lower.split_rows(0.58, 8.0) };
        self.large(scene, best);
        self.chart(scene, chart);
        if let Some(fault) = &self.fault {
            draw::notice(scene, sheet, &fault.to_string());
        }
    }

    fn sheet(&self, scene: &mut Scene, sheet: Rect, [cell, row]: [f64; 2]) {
        let place = |at: usize| Rect {
            x: sheet.x + (at % COLUMNS) as f64 * (cell + GAP),
            y: sheet.y + (at / COLUMNS) as f64 * row,
            width: cell,
            height: row - GAP,
        };
        let (order, best) = (self.order(), self.best());
        for (at, number) in order.iter().enumerate() {
            pixels(scene, place(at), &self.outcomes[*number]);
            if best == Some(*number) {
                outline(scene, place(at));
            }
        }
        if order.len() < COUNT {
            draw::design(scene, place(order.len()), self.run.density(), WIDTH, color(Method::Cnn));
        }
        (order.len() + 1..COUNT).for_each(|at| scene.fill(place(at), Color::Grid.alpha(0.2)));
    }

    fn large(&self, scene: &mut Scene, outer: Rect) {
        let room = outer.inset(0.0, 20.0, 0.0, 0.0);
        let Some(best) = self.best() else {
            scene.heading([outer.x, outer.y + 14.0], "The first at work", 13.0, Anchor::Start, Color::Ink);
            draw::design(scene, room, self.run.density(), WIDTH, color(Method::Cnn));
            return;
        };
        let outcome = &self.outcomes[best];
        let seed = self.first.wrapping_add(best as u32);
        let title = format!("Best: seed {seed}, {}", draw::value(outcome.compliance, 5, outcome.checked));
        scene.heading([outer.x, outer.y + 14.0], title, 13.0, Anchor::Start, color(Method::Cnn));
        let scale = (room.width / WIDTH as f64).min(room.height / HEIGHT as f64);
        pixels(scene, Rect { width: WIDTH as f64 * scale, height: HEIGHT as f64 * scale, ..room }, outcome);
    }

    fn chart(&self, scene: &mut Scene, outer: Rect) {
        let mut values: Vec<f64> = self.outcomes.iter().map(|outcome| outcome.compliance).collect();
        values.sort_by(f64::total_cmp);
        let rival = self.rival.best().filter(|_| self.rival.history().len() >= self.limit).map(|(best, _)| best);
        let (Some(least), Some(most)) = (values.first().copied(), values.last().copied()) else { return };
        // One network that went astray must not flatten the others.
        let most = most.min(1.3 * values[values.len() / 2]);
        let low = rival.unwrap_or(least).min(least);
        let high = rival.unwrap_or(most).max(most);
        let margin = (0.08 * (high - low)).max(0.005 * low);
        let world = Bounds { low: [0.0, low - margin], high: [COUNT as f64 + 1.0, high + margin] };
        let mut plot = Plot::new(outer, world, "Compliance, in order", "networks, the best first", " ");
        plot.ticks = [4, 3];
        plot.axes(scene);
        let dots: Vec<Point> = values
            .iter()
            .enumerate()
            .map(|(at, value)| plot.view.figure_from_world([at as f64 + 1.0, *value]))
            .filter(|point| plot.view.figure.contains(*point))
            .collect();
        scene.dots(dots, 3.0, color(Method::Cnn));
        if let Some(rival) = rival {
            let line = [[0.0, rival], [COUNT as f64 + 1.0, rival]];
            plot.line(scene, &line, Stroke::new(color(Method::Mma), 2.0).dashed(5.0));
            let [x, y] = plot.view.figure_from_world([COUNT as f64 + 1.0, rival]);
            scene.text([x - 4.0, y - 5.0], "MMA", 11.5, Anchor::End, color(Method::Mma));
        }
    }
}

fn pixels(scene: &mut Scene, rect: Rect, outcome: &Outcome) {
    draw::pixels(scene, rect, outcome.pixels.iter().copied(), [WIDTH, HEIGHT], color(Method::Cnn));
}

fn outline(scene: &mut Scene, Rect { x, y, width, height }: Rect) {
    let corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]];
    scene.line(corners, Stroke::new(Color::Ink, 2.5));
}
