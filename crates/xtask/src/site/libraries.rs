//! The libraries inside the WebAssembly modules, with their licences, as those ask for.

use crate::project::Project;
use crate::{files, tools};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(super) struct Library {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: String,
    pub(super) repository: String,
}

/// The libraries, and the words of their licences, each text once under the names of those that it is for.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Libraries {
    pub(super) list: Vec<Library>,
    pub(super) notices: String,
}

/// What cargo says is linked into the modules; kept until Cargo.lock or the list of papers changes. Only where the list
/// is `needed` may cargo fetch what it has not got yet, which takes a while; otherwise the list is empty then.
pub(super) fn libraries(project: &Project, needed: bool) -> Result<Libraries> {
    let lock = files::read(&project.root.join("Cargo.lock"))?;
    let key = files::sha256(format!("{}{}", files::sha256(&lock), project.slugs().join(",")).as_bytes());
    let kept = project.cache().join("libraries").join(format!("{key}.json"));
    if let Some(libraries) = fs::read(&kept).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        return Ok(libraries);
    }
    match gathered(project, needed) {
        Ok(libraries) => {
            files::write_if_changed(&kept, &serde_json::to_vec(&libraries)?)?;
            Ok(libraries)
        }
        Err(_) if !needed => Ok(Libraries::default()),
        Err(error) => Err(error),
    }
}

fn gathered(project: &Project, needed: bool) -> Result<Libraries> {
    let list = linked(project, needed)?;
    let folders = folders(project, needed)?;
    Ok(Libraries { notices: notices(&list, &folders), list })
}

fn cargo(project: &Project, command: &str, needed: bool) -> Command {
    let mut cargo = Command::new(tools::cargo());
    cargo.current_dir(&project.root).arg(command);
    if !needed {
        cargo.arg("--offline");
    }
    cargo
}

fn linked(project: &Project, needed: bool) -> Result<Vec<Library>> {
    let mut cargo = cargo(project, "tree", needed);
    cargo.args(["--target", tools::WASM_TARGET, "--prefix", "none"]);
    cargo.args(["--edges", "normal,no-proc-macro", "--format", "{p}|{l}|{r}", "--features", "onnx/tract"]);
    for package in project.slugs().into_iter().chain(["gpu", "onnx"]) {
        cargo.args(["--package", package]);
    }
    Ok(parse(&String::from_utf8(tools::stdout_of(&mut cargo)?)?))
}

/// The lines of `cargo tree`: `name v1.2.3|licence|repository`; our own crates, which name a folder, are left out.
fn parse(tree: &str) -> Vec<Library> {
    let library = |line: &str| {
        let mut parts = line.trim_end_matches(" (*)").split('|');
        let (name, version) = parts.next()?.split_once(" v")?;
        let (license, repository) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        (!version.contains('(')).then(|| Library {
            name: name.to_owned(),
            version: version.to_owned(),
            license,
            repository,
        })
    };
    let found: BTreeSet<Library> = tree.lines().filter_map(library).collect();
    found.into_iter().collect()
}

/// Where cargo keeps each package, by name and version.
fn folders(project: &Project, needed: bool) -> Result<BTreeMap<(String, String), PathBuf>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
        manifest_path: PathBuf,
    }
    let mut cargo = cargo(project, "metadata", needed);
    cargo.args(["--format-version", "1"]);
    let metadata: Metadata = serde_json::from_slice(&tools::stdout_of(&mut cargo)?).context("cargo metadata")?;
    let folder =
        |package: Package| Some(((package.name, package.version), package.manifest_path.parent().map(Path::to_owned)?));
    Ok(metadata.packages.into_iter().filter_map(folder).collect())
}

fn notices(list: &[Library], folders: &BTreeMap<(String, String), PathBuf>) -> String {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for library in list {
        let key = (library.name.clone(), library.version.clone());
        for text in folders.get(&key).map(|folder| license_texts(folder)).unwrap_or_default() {
            texts.entry(text).or_default().push(format!("{} {}", library.name, library.version));
        }
    }
    let mut parts: Vec<(Vec<String>, String)> = texts.into_iter().map(|(text, names)| (names, text)).collect();
    parts.sort();
    let rule = "-".repeat(80);
    let part = |(names, text): &(Vec<String>, String)| [&rule, &names.join(", "), &rule, "", text, ""].join("\n");
    parts.iter().map(part).collect::<Vec<_>>().join("\n")
}

/// Every licence, notice and copyright file that lies in the folder itself.
fn license_texts(folder: &Path) -> Vec<String> {
    let is_license = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        path.is_file()
            && ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT"].iter().any(|word| name.starts_with(word))
    };
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.retain(is_license);
    paths.sort();
    let text = |path: &PathBuf| Some(fs::read_to_string(path).ok()?.replace("\r\n", "\n").trim().to_owned());
    paths.iter().filter_map(text).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::scratch::Scratch;

    #[test]
    fn libraries_are_listed_once_and_ours_not_at_all() {
        let tree = "hnn v0.1.0 (/some/where)|MIT|\n\nlibm v0.2.1|MIT|https://a.example\nlibm v0.2.1|MIT|https://a.example (*)\n";
        let list = parse(tree);
        assert_eq!(list.len(), 1);
        assert_eq!((list[0].name.as_str(), list[0].version.as_str()), ("libm", "0.2.1"));
    }

    #[test]
    fn a_text_stands_once_for_all_that_share_it() {
        let scratch = Scratch::new();
        let mut folders = BTreeMap::new();
        let mut list = Vec::new();
        for (name, text) in [("a", "same"), ("b", "same\r\n"), ("c", "other")] {
            let folder = scratch.path().join(name);
            files::write_if_changed(&folder.join("LICENSE-MIT"), text.as_bytes()).unwrap();
            files::write_if_changed(&folder.join("README.md"), b"no licence").unwrap();
            folders.insert((name.to_owned(), "1.0.0".to_owned()), folder);
            let (version, license) = ("1.0.0".to_owned(), "MIT".to_owned());
            list.push(Library { name: name.to_owned(), version, license, repository: String::new() });
        }
        let notices = notices(&list, &folders);
        assert!(notices.contains("a 1.0.0, b 1.0.0\n") && notices.contains("c 1.0.0\n"), "{notices}");
        assert_eq!((notices.matches("same").count(), notices.matches("no licence").count()), (1, 0));
    }
}
