//! The figures of the page, one module each, and what they share.
//!
//! They know the data, the networks, their training and the experiments; they must not know the browser, a clock or files.

pub mod activation;
pub mod descent;
pub mod generator;
pub mod guillotine;
pub mod lottery;
pub mod quiz;
pub mod race;
pub mod rates;

mod marks;
mod published;
