//! The ONNX graph under construction: names, nodes, constants, and the encoding at the end.

use std::collections::{BTreeMap, BTreeSet};

use burn::backend::DType;
use burn::backend::ir::{ScalarIr, TensorId, TensorIr};
use burn::tensor::TensorData;
use prost::Message;

use super::Signature;
use super::symbolic::{Length, Trace, ValueType};
use crate::Error;
use crate::proto::{
    self, AttributeProto, DimensionProto, DimensionValue, GraphProto, IR_VERSION, ModelProto, NodeProto, OPSET,
    OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};

/// The name of the batch axis in the files.
const BATCH: &str = "batch";

/// Collects what the lowering of each operation writes.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    trace: &'a Trace,
    names: BTreeMap<TensorId, String>,
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    /// The value that holds the batch size as an INT64 vector of one element, once something needs it.
    batch: Option<String>,
    counter: usize,
}

impl<'a> Graph<'a> {
    /// An empty graph in which inputs, weights and outputs have their names.
    pub(super) fn new(trace: &'a Trace, signature: &Signature) -> Self {
        let mut names = BTreeMap::new();
        for (id, input) in trace.inputs.iter().zip(&signature.inputs) {
            names.insert(*id, input.name.clone());
        }
        for (id, path) in &trace.weights {
            names.entry(*id).or_insert_with(|| path.clone());
        }
        for (id, name) in trace.outputs.iter().zip(&signature.outputs) {
            if !trace.values.contains_key(id) {
                names.entry(*id).or_insert_with(|| name.clone());
            }
        }
        Self { trace, names, nodes: Vec::new(), constants: Vec::new(), batch: None, counter: 0 }
    }

    /// What is known of a value of the record.
    pub(super) fn value_type(&self, tensor: &TensorIr) -> Result<&'a ValueType, Error> {
        self.trace.types.get(&tensor.id).ok_or_else(|| Error::Export("a value of unknown shape is used".into()))
    }

    /// The lengths of a value's axes.
    pub(super) fn shape(&self, tensor: &TensorIr) -> Result<&'a [Length], Error> {
        Ok(&self.value_type(tensor)?.shape)
    }

    /// The name of a value of the record; a constant of the closure is written out at its first use.
    pub(super) fn name(&mut self, tensor: &TensorIr) -> Result<String, Error> {
        if let Some(name) = self.names.get(&tensor.id) {
            return Ok(name.clone());
        }
        let data =
            self.trace.values.get(&tensor.id).ok_or_else(|| Error::Export("a value is used too early".into()))?;
        let name = self.constant(encode(data)?);
        self.names.insert(tensor.id, name.clone());
        Ok(name)
    }

    fn fresh(&mut self, op_type: &str) -> String {
        self.counter += 1;
        format!("/{op_type}/{}", self.counter)
    }

    /// Appends a node that gives the value `out` of the record.
    pub(super) fn node(
        &mut self,
        op_type: &str,
        input: Vec<String>,
        out: &TensorIr,
        attribute: Vec<AttributeProto>,
    ) -> Result<(), Error> {
        let name = self.names.get(&out.id).cloned().unwrap_or_else(|| self.fresh(op_type));
        self.names.insert(out.id, name.clone());
        onnx_type(out.dtype)?;
        self.push(op_type, input, name, attribute);
        Ok(())
    }

    /// Appends a node that gives an intermediate value, and returns its name.
    pub(super) fn step(&mut self, op_type: &str, input: Vec<String>, attribute: Vec<AttributeProto>) -> String {
        let name = self.fresh(op_type);
        self.push(op_type, input, name.clone(), attribute);
        name
    }

    fn push(&mut self, op_type: &str, input: Vec<String>, output: String, attribute: Vec<AttributeProto>) {
        let name = format!("{op_type}:{output}");
        self.nodes.push(NodeProto { input, output: vec![output], name, op_type: op_type.into(), attribute });
    }

    /// The name of a constant; equal constants are written once.
    fn constant(&mut self, tensor: TensorProto) -> String {
        let same = |known: &TensorProto| {
            known.raw_data == tensor.raw_data && known.dims == tensor.dims && known.data_type == tensor.data_type
        };
        if let Some(known) = self.constants.iter().find(|known| same(known)) {
            return known.name.clone();
        }
        let name = format!("/constant/{}", self.constants.len());
        self.constants.push(TensorProto { name: name.clone(), ..tensor });
        name
    }

    /// An INT64 vector.
    pub(super) fn integers(&mut self, values: &[i64]) -> String {
        self.constant(encode_integers(values))
    }

    /// A scalar of rank 0 and the given type.
    pub(super) fn scalar(&mut self, value: ScalarIr, dtype: DType) -> Result<String, Error> {
        Ok(self.constant(encode_scalar(value, dtype, Vec::new())?))
    }

    /// An INT64 vector of lengths, computed from the batch size where it has to be.
    pub(super) fn lengths(&mut self, lengths: &[Length]) -> Result<String, Error> {
        if let Some(values) = lengths.iter().map(|length| length.constant()).collect::<Option<Vec<_>>>() {
            return Ok(self.integers(&values));
        }
        let parts = lengths.iter().map(|&length| self.length(length)).collect::<Result<Vec<_>, _>>()?;
        Ok(if parts.len() == 1 { parts[0].clone() } else { self.step("Concat", parts, vec![integer("axis", 0)]) })
    }

    fn length(&mut self, length: Length) -> Result<String, Error> {
        if length.slope == 0 {
            return Ok(self.integers(&[length.offset]));
        }
        let mut value = self.batch()?;
        if length.slope != 1 {
            let slope = self.integers(&[length.slope]);
            value = self.step("Mul", vec![value, slope], Vec::new());
        }
        if length.offset != 0 {
            let offset = self.integers(&[length.offset]);
            value = self.step("Add", vec![value, offset], Vec::new());
        }
        Ok(value)
    }

    /// The batch size, read off the first input that has the axis.
    fn batch(&mut self) -> Result<String, Error> {
        if let Some(name) = &self.batch {
            return Ok(name.clone());
        }
        let batched = Length { slope: 1, offset: 0 };
        let (input, axis) = (self.trace.inputs.iter())
            .find_map(|id| Some((id, self.trace.types.get(id)?.shape.iter().position(|&length| length == batched)?)))
            .ok_or_else(|| Error::Export("no input has a batch axis".into()))?;
        let shape = self.step("Shape", vec![self.names[input].clone()], Vec::new());
        let axis = self.integers(&[axis as i64]);
        let batch = self.step("Gather", vec![shape, axis], vec![integer("axis", 0)]);
        self.batch = Some(batch.clone());
        Ok(batch)
    }

    /// The whole file.
    pub(super) fn encode(mut self, signature: &Signature) -> Result<Vec<u8>, Error> {
        self.name_outputs(signature)?;
        self.drop_unused(signature);
        let initializer = self.initializers(signature)?;
        let graph = GraphProto {
            input: self.infos(&self.trace.inputs, signature.inputs.iter().map(|input| &input.name))?,
            output: self.infos(&self.trace.outputs, signature.outputs.iter())?,
            node: self.nodes,
            name: "model".into(),
            initializer,
        };
        let metadata_props = signature
            .metadata
            .iter()
            .map(|(k, v)| StringStringEntryProto { key: k.clone(), value: v.clone() })
            .collect();
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: "playable-papers".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            graph: Some(graph),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
            metadata_props,
        };
        Ok(model.encode_to_vec())
    }

    /// Gives a name of its own to an output that is an input, a weight, a constant or an earlier output as well.
    fn name_outputs(&mut self, signature: &Signature) -> Result<(), Error> {
        for (id, name) in self.trace.outputs.iter().zip(&signature.outputs) {
            let known = if let Some(known) = self.names.get(id) {
                known.clone()
            } else {
                let data = self.trace.values.get(id).ok_or_else(|| Error::Export(format!("{name} has no value")))?;
                self.constant(encode(data)?)
            };
            if known != *name {
                self.push("Identity", vec![known], name.clone(), Vec::new());
            }
        }
        Ok(())
    }

    /// Drops the nodes and constants that no output depends on.
    fn drop_unused(&mut self, signature: &Signature) {
        let mut used: BTreeSet<String> = signature.outputs.iter().cloned().collect();
        let mut kept = Vec::new();
        for node in std::mem::take(&mut self.nodes).into_iter().rev() {
            if node.output.iter().any(|name| used.contains(name)) {
                used.extend(node.input.iter().cloned());
                kept.push(node);
            }
        }
        kept.reverse();
        self.nodes = kept;
        self.constants.retain(|constant| used.contains(&constant.name));
    }

    /// Weights in the order of the module, then constants.
    fn initializers(&mut self, signature: &Signature) -> Result<Vec<TensorProto>, Error> {
        let used: BTreeSet<&String> = self.nodes.iter().flat_map(|node| &node.input).collect();
        let mut written = BTreeSet::new();
        let mut initializers = Vec::new();
        for (id, path) in &self.trace.weights {
            let wanted = signature.keeps_unused_weights || used.contains(path);
            if let Some(data) = self.trace.values.get(id).filter(|_| wanted && written.insert(path)) {
                refuse_not_finite(path, data)?;
                initializers.push(TensorProto { name: path.clone(), ..encode(data)? });
            }
        }
        initializers.append(&mut self.constants);
        Ok(initializers)
    }

    fn infos<'n>(
        &self,
        ids: &[TensorId],
        names: impl Iterator<Item = &'n String>,
    ) -> Result<Vec<ValueInfoProto>, Error> {
        ids.iter().zip(names).map(|(id, name)| self.info(*id, name)).collect()
    }

    fn info(&self, id: TensorId, name: &str) -> Result<ValueInfoProto, Error> {
        let known = self.trace.types.get(&id).cloned();
        let constant = || {
            let data = self.trace.values.get(&id)?;
            let shape = data.shape().iter().map(|&length| Length::fixed(length as i64)).collect();
            Some(ValueType { shape, dtype: data.dtype() })
        };
        let value =
            known.or_else(constant).ok_or_else(|| Error::Export(format!("the output {name} is of unknown shape")))?;
        let dim = value.shape.iter().map(|&length| DimensionProto { value: Some(dimension(length)) }).collect();
        let tensor_type = TensorTypeProto { elem_type: onnx_type(value.dtype)?, shape: Some(TensorShapeProto { dim }) };
        Ok(ValueInfoProto { name: name.into(), kind: Some(TypeProto { tensor_type: Some(tensor_type) }) })
    }
}

fn dimension(length: Length) -> DimensionValue {
    match (length.constant(), length) {
        (Some(value), _) => DimensionValue::Value(value),
        (None, Length { slope: 1, offset: 0 }) => DimensionValue::Parameter(BATCH.into()),
        (None, Length { slope, offset }) => DimensionValue::Parameter(format!("{slope}*{BATCH}{offset:+}")),
    }
}

fn refuse_not_finite(path: &str, data: &TensorData) -> Result<(), Error> {
    let Ok(values) = data.as_slice::<f32>() else { return Ok(()) };
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => {
            let value = values[index].to_string();
            Err(Error::NotFinite { name: path.into(), index, value })
        }
        None => Ok(()),
    }
}

/// The element type as a number of the ONNX format.
pub(super) fn onnx_type(dtype: DType) -> Result<i32, Error> {
    Ok(match dtype {
        DType::F32 | DType::Flex32 => proto::FLOAT,
        DType::U8 => 2,
        DType::I8 => 3,
        DType::U16 => 4,
        DType::I16 => 5,
        DType::I32 => 6,
        DType::I64 => proto::INT64,
        DType::Bool(_) => proto::BOOL,
        DType::F16 => 10,
        DType::F64 => 11,
        DType::U32 => 12,
        DType::U64 => 13,
        DType::BF16 => 16,
        DType::QFloat(_) => return Err(Error::Export("quantised tensors cannot be written".into())),
    })
}

fn encode(data: &TensorData) -> Result<TensorProto, Error> {
    let dims: Vec<i64> = data.shape().iter().map(|&length| length as i64).collect();
    let raw_data = data.bytes().to_vec();
    let count = data.shape().num_elements();
    if matches!(data.dtype(), DType::Bool(_)) && raw_data.len() != count {
        return Err(Error::Export("truth values wider than one byte cannot be written".into()));
    }
    Ok(TensorProto { dims, data_type: onnx_type(data.dtype())?, raw_data, ..TensorProto::default() })
}

fn encode_integers(values: &[i64]) -> TensorProto {
    TensorProto {
        dims: vec![values.len() as i64],
        data_type: proto::INT64,
        raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}

/// A tensor of one element.
pub(super) fn encode_scalar(value: ScalarIr, dtype: DType, dims: Vec<i64>) -> Result<TensorProto, Error> {
    let raw_data = match dtype {
        DType::F32 | DType::Flex32 => value.elem::<f32>().to_le_bytes().to_vec(),
        DType::F64 => value.elem::<f64>().to_le_bytes().to_vec(),
        DType::I64 => value.elem::<i64>().to_le_bytes().to_vec(),
        DType::I32 => value.elem::<i32>().to_le_bytes().to_vec(),
        DType::U8 => value.elem::<u8>().to_le_bytes().to_vec(),
        DType::Bool(_) => vec![u8::from(value.elem::<bool>())],
        other => return Err(Error::Export(format!("a scalar of type {other:?} cannot be written"))),
    };
    Ok(TensorProto { dims, data_type: onnx_type(dtype)?, raw_data, ..TensorProto::default() })
}

/// An integer attribute.
pub(super) fn integer(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i, kind: 2, ..AttributeProto::default() }
}

/// A list of integers as an attribute.
pub(super) fn integers(name: &str, values: impl IntoIterator<Item = usize>) -> AttributeProto {
    let ints = values.into_iter().map(|value| value as i64).collect();
    AttributeProto { name: name.into(), ints, kind: 7, ..AttributeProto::default() }
}

/// A float attribute.
pub(super) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), f, kind: 1, ..AttributeProto::default() }
}

/// A text attribute.
pub(super) fn text(name: &str, s: &str) -> AttributeProto {
    AttributeProto { name: name.into(), s: s.into(), kind: 3, ..AttributeProto::default() }
}

/// A tensor attribute.
pub(super) fn tensor(name: &str, t: TensorProto) -> AttributeProto {
    AttributeProto { name: name.into(), t: Some(t), kind: 4, ..AttributeProto::default() }
}
