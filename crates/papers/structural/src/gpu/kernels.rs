//! The compiled kernels and what they are given.

use std::rc::Rc;

use wgsl::{Binding, Gpu, Kernel, Numbers};

use crate::element::STIFFNESS;
use crate::multigrid::Grid;

/// Nodes of a workgroup (grid.wgsl).
const LANES: usize = 128;
/// Rows of a workgroup of dense.wgsl, for twice as many invocations would idle there.
const ROWS: usize = 64;

const U: Binding = Binding::Uniform;
const R: Binding = Binding::Read;
const W: Binding = Binding::Write;

/// Workgroups for so many nodes.
pub(super) fn groups(nodes: usize) -> usize {
    nodes.div_ceil(LANES)
}

/// Workgroups for the rows of the coarsest grid's matrix.
pub(super) fn row_groups(rows: usize) -> usize {
    rows.div_ceil(ROWS)
}

/// All kernels of the device.
pub(super) struct Kernels {
    pub(super) gpu: Rc<Gpu>,
    /// The four kinds of relax.wgsl on the finest grid and on others.
    pub(super) fine: [Rc<Kernel>; 4],
    pub(super) middle: [Rc<Kernel>; 4],
    pub(super) restrict: Rc<Kernel>,
    pub(super) prolong: Rc<Kernel>,
    pub(super) dense: Rc<Kernel>,
    pub(super) turn: Rc<Kernel>,
    pub(super) advance: Rc<Kernel>,
}

impl Kernels {
    /// Compiled where they are not yet.
    pub(super) fn new(gpu: Rc<Gpu>) -> Self {
        let (grid, relax) = (include_str!("grid.wgsl"), include_str!("relax.wgsl"));
        let fine = [grid, &blocks(), include_str!("fine.wgsl"), relax].concat();
        let middle = [grid, include_str!("middle.wgsl"), relax].concat();
        let kinds = |source: &str| {
            [0.0, 1.0, 2.0, 3.0].map(|kind| gpu.compiled(source, "relax", &[U, R, R, R, R, W, W], &[("KIND", kind)]))
        };
        let other = |source: &str, entry: &str, bindings: &[Binding]| {
            gpu.compiled(&[grid, source].concat(), entry, bindings, &[])
        };
        let transfer = include_str!("transfer.wgsl");
        Self {
            fine: kinds(&fine),
            middle: kinds(&middle),
            restrict: other(transfer, "gather", &[U, R, R, W]),
            prolong: other(transfer, "prolong", &[U, R, R, W]),
            dense: other(include_str!("dense.wgsl"), "multiply", &[R, R, W]),
            turn: other(include_str!("turn.wgsl"), "turn", &[U, R, R, W, W]),
            advance: other(include_str!("advance.wgsl"), "advance", &[U, R, R, R, R, W, W, W]),
            gpu,
        }
    }

    /// `Grid` of grid.wgsl.
    pub(super) fn setting(&self, grid: Grid, first: u32, parity: u32) -> Numbers {
        self.gpu.settings(&[grid.width as u32, grid.height as u32, first, parity])
    }
}

/// The stiffness as WGSL: its blocks of 2 x 2 for rows and columns of corners, each column by column.
fn blocks() -> String {
    let block = |at: usize| {
        let (row, column) = (2 * (at / 4), 2 * (at % 4));
        let entry = |axis: usize, other: usize| STIFFNESS[row + axis][column + other];
        format!("mat2x2f({:.1}, {:.1}, {:.1}, {:.1})", entry(0, 0), entry(1, 0), entry(0, 1), entry(1, 1))
    };
    let blocks: Vec<String> = (0..16).map(block).collect();
    format!("const STIFFNESS = array<mat2x2f, 16>({});\n", blocks.join(", "))
}
