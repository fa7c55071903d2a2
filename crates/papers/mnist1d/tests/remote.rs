//! The CNN on WebGPU against the same on the CPU. A Vulkan driver has to be there (Mesa's lavapipe is enough).

#![cfg(feature = "vulkan")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_lite::future::block_on;
use math::random::Mt19937;
use mnist1d::learner::{Learner, Rows};
use mnist1d::model::{Kind, Network, POSITIONS, convolutional};
use mnist1d::remote::Remote;

const RATE: f32 = 1e-2;

fn rows(count: usize) -> Rows {
    let mut random = Mt19937::new(6);
    let x = (0..count * POSITIONS).map(|_| random.uniform(-1.5, 1.5) as f32).collect();
    Rows::new(POSITIONS, x, (0..count).map(|at| (at * 7 % 10) as u8).collect()).unwrap()
}

fn check(network: Network, count: usize) {
    let gpu = block_on(wgsl::native()).unwrap();
    let rows = rows(count);
    let mut ours = Remote::new(&network, RATE, count).unwrap();
    assert_eq!(block_on(ours.parameters()).unwrap(), network.parameters);
    let mut cpu = Learner::from_network(network.clone(), RATE, count);
    let mut nudged = Learner::from_network(network, RATE, count);
    nudged.parameters_mut().iter_mut().for_each(|parameter| *parameter *= 1.0 + 2e-7);
    let mut sensitivity = 1e-6_f32;
    for step in 0..25 {
        let before = gpu.submissions();
        let number = ours.step(&rows);
        assert_eq!(gpu.submissions(), before + 1);
        let loss = block_on(ours.losses(&[number])).unwrap()[0];
        let expected = cpu.step(&rows).loss;
        // Adam's first steps have the size of the rate however small a gradient is, so that roundings grow: how much shows a twin
        // whose first weights differ in the last digit.
        sensitivity = sensitivity.max((nudged.step(&rows).loss - expected).abs());
        let far = (loss - expected).abs();
        assert!(far <= 4.0 * sensitivity, "{count} rows, step {step}: {loss} against {expected}, {sensitivity}");
        if step == 0 {
            check_gradient(&ours, &cpu, &format!("{count} rows"));
        }
    }
    assert!(ours.dispatches() <= 16, "{}", ours.dispatches());
}

/// After one step from rest the first moment is a tenth of the gradient.
fn check_gradient(ours: &Remote, cpu: &Learner, what: &str) {
    let count = cpu.network().parameters.len();
    let found = block_on(ours.moments()).unwrap();
    let saved = cpu.save();
    let numbers = saved[4 + 4 * count..].as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk));
    let expected: Vec<f32> = numbers.take(count).collect();
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let far = found.iter().zip(&expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(far < 1e-4 * largest, "{what}: {far} of {largest}");
}

#[test]
fn convolutions_learn_as_on_the_cpu() {
    let network = |channels: usize| convolutional(channels).initialised(&mut Mt19937::new(1));
    check(network(25), 100);
    check(network(25), 13);
    check(network(3), 37);
}

#[test]
fn other_networks_are_refused() {
    block_on(wgsl::native()).unwrap();
    for kind in [Kind::Logistic, Kind::Mlp, Kind::Gru] {
        assert!(Remote::new(&kind.network(), RATE, 10).is_none());
    }
}
