//! The engines that Playwright does not drive: Firefox and `WebKitGTK`, walked through the site by `WebDriver` (playwright-tests/walk.mjs).
//!
//! A browser that is neither here nor can be installed is named by the walk, and fails nothing.

use crate::project::Project;
use crate::{console, tools};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// Debian packages the driver of `WebKitGTK`, and none of Firefox's; this one is built from its source.
const GECKODRIVER: &str = "0.37.1";

/// Programs that the walk drives, any one of each row, and the Debian package that has them.
const PACKAGES: &[(&[&str], &str)] =
    &[(&["firefox-esr", "firefox"], "firefox-esr"), (&["WebKitWebDriver"], "webkit2gtk-driver"), (&["Xvfb"], "xvfb")];

pub(super) fn run(project: &Project) -> Result<()> {
    tools::require_node()?;
    install_browsers();
    let mut walk = Command::new("node");
    walk.current_dir(project.root.join("playwright-tests")).arg("walk.mjs");
    if let Some(driver) = geckodriver(project) {
        walk.env("PLAYABLE_GECKODRIVER", driver);
    }
    tools::run(&mut walk)
}

fn install_browsers() {
    let is_here = |programs: &[&str]| programs.iter().any(|program| tools::find(program).is_some());
    let lacking: Vec<&str> =
        PACKAGES.iter().filter(|(programs, _)| !is_here(programs)).map(|(_, package)| *package).collect();
    if lacking.is_empty() || !super::can_install() {
        return;
    }
    let name = format!("Debian's {}", lacking.join(", "));
    // What is missing afterwards the walk says itself.
    let _ = console::step(&name, || super::install(&lacking));
}

/// The driver of Firefox, built once into target/tools where there is none.
fn geckodriver(project: &Project) -> Option<PathBuf> {
    let tools = project.target.join("tools");
    let ours = tools.join("bin/geckodriver");
    let here = || tools::find("geckodriver").or_else(|| Some(ours.clone()).filter(|path| path.is_file()));
    if let Some(driver) = here() {
        return Some(driver);
    }
    if !PACKAGES[0].0.iter().any(|program| tools::find(program).is_some()) {
        return None;
    }
    let mut cargo = Command::new(tools::cargo());
    cargo.args(["install", "geckodriver", "--locked", "--version", GECKODRIVER, "--root"]).arg(&tools);
    let _ = console::step("geckodriver (minutes, once)", || tools::run(&mut cargo));
    here()
}
