//! Every figure of the page through the checks that all figures must pass.

use demo::Models;
use testkit::Conformance;

fn check(id: &str, ticks: usize) {
    let entry = action::DEMOS.iter().find(|entry| entry.id == id).unwrap_or_else(|| panic!("no figure “{id}”"));
    // Where nothing has been painted or let run there is nothing to undo or to start over; each figure's own tests do both.
    Conformance::new(&[*entry], &Models::default()).ticks(ticks).idle(&["erase", "undo"]).run();
}

macro_rules! figures {
    ($($id:ident: $ticks:expr),+ $(,)?) => {
        $(#[test]
        fn $id() {
            check(stringify!($id), $ticks);
        })+

        #[test]
        fn no_figure_is_left_out() {
            let checked = [$(stringify!($id)),+];
            for entry in action::DEMOS {
                assert!(checked.contains(&entry.id), "{} is not checked", entry.id);
            }
        }
    };
}

figures! {
    basin: 1000,
    infill: 1000,
    quantum: 1000,
    saddle: 1000,
    scribble: 1000,
    systems: 1000,
}
