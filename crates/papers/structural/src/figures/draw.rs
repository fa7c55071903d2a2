//! How a grid looks: its material, voids, supports and loads.

use demo::{Anchor, Color, Palette, Point, Readout, Rect, Scene, Shape, Stroke, Theme, View, format_number};

use super::board::{Board, Support};
use super::load::ARROW;

/// What is said of a value that nothing was computed of so far.
pub(crate) const UNKNOWN: &str = "not yet known";
/// The least arrow that is drawn, and the longest of many.
const SHORTEST: f64 = 1.6;

/// A grid in a rectangle. Points of the grid count cells from its top left, y down.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    view: View,
    cells: [f64; 2],
}

impl Frame {
    /// A grid of so many cells; `view`'s world has y up and begins at the lower left corner of the grid.
    pub(crate) fn new(view: View, [width, height]: [usize; 2]) -> Self {
        Self { view, cells: [width as f64, height as f64] }
    }

    /// A point of the grid in figure units.
    pub(crate) fn at(&self, [x, y]: Point) -> Point {
        self.view.figure_from_world([x, self.cells[1] - y])
    }

    /// Figure units of a cell.
    pub(crate) fn scale(&self) -> f64 {
        self.view.scale()[0]
    }

    /// The grid's rectangle.
    pub(crate) fn rect(&self) -> Rect {
        let ([x, y], [right, bottom]) = (self.at([0.0, 0.0]), self.at(self.cells));
        Rect { x, y, width: right - x, height: bottom - y }
    }

    /// The ground that may be built on.
    pub(crate) fn ground(&self, scene: &mut Scene) {
        scene.fill(self.rect(), Color::Grid.alpha(0.35));
    }

    /// Densities as material of a colour: the denser, the more solid.
    pub(crate) fn material(&self, scene: &mut Scene, density: &[f64], columns: usize, rows: usize, color: Color) {
        let [r, g, b] = between_themes(color);
        let pixel = |x: &f64| [r, g, b, (x.clamp(0.0, 1.0) * 255.0) as u8];
        let rgba = density.iter().flat_map(pixel).collect();
        scene.push(Shape::Image { rect: self.rect(), columns, rows, rgba, smooth: false });
    }

    /// Cells where nothing may be built.
    pub(crate) fn voids(&self, scene: &mut Scene, voids: &[bool]) {
        let width = self.cells[0] as usize;
        for (row, cells) in voids.chunks(width.max(1)).enumerate() {
            let mut column = 0;
            while column < width {
                let length = cells[column..].iter().take_while(|void| **void).count();
                if length > 0 {
                    let ([x, y], [right, bottom]) =
                        (self.at([column as f64, row as f64]), self.at([(column + length) as f64, row as f64 + 1.0]));
                    scene.fill(Rect { x, y, width: right - x, height: bottom - y }, Color::Muted.alpha(0.55));
                }
                column += length.max(1);
            }
        }
    }

    /// Triangles for pins, rings for rollers.
    pub(crate) fn supports(&self, scene: &mut Scene, board: &Board) {
        let size = (1.1 * self.scale()).clamp(2.5, 7.0);
        for (at, support) in board.supports.iter().enumerate() {
            let (i, j) = (at % (board.width + 1), at / (board.width + 1));
            let [x, y] = self.at([i as f64, j as f64]);
            match support {
                Support::Free => {}
                Support::Pin => {
                    let foot = y + 1.5 * size;
                    scene.polygon([[x, y], [x - size, foot], [x + size, foot]], Color::Ink);
                }
                Support::Level => scene.ring([x, y + size], size * 0.8, Stroke::new(Color::Ink, 1.2)),
                Support::Upright => {
                    let side = if i == 0 { -size } else { size };
                    scene.ring([x + side, y], size * 0.8, Stroke::new(Color::Ink, 1.2));
                }
            }
        }
    }

    /// Small arrows for painted loads, a large one for the load that is dragged.
    pub(crate) fn loads(&self, scene: &mut Scene, board: &Board, mirrored: bool) {
        let largest = board.loads.iter().map(|[x, y]| math::ops::hypot(*x, *y)).fold(0.0, f64::max);
        let mut arrows = Vec::new();
        for (at, force) in board.loads.iter().enumerate().filter(|(_, force)| **force != [0.0; 2]) {
            let (i, j) = ((at % (board.width + 1)) as f64, (at / (board.width + 1)) as f64);
            // Of a dense row every third is enough to be seen.
            let neighbour = at > 0 && board.loads[at - 1] != [0.0; 2];
            if neighbour && !(at % (board.width + 1)).is_multiple_of(3) {
                continue;
            }
            let length = (ARROW * math::ops::hypot(force[0], force[1])).max(SHORTEST) / largest.max(1e-300);
            let reach = force.map(|part| part * length.min(3.0 / largest));
            arrows.push([self.at([i - reach[0], j - reach[1]]), self.at([i, j])]);
        }
        scene.arrows(arrows, Stroke::new(Color::Muted, 1.2), 3.5);
        let foot = board.foot.map(|count| count as f64);
        self.large_load(scene, foot, board.force);
        if mirrored {
            self.large_load(scene, [board.width as f64 - foot[0], foot[1]], [-board.force[0], board.force[1]]);
        }
    }

    /// An arrow at its foot.
    pub(crate) fn large_load(&self, scene: &mut Scene, foot: Point, force: Point) {
        let tip = [foot[0] + ARROW * force[0], foot[1] + ARROW * force[1]];
        let (from, to) = (self.at(foot), self.at(tip));
        scene.arrows([[from, to]], Stroke::new(Color::Paper, 5.0), 9.0);
        scene.arrows([[from, to]], Stroke::new(Color::Ink, 2.4), 8.0);
        scene.circle(from, 4.2, Color::Paper);
        scene.circle(from, 3.0, Color::Ink);
    }
}

/// A colour that reads on light and dark ground: an image does not follow the theme, its pixels are the middle of both.
fn between_themes(color: Color) -> [u8; 3] {
    let (light, dark) = (Palette::new(Theme::Light).rgb(color), Palette::new(Theme::Dark).rgb(color));
    std::array::from_fn(|channel| light[channel].midpoint(dark[channel]))
}

/// A design as large as fits into a room, at its upper left; gives where it lies.
pub(crate) fn design(scene: &mut Scene, room: Rect, density: &[f64], columns: usize, color: Color) -> Rect {
    let rows = density.len() / columns.max(1);
    let scale = (room.width / columns as f64).min(room.height / rows as f64);
    let rect = Rect { width: columns as f64 * scale, height: rows as f64 * scale, ..room };
    pixels(scene, rect, density.iter().map(|x| (x.clamp(0.0, 1.0) * 255.0) as u8), [columns, rows], color);
    rect
}

/// A design of so many columns and rows, 255 where it is solid, that fills a rectangle.
pub(crate) fn pixels(
    scene: &mut Scene,
    rect: Rect,
    solid: impl Iterator<Item = u8>,
    [columns, rows]: [usize; 2],
    color: Color,
) {
    scene.fill(rect, Color::Grid.alpha(0.35));
    let [r, g, b] = between_themes(color);
    let rgba = solid.flat_map(|alpha| [r, g, b, alpha]).collect();
    scene.push(Shape::Image { rect, columns, rows, rgba, smooth: false });
}

/// A compliance with a tick once it was checked.
pub(crate) fn value(compliance: f64, digits: usize, checked: bool) -> String {
    let tick = if checked { " \u{2713}" } else { "" };
    format!("{}{tick}", format_number(compliance, digits))
}

/// A readout of a compliance and whether it was checked, once it is known.
pub(crate) fn compliance(id: &str, label: &str, known: Option<(f64, bool)>) -> Readout {
    let text = known.map_or_else(|| UNKNOWN.into(), |(compliance, checked)| value(compliance, 6, checked));
    Readout { number: known.map(|(compliance, _)| compliance), ..Readout::text(id, label, text) }
}

/// Words over a rectangle, broken into lines that fit.
pub(crate) fn notice(scene: &mut Scene, over: Rect, words: &str) {
    const SIZE: f64 = 14.0;
    const LINE: f64 = 19.0;
    let letters = ((over.width - 24.0) / (0.54 * SIZE)).max(12.0) as usize;
    let lines = wrapped(words, letters);
    let height = LINE * lines.len() as f64 + 16.0;
    let [x, y] = over.center();
    let plate = Rect { x: over.x, y: y - height / 2.0, width: over.width, height };
    scene.fill(plate, Color::Paper.alpha(0.92));
    for (at, line) in lines.into_iter().enumerate() {
        let baseline = plate.y + 8.0 + LINE * at as f64 + 14.0;
        scene.heading([x, baseline], line, SIZE, Anchor::Middle, Color::Ink);
    }
}

fn wrapped(words: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_between_them() {
        assert_eq!(wrapped("add a support there", 9), ["add a", "support", "there"]);
        assert_eq!(wrapped("unbreakable", 3), ["unbreakable"]);
    }
}
