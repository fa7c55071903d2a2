//! Every figure of the page through the checks that all figures must pass.

use demo::Models;
use testkit::Conformance;

fn check(id: &str, ticks: usize) {
    let entry = mnist1d::DEMOS.iter().find(|entry| entry.id == id).unwrap_or_else(|| panic!("no figure “{id}”"));
    // Where nothing has been painted there is nothing to undo; the canvas has tests of its own.
    Conformance::new(&[*entry], &Models::default()).ticks(ticks).idle(&["undo"]).run();
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
            for entry in mnist1d::DEMOS {
                assert!(checked.contains(&entry.id), "{} is not checked", entry.id);
            }
        }
    };
}

figures! {
    activation: 60,
    guillotine: 60,
    lottery: 60,
    rates: 60,
}
