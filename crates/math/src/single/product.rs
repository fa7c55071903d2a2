//! Matrix products.

#![expect(
    clippy::inline_always,
    reason = "a kernel becomes vector instructions only inside its twin for the wider unit"
)]

#[cfg(target_arch = "x86_64")]
use super::unit::Unit;

/// Rows of a panel: it divides the widths of the networks here (10, 25, 100, 500), and its sums fit the registers.
const ROWS: usize = 5;

/// Partial sums of a product along the batch, always so many, whatever the vector unit.
const LANES: usize = 8;

/// A matrix of weights, laid out for multiplication: panels of five rows, each column after column.
#[derive(Clone, Debug, Default)]
pub struct Panels {
    depth: usize,
    values: Vec<[f32; ROWS]>,
}

impl Panels {
    /// Takes in the matrix whose element (row, column) is `values[row * row_stride + column * column_stride]`, so that a
    /// transpose is a matter of strides.
    pub fn pack(&mut self, values: &[f32], [rows, depth]: [usize; 2], [row_stride, column_stride]: [usize; 2]) {
        self.depth = depth;
        self.values.clear();
        self.values.resize(rows.div_ceil(ROWS) * depth, [0.0; ROWS]);
        if depth == 0 {
            return;
        }
        for (panel, first) in self.values.chunks_exact_mut(depth).zip((0..rows).step_by(ROWS)) {
            for offset in 0..ROWS.min(rows - first) {
                let row = values[(first + offset) * row_stride..].iter().step_by(column_stride);
                panel.iter_mut().zip(row).for_each(|(column, value)| column[offset] = *value);
            }
        }
    }

    /// `out += self * right`.
    ///
    /// # Shapes
    /// - `right`: `[depth, n]`
    /// - `out`: `[rows, n]`
    pub fn add_product(&self, right: &[f32], n: usize, out: &mut [f32]) {
        if n == 0 || self.depth == 0 {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        if super::unit::widest() != Unit::Plain {
            #[expect(unsafe_code, reason = "the line above asked the processor")]
            // SAFETY: the function differs from its twin below in nothing but the instructions, which this processor has.
            unsafe {
                self.add_product_avx2(right, n, out);
            }
            return;
        }
        self.add_product_by::<8>(right, n, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn add_product_avx2(&self, right: &[f32], n: usize, out: &mut [f32]) {
        self.add_product_by::<16>(right, n, out);
    }

    #[inline(always)]
    fn add_product_by<const WIDE: usize>(&self, right: &[f32], n: usize, out: &mut [f32]) {
        for (panel, out) in self.values.chunks_exact(self.depth).zip(out.chunks_mut(ROWS * n)) {
            let mut column = 0;
            while column + WIDE <= n {
                add_tile::<WIDE>(panel, right, n, column, out);
                column += WIDE;
            }
            while column + 4 <= n {
                add_tile::<4>(panel, right, n, column, out);
                column += 4;
            }
            for column in column..n {
                add_tile::<1>(panel, right, n, column, out);
            }
        }
    }
}

/// The sums of a panel's rows for `W` columns; they begin with what `out` holds and run through the depth in order.
///
/// Every loop over rows has a constant length, so that the sums stay in registers.
#[inline(always)]
fn add_tile<const W: usize>(panel: &[[f32; ROWS]], right: &[f32], n: usize, column: usize, out: &mut [f32]) {
    let mut sums = [[0.0_f32; W]; ROWS];
    for (row, sums) in sums.iter_mut().enumerate() {
        if let Some(out) = out.get(row * n + column..).and_then(|out| out.first_chunk::<W>()) {
            *sums = *out;
        }
    }
    for (weights, right) in panel.iter().zip(right.chunks_exact(n)) {
        let Some(right) = right.get(column..).and_then(|right| right.first_chunk::<W>()) else { return };
        for row in 0..ROWS {
            for lane in 0..W {
                sums[row][lane] += weights[row] * right[lane];
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        if let Some(out) = out.get_mut(row * n + column..).and_then(|out| out.first_chunk_mut::<W>()) {
            *out = *sums;
        }
    }
}

/// Pairs of blocks `(left, right)` that lie at even steps: one for each position of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// How many pairs.
    pub count: usize,
    /// Numbers from one block of the left to the next.
    pub left_step: usize,
    /// The same of the right.
    pub right_step: usize,
}

impl Pairs {
    /// One pair.
    pub const ONE: Self = Self { count: 1, left_step: 0, right_step: 0 };
}

/// `out += sum over pairs of left * right^T`: the gradient of weights, summed over the batch.
///
/// # Shapes
/// - each block of `left`: `[rows, n]`
/// - each block of `right`: `[columns, n]`
/// - `out`: `[rows, columns]`
pub fn add_outer(left: &[f32], right: &[f32], n: usize, pairs: Pairs, [rows, columns]: [usize; 2], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if super::unit::widest() != Unit::Plain {
        #[expect(unsafe_code, reason = "the line above asked the processor")]
        // SAFETY: the function differs from its twin below in nothing but the instructions, which this processor has.
        unsafe {
            add_outer_avx2(left, right, n, pairs, [rows, columns], out);
        }
        return;
    }
    add_outer_by::<3, 2>(left, right, n, pairs, [rows, columns], out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_outer_avx2(left: &[f32], right: &[f32], n: usize, pairs: Pairs, shape: [usize; 2], out: &mut [f32]) {
    add_outer_by::<4, 3>(left, right, n, pairs, shape, out);
}

/// In tiles of `H` rows and `W` columns, and what is left over one by one.
#[inline(always)]
fn add_outer_by<const H: usize, const W: usize>(
    left: &[f32],
    right: &[f32],
    n: usize,
    pairs: Pairs,
    [rows, columns]: [usize; 2],
    out: &mut [f32],
) {
    let (whole_rows, whole_columns) = (rows / H * H, columns / W * W);
    for row in (0..whole_rows).step_by(H) {
        let (left, out) = (&left[row * n..], &mut out[row * columns..]);
        for column in (0..whole_columns).step_by(W) {
            add_dots::<H, W>(left, &right[column * n..], n, pairs, columns, &mut out[column..]);
        }
        for column in whole_columns..columns {
            add_dots::<H, 1>(left, &right[column * n..], n, pairs, columns, &mut out[column..]);
        }
    }
    for row in whole_rows..rows {
        let (left, out) = (&left[row * n..], &mut out[row * columns..]);
        for column in (0..whole_columns).step_by(W) {
            add_dots::<1, W>(left, &right[column * n..], n, pairs, columns, &mut out[column..]);
        }
        for column in whole_columns..columns {
            add_dots::<1, 1>(left, &right[column * n..], n, pairs, columns, &mut out[column..]);
        }
    }
}

/// The dot products of `H` rows with `W` others. Lane l sums the products at l, l + 8, ..., and the lanes are summed last.
#[inline(always)]
fn add_dots<const H: usize, const W: usize>(
    left: &[f32],
    right: &[f32],
    n: usize,
    pairs: Pairs,
    columns: usize,
    out: &mut [f32],
) {
    let mut sums = [[[0.0_f32; LANES]; W]; H];
    for pair in 0..pairs.count {
        let left = &left[pair * pairs.left_step..];
        let right = &right[pair * pairs.right_step..];
        let left: [_; H] = std::array::from_fn(|row| left[row * n..(row + 1) * n].as_chunks::<LANES>());
        let right: [_; W] = std::array::from_fn(|column| right[column * n..(column + 1) * n].as_chunks::<LANES>());
        for at in 0..n / LANES {
            add_lanes(&left.map(|(chunks, _)| &chunks[at]), &right.map(|(chunks, _)| &chunks[at]), &mut sums);
        }
        if !n.is_multiple_of(LANES) {
            let (left, right) = (left.map(|(_, rest)| padded(rest)), right.map(|(_, rest)| padded(rest)));
            add_lanes(&left.each_ref(), &right.each_ref(), &mut sums);
        }
    }
    for row in 0..H {
        for column in 0..W {
            out[row * columns + column] += lane_sum(&sums[row][column]);
        }
    }
}

#[inline(always)]
fn add_lanes<const H: usize, const W: usize>(
    left: &[&[f32; LANES]; H],
    right: &[&[f32; LANES]; W],
    sums: &mut [[[f32; LANES]; W]; H],
) {
    for row in 0..H {
        for column in 0..W {
            for lane in 0..LANES {
                sums[row][column][lane] += left[row][lane] * right[column][lane];
            }
        }
    }
}

/// The rest of a row with zeros behind it. Half a chunk is what batches of 100 leave, and has a way without a copy loop.
#[inline(always)]
fn padded(rest: &[f32]) -> [f32; LANES] {
    if let [a, b, c, d] = *rest {
        return [a, b, c, d, 0.0, 0.0, 0.0, 0.0];
    }
    let mut lanes = [0.0; LANES];
    lanes[..rest.len()].copy_from_slice(rest);
    lanes
}

#[inline(always)]
fn lane_sum(lanes: &[f32; LANES]) -> f32 {
    let [a, b, c, d, e, f, g, h] = *lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Fills row i of `out`, `[rows, n]`, with `values[i]`: a bias before a product is added.
pub fn fill_rows(values: &[f32], n: usize, out: &mut [f32]) {
    for (row, value) in out.chunks_exact_mut(n.max(1)).zip(values) {
        row.fill(*value);
    }
}

/// `out[i] += sum of row i` of `values`, `[rows, n]`: the gradient of a bias.
pub fn add_row_sums(values: &[f32], n: usize, out: &mut [f32]) {
    for (row, out) in values.chunks_exact(n.max(1)).zip(out) {
        let (chunks, rest) = row.as_chunks::<LANES>();
        let mut lanes = [0.0; LANES];
        for chunk in chunks {
            lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
        }
        lanes.iter_mut().zip(rest).for_each(|(lane, value)| *lane += value);
        *out += lane_sum(&lanes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Mt19937;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut random = Mt19937::new(seed);
        (0..count).map(|_| random.uniform(-1.0, 1.0) as f32).collect()
    }

    fn close(found: &[f32], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-5, "{found} against {expected}");
        }
    }

    #[test]
    fn a_product_is_the_sum_of_products_for_every_shape() {
        for (rows, depth, n) in [(1, 1, 1), (5, 3, 16), (7, 4, 23), (25, 75, 100), (18, 6, 8), (3, 0, 4)] {
            let (weights, right) = (numbers(rows * depth, 1), numbers(depth * n, 2));
            let start = numbers(rows * n, 3);
            for transposed in [false, true] {
                let strides = if transposed { [1, rows] } else { [depth, 1] };
                let mut panels = Panels::default();
                panels.pack(&weights, [rows, depth], strides);
                let mut out = start.clone();
                panels.add_product(&right, n, &mut out);
                let expected: Vec<f64> = (0..rows * n)
                    .map(|at| {
                        let (row, column) = (at / n, at % n);
                        let weight = |k: usize| f64::from(weights[row * strides[0] + k * strides[1]]);
                        f64::from(start[at])
                            + (0..depth).map(|k| weight(k) * f64::from(right[k * n + column])).sum::<f64>()
                    })
                    .collect();
                close(&out, &expected);
            }
        }
    }

    #[test]
    fn every_vector_unit_gives_the_same_bits() {
        let (rows, depth, n) = (13, 37, 101);
        let (weights, right) = (numbers(rows * depth, 1), numbers(depth * n, 2));
        let mut panels = Panels::default();
        panels.pack(&weights, [rows, depth], [depth, 1]);
        let mut widest = vec![0.0; rows * n];
        panels.add_product(&right, n, &mut widest);
        let mut plain = vec![0.0; rows * n];
        panels.add_product_by::<8>(&right, n, &mut plain);
        assert_eq!(widest, plain);
        let outer = |add: &dyn Fn(&mut [f32])| {
            let mut out = vec![0.0; rows * 7];
            add(&mut out);
            out
        };
        let left = numbers(rows * n, 4);
        let widest = outer(&|out| add_outer(&left, &right, n, Pairs::ONE, [rows, 7], out));
        assert_eq!(widest, outer(&|out| add_outer_by::<3, 2>(&left, &right, n, Pairs::ONE, [rows, 7], out)));
    }

    #[test]
    fn outer_products_are_summed_over_batch_and_pairs() {
        for (rows, columns, n) in [(1, 1, 1), (3, 2, 8), (25, 15, 100), (4, 5, 11)] {
            let pairs = Pairs { count: 3, left_step: rows * n, right_step: 2 * n };
            let (left, right) = (numbers(3 * rows * n, 1), numbers((columns + 4) * n, 2));
            let mut out = vec![0.5; rows * columns];
            add_outer(&left, &right, n, pairs, [rows, columns], &mut out);
            let product = |row: usize, column: usize, pair: usize, at: usize| {
                let left = left[pair * pairs.left_step + row * n + at];
                f64::from(left) * f64::from(right[pair * pairs.right_step + column * n + at])
            };
            let expected: Vec<f64> = (0..rows * columns)
                .map(|place| {
                    let (row, column) = (place / columns, place % columns);
                    let terms = (0..3).flat_map(|pair| (0..n).map(move |at| (pair, at)));
                    0.5 + terms.map(|(pair, at)| product(row, column, pair, at)).sum::<f64>()
                })
                .collect();
            close(&out, &expected);
        }
    }

    #[test]
    fn biases_fill_rows_and_their_gradients_sum_them() {
        let mut out = vec![0.0; 6];
        fill_rows(&[1.0, -2.0], 3, &mut out);
        assert_eq!(out, [1.0, 1.0, 1.0, -2.0, -2.0, -2.0]);
        let mut sums = [1.0, 0.0];
        add_row_sums(&out, 3, &mut sums);
        assert_eq!(sums, [4.0, -6.0]);
    }
}
