//! Arrays as the bytes of a `.npz` file, which `numpy.load` reads: a zip archive, stored without compression, with one
//! `.npy` member (format version 1.0 of numpy's `lib.format`) for each array. The same arrays give the same bytes.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Why arrays do not make an archive.
#[derive(Debug, thiserror::Error)]
pub enum NpzError {
    /// The shape of an array does not hold as many values as were given.
    #[error("array {name}: shape {shape:?} does not hold {values} values")]
    Shape {
        /// Name of the array.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// How many values came with it.
        values: usize,
    },
    /// The archive refused a member, for instance a second one of the same name.
    #[error("array {name} does not fit into the archive: {source}")]
    Archive {
        /// Name of the array.
        name: String,
        /// The archive's complaint.
        source: zip::result::ZipError,
    },
}

/// The values of one array, row after row.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// numpy's float64.
    F64(&'a [f64]),
    /// numpy's float32.
    F32(&'a [f32]),
    /// numpy's int64.
    I64(&'a [i64]),
}

/// One named array.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a> {
    /// The name under which `numpy.load` finds it.
    pub name: &'a str,
    /// Length of each axis.
    pub shape: &'a [usize],
    /// As many values as the product of `shape`.
    pub values: Values<'a>,
}

/// The bytes of an `.npz` file with these arrays.
pub fn npz(arrays: &[Array<'_>]) -> Result<Vec<u8>, NpzError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for array in arrays {
        let bytes = npy(array)?;
        add_member(&mut archive, array.name, &bytes)
            .map_err(|source| NpzError::Archive { name: array.name.to_owned(), source })?;
    }
    let closed = archive.finish().map_err(|source| NpzError::Archive { name: String::new(), source })?;
    Ok(closed.into_inner())
}

/// The bytes of an `.npy` file with this array.
pub fn npy(array: &Array<'_>) -> Result<Vec<u8>, NpzError> {
    let (kind, count) = match array.values {
        Values::F64(values) => ("<f8", values.len()),
        Values::F32(values) => ("<f4", values.len()),
        Values::I64(values) => ("<i8", values.len()),
    };
    if array.shape.iter().product::<usize>() != count {
        return Err(NpzError::Shape { name: array.name.to_owned(), shape: array.shape.to_vec(), values: count });
    }
    let mut bytes = header(kind, array.shape);
    match array.values {
        Values::F64(values) => values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes())),
        Values::F32(values) => values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes())),
        Values::I64(values) => values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes())),
    }
    Ok(bytes)
}

fn add_member(archive: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, bytes: &[u8]) -> Result<(), zip::result::ZipError> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file(format!("{name}.npy"), options)?;
    archive.write_all(bytes)?;
    Ok(())
}

/// Magic word, version, length, then a Python dictionary padded with blanks so that the data start at a multiple of 64.
fn header(kind: &str, shape: &[usize]) -> Vec<u8> {
    let axes = shape.iter().fold(String::new(), |axes, length| axes + &length.to_string() + ",");
    let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({axes}), }}");
    let padding = 63 - (10 + text.len()) % 64;
    let length = (text.len() + padding + 1) as u16;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(bytes.len() + padding, b' ');
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn npy_is_numpys_layout() {
        let bytes =
            npy(&Array { name: "x", shape: &[2, 3], values: Values::F32(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.5]) }).unwrap();
        assert_eq!(bytes.len(), 128 + 6 * 4);
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert!(bytes[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,3,), }"));
        assert_eq!(bytes[127], b'\n');
        assert_eq!(bytes[148..], 5.5_f32.to_le_bytes());
        let labels = npy(&Array { name: "y", shape: &[1], values: Values::I64(&[-2]) }).unwrap();
        assert!(labels[10..].starts_with(b"{'descr': '<i8',") && labels.ends_with(&(-2_i64).to_le_bytes()));
    }

    #[test]
    fn archive_holds_every_array_and_repeats_its_bytes() {
        let x = Array { name: "x", shape: &[2], values: Values::F64(&[1.0, -2.0]) };
        let y = Array { name: "y", shape: &[1, 1], values: Values::F32(&[3.0]) };
        let bytes = npz(&[x, y]).unwrap();
        assert_eq!(bytes, npz(&[x, y]).unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut member = Vec::new();
        archive.by_name("x.npy").unwrap().read_to_end(&mut member).unwrap();
        assert_eq!(member, npy(&x).unwrap());
        assert_eq!(archive.len(), 2);
    }

    #[test]
    fn misfits_are_errors() {
        let short = Array { name: "x", shape: &[3], values: Values::F64(&[1.0]) };
        assert!(matches!(npz(&[short]), Err(NpzError::Shape { values: 1, .. })));
        let x = Array { name: "x", shape: &[1], values: Values::F64(&[1.0]) };
        assert!(matches!(npz(&[x, x]), Err(NpzError::Archive { .. })));
    }
}
