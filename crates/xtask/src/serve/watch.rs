//! What was edited since the last look, by the time stamps of the sources, and which modules that concerns.

use crate::files;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The sources as they were at the last look.
pub(super) struct Watch {
    root: PathBuf,
    seen: BTreeMap<PathBuf, SystemTime>,
}

impl Watch {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), seen: stamps(root) }
    }

    /// What was added, changed or removed since the last look.
    pub(super) fn edits(&mut self) -> Edits {
        let now = stamps(&self.root);
        let changed = now.iter().filter(|(path, time)| self.seen.get(*path) != Some(time)).map(|(path, _)| path);
        let removed = self.seen.keys().filter(|path| !now.contains_key(*path));
        let causes = changed.chain(removed).filter_map(|path| cause(path.strip_prefix(&self.root).ok()?)).collect();
        self.seen = now;
        Edits(causes)
    }
}

/// The edits that matter to the site.
pub(super) struct Edits(Vec<Cause>);

impl Edits {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Must the module of that name be built again?
    pub(super) fn touch(&self, module: &str) -> bool {
        self.0.iter().any(|cause| match cause {
            Cause::Shared => true,
            Cause::Crate(name) => module == name || module == "gpu" && name != "onnx",
            Cause::Site => false,
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Cause {
    /// A crate that every module links.
    Shared,
    /// A paper's crate, or gpu.
    Crate(String),
    /// Templates, styles, pages, models: only rendered again.
    Site,
}

/// What an edit of that file, named from the root of the workspace, brings about.
fn cause(path: &Path) -> Option<Cause> {
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    match parts.as_slice() {
        ["web" | "models", ..] | ["crates", "papers", _, "page.md"] | ["crates", "papers", _, "posters", ..] => {
            Some(Cause::Site)
        }
        ["crates", "papers", slug, "src" | "Cargo.toml", ..] => Some(Cause::Crate((*slug).to_owned())),
        ["crates", "gpu", "src" | "Cargo.toml", ..] => Some(Cause::Crate("gpu".to_owned())),
        ["crates", "xtask" | "train" | "testkit" | "papers", ..] => None,
        ["crates", _, "src" | "Cargo.toml", ..] | ["Cargo.toml"] => Some(Cause::Shared),
        _ => None,
    }
}

fn stamps(root: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let folders = ["crates", "web", "models"].map(|name| root.join(name));
    let files = folders.iter().flat_map(|folder| files::walk(folder)).chain([root.join("Cargo.toml")]);
    files.filter_map(|path| Some((path.clone(), path.metadata().ok()?.modified().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::scratch::Scratch;

    #[test]
    fn an_edit_rebuilds_what_it_concerns() {
        let touched = |path: &str| {
            let edits = Edits(cause(Path::new(path)).into_iter().collect());
            ["hnn", "lnn", "gpu", "onnx"].into_iter().filter(|module| edits.touch(module)).collect::<Vec<_>>()
        };
        assert_eq!(touched("crates/papers/hnn/src/demo.rs"), ["hnn", "gpu"]);
        assert_eq!(touched("crates/physics/src/lib.rs"), ["hnn", "lnn", "gpu", "onnx"]);
        assert_eq!(touched("crates/gpu/src/lib.rs"), ["gpu"]);
        assert!(touched("crates/papers/hnn/page.md").is_empty());
        assert_eq!(cause(Path::new("crates/papers/hnn/page.md")), Some(Cause::Site));
        assert_eq!(cause(Path::new("crates/papers/hnn/tests/conformance.rs")), None);
        assert_eq!(cause(Path::new("crates/xtask/src/main.rs")), None);
    }

    #[test]
    fn a_new_file_and_a_removed_one_are_edits() {
        let scratch = Scratch::new();
        let page = scratch.path().join("web/a.css");
        let mut watch = Watch::new(scratch.path());
        files::write_if_changed(&page, b"x").unwrap();
        assert!(!watch.edits().is_empty());
        assert!(watch.edits().is_empty());
        std::fs::remove_file(&page).unwrap();
        assert!(!watch.edits().is_empty());
    }
}
