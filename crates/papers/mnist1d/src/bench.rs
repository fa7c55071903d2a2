//! The hot paths, without a clock: who runs them counts iterations and looks at his own.
//!
//! The same paths are timed natively (by the command line) and in a tab.

use std::cell::RefCell;

use demo::Error;

use math::random::Mt19937;

use crate::data::{Settings, generate};
use crate::lab::descent::{Descent, WIDTHS};
#[cfg(feature = "webgpu")]
use crate::lab::descent::{MOMENTUM, RATE};
use crate::lab::rates::{Batches, first_weights, inner};
use crate::lab::tickets;
#[cfg(feature = "webgpu")]
use crate::learner::BATCH;
use crate::learner::{Learner, PAPER_SEED, Rows};
use crate::model::{Kind, perceptron};
#[cfg(feature = "webgpu")]
use crate::remote::{Perceptrons, Recipe};

/// One hot path; what trains is timed by its steps, a learning rate's slope by a whole inner training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    /// Stable name.
    pub id: &'static str,
    /// Floating point operations of an iteration, where they are worth counting.
    pub flops: Option<f64>,
}

/// Operations of a training step: three passes of two for each multiplication of a weight, batch 100.
const fn step_flops(multiplications: u32) -> f64 {
    6.0 * 100.0 * multiplications as f64
}

/// All of them.
pub const PATHS: &[Path] = &[
    Path { id: "generate-default", flops: None },
    Path { id: "logistic-step-100", flops: Some(step_flops(400)) },
    Path { id: "mlp-step-100", flops: Some(step_flops(15_000)) },
    Path { id: "cnn-step-100", flops: Some(step_flops(31_750)) },
    Path { id: "gru-step-100", flops: Some(step_flops(80 * 18 * 7 + 4_800)) },
    Path { id: "lottery-step-100", flops: Some(step_flops(275_000)) },
    Path { id: "descent-19-widths-step", flops: Some(step_flops(sweep_multiplications())) },
    #[cfg(feature = "vulkan")]
    Path { id: TOGETHER, flops: Some(step_flops(sweep_multiplications())) },
    #[cfg(feature = "vulkan")]
    Path { id: ALONE, flops: Some(step_flops(sweep_multiplications())) },
    Path { id: "learning-rate-slope", flops: None },
];

/// The step of all widths on a Vulkan device, in the same dispatches.
#[cfg(feature = "vulkan")]
const TOGETHER: &str = "descent-19-widths-vulkan";
/// The same, one width after the other.
#[cfg(feature = "vulkan")]
const ALONE: &str = "descent-19-widths-vulkan-alone";

/// Batches of the training rows.
#[cfg(feature = "webgpu")]
const BATCHES: usize = 4000 / BATCH;

/// Of one row through the perceptrons of all widths.
const fn sweep_multiplications() -> u32 {
    let (mut sum, mut index) = (0, 0);
    while index < WIDTHS.len() {
        sum += WIDTHS[index] * (WIDTHS[index] + 50);
        index += 1;
    }
    sum as u32
}

/// A path made ready.
enum Job {
    Generate,
    Step(Box<(Learner, Rows)>),
    Sweep(Vec<Descent>, Rows),
    Slope(Batches, Vec<f64>),
    #[cfg(feature = "vulkan")]
    Device(Vec<Perceptrons>),
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
    let mut job = match ready {
        Some((_, job)) => job,
        None => prepare(path.id)?,
    };
    let result = job.run(iterations)?;
    READY.set(Some((path.id, job)));
    Ok(result)
}

fn prepare(id: &str) -> Result<Job, Error> {
    let data = generate(&Settings::default()).map_err(|error| Error::Numerical(error.to_string()))?;
    let [train, _] = Rows::of(&data);
    if let Some(kind) = id.strip_suffix("-step-100").and_then(Kind::from_id) {
        return Ok(Job::Step(Box::new((Learner::new(kind, PAPER_SEED), train))));
    }
    Ok(match id {
        "lottery-step-100" => {
            let network = tickets::network(tickets::WIDTH, PAPER_SEED);
            Job::Step(Box::new((Learner::from_network(network, tickets::RATE, tickets::BATCH), train)))
        }
        "descent-19-widths-step" => {
            let network = |width| perceptron(width).initialised(&mut Mt19937::new(PAPER_SEED));
            let descents = WIDTHS.map(|width| Descent::new(network(width), train.count(), PAPER_SEED));
            Job::Sweep(descents.into(), train)
        }
        #[cfg(feature = "vulkan")]
        TOGETHER | ALONE => {
            futures_lite::future::block_on(wgsl::native()).map_err(Error::Unsupported)?;
            Job::Device(sweep(id == TOGETHER)?)
        }
        "learning-rate-slope" => Job::Slope(Batches::of(&data), first_weights(PAPER_SEED)),
        _ => Job::Generate,
    })
}

/// The networks of double descent on the device of this thread with the rows of an epoch: all widths together, or each for itself.
///
/// # Errors
/// [`Error::Unsupported`] when there is no device.
#[cfg(feature = "webgpu")]
pub fn sweep(together: bool) -> Result<Vec<Perceptrons>, Error> {
    let data = generate(&Settings::default()).map_err(|error| Error::Numerical(error.to_string()))?;
    let [train, _] = Rows::of(&data);
    let order: Vec<usize> = (0..train.count()).collect();
    let make = |widths: &[usize]| {
        let first = |width: &usize| perceptron(*width).initialised(&mut Mt19937::new(PAPER_SEED)).parameters;
        let parameters: Vec<f32> = widths.iter().flat_map(first).collect();
        let recipe = Recipe { rate: RATE, momentum: MOMENTUM, batch: BATCH };
        let made = Perceptrons::new(widths, [&parameters, &vec![0.0; parameters.len()]], recipe, &train.first(BATCH));
        let mut made = made.ok_or_else(|| Error::Unsupported("there is no device".into()))?;
        made.load(&train, &order);
        Ok(made)
    };
    WIDTHS.chunks(if together { WIDTHS.len() } else { 1 }).map(make).collect()
}

/// So many steps of all of them, one network's after the other's; the device is waited for once. Gives wrong answers so far.
///
/// # Errors
/// [`Error::Engine`] when the device fails.
#[cfg(feature = "webgpu")]
pub async fn advance(all: &[Perceptrons], steps: usize) -> Result<f64, Error> {
    let mut wrong = 0;
    for one in all {
        for step in 0..steps {
            let batch = step % BATCHES;
            one.steps(batch..batch + 1);
        }
    }
    for one in all {
        wrong += one.wrong().await?[0].iter().sum::<usize>();
    }
    Ok(wrong as f64)
}

impl Job {
    fn run(&mut self, iterations: u32) -> Result<f64, Error> {
        #[cfg(feature = "vulkan")]
        if let Self::Device(all) = self {
            return futures_lite::future::block_on(advance(all, iterations as usize));
        }
        let mut last = 0.0;
        for round in 0..iterations {
            last = match self {
                Self::Generate => {
                    let settings = Settings { seed: round, ..Settings::default() };
                    generate(&settings).map_err(|error| Error::Numerical(error.to_string()))?.mean
                }
                Self::Step(job) => {
                    let (learner, rows) = job.as_mut();
                    f64::from(learner.step(rows).loss)
                }
                Self::Sweep(descents, rows) => {
                    descents.iter_mut().map(|descent| f64::from(descent.step(rows).loss)).sum()
                }
                Self::Slope(batches, weights) => inner(0.6, weights, batches).slope,
                #[cfg(feature = "vulkan")]
                Self::Device(all) => futures_lite::future::block_on(advance(all, 1))?,
            };
        }
        Ok(last)
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
