//! The hot paths, without a clock: who runs them counts iterations and looks at his own.
//!
//! The same paths are timed natively (by the command line) and in a tab.

use std::cell::RefCell;

use demo::Error;

use crate::cnn::{Ablation, Network};
use crate::methods::{Method, Run, Start};
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
pub const PATHS: [Path; 8] = [
    Path { id: "evaluation-60x20", kind: Kind::Evaluation, size: [60, 20] },
    Path { id: "evaluation-64x32", kind: Kind::Evaluation, size: [64, 32] },
    Path { id: "evaluation-96x32", kind: Kind::Evaluation, size: [96, 32] },
    Path { id: "evaluation-128x64", kind: Kind::Evaluation, size: [128, 64] },
    Path { id: "evaluation-128x128", kind: Kind::Evaluation, size: [128, 128] },
    Path { id: "network-64x32", kind: Kind::Network, size: [64, 32] },
    Path { id: "network-96x32", kind: Kind::Network, size: [96, 32] },
    Path { id: "oc-200-steps-60x20", kind: Kind::Replay, size: [60, 20] },
];

impl Path {
    /// Floating point operations of an iteration, where they are worth counting.
    pub fn flops(&self) -> Option<f64> {
        let [width, height] = self.size;
        match self.kind {
            Kind::Evaluation => beam(self.size).ok().map(|structure| structure.solver().operations()),
            Kind::Network => Some(NETWORK_FLOPS * (width * height) as f64),
            Kind::Replay => None,
        }
    }
}

/// A path made ready.
enum Job {
    Evaluation(Box<Structure>, Vec<f64>),
    Network(Box<Network>, Vec<f64>),
    Replay(Box<Structure>),
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
    Structure::new(problem).map_err(|fault| Error::Numerical(fault.to_string()))
}

fn prepare(path: &Path) -> Result<Job, Error> {
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
