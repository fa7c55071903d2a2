//! Every figure of the page through the checks that all figures must pass, with the models that the page loads.

use demo::{Entry, Models};
use testkit::Conformance;

/// The files that a figure asks for.
fn models(entry: &Entry) -> Models {
    let mut models = Models::default();
    for name in entry.models {
        let path = format!("{}/../../../models/hnn/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        models.insert(*name, bytes);
    }
    models
}

fn check(entry: &Entry, ticks: usize) {
    // At time zero there is nothing to turn around or to start over; tests/figures.rs lets some time pass.
    Conformance::new(&[*entry], &models(entry)).ticks(ticks).idle(&["turn", "again"]).run();
}

testkit::figures! {
    hnn::DEMOS, check;
    arena: 1000,
    rollout: 1000,
    liouville: 1000,
    bodies: 1000,
    pixels: 1000,
    recorded: 1000,
}
