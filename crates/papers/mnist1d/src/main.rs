//! `mnist1d-cli`: trains, checks and times the paper natively. `cargo xtask` calls it.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    train::cli::run(&mnist1d::training::Mnist1d)
}

#[cfg(target_arch = "wasm32")]
fn main() {}
