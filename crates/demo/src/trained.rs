//! Networks that learn in a figure, to be taken home as files.

/// A network that has learned something in the figure.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Trained {
    /// Stable name, and that of the file: `arena-spring-hnn`.
    pub name: String,
    /// As shown: "Hamiltonian network".
    pub label: String,
    /// The published model of the same form, by its name in the manifest: the file takes over its graph.
    pub template: String,
}
