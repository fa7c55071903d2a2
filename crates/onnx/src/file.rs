//! Reading a file: its weights, its inputs and outputs, its metadata. Nothing is computed here.

use prost::Message;

use crate::Error;
use crate::proto::{self, DimensionValue, ModelProto, TensorProto, ValueInfoProto};

/// A parsed ONNX file, checked as far as its own consistency goes.
#[derive(Clone, Debug)]
pub struct File {
    initializers: Vec<Initializer>,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    metadata: Vec<(String, String)>,
    opset: Option<i64>,
}

impl File {
    /// Reads the bytes of a file.
    ///
    /// Every constant is known to have as many values as its shape says afterwards; whether they are finite is checked
    /// where they are read ([`Initializer::floats`]). No memory is reserved on the word of the file alone.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`], [`Error::Truncated`], [`Error::Foreign`] or [`Error::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let model = decode(bytes)?;
        let graph = model.graph.ok_or(Error::Truncated)?;
        let attributes = graph.node.iter().flat_map(|node| &node.attribute);
        for tensor in attributes.filter_map(|attribute| attribute.t.clone()) {
            Initializer::new(tensor)?;
        }
        let initializers = graph.initializer.into_iter().map(Initializer::new).collect::<Result<Vec<_>, _>>()?;
        // Before IR version 4 every initialiser was listed among the inputs, too.
        let is_fed = |value: &ValueInfoProto| !initializers.iter().any(|initializer| initializer.name == value.name);
        Ok(Self {
            inputs: graph.input.iter().filter(|value| is_fed(value)).map(Value::new).collect(),
            outputs: graph.output.iter().map(Value::new).collect(),
            metadata: model.metadata_props.into_iter().map(|entry| (entry.key, entry.value)).collect(),
            opset: model.opset_import.iter().find(|set| is_onnx_domain(&set.domain)).map(|set| set.version),
            initializers,
        })
    }

    /// The constants of the file in its own order: weights, and what the operations need besides.
    pub fn initializers(&self) -> &[Initializer] {
        &self.initializers
    }

    /// The initialiser of this name.
    pub fn initializer(&self, name: &str) -> Option<&Initializer> {
        self.initializers.iter().find(|initializer| initializer.name == name)
    }

    /// What has to be fed in.
    pub fn inputs(&self) -> &[Value] {
        &self.inputs
    }

    /// What comes out.
    pub fn outputs(&self) -> &[Value] {
        &self.outputs
    }

    /// The metadata, key and value, in the order of the file.
    pub fn metadata(&self) -> &[(String, String)] {
        &self.metadata
    }

    /// The version of the ONNX operator set that the file asks for.
    pub fn opset(&self) -> Option<i64> {
        self.opset
    }
}

/// A constant tensor of a file.
#[derive(Clone, Debug)]
pub struct Initializer {
    name: String,
    shape: Vec<usize>,
    tensor: TensorProto,
}

impl Initializer {
    fn new(tensor: TensorProto) -> Result<Self, Error> {
        let name = tensor.name.clone();
        let malformed = |reason: &str| Error::Malformed { name: name.clone(), reason: reason.into() };
        if tensor.data_location == 1 {
            return Err(malformed("its values lie in a second file; save the model with its weights embedded"));
        }
        let shape = tensor
            .dims
            .iter()
            .map(|&dim| usize::try_from(dim))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| malformed("a dimension is negative"))?;
        let count = shape
            .iter()
            .try_fold(1_usize, |count, &dim| count.checked_mul(dim))
            .ok_or_else(|| malformed("its dimensions are too large"))?;
        if !fits(&tensor, count) {
            return Err(malformed(&format!("its shape {shape:?} does not fit its data")));
        }
        Ok(Self { name, shape, tensor })
    }

    /// The name, for a weight the path in its module, as in "layers.0.weight".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The dimensions, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether the elements are 32-bit floating point numbers.
    pub fn is_float(&self) -> bool {
        self.tensor.data_type == proto::FLOAT
    }

    /// The values in row-major order.
    ///
    /// # Errors
    ///
    /// [`Error::ElementType`] when they are no 32-bit floats, [`Error::NotFinite`] at the first NaN or infinity.
    pub fn floats(&self) -> Result<Vec<f32>, Error> {
        if !self.is_float() {
            let found = element_type_name(self.tensor.data_type);
            return Err(Error::ElementType { name: self.name.clone(), found });
        }
        let values = if self.tensor.raw_data.is_empty() {
            self.tensor.float_data.clone()
        } else {
            self.tensor.raw_data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
        };
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(Error::NotFinite { name: self.name.clone(), index, value: values[index].to_string() }),
            None => Ok(values),
        }
    }
}

/// An input or output of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The name by which it is fed or fetched.
    pub name: String,
    /// The dimensions, outermost first; empty for a scalar, and where the file does not say.
    pub shape: Vec<Dimension>,
    /// The type of the elements, by its name in the ONNX format, as in "FLOAT".
    pub element: &'static str,
}

impl Value {
    fn new(value: &ValueInfoProto) -> Self {
        let tensor = value.kind.as_ref().and_then(|kind| kind.tensor_type.as_ref());
        let dims = tensor.and_then(|tensor| tensor.shape.as_ref()).map_or(&[][..], |shape| &shape.dim);
        let shape = dims.iter().map(|dim| Dimension::new(dim.value.as_ref())).collect();
        let element = element_type_name(tensor.map_or(0, |tensor| tensor.elem_type));
        Self { name: value.name.clone(), shape, element }
    }
}

/// One dimension of an input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Always this long.
    Fixed(usize),
    /// Chosen by the caller; equal names are equally long.
    Named(String),
    /// The file does not say.
    Unknown,
}

impl Dimension {
    fn new(value: Option<&DimensionValue>) -> Self {
        match value {
            Some(DimensionValue::Value(length)) => usize::try_from(*length).map_or(Self::Unknown, Self::Fixed),
            Some(DimensionValue::Parameter(name)) => Self::Named(name.clone()),
            None => Self::Unknown,
        }
    }
}

/// Whether `count` elements are stored, as far as their type is known and they are not packed as integers.
fn fits(tensor: &TensorProto, count: usize) -> bool {
    match (tensor.raw_data.len(), element_bytes(tensor.data_type)) {
        (0, _) => tensor.data_type != proto::FLOAT || tensor.float_data.len() == count,
        (length, Some(bytes)) => count.checked_mul(bytes) == Some(length),
        (_, None) => true,
    }
}

fn element_bytes(data_type: i32) -> Option<usize> {
    match data_type {
        2 | 3 | 9 => Some(1),
        4 | 5 | 10 | 16 => Some(2),
        1 | 6 | 12 => Some(4),
        7 | 11 | 13 | 14 => Some(8),
        15 => Some(16),
        _ => None,
    }
}

fn is_onnx_domain(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

pub(crate) fn decode(bytes: &[u8]) -> Result<ModelProto, Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    match (ModelProto::decode(bytes), framing(bytes)) {
        (Ok(model), _) if model.graph.is_some() && model.ir_version > 0 => Ok(model),
        (_, Framing::EndsEarly) | (Ok(_), Framing::Whole) => Err(Error::Truncated),
        (Ok(_), Framing::Foreign) => Err(Error::Foreign("it holds no graph".into())),
        (Err(_), Framing::Whole) => Err(Error::Foreign("its graph cannot be read".into())),
        (Err(_), Framing::Foreign) => Err(Error::Foreign("its beginning is not that of a model".into())),
    }
}

/// What the outermost fields of the bytes look like.
#[derive(Debug, PartialEq, Eq)]
enum Framing {
    /// Fields of a model, up to the last byte.
    Whole,
    /// Fields of a model, the last of which is longer than the bytes.
    EndsEarly,
    /// Something else.
    Foreign,
}

/// Walks over the fields of a `ModelProto` without reading them, to tell a cut file from a foreign one.
fn framing(bytes: &[u8]) -> Framing {
    let mut rest = bytes;
    while !rest.is_empty() {
        if let Err(verdict) = skip_field(&mut rest) {
            return verdict;
        }
    }
    Framing::Whole
}

fn skip_field(rest: &mut &[u8]) -> Result<(), Framing> {
    let key = varint(rest)?;
    match (key >> 3, key & 7) {
        // ir_version, model_version
        (1 | 5, 0) => varint(rest).map(drop),
        // names and doc, graph, opsets, metadata, training, functions
        (2 | 3 | 4 | 6 | 7 | 8 | 14 | 20 | 25, 2) => {
            let length = usize::try_from(varint(rest)?).map_err(|_| Framing::EndsEarly)?;
            *rest = rest.get(length..).ok_or(Framing::EndsEarly)?;
            Ok(())
        }
        _ => Err(Framing::Foreign),
    }
}

/// Takes one base-128 number of at most 64 bits off the front.
fn varint(bytes: &mut &[u8]) -> Result<u64, Framing> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Framing::EndsEarly)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Framing::Foreign)
}

fn element_type_name(data_type: i32) -> &'static str {
    match data_type {
        1 => "FLOAT",
        2 => "UINT8",
        3 => "INT8",
        4 => "UINT16",
        5 => "INT16",
        6 => "INT32",
        7 => "INT64",
        8 => "STRING",
        9 => "BOOL",
        10 => "FLOAT16",
        11 => "DOUBLE",
        12 => "UINT32",
        13 => "UINT64",
        14 => "COMPLEX64",
        15 => "COMPLEX128",
        16 => "BFLOAT16",
        _ => "an unknown type",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::proto::{GraphProto, OperatorSetIdProto};

    /// A FLOAT initialiser with raw data.
    pub(crate) fn raw_float(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
        TensorProto {
            name: name.into(),
            dims: dims.to_vec(),
            data_type: proto::FLOAT,
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ..TensorProto::default()
        }
    }

    /// A file with these initialisers and no operations.
    pub(crate) fn file_of(initializer: Vec<TensorProto>) -> Vec<u8> {
        let graph = GraphProto { initializer, name: "g".into(), ..GraphProto::default() };
        let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 18 }];
        ModelProto { ir_version: 8, graph: Some(graph), opset_import, ..ModelProto::default() }.encode_to_vec()
    }

    fn refusal(bytes: &[u8]) -> String {
        File::parse(bytes).expect_err("must be refused").to_string()
    }

    #[test]
    fn reads_raw_data_and_float_data_alike() {
        let mut listed = raw_float("listed", &[2], &[]);
        listed.float_data = vec![1.5, -2.0];
        let file = File::parse(&file_of(vec![raw_float("raw", &[1, 2], &[1.5, -2.0]), listed])).unwrap();
        assert_eq!(file.opset(), Some(18));
        for (name, shape) in [("raw", vec![1, 2]), ("listed", vec![2])] {
            let initializer = file.initializer(name).unwrap();
            assert_eq!((initializer.shape(), initializer.floats().unwrap()), (&shape[..], vec![1.5, -2.0]));
        }
    }

    #[test]
    fn an_empty_file_is_named_so() {
        assert_eq!(refusal(&[]), "the file is empty");
    }

    #[test]
    fn every_cut_of_a_file_is_named_so() {
        let bytes = file_of(vec![raw_float("w", &[3], &[1.0, 2.0, 3.0])]);
        let graph_end = bytes.len() - 4;
        for length in 1..graph_end {
            assert!(refusal(&bytes[..length]).starts_with("the file ends early"), "cut at {length}");
        }
    }

    #[test]
    fn foreign_bytes_are_named_so() {
        let page = b"<!DOCTYPE html><html><body>404 Not Found</body></html>";
        let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        let archive = b"PK\x03\x04\x14\0\0\0";
        for bytes in [&page[..], picture, archive, b"{\"a\": 1}", b"hello world", &[0xff; 64], &[0; 64]] {
            assert!(refusal(bytes).starts_with("this is not an ONNX file"), "{bytes:?}: {}", refusal(bytes));
        }
    }

    #[test]
    fn hostile_sizes_are_refused_before_any_memory_is_reserved() {
        let huge = |dims: &[i64]| refusal(&file_of(vec![raw_float("w", dims, &[1.0])]));
        assert_eq!(huge(&[i64::MAX, i64::MAX]), "w: its dimensions are too large");
        assert_eq!(huge(&[1 << 40]), "w: its shape [1099511627776] does not fit its data");
        assert_eq!(huge(&[-1]), "w: a dimension is negative");
        assert_eq!(huge(&[0]), "w: its shape [0] does not fit its data");
    }

    #[test]
    fn a_second_file_of_weights_is_refused() {
        let tensor = TensorProto { data_location: 1, ..raw_float("w", &[1], &[]) };
        assert!(refusal(&file_of(vec![tensor])).contains("second file"));
    }

    #[test]
    fn weights_that_are_not_finite_are_refused() {
        for (value, text) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
            let file = File::parse(&file_of(vec![raw_float("w", &[2], &[0.0, value])])).unwrap();
            let error = file.initializers()[0].floats().unwrap_err();
            assert_eq!(error.to_string(), format!("w: element 1 is {text}, not a finite number"));
        }
    }

    #[test]
    fn other_element_types_are_named() {
        let tensor = TensorProto { data_type: 11, ..raw_float("w", &[1], &[0.0, 0.0]) };
        let file = File::parse(&file_of(vec![tensor])).unwrap();
        let error = file.initializers()[0].floats().unwrap_err();
        assert_eq!(error.to_string(), "w: expected FLOAT (32 bits), found DOUBLE");
    }
}
