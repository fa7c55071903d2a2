//! `cargo xtask size`: what a visitor loads, against what we allow: HTML, CSS and JavaScript of every page, everything
//! until a paper's first rollout, and the largest file.

use crate::project::{Paper, Project};
use crate::{compress, console, files, scripts, site};
use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::thread;

/// HTML, CSS and JavaScript of one page until it plays, brotli 11.
const PAGE_BUDGET: u64 = 40_000;
/// The strictest of the usual hosts takes no larger file.
pub(crate) const LARGEST_FILE: u64 = 25_000_000;

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
    let (pages, heaviest) = heavy_pages(&project)?;
    if args.json {
        console::print(&serde_json::to_string_pretty(&rows)?)?;
    } else {
        console::print(&report(&rows))?;
        console::print(&format!("heaviest page: {heaviest} (HTML, CSS and JavaScript, brotli; at most 40 kB)"))?;
    }
    let papers = rows.iter().filter(|row| !row.pass).map(|row| row.paper.clone());
    let over: Vec<String> = papers.chain(pages).chain(large_files(&project.site())).collect();
    if over.is_empty() { Ok(()) } else { bail!("over budget: {}", over.join(", ")) }
}

/// Everything until the first rollout: the page, the paper's module, and the first figure's models.
fn weigh(project: &Project, paper: &Paper) -> Result<Row> {
    let slug = &paper.slug;
    let page = page_files(&project.site(), &site::page_of(slug))?;
    let mut all = page.clone();
    all.insert(format!("pkg/{}_bg.wasm", paper.first_program()));
    all.extend(paper.about.first_models.iter().map(|file| format!("models/{file}")));
    let (raw, brotli) = weights(project, &all)?;
    let (_, page) = weights(project, &page)?;
    let budget = paper.about.budget;
    Ok(Row { paper: slug.clone(), raw, brotli, budget, pass: brotli <= budget, page })
}

/// The pages over their budget, and the heaviest in words.
fn heavy_pages(project: &Project) -> Result<(Vec<String>, String)> {
    let out = project.site();
    let mut over = Vec::new();
    let mut heaviest = (0, String::new());
    for path in files::walk(&out).iter().filter(|path| files::has_extension(path, "html")) {
        let name = path.strip_prefix(&out)?.to_string_lossy().replace('\\', "/");
        let (_, brotli) = weights(project, &page_files(&out, &name)?)?;
        if brotli > PAGE_BUDGET {
            over.push(format!("/{name} ({})", console::bytes(brotli)));
        }
        if brotli > heaviest.0 {
            heaviest = (brotli, format!("/{name}, {}", console::bytes(brotli)));
        }
    }
    Ok((over, heaviest.1))
}

fn large_files(out: &Path) -> Vec<String> {
    let weight = |path: &Path| path.metadata().map(|about| about.len()).unwrap_or_default();
    let large = files::walk(out).into_iter().filter(|path| weight(path) > LARGEST_FILE);
    large.map(|path| format!("{} (25 MB)", path.display())).collect()
}

/// A page with its styles and the scripts that it loads until it plays, those of its papers' modules included.
fn page_files(out: &Path, page: &str) -> Result<BTreeSet<String>> {
    let html = files::read_text(&out.join(page)).context("run `cargo xtask build` first")?;
    let mut found = BTreeSet::from([page.to_owned()]);
    let read = |path: &str| files::read_text(&out.join(path)).ok();
    for address in ["href=\"", "src=\""].iter().flat_map(|attribute| html.split(attribute).skip(1)) {
        let address = address.split('"').next().unwrap_or_default();
        let Some(path) = scripts::resolve(page, address) else { continue };
        if files::has_extension(&path, "css") {
            found.insert(path);
        } else if files::has_extension(&path, "js") {
            found.extend(scripts::closure(&path, read, scripts::is_before_play));
        }
    }
    let figures = files::read_text(&out.join("pkg/figures.js")).unwrap_or_default();
    let programs = site::rooms::programs(&html, &figures);
    found.extend(programs.into_iter().map(|program| format!("pkg/{program}.js")));
    Ok(found)
}

/// Bytes of files together, raw and by brotli 11.
fn weights(project: &Project, names: &BTreeSet<String>) -> Result<(u64, u64)> {
    let weight = |name: &String| -> Result<(u64, u64)> {
        let path = project.site().join(name);
        if !path.is_file() {
            bail!("{} is not there: run `cargo xtask build` first", path.display());
        }
        let bytes = files::read(&path)?;
        Ok((bytes.len() as u64, compress::brotli(project, &bytes)?.len() as u64))
    };
    let weights = thread::scope(|scope| {
        let workers: Vec<_> = names.iter().map(|name| scope.spawn(|| weight(name))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().map_err(|_| anyhow!("a compressor panicked"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    Ok(weights.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)))
}

fn report(rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let verdict = if row.pass { "ok" } else { "OVER" };
            vec![
                row.paper.clone(),
                console::bytes(row.raw),
                console::bytes(row.brotli),
                console::bytes(row.budget),
                verdict.to_owned(),
                console::bytes(row.page),
            ]
        })
        .collect();
    console::table(&["paper", "raw", "brotli", "budget", "", "of it HTML, CSS, JS"], &cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::scratch::Scratch;

    #[test]
    fn a_page_weighs_with_what_it_loads_until_it_plays() {
        let scratch = Scratch::new();
        let write =
            |name: &str, text: &str| files::write_if_changed(&scratch.path().join(name), text.as_bytes()).unwrap();
        let page = "<link href=\"../style/site.css\"><script src=\"../pkg/embed.js\"></script><a href=\"https://x.y/z.js\">\
                    <playable-paper paper=\"hnn\" figure=\"a\">";
        write("hnn/index.html", page);
        write("pkg/embed.js", "import './frame.js';\nimport('./figure.js');");
        write("pkg/frame.js", "import('./later.js');");
        write("pkg/figure.js", "");
        write("pkg/later.js", "");
        let found: Vec<String> = page_files(scratch.path(), "hnn/index.html").unwrap().into_iter().collect();
        let expected =
            ["hnn/index.html", "pkg/embed.js", "pkg/figure.js", "pkg/frame.js", "pkg/hnn/hnn.js", "style/site.css"];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_large_file_is_found() {
        let scratch = Scratch::new();
        let path = scratch.path().join("a.wasm");
        std::fs::File::create(&path).unwrap().set_len(LARGEST_FILE + 1).unwrap();
        assert_eq!(large_files(scratch.path()).len(), 1);
        std::fs::File::create(&path).unwrap().set_len(LARGEST_FILE).unwrap();
        assert!(large_files(scratch.path()).is_empty());
    }
}
