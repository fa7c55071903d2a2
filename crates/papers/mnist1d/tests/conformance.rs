//! Every figure of the page through the checks that all figures must pass.

use demo::{Entry, Models};
use testkit::Conformance;

fn check(entry: &Entry, (ticks, idle): (usize, &[&str])) {
    Conformance::new(&[*entry], &Models::default()).ticks(ticks).idle(idle).answers(10).run();
}

// Idle by name: where nothing has been drawn, answered or begun there is nothing to undo or cancel. Each figure's own tests
// do it. A classifier gives ten logits.
testkit::figures! {
    mnist1d::DEMOS, check;
    generator: (1000, &["undo", "erase"]),
    quiz: (300, &["undo"]),
    race: (300, &["cancel"]),
    descent: (1000, &["cancel"]),
    lottery: (60, &["undo"]),
    rates: (60, &[]),
    activation: (60, &[]),
    guillotine: (60, &[]),
}
