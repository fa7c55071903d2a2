//! Coarse element matrices: of a coarse element the sum over its four children of `P' K P`, where `P` interpolates the
//! child's corners bilinearly from those of the coarse element. Rows and columns of fixed degrees of freedom are zero on
//! every grid, so that supports between coarse nodes are felt, too.

use super::plan::{Grid, Plan};
use crate::element::{SCALE, STIFFNESS};

/// The stiffness of an element, in the order of its degrees of freedom.
pub(super) type Matrix = [[f64; 8]; 8];

/// Offsets of an element's corners.
const CORNERS: [[usize; 2]; 4] = [[0, 0], [1, 0], [1, 1], [0, 1]];

/// Element matrices of the first coarse grid, from one modulus for each element of the finest, column after column.
pub(super) fn from_moduli(plan: &Plan, moduli: &[f64]) -> Vec<Matrix> {
    let (grid, fixed) = (plan.grids[0], &plan.fixed[0]);
    let whole = STIFFNESS.map(|row| row.map(|entry| entry / SCALE));
    let ready = [0, 1, 2, 3].map(|child| {
        let mut product = [[0.0; 8]; 8];
        add_product(&mut product, &whole, child);
        product
    });
    let add = |sum: &mut Matrix, child: usize, [i, j]: [usize; 2]| {
        let modulus = moduli[i * grid.height + j];
        let corners = grid.corners(i, j);
        if corners.iter().all(|node| !fixed[2 * node] && !fixed[2 * node + 1]) {
            let entries = sum.as_flattened_mut().iter_mut().zip(ready[child].as_flattened());
            entries.for_each(|(sum, entry)| *sum += modulus * entry);
        } else {
            let mut matrix = whole.map(|row| row.map(|entry| modulus * entry));
            release(&mut matrix, corners, fixed);
            add_product(sum, &matrix, child);
        }
    };
    coarsened(grid, &plan.fixed[1], add)
}

/// Element matrices of the grid after `level`, from those of `level`.
pub(super) fn from_matrices(plan: &Plan, level: usize, matrices: &[Matrix]) -> Vec<Matrix> {
    let grid = plan.grids[level];
    let add = |sum: &mut Matrix, child: usize, [i, j]: [usize; 2]| {
        add_product(sum, &matrices[i * grid.height + j], child);
    };
    coarsened(grid, &plan.fixed[level + 1], add)
}

/// Sums over the children that there are, each added by `add(sum, child, [column, row])`.
fn coarsened(grid: Grid, fixed: &[bool], add: impl Fn(&mut Matrix, usize, [usize; 2])) -> Vec<Matrix> {
    let coarse = grid.coarser();
    let mut matrices = Vec::with_capacity(coarse.elements());
    for i in 0..coarse.width {
        for j in 0..coarse.height {
            let mut sum = [[0.0; 8]; 8];
            for (child, [a, b]) in CORNERS.into_iter().enumerate() {
                let [x, y] = [2 * i + a, 2 * j + b];
                if x < grid.width && y < grid.height {
                    add(&mut sum, child, [x, y]);
                }
            }
            release(&mut sum, coarse.corners(i, j), fixed);
            matrices.push(sum);
        }
    }
    matrices
}

/// Empties rows and columns of what is fixed.
fn release(matrix: &mut Matrix, corners: [usize; 4], fixed: &[bool]) {
    for at in (0..8).filter(|at| fixed[2 * corners[at / 2] + at % 2]) {
        matrix[at] = [0.0; 8];
        for row in matrix.iter_mut() {
            row[at] = 0.0;
        }
    }
}

/// Adds `P' K P` of a child.
fn add_product(sum: &mut Matrix, matrix: &Matrix, child: usize) {
    let mut half = [[0.0; 8]; 8];
    for (row, entries) in half.iter_mut().zip(matrix) {
        for (node, corner, weight) in INTERPOLATION[child] {
            row[2 * corner] += weight * entries[2 * node];
            row[2 * corner + 1] += weight * entries[2 * node + 1];
        }
    }
    for (node, corner, weight) in INTERPOLATION[child] {
        for axis in 0..2 {
            let entries = sum[2 * corner + axis].iter_mut().zip(&half[2 * node + axis]);
            entries.for_each(|(sum, entry)| *sum += weight * entry);
        }
    }
}

/// Of each child: which of its corners takes how much from which corner of the coarse element. One corner lies on a coarse
/// node, two on edges and one in the middle.
const INTERPOLATION: [[(usize, usize, f64); 9]; 4] = interpolation();

const fn interpolation() -> [[(usize, usize, f64); 9]; 4] {
    let mut all = [[(0, 0, 0.0); 9]; 4];
    let mut child = 0;
    while child < 4 {
        let mut count = 0;
        let mut at = 0;
        while at < 16 {
            let (node, corner) = (at / 4, at % 4);
            let weight = weight(child, node, corner, 0) * weight(child, node, corner, 1);
            if weight > 0.0 {
                all[child][count] = (node, corner, weight);
                count += 1;
            }
            at += 1;
        }
        child += 1;
    }
    all
}

/// The linear weight of a coarse corner at a corner of a child, along one axis.
const fn weight(child: usize, node: usize, corner: usize, axis: usize) -> f64 {
    let place = 0.5 * (CORNERS[child][axis] + CORNERS[node][axis]) as f64;
    if CORNERS[corner][axis] == 1 { place } else { 1.0 - place }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn an_even_grid_is_the_same_grid_twice_as_coarse() {
        // A coarse bilinear field is a fine one, and in two dimensions stiffness does not depend on the size.
        let plan = Plan::new(&Problem::new(32, 32, 0.5));
        let first = from_moduli(&plan, &[0.7; 1024]);
        let second = from_matrices(&plan, 1, &first);
        for matrix in first.iter().chain(&second) {
            for (row, exact) in matrix.iter().zip(STIFFNESS) {
                assert!(row.iter().zip(exact).all(|(entry, exact)| (entry - 0.7 * exact / SCALE).abs() < 1e-14));
            }
        }
    }

    #[test]
    fn a_fixed_freedom_between_coarse_nodes_stiffens_them() {
        let mut problem = Problem::new(32, 32, 0.5);
        problem.fix(1, 1, true, false);
        let matrix = from_moduli(&Plan::new(&problem), &[1.0; 1024])[0];
        let push: f64 = (0..4).map(|a| (0..4).map(|b| matrix[2 * a][2 * b]).sum::<f64>()).sum();
        // A push to the right moves all but the one in the middle: the energy of four corners bent back.
        let exact: f64 = 4.0 * STIFFNESS[0][0] / SCALE;
        assert!((push - exact).abs() < 1e-13, "{push} against {exact}");
        let lift: f64 = (0..4).map(|a| (0..4).map(|b| matrix[2 * a + 1][2 * b + 1]).sum::<f64>()).sum();
        assert!(lift.abs() < 1e-14);
    }
}
