//! The workloads that `cargo xtask bench engines` times on our engines and on others': first weights, data, and a step of ours.
//!
//! [`Case`] is what every engine gets, as JSON, so that all train the same from the same start; [`Job`] is our own CPU engine
//! on it, the code that the papers' figures run. Natively `engines-cli` prints cases and timings; for wasm32 the crate is a
//! module for the bench alone, which no page loads. [`webgpu`] has the same on WebGPU, in a tab or on a Vulkan driver.
//!
//! This crate must not know other libraries, a page, or files.

mod case;
mod job;
mod onnx_file;
mod workload;

#[cfg(all(target_arch = "wasm32", feature = "module"))]
mod exports;
#[cfg(feature = "webgpu")]
pub mod webgpu;

pub use case::{Case, Tensor};
pub use job::Job;
pub use workload::{Task, WORKLOADS, Workload};

/// Why a workload is not made ready.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// It is not one of [`WORKLOADS`].
    #[error("there is no workload {0}; there are {list}", list = WORKLOADS.map(|workload| workload.id).join(", "))]
    Unknown(String),
    /// Its data could not be made.
    #[error("the data of {workload}: {reason}")]
    Data {
        /// Which.
        workload: &'static str,
        /// Why not.
        reason: String,
    },
    /// The GPU is missing or failed.
    #[cfg(feature = "webgpu")]
    #[error(transparent)]
    Device(#[from] demo::Error),
}
