//! For tests: the checks that every figure must pass.
//!
//! A paper's `tests/conformance.rs` is one line: [`conformance`]`(paper::DEMOS, &models)`, or [`figures!`] where figures differ. This crate must not know any paper, the browser or
//! files; it drives a figure through [`demo::Player`] alone, natively, and waits for its futures with `block_on`.

mod conformance;
pub mod hostile;
pub mod order;

pub use conformance::{Conformance, conformance};

/// One test for each figure by name, `check(entry, argument)`, and one that no figure of the paper is left out:
/// `testkit::figures!(paper::DEMOS, check; race: 300, descent: 1000)`.
#[macro_export]
macro_rules! figures {
    ($demos:expr, $check:expr; $($id:ident: $argument:expr),+ $(,)?) => {
        $(#[test]
        fn $id() {
            let entry = $demos.iter().find(|entry| entry.id == stringify!($id));
            let entry = entry.unwrap_or_else(|| panic!("no figure “{}”", stringify!($id)));
            $check(entry, $argument);
        })+

        #[test]
        fn no_figure_is_left_out() {
            let checked = [$(stringify!($id)),+];
            for entry in $demos {
                assert!(checked.contains(&entry.id), "{} is not checked", entry.id);
            }
        }
    };
}
