//! The networks on WebGPU against the same on the CPU. A Vulkan driver has to be there (Mesa's lavapipe is enough).

#![cfg(feature = "vulkan")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_lite::future::block_on;
use hnn::learner::{Learner, Loss, Recipe, Remote, weight_stream};
use hnn::model::{Direct, HIDDEN, Kind, Network, Shape};
use math::random::Mt19937;

fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut random = Mt19937::new(seed);
    (0..count).map(|_| random.uniform(-1.0, 1.0) as f32).collect()
}

fn batch(rows: usize, dimension: usize) -> [Vec<f32>; 2] {
    let x = numbers(rows * dimension, 5);
    let turned = x.chunks(dimension).flat_map(|state| state.iter().rev().map(|value| 1.5 * value));
    [turned.collect::<Vec<f32>>(), x].map(|values| values)
}

fn both(shape: Shape, seed: u32) -> [Learner; 2] {
    block_on(wgsl::native()).unwrap();
    let ours = Learner::on_webgpu(shape, Recipe::SPRING, &mut weight_stream(seed, 0));
    [ours, Learner::with_numbers(shape, Recipe::SPRING, &mut weight_stream(seed, 0))]
}

/// The largest difference, relative to the largest number.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

#[test]
fn evaluations_are_those_of_the_cpu() {
    block_on(wgsl::native()).unwrap();
    let mut random = Mt19937::new(3);
    for (kind, dimension, hidden) in [
        (Kind::Hnn, 2, HIDDEN),
        (Kind::Baseline, 2, HIDDEN),
        (Kind::Hnn, 8, HIDDEN),
        (Kind::Baseline, 8, HIDDEN),
        (Kind::Hnn, 12, 37),
        (Kind::Baseline, 12, 37),
        (Kind::Hnn, 6, 1),
    ] {
        let shape = Shape { kind, dimension, hidden };
        let mut direct = Direct::new(shape, &mut random);
        let ours = Network::new(shape, direct.parameters().to_vec(), demo::Engine::WebGpu).unwrap();
        assert!(matches!(ours, Network::Remote(_)));
        let Network::Remote(mut ours) = ours else { return };
        assert_eq!(block_on(ours.parameters()).unwrap(), direct.parameters());
        for rows in [1, 7, 100, 257] {
            let x = numbers(rows * dimension, 8);
            let (energy, field) = block_on(ours.energy_and_field(&x)).unwrap();
            let (expected_energy, expected_field) = direct.energy_and_field(&x);
            assert!(difference(&field, &expected_field) < 1e-5, "{shape:?} {rows}");
            assert_eq!(energy.is_empty(), kind == Kind::Baseline);
            if kind == Kind::Hnn {
                assert!(difference(&energy, &expected_energy) < 1e-5, "{shape:?} {rows}");
            }
        }
    }
}

#[test]
fn a_step_in_time_is_that_of_the_cpu() {
    let gpu = block_on(wgsl::native()).unwrap();
    for (kind, dimension, rows) in
        [(Kind::Hnn, 2, 300), (Kind::Baseline, 2, 300), (Kind::Hnn, 8, 7), (Kind::Baseline, 12, 61)]
    {
        let shape = Shape { kind, dimension, hidden: HIDDEN };
        let parameters = Direct::new(shape, &mut Mt19937::new(2)).parameters().to_vec();
        let [mut ours, mut cpu] = [demo::Engine::WebGpu, demo::Engine::Cpu]
            .map(|engine| Network::new(shape, parameters.clone(), engine).unwrap());
        let states: Vec<f64> = numbers(rows * dimension, 4).into_iter().map(f64::from).collect();
        for dt in [0.125, -0.3] {
            let expected = block_on(cpu.rk4_step(&states, dt)).unwrap();
            let before = gpu.submissions();
            let found = block_on(ours.rk4_step(&states, dt)).unwrap();
            assert_eq!(gpu.submissions(), before + 1);
            for (found, expected) in [(found.0, expected.0), (found.1, expected.1)] {
                let [found, expected] = [found, expected].map(|v| v.iter().map(|x| *x as f32).collect::<Vec<_>>());
                assert!(difference(&found, &expected) < 1e-5, "{shape:?} {dt}");
            }
        }
    }
}

/// The header's end: parameters, steps, first and second moments.
fn moments(learner: &Learner, shape: Shape) -> Vec<f32> {
    let bytes = block_on(learner.save()).unwrap();
    let numbers = &bytes[bytes.len() - 4 * 2 * shape.count()..];
    numbers.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect()
}

#[test]
fn gradients_are_those_of_the_cpu() {
    for (kind, dimension, hidden, rows) in [
        (Kind::Hnn, 2, HIDDEN, 750),
        (Kind::Baseline, 4, HIDDEN, 750),
        (Kind::Hnn, 4, HIDDEN, 100),
        (Kind::Baseline, 4, HIDDEN, 100),
        (Kind::Hnn, 12, 37, 61),
        (Kind::Baseline, 12, 37, 61),
        (Kind::Hnn, 6, 3, 1),
        (Kind::Baseline, 6, 3, 1),
    ] {
        let shape = Shape { kind, dimension, hidden };
        let [x, dx] = batch(rows, dimension);
        let [mut ours, mut cpu] = both(shape, 2);
        let losses = [&mut ours, &mut cpu].map(|learner| block_on(Loss::read(&[learner.step(&x, &dx)])).unwrap()[0]);
        assert!((losses[0] - losses[1]).abs() < 1e-5 * losses[1], "{shape:?}: {losses:?}");
        // After one step from rest the first moment is a tenth of the gradient.
        let [found, expected] = [&ours, &cpu].map(|learner| moments(learner, shape)[..shape.count()].to_vec());
        assert!(difference(&found, &expected) < 1e-4, "{shape:?}: {}", difference(&found, &expected));
    }
}

#[test]
fn both_learn_alike_and_go_on_from_each_other() {
    for kind in [Kind::Hnn, Kind::Baseline] {
        let shape = Shape { kind, dimension: 2, hidden: HIDDEN };
        let [x, dx] = batch(96, 2);
        let [mut ours, mut cpu] = both(shape, 4);
        for step in 0..60 {
            let losses = [&mut ours, &mut cpu].map(|learner| {
                let loss = learner.step(&x, &dx);
                learner.average(0.9);
                block_on(Loss::read(&[loss])).unwrap()[0]
            });
            assert!((losses[0] - losses[1]).abs() < 1e-3 * losses[1], "{kind:?}, step {step}: {losses:?}");
        }
        let [mean, expected] = [&ours, &cpu].map(|learner| block_on(learner.mean().parameters()).unwrap());
        assert!(difference(&mean, &expected) < 1e-3);
        let copy = ours.clone();
        let saved = block_on(ours.save()).unwrap();
        cpu.restore(&saved).unwrap();
        assert_eq!(block_on(cpu.save()).unwrap(), saved);
        ours.step(&x, &dx);
        assert_ne!(block_on(ours.save()).unwrap(), saved);
        assert_eq!(block_on(copy.save()).unwrap(), saved);
        ours.restore(&saved).unwrap();
        assert_eq!(block_on(ours.save()).unwrap(), saved);
        let losses = [&mut ours, &mut cpu].map(|learner| block_on(Loss::read(&[learner.step(&x, &dx)])).unwrap()[0]);
        assert!((losses[0] - losses[1]).abs() < 1e-4 * losses[1]);
        assert!(ours.restore(&saved[..saved.len() - 4]).is_err());
    }
}

#[test]
fn a_step_is_one_submission_of_few_dispatches() {
    let gpu = block_on(wgsl::native()).unwrap();
    for (kind, dimension, rows) in [(Kind::Baseline, 4, 100), (Kind::Baseline, 4, 750), (Kind::Hnn, 2, 750)] {
        let shape = Shape { kind, dimension, hidden: HIDDEN };
        let parameters = Direct::new(shape, &mut Mt19937::new(1)).parameters().to_vec();
        let mut learner = Remote::with_parameters(shape, Recipe::SPRING, &parameters).unwrap();
        let [x, dx] = batch(rows, dimension);
        learner.step(&x, &dx);
        let before = gpu.submissions();
        learner.step(&x, &dx);
        assert_eq!(gpu.submissions(), before + 1);
        assert!(learner.dispatches() <= 16, "{shape:?}: {}", learner.dispatches());
        let Network::Remote(mut network) = learner.model() else { return };
        let before = gpu.submissions();
        block_on(network.energy_and_field(&x)).unwrap();
        assert_eq!(gpu.submissions(), before + 1);
    }
}
