//! What the page shows.

mod board;
mod draw;
pub mod race;
