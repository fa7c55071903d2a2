//! Brotli and gzip at their best, kept by the file's hash: a large module takes a minute.

use crate::files;
use crate::project::Project;
use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// Brotli 11.
pub(crate) fn brotli(project: &Project, bytes: &[u8]) -> Result<Vec<u8>> {
    kept(project, bytes, "br", brotli_11)
}

/// Gzip 9, without a time or a name, so that the same file gives the same bytes.
pub(crate) fn gzip(project: &Project, bytes: &[u8]) -> Result<Vec<u8>> {
    kept(project, bytes, "gz", gzip_9)
}

fn kept(project: &Project, bytes: &[u8], kind: &str, work: fn(&[u8]) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let place = project.cache().join("compressed").join(format!("{}.{kind}", files::sha256(bytes)));
    if place.is_file() {
        return files::read(&place);
    }
    let small = work(bytes).with_context(|| format!("compressing into {kind}"))?;
    files::write_if_changed(&place, &small)?;
    Ok(small)
}

fn brotli_11(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut small, &params)?;
    Ok(small)
}

fn gzip_9(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn brotli_and_gzip_give_the_file_back() {
        let file = b"the same words again and again ".repeat(1_000);
        let small = brotli_11(&file).unwrap();
        assert!(small.len() < 200, "{}", small.len());
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut &*small, &mut back).unwrap();
        assert_eq!(back, file);

        let small = gzip_9(&file).unwrap();
        assert!(small.len() < 1_000, "{}", small.len());
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&*small).read_to_end(&mut back).unwrap();
        assert_eq!(back, file);
        assert_eq!(gzip_9(&file).unwrap(), small);
    }
}
