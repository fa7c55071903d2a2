//! Task 5: frames of `OpenAI` Gym's `Pendulum-v0`, swinging freely by less than 30 degrees at the start.
//!
//! The starts are the ones that the authors' code draws (gym seeds numpy's generator with a hash of the seed). The frames
//! are computed, since the authors captured theirs from a screen; see [`camera`] for what is drawn and how it is scaled.

pub mod camera;

use std::f64::consts::{FRAC_PI_6, PI};
use std::ops::Range;

use math::npz::{Array, Values, npz};
use math::ops::cos;
use math::random::Mt19937;
use physics::systems::GymPendulum;
use sha2::{Digest, Sha512};

pub use camera::{FRAME, SIDE, rod};

use super::DataError;

/// Values of an input: two successive frames.
pub const PAIR: usize = 2 * FRAME;
/// Frames of a trial that differences use up.
const LOST: usize = 3;

/// What the authors' `sample_gym` takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Seed of the environment.
    pub seed: u32,
    /// Number of trials.
    pub trials: usize,
    /// Frames of each; three fewer make rows.
    pub frames: usize,
}

impl Settings {
    /// The paper's 200 trials of 103 frames.
    pub fn paper(seed: u32) -> Self {
        Self { seed, trials: 200, frames: 103 }
    }
}

/// Frames of swinging pendulums and the truth about them.
///
/// Row k of a trial pairs its frames k + 1 and k + 2; the next input pairs k + 2 and k + 3.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelSet {
    /// Frames in each trial.
    frames_per_trial: usize,
    /// `[trials * frames_per_trial, FRAME]`, values from 0 (ground) to 0.5 (rod).
    frames: Vec<f32>,
    /// `[trials * frames_per_trial]`: angle and momentum one step after each frame.
    coords: Vec<[f64; 2]>,
}

/// Lets the pendulums swing and draws their frames.
pub fn generate(settings: Settings) -> PixelSet {
    let mut random = Mt19937::from_key(&environment_key(settings.seed));
    let count = settings.trials * settings.frames;
    let mut frames = vec![0.0; count * FRAME];
    let mut coords = Vec::with_capacity(count);
    let mut state = [0.0; 2];
    for (index, frame) in frames.chunks_exact_mut(FRAME).enumerate() {
        if index % settings.frames == 0 {
            state = reset(&mut random);
        }
        camera::draw(GymPendulum::angle_from_bottom(state[0]), frame);
        GymPendulum.step(&mut state);
        coords.push(canonical(state));
    }
    PixelSet { frames_per_trial: settings.frames, frames, coords }
}

/// The angle from the bottom in radians and the momentum that the paper scores with: a quarter of the angular velocity.
/// `state` is the environment's: angle from upright, angular velocity.
pub fn canonical(state: [f64; 2]) -> [f64; 2] {
    [GymPendulum::angle_from_bottom(state[0]), 0.25 * state[1]]
}

/// The energy by which the paper scores this task, `1.9 (1 - cos q) + p^2`; the exact coefficient is 15/8.
pub fn energy(coords: [f64; 2]) -> f64 {
    1.9 * (1.0 - cos(coords[0])) + coords[1] * coords[1]
}

impl PixelSet {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.coords.len() / self.frames_per_trial.max(1) * self.rows_per_trial()
    }

    /// The first fifth of the rows, to test on.
    pub fn test_rows(&self) -> Range<usize> {
        0..(self.rows() as f64 * 0.2) as usize
    }

    /// The other rows, to train on.
    pub fn train_rows(&self) -> Range<usize> {
        self.test_rows().end..self.rows()
    }

    /// Two successive frames, `[PAIR]`. A row beyond [`PixelSet::rows`] panics, as indexing does.
    pub fn input(&self, row: usize) -> &[f32] {
        self.pair(self.first_frame(row))
    }

    /// The input one frame later, `[PAIR]`.
    pub fn next_input(&self, row: usize) -> &[f32] {
        self.pair(self.first_frame(row) + 1)
    }

    /// Angle from the bottom (radians) and a quarter of the angular velocity. As in the authors' data these belong to the
    /// moment one frame after the later frame of [`PixelSet::input`].
    pub fn coords(&self, row: usize) -> [f64; 2] {
        self.coords[self.first_frame(row) + 1]
    }

    /// The bytes of an `.npz` file: `x` and `test_x` (pairs of frames), `dx` and `test_dx` (each less the pair one
    /// frame earlier, the authors' `dpixels`), `coords` and `test_coords`; all in f32.
    pub fn to_npz(&self) -> Result<Vec<u8>, DataError> {
        let [train, test] = [self.train_rows(), self.test_rows()].map(|rows| Arrays::new(self, rows));
        let members = [train.named(["x", "dx", "coords"]), test.named(["test_x", "test_dx", "test_coords"])];
        Ok(npz(members.as_flattened())?)
    }

    fn rows_per_trial(&self) -> usize {
        self.frames_per_trial.saturating_sub(LOST)
    }

    /// Index of the earlier frame of a row.
    fn first_frame(&self, row: usize) -> usize {
        let per_trial = self.rows_per_trial();
        row / per_trial * self.frames_per_trial + row % per_trial + 1
    }

    /// A frame and the one after it lie side by side.
    fn pair(&self, frame: usize) -> &[f32] {
        &self.frames[frame * FRAME..frame * FRAME + PAIR]
    }
}

/// What a file holds of some rows.
struct Arrays {
    pair_shape: [usize; 2],
    coords_shape: [usize; 2],
    x: Vec<f32>,
    dx: Vec<f32>,
    coords: Vec<f32>,
}

impl Arrays {
    fn new(set: &PixelSet, rows: Range<usize>) -> Self {
        let count = rows.len();
        let mut arrays = Self {
            pair_shape: [count, PAIR],
            coords_shape: [count, 2],
            x: Vec::with_capacity(count * PAIR),
            dx: Vec::with_capacity(count * PAIR),
            coords: Vec::with_capacity(count * 2),
        };
        for row in rows {
            let before = set.pair(set.first_frame(row) - 1);
            arrays.x.extend_from_slice(set.input(row));
            arrays.dx.extend(set.input(row).iter().zip(before).map(|(now, then)| now - then));
            arrays.coords.extend(set.coords(row).map(|value| value as f32));
        }
        arrays
    }

    fn named<'a>(&'a self, [x, dx, coords]: [&'a str; 3]) -> [Array<'a>; 3] {
        [
            Array { name: x, shape: &self.pair_shape, values: Values::F32(&self.x) },
            Array { name: dx, shape: &self.pair_shape, values: Values::F32(&self.dx) },
            Array { name: coords, shape: &self.coords_shape, values: Values::F32(&self.coords) },
        ]
    }
}

/// The list with which gym 0.12.1 seeds numpy: the first 8 bytes of the SHA-512 of the seed in decimal, as two words.
fn environment_key(seed: u32) -> Vec<u32> {
    let hash = Sha512::digest(seed.to_string());
    let words: [u32; 2] = [0, 4].map(|at| u32::from_le_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]));
    let used = words.iter().rposition(|word| *word != 0).map_or(1, |last| last + 1);
    words[..used].to_vec()
}

/// The environment's resets until one starts within 30 degrees of the bottom.
fn reset(random: &mut Mt19937) -> [f64; 2] {
    loop {
        let state = [random.uniform(-PI, PI), random.uniform(-1.0, 1.0)];
        let angle = GymPendulum::angle_from_bottom(state[0]).abs();
        if angle > 0.0 && angle < FRAC_PI_6 {
            return state;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::testing::check;

    fn three_trials(seed: u32) -> PixelSet {
        generate(Settings { trials: 3, ..Settings::paper(seed) })
    }

    #[test]
    fn motion_is_the_authors() {
        // The recipe of the module in numpy 2.4.6 with gym's seeding: coordinates of frames 0 and 2 of the first trial and 101
        // of the third, and the sum of all absolute values; seeds 0 and 7.
        let cases = [
            (
                0,
                [0.37553269975746373, 0.16989196512543558, 0.4015253595032715, 0.028840363280863132],
                [0.3381887530905474, 0.010800370935616768],
                143.49385162192368,
            ),
            (
                7,
                [0.23914860237673308, 0.19127669233291086, 0.28794464468219916, 0.0971176839815168],
                [0.27510508468930217, -0.3253713489375255],
                153.73636643798523,
            ),
        ];
        for (seed, first, last, sum) in cases {
            let set = three_trials(seed);
            check(&[set.coords[0], set.coords[2]].concat(), &first, 1e-13);
            check(&set.coords[2 * 103 + 101], &last, 1e-12);
            check(&[set.coords.iter().flatten().map(|value| value.abs()).sum()], &[sum], 1e-9);
        }
    }

    #[test]
    fn rows_pair_frames_of_one_trial() {
        let set = three_trials(0);
        assert_eq!((set.rows(), set.test_rows(), set.train_rows()), (300, 0..60, 60..300));
        for row in [0, 99, 100, 299] {
            let frame = row / 100 * 103 + row % 100 + 1;
            assert_eq!(set.input(row)[FRAME..], set.next_input(row)[..FRAME]);
            let shown = set.coords[frame - 1][0];
            let drawn = rod(shown);
            assert!(set.input(row)[..FRAME].iter().zip(&drawn).all(|(a, b)| (a - b).abs() < 1e-6), "row {row}");
            check(&set.coords(row), &set.coords[frame + 1], 0.0);
        }
    }

    #[test]
    fn scored_energy_stays_within_the_error_of_the_environments_integrator() {
        // Semi-implicit Euler lets the energy swing by half a step times the frequency, 0.05 sqrt(15) / 2 = 0.097; the score's
        // coefficient is 1.3% off the exact one.
        let set = three_trials(3);
        for trial in set.coords.chunks(103) {
            let energies: Vec<f64> = trial.iter().map(|coords| energy(*coords)).collect();
            let mean = math::stats::mean(&energies);
            assert!(energies.iter().all(|energy| (energy - mean).abs() < 0.11 * mean), "{energies:?}");
        }
    }

    #[test]
    fn file_has_both_parts() {
        let bytes = generate(Settings { seed: 0, trials: 1, frames: 8 }).to_npz().unwrap();
        // One test row, four to train on; two pairs and two coordinates each, f32.
        assert!(bytes.len() > 5 * (2 * PAIR + 2) * 4);
        let names = ["x.npy", "dx.npy", "coords.npy", "test_x.npy", "test_dx.npy", "test_coords.npy"];
        assert!(names.iter().all(|name| bytes.windows(name.len()).any(|window| window == name.as_bytes())));
    }
}
