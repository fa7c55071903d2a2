//! [`Job`] for the bench's worker.

#![expect(unreachable_pub, reason = "wasm-bindgen exports what is pub")]

use std::cell::RefCell;

use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::{Job, Workload};

thread_local! {
    static JOB: RefCell<Option<Job>> = const { RefCell::new(None) };
}

/// Makes a workload ready.
#[wasm_bindgen]
pub fn prepare(workload: &str) -> Result<(), JsError> {
    JOB.set(Some(Job::new(Workload::find(workload)?)?));
    Ok(())
}

/// [`Job::outputs`] of the workload that is ready.
#[wasm_bindgen]
pub fn outputs() -> Result<Vec<f32>, JsError> {
    with_job(|job| Ok(job.outputs()))
}

/// [`Job::run`] of the workload that is ready.
#[wasm_bindgen]
pub fn run(steps: usize) -> Result<Vec<f32>, JsError> {
    with_job(|job| Ok(job.run(steps)?))
}

fn with_job(work: impl FnOnce(&mut Job) -> Result<Vec<f32>, JsError>) -> Result<Vec<f32>, JsError> {
    JOB.with_borrow_mut(|job| work(job.as_mut().ok_or_else(|| JsError::new("no workload is ready"))?))
}
