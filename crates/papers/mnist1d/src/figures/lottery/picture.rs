//! How masks, search and race look.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Shape, Size, Stroke};

use super::race::STEPS;
use super::search::{FIRST, ROUNDS, WIDTH, sparsity};
use super::{Lottery, RACERS};
use crate::model::POSITIONS;

/// Narrower figures put the charts below the masks.
const WIDE: f64 = 560.0;
/// Of the racers.
const COLORS: [Color; 4] = [Color::Truth, Color::Model, Color::Baseline, Color::Highlight];
/// Kept weights in the two pictures; readable on light and dark.
const TICKET_RGB: [u8; 3] = [0x2b, 0x86, 0xc6];
const YOURS_RGB: [u8; 3] = [0xc0, 0x5a, 0xa0];

/// Hidden numbers by how many neighbouring weights survive together, most first, then by where they stand.
pub(super) fn sorted_by_neighbours(mask: &[f32]) -> Vec<usize> {
    let key = |unit: usize| {
        let row = &mask[unit * POSITIONS..(unit + 1) * POSITIONS];
        let pairs = row.windows(2).filter(|pair| pair[0] > 0.0 && pair[1] > 0.0).count();
        let place: usize = row.iter().enumerate().filter(|(_, kept)| **kept > 0.0).map(|(at, _)| at).sum();
        let count = row.iter().filter(|kept| **kept > 0.0).count();
        // Those of which nothing is left come last.
        (std::cmp::Reverse(pairs), place.checked_div(count).unwrap_or(usize::MAX))
    };
    let mut order: Vec<usize> = (0..WIDTH).collect();
    order.sort_by_key(|unit| key(*unit));
    order
}

/// The parts of a figure of one size.
pub(super) struct Layout {
    ticket: Rect,
    /// Where one paints.
    pub(super) canvas: Rect,
    search: Plot,
    race: Plot,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (masks, charts) = if size.width >= WIDE { all.split_columns(0.5, 8.0) } else { all.split_rows(0.46, 6.0) };
        let (ticket, canvas) = masks.split_columns(0.5, 2.0);
        let (search, race) = charts.split_rows(0.46, 4.0);
        let world = Bounds { low: [0.0, 10.0], high: [103.0, 80.0] };
        let mut search = Plot::new(search, world, "Retrainings", "weights dropped, %", "test accuracy, %");
        search.ticks = [5, 4];
        let world = Bounds { low: [0.0, 10.0], high: [1.04 * STEPS as f64, 80.0] };
        let mut race = Plot::new(race, world, "The race", "step", "test accuracy, %");
        race.ticks = [4, 4];
        let picture = |rect: Rect| rect.inset(10.0, 40.0, 8.0, 12.0);
        Self { ticket: picture(ticket), canvas: picture(canvas), search, race }
    }

    pub(super) fn draw(&self, scene: &mut Scene, lottery: &Lottery) {
        self.draw_ticket(scene, lottery);
        self.draw_canvas(scene, lottery);
        self.draw_search(scene, lottery);
        self.draw_race(scene, lottery);
    }

    fn draw_ticket(&self, scene: &mut Scene, lottery: &Lottery) {
        let mask = lottery.ticket();
        let kept = lottery.order.iter().flat_map(|unit| &mask.0[unit * POSITIONS..(unit + 1) * POSITIONS]);
        let kept: Vec<bool> = kept.map(|mask| *mask > 0.0).collect();
        let shown = lottery.shown();
        let words = if shown < lottery.rounds {
            format!("round {shown} of {} …", lottery.rounds)
        } else {
            format!("{:.0}\u{202f}% dropped", 100.0 * sparsity(shown))
        };
        picture(scene, self.ticket, &kept, TICKET_RGB, ["The ticket", &words]);
    }

    fn draw_canvas(&self, scene: &mut Scene, lottery: &Lottery) {
        let count = lottery.canvas.kept().iter().filter(|kept| **kept).count();
        let does = if lottery.keeps { "paint to keep" } else { "paint to drop" };
        let words = format!("{:.0}\u{202f}% kept, {does}", 100.0 * count as f64 / FIRST as f64);
        picture(scene, self.canvas, lottery.canvas.kept(), YOURS_RGB, ["Yours", &words]);
    }

    fn draw_search(&self, scene: &mut Scene, lottery: &Lottery) {
        let plot = &self.search;
        plot.axes(scene);
        let frame = plot.view.figure;
        let corner = [frame.x + frame.width, frame.y - 8.0];
        scene.text(corner, lottery.search.progress(), 11.0, Anchor::End, Color::Muted);
        let [x, _] = plot.view.figure_from_world([100.0 * sparsity(lottery.rounds), 0.0]);
        scene.line([[x, frame.y], [x, frame.y + frame.height]], Stroke::new(Color::Highlight, 1.2).dashed(4.0));
        let accuracies = lottery.search.accuracies();
        let line: Vec<Point> =
            accuracies.iter().enumerate().map(|(round, value)| [100.0 * sparsity(round), 100.0 * value]).collect();
        plot.line(scene, &line, Stroke::new(Color::Model, 1.8));
        let dots: Vec<Point> = line.iter().map(|point| plot.view.figure_from_world(*point)).collect();
        scene.dots(dots, 3.0, Color::Model);
        if let (Some(first), true) = (accuracies.first(), accuracies.len() <= ROUNDS + 1) {
            let level = 100.0 * first;
            plot.line(scene, &[[0.0, level], [100.0, level]], Stroke::new(Color::Truth.alpha(0.6), 1.0).dashed(3.0));
        }
    }

    fn draw_race(&self, scene: &mut Scene, lottery: &Lottery) {
        let plot = &self.race;
        plot.axes(scene);
        let entries: Vec<(&str, Stroke)> =
            RACERS.iter().zip(COLORS).map(|((_, label), color)| (*label, Stroke::new(color, 1.8))).collect();
        let frame = plot.view.figure;
        // The legend takes the place of the title where both do not fit.
        let legend = Plot { title: String::new(), ..plot.clone() };
        let [mut x, y] = [frame.x + 8.0, frame.y + frame.height - 8.0];
        for (label, stroke) in entries {
            scene.line([[x, y - 4.0], [x + 12.0, y - 4.0]], stroke);
            scene.text([x + 16.0, y], label, 11.0, Anchor::Start, Color::Ink);
            x += 68.0_f64.min((legend.view.figure.width - 10.0) / 4.0);
        }
        let Some(race) = &lottery.race else {
            scene.text(frame.center(), "begins when the ticket is found", 12.0, Anchor::Middle, Color::Muted);
            return;
        };
        for (racer, color) in race.iter().zip(COLORS) {
            plot.line(scene, racer.curve(), Stroke::new(color, 1.8));
            if let Some(end) = racer.curve().last() {
                scene.circle(plot.view.figure_from_world(plot.view.world.clamp(*end)), 3.0, color);
            }
        }
    }
}

/// A mask, positions across and hidden numbers down.
fn picture(scene: &mut Scene, rect: Rect, kept: &[bool], [r, g, b]: [u8; 3], [title, words]: [&str; 2]) {
    scene.heading([rect.x, rect.y - 22.0], title, 13.0, Anchor::Start, Color::Ink);
    scene.text([rect.x, rect.y - 7.0], words, 11.0, Anchor::Start, Color::Muted);
    scene.fill(rect, Color::Grid.alpha(0.35));
    let rgba = kept.iter().flat_map(|kept| [r, g, b, if *kept { 255 } else { 0 }]).collect();
    scene.push(Shape::Image { rect, columns: POSITIONS, rows: WIDTH, rgba, smooth: false });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_come_first() {
        let mut mask = vec![0.0; FIRST];
        for at in [5 * POSITIONS, 5 * POSITIONS + 2, 9 * POSITIONS + 7, 9 * POSITIONS + 8] {
            mask[at] = 1.0;
        }
        let order = sorted_by_neighbours(&mask);
        assert_eq!(order[0], 9);
        let mut all = order;
        all.sort_unstable();
        assert!(all.into_iter().eq(0..WIDTH));
    }
}
