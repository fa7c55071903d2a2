//! The inverse of a small symmetric matrix by Cholesky's factorisation.

/// Share of a diagonal entry below which a pivot is rounding.
const LEAST_PIVOT: f64 = 1e-13;

/// The inverse of a positive semidefinite matrix of `n` rows. Rows that depend on earlier ones, empty ones for example,
/// come out empty: what they would move is left alone.
pub(super) fn inverse(mut matrix: Vec<f64>, n: usize) -> Vec<f64> {
    let diagonal: Vec<f64> = (0..n).map(|at| matrix[at * n + at]).collect();
    let mut dropped = vec![false; n];
    for column in 0..n {
        let pivot = matrix[column * n + column] - squares(&matrix[column * n..column * n + column]);
        dropped[column] = pivot <= LEAST_PIVOT * diagonal[column].max(f64::MIN_POSITIVE);
        let root = if dropped[column] { 1.0 } else { math::ops::sqrt(pivot) };
        matrix[column * n + column] = root;
        for row in column + 1..n {
            let (above, below) = matrix.split_at_mut(row * n);
            let product = dot(&above[column * n..column * n + column], &below[..column]);
            below[column] = if dropped[column] { 0.0 } else { (below[column] - product) / root };
        }
    }
    let lower = inverse_of_lower(&matrix, &dropped, n);
    let mut product = vec![0.0; n * n];
    for (row, entries) in lower.chunks(n).enumerate() {
        for at in 0..=row {
            let factor = entries[at];
            let sums = product[at * n..(at + 1) * n].iter_mut().zip(&entries[..=row]);
            sums.for_each(|(sum, entry)| *sum += factor * entry);
        }
    }
    product
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn squares(values: &[f64]) -> f64 {
    dot(values, values)
}

/// The inverse of a lower triangle, row after row.
fn inverse_of_lower(lower: &[f64], dropped: &[bool], n: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; n * n];
    for row in (0..n).filter(|row| !dropped[*row]) {
        let (above, here) = inverse.split_at_mut(row * n);
        let root = lower[row * n + row];
        for (at, entries) in above.chunks(n).enumerate() {
            let factor = lower[row * n + at] / root;
            here[..=at].iter_mut().zip(entries).for_each(|(sum, entry)| *sum -= factor * entry);
        }
        here[row] = 1.0 / root;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_inverse_where_there_is_one() {
        let n = 7;
        let random = math::random::Mt19937::new(2).randn_vec(n * n);
        let mut matrix = vec![0.0; n * n];
        for at in (0..n * n).filter(|at| at / n != 3 && at % n != 3) {
            let (row, column) = (at / n, at % n);
            matrix[at] = dot(&random[row * n..(row + 1) * n], &random[column * n..(column + 1) * n]);
        }
        let found = inverse(matrix.clone(), n);
        for at in 0..n * n {
            let (row, column) = (at / n, at % n);
            let product: f64 = (0..n).map(|k| matrix[row * n + k] * found[k * n + column]).sum();
            let exact = if row == column && row != 3 { 1.0 } else { 0.0 };
            assert!((product - exact).abs() < 1e-9, "{row}, {column}: {product}");
        }
    }
}
