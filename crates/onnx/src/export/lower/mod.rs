//! One ONNX node, or a few, for each recorded operation.

mod activation;
mod base;
mod module;
mod numeric;

use burn::backend::DType;
use burn::backend::ir::{BinaryOpIr, OperationIr, ScalarIr, ScalarOpIr, TensorIr, UnaryOpIr};

use super::Signature;
use super::graph::Graph;
use super::symbolic::{Trace, refuse};
use crate::Error;
use crate::proto::AttributeProto;

/// The bytes of the file for a trace.
pub(super) fn lower(trace: &Trace, signature: &Signature) -> Result<Vec<u8>> {
    let mut graph = Graph::new(trace, signature);
    for (operation, ranges) in trace.operations.iter().zip(&trace.ranges) {
        let known = match operation {
            OperationIr::BaseFloat(base) | OperationIr::BaseInt(base) | OperationIr::BaseBool(base) => {
                base::lower(&mut graph, base, ranges)
            }
            OperationIr::NumericFloat(_, numeric) | OperationIr::NumericInt(_, numeric) => {
                numeric::lower(&mut graph, numeric)
            }
            OperationIr::Float(_, float) => numeric::lower_float(&mut graph, float),
            OperationIr::Int(int) => numeric::lower_int(&mut graph, int),
            OperationIr::Bool(bool) => numeric::lower_bool(&mut graph, bool),
            OperationIr::Activation(activation) => activation::lower(&mut graph, activation),
            OperationIr::Module(module) => module::lower(&mut graph, module),
            _ => Ok(Lowered::Unknown),
        }?;
        match known {
            Lowered::Done => {}
            Lowered::Unknown => return Err(refuse(operation, "has no counterpart here")),
            Lowered::Refused(reason) => return Err(refuse(operation, reason)),
        }
    }
    graph.encode(signature)
}

/// What became of an operation.
enum Lowered {
    /// It stands in the graph.
    Done,
    /// Nobody has written its lowering.
    Unknown,
    /// Its lowering does not cover this use.
    Refused(&'static str),
}

type Result<T = Lowered> = std::result::Result<T, Error>;

/// The helpers that most operations are lowered with.
trait Shorthand {
    /// `out = op(inputs..)` with attributes.
    fn call(&mut self, op_type: &str, inputs: &[&TensorIr], out: &TensorIr, attributes: Vec<AttributeProto>) -> Result;
    /// `out = op(input)`.
    fn unary(&mut self, op_type: &str, operation: &UnaryOpIr) -> Result;
    /// `out = op(lhs, rhs)`.
    fn binary(&mut self, op_type: &str, operation: &BinaryOpIr) -> Result;
    /// `out = op(lhs, scalar)`, the scalar having the type of `lhs`.
    fn with_scalar(&mut self, op_type: &str, operation: &ScalarOpIr) -> Result;
    /// A number of type FLOAT or of the given one.
    fn number(&mut self, value: f64, dtype: DType) -> Result<String>;
}

impl Shorthand for Graph<'_> {
    fn call(&mut self, op_type: &str, inputs: &[&TensorIr], out: &TensorIr, attributes: Vec<AttributeProto>) -> Result {
        let names = inputs.iter().map(|tensor| self.name(tensor)).collect::<Result<Vec<_>>>()?;
        self.node(op_type, names, out, attributes).map(|()| Lowered::Done)
    }

    fn unary(&mut self, op_type: &str, operation: &UnaryOpIr) -> Result {
        self.call(op_type, &[&operation.input], &operation.out, Vec::new())
    }

    fn binary(&mut self, op_type: &str, operation: &BinaryOpIr) -> Result {
        self.call(op_type, &[&operation.lhs, &operation.rhs], &operation.out, Vec::new())
    }

    fn with_scalar(&mut self, op_type: &str, operation: &ScalarOpIr) -> Result {
        let inputs = vec![self.name(&operation.lhs)?, self.scalar(operation.rhs, operation.lhs.dtype)?];
        self.node(op_type, inputs, &operation.out, Vec::new()).map(|()| Lowered::Done)
    }

    fn number(&mut self, value: f64, dtype: DType) -> Result<String> {
        self.scalar(ScalarIr::Float(value), dtype)
    }
}
