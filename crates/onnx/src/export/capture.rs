//! One run of the model on burn's capture device.

use std::collections::BTreeMap;

use burn::backend::DispatchTensor;
use burn::backend::capture::{CaptureBackend, CaptureScope, CompletedCaptureScope};
use burn::backend::ir::{OperationIr, TensorId};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use super::{Element, Input, Signature};
use crate::Error;

/// An input of the model, as the captured closure sees it.
#[derive(Debug)]
pub struct Argument {
    tensor: DispatchTensor,
    id: TensorId,
    input: Input,
}

impl Argument {
    fn new(input: &Input, batch: usize, device: &Device) -> Result<Self, Error> {
        let shape = input.shape(batch);
        let (tensor, id) = match shape.len() {
            1 => sample::<1>(&shape, input.element, device),
            2 => sample::<2>(&shape, input.element, device),
            3 => sample::<3>(&shape, input.element, device),
            4 => sample::<4>(&shape, input.element, device),
            5 => sample::<5>(&shape, input.element, device),
            rank => Err(Error::Export(format!("{}: an input of rank {rank}; 1 to 5 are known", input.name))),
        }?;
        Ok(Self { tensor, id, input: input.clone() })
    }

    /// The tensor of a float input.
    ///
    /// # Errors
    ///
    /// [`Error::Export`] when the signature gives this input another rank or element type.
    pub fn float<const D: usize>(&self) -> Result<Tensor<D>, Error> {
        self.check(Element::Float, D).map(|()| Tensor::from_dispatch(self.tensor.clone()))
    }

    /// The tensor of an integer input.
    ///
    /// # Errors
    ///
    /// [`Error::Export`] when the signature gives this input another rank or element type.
    pub fn int<const D: usize>(&self) -> Result<Tensor<D, Int>, Error> {
        self.check(Element::Int, D).map(|()| Tensor::from_dispatch(self.tensor.clone()))
    }

    fn check(&self, element: Element, rank: usize) -> Result<(), Error> {
        let Input { name, axes, element: declared } = &self.input;
        if (*declared, axes.len()) == (element, rank) {
            return Ok(());
        }
        let declared = format!("declared as {declared:?} of rank {}", axes.len());
        Err(Error::Export(format!("{name}: used as {element:?} of rank {rank}, but {declared}")))
    }
}

fn sample<const D: usize>(
    shape: &[usize],
    element: Element,
    device: &Device,
) -> Result<(DispatchTensor, TensorId), Error> {
    match element {
        Element::Float => {
            let tensor = Tensor::<D>::from_data(TensorData::zeros::<f32, _>(shape.to_vec()), device);
            Ok((tensor.clone().into_dispatch(), float_id(tensor)?))
        }
        Element::Int => {
            let tensor = Tensor::<D, Int>::from_data(TensorData::zeros::<i64, _>(shape.to_vec()), device);
            Ok((tensor.clone().into_dispatch(), int_id(tensor)?))
        }
    }
}

/// An output of the model, made from a tensor by `into()`.
#[derive(Debug)]
pub struct Returned(Result<TensorId, Error>);

impl<const D: usize> From<Tensor<D>> for Returned {
    fn from(tensor: Tensor<D>) -> Self {
        Self(float_id(tensor))
    }
}

impl<const D: usize> From<Tensor<D, Int>> for Returned {
    fn from(tensor: Tensor<D, Int>) -> Self {
        Self(int_id(tensor))
    }
}

impl<const D: usize> From<Tensor<D, Bool>> for Returned {
    fn from(tensor: Tensor<D, Bool>) -> Self {
        Self(bool_id(tensor))
    }
}

fn float_id<const D: usize>(tensor: Tensor<D>) -> Result<TensorId, Error> {
    tensor.try_into_primitive::<CaptureBackend>().map(|tensor| tensor.id()).map_err(elsewhere)
}

fn int_id<const D: usize>(tensor: Tensor<D, Int>) -> Result<TensorId, Error> {
    tensor.try_into_primitive::<CaptureBackend>().map(|tensor| tensor.id()).map_err(elsewhere)
}

fn bool_id<const D: usize>(tensor: Tensor<D, Bool>) -> Result<TensorId, Error> {
    tensor.try_into_primitive::<CaptureBackend>().map(|tensor| tensor.id()).map_err(elsewhere)
}

fn elsewhere(cause: impl std::fmt::Debug) -> Error {
    Error::Export(format!("a tensor was not built from the arguments and the module ({cause:?})"))
}

/// The record of one run.
#[derive(Debug)]
pub(super) struct Capture {
    /// The operations in order, without those that only bring values in.
    pub(super) operations: Vec<OperationIr>,
    /// The values of weights, constants and (zeros) inputs.
    pub(super) values: BTreeMap<TensorId, TensorData>,
    pub(super) inputs: Vec<TensorId>,
    pub(super) outputs: Vec<TensorId>,
    /// The weights of the module in its own order, with their paths.
    pub(super) weights: Vec<(TensorId, String)>,
}

impl Capture {
    /// Runs `forward` once with a batch of this size.
    pub(super) fn record<M: Module>(
        module: &M,
        signature: &Signature,
        batch: usize,
        forward: &impl Fn(&M, &[Argument]) -> Result<Vec<Returned>, Error>,
    ) -> Result<Self, Error> {
        let device = Device::capture();
        let mut boundary = Err(Error::Export("the capture did not run".into()));
        let captured = device
            .capture_scope(|scope| {
                boundary = Boundary::trace(module, signature, batch, &device, forward);
                complete(scope, &boundary)
            })
            .map_err(|error| Error::Export(error.to_string()));
        let Boundary { inputs, outputs, weights } = boundary?;
        let captured = captured?;
        let computes = |operation: &OperationIr| !matches!(operation, OperationIr::Init(_));
        let operations = captured.graph.operations.into_iter().filter(computes).collect();
        Ok(Self { operations, values: captured.values, inputs, outputs, weights })
    }
}

struct Boundary {
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
    weights: Vec<(TensorId, String)>,
}

impl Boundary {
    fn trace<M: Module>(
        module: &M,
        signature: &Signature,
        batch: usize,
        device: &Device,
        forward: &impl Fn(&M, &[Argument]) -> Result<Vec<Returned>, Error>,
    ) -> Result<Self, Error> {
        let module = module.clone().to_device(device);
        let mut weights = WeightNames::default();
        module.visit(&mut weights);
        let arguments: Vec<Argument> =
            signature.inputs.iter().map(|input| Argument::new(input, batch, device)).collect::<Result<_, _>>()?;
        let returned = forward(&module, &arguments)?;
        if returned.len() != signature.outputs.len() {
            let (names, count) = (signature.outputs.len(), returned.len());
            return Err(Error::Export(format!("{names} outputs are named, but {count} are returned")));
        }
        Ok(Self {
            inputs: arguments.iter().map(|argument| argument.id).collect(),
            outputs: returned.into_iter().map(|output| output.0).collect::<Result<_, _>>()?,
            weights: weights.found?,
        })
    }
}

/// Closes the scope. The outputs stay undeclared: burn refuses one that was overwritten in place, which means nothing
/// to ONNX, where every value has its own name.
fn complete(scope: CaptureScope, boundary: &Result<Boundary, Error>) -> CompletedCaptureScope {
    let inputs = boundary.as_ref().map_or(&[][..], |boundary| &boundary.inputs);
    scope.complete(inputs.iter().copied(), [])
}

/// Finds the paths of a module's weights.
struct WeightNames {
    path: Vec<String>,
    found: Result<Vec<(TensorId, String)>, Error>,
}

impl Default for WeightNames {
    fn default() -> Self {
        Self { path: Vec::new(), found: Ok(Vec::new()) }
    }
}

impl WeightNames {
    fn add(&mut self, id: Result<TensorId, Error>) {
        match (&mut self.found, id) {
            (Ok(found), Ok(id)) => found.push((id, self.path.join("."))),
            (Ok(_), Err(error)) => self.found = Err(error),
            (Err(_), _) => {}
        }
    }
}

impl ModuleVisitor for WeightNames {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.add(float_id(param.val()));
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.add(int_id(param.val()));
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        self.add(bool_id(param.val()));
    }
}
