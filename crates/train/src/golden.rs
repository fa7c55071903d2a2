//! Holding a file to its golden vectors with an engine that shares no code with ours.

use anyhow::{Context, Result, ensure};
use onnx::golden::{Golden, max_relative_error};
use onnx::tract::Model;

/// The largest error of tract over all outputs of the file, relative to the largest golden number of an output.
///
/// # Errors
/// When tract cannot load or run the file, or names and shapes of the outputs are not the golden ones.
pub fn parity(file: &[u8], golden: &Golden) -> Result<f64> {
    let model = Model::load(file).context("tract cannot load the file")?;
    let found = model.run(&golden.inputs).context("tract cannot run the file")?;
    ensure!(
        found.len() == golden.outputs.len(),
        "the file has {} outputs, golden {}",
        found.len(),
        golden.outputs.len()
    );
    Ok(max_relative_error(&golden.outputs, &found)?)
}
