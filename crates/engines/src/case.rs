//! What every engine is given: first weights and one fixed batch.

use hnn::model::Direct;
use math::random::Mt19937;
use mnist1d::data::{Settings, generate};
use mnist1d::learner::{PAPER_SEED, Rows};
use mnist1d::model::Kind;

use crate::workload::{Task, Workload};
use crate::{Error, onnx_file};

/// Seed of the perceptrons' first weights.
const WEIGHTS: u32 = 0;
/// Seed of their states.
const STATES: u32 = 1;

/// A workload with its numbers. Steps begin from the weights and see the same batch each time.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Case {
    /// Which.
    #[serde(flatten)]
    pub workload: Workload,
    /// Operations of an iteration, [`Workload::flops`].
    pub flops: f64,
    /// Numbers in a row of x.
    pub inputs: usize,
    /// All weights in our own order.
    pub parameters: Vec<f32>,
    /// The same by name, `[inputs, outputs]` in perceptrons, as PyTorch has them in the CNN.
    pub tensors: Vec<Tensor>,
    /// `[rows, inputs]`.
    pub x: Vec<f32>,
    /// What is to come out, `[rows, inputs]`; classes, `[rows]`, in a classification.
    pub targets: Vec<f32>,
    /// The network as an ONNX file, where it is only run.
    pub onnx: Vec<u8>,
}

/// Some of the weights.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Tensor {
    /// Layer and role.
    pub name: String,
    /// Lengths of its axes.
    pub shape: Vec<usize>,
    /// Row after row.
    pub values: Vec<f32>,
}

impl Case {
    /// The numbers of a workload, the same everywhere.
    ///
    /// # Errors
    /// [`Error::Data`] when they could not be made.
    pub fn new(workload: Workload) -> Result<Self, Error> {
        match workload.shape() {
            Some(shape) => Self::of_states(workload, &Direct::new(shape, &mut Mt19937::new(WEIGHTS))),
            None => Self::of_digits(workload),
        }
    }

    /// Uniform states, whose derivatives are those of springs: dq/dt = 2 p, dp/dt = -2 q.
    fn of_states(workload: Workload, network: &Direct) -> Result<Self, Error> {
        let (shape, parameters) = (network.shape(), network.parameters().to_vec());
        let mut random = Mt19937::new(STATES);
        let inputs = shape.dimension;
        let x: Vec<f32> = (0..inputs * workload.rows).map(|_| random.uniform(-1.0, 1.0) as f32).collect();
        let targets = x.chunks_exact(inputs).flat_map(spring).collect();
        let mut rest = parameters.as_slice();
        let mut tensors = Vec::new();
        for (name, shape) in shape.parameters() {
            let (values, after) = rest.split_at(shape.iter().product());
            tensors.push(Tensor { name, shape, values: values.to_vec() });
            rest = after;
        }
        let onnx = if workload.task == Task::Forward { onnx_file::perceptron(workload, &tensors)? } else { Vec::new() };
        Ok(Self { workload, flops: workload.flops(), inputs, parameters, tensors, x, targets, onnx })
    }

    /// The first rows of the paper's data set.
    fn of_digits(workload: Workload) -> Result<Self, Error> {
        let data = generate(&Settings::default())
            .map_err(|error| Error::Data { workload: workload.id, reason: error.to_string() })?;
        let [train, _] = Rows::of(&data);
        let rows = train.first(workload.rows);
        let network = Kind::Cnn.network().initialised(&mut Mt19937::new(PAPER_SEED));
        let tensors = network.tensors().into_iter();
        Ok(Self {
            workload,
            flops: workload.flops(),
            inputs: rows.length,
            tensors: tensors
                .map(|tensor| Tensor { name: tensor.name, shape: tensor.shape, values: tensor.values })
                .collect(),
            parameters: network.parameters,
            x: rows.x,
            targets: rows.y.iter().map(|class| f32::from(*class)).collect(),
            onnx: Vec::new(),
        })
    }
}

fn spring(state: &[f32]) -> Vec<f32> {
    let (q, p) = state.split_at(state.len() / 2);
    p.iter().map(|p| 2.0 * p).chain(q.iter().map(|q| -2.0 * q)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WORKLOADS;

    #[test]
    fn every_case_has_all_its_numbers() {
        for workload in WORKLOADS {
            let case = Case::new(workload).unwrap();
            let named: usize = case.tensors.iter().map(|tensor| tensor.values.len()).sum();
            assert_eq!(named, case.parameters.len());
            assert_eq!(case.x.len(), workload.rows * case.inputs);
            let targets = if workload.task == Task::Classification { 1 } else { case.inputs };
            assert_eq!(case.targets.len(), workload.rows * targets);
            assert_eq!(case.onnx.is_empty(), workload.task != Task::Forward);
            assert!(case.tensors.iter().all(|tensor| tensor.shape.iter().product::<usize>() == tensor.values.len()));
        }
    }

    #[test]
    fn a_spring_is_pulled_back() {
        assert_eq!(spring(&[1.0, 2.0, 3.0, 4.0]), [6.0, 8.0, -2.0, -4.0]);
    }
}
