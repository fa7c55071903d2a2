//! The figures of the page, one module each, and what they share.
//!
//! They know the data, the networks and their training; they must not know the browser, a clock or files.

pub mod descent;
pub mod generator;
pub mod quiz;
pub mod race;

mod marks;
mod published;
mod standard;
