//! The symbolic half: nested dissection of the grid (George, "Nested dissection of a regular finite element mesh", 1973),
//! once for each grid and set of supports.
//!
//! The rectangle of all elements is halved across its longer side until the parts are small. A degree of freedom is
//! eliminated in the smallest part that holds all elements around it. Each part is then one dense front: the freedoms that
//! it eliminates, and those on its rim that its ancestors will.

use crate::problem::Problem;

/// Parts of at most so many elements a side are not halved.
const LEAF: usize = 3;
/// A local row that is not there: the freedom is fixed.
pub(super) const FIXED: u32 = u32::MAX;

/// One dense front.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Front {
    /// Its degrees of freedom: first those that are eliminated here, then those of the rim, both in order of elimination.
    pub(super) rows: Vec<u32>,
    /// How many are eliminated here.
    pub(super) pivots: usize,
    /// Elements assembled here (number in row-major order) with the local rows of their freedoms.
    pub(super) elements: Vec<(u32, [u32; 8])>,
    /// For both halves, the later first because it lies on top of the stack: where the rows of its rim are here.
    pub(super) halves: Vec<Vec<u32>>,
    /// Where its columns begin in the factor.
    pub(super) start: usize,
}

/// All fronts, children before parents.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) fronts: Vec<Front>,
    /// Length of the factor.
    pub(super) length: usize,
    /// Most rows of a front.
    pub(super) widest: usize,
    /// Floating point operations of a factorisation.
    pub(super) operations: f64,
}

/// Elements from `low` up to but not including `high`, x then y.
#[derive(Clone, Copy)]
struct Part {
    low: [usize; 2],
    high: [usize; 2],
}

impl Plan {
    pub(super) fn new(problem: &Problem) -> Self {
        let mut maker = Maker {
            problem,
            order: vec![u32::MAX; problem.freedoms()],
            eliminated: 0,
            local: vec![FIXED; problem.freedoms()],
            fronts: Vec::new(),
        };
        maker.dissect(Part { low: [0, 0], high: [problem.width, problem.height] });
        let mut maker = maker.in_order();
        maker.link();
        maker.plan()
    }
}

struct Maker<'a> {
    problem: &'a Problem,
    /// When a freedom is eliminated.
    order: Vec<u32>,
    eliminated: u32,
    /// Scratch: the row of a freedom in the front at hand.
    local: Vec<u32>,
    /// With the elements' corners still to be numbered, and which fronts are their halves.
    fronts: Vec<(Front, Vec<usize>)>,
}

impl Maker<'_> {
    /// The fronts of a part and all within it; gives the number of its own.
    fn dissect(&mut self, part: Part) -> usize {
        let [width, height] = [0, 1].map(|axis| part.high[axis] - part.low[axis]);
        if width.max(height) <= LEAF {
            return self.leaf(part);
        }
        let axis = usize::from(height > width);
        let middle = part.low[axis].midpoint(part.high[axis]);
        let (mut first, mut second) = (part, part);
        first.high[axis] = middle;
        second.low[axis] = middle;
        let halves = vec![self.dissect(first), self.dissect(second)];
        let mut rows: Vec<u32> = Vec::new();
        for half in &halves {
            let front = &self.fronts[*half].0;
            rows.extend(&front.rows[front.pivots..]);
        }
        rows.sort_unstable();
        rows.dedup();
        self.front(part, rows, Vec::new(), halves)
    }

    fn leaf(&mut self, part: Part) -> usize {
        let mut rows = Vec::new();
        for i in part.low[0]..=part.high[0] {
            for j in part.low[1]..=part.high[1] {
                let x = self.problem.freedom(i, j, 0);
                rows.extend([x, x + 1].into_iter().filter(|at| !self.problem.fixed[*at]).map(|at| at as u32));
            }
        }
        let columns = part.low[0]..part.high[0];
        let elements = columns.flat_map(|i| (part.low[1]..part.high[1]).map(move |j| (i, j)));
        let elements = elements.map(|(i, j)| ((j * self.problem.width + i) as u32, [0; 8])).collect();
        self.front(part, rows, elements, Vec::new())
    }

    fn front(&mut self, part: Part, rows: Vec<u32>, elements: Vec<(u32, [u32; 8])>, halves: Vec<usize>) -> usize {
        let (pivots, rim): (Vec<u32>, Vec<u32>) = rows.into_iter().partition(|at| self.within(part, *at));
        for at in &pivots {
            self.order[*at as usize] = self.eliminated;
            self.eliminated += 1;
        }
        let front = Front { pivots: pivots.len(), rows: [pivots, rim].concat(), elements, ..Front::default() };
        self.fronts.push((front, halves));
        self.fronts.len() - 1
    }

    /// Whether all elements around a freedom's node lie in the part.
    fn within(&self, part: Part, freedom: u32) -> bool {
        let (node, stride) = (freedom as usize / 2, self.problem.height + 1);
        let at = [node / stride, node % stride];
        let ends = [self.problem.width, self.problem.height];
        (0..2).all(|axis| {
            let (low, high) = (part.low[axis], part.high[axis]);
            (at[axis] > low || low == 0) && (at[axis] < high || high == ends[axis])
        })
    }

    /// Sorts every rim by the order of elimination, so that maps between fronts are monotone.
    fn in_order(mut self) -> Self {
        let order = &self.order;
        for (front, _) in &mut self.fronts {
            front.rows[front.pivots..].sort_unstable_by_key(|at| order[*at as usize]);
        }
        self
    }

    /// Gives elements and halves their local rows.
    fn link(&mut self) {
        for index in 0..self.fronts.len() {
            let (mut front, halves) = std::mem::take(&mut self.fronts[index]);
            for (local, at) in front.rows.iter().enumerate() {
                self.local[*at as usize] = local as u32;
            }
            for (element, rows) in &mut front.elements {
                let (column, row) = (*element as usize % self.problem.width, *element as usize / self.problem.width);
                let freedoms = self.problem.element_freedoms(column, row);
                *rows = freedoms.map(|at| if self.problem.fixed[at] { FIXED } else { self.local[at] });
            }
            for half in halves.iter().rev() {
                let half = &self.fronts[*half].0;
                front.halves.push(half.rows[half.pivots..].iter().map(|at| self.local[*at as usize]).collect());
            }
            self.fronts[index] = (front, halves);
        }
    }

    fn plan(self) -> Plan {
        let mut plan = Plan { fronts: Vec::new(), length: 0, widest: 0, operations: 0.0 };
        for (mut front, _) in self.fronts {
            let rows = front.rows.len();
            front.start = plan.length;
            plan.length += rows * front.pivots;
            plan.widest = plan.widest.max(rows);
            plan.operations += (0..front.pivots).map(|at| ((rows - at) * (rows - at)) as f64).sum::<f64>();
            plan.fronts.push(front);
        }
        plan
    }
}
