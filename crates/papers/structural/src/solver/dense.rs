//! Partial Cholesky factorisation of a dense front: the loops in which a direct solve spends its time.
//!
//! Matrices are column after column, `rows` long each; only the lower triangle counts. The upper one is scratch.

/// Columns that are eliminated together.
const PANEL: usize = 16;
/// Rows and columns of a tile of the update, which lives in registers.
const TILE: usize = 4;

/// A pivot was not positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotPositive;

type Lanes = [f64; TILE];

/// Eliminates the first `pivots` columns of `matrix`, which becomes `[L11, .; L21, A22 - L21 L21']`.
pub(super) fn eliminate(
    matrix: &mut [f64],
    rows: usize,
    pivots: usize,
    packed: &mut Vec<Lanes>,
) -> Result<(), NotPositive> {
    for first in (0..pivots).step_by(PANEL) {
        let end = pivots.min(first + PANEL);
        panel(matrix, rows, first..end)?;
        pack(matrix, rows, first..end, packed);
        update(matrix, rows, end, end - first, packed);
    }
    Ok(())
}

/// Factors a few columns among themselves.
fn panel(matrix: &mut [f64], rows: usize, columns: std::ops::Range<usize>) -> Result<(), NotPositive> {
    for j in columns.clone() {
        let (before, rest) = matrix.split_at_mut(j * rows);
        let column = &mut rest[j..rows];
        let earlier = |t: usize| &before[t * rows + j..(t + 1) * rows];
        let mut t = columns.start;
        while t + 4 <= j {
            subtract_four(column, [earlier(t), earlier(t + 1), earlier(t + 2), earlier(t + 3)]);
            t += 4;
        }
        for t in t..j {
            let factor = -earlier(t)[0];
            math::vector::add_scaled(column, factor, earlier(t));
        }
        let pivot = column[0];
        // Written so that a pivot that is not a number is refused.
        if !(pivot > 0.0) {
            return Err(NotPositive);
        }
        let scale = 1.0 / math::ops::sqrt(pivot);
        column.iter_mut().for_each(|value| *value *= scale);
    }
    Ok(())
}

/// Subtracts from a column four earlier ones, each times its first entry.
fn subtract_four(column: &mut [f64], earlier: [&[f64]; 4]) {
    let [f, g, h, k] = earlier.map(|row| row[0]);
    let [a, b, c, d] = earlier;
    for ((((value, a), b), c), d) in column.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *value -= f * a + g * b + h * c + k * d;
    }
}

/// Copies the rows under a panel into groups of [`TILE`] rows, column after column, the last group filled up with zeros.
fn pack(matrix: &[f64], rows: usize, columns: std::ops::Range<usize>, packed: &mut Vec<Lanes>) {
    packed.clear();
    for top in (columns.end..rows).step_by(TILE) {
        let count = TILE.min(rows - top);
        packed.extend(columns.clone().map(|t| {
            let from = &matrix[t * rows + top..t * rows + top + count];
            let mut lanes = [0.0; TILE];
            lanes[..count].copy_from_slice(from);
            lanes
        }));
    }
}

/// Subtracts `P P'` from the lower triangle of what begins at row and column `from`; `P` has `depth` columns.
fn update(matrix: &mut [f64], rows: usize, from: usize, depth: usize, packed: &[Lanes]) {
    let groups = || packed.chunks_exact(depth).enumerate();
    for (q, right) in groups() {
        let left = from + TILE * q;
        let width = TILE.min(rows - left);
        for (p, below) in groups().skip(q) {
            let top = from + TILE * p;
            let height = TILE.min(rows - top);
            let tile = product(below, right);
            for (c, sums) in tile.iter().enumerate().take(width) {
                let at = (left + c) * rows + top;
                if height == TILE {
                    if let Some(target) = matrix[at..].first_chunk_mut::<TILE>() {
                        (0..TILE).for_each(|lane| target[lane] -= sums[lane]);
                    }
                } else {
                    matrix[at..at + height].iter_mut().zip(sums).for_each(|(value, sum)| *value -= sum);
                }
            }
        }
    }
}

/// One tile of `below right'`, column by column.
#[inline]
fn product(below: &[Lanes], right: &[Lanes]) -> [Lanes; TILE] {
    let mut sums = [[0.0; TILE]; TILE];
    for (x, y) in below.iter().zip(right) {
        for c in 0..TILE {
            for lane in 0..TILE {
                sums[c][lane] += x[lane] * y[c];
            }
        }
    }
    sums
}

/// Solves with the columns of a front: `values` holds its rows of the right-hand side.
pub(super) fn forward(columns: &[f64], rows: usize, values: &mut [f64]) {
    for (j, column) in columns.chunks_exact(rows).enumerate() {
        let value = values[j] / column[j];
        values[j] = value;
        math::vector::add_scaled(&mut values[j + 1..], -value, &column[j + 1..]);
    }
}

/// Solves with their transpose.
pub(super) fn backward(columns: &[f64], rows: usize, values: &mut [f64]) {
    for (j, column) in columns.chunks_exact(rows).enumerate().rev() {
        let carried = math::vector::dot(&column[j + 1..], &values[j + 1..]);
        values[j] = (values[j] - carried) / column[j];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use math::random::Mt19937;

    /// A random symmetric positive definite matrix.
    fn matrix(n: usize) -> Vec<f64> {
        let b = Mt19937::new(n as u32).randn_vec(n * n);
        let entry = |i: usize, j: usize| (0..n).map(|t| b[t * n + i] * b[t * n + j]).sum::<f64>();
        (0..n * n).map(|at| entry(at % n, at / n) + if at % n == at / n { 1.0 } else { 0.0 }).collect()
    }

    #[test]
    fn a_full_elimination_solves_a_system() {
        for n in [1, 3, 4, 17, 41] {
            let a = matrix(n);
            let mut factor = a.clone();
            eliminate(&mut factor, n, n, &mut Vec::new()).unwrap();
            let x = Mt19937::new(7).randn_vec(n);
            let mut b: Vec<f64> = (0..n).map(|i| (0..n).map(|j| a[j * n + i] * x[j]).sum()).collect();
            forward(&factor, n, &mut b);
            backward(&factor, n, &mut b);
            assert!(b.iter().zip(&x).all(|(got, want)| (got - want).abs() < 1e-8), "{n}");
        }
    }

    #[test]
    fn a_partial_one_leaves_the_complement() {
        let (n, k) = (23, 18);
        let (mut whole, mut part) = (matrix(n), matrix(n));
        eliminate(&mut whole, n, n, &mut Vec::new()).unwrap();
        eliminate(&mut part, n, k, &mut Vec::new()).unwrap();
        let rest = n - k;
        let mut complement: Vec<f64> = (0..rest * rest).map(|at| part[(k + at / rest) * n + k + at % rest]).collect();
        eliminate(&mut complement, rest, rest, &mut Vec::new()).unwrap();
        for column in 0..rest {
            for row in column..rest {
                let difference = complement[column * rest + row] - whole[(k + column) * n + k + row];
                assert!(difference.abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_is_not_positive_is_refused() {
        for bad in [0.0, -1.0, f64::NAN] {
            assert_eq!(eliminate(&mut [bad], 1, 1, &mut Vec::new()), Err(NotPositive));
        }
    }
}
