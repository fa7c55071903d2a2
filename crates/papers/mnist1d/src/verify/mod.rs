//! The paper's numbers beside ours: data and networks recomputed, studies read from models/mnist1d and held to the bands of
//! their sections.

mod classify;
mod datasets;
mod studies;

use ::train::{Row, VerifyRequest};
use anyhow::Result;

pub use classify::network_rows;

/// All rows, in the order of the paper.
///
/// # Errors
/// When a model is missing or cannot be read.
pub fn verify(request: &VerifyRequest) -> Result<Vec<Row>> {
    request.tell("the data sets");
    let mut rows = datasets::rows()?;
    request.tell("the classifiers");
    rows.extend(classify::rows(request)?);
    request.tell("the studies");
    rows.extend(studies::rows(request)?);
    Ok(rows)
}
