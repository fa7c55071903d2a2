//! The workspace as cargo sees it: its folders, its papers (web/papers.toml gives the order, each crate's
//! `[package.metadata.paper]` the rest).

use crate::{files, tools};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Feature of a paper's crate, and name of the module that it makes: the paper's first figure alone.
pub(crate) const FIRST: &str = "first";

/// The workspace and its papers, in the order in which the site shows them.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) papers: Vec<Paper>,
}

/// One paper: what its crate's metadata says.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Paper {
    /// Name of the crate, of its folder, and of everything in URLs.
    pub(crate) slug: String,
    /// Folder of the crate.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
    /// Has the crate a feature `first`, by which its first figure makes a module of its own?
    #[serde(skip)]
    pub(crate) has_first: bool,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// `[package.metadata.paper]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct About {
    pub(crate) title: String,
    pub(crate) authors: Vec<String>,
    pub(crate) year: u16,
    #[serde(default)]
    pub(crate) venue: String,
    #[serde(default)]
    pub(crate) arxiv: String,
    /// Label of the link (paper, code, blog, ...) and its address.
    #[serde(default)]
    pub(crate) links: BTreeMap<String, String>,
    /// One line: what one can do on the page.
    #[serde(default)]
    pub(crate) play: String,
    /// Bytes, brotli 11, until the first rollout of a model.
    pub(crate) budget: u64,
    pub(crate) engines: Vec<String>,
    /// Files under models/ that the page's first figure fetches before it plays.
    #[serde(default)]
    pub(crate) first_models: Vec<String>,
}

impl Paper {
    /// The wasm module of its first figure, without the ending: what `web/embed/load.js` is asked for.
    pub(crate) fn first_program(&self) -> String {
        let name = if self.has_first { FIRST } else { &self.slug };
        format!("{}/{name}", self.slug)
    }
}

impl Project {
    /// Reads the workspace that holds the current folder.
    pub(crate) fn load() -> Result<Self> {
        Self::load_from(Path::new("."))
    }

    /// Reads the workspace that holds `folder`.
    pub(crate) fn load_from(folder: &Path) -> Result<Self> {
        let mut cargo = Command::new(tools::cargo());
        cargo.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(folder);
        let metadata: Metadata =
            serde_json::from_slice(&tools::stdout_of(&mut cargo)?).context("cargo metadata gave no JSON")?;
        let registry = files::read_text(&metadata.workspace_root.join("web/papers.toml"))?;
        let papers =
            parse_registry(&registry)?.into_iter().map(|slug| paper_of(&metadata, slug)).collect::<Result<Vec<_>>>()?;
        Ok(Self { root: metadata.workspace_root, target: metadata.target_directory, papers })
    }

    /// The paper of that name, or a message that lists those there are.
    pub(crate) fn paper(&self, slug: &str) -> Result<&Paper> {
        match self.papers.iter().find(|paper| paper.slug == slug) {
            Some(paper) => Ok(paper),
            None => bail!("there is no paper \"{slug}\"; the papers are: {}", self.slugs().join(", ")),
        }
    }

    pub(crate) fn slugs(&self) -> Vec<&str> {
        self.papers.iter().map(|paper| paper.slug.as_str()).collect()
    }

    /// Where the site is built.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// Where xtask keeps what it knows from last time.
    pub(crate) fn cache(&self) -> PathBuf {
        self.target.join("xtask")
    }
}

/// The slugs of web/papers.toml, in order.
pub(crate) fn parse_registry(text: &str) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Registry {
        papers: Vec<String>,
    }
    let registry: Registry = toml::from_str(text).context("web/papers.toml")?;
    Ok(registry.papers)
}

fn paper_of(metadata: &Metadata, slug: String) -> Result<Paper> {
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name == slug)
        .with_context(|| format!("web/papers.toml lists \"{slug}\", but no crate has that name"))?;
    let folder = package.manifest_path.parent().context("a manifest lies in a folder")?.to_owned();
    let manifest = package.manifest_path.display();
    let about =
        package.metadata.get("paper").with_context(|| format!("{manifest} has no [package.metadata.paper]")).and_then(
            |about| About::deserialize(about).with_context(|| format!("[package.metadata.paper] of {manifest}")),
        )?;
    Ok(Paper { slug, folder, has_first: package.features.contains_key(FIRST), about })
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    metadata: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_keeps_its_order() {
        let text = "# display order\npapers = [\n    \"zeta\",\n    \"alpha\",\n]\n";
        assert_eq!(parse_registry(text).unwrap(), ["zeta", "alpha"]);
        assert!(parse_registry("papers = 3").is_err());
    }

    #[test]
    fn this_workspace_loads_and_an_unknown_paper_is_named() {
        let project = Project::load_from(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(project.slugs().contains(&"hnn"));
        let message = project.paper("no-such-paper").unwrap_err().to_string();
        assert!(message.contains("no-such-paper") && message.contains("hnn"), "{message}");
    }
}
