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
    let figures = named.names.get("pkg/figures.js").and_then(|name| named.files.get(name));
    let figures = figures.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    for (path, bytes) in &mut named.files {
        if files::has_extension(path, "html") {
            let html = String::from_utf8(std::mem::take(bytes))?;
            let program = program(&named.names, path, &html, &figures);
            *bytes = with_preloads(&with_build(&html, build), &preloads, program).into_bytes();
        }
    }
    Ok(())
}

/// The program of the first figure on a paper's page, or of the one on a figure's page, by its name with a hash.
fn program<'a>(names: &'a BTreeMap<String, String>, page: &str, html: &str, figures: &str) -> Option<&'a str> {
    let (slug, _) = page.strip_prefix("embed/").unwrap_or(page).split_once('/')?;
    let program = site::rooms::programs(html, figures).into_iter().find(|program| program.starts_with(slug))?;
    names.get(&format!("pkg/{program}_bg.wasm")).map(String::as_str)
}

/// The service worker knows by this whether a page belongs to its version.
fn with_build(html: &str, build: &str) -> String {
    html.replacen("<head>\n", &format!("<head>\n<meta name=\"build\" content=\"{build}\">\n"), 1)
}

/// The modules behind the entry, which a browser would find one after the other.
fn preloads(named: &Named, entry: &str) -> Vec<String> {
    let read = |path: &str| named.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    scripts::closure(entry, read, scripts::is_in_page).into_iter().collect()
}

/// A page that loads the entry is told at once of its modules, and of the program, which only the last of them asks for
/// and which takes longer than all others.
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
        let names = [("pkg/hnn/hnn_bg.wasm".to_owned(), "pkg/hnn/hnn_bg.0123456789.wasm".to_owned())].into();
        for (page, root) in [("hnn/index.html", "../"), ("embed/hnn/arena.html", "../../")] {
            let html = format!(
                "<script type=\"module\" src=\"{root}pkg/embed.js\"></script><playable-paper paper=\"hnn\"></playable-paper>"
            );
            let link = format!("href=\"{root}pkg/hnn/hnn_bg.0123456789.wasm\" as=\"fetch\" crossorigin>");
            assert!(with_preloads(&html, &[], program(&names, page, &html, "")).contains(&link), "{page}");
        }
        for page in ["index.html", "models/hnn/spring-hnn.html", "about/index.html"] {
            assert_eq!(program(&names, page, "<playable-paper paper=\"hnn\">", ""), None, "{page}");
        }
    }
}
