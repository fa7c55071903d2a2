//! Our CPU engine on a workload.

use hnn::model::{Direct, Shape};
use math::single::Adam;
use mnist1d::learner::{Learner, Rows};
use mnist1d::model::Kind;

use crate::Error;
use crate::case::Case;
use crate::workload::{Task, Workload};

/// A workload that runs.
#[derive(Debug)]
pub struct Job {
    case: Case,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Regression(Box<Regression>),
    Classification(Box<Learner>, Rows),
    Forward(Box<Direct>),
}

#[derive(Debug)]
struct Regression {
    network: Direct,
    gradient: Vec<f32>,
    adam: Adam,
}

impl Job {
    /// A workload at its first weights.
    ///
    /// # Errors
    /// [`Error::Data`] when its data could not be made.
    pub fn new(workload: Workload) -> Result<Self, Error> {
        let case = Case::new(workload)?;
        let engine = Engine::new(&case)?;
        Ok(Self { case, engine })
    }

    /// So many steps from the first weights on, or so many calls of a network that is only run; the loss before each step.
    ///
    /// # Errors
    /// None that [`Self::new`] did not have.
    pub fn run(&mut self, steps: usize) -> Result<Vec<f32>, Error> {
        let case = &self.case;
        if case.workload.task != Task::Forward {
            self.engine = Engine::new(case)?;
        }
        let step = |_| match &mut self.engine {
            Engine::Regression(regression) => Some(regression.step(&case.x, &case.targets)),
            Engine::Classification(learner, rows) => Some(learner.step(rows).loss),
            Engine::Forward(network) => {
                std::hint::black_box(network.energy_and_field(&case.x));
                None
            }
        };
        Ok((0..steps).filter_map(step).collect())
    }

    /// What comes out of a network that is only run; nothing of one that learns.
    ///
    /// # Shapes
    /// - result: `[rows, outputs]`
    pub fn outputs(&mut self) -> Vec<f32> {
        match &mut self.engine {
            Engine::Forward(network) => network.energy_and_field(&self.case.x).1,
            Engine::Regression(_) | Engine::Classification(..) => Vec::new(),
        }
    }

    /// The losses of the first steps; of a network that is only run its one, from all that comes out.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn losses(&mut self, steps: usize) -> Result<Vec<f32>, Error> {
        match self.case.workload.task {
            Task::Forward => Ok(vec![mean_square(&self.outputs(), &self.case.targets)]),
            _ => self.run(steps),
        }
    }
}

impl Engine {
    fn new(case: &Case) -> Result<Self, Error> {
        let workload = case.workload;
        Ok(match workload.shape() {
            Some(shape) if workload.task == Task::Forward => Self::Forward(Box::new(network(case, shape)?)),
            Some(shape) => Self::Regression(Box::new(Regression {
                network: network(case, shape)?,
                gradient: vec![0.0; case.parameters.len()],
                adam: Adam::new(workload.rate, case.parameters.len()),
            })),
            None => {
                let mut network = Kind::Cnn.network();
                network.parameters.clone_from(&case.parameters);
                let labels = case.targets.iter().map(|class| *class as u8).collect();
                let rows = Rows::new(case.inputs, case.x.clone(), labels)
                    .map_err(|error| Error::Data { workload: workload.id, reason: error.to_string() })?;
                Self::Classification(Box::new(Learner::from_network(network, workload.rate, workload.rows)), rows)
            }
        })
    }
}

fn network(case: &Case, shape: Shape) -> Result<Direct, Error> {
    let mut network = Direct::new(shape, &mut math::random::Mt19937::new(0));
    let set = network.set_parameters(&case.parameters);
    set.map_err(|error| Error::Data { workload: case.workload.id, reason: error.to_string() })?;
    Ok(network)
}

impl Regression {
    fn step(&mut self, x: &[f32], targets: &[f32]) -> f32 {
        let loss = self.network.loss(x, targets, &mut self.gradient);
        self.adam.step(self.network.parameters_mut(), &self.gradient);
        loss
    }
}

pub(crate) fn mean_square(outputs: &[f32], targets: &[f32]) -> f32 {
    let sum: f64 = outputs.iter().zip(targets).map(|(a, b)| f64::from(a - b) * f64::from(a - b)).sum();
    (sum / outputs.len() as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WORKLOADS;

    #[test]
    fn every_workload_learns_or_answers_and_begins_anew() {
        for workload in WORKLOADS {
            let mut job = Job::new(workload).unwrap();
            let losses = job.losses(10).unwrap();
            assert!(losses.iter().all(|loss| loss.is_finite()), "{losses:?}");
            if workload.task == Task::Forward {
                assert_eq!(losses.len(), 1);
            } else {
                assert!(losses[9] < losses[0], "{}: {losses:?}", workload.id);
            }
            assert_eq!(job.losses(10).unwrap(), losses);
        }
    }
}
