//! Names that hold a hash of their file, and every reference to such a file, in scripts and pages, by its new name.

use super::tree::Tree;
use crate::files;
use crate::scripts::{imports, resolve};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Digits of the hash in a name.
const DIGITS: usize = 10;
/// Folders and kinds of files whose addresses only we write.
const HASHED: &[(&str, &[&str])] = &[
    ("assets/", &["js", "svg"]),
    ("models/", &["onnx", "svg"]),
    ("pkg/", &["js", "wasm"]),
    ("posters/", &["svg"]),
    ("style/", &["css"]),
];
/// The module that knows where files lie, and the line in it that is filled in.
const FILES: &str = "pkg/files.js";
const FILES_TABLE: &str = "const HASHED = {};";
const MANIFEST: &str = "models/manifest.json";
/// What figures need of a model; the rest of the manifest is for people.
const MANIFEST_FIELDS: &[&str] = &["paper", "name", "file", "sha256", "bytes"];

/// A site whose files have their final names.
pub(super) struct Named {
    pub(super) files: Tree,
    /// Names with a hash, by the name without.
    pub(super) names: BTreeMap<String, String>,
}

/// Renames what can be renamed; `base` is the path of the site on its host.
pub(super) fn hashed(tree: Tree, base: &str) -> Result<Named> {
    let base = base.to_owned();
    let mut renamer = Renamer { source: tree, base, files: Tree::new(), names: BTreeMap::new(), under_way: Vec::new() };
    renamer.leaves();
    renamer.manifest()?;
    renamer.glue()?;
    renamer.table()?;
    renamer.scripts()?;
    renamer.rest()?;
    Ok(Named { files: renamer.files, names: renamer.names })
}

/// `a/b.js` and its hash make `a/b.0123456789.js`.
pub(super) fn with_hash(path: &str, bytes: &[u8]) -> String {
    let hash = &files::sha256(bytes)[..DIGITS];
    match path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
        None => format!("{path}.{hash}"),
    }
}

/// Is there a hash in the name, between its first and its last point?
pub(super) fn has_hash(name: &str) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    let is_hash = |part: &&str| part.len() == DIGITS && part.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    parts.len() > 2 && parts[1..parts.len() - 1].iter().any(is_hash)
}

struct Renamer {
    source: Tree,
    base: String,
    files: Tree,
    names: BTreeMap<String, String>,
    /// Scripts whose imports are being renamed, to find circles.
    under_way: Vec<String>,
}

impl Renamer {
    fn rename(&mut self, path: &str, bytes: Vec<u8>) {
        let name = with_hash(path, &bytes);
        self.names.insert(path.to_owned(), name.clone());
        self.files.insert(name, bytes);
    }

    fn paths(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        self.source.keys().filter(|path| wanted(path)).cloned().collect()
    }

    /// Files that refer to no other.
    fn leaves(&mut self) {
        for path in self.paths(|path| is_hashed_kind(path) && !is_script(path)) {
            if let Some(bytes) = self.source.remove(&path) {
                self.rename(&path, bytes);
            }
        }
    }

    /// The short manifest for figures gets a name with a hash; the whole one keeps its name. Both say where models lie.
    fn manifest(&mut self) -> Result<()> {
        let whole = self.source.remove(MANIFEST).context("there is no models/manifest.json")?;
        let mut manifest: Value = serde_json::from_slice(&whole).context(MANIFEST)?;
        let models = manifest["model"].as_array_mut().context("the manifest holds no list of models")?;
        let mut short = Vec::new();
        for model in models {
            let file = model["file"].as_str().context("a model without a file")?;
            let name = self.names.get(&format!("models/{file}")).with_context(|| format!("{file} is not there"))?;
            model["path"] = json!(name.trim_start_matches("models/"));
            let fields = MANIFEST_FIELDS.iter().chain(&["path"]);
            short.push(fields.map(|&field| (field.to_owned(), model[field].clone())).collect::<Map<_, _>>());
        }
        self.files.insert(MANIFEST.to_owned(), serde_json::to_vec(&manifest)?);
        self.rename(MANIFEST, serde_json::to_vec(&json!({ "model": short }))?);
        Ok(())
    }

    /// The scripts of the wasm modules, one folder each.
    fn glue(&mut self) -> Result<()> {
        for path in self.paths(|path| path.starts_with("pkg/") && path.matches('/').count() == 2 && is_script(path)) {
            self.script(&path)?;
        }
        Ok(())
    }

    /// Fills in the table of files.js: everything so far that scripts may ask for.
    fn table(&mut self) -> Result<()> {
        let asked = |path: &str| {
            path == MANIFEST
                || path.starts_with("posters/")
                || (path.starts_with("pkg/") && path.matches('/').count() == 2)
        };
        let table: BTreeMap<String, String> = self
            .names
            .iter()
            .filter(|(path, _)| asked(path))
            .map(|(path, name)| (from_pkg(path), from_pkg(name)))
            .collect();
        let filled = format!("const HASHED = {};", serde_json::to_string(&table)?);
        let script = self.source.get_mut(FILES).with_context(|| format!("there is no {FILES}"))?;
        *script = with_table(script, &filled)?.into_bytes();
        Ok(())
    }

    fn scripts(&mut self) -> Result<()> {
        for path in self.paths(|path| is_hashed_kind(path) && is_script(path)) {
            self.script(&path)?;
        }
        Ok(())
    }

    /// Renames a script after those that it imports.
    fn script(&mut self, path: &str) -> Result<String> {
        if let Some(name) = self.names.get(path) {
            return Ok(name.clone());
        }
        if self.under_way.iter().any(|other| other == path) {
            bail!("scripts import each other in a circle: {} and {path}", self.under_way.join(", "));
        }
        self.under_way.push(path.to_owned());
        let mut text = String::from_utf8(self.source.get(path).cloned().with_context(|| format!("no {path}"))?)?;
        let addresses: Vec<String> = imports(&text).into_iter().map(|(address, _)| address.to_owned()).collect();
        for address in addresses {
            let Some(target) = resolve(path, &address).filter(|target| self.is_script_of_ours(target)) else {
                continue;
            };
            let name = self.script(&target)?;
            let new = sibling(&address, &name);
            for quote in ['\'', '"'] {
                text = text.replace(&format!("{quote}{address}{quote}"), &format!("{quote}{new}{quote}"));
            }
        }
        self.under_way.pop();
        self.source.remove(path);
        self.rename(path, text.into_bytes());
        Ok(self.names[path].clone())
    }

    fn is_script_of_ours(&self, path: &str) -> bool {
        self.names.contains_key(path) || (self.source.contains_key(path) && is_hashed_kind(path))
    }

    /// Pages follow their files; everything else stays as it is.
    fn rest(&mut self) -> Result<()> {
        for (path, bytes) in std::mem::take(&mut self.source) {
            let is_page = files::has_extension(&path, "html");
            let bytes = if is_page { self.page(&path, String::from_utf8(bytes)?).into_bytes() } else { bytes };
            self.files.insert(path, bytes);
        }
        Ok(())
    }

    fn page(&self, path: &str, html: String) -> String {
        ["href=\"", "src=\""].iter().fold(html, |html, attribute| {
            let mut parts = html.split(attribute);
            let mut out = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let (address, rest) = part.split_once('"').unwrap_or((part, ""));
                // The page for what is missing names its files from the host's root.
                let target = match address.strip_prefix(&self.base) {
                    Some(inside) => Some(inside.to_owned()),
                    None => resolve(path, address),
                };
                let name = target.and_then(|target| self.names.get(&target));
                let new = name.map_or_else(|| address.to_owned(), |name| sibling(address, name));
                let _ = write!(out, "{attribute}{new}\"{rest}");
            }
            out
        })
    }
}

/// The address with the file name that `name` ends in.
fn sibling(address: &str, name: &str) -> String {
    let folder = address.rfind('/').map_or("", |slash| &address[..=slash]);
    format!("{folder}{}", name.rsplit('/').next().unwrap_or(name))
}

fn is_script(path: &str) -> bool {
    files::has_extension(path, "js")
}

fn is_hashed_kind(path: &str) -> bool {
    let kind = path.rsplit('.').next().unwrap_or_default();
    HASHED.iter().any(|(folder, kinds)| path.starts_with(folder) && kinds.contains(&kind))
}

/// The path as scripts in pkg/ write it.
pub(super) fn from_pkg(path: &str) -> String {
    path.strip_prefix("pkg/").map_or_else(|| format!("../{path}"), str::to_owned)
}

/// files.js with its table filled in.
pub(super) fn with_table(script: &[u8], table: &str) -> Result<String> {
    let script = String::from_utf8(script.to_vec())?;
    if script.matches(FILES_TABLE).count() != 1 {
        bail!("{FILES} must hold the line `{FILES_TABLE}` once");
    }
    Ok(script.replace(FILES_TABLE, table))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Tree {
        let files: &[(&str, &str)] = &[
            (
                "index.html",
                r##"<link href="style/site.css"><a href="#top"><a href="p/index.html"><img src="posters/p/f.svg">"##,
            ),
            (
                "p/index.html",
                r#"<script type="module" src="../pkg/embed.js"></script><a href="https://x.y/pkg/embed.js">"#,
            ),
            ("404.html", r#"<link href="/x/style/site.css"><a href="/y/style/site.css">"#),
            ("style/site.css", "a{}"),
            ("posters/p/f.svg", "<svg/>"),
            (
                "pkg/embed.js",
                "// import('./figure.js').Figure\nimport './files.js';\nexport const f = () => import(\"./figure.js\");",
            ),
            (
                "pkg/figure.js",
                "/** @type {import('./embed.js').E} */\nnew Worker(new URL('./worker.js', import.meta.url));",
            ),
            ("pkg/worker.js", "import { address } from './files.js';"),
            ("pkg/files.js", "const HASHED = {};\nexport const address = (path) => HASHED[path];"),
            ("pkg/p/p.js", "export const wasm = 'p_bg.wasm';"),
            ("pkg/p/p_bg.wasm", "\0asm"),
            ("models/p/m.onnx", "weights"),
            (
                "models/manifest.json",
                r#"{"model":[{"paper":"p","name":"m","file":"p/m.onnx","sha256":"ab","bytes":7,"seed":0}]}"#,
            ),
        ];
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn text<'a>(named: &'a Named, path: &str) -> &'a str {
        let name = named.names.get(path).map_or(path, String::as_str);
        std::str::from_utf8(&named.files[name]).unwrap()
    }

    #[test]
    fn a_hash_stands_before_the_extension() {
        assert_eq!(with_hash("a/b.js", b"abc"), "a/b.ba7816bf8f.js");
        for name in ["b.ba7816bf8f.js", "b.ba7816bf8f.js.br"] {
            assert!(has_hash(name), "{name}");
        }
        for name in ["b.js", "ba7816bf8f.js", "b.ba7816bf8f", "b.ba7816bf8g.js", "b.min.js"] {
            assert!(!has_hash(name), "{name}");
        }
    }

    #[test]
    fn pages_follow_their_files_and_keep_their_own_names() {
        let named = hashed(site(), "/x/").unwrap();
        let css = &named.names["style/site.css"];
        let poster = &named.names["posters/p/f.svg"];
        let index = text(&named, "index.html");
        assert!(index.contains(&format!("href=\"{css}\"")) && index.contains(&format!("src=\"{poster}\"")), "{index}");
        assert!(index.contains("href=\"#top\"") && index.contains("href=\"p/index.html\""), "{index}");
        let missing = text(&named, "404.html");
        assert!(missing.contains(&format!("\"/x/{css}\"")) && missing.contains("\"/y/style/site.css\""), "{missing}");
        let paper = text(&named, "p/index.html");
        assert!(paper.contains(&format!("src=\"../{}\"", named.names["pkg/embed.js"])), "{paper}");
        assert!(paper.contains("href=\"https://x.y/pkg/embed.js\""), "{paper}");
    }

    #[test]
    fn scripts_import_each_other_by_their_new_names() {
        let named = hashed(site(), "/x/").unwrap();
        let own = |path: &str| format!("./{}", named.names[path].trim_start_matches("pkg/"));
        assert!(text(&named, "pkg/embed.js").contains(&format!("import(\"{}\")", own("pkg/figure.js"))));
        assert!(text(&named, "pkg/embed.js").contains(&format!("import '{}'", own("pkg/files.js"))));
        assert!(text(&named, "pkg/figure.js").contains(&format!("new URL('{}', import", own("pkg/worker.js"))));
    }

    #[test]
    fn a_change_deep_down_renames_everything_above_it() {
        let before = hashed(site(), "/x/").unwrap().names;
        let mut changed = site();
        changed.insert("models/p/m.onnx".to_owned(), b"better weights".to_vec());
        let after = hashed(changed, "/x/").unwrap().names;
        for path in ["models/p/m.onnx", "models/manifest.json", "pkg/files.js", "pkg/worker.js", "pkg/embed.js"] {
            assert_ne!(before[path], after[path], "{path}");
        }
        assert_eq!(before["pkg/p/p_bg.wasm"], after["pkg/p/p_bg.wasm"]);
    }

    #[test]
    fn the_table_and_both_manifests_lead_to_the_files() {
        let named = hashed(site(), "/x/").unwrap();
        let table = text(&named, "pkg/files.js");
        for path in ["pkg/p/p.js", "pkg/p/p_bg.wasm", "posters/p/f.svg", "models/manifest.json"] {
            let line = format!("\"{}\":\"{}\"", from_pkg(path), from_pkg(&named.names[path]));
            assert!(table.contains(&line), "{line} in {table}");
        }
        let short: Value = serde_json::from_str(text(&named, MANIFEST)).unwrap();
        let whole: Value = serde_json::from_slice(&named.files[MANIFEST]).unwrap();
        for (manifest, seed) in [(&short, &Value::Null), (&whole, &json!(0))] {
            let model = &manifest["model"][0];
            assert_eq!(format!("models/{}", model["path"].as_str().unwrap()), named.names["models/p/m.onnx"]);
            assert_eq!((&model["file"], &model["sha256"], &model["seed"]), (&json!("p/m.onnx"), &json!("ab"), seed));
        }
    }

    #[test]
    fn circles_and_a_lost_table_are_told() {
        let mut circle = site();
        circle.insert("pkg/worker.js".to_owned(), b"import './figure.js';".to_vec());
        assert!(hashed(circle, "/x/").err().unwrap().to_string().contains("circle"));
        let mut lost = site();
        lost.insert("pkg/files.js".to_owned(), b"const NAMES = {};".to_vec());
        assert!(hashed(lost, "/x/").err().unwrap().to_string().contains("const HASHED"));
    }
}
