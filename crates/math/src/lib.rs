//! The arithmetic that everything else stands on, in f64: numpy's legacy random numbers, small dense linear algebra,
//! statistics, elementary functions that give the same bits on every platform, and arrays as `.npz` bytes; in f32 the
//! kernels of networks that train in a tab ([`single`]).
//!
//! It must not know of tensors, networks, figures, files, clocks or threads. Start at [`random::Mt19937`] for numbers
//! that numpy would draw, at [`linalg::Matrix`] for matrices, and call [`ops`] wherever you would write `x.sin()`.

pub mod linalg;
pub mod npz;
pub mod ops;
pub mod random;
pub mod single;
pub mod stats;
pub mod vector;

/// `count` evenly spaced values from `start` to `stop`, both included, with the rounding of `numpy.linspace`.
///
/// A single value is `start`; none gives an empty vector.
pub fn linspace(start: f64, stop: f64, count: usize) -> Vec<f64> {
    let Some(intervals) = count.checked_sub(1) else { return Vec::new() };
    let step = (stop - start) / intervals.max(1) as f64;
    let mut values: Vec<f64> = (0..count).map(|index| index as f64 * step + start).collect();
    if intervals > 0 {
        values[intervals] = stop;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::linspace;

    #[test]
    fn linspace_has_numpys_rounding_and_its_end() {
        // python: [x.hex() for x in numpy.linspace(0, 3, 30)[[1, 7, 28, 29]]]
        let grid = linspace(0.0, 3.0, 30);
        let expected = [0x3fba7b9611a7b961_u64, 0x3fe72c234f72c235, 0x40072c234f72c235, 0x4008000000000000];
        assert_eq!([1, 7, 28, 29].map(|index: usize| grid[index].to_bits()), expected);
        assert!(linspace(0.0, 1.0, 0).is_empty());
        assert_eq!(linspace(2.0, 9.0, 1).len(), 1);
    }
}
