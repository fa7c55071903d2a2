//! A model that another wasm module runs (onnx.wasm), seen through its JavaScript object.

use demo::{Error, ForeignModel};
use js_sys::Float32Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

#[wasm_bindgen]
extern "C" {
    /// What the worker hands over: `OnnxModel` of onnx.wasm, or anything of its form.
    pub type JsModelObject;

    #[wasm_bindgen(method, getter, structural, catch)]
    fn name(this: &JsModelObject) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn columns(this: &JsModelObject) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn run(this: &JsModelObject, input: Float32Array, rows: u32) -> Result<JsValue, JsValue>;
}

/// [`JsModelObject`] as a [`ForeignModel`].
pub(crate) struct JsModel {
    object: JsModelObject,
    name: String,
    columns: Option<usize>,
}

impl JsModel {
    pub(crate) fn new(object: JsModelObject) -> Result<Self, Error> {
        let name = object.name().ok().and_then(|name| name.as_string()).unwrap_or_else(|| "model.onnx".into());
        let columns = object.columns().map_err(|error| bad(&name, &error))?;
        let columns = columns.as_f64().filter(|count| *count >= 1.0).map(|count| count as usize);
        Ok(Self { object, name, columns })
    }
}

impl ForeignModel for JsModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> Option<usize> {
        self.columns
    }

    fn run(&self, input: &[f32], rows: usize, columns: usize) -> Result<Vec<f32>, Error> {
        let refuse = |reason: String| Error::BadModel { name: self.name.clone(), reason };
        if input.len() != rows * columns {
            return Err(refuse(format!("{} numbers are not {rows} rows of {columns}.", input.len())));
        }
        let output =
            self.object.run(Float32Array::from(input), rows as u32).map_err(|error| bad(&self.name, &error))?;
        let output = output.dyn_into::<Float32Array>().map_err(|_| refuse("it gave no numbers.".into()))?.to_vec();
        if output.iter().any(|value| !value.is_finite()) {
            return Err(refuse("it gave something that is not a number.".into()));
        }
        if rows == 0 || output.is_empty() || !output.len().is_multiple_of(rows) {
            return Err(refuse(format!("it gave {} numbers for {rows} rows.", output.len())));
        }
        Ok(output)
    }
}

/// The words of a JavaScript error.
fn bad(name: &str, error: &JsValue) -> Error {
    let words = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    let reason = words.or_else(|| error.as_string()).unwrap_or_else(|| "it failed without a reason.".into());
    Error::BadModel { name: name.into(), reason }
}
