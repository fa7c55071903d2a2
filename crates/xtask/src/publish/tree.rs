//! A site in memory: every file by its path from the root. Reading, weighing and writing it.

use crate::project::Project;
use crate::publish::names;
use crate::size::LARGEST_FILE;
use crate::{compress, console, files};
use anyhow::{Context, Result, anyhow, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Paths from the site's root, and what lies there.
pub(super) type Tree = BTreeMap<String, Vec<u8>>;

/// What compresses; pictures and archives are compressed already.
const COMPRESSIBLE: &[&str] =
    &["css", "golden", "html", "js", "json", "md", "onnx", "svg", "ts", "txt", "wasm", "webmanifest", "xml"];

/// Files by which an earlier version of the site is known.
const MARKS: &[&str] = &["sw.js", "pkg/embed.js", "pkg/integrity.json"];

pub(super) fn read(folder: &Path) -> Result<Tree> {
    let entry = |path: PathBuf| {
        let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        Ok((name, files::read(&path)?))
    };
    files::walk(folder).into_iter().map(entry).collect()
}

/// Twelve digits that change when any file does.
pub(super) fn fingerprint(tree: &Tree) -> String {
    let mut listed = String::new();
    for (path, bytes) in tree {
        listed.push_str(path);
        listed.push_str(&files::sha256(bytes));
    }
    files::sha256(listed.as_bytes())[..12].to_owned()
}

/// Stops where a file is too large for some host, with its name.
pub(super) fn refuse_large(tree: &Tree) -> Result<()> {
    match tree.iter().find(|(_, bytes)| bytes.len() as u64 > LARGEST_FILE) {
        None => Ok(()),
        Some((path, bytes)) => bail!("{path} has {}, more than 25 MB", console::bytes(bytes.len() as u64)),
    }
}

/// Stops before a folder that holds something else than an earlier version of the site, whose files would be removed.
pub(super) fn refuse_foreign(out: &Path) -> Result<()> {
    let is_ours = MARKS.iter().all(|mark| out.join(mark).is_file());
    if is_ours || files::walk(out).is_empty() {
        return Ok(());
    }
    bail!("{} holds files that are not of a published site: name a new or an empty folder", out.display())
}

/// Writes the files with their compressed twins into `out`, and removes what is no longer part of the site. Earlier
/// files whose names hold a hash stay, unless `clean`.
pub(super) fn write(project: &Project, tree: &Tree, out: &Path, clean: bool) -> Result<()> {
    let entries: Vec<(&String, &Vec<u8>)> = tree.iter().collect();
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        while let Some((path, bytes)) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
            written.extend(write_one(project, &out.join(path), bytes)?);
        }
        Ok(written)
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let parts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().map_err(|_| anyhow!("a compressor panicked"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    sweep(out, &parts.into_iter().flatten().collect(), clean)
}

fn write_one(project: &Project, path: &Path, bytes: &[u8]) -> Result<Vec<PathBuf>> {
    files::write_if_changed(path, bytes)?;
    let mut written = vec![path.to_owned()];
    if !COMPRESSIBLE.iter().any(|extension| files::has_extension(path, extension)) {
        return Ok(written);
    }
    let name = path.file_name().context("a file needs a name")?.to_string_lossy();
    for (kind, small) in [("br", compress::brotli(project, bytes)?), ("gz", compress::gzip(project, bytes)?)] {
        if small.len() < bytes.len() {
            let twin = path.with_file_name(format!("{name}.{kind}"));
            files::write_if_changed(&twin, &small)?;
            written.push(twin);
        }
    }
    Ok(written)
}

fn sweep(out: &Path, written: &BTreeSet<PathBuf>, clean: bool) -> Result<()> {
    for path in files::walk(out) {
        let name = path.file_name().context("a file needs a name")?.to_string_lossy();
        let stays = written.contains(&path) || (!clean && names::has_hash(&name));
        if !stays {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::scratch::Scratch;

    fn tree(entries: &[(&str, &str)]) -> Tree {
        entries.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn the_fingerprint_depends_on_names_and_bytes() {
        let one = fingerprint(&tree(&[("a", "1"), ("b", "2")]));
        assert_eq!(one.len(), 12);
        assert_ne!(one, fingerprint(&tree(&[("a", "1"), ("b", "3")])));
        assert_ne!(one, fingerprint(&tree(&[("a", "1"), ("c", "2")])));
    }

    #[test]
    fn a_file_that_no_host_takes_is_named() {
        let mut tree = Tree::new();
        tree.insert("pkg/x.wasm".to_owned(), vec![0; LARGEST_FILE as usize]);
        assert!(refuse_large(&tree).is_ok());
        tree.insert("pkg/y.wasm".to_owned(), vec![0; LARGEST_FILE as usize + 1]);
        assert!(refuse_large(&tree).unwrap_err().to_string().starts_with("pkg/y.wasm"));
    }

    #[test]
    fn a_folder_with_other_files_is_not_published_into() {
        let out = Scratch::new();
        let write = |name: &str| files::write_if_changed(&out.path().join(name), b"x").unwrap();
        assert!(refuse_foreign(out.path()).is_ok() && refuse_foreign(&out.path().join("new")).is_ok());
        write("thesis.txt");
        assert!(refuse_foreign(out.path()).is_err());
        for mark in MARKS {
            write(mark);
        }
        assert!(refuse_foreign(out.path()).is_ok());
    }

    #[test]
    fn what_is_gone_is_removed_but_earlier_hashed_files_stay() {
        let out = Scratch::new();
        let write = |name: &str| files::write_if_changed(&out.path().join(name), b"x").unwrap();
        for name in ["old.html", "old.html.br", "pkg/a.0123456789.js", "pkg/a.0123456789.js.gz", "new.html"] {
            write(name);
        }
        let written = BTreeSet::from([out.path().join("new.html")]);
        sweep(out.path(), &written, false).unwrap();
        let left: Vec<String> = read(out.path()).unwrap().into_keys().collect();
        assert_eq!(left, ["new.html", "pkg/a.0123456789.js", "pkg/a.0123456789.js.gz"]);
        sweep(out.path(), &written, true).unwrap();
        assert_eq!(read(out.path()).unwrap().len(), 1);
    }
}
