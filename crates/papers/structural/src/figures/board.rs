//! What a visitor paints on: a grid of coarse cells with supports, voids and loads, in a frame whose y points down.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};

use crate::problem::Problem;
use crate::tasks::problem_of;

/// What holds a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Support {
    /// Nothing.
    #[default]
    Free,
    /// It cannot move sideways.
    Upright,
    /// It cannot move up and down.
    Level,
    /// It cannot move.
    Pin,
}

const SUPPORTS: [Support; 4] = [Support::Free, Support::Upright, Support::Level, Support::Pin];

impl Support {
    fn of(x: bool, y: bool) -> Self {
        SUPPORTS[usize::from(x) + 2 * usize::from(y)]
    }

    /// Whether x and y are fixed.
    pub(crate) fn fixes(self) -> [bool; 2] {
        [matches!(self, Self::Upright | Self::Pin), matches!(self, Self::Level | Self::Pin)]
    }
}

/// What a pointer paints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Brush {
    /// Nodes that cannot move.
    #[default]
    Pin,
    /// Nodes that cannot move up and down.
    Roller,
    /// Small loads, downwards.
    Load,
    /// Where no material may be.
    Void,
    /// Takes away whatever was painted.
    Eraser,
}

/// A painted load, downwards.
const PAINTED_LOAD: f64 = 0.1;
/// Cells around the pointer that a void or an eraser takes.
const REACH: f64 = 1.6;

/// A problem as painted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Board {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Row-major over nodes, `(width + 1) * (height + 1)`.
    pub(crate) supports: Vec<Support>,
    /// Painted forces on nodes, x and y.
    pub(crate) loads: Vec<[f64; 2]>,
    /// Row-major over cells.
    pub(crate) voids: Vec<bool>,
    /// Where the large load acts, column and row of its node, and its force.
    pub(crate) foot: [usize; 2],
    pub(crate) force: [f64; 2],
}

impl Board {
    /// The bridge that the figure begins with: a loaded deck between two banks, and a load that can be dragged along it.
    pub(crate) fn bridge() -> Self {
        let mut board = Self::empty(64, 32);
        for i in [0, 1, 2, 62, 63, 64] {
            board.supports[32 * 65 + i] = Support::Pin;
        }
        (0..=64).for_each(|i| board.loads[26 * 65 + i] = [0.0, 1.0 / 65.0]);
        board.foot = [42, 26];
        board.force = [0.0, 0.3];
        board
    }

    /// Nothing but the large load.
    pub(crate) fn empty(width: usize, height: usize) -> Self {
        let nodes = (width + 1) * (height + 1);
        Self {
            width,
            height,
            supports: vec![Support::Free; nodes],
            loads: vec![[0.0; 2]; nodes],
            voids: vec![false; width * height],
            foot: [width / 2, height / 2],
            force: [0.0, 1.0],
        }
    }

    /// One of the paper's families at a size; none where there is no such family. The paper's loads point up in its frame:
    /// they are turned round, which compliance does not tell. The first load becomes the large one.
    pub(crate) fn of_family(family: &str, width: usize, height: usize) -> Option<Self> {
        let problem = problem_of(family, width, height, 0.5)?;
        let mut board = Self::empty(width, height);
        board.force = [0.0; 2];
        for (i, j) in (0..=width).flat_map(|i| (0..=height).map(move |j| (i, j))) {
            let (at, x) = (board.node(i, j), problem.freedom(i, j, 0));
            board.supports[at] = Support::of(problem.fixed[x], problem.fixed[x + 1]);
            let force = [0.0 - problem.forces[x], 0.0 - problem.forces[x + 1]];
            if board.force == [0.0; 2] && force != [0.0; 2] {
                (board.foot, board.force) = ([i, j], force);
            } else {
                board.loads[at] = force;
            }
        }
        board.voids = problem.mask.iter().map(|designable| !designable).collect();
        Some(board)
    }

    /// The number of a node.
    pub(crate) fn node(&self, i: usize, j: usize) -> usize {
        j * (self.width + 1) + i
    }

    /// The problem on a grid `fine` times as fine, with everything painted mirrored at the middle if `mirrored`.
    pub(crate) fn problem(&self, fine: usize, volume: f64, mirrored: bool) -> Problem {
        let mut problem = Problem::new(self.width * fine, self.height * fine, volume);
        for (i, j) in (0..=self.width).flat_map(|i| (0..=self.height).map(move |j| (i, j))) {
            let at = self.node(i, j);
            let [x, y] = self.supports[at].fixes();
            problem.fix(i * fine, j * fine, x, y);
            self.fill_between(&mut problem, fine, [i, j], [x, y]);
            let freedom = problem.freedom(i * fine, j * fine, 0);
            problem.forces[freedom] += self.loads[at][0];
            problem.forces[freedom + 1] += self.loads[at][1];
        }
        let [i, j] = self.foot;
        let mut feet = vec![([i, j], self.force)];
        if mirrored && self.width - i != i {
            feet.push(([self.width - i, j], [-self.force[0], self.force[1]]));
        }
        for ([i, j], force) in feet {
            let freedom = problem.freedom(i * fine, j * fine, 0);
            problem.forces[freedom] += force[0];
            problem.forces[freedom + 1] += force[1];
        }
        let columns = self.width * fine;
        for (at, designable) in problem.mask.iter_mut().enumerate() {
            *designable = !self.voids[at / columns / fine * self.width + at % columns / fine];
        }
        problem
    }

    /// On a finer grid a row of supports stays a row: nodes between two held neighbours are held, too.
    fn fill_between(&self, problem: &mut Problem, fine: usize, [i, j]: [usize; 2], [x, y]: [bool; 2]) {
        for (di, dj) in [(1, 0), (0, 1)] {
            if i + di > self.width || j + dj > self.height {
                continue;
            }
            let [x2, y2] = self.supports[self.node(i + di, j + dj)].fixes();
            (1..fine).for_each(|step| problem.fix(i * fine + step * di, j * fine + step * dj, x && x2, y && y2));
        }
    }

    /// Paints along a line from one point to another, in cells from the top left; mirrored too if asked for. Gives whether
    /// anything changed.
    pub(crate) fn paint(&mut self, brush: Brush, from: [f64; 2], to: [f64; 2], mirrored: bool) -> bool {
        let before = self.clone();
        let length = math::ops::hypot(to[0] - from[0], to[1] - from[1]);
        let steps = (2.0 * length).ceil().clamp(1.0, 1000.0);
        for step in 0..=steps as usize {
            let share = step as f64 / steps;
            let at = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
            self.dab(brush, at);
            if mirrored {
                self.dab(brush, [self.width as f64 - at[0], at[1]]);
            }
        }
        *self != before
    }

    fn dab(&mut self, brush: Brush, [x, y]: [f64; 2]) {
        let node = |value: f64, most: usize| value.round().clamp(0.0, most as f64) as usize;
        let at = self.node(node(x, self.width), node(y, self.height));
        match brush {
            Brush::Pin => self.supports[at] = Support::Pin,
            Brush::Roller => self.supports[at] = Support::Level,
            Brush::Load => self.loads[at] = [0.0, PAINTED_LOAD],
            Brush::Void => self.set_void([x, y], true),
            Brush::Eraser => {
                self.set_void([x, y], false);
                for (at, (support, load)) in self.supports.iter_mut().zip(&mut self.loads).enumerate() {
                    let (i, j) = (at % (self.width + 1), at / (self.width + 1));
                    if math::ops::hypot(i as f64 - x, j as f64 - y) <= REACH {
                        (*support, *load) = (Support::Free, [0.0; 2]);
                    }
                }
            }
        }
    }

    fn set_void(&mut self, [x, y]: [f64; 2], void: bool) {
        let width = self.width;
        for (at, cell) in self.voids.iter_mut().enumerate() {
            let (column, row) = ((at % width) as f64 + 0.5, (at / width) as f64 + 0.5);
            if math::ops::hypot(column - x, row - y) <= REACH {
                *cell = void;
            }
        }
    }

    /// Writes it.
    pub(crate) fn save(&self, writer: &mut Writer) {
        for count in [self.width, self.height, self.foot[0], self.foot[1]] {
            writer.count(count);
        }
        let number = |support: &Support| SUPPORTS.iter().position(|one| one == support).unwrap_or_default() as u8;
        writer.bytes(&self.supports.iter().map(number).collect::<Vec<_>>());
        writer.points(&self.loads);
        writer.bytes(&self.voids.iter().map(|void| u8::from(*void)).collect::<Vec<_>>());
        writer.points(&[self.force]);
    }

    /// What [`Self::save`] wrote.
    pub(crate) fn restore(reader: &mut Reader) -> Result<Self, Error> {
        let [width, height, i, j] = [reader.count()?, reader.count()?, reader.count()?, reader.count()?];
        let supports: Option<Vec<Support>> =
            reader.bytes()?.iter().map(|number| SUPPORTS.get(usize::from(*number)).copied()).collect();
        let (loads, voids) = (reader.points()?, reader.bytes()?.iter().map(|void| *void != 0).collect::<Vec<_>>());
        let force = reader.points()?;
        let nodes = width.saturating_add(1).saturating_mul(height.saturating_add(1));
        let (Some(supports), [force]) = (supports, force.as_slice()) else {
            return Err(bad("its board is unreadable."));
        };
        let fits = supports.len() == nodes && loads.len() == nodes && voids.len() == width * height;
        if !fits || width > 512 || height > 512 || i > width || j > height {
            return Err(bad("its board has another size."));
        }
        Ok(Self { width, height, supports, loads, voids, foot: [i, j], force: *force })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bridge_and_the_families_are_sound() {
        assert_eq!(Board::bridge().problem(1, 0.3, false).check(), Ok(()));
        assert_eq!(Board::bridge().problem(2, 0.3, true).check(), Ok(()));
        let board = Board::of_family("mbb_beam", 60, 20).unwrap();
        let (ours, paper) = (board.problem(1, 0.5, false), problem_of("mbb_beam", 60, 20, 0.5).unwrap());
        assert_eq!((&ours.fixed, &ours.mask), (&paper.fixed, &paper.mask));
        assert!(ours.forces.iter().zip(&paper.forces).all(|(ours, paper)| *ours == -paper));
        assert!(Board::of_family("nothing", 8, 8).is_none());
    }

    #[test]
    fn a_finer_grid_keeps_rows_of_supports() {
        let fine = Board::of_family("mbb_beam", 60, 20).unwrap().problem(2, 0.5, false);
        let paper = problem_of("mbb_beam", 120, 40, 0.5).unwrap();
        assert_eq!(fine.fixed, paper.fixed);
    }

    #[test]
    fn brushes_paint_and_the_eraser_takes_away() {
        let mut board = Board::empty(16, 8);
        assert!(board.paint(Brush::Pin, [0.2, 8.0], [3.1, 8.0], true));
        assert_eq!(board.supports.iter().filter(|support| **support == Support::Pin).count(), 8);
        assert!(!board.paint(Brush::Pin, [0.2, 8.0], [3.1, 8.0], true));
        assert!(board.paint(Brush::Void, [8.0, 4.0], [8.0, 4.0], false));
        assert!(board.voids.iter().filter(|void| **void).count() >= 4);
        assert!(board.paint(Brush::Load, [5.0, 1.0], [5.0, 1.0], false));
        for x in 0..=16 {
            board.paint(Brush::Eraser, [f64::from(x), 0.0], [f64::from(x), 8.0], false);
        }
        let empty = Board::empty(16, 8);
        assert_eq!((board.supports, board.voids, board.loads), (empty.supports, empty.voids, empty.loads));
    }

    #[test]
    fn it_is_saved_and_restored() {
        let mut board = Board::bridge();
        board.paint(Brush::Void, [8.0, 4.0], [20.0, 4.0], false);
        let mut writer = Writer::new("test", 1);
        board.save(&mut writer);
        let bytes = writer.finish();
        assert_eq!(Board::restore(&mut Reader::new(&bytes, "test", 1).unwrap()), Ok(board));
    }
}
