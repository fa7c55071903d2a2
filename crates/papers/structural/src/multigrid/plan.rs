//! The grids of a hierarchy and what is fixed on each.

use crate::problem::Problem;

/// Most degrees of freedom of the coarsest grid, whose matrix is inverted.
const MOST_DENSE: usize = 200;

/// A grid of square elements. Nodes and elements are numbered column after column, as in [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Elements across.
    pub width: usize,
    /// Elements down.
    pub height: usize,
}

impl Grid {
    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        (self.width + 1) * (self.height + 1)
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.width * self.height
    }

    /// The grid of elements twice as large. Where a side is odd its last element reaches beyond the finer grid, where
    /// there is nothing.
    #[must_use]
    pub fn coarser(&self) -> Self {
        Self { width: self.width.div_ceil(2), height: self.height.div_ceil(2) }
    }

    /// The nodes of an element, in the element's order.
    pub(super) fn corners(&self, i: usize, j: usize) -> [usize; 4] {
        let first = i * (self.height + 1) + j;
        [first, first + self.height + 1, first + self.height + 2, first + 1]
    }
}

/// The grids of one problem, the finest first; at least two.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The grids.
    pub grids: Vec<Grid>,
    /// Of each grid, whether a degree of freedom is fixed: node after node, x before y.
    pub fixed: Vec<Vec<bool>>,
}

impl Plan {
    /// Halves the grid until its matrix can be inverted.
    pub fn new(problem: &Problem) -> Self {
        let mut grids = vec![Grid { width: problem.width, height: problem.height }];
        let mut fixed = vec![problem.fixed.clone()];
        let (mut grid, mut of) = (grids[0], problem.fixed.clone());
        while grids.len() < 2 || 2 * grid.nodes() > MOST_DENSE {
            of = coarser(grid, &of);
            grid = grid.coarser();
            grids.push(grid);
            fixed.push(of.clone());
        }
        Self { grids, fixed }
    }
}

/// A coarse degree of freedom is fixed where that of the node beneath it is.
fn coarser(grid: Grid, fixed: &[bool]) -> Vec<bool> {
    let coarse = grid.coarser();
    let mut of = Vec::with_capacity(2 * coarse.nodes());
    for i in 0..=coarse.width {
        for j in 0..=coarse.height {
            let inside = 2 * i <= grid.width && 2 * j <= grid.height;
            let beneath = 2 * i * (grid.height + 1) + 2 * j;
            of.extend([0, 1].map(|axis| inside && fixed[2 * beneath + axis]));
        }
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_halved_until_the_last_can_be_inverted() {
        let sides = |width, height| -> Vec<[usize; 2]> {
            let plan = Plan::new(&Problem::new(width, height, 0.5));
            plan.grids.iter().map(|grid| [grid.width, grid.height]).collect()
        };
        assert_eq!(sides(192, 64), [[192, 64], [96, 32], [48, 16], [24, 8], [12, 4]]);
        assert_eq!(sides(75, 25), [[75, 25], [38, 13], [19, 7], [10, 4]]);
        assert_eq!(sides(2, 2), [[2, 2], [1, 1]]);
    }

    #[test]
    fn a_support_stays_where_a_coarse_node_lies_on_it() {
        let mut problem = Problem::new(75, 25, 0.5);
        problem.fix(8, 16, false, true);
        problem.fix(75, 25, true, true);
        let plan = Plan::new(&problem);
        let count = |level: usize| plan.fixed[level].iter().filter(|fixed| **fixed).count();
        assert_eq!([count(0), count(1), count(2), count(3)], [3, 1, 1, 1]);
        assert!(plan.fixed[3][2 * 5 + 2 * 2 + 1]);
    }
}
