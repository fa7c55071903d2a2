//! `structural-cli`: runs, checks and times the paper natively. `cargo xtask` calls it.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if words.get(1).is_none_or(|word| word != "train") {
        return train::cli::run(&structural::verify::StructuralOptimization);
    }
    // Nothing is trained beforehand: here to train is to run the four methods, which has words of its own.
    match structural::runs::command(&words[1..]) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}
