//! For tests: the checks that every figure must pass.
//!
//! A paper's `tests/conformance.rs` is one line: [`conformance`]`(paper::DEMOS, &models)`. This crate must not know any paper, the browser or
//! files; it drives a figure through [`demo::Player`] alone, natively, and waits for its futures with `block_on`.

mod conformance;
pub mod hostile;
pub mod order;

pub use conformance::{Conformance, conformance};
