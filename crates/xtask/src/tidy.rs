//! `cargo xtask tidy`: the invariants of the architecture that neither the compiler nor clippy checks.
//!
//! Each check is a pure function from the text of a file to its problems, tested below its code on small strings.

mod layers;
mod records;
mod sources;

use crate::project::Project;
use crate::{console, files};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// Larger files do not belong into a git repository.
const LARGEST_FILE: u64 = 25_000_000;

pub(crate) fn run() -> Result<()> {
    let project = Project::load()?;
    let problems = problems(&project)?;
    for problem in &problems {
        console::print(problem)?;
    }
    match problems.len() {
        0 => console::print("tidy: every invariant holds"),
        count => bail!("{count} {} (above)", if count == 1 { "problem" } else { "problems" }),
    }
}

/// Models that are not what models/manifest.toml says.
pub(crate) fn model_problems(root: &Path) -> Result<Vec<String>> {
    records::models(root)
}

fn problems(project: &Project) -> Result<Vec<String>> {
    let mut found = layers::pins(&files::read_text(&project.root.join("Cargo.toml"))?)?;
    for manifest in manifests(&project.root) {
        found.extend(named(project, &manifest, layers::arrows(&files::read_text(&manifest)?)?));
    }
    for path in files::walk(&project.root.join("crates")).iter().filter(|path| files::has_extension(path, "rs")) {
        let name = relative(project, path);
        found.extend(named(project, path, sources::check(&name, &files::read_text(path)?)));
    }
    for path in our_texts(&project.root) {
        found.extend(named(project, &path, sources::unfinished(&files::read_text(&path)?)));
    }
    found.extend(records::models(&project.root)?);
    found.extend(records::papers(project)?);
    found.extend(large_files(project));
    Ok(found)
}

/// The Cargo.toml of every crate.
fn manifests(root: &Path) -> Vec<PathBuf> {
    let is_manifest = |path: &PathBuf| path.file_name().is_some_and(|name| name == "Cargo.toml");
    files::walk(&root.join("crates")).into_iter().filter(is_manifest).collect()
}

/// Every text that we write by hand.
fn our_texts(root: &Path) -> Vec<PathBuf> {
    let kinds = ["rs", "md", "toml", "js", "mjs", "ts", "css", "html", "yml"];
    ["crates", "web", "playwright-tests"]
        .iter()
        .flat_map(|folder| files::walk(&root.join(folder)))
        .filter(|path| kinds.iter().any(|kind| files::has_extension(path, kind)))
        .collect()
}

fn large_files(project: &Project) -> Vec<String> {
    files::walk(&project.root)
        .into_iter()
        .filter(|path| !path.starts_with(&project.target) && !path.starts_with(project.root.join("pkg")))
        .filter_map(|path| Some((path.metadata().ok()?.len(), path)))
        .filter(|(bytes, _)| *bytes > LARGEST_FILE)
        .map(|(bytes, path)| format!("{}: {} is over 25 MB", relative(project, &path), console::bytes(bytes)))
        .collect()
}

fn named(project: &Project, path: &Path, problems: Vec<String>) -> Vec<String> {
    let name = relative(project, path);
    problems.into_iter().map(|problem| format!("{name}: {problem}")).collect()
}

fn relative(project: &Project, path: &Path) -> String {
    path.strip_prefix(&project.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
