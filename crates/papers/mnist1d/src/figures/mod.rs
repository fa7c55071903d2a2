//! The figures of the page, and what several of them share.
//!
//! Nothing here knows the DOM, a clock or files.

pub mod descent;
mod marks;
pub mod race;
mod standard;
