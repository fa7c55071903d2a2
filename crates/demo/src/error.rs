//! Errors of a figure, in words for its visitor.

/// What can go wrong in a figure. The message is shown to the visitor as it stands.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A control, handle, figure or model of that name does not exist.
    #[error("There is no {what} “{id}” in this figure.")]
    Unknown {
        /// control, handle, figure, model
        what: &'static str,
        /// The name that was asked for.
        id: String,
    },
    /// A value of the wrong kind, or not a number.
    #[error("“{id}” cannot be {found}: {expected} is needed.")]
    BadValue {
        /// Control or handle.
        id: String,
        /// What came.
        found: String,
        /// What is needed.
        expected: String,
    },
    /// A URL state that cannot be read.
    #[error("The link's state was not used: {0}")]
    BadState(String),
    /// A snapshot that cannot be read.
    #[error("The saved figure could not be restored: {0}")]
    BadSnapshot(String),
    /// A model file that cannot be used.
    #[error("The model “{name}” cannot be used: {reason}")]
    BadModel {
        /// File or model.
        name: String,
        /// Why, and what is needed.
        reason: String,
    },
    /// A computation gave something that is not a number.
    #[error("{0}")]
    Numerical(String),
    /// The figure cannot do that.
    #[error("{0}")]
    Unsupported(String),
    /// The engine failed (a lost GPU, a failed read).
    #[error("The {engine} engine stopped: {reason}")]
    Engine {
        /// CPU or WebGPU
        engine: &'static str,
        /// As told by the engine.
        reason: String,
    },
}
