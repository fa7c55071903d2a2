//! Neural reparameterization improves structural optimization (Hoyer, Sohl-Dickstein and Greydanus, 2019, arXiv 1909.04240).
//!
//! A [`problem::Problem`] says what holds and loads a grid of elements; a [`structure::Structure`] computes how far a
//! design gives way, exactly and with its gradient; [`methods`] make better designs of it, one of them by way of the weights
//! of a network ([`cnn`]). [`tasks`] holds the paper's 116 problems. There is nothing to be trained beforehand.
//!
//! This crate must not know any other paper, files or the browser. Entry point: [`DEMOS`].

pub mod bench;
pub mod classic;
pub mod cnn;
pub mod constraint;
pub mod element;
pub mod figures;
pub mod filter;
#[cfg(feature = "webgpu")]
pub mod gpu;
pub mod methods;
pub mod multigrid;
pub mod physics;
pub mod problem;
#[cfg(not(target_arch = "wasm32"))]
pub mod runs;
pub mod solver;
pub mod structure;
pub mod tasks;
#[cfg(not(target_arch = "wasm32"))]
pub mod verify;

#[cfg(feature = "first")]
demo::export_demos!(figures::race);
#[cfg(not(feature = "first"))]
demo::export_demos!(figures::race, figures::bend, figures::inside, figures::seeds, figures::mesh, figures::gallery);
