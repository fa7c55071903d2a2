//! The stiffness of one design on all grids, ready for single precision.

use super::dense;
use super::galerkin::{self, Matrix};
use super::plan::{Grid, Plan};
use crate::element::{SCALE, STIFFNESS};

/// The finest grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fine {
    /// Young's modulus over [`SCALE`] of each element, column after column.
    pub moduli: Vec<f32>,
    /// One over the diagonal of the stiffness for each degree of freedom; zero where it is fixed.
    pub inverse: Vec<f32>,
}

/// A grid between the finest and the coarsest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Middle {
    /// Blocks of 2 x 2 (xx, xy, yx, yy) that couple a node with its nine neighbours: neighbour after neighbour, column after
    /// column from the upper left, and for each all nodes.
    pub stencil: Vec<f32>,
    /// As [`Fine::inverse`].
    pub inverse: Vec<f32>,
}

/// The stiffness on all grids of a [`Plan`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hierarchy {
    /// The finest grid.
    pub fine: Fine,
    /// Those between.
    pub middle: Vec<Middle>,
    /// The inverse of the matrix of the coarsest grid, row after row.
    pub coarsest: Vec<f32>,
}

impl Hierarchy {
    /// The hierarchy of elements with these Young's moduli, row-major as in a design.
    pub fn new(plan: &Plan, moduli: &[f64]) -> Self {
        let grid = plan.grids[0];
        let columns: Vec<f64> =
            (0..grid.elements()).map(|at| moduli[(at % grid.height) * grid.width + at / grid.height]).collect();
        let mut matrices = galerkin::from_moduli(plan, &columns);
        let mut middle = Vec::new();
        for level in 1..plan.grids.len() - 1 {
            middle.push(Middle::new(plan.grids[level], &matrices));
            matrices = galerkin::from_matrices(plan, level, &matrices);
        }
        let coarsest = plan.grids[plan.grids.len() - 1];
        let inverse = dense::inverse(assembled(coarsest, &matrices), 2 * coarsest.nodes());
        let coarsest = inverse.into_iter().map(|entry| entry as f32).collect();
        Self { fine: Fine::new(grid, &columns, &plan.fixed[0]), middle, coarsest }
    }
}

impl Fine {
    fn new(grid: Grid, moduli: &[f64], fixed: &[bool]) -> Self {
        let mut diagonal = vec![0.0; grid.nodes()];
        for (at, modulus) in moduli.iter().enumerate() {
            for node in grid.corners(at / grid.height, at % grid.height) {
                diagonal[node] += modulus * STIFFNESS[0][0] / SCALE;
            }
        }
        let inverse = fixed.iter().enumerate();
        let inverse = inverse.map(|(at, fixed)| if *fixed { 0.0 } else { (1.0 / diagonal[at / 2]) as f32 }).collect();
        Self { moduli: moduli.iter().map(|modulus| (modulus / SCALE) as f32).collect(), inverse }
    }
}

impl Middle {
    fn new(grid: Grid, matrices: &[Matrix]) -> Self {
        let nodes = grid.nodes();
        let mut stencil = vec![0.0; 36 * nodes];
        for (at, matrix) in matrices.iter().enumerate() {
            let corners = grid.corners(at / grid.height, at % grid.height);
            for (row, node) in corners.into_iter().enumerate() {
                for (column, neighbour) in NEIGHBOURS[row].into_iter().enumerate() {
                    let block = &mut stencil[4 * (neighbour * nodes + node)..][..4];
                    block[0] += matrix[2 * row][2 * column];
                    block[1] += matrix[2 * row][2 * column + 1];
                    block[2] += matrix[2 * row + 1][2 * column];
                    block[3] += matrix[2 * row + 1][2 * column + 1];
                }
            }
        }
        let middle = &stencil[4 * 4 * nodes..][..4 * nodes];
        let diagonal = middle.chunks(4).flat_map(|block| [block[0], block[3]]);
        let inverse = diagonal.map(|entry| if entry > 0.0 { (1.0 / entry) as f32 } else { 0.0 }).collect();
        Self { stencil: stencil.into_iter().map(|entry| entry as f32).collect(), inverse }
    }
}

/// Seen from a corner of an element, the numbers of its corners as neighbours.
const NEIGHBOURS: [[usize; 4]; 4] = [[4, 7, 8, 5], [1, 4, 5, 2], [0, 3, 4, 1], [3, 6, 7, 4]];

/// The matrix of a grid.
fn assembled(grid: Grid, matrices: &[Matrix]) -> Vec<f64> {
    let n = 2 * grid.nodes();
    let mut whole = vec![0.0; n * n];
    for (at, matrix) in matrices.iter().enumerate() {
        let corners = grid.corners(at / grid.height, at % grid.height);
        let freedom = |at: usize| 2 * corners[at / 2] + at % 2;
        for (row, entries) in matrix.iter().enumerate() {
            for (column, entry) in entries.iter().enumerate() {
                whole[freedom(row) * n + freedom(column)] += entry;
            }
        }
    }
    whole
}
