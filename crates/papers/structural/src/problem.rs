//! A design problem: a grid of square elements, what holds it, what loads it, where material may be and how much.
//!
//! Node (i, j) is in column i from the left and row j from the top; its number is `(height + 1) i + j` and its degrees of
//! freedom are twice that (x) and the next (y, pointing down). Images of elements are row-major from the top.

use std::collections::VecDeque;

/// Most elements of a side: beyond it a direct solve no longer fits a tab.
pub const MOST_SIDE: usize = 512;
/// Most elements.
pub const MOST_ELEMENTS: usize = 1 << 17;
/// Greatest total load, far beyond what a picture needs and far from where numbers overflow.
pub const MOST_LOAD: f64 = 1e6;

/// Why a problem has no answer, in words that say what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Too few or too many elements.
    #[error(
        "A grid of {width} × {height} cannot be computed: at least 2 × 2, at most {MOST_SIDE} a side and {MOST_ELEMENTS} in all."
    )]
    Size {
        /// Elements across.
        width: usize,
        /// Elements down.
        height: usize,
    },
    /// The arrays do not belong to the grid.
    #[error("{what} has {found} values where the grid needs {needed}.")]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its length.
        found: usize,
        /// What it should be.
        needed: usize,
    },
    /// No degree of freedom is fixed.
    #[error("Nothing holds this structure: add a support.")]
    NoSupport,
    /// A rigid motion remains.
    #[error("The supports leave this structure free to {motion}: add another one.")]
    Loose {
        /// The motion: "slide sideways".
        motion: &'static str,
    },
    /// No forces.
    #[error("Nothing loads this structure: add a load.")]
    NoLoad,
    /// All forces act on what is fixed.
    #[error("The load stands on a support, which takes all of it: move one of them.")]
    LoadOnSupport,
    /// A force in an empty region.
    #[error("A load stands where no material may be: move it, or erase the void around it.")]
    LoadInVoid,
    /// A force on a region that is not connected to a support.
    #[error(
        "A load stands on an island that no support reaches: erase some void between them, or give the island a support."
    )]
    Island,
    /// A force that is not a number or absurdly large.
    #[error("A load is too large to compute with: at most {MOST_LOAD:e} in all.")]
    Load,
    /// Nothing may be built.
    #[error("All of the ground is void: erase some of it, so that there is room for material.")]
    NoRoom,
    /// A volume of zero or less, or not a number.
    #[error("There is no material to build with: choose a volume above 0 %.")]
    NoMaterial,
    /// A volume of one or more.
    #[error("All of the room is filled, so there is nothing to choose: choose a volume below 100 %.")]
    Solid,
    /// The stiffness matrix could not be factored.
    #[error("This structure is too weak somewhere to be computed: give it another support or more material.")]
    Singular,
}

impl Fault {
    /// The same in as few words as fit beside a figure.
    pub fn brief(&self) -> &'static str {
        match self {
            Self::Size { .. } | Self::Shape { .. } => "not a grid to compute",
            Self::NoSupport => "nothing holds it: add a support",
            Self::Loose { motion: "turn" } => "it can turn: add a support",
            Self::Loose { motion: "slide sideways" } => "it can slide sideways: add a support",
            Self::Loose { .. } => "it can slide up and down: add a support",
            Self::NoLoad => "nothing loads it: add a load",
            Self::LoadOnSupport => "the load stands on a support",
            Self::LoadInVoid => "a load stands in a void",
            Self::Island => "a load stands on an island",
            Self::Load => "a load is too large",
            Self::NoRoom => "all of it is void: erase some",
            Self::NoMaterial => "choose more than 0 %",
            Self::Solid => "choose less than 100 %",
            Self::Singular => "too weak: add a support",
        }
    }
}

/// A design problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Elements across.
    pub width: usize,
    /// Elements down.
    pub height: usize,
    /// Share of the designable area that may be filled, in (0, 1).
    pub volume: f64,
    /// Force on every degree of freedom.
    pub forces: Vec<f64>,
    /// Whether a degree of freedom is fixed.
    pub fixed: Vec<bool>,
    /// Whether an element may hold material, row-major.
    pub mask: Vec<bool>,
}

impl Problem {
    /// A problem without loads and supports, all of it designable.
    pub fn new(width: usize, height: usize, volume: f64) -> Self {
        let freedoms = 2 * (width + 1) * (height + 1);
        Self {
            width,
            height,
            volume,
            forces: vec![0.0; freedoms],
            fixed: vec![false; freedoms],
            mask: vec![true; width * height],
        }
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.width * self.height
    }

    /// Number of degrees of freedom, fixed ones included.
    pub fn freedoms(&self) -> usize {
        2 * (self.width + 1) * (self.height + 1)
    }

    /// The degree of freedom of node (i, j) along x (axis 0) or y (axis 1).
    pub fn freedom(&self, i: usize, j: usize, axis: usize) -> usize {
        2 * ((self.height + 1) * i + j) + axis
    }

    /// The eight degrees of freedom of element (column, row), in the element's order.
    pub fn element_freedoms(&self, column: usize, row: usize) -> [usize; 8] {
        let corner = |di, dj| self.freedom(column + di, row + dj, 0);
        let [a, b, c, d] = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)];
        [a, a + 1, b, b + 1, c, c + 1, d, d + 1]
    }

    /// Fixes node (i, j) along x, y or both.
    pub fn fix(&mut self, i: usize, j: usize, x: bool, y: bool) {
        let at = self.freedom(i, j, 0);
        self.fixed[at] |= x;
        self.fixed[at + 1] |= y;
    }

    /// Sets the force on node (i, j) along an axis.
    pub fn load(&mut self, i: usize, j: usize, axis: usize, force: f64) {
        let at = self.freedom(i, j, axis);
        self.forces[at] = force;
    }

    /// Number of elements that may hold material.
    pub fn designable(&self) -> usize {
        self.mask.iter().filter(|designable| **designable).count()
    }

    /// The uniform start: the volume on every designable element.
    pub fn uniform(&self) -> Vec<f64> {
        self.mask.iter().map(|designable| if *designable { self.volume } else { 0.0 }).collect()
    }

    /// Whether it has an answer.
    ///
    /// # Errors
    /// The first [`Fault`] found, the most basic first.
    pub fn check(&self) -> Result<(), Fault> {
        self.check_shape()?;
        self.check_volume()?;
        self.check_supports()?;
        self.check_loads()
    }

    fn check_shape(&self) -> Result<(), Fault> {
        let (width, height) = (self.width, self.height);
        let sides = [width, height];
        if sides.iter().any(|side| !(2..=MOST_SIDE).contains(side)) || width * height > MOST_ELEMENTS {
            return Err(Fault::Size { width, height });
        }
        let shapes = [
            ("The list of forces", self.forces.len(), self.freedoms()),
            ("The list of supports", self.fixed.len(), self.freedoms()),
            ("The mask", self.mask.len(), self.elements()),
        ];
        match shapes.into_iter().find(|(_, found, needed)| found != needed) {
            Some((what, found, needed)) => Err(Fault::Shape { what, found, needed }),
            None => Ok(()),
        }
    }

    fn check_volume(&self) -> Result<(), Fault> {
        if self.designable() == 0 {
            return Err(Fault::NoRoom);
        }
        if self.volume >= 1.0 {
            return Err(Fault::Solid);
        }
        if self.volume > 0.0 { Ok(()) } else { Err(Fault::NoMaterial) }
    }

    /// All elements hang together, void ones by their small remaining stiffness, so the structure is held exactly if no
    /// rigid motion of the plane leaves all fixed freedoms where they are.
    fn check_supports(&self) -> Result<(), Fault> {
        let fixed = || self.fixed.iter().enumerate().filter(|(_, fixed)| **fixed).map(|(at, _)| at);
        if fixed().next().is_none() {
            return Err(Fault::NoSupport);
        }
        let middle = [self.width as f64 / 2.0, self.height as f64 / 2.0];
        let mut gram = [[0.0; 3]; 3];
        for at in fixed() {
            let (node, axis) = (at / 2, at % 2);
            let arm = [(node / (self.height + 1)) as f64 - middle[0], (node % (self.height + 1)) as f64 - middle[1]];
            let motion = if axis == 0 { [1.0, 0.0, -arm[1] / middle[1]] } else { [0.0, 1.0, arm[0] / middle[1]] };
            for (row, a) in gram.iter_mut().zip(motion) {
                row.iter_mut().zip(motion).for_each(|(entry, b)| *entry += a * b);
            }
        }
        if gram[0][0] == 0.0 {
            return Err(Fault::Loose { motion: "slide sideways" });
        }
        if gram[1][1] == 0.0 {
            return Err(Fault::Loose { motion: "slide up and down" });
        }
        if determinant(&gram) <= 1e-9 * gram[0][0] * gram[1][1] * gram[2][2].max(1e-9) {
            return Err(Fault::Loose { motion: "turn" });
        }
        Ok(())
    }

    fn check_loads(&self) -> Result<(), Fault> {
        let total: f64 = self.forces.iter().map(|force| force.abs()).sum();
        if total.is_nan() || total > MOST_LOAD {
            return Err(Fault::Load);
        }
        if total == 0.0 {
            return Err(Fault::NoLoad);
        }
        let acts = |at: &usize| self.forces[*at] != 0.0 && !self.fixed[*at];
        let loaded: Vec<usize> = (0..self.freedoms()).filter(acts).map(|at| at / 2).collect();
        if loaded.is_empty() {
            return Err(Fault::LoadOnSupport);
        }
        if loaded.iter().any(|node| self.around(*node).next().is_none()) {
            return Err(Fault::LoadInVoid);
        }
        let held = self.held();
        let reached = |node: &usize| self.around(*node).any(|element| held[element]);
        if loaded.iter().all(reached) { Ok(()) } else { Err(Fault::Island) }
    }

    /// Designable elements at a node.
    fn around(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let (i, j) = (node / (self.height + 1), node % (self.height + 1));
        let columns = i.saturating_sub(1)..(i + 1).min(self.width);
        let rows = j.saturating_sub(1)..(j + 1).min(self.height);
        let elements = rows.flat_map(move |row| columns.clone().map(move |column| row * self.width + column));
        elements.filter(|element| self.mask[*element])
    }

    /// Which designable elements are connected, side by side, to a fixed node.
    fn held(&self) -> Vec<bool> {
        let mut held = vec![false; self.elements()];
        let fixed = (0..self.freedoms()).filter(|at| self.fixed[*at]).map(|at| at / 2);
        let mut open: VecDeque<usize> = fixed.flat_map(|node| self.around(node)).collect();
        while let Some(element) = open.pop_front() {
            if std::mem::replace(&mut held[element], true) {
                continue;
            }
            let (row, column) = (element / self.width, element % self.width);
            let mut visit = |inside: bool, next: usize| {
                if inside && self.mask[next] && !held[next] {
                    open.push_back(next);
                }
            };
            visit(column > 0, element.wrapping_sub(1));
            visit(column + 1 < self.width, element + 1);
            visit(row > 0, element.wrapping_sub(self.width));
            visit(row + 1 < self.height, element + self.width);
        }
        held
    }
}

fn determinant(m: &[[f64; 3]; 3]) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beam() -> Problem {
        let mut problem = Problem::new(6, 4, 0.5);
        (0..=4).for_each(|j| problem.fix(0, j, true, true));
        problem.load(6, 2, 1, 1.0);
        problem
    }

    #[test]
    fn a_cantilever_is_sound() {
        assert_eq!(beam().check(), Ok(()));
    }

    #[test]
    fn what_is_missing_is_named() {
        let with = |change: fn(&mut Problem)| {
            let mut problem = beam();
            change(&mut problem);
            problem.check().unwrap_err()
        };
        let free = |problem: &mut Problem| problem.fixed.fill(false);
        assert_eq!(with(|p| p.fixed.fill(false)), Fault::NoSupport);
        assert_eq!(
            with(|p| {
                p.fixed.fill(false);
                p.fix(0, 0, false, true);
                p.fix(6, 0, false, true);
            }),
            Fault::Loose { motion: "slide sideways" }
        );
        assert_eq!(
            with(|p| {
                p.fixed.fill(false);
                (0..=4).for_each(|j| p.fix(0, j, true, false));
            }),
            Fault::Loose { motion: "slide up and down" }
        );
        let mut pinned = beam();
        free(&mut pinned);
        pinned.fix(3, 2, true, true);
        assert_eq!(pinned.check(), Err(Fault::Loose { motion: "turn" }));
        assert_eq!(with(|p| p.forces.fill(0.0)), Fault::NoLoad);
        assert_eq!(
            with(|p| {
                p.forces.fill(0.0);
                p.load(0, 1, 1, 1.0);
            }),
            Fault::LoadOnSupport
        );
        assert_eq!(with(|p| [11, 17].iter().for_each(|at| p.mask[*at] = false)), Fault::LoadInVoid);
        assert_eq!(with(|p| [3, 9, 15, 21].iter().for_each(|at| p.mask[*at] = false)), Fault::Island);
        assert_eq!(with(|p| p.mask.fill(false)), Fault::NoRoom);
        assert_eq!(with(|p| p.volume = 0.0), Fault::NoMaterial);
        assert_eq!(with(|p| p.volume = f64::NAN), Fault::NoMaterial);
        assert_eq!(with(|p| p.volume = 1.0), Fault::Solid);
        assert_eq!(with(|p| p.load(6, 2, 1, 1e300)), Fault::Load);
        assert_eq!(with(|p| p.load(6, 2, 1, f64::NAN)), Fault::Load);
        assert!(matches!(with(|p| p.width = 1), Fault::Size { .. }));
        assert!(matches!(with(|p| p.mask.clear()), Fault::Shape { .. }));
    }
}
