//! The networks, written down once: forward, gradient, first weights. The same code trains natively and in the tab, to the
//! same bits.
//!
//! A [`Network`] is a chain of [`Layer`]s over one vector of parameters; [`Pass`] holds what a batch leaves in it. All
//! arithmetic is that of [`math::single`], batch last. [`Kind`] are the four of the paper's table; the studies build others.

mod catalogue;
mod file;
mod gru;
mod layer;
mod network;
mod tensors;

pub use catalogue::{CLASSIFIERS, Kind, POSITIONS, convolutional, perceptron, residual_perceptron};
pub use file::{FileError, INPUT, OUTPUT};
pub use gru::Gru;
pub use layer::{Activation, Conv, Dense, Layer, Pool, Pooling};
pub use network::{Network, Pass};
pub use tensors::{NamedTensor, TensorError};
