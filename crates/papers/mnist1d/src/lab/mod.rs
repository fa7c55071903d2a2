//! The experiments of the paper's "science of deep learning", each a small machine that makes one step at a time: natively the
//! studies run them to the end, in a tab figures show them at work.

pub mod activation;
pub mod contrast;
pub mod descent;
pub mod pooling;
pub mod probe;
pub mod rates;
pub mod tickets;
