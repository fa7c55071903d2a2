//! The hot paths, without a clock: who runs them counts iterations and looks at his own.
//!
//! The same paths are timed natively (by the command line) and in a tab.

use std::cell::RefCell;

use demo::{Engine, Error};
use math::random::Mt19937;

use crate::learner::{Learner, Loss, Recipe};
use crate::model::{Direct, HIDDEN, Kind, Network, Plain, Shape};

/// Rows of the spring's training set.
const BATCH: usize = 750;

/// Multiplications and additions of one pass through the hidden layers of d = 2, and of the closed-form gradient again.
const PASS: f64 = 2.0 * (2.0 * 200.0 + 200.0 * 200.0 + 200.0);

/// Forward and backward together cost three times the forward pass.
const TRAINING: f64 = 3.0;

/// One hot path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    /// Stable name.
    pub id: &'static str,
    /// Floating point operations of an iteration.
    pub flops: f64,
}

/// All of them.
pub const PATHS: [Path; 6] = [
    Path { id: "spring-hnn-step-750", flops: TRAINING * 2.0 * PASS * BATCH as f64 },
    Path { id: "spring-baseline-step-750", flops: TRAINING * PASS * BATCH as f64 },
    Path { id: "hnn-field-1", flops: 2.0 * PASS },
    Path { id: "hnn-field-1-single", flops: 2.0 * PASS },
    Path { id: "hnn-field-256", flops: 2.0 * PASS * 256.0 },
    Path { id: "baseline-field-256", flops: PASS * 256.0 },
];

/// A path made ready.
enum Job {
    Step(Box<(Learner, [Vec<f32>; 2])>),
    Plain(Box<(Plain, [f64; 2])>),
    Field(Box<(Network, Vec<f64>)>),
}

thread_local! {
    /// The path that ran last, so that making it ready is not part of later runs.
    static READY: RefCell<Option<(&'static str, Job)>> = const { RefCell::new(None) };
}

/// Runs a path `iterations` times on the CPU engine and gives a number that depends on all of them. The first run of a
/// path, which may be of no iterations, makes it ready.
///
/// # Errors
/// [`Error::Unknown`] when there is no such path, [`Error::Engine`] when the device fails.
pub async fn run(id: &str, iterations: u32) -> Result<f64, Error> {
    let path =
        PATHS.iter().find(|path| path.id == id).ok_or_else(|| Error::Unknown { what: "bench", id: id.into() })?;
    let ready = READY.take().filter(|(ready, _)| *ready == path.id);
    let mut job = match ready {
        Some((_, job)) => job,
        None => prepare(path.id).await?,
    };
    let result = job.run(iterations).await;
    READY.set(Some((path.id, job)));
    result
}

async fn prepare(id: &str) -> Result<Job, Error> {
    let kind = if id.contains("baseline") { Kind::Baseline } else { Kind::Hnn };
    let shape = Shape { kind, dimension: 2, hidden: HIDDEN };
    let model = || Network::Direct(Box::new(Direct::new(shape, &mut Mt19937::new(0))));
    Ok(match id {
        "hnn-field-1" => Job::Plain(Box::new((model().plain().await?, [0.8, 0.3]))),
        "hnn-field-1-single" => Job::Field(Box::new((model(), numbers(1)))),
        _ if id.ends_with("field-256") => Job::Field(Box::new((model(), numbers(256)))),
        _ => {
            let x: Vec<f32> = numbers(BATCH).into_iter().map(|value| value as f32).collect();
            let dx = x.iter().map(|value| 2.0 * value).collect();
            Job::Step(Box::new((Learner::new(kind, 2, Recipe::SPRING, 0, Engine::Cpu), [x, dx])))
        }
    })
}

fn numbers(rows: usize) -> Vec<f64> {
    let mut random = Mt19937::new(1);
    (0..2 * rows).map(|_| random.uniform(-1.0, 1.0)).collect()
}

impl Job {
    async fn run(&mut self, iterations: u32) -> Result<f64, Error> {
        let mut last = 0.0;
        for _ in 0..iterations {
            last = match self {
                Self::Step(job) => {
                    let (learner, [x, dx]) = job.as_mut();
                    f64::from(Loss::read(&[learner.step(x, dx)]).await?[0])
                }
                Self::Field(job) => job.0.field(&job.1).await?[0],
                Self::Plain(job) => {
                    let (plain, state) = job.as_mut();
                    let mut out = [0.0; 2];
                    plain.field(state, &mut out);
                    // The next state depends on this one, so no evaluation can be left out.
                    state[0] = 0.8 + 1e-9 * out[0];
                    out[0]
                }
            };
        }
        Ok(last)
    }
}

/// What `node bench.mjs` finds in the paper's wasm module.
#[cfg(all(target_arch = "wasm32", feature = "page", not(feature = "first")))]
#[expect(unreachable_pub, reason = "wasm-bindgen exports what is pub")]
mod exports {
    use wasm_bindgen::prelude::{JsError, wasm_bindgen};

    /// `[{"id", "flops"}]` as JSON.
    #[wasm_bindgen]
    pub fn bench_list() -> String {
        let path = |path: &super::Path| serde_json::json!({ "id": path.id, "flops": path.flops });
        super::PATHS.iter().map(path).collect::<serde_json::Value>().to_string()
    }

    /// [`super::run`] for JavaScript.
    #[wasm_bindgen]
    pub async fn bench_run(id: String, iterations: u32) -> Result<f64, JsError> {
        Ok(super::run(&id, iterations).await?)
    }
}

/// All paths for the command line.
#[cfg(not(target_arch = "wasm32"))]
pub fn native() -> Vec<::train::Bench> {
    let bench = |path: &Path| {
        let id = path.id;
        let run = move |iterations: u32| {
            futures_lite::future::block_on(run(id, iterations))?;
            Ok(())
        };
        ::train::Bench { id: id.to_owned(), flops: path.flops, run: Box::new(run) }
    };
    PATHS.iter().map(bench).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;

    #[test]
    fn every_path_runs_and_goes_on() {
        for path in PATHS {
            assert_eq!(block_on(run(path.id, 0)).unwrap(), 0.0);
            assert!(block_on(run(path.id, 2)).unwrap().is_finite());
        }
        assert!(block_on(run("nothing", 1)).is_err());
    }

    #[test]
    fn a_training_path_learns() {
        block_on(run("spring-hnn-step-750", 0)).unwrap();
        let early = block_on(run("spring-hnn-step-750", 1)).unwrap();
        assert!(block_on(run("spring-hnn-step-750", 15)).unwrap() < early);
    }
}
