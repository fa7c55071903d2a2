//! `cargo xtask bench engines`: our engines on five workloads, natively and in a tab, and on request others' beside them.
//!
//! All begin with the weights and see the numbers of `engines-cli cases`. What is missing (a library, a Python with PyTorch,
//! the network) is a line in the table.

use super::table::{self, Rate, Row};
use crate::build::{self, Module};
use crate::project::Project;
use crate::{compress, console, files, forward, tools};
use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the JSON holds.
#[derive(Serialize)]
struct Report {
    rows: Vec<Row>,
    /// Matrix products of ours on a Vulkan device, where that was asked for.
    products: Vec<Rate>,
    /// Bytes of our wasm modules, those that are there.
    modules: Vec<Weight>,
}

#[derive(Serialize)]
struct Weight {
    module: String,
    raw: usize,
    brotli: usize,
}

pub(super) fn run(args: &super::Args) -> Result<()> {
    let (project, peers) = (Project::load()?, args.peers);
    let cli = forward::native(&project, "engines-cli", args.vulkan.then_some("engines/vulkan"))?;
    let folder = Module::engines().folder(&project);
    let cases = folder.join("cases.json");
    files::write_if_changed(&cases, &tools::stdout_of(Command::new(&cli).arg("cases"))?)?;
    tools::ensure_wasm_target()?;
    Module::engines().build(&project, false)?;
    forgive("WebGPU", Module::engines_on_webgpu().build(&project, false));
    let mut rows = console::step("native", || measured(Command::new(&cli).arg("bench")))?;
    let mut products = Vec::new();
    if args.vulkan {
        rows.extend(console::step("on Vulkan", || measured(Command::new(&cli).arg("webgpu")))?);
        products = measured(Command::new(&cli).arg("products"))?;
    }
    if peers {
        rows.extend(torch(&project, &cases));
        prepare_peers(&project, &folder);
    }
    rows.extend(browser(&project, &cases, &folder, peers)?);
    let report = Report { rows, products, modules: modules(&project)? };
    if args.json {
        return console::print(&serde_json::to_string_pretty(&report)?);
    }
    console::print(&table::text(&report.rows))?;
    if !report.products.is_empty() {
        console::print(&format!("\n{}", table::products(&report.products)))?;
    }
    let weights = report.modules.iter().map(|weight| {
        vec![weight.module.clone(), console::bytes(weight.raw as u64), console::bytes(weight.brotli as u64)]
    });
    console::print(&format!("\n{}", console::table(&["module", "raw", "brotli"], &weights.collect::<Vec<_>>())))
}

fn measured<T: DeserializeOwned>(command: &mut Command) -> Result<Vec<T>> {
    serde_json::from_slice(&tools::stdout_of(command)?).context("the bench printed no JSON array")
}

/// PyTorch on one thread, where a Python has it: the one that `PLAYABLE_PYTHON` names, else python3.
fn torch(project: &Project, cases: &Path) -> Vec<Row> {
    let python = std::env::var_os("PLAYABLE_PYTHON").unwrap_or_else(|| "python3".into());
    let mut script = Command::new(python);
    script.arg(suite(project).join("peers/pytorch.py")).arg(cases);
    let rows = console::step("PyTorch", || measured(&mut script));
    rows.unwrap_or_else(|_| {
        let advice = "not here: PLAYABLE_PYTHON may name a Python that has torch";
        vec![Row::missing("PyTorch, native", advice)]
    })
}

/// Installs what others need. Whatever fails is missed later, by a line of its own.
fn prepare_peers(project: &Project, folder: &Path) {
    let install = || {
        tools::require_node()?;
        let mut npm = Command::new("npm");
        npm.current_dir(suite(project).join("peers")).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        tools::run(npm.stdout(Stdio::null()))
    };
    if !suite(project).join("peers/node_modules").is_dir() {
        forgive("npm ci", console::step("libraries of others", install));
    }
    forgive("candle", console::step("candle: wasm", || candle(project, folder)));
}

fn forgive(what: &str, outcome: Result<()>) {
    if let Err(error) = outcome {
        console::say(&format!("         goes on without {what}: {error:#}"));
    }
}

/// A workspace of its own, whose versions and features are no business of ours.
fn candle(project: &Project, folder: &Path) -> Result<()> {
    let (source, target) = (suite(project).join("peers/candle"), project.target.join("candle-peer"));
    let mut cargo = Command::new(tools::cargo());
    cargo.current_dir(&source).args(["build", "--release", "--locked", "--target-dir"]).arg(&target);
    tools::run(&mut cargo)?;
    let wasm = target.join(tools::WASM_TARGET).join("release/candle_peer.wasm");
    build::bind("candle_peer", files::read(&wasm)?, &folder.join("candle"))
}

fn browser(project: &Project, cases: &Path, folder: &Path, peers: bool) -> Result<Vec<Row>> {
    if !suite(project).join("node_modules").is_dir() || tools::find("node").is_none() {
        let advice = "no browser: `cargo xtask test` installs what it needs (playwright-tests/node_modules)";
        return Ok(vec![Row::missing("ours, wasm", advice)]);
    }
    console::step("in a tab", || {
        let mut node = Command::new("node");
        node.current_dir(suite(project)).arg("engines.mjs").args([cases, folder]).stderr(Stdio::inherit());
        node.args(peers.then_some("--peers"));
        if let Some(chromium) = crate::test::installed_chromium() {
            node.env("PLAYABLE_CHROMIUM", chromium);
        }
        measured(&mut node)
    })
}

fn suite(project: &Project) -> PathBuf {
    project.root.join("playwright-tests")
}

/// Our modules: training alone (the bench's own), and those of the pages as they are in pkg/.
fn modules(project: &Project) -> Result<Vec<Weight>> {
    let own = ("the kernels of W1 to W5".to_owned(), Module::engines().wasm_file(project));
    let pages = Module::all(project).into_iter().map(|module| (module.name(), module.wasm_file(project)));
    let there = std::iter::once(own).chain(pages).filter(|(_, file)| file.is_file());
    there
        .map(|(module, file)| {
            let bytes = files::read(&file)?;
            Ok(Weight { module, raw: bytes.len(), brotli: compress::brotli(project, &bytes)?.len() })
        })
        .collect()
}
