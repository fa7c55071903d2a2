//! Shared burn modules, small and seeded: [`Mlp`] with its input gradient in closed form, [`Adam`] whose state can be
//! read and saved, and parameters as flat vectors.
//!
//! burn differentiates once. A loss that holds a derivative of a network with respect to its input is therefore written
//! with [`Mlp::value_and_input_gradient`], which is first order in the weights.
//!
//! This crate must not know any paper, files, the browser or a clock. Reads of tensors are async, because on WebGPU they
//! have to be. Entry point: [`Mlp::new`] on [`device`].

mod adam;
mod device;
mod draw;
mod error;
mod init;
mod mlp;
mod parameters;

pub use adam::Adam;
pub use device::device;
pub use draw::{layer, orthogonal};
pub use error::Error;
pub use init::{linear, zero_linear};
pub use mlp::Mlp;
pub use parameters::{parameters, read, with_parameters};
