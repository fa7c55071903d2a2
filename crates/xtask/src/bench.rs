//! `cargo xtask bench`: a paper's hot paths, natively and in a headless browser, side by side. `bench engines` is about what
//! all papers train with.

mod engines;
mod table;

use crate::project::Project;
use crate::{console, files, forward, tools};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The paper, or `engines`; every paper where none is named
    paper: Option<String>,
    /// With `engines`: beside them jax-js, TensorFlow.js, onnxruntime-web, candle and PyTorch (installs what it needs)
    #[arg(long)]
    peers: bool,
    /// Also our WebGPU kernels natively, on a Vulkan driver: of `engines` and of papers that have such paths
    #[arg(long)]
    vulkan: bool,
    /// Print JSON: an array of {id, where, ms, gflops}; of engines {rows, modules}
    #[arg(long)]
    json: bool,
}

/// One measured path in one place.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Measurement {
    id: String,
    /// `native`, `browser`, or an engine in one of them.
    #[serde(rename = "where")]
    place: String,
    ms: f64,
    gflops: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.paper.as_deref() == Some("engines") {
        return engines::run(args);
    }
    if args.peers {
        bail!("--peers belongs to `cargo xtask bench engines`");
    }
    let project = Project::load()?;
    let slugs = match args.paper.as_deref() {
        Some(slug) => vec![project.paper(slug)?.slug.as_str()],
        None => project.slugs(),
    };
    let mut all = Vec::new();
    for slug in slugs {
        all.extend(native(&project, slug, args.vulkan)?);
        all.extend(browser(&project, slug)?);
    }
    if args.json {
        return console::print(&serde_json::to_string_pretty(&all)?);
    }
    console::print(&console::table(&["what", "where", "ms", "GFLOP/s", "to native"], &rows(&all)))
}

fn native(project: &Project, slug: &str, vulkan: bool) -> Result<Vec<Measurement>> {
    console::step(&format!("{slug}: native bench"), || {
        let manifest = files::read_text(&project.root.join("crates/papers").join(slug).join("Cargo.toml"))?;
        let feature = (vulkan && manifest.contains("\nvulkan = ")).then(|| format!("{slug}/vulkan"));
        let mut command = Command::new(forward::native(project, &format!("{slug}-cli"), feature.as_deref())?);
        measurements(command.args(["bench", "--json"]).stderr(Stdio::inherit()))
    })
}

/// The same paths in a tab, where the browser tests are installed.
fn browser(project: &Project, slug: &str) -> Result<Vec<Measurement>> {
    let suite = project.root.join("playwright-tests");
    if !suite.join("node_modules").is_dir() || tools::find("node").is_none() {
        console::say("no browser part: `cargo xtask test` installs what it needs (playwright-tests/node_modules)");
        return Ok(Vec::new());
    }
    console::step(&format!("{slug}: browser bench"), || {
        let mut node = Command::new("node");
        node.current_dir(&suite).args(["bench.mjs", slug, "--json"]).stderr(Stdio::inherit());
        if let Some(chromium) = crate::test::installed_chromium() {
            node.env("PLAYABLE_CHROMIUM", chromium);
        }
        measurements(&mut node)
    })
}

fn measurements(command: &mut Command) -> Result<Vec<Measurement>> {
    serde_json::from_slice(&tools::stdout_of(command)?).context("the bench printed no JSON array")
}

/// One row a measurement, those of one path together, with its time as a multiple of the native one.
fn rows(all: &[Measurement]) -> Vec<Vec<String>> {
    let native: BTreeMap<&str, f64> =
        all.iter().filter(|one| one.place.starts_with("native")).map(|one| (one.id.as_str(), one.ms)).collect();
    let mut sorted: Vec<&Measurement> = all.iter().collect();
    sorted.sort_by_key(|one| all.iter().position(|other| other.id == one.id));
    sorted
        .into_iter()
        .map(|one| {
            let gflops = one.gflops.map_or_else(String::new, |gflops| format!("{gflops:.2}"));
            let ratio = native.get(one.id.as_str()).map_or_else(String::new, |ms| format!("{:.2}", one.ms / ms));
            vec![one.id.clone(), one.place.clone(), format!("{:.4}", one.ms), gflops, ratio]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_path_stand_together_with_their_ratio() {
        let text = r#"[{"id":"a","where":"native","ms":2.0,"gflops":1.5},{"id":"b","where":"native","ms":1.0,"gflops":null},
                       {"id":"a","where":"browser","ms":5.0,"gflops":null}]"#;
        let all: Vec<Measurement> = serde_json::from_str(text).unwrap();
        let rows = rows(&all);
        assert_eq!(rows[0], ["a", "native", "2.0000", "1.50", "1.00"]);
        assert_eq!(rows[1], ["a", "browser", "5.0000", "", "2.50"]);
        assert_eq!(rows[2][0], "b");
    }
}
