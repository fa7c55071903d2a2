//! The basin map: for every end angle and duration, which minimum do most of the random starts reach?
//!
//! It is filled from coarse to fine; a cell that is not known yet shows the nearest coarser one.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};

use super::extrema::{Ends, Kind, MOMENTUM, SECONDS, STILL, Waves, scaled};
use crate::crowd::{Crowd, Descent};

/// Cells along the end angle, and along the duration.
pub(super) const COLUMNS: usize = 48;
pub(super) const ROWS: usize = 32;
/// The first pass knows one cell in a square of so many.
const COARSEST: usize = 8;
/// Starts of a cell, the first of the figure's.
pub(super) const STARTS: usize = 16;
/// Points of a cell's paths.
const POINTS: usize = 33;
/// Smoothed steps of a cell at most.
const STEPS: u32 = 100;
/// End angles on show, to either side, in radians.
pub(super) const REACH_RAD: f64 = 1.75 * std::f64::consts::PI;

/// How many of a cell's starts reach each of [`Kind::ALL`]; the rest is still on its way after the last step.
pub(super) type Tally = [u8; 4];

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Map {
    cells: Vec<Option<Tally>>,
    /// Cells in the order in which they are filled.
    order: Vec<usize>,
    done: usize,
}

impl Map {
    /// Nothing known.
    pub(super) fn new() -> Self {
        Self { cells: vec![None; COLUMNS * ROWS], order: coarse_to_fine(), done: 0 }
    }

    /// Everything forgotten.
    pub(super) fn clear(&mut self) {
        self.cells.fill(None);
        self.done = 0;
    }

    /// Cells known.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Fills the next cells until so many steps of a cell's paths are spent, for paths from `from_rad` and starts of this
    /// size. The last cell may overdraw by [`STEPS`].
    pub(super) fn work(&mut self, steps: u32, from_rad: f64, waves: &[Waves], size: f64) {
        let mut spent = 0;
        while spent < steps {
            let Some(index) = self.order.get(self.done).copied() else { return };
            let [to_rad, seconds] = centre(index);
            let (tally, made) = tally(Ends { from_rad, to_rad, seconds }, waves, size);
            self.cells[index] = Some(tally);
            self.done += 1;
            spent += made;
        }
    }

    /// The tally of a cell, or of the nearest coarser one.
    pub(super) fn at(&self, column: usize, row: usize) -> Option<Tally> {
        let mut stride = 1;
        while stride <= COARSEST {
            let cell = self.cells[(row - row % stride) * COLUMNS + column - column % stride];
            if cell.is_some() {
                return cell;
            }
            stride *= 2;
        }
        None
    }

    /// End angle in radians, seconds and tally of every known cell.
    pub(super) fn known(&self) -> Vec<([f64; 2], Tally)> {
        self.cells.iter().enumerate().filter_map(|(index, cell)| Some((centre(index), (*cell)?))).collect()
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        let known = self.order.iter().take(self.done).filter_map(|index| self.cells[*index]);
        writer.bytes(known.flatten().collect::<Vec<_>>().as_slice());
    }

    pub(super) fn restore(reader: &mut Reader) -> Result<Self, Error> {
        let (tallies, rest) = reader.bytes()?.as_chunks::<4>();
        let mut map = Self::new();
        if !rest.is_empty() || tallies.len() > map.order.len() {
            return Err(bad("its map is damaged."));
        }
        for (tally, index) in tallies.iter().zip(&map.order) {
            map.cells[*index] = Some(*tally);
        }
        map.done = tallies.len();
        Ok(map)
    }
}

/// The corners of squares of [`COARSEST`] cells first, then those of half the size, and so on.
fn coarse_to_fine() -> Vec<usize> {
    let mut order = Vec::with_capacity(COLUMNS * ROWS);
    let mut stride = COARSEST;
    while stride >= 1 {
        for row in (0..ROWS).step_by(stride) {
            for column in (0..COLUMNS).step_by(stride) {
                let known = stride < COARSEST && row % (2 * stride) == 0 && column % (2 * stride) == 0;
                if !known {
                    order.push(row * COLUMNS + column);
                }
            }
        }
        stride /= 2;
    }
    order
}

/// End angle and seconds of a cell's middle; rows go up in time.
fn centre(index: usize) -> [f64; 2] {
    let [column, row] = [index % COLUMNS, index / COLUMNS].map(|index| index as f64 + 0.5);
    let to_rad = REACH_RAD * (2.0 * column / COLUMNS as f64 - 1.0);
    [to_rad, SECONDS[0] + (SECONDS[1] - SECONDS[0]) * row / ROWS as f64]
}

/// The tally of one cell, and the steps that it took.
fn tally(ends: Ends, waves: &[Waves], size: f64) -> (Tally, u32) {
    let starts = waves.iter().take(STARTS).flat_map(|waves| ends.path(POINTS, &scaled(waves, size))).collect();
    let mut crowd = Crowd::new(starts, POINTS, ends.dt(POINTS), Descent::Smoothed(MOMENTUM));
    while crowd.steps() < STEPS && !crowd.moved().iter().all(|moved| *moved < STILL) {
        crowd.step();
    }
    let mut tally = Tally::default();
    for (path, _) in crowd.paths().zip(crowd.moved()).filter(|(_, moved)| **moved < 10.0 * STILL) {
        if let Some(at) = Kind::of(path).and_then(|kind| Kind::ALL.iter().position(|known| *known == kind)) {
            tally[at] += 1;
        }
    }
    (tally, crowd.steps())
}

/// One cell as the hot path that the bench times.
pub(crate) fn bench_cell(round: u32) -> f64 {
    let waves = super::extrema::random_waves(1, STARTS);
    let ends = Ends { from_rad: 1.57, to_rad: -2.0 - 1e-9 * f64::from(round), seconds: 120.0 };
    tally(ends, &waves, 1.5).0.iter().map(|count| f64::from(*count)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::extrema::random_waves;
    use super::*;

    #[test]
    fn every_cell_is_filled_once_and_coarse_ones_stand_in() {
        let mut order = coarse_to_fine();
        order.sort_unstable();
        assert!(order.into_iter().eq(0..COLUMNS * ROWS));
        let mut map = Map::new();
        assert_eq!(map.at(5, 5), None);
        while map.done() < COLUMNS * ROWS / COARSEST / COARSEST {
            map.work(1, 1.5, &random_waves(1, STARTS), 1.5);
        }
        assert!((0..COLUMNS).all(|column| (0..ROWS).all(|row| map.at(column, row).is_some())));
    }

    #[test]
    fn it_is_saved_and_restored() {
        let mut map = Map::new();
        map.work(300, 1.5, &random_waves(1, STARTS), 1.5);
        let mut writer = Writer::new("test", 1);
        map.save(&mut writer);
        let bytes = writer.finish();
        assert_eq!(Map::restore(&mut Reader::new(&bytes, "test", 1).unwrap()).unwrap(), map);
    }

    #[test]
    fn a_cell_tells_what_a_long_descent_tells() {
        let waves = random_waves(3, STARTS);
        let (mut agree, mut all) = (0, 0);
        for (to_rad, seconds) in [(1.5, 60.0), (-1.5, 90.0), (-0.5, 120.0), (2.5, 90.0), (-4.0, 110.0), (4.5, 150.0)] {
            let ends = Ends { from_rad: 1.5, to_rad, seconds };
            let starts = waves.iter().flat_map(|waves| ends.path(100, &scaled(waves, 1.5))).collect();
            let mut crowd = Crowd::new(starts, 100, ends.dt(100), Descent::Smoothed(0.0));
            (0..4000).for_each(|_| crowd.step());
            let mut expected = Tally::default();
            for kind in crowd.paths().filter_map(Kind::of) {
                expected[Kind::ALL.iter().position(|known| *known == kind).unwrap()] += 1;
            }
            let (ours, _) = tally(ends, &waves, 1.5);
            agree += ours.iter().zip(expected).map(|(a, b)| u32::from((*a).min(b))).sum::<u32>();
            all += STARTS as u32;
        }
        assert!(f64::from(agree) >= 0.93 * f64::from(all), "{agree} of {all}");
    }
}
