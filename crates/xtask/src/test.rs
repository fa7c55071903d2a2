//! `cargo xtask test`: everything that must hold before a change lands, cheapest first. It installs what it needs.

mod others;

use crate::project::Project;
use crate::{console, deny, files, size, tidy, tools};
use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave the browsers out
    #[arg(long)]
    no_browser: bool,
}

type Step = (&'static str, fn(&Project) -> Result<()>);

const STEPS: &[Step] = &[
    ("formatting", formatting),
    ("tidy", |_| tidy::run()),
    ("dependencies", deny::check),
    ("lints and tests, native; wasm modules", both_builds),
    ("sizes", |_| size::run(&size::Args::default())),
    ("publish", publish),
    ("browser suite", browser_suite),
    ("other engines", others::run),
];
/// The last steps need browsers, or serve those that do.
const BROWSER_STEPS: usize = 3;

pub(crate) fn run(args: &Args) -> Result<()> {
    let project = Project::load()?;
    let left_out = if args.no_browser { BROWSER_STEPS } else { 0 };
    let steps = &STEPS[..STEPS.len() - left_out];
    let mut seconds = Vec::new();
    let mut outcome = Ok(());
    for (name, work) in steps {
        let start = Instant::now();
        outcome = console::step(name, || work(&project)).with_context(|| format!("step \"{name}\""));
        seconds.push(vec![(*name).to_owned(), format!("{:.1}", start.elapsed().as_secs_f64())]);
        if outcome.is_err() {
            break;
        }
    }
    console::print(&console::table(&["step", "seconds"], &seconds))?;
    outcome
}

fn formatting(project: &Project) -> Result<()> {
    tools::ensure_component("rustfmt", "fmt")?;
    tools::run(cargo(project).args(["fmt", "--all", "--check"]))
}

/// Native tests and the wasm modules, side by side: either build alone leaves a processor idle for minutes, where it links.
fn both_builds(project: &Project) -> Result<()> {
    tools::ensure_component("clippy", "clippy")?;
    tools::ensure_wasm_target()?;
    thread::scope(|scope| {
        let modules = scope.spawn(|| wasm_modules(project));
        let native = console::step("lints and tests, native", || native_tests(project));
        let modules = modules.join().map_err(|_| anyhow!("the build of the wasm modules broke off"))?;
        native.and(modules)
    })
}

fn native_tests(project: &Project) -> Result<()> {
    let mut cargo = cargo(project);
    cargo.args(["test", "--workspace", "--exclude", "gpu"]);
    tools::lint(&mut cargo, &project.root)?;
    tools::run(&mut cargo)
}

/// The modules and the site; what is said on the way is told at the end, in one piece.
fn wasm_modules(project: &Project) -> Result<()> {
    let mut xtask = this_program(project)?;
    xtask.args(["build", "--all", "--lints"]);
    let outcome = console::step("wasm modules", || tools::captured(&mut xtask));
    match &outcome {
        Ok(said) => console::say(said),
        Err(error) => console::say(&format!("{error:#}")),
    }
    outcome.map(drop)
}

fn this_program(project: &Project) -> Result<Command> {
    let mut xtask = Command::new(std::env::current_exe().context("the name of this program")?);
    xtask.current_dir(&project.root);
    Ok(xtask)
}

fn cargo(project: &Project) -> Command {
    let mut cargo = Command::new(tools::cargo());
    cargo.current_dir(&project.root);
    cargo
}

/// The folder that the browsers see as a static host serves it, under a path.
fn publish(project: &Project) -> Result<()> {
    let mut xtask = this_program(project)?;
    xtask.args(["publish", "--no-build", "--clean", "--base", "/playable-papers/", "--out"]);
    tools::run(xtask.arg(project.target.join("dist")))
}

fn browser_suite(project: &Project) -> Result<()> {
    tools::require_node()?;
    let suite = project.root.join("playwright-tests");
    install_packages(project, &suite)?;
    let results = project.cache().join("browser-suite.json");
    let mut playwright = npx(&suite);
    playwright.args(["playwright", "test", "--reporter=list,json"]).env("PLAYWRIGHT_JSON_OUTPUT_NAME", &results);
    if let Some(chromium) = chromium(&suite)? {
        playwright.env("PLAYABLE_CHROMIUM", chromium);
    }
    let outcome = tools::run(&mut playwright);
    console::print(&closing_line(&files::read_text(&results)?)?)?;
    outcome
}

/// `npm ci`, unless the lock file is the one that was installed last.
fn install_packages(project: &Project, suite: &Path) -> Result<()> {
    let stamp = project.cache().join("npm-ci");
    let lock = files::sha256(&files::read(&suite.join("package-lock.json"))?);
    if suite.join("node_modules").is_dir() && files::read_text(&stamp).is_ok_and(|old| old == lock) {
        return Ok(());
    }
    let npm = || tools::run(Command::new("npm").current_dir(suite).args(["ci", "--no-audit", "--no-fund"]));
    console::step("npm ci", npm)?;
    files::write_if_changed(&stamp, lock.as_bytes())?;
    Ok(())
}

/// The browser to test in; none means the one that Playwright has downloaded itself.
fn chromium(suite: &Path) -> Result<Option<PathBuf>> {
    if let Some(named) = installed_chromium() {
        return Ok(Some(named));
    }
    let download = || tools::run(npx(suite).args(["playwright", "install", "chromium"]));
    if console::step("Playwright's Chromium", download).is_ok() {
        return Ok(None);
    }
    if can_install() {
        console::step("Debian's Chromium", || install(&["chromium"]))?;
    }
    match installed_chromium() {
        Some(installed) => Ok(Some(installed)),
        None => bail!("there is no Chromium: install Chromium or Chrome, or name one in PLAYABLE_CHROMIUM"),
    }
}

/// The Chromium that `PLAYABLE_CHROMIUM` names, else one that is installed.
pub(crate) fn installed_chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PLAYABLE_CHROMIUM").filter(|name| !name.is_empty()) {
        return Some(named.into());
    }
    let on_path = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let on_mac = ["Google Chrome", "Chromium"].map(|name| format!("/Applications/{name}.app/Contents/MacOS/{name}"));
    let on_mac = on_mac.into_iter().map(PathBuf::from).find(|path| path.is_file());
    on_path.into_iter().find_map(tools::find).or(on_mac)
}

/// Whether Debian's packages can be installed here.
fn can_install() -> bool {
    let is_root = || tools::stdout_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim_ascii() == b"0");
    tools::find("apt-get").is_some() && is_root()
}

fn install(packages: &[&str]) -> Result<()> {
    tools::run(Command::new("apt-get").args(["update", "-q"]))?;
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-q"]);
    tools::run(apt.args(packages))
}

fn npx(suite: &Path) -> Command {
    let mut npx = Command::new("npx");
    npx.current_dir(suite).arg("--no-install");
    npx
}

/// `N passed, N failed, N skipped`, and how many passed only at the second try, from Playwright's JSON report.
fn closing_line(report: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Report {
        stats: Stats,
    }
    #[derive(Deserialize)]
    struct Stats {
        expected: u32,
        unexpected: u32,
        flaky: u32,
        skipped: u32,
    }
    let Stats { expected, unexpected, flaky, skipped } =
        serde_json::from_str::<Report>(report).context("Playwright's report")?.stats;
    let again = if flaky > 0 { format!(" ({flaky} of them at the second try)") } else { String::new() };
    Ok(format!("browser: {} passed{again}, {unexpected} failed, {skipped} skipped", expected + flaky))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_counts_what_ran() {
        let report = r#"{"config":{},"stats":{"startTime":"x","expected":7,"unexpected":1,"flaky":2,"skipped":3}}"#;
        let line = "browser: 9 passed (2 of them at the second try), 1 failed, 3 skipped";
        assert_eq!(closing_line(report).unwrap(), line);
        let line = "browser: 7 passed, 1 failed, 3 skipped";
        assert_eq!(closing_line(&report.replace("flaky\":2", "flaky\":0")).unwrap(), line);
        assert!(closing_line("{}").is_err());
    }
}
