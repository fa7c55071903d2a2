//! Three records of the same model at three batch sizes, read as one graph over the batch axis.
//!
//! A number `v` that was recorded at the batches `B1, B2, B3` is `v = slope B + offset` when the three points lie on a
//! line with an integer slope. Lengths of axes, ends of slices and repeat counts are all read so.

use std::collections::BTreeMap;

use burn::backend::DType;
use burn::backend::ir::{
    BaseOperationIr, IrVisitorMut, NumericOperationIr, OperationIr, TensorId, TensorIr, TensorStatus,
};
use burn::tensor::{Shape, Slice, TensorData};

use super::capture::Capture;
use crate::Error;

/// The batches of the records: primes, so that no product of ordinary widths is mistaken for one.
pub(super) const BATCHES: [usize; 3] = [11, 17, 23];

/// `slope * batch + offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) slope: i64,
    pub(super) offset: i64,
}

impl Length {
    /// The line through the three recorded values.
    fn through(values: [i64; 3]) -> Option<Self> {
        let [b1, b2, b3] = BATCHES.map(|batch| batch as i64);
        let [v1, v2, v3] = values;
        let slope = (v2 - v1) / (b2 - b1);
        let line = Self { slope, offset: v1 - slope * b1 };
        (line.at(b2) == v2 && line.at(b3) == v3).then_some(line)
    }

    fn at(self, batch: i64) -> i64 {
        self.slope * batch + self.offset
    }

    /// The value, where the batch does not matter.
    pub(super) fn constant(self) -> Option<i64> {
        (self.slope == 0).then_some(self.offset)
    }

    pub(super) const fn fixed(offset: i64) -> Self {
        Self { slope: 0, offset }
    }
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub(super) struct ValueType {
    pub(super) shape: Vec<Length>,
    pub(super) dtype: DType,
}

/// A slice of one axis, first index included, last excluded, as burn records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: Length,
    /// `None` for the end of the axis.
    pub(super) end: Option<Length>,
    pub(super) step: i64,
}

/// The three records as one graph. Identifiers are those of the first.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) operations: Vec<OperationIr>,
    /// The slices of each operation, one for each axis that it names.
    pub(super) ranges: Vec<Vec<Range>>,
    pub(super) types: BTreeMap<TensorId, ValueType>,
    pub(super) values: BTreeMap<TensorId, TensorData>,
    pub(super) inputs: Vec<TensorId>,
    pub(super) outputs: Vec<TensorId>,
    pub(super) weights: Vec<(TensorId, String)>,
}

impl Trace {
    pub(super) fn new(captures: [Capture; 3]) -> Result<Self, Error> {
        let [first, second, third] = &captures;
        if second.operations.len() != first.operations.len() || third.operations.len() != first.operations.len() {
            return Err(Error::Export("the number of operations depends on the batch size".into()));
        }
        let mut types = BTreeMap::new();
        let mut ranges = Vec::new();
        let mut ids = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
        register_boundary(&captures, &mut types, &mut ids)?;
        for (index, operation) in first.operations.iter().enumerate() {
            let views = [operation, &second.operations[index], &third.operations[index]];
            let [a, b, c] = views.map(Skeleton::of);
            register_tensors(operation, [&a.tensors, &b.tensors, &c.tensors], &mut types)?;
            let [a, b, c] = [(a, 0), (b, 1), (c, 2)].map(|(skeleton, which)| skeleton.renumber(&mut ids[which]));
            if a.operation != b.operation || a.operation != c.operation {
                return Err(refuse(operation, "depends on the batch size in a way that cannot be written down"));
            }
            ranges.push(merge_ranges(operation, [&a.ranges, &b.ranges, &c.ranges])?);
        }
        check_constants(&captures, &ids)?;
        let [first, ..] = captures;
        let Capture { operations, values, inputs, outputs, weights } = first;
        Ok(Self { operations, ranges, types, values, inputs, outputs, weights })
    }
}

/// Gives inputs and weights their place in the numbering, in the same order in each record.
fn register_boundary(
    captures: &[Capture; 3],
    types: &mut BTreeMap<TensorId, ValueType>,
    ids: &mut [BTreeMap<TensorId, usize>; 3],
) -> Result<(), Error> {
    for (capture, ids) in captures.iter().zip(ids.iter_mut()) {
        let weights = capture.weights.iter().map(|(id, _)| id);
        for &id in capture.inputs.iter().chain(weights) {
            let next = ids.len();
            ids.entry(id).or_insert(next);
        }
    }
    let ids_of = |capture: &Capture| -> Vec<TensorId> {
        capture.inputs.iter().copied().chain(capture.weights.iter().map(|(id, _)| *id)).collect()
    };
    let [first, second, third] = [ids_of(&captures[0]), ids_of(&captures[1]), ids_of(&captures[2])];
    for (index, &id) in first.iter().enumerate() {
        let value = |which: usize, id| captures[which].values.get(id);
        let (Some(a), Some(b), Some(c)) = (value(0, &id), value(1, &second[index]), value(2, &third[index])) else {
            return Err(Error::Export("an input or a weight has no value".into()));
        };
        let shape = merge_shapes([a.shape(), b.shape(), c.shape()])
            .ok_or_else(|| Error::Export("an input has an impossible shape".into()))?;
        types.insert(id, ValueType { shape, dtype: a.dtype() });
    }
    Ok(())
}

fn register_tensors(
    operation: &OperationIr,
    tensors: [&Vec<TensorIr>; 3],
    types: &mut BTreeMap<TensorId, ValueType>,
) -> Result<(), Error> {
    let [first, second, third] = tensors;
    for ((a, b), c) in first.iter().zip(second).zip(third) {
        let shape = merge_shapes([&a.shape, &b.shape, &c.shape])
            .ok_or_else(|| refuse(operation, "has a shape that is not a multiple of the batch plus a constant"))?;
        types.entry(a.id).or_insert(ValueType { shape, dtype: a.dtype });
    }
    Ok(())
}

fn merge_shapes([a, b, c]: [&Shape; 3]) -> Option<Vec<Length>> {
    if a.num_dims() != b.num_dims() || a.num_dims() != c.num_dims() {
        return None;
    }
    let lengths = |shape: &Shape| -> Vec<i64> { shape.iter().map(|&length| length as i64).collect() };
    let (a, b, c) = (lengths(a), lengths(b), lengths(c));
    (0..a.len()).map(|axis| Length::through([a[axis], b[axis], c[axis]])).collect()
}

fn merge_ranges(operation: &OperationIr, [a, b, c]: [&Vec<Slice>; 3]) -> Result<Vec<Range>, Error> {
    let merge = |index: usize| {
        let views = [a.get(index)?, b.get(index)?, c.get(index)?];
        let start = Length::through(views.map(|range| range.start as i64))?;
        let end = match views.map(|range| range.end) {
            [Some(a), Some(b), Some(c)] => Some(Length::through([a as i64, b as i64, c as i64])?),
            [None, None, None] => None,
            _ => return None,
        };
        Some(Range { start, end, step: views[0].step as i64 })
    };
    (0..a.len())
        .map(merge)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| refuse(operation, "takes a slice that depends on the batch size in an unknown way"))
}

/// Constants that the closure made must not depend on the batch: their values are written into the file.
fn check_constants(captures: &[Capture; 3], ids: &[BTreeMap<TensorId, usize>; 3]) -> Result<(), Error> {
    let constants = |which: usize| -> BTreeMap<usize, &TensorData> {
        let capture: &Capture = &captures[which];
        let number = |id: &TensorId| ids[which].get(id).copied();
        let fed = |id: &TensorId| capture.inputs.contains(id);
        capture.values.iter().filter(|(id, _)| !fed(id)).filter_map(|(id, data)| Some((number(id)?, data))).collect()
    };
    let (a, b, c) = (constants(0), constants(1), constants(2));
    if a == b && a == c { Ok(()) } else { Err(Error::Export("a constant tensor depends on the batch size".into())) }
}

/// An operation without the numbers that may differ between records.
struct Skeleton {
    operation: OperationIr,
    tensors: Vec<TensorIr>,
    ranges: Vec<Slice>,
}

impl Skeleton {
    fn of(operation: &OperationIr) -> Self {
        let mut skeleton = Self { operation: operation.clone(), tensors: Vec::new(), ranges: Vec::new() };
        let mut collector = Collector { tensors: &mut skeleton.tensors, ranges: &mut skeleton.ranges };
        skeleton.operation.visit_mut(&mut collector);
        forget_derived_lengths(&mut skeleton.operation);
        skeleton
    }

    /// Replaces identifiers by their order of appearance, so that records of different runs can be compared.
    fn renumber(mut self, ids: &mut BTreeMap<TensorId, usize>) -> Self {
        self.operation.visit_mut(&mut Renumber { ids });
        self
    }
}

struct Collector<'a> {
    tensors: &'a mut Vec<TensorIr>,
    ranges: &'a mut Vec<Slice>,
}

impl IrVisitorMut for Collector<'_> {
    fn visit_tensor_mut(&mut self, tensor: &mut TensorIr) {
        self.tensors.push(tensor.clone());
        tensor.shape = Shape::new([0]);
        tensor.status = TensorStatus::NotInit;
    }

    fn visit_range_mut(&mut self, range: &mut Slice) {
        self.ranges.push(*range);
        *range = Slice::new(0, None, range.step);
    }
}

struct Renumber<'a> {
    ids: &'a mut BTreeMap<TensorId, usize>,
}

impl IrVisitorMut for Renumber<'_> {
    fn visit_tensor_mut(&mut self, tensor: &mut TensorIr) {
        let next = self.ids.len();
        tensor.id = TensorId::new(*self.ids.entry(tensor.id).or_insert(next) as u64);
    }
}

/// Zeroes the lengths that follow from the shapes, which are compared on their own.
fn forget_derived_lengths(operation: &mut OperationIr) {
    match operation {
        OperationIr::BaseFloat(base) | OperationIr::BaseInt(base) | OperationIr::BaseBool(base) => match base {
            BaseOperationIr::RepeatDim(repeat) => repeat.times = 0,
            BaseOperationIr::AllDim(reduce) | BaseOperationIr::AnyDim(reduce) => reduce.accumulator_len = 0,
            _ => {}
        },
        OperationIr::NumericFloat(_, numeric) | OperationIr::NumericInt(_, numeric) => match numeric {
            NumericOperationIr::MeanDim(reduce)
            | NumericOperationIr::SumDim(reduce)
            | NumericOperationIr::ProdDim(reduce)
            | NumericOperationIr::ArgMax(reduce)
            | NumericOperationIr::ArgMin(reduce)
            | NumericOperationIr::MaxDim(reduce)
            | NumericOperationIr::MinDim(reduce)
            | NumericOperationIr::MaxAbsDim(reduce) => reduce.accumulator_len = 0,
            _ => {}
        },
        _ => {}
    }
}

/// "Sin depends on ..." for an operation.
pub(super) fn refuse(operation: &OperationIr, reason: &str) -> Error {
    Error::Export(format!("the operation {} {reason}", operation_name(operation)))
}

/// The name of the innermost variant, as in "Sin" for `Float(F32, Sin(UnaryOpIr { .. }))`.
fn operation_name(operation: &OperationIr) -> String {
    let text = format!("{operation:?}");
    let head = text.split('{').next().unwrap_or(&text);
    let name = head.split('(').rev().nth(1).unwrap_or(head);
    name.rsplit(' ').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_three_records_is_found() {
        assert_eq!(Length::through([44, 68, 92]), Some(Length { slope: 4, offset: 0 }));
        assert_eq!(Length::through([10, 16, 22]), Some(Length { slope: 1, offset: -1 }));
        assert_eq!(Length::through([200, 200, 200]), Some(Length::fixed(200)));
    }

    #[test]
    fn an_operation_is_named_by_its_innermost_variant() {
        let tensor = TensorIr::uninit(TensorId::new(0), Shape::new([1]), DType::F32);
        let sine = burn::backend::ir::UnaryOpIr { input: tensor.clone(), out: tensor };
        let operation = OperationIr::Float(DType::F32, burn::backend::ir::FloatOperationIr::Sin(sine));
        assert_eq!(operation_name(&operation), "Sin");
    }

    #[test]
    fn what_is_no_line_is_refused() {
        assert_eq!(Length::through([121, 289, 529]), None);
        assert_eq!(Length::through([5, 8, 11]), None);
        assert_eq!(Length::through([11, 17, 17]), None);
    }
}
