//! The workloads of `cargo xtask bench engines` on WebGPU: a training step each, or a forward call with its read-back.

use engines::{Case, Workload, webgpu};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// Milliseconds.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// What so many steps of a workload took, [`webgpu::Measured`] as JSON.
#[wasm_bindgen]
pub async fn bench_engine(workload: String, steps: usize) -> Result<String, JsError> {
    let case = Case::new(Workload::find(&workload)?)?;
    Ok(serde_json::to_string(&webgpu::measure(&case, steps, now).await?)?)
}
