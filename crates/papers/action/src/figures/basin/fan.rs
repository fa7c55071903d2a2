//! 256 random starts between the two pins, on their way down together.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};

use super::extrema::{Ends, Extremum, MOMENTUM, Waves, farthest, minima, scaled};
use crate::crowd::{Crowd, Descent};

/// Starts.
pub(super) const COUNT: usize = 256;
/// Points of a path, as in the paper.
pub(super) const POINTS: usize = 100;
/// Adam's rate, the paper's for the pendulum.
const RATE: f64 = 5e-2;
/// A path so near to a minimum everywhere, in radians, has reached it.
const NEAR: f64 = 0.15;
/// When no coordinate moves farther in a step, descent is over.
const REST: f64 = 1e-5;

/// See the module.
pub(super) struct Fan {
    pub(super) ends: Ends,
    /// The minima between the pins.
    pub(super) minima: Vec<Extremum>,
    /// The paths before the first step.
    pub(super) starts: Vec<Vec<f64>>,
    pub(super) crowd: Crowd,
    /// The minimum that each path has reached.
    pub(super) reached: Vec<Option<usize>>,
}

impl Fan {
    /// All starts between `ends`, before the first step.
    pub(super) fn new(ends: Ends, waves: &[Waves], size: f64, adam: bool) -> Self {
        let starts: Vec<Vec<f64>> =
            waves.iter().take(COUNT).map(|waves| ends.path(POINTS, &scaled(waves, size))).collect();
        let descent = if adam { Descent::Adam(RATE) } else { Descent::Smoothed(MOMENTUM) };
        let crowd = Crowd::new(starts.concat(), POINTS, ends.dt(POINTS), descent);
        let mut fan = Self { ends, minima: minima(ends, POINTS), reached: vec![None; starts.len()], starts, crowd };
        fan.look();
        fan
    }

    /// So many steps of all paths, unless they have come to rest.
    pub(super) fn descend(&mut self, steps: u32) {
        if self.rests() {
            return;
        }
        for _ in 0..steps {
            self.crowd.step();
        }
        self.look();
    }

    /// Whether every path stands still.
    pub(super) fn rests(&self) -> bool {
        self.crowd.moved().iter().all(|moved| *moved < REST)
    }

    /// Which minimum each path has reached.
    fn look(&mut self) {
        for (reached, path) in self.reached.iter_mut().zip(self.crowd.paths()) {
            *reached = self.minima.iter().position(|minimum| farthest(&minimum.path, path) < NEAR);
        }
    }

    /// Paths that have reached a minimum.
    pub(super) fn count(&self, minimum: usize) -> usize {
        self.reached.iter().filter(|reached| **reached == Some(minimum)).count()
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.u32(self.crowd.steps());
        for numbers in self.crowd.state() {
            writer.f64s(numbers);
        }
        writer.f64s(self.crowd.moved());
    }

    pub(super) fn restore(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let steps = reader.u32()?;
        let state = [reader.f64s()?, reader.f64s()?, reader.f64s()?];
        let moved = reader.f64s()?;
        if !self.crowd.resume(state, moved, steps) {
            return Err(bad("its paths do not fit."));
        }
        self.look();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::extrema::random_waves;
    use super::*;

    #[test]
    fn adam_brings_every_start_to_a_minimum() {
        let ends = Ends { from_rad: 1.5, to_rad: -1.5, seconds: 80.0 };
        let mut fan = Fan::new(ends, &random_waves(1, COUNT), 1.5, true);
        assert_eq!(fan.minima.len(), 2);
        assert!(fan.count(0) + fan.count(1) < COUNT / 4);
        fan.descend(2500);
        let counts = [fan.count(0), fan.count(1)];
        assert!(counts[0] + counts[1] >= COUNT - 4 && counts.iter().all(|count| *count > COUNT / 8), "{counts:?}");
    }
}
