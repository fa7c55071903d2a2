//! A file that a stranger dropped on a figure: whatever its bytes are, it is played or refused.
#![cfg(test)]

#[path = "../../../fuzz/corpus.rs"]
mod corpus;

use onnx::File;
use onnx::tract::Field;
use testkit::hostile::attack;

const WORDS: &[&[u8]] = &[
    b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x80\x80\x80\x80\x10",
    b"\x08\x80\x80\x80\x80\x80\x80\x01",
    b"Reshape",
    b"Expand",
    b"Loop",
    b"MatMul",
    b"axis",
    b"\x3a\x02\x0a\x00",
    b"\x00\x00\xc0\x7f",
];

#[test]
fn any_file_is_read_or_refused_in_words() {
    attack(3, &corpus::corpus("onnx"), WORDS, 200_000, |input| match File::parse(input) {
        Ok(file) => {
            for initializer in file.initializers() {
                if let Ok(values) = initializer.floats() {
                    assert_eq!(values.len(), initializer.shape().iter().product::<usize>());
                }
            }
        }
        Err(error) => assert!(error.to_string().len() > 10, "{error}"),
    });
}

#[test]
fn any_file_is_played_or_refused_in_words() {
    attack(4, &corpus::corpus("onnx"), WORDS, 3_000, |input| match Field::load(input, "visitor.onnx") {
        Ok(field) => {
            let rows = 3;
            let states = vec![0.5; rows * field.columns()];
            if let Ok(outputs) = field.outputs(&states, rows) {
                assert!(!outputs.is_empty() && outputs.len() % rows == 0);
                assert!(outputs.iter().all(|output| output.is_finite()));
            }
        }
        Err(error) => assert!(error.to_string().len() > 10, "{error}"),
    });
}
