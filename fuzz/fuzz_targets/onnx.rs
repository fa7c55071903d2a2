//! A file that a visitor drops on a figure, read and played.
#![no_main]

use onnx::tract::Field;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(field) = Field::load(bytes, "visitor.onnx") {
        let _ = field.outputs(&vec![0.5; 3 * field.columns()], 3);
    }
});
