//! Operations that move elements without computing with them.

use burn::backend::DType;
use burn::backend::ir::{BaseOperationIr, ScalarIr, SliceAssignOpIr, SliceOpIr, TensorIr};
use burn::tensor::IndexingUpdateOp;

use super::super::graph::{Graph, encode_scalar, integer, integers, onnx_type, tensor, text};
use super::super::symbolic::{Length, Range};
use super::{Lowered, Result, Shorthand};

pub(super) fn lower(graph: &mut Graph<'_>, operation: &BaseOperationIr, ranges: &[Range]) -> Result {
    match operation {
        BaseOperationIr::Reshape(o) => shaped(graph, "Reshape", &o.input, &o.out),
        BaseOperationIr::Expand(o) => shaped(graph, "Expand", &o.input, &o.out),
        BaseOperationIr::SwapDims(o) => {
            let mut axes: Vec<usize> = (0..o.input.shape.num_dims()).collect();
            axes.swap(o.dim1, o.dim2);
            graph.call("Transpose", &[&o.input], &o.out, vec![integers("perm", axes)])
        }
        BaseOperationIr::Permute(o) => {
            graph.call("Transpose", &[&o.input], &o.out, vec![integers("perm", o.axes.iter().copied())])
        }
        BaseOperationIr::Flip(o) => flip(graph, &o.input, &o.axes, &o.out),
        BaseOperationIr::Slice(o) => slice(graph, o, ranges),
        BaseOperationIr::SliceAssign(o) => slice_assign(graph, o, ranges),
        BaseOperationIr::Select(o) => {
            graph.call("Gather", &[&o.tensor, &o.indices], &o.out, vec![integer("axis", o.dim as i64)])
        }
        BaseOperationIr::Gather(o) => {
            graph.call("GatherElements", &[&o.tensor, &o.indices], &o.out, vec![integer("axis", o.dim as i64)])
        }
        BaseOperationIr::Scatter(o) => {
            let attributes = vec![integer("axis", o.dim as i64), text("reduction", reduction(o.update))];
            graph.call("ScatterElements", &[&o.tensor, &o.indices, &o.value], &o.out, attributes)
        }
        BaseOperationIr::MaskWhere(o) => graph.call("Where", &[&o.mask, &o.value, &o.tensor], &o.out, Vec::new()),
        BaseOperationIr::MaskFill(o) => {
            let fill = graph.scalar(o.value, o.tensor.dtype)?;
            let inputs = vec![graph.name(&o.mask)?, fill, graph.name(&o.tensor)?];
            graph.node("Where", inputs, &o.out, Vec::new()).map(|()| Lowered::Done)
        }
        BaseOperationIr::Equal(o) => graph.binary("Equal", o),
        BaseOperationIr::EqualElem(o) => graph.with_scalar("Equal", o),
        BaseOperationIr::NotEqual(o) => {
            let inputs = vec![graph.name(&o.lhs)?, graph.name(&o.rhs)?];
            negated(graph, inputs, &o.out)
        }
        BaseOperationIr::NotEqualElem(o) => {
            let inputs = vec![graph.name(&o.lhs)?, graph.scalar(o.rhs, o.lhs.dtype)?];
            negated(graph, inputs, &o.out)
        }
        BaseOperationIr::RepeatDim(o) => repeat(graph, &o.tensor, o.dim, &o.out),
        BaseOperationIr::Cat(o) => {
            let inputs: Vec<&TensorIr> = o.tensors.iter().collect();
            graph.call("Concat", &inputs, &o.out, vec![integer("axis", o.dim as i64)])
        }
        BaseOperationIr::Cast(o) => cast(graph, &o.input, &o.out),
        BaseOperationIr::Empty(o) | BaseOperationIr::Zeros(o) => filled(graph, ScalarIr::Int(0), &o.out),
        BaseOperationIr::Ones(o) => filled(graph, ScalarIr::Int(1), &o.out),
        _ => Ok(Lowered::Unknown),
    }
}

/// `out` is `input` in another type.
pub(super) fn cast(graph: &mut Graph<'_>, input: &TensorIr, out: &TensorIr) -> Result {
    graph.call("Cast", &[input], out, vec![integer("to", i64::from(onnx_type(out.dtype)?))])
}

/// A tensor of one value.
pub(super) fn filled(graph: &mut Graph<'_>, value: ScalarIr, out: &TensorIr) -> Result {
    let shape = graph.lengths(graph.shape(out)?)?;
    let value = match (value, out.dtype) {
        (ScalarIr::Int(int), DType::Bool(_)) => ScalarIr::Bool(int != 0),
        (value, _) => value,
    };
    let value = tensor("value", encode_scalar(value, out.dtype, vec![1])?);
    graph.node("ConstantOfShape", vec![shape], out, vec![value]).map(|()| Lowered::Done)
}

/// Reshape and Expand take the new shape as a second input.
fn shaped(graph: &mut Graph<'_>, op_type: &str, input: &TensorIr, out: &TensorIr) -> Result {
    let lengths = graph.shape(out)?;
    let free = lengths.iter().filter(|length| length.constant().is_none()).count();
    let has_zero = lengths.contains(&Length::fixed(0));
    // Reshape can infer one length by itself, which engines handle better than a computed shape.
    let shape = if op_type == "Reshape" && free == 1 && !has_zero {
        let inferred: Vec<i64> = lengths.iter().map(|length| length.constant().unwrap_or(-1)).collect();
        graph.integers(&inferred)
    } else {
        graph.lengths(lengths)?
    };
    let inputs = vec![graph.name(input)?, shape];
    graph.node(op_type, inputs, out, Vec::new()).map(|()| Lowered::Done)
}

fn flip(graph: &mut Graph<'_>, input: &TensorIr, axes: &[usize], out: &TensorIr) -> Result {
    let axes: Vec<i64> = axes.iter().map(|&axis| axis as i64).collect();
    let every = |value: i64| vec![value; axes.len()];
    let inputs = vec![
        graph.name(input)?,
        graph.integers(&every(-1)),
        graph.integers(&every(i64::MIN)),
        graph.integers(&axes),
        graph.integers(&every(-1)),
    ];
    graph.node("Slice", inputs, out, Vec::new()).map(|()| Lowered::Done)
}

/// Bounds of one axis as ONNX has them: for a negative step the start is the last index taken first.
struct Bounds {
    axis: i64,
    start: Length,
    end: Length,
    step: i64,
}

const END: Length = Length::fixed(i64::MAX);
const BEGINNING: Length = Length::fixed(i64::MIN);

impl Bounds {
    /// `None` when the whole axis is taken in order.
    fn new(axis: usize, range: &Range, length: Length) -> Option<Self> {
        let whole = range.end.is_none_or(|end| end == length);
        let starts = range.start == Length::fixed(0);
        let bounds = |start, end| Some(Self { axis: axis as i64, start, end, step: range.step });
        match range.step {
            1 if whole && starts => None,
            1.. => bounds(range.start, if whole { END } else { range.end? }),
            // burn takes the interval [start, end) and walks it backwards.
            _ => bounds(
                if whole { Length::fixed(-1) } else { before(range.end?) },
                if starts { BEGINNING } else { before(range.start) },
            ),
        }
    }
}

fn before(length: Length) -> Length {
    Length { offset: length.offset - 1, ..length }
}

fn slice(graph: &mut Graph<'_>, o: &SliceOpIr, ranges: &[Range]) -> Result {
    let lengths = graph.shape(&o.tensor)?;
    let bounds: Vec<Bounds> =
        ranges.iter().enumerate().filter_map(|(axis, range)| Bounds::new(axis, range, lengths[axis])).collect();
    if bounds.is_empty() {
        return graph.call("Identity", &[&o.tensor], &o.out, Vec::new());
    }
    let mut inputs = vec![graph.name(&o.tensor)?];
    inputs.extend(slice_operands(graph, &bounds)?);
    graph.node("Slice", inputs, &o.out, Vec::new()).map(|()| Lowered::Done)
}

fn slice_operands(graph: &mut Graph<'_>, bounds: &[Bounds]) -> Result<[String; 4]> {
    let starts: Vec<Length> = bounds.iter().map(|bounds| bounds.start).collect();
    let ends: Vec<Length> = bounds.iter().map(|bounds| bounds.end).collect();
    let axes: Vec<i64> = bounds.iter().map(|bounds| bounds.axis).collect();
    let steps: Vec<i64> = bounds.iter().map(|bounds| bounds.step).collect();
    Ok([graph.lengths(&starts)?, graph.lengths(&ends)?, graph.integers(&axes), graph.integers(&steps)])
}

/// ONNX has no assignment to a slice; the tensor is cut around it and put together again, axis by axis.
fn slice_assign(graph: &mut Graph<'_>, o: &SliceAssignOpIr, ranges: &[Range]) -> Result {
    if ranges.iter().any(|range| range.step != 1) {
        return Ok(Lowered::Refused("with a step other than 1 has no counterpart here"));
    }
    let lengths = graph.shape(&o.tensor)?;
    let whole = graph.name(&o.tensor)?;
    let value = graph.name(&o.value)?;
    let cuts: Vec<Cut> =
        ranges.iter().enumerate().filter_map(|(axis, range)| Cut::new(axis, range, lengths[axis])).collect();
    let inputs = vec![assign(graph, &whole, &cuts, value)?];
    graph.node("Identity", inputs, &o.out, Vec::new()).map(|()| Lowered::Done)
}

/// The part `start..end` of an axis of `length`.
struct Cut {
    axis: usize,
    start: Length,
    end: Length,
    length: Length,
}

impl Cut {
    /// `None` when the whole axis is assigned to.
    fn new(axis: usize, range: &Range, length: Length) -> Option<Self> {
        let end = range.end.unwrap_or(length);
        let partial = range.start != Length::fixed(0) || end != length;
        partial.then_some(Self { axis, start: range.start, end, length })
    }
}

fn assign(graph: &mut Graph<'_>, tensor: &str, cuts: &[Cut], value: String) -> Result<String> {
    let Some((cut, inner)) = cuts.split_first() else { return Ok(value) };
    let part = |graph: &mut Graph<'_>, start: Length, end: Length| -> Result<String> {
        let bounds = Bounds { axis: cut.axis as i64, start, end, step: 1 };
        let mut inputs = vec![tensor.to_owned()];
        inputs.extend(slice_operands(graph, &[bounds])?);
        Ok(graph.step("Slice", inputs, Vec::new()))
    };
    let mut parts = Vec::new();
    if cut.start != Length::fixed(0) {
        parts.push(part(graph, Length::fixed(0), cut.start)?);
    }
    let middle = if inner.is_empty() { String::new() } else { part(graph, cut.start, cut.end)? };
    parts.push(assign(graph, &middle, inner, value)?);
    if cut.end != cut.length {
        parts.push(part(graph, cut.end, END)?);
    }
    Ok(graph.step("Concat", parts, vec![integer("axis", cut.axis as i64)]))
}

fn negated(graph: &mut Graph<'_>, inputs: Vec<String>, out: &TensorIr) -> Result {
    let equal = graph.step("Equal", inputs, Vec::new());
    graph.node("Not", vec![equal], out, Vec::new()).map(|()| Lowered::Done)
}

fn repeat(graph: &mut Graph<'_>, input: &TensorIr, axis: usize, out: &TensorIr) -> Result {
    let (from, to) = (graph.shape(input)?, graph.shape(out)?);
    let Some(times) = times(from[axis], to[axis]) else {
        return Ok(Lowered::Refused("repeats as often as no simple count of the batch"));
    };
    let repeats: Vec<Length> =
        (0..from.len()).map(|index| if index == axis { times } else { Length::fixed(1) }).collect();
    let inputs = vec![graph.name(input)?, graph.lengths(&repeats)?];
    graph.node("Tile", inputs, out, Vec::new()).map(|()| Lowered::Done)
}

/// `to / from` where that is a whole number at every batch.
fn times(from: Length, to: Length) -> Option<Length> {
    let divides = |divisor: i64, number: i64| divisor != 0 && number % divisor == 0;
    if let Some(divisor) = from.constant() {
        let whole = divides(divisor, to.slope) && divides(divisor, to.offset);
        return whole.then(|| Length { slope: to.slope / divisor, offset: to.offset / divisor });
    }
    let factor = to.slope / from.slope;
    (to == Length { slope: factor * from.slope, offset: factor * from.offset }).then_some(Length::fixed(factor))
}

fn reduction(update: IndexingUpdateOp) -> &'static str {
    match update {
        IndexingUpdateOp::Assign => "none",
        IndexingUpdateOp::Add => "add",
        IndexingUpdateOp::Mul => "mul",
        IndexingUpdateOp::Min => "min",
        IndexingUpdateOp::Max => "max",
    }
}
