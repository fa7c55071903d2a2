//! The figures of this module, by paper, and the functions by which the worker finds and makes them.

use std::cell::RefCell;

use demo::{Context, Engine, Entry, Error, Models, Player};
use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::figure::Figure;
use crate::{panic, view};

thread_local! {
    static PAPERS: RefCell<Vec<(&'static str, &'static [Entry])>> = const { RefCell::new(Vec::new()) };
}

/// Makes the figures of `paper` known to the worker.
pub fn register(paper: &'static str, entries: &'static [Entry]) {
    panic::report();
    PAPERS.with_borrow_mut(|papers| papers.push((paper, entries)));
}

fn entries(paper: &str) -> Result<&'static [Entry], Error> {
    PAPERS
        .with_borrow(|papers| papers.iter().find(|(name, _)| *name == paper).map(|(_, entries)| *entries))
        .ok_or_else(|| Error::Unsupported(format!("This module holds no paper “{paper}”.")))
}

/// The figures of a paper as a JSON array of `{id, models, webgpu_pays}`.
#[wasm_bindgen]
pub fn figures(paper: &str) -> Result<String, JsError> {
    Ok(view::listed(entries(paper)?))
}

/// Makes a figure: the paper's first where `figure` is empty. `models` maps names to `Uint8Array`s; `engine` is "cpu" or "webgpu".
#[wasm_bindgen]
pub fn create(paper: &str, figure: &str, seed: u32, models: &Object, engine: &str) -> Result<Figure, JsError> {
    let entry = entries(paper)?
        .iter()
        .find(|entry| figure.is_empty() || entry.id == figure)
        .ok_or_else(|| Error::Unsupported(format!("The paper “{paper}” has no figure “{figure}”.")))?;
    let engine = match engine {
        "cpu" => Engine::Cpu,
        "webgpu" => Engine::WebGpu,
        _ => return Err(Error::Unsupported(format!("There is no engine “{engine}”.")).into()),
    };
    let context = Context { seed, models: read_models(models), engine };
    Ok(Figure::new(Player::new(*entry, context)?))
}

fn read_models(object: &Object) -> Models {
    let mut models = Models::default();
    for pair in Object::entries(object) {
        let pair: js_sys::Array = pair.unchecked_into();
        if let (Some(name), Ok(bytes)) = (pair.get(0).as_string(), pair.get(1).dyn_into::<Uint8Array>()) {
            models.insert(name, bytes.to_vec());
        }
    }
    models
}
