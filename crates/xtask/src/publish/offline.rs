//! The service worker of a build: web/service-worker.js with its build and its files filled in.

use super::names::{Named, has_hash};
use crate::scripts;
use anyhow::{Result, bail};
use std::collections::BTreeSet;

/// Pages that are kept before anyone asks for them.
const FIRST_PAGES: &[&str] = &["index.html", "offline.html"];
/// What every page loads.
const FIRST_FILES: &[&str] = &["assets/icon.svg", "assets/offline.js", "assets/theme.js", "style/site.css"];

/// Adds `sw.js`, made from `source`.
pub(super) fn add(named: &mut Named, source: &str, build: &str) -> Result<()> {
    let files: Vec<&str> = named.files.keys().map(String::as_str).filter(|path| has_hash(path)).collect();
    let shell = shell(named);
    let mut script = source.to_owned();
    for (name, value) in [
        ("BUILD", serde_json::to_string(build)?),
        ("FILES", serde_json::to_string(&files)?),
        ("SHELL", serde_json::to_string(&shell)?),
    ] {
        let (start, end) = (format!("const {name} = "), ";\n");
        let Some(at) = script.find(&start) else { bail!("web/service-worker.js must say `const {name} = ...;`") };
        let length = script[at..].find(end).unwrap_or(script.len() - at);
        script.replace_range(at..at + length, &format!("{start}{value}"));
    }
    named.files.insert("sw.js".to_owned(), script.into_bytes());
    Ok(())
}

/// The pages and files without which nothing works: the shell, and the scripts of a figure.
fn shell(named: &Named) -> Vec<String> {
    let pages = FIRST_PAGES.iter().map(|&page| page.to_owned()).filter(|page| named.files.contains_key(page));
    let files = FIRST_FILES.iter().filter_map(|&file| named.names.get(file).cloned());
    let read = |path: &str| named.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let embed = named.names.get("pkg/embed.js");
    let scripts = embed.map_or_else(BTreeSet::new, |embed| scripts::closure(embed, read, |_, _| true));
    pages.chain(files).chain(scripts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::tree::Tree;

    #[test]
    fn the_worker_knows_its_build_its_files_and_the_shell() {
        let files: Tree = [
            ("index.html", ""),
            ("pkg/embed.0123456789.js", "import './a.0123456789.js'"),
            ("pkg/a.0123456789.js", "import './embed.0123456789.js'"),
            ("pkg/other.0123456789.js", ""),
        ]
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .into();
        let names = [("pkg/embed.js".to_owned(), "pkg/embed.0123456789.js".to_owned())].into();
        let mut named = Named { files, names };
        let source = "const BUILD = '';\nconst FILES = [];\nconst SHELL = [];\nrest();\n";
        add(&mut named, source, "b1").unwrap();
        assert_eq!(
            String::from_utf8(named.files["sw.js"].clone()).unwrap(),
            "const BUILD = \"b1\";\n\
             const FILES = [\"pkg/a.0123456789.js\",\"pkg/embed.0123456789.js\",\"pkg/other.0123456789.js\"];\n\
             const SHELL = [\"index.html\",\"pkg/a.0123456789.js\",\"pkg/embed.0123456789.js\"];\nrest();\n"
        );
        assert!(add(&mut named, "nothing", "b1").is_err());
    }
}
