//! Two and three bodies on near-circular orbits. No noise; the first fifth of the rows is to test on.
//!
//! A row is (x1..xn, y1..yn, px1..pxn, py1..pyn) with unit masses, as in [`NBody`].

use std::f64::consts::{FRAC_PI_2, FRAC_PI_3, FRAC_PI_6};

use math::linspace;
use math::ops::{cos, powf, sin_cos, sqrt};
use math::random::Mt19937;
use physics::System;
use physics::dormand_prince::{Options, SolveError, solve};
use physics::systems::NBody;

use super::{DataError, Dataset, Rows};

/// What the authors' `sample_orbits` takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Seed of numpy's legacy generator.
    pub seed: u32,
    /// Number of orbits.
    pub orbits: usize,
    /// Samples along each, the start and the end included.
    pub samples: usize,
    /// Time of the last sample.
    pub duration: f64,
}

impl Settings {
    /// The paper's two bodies: 1000 orbits of 50 samples up to time 20.
    pub fn two_body(seed: u32) -> Self {
        Self { seed, orbits: 1000, samples: 50, duration: 20.0 }
    }

    /// The paper's three bodies: 5000 orbits of 20 samples up to time 5.
    pub fn three_body(seed: u32) -> Self {
        Self { seed, orbits: 5000, samples: 20, duration: 5.0 }
    }
}

/// The data set of two bodies, rows of 8.
pub fn two_body(settings: Settings) -> Result<Dataset, DataError> {
    dataset(2, settings, two_body_start)
}

/// The data set of three bodies, rows of 12. Close encounters give it a wide dynamic range.
pub fn three_body(settings: Settings) -> Result<Dataset, DataError> {
    dataset(3, settings, three_body_start)
}

/// A random start of two bodies, `[8]`: opposite each other in the first and third quadrants, each component of the
/// distance from the centre in 0.5..1.5, at the speed of a circular orbit times `1 + 0.05 randn()`.
pub fn two_body_start(random: &mut Mt19937) -> Vec<f64> {
    let (x, y) = (random.rand() + 0.5, random.rand() + 0.5);
    let radius = sqrt(x * x + y * y);
    let scale = 2.0 * powf(radius, 1.5);
    let factor = 1.0 + 5e-2 * random.randn();
    let (px, py) = (-(y / scale) * factor, x / scale * factor);
    vec![x, -x, y, -y, px, -px, py, -py]
}

/// A random start of three bodies, `[12]`: an equilateral triangle around the centre with radius in 0.9..1.2, at the
/// velocities of a circular orbit, each component of which is multiplied by a factor in 0.8..1.2.
pub fn three_body_start(random: &mut Mt19937) -> Vec<f64> {
    let third = 2.0 * FRAC_PI_3;
    let corner = [2.0 * random.rand() - 1.0, 2.0 * random.rand() - 1.0];
    let radius = random.rand() * (1.2 - 0.9) + 0.9;
    let scale = radius / sqrt(corner[0] * corner[0] + corner[1] * corner[1]);
    let first = corner.map(|component| component * scale);
    let second = rotate(first, third);
    let third_position = rotate(second, third);
    let circular = sqrt(sin_cos(FRAC_PI_3).0 / (2.0 * cos(FRAC_PI_6) * cos(FRAC_PI_6)));
    let first_velocity = rotate(first, FRAC_PI_2).map(|component| component / powf(radius, 1.5) * circular);
    let second_velocity = rotate(first_velocity, third);
    let third_velocity = rotate(second_velocity, third);
    let velocities =
        [first_velocity, second_velocity, third_velocity].map(|velocity| velocity.map(|v| v * shaken(random)));
    columns(&[first, second, third_position], &velocities)
}

/// The states of an orbit from `start` at evenly spaced times up to `duration`, `[samples, d]`, integrated as the
/// authors' code does.
pub fn orbit(start: &[f64], duration: f64, samples: usize) -> Result<Vec<f64>, SolveError> {
    let bodies = start.len() / 4;
    let system = NBody::new(bodies);
    let times = linspace(0.0, duration, samples);
    let options = Options { rtol: 1e-9, ..Options::default() };
    // The authors integrate (mass, x, y, vx, vy) of each body, and the constant masses enter the error norm, hence the steps.
    let mut scratch = (vec![0.0; start.len()], vec![0.0; start.len()]);
    let field = |time: f64, records: &[f64], out: &mut [f64]| {
        read_records(records, &mut scratch.0);
        system.derivative(time, &scratch.0, &mut scratch.1);
        write_records(&scratch.1, 0.0, out);
    };
    let mut records = vec![0.0; 5 * bodies];
    write_records(start, 1.0, &mut records);
    let solution = solve(field, 0.0, duration, &records, &times, &options)?;
    let mut states = vec![0.0; samples * start.len()];
    for (index, state) in states.chunks_exact_mut(start.len()).enumerate() {
        read_records(solution.state(index), state);
    }
    Ok(states)
}

fn dataset(bodies: usize, settings: Settings, start: fn(&mut Mt19937) -> Vec<f64>) -> Result<Dataset, DataError> {
    let system = NBody::new(bodies);
    let mut random = Mt19937::new(settings.seed);
    let mut rows = Rows::default();
    for _ in 0..settings.orbits {
        rows.x.extend(orbit(&start(&mut random), settings.duration, settings.samples)?);
        rows.t.extend(linspace(0.0, settings.duration, settings.samples));
    }
    rows.dx.resize(rows.x.len(), 0.0);
    let dimension = system.dimension();
    for (state, rate) in rows.x.chunks_exact(dimension).zip(rows.dx.chunks_exact_mut(dimension)) {
        system.derivative(0.0, state, rate);
    }
    let split = (rows.t.len() as f64 * 0.2) as usize;
    Ok(rows.test_first(dimension, split))
}

/// A factor in 0.8..1.2.
fn shaken(random: &mut Mt19937) -> f64 {
    1.0 + 2e-1 * (2.0 * random.rand() - 1.0)
}

fn rotate([x, y]: [f64; 2], angle_rad: f64) -> [f64; 2] {
    let (sine, cosine) = sin_cos(angle_rad);
    [cosine * x - sine * y, sine * x + cosine * y]
}

/// (x.., y.., px.., py..) of bodies given one by one.
fn columns(positions: &[[f64; 2]], velocities: &[[f64; 2]]) -> Vec<f64> {
    let axis = |points: &[[f64; 2]], axis: usize| points.iter().map(|point| point[axis]).collect::<Vec<f64>>();
    [axis(positions, 0), axis(positions, 1), axis(velocities, 0), axis(velocities, 1)].concat()
}

/// (x.., y.., vx.., vy..) from (mass, x, y, vx, vy) of each body.
fn read_records(records: &[f64], state: &mut [f64]) {
    let bodies = state.len() / 4;
    for (index, value) in state.iter_mut().enumerate() {
        *value = records[index % bodies * 5 + 1 + index / bodies];
    }
}

/// (first, x, y, vx, vy) of each body from (x.., y.., vx.., vy..).
fn write_records(state: &[f64], first: f64, records: &mut [f64]) {
    let bodies = state.len() / 4;
    for (body, record) in records.chunks_exact_mut(5).enumerate() {
        record[0] = first;
        for (axis, value) in record[1..].iter_mut().enumerate() {
            *value = state[axis * bodies + body];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::testing::check;

    fn few(settings: Settings) -> Settings {
        Settings { orbits: 6, ..settings }
    }

    /// Rows in the order in which they were made: first, last of the first orbit, rate of the very last; and the sum of the
    /// absolute values of each orbit.
    fn check_set(data: &Dataset, samples: usize, rows: [&[f64]; 3], sums: [f64; 6]) {
        let d = data.dimension;
        let x = [data.test_x.clone(), data.x.clone()].concat();
        check(&x[..d], rows[0], 1e-15);
        check(&x[(samples - 1) * d..samples * d], rows[1], 1e-9);
        check(&data.dx[data.dx.len() - d..], rows[2], 1e-9);
        let size = |orbit: &[f64]| orbit.iter().map(|value| value.abs()).sum::<f64>();
        check(&x.chunks_exact(samples * d).map(size).collect::<Vec<_>>(), &sums, 1e-7);
    }

    #[test]
    fn two_bodies_are_the_authors() {
        // The recipe of the module in numpy 2.4.6 and SciPy 1.17.1, six orbits, seeds 0 and 7.
        let mirrored = |half: [f64; 4]| half.iter().flat_map(|value| [*value, -value]).collect::<Vec<_>>();
        let rows = [
            mirrored([1.0488135039273248, 1.2151893663724196, -0.3133762445806374, 0.2704707975740104]),
            mirrored([0.3360215003553733, -1.8547384224187864, 0.3416475051355138, 0.09171635923580539]),
            mirrored([0.28726529673317824, -0.18041924314516816, 0.030537407157396626, 0.04760212908718931]),
        ];
        let sums = [
            277.07378197858066,
            307.9661534280248,
            260.869546366812,
            268.4014553043911,
            283.5334512103876,
            307.8889644971521,
        ];
        let data = two_body(few(Settings::two_body(0))).unwrap();
        check_set(&data, 50, [&rows[0], &rows[1], &rows[2]], sums);
        assert_eq!((data.rows(), data.test_rows()), (240, 60));
        let rows = [
            mirrored([0.5763082893739572, 1.2799187922401147, -0.4173393858375798, 0.1879151622732892]),
            mirrored([1.0375935790751014, -1.489479960745369, 0.2567774797082354, 0.2505736142017588]),
            mirrored([-0.22931086818422985, -0.40551833623703604, 0.16048832652758754, -0.09628999185082329]),
        ];
        let sums = [
            272.53243547888707,
            266.62438141780785,
            206.9869939682417,
            241.16200981596273,
            201.86419194633783,
            207.6456816576856,
        ];
        check_set(&two_body(few(Settings::two_body(7))).unwrap(), 50, [&rows[0], &rows[1], &rows[2]], sums);
    }

    #[test]
    fn three_bodies_are_the_authors() {
        #[rustfmt::skip]
        let rows: [&[f64]; 3] = [
            &[0.23910054259515606, -1.0323847108952189, 0.7932841683000624, 1.0540504188545183, -0.31995806548121053, -0.7340923533733078,
              -0.7255601529449894, 0.22898641032502035, 0.5741945757793613, 0.1567456552744601, -0.68068458195942, 0.6359189353295448],
            &[-0.36080756854460194, 1.1163051595330427, -0.3673934251914797, -1.39453746049971, 0.45827618095381384, 1.4961613227688206,
              0.5987869016602954, -0.13053326740862842, -0.3906328010922747, -0.3525093932624761, 0.7200862292276373, -0.2555968273205765],
            &[0.15396706388792752, 0.48849686705705303, -0.7101646935760433, 0.3235601629217135, -0.5576347880080088, 0.3277240304019354,
              -0.7385038164001666, 0.6610388101244128, 0.07746500627575383, -0.35296035529163905, 0.6373406665959446, -0.2843803113043055],
        ];
        let sums = [
            145.50716036677977,
            144.34271747017254,
            145.34221745384,
            144.71151172893886,
            142.6133077637341,
            135.12289100516202,
        ];
        let data = three_body(few(Settings::three_body(0))).unwrap();
        check_set(&data, 20, rows, sums);
        assert_eq!((data.rows(), data.test_rows()), (96, 24));
        #[rustfmt::skip]
        let rows: [&[f64]; 3] = [
            &[-0.8606549147386413, -0.06209944704906992, 0.9227543617877111, 0.5686056116443435, -1.0296518258777652, 0.46104621423342124,
              -0.44925654991607394, 0.7582777356881005, -0.2771445726633848, -0.7435559724955315, -0.045059232702781914, 0.6072599752666917],
            &[0.5927086895198198, -0.4007537180548485, -0.0325719059217629, -0.9792340140441834, 1.3299924178076221, -1.2575345534215479,
              -0.41291959962778524, -0.7237637985733821, 1.168560011309809, 0.5426189389834972, 0.015957678216196067, -0.7399318471313153],
            &[-0.44841133881135764, 0.8049083724549937, -0.34460282559469785, -0.44758191054295027, 0.017321833461359945, 0.4911449316489899,
              0.2703754690450563, 0.06684582306983027, -0.3372212921148866, -0.1678734887986529, 0.43241311800774457, -0.2645396292090917],
        ];
        let sums = [
            141.36259298811785,
            145.1892848977871,
            144.24306465078368,
            133.94566035672204,
            134.21483607368572,
            145.0129265457562,
        ];
        check_set(&three_body(few(Settings::three_body(7))).unwrap(), 20, rows, sums);
    }

    #[test]
    fn energies_are_the_sheets() {
        let mut random = Mt19937::new(0);
        let energies: Vec<f64> = (0..1000).map(|_| NBody::new(2).energy(&two_body_start(&mut random))).collect();
        check(&energies[..1], &[-0.1401268543695509], 1e-15);
        let range = [energies.iter().copied().fold(0.0, f64::min), energies.iter().copied().fold(-1.0, f64::max)];
        check(&range, &[-0.37421121859478773, -0.09792062231894133], 1e-14);
        let first = three_body_start(&mut Mt19937::new(0));
        check(&[NBody::new(3).energy(&first)], &[-0.7020879880546353], 1e-15);
    }

    #[test]
    fn orbits_keep_what_gravity_conserves() {
        // SciPy's absolute tolerance of 1e-6 a step, which the authors left, limits them.
        for start in [two_body_start(&mut Mt19937::new(5)), three_body_start(&mut Mt19937::new(5))] {
            let system = NBody::new(start.len() / 4);
            let states = orbit(&start, 5.0, 20).unwrap();
            let end = &states[states.len() - start.len()..];
            for (before, after) in system.conserved(&start).iter().zip(system.conserved(end)) {
                assert!((before.value - after.value).abs() < 3e-5, "{}", before.name);
            }
        }
    }
}
