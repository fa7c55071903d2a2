//! From a finished training to files: ONNX, golden vectors, loss curve, card, manifest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::fit::Reading;
use crate::manifest::{Manifest, Model};
use crate::{Artifact, Row, Training, card, curve, files, golden};

/// ONNX operator set that the exporter writes.
const OPSET: i64 = 18;

/// What is known about a run beside its training.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Slug of the paper.
    pub paper: String,
    /// For the card.
    pub citation: String,
    /// Name of the network.
    pub name: String,
    /// Experiment that it belongs to.
    pub task: String,
    /// Of data, weights and batches.
    pub seed: u32,
    /// Steps made.
    pub steps: u64,
    /// Steps of the full recipe.
    pub full_steps: u64,
    /// `--device`
    pub device: String,
    /// Of the code.
    pub commit: String,
}

/// Writes everything about a finished network into `out`, and its entries into the manifest in the folder above.
///
/// # Errors
/// When it cannot be exported, disagrees with tract about shapes or names, or the disk refuses.
pub fn publish(training: &dyn Training, readings: &[Reading], origin: &Origin, out: &Path) -> Result<()> {
    let rows = training.evaluate()?;
    let mut models = Vec::new();
    let mut entries = Vec::new();
    for artifact in training.artifacts()? {
        let parity = golden::parity(&artifact.onnx, &artifact.golden).with_context(|| artifact.name.clone())?;
        let entry = entry(&artifact, parity, &rows, origin, &training.about().data_sha256);
        models.push(artifact);
        entries.push(entry);
    }
    for artifact in &models {
        let place = |extension: &str| out.join(format!("{}.{extension}", artifact.name));
        files::write(&place("onnx"), &artifact.onnx)?;
        files::write(&place("golden"), artifact.golden.to_text()?.as_bytes())?;
    }
    let words = card::card(&training.about(), &rows, &entries, readings, origin);
    files::write(&out.join(format!("{}.svg", origin.name)), curve::svg(&origin.name, readings).as_bytes())?;
    files::write(&out.join(format!("{}.md", origin.name)), words.as_bytes())?;
    Manifest::update(&manifest_path(out), entries)
}

/// The manifest lies beside the papers' folders.
fn manifest_path(out: &Path) -> PathBuf {
    out.parent().unwrap_or(out).join("manifest.toml")
}

fn entry(artifact: &Artifact, parity: f64, rows: &[Row], origin: &Origin, data_sha256: &str) -> Model {
    let file = |name: &str, extension: &str| format!("{}/{name}.{extension}", origin.paper);
    let metric: BTreeMap<String, f64> = rows.iter().filter_map(|row| Some((row.id.clone(), row.ours?))).collect();
    Model {
        paper: origin.paper.clone(),
        name: artifact.name.clone(),
        file: file(&artifact.name, "onnx"),
        sha256: files::sha256(&artifact.onnx),
        bytes: artifact.onnx.len() as u64,
        opset: OPSET,
        seed: origin.seed,
        steps: origin.steps,
        data_sha256: data_sha256.into(),
        commit: origin.commit.clone(),
        parity,
        card: file(&origin.name, "md"),
        golden: file(&artifact.name, "golden"),
        metric,
        inputs: artifact.inputs.clone(),
        outputs: artifact.outputs.clone(),
    }
}

/// The commit of the code in `root`, `unknown` without git.
pub fn commit(root: &Path) -> String {
    let output = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(root).output();
    let text =
        output.ok().filter(|output| output.status.success()).and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or_else(|| "unknown".into(), |text| text.trim().into())
}
