//! Every figure of the page through the checks that all figures must pass.

use demo::Models;
use testkit::Conformance;

fn check(id: &str, ticks: usize) {
    let entry = mnist1d::DEMOS.iter().find(|entry| entry.id == id).unwrap_or_else(|| panic!("no figure “{id}”"));
    // Where nothing runs there is nothing to cancel; the figure's own tests do it. A classifier gives ten logits.
    Conformance::new(&[*entry], &Models::default()).ticks(ticks).idle(&["cancel"]).answers(10).run();
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
    descent: 1000,
    race: 300,
}
