//! Partial Cholesky factorisation of a dense front: the loops in which a direct solve spends its time.
//!
//! Matrices are column after column, `rows` long each; only the lower triangle counts. The upper one is scratch.

/// Columns that are eliminated together.
const PANEL: usize = 8;

/// A pivot was not positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotPositive;

/// Eliminates the first `pivots` columns of `matrix`, which becomes `[L11, .; L21, A22 - L21 L21']`.
pub(super) fn eliminate(matrix: &mut [f64], rows: usize, pivots: usize) -> Result<(), NotPositive> {
    for first in (0..pivots).step_by(PANEL) {
        let end = pivots.min(first + PANEL);
        for j in first..rows {
            let (before, rest) = matrix.split_at_mut(j * rows);
            let column = &mut rest[j..rows];
            subtract(column, first..end.min(j), |t| &before[t * rows + j..(t + 1) * rows]);
            if j < end {
                scale(column)?;
            }
        }
    }
    Ok(())
}

/// Divides a column by the root of its pivot.
fn scale(column: &mut [f64]) -> Result<(), NotPositive> {
    if column[0] <= 0.0 || column[0].is_nan() {
        return Err(NotPositive);
    }
    let scale = 1.0 / math::ops::sqrt(column[0]);
    for value in column {
        *value *= scale;
    }
    Ok(())
}

/// Subtracts from a column the earlier ones of a panel, each times its first entry here.
fn subtract<'a>(column: &mut [f64], panel: std::ops::Range<usize>, earlier: impl Fn(usize) -> &'a [f64]) {
    let mut t = panel.start;
    if t + PANEL == panel.end {
        return subtract_all(column, std::array::from_fn::<_, PANEL, _>(|k| earlier(t + k)));
    }
    while t + 3 < panel.end {
        subtract_all(column, std::array::from_fn::<_, 4, _>(|k| earlier(t + k)));
        t += 4;
    }
    for t in t..panel.end {
        subtract_all(column, [earlier(t)]);
    }
}

/// The loop in which nearly all time is spent: one pass over a column for as many others as there are registers for.
#[inline(never)]
fn subtract_all<const N: usize>(column: &mut [f64], earlier: [&[f64]; N]) {
    let length = column.len();
    let factors = earlier.map(|other| other[0]);
    let earlier = earlier.map(|other| &other[..length]);
    for at in 0..length {
        let mut sum = 0.0;
        for k in 0..N {
            sum += factors[k] * earlier[k][at];
        }
        column[at] -= sum;
    }
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
            eliminate(&mut factor, n, n).unwrap();
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
        eliminate(&mut whole, n, n).unwrap();
        eliminate(&mut part, n, k).unwrap();
        let rest = n - k;
        let mut complement: Vec<f64> = (0..rest * rest).map(|at| part[(k + at / rest) * n + k + at % rest]).collect();
        eliminate(&mut complement, rest, rest).unwrap();
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
            assert_eq!(eliminate(&mut [bad], 1, 1), Err(NotPositive));
        }
    }
}
