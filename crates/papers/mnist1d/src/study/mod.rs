//! The studies of the paper: sweeps whose results are numbers, made by `cargo xtask train mnist1d <study>`.
//!
//! The experiments themselves are plain functions in [`crate::lab`], which figures use too; here stands what is swept.

mod chart;
pub mod seeds;

use ::train::Study;


/// All of them.
pub fn all() -> Vec<Box<dyn Study>> {
    vec![Box::new(seeds::Seeds)]
}
