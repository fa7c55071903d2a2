//! `cargo xtask new`: a paper's crate with one figure that runs, its page and its tests, from crates/xtask/template.

use crate::project::Project;
use crate::{console, files};
use anyhow::{Context, Result, bail};
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the crate, of its folder and in URLs: lower-case letters and digits, a letter first
    slug: String,
    /// Title of the paper
    #[arg(long, default_value = "A new paper")]
    title: String,
}

/// Path in the paper's folder and text; `SLUG` and `TITLE` are filled in.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../template/Cargo.toml.txt")),
    ("page.md", include_str!("../template/page.md.txt")),
    ("src/lib.rs", include_str!("../template/src/lib.rs.txt")),
    ("src/first.rs", include_str!("../template/src/first.rs.txt")),
    ("src/main.rs", include_str!("../template/src/main.rs.txt")),
    ("tests/conformance.rs", include_str!("../template/tests/conformance.rs.txt")),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let project = Project::load()?;
    write(&project.root, &args.slug, &args.title)?;
    console::say(&format!(
        "crates/papers/{0} plays: try `cargo test -p {0}` and `cargo xtask serve`. Fill in its [package.metadata.paper].",
        args.slug
    ));
    Ok(())
}

/// Writes the crate and its line in the registry.
fn write(root: &Path, slug: &str, title: &str) -> Result<()> {
    refuse_bad_names(root, slug, title)?;
    let folder = root.join("crates/papers").join(slug);
    for (name, text) in FILES {
        let text = text.replace("SLUG", slug).replace("TITLE", title);
        files::write_if_changed(&folder.join(name), text.as_bytes())?;
    }
    edit(&root.join("web/papers.toml"), |text| with_registry_line(text, slug))
}

fn refuse_bad_names(root: &Path, slug: &str, title: &str) -> Result<()> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !slug.starts_with(|c: char| c.is_ascii_lowercase()) || !slug.chars().all(letters) {
        bail!("\"{slug}\" is no name for a paper: lower-case letters and digits, a letter first");
    }
    if title.contains(['"', '\\', '\n']) {
        bail!("a title without quotes and backslashes, please");
    }
    let taken = format!("name = \"{slug}\"\n");
    if root.join("crates/papers").join(slug).exists() || files::read_text(&root.join("Cargo.lock"))?.contains(&taken) {
        bail!("the name \"{slug}\" is taken by a paper or by a crate that we use");
    }
    Ok(())
}

fn edit(path: &Path, change: impl FnOnce(&str) -> Option<String>) -> Result<()> {
    let text = files::read_text(path)?;
    let changed = change(&text).with_context(|| format!("{} has no place for a new line", path.display()))?;
    files::write_if_changed(path, changed.as_bytes())?;
    Ok(())
}

/// The slug as the last line of `papers = [ ... ]`.
fn with_registry_line(text: &str, slug: &str) -> Option<String> {
    let end = text.rfind("\n]")? + 1;
    Some(format!("{}    \"{slug}\",\n{}", &text[..end], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::scratch::Scratch;
    use std::fs;

    /// The manifests of this workspace with empty sources, enough for `cargo metadata`.
    fn copy_of_workspace(to: &Path) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for name in ["Cargo.toml", "Cargo.lock", "web/papers.toml"] {
            files::write_if_changed(&to.join(name), &fs::read(root.join(name)).unwrap()).unwrap();
        }
        for path in files::walk(&root.join("crates")) {
            let name = path.strip_prefix(&root).unwrap();
            let text = if files::has_extension(&path, "rs") { Vec::new() } else { fs::read(&path).unwrap() };
            files::write_if_changed(&to.join(name), &text).unwrap();
        }
    }

    #[test]
    fn a_new_paper_is_part_of_the_workspace() {
        let scratch = Scratch::new();
        copy_of_workspace(scratch.path());
        write(scratch.path(), "brandnew", "Brand New Networks").unwrap();

        let project = Project::load_from(scratch.path()).unwrap();
        assert_eq!(project.slugs().last(), Some(&"brandnew"));
        assert_eq!(project.paper("brandnew").unwrap().about.title, "Brand New Networks");
        assert!(write(scratch.path(), "brandnew", "Again").is_err());
    }

    #[test]
    fn a_bad_name_is_refused_before_anything_is_written() {
        let scratch = Scratch::new();
        copy_of_workspace(scratch.path());
        for slug in ["", "Hnn", "1st", "a-b", "../up", "hnn", "serde"] {
            assert!(write(scratch.path(), slug, "Title").is_err(), "{slug}");
        }
        assert!(!scratch.path().join("crates/up").exists());
    }

    #[test]
    fn lines_go_where_they_belong() {
        let registry = "# order\npapers = [\n    \"hnn\",\n]\n";
        assert_eq!(
            with_registry_line(registry, "lnn").unwrap(),
            "# order\npapers = [\n    \"hnn\",\n    \"lnn\",\n]\n"
        );
        assert_eq!(with_registry_line("papers = []", "lnn"), None);
    }
}
