//! The paper's data sets, draw for draw as the authors' code makes them with numpy and `SciPy`.
//!
//! Start at [`generate`] for a task as the paper has it and at [`npz_bytes`] for the same as a file that numpy reads; the
//! modules take other numbers of trajectories and other noise. [`recorded::parse`] reads the one data set that was
//! measured, [`pixels::generate`] makes the one whose rows are pictures. This module must not know of networks or files.

pub mod orbits;
pub mod pixels;
pub mod recorded;
pub mod trajectories;

use math::npz::{Array, NpzError, Values, npz};
use physics::dormand_prince::SolveError;

use crate::task::Task;

/// States and their rates of change, split into the rows to train on and the rows to test on.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Length d of a state.
    pub dimension: usize,
    /// States to train on, `[n, d]`, row after row.
    pub x: Vec<f64>,
    /// d state / dt at each of them, `[n, d]`.
    pub dx: Vec<f64>,
    /// Time of each of them, `[n]`.
    pub t: Vec<f64>,
    /// States to test on, `[m, d]`.
    pub test_x: Vec<f64>,
    /// d state / dt at each of them, `[m, d]`.
    pub test_dx: Vec<f64>,
    /// Time of each of them, `[m]`.
    pub test_t: Vec<f64>,
}

/// Why there is no data set.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The task's data cannot be drawn from a seed as vectors.
    #[error("the data of task {task} are {instead}")]
    NotGenerated {
        /// The task.
        task: Task,
        /// Where they come from instead.
        instead: &'static str,
    },
    /// The integration of a trajectory failed.
    #[error("a trajectory cannot be integrated: {0}")]
    Solve(#[from] SolveError),
    /// The arrays do not make a file.
    #[error(transparent)]
    Npz(#[from] NpzError),
    /// A line of the recording is not four finite numbers.
    #[error("line {line} of the recording is not four numbers \"trial t o v\": {text:?}")]
    Line {
        /// Its number, the header being 1.
        line: usize,
        /// The line, cut to 80 characters.
        text: String,
    },
    /// Time does not increase from one line of the recording to the next.
    #[error("line {line} of the recording is not later than the line before it")]
    Time {
        /// Its number, the header being 1.
        line: usize,
    },
    /// The recording is too short to be split.
    #[error("the recording has {rows} rows; at least 7 are needed")]
    TooShort {
        /// How many rows it has.
        rows: usize,
    },
}

/// The data of a task as the paper has them; other seeds give what the authors' code would give.
pub fn generate(task: Task, seed: u32) -> Result<Dataset, DataError> {
    match task {
        Task::Spring => trajectories::spring(trajectories::Settings::spring(seed)),
        Task::Pendulum => trajectories::pendulum(trajectories::Settings::pendulum(seed)),
        Task::TwoBody => orbits::two_body(orbits::Settings::two_body(seed)),
        Task::ThreeBody => orbits::three_body(orbits::Settings::three_body(seed)),
        Task::Real => Err(DataError::NotGenerated { task, instead: "a recording; give the file" }),
        Task::Pixels => Err(DataError::NotGenerated { task, instead: "pictures; see data::pixels" }),
    }
}

/// The data of a task as the bytes of an `.npz` file with the arrays `x`, `dx`, `test_x` and `test_dx` in f64. The file of the
/// pixels holds f32 and takes 250 MB; its pictures come in pairs of 1568 values, and it has the arrays
/// `coords` and `test_coords` too.
pub fn npz_bytes(task: Task, seed: u32) -> Result<Vec<u8>, DataError> {
    if task == Task::Pixels {
        return pixels::generate(pixels::Settings::paper(seed)).to_npz();
    }
    generate(task, seed)?.to_npz()
}

/// States and exact rates of the spring or the pendulum, all `trajectories` of them in one list, with Gaussian noise of
/// deviation `noise` on the states. Fewer trajectories are the first ones of more. Other tasks give none.
pub fn phase_points(task: Task, seed: u32, noise: f64, trajectories: usize) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
    let data = match task {
        Task::Spring => {
            trajectories::spring(trajectories::Settings { trajectories, noise, ..trajectories::Settings::spring(seed) })
        }
        Task::Pendulum => trajectories::pendulum(trajectories::Settings {
            trajectories,
            noise,
            ..trajectories::Settings::pendulum(seed)
        }),
        _ => return Default::default(),
    };
    // Both systems are smooth and bounded: their integration does not fail.
    let Ok(data) = data else { return Default::default() };
    let points = |train: &[f64], test: &[f64]| {
        train.chunks_exact(2).chain(test.chunks_exact(2)).map(|row| [row[0], row[1]]).collect()
    };
    (points(&data.x, &data.test_x), points(&data.dx, &data.test_dx))
}

impl Dataset {
    /// How many rows there are to train on.
    pub fn rows(&self) -> usize {
        self.t.len()
    }

    /// How many rows there are to test on.
    pub fn test_rows(&self) -> usize {
        self.test_t.len()
    }

    /// The bytes of an `.npz` file with the arrays `x`, `dx`, `test_x` and `test_dx`.
    pub fn to_npz(&self) -> Result<Vec<u8>, DataError> {
        let (train, test) = ([self.rows(), self.dimension], [self.test_rows(), self.dimension]);
        Ok(npz(&[
            Array { name: "x", shape: &train, values: Values::F64(&self.x) },
            Array { name: "dx", shape: &train, values: Values::F64(&self.dx) },
            Array { name: "test_x", shape: &test, values: Values::F64(&self.test_x) },
            Array { name: "test_dx", shape: &test, values: Values::F64(&self.test_dx) },
        ])?)
    }
}

/// Rows in the order in which they were drawn.
#[derive(Default)]
struct Rows {
    x: Vec<f64>,
    dx: Vec<f64>,
    t: Vec<f64>,
}

impl Rows {
    /// The first `split` rows to train on and the others to test on.
    fn train_first(mut self, dimension: usize, split: usize) -> Dataset {
        let (test_x, test_dx) = (self.x.split_off(split * dimension), self.dx.split_off(split * dimension));
        let test_t = self.t.split_off(split);
        Dataset { dimension, x: self.x, dx: self.dx, t: self.t, test_x, test_dx, test_t }
    }

    /// The first `split` rows to test on and the others to train on.
    fn test_first(self, dimension: usize, split: usize) -> Dataset {
        let Dataset { x, dx, t, test_x, test_dx, test_t, .. } = self.train_first(dimension, split);
        Dataset { dimension, x: test_x, dx: test_dx, t: test_t, test_x: x, test_dx: dx, test_t: t }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    /// Compares with numbers typed from numpy and `SciPy`.
    pub(crate) fn check(values: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(values.len(), expected.len());
        for (value, wanted) in values.iter().zip(expected) {
            assert!((value - wanted).abs() <= tolerance, "{value} against {wanted}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_says_why() {
        assert!(generate(Task::Real, 0).unwrap_err().to_string().contains("a recording"));
        assert!(generate(Task::Pixels, 0).unwrap_err().to_string().contains("pictures"));
    }

    #[test]
    fn phase_points_are_the_data_set_in_order() {
        let data = generate(Task::Spring, 0).unwrap();
        let (states, rates) = phase_points(Task::Spring, 0, 0.1, 50);
        assert_eq!(states.as_flattened(), [data.x, data.test_x].concat());
        assert_eq!(rates.as_flattened(), [data.dx, data.test_dx].concat());
        let (fewer, _) = phase_points(Task::Spring, 0, 0.1, 3);
        assert_eq!(fewer, states[..90]);
        assert!(phase_points(Task::TwoBody, 0, 0.1, 3).0.is_empty());
    }

    #[test]
    fn files_repeat_their_bytes() {
        let bytes = npz_bytes(Task::Spring, 4).unwrap();
        assert_eq!(bytes, npz_bytes(Task::Spring, 4).unwrap());
        assert_ne!(bytes, npz_bytes(Task::Spring, 5).unwrap());
    }
}
