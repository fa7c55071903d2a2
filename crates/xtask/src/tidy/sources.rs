//! What a Rust file may say, by the crate that it lies in.

/// Crates that touch files; tests may as well.
const FILE_CRATES: &[&str] = &["train", "xtask"];
const LAYER_0: &[&str] = &["math", "physics", "demo"];

const FILES: &[&str] = &["std::fs", "File::open", "File::create", "OpenOptions"];
const CLOCKS_AND_THREADS: &[&str] = &["std::time::Instant", "Instant::now", "SystemTime", "std::thread"];
const BROWSER: &[&str] = &["web_sys::", "js_sys::", "gloo::"];
const ONNX_ENGINES: &[&str] = &["tract_onnx::", "prost::"];

/// Problems of one source file, named from the root of the workspace.
pub(super) fn check(name: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !opens_with_doc(text) {
        problems.push("must open with //! that says what it is".to_owned());
    }
    let Some(crate_name) = crate_of(name) else { return problems };
    if !name.contains("/src/") {
        return problems;
    }
    let code = without_tests(text);
    let mut forbid = |words: &[&str], reason: &str| {
        for (number, line) in code.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| says(line, word)) {
                problems.push(format!("line {}: {word}: {reason}", number + 1));
            }
        }
    };
    if !FILE_CRATES.contains(&crate_name) {
        forbid(FILES, "only train and xtask touch files");
    }
    if LAYER_0.contains(&crate_name) {
        forbid(CLOCKS_AND_THREADS, "layer 0 has no clock and no threads");
    }
    if !["web", "gpu", "xtask"].contains(&crate_name) {
        forbid(BROWSER, "only web and gpu name the browser");
    }
    if !["onnx", "xtask"].contains(&crate_name) {
        forbid(ONNX_ENGINES, "only onnx names ONNX engines");
    }
    problems
}

/// Lines that promise work instead of doing it.
pub(super) fn unfinished(text: &str) -> Vec<String> {
    // Spelled in halves, so that this file does not accuse itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    text.lines()
        .enumerate()
        .filter_map(|(number, line)| {
            let word = words.iter().find(|word| line.contains(*word))?;
            Some(format!("line {}: {word}: do it or file an issue", number + 1))
        })
        .collect()
}

/// `crates/hnn/...` and `crates/papers/hnn/...` lie in `hnn`.
fn crate_of(name: &str) -> Option<&str> {
    let path = name.strip_prefix("crates/")?;
    path.strip_prefix("papers/").unwrap_or(path).split('/').next()
}

/// The first line that is neither empty nor an inner attribute is `//!`.
fn opens_with_doc(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("#!["));
    first.is_some_and(|line| line.starts_with("//!"))
}

/// The text before its unit tests, which stand at the foot of a file.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]").map_or(text, |start| &text[..start])
}

/// Does the code of a line, its comment left out, hold the word as a whole?
fn says(line: &str, word: &str) -> bool {
    let code = line.split("//").next().unwrap_or("");
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(is_name);
        let after = code[at + word.len()..].chars().next().is_some_and(is_name);
        !before && (word.ends_with(':') || !after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_code(name: &str, code: &str, problems: usize) {
        let found = check(name, &format!("//! Doc.\n{code}\n"));
        assert_eq!(found.len(), problems, "{found:?}");
    }

    #[test]
    fn every_file_says_what_it_is() {
        assert_eq!(check("crates/nn/src/cell.rs", "use burn;\n").len(), 1);
        assert!(check("crates/nn/src/lib.rs", "#![no_std]\n\n//! Cells.\n").is_empty());
    }

    #[test]
    fn only_train_and_xtask_touch_files() {
        check_code("crates/papers/hnn/src/data.rs", "std::fs::read(\"x\");", 1);
        check_code("crates/train/src/lib.rs", "std::fs::read(\"x\");", 0);
        check_code("crates/papers/hnn/tests/data.rs", "std::fs::read(\"x\");", 0);
        check_code("crates/physics/src/lib.rs", "#[cfg(test)]\nmod tests { use std::fs; }", 0);
        check_code("crates/physics/src/lib.rs", "// unlike std::fs\nlet x = 1;", 0);
    }

    #[test]
    fn layer_0_has_no_clock() {
        check_code("crates/demo/src/player.rs", "let t = std::time::Instant::now();", 1);
        check_code("crates/web/src/clock.rs", "let t = std::time::Instant::now();", 0);
        check_code("crates/math/src/lib.rs", "std::thread::spawn(f);", 1);
    }

    #[test]
    fn the_browser_and_onnx_have_one_door_each() {
        check_code("crates/papers/hnn/src/demo.rs", "use web_sys::Window;", 1);
        check_code("crates/gpu/src/lib.rs", "use web_sys::Window;", 0);
        check_code("crates/train/src/lib.rs", "use tract_onnx::prelude::*;", 1);
        check_code("crates/onnx/src/run.rs", "use tract_onnx::prelude::*;", 0);
    }

    #[test]
    fn promises_are_found() {
        let line = format!("// {}: later", concat!("TO", "DO"));
        assert_eq!(unfinished(&line).len(), 1);
        assert!(unfinished("done").is_empty());
    }
}
