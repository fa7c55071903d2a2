//! The figures of the page. Each module is one, with its `ENTRY`; they know the crate's data, models and experiments, and
//! nothing of each other or of the browser.

mod published;

pub mod activation;
pub mod guillotine;
pub mod lottery;
pub mod rates;
