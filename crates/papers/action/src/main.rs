//! `action-cli`: checks and times the paper natively. `cargo xtask` calls it. There is nothing to train.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    train::cli::run(&action::verify::NaturesCostFunction)
}

#[cfg(target_arch = "wasm32")]
fn main() {}
