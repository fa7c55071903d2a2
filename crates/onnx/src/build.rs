//! Writing a graph node by node, for networks that are no burn modules; also in the browser.

use prost::Message;

use crate::Error;
use crate::proto::{
    AttributeProto, DimensionProto, DimensionValue, FLOAT, GraphProto, INT64, IR_VERSION, ModelProto, NodeProto, OPSET,
    OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};

/// The name of the batch axis in the files.
const BATCH: &str = "batch";

/// The value of an attribute of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attribute<'a> {
    /// A whole number.
    Integer(i64),
    /// A list of them.
    Integers(&'a [i64]),
    /// A text.
    Text(&'a str),
}

/// A file under construction: one graph, operator set 18, weights inside.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    graph: GraphProto,
    metadata: Vec<StringStringEntryProto>,
    /// The first weight that is wrong.
    refused: Option<Error>,
}

impl Builder {
    /// An empty graph.
    pub fn new() -> Self {
        Self { graph: GraphProto { name: "model".into(), ..GraphProto::default() }, ..Self::default() }
    }

    /// Something that is fed in: `[batch, shape...]`.
    pub fn input(&mut self, name: &str, shape: &[usize]) {
        self.graph.input.push(value(name, shape));
    }

    /// Something that comes out: `[batch, shape...]`.
    pub fn output(&mut self, name: &str, shape: &[usize]) {
        self.graph.output.push(value(name, shape));
    }

    /// A constant of 32-bit floats; one that holds NaN or does not fit its shape makes [`Builder::finish`] refuse.
    pub fn weight(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        if shape.iter().product::<usize>() != values.len() {
            let (name, expected) = (name.to_owned(), shape.to_vec());
            self.refused.get_or_insert(Error::Shape { name, expected, found: vec![values.len()] });
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            let error = Error::NotFinite { name: name.into(), index, value: values[index].to_string() };
            self.refused.get_or_insert(error);
        }
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, shape, FLOAT, raw_data);
    }

    /// A constant vector of whole numbers.
    pub fn integers(&mut self, name: &str, values: &[i64]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, &[values.len()], INT64, raw_data);
    }

    fn constant(&mut self, name: &str, shape: &[usize], data_type: i32, raw_data: Vec<u8>) {
        let dims = shape.iter().map(|&length| length as i64).collect();
        self.graph.initializer.push(TensorProto {
            name: name.into(),
            dims,
            data_type,
            raw_data,
            ..TensorProto::default()
        });
    }

    /// An operation on values named before; it gives the value `output`.
    pub fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: &[(&str, Attribute<'_>)]) {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.into()],
            name: format!("{operator}:{output}"),
            op_type: operator.into(),
            attribute: attributes.iter().map(|(name, value)| attribute(name, *value)).collect(),
        });
    }

    /// A pair of the file's metadata.
    pub fn metadata(&mut self, key: &str, value: &str) {
        self.metadata.push(StringStringEntryProto { key: key.into(), value: value.into() });
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// The first weight that was wrong; a node that uses what nothing gives.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        check_names(&self.graph)?;
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: "playable-papers".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
            metadata_props: self.metadata,
        };
        Ok(model.encode_to_vec())
    }
}

/// Every value that is used was given before.
fn check_names(graph: &GraphProto) -> Result<(), Error> {
    let mut known: Vec<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
    known.extend(graph.initializer.iter().map(|tensor| tensor.name.as_str()));
    for node in &graph.node {
        if let Some(name) = node.input.iter().find(|name| !name.is_empty() && !known.contains(&name.as_str())) {
            return Err(Error::Export(format!("{} needs {name:?}, which nothing gives", node.name)));
        }
        known.extend(node.output.iter().map(String::as_str));
    }
    match graph.output.iter().find(|output| !known.contains(&output.name.as_str())) {
        Some(output) => Err(Error::Export(format!("nothing gives the output {:?}", output.name))),
        None => Ok(()),
    }
}

fn value(name: &str, shape: &[usize]) -> ValueInfoProto {
    let batch = DimensionProto { value: Some(DimensionValue::Parameter(BATCH.into())) };
    let lengths = shape.iter().map(|&length| DimensionProto { value: Some(DimensionValue::Value(length as i64)) });
    let dim = std::iter::once(batch).chain(lengths).collect();
    let tensor_type = TensorTypeProto { elem_type: FLOAT, shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: name.into(), kind: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}

fn attribute(name: &str, value: Attribute<'_>) -> AttributeProto {
    let named = AttributeProto { name: name.into(), ..AttributeProto::default() };
    match value {
        Attribute::Integer(i) => AttributeProto { i, kind: 2, ..named },
        Attribute::Integers(ints) => AttributeProto { ints: ints.to_vec(), kind: 7, ..named },
        Attribute::Text(s) => AttributeProto { s: s.into(), kind: 3, ..named },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::File;

    fn sum(weights: &[f32], needs: &str) -> Result<Vec<u8>, Error> {
        let mut graph = Builder::new();
        graph.input("x", &[2]);
        graph.weight("bias", &[2], weights);
        graph.node("Add", &["x", needs], "y", &[]);
        graph.output("y", &[2]);
        graph.metadata("made", "here");
        graph.finish()
    }

    #[test]
    fn what_is_built_is_read_again() {
        let file = File::parse(&sum(&[1.0, 2.0], "bias").unwrap()).unwrap();
        assert_eq!(file.initializer("bias").unwrap().floats().unwrap(), [1.0, 2.0]);
        assert_eq!((file.inputs()[0].name.as_str(), file.outputs()[0].name.as_str()), ("x", "y"));
        assert_eq!(file.opset(), Some(18));
        assert_eq!(file.metadata(), [("made".into(), "here".into())]);
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn what_is_built_runs() {
        let model = crate::tract::Model::load(&sum(&[1.0, 2.0], "bias").unwrap()).unwrap();
        let x = crate::Array { name: "x".into(), shape: vec![3, 2], values: vec![0.0; 6] };
        assert_eq!(model.run(&[x]).unwrap()[0].values, [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert_eq!(
            sum(&[1.0, f32::NAN], "bias").unwrap_err().to_string(),
            "bias: element 1 is NaN, not a finite number"
        );
        assert!(matches!(sum(&[1.0], "bias"), Err(Error::Shape { .. })));
        assert!(sum(&[1.0, 2.0], "weight").unwrap_err().to_string().contains("\"weight\", which nothing gives"));
    }
}
