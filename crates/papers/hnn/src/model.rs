//! The networks of the paper: [`Direct`] (HNN or baseline), the same of burn's tensors ([`Dynamics`], for training on burn's other
//! devices, for export, and as the reference of tests) and on WebGPU (`Remote`), [`Network`], which is any of them, [`Autoencoder`]
//! and [`Decoder`] for pixels, and [`Plain`], a network's weights in f64 for rollouts of one state.
//!
//! A state is x = (all q, all p), d numbers. The HNN learns a scalar H and reads the field off its symplectic gradient,
//! dx/dt = (dH/dp, -dH/dq) (section 2 of the paper); the baseline regresses dx/dt.

use demo::Error;

#[cfg(not(target_arch = "wasm32"))]
mod autoencoder;
mod decoder;
mod direct;
#[cfg(not(target_arch = "wasm32"))]
mod dynamics;
mod network;
mod plain;
#[cfg(feature = "webgpu")]
mod remote;
mod shape;

#[cfg(not(target_arch = "wasm32"))]
pub use autoencoder::{Autoencoder, Half};
pub use decoder::{Decoder, FRAMES};
pub use direct::Direct;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use dynamics::read;
#[cfg(not(target_arch = "wasm32"))]
pub use dynamics::{Dynamics, tensor};
pub use network::Network;
pub use plain::Plain;
#[cfg(feature = "webgpu")]
pub use remote::Remote;
#[cfg(feature = "webgpu")]
pub(crate) use remote::{Places, Step};
pub use shape::{Kind, Shape};

/// Width of both hidden layers in every experiment of the paper.
pub const HIDDEN: usize = 200;

/// As a figure's error.
#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
pub(crate) fn engine_error(error: nn::Error) -> Error {
    Error::Engine { engine: "numerical", reason: error.to_string() }
}
