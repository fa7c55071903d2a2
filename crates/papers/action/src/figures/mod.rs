//! The figures of the page, one module each, and what they share.
//!
//! They know the systems, the action and its optimisers; they must not know the browser, a clock or files.

pub mod basin;
pub mod infill;
pub mod quantum;
pub mod saddle;
pub mod scribble;
pub mod systems;

mod marks;
pub(crate) mod trace;
