//! Every figure of the page through the checks that all figures must pass.

use demo::{Entry, Models};
use testkit::Conformance;

fn check(entry: &Entry, ticks: usize) {
    // Where nothing has been painted or let run there is nothing to undo or to start over; each figure's own tests do both.
    Conformance::new(&[*entry], &Models::default()).ticks(ticks).idle(&["erase", "undo"]).run();
}

testkit::figures! {
    action::DEMOS, check;
    basin: 1000,
    infill: 1000,
    quantum: 1000,
    saddle: 1000,
    scribble: 1000,
    systems: 1000,
}
