//! Kernels of small networks on a wgpu device, written in WGSL: matrix products with what follows them, gradients of weights,
//! the optimiser. A network is a [`Plan`], a list of dispatches that is made once for a batch size and then submitted whole; what
//! several networks do alike is one dispatch.
//!
//! # Layout
//! Every buffer is an array of `vec4<f32>`. A batch stands first: an activation is `[n, features]`, a row padded with zeros to a
//! multiple of four numbers; a matrix is `[inputs, outputs]`, both padded. Zeros stay zeros through every kernel here, so padding
//! needs no test in a loop.
//!
//! Nothing needs subgroups, timestamps, 16-bit floats, workgroup memory or more than the default limits. Memory of a workgroup was
//! left out on purpose: register tiles over what the caches hold are as good for matrices this small, and no barrier is paid
//! where a processor plays the GPU.
//!
//! This crate must not know a paper, tensors, the browser or who made the device, which is given to [`install`]. It is empty
//! without the feature `webgpu`.

#[cfg(feature = "webgpu")]
mod adam;
#[cfg(feature = "webgpu")]
mod classify;
#[cfg(feature = "webgpu")]
mod gpu;
#[cfg(feature = "webgpu")]
mod kernel;
#[cfg(feature = "webgpu")]
mod layout;
#[cfg(feature = "webgpu")]
mod momentum;
#[cfg(feature = "webgpu")]
mod outer;
#[cfg(feature = "webgpu")]
mod plan;
#[cfg(feature = "webgpu")]
mod product;
#[cfg(all(test, feature = "vulkan"))]
mod tests;
#[cfg(feature = "webgpu")]
mod windows;

#[cfg(feature = "vulkan")]
pub use gpu::native;
#[cfg(feature = "webgpu")]
pub use {
    adam::{Adam, Losses},
    classify::CrossEntropy,
    gpu::{Gpu, Numbers, current, install},
    kernel::{Binding, Kernel},
    layout::Layout,
    momentum::Momentum,
    outer::Outer,
    plan::{Plan, Rows, Source, lines},
    product::{Epilogue, Product, Weights},
    windows::ByInput,
};
