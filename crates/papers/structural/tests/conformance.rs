//! Every figure of the page through the checks that all figures must pass.

use demo::Models;
use testkit::Conformance;

fn check(id: &str, ticks: usize) {
    let entry = structural::DEMOS.iter().find(|entry| entry.id == id).unwrap_or_else(|| panic!("no figure “{id}”"));
    // Where nothing has been painted there is nothing to undo, and at the start there is no difference to starting again.
    Conformance::new(&[*entry], &Models::default()).ticks(ticks).idle(&["undo", "restart", "remake", "again"]).run();
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
            for entry in structural::DEMOS {
                assert!(checked.contains(&entry.id), "{} is not checked", entry.id);
            }
        }
    };
}

figures! {
    bend: 100,
    gallery: 40,
    inside: 40,
    race: 60,
}
