//! What the page shows.

pub mod bend;
mod board;
mod certificate;
mod draw;
pub mod gallery;
pub mod inside;
mod load;
pub mod mesh;
mod problems;
pub mod race;
pub mod seeds;
