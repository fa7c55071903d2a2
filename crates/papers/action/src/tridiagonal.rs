//! Symmetric tridiagonal matrices: eigenvalues by Sturm counts, eigenvectors by inverse iteration, linear systems.
//!
//! The action of one coordinate couples a time point with its two neighbours only, so its Hessian is one of these
//! (Golub and Van Loan, "Matrix Computations", section 8.4).

use math::ops::sqrt;
use math::vector::dot;

/// A symmetric matrix that is zero off its three middle diagonals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tridiagonal {
    /// `[n]`
    pub diagonal: Vec<f64>,
    /// `[n - 1]`: entry k stands at (k, k + 1) and (k + 1, k).
    pub beside: Vec<f64>,
}

impl Tridiagonal {
    /// Eigenvalues below `bound`, by the signs of the pivots of A - bound I (Sylvester's law of inertia).
    pub fn count_below(&self, bound: f64) -> usize {
        let mut count = 0;
        let mut pivot = 1.0;
        for (index, diagonal) in self.diagonal.iter().enumerate() {
            let beside = if index == 0 { 0.0 } else { self.beside[index - 1] };
            pivot = diagonal - bound - beside * beside / pivot;
            if pivot == 0.0 {
                pivot = f64::MIN_POSITIVE;
            }
            count += usize::from(pivot < 0.0);
        }
        count
    }

    /// The eigenvalue of this rank, 0 the lowest, by bisection to the last bits; none where there is no such rank.
    pub fn eigenvalue(&self, rank: usize) -> Option<f64> {
        if rank >= self.diagonal.len() {
            return None;
        }
        let (mut low, mut high) = self.gershgorin();
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if self.count_below(middle) > rank { high = middle } else { low = middle }
        }
        Some(f64::midpoint(low, high))
    }

    /// The eigenvector of unit length to an eigenvalue, its largest component positive.
    pub fn eigenvector(&self, eigenvalue: f64) -> Vec<f64> {
        let (low, high) = self.gershgorin();
        let shift = eigenvalue + 1e-13 * (high - low).max(f64::MIN_POSITIVE);
        // Not orthogonal to any eigenvector by symmetry.
        let mut vector: Vec<f64> = (0..self.diagonal.len()).map(|k| 1.0 + 0.37 * ((k * 7) % 11) as f64).collect();
        for _ in 0..4 {
            vector = self.solve_shifted(shift, &vector);
            normalise(&mut vector);
        }
        let largest =
            vector.iter().copied().fold(0.0_f64, |most, value| if value.abs() > most.abs() { value } else { most });
        if largest < 0.0 {
            for value in &mut vector {
                *value = -*value;
            }
        }
        vector
    }

    /// x with A x = `right`. A singular matrix gives very large numbers.
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        self.solve_shifted(0.0, right)
    }

    /// A interval that holds every eigenvalue (Gershgorin).
    fn gershgorin(&self) -> (f64, f64) {
        let n = self.diagonal.len();
        let radius = |k: usize| {
            let left = if k > 0 { self.beside[k - 1].abs() } else { 0.0 };
            let right = if k + 1 < n { self.beside[k].abs() } else { 0.0 };
            left + right
        };
        (0..n).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), k| {
            (low.min(self.diagonal[k] - radius(k)), high.max(self.diagonal[k] + radius(k)))
        })
    }

    /// Gaussian elimination with row exchanges on A - shift I; rows have up to three entries right of and on the diagonal.
    fn solve_shifted(&self, shift: f64, right: &[f64]) -> Vec<f64> {
        let n = self.diagonal.len();
        let beside = |k: usize| self.beside.get(k).copied().unwrap_or(0.0);
        let mut x = right.to_vec();
        let mut rows: Vec<[f64; 3]> = Vec::with_capacity(n);
        let mut current = [self.diagonal.first().copied().unwrap_or(1.0) - shift, beside(0), 0.0];
        for k in 0..n {
            if k + 1 == n {
                rows.push(current);
                break;
            }
            let mut next = [beside(k), self.diagonal[k + 1] - shift, beside(k + 1)];
            if next[0].abs() > current[0].abs() {
                std::mem::swap(&mut current, &mut next);
                x.swap(k, k + 1);
            }
            let factor = next[0] / nonzero(current[0]);
            x[k + 1] -= factor * x[k];
            rows.push(current);
            current = [next[1] - factor * current[1], next[2] - factor * current[2], 0.0];
        }
        for k in (0..n).rev() {
            let [pivot, one, two] = rows[k];
            let later = one * x.get(k + 1).copied().unwrap_or(0.0) + two * x.get(k + 2).copied().unwrap_or(0.0);
            x[k] = (x[k] - later) / nonzero(pivot);
        }
        x
    }
}

fn nonzero(pivot: f64) -> f64 {
    if pivot == 0.0 { 1e-300 } else { pivot }
}

fn normalise(vector: &mut [f64]) {
    let largest = vector.iter().fold(0.0_f64, |most, value| most.max(value.abs())).max(f64::MIN_POSITIVE);
    divide(vector, largest);
    divide(vector, sqrt(dot(vector, vector)));
}

fn divide(vector: &mut [f64], by: f64) {
    for value in vector {
        *value /= by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use math::linalg::Matrix;
    use math::random::Mt19937;

    fn random(n: usize, seed: u32) -> Tridiagonal {
        let mut random = Mt19937::new(seed);
        Tridiagonal { diagonal: random.randn_vec(n), beside: random.randn_vec(n.saturating_sub(1)) }
    }

    fn dense(matrix: &Tridiagonal) -> Matrix {
        Matrix::from_fn(matrix.diagonal.len(), matrix.diagonal.len(), |row, column| match row.abs_diff(column) {
            0 => matrix.diagonal[row],
            1 => matrix.beside[row.min(column)],
            _ => 0.0,
        })
    }

    #[test]
    fn eigenvalues_and_vectors_are_those_of_the_dense_matrix() {
        for (n, seed) in [(1, 1), (2, 2), (7, 3), (40, 4)] {
            let matrix = random(n, seed);
            let values = dense(&matrix).symmetric_eigen().unwrap().values;
            for (rank, expected) in values.iter().enumerate() {
                let value = matrix.eigenvalue(rank).unwrap();
                assert!((value - expected).abs() < 1e-10, "{n} {rank}: {value} {expected}");
                let vector = matrix.eigenvector(value);
                let image = dense(&matrix).matvec(&vector).unwrap();
                let residual = image.iter().zip(&vector).map(|(a, b)| (a - value * b).abs()).fold(0.0, f64::max);
                assert!(residual < 1e-8, "{n} {rank}: {residual}");
            }
            assert_eq!(matrix.eigenvalue(n), None);
            assert_eq!(matrix.count_below(values[0] - 1.0), 0);
            assert_eq!(matrix.count_below(values[n - 1] + 1.0), n);
        }
    }

    #[test]
    fn linear_systems_are_solved() {
        for (n, seed) in [(1, 5), (2, 6), (3, 7), (50, 8)] {
            let matrix = random(n, seed);
            let right = Mt19937::new(seed + 100).randn_vec(n);
            let image = dense(&matrix).matvec(&matrix.solve(&right)).unwrap();
            assert!(image.iter().zip(&right).all(|(a, b)| (a - b).abs() < 1e-8), "{n}");
        }
    }
}
