//! Hamiltonian Neural Networks (Greydanus, Dzamba and Yosinski, `NeurIPS` 2019, arXiv 1906.01563).
//!
//! The networks are in [`model`], one step of their training in [`learner`]; `figures` is what the page shows.
//! Native builds add the training recipes, the check against the paper's numbers and the command line.
//!
//! This crate must not import another paper.

pub mod bench;
pub mod data;
pub mod figures;
pub mod learner;
pub mod model;
pub mod task;
#[cfg(not(target_arch = "wasm32"))]
pub mod training;
#[cfg(not(target_arch = "wasm32"))]
pub mod verify;

#[cfg(feature = "first")]
demo::export_demos!(figures::arena);
#[cfg(not(feature = "first"))]
demo::export_demos!(
    figures::arena,
    figures::rollout,
    figures::liouville,
    figures::bodies,
    figures::pixels,
    figures::recorded,
);
