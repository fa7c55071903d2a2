//! Adam (Kingma and Ba, 2015) with classic L2 weight decay, stepped by burn; the moments are ours to read and save.

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{Adam as Rule, AdamConfig, AdamState, AdaptiveMomentumState, Optimizer};
use burn::tensor::{Gradients, Tensor, TensorData};

use crate::{Error, read};

/// The optimiser and its moments, one pair per parameter in visiting order, kept flat.
#[derive(Clone)]
pub struct Adam {
    rule: Rule,
    learning_rate: f64,
    epsilon: f64,
    states: Vec<AdamState<1>>,
}

impl std::fmt::Debug for Adam {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let steps = self.states.first().map_or(0, |state| state.momentum.time);
        f.debug_struct("Adam")
            .field("learning_rate", &self.learning_rate)
            .field("steps", &steps)
            .finish_non_exhaustive()
    }
}

impl Adam {
    /// Moment rates 0.9 and 0.999 as in the paper. `weight_decay` is classic: it is added to the gradient before the
    /// moments (zero turns it off).
    pub fn new(learning_rate: f64, weight_decay: f64, epsilon: f64) -> Self {
        Self { rule: rule(weight_decay, epsilon), learning_rate, epsilon, states: Vec::new() }
    }

    /// From the next step on.
    pub fn set_weight_decay(&mut self, weight_decay: f64) {
        self.rule = rule(weight_decay, self.epsilon);
    }

    /// From the next step on.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    /// One step of every parameter along `gradients`. The gradient of a parameter that the loss does not use is zero.
    pub fn step<M: Module>(&mut self, module: M, gradients: &Gradients) -> M {
        let mut stepper = Stepper { adam: self, gradients, index: 0 };
        module.map(&mut stepper)
    }

    /// Steps done, then every first moment, then every second moment.
    pub async fn read_state(&self) -> Result<Vec<f32>, Error> {
        let Some(first) = self.states.first() else { return Ok(vec![0.0]) };
        let mut flat = vec![first.momentum.time as f32];
        let firsts = self.states.iter().map(|state| state.momentum.moment_1.clone());
        let seconds = self.states.iter().map(|state| state.momentum.moment_2.clone());
        flat.extend(read(Tensor::cat(firsts.chain(seconds).collect(), 0)).await?);
        Ok(flat)
    }

    /// Goes on from what [`Self::read_state`] gave for a module of the same shape as `module`.
    ///
    /// # Errors
    /// [`Error::Length`]; the optimiser is then unchanged.
    pub fn load_state<M: Module>(&mut self, module: &M, state: &[f32]) -> Result<(), Error> {
        let parameters = module.num_params();
        let expected = 1 + 2 * parameters;
        match state {
            [0.0] => self.states.clear(),
            [time, moments @ ..] if state.len() == expected => {
                let mut shapes = Shapes { found: Vec::new() };
                module.visit(&mut shapes);
                let (first, second) = moments.split_at(parameters);
                self.states = shapes.states(*time as usize, first, second);
            }
            _ => return Err(Error::Length { what: "optimiser state", expected, found: state.len() }),
        }
        Ok(())
    }
}

fn rule(weight_decay: f64, epsilon: f64) -> Rule {
    let decay = (weight_decay != 0.0).then(|| WeightDecayConfig::new(weight_decay as f32));
    AdamConfig::new().with_epsilon(epsilon as f32).with_weight_decay(decay).build()
}

struct Stepper<'a> {
    adam: &'a mut Adam,
    gradients: &'a Gradients,
    index: usize,
}

impl ModuleMapper for Stepper<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let adam = &mut *self.adam;
        let state = adam.states.get(self.index).cloned();
        let mut next = None;
        let param = param.map(|old| {
            let value = old.clone().inner();
            let gradient = old.grad(self.gradients).unwrap_or_else(|| value.zeros_like());
            let shape = value.shape();
            let (new, state) = adam.rule.step(
                adam.learning_rate,
                value.flatten::<1>(0, D - 1),
                gradient.flatten::<1>(0, D - 1),
                state,
            );
            next = state;
            Tensor::from_inner(new.reshape(shape)).require_grad()
        });
        if let Some(state) = next {
            if self.index < adam.states.len() { adam.states[self.index] = state } else { adam.states.push(state) }
        }
        self.index += 1;
        param
    }
}

struct Shapes {
    found: Vec<(usize, burn::tensor::Device)>,
}

impl burn::module::ModuleVisitor for Shapes {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().inner();
        self.found.push((value.shape().num_elements(), value.device()));
    }
}

impl Shapes {
    fn states(&self, time: usize, mut first: &[f32], mut second: &[f32]) -> Vec<AdamState<1>> {
        let mut states = Vec::new();
        for (count, device) in &self.found {
            let take = |from: &mut &[f32]| {
                let (part, rest) = from.split_at(*count);
                *from = rest;
                Tensor::from_data(TensorData::new(part.to_vec(), [*count]), device)
            };
            states.push(AdamState::new(AdaptiveMomentumState::new(time, take(&mut first), take(&mut second))));
        }
        states
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Mlp, parameters};
    use burn::tensor::Device;
    use futures_lite::future::block_on;
    use math::random::Mt19937;

    fn mlp() -> Mlp {
        Mlp::new(&[1, 1], true, &mut Mt19937::new(3), &Device::flex().autodiff())
    }

    fn loss(mlp: &Mlp) -> Tensor<1> {
        let error = mlp.forward(Tensor::ones([1, 1], &Device::flex().autodiff())) - 0.25;
        (error.clone() * error).mean()
    }

    #[test]
    fn steps_are_adams_own() {
        // The update of Kingma and Ba, algorithm 1, with L2 added to the gradient, by hand in f64.
        let (rate, decay, epsilon) = (0.05, 0.1, 1e-8);
        let mut mlp = mlp();
        let mut adam = Adam::new(rate, decay, epsilon);
        let mut theta: Vec<f64> = block_on(parameters(&mlp)).unwrap().iter().map(|v| f64::from(*v)).collect();
        let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
        for step in 1..=30 {
            let error = theta[0] + theta[1] - 0.25;
            for i in 0..2 {
                let gradient = 2.0 * error + decay * theta[i];
                m[i] = 0.9 * m[i] + 0.1 * gradient;
                v[i] = 0.999 * v[i] + 0.001 * gradient * gradient;
            }
            for i in 0..2 {
                let (m_hat, v_hat) = (m[i] / (1.0 - 0.9_f64.powi(step)), v[i] / (1.0 - 0.999_f64.powi(step)));
                theta[i] -= rate * m_hat / (v_hat.sqrt() + epsilon);
            }
            let gradients = loss(&mlp).backward();
            mlp = adam.step(mlp, &gradients);
        }
        for (ours, expected) in block_on(parameters(&mlp)).unwrap().iter().zip(theta) {
            assert!((f64::from(*ours) - expected).abs() < 1e-5, "{ours} against {expected}");
        }
    }

    #[test]
    fn restored_state_goes_on_identically() {
        let mut adam = Adam::new(0.01, 1e-4, 1e-8);
        let mut mlp = mlp();
        assert_eq!(block_on(adam.read_state()).unwrap(), [0.0]);
        for _ in 0..5 {
            mlp = adam.step(mlp.clone(), &loss(&mlp).backward());
        }
        let mut other = Adam::new(0.01, 1e-4, 1e-8);
        other.load_state(&mlp, &block_on(adam.read_state()).unwrap()).unwrap();
        let gradients = loss(&mlp).backward();
        let (one, two) = (adam.step(mlp.clone(), &gradients), other.step(mlp, &gradients));
        assert_eq!(block_on(parameters(&one)).unwrap(), block_on(parameters(&two)).unwrap());
        assert_eq!(block_on(adam.read_state()).unwrap(), block_on(other.read_state()).unwrap());
    }

    #[test]
    fn a_state_of_another_module_is_refused() {
        let error = Adam::new(0.01, 0.0, 1e-8).load_state(&mlp(), &[1.0, 2.0]).unwrap_err();
        assert_eq!(error.to_string(), "optimiser state: 5 numbers are needed, 2 were given");
    }
}
