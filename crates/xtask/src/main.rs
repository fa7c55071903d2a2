//! `cargo xtask`: every command of the project.
//!
//! It drives cargo, the binding generator and the browser tests, and links none of our own crates, so that it compiles
//! first and fast. Entry point: [`main`]; one file per command.

mod bench;
mod build;
mod compress;
mod console;
mod deny;
mod files;
mod forward;
mod new;
mod project;
mod publish;
mod scripts;
mod serve;
mod site;
mod size;
mod test;
mod tidy;
mod tools;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Playable Papers: build it, play it, train it, check it.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true,
    after_help = "Examples:\n  cargo xtask serve                        play at http://127.0.0.1:8000\n  \
                  cargo xtask train hnn spring --quick     20 steps of training, natively\n  \
                  cargo xtask verify hnn                   the paper's numbers beside ours\n  \
                  cargo xtask publish --out dist           the whole site, ready for any static host\n  \
                  cargo xtask COMMAND --help               the arguments of one command"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site at once, build while serving, rebuild and reload on every change
    Serve(serve::Args),
    /// Build the wasm modules and the site into target/site
    Build(build::Args),
    /// Formatting, lints, tidy, native tests, wasm build, sizes, browser suite
    Test(test::Args),
    /// Train a paper's models natively: train <paper> [task] [--device cpu|wgpu|cuda] [--seed N] [--quick] [--resume]
    Train(forward::Args),
    /// Write a paper's data set for numpy: data <paper> <task> [--seed N] --out file.npz
    Data(forward::Args),
    /// Recompute every number we are held to: verify <paper> [--json] [--save]
    Verify(forward::Args),
    /// Time the hot paths natively and in a browser: bench [paper | engines] [--json]
    Bench(bench::Args),
    /// What a visitor loads: every page, every paper until its first rollout, against the budgets
    Size(size::Args),
    /// Check the invariants of the architecture
    Tidy,
    /// Check that licences and sources of all dependencies are those of deny.toml
    Deny,
    /// The whole site for any static host: publish [--base ADDRESS] [--out dist]
    Publish(publish::Args),
    /// Start a new paper: its crate, a figure that runs, its page, its tests
    New(new::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Train(args) => forward::run("train", &args),
        Command::Data(args) => forward::run("data", &args),
        Command::Verify(args) => forward::run("verify", &args),
        Command::Bench(args) => bench::run(&args),
        Command::Size(args) => size::run(&args),
        Command::Tidy => tidy::run(),
        Command::Deny => deny::run(),
        Command::Publish(args) => publish::run(&args),
        Command::New(args) => new::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
