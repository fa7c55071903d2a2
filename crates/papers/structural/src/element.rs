//! The bilinear plane-stress element of unit side and thickness, with Young's modulus 1 and Poisson's ratio 0.3.
//!
//! Its degrees of freedom run x, y over the corners (0, 0), (1, 0), (1, 1), (0, 1) of an index frame whose y points down.
//! Times 72.8 the stiffness is exactly a matrix of whole numbers, and so it is kept: in single precision the rounding of
//! an assembled matrix would destroy its rigid-body null space.

/// The eight different entries, times 72.8.
const ENTRIES: [f64; 8] = [36.0, 13.0, -22.0, -1.0, -18.0, -13.0, 4.0, 1.0];

/// Which of them stands where.
const PATTERN: [[usize; 8]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [1, 0, 7, 6, 5, 4, 3, 2],
    [2, 7, 0, 5, 6, 3, 4, 1],
    [3, 6, 5, 0, 7, 2, 1, 4],
    [4, 5, 6, 7, 0, 1, 2, 3],
    [5, 4, 3, 2, 1, 0, 7, 6],
    [6, 3, 4, 1, 2, 7, 0, 5],
    [7, 2, 1, 4, 3, 6, 5, 0],
];

/// What [`STIFFNESS`] is to be divided by.
pub const SCALE: f64 = 72.8;

/// The stiffness matrix times [`SCALE`]: whole numbers.
pub const STIFFNESS: [[f64; 8]; 8] = stiffness();

const fn stiffness() -> [[f64; 8]; 8] {
    let mut matrix = [[0.0; 8]; 8];
    let mut row = 0;
    while row < 8 {
        let mut column = 0;
        while column < 8 {
            matrix[row][column] = ENTRIES[PATTERN[row][column]];
            column += 1;
        }
        row += 1;
    }
    matrix
}

/// `u' K u` of an element with modulus 1: twice its strain energy.
pub fn energy(u: &[f64; 8]) -> f64 {
    let rows = STIFFNESS.iter().zip(u);
    rows.map(|(row, ui)| ui * row.iter().zip(u).map(|(k, uj)| k * uj).sum::<f64>()).sum::<f64>() / SCALE
}

/// `K u` of an element with modulus 1: the forces on its corners. A rigid motion is taken off first, so that the small
/// difference of large displacements keeps its digits.
pub fn forces(u: &[f64; 8]) -> [f64; 8] {
    let strained: [f64; 8] = std::array::from_fn(|at| u[at] - u[at % 2]);
    STIFFNESS.map(|row| row.iter().zip(strained).map(|(k, u)| k * u).sum::<f64>() / SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stiffness by 2 x 2 Gauss quadrature of B' D B.
    fn by_quadrature() -> [[f64; 8]; 8] {
        let nu = 0.3;
        let d = [[1.0, nu, 0.0], [nu, 1.0, 0.0], [0.0, 0.0, (1.0 - nu) / 2.0]];
        let point = 0.5 / math::ops::sqrt(3.0);
        let mut k = [[0.0; 8]; 8];
        for (x, y) in [(-point, -point), (point, -point), (point, point), (-point, point)] {
            let b = strain_matrix(x + 0.5, y + 0.5);
            for i in 0..8 {
                for j in 0..8 {
                    for (r, s) in (0..9).map(|at| (at / 3, at % 3)) {
                        k[i][j] += 0.25 * b[r][i] * d[r][s] * b[s][j] / (1.0 - nu * nu);
                    }
                }
            }
        }
        k
    }

    fn strain_matrix(x: f64, y: f64) -> [[f64; 8]; 3] {
        let dx = [y - 1.0, 1.0 - y, y, -y];
        let dy = [x - 1.0, -x, x, 1.0 - x];
        let mut b = [[0.0; 8]; 3];
        for corner in 0..4 {
            b[0][2 * corner] = dx[corner];
            b[1][2 * corner + 1] = dy[corner];
            b[2][2 * corner] = dy[corner];
            b[2][2 * corner + 1] = dx[corner];
        }
        b
    }

    #[test]
    fn it_is_the_integral_over_the_element() {
        let k = by_quadrature();
        for (row, exact) in STIFFNESS.iter().zip(k) {
            for (whole, value) in row.iter().zip(exact) {
                assert!((whole - SCALE * value).abs() < 1e-13 && *whole == whole.round());
            }
        }
    }

    #[test]
    fn a_stretched_element_has_the_energy_of_its_strain() {
        // u = x e: sigma_xx = e / (1 - nu^2), energy sigma e per volume.
        let u = [0.0, 0.0, 0.1, 0.0, 0.1, 0.0, 0.0, 0.0];
        assert!((energy(&u) - 0.01 / (1.0 - 0.09)).abs() < 1e-15);
    }

    #[test]
    fn forces_do_the_work_that_is_stored_and_a_shift_does_none() {
        let u = math::random::Mt19937::new(3).randn_vec(8);
        let u: [f64; 8] = std::array::from_fn(|at| u[at]);
        let work: f64 = forces(&u).iter().zip(u).map(|(force, u)| force * u).sum();
        assert!((work - energy(&u)).abs() < 1e-13);
        assert_eq!(forces(&[3.7, -0.3, 3.7, -0.3, 3.7, -0.3, 3.7, -0.3]), [0.0; 8]);
    }
}
