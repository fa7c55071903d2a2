//! The studies of the paper: sweeps whose results are numbers, made by `cargo xtask train mnist1d <study>`.
//!
//! The experiments themselves are plain functions in [`crate::lab`], which figures use too; here stands what is swept.

pub mod activation;
mod chart;
pub mod descent;
pub mod guillotine;
pub mod pooling;
pub mod rates;
pub mod seeds;
pub mod tickets;

use ::train::Study;

use descent::{DoubleDescent, Family};

/// All of them.
pub fn all() -> Vec<Box<dyn Study>> {
    vec![
        Box::new(seeds::Seeds),
        Box::new(tickets::Tickets),
        Box::new(DoubleDescent(Family::Mlp)),
        Box::new(DoubleDescent(Family::Cnn)),
        Box::new(rates::Rates),
        Box::new(activation::Activation),
        Box::new(guillotine::Guillotine),
        Box::new(pooling::PoolingBenchmark),
    ]
}
