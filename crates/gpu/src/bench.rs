//! The workloads of `cargo xtask bench engines` on WebGPU: a training step each, or a forward call with its read-back; and the
//! sweep of double descent.

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

/// Milliseconds of a step of double descent: of all 19 widths together, or of one after the other.
#[wasm_bindgen]
pub async fn bench_sweep(together: bool, steps: usize) -> Result<f64, JsError> {
    let networks = mnist1d::bench::sweep(together)?;
    // Kernels are compiled by their first use.
    mnist1d::bench::advance(&networks, 1).await?;
    let begin = now();
    mnist1d::bench::advance(&networks, steps).await?;
    Ok((now() - begin) / steps as f64)
}
