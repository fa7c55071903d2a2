//! A solver for grids that a direct one is too slow for: conjugate gradients in single precision, preconditioned by a
//! geometric multigrid V-cycle, inside an iterative refinement whose residual is summed in double precision.
//!
//! [`Plan`] says which grids there are, [`Hierarchy`] holds the stiffness on all of them for one design, [`Twin`] iterates
//! on the processor what `gpu` (feature `webgpu`) iterates on WebGPU, and [`Refinement`] asks either for corrections until
//! the loads are balanced. The solver never sees an assembled matrix of the finest grid: rounded to single precision it
//! would no longer know a rigid motion, and compliances would be wrong by per cents.
//!
//! This module must not know figures, methods or who owns the device.

mod dense;
mod galerkin;
mod hierarchy;
mod plan;
mod refinement;
mod twin;

pub use hierarchy::{Fine, Hierarchy, Middle};
pub use plan::{Grid, Plan};
pub use refinement::{EARLY, REPORTED, Refinement, Request, compliance};
pub use twin::Twin;

/// Damping of a Jacobi sweep.
pub const DAMPING: f32 = 0.6;
