//! `cargo xtask size`: what a visitor loads until the first rollout of a model, against the paper's budget.

use crate::project::{Paper, Project};
use crate::{console, files, site};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::thread;

/// HTML, CSS and JavaScript of one page, brotli 11; reported, and part of each paper's budget.
const PAGE_GOAL: u64 = 40_000;

#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Print an array of {paper, raw, brotli, budget, pass}
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    paper: String,
    raw: u64,
    brotli: u64,
    budget: u64,
    pass: bool,
    /// HTML, CSS and JavaScript alone, brotli.
    #[serde(skip)]
    page: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let project = Project::load()?;
    let rows = project.papers.iter().map(|paper| weigh(&project, paper)).collect::<Result<Vec<_>>>()?;
    if args.json {
        console::print(&serde_json::to_string_pretty(&rows)?)?;
    } else {
        console::print(&report(&rows))?;
    }
    let over: Vec<&str> = rows.iter().filter(|row| !row.pass).map(|row| row.paper.as_str()).collect();
    if !over.is_empty() {
        bail!("over budget: {}", over.join(", "));
    }
    Ok(())
}

fn weigh(project: &Project, paper: &Paper) -> Result<Row> {
    let files = first_files(project, paper)?;
    let sizes = thread::scope(|scope| {
        let workers: Vec<_> = files.iter().map(|path| scope.spawn(|| compressed_size(project, path))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().map_err(|_| anyhow::anyhow!("a compressor panicked"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    let is_page = |path: &Path| ["html", "css", "js"].iter().any(|extension| files::has_extension(path, extension));
    let page = files.iter().zip(&sizes).filter(|(path, _)| is_page(path)).map(|(_, (_, brotli))| brotli).sum();
    let raw = sizes.iter().map(|(raw, _)| raw).sum();
    let brotli = sizes.iter().map(|(_, brotli)| brotli).sum();
    let budget = paper.about.budget;
    Ok(Row { paper: paper.slug.clone(), raw, brotli, budget, pass: brotli <= budget, page })
}

/// The page, its style and scripts, the element and its worker, the paper's module, and the first figure's models.
fn first_files(project: &Project, paper: &Paper) -> Result<Vec<PathBuf>> {
    let out = project.site();
    let slug = &paper.slug;
    let mut names = vec![
        site::page_of(slug),
        "style/site.css".to_owned(),
        format!("pkg/{slug}/{slug}.js"),
        format!("pkg/{slug}/{slug}_bg.wasm"),
    ];
    names.extend(paper.about.first_models.iter().map(|file| format!("models/{file}")));
    let mut files: Vec<PathBuf> = names.iter().map(|name| out.join(name)).collect();
    files.extend(scripts_of(&out.join("assets")));
    files.extend(scripts_of(&out.join("pkg")));
    for path in &files {
        if !path.is_file() {
            bail!("{} is not there: run `cargo xtask build {slug}` first", path.display());
        }
    }
    Ok(files)
}

/// The scripts that lie in a folder itself.
fn scripts_of(folder: &Path) -> Vec<PathBuf> {
    let mine = |path: &PathBuf| files::has_extension(path, "js") && path.parent() == Some(folder);
    // building.js is added by `serve` alone.
    let served = |path: &PathBuf| path.file_name().is_some_and(|name| name != "building.js");
    files::walk(folder).into_iter().filter(|path| mine(path) && served(path)).collect()
}

/// Bytes of a file, raw and by brotli 11; the latter kept by the file's hash, as it takes seconds.
fn compressed_size(project: &Project, path: &Path) -> Result<(u64, u64)> {
    let bytes = files::read(path)?;
    let raw = bytes.len() as u64;
    let kept = project.cache().join("brotli").join(files::sha256(&bytes));
    if let Some(size) = files::read_text(&kept).ok().and_then(|text| text.parse().ok()) {
        return Ok((raw, size));
    }
    let size = brotli_11(&bytes).with_context(|| format!("brotli of {}", path.display()))?;
    files::write_if_changed(&kept, size.to_string().as_bytes())?;
    Ok((raw, size))
}

fn brotli_11(bytes: &[u8]) -> Result<u64> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut sink = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut sink, &params)?;
    Ok(sink.len() as u64)
}

fn report(rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let verdict = if row.pass { "ok" } else { "OVER" };
            let page = if row.page <= PAGE_GOAL { "" } else { " (goal 40 kB)" };
            vec![
                row.paper.clone(),
                console::bytes(row.raw),
                console::bytes(row.brotli),
                console::bytes(row.budget),
                verdict.to_owned(),
                format!("{}{page}", console::bytes(row.page)),
            ]
        })
        .collect();
    console::table(&["paper", "raw", "brotli", "budget", "", "of it HTML, CSS, JS"], &cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_shrinks_what_repeats() {
        let size = brotli_11(&vec![7; 100_000]).unwrap();
        assert!(size > 0 && size < 100, "{size}");
    }
}
