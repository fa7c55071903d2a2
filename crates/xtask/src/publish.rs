//! `cargo xtask publish`: the whole site for any static host, under any path.
//!
//! The site is rendered once more, knowing where it will be (canonical addresses, oEmbed, social cards), then every file
//! whose address we write ourselves gets a name with its hash, and every reference to it follows. What others write down
//! keeps its name: pages, `pkg/embed.js`, `pkg/host.js`, `models/manifest.json`.
//!
//! What the scripts of web/embed are promised, and must hold to:
//!
//! - Imports are literal (`'./x.js'`) and are renamed in the text; the worker is `new URL('./worker.js', import.meta.url)`.
//!   Every other address goes through `address(path)` of files.js, whose table is filled in here.
//! - `address('../models/manifest.json')` is a short manifest: `{model: [{paper, name, file, path, sha256, bytes}]}`;
//!   a model lies at `address('../models/' + (path ?? file))`.
//! - `address('integrity.json')` says how to embed with an integrity hash: `{embed, integrity, site}`; `embed` is the name
//!   with its hash beside it, for `<script integrity crossorigin>`; `site` is where the site is published, or null.
//! - `embed/<paper>/<figure>.html` is one figure for an iframe and loads pkg/embed.js and pkg/iframe.js.
//!
//! Files with a hash in their name stay when the next version is published into the same folder: open pages and embeds
//! that name a hash still need them. `--clean` removes them.

mod entry;
mod home;
mod hosting;
mod icons;
mod names;
mod npm;
mod offline;
mod tree;

use crate::build::{self, Module};
use crate::project::Project;
use crate::{console, files, site, tidy};
use anyhow::{Result, bail};
use home::Home;
use std::path::{Path, PathBuf};
use tree::Tree;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder to publish into
    #[arg(long, default_value = "dist")]
    out: PathBuf,
    /// Where the site will be: a path, or better the whole address, e.g. <https://you.github.io/playable-papers/>
    #[arg(long, default_value = "/")]
    base: Home,
    /// Publish the wasm modules that lie in pkg/ without building them
    #[arg(long)]
    no_build: bool,
    /// Remove the files of earlier versions that open pages and pinned embeds may still ask for
    #[arg(long)]
    clean: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let project = Project::load()?;
    tree::refuse_foreign(&args.out)?;
    refuse_wrong_models(&project)?;
    if !args.no_build {
        build::build(&project, &Module::all(&project), false)?;
    }
    refuse_missing_modules(&project)?;
    if args.base.origin().is_none() {
        console::say(
            "--base names no host: sitemap, oEmbed answers and social cards hold paths alone, which most readers refuse",
        );
    }
    let work = project.target.join("publish");
    let staged = console::step("pages", || stage(&project, &args.base, &work.join("site")))?;
    let package = console::step("npm package", || npm::pack(&project, &staged, &args.base, &work.join("npm")))?;
    let mut published = console::step("names and offline", || publish(&project, staged, &args.base))?;
    published.insert(format!("pkg/{}", package.name), package.bytes);
    tree::refuse_large(&published)?;
    console::step("compress and write", || tree::write(&project, &published, &args.out, args.clean))?;
    let bytes = published.values().map(|bytes| bytes.len() as u64).sum();
    console::say(&format!("{} files, {} in {}", published.len(), console::bytes(bytes), args.out.display()));
    Ok(())
}

/// A manifest that does not match its files must not go out.
fn refuse_wrong_models(project: &Project) -> Result<()> {
    let problems = tidy::model_problems(&project.root)?;
    if problems.is_empty() { Ok(()) } else { bail!("models/manifest.toml does not match:\n{}", problems.join("\n")) }
}

fn refuse_missing_modules(project: &Project) -> Result<()> {
    let missing: Vec<String> = Module::all(project)
        .into_iter()
        .filter(|module| !module.is_built(project))
        .map(|module| module.name())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("not built yet: {}; publish without --no-build, or `cargo xtask build --all`", missing.join(", "))
}

/// Every file of the site under its plain name, rendered for its place in the world.
fn stage(project: &Project, home: &Home, out: &Path) -> Result<Tree> {
    let edition = site::Edition { out: out.to_owned(), home: Some(home.to_string()), path: home.path().to_owned() };
    site::render_edition(project, &edition)?;
    let mut tree = tree::read(out)?;
    icons::add(project, &mut tree)?;
    Ok(tree)
}

/// From plain names to what is served.
fn publish(project: &Project, staged: Tree, home: &Home) -> Result<Tree> {
    let build = tree::fingerprint(&staged);
    let mut named = names::hashed(staged, home.path())?;
    entry::add(&mut named, home, &build)?;
    let source = files::read_text(&project.root.join("web/service-worker.js"))?;
    offline::add(&mut named, &source, &build)?;
    hosting::add(&mut named, home)?;
    Ok(named.files)
}
