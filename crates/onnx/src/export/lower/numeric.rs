//! Arithmetic, comparisons, reductions and elementary functions.

use burn::backend::DType;
use burn::backend::ir::{
    BinaryOpIr, BoolOperationIr, FloatOperationIr, IntOperationIr, NumericOperationIr, PadModeIr, PadOpIr,
    ReduceDimWithIndicesOpIr, ReduceOpIr, ScalarIr, TensorIr, UnaryOpIr,
};

use super::super::graph::{Graph, integer, onnx_type, text};
use super::super::symbolic::Length;
use super::base::{cast, filled};
use super::{Lowered, Result, Shorthand};

pub(super) fn lower(graph: &mut Graph<'_>, operation: &NumericOperationIr) -> Result {
    match operation {
        NumericOperationIr::Add(o) => graph.binary("Add", o),
        NumericOperationIr::AddScalar(o) => graph.with_scalar("Add", o),
        NumericOperationIr::Sub(o) => graph.binary("Sub", o),
        NumericOperationIr::SubScalar(o) => graph.with_scalar("Sub", o),
        NumericOperationIr::Mul(o) => graph.binary("Mul", o),
        NumericOperationIr::MulScalar(o) => graph.with_scalar("Mul", o),
        NumericOperationIr::Div(o) => graph.binary("Div", o),
        NumericOperationIr::DivScalar(o) => graph.with_scalar("Div", o),
        NumericOperationIr::Rem(o) => {
            let divisor = graph.name(&o.rhs)?;
            remainder(graph, &o.lhs, divisor, &o.out)
        }
        NumericOperationIr::RemScalar(o) => {
            let divisor = graph.scalar(o.rhs, o.lhs.dtype)?;
            remainder(graph, &o.lhs, divisor, &o.out)
        }
        NumericOperationIr::Abs(o) => graph.unary("Abs", o),
        NumericOperationIr::Neg(o) => graph.unary("Neg", o),
        NumericOperationIr::Sign(o) => graph.unary("Sign", o),
        NumericOperationIr::Powi(o) => graph.binary("Pow", o),
        NumericOperationIr::PowiScalar(o) => graph.with_scalar("Pow", o),
        NumericOperationIr::Greater(o) => graph.binary("Greater", o),
        NumericOperationIr::GreaterElem(o) => graph.with_scalar("Greater", o),
        NumericOperationIr::GreaterEqual(o) => graph.binary("GreaterOrEqual", o),
        NumericOperationIr::GreaterEqualElem(o) => graph.with_scalar("GreaterOrEqual", o),
        NumericOperationIr::Lower(o) => graph.binary("Less", o),
        NumericOperationIr::LowerElem(o) => graph.with_scalar("Less", o),
        NumericOperationIr::LowerEqual(o) => graph.binary("LessOrEqual", o),
        NumericOperationIr::LowerEqualElem(o) => graph.with_scalar("LessOrEqual", o),
        NumericOperationIr::Full(o) => filled(graph, o.value, &o.out),
        NumericOperationIr::Clamp(o) => clip(graph, &o.tensor, Some(o.min), Some(o.max), &o.out),
        NumericOperationIr::ClampMin(o) => clip(graph, &o.lhs, Some(o.rhs), None, &o.out),
        NumericOperationIr::ClampMax(o) => clip(graph, &o.lhs, None, Some(o.rhs), &o.out),
        NumericOperationIr::CumSum(o) => {
            let axis = graph.scalar(ScalarIr::Int(o.axis as i64), DType::I64)?;
            let inputs = vec![graph.name(&o.input)?, axis];
            graph.node("CumSum", inputs, &o.out, Vec::new()).map(|()| Lowered::Done)
        }
        NumericOperationIr::Pad(o) => pad(graph, o),
        other => lower_reduction(graph, other),
    }
}

fn lower_reduction(graph: &mut Graph<'_>, operation: &NumericOperationIr) -> Result {
    match operation {
        NumericOperationIr::Sum(o) => reduce_all(graph, "ReduceSum", o),
        NumericOperationIr::Mean(o) => reduce_all(graph, "ReduceMean", o),
        NumericOperationIr::Prod(o) => reduce_all(graph, "ReduceProd", o),
        NumericOperationIr::Max(o) => reduce_all(graph, "ReduceMax", o),
        NumericOperationIr::Min(o) => reduce_all(graph, "ReduceMin", o),
        NumericOperationIr::SumDim(o) => reduce(graph, "ReduceSum", &o.input, &[o.axis], &o.out),
        NumericOperationIr::SumDims(o) => reduce(graph, "ReduceSum", &o.input, &o.axes, &o.out),
        NumericOperationIr::MeanDim(o) => reduce(graph, "ReduceMean", &o.input, &[o.axis], &o.out),
        NumericOperationIr::ProdDim(o) => reduce(graph, "ReduceProd", &o.input, &[o.axis], &o.out),
        NumericOperationIr::MaxDim(o) => reduce(graph, "ReduceMax", &o.input, &[o.axis], &o.out),
        NumericOperationIr::MinDim(o) => reduce(graph, "ReduceMin", &o.input, &[o.axis], &o.out),
        NumericOperationIr::MaxDimWithIndices(o) => {
            reduce(graph, "ReduceMax", &o.tensor, &[o.dim], &o.out)?;
            indices(graph, "ArgMax", o)
        }
        NumericOperationIr::MinDimWithIndices(o) => {
            reduce(graph, "ReduceMin", &o.tensor, &[o.dim], &o.out)?;
            indices(graph, "ArgMin", o)
        }
        NumericOperationIr::ArgMax(o) => position(graph, "ArgMax", &o.input, o.axis, &o.out),
        NumericOperationIr::ArgMin(o) => position(graph, "ArgMin", &o.input, o.axis, &o.out),
        _ => Ok(Lowered::Unknown),
    }
}

pub(super) fn lower_float(graph: &mut Graph<'_>, operation: &FloatOperationIr) -> Result {
    match operation {
        FloatOperationIr::Exp(o) => graph.unary("Exp", o),
        FloatOperationIr::Log(o) => graph.unary("Log", o),
        FloatOperationIr::Log1p(o) => log1p(graph, o),
        FloatOperationIr::Erf(o) => graph.unary("Erf", o),
        FloatOperationIr::PowfScalar(o) => graph.with_scalar("Pow", o),
        FloatOperationIr::Powf(o) => graph.binary("Pow", o),
        FloatOperationIr::Sqrt(o) => graph.unary("Sqrt", o),
        FloatOperationIr::Recip(o) => graph.unary("Reciprocal", o),
        FloatOperationIr::Sin(o) => graph.unary("Sin", o),
        FloatOperationIr::Cos(o) => graph.unary("Cos", o),
        FloatOperationIr::Tan(o) => graph.unary("Tan", o),
        FloatOperationIr::Sinh(o) => graph.unary("Sinh", o),
        FloatOperationIr::Cosh(o) => graph.unary("Cosh", o),
        FloatOperationIr::Tanh(o) => graph.unary("Tanh", o),
        FloatOperationIr::ArcSin(o) => graph.unary("Asin", o),
        FloatOperationIr::ArcCos(o) => graph.unary("Acos", o),
        FloatOperationIr::ArcTan(o) => graph.unary("Atan", o),
        FloatOperationIr::ArcSinh(o) => graph.unary("Asinh", o),
        FloatOperationIr::ArcCosh(o) => graph.unary("Acosh", o),
        FloatOperationIr::ArcTanh(o) => graph.unary("Atanh", o),
        FloatOperationIr::Round(o) => graph.unary("Round", o),
        FloatOperationIr::Floor(o) => graph.unary("Floor", o),
        FloatOperationIr::Ceil(o) => graph.unary("Ceil", o),
        FloatOperationIr::IsNan(o) => graph.unary("IsNaN", o),
        FloatOperationIr::IsInf(o) => graph.unary("IsInf", o),
        FloatOperationIr::IntoInt(o) => cast(graph, &o.input, &o.out),
        FloatOperationIr::Matmul(o) => graph.call("MatMul", &[&o.lhs, &o.rhs], &o.out, Vec::new()),
        FloatOperationIr::Hypot(o) => hypot(graph, o),
        _ => Ok(Lowered::Unknown),
    }
}

pub(super) fn lower_int(graph: &mut Graph<'_>, operation: &IntOperationIr) -> Result {
    match operation {
        IntOperationIr::IntoFloat(o) => cast(graph, &o.input, &o.out),
        _ => Ok(Lowered::Unknown),
    }
}

pub(super) fn lower_bool(graph: &mut Graph<'_>, operation: &BoolOperationIr) -> Result {
    match operation {
        BoolOperationIr::IntoFloat(o) | BoolOperationIr::IntoInt(o) => cast(graph, &o.input, &o.out),
        BoolOperationIr::Not(o) => graph.unary("Not", o),
        BoolOperationIr::And(o) => graph.binary("And", o),
        BoolOperationIr::Or(o) => graph.binary("Or", o),
        BoolOperationIr::Xor(o) => graph.binary("Xor", o),
    }
}

/// `x - y floor(x / y)`, which has the sign of the divisor, as in burn. ONNX's remainder of floats has the other sign, and
/// tract's remainder of integers, too; `mod(mod(x, y) + y, y)` is right under either reading.
fn remainder(graph: &mut Graph<'_>, input: &TensorIr, divisor: String, out: &TensorIr) -> Result {
    let dividend = graph.name(input)?;
    if !input.dtype.is_float() {
        let either = graph.step("Mod", vec![dividend, divisor.clone()], Vec::new());
        let shifted = graph.step("Add", vec![either, divisor.clone()], Vec::new());
        return graph.node("Mod", vec![shifted, divisor], out, Vec::new()).map(|()| Lowered::Done);
    }
    let quotient = graph.step("Div", vec![dividend.clone(), divisor.clone()], Vec::new());
    let whole = graph.step("Floor", vec![quotient], Vec::new());
    let multiple = graph.step("Mul", vec![whole, divisor], Vec::new());
    graph.node("Sub", vec![dividend, multiple], out, Vec::new()).map(|()| Lowered::Done)
}

fn log1p(graph: &mut Graph<'_>, o: &UnaryOpIr) -> Result {
    let inputs = vec![graph.name(&o.input)?, graph.number(1.0, o.input.dtype)?];
    let sum = graph.step("Add", inputs, Vec::new());
    graph.node("Log", vec![sum], &o.out, Vec::new()).map(|()| Lowered::Done)
}

fn hypot(graph: &mut Graph<'_>, o: &BinaryOpIr) -> Result {
    let (lhs, rhs) = (graph.name(&o.lhs)?, graph.name(&o.rhs)?);
    let squares = [lhs, rhs].map(|side| graph.step("Mul", vec![side.clone(), side], Vec::new()));
    let sum = graph.step("Add", squares.to_vec(), Vec::new());
    graph.node("Sqrt", vec![sum], &o.out, Vec::new()).map(|()| Lowered::Done)
}

fn clip(
    graph: &mut Graph<'_>,
    input: &TensorIr,
    min: Option<ScalarIr>,
    max: Option<ScalarIr>,
    out: &TensorIr,
) -> Result {
    let mut inputs = vec![graph.name(input)?];
    inputs.push(min.map_or(Ok(String::new()), |min| graph.scalar(min, input.dtype))?);
    if let Some(max) = max {
        inputs.push(graph.scalar(max, input.dtype)?);
    }
    graph.node("Clip", inputs, out, Vec::new()).map(|()| Lowered::Done)
}

fn reduce(graph: &mut Graph<'_>, op_type: &str, input: &TensorIr, axes: &[usize], out: &TensorIr) -> Result {
    let axes: Vec<i64> = axes.iter().map(|&axis| axis as i64).collect();
    let inputs = vec![graph.name(input)?, graph.integers(&axes)];
    graph.node(op_type, inputs, out, vec![integer("keepdims", 1)]).map(|()| Lowered::Done)
}

/// burn gives the sum of everything as a vector of one element.
fn reduce_all(graph: &mut Graph<'_>, op_type: &str, o: &ReduceOpIr) -> Result {
    let inputs = vec![graph.name(&o.input)?, graph.integers(&[-1])];
    let flat = graph.step("Reshape", inputs, Vec::new());
    let inputs = vec![flat, graph.integers(&[0])];
    graph.node(op_type, inputs, &o.out, vec![integer("keepdims", 1)]).map(|()| Lowered::Done)
}

fn indices(graph: &mut Graph<'_>, op_type: &str, o: &ReduceDimWithIndicesOpIr) -> Result {
    position(graph, op_type, &o.tensor, o.dim, &o.out_indices)
}

fn position(graph: &mut Graph<'_>, op_type: &str, input: &TensorIr, axis: usize, out: &TensorIr) -> Result {
    let attributes = vec![integer("axis", axis as i64), integer("keepdims", 1)];
    if out.dtype == DType::I64 {
        return graph.call(op_type, &[input], out, attributes);
    }
    let inputs = vec![graph.name(input)?];
    let found = graph.step(op_type, inputs, attributes);
    let to = integer("to", i64::from(onnx_type(out.dtype)?));
    graph.node("Cast", vec![found], out, vec![to]).map(|()| Lowered::Done)
}

fn pad(graph: &mut Graph<'_>, o: &PadOpIr) -> Result {
    let before = o.padding.iter().map(|pair| Length::fixed(pair.0 as i64));
    let after = o.padding.iter().map(|pair| Length::fixed(pair.1 as i64));
    let pads: Vec<Length> = before.chain(after).collect();
    let mut inputs = vec![graph.name(&o.input)?, graph.lengths(&pads)?];
    let mode = match o.mode {
        PadModeIr::Constant(value) => {
            inputs.push(graph.scalar(value, o.input.dtype)?);
            "constant"
        }
        PadModeIr::Reflect => "reflect",
        PadModeIr::Edge => "edge",
    };
    graph.node("Pad", inputs, &o.out, vec![text("mode", mode)]).map(|()| Lowered::Done)
}
