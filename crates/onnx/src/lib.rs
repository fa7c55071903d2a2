//! ONNX, in and out.
//!
//! - **In:** [`File::parse`] reads a file, [`load_into`] fills a burn module with its weights, by name; [`weights`] gives them as
//!   one vector.
//! - **Out** (native only): [`export`] writes a burn module and a forward function as a file. [`with_weights`], also in
//!   the browser, puts other weights into such a file, and [`Builder`] writes a graph node by node.
//! - **Run** (feature `tract`): [`tract::Model`] runs any file, [`tract::Field`] plays one in a figure; for wasm32 the
//!   crate is then onnx.wasm.
//!
//! This crate must not know any paper, the browser's API, files or the network: bytes come in and go out.

mod array;
mod build;
mod error;
#[cfg(not(target_arch = "wasm32"))]
mod export;
mod file;
pub mod golden;
#[cfg(not(target_arch = "wasm32"))]
mod load;
mod proto;
mod retrain;
#[cfg(feature = "tract")]
pub mod tract;
#[cfg(all(target_arch = "wasm32", feature = "tract"))]
mod wasm;
mod weights;

pub use array::Array;
pub use build::{Attribute, Builder};
pub use error::Error;
#[cfg(not(target_arch = "wasm32"))]
pub use export::{Argument, Axis, Element, Input, Returned, Signature, export};
pub use file::{Dimension, File, Initializer, Value};
#[cfg(not(target_arch = "wasm32"))]
pub use load::{load_into, load_part};
pub use retrain::with_weights;
pub use weights::weights;
