//! Exports a closure, runs the file with tract at several batch sizes, and compares with burn's CPU backend.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use onnx::{Argument, Array, Input, Signature, golden, tract};

/// The largest relative error allowed, as defined by `golden::max_relative_error`.
const TOLERANCE: f64 = 1e-5;

/// The batches that every file is run with; none of them is one that it was recorded with.
const BATCHES: [usize; 3] = [1, 7, 256];

/// A module without parameters, for closures over tensors alone.
#[derive(Module, Debug)]
pub(crate) struct Nothing;

/// Numbers in `[low, high)` that look random and are the same everywhere.
pub(crate) fn numbers(count: usize, seed: u64, low: f32, high: f32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        low + (high - low) * ((state >> 40) as f32 / (1_u64 << 24) as f32)
    };
    (0..count).map(|_| next()).collect()
}

fn array(name: &str, batch: usize, rest: &[usize], seed: u64, (low, high): (f32, f32)) -> Array {
    let shape: Vec<usize> = std::iter::once(batch).chain(rest.iter().copied()).collect();
    let values = numbers(shape.iter().product(), seed, low, high);
    Array { name: name.into(), shape, values }
}

fn tensor<const D: usize>(array: &Array) -> Tensor<D> {
    Tensor::from_data(TensorData::new(array.values.clone(), array.shape.clone()), &Device::flex())
}

fn expected<const E: usize>(output: Tensor<E>) -> Array {
    let shape = output.dims().to_vec();
    Array { name: "y".into(), shape, values: output.into_data().try_to_vec().unwrap() }
}

#[track_caller]
fn compare(bytes: &[u8], inputs: &[Array], reference: Array) {
    std::fs::create_dir_all("/tmp/onnxdump").unwrap();
    let stem = format!("/tmp/onnxdump/{}-{}", std::thread::current().name().unwrap(), inputs[0].shape[0]);
    std::fs::write(format!("{stem}.onnx"), bytes).unwrap();
    let g = golden::Golden { inputs: inputs.to_vec(), outputs: vec![reference.clone()] };
    std::fs::write(format!("{stem}.json"), g.to_text().unwrap()).unwrap();
    let model = tract::Model::load(bytes).unwrap();
    let found = model.run(inputs).unwrap();
    let error = golden::max_relative_error(&[reference], &found).unwrap();
    assert!(error <= TOLERANCE, "relative error {error:e} with a batch of {}", inputs[0].shape[0]);
}

/// Checks a closure over one tensor `[batch, rest..]` with elements in `range`.
#[track_caller]
pub(crate) fn check_in<const D: usize, const E: usize>(
    rest: &[usize],
    range: (f32, f32),
    operation: impl Fn(Tensor<D>) -> Tensor<E>,
) {
    let signature = Signature::new([Input::batched("x", rest)], &["y"]);
    let forward = |_: &Nothing, x: &[Argument]| Ok(vec![operation(x[0].float::<D>()?).into()]);
    let bytes = onnx::export(&Nothing, &signature, forward).unwrap();
    for batch in BATCHES {
        let x = array("x", batch, rest, batch as u64, range);
        compare(&bytes, std::slice::from_ref(&x), expected(operation(tensor(&x))));
    }
}

/// [`check_in`] with elements in [-2, 2).
#[track_caller]
pub(crate) fn check<const D: usize, const E: usize>(rest: &[usize], operation: impl Fn(Tensor<D>) -> Tensor<E>) {
    check_in(rest, (-2.0, 2.0), operation);
}

/// Checks a closure over two tensors of the same shape.
#[track_caller]
pub(crate) fn check_pair<const D: usize, const E: usize>(
    rest: &[usize],
    range: (f32, f32),
    operation: impl Fn(Tensor<D>, Tensor<D>) -> Tensor<E>,
) {
    let signature = Signature::new([Input::batched("a", rest), Input::batched("b", rest)], &["y"]);
    let forward = |_: &Nothing, x: &[Argument]| Ok(vec![operation(x[0].float::<D>()?, x[1].float::<D>()?).into()]);
    let bytes = onnx::export(&Nothing, &signature, forward).unwrap();
    for batch in BATCHES {
        let inputs = [array("a", batch, rest, 1, range), array("b", batch, rest, 2, range)];
        compare(&bytes, &inputs, expected(operation(tensor(&inputs[0]), tensor(&inputs[1]))));
    }
}

/// Checks a module's forward function over one tensor.
#[track_caller]
pub(crate) fn check_module<M: Module, const D: usize, const E: usize>(
    rest: &[usize],
    module: &M,
    operation: impl Fn(&M, Tensor<D>) -> Tensor<E>,
) {
    let signature = Signature::new([Input::batched("x", rest)], &["y"]);
    let forward = |module: &M, x: &[Argument]| Ok(vec![operation(module, x[0].float::<D>()?).into()]);
    let bytes = onnx::export(module, &signature, forward).unwrap();
    for batch in BATCHES {
        let x = array("x", batch, rest, batch as u64, (-2.0, 2.0));
        compare(&bytes, std::slice::from_ref(&x), expected(operation(module, tensor(&x))));
    }
}
