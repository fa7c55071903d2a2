//! The scripts whose names others write down: `pkg/embed.js` and its like stay, tiny, and lead to the hashed ones.

use super::home::Home;
use super::names::Named;
use crate::{files, scripts, site};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Scripts of pkg/ that stand in other people's pages.
const ENTRIES: &[&str] = &["embed.js", "host.js"];

/// Adds the entries, the integrity of the first, and the build's id to every page.
pub(super) fn add(named: &mut Named, home: &Home, build: &str) -> Result<()> {
    for entry in ENTRIES {
        let Some(name) = named.names.get(&format!("pkg/{entry}")) else { continue };
        let file = name.trim_start_matches("pkg/");
        let script = format!("// build {build}\nexport * from './{file}';\n");
        named.files.insert(format!("pkg/{entry}"), script.into_bytes());
    }
    let name = named.names.get("pkg/embed.js").context("there is no pkg/embed.js")?;
    let site = home.origin().map(|_| home.to_string());
    let integrity = site::integrity(name.trim_start_matches("pkg/"), &named.files[name], site.as_deref());
    named.files.insert("pkg/integrity.json".to_owned(), integrity.into_bytes());
    let preloads = preloads(named, name);
    let worker: Vec<String> = named.names.get("pkg/worker.js").map_or_else(Vec::new, |name| modules_of(named, name));
    let figures = named.names.get("pkg/figures.js").and_then(|name| named.files.get(name));
    let figures = figures.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    for (path, bytes) in &mut named.files {
        if files::has_extension(path, "html") {
            let html = String::from_utf8(std::mem::take(bytes))?;
            let html = with_build(&html, build);
            *bytes = match program(&named.names, path, &html, &figures) {
                Some(Program { wasm, script }) => {
                    with_preloads(&html, &[&preloads[..], &worker, &[script]].concat(), Some(&wasm))
                }
                None => with_preloads(&html, &preloads, None),
            }
            .into_bytes();
        }
    }
    Ok(())
}

/// What a worker fetches to play a figure, by names with a hash.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    wasm: String,
    script: String,
}

/// The program of the first figure on a paper's page, or of the one on a figure's page.
fn program(names: &BTreeMap<String, String>, page: &str, html: &str, figures: &str) -> Option<Program> {
    let (slug, _) = page.strip_prefix("embed/").unwrap_or(page).split_once('/')?;
    let program = site::rooms::programs(html, figures).into_iter().find(|program| program.starts_with(slug))?;
    let named = |ending: &str| names.get(&format!("pkg/{program}{ending}")).cloned();
    Some(Program { wasm: named("_bg.wasm")?, script: named(".js")? })
}

/// The service worker knows by this whether a page belongs to its version.
fn with_build(html: &str, build: &str) -> String {
    html.replacen("<head>\n", &format!("<head>\n<meta name=\"build\" content=\"{build}\">\n"), 1)
}

/// The modules behind the entry, which a browser would find one after the other.
fn preloads(named: &Named, entry: &str) -> Vec<String> {
    scripts::closure(entry, |path| text_of(named, path), scripts::is_in_page).into_iter().collect()
}

/// A module and all that it imports at once.
fn modules_of(named: &Named, start: &str) -> Vec<String> {
    scripts::closure(start, |path| text_of(named, path), |_, kind| kind == scripts::Kind::Static).into_iter().collect()
}

fn text_of(named: &Named, path: &str) -> Option<String> {
    named.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// A page that loads the entry is told at once of its modules, of the worker's, which would otherwise be asked for one round trip
/// after the other once the page has started it, and of the program, which takes longer than all others.
fn with_preloads(html: &str, preloads: &[String], program: Option<&str>) -> String {
    let start = "<script type=\"module\" src=\"";
    let loads_entry = |root: &str| html.contains(&format!("{start}{root}pkg/embed."));
    let Some(root) = ["", "../", "../../"].into_iter().find(|root| loads_entry(root)) else { return html.to_owned() };
    let mut links = preloads.iter().fold(String::new(), |mut links, path| {
        let _ = writeln!(links, "<link rel=\"modulepreload\" href=\"{root}{path}\">");
        links
    });
    if let Some(path) = program {
        let _ = writeln!(links, "<link rel=\"preload\" href=\"{root}{path}\" as=\"fetch\" crossorigin>");
    }
    html.replacen(start, &format!("{links}{start}"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::tree::Tree;

    #[test]
    fn the_entry_leads_to_the_hashed_script_whose_integrity_is_told() {
        let name = "pkg/embed.0123456789.js".to_owned();
        let page = format!("<head>\n<script type=\"module\" src=\"{name}\"></script>").into_bytes();
        let files = Tree::from([(name.clone(), b"abc".to_vec()), ("index.html".to_owned(), page)]);
        let mut named = Named { files, names: [("pkg/embed.js".to_owned(), name)].into() };
        add(&mut named, &"https://a.example/x/".parse().unwrap(), "b1").unwrap();
        let text = |path: &str| String::from_utf8(named.files[path].clone()).unwrap();
        assert_eq!(text("pkg/embed.js"), "// build b1\nexport * from './embed.0123456789.js';\n");
        // The SHA-384 of "abc" (FIPS 180-4), in base64.
        let sha384 = "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";
        let expected = format!(
            "{{\"embed\":\"embed.0123456789.js\",\"integrity\":\"{sha384}\",\"site\":\"https://a.example/x/\"}}"
        );
        assert_eq!(text("pkg/integrity.json"), expected);
        assert_eq!(
            text("index.html"),
            "<head>\n<meta name=\"build\" content=\"b1\">\n<link rel=\"modulepreload\" href=\"pkg/embed.0123456789.js\">\n\
             <script type=\"module\" src=\"pkg/embed.0123456789.js\"></script>"
        );
    }

    #[test]
    fn the_pages_of_a_paper_ask_for_its_program_at_once() {
        let names = [("hnn_bg.wasm", "hnn_bg.0123456789.wasm"), ("hnn.js", "hnn.0123456789.js")];
        let names = names.map(|(name, hashed)| (format!("pkg/hnn/{name}"), format!("pkg/hnn/{hashed}"))).into();
        for (page, root) in [("hnn/index.html", "../"), ("embed/hnn/arena.html", "../../")] {
            let html = format!(
                "<script type=\"module\" src=\"{root}pkg/embed.js\"></script><playable-paper paper=\"hnn\"></playable-paper>"
            );
            let link = format!("href=\"{root}pkg/hnn/hnn_bg.0123456789.wasm\" as=\"fetch\" crossorigin>");
            let program = program(&names, page, &html, "").unwrap();
            assert_eq!(program.script, "pkg/hnn/hnn.0123456789.js");
            assert!(with_preloads(&html, &[], Some(&program.wasm)).contains(&link), "{page}");
        }
        for page in ["index.html", "models/hnn/spring-hnn.html", "about/index.html"] {
            assert_eq!(program(&names, page, "<playable-paper paper=\"hnn\">", ""), None, "{page}");
        }
    }
}
