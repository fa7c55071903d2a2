//! Whole models: what the papers export, and what is refused.
#![cfg(test)]

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};
use onnx::{Argument, Array, Axis, Dimension, Element, Error, File, Input, Returned, Signature, golden, tract};

#[derive(Module, Debug)]
struct Nothing;

/// H: R^4 -> R with two hidden layers, and its symplectic gradient in closed form.
#[derive(Module, Debug)]
struct Hamiltonian {
    layers: Vec<Linear>,
    readout: Linear,
}

impl Hamiltonian {
    fn new(device: &Device) -> Self {
        device.seed(1);
        let layers = vec![LinearConfig::new(4, 16).init(device), LinearConfig::new(16, 16).init(device)];
        Self { layers, readout: LinearConfig::new(16, 1).with_bias(false).init(device) }
    }

    /// `x [batch, 4]` to the field `(dH/dp, -dH/dq) [batch, 4]` and the energy `[batch, 1]`.
    fn field_and_energy(&self, x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let [batch, width] = x.dims();
        let first = self.layers[0].forward(x).tanh();
        let second = self.layers[1].forward(first.clone()).tanh();
        let energy = self.readout.forward(second.clone());
        let slope = |h: Tensor<2>| -(h.clone() * h) + 1.0;
        let backward = self.readout.weight.val().transpose() * slope(second);
        let backward = backward.matmul(self.layers[1].weight.val().transpose()) * slope(first);
        let gradient = backward.matmul(self.layers[0].weight.val().transpose());
        let dq = gradient.clone().slice([0..batch, 0..width / 2]);
        let dp = gradient.slice([0..batch, width / 2..width]);
        (Tensor::cat(vec![dp, -dq], 1), energy)
    }
}

fn signature() -> Signature {
    Signature::new([Input::batched("x", &[4])], &["field", "energy"]).with_metadata("paper", "hnn")
}

fn hamiltonian_file(model: &Hamiltonian) -> Vec<u8> {
    onnx::export(model, &signature(), |model, x| {
        let (field, energy) = model.field_and_energy(x[0].float()?);
        Ok(vec![field.into(), energy.into()])
    })
    .unwrap()
}

fn array<const D: usize>(name: &str, tensor: Tensor<D>) -> Array {
    let shape = tensor.dims().to_vec();
    Array { name: name.into(), shape, values: tensor.into_data().try_to_vec().unwrap() }
}

fn states(batch: usize) -> Array {
    let values = (0..batch * 4).map(|index| (index * 5 % 7) as f32 / 3.5 - 0.9).collect();
    Array { name: "x".into(), shape: vec![batch, 4], values }
}

fn tensor(array: &Array) -> Tensor<2> {
    Tensor::from_data(TensorData::new(array.values.clone(), array.shape.clone()), &Device::flex())
}

#[test]
fn the_symplectic_field_runs_in_tract_at_every_batch() {
    let model = Hamiltonian::new(&Device::flex());
    let engine = tract::Model::load(&hamiltonian_file(&model)).unwrap();
    for batch in [1, 7, 11, 256] {
        let x = states(batch);
        let (field, energy) = model.field_and_energy(tensor(&x));
        let found = engine.run(&[x]).unwrap();
        let error = golden::max_relative_error(&[array("field", field), array("energy", energy)], &found).unwrap();
        assert!(error < 1e-5, "{error:e} at {batch}");
    }
}

#[test]
fn the_exported_field_is_the_gradient_of_the_exported_energy() {
    let model = Hamiltonian::new(&Device::flex());
    let engine = tract::Model::load(&hamiltonian_file(&model)).unwrap();
    let x = states(5);
    let outputs = engine.run(std::slice::from_ref(&x)).unwrap();
    let step = 1e-2;
    let energy = |coordinate: usize, sign: f32| {
        let mut moved = x.clone();
        moved.values.iter_mut().skip(coordinate).step_by(4).for_each(|value| *value += sign * step);
        engine.run(&[moved]).unwrap().remove(1).values
    };
    for (coordinate, partner, sign) in [(0, 2, -1.0), (1, 3, -1.0), (2, 0, 1.0), (3, 1, 1.0)] {
        let (plus, minus) = (energy(coordinate, 1.0), energy(coordinate, -1.0));
        for row in 0..5 {
            let slope = sign * (plus[row] - minus[row]) / (2.0 * step);
            let field = outputs[0].values[row * 4 + partner];
            assert!((slope - field).abs() < 1e-3, "{slope} against {field}");
        }
    }
}

#[test]
fn each_weight_is_written_once_under_its_path() {
    let file = File::parse(&hamiltonian_file(&Hamiltonian::new(&Device::flex()))).unwrap();
    let constants = |name: &&str| !name.starts_with('/');
    let names: Vec<&str> = file.initializers().iter().map(onnx::Initializer::name).filter(constants).collect();
    assert_eq!(names, ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "readout.weight"]);
    let elements: usize = file.initializers().iter().map(|i| i.shape().iter().product::<usize>()).sum();
    assert!(elements < 4 * 16 + 16 + 16 * 16 + 16 + 16 + 20, "a weight was written twice: {elements} elements in all");
}

#[test]
fn boundary_and_metadata_are_as_declared() {
    let file = File::parse(&hamiltonian_file(&Hamiltonian::new(&Device::flex()))).unwrap();
    let shape = |length| vec![Dimension::Named("batch".into()), Dimension::Fixed(length)];
    let described = |values: &[onnx::Value]| -> Vec<(String, Vec<Dimension>)> {
        values.iter().map(|value| (value.name.clone(), value.shape.clone())).collect()
    };
    assert_eq!(described(file.inputs()), [("x".into(), shape(4))]);
    assert_eq!(described(file.outputs()), [("field".into(), shape(4)), ("energy".into(), shape(1))]);
    assert_eq!(file.metadata(), [("paper".into(), "hnn".into())]);
    assert_eq!(file.opset(), Some(18));
}

#[test]
fn equal_models_give_equal_bytes() {
    let model = Hamiltonian::new(&Device::flex());
    assert_eq!(hamiltonian_file(&model), hamiltonian_file(&model));
}

#[test]
fn a_model_in_training_exports_as_the_same_model_at_rest() {
    let device = Device::flex();
    let model = Hamiltonian::new(&device);
    let training = model.clone().to_device(&device.clone().autodiff()).train();
    assert_eq!(hamiltonian_file(&training), hamiltonian_file(&model));
}

#[test]
fn an_exported_file_fills_a_fresh_module() {
    let device = Device::flex();
    let model = Hamiltonian::new(&device);
    let file = File::parse(&hamiltonian_file(&model)).unwrap();
    device.seed(2);
    let fresh =
        Hamiltonian { layers: model.layers.clone(), readout: LinearConfig::new(16, 1).with_bias(false).init(&device) };
    let loaded = onnx::load_into(fresh, &file, &device).unwrap();
    let x = states(3);
    let energy = |model: &Hamiltonian| array("energy", model.field_and_energy(tensor(&x)).1);
    assert_eq!(energy(&loaded), energy(&model));
}

fn export(
    inputs: Vec<Input>,
    outputs: &[&str],
    forward: impl Fn(&[Argument]) -> Result<Vec<Returned>, Error>,
) -> Result<Vec<u8>, Error> {
    onnx::export(&Nothing, &Signature::new(inputs, outputs), |_, x| forward(x))
}

fn run(bytes: &[u8], inputs: &[Array]) -> Vec<Array> {
    tract::Model::load(bytes).unwrap().run(inputs).unwrap()
}

#[test]
fn inputs_constants_and_equal_outputs_may_be_returned() {
    let bytes = export(vec![Input::batched("x", &[2])], &["same", "twice", "again", "constant"], |x| {
        let x = x[0].float::<2>()?;
        let twice = x.clone() * 2.0;
        let constant = Tensor::<1>::from_data([1.0, 2.0, 3.0], &x.device());
        Ok(vec![x.into(), twice.clone().into(), twice.into(), constant.into()])
    })
    .unwrap();
    let x = Array { name: "x".into(), shape: vec![1, 2], values: vec![1.0, -3.0] };
    let values: Vec<Vec<f32>> = run(&bytes, &[x]).into_iter().map(|output| output.values).collect();
    assert_eq!(values, [vec![1.0, -3.0], vec![2.0, -6.0], vec![2.0, -6.0], vec![1.0, 2.0, 3.0]]);
}

#[test]
fn inputs_may_differ_in_rank_type_and_batch() {
    let fixed = Input { name: "m".into(), axes: vec![Axis::Fixed(3), Axis::Fixed(2)], element: Element::Float };
    let indices = Input { name: "i".into(), axes: vec![Axis::Batch], element: Element::Int };
    let bytes =
        export(vec![indices, fixed], &["rows"], |x| Ok(vec![x[1].float::<2>()?.select(0, x[0].int::<1>()?).into()]))
            .unwrap();
    let m = Array { name: "m".into(), shape: vec![3, 2], values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] };
    for (indices, rows) in [(vec![2.0], vec![4.0, 5.0]), (vec![1.0, 0.0], vec![2.0, 3.0, 0.0, 1.0])] {
        let i = Array { name: "i".into(), shape: vec![indices.len()], values: indices };
        assert_eq!(run(&bytes, &[m.clone(), i])[0].values, rows);
    }
}

#[test]
fn unused_weights_are_left_out_unless_asked_for() {
    #[derive(Module, Debug)]
    struct Two {
        used: Param<Tensor<1>>,
        spare: Param<Tensor<1>>,
    }
    let parameter = || Param::from_data([1.0, 2.0], &Device::flex());
    let model = Two { used: parameter(), spare: parameter() };
    let names = |signature: &Signature| -> Vec<String> {
        let forward = |m: &Two, x: &[Argument]| Ok(vec![(x[0].float::<2>()? + m.used.val().unsqueeze()).into()]);
        let file = File::parse(&onnx::export(&model, signature, forward).unwrap()).unwrap();
        file.initializers().iter().filter(|i| i.is_float()).map(|i| i.name().to_owned()).collect()
    };
    let signature = Signature::new([Input::batched("x", &[2])], &["y"]);
    assert_eq!(names(&signature), ["used"]);
    assert_eq!(names(&signature.with_unused_weights()), ["used", "spare"]);
}

fn refusal(forward: impl Fn(Tensor<2>) -> Tensor<2>) -> String {
    export(vec![Input::batched("x", &[4])], &["y"], |x| Ok(vec![forward(x[0].float()?).into()]))
        .expect_err("must be refused")
        .to_string()
}

#[test]
fn an_operation_without_counterpart_is_named() {
    let message = refusal(|x| x.sort(1));
    assert_eq!(message, "cannot export: the operation Sort has no counterpart here");
}

#[test]
fn a_number_computed_from_the_batch_is_refused() {
    let message = refusal(|x| {
        let [batch, _] = x.dims();
        x / batch as f32
    });
    assert!(message.contains("the operation DivScalar depends on the batch size"), "{message}");
}

#[test]
fn another_path_for_another_batch_is_refused() {
    let message = refusal(|x| if x.dims()[0] > 11 { x.tanh() } else { x.tanh().tanh() });
    assert!(message.contains("number of operations depends on the batch size"), "{message}");
    let message = refusal(|x| if x.dims()[0] > 11 { x.tanh() } else { x.exp() });
    assert!(message.contains("the operation Exp depends on the batch size"), "{message}");
}

#[test]
fn a_constant_of_the_batch_is_refused() {
    let message = refusal(|x| {
        let batch = x.dims()[0] as f32;
        let constant = Tensor::<2>::from_data([[batch; 4]], &x.device());
        x + constant
    });
    assert_eq!(message, "cannot export: a constant tensor depends on the batch size");
}

#[test]
fn a_length_that_is_no_multiple_of_the_batch_is_refused() {
    let message = refusal(|x| {
        let [batch, _] = x.dims();
        let square = x.clone().matmul(x.transpose());
        square.reshape([batch * batch, 1])
    });
    assert!(message.contains("Reshape has a shape that is not a multiple of the batch"), "{message}");
}

#[test]
fn a_tensor_of_another_device_is_refused() {
    let message = refusal(|_| Tensor::zeros([1, 4], &Device::flex()));
    assert!(message.contains("was not built from the arguments and the module"), "{message}");
}

#[test]
fn a_signature_must_fit_the_closure() {
    let inputs = || vec![Input::batched("x", &[4])];
    let forward = |x: &[Argument]| Ok(vec![x[0].float::<2>()?.tanh().into()]);
    let message = |result: Result<Vec<u8>, Error>| result.expect_err("must be refused").to_string();
    let count = message(export(inputs(), &["a", "b"], forward));
    assert_eq!(count, "cannot export: 2 outputs are named, but 1 are returned");
    let name = message(export(inputs(), &["x"], forward));
    assert_eq!(name, "cannot export: the name \"x\" of an input or output is not unique");
    let rank = message(export(inputs(), &["y"], |x| Ok(vec![x[0].float::<3>()?.into()])));
    assert_eq!(rank, "cannot export: x: used as Float of rank 3, but declared as Float of rank 2");
}

#[test]
fn a_weight_that_is_not_finite_is_refused() {
    let model: Linear = LinearConfig::new(1, 1).with_bias(false).init(&Device::flex());
    let model = Linear { weight: Param::from_data([[f32::NAN]], &Device::flex()), ..model };
    let signature = Signature::new([Input::batched("x", &[1])], &["y"]);
    let forward = |m: &Linear, x: &[Argument]| Ok(vec![activation::relu(m.forward(x[0].float::<2>()?)).into()]);
    let error = onnx::export(&model, &signature, forward).unwrap_err();
    assert_eq!(error.to_string(), "weight: element 0 is NaN, not a finite number");
}
