//! onnx.wasm: what the page needs of [`crate::tract::Field`].
//!
//! The worker hands over the bytes of the file that the visitor dropped and gets an object that figures play.

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Error;
use crate::tract::Field;

/// A visitor's model `x [N, d] -> y [N, k]`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct OnnxModel(Field);

#[wasm_bindgen]
impl OnnxModel {
    /// Checks and prepares a file; throws an `Error` whose message says what is wrong with it.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8], name: &str) -> Result<OnnxModel, JsError> {
        Field::load(bytes, name).map(Self).map_err(readable)
    }

    /// The file's name.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.name().into()
    }

    /// `d`, the length of a row.
    pub fn columns(&self) -> usize {
        self.0.columns()
    }

    /// The model's rows for `rows` rows, both row-major.
    pub fn run(&self, input: &[f32], rows: usize) -> Result<Vec<f32>, JsError> {
        self.0.outputs(input, rows).map_err(readable)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn readable(error: Error) -> JsError {
    JsError::new(&error.to_string())
}
