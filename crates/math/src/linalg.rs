//! Small dense matrices of f64: products, Householder QR, LU with partial pivoting, least squares and the symmetric
//! eigenproblem (Golub and Van Loan, "Matrix Computations", chapters 3, 5 and 8).
//!
//! Meant for a few hundred rows at most; everything allocates its result and nothing is parallel.

use std::ops::{Index, IndexMut};

use crate::ops::{hypot, sqrt};

/// Why a matrix operation has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LinalgError {
    /// The shapes of the operands do not fit together, or not the operation.
    #[error("{operation} does not fit shapes {left:?} and {right:?}")]
    Shape {
        /// What was attempted.
        operation: &'static str,
        /// Rows and columns of the first operand.
        left: (usize, usize),
        /// Rows and columns of the second operand, or the shape that was needed.
        right: (usize, usize),
    },
    /// The matrix has no inverse, or its columns are linearly dependent.
    #[error("the matrix is singular")]
    Singular,
    /// The iteration did not settle, as happens with NaN or infinite entries.
    #[error("the eigenvalue iteration did not converge")]
    NotConverged,
}

/// A dense matrix, row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    data: Vec<f64>,
}

/// `A = Q R` with orthonormal columns in Q and R upper triangular.
#[derive(Clone, Debug)]
pub struct Qr {
    /// `[m, k]` with k = min(m, n); its columns are orthonormal.
    pub q: Matrix,
    /// `[k, n]`, upper triangular. Signs of the diagonal follow LAPACK, and so numpy.
    pub r: Matrix,
}

/// `A = V diag(values) V^T` of a symmetric matrix.
#[derive(Clone, Debug)]
pub struct SymmetricEigen {
    /// Ascending.
    pub values: Vec<f64>,
    /// Column j belongs to value j; the columns are orthonormal and their signs are arbitrary.
    pub vectors: Matrix,
}

impl Matrix {
    /// All zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, data: vec![0.0; rows * columns] }
    }

    /// Ones on the diagonal of a square of side `n`.
    pub fn identity(n: usize) -> Self {
        Self::from_fn(n, n, |row, column| if row == column { 1.0 } else { 0.0 })
    }

    /// Entry by entry from its row and column.
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let data = (0..rows * columns).map(|index| entry(index / columns, index % columns)).collect();
        Self { rows, columns, data }
    }

    /// From its entries, row after row; an error if there are not rows x columns of them.
    pub fn from_vec(rows: usize, columns: usize, data: Vec<f64>) -> Result<Self, LinalgError> {
        if data.len() != rows * columns {
            return Err(LinalgError::Shape { operation: "from_vec", left: (data.len(), 1), right: (rows, columns) });
        }
        Ok(Self { rows, columns, data })
    }

    /// One column.
    pub fn column_vector(values: &[f64]) -> Self {
        Self { rows: values.len(), columns: 1, data: values.to_vec() }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The entries, row after row.
    pub fn as_slice(&self) -> &[f64] {
        &self.data
    }

    /// The entries, row after row.
    pub fn into_vec(self) -> Vec<f64> {
        self.data
    }

    /// The entries of one row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.columns..(row + 1) * self.columns]
    }

    /// The entries of one column.
    pub fn column(&self, column: usize) -> Vec<f64> {
        (0..self.rows).map(|row| self[(row, column)]).collect()
    }

    /// Rows become columns.
    pub fn transpose(&self) -> Self {
        Self::from_fn(self.columns, self.rows, |row, column| self[(column, row)])
    }

    /// `self + factor * other`; the shapes must agree.
    pub fn add_scaled(&self, factor: f64, other: &Self) -> Result<Self, LinalgError> {
        if self.shape() != other.shape() {
            return Err(self.misfit("add_scaled", other));
        }
        let data = self.data.iter().zip(&other.data).map(|(a, b)| a + factor * b).collect();
        Ok(Self { data, ..*self })
    }

    /// The product `[m, k] x [k, n] -> [m, n]`.
    pub fn matmul(&self, other: &Self) -> Result<Self, LinalgError> {
        if self.columns != other.rows {
            return Err(self.misfit("matmul", other));
        }
        let mut product = Self::zeros(self.rows, other.columns);
        for row in 0..self.rows {
            for (inner, &factor) in self.row(row).iter().enumerate() {
                add_multiple(product.row_mut(row), factor, other.row(inner));
            }
        }
        Ok(product)
    }

    /// The product with a vector, `[m, n] x [n] -> [m]`.
    pub fn matvec(&self, vector: &[f64]) -> Result<Vec<f64>, LinalgError> {
        if self.columns != vector.len() {
            return Err(LinalgError::Shape { operation: "matvec", left: self.shape(), right: (vector.len(), 1) });
        }
        Ok((0..self.rows).map(|row| dot(self.row(row), vector)).collect())
    }

    /// Householder QR of any shape, in the reduced form.
    pub fn qr(&self) -> Qr {
        let steps = self.rows.min(self.columns);
        let mut upper = self.clone();
        let reflections: Vec<Reflection> = (0..steps).map(|step| upper.eliminate_below(step)).collect();
        let mut q = Self::from_fn(self.rows, steps, |row, column| if row == column { 1.0 } else { 0.0 });
        for reflection in reflections.iter().rev() {
            q.reflect(reflection, 0);
        }
        let r = Self::from_fn(steps, self.columns, |row, column| if row > column { 0.0 } else { upper[(row, column)] });
        Qr { q, r }
    }

    /// X with `self X = right`, for a square matrix and any number of right-hand columns.
    pub fn solve(&self, right: &Self) -> Result<Self, LinalgError> {
        if self.rows != right.rows {
            return Err(self.misfit("solve", right));
        }
        let lu = self.lu()?;
        let mut solution = Self::from_fn(self.rows, right.columns, |row, column| right[(lu.order[row], column)]);
        for row in 0..self.rows {
            for earlier in 0..row {
                solution.subtract_row(row, lu.factors[(row, earlier)], earlier);
            }
        }
        solution.substitute_back(&lu.factors)?;
        Ok(solution)
    }

    /// The inverse of a square matrix.
    pub fn inverse(&self) -> Result<Self, LinalgError> {
        self.solve(&Self::identity(self.rows))
    }

    /// The determinant of a square matrix.
    pub fn determinant(&self) -> Result<f64, LinalgError> {
        let lu = self.lu()?;
        Ok((0..self.rows).map(|step| lu.factors[(step, step)]).product::<f64>() * lu.sign)
    }

    /// X that minimises `|self X - right|^2` column by column, by QR. The matrix needs at least as many rows as columns
    /// and independent columns.
    pub fn least_squares(&self, right: &Self) -> Result<Self, LinalgError> {
        if self.rows != right.rows || self.rows < self.columns {
            return Err(self.misfit("least_squares", right));
        }
        let Qr { q, r } = self.qr();
        let mut solution = q.transpose().matmul(right)?;
        solution.substitute_back(&r)?;
        Ok(solution)
    }

    /// Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations. Only the upper triangle is read.
    pub fn symmetric_eigen(&self) -> Result<SymmetricEigen, LinalgError> {
        self.require_square("symmetric_eigen")?;
        let n = self.rows;
        let mut matrix = Self::from_fn(n, n, |row, column| self[(row.min(column), row.max(column))]);
        let mut vectors = Self::identity(n);
        for _ in 0..64 {
            if matrix.is_diagonal() {
                return Ok(sorted_by_value(&matrix, &vectors));
            }
            for (p, q) in (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))) {
                matrix.rotate_away(&mut vectors, p, q);
            }
        }
        Err(LinalgError::NotConverged)
    }

    fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.data[row * self.columns..(row + 1) * self.columns]
    }

    /// Two different rows, the first for writing.
    fn row_pair(&mut self, write: usize, read: usize) -> (&mut [f64], &[f64]) {
        let width = self.columns;
        let (head, tail) = self.data.split_at_mut(write.max(read) * width);
        let low = write.min(read) * width;
        if write > read {
            (&mut tail[..width], &head[low..low + width])
        } else {
            (&mut head[low..low + width], &tail[..width])
        }
    }

    fn subtract_row(&mut self, row: usize, factor: f64, other: usize) {
        let (target, source) = self.row_pair(row, other);
        add_multiple(target, -factor, source);
    }

    fn swap_rows(&mut self, first: usize, second: usize) {
        for column in 0..self.columns {
            self.data.swap(first * self.columns + column, second * self.columns + column);
        }
    }

    /// Reflects the rows from `step` on so that column `step` vanishes below the diagonal, `v` scaled to `v[0] = 1`.
    fn eliminate_below(&mut self, step: usize) -> Reflection {
        let mut direction: Vec<f64> = (step..self.rows).map(|row| self[(row, step)]).collect();
        let below = direction[1..].iter().fold(0.0, |length, value| hypot(length, *value));
        if below == 0.0 {
            return Reflection { first_row: step, direction, strength: 0.0 };
        }
        let diagonal = -hypot(direction[0], below).copysign(direction[0]);
        let strength = (diagonal - direction[0]) / diagonal;
        let pivot = direction[0] - diagonal;
        for value in &mut direction {
            *value /= pivot;
        }
        direction[0] = 1.0;
        let reflection = Reflection { first_row: step, direction, strength };
        self.reflect(&reflection, step);
        reflection
    }

    /// `A <- (1 - strength v v^T) A` on the rows that v covers and the columns from `first_column` on.
    fn reflect(&mut self, reflection: &Reflection, first_column: usize) {
        let Reflection { first_row, direction, strength } = reflection;
        let mut projection = vec![0.0; self.columns - first_column];
        for (offset, &weight) in direction.iter().enumerate() {
            add_multiple(&mut projection, weight, &self.row(first_row + offset)[first_column..]);
        }
        for (offset, &weight) in direction.iter().enumerate() {
            add_multiple(&mut self.row_mut(first_row + offset)[first_column..], -strength * weight, &projection);
        }
    }

    fn lu(&self) -> Result<Lu, LinalgError> {
        self.require_square("lu")?;
        let mut factors = self.clone();
        let mut order: Vec<usize> = (0..self.rows).collect();
        let mut sign = 1.0;
        for step in 0..self.rows {
            let size = |row: &usize| factors[(*row, step)].abs();
            let pivot = (step..self.rows).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(step);
            if pivot != step {
                factors.swap_rows(step, pivot);
                order.swap(step, pivot);
                sign = -sign;
            }
            factors.eliminate_column(step);
        }
        Ok(Lu { factors, order, sign })
    }

    /// One step of Gaussian elimination; the multipliers stay below the diagonal. A zero pivot leaves the column alone.
    fn eliminate_column(&mut self, step: usize) {
        let pivot = self[(step, step)];
        if pivot == 0.0 {
            return;
        }
        for row in step + 1..self.rows {
            let factor = self[(row, step)] / pivot;
            let (target, source) = self.row_pair(row, step);
            add_multiple(&mut target[step + 1..], -factor, &source[step + 1..]);
            target[step] = factor;
        }
    }

    /// Solves `upper X = self` in place, reading only the upper triangle of `upper`.
    fn substitute_back(&mut self, upper: &Self) -> Result<(), LinalgError> {
        let largest = (0..self.rows).map(|row| upper[(row, row)].abs()).fold(0.0, f64::max);
        for row in (0..self.rows).rev() {
            let pivot = upper[(row, row)];
            if pivot.abs() <= largest * f64::EPSILON || pivot.is_nan() {
                return Err(LinalgError::Singular);
            }
            for later in row + 1..self.rows {
                self.subtract_row(row, upper[(row, later)], later);
            }
            self.row_mut(row).iter_mut().for_each(|value| *value /= pivot);
        }
        Ok(())
    }

    fn is_diagonal(&self) -> bool {
        let scale = dot(&self.data, &self.data);
        let diagonal: f64 = (0..self.rows).map(|row| self[(row, row)] * self[(row, row)]).sum();
        let off_diagonal: f64 = (0..self.rows).map(|row| dot(&self.row(row)[..row], &self.row(row)[..row])).sum();
        scale == 0.0 || (diagonal.is_finite() && off_diagonal <= 1e-32 * scale)
    }

    /// One Jacobi rotation of rows and columns p and q that makes entry (p, q) vanish.
    fn rotate_away(&mut self, vectors: &mut Self, p: usize, q: usize) {
        let target = self[(p, q)];
        if target == 0.0 {
            return;
        }
        let theta = (self[(q, q)] - self[(p, p)]) / (2.0 * target);
        let tangent = theta.signum() / (theta.abs() + sqrt(theta * theta + 1.0));
        let cosine = 1.0 / sqrt(tangent * tangent + 1.0);
        let sine = tangent * cosine;
        for index in 0..self.rows {
            rotate(&mut self.data, index * self.columns + p, index * self.columns + q, cosine, sine);
            rotate(&mut vectors.data, index * self.columns + p, index * self.columns + q, cosine, sine);
        }
        for index in 0..self.columns {
            rotate(&mut self.data, p * self.columns + index, q * self.columns + index, cosine, sine);
        }
        self[(p, q)] = 0.0;
        self[(q, p)] = 0.0;
    }

    fn require_square(&self, operation: &'static str) -> Result<(), LinalgError> {
        if self.rows == self.columns {
            return Ok(());
        }
        Err(LinalgError::Shape { operation, left: self.shape(), right: (self.rows, self.rows) })
    }

    fn misfit(&self, operation: &'static str, other: &Self) -> LinalgError {
        LinalgError::Shape { operation, left: self.shape(), right: other.shape() }
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self.data[row * self.columns + column]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut f64 {
        &mut self.data[row * self.columns + column]
    }
}

/// The scalar product of two vectors.
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// The Euclidean length of a vector.
pub fn norm(vector: &[f64]) -> f64 {
    sqrt(dot(vector, vector))
}

/// `1 - strength v v^T` on the rows from `first_row` on.
struct Reflection {
    first_row: usize,
    direction: Vec<f64>,
    strength: f64,
}

/// `P A = L U`, both factors in one matrix; row i of `P A` is row `order[i]` of A; `sign` is the determinant of P.
struct Lu {
    factors: Matrix,
    order: Vec<usize>,
    sign: f64,
}

fn add_multiple(target: &mut [f64], factor: f64, source: &[f64]) {
    for (value, other) in target.iter_mut().zip(source) {
        *value += factor * other;
    }
}

fn rotate(data: &mut [f64], first: usize, second: usize, cosine: f64, sine: f64) {
    let (a, b) = (data[first], data[second]);
    data[first] = cosine * a - sine * b;
    data[second] = sine * a + cosine * b;
}

fn sorted_by_value(diagonal: &Matrix, vectors: &Matrix) -> SymmetricEigen {
    let mut order: Vec<usize> = (0..diagonal.rows).collect();
    order.sort_by(|a, b| diagonal[(*a, *a)].total_cmp(&diagonal[(*b, *b)]));
    SymmetricEigen {
        values: order.iter().map(|&index| diagonal[(index, index)]).collect(),
        vectors: Matrix::from_fn(diagonal.rows, diagonal.rows, |row, column| vectors[(row, order[column])]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Mt19937;

    fn check(value: &Matrix, expected: &[f64], tolerance: f64) {
        assert_eq!(value.as_slice().len(), expected.len());
        for (a, b) in value.as_slice().iter().zip(expected) {
            assert!((a - b).abs() <= tolerance, "{a} against {b}");
        }
    }

    fn sample() -> Matrix {
        Matrix::from_vec(4, 3, vec![4.0, -2.0, 1.5, 3.0, 6.0, -4.0, 2.0, 1.0, 8.0, 1.0, 0.5, -3.0]).unwrap()
    }

    fn square() -> Matrix {
        Matrix::from_vec(3, 3, sample().as_slice()[..9].to_vec()).unwrap()
    }

    fn random(rows: usize, columns: usize) -> Matrix {
        let mut random = Mt19937::new(3);
        Matrix::from_fn(rows, columns, |_, _| random.randn())
    }

    #[test]
    fn qr_is_numpys() {
        // numpy.linalg.qr of `sample`
        let Qr { q, r } = sample().qr();
        #[rustfmt::skip]
        check(&q, &[
            -0.7302967433402217, 0.6107577655417543, 0.21048820946847288,
            -0.5477225575051661, -0.7912089235427274, 0.18710063063864255,
            -0.3651483716701107, -0.027761716615534362, -0.8859134444995899,
            -0.18257418583505536, -0.013880858307767181, 0.3685721592093606,
        ], 1e-15);
        #[rustfmt::skip]
        check(&r, &[
            -5.477225575051661, -2.2821773229381916, -1.2780193008453882,
            0.0, -6.003471218109293, 3.9005211844825673,
            0.0, 0.0, -8.625694241976662,
        ], 4e-15);
    }

    #[test]
    fn qr_rebuilds_any_shape_from_orthonormal_columns() {
        for (rows, columns) in [(7, 7), (9, 4), (4, 9), (1, 3), (3, 1)] {
            let matrix = random(rows, columns);
            let Qr { q, r } = matrix.qr();
            check(&q.matmul(&r).unwrap(), matrix.as_slice(), 1e-14);
            check(&q.transpose().matmul(&q).unwrap(), Matrix::identity(rows.min(columns)).as_slice(), 1e-14);
        }
    }

    #[test]
    fn solutions_are_numpys() {
        // numpy.linalg.solve(B, [1, -2, .5]), det(B), inv(B) with B = the first three rows of `sample`
        let solution = square().solve(&Matrix::column_vector(&[1.0, -2.0, 0.5])).unwrap();
        check(&solution, &[0.06382978723404256, -0.30851063829787234, 0.08510638297872339], 1e-16);
        assert!((square().determinant().unwrap() - 258.5).abs() < 1e-12);
        #[rustfmt::skip]
        check(&square().inverse().unwrap(), &[
            0.2011605415860735, 0.06769825918762089, -0.0038684719535783396,
            -0.12379110251450677, 0.11218568665377177, 0.07930367504835589,
            -0.03481624758220503, -0.03094777562862669, 0.11605415860735009,
        ], 1e-16);
    }

    #[test]
    fn solve_undoes_the_product() {
        let (matrix, unknown) = (random(40, 40), random(40, 3));
        let right = matrix.matmul(&unknown).unwrap();
        check(&matrix.solve(&right).unwrap(), unknown.as_slice(), 1e-11);
    }

    #[test]
    fn least_squares_is_numpys() {
        // numpy.linalg.lstsq(sample, [1, 2, 3, 4])
        let solution = sample().least_squares(&Matrix::column_vector(&[1.0, 2.0, 3.0, 4.0])).unwrap();
        check(&solution, &[0.5546064412876364, 0.2300715137530929, 0.06941611992246521], 1e-15);
    }

    #[test]
    fn eigenvalues_are_numpys_and_vectors_rebuild() {
        // numpy.linalg.eigh(B + B.T)[0]
        let symmetric = square().add_scaled(1.0, &square().transpose()).unwrap();
        let eigen = symmetric.symmetric_eigen().unwrap();
        check(&Matrix::column_vector(&eigen.values), &[5.964483869805854, 11.711792429821243, 18.3237237003729], 1e-13);
        let scaled = Matrix::from_fn(3, 3, |row, column| eigen.vectors[(row, column)] * eigen.values[column]);
        check(&scaled.matmul(&eigen.vectors.transpose()).unwrap(), symmetric.as_slice(), 1e-13);
    }

    #[test]
    fn eigenvalues_of_a_larger_matrix_sum_to_its_trace() {
        let half = random(30, 30);
        let symmetric = half.matmul(&half.transpose()).unwrap();
        let eigen = symmetric.symmetric_eigen().unwrap();
        let trace: f64 = (0..30).map(|index| symmetric[(index, index)]).sum();
        assert!((eigen.values.iter().sum::<f64>() - trace).abs() < 1e-10 * trace);
        check(&eigen.vectors.transpose().matmul(&eigen.vectors).unwrap(), Matrix::identity(30).as_slice(), 1e-13);
    }

    #[test]
    fn what_cannot_be_done_is_an_error() {
        let singular = Matrix::from_vec(2, 2, vec![1.0, 2.0, 2.0, 4.0]).unwrap();
        assert_eq!(singular.inverse(), Err(LinalgError::Singular));
        assert!(singular.determinant().unwrap().abs() < 1e-15);
        assert_eq!(Matrix::zeros(3, 3).inverse(), Err(LinalgError::Singular));
        assert!(matches!(sample().inverse(), Err(LinalgError::Shape { .. })));
        assert!(matches!(sample().matmul(&sample()), Err(LinalgError::Shape { .. })));
        assert!(matches!(sample().matvec(&[1.0]), Err(LinalgError::Shape { .. })));
        assert!(Matrix::from_vec(2, 2, vec![1.0]).is_err());
        let nan = Matrix::from_fn(3, 3, |_, _| f64::NAN);
        assert!(matches!(nan.symmetric_eigen(), Err(LinalgError::NotConverged)));
        assert!(nan.inverse().is_err());
    }
}
