//! Kernels on 32-bit floats for networks so small that they train in a tab.
//!
//! Numbers of a batch stand **last**: an activation is `[features, n]`, row after row, so that every loop runs over
//! neighbouring numbers and no layer is too narrow for the vector unit. Sums have one order on every machine and products
//! are never fused with sums, so a training gives the same bits natively, with any vector unit, and in a browser.

mod elementary;
mod gates;
mod optimiser;
mod product;
mod rows;
mod tanh;
#[cfg(target_arch = "x86_64")]
mod unit;

pub use elementary::{exp, relu, relu_gradient, sigmoid, softmax_cross_entropy, tanh};
pub use gates::{gates, gates_gradient, kept_length};
pub use optimiser::{Adam, Momentum};
pub use product::{Pairs, Panels, add_outer, add_row_sums, fill_rows};
pub use rows::{Columns, add_column_sums, add_transposed_product, blend, dots};
pub use tanh::{tanh_gradient, tanh_slope, tanh_slope_gradient, tanh_slope_of_row, tanh_slope_of_row_gradient};
