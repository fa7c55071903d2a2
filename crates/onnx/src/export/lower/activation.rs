//! Activation functions.

use std::f64::consts::FRAC_1_SQRT_2;

use burn::backend::ir::{ActivationOperationIr, DimOpIr, ScalarOpIr, UnaryOpIr};

use super::super::graph::{Graph, float, integer};
use super::{Lowered, Result, Shorthand};

pub(super) fn lower(graph: &mut Graph<'_>, operation: &ActivationOperationIr) -> Result {
    match operation {
        ActivationOperationIr::Relu(o) => graph.unary("Relu", o),
        ActivationOperationIr::Sigmoid(o) => graph.unary("Sigmoid", o),
        ActivationOperationIr::LeakyRelu(o) => leaky_relu(graph, o),
        ActivationOperationIr::PRelu(o) => graph.binary("PRelu", o),
        ActivationOperationIr::Gelu(o) => gelu(graph, o),
        ActivationOperationIr::HardSigmoid(o) => {
            let attributes = vec![float("alpha", o.alpha.elem()), float("beta", o.beta.elem())];
            graph.call("HardSigmoid", &[&o.tensor], &o.out, attributes)
        }
        ActivationOperationIr::LogSigmoid(o) => log_sigmoid(graph, o),
        ActivationOperationIr::Softmax(o) => along_axis(graph, "Softmax", o),
        ActivationOperationIr::LogSoftmax(o) => along_axis(graph, "LogSoftmax", o),
        ActivationOperationIr::Softmin(o) => {
            let inputs = vec![graph.name(&o.input)?];
            let negative = graph.step("Neg", inputs, Vec::new());
            let axis = vec![integer("axis", o.axis as i64)];
            graph.node("Softmax", vec![negative], &o.out, axis).map(|()| Lowered::Done)
        }
        _ => Ok(Lowered::Unknown),
    }
}

fn along_axis(graph: &mut Graph<'_>, op_type: &str, o: &DimOpIr) -> Result {
    graph.call(op_type, &[&o.input], &o.out, vec![integer("axis", o.axis as i64)])
}

fn leaky_relu(graph: &mut Graph<'_>, o: &ScalarOpIr) -> Result {
    graph.call("LeakyRelu", &[&o.lhs], &o.out, vec![float("alpha", o.rhs.elem())])
}

/// `x (1 + erf(x / sqrt 2)) / 2`; ONNX has the function itself from operator set 20 on only.
fn gelu(graph: &mut Graph<'_>, o: &UnaryOpIr) -> Result {
    let dtype = o.input.dtype;
    let x = graph.name(&o.input)?;
    let [root, one, half] = [FRAC_1_SQRT_2, 1.0, 0.5].map(|value| graph.number(value, dtype));
    let scaled = graph.step("Mul", vec![x.clone(), root?], Vec::new());
    let erf = graph.step("Erf", vec![scaled], Vec::new());
    let sum = graph.step("Add", vec![erf, one?], Vec::new());
    let halved = graph.step("Mul", vec![x, half?], Vec::new());
    graph.node("Mul", vec![halved, sum], &o.out, Vec::new()).map(|()| Lowered::Done)
}

/// `-softplus(-x)`.
fn log_sigmoid(graph: &mut Graph<'_>, o: &UnaryOpIr) -> Result {
    let inputs = vec![graph.name(&o.input)?];
    let negative = graph.step("Neg", inputs, Vec::new());
    let softplus = graph.step("Softplus", vec![negative], Vec::new());
    graph.node("Neg", vec![softplus], &o.out, Vec::new()).map(|()| Lowered::Done)
}
