//! Gradient descent with momentum over all parameters at once; the arithmetic of [`math::single::Momentum`].
//!
//! The same dispatch sums the slots of the gradient.

use crate::gpu::{Gpu, Numbers};
use crate::kernel::Binding;
use crate::plan::{Plan, Source, Together, bindings};

/// Parameters on a device, with their velocities.
#[derive(Debug)]
pub struct Momentum {
    /// Learning rate, and share of the velocity that is kept.
    rates: [f32; 2],
    /// Numbers of the parameters, a multiple of four.
    length: usize,
    parameters: Numbers,
    velocities: Numbers,
}

impl Momentum {
    /// From these numbers, whose count is a multiple of four, and as many velocities; learning rate, and share of the velocity that
    /// is kept.
    pub fn new(gpu: &Gpu, parameters: &[f32], velocities: &[f32], rates: [f32; 2]) -> Self {
        let (length, parameters, velocities) = (parameters.len(), gpu.filled(parameters), gpu.filled(velocities));
        Self { rates, length, parameters, velocities }
    }

    /// Where the parameters are.
    pub fn parameters(&self) -> &Numbers {
        &self.parameters
    }

    /// Where their velocities are.
    pub fn velocities(&self) -> &Numbers {
        &self.velocities
    }

    /// Adds the step to a plan: along the sum of so many slots with gradients by the padded parameters.
    pub fn push(&self, plan: &mut Plan, (slots, count): (&Numbers, usize)) {
        let length = self.length / 4;
        let [rate, momentum] = self.rates.map(f32::to_bits);
        let words = [rate, momentum, length as u32, count as u32];
        let settings = plan.gpu().settings(&words);
        plan.push(&source(), &settings, &[slots, &self.parameters, &self.velocities], length);
    }
}

fn source() -> Source {
    let names = [("slots", Binding::Read), ("parameters", Binding::Write), ("velocities", Binding::Write)];
    Source {
        text: format!("{}{}", bindings(Together::One, &names), include_str!("momentum.wgsl")),
        storage: names.map(|(_, access)| access).to_vec(),
    }
}
