//! The workloads of `cargo xtask bench engines` on WebGPU: a training step each, or a forward call with its read-back.

use demo::Engine;
use hnn::learner::{Recipe, Remote};
use hnn::model::{Kind, Network, Shape};
use mnist1d::learner::Rows;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// Milliseconds.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Hidden layers of W1, W2, W4 and W5.
const HIDDEN: usize = 200;
/// Rates of Adam.
const RATE: f64 = 1e-3;
const CNN_RATE: f32 = 1e-2;

/// What a workload's steps took.
#[derive(Default)]
struct Measured {
    ms: f64,
    losses: Vec<f32>,
    dispatches: usize,
    submissions: f64,
}

/// Trains `steps` steps from `parameters` on one batch, or answers so often. `{"ms", "losses", "dispatches", "submissions"}` a step, as
/// JSON; the device is waited for once, at the end.
#[wasm_bindgen]
pub async fn bench_engine(
    workload: String,
    steps: u32,
    parameters: Vec<f32>,
    x: Vec<f32>,
    targets: Vec<f32>,
) -> Result<String, JsError> {
    let baseline = Shape { kind: Kind::Baseline, dimension: 4, hidden: HIDDEN };
    let hnn = Shape { kind: Kind::Hnn, dimension: 2, hidden: HIDDEN };
    let measured = match workload.as_str() {
        "W1" | "W2" => train(baseline, steps, &parameters, [&x, &targets]).await?,
        "W4" => train(hnn, steps, &parameters, [&x, &targets]).await?,
        "W3" => classify(steps, parameters, x, &targets).await?,
        _ if workload.starts_with("W5-") => answer(baseline, steps, parameters, [&x, &targets]).await?,
        _ => return Err(JsError::new(&format!("there is no workload {workload}"))),
    };
    let Measured { ms, losses, dispatches, submissions } = measured;
    let report =
        serde_json::json!({ "ms": ms, "losses": losses, "dispatches": dispatches, "submissions": submissions });
    Ok(report.to_string())
}

fn absent() -> JsError {
    JsError::new("there is no device")
}

fn submissions() -> f64 {
    wgsl::current().map_or(0.0, |gpu| gpu.submissions() as f64)
}

async fn train(shape: Shape, steps: u32, parameters: &[f32], [x, dx]: [&[f32]; 2]) -> Result<Measured, JsError> {
    let recipe = Recipe { learning_rate: RATE, weight_decay: 0.0 };
    let mut learner = Remote::with_parameters(shape, recipe, parameters).ok_or_else(absent)?;
    // Everything is on the device before the clock starts.
    learner.model().parameters().await?;
    let (begin, before) = (now(), submissions());
    let mut kept = None;
    for _ in 0..steps {
        kept = Some(learner.step(x, dx).0);
    }
    let made = submissions() - before;
    let numbers: Vec<usize> = (0..steps as usize).collect();
    let losses = kept.ok_or_else(absent)?.read(&numbers).await?;
    let (steps, dispatches) = (f64::from(steps), learner.dispatches());
    Ok(Measured { ms: (now() - begin) / steps, losses, dispatches, submissions: made / steps })
}

async fn classify(steps: u32, parameters: Vec<f32>, x: Vec<f32>, labels: &[f32]) -> Result<Measured, JsError> {
    let labels: Vec<u8> = labels.iter().map(|label| *label as u8).collect();
    let batch = Rows::new(mnist1d::model::POSITIONS, x, labels)?;
    let mut network = mnist1d::model::Kind::Cnn.network();
    network.parameters = parameters;
    let mut learner = mnist1d::remote::Remote::new(&network, CNN_RATE, batch.count()).ok_or_else(absent)?;
    learner.parameters().await?;
    let (begin, before) = (now(), submissions());
    let numbers: Vec<usize> = (0..steps).map(|_| learner.step(&batch)).collect();
    let made = submissions() - before;
    let losses = learner.losses(&numbers).await?;
    let (steps, dispatches) = (f64::from(steps), learner.dispatches());
    Ok(Measured { ms: (now() - begin) / steps, losses, dispatches, submissions: made / steps })
}

/// Its loss is the mean square of what the answers miss.
async fn answer(
    shape: Shape,
    steps: u32,
    parameters: Vec<f32>,
    [x, targets]: [&[f32]; 2],
) -> Result<Measured, JsError> {
    let Network::Remote(mut network) = Network::new(shape, parameters, Engine::WebGpu)? else { return Err(absent()) };
    let (_, first) = network.energy_and_field(x).await?;
    let (begin, before) = (now(), submissions());
    for _ in 0..steps {
        network.energy_and_field(x).await?;
    }
    let (steps, made) = (f64::from(steps), submissions() - before);
    let squares = first.iter().zip(targets).map(|(found, target)| f64::from(found - target).powi(2));
    let losses = vec![(squares.sum::<f64>() / first.len() as f64) as f32];
    Ok(Measured { ms: (now() - begin) / steps, losses, dispatches: network.dispatches(), submissions: made / steps })
}
