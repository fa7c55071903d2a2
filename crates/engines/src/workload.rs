//! Which workloads there are, and their sizes.

use hnn::model::{Kind, Shape};

use crate::Error;

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// A step of a perceptron that regresses a field: mean squared error, Adam.
    Regression,
    /// A step of a Hamiltonian network, its symplectic gradient in closed form: mean squared error, Adam.
    Hamiltonian,
    /// A step of the CNN of MNIST-1D: cross-entropy, Adam.
    Classification,
    /// The perceptron's outputs for a batch.
    Forward,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Workload {
    /// Stable name.
    pub id: &'static str,
    /// For readers.
    pub label: &'static str,
    /// What is computed.
    pub task: Task,
    /// Examples in the batch.
    pub rows: usize,
    /// Adam's learning rate; zero where nothing is learned.
    pub rate: f32,
}

/// All of them.
pub const WORKLOADS: [Workload; 7] = [
    training("W1", "MLP 4-200-200-4 tanh, batch 100, train", Task::Regression, 100, 1e-3),
    training("W2", "MLP 4-200-200-4 tanh, batch 750, train", Task::Regression, 750, 1e-3),
    training("W3", "MNIST-1D CNN 1-25-25-25, 10, batch 100, train", Task::Classification, 100, 1e-2),
    training("W4", "HNN 2-200-200-1 in closed form, batch 750, train", Task::Hamiltonian, 750, 1e-3),
    training("W5-1", "MLP 4-200-200-4, one forward call, batch 1", Task::Forward, 1, 0.0),
    training("W5-256", "MLP 4-200-200-4, one forward call, batch 256", Task::Forward, 256, 0.0),
    training("W5-4096", "MLP 4-200-200-4, one forward call, batch 4096", Task::Forward, 4096, 0.0),
];

const fn training(id: &'static str, label: &'static str, task: Task, rows: usize, rate: f32) -> Workload {
    Workload { id, label, task, rows, rate }
}

impl Workload {
    /// The one of this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] when there is none.
    pub fn find(id: &str) -> Result<Self, Error> {
        WORKLOADS.into_iter().find(|workload| workload.id == id).ok_or_else(|| Error::Unknown(id.to_owned()))
    }

    /// The network, where it is one of the paper `hnn`.
    pub(crate) fn shape(self) -> Option<Shape> {
        let (kind, dimension) = match self.task {
            Task::Regression | Task::Forward => (Kind::Baseline, 4),
            Task::Hamiltonian => (Kind::Hnn, 2),
            Task::Classification => return None,
        };
        Some(Shape { kind, dimension, hidden: hnn::model::HIDDEN })
    }

    /// Multiplications and additions of one iteration in matrix products.
    pub fn flops(self) -> f64 {
        // A training step goes through the products three times; so does that of a slope, through twice as many.
        let (passes, multiplications) = match self.task {
            Task::Regression => (3.0, 4.0 * 200.0 + 200.0 * 200.0 + 200.0 * 4.0),
            Task::Forward => (1.0, 4.0 * 200.0 + 200.0 * 200.0 + 200.0 * 4.0),
            Task::Hamiltonian => (6.0, 2.0 * 200.0 + 200.0 * 200.0 + 200.0),
            Task::Classification => (3.0, 19.0 * 125.0 + 10.0 * 1875.0 + 5.0 * 1875.0 + 1250.0),
        };
        2.0 * passes * multiplications * self.rows as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_is_found_by_its_name_or_refused_with_the_list() {
        assert_eq!(Workload::find("W3").unwrap().task, Task::Classification);
        let refusal = Workload::find("W9").unwrap_err().to_string();
        assert!(refusal.contains("W9") && refusal.contains("W5-4096"), "{refusal}");
    }
}
