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
/// Iterations of one submission: at first, at least and at most.
const FIRST: usize = 8;
const FEWEST: usize = 2;
const MOST: usize = 12;

thread_local! {
    static DEVICE: RefCell<Option<(Device, Queue)>> = const { RefCell::new(None) };
    static KERNELS: RefCell<Option<Rc<Kernels>>> = const { RefCell::new(None) };
}

/// From now on figures of this thread compute on `device`.
pub fn install(device: Device, queue: Queue) {
    DEVICE.set(Some((device, queue)));
    KERNELS.set(None);
}

/// The kernels, compiled at their first use: other papers share the device.
fn kernels() -> Option<Rc<Kernels>> {
    if let Some(ready) = KERNELS.with(|kernels| kernels.try_borrow().ok()?.clone()) {
        return Some(ready);
    }
    let (device, queue) = DEVICE.with(|device| device.try_borrow().ok()?.clone())?;
    let ready = Rc::new(Kernels::new(device, queue));
    KERNELS.set(Some(Rc::clone(&ready)));
    Some(ready)
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

impl Gpu {
    /// Room for the grids of a problem; none without a device.
    pub fn new(problem: &Problem) -> Option<Self> {
        Some(Self::on(kernels()?, Plan::new(problem)))
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
            next: FIRST,
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

    fn begin(&mut self, request: &Request) {
        self.kernels.write(&self.rest, &request.right);
        self.kernels.write(&self.solution, &vec![0.0; request.right.len()]);
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

fn encode(step: &Dispatch, pass: &mut ComputePass<'_>) {
    pass.set_pipeline(&step.pipeline);
    pass.set_bind_group(0, &step.bindings, &[]);
    pass.dispatch_workgroups(step.groups, 1, 1);
}
