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
    let mut cpu = Learner::from_network(network, RATE, count);
    for step in 0..25 {
        let before = gpu.submissions();
        let number = ours.step(&rows);
        assert_eq!(gpu.submissions(), before + 1);
        let loss = block_on(ours.losses(&[number])).unwrap()[0];
        let expected = cpu.step(&rows).loss;
        assert!((loss - expected).abs() < 1e-3 * expected, "{count} rows, step {step}: {loss} against {expected}");
        if step == 0 {
            assert!((loss - expected).abs() < 1e-5 * expected);
        }
    }
    assert!(ours.dispatches() <= 16, "{}", ours.dispatches());
    let found = block_on(ours.parameters()).unwrap();
    let far = found.iter().zip(&cpu.network().parameters).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(far < 5e-3, "{count} rows: {far}");
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
    for kind in [Kind::Mlp, Kind::Gru] {
        assert!(Remote::new(&kind.network(), RATE, 10).is_none());
    }
    assert!(Remote::new(&Kind::Logistic.network(), RATE, 10).is_some());
}
