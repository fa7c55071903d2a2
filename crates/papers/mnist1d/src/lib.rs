//! Scaling Down Deep Learning with MNIST-1D (Greydanus and Kobak, ICML 2024, arXiv 2011.14439).
//!
//! [`data`] generates the data set byte for byte, [`model`] holds the networks, [`learner`] the published training loop,
//! [`lab`] the paper's experiments, [`figures`] what the page shows of them. All of it is plain arithmetic without tensors, the same to the bit natively and in a tab. Native builds add the
//! networks to train, the studies, the check against the paper's numbers and the command line.
//!
//! This crate must not know any other paper, files or the browser.

pub mod bench;
pub mod data;
pub mod figures;
pub mod lab;
pub mod learner;
pub mod model;
#[cfg(feature = "webgpu")]
pub mod remote;
#[cfg(not(target_arch = "wasm32"))]
pub mod study;
#[cfg(not(target_arch = "wasm32"))]
pub mod training;
#[cfg(not(target_arch = "wasm32"))]
pub mod verify;

#[cfg(feature = "first")]
demo::export_demos!(figures::generator);
#[cfg(not(feature = "first"))]
demo::export_demos!(
    figures::generator,
    figures::quiz,
    figures::race,
    figures::descent,
    figures::lottery,
    figures::rates,
    figures::activation,
    figures::guillotine,
);
