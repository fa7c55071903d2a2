//! What can be wrong with a file, a model or a call, in words that a visitor of a page can read.

/// Every refusal of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// The bytes stop in the middle of a message, or before the graph.
    #[error("the file ends early; it may not have been downloaded or saved completely")]
    Truncated,
    /// The bytes are not an ONNX model.
    #[error("this is not an ONNX file ({0})")]
    Foreign(String),
    /// The file breaks a rule of the format.
    #[error("{name}: {reason}")]
    Malformed {
        /// The tensor or value concerned.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A parameter of the module that the file does not hold.
    #[error("{0}: not in the file")]
    Missing(String),
    /// Weights of the file that the module has no place for.
    #[error("the file holds weights that this model has no place for: {}", .0.join(", "))]
    Surplus(Vec<String>),
    /// A tensor of another shape than the module or the caller needs.
    #[error("{name}: expected {expected:?}, found {found:?}")]
    Shape {
        /// The tensor concerned.
        name: String,
        /// What was needed.
        expected: Vec<usize>,
        /// What the file or the call gives.
        found: Vec<usize>,
    },
    /// A tensor of another element type than 32-bit floating point.
    #[error("{name}: expected FLOAT (32 bits), found {found}")]
    ElementType {
        /// The tensor concerned.
        name: String,
        /// The type found, by its name in the ONNX format.
        found: &'static str,
    },
    /// NaN or an infinity.
    #[error("{name}: element {index} is {value}, not a finite number")]
    NotFinite {
        /// The tensor concerned.
        name: String,
        /// Its position in row-major order.
        index: usize,
        /// NaN, inf or -inf.
        value: String,
    },
    /// The model does something that cannot be written as ONNX, or not here.
    #[error("cannot export: {0}")]
    Export(String),
    /// A model that cannot be run here: an operator that the engine does not know, or shapes that contradict.
    #[error("this model cannot be run here: {0}")]
    Engine(String),
    /// A model that runs, but not as the figure needs it.
    #[error("this figure cannot play the model: {0}")]
    Contract(String),
    /// Golden vectors that cannot be read or compared.
    #[error("golden vectors: {0}")]
    Golden(String),
}
