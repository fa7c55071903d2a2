//! Training on WebGPU against the same on the CPU. A Vulkan driver has to be there (Mesa's lavapipe is enough).

#![cfg(feature = "vulkan")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Engine, Player};
use futures_lite::future::block_on;
use math::random::Mt19937;
use math::single::Momentum;
use mnist1d::lab::descent::{MOMENTUM, RATE as DESCENT_RATE};
use mnist1d::learner::{Learner, Rows, predictions};
use mnist1d::model::{Kind, Network, POSITIONS, Pass, convolutional, perceptron};
use mnist1d::remote::{CHUNK, Convolutional, Perceptrons, Recipe};

const RATE: f32 = 1e-2;

fn rows(count: usize) -> Rows {
    let mut random = Mt19937::new(6);
    let x = (0..count * POSITIONS).map(|_| random.uniform(-1.5, 1.5) as f32).collect();
    Rows::new(POSITIONS, x, (0..count).map(|at| (at * 7 % 10) as u8).collect()).unwrap()
}

fn check(network: Network, count: usize) {
    let gpu = block_on(wgsl::native()).unwrap();
    let rows = rows(count);
    let mut ours = Convolutional::new(&network, RATE, count).unwrap();
    assert_eq!(block_on(ours.parameters()).unwrap(), network.parameters);
    let mut cpu = Learner::from_network(network.clone(), RATE, count);
    let mut nudged = Learner::from_network(network, RATE, count);
    let mut random = Mt19937::new(8);
    nudged.parameters_mut().iter_mut().for_each(|parameter| *parameter *= 1.0 + random.uniform(-1e-6, 1e-6) as f32);
    let mut sensitivity = 1e-6_f32;
    for step in 0..25 {
        let before = gpu.submissions();
        let number = ours.step(&rows, 0);
        assert_eq!(gpu.submissions(), before + 1);
        let loss = block_on(ours.losses(&[number])).unwrap()[0];
        let expected = cpu.step(&rows).loss;
        // Adam's first steps have the size of the rate however small a gradient is, so that roundings grow: how much shows a twin
        // whose first weights differ in the last digits.
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
fn check_gradient(ours: &Convolutional, cpu: &Learner, what: &str) {
    let count = cpu.network().parameters.len();
    let [found, expected] =
        [block_on(ours.numbers()).unwrap(), cpu.numbers()].map(|numbers| numbers[count..2 * count].to_vec());
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
        assert!(Convolutional::new(&kind.network(), RATE, 10).is_none());
    }
}

/// A perceptron on the CPU.
struct Plain {
    network: Network,
    optimiser: Momentum,
    gradient: Vec<f32>,
}

impl Plain {
    fn new(width: usize, seed: u32) -> Self {
        let network = perceptron(width).initialised(&mut Mt19937::new(seed));
        let count = network.parameters.len();
        Self { network, optimiser: Momentum::new(DESCENT_RATE, MOMENTUM, count), gradient: vec![0.0; count] }
    }

    /// A step on these rows; gives how many were wrong.
    fn step(&mut self, rows: &Rows, picked: &[usize]) -> usize {
        let mut pass = Pass::new(&self.network, picked.len());
        pass.fill(&self.network, |at| rows.row(picked[at]));
        let labels: Vec<u8> = picked.iter().map(|row| rows.y[*row]).collect();
        let (_, correct) = self.network.gradient(&mut pass, &labels, &mut self.gradient);
        self.optimiser.step(&mut self.network.parameters, &self.gradient);
        picked.len() - correct
    }
}

fn together(plain: &[Plain], batch: usize, test: &Rows) -> Perceptrons {
    let widths: Vec<usize> = plain.iter().map(|one| one.gradient.len()).map(width_of).collect();
    let parameters: Vec<f32> = plain.iter().flat_map(|one| &one.network.parameters).copied().collect();
    let velocities: Vec<f32> = plain.iter().flat_map(|one| one.optimiser.velocity()).copied().collect();
    let recipe = Recipe { rate: DESCENT_RATE, momentum: MOMENTUM, batch };
    Perceptrons::new(&widths, [&parameters, &velocities], recipe, test).unwrap()
}

/// Of 40-h-h-10 with so many parameters.
fn width_of(parameters: usize) -> usize {
    (1..500).find(|h| 41 * h + h * (h + 1) + 10 * (h + 1) == parameters).unwrap()
}

#[test]
fn perceptrons_of_several_widths_learn_together_as_each_alone() {
    let gpu = block_on(wgsl::native()).unwrap();
    let (train, test) = (rows(90), rows(CHUNK + 130));
    for (widths, batch) in [(&[2, 3, 47, 5, 61, 5][..], 30), (&[7], 13), (&[4, 300], 45)] {
        let mut plain: Vec<Plain> = widths.iter().zip(0..).map(|(width, seed)| Plain::new(*width, seed)).collect();
        let mut ours = together(&plain, batch, &test);
        assert!(ours.dispatches() <= 10, "{}", ours.dispatches());
        let order: Vec<usize> = (0..train.count()).map(|at| at * 7 % train.count()).collect();
        ours.load(&train, &order);
        let batches = train.count() / batch;
        let before = gpu.submissions();
        ours.steps(0..batches);
        assert_eq!(gpu.submissions(), before + 1);
        let mut wrong = vec![0; widths.len()];
        for picked in order.chunks_exact(batch) {
            wrong.iter_mut().zip(&mut plain).for_each(|(wrong, one)| *wrong += one.step(&train, picked));
        }
        let [parameters, velocities] = block_on(ours.numbers()).unwrap();
        let expected: Vec<f32> = plain.iter().flat_map(|one| &one.network.parameters).copied().collect();
        check_close(&parameters, &expected, "parameters");
        let expected: Vec<f32> = plain.iter().flat_map(|one| one.optimiser.velocity()).copied().collect();
        check_close(&velocities, &expected, "velocities");
        ours.answer(0..ours.chunks());
        let [found, answered] = block_on(ours.wrong()).unwrap();
        assert_eq!(found, wrong);
        for (one, answered) in plain.iter().zip(answered) {
            // An answer changes where two logits are the same but for a rounding.
            let wrong = predictions(&one.network, &test).iter().zip(&test.y).filter(|(a, b)| a != b).count();
            assert!(answered.abs_diff(wrong) <= 2, "{answered} against {wrong}");
        }
    }
}

fn check_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let far = found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(far < 1e-4 * largest, "{what}: {far} of {largest}");
}

#[test]
fn perceptrons_go_on_from_where_they_were_and_count_on() {
    block_on(wgsl::native()).unwrap();
    let (train, test) = (rows(60), rows(40));
    let plain = [Plain::new(9, 1), Plain::new(12, 2)];
    let mut first = together(&plain, 20, &test);
    let order: Vec<usize> = (0..60).collect();
    first.load(&train, &order);
    first.steps(0..1);
    let [parameters, velocities] = block_on(first.numbers()).unwrap();
    let recipe = Recipe { rate: DESCENT_RATE, momentum: MOMENTUM, batch: 20 };
    let mut second = Perceptrons::new(&[9, 12], [&parameters, &velocities], recipe, &test).unwrap();
    second.load(&train, &order);
    let [train_wrong, test_wrong] = block_on(first.wrong()).unwrap();
    second.count_from([&train_wrong, &test_wrong]);
    for ours in [&first, &second] {
        ours.steps(1..3);
        ours.answer(0..1);
    }
    assert_eq!(block_on(first.numbers()).unwrap(), block_on(second.numbers()).unwrap());
    assert_eq!(block_on(first.wrong()).unwrap(), block_on(second.wrong()).unwrap());
    // Of other networks.
    assert!(Perceptrons::new(&[9, 13], [&parameters, &velocities], recipe, &test).is_none());
    assert!(Perceptrons::new(&[], [&[], &[]], recipe, &test).is_none());
}

fn figure(id: &str, engine: Engine) -> Player {
    block_on(wgsl::native()).unwrap();
    let entry = mnist1d::DEMOS.iter().find(|entry| entry.id == id).unwrap();
    Player::new(*entry, Context { engine, ..Context::default() }).unwrap()
}

fn readout(player: &Player, id: &str) -> f64 {
    player.readouts().into_iter().find(|one| one.id == id).unwrap().number.unwrap()
}

/// Until a readout is so large.
fn run_to(player: &mut Player, id: &str, least: f64) {
    while readout(player, id) < least {
        block_on(player.tick(1.0 / 60.0)).unwrap();
    }
}

/// The same figure on another engine, as it is.
fn moved(from: &mut Player, id: &str, engine: Engine) -> Player {
    let bytes = block_on(from.save()).unwrap();
    let mut to = figure(id, engine);
    to.restore(&bytes).unwrap();
    // A reading that is under way may begin anew.
    let rest = |player: &Player| player.readouts().into_iter().filter(|one| one.id != "state").collect::<Vec<_>>();
    assert_eq!(rest(&to), rest(from));
    to
}

/// Test errors in percent at the last reading.
fn errors(player: &Player) -> Vec<f64> {
    let tables = player.tables();
    let table = tables.iter().find(|table| table.name == "errors").unwrap();
    table.columns.get(1).map_or_else(Vec::new, |column| column.values.clone())
}

#[test]
fn the_sweep_goes_to_webgpu_and_back_and_gives_the_same_curve() {
    let mut cpu = figure("descent", Engine::Cpu);
    run_to(&mut cpu, "state", 1.0);
    // In the middle of a step, or of a reading.
    for _ in 0..3 {
        block_on(cpu.tick(1.0 / 60.0)).unwrap();
    }
    let mut gpu = moved(&mut cpu, "descent", Engine::WebGpu);
    run_to(&mut gpu, "state", 4.0);
    run_to(&mut cpu, "state", 4.0);
    let close = |a: &Player, b: &Player| {
        let far = errors(a).iter().zip(errors(b)).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
        // 4,000 rows are asked: a few of them stand on the edge.
        assert!(far < 0.3, "errors differ by {far} points");
    };
    close(&gpu, &cpu);
    let mut back = moved(&mut gpu, "descent", Engine::Cpu);
    run_to(&mut back, "state", 6.0);
    run_to(&mut cpu, "state", 6.0);
    close(&back, &cpu);
}

#[test]
fn engines_agree_when_they_are_compared() {
    for id in ["descent", "race"] {
        let probe = |engine| block_on(figure(id, engine).probe()).unwrap();
        let [expected, found] = [Engine::Cpu, Engine::WebGpu].map(probe);
        let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let far = expected.iter().zip(&found).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(expected.len() == found.len() && expected.len() > 300, "{id}: {}", expected.len());
        assert!(far < 1e-4 * largest, "{id}: {far} of {largest}");
        // Nothing that is compared hides behind the largest.
        let small = expected.iter().filter(|value| value.abs() < 0.001 * largest).count();
        assert!(small < expected.len() / 2, "{id}: {small} of {}", expected.len());
    }
}

#[test]
fn the_race_goes_to_webgpu_and_back() {
    let mut cpu = figure("race", Engine::Cpu);
    run_to(&mut cpu, "step", 12.0);
    let mut gpu = moved(&mut cpu, "race", Engine::WebGpu);
    run_to(&mut gpu, "step", 60.0);
    run_to(&mut cpu, "step", 60.0);
    // Those that stay on the processor go on to the bit.
    for id in ["logistic", "mlp", "gru-shuffled"] {
        assert_eq!(readout(&gpu, id), readout(&cpu, id), "{id}");
    }
    for id in ["cnn", "cnn-shuffled"] {
        let (ours, expected) = (readout(&gpu, id), readout(&cpu, id));
        assert!((ours - expected).abs() < 4.0, "{id}: {ours} against {expected}");
    }
    let mut taken = Kind::Cnn.network();
    taken.load_onnx(&block_on(gpu.onnx("race-cnn", &[])).unwrap()).unwrap();
    let mut back = moved(&mut gpu, "race", Engine::Cpu);
    let mut kept = Kind::Cnn.network();
    kept.load_onnx(&block_on(back.onnx("race-cnn", &[])).unwrap()).unwrap();
    assert_eq!(taken.parameters, kept.parameters);
    run_to(&mut back, "step", 80.0);
    assert!(readout(&back, "cnn") > 30.0);
}
