//! Tasks 1 and 2, spring and pendulum: short noisy trajectories in the phase plane.
//!
//! Each starts in a random direction (the corner-heavy one of a point in a square) at a random radius; Gaussian noise is
//! added to the states only, the rates are the exact ones of the clean states. The first half of the rows is to train on.

use math::linspace;
use math::ops::sqrt;
use math::random::Mt19937;
use physics::System;
use physics::dormand_prince::{Options, solve};
use physics::systems::{Pendulum, Spring};

use super::{DataError, Dataset, Rows};

/// Every trajectory runs over this time.
const DURATION: f64 = 3.0;

/// What the authors' `get_dataset` takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Seed of numpy's legacy generator.
    pub seed: u32,
    /// Number of trajectories.
    pub trajectories: usize,
    /// Samples along each, the start and the end included.
    pub samples: usize,
    /// Standard deviation of the noise on q and p.
    pub noise: f64,
}

impl Settings {
    /// The paper's spring: 50 trajectories of 30 samples, noise 0.1.
    pub fn spring(seed: u32) -> Self {
        Self { seed, trajectories: 50, samples: 30, noise: 0.1 }
    }

    /// The paper's pendulum: 50 trajectories of 45 samples, noise 0.1.
    pub fn pendulum(seed: u32) -> Self {
        Self { seed, trajectories: 50, samples: 45, noise: 0.1 }
    }
}

/// Task 1: radii uniform in 0.1..1, so energies in 0.01..1.
pub fn spring(settings: Settings) -> Result<Dataset, DataError> {
    dataset(&Spring, settings, |uniform| uniform * 0.9 + 0.1)
}

/// Task 2: radii uniform in 1.3..2.3.
pub fn pendulum(settings: Settings) -> Result<Dataset, DataError> {
    dataset(&Pendulum, settings, |uniform| uniform + 1.3)
}

fn dataset(system: &impl System, settings: Settings, radius: fn(f64) -> f64) -> Result<Dataset, DataError> {
    let mut random = Mt19937::new(settings.seed);
    let mut rows = Rows::default();
    for _ in 0..settings.trajectories {
        add_trajectory(system, settings, radius, &mut random, &mut rows)?;
    }
    let split = rows.t.len() / 2;
    Ok(rows.train_first(2, split))
}

fn add_trajectory(
    system: &impl System,
    settings: Settings,
    radius: fn(f64) -> f64,
    random: &mut Mt19937,
    rows: &mut Rows,
) -> Result<(), DataError> {
    let direction = [random.rand() * 2.0 - 1.0, random.rand() * 2.0 - 1.0];
    let length = sqrt(direction[0] * direction[0] + direction[1] * direction[1]);
    let radius = radius(random.rand());
    let start = direction.map(|component| component / length * radius);
    let times = linspace(0.0, DURATION, settings.samples);
    let options = Options { rtol: 1e-10, ..Options::default() };
    let clean = solve(system.field(), 0.0, DURATION, &start, &times, &options)?;
    let q_noise = random.randn_vec(times.len());
    let p_noise = random.randn_vec(times.len());
    for (index, time) in times.iter().enumerate() {
        let state = clean.state(index);
        let mut rate = [0.0; 2];
        system.derivative(*time, state, &mut rate);
        rows.x.extend([state[0] + q_noise[index] * settings.noise, state[1] + p_noise[index] * settings.noise]);
        rows.dx.extend(rate);
        rows.t.push(*time);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::testing::check;

    /// First row to train on, first to test on, last to test on: state, then rate. And the sums over all rows.
    fn check_set(data: &Dataset, rows: [[f64; 4]; 3], sums: [f64; 2]) {
        let last = data.test_x.len() - 2;
        let at = |x: &[f64], dx: &[f64], from: usize| [x[from], x[from + 1], dx[from], dx[from + 1]];
        check(&at(&data.x, &data.dx, 0), &rows[0], 1e-10);
        check(&at(&data.test_x, &data.test_dx, 0), &rows[1], 1e-10);
        check(&at(&data.test_x, &data.test_dx, last), &rows[2], 1e-10);
        let sum = |train: &[f64], test: &[f64]| train.iter().chain(test).sum::<f64>();
        check(&[sum(&data.x, &data.test_x), sum(&data.dx, &data.test_dx)], &sums, 1e-9);
    }

    #[test]
    fn spring_is_the_authors() {
        // The recipe of the module in numpy 2.4.6 and SciPy 1.17.1, seeds 0 and 7.
        let data = spring(Settings::spring(0)).unwrap();
        let rows = [
            [-0.084702105930239, 0.8053171994059353, 1.25313758969927, -0.2842614283755968],
            [-0.848114492504965, -0.1275699531134734, -0.30338069907073734, 1.4695104198822382],
            [-0.35501896796610377, -0.23141113410728512, -0.39716204687007567, 0.29315150885990165],
        ];
        check_set(&data, rows, [-4.894041214005017, -2.0012522603246516]);
        assert_eq!((data.rows(), data.test_rows()), (750, 750));
        let rows = [
            [-0.4033283279967825, 0.34231155998897744, 0.5452411207438262, 0.8252898681895153],
            [-0.13667021894129341, -0.26812169811768716, -0.21505798135572696, 0.20872613909285498],
            [0.44786858305386235, -0.325470137199775, -0.3151936889010505, -0.8088172796961441],
        ];
        check_set(&spring(Settings::spring(7)).unwrap(), rows, [-3.5653403806940798, 3.4755105661706285]);
    }

    #[test]
    fn pendulum_is_the_authors() {
        let data = pendulum(Settings::pendulum(0)).unwrap();
        let rows = [
            [0.19409569887246791, 1.75637757866446, 3.711241111660637, -1.225824292752084],
            [-0.5816303496097512, 1.5038620834628615, 3.094210562641412, 1.8822331017608644],
            [2.3247409717038394, 0.6733558760188746, 1.2957452829691616, -2.2656263585626872],
        ];
        check_set(&data, rows, [-18.782087534131897, -25.01486314475386]);
        assert_eq!((data.rows(), data.test_rows()), (1125, 1125));
        let rows = [
            [-1.4411316953875026, 1.0267367712036792, 1.916524333972111, 2.9783007385542954],
            [1.7443563689955455, -1.456471501255295, -2.9966709918434407, -2.9579481657945608],
            [1.4749256780212567, -0.8482321440424434, -1.334878985625668, -2.9482516196353075],
        ];
        check_set(&pendulum(Settings::pendulum(7)).unwrap(), rows, [-143.05548374225594, -44.20640155716487]);
    }

    #[test]
    fn other_noise_and_fewer_trajectories_are_the_authors_too() {
        // seed 3, 4 trajectories, noise 0.25: rows 59 and 60, the last to train on and the first to test on
        let settings = Settings { trajectories: 4, noise: 0.25, ..Settings::spring(3) };
        let data = spring(settings).unwrap();
        check(&data.x[118..], &[0.2544974624370448, 0.06664848061678358], 1e-10);
        check(&data.test_x[..2], &[0.35600723168281906, -0.5849288463009366], 1e-10);
    }

    #[test]
    fn noise_floors_are_the_sheets() {
        // The exact field at the noisy states: mean squared error 3.893e-2 to train on and 3.818e-2 to test on (spring),
        // 3.506e-2 and 3.556e-2 (pendulum).
        let floor = |system: &dyn Fn(&[f64], &mut [f64]), x: &[f64], dx: &[f64]| {
            let mut field = vec![0.0; x.len()];
            x.chunks_exact(2).zip(field.chunks_exact_mut(2)).for_each(|(state, out)| system(state, out));
            math::stats::mean_squared_error(dx, &field)
        };
        let exact_spring = |state: &[f64], out: &mut [f64]| Spring.derivative(0.0, state, out);
        let exact_pendulum = |state: &[f64], out: &mut [f64]| Pendulum.derivative(0.0, state, out);
        let data = spring(Settings::spring(0)).unwrap();
        check(&[floor(&exact_spring, &data.x, &data.dx)], &[3.893e-2], 5e-6);
        check(&[floor(&exact_spring, &data.test_x, &data.test_dx)], &[3.818e-2], 5e-6);
        let data = pendulum(Settings::pendulum(0)).unwrap();
        check(&[floor(&exact_pendulum, &data.x, &data.dx)], &[3.506e-2], 5e-6);
        check(&[floor(&exact_pendulum, &data.test_x, &data.test_dx)], &[3.556e-2], 5e-6);
    }

    #[test]
    fn nothing_asked_gives_nothing() {
        let data = spring(Settings { trajectories: 0, ..Settings::spring(0) }).unwrap();
        assert_eq!((data.rows(), data.test_rows()), (0, 0));
    }
}
