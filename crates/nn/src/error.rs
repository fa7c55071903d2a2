//! What can go wrong with weights.

/// Errors of reading and setting weights.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A vector of the wrong length for this module.
    #[error("{what}: {expected} numbers are needed, {found} were given")]
    Length {
        /// parameters, optimiser state
        what: &'static str,
        /// How many the module has.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// The device did not hand out its numbers.
    #[error("the device failed: {0}")]
    Read(String),
}
