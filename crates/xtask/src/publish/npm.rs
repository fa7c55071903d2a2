//! The npm package: pkg/ with models and posters inside, packed by npm itself.
//!
//! Its files.js names every file in the form that bundlers follow (`new URL('./file', import.meta.url)`), so that they
//! carry wasm and weights along; a content delivery network serves it as it is.

use super::home::Home;
use super::names::{from_pkg, with_table};
use super::tree::Tree;
use crate::project::Project;
use crate::{files, site, tools};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The line of files.js that says where the papers' pages are.
const SITE_LINE: &str = "export const site = new URL('..', HERE).href;";

/// A packed tarball.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Packs the package from the site's files under their plain names.
pub(super) fn pack(project: &Project, staged: &Tree, home: &Home, folder: &Path) -> Result<Package> {
    tools::require_node()?;
    if folder.is_dir() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let manifest: Value = serde_json::from_slice(&files::read(&project.root.join("pkg/package.json"))?)?;
    let mut contents = contents(staged, home)?;
    contents.insert("package.json".to_owned(), serde_json::to_vec_pretty(&described(manifest, home))?);
    for (name, source) in
        [("README.md", "pkg/README.md"), ("LICENSE-MIT", "LICENSE-MIT"), ("LICENSE-APACHE", "LICENSE-APACHE")]
    {
        contents.insert(name.to_owned(), files::read(&project.root.join(source))?);
    }
    for (path, bytes) in &contents {
        files::write_if_changed(&folder.join(path), bytes)?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["pack", "--json", "--ignore-scripts", "--no-update-notifier"]);
    let told: Value = serde_json::from_slice(&tools::stdout_of(&mut npm)?).context("npm pack gave no JSON")?;
    let name = told[0]["filename"].as_str().context("npm pack names no file")?.to_owned();
    let bytes = files::read(&folder.join(&name))?;
    Ok(Package { name, bytes })
}

/// The version is the workspace's, the home page the site's.
fn described(mut manifest: Value, home: &Home) -> Value {
    manifest["version"] = json!(env!("CARGO_PKG_VERSION"));
    if home.origin().is_some() {
        manifest["homepage"] = json!(home.to_string());
    }
    manifest
}

/// Scripts, modules, models and posters by their paths in the package.
fn contents(staged: &Tree, home: &Home) -> Result<Tree> {
    let mut files = Tree::new();
    let mut table = "const HASHED = {\n".to_owned();
    for (path, bytes) in staged {
        let asked = from_pkg(path);
        let place = asked.strip_prefix("../").unwrap_or(&asked);
        if !is_packed(path) {
            continue;
        }
        files.insert(place.to_owned(), bytes.clone());
        // Scripts that lie in the folder itself are imported by name.
        if place.contains('/') || place == "integrity.json" {
            let _ = writeln!(table, "  '{asked}': new URL('./{place}', import.meta.url).href,");
        }
    }
    if home.origin().is_some() {
        let _ = writeln!(table, "  'embed.js': '{home}pkg/embed.js',");
    }
    table.push_str("};");
    let script = files.get_mut("files.js").context("there is no pkg/files.js")?;
    let filled = with_table(script, &table)?;
    *script = with_site(&filled, home).into_bytes();
    let entry = files.get("embed.js").context("there is no pkg/embed.js")?;
    let integrity = match home.origin() {
        // A reader's copy of the line leads to the site, whose script has another hash.
        Some(_) => json!({ "embed": null, "integrity": null, "site": home.to_string() }).to_string(),
        None => site::integrity("embed.js", entry, None),
    };
    files.insert("integrity.json".to_owned(), integrity.into_bytes());
    Ok(files)
}

fn with_site(script: &str, home: &Home) -> String {
    if home.origin().is_none() {
        return script.to_owned();
    }
    script.replace(SITE_LINE, &format!("export const site = '{home}';"))
}

fn is_packed(path: &str) -> bool {
    path.starts_with("pkg/")
        || path.starts_with("posters/")
        || path == "models/manifest.json"
        || (path.starts_with("models/") && files::has_extension(path, "onnx"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staged() -> Tree {
        let script = format!("const HASHED = {{}};\n{SITE_LINE}\n");
        [
            ("pkg/files.js", script.as_str()),
            ("pkg/embed.js", "import './files.js';"),
            ("pkg/integrity.json", "{}"),
            ("pkg/hnn/hnn.js", ""),
            ("pkg/hnn/hnn_bg.wasm", ""),
            ("models/manifest.json", "{}"),
            ("models/hnn/m.onnx", ""),
            ("models/hnn/m.html", ""),
            ("posters/hnn/arena.svg", ""),
            ("index.html", ""),
        ]
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .into()
    }

    #[test]
    fn bundlers_see_every_file_and_links_lead_to_the_site() {
        let files = contents(&staged(), &"https://a.example/x/".parse().unwrap()).unwrap();
        let script = String::from_utf8(files["files.js"].clone()).unwrap();
        for line in [
            "'hnn/hnn.js': new URL('./hnn/hnn.js', import.meta.url).href,",
            "'../models/manifest.json': new URL('./models/manifest.json', import.meta.url).href,",
            "'../posters/hnn/arena.svg': new URL('./posters/hnn/arena.svg', import.meta.url).href,",
            "export const site = 'https://a.example/x/';",
        ] {
            assert!(script.contains(line), "{line} in {script}");
        }
        assert!(script.contains("'embed.js': 'https://a.example/x/pkg/embed.js',"), "{script}");
        assert!(!script.contains("'files.js'") && !files.contains_key("index.html"), "{script}");
        assert!(files.contains_key("models/hnn/m.onnx") && !files.contains_key("models/hnn/m.html"));
    }

    #[test]
    fn without_a_host_links_stay_as_they_are() {
        let files = contents(&staged(), &"/x/".parse().unwrap()).unwrap();
        assert!(String::from_utf8(files["files.js"].clone()).unwrap().contains(SITE_LINE));
    }
}
