//! `cargo xtask deny`: what deny.toml asks of our dependencies.
//!
//! `cargo deny` does it where it is installed. Where it is not, licences, sources and bans are checked here from what
//! cargo knows, and one line says that known vulnerabilities were not looked up, which needs a network in any case.

use crate::project::Project;
use crate::{console, files, tools};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spdx::{Expression, LicenseItem};
use std::collections::BTreeSet;
use std::process::Command;

pub(crate) fn run() -> Result<()> {
    check(&Project::load()?)
}

/// An error unless every dependency is one that deny.toml allows.
pub(crate) fn check(project: &Project) -> Result<()> {
    let deny = |args: &[&str]| {
        let mut cargo = Command::new(tools::cargo());
        cargo.current_dir(&project.root).args(["deny", "--workspace", "check", "--hide-inclusion-graph"]).args(args);
        cargo
    };
    if Command::new(tools::cargo()).args(["deny", "--version"]).output().is_ok_and(|out| out.status.success()) {
        return with_cargo_deny(deny);
    }
    let rules: Rules = toml::from_str(&files::read_text(&project.root.join("deny.toml"))?).context("deny.toml")?;
    let mut cargo = Command::new(tools::cargo());
    cargo.current_dir(&project.root).args(["tree", "--workspace", "--locked", "--target", "all"]);
    cargo.args(["--edges", "normal,build,dev", "--prefix", "none", "--format", "{p}|{l}"]);
    let packages = packages(&String::from_utf8(tools::stdout_of(&mut cargo)?)?);
    let problems: Vec<String> = packages.iter().flat_map(|package| problems(&rules, package)).collect();
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    console::say(&format!(
        "licences, sources and bans of {} packages hold; known vulnerabilities were not looked up: cargo-deny is not installed",
        packages.len()
    ));
    Ok(())
}

/// Everything; without the advisories where their database cannot be fetched, which is then said.
fn with_cargo_deny(deny: impl Fn(&[&str]) -> Command) -> Result<()> {
    tools::run(&mut deny(&["bans", "licenses", "sources"]))?;
    let output = deny(&["advisories"]).output().context("cannot start cargo deny")?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && told.contains("failed to fetch advisory database") {
        console::say("known vulnerabilities were not looked up: the advisory database cannot be fetched here");
        return Ok(());
    }
    console::say(told.trim());
    if output.status.success() { Ok(()) } else { bail!("cargo deny check advisories failed") }
}

/// The part of deny.toml that is checked here.
#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    #[serde(default)]
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Bans {
    #[serde(default)]
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

/// One dependency.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    license: String,
    /// Where it comes from, where that is not the registry; a path for our own crates.
    source: Option<String>,
}

/// The lines of `cargo tree`: `name v1.2.3 (source)|licence`.
fn packages(tree: &str) -> BTreeSet<Package> {
    let line = |line: &str| {
        let (id, license) = line.trim_end_matches(" (*)").split_once('|')?;
        let id = id.replace(" (proc-macro)", "");
        let (name, rest) = id.split_once(' ')?;
        let source = rest.split_once('(').map(|(_, source)| source.trim_end_matches(')').to_owned());
        Some(Package { name: name.to_owned(), license: license.to_owned(), source })
    };
    tree.lines().filter_map(line).collect()
}

fn problems(rules: &Rules, package: &Package) -> Vec<String> {
    let name = &package.name;
    let mut problems = Vec::new();
    if rules.bans.deny.iter().any(|banned| banned.name == *name) {
        problems.push(format!("{name}: banned by deny.toml"));
    }
    if let Some(source) =
        package.source.as_deref().filter(|source| source.contains("://") || source.contains("registry"))
    {
        problems.push(format!("{name}: comes from {source}; only crates.io and this folder are allowed"));
    }
    problems.extend(license_problem(&rules.licenses, package).map(|problem| format!("{name}: {problem}")));
    problems
}

fn license_problem(rules: &Licenses, package: &Package) -> Option<String> {
    let text = package.license.as_str();
    if text.is_empty() {
        return Some("names no licence".to_owned());
    }
    let Ok(expression) = Expression::parse_mode(text, spdx::ParseMode::LAX) else {
        return Some(format!("its licence \"{text}\" is no SPDX expression"));
    };
    let exceptions = rules.exceptions.iter().filter(|rule| rule.name == package.name).flat_map(|rule| &rule.allow);
    let allowed: Vec<&String> = rules.allow.iter().chain(exceptions).collect();
    let holds = expression.evaluate(|wanted| {
        let LicenseItem::Spdx { id, .. } = &wanted.license else { return false };
        let name = match &wanted.addition {
            None => id.name.to_owned(),
            Some(addition) => format!("{} WITH {addition}", id.name),
        };
        allowed.iter().any(|allowed| **allowed == name)
    });
    (!holds).then(|| format!("its licence {text} is not among those that deny.toml allows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let text = r#"
            [licenses]
            allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
            exceptions = [{ crate = "icu", allow = ["Unicode-3.0"] }]
            [bans]
            deny = [{ crate = "openssl-sys" }]
        "#;
        toml::from_str(text).unwrap()
    }

    fn found(line: &str) -> Vec<String> {
        packages(line).iter().flat_map(|package| problems(&rules(), package)).collect()
    }

    #[test]
    fn a_licence_must_be_allowed_in_one_of_its_choices() {
        for license in ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "Apache-2.0 WITH LLVM-exception"] {
            assert!(found(&format!("a v1.0.0|{license}")).is_empty(), "{license}");
        }
        for license in ["GPL-3.0", "MIT AND MPL-2.0", "Unicode-3.0", "not a licence"] {
            assert_eq!(found(&format!("a v1.0.0 (proc-macro)|{license} (*)")).len(), 1, "{license}");
        }
        assert_eq!(found("a v1.0.0|"), ["a: names no licence"]);
        assert!(found("icu v1.0.0|Unicode-3.0").is_empty());
    }

    #[test]
    fn sources_and_bans_are_checked() {
        assert!(found("ours v0.1.0 (/some/where)|MIT").is_empty());
        let git = found("a v1.0.0 (https://host.example/a#0123)|MIT");
        assert_eq!(git, ["a: comes from https://host.example/a#0123; only crates.io and this folder are allowed"]);
        assert_eq!(found("openssl-sys v0.9.0|MIT"), ["openssl-sys: banned by deny.toml"]);
    }
}
