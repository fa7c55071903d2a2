//! Products of a batch that stands **first**, `[n, features]`, with wide layers.
//!
//! Where a layer is wide, its own numbers fill the vector unit, rows of a batch come and go as they are, and the gradient
//! of the weights needs no transpose. Every sum runs through its terms in order, so the bits are the same for any vector
//! unit and however the rows are cut into pieces.

#![expect(
    clippy::inline_always,
    reason = "a kernel becomes vector instructions only inside its twin for the wider unit"
)]

#[cfg(target_arch = "x86_64")]
use super::unit::Unit;

/// Rows whose sums fit the registers beside those of [`PANEL`] columns.
const ROWS: usize = 4;

/// The same where registers are twice as wide and twice as many.
#[cfg(target_arch = "x86_64")]
const MANY_ROWS: usize = 8;

/// Columns of a panel.
const PANEL: usize = 16;

/// A matrix laid out for multiplication from the right: panels of 16 columns, each row after row.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    depth: usize,
    width: usize,
    panels: Vec<[f32; PANEL]>,
}

impl Columns {
    /// Takes in the matrix `[depth, columns]` whose element (row, column) is
    /// `values[row * row_stride + column * column_stride]`, so that a transpose is a matter of strides.
    pub fn pack(&mut self, values: &[f32], [depth, columns]: [usize; 2], [row_stride, column_stride]: [usize; 2]) {
        (self.depth, self.width) = (depth, columns);
        self.panels.clear();
        self.panels.resize(columns.div_ceil(PANEL) * depth, [0.0; PANEL]);
        if depth == 0 {
            return;
        }
        for (panel, first) in self.panels.chunks_exact_mut(depth).zip((0..columns).step_by(PANEL)) {
            let width = PANEL.min(columns - first);
            if column_stride == 1 {
                for (row, to) in panel.iter_mut().enumerate() {
                    let from = row * row_stride + first;
                    to[..width].copy_from_slice(&values[from..from + width]);
                }
            } else {
                for column in 0..width {
                    let from = values[(first + column) * column_stride..].iter().step_by(row_stride);
                    panel.iter_mut().zip(from).for_each(|(to, value)| to[column] = *value);
                }
            }
        }
    }

    /// `out = left * self + start`, the latter a row (a bias), or zero.
    ///
    /// # Shapes
    /// - `left`: `[n, depth]`
    /// - `start`: `[columns]`
    /// - `out`: `[n, columns]`
    pub fn product(&self, left: &[f32], start: Option<&[f32]>, out: &mut [f32]) {
        match start {
            Some(row) => out.chunks_exact_mut(self.width.max(1)).for_each(|out| out.copy_from_slice(row)),
            None => out.fill(0.0),
        }
        self.add_product(left, out);
    }

    /// `out += left * self`.
    ///
    /// # Shapes
    /// - `left`: `[n, depth]`
    /// - `out`: `[n, columns]`
    pub fn add_product(&self, left: &[f32], out: &mut [f32]) {
        if self.depth == 0 || self.width == 0 {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "the processor is asked first")]
        // SAFETY: the functions differ from their twin below in nothing but the instructions, which this processor has.
        match super::unit::widest() {
            Unit::Avx512 => return unsafe { self.add_product_avx512(left, out) },
            Unit::Avx2 => return unsafe { self.add_product_avx2(left, out) },
            Unit::Plain => {}
        }
        self.add_product_by::<ROWS, 8>(left, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    fn add_product_avx512(&self, left: &[f32], out: &mut [f32]) {
        self.add_product_by::<MANY_ROWS, 16>(left, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn add_product_avx2(&self, left: &[f32], out: &mut [f32]) {
        self.add_product_by::<ROWS, 16>(left, out);
    }

    #[inline(always)]
    fn add_product_by<const TALL: usize, const WIDE: usize>(&self, left: &[f32], out: &mut [f32]) {
        for (panel, first) in self.panels.chunks_exact(self.depth).zip((0..self.width).step_by(PANEL)) {
            let width = PANEL.min(self.width - first);
            let mut part = 0;
            while part + WIDE <= width {
                self.add_panel::<TALL, WIDE>(panel, left, [first, part], out);
                part += WIDE;
            }
            while part + 8 <= width {
                self.add_panel::<TALL, 8>(panel, left, [first, part], out);
                part += 8;
            }
            while part + 4 <= width {
                self.add_panel::<TALL, 4>(panel, left, [first, part], out);
                part += 4;
            }
            for part in part..width {
                self.add_panel::<TALL, 1>(panel, left, [first, part], out);
            }
        }
    }

    /// `W` columns of the product, from column `first + part` on, which is `part` in its panel: first blocks of `TALL` rows, then
    /// what is left over.
    #[inline(always)]
    fn add_panel<const TALL: usize, const W: usize>(
        &self,
        panel: &[[f32; PANEL]],
        left: &[f32],
        [first, part]: [usize; 2],
        out: &mut [f32],
    ) {
        let column = first + part;
        let (left, out) = self.add_blocks::<TALL, W>(left, panel, [column, part], out);
        let (left, out) = self.add_blocks::<ROWS, W>(left, panel, [column, part], out);
        self.add_blocks::<1, W>(left, panel, [column, part], out);
    }

    /// As many whole blocks of `R` rows as there are; gives the rest.
    #[inline(always)]
    fn add_blocks<'a, const R: usize, const W: usize>(
        &self,
        left: &'a [f32],
        panel: &[[f32; PANEL]],
        [column, part]: [usize; 2],
        out: &'a mut [f32],
    ) -> (&'a [f32], &'a mut [f32]) {
        let blocks = out.len() / self.width / R;
        let (left, rest) = left.split_at(blocks * R * self.depth);
        let (out, out_rest) = out.split_at_mut(blocks * R * self.width);
        for (left, out) in left.chunks_exact(R * self.depth).zip(out.chunks_exact_mut(R * self.width)) {
            add_tile::<R, W>(left, panel, part, &mut out[column..], self.width);
        }
        (rest, out_rest)
    }
}

/// The sums of `R` rows for `W` columns; they begin with what `out` holds and run through the depth in order.
#[inline(always)]
fn add_tile<const R: usize, const W: usize>(
    left: &[f32],
    panel: &[[f32; PANEL]],
    part: usize,
    out: &mut [f32],
    columns: usize,
) {
    let depth = panel.len();
    let rows: [&[f32]; R] = std::array::from_fn(|row| &left[row * depth..][..depth]);
    let mut sums = load::<R, W>(out, columns);
    for (k, right) in panel.iter().enumerate() {
        let Some(right) = right.get(part..).and_then(|right| right.first_chunk::<W>()) else { return };
        for row in 0..R {
            add_scaled(&mut sums[row], rows[row][k], right);
        }
    }
    store(&sums, out, columns);
}

#[inline(always)]
fn load<const R: usize, const W: usize>(out: &[f32], columns: usize) -> [[f32; W]; R] {
    let mut sums = [[0.0; W]; R];
    for (row, sums) in sums.iter_mut().enumerate() {
        if let Some(out) = out.get(row * columns..).and_then(|out| out.first_chunk::<W>()) {
            *sums = *out;
        }
    }
    sums
}

#[inline(always)]
fn store<const R: usize, const W: usize>(sums: &[[f32; W]; R], out: &mut [f32], columns: usize) {
    for (row, sums) in sums.iter().enumerate() {
        if let Some(out) = out.get_mut(row * columns..).and_then(|out| out.first_chunk_mut::<W>()) {
            *out = *sums;
        }
    }
}

/// `out += left^T * right`: the gradient of weights, summed over the batch.
///
/// # Shapes
/// - `left`: `[n, rows]`
/// - `right`: `[n, columns]`
/// - `out`: `[rows, columns]`
pub fn add_transposed_product(left: &[f32], right: &[f32], [rows, columns]: [usize; 2], out: &mut [f32]) {
    if rows == 0 || columns == 0 {
        return;
    }
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "the processor is asked first")]
    // SAFETY: the functions differ from their twin below in nothing but the instructions, which this processor has.
    match super::unit::widest() {
        Unit::Avx512 => return unsafe { add_transposed_product_avx512(left, right, [rows, columns], out) },
        Unit::Avx2 => return unsafe { add_transposed_product_avx2(left, right, [rows, columns], out) },
        Unit::Plain => {}
    }
    add_transposed_product_by::<ROWS, 8>(left, right, [rows, columns], out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn add_transposed_product_avx512(left: &[f32], right: &[f32], shape: [usize; 2], out: &mut [f32]) {
    add_transposed_product_by::<ROWS, 32>(left, right, shape, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_transposed_product_avx2(left: &[f32], right: &[f32], shape: [usize; 2], out: &mut [f32]) {
    add_transposed_product_by::<ROWS, 16>(left, right, shape, out);
}

#[inline(always)]
fn add_transposed_product_by<const TALL: usize, const WIDE: usize>(
    left: &[f32],
    right: &[f32],
    [rows, columns]: [usize; 2],
    out: &mut [f32],
) {
    let mut column = 0;
    while column + WIDE <= columns {
        add_strip::<TALL, WIDE>(left, right, [rows, columns], column, out);
        column += WIDE;
    }
    while column + 8 <= columns {
        add_strip::<TALL, 8>(left, right, [rows, columns], column, out);
        column += 8;
    }
    while column + 4 <= columns {
        add_strip::<TALL, 4>(left, right, [rows, columns], column, out);
        column += 4;
    }
    for column in column..columns {
        add_strip::<TALL, 1>(left, right, [rows, columns], column, out);
    }
}

#[inline(always)]
fn add_strip<const TALL: usize, const W: usize>(
    left: &[f32],
    right: &[f32],
    [rows, columns]: [usize; 2],
    column: usize,
    out: &mut [f32],
) {
    let tall = rows / TALL * TALL;
    for row in (0..tall).step_by(TALL) {
        add_crossed::<TALL, W>(left, right, [rows, columns], [row, column], out);
    }
    let whole = tall + (rows - tall) / ROWS * ROWS;
    for row in (tall..whole).step_by(ROWS) {
        add_crossed::<ROWS, W>(left, right, [rows, columns], [row, column], out);
    }
    for row in whole..rows {
        add_crossed::<1, W>(left, right, [rows, columns], [row, column], out);
    }
}

#[inline(always)]
fn add_crossed<const R: usize, const W: usize>(
    left: &[f32],
    right: &[f32],
    [rows, columns]: [usize; 2],
    [row, column]: [usize; 2],
    out: &mut [f32],
) {
    let out = &mut out[row * columns + column..];
    let mut sums = load::<R, W>(out, columns);
    for (left, right) in left.chunks_exact(rows).zip(right.chunks_exact(columns)) {
        let Some(left) = left.get(row..).and_then(|left| left.first_chunk::<R>()) else { return };
        let Some(right) = right.get(column..).and_then(|right| right.first_chunk::<W>()) else { return };
        for row in 0..R {
            add_scaled(&mut sums[row], left[row], right);
        }
    }
    store(&sums, out, columns);
}

#[inline(always)]
fn add_scaled<const W: usize>(sums: &mut [f32; W], weight: f32, right: &[f32; W]) {
    for lane in 0..W {
        sums[lane] += weight * right[lane];
    }
}

/// Partial sums of a row, always so many, whatever the vector unit.
const LANES: usize = 8;

/// `out = left * right^T`, for a few rows of weights.
///
/// # Shapes
/// - `left`: `[n, depth]`
/// - `right`: `[rows, depth]`
/// - `out`: `[n, rows]`
pub fn dots(left: &[f32], right: &[f32], depth: usize, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "the processor is asked first")]
    // SAFETY: the function differs from its twin below in nothing but the instructions, which this processor has.
    if super::unit::widest() != Unit::Plain {
        return unsafe { dots_avx2(left, right, depth, out) };
    }
    dots_by(left, right, depth, out);
}

/// The lanes of a sum fill a unit of 256 bits: a wider one has nothing to do.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dots_avx2(left: &[f32], right: &[f32], depth: usize, out: &mut [f32]) {
    dots_by(left, right, depth, out);
}

#[inline(always)]
fn dots_by(left: &[f32], right: &[f32], depth: usize, out: &mut [f32]) {
    let depth = depth.max(1);
    let rows = right.len() / depth;
    for (left, out) in left.chunks_exact(depth).zip(out.chunks_exact_mut(rows.max(1))) {
        let mut at = 0;
        while at + ROWS <= rows {
            write_dots::<ROWS>(left, &right[at * depth..], &mut out[at..]);
            at += ROWS;
        }
        for at in at..rows {
            write_dots::<1>(left, &right[at * depth..], &mut out[at..]);
        }
    }
}

/// The sums of `R` rows side by side: one alone would wait for each of its sums.
#[inline(always)]
fn write_dots<const R: usize>(left: &[f32], right: &[f32], out: &mut [f32]) {
    let (chunks, rest) = left.as_chunks::<LANES>();
    let right: [_; R] = std::array::from_fn(|row| right[row * left.len()..][..left.len()].as_chunks::<LANES>());
    let mut sums = [[0.0; LANES]; R];
    for (at, left) in chunks.iter().enumerate() {
        for row in 0..R {
            let right = &right[row].0[at];
            for lane in 0..LANES {
                sums[row][lane] += left[lane] * right[lane];
            }
        }
    }
    for row in 0..R {
        for ((lane, left), right) in sums[row].iter_mut().zip(rest).zip(right[row].1) {
            *lane += left * right;
        }
        let [a, b, c, d, e, f, g, h] = sums[row];
        out[row] = ((a + e) + (c + g)) + ((b + f) + (d + h));
    }
}

/// `out[j] += sum of column j` of `values`, `[n, columns]`: the gradient of a bias.
pub fn add_column_sums(values: &[f32], out: &mut [f32]) {
    for row in values.chunks_exact(out.len().max(1)) {
        out.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
}

/// `mean = memory * mean + (1 - memory) * latest`.
pub fn blend(mean: &mut [f32], latest: &[f32], memory: f32) {
    for (mean, latest) in mean.iter_mut().zip(latest) {
        *mean = memory * *mean + (1.0 - memory) * latest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Mt19937;

    /// No multiple of a tile, of a panel, of a vector.
    const SHAPES: [[usize; 3]; 8] =
        [[1, 1, 1], [4, 3, 16], [5, 4, 23], [3, 0, 4], [48, 37, 40], [50, 200, 17], [2, 9, 0], [97, 5, 200]];

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut random = Mt19937::new(seed);
        (0..count).map(|_| random.uniform(-1.0, 1.0) as f32).collect()
    }

    fn close(found: &[f32], expected: impl Iterator<Item = f64>) {
        let mut count = 0;
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} against {expected}");
            count += 1;
        }
        assert_eq!(count, found.len());
    }

    /// Element (row, column) of start + left right, in f64.
    fn sum(start: f32, depth: usize, term: impl Fn(usize) -> [f32; 2]) -> f64 {
        f64::from(start) + (0..depth).map(|k| term(k).map(f64::from)).map(|[a, b]| a * b).sum::<f64>()
    }

    #[test]
    fn a_product_is_the_sum_of_products_for_every_shape() {
        for [n, depth, columns] in SHAPES {
            let (left, right) = (numbers(n * depth, 1), numbers(depth * columns, 2));
            let (start, row) = (numbers(n * columns, 3), numbers(columns, 4));
            for strides in [[columns, 1], [1, depth]] {
                let mut packed = Columns::default();
                packed.pack(&right, [depth, columns], strides);
                let at = |place: usize| (place / columns, place % columns);
                let element = |place: usize, start: f32| {
                    let (row, column) = at(place);
                    sum(start, depth, |k| [left[row * depth + k], right[k * strides[0] + column * strides[1]]])
                };
                let mut out = start.clone();
                packed.add_product(&left, &mut out);
                close(&out, (0..n * columns).map(|place| element(place, start[place])));
                packed.product(&left, Some(&row), &mut out);
                close(&out, (0..n * columns).map(|place| element(place, row[at(place).1])));
                packed.product(&left, None, &mut out);
                close(&out, (0..n * columns).map(|place| element(place, 0.0)));
            }
        }
    }

    #[test]
    fn gradients_of_weights_are_summed_over_the_batch() {
        for [rows, n, columns] in SHAPES {
            let (left, right) = (numbers(n * rows, 1), numbers(n * columns, 2));
            let start = numbers(rows * columns, 3);
            let mut out = start.clone();
            add_transposed_product(&left, &right, [rows, columns], &mut out);
            let element = |place: usize| {
                let (row, column) = (place / columns, place % columns);
                sum(start[place], n, |k| [left[k * rows + row], right[k * columns + column]])
            };
            close(&out, (0..rows * columns).map(element));
        }
    }

    #[test]
    fn every_vector_unit_and_every_cut_gives_the_same_bits() {
        let (n, depth, columns) = (23, 37, 61);
        let (left, right) = (numbers(n * depth, 1), numbers(depth * columns, 2));
        let mut packed = Columns::default();
        packed.pack(&right, [depth, columns], [columns, 1]);
        let [mut widest, mut plain, mut cut] = [const { Vec::new() }; 3].map(|_: Vec<f32>| vec![0.5; n * columns]);
        packed.add_product(&left, &mut widest);
        packed.add_product_by::<ROWS, 8>(&left, &mut plain);
        for (left, out) in left.chunks(5 * depth).zip(cut.chunks_mut(5 * columns)) {
            packed.add_product(left, out);
        }
        assert_eq!(widest, plain);
        assert_eq!(widest, cut);
        let by_columns = numbers(n * columns, 3);
        let [mut widest, mut plain, mut cut] = [const { Vec::new() }; 3].map(|_: Vec<f32>| vec![0.5; depth * columns]);
        add_transposed_product(&left, &by_columns, [depth, columns], &mut widest);
        add_transposed_product_by::<ROWS, 8>(&left, &by_columns, [depth, columns], &mut plain);
        for (left, right) in left.chunks(5 * depth).zip(by_columns.chunks(5 * columns)) {
            add_transposed_product(left, right, [depth, columns], &mut cut);
        }
        assert_eq!(widest, plain);
        assert_eq!(widest, cut);
        let [mut widest, mut plain, mut alone] = [const { Vec::new() }; 3].map(|_: Vec<f32>| vec![0.0; n * 7]);
        dots(&left, &right[..7 * depth], depth, &mut widest);
        dots_by(&left, &right[..7 * depth], depth, &mut plain);
        for (at, right) in right.chunks_exact(depth).take(7).enumerate() {
            for (left, out) in left.chunks_exact(depth).zip(alone.chunks_exact_mut(7)) {
                dots(left, right, depth, &mut out[at..=at]);
            }
        }
        assert_eq!(widest, plain);
        assert_eq!(widest, alone);
    }

    #[test]
    fn narrow_products_sums_and_means_are_their_definitions() {
        let (left, right) = (numbers(3 * 19, 1), numbers(2 * 19, 2));
        let mut out = [0.0; 6];
        dots(&left, &right, 19, &mut out);
        let element = |place: usize| sum(0.0, 19, |k| [left[place / 2 * 19 + k], right[place % 2 * 19 + k]]);
        close(&out, (0..6).map(element));
        let mut sums = [1.0, 0.0, -1.0];
        add_column_sums(&[1.0, 2.0, 3.0, 10.0, 20.0, 30.0], &mut sums);
        assert_eq!(sums, [12.0, 22.0, 32.0]);
        let mut mean = [1.0, -2.0];
        blend(&mut mean, &[3.0, 2.0], 0.75);
        assert_eq!(mean, [1.5, -1.0]);
    }
}
