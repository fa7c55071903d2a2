//! A visitor's file in a figure: what is played and what is refused, with which words.
#![cfg(test)]

use burn::module::Module;
use burn::tensor::Tensor;
use demo::ForeignModel as _;
use onnx::tract::{Field, Model};
use onnx::{Argument, Array, Axis, Element, Error, Input, Returned, Signature};

#[derive(Module, Debug)]
struct Nothing;

fn file(
    inputs: Vec<Input>,
    outputs: &[&str],
    forward: impl Fn(&[Argument]) -> Result<Vec<Returned>, Error>,
) -> Vec<u8> {
    onnx::export(&Nothing, &Signature::new(inputs, outputs), |_, x| forward(x)).unwrap()
}

/// The oscillator `(q, p)' = (p, -q)`.
fn oscillator(x: Tensor<2>) -> Tensor<2> {
    let halves = x.chunk(2, 1);
    Tensor::cat(vec![halves[1].clone(), -halves[0].clone()], 1)
}

fn oscillator_file(batch: Axis) -> Vec<u8> {
    let input = Input { name: "state".into(), axes: vec![batch, Axis::Fixed(2)], element: Element::Float };
    file(vec![input], &["rate", "ignored"], |x| {
        let x = x[0].float::<2>()?;
        Ok(vec![oscillator(x.clone()).into(), x.sum_dim(1).into()])
    })
}

fn refusal(bytes: &[u8]) -> String {
    Field::load(bytes, "visitor.onnx").expect_err("must be refused").to_string()
}

#[test]
fn a_file_of_any_batch_is_played() {
    let field = Field::load(&oscillator_file(Axis::Batch), "visitor.onnx").unwrap();
    assert_eq!((field.name(), field.columns()), ("visitor.onnx", 2));
    assert_eq!(field.outputs(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3).unwrap(), [2.0, -1.0, 4.0, -3.0, 6.0, -5.0]);
    assert!(field.outputs(&[], 0).unwrap().is_empty());
}

#[test]
fn a_file_for_single_states_is_played_row_by_row() {
    let field = Field::load(&oscillator_file(Axis::Fixed(1)), "visitor.onnx").unwrap();
    assert_eq!(field.outputs(&[1.0, 2.0, 3.0, 4.0], 2).unwrap(), [2.0, -1.0, 4.0, -3.0]);
}

#[test]
fn another_fixed_batch_is_refused() {
    let message = refusal(&oscillator_file(Axis::Fixed(32)));
    assert!(message.contains("its batch is fixed at 32"), "{message}");
}

#[test]
fn a_figure_of_another_dimension_is_told_so() {
    let field = Field::load(&oscillator_file(Axis::Batch), "visitor.onnx").unwrap();
    assert_eq!(demo::ForeignModel::columns(&field), Some(2));
    let message = field.run(&[0.0; 4], 1, 4).unwrap_err().to_string();
    assert!(message.contains("visitor.onnx") && message.contains("its states have 2 numbers"), "{message}");
}

#[test]
fn a_wrong_number_of_values_is_refused() {
    let field = Field::load(&oscillator_file(Axis::Batch), "visitor.onnx").unwrap();
    let message = field.outputs(&[0.0; 3], 2).unwrap_err().to_string();
    assert!(message.contains("3 numbers are not 2 states of 2"), "{message}");
}

#[test]
fn more_than_one_input_is_refused() {
    let inputs = vec![Input::batched("a", &[2]), Input::batched("b", &[2])];
    let bytes = file(inputs, &["y"], |x| Ok(vec![(x[0].float::<2>()? + x[1].float::<2>()?).into()]));
    assert!(refusal(&bytes).contains("it must have one input of shape [N, d]; it has 2: a, b"), "{}", refusal(&bytes));
}

#[test]
fn a_wrong_rank_is_refused() {
    let bytes = file(vec![Input::batched("x", &[2, 3])], &["y"], |x| Ok(vec![x[0].float::<3>()?.tanh().into()]));
    assert!(refusal(&bytes).contains("must have the form [N, d] or [N, 1, d], it has 3"), "{}", refusal(&bytes));
}

#[test]
fn an_integer_input_is_refused() {
    let input = Input { element: Element::Int, ..Input::batched("x", &[2]) };
    let bytes = file(vec![input], &["y"], |x| Ok(vec![x[0].int::<2>()?.float().into()]));
    assert!(refusal(&bytes).contains("must be FLOAT, it is INT64"), "{}", refusal(&bytes));
}

#[test]
fn a_classifier_gives_as_many_numbers_as_it_has_classes() {
    for lengths in [&[3][..], &[1, 3]] {
        let bytes = file(vec![Input::batched("x", lengths)], &["logits"], |x| {
            let x = if lengths.len() == 2 { x[0].float::<3>()?.squeeze_dim(1) } else { x[0].float::<2>()? };
            Ok(vec![Tensor::cat(vec![x.clone(), x], 1).into()])
        });
        let field = Field::load(&bytes, "classifier.onnx").unwrap();
        assert_eq!(field.columns(), 3);
        let logits = field.run(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 3).unwrap();
        assert_eq!(logits, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 4.0, 5.0, 6.0]);
    }
}

#[test]
fn an_output_of_another_number_of_rows_is_refused() {
    let bytes = file(vec![Input::batched("x", &[3])], &["y"], |x| Ok(vec![x[0].float::<2>()?.sum_dim(0).into()]));
    assert!(refusal(&bytes).contains("its output y is [1, 3], but [2, k] is needed"), "{}", refusal(&bytes));
}

#[test]
fn an_output_that_is_not_finite_is_refused() {
    let bytes = file(vec![Input::batched("x", &[2])], &["y"], |x| Ok(vec![x[0].float::<2>()?.log().into()]));
    assert!(refusal(&bytes).contains("is -inf, not a finite number"), "{}", refusal(&bytes));
}

/// Writes another operator's name of equal length into a file.
fn renamed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = |at: &usize| bytes[*at..].starts_with(from.as_bytes());
    let places: Vec<usize> = (0..bytes.len()).filter(at).collect();
    assert!(!places.is_empty());
    let mut renamed = bytes.to_vec();
    for place in places {
        renamed[place..place + from.len()].copy_from_slice(to.as_bytes());
    }
    renamed
}

fn tanh_file() -> Vec<u8> {
    file(vec![Input::batched("x", &[2])], &["rate"], |x| Ok(vec![x[0].float::<2>()?.tanh().into()]))
}

#[test]
fn an_unknown_operator_is_named() {
    let message = refusal(&renamed(&tanh_file(), "Tanh", "Bent"));
    assert_eq!(message, "this model cannot be run here: the engine does not know the operator Bent");
}

#[test]
fn a_graph_with_loose_ends_is_refused() {
    let bytes = tanh_file();
    let place = (0..bytes.len()).find(|at| bytes[*at..].starts_with(b"rate")).unwrap();
    let mut loose = bytes.clone();
    loose[place] = b'g';
    assert!(refusal(&loose).contains("nothing computes the output \"rate\""), "{}", refusal(&loose));
}

#[test]
fn foreign_empty_and_cut_files_are_refused() {
    let bytes = oscillator_file(Axis::Batch);
    assert_eq!(refusal(b""), "the file is empty");
    assert!(refusal(b"<html></html>").starts_with("this is not an ONNX file"));
    for length in 1..bytes.len() - 20 {
        assert!(Field::load(&bytes[..length], "cut").is_err(), "cut at {length}");
    }
}

#[test]
fn no_single_wrong_byte_ends_the_program() {
    let bytes = oscillator_file(Axis::Batch);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x10, 0x80] {
            let mut wrong = bytes.clone();
            wrong[at] ^= flip;
            drop(Field::load(&wrong, "wrong"));
        }
    }
}

#[test]
fn inputs_are_matched_by_name_and_shape() {
    let model = Model::load(&tanh_file()).unwrap();
    let array = |name: &str, shape: &[usize]| {
        let values = vec![0.0; shape.iter().product()];
        Array { name: name.into(), shape: shape.to_vec(), values }
    };
    let message = |arrays: &[Array]| model.run(arrays).expect_err("must be refused").to_string();
    assert!(message(&[]).contains("its input \"x\" is missing"));
    assert!(message(&[array("x", &[1, 2]), array("z", &[1])]).contains("it has no input \"z\""));
    assert_eq!(message(&[array("x", &[4, 3])]), "x: expected [4, 2], found [4, 3]");
    assert_eq!(message(&[array("x", &[2])]), "x: expected [2, 2], found [2]");
}
