//! The hot paths, without a clock: who runs them counts iterations and looks at his own.
//!
//! The same paths are timed natively (by the command line) and in a tab.

use std::cell::RefCell;

use demo::Error;

use crate::cnn::{Ablation, Network};
use crate::methods::{Method, Run, Start};
#[cfg(not(target_arch = "wasm32"))]
use crate::multigrid::{Hierarchy, Plan, REPORTED, Twin, compliance};
#[cfg(feature = "vulkan")]
use crate::physics::Physics;
use crate::solver::Solver;
use crate::structure::Structure;
use crate::tasks::problem_of;

/// Operations of the network for each pixel, forward and backward (sheet of the convolutions: 80.8 thousand forward).
const NETWORK_FLOPS: f64 = 3.0 * 80_800.0;

/// What a path measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Constraint, filter, factorisation, solution, gradient.
    Evaluation,
    /// The network, forward and backward.
    Network,
    /// A replay of the optimality criteria over 200 steps.
    Replay,
    /// Hierarchy, iteration in single precision and corrections from nothing, for a lattice of bars.
    #[cfg(not(target_arch = "wasm32"))]
    Multigrid,
    /// What of it the processor does where a GPU iterates: the hierarchy, what is left of the loads, and the energies.
    #[cfg(not(target_arch = "wasm32"))]
    Frame,
    /// One evaluation after the other of the optimality criteria, as a figure makes them, with the iteration on a Vulkan device.
    #[cfg(feature = "vulkan")]
    Gpu,
}

/// One hot path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// Stable name.
    pub id: &'static str,
    kind: Kind,
    size: [usize; 2],
}

/// All of them.
pub const PATHS: &[Path] = &[
    Path { id: "evaluation-60x20", kind: Kind::Evaluation, size: [60, 20] },
    Path { id: "evaluation-64x32", kind: Kind::Evaluation, size: [64, 32] },
    Path { id: "evaluation-96x32", kind: Kind::Evaluation, size: [96, 32] },
    Path { id: "evaluation-128x64", kind: Kind::Evaluation, size: [128, 64] },
    Path { id: "evaluation-128x128", kind: Kind::Evaluation, size: [128, 128] },
    Path { id: "network-64x32", kind: Kind::Network, size: [64, 32] },
    Path { id: "network-96x32", kind: Kind::Network, size: [96, 32] },
    Path { id: "oc-200-steps-60x20", kind: Kind::Replay, size: [60, 20] },
    #[cfg(not(target_arch = "wasm32"))]
    Path { id: "evaluation-256x256", kind: Kind::Evaluation, size: [256, 256] },
    #[cfg(not(target_arch = "wasm32"))]
    Path { id: "multigrid-128x128", kind: Kind::Multigrid, size: [128, 128] },
    #[cfg(not(target_arch = "wasm32"))]
    Path { id: "multigrid-256x256", kind: Kind::Multigrid, size: [256, 256] },
    #[cfg(not(target_arch = "wasm32"))]
    Path { id: "multigrid-frame-256x256", kind: Kind::Frame, size: [256, 256] },
    #[cfg(feature = "vulkan")]
    Path { id: "oc-step-vulkan-128x128", kind: Kind::Gpu, size: [128, 128] },
    #[cfg(feature = "vulkan")]
    Path { id: "oc-step-vulkan-256x128", kind: Kind::Gpu, size: [256, 128] },
    #[cfg(feature = "vulkan")]
    Path { id: "oc-step-vulkan-256x256", kind: Kind::Gpu, size: [256, 256] },
    #[cfg(feature = "vulkan")]
    Path { id: "oc-step-vulkan-512x256", kind: Kind::Gpu, size: [512, 256] },
];

impl Path {
    /// Floating point operations of an iteration, where they are worth counting.
    pub fn flops(&self) -> Option<f64> {
        let [width, height] = self.size;
        if self.kind == Kind::Evaluation {
            return beam(self.size).ok().map(|structure| Solver::new(structure.problem()).operations());
        }
        (self.kind == Kind::Network).then_some(NETWORK_FLOPS * (width * height) as f64)
    }
}

/// A path made ready.
enum Job {
    Evaluation(Box<Structure>, Vec<f64>),
    Network(Box<Network>, Vec<f64>),
    Replay(Box<Structure>),
    #[cfg(not(target_arch = "wasm32"))]
    Multigrid(Box<Structure>, Vec<f64>, Box<(Plan, Twin)>),
    #[cfg(not(target_arch = "wasm32"))]
    Frame(Box<Structure>, Vec<f64>, Box<Plan>),
    #[cfg(feature = "vulkan")]
    Gpu(Box<Structure>, Box<Run>, Box<Physics>),
}

thread_local! {
    /// The path that ran last, so that making it ready is not part of later runs.
    static READY: RefCell<Option<(&'static str, Job)>> = const { RefCell::new(None) };
}

/// Runs a path `iterations` times and gives a number that depends on all of them. The first run of a path, which may be of
/// no iterations, makes it ready.
///
/// # Errors
/// [`Error::Unknown`] when there is no such path.
pub fn run(id: &str, iterations: u32) -> Result<f64, Error> {
    let path =
        PATHS.iter().find(|path| path.id == id).ok_or_else(|| Error::Unknown { what: "bench", id: id.into() })?;
    let ready = READY.take().filter(|(ready, _)| *ready == path.id);
    let mut job = ready.map_or_else(|| prepare(path), |(_, job)| Ok(job))?;
    let sum = (0..iterations).try_fold(0.0, |sum, _| Ok(sum + job.run()?));
    READY.set(Some((path.id, job)));
    sum
}

fn beam([width, height]: [usize; 2]) -> Result<Structure, Error> {
    let problem = problem_of("mbb_beam", width, height, 0.5);
    let problem = problem.ok_or_else(|| Error::Unknown { what: "family", id: "mbb_beam".into() })?;
    Structure::unplanned(problem).map_err(|fault| Error::Numerical(fault.to_string()))
}

/// Bars of four elements at every sixteenth, and a tenth of their density between.
#[cfg(not(target_arch = "wasm32"))]
fn lattice([width, height]: [usize; 2]) -> Vec<f64> {
    let barred = |at: usize| at % width % 16 < 4 || at / width % 16 < 4;
    (0..width * height).map(|at| if barred(at) { 1.0 } else { 0.1 }).collect()
}

fn prepare(path: &Path) -> Result<Job, Error> {
    #[cfg(feature = "vulkan")]
    let words = |fault: crate::problem::Fault| Error::Numerical(fault.to_string());
    let structure = Box::new(beam(path.size)?);
    Ok(match path.kind {
        Kind::Evaluation => {
            let logits = (0..structure.problem().elements()).map(|at| math::ops::sin(0.3 * at as f64)).collect();
            Job::Evaluation(structure, logits)
        }
        Kind::Network => {
            let network = Network::new(path.size[1], path.size[0], Ablation::None);
            let network = network.ok_or_else(|| Error::Unknown { what: "network", id: path.id.into() })?;
            let parameters = network.initial(0);
            Job::Network(Box::new(network), parameters)
        }
        Kind::Replay => Job::Replay(structure),
        #[cfg(not(target_arch = "wasm32"))]
        Kind::Multigrid => {
            let plan = Plan::new(structure.problem());
            let twin = Twin::new(&plan);
            Job::Multigrid(structure, lattice(path.size), Box::new((plan, twin)))
        }
        #[cfg(not(target_arch = "wasm32"))]
        Kind::Frame => {
            let plan = Box::new(Plan::new(structure.problem()));
            Job::Frame(structure, lattice(path.size), plan)
        }
        #[cfg(feature = "vulkan")]
        Kind::Gpu => {
            futures_lite::future::block_on(wgsl::native()).map_err(Error::Unsupported)?;
            let run = Run::new(Method::Oc, &structure, Start::Uniform).map_err(words)?;
            let physics = Physics::new(&structure, demo::Engine::WebGpu);
            Job::Gpu(structure, Box::new(run), Box::new(physics))
        }
    })
}

impl Job {
    fn run(&mut self) -> Result<f64, Error> {
        let words = |fault: crate::problem::Fault| Error::Numerical(fault.to_string());
        match self {
            Self::Evaluation(structure, logits) => {
                let evaluation = structure.evaluate_logits(logits).map_err(words)?;
                Ok(evaluation.compliance + evaluation.gradient[0])
            }
            Self::Network(network, parameters) => {
                let logits = network.forward(parameters);
                Ok(network.backward(parameters, &logits)[0])
            }
            Self::Replay(structure) => {
                let mut run = Run::new(Method::Oc, structure, Start::Uniform).map_err(words)?;
                (0..200).try_for_each(|_| run.step(structure)).map_err(words)?;
                Ok(run.best_within(200))
            }
            #[cfg(not(target_arch = "wasm32"))]
            Self::Multigrid(structure, density, iteration) => {
                let (plan, twin) = iteration.as_mut();
                let mut fresh = structure.clone();
                compliance(&mut fresh, density, plan, twin, REPORTED).map_err(words)
            }
            #[cfg(not(target_arch = "wasm32"))]
            Self::Frame(structure, density, plan) => {
                let hierarchy = Hierarchy::new(plan, &structure.moduli(density));
                let before = structure.rest(density)[0];
                Ok(before + f64::from(hierarchy.coarsest[0]) + structure.settle(density).map_err(words)?)
            }
            #[cfg(feature = "vulkan")]
            Self::Gpu(structure, run, physics) => {
                let before = run.history().len();
                while run.history().len() == before {
                    futures_lite::future::block_on(physics.step(run, structure))?.map_err(words)?;
                }
                Ok(run.history()[before])
            }
        }
    }
}

demo::export_benches!(|path| path.flops());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_short_path_runs_and_goes_on() {
        for path in PATHS.iter().filter(|path| path.size[0] * path.size[1] <= 2048 && path.kind != Kind::Replay) {
            assert_eq!(run(path.id, 0), Ok(0.0), "{}", path.id);
            assert!(run(path.id, 2).unwrap().is_finite(), "{}", path.id);
        }
        assert!(run("nothing", 1).is_err());
    }
}
