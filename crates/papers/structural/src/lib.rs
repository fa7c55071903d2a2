//! Neural reparameterization improves structural optimization (Hoyer, Sohl-Dickstein and Greydanus, 2019, arXiv 1909.04240).
//!
//! A [`problem::Problem`] says what holds and loads a grid of elements; a [`structure::Structure`] computes how far a
//! design gives way, exactly and with its gradient.
//!
//! This crate must not know any other paper, files or the browser.

pub mod constraint;
pub mod element;
pub mod filter;
pub mod problem;
pub mod solver;
pub mod structure;
pub mod tasks;
pub mod cnn;
pub mod methods;
