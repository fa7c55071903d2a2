//! Nature's Cost Function: Simulating Physics by Minimizing the Action (Strang, Caruso and Greydanus, 2023, arXiv 2303.02115).
//!
//! A whole discretised path is the parameter vector; its [`action`] is the loss; [`optimise`] deforms any path between
//! two pinned ends into a physical one. [`systems`] holds the paper's six, [`experiment`] its recipes, [`hessian`] tells a
//! minimum from a saddle, and [`quantum`] uses the same discretised action for a wave packet. No network is involved.
//!
//! This crate must not know any other paper, files or the browser. Entry point: [`DEMOS`].

pub mod action;
pub mod baseline;
pub mod bench;
pub mod crowd;
pub mod ephemeris;
pub mod experiment;
pub mod figures;
#[cfg(feature = "webgpu")]
pub mod gpu;
pub mod hessian;
pub mod optimise;
pub mod quantum;
pub mod systems;
pub mod tridiagonal;
#[cfg(not(target_arch = "wasm32"))]
pub mod verify;

#[cfg(feature = "first")]
demo::export_demos!(figures::scribble);
#[cfg(not(feature = "first"))]
demo::export_demos!(
    figures::scribble,
    figures::systems,
    figures::saddle,
    figures::basin,
    figures::quantum,
    figures::infill,
);
