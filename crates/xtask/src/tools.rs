//! The programs that xtask drives: where they are, how they are run, and one sentence for each that is missing.

use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The cargo that runs us.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs a command with our own stdout and stderr; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("{} failed ({status})", name_of(command));
    }
    Ok(())
}

/// Runs a command and returns its stdout; an error, with its stderr, unless it succeeds.
pub(crate) fn stdout_of(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({}): {}", name_of(command), output.status, stderr.trim());
    }
    Ok(output.stdout)
}

/// Runs a command and returns what it said on stderr; an error with all of it unless it succeeds.
pub(crate) fn captured(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    if !output.status.success() {
        bail!("{} failed ({}):\n{said}", name_of(command), output.status);
    }
    Ok(said)
}

/// The program of that name on the PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| [folder.join(program), folder.join(format!("{program}.exe"))])
        .find(|file| file.is_file())
}

/// Adds the wasm target to the toolchain where it is missing.
pub(crate) fn ensure_wasm_target() -> Result<()> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let folder = String::from_utf8(stdout_of(&mut rustc)?)?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    rustup(&["target", "add", WASM_TARGET], &format!("the Rust target {WASM_TARGET}"))
}

/// Adds a component (rustfmt, clippy) to the toolchain where its program is missing.
pub(crate) fn ensure_component(component: &str, program: &str) -> Result<()> {
    let there = Command::new(cargo()).args([program, "--version"]).output().is_ok_and(|out| out.status.success());
    if there { Ok(()) } else { rustup(&["component", "add", component], component) }
}

/// Has a build of cargo's look for what clippy finds in our own crates, and fail there: the build and its lints share
/// every crate that we depend on, which `cargo clippy` would check a second time. `rules` is a folder with a clippy.toml.
pub(crate) fn lint(cargo: &mut Command, rules: &Path) -> Result<()> {
    ensure_component("clippy", "clippy")?;
    // The form in which cargo-clippy hands arguments to its driver.
    let deny = ["-D", "warnings"].map(|argument| format!("{argument}__CLIPPY_HACKERY__")).concat();
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", deny).env("CLIPPY_CONF_DIR", rules);
    Ok(())
}

fn rustup(args: &[&str], what: &str) -> Result<()> {
    if find("rustup").is_none() {
        bail!("{what} is missing and rustup is not here to add it: install Rust from https://rustup.rs");
    }
    crate::console::step(&format!("rustup {}", args.join(" ")), || run(Command::new("rustup").args(args)))
}

/// Node and npm, or a sentence.
pub(crate) fn require_node() -> Result<()> {
    if find("node").is_none() || find("npm").is_none() {
        bail!("Node.js with npm is missing: install version 20 or newer from https://nodejs.org");
    }
    Ok(())
}

fn name_of(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let args = command.get_args().take(4).map(|arg| arg.to_string_lossy());
    std::iter::once(program.into()).chain(args).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start \"{}\": is it installed?", command.get_program().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_named_with_its_message() {
        let message = stdout_of(Command::new(cargo()).arg("no-such-command")).unwrap_err().to_string();
        assert!(message.starts_with("cargo no-such-command failed"), "{message}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let message = run(&mut Command::new("no-such-program-at-all")).unwrap_err().to_string();
        assert!(message.contains("no-such-program-at-all"), "{message}");
        assert!(find("no-such-program-at-all").is_none());
        assert!(find("cargo").is_some());
    }
}
