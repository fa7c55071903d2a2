//! Writing a burn model as an ONNX file.
//!
//! [`export`] runs the model on burn's capture device, which records operations instead of executing them, and lowers
//! the record to ONNX: operator set 18, IR version 8, weights embedded and named by their path in the module, equal
//! bytes for equal models.
//!
//! # The batch axis
//!
//! A record holds numbers only: whether an 11 in it is the batch or a width, nobody can tell. So the model is captured
//! three times, with batches of 11, 17 and 23. Every number of the three records that differs must be an integer
//! multiple of the batch plus a constant ([`symbolic`]); it becomes an expression over the batch axis in the file. A
//! number for which that fails, or a model that takes another path for another batch, is refused.
//!
//! # Why this is not burn-onnx's exporter
//!
//! burn-onnx 0.22 has an experimental exporter on the same capture. It suffices for stock convolutional networks. It
//! does not for ours: it refuses every slice of a tensor whose batch is dynamic (the symplectic field is two slices and
//! a concatenation), lacks transposition (the closed-form gradient uses each weight both ways) and some thirty further
//! operations that later papers need, names neither inputs nor outputs, writes no metadata, and its lowering cannot be
//! extended from outside. What is shared with it is what does the work: burn's capture and its operation records.

mod capture;
mod graph;
mod lower;
mod symbolic;

use burn::module::Module;

pub use capture::{Argument, Returned};

use crate::Error;
use capture::Capture;
use symbolic::Trace;

/// One axis of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// As long as the caller likes, equally long in all inputs: `batch` in the file.
    Batch,
    /// Always this long.
    Fixed(usize),
}

/// The element type of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floating point numbers.
    Float,
    /// 64-bit integers.
    Int,
}

/// An input of the exported file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The name in the file.
    pub name: String,
    /// The axes, outermost first.
    pub axes: Vec<Axis>,
    /// What the elements are.
    pub element: Element,
}

impl Input {
    /// A float input of shape `[batch, rest...]`.
    pub fn batched(name: &str, rest: &[usize]) -> Self {
        let rest = rest.iter().map(|&length| Axis::Fixed(length));
        Self { name: name.into(), axes: std::iter::once(Axis::Batch).chain(rest).collect(), element: Element::Float }
    }

    fn shape(&self, batch: usize) -> Vec<usize> {
        let length = |axis: &Axis| match *axis {
            Axis::Batch => batch,
            Axis::Fixed(length) => length,
        };
        self.axes.iter().map(length).collect()
    }
}

/// What the exported file says about itself beside its operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// The inputs, in the order in which the closure sees them.
    pub inputs: Vec<Input>,
    /// The names of the outputs, in the order in which the closure returns them.
    pub outputs: Vec<String>,
    /// Pairs for the file's metadata, in this order.
    pub metadata: Vec<(String, String)>,
    /// Whether weights that no output depends on are written, too, so that the file fills the whole module again.
    pub keeps_unused_weights: bool,
}

impl Signature {
    /// A signature without metadata that leaves unused weights out.
    pub fn new(inputs: impl Into<Vec<Input>>, outputs: &[&str]) -> Self {
        let outputs = outputs.iter().map(|&name| name.into()).collect();
        Self { inputs: inputs.into(), outputs, ..Self::default() }
    }

    /// Adds one pair of metadata.
    pub fn with_metadata(mut self, key: &str, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// Also writes the weights that no output depends on.
    pub fn with_unused_weights(mut self) -> Self {
        self.keeps_unused_weights = true;
        self
    }

    fn check(&self) -> Result<(), Error> {
        let names: Vec<&String> = self.inputs.iter().map(|input| &input.name).chain(&self.outputs).collect();
        match names.iter().enumerate().find(|(index, name)| name.is_empty() || names[..*index].contains(name)) {
            Some((_, name)) => Err(Error::Export(format!("the name {name:?} of an input or output is not unique"))),
            None => Ok(()),
        }
    }
}

/// The bytes of an ONNX file that computes what `forward` computes with `module`.
///
/// `forward` is called several times with the module on a capture device; it must build its outputs from the arguments
/// and the module by tensor operations alone, and must not read a tensor's values.
///
/// ```
/// # use burn::module::Module;
/// # use burn::nn::{Linear, LinearConfig};
/// # use burn::tensor::Device;
/// # fn main() -> Result<(), onnx::Error> {
/// let model: Linear = LinearConfig::new(2, 3).init(&Device::flex());
/// let signature = onnx::Signature::new([onnx::Input::batched("x", &[2])], &["y"]);
/// let bytes = onnx::export(&model, &signature, |model, inputs| Ok(vec![model.forward(inputs[0].float::<2>()?).into()]))?;
/// assert_eq!(onnx::File::parse(&bytes)?.initializers()[0].name(), "weight");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error::Export`] when an operation has no counterpart here (it is named), when the graph depends on the batch in a
/// way that cannot be written, or when `signature` does not fit what `forward` returns; whatever `forward` refuses.
///
/// # Panics
///
/// Where `forward` panics, for instance because shapes do not fit.
pub fn export<M: Module>(
    module: &M,
    signature: &Signature,
    forward: impl Fn(&M, &[Argument]) -> Result<Vec<Returned>, Error>,
) -> Result<Vec<u8>, Error> {
    signature.check()?;
    // Training state off, and off the autodiff device, which cannot be captured.
    let module = module.valid();
    let captures = symbolic::BATCHES.map(|batch| Capture::record(&module, signature, batch, &forward));
    let [first, second, third] = captures;
    lower::lower(&Trace::new([first?, second?, third?])?, signature)
}
