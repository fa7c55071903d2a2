//! The figures of the page, one module each, and what they share.
//!
//! They know the data, the networks and their training; they must not know the browser, a clock or files.

pub mod generator;
pub mod quiz;

mod published;
