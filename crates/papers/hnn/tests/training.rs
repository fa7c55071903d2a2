//! Training natively: the same seed gives the same bits, interrupted or not, and what it publishes can be read.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;
use hnn::model::Kind;
use hnn::task::Task;
use hnn::training::Network;
use train::fit::{Plan, fit};
use train::publish::{Origin, publish};
use train::{Setup, Task as _, Training};

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("hnn-training-{}-{name}", std::process::id()));
    std::fs::remove_dir_all(&folder).ok();
    folder
}

fn start(network: &Network, seed: u32) -> Box<dyn Training> {
    network.start(&Setup { seed, draw: None, steps: 20, device: Device::flex(), data: None }).unwrap()
}

/// The bits after `steps` steps, going on from what lies in `folder`.
fn run(network: &Network, folder: &str, steps: u64) -> (Vec<u8>, Vec<f32>) {
    let mut training = start(network, 0);
    let folder = std::env::temp_dir().join(format!("hnn-training-{}-{folder}", std::process::id()));
    let plan = Plan { name: network.name().into(), seed: 0, steps, folder, resume: true };
    let (_, readings) = fit(training.as_mut(), &plan, &AtomicBool::new(false)).unwrap();
    (training.save().unwrap(), readings.iter().map(|reading| reading.loss).collect())
}

/// Twenty steps at once against ten, a checkpoint on disk, a fresh start and ten more.
fn check_resumed(task: Task, kind: Kind) {
    let network = Network::new(task, kind);
    let (whole, halves) = (format!("{}-whole", network.name()), format!("{}-halves", network.name()));
    scratch(&whole);
    scratch(&halves);
    let expected = run(&network, &whole, 20);
    run(&network, &halves, 10);
    assert_eq!(run(&network, &halves, 20), expected, "{}", network.name());
}

#[test]
fn an_interrupted_training_ends_in_the_same_bits() {
    check_resumed(Task::Spring, Kind::Hnn);
    check_resumed(Task::Spring, Kind::Baseline);
}

#[test]
fn batches_and_cooling_go_on_where_they_were() {
    check_resumed(Task::TwoBody, Kind::Hnn);
}

#[test]
fn pixels_go_on_where_they_were() {
    check_resumed(Task::Pixels, Kind::Hnn);
}

#[test]
fn the_seed_is_all_that_matters() {
    let weights = |seed| {
        let mut training = start(&Network::new(Task::Spring, Kind::Hnn), seed);
        training.step().unwrap();
        training.save().unwrap()
    };
    assert_eq!(weights(3), weights(3));
    assert_ne!(weights(3), weights(4));
}

#[test]
fn a_published_training_is_complete() {
    let network = Network::new(Task::Spring, Kind::Hnn);
    let mut training = start(&network, 0);
    let folder = scratch("published");
    let plan = Plan { name: network.name().into(), seed: 0, steps: 20, folder: folder.join("run"), resume: false };
    let (_, readings) = fit(training.as_mut(), &plan, &AtomicBool::new(false)).unwrap();
    let origin = Origin {
        paper: "hnn".into(),
        citation: "Greydanus et al.".into(),
        name: network.name().into(),
        task: "spring".into(),
        seed: 0,
        steps: 20,
        full_steps: network.steps(),
        device: "cpu".into(),
        commit: "unknown".into(),
    };
    publish(training.as_ref(), &readings, &origin, &folder.join("models/hnn")).unwrap();
    let file = |name: &str| std::fs::read_to_string(folder.join("models").join(name)).unwrap();
    let card = file("hnn/spring-hnn.md");
    for part in [
        "## Contract",
        "| spring-hnn.onnx | in | `x` | [batch, 2] |",
        "## Measured",
        "Trained for 20 of the paper's 2001 steps.",
        "--steps 20",
    ] {
        assert!(card.contains(part), "{part} is not in\n{card}");
    }
    assert!(file("hnn/spring-hnn.svg").starts_with("<svg"));
    assert!(file("hnn/spring-hnn.golden").starts_with(r#"{"inputs":{"x":{"shape":[16,2]"#));
    assert!(file("manifest.toml").contains("spring-hnn-test-mse = "));
}

#[test]
fn the_record_must_be_given() {
    let setup = Setup { seed: 0, draw: None, steps: 20, device: Device::flex(), data: None };
    let error = Network::new(Task::Real, Kind::Hnn).start(&setup).err().unwrap();
    assert!(error.to_string().contains("give real_pend_h_1.txt with --data"), "{error}");
}

#[test]
fn the_record_may_be_given_by_its_folder() {
    let folder = scratch("record");
    std::fs::create_dir_all(&folder).unwrap();
    let rows: Vec<String> = (0..12).map(|row| format!("0 {row}.5 0.{row} 1")).collect();
    let record = folder.join("real_pend_h_1.txt");
    let begin = |path: &PathBuf| {
        let setup = Setup { seed: 0, draw: None, steps: 20, device: Device::flex(), data: Some(path.clone()) };
        Network::new(Task::Real, Kind::Hnn).start(&setup).map(|_| ())
    };
    let error = format!("{:#}", begin(&folder).unwrap_err());
    assert!(error.contains("real_pend_h_1.txt"), "{error}");
    std::fs::write(&record, format!("%o v\n{}\n", rows.join("\n"))).unwrap();
    begin(&folder).unwrap();
    begin(&record).unwrap();
}
