//! The iteration on the processor, in the same single precision and the same order of steps as on the GPU.

use super::DAMPING;
use super::hierarchy::{Fine, Hierarchy, Middle};
use super::plan::{Grid, Plan};
use super::refinement::Request;
use crate::element::STIFFNESS;
use crate::problem::Fault;

/// Most iterations of one solution.
pub(crate) const MOST_ITERATIONS: usize = 600;

/// Preconditioned conjugate gradients on one hierarchy.
#[derive(Clone, Debug)]
pub struct Twin {
    grids: Vec<Grid>,
    hierarchy: Hierarchy,
    rooms: Vec<Room>,
    solution: Vec<f32>,
    search: Vec<f32>,
    pushed: Vec<f32>,
    /// `r' z` of the last iteration.
    product: f32,
    iterations: usize,
}

/// What a V-cycle needs on one grid.
#[derive(Clone, Debug, Default)]
struct Room {
    right: Vec<f32>,
    found: Vec<f32>,
    other: Vec<f32>,
}

impl Twin {
    /// Room for the grids of a plan.
    pub fn new(plan: &Plan) -> Self {
        let zeros = |grid: &Grid| vec![0.0; 2 * grid.nodes()];
        let room = |grid: &Grid| Room { right: zeros(grid), found: zeros(grid), other: zeros(grid) };
        let finest = zeros(&plan.grids[0]);
        Self {
            grids: plan.grids.clone(),
            hierarchy: Hierarchy::default(),
            rooms: plan.grids.iter().map(room).collect(),
            solution: finest.clone(),
            search: finest.clone(),
            pushed: finest,
            product: 0.0,
            iterations: 0,
        }
    }

    /// From now on on this hierarchy.
    pub fn load(&mut self, hierarchy: Hierarchy) {
        self.hierarchy = hierarchy;
    }

    /// Solves for a right side of length 1.
    ///
    /// # Errors
    /// [`Fault::Singular`] where it does not converge.
    pub fn solve(&mut self, request: &Request) -> Result<Vec<f32>, Fault> {
        self.begin(&request.right);
        while self.iterations < MOST_ITERATIONS {
            let length = self.iterate();
            if length <= request.tolerance {
                return Ok(self.solution.clone());
            }
            if !length.is_finite() {
                break;
            }
        }
        Err(Fault::Singular)
    }

    /// Iterations since the last right side.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Begins with another right side.
    pub fn begin(&mut self, right: &[f32]) {
        self.rooms[0].right.copy_from_slice(right);
        self.solution.fill(0.0);
        self.iterations = 0;
    }

    /// What was found so far.
    pub fn solution(&self) -> &[f32] {
        &self.solution
    }

    /// One iteration; gives the length of what is left of the right side.
    pub fn iterate(&mut self) -> f32 {
        self.descend(0);
        let product = dot(&self.rooms[0].right, &self.rooms[0].found);
        let onward = if self.iterations == 0 { 0.0 } else { product / self.product };
        self.product = product;
        self.iterations += 1;
        let directions = self.search.iter_mut().zip(&self.rooms[0].found);
        directions.for_each(|(p, z)| *p = z + onward * *p);
        fine_product(self.grids[0], &self.hierarchy.fine, &self.search, &mut self.pushed);
        let resistance = dot(&self.search, &self.pushed);
        let step = if resistance > 0.0 { product / resistance } else { 0.0 };
        self.solution.iter_mut().zip(&self.search).for_each(|(u, p)| *u += step * p);
        self.rooms[0].right.iter_mut().zip(&self.pushed).for_each(|(r, pushed)| *r -= step * pushed);
        math::ops::sqrt(f64::from(dot(&self.rooms[0].right, &self.rooms[0].right))) as f32
    }

    /// The V-cycle from a grid downwards: `found` of its room becomes about the solution for `right`.
    fn descend(&mut self, level: usize) {
        if level + 1 == self.grids.len() {
            let (dense, room) = (&self.hierarchy.coarsest, &mut self.rooms[level]);
            for (found, row) in room.found.iter_mut().zip(dense.chunks(room.right.len())) {
                *found = row.iter().zip(&room.right).map(|(entry, right)| entry * right).sum();
            }
            return;
        }
        self.sweep_from_nothing(level);
        self.sweep(level);
        self.multiply(level);
        let (upper, lower) = self.rooms.split_at_mut(level + 1);
        let (room, inverse) = (&mut upper[level], inverse_on(&self.hierarchy, level));
        for ((other, right), inverse) in room.other.iter_mut().zip(&room.right).zip(inverse) {
            *other = if *inverse == 0.0 { 0.0 } else { right - *other };
        }
        restrict(self.grids[level], &room.other, &mut lower[0].right);
        self.descend(level + 1);
        let (upper, lower) = self.rooms.split_at_mut(level + 1);
        let inverse = inverse_on(&self.hierarchy, level);
        prolong(self.grids[level], &lower[0].found, inverse, &mut upper[level].found);
        self.sweep(level);
        self.sweep(level);
    }

    /// `other = K found`, zero where fixed.
    fn multiply(&mut self, level: usize) {
        let (grid, room) = (self.grids[level], &mut self.rooms[level]);
        match level.checked_sub(1) {
            None => fine_product(grid, &self.hierarchy.fine, &room.found, &mut room.other),
            Some(at) => middle_product(grid, &self.hierarchy.middle[at], &room.found, &mut room.other),
        }
    }

    fn sweep_from_nothing(&mut self, level: usize) {
        let (inverse, room) = (inverse_on(&self.hierarchy, level), &mut self.rooms[level]);
        let all = room.found.iter_mut().zip(&room.right).zip(inverse);
        all.for_each(|((found, right), inverse)| *found = DAMPING * inverse * right);
    }

    /// A damped Jacobi sweep.
    fn sweep(&mut self, level: usize) {
        self.multiply(level);
        let (inverse, room) = (inverse_on(&self.hierarchy, level), &mut self.rooms[level]);
        let all = room.found.iter_mut().zip(&room.right).zip(&room.other).zip(inverse);
        all.for_each(|(((found, right), other), inverse)| *found += DAMPING * inverse * (right - other));
    }
}

fn inverse_on(hierarchy: &Hierarchy, level: usize) -> &[f32] {
    level.checked_sub(1).map_or(&hierarchy.fine.inverse, |at| &hierarchy.middle[at].inverse)
}

/// The stiffness without its division, in the precision of the iteration: whole numbers all the same.
const WHOLE: [[f32; 8]; 8] = whole();

const fn whole() -> [[f32; 8]; 8] {
    let mut matrix = [[0.0; 8]; 8];
    let mut at = 0;
    while at < 64 {
        matrix[at / 8][at % 8] = STIFFNESS[at / 8][at % 8] as f32;
        at += 1;
    }
    matrix
}

/// `out = K u` element by element. What an element's first node moves is taken off all four before multiplying, so that
/// the small strains of large motions keep their digits.
fn fine_product(grid: Grid, fine: &Fine, u: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    let below = grid.height + 1;
    for (column, moduli) in fine.moduli.chunks(grid.height).enumerate() {
        for (row, modulus) in moduli.iter().enumerate() {
            let first = 2 * (column * below + row);
            let second = first + 2 * below;
            let strained = [
                u[second] - u[first],
                u[second + 1] - u[first + 1],
                u[second + 2] - u[first],
                u[second + 3] - u[first + 1],
                u[first + 2] - u[first],
                u[first + 3] - u[first + 1],
            ];
            let force = |at: usize| -> f32 {
                let row = &WHOLE[at];
                modulus * (0..6).map(|other| row[other + 2] * strained[other]).sum::<f32>()
            };
            out[first] += force(0);
            out[first + 1] += force(1);
            out[second] += force(2);
            out[second + 1] += force(3);
            out[second + 2] += force(4);
            out[second + 3] += force(5);
            out[first + 2] += force(6);
            out[first + 3] += force(7);
        }
    }
    let fixed = out.iter_mut().zip(&fine.inverse).filter(|(_, inverse)| **inverse == 0.0);
    fixed.for_each(|(out, _)| *out = 0.0);
}

/// `out = K u` node by node.
fn middle_product(grid: Grid, middle: &Middle, u: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    let (nodes, down) = (grid.nodes(), grid.height + 1);
    for (neighbour, blocks) in middle.stencil.chunks(4 * nodes).enumerate() {
        let (di, dj) = (neighbour / 3, neighbour % 3);
        for i in usize::from(di == 0)..(grid.width + 1).min(grid.width + 2 - di) {
            let rows = usize::from(dj == 0)..(grid.height + 1).min(grid.height + 2 - dj);
            let first = i * down + rows.start;
            let from = (i + di - 1) * down + rows.start + dj - 1;
            let length = rows.len();
            let blocks = blocks[4 * first..4 * (first + length)].as_chunks::<4>().0;
            let (out, u) = (&mut out[2 * first..2 * (first + length)], &u[2 * from..2 * (from + length)]);
            for ((out, u), block) in out.as_chunks_mut::<2>().0.iter_mut().zip(u.as_chunks::<2>().0).zip(blocks) {
                out[0] += block[0] * u[0] + block[1] * u[1];
                out[1] += block[2] * u[0] + block[3] * u[1];
            }
        }
    }
}

/// The transpose of [`prolong`]: of a fine grid's values the sums that coarse nodes stand for.
fn restrict(grid: Grid, from: &[f32], to: &mut [f32]) {
    let coarse = grid.coarser();
    let mut at = 0;
    for i in 0..=coarse.width {
        for j in 0..=coarse.height {
            let mut sum = [0.0; 2];
            for x in (2 * i).saturating_sub(1)..=(2 * i + 1).min(grid.width) {
                for y in (2 * j).saturating_sub(1)..=(2 * j + 1).min(grid.height) {
                    let weight = share(x, i) * share(y, j);
                    let node = 2 * (x * (grid.height + 1) + y);
                    sum[0] += weight * from[node];
                    sum[1] += weight * from[node + 1];
                }
            }
            to[at..at + 2].copy_from_slice(&sum);
            at += 2;
        }
    }
}

/// How much a fine node takes from a coarse one along an axis.
fn share(fine: usize, coarse: usize) -> f32 {
    if fine == 2 * coarse { 1.0 } else { 0.5 }
}

/// Adds to a fine grid's values what they are between those of the coarse one, but where `inverse` says that they are fixed.
fn prolong(grid: Grid, from: &[f32], inverse: &[f32], to: &mut [f32]) {
    let down = grid.coarser().height + 1;
    let mut at = 0;
    for x in 0..=grid.width {
        for y in 0..=grid.height {
            let [left, right] = [x / 2, x.div_ceil(2)].map(|i| i * down);
            let [upper, lower] = [y / 2, y.div_ceil(2)];
            for axis in 0..2 {
                let value = |column: usize, row: usize| from[2 * (column + row) + axis];
                let mean = 0.25 * (value(left, upper) + value(right, upper) + value(left, lower) + value(right, lower));
                to[at] += if inverse[at] == 0.0 { 0.0 } else { mean };
                at += 1;
            }
        }
    }
}

/// Summed in blocks, and the blocks in pairs.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const BLOCK: usize = 128;
    if a.len() <= BLOCK {
        return a.iter().zip(b).map(|(a, b)| a * b).sum();
    }
    let half = (a.len() / 2).next_multiple_of(BLOCK);
    dot(&a[..half], &b[..half]) + dot(&a[half..], &b[half..])
}
