//! Shared burn modules, small and seeded: [`Mlp`] with its input gradient in closed form, [`Adam`] whose state can be
//! read and saved, and parameters as flat vectors.
//!
//! burn differentiates once. A loss that holds a derivative of a network with respect to its input is therefore written
//! with [`Mlp::value_and_input_gradient`], which is first order in the weights.
//!
//! This crate must not know any paper, files, the browser or a clock. Reads of tensors are async, because on WebGPU they
//! have to be. Entry point: [`Mlp::new`].

#[cfg(not(target_arch = "wasm32"))]
mod adam;
mod draw;
mod error;
#[cfg(not(target_arch = "wasm32"))]
mod init;
#[cfg(not(target_arch = "wasm32"))]
mod mlp;
#[cfg(not(target_arch = "wasm32"))]
mod parameters;

pub use draw::{layer, orthogonal};
pub use error::Error;
#[cfg(not(target_arch = "wasm32"))]
pub use {
    adam::Adam,
    init::{linear, zero_linear},
    mlp::Mlp,
    parameters::{parameters, read, with_parameters},
};
