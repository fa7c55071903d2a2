//! The engines that Playwright does not drive: Firefox and `WebKitGTK`, walked through the site by `WebDriver` (playwright-tests/walk.mjs).
//!
//! A browser that is neither here nor can be installed is named by the walk, and fails nothing.

use crate::project::Project;
use crate::{console, tools};
use anyhow::Result;
use std::process::Command;

/// Programs that the walk drives, any one of each row, and the Debian package that has them.
const PACKAGES: &[(&[&str], &str)] =
    &[(&["firefox-esr", "firefox"], "firefox-esr"), (&["WebKitWebDriver"], "webkit2gtk-driver"), (&["Xvfb"], "xvfb")];

pub(super) fn run(project: &Project) -> Result<()> {
    tools::require_node()?;
    install_browsers();
    tools::run(Command::new("node").current_dir(project.root.join("playwright-tests")).arg("walk.mjs"))
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
