//! The iteration of [`multigrid`](crate::multigrid) on WebGPU: many preconditioned conjugate gradient steps in one
//! submission, with all scalars on the device.
//!
//! The page's GPU module calls [`install`] with the device that it made, before it makes a figure. This module knows wgpu
//! and the hierarchy; it must not know methods, figures or who made the device.

mod kernels;
mod read;

use std::cell::RefCell;
use std::rc::Rc;

use demo::Error;
use wgpu::{Buffer, BufferUsages, CommandEncoderDescriptor, ComputePass, ComputePassDescriptor, Device, Queue};

use crate::multigrid::{Hierarchy, Plan, Refinement, Request};
use crate::problem::{Fault, Problem};
use crate::structure::Structure;
use kernels::{Dispatch, Kernels};

/// Most iterations of one solution.
const MOST_ITERATIONS: usize = 600;
/// Iterations of one submission: at first unless known better, at least and at most.
const FIRST: usize = 8;
const FEWEST: usize = 2;
const MOST: usize = 24;

thread_local! {
    static KERNELS: RefCell<Option<Rc<Kernels>>> = const { RefCell::new(None) };
}

/// From now on figures of this thread compute on `device`.
pub fn install(device: Device, queue: Queue) {
    KERNELS.set(Some(Rc::new(Kernels::new(device, queue))));
}

/// Whether there is a device.
pub fn is_installed() -> bool {
    KERNELS.with(|kernels| kernels.try_borrow().is_ok_and(|kernels| kernels.is_some()))
}

/// Preconditioned conjugate gradients on the device, for the grids of one problem.
pub struct Gpu {
    kernels: Rc<Kernels>,
    plan: Plan,
    moduli: Buffer,
    inverses: Vec<Buffer>,
    stencils: Vec<Buffer>,
    dense: Buffer,
    rest: Buffer,
    solution: Buffer,
    squares: Buffer,
    /// The steps of an iteration: the first of a solution, and then by turns.
    steps: [Vec<Dispatch>; 3],
    iterations: usize,
}

impl Gpu {
    /// Room for the grids of a problem; none without a device.
    pub fn new(problem: &Problem) -> Option<Self> {
        let kernels = KERNELS.with(|kernels| kernels.try_borrow().ok()?.clone())?;
        Some(Self::on(kernels, Plan::new(problem)))
    }

    fn on(kernels: Rc<Kernels>, plan: Plan) -> Self {
        let storage = |numbers: usize| kernels.storage(numbers);
        let nodes = plan.grids[0].nodes();
        let groups = kernels::groups(nodes);
        let (middle, coarsest) = (&plan.grids[..plan.grids.len() - 1], plan.grids[plan.grids.len() - 1]);
        let freedoms = 2 * coarsest.nodes();
        let mut gpu = Self {
            moduli: storage(plan.grids[0].elements()),
            inverses: middle.iter().map(|grid| storage(2 * grid.nodes())).collect(),
            stencils: middle[1..].iter().map(|grid| storage(36 * grid.nodes())).collect(),
            dense: storage(freedoms * freedoms),
            rest: storage(2 * nodes),
            solution: storage(2 * nodes),
            squares: storage(groups),
            steps: [Vec::new(), Vec::new(), Vec::new()],
            iterations: 0,
            kernels,
            plan,
        };
        gpu.steps = gpu.planned();
        gpu
    }

    /// What an iteration dispatches, for the three settings that it may have.
    fn planned(&self) -> [Vec<Dispatch>; 3] {
        let (kernels, grids) = (&self.kernels, &self.plan.grids);
        let nodes = grids[0].nodes();
        let finest = || kernels.storage(2 * nodes);
        let (search, pushed, scalars) = (finest(), finest(), kernels.storage(2));
        let [found_products, pushed_products] = [(); 2].map(|()| kernels.storage(kernels::groups(nodes)));
        let found: Vec<Buffer> = grids.iter().map(|grid| kernels.storage(2 * grid.nodes())).collect();
        let (down, up) = self.cycle(&found, &found_products);
        [[1, 0], [0, 1], [0, 0]].map(|[first, parity]| {
            let setting = kernels.setting(grids[0], first, parity);
            let turn = [&setting, &found_products, &found[0], &scalars, &search];
            let push = [&setting, &self.moduli, &self.inverses[0], &self.rest, &search, &pushed, &pushed_products];
            let advance =
                [&setting, &pushed_products, &scalars, &search, &pushed, &self.solution, &self.rest, &self.squares];
            let mut steps = down.clone();
            steps.extend(up.iter().rev().flatten().cloned());
            steps.push(kernels.dispatch(&kernels.turn, &turn, nodes));
            steps.push(kernels.dispatch(&kernels.fine[3], &push, nodes));
            steps.push(kernels.dispatch(&kernels.advance, &advance, nodes));
            steps
        })
    }

    /// The V-cycle: all steps down, the coarsest grid included, and those up on each grid.
    fn cycle(&self, found: &[Buffer], products: &Buffer) -> (Vec<Dispatch>, Vec<Vec<Dispatch>>) {
        let (kernels, grids) = (&self.kernels, &self.plan.grids);
        let (mut down, mut up) = (Vec::new(), Vec::new());
        let mut right = self.rest.clone();
        for (level, grid) in grids[..grids.len() - 1].iter().enumerate() {
            let nodes = grid.nodes();
            let setting = kernels.setting(*grid, 0, 0);
            let (inverse, other) = (&self.inverses[level], kernels.storage(2 * nodes));
            let (matrix, pipelines) = match level.checked_sub(1) {
                None => (&self.moduli, &kernels.fine),
                Some(at) => (&self.stencils[at], &kernels.middle),
            };
            let unused = kernels.storage(kernels::groups(nodes));
            let products = if level == 0 { products } else { &unused };
            let relax = |kind: usize, from: &Buffer, to: &Buffer| {
                kernels.dispatch(&pipelines[kind], &[&setting, matrix, inverse, &right, from, to, products], nodes)
            };
            let coarse = grids[level + 1].nodes();
            let coarse_right = kernels.storage(2 * coarse);
            down.push(relax(0, &right, &found[level]));
            down.push(relax(2, &found[level], &other));
            let restrict = [&setting, inverse, &other, &coarse_right];
            down.push(kernels.dispatch(&kernels.restrict, &restrict, coarse));
            let prolong = [&setting, inverse, &found[level + 1], &found[level]];
            up.push(vec![
                kernels.dispatch(&kernels.prolong, &prolong, nodes),
                relax(1, &found[level], &other),
                relax(1, &other, &found[level]),
            ]);
            right = coarse_right;
        }
        let last = grids.len() - 1;
        let invert = [&self.dense, &right, &found[last]];
        down.push(kernels.dispatch(&kernels.dense, &invert, 2 * grids[last].nodes()));
        (down, up)
    }

    /// From now on on this hierarchy of the same grids.
    pub fn load(&self, hierarchy: &Hierarchy) {
        self.kernels.write(&self.moduli, &hierarchy.fine.moduli);
        self.kernels.write(&self.inverses[0], &hierarchy.fine.inverse);
        for (at, middle) in hierarchy.middle.iter().enumerate() {
            self.kernels.write(&self.inverses[at + 1], &middle.inverse);
            self.kernels.write(&self.stencils[at], &middle.stencil);
        }
        self.kernels.write(&self.dense, &hierarchy.coarsest);
    }

    /// Solves for a right side of length 1; none where the iteration does not converge.
    ///
    /// # Errors
    /// [`Error::Engine`] where the device fails.
    pub async fn solve(&mut self, request: &Request) -> Result<Option<Vec<f32>>, Error> {
        let mut next = if self.iterations == 0 { FIRST } else { self.iterations.saturating_sub(1).min(MOST) };
        self.begin(request);
        while self.iterations < MOST_ITERATIONS {
            let (length, solution) = self.submit(next.max(FEWEST)).await?;
            if length <= request.tolerance {
                return Ok(Some(solution));
            }
            if !length.is_finite() {
                break;
            }
            next = self.missing(length, request.tolerance);
        }
        Ok(None)
    }

    /// Begins with another right side and makes so many iterations; gives the length of what is left, and the solution.
    ///
    /// # Errors
    /// [`Error::Engine`] where the device fails.
    pub async fn after(&mut self, request: &Request, iterations: usize) -> Result<(f32, Vec<f32>), Error> {
        self.begin(request);
        self.submit(iterations).await
    }

    fn begin(&mut self, request: &Request) {
        self.kernels.write(&self.rest, &request.right);
        self.kernels.write(&self.solution, &vec![0.0; request.right.len()]);
        self.iterations = 0;
    }

    /// Iterations since the last right side.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Dispatches of an iteration.
    pub fn dispatches(&self) -> usize {
        self.steps[0].len()
    }

    /// How many iterations are missing, if it goes on as it did.
    fn missing(&self, length: f32, tolerance: f32) -> usize {
        let logarithm = |value: f32| math::ops::ln(f64::from(value.max(f32::MIN_POSITIVE)));
        let rate = (-logarithm(length) / self.iterations as f64).max(1e-2);
        ((logarithm(length) - logarithm(tolerance)) / rate).ceil().clamp(FEWEST as f64, MOST as f64) as usize
    }

    /// So many iterations; gives the length of what is left, and the solution.
    async fn submit(&mut self, iterations: usize) -> Result<(f32, Vec<f32>), Error> {
        let Kernels { device, queue, .. } = self.kernels.as_ref();
        let sizes = [self.squares.size(), self.solution.size()];
        let copy = self.kernels.buffer(sizes[0] + sizes[1], BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        for iteration in self.iterations..self.iterations + iterations {
            let turn = if iteration == 0 { 0 } else { 2 - iteration % 2 };
            self.steps[turn].iter().for_each(|step| encode(step, &mut pass));
        }
        drop(pass);
        encoder.copy_buffer_to_buffer(&self.squares, 0, &copy, 0, sizes[0]);
        encoder.copy_buffer_to_buffer(&self.solution, 0, &copy, sizes[0], sizes[1]);
        queue.submit([encoder.finish()]);
        self.iterations += iterations;
        let mut numbers = read::mapped(&copy).await?;
        let solution = numbers.split_off(sizes[0] as usize / 4);
        let square: f64 = numbers.into_iter().map(f64::from).sum();
        Ok((math::ops::sqrt(square) as f32, solution))
    }

    /// The compliance of filtered densities, beginning at the structure's last displacements. The inner error is what the
    /// structure is wrong with.
    ///
    /// # Errors
    /// As [`Self::solve`].
    pub async fn compliance(
        &mut self,
        structure: &mut Structure,
        density: &[f64],
        tolerance: f64,
    ) -> Result<Result<f64, Fault>, Error> {
        self.load(&Hierarchy::new(&self.plan, &structure.moduli(density)));
        let mut refinement = Refinement::new(tolerance);
        loop {
            let request = match refinement.next(structure, density) {
                Ok(Some(request)) => request,
                Ok(None) => return Ok(structure.settle(density)),
                Err(fault) => return Ok(Err(fault)),
            };
            let Some(answer) = self.solve(&request).await? else { return Ok(Err(Fault::Singular)) };
            refinement.correct(structure, &answer);
        }
    }
}

fn encode(step: &Dispatch, pass: &mut ComputePass<'_>) {
    pass.set_pipeline(&step.pipeline);
    pass.set_bind_group(0, &step.bindings, &[]);
    pass.dispatch_workgroups(step.groups, 1, 1);
}
