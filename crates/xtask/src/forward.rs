//! `cargo xtask train | data | verify`: handed on, word for word, to the paper's own command line (crate `train` gives it).

use crate::project::Project;
use crate::{console, tools};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// The paper, as in web/papers.toml, then what its command line takes: try PAPER --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "PAPER ...")]
    words: Vec<String>,
}

pub(crate) fn run(command: &str, args: &Args) -> Result<()> {
    let project = Project::load()?;
    let Some((paper, rest)) = args.words.split_first().filter(|(paper, _)| !paper.starts_with('-')) else {
        return console::print(&usage(command, &project.slugs()));
    };
    hand_over(command_line(&project, paper, command, rest)?)
}

/// Becomes the paper's command line, so that Ctrl-C is its alone: nothing ends before its checkpoint is written.
#[cfg(unix)]
fn hand_over(mut paper: Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(paper.exec()).context("cannot start what was built")
}

#[cfg(not(unix))]
fn hand_over(mut paper: Command) -> Result<()> {
    let status = paper.status().context("cannot start what was built")?;
    if !status.success() {
        // The paper's command line has said why.
        std::process::exit(status.code().unwrap_or(1));
    }
    Ok(())
}

fn usage(command: &str, papers: &[&str]) -> String {
    let mut lines = vec![format!("Usage: cargo xtask {command} PAPER ...; the arguments of each paper:")];
    lines.extend(papers.iter().map(|paper| format!("  cargo xtask {command} {paper} --help")));
    lines.join("\n")
}

/// The call of a paper's command line, built with the backend that `--device` asks for.
pub(crate) fn command_line(project: &Project, slug: &str, command: &str, rest: &[String]) -> Result<Command> {
    project.paper(slug)?;
    let backend = device(rest).filter(|device| matches!(*device, "wgpu" | "cuda"));
    let feature = backend.map(|backend| format!("train/{backend}"));
    let mut paper = Command::new(native(project, &format!("{slug}-cli"), feature.as_deref())?);
    paper.arg(command).args(rest);
    Ok(paper)
}

/// Builds a native program of the workspace.
pub(crate) fn native(project: &Project, binary: &str, feature: Option<&str>) -> Result<PathBuf> {
    let mut cargo = Command::new(tools::cargo());
    // The selection of the native tests: cargo unifies features over it, so that everything is built once for both.
    cargo.current_dir(&project.root).args(["build", "--workspace", "--exclude", "gpu", "--bin", binary]);
    cargo.args(feature.into_iter().flat_map(|feature| ["--features", feature]));
    tools::run(&mut cargo)?;
    Ok(project.target.join("debug").join(binary).with_extension(std::env::consts::EXE_EXTENSION))
}

/// What `--device wgpu` or `--device=cuda` asks for.
fn device(rest: &[String]) -> Option<&str> {
    let place = rest.iter().position(|arg| arg == "--device" || arg.starts_with("--device="))?;
    match rest[place].split_once('=') {
        Some((_, device)) => Some(device),
        None => rest.get(place + 1).map(String::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_device_is_found_in_both_spellings() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(device(&words("spring --device wgpu --seed 1")), Some("wgpu"));
        assert_eq!(device(&words("spring --device=cuda")), Some("cuda"));
        assert_eq!(device(&words("spring --seed 1")), None);
        assert_eq!(device(&words("spring --device")), None);
    }
}
