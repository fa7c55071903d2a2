//! Every figure of the page through the checks that all figures must pass.

use demo::{Entry, Models};
use testkit::Conformance;

fn check(entry: &Entry, ticks: usize) {
    // Where nothing has been painted there is nothing to undo, and at the start there is no difference to starting again.
    Conformance::new(&[*entry], &Models::default()).ticks(ticks).idle(&["undo", "restart", "remake", "again"]).run();
}

testkit::figures! {
    structural::DEMOS, check;
    bend: 100,
    gallery: 40,
    inside: 40,
    mesh: 60,
    race: 60,
    seeds: 30,
}
