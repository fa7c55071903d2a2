//! What the page shows.

pub mod bend;
mod board;
mod draw;
pub mod gallery;
pub mod inside;
mod load;
mod problems;
pub mod race;
