//! The hot paths, without a clock: who runs them counts iterations and looks at his own.
//!
//! The same paths are timed natively (by the command line) and in a tab.

use std::cell::RefCell;

use demo::Error;

use crate::action::Scheme;
use crate::crowd::{Crowd, Descent};
use crate::experiment::{Experiment, PAPER_SEED, System};
use crate::hessian;
use crate::optimise::{Relaxation, Rule};
use crate::quantum::{Amplitude, PotentialRule, Propagator, Setup};

/// Paths of the batch.
const BATCH: u32 = 256;

/// One hot path; iterations of a system are optimiser steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    /// Stable name.
    pub id: &'static str,
    /// Floating point operations of an iteration, where they are worth counting.
    pub flops: Option<f64>,
}

/// 50 * 49 / 2 pairs at 100 time points, 24 operations each.
const GAS_FLOPS: f64 = 24.0 * 1225.0 * 100.0;
/// Two transforms of 4,096 points, 5 n log2 n each.
const QUANTUM_FLOPS: f64 = 2.0 * 5.0 * 4096.0 * 12.0;

/// All of them.
pub const PATHS: [Path; 10] = [
    Path { id: "free-body-step", flops: None },
    Path { id: "pendulum-step", flops: None },
    Path { id: "double-pendulum-step", flops: None },
    Path { id: "three-body-step", flops: None },
    Path { id: "gas-step", flops: Some(GAS_FLOPS) },
    Path { id: "planets-step", flops: None },
    Path { id: "pendulum-256-paths-step", flops: None },
    Path { id: "pendulum-basin-cell", flops: None },
    Path { id: "pendulum-hessian-count", flops: None },
    Path { id: "quantum-2048-step", flops: Some(QUANTUM_FLOPS) },
];

/// A path made ready.
enum Job {
    Descent { experiment: Experiment, path: Relaxation },
    Crowd(Crowd),
    Cell,
    Count { experiment: Experiment, path: Vec<f64> },
    Quantum { propagator: Box<Propagator>, psi: Vec<Amplitude> },
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
    let mut job = ready.map_or_else(|| prepare(path.id), |(_, job)| job);
    let result = job.run(iterations);
    READY.set(Some((path.id, job)));
    Ok(result)
}

fn prepare(id: &str) -> Job {
    match id {
        "quantum-2048-step" => {
            let setup = Setup { pixels: 2048, dt: 0.0125, ..Setup::NOTEBOOK };
            let propagator = Box::new(Propagator::new(setup, &[], PotentialRule::Average));
            Job::Quantum { propagator, psi: setup.packet(4.0, 0.2, 15.0) }
        }
        "pendulum-hessian-count" => {
            let experiment = Experiment::new(System::Pendulum, PAPER_SEED);
            let path = experiment.ode_path();
            Job::Count { experiment, path }
        }
        "pendulum-256-paths-step" => crowd(),
        "pendulum-basin-cell" => Job::Cell,
        _ => descent(System::from_id(id.trim_end_matches("-step")).unwrap_or(System::FreeBody)),
    }
}

/// Rates so low that the path stays as it is, however long the bench runs.
const SLOWER: f64 = 1e-6;

fn descent(system: System) -> Job {
    let experiment = Experiment::new(system, PAPER_SEED);
    let rate = match experiment.recipe.rule {
        Rule::Adam { rate } | Rule::Descent { rate } => SLOWER * rate,
    };
    let start = experiment.initial_path(PAPER_SEED, experiment.recipe.noise);
    Job::Descent { experiment, path: Relaxation::new(start, Rule::Adam { rate }) }
}

fn crowd() -> Job {
    let experiment = Experiment::new(System::Pendulum, PAPER_SEED);
    let paths = (1..=BATCH).flat_map(|seed| experiment.initial_path(seed, experiment.recipe.noise)).collect();
    Job::Crowd(Crowd::new(paths, experiment.recipe.points, experiment.recipe.dt, Descent::Adam(SLOWER * 5e-2)))
}

impl Job {
    fn run(&mut self, iterations: u32) -> f64 {
        match self {
            Self::Descent { experiment, path } => {
                let action = experiment.action(Scheme::Corrected);
                (0..iterations).fold(0.0, |_, _| path.step(&action).action())
            }
            Self::Crowd(crowd) => (0..iterations).fold(0.0, |_, _| {
                crowd.step();
                crowd.moved().iter().sum()
            }),
            Self::Cell => (0..iterations).map(crate::figures::basin::bench_cell).sum(),
            Self::Count { experiment, path } => {
                let action = experiment.action(Scheme::Corrected);
                (0..iterations).fold(0.0, |sum, round| {
                    path[1] += 1e-12 * f64::from(round % 2);
                    sum + hessian::interior(&action, path).count_below(0.0) as f64
                })
            }
            Self::Quantum { propagator, psi } => (0..iterations).fold(0.0, |_, _| propagator.step(psi)),
        }
    }
}

demo::export_benches!(|path| path.flops);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_runs_and_goes_on() {
        for path in PATHS {
            assert_eq!(run(path.id, 0), Ok(0.0), "{}", path.id);
            assert!(run(path.id, 2).unwrap().is_finite(), "{}", path.id);
        }
        assert!(run("nothing", 1).is_err());
    }
}
