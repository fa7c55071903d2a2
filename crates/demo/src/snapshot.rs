//! The bytes that a figure saves and goes on from: numbers and blobs in order, under a name, a version and a checksum.
//!
//! Little-endian; lengths are written before their contents, and nothing is reserved on the word of a length alone.

use crate::Error;

/// Writes a snapshot.
#[derive(Clone, Debug)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Begins a snapshot of the figure `id` in its layout `version`.
    pub fn new(id: &str, version: u32) -> Self {
        let mut writer = Self(Vec::new());
        writer.bytes(id.as_bytes());
        writer.u32(version);
        writer
    }

    /// A whole number.
    pub fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    /// A count.
    pub fn count(&mut self, value: usize) {
        self.u32(value as u32);
    }

    /// A truth value.
    pub fn bool(&mut self, value: bool) {
        self.u32(u32::from(value));
    }

    /// A number.
    pub fn f64(&mut self, value: f64) {
        self.0.extend(value.to_le_bytes());
    }

    /// Numbers with their count.
    pub fn f64s(&mut self, values: &[f64]) {
        self.count(values.len());
        for value in values {
            self.f64(*value);
        }
    }

    /// Numbers of single precision with their count.
    pub fn f32s(&mut self, values: &[f32]) {
        self.count(values.len());
        self.0.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }

    /// Points with their count.
    pub fn points(&mut self, points: &[[f64; 2]]) {
        self.f64s(points.as_flattened());
    }

    /// Bytes with their count.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend(bytes);
    }

    /// The snapshot.
    pub fn finish(mut self) -> Vec<u8> {
        let sum = checksum(&self.0);
        self.u32(sum);
        self.0
    }
}

/// Reads what a [`Writer`] wrote; every failure is an [`Error::BadSnapshot`].
#[derive(Clone, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Checks the sum, the figure's name and the layout's version.
    pub fn new(snapshot: &'a [u8], id: &str, version: u32) -> Result<Self, Error> {
        let (body, sum) = snapshot.split_last_chunk::<4>().ok_or_else(|| bad("it ends early."))?;
        if checksum(body) != u32::from_le_bytes(*sum) {
            return Err(bad("it is damaged."));
        }
        let mut reader = Self(body);
        if reader.bytes()? != id.as_bytes() {
            return Err(bad("it belongs to another figure."));
        }
        if reader.u32()? != version {
            return Err(bad("another version of this page wrote it."));
        }
        Ok(reader)
    }

    /// A whole number.
    pub fn u32(&mut self) -> Result<u32, Error> {
        self.chunk().map(u32::from_le_bytes)
    }

    /// A count.
    pub fn count(&mut self) -> Result<usize, Error> {
        self.u32().map(|count| count as usize)
    }

    /// A truth value.
    pub fn bool(&mut self) -> Result<bool, Error> {
        self.u32().map(|value| value != 0)
    }

    /// A number.
    pub fn f64(&mut self) -> Result<f64, Error> {
        self.chunk().map(f64::from_le_bytes)
    }

    /// Numbers.
    pub fn f64s(&mut self) -> Result<Vec<f64>, Error> {
        let length = self.count()?.checked_mul(8).ok_or_else(|| bad("a length in it is impossible."))?;
        Ok(self.take(length)?.as_chunks().0.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect())
    }

    /// Numbers of single precision.
    pub fn f32s(&mut self) -> Result<Vec<f32>, Error> {
        let length = self.count()?.checked_mul(4).ok_or_else(|| bad("a length in it is impossible."))?;
        Ok(self.take(length)?.as_chunks().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
    }

    /// Points.
    pub fn points(&mut self) -> Result<Vec<[f64; 2]>, Error> {
        let values = self.f64s()?;
        let (points, rest) = values.as_chunks();
        if rest.is_empty() { Ok(points.to_vec()) } else { Err(bad("half a point is missing.")) }
    }

    /// Bytes.
    pub fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let length = self.count()?;
        self.take(length)
    }

    /// Nothing may be left over.
    pub fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(bad("it is longer than it should be.")) }
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (chunk, rest) = self.0.split_first_chunk::<N>().ok_or_else(|| bad("it ends early."))?;
        self.0 = rest;
        Ok(*chunk)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| bad("it ends early."))?;
        self.0 = rest;
        Ok(taken)
    }
}

/// A refusal for `reason`, a sentence's end.
pub fn bad(reason: &str) -> Error {
    Error::BadSnapshot(reason.into())
}

/// FNV-1a, 32 bits (Fowler, Noll and Vo): enough to tell a damaged snapshot.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Vec<u8> {
        let mut writer = Writer::new("arena", 3);
        writer.bool(true);
        writer.f64(-0.5);
        writer.points(&[[1.0, 2.0], [3.0, f64::NAN]]);
        writer.bytes(b"weights");
        writer.finish()
    }

    type Parts = (bool, f64, Vec<[f64; 2]>, Vec<u8>);

    fn read(bytes: &[u8]) -> Result<Parts, Error> {
        let mut reader = Reader::new(bytes, "arena", 3)?;
        let parts = (reader.bool()?, reader.f64()?, reader.points()?, reader.bytes()?.to_vec());
        reader.finish()?;
        Ok(parts)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (flag, number, points, bytes) = read(&snapshot()).unwrap();
        assert!(flag && points[1][1].is_nan());
        assert_eq!((number, points[0], bytes.as_slice()), (-0.5, [1.0, 2.0], &b"weights"[..]));
    }

    #[test]
    fn every_damage_is_refused() {
        let good = snapshot();
        for length in 0..good.len() {
            assert!(matches!(read(&good[..length]), Err(Error::BadSnapshot(_))), "cut at {length}");
        }
        for index in 0..good.len() {
            let mut damaged = good.clone();
            damaged[index] ^= 0x10;
            assert!(matches!(read(&damaged), Err(Error::BadSnapshot(_))), "flipped at {index}");
        }
        assert!(Reader::new(&good, "pixels", 3).is_err() && Reader::new(&good, "arena", 4).is_err());
    }
}
