//! The figures of the page, one module each, and what they share.
//!
//! They know the systems, the action and its optimisers; they must not know the browser, a clock or files.

pub mod systems;

pub(crate) mod trace;
