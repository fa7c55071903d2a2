//! Training on WebGPU by the kernels of crate `wgsl`, a step in one submission without a read-back.

mod convolutional;
mod perceptrons;

pub use convolutional::Convolutional;
pub use perceptrons::{CHUNK, Perceptrons, Recipe};
