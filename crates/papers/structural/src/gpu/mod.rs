//! The iteration of [`multigrid`](crate::multigrid) on WebGPU: many preconditioned conjugate gradient steps in one
//! submission, with all scalars on the device.
//!
//! It computes on the device of crate `wgsl`. This module knows the hierarchy; it must not know methods, figures or who made
//! the device.

mod kernels;

use std::rc::Rc;

use demo::Error;
use wgpu::ComputePassDescriptor;
use wgsl::{Kernel, Numbers};

use crate::multigrid::{self, Hierarchy, Refinement, Request};
use crate::problem::{Fault, Problem};
use crate::structure::Structure;
use kernels::Kernels;

/// Most iterations of one solution.
const MOST_ITERATIONS: usize = 600;
/// Iterations of one submission: at first, at least and at most.
const FIRST: usize = 8;
const FEWEST: usize = 2;
const MOST: usize = 12;

/// Preconditioned conjugate gradients on the device, for the grids of one problem.
pub struct Gpu {
    kernels: Kernels,
    plan: multigrid::Plan,
    moduli: Numbers,
    inverses: Vec<Numbers>,
    stencils: Vec<Numbers>,
    dense: Numbers,
    rest: Numbers,
    solution: Numbers,
    squares: Numbers,
    /// The steps of an iteration: the first of a solution, and then by turns.
    steps: [wgsl::Plan; 3],
    iterations: usize,
    /// Iterations of the next submission.
    next: usize,
}

/// A compliance on its way.
pub struct Evaluation {
    density: Vec<f64>,
    refinement: Refinement,
    /// What may be left of the right side that is being solved for; none when nothing is left to solve.
    tolerance: Option<f32>,
}

impl Evaluation {
    /// The filtered densities that are evaluated.
    pub fn density(&self) -> &[f64] {
        &self.density
    }
}

impl Gpu {
    /// Room for the grids of a problem; none without a device.
    pub fn new(problem: &Problem) -> Option<Self> {
        Some(Self::on(Kernels::new(wgsl::current()?), multigrid::Plan::new(problem)))
    }

    fn on(kernels: Kernels, plan: multigrid::Plan) -> Self {
        let storage = |numbers: usize| kernels.gpu.exactly(numbers);
        let nodes = plan.grids[0].nodes();
        let groups = kernels::groups(nodes);
        let (middle, coarsest) = (&plan.grids[..plan.grids.len() - 1], plan.grids[plan.grids.len() - 1]);
        let freedoms = 2 * coarsest.nodes();
        let empty = [(); 3].map(|()| wgsl::Plan::new(&kernels.gpu));
        let mut gpu = Self {
            moduli: storage(plan.grids[0].elements()),
            inverses: middle.iter().map(|grid| storage(2 * grid.nodes())).collect(),
            stencils: middle[1..].iter().map(|grid| storage(36 * grid.nodes())).collect(),
            dense: storage(freedoms * freedoms),
            rest: storage(2 * nodes),
            solution: storage(2 * nodes),
            squares: storage(groups),
            steps: empty,
            iterations: 0,
            next: FIRST,
            kernels,
            plan,
        };
        gpu.steps = gpu.planned();
        gpu
    }

    /// What an iteration dispatches, for the three settings that it may have.
    fn planned(&self) -> [wgsl::Plan; 3] {
        let (kernels, grids) = (&self.kernels, &self.plan.grids);
        let storage = |numbers: usize| kernels.gpu.exactly(numbers);
        let nodes = grids[0].nodes();
        let groups = kernels::groups(nodes);
        let (search, pushed, scalars) = (storage(2 * nodes), storage(2 * nodes), storage(2));
        let [found_products, pushed_products] = [(); 2].map(|()| storage(groups));
        let found: Vec<Numbers> = grids.iter().map(|grid| storage(2 * grid.nodes())).collect();
        let cycle = self.cycle(&found, &found_products);
        [[1, 0], [0, 1], [0, 0]].map(|[first, parity]| {
            let setting = kernels.setting(grids[0], first, parity);
            let turn = [&setting, &found_products, &found[0], &scalars, &search];
            let push = [&setting, &self.moduli, &self.inverses[0], &self.rest, &search, &pushed, &pushed_products];
            let advance =
                [&setting, &pushed_products, &scalars, &search, &pushed, &self.solution, &self.rest, &self.squares];
            let mut plan = wgsl::Plan::new(&kernels.gpu);
            for step in &cycle {
                step.push(&mut plan);
            }
            plan.push_kernel(&kernels.turn, &turn, groups);
            plan.push_kernel(&kernels.fine[3], &push, groups);
            plan.push_kernel(&kernels.advance, &advance, groups);
            plan
        })
    }

    /// The V-cycle: all steps down, the coarsest grid, and those up on each grid.
    fn cycle(&self, found: &[Numbers], products: &Numbers) -> Vec<Step> {
        let (kernels, grids) = (&self.kernels, &self.plan.grids);
        let (mut down, mut up) = (Vec::new(), Vec::new());
        let mut right = self.rest.clone();
        for (level, grid) in grids[..grids.len() - 1].iter().enumerate() {
            let groups = kernels::groups(grid.nodes());
            let setting = kernels.setting(*grid, 0, 0);
            let (inverse, other) = (&self.inverses[level], kernels.gpu.exactly(2 * grid.nodes()));
            let (matrix, relaxing) = match level.checked_sub(1) {
                None => (&self.moduli, &kernels.fine),
                Some(at) => (&self.stencils[at], &kernels.middle),
            };
            let unused = kernels.gpu.exactly(groups);
            let products = if level == 0 { products } else { &unused };
            let relax = |kind: usize, from: &Numbers, to: &Numbers| {
                Step::new(&relaxing[kind], &[&setting, matrix, inverse, &right, from, to, products], groups)
            };
            let coarse = grids[level + 1].nodes();
            let coarse_right = kernels.gpu.exactly(2 * coarse);
            down.push(relax(0, &right, &found[level]));
            down.push(relax(2, &found[level], &other));
            let restrict = [&setting, inverse, &other, &coarse_right];
            down.push(Step::new(&kernels.restrict, &restrict, kernels::groups(coarse)));
            let prolong = [&setting, inverse, &found[level + 1], &found[level]];
            up.push([
                Step::new(&kernels.prolong, &prolong, groups),
                relax(1, &found[level], &other),
                relax(1, &other, &found[level]),
            ]);
            right = coarse_right;
        }
        let last = grids.len() - 1;
        let rows = kernels::row_groups(2 * grids[last].nodes());
        down.push(Step::new(&kernels.dense, &[&self.dense, &right, &found[last]], rows));
        down.extend(up.into_iter().rev().flatten());
        down
    }

    /// From now on on this hierarchy of the same grids.
    pub fn load(&self, hierarchy: &Hierarchy) {
        self.kernels.gpu.write(&self.moduli, &hierarchy.fine.moduli);
        self.kernels.gpu.write(&self.inverses[0], &hierarchy.fine.inverse);
        for (at, middle) in hierarchy.middle.iter().enumerate() {
            self.kernels.gpu.write(&self.inverses[at + 1], &middle.inverse);
            self.kernels.gpu.write(&self.stencils[at], &middle.stencil);
        }
        self.kernels.gpu.write(&self.dense, &hierarchy.coarsest);
    }

    fn begin(&mut self, request: &Request) {
        self.kernels.gpu.write(&self.rest, &request.right);
        self.kernels.gpu.write(&self.solution, &vec![0.0; request.right.len()]);
        self.iterations = 0;
        self.next = FIRST;
    }

    /// How many iterations are missing, if it goes on as it did.
    fn missing(&self, length: f32, tolerance: f32) -> usize {
        let logarithm = |value: f32| math::ops::ln(f64::from(value.max(f32::MIN_POSITIVE)));
        let rate = (-logarithm(length) / self.iterations as f64).max(1e-2);
        ((logarithm(length) - logarithm(tolerance)) / rate).ceil().clamp(FEWEST as f64, MOST as f64) as usize
    }

    /// So many iterations; gives the length of what is left, and the solution.
    async fn submit(&mut self, iterations: usize) -> Result<(f32, Vec<f32>), Error> {
        let gpu = &self.kernels.gpu;
        let mut encoder = gpu.encoder();
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        for iteration in self.iterations..self.iterations + iterations {
            let turn = if iteration == 0 { 0 } else { 2 - iteration % 2 };
            self.steps[turn].encode_in(&mut pass);
        }
        drop(pass);
        let mut numbers = gpu.read_after(encoder, &[&self.squares, &self.solution]).await?;
        self.iterations += iterations;
        let solution = numbers.split_off(self.squares.size() as usize / 4);
        let square: f64 = numbers.into_iter().map(f64::from).sum();
        Ok((math::ops::sqrt(square) as f32, solution))
    }

    /// Begins to evaluate filtered densities, from the structure's last displacements.
    ///
    /// # Errors
    /// [`Fault::Singular`].
    pub fn evaluate(&mut self, structure: &Structure, density: &[f64], tolerance: f64) -> Result<Evaluation, Fault> {
        self.load(&Hierarchy::new(&self.plan, &structure.moduli(density)));
        let refinement = Refinement::new(tolerance);
        let mut evaluation = Evaluation { density: density.to_vec(), refinement, tolerance: None };
        self.request(structure, &mut evaluation)?;
        Ok(evaluation)
    }

    /// Asks for the next correction, if one is needed.
    fn request(&mut self, structure: &Structure, evaluation: &mut Evaluation) -> Result<(), Fault> {
        let request = evaluation.refinement.next(structure, &evaluation.density)?;
        evaluation.tolerance = request.as_ref().map(|request| request.tolerance);
        if let Some(request) = request {
            self.begin(&request);
        }
        Ok(())
    }

    /// One submission; gives the compliance once it is known, and the structure then has the displacements. The inner error
    /// is what the structure is wrong with.
    ///
    /// # Errors
    /// [`Error::Engine`] where the device fails.
    pub async fn go_on(
        &mut self,
        structure: &mut Structure,
        evaluation: &mut Evaluation,
    ) -> Result<Result<Option<f64>, Fault>, Error> {
        let Some(tolerance) = evaluation.tolerance else { return Ok(structure.settle(&evaluation.density).map(Some)) };
        let (length, answer) = self.submit(self.next).await?;
        if length <= tolerance {
            evaluation.refinement.correct(structure, &answer);
            return Ok(self.request(structure, evaluation).map(|()| None));
        }
        if !length.is_finite() || self.iterations >= MOST_ITERATIONS {
            return Ok(Err(Fault::Singular));
        }
        self.next = self.missing(length, tolerance);
        Ok(Ok(None))
    }

    /// All of an evaluation.
    ///
    /// # Errors
    /// As [`Self::go_on`].
    pub async fn compliance(
        &mut self,
        structure: &mut Structure,
        density: &[f64],
        tolerance: f64,
    ) -> Result<Result<f64, Fault>, Error> {
        let mut evaluation = match self.evaluate(structure, density, tolerance) {
            Ok(evaluation) => evaluation,
            Err(fault) => return Ok(Err(fault)),
        };
        loop {
            match self.go_on(structure, &mut evaluation).await? {
                Ok(Some(compliance)) => return Ok(Ok(compliance)),
                Ok(None) => {}
                Err(fault) => return Ok(Err(fault)),
            }
        }
    }
}

/// A kernel with its buffers, for several plans.
struct Step {
    kernel: Rc<Kernel>,
    buffers: Vec<Numbers>,
    groups: usize,
}

impl Step {
    fn new(kernel: &Rc<Kernel>, buffers: &[&Numbers], groups: usize) -> Self {
        Self { kernel: Rc::clone(kernel), buffers: buffers.iter().copied().cloned().collect(), groups }
    }

    fn push(&self, plan: &mut wgsl::Plan) {
        plan.push_kernel(&self.kernel, &self.buffers.iter().collect::<Vec<_>>(), self.groups);
    }
}
