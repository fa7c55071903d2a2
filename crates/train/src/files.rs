//! Files that are whole or not there: written beside their place and moved into it.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Writes `bytes` to `path` so that a reader, or a crash at any moment, sees the old file or the new one and nothing
/// between. Missing folders are made.
///
/// # Errors
/// When the disk refuses; the old file is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file needs a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let name = path.file_name().context("a file needs a name")?.to_string_lossy();
    let beside = folder.join(format!(".{name}.{}.part", std::process::id()));
    let moved = write_whole(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // What is left of the attempt is of no use to anybody; the first error is the one to report.
        let _ = fs::remove_file(&beside);
    }
    moved.with_context(|| format!("cannot write {}", path.display()))
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The files of a folder in the order of their names; none where there is no such folder.
pub fn list(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The bytes of a file.
///
/// # Errors
/// Names the file when it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// sha256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}

/// sha256 of numbers as little-endian 64-bit floats, in hex.
pub fn sha256_of_numbers<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> String {
    let bytes: Vec<u8> = numbers.into_iter().flat_map(|number| number.to_le_bytes()).collect();
    sha256(&bytes)
}

/// A fresh folder under the system's folder for such things, for tests.
#[cfg(test)]
pub(crate) fn scratch(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("train-test-{}-{name}", std::process::id()));
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole() {
        let path = scratch("whole").join("deep/er/file");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = scratch("failed");
        let path = folder.join("file");
        write(&path, b"old").unwrap();
        // The place for the new bytes is taken by a folder, so they cannot be written.
        fs::create_dir(folder.join(format!(".file.{}.part", std::process::id()))).unwrap();
        let error = write(&path, b"new").unwrap_err();
        assert!(error.to_string().contains("cannot write"));
        assert_eq!(read(&path).unwrap(), b"old");
    }

    #[test]
    fn hashes_are_sha256() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_of_numbers(&[]), sha256(b""));
    }
}
