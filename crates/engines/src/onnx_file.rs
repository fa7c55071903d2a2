//! The perceptron as an ONNX file, for engines that only run one.

use onnx::Builder;

use crate::Error;
use crate::case::Tensor;
use crate::workload::Workload;

/// `x [batch, 4] -> y [batch, 4]`: products, sums and tanh of tensors in the order weight, bias, weight, bias, weight.
pub(crate) fn perceptron(workload: Workload, tensors: &[Tensor]) -> Result<Vec<u8>, Error> {
    let mut builder = Builder::new();
    let width = |at: Option<&Tensor>, axis: usize| at.and_then(|tensor| tensor.shape.get(axis)).copied().unwrap_or(0);
    builder.input("x", &[width(tensors.first(), 0)]);
    builder.output("y", &[width(tensors.last(), 1)]);
    let mut value = "x".to_owned();
    for (index, tensor) in tensors.iter().enumerate() {
        builder.weight(&tensor.name, &tensor.shape, &tensor.values);
        let is_weight = tensor.shape.len() == 2;
        let output = if index + 1 == tensors.len() { "y".to_owned() } else { format!("value{index}") };
        builder.node(if is_weight { "MatMul" } else { "Add" }, &[&value, &tensor.name], &output, &[]);
        value = output;
        if !is_weight {
            let output = format!("tanh{index}");
            builder.node("Tanh", &[&value], &output, &[]);
            value = output;
        }
    }
    builder.finish().map_err(|error| Error::Data { workload: workload.id, reason: error.to_string() })
}
