//! Every figure of the page through the checks that all figures must pass.

use demo::Models;
use testkit::Conformance;

fn check(id: &str, ticks: usize, idle: &[&str]) {
    let entry = mnist1d::DEMOS.iter().find(|entry| entry.id == id).unwrap_or_else(|| panic!("no figure “{id}”"));
    Conformance::new(&[*entry], &Models::default()).ticks(ticks).idle(idle).run();
}

macro_rules! figures {
    ($($id:ident: $ticks:expr, $idle:expr);+ $(;)?) => {
        $(#[test]
        fn $id() {
            check(stringify!($id), $ticks, &$idle);
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

// Idle by name: where nothing has been drawn or answered there is nothing to undo. Each figure's own tests do both.
figures! {
    generator: 1000, ["undo", "erase"];
    quiz: 300, ["undo"];
}
