//! Optimisers over one vector of parameters, with the arithmetic of PyTorch's.

/// Adam (Kingma and Ba, 2015) with betas 0.9 and 0.999 and epsilon 1e-8.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// Learning rate.
    pub rate: f32,
    /// Classic L2: so many times the parameters are added to the gradient.
    pub decay: f32,
    steps: u32,
    first: Vec<f32>,
    second: Vec<f32>,
}

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

impl Adam {
    /// At rest, without decay.
    pub fn new(rate: f32, parameters: usize) -> Self {
        Self { rate, decay: 0.0, steps: 0, first: vec![0.0; parameters], second: vec![0.0; parameters] }
    }

    /// Moves `parameters` by one step against `gradient`.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32]) {
        self.steps += 1;
        let correction = |beta: f32| 1.0 - crate::ops::powi(f64::from(beta), self.steps as i32);
        let size = (f64::from(self.rate) / correction(BETA_1)) as f32;
        let scale = (1.0 / crate::ops::sqrt(correction(BETA_2))) as f32;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, gradient), (first, second)) in parameters.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient + self.decay * *parameter;
            *first += (1.0 - BETA_1) * (gradient - *first);
            *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
            *parameter -= size * *first / (second.sqrt() * scale + EPSILON);
        }
    }

    /// Steps made.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Both moments, one after the other, for a snapshot.
    pub fn moments(&self) -> impl Iterator<Item = f32> {
        self.first.iter().chain(&self.second).copied()
    }

    /// Goes on from a snapshot: steps made and both moments. False, and unchanged, when they are not as many as before.
    pub fn restore(&mut self, steps: u32, moments: &[f32]) -> bool {
        let count = self.first.len();
        if moments.len() != 2 * count {
            return false;
        }
        self.steps = steps;
        self.first.copy_from_slice(&moments[..count]);
        self.second.copy_from_slice(&moments[count..]);
        true
    }
}

/// Gradient descent with momentum, as PyTorch's SGD: v = momentum v + g, parameter -= rate v.
#[derive(Clone, Debug, PartialEq)]
pub struct Momentum {
    /// Learning rate.
    pub rate: f32,
    /// Share of the velocity that is kept.
    pub momentum: f32,
    velocity: Vec<f32>,
}

impl Momentum {
    /// At rest.
    pub fn new(rate: f32, momentum: f32, parameters: usize) -> Self {
        Self { rate, momentum, velocity: vec![0.0; parameters] }
    }

    /// Moves `parameters` by one step against `gradient`.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32]) {
        for ((parameter, gradient), velocity) in parameters.iter_mut().zip(gradient).zip(&mut self.velocity) {
            *velocity = self.momentum * *velocity + gradient;
            *parameter -= self.rate * *velocity;
        }
    }

    /// For a snapshot.
    pub fn velocity(&self) -> &[f32] {
        &self.velocity
    }

    /// Goes on from a snapshot. False, and unchanged, when it holds not as many numbers as before.
    pub fn restore(&mut self, velocity: &[f32]) -> bool {
        let fits = velocity.len() == self.velocity.len();
        if fits {
            self.velocity.copy_from_slice(velocity);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adam_makes_pytorchs_steps() {
        // By hand, in 64 bits: the first step is rate * sign(g) up to epsilon.
        let mut adam = Adam::new(0.1, 2);
        let mut parameters = [1.0, -1.0];
        adam.step(&mut parameters, &[0.5, -2.0]);
        assert!((parameters[0] - 0.9).abs() < 1e-6 && (parameters[1] + 0.9).abs() < 1e-6);
        // g = 0.5 then 0.25: m = 0.07, v = 3.12250e-4; m / 0.19, sqrt(v / 1.999e-3): step 0.0932...
        adam.step(&mut parameters, &[0.25, 0.0]);
        let (m, v) = (0.9 * 0.05 + 0.1 * 0.25, 0.999 * 0.00025 + 0.001 * 0.0625);
        let expected = 0.9 - 0.1 * (m / 0.19) / (crate::ops::sqrt(v / 0.001999) + 1e-8);
        assert!((f64::from(parameters[0]) - expected).abs() < 1e-6, "{} against {expected}", parameters[0]);
    }

    #[test]
    fn decay_is_added_to_the_gradient() {
        let (mut decayed, mut plain) = (Adam::new(0.1, 2), Adam::new(0.1, 2));
        decayed.decay = 0.5;
        let mut parameters = [[1.0, -2.0]; 2];
        decayed.step(&mut parameters[0], &[0.25, 0.5]);
        plain.step(&mut parameters[1], &[0.75, -0.5]);
        assert_eq!(parameters[0], parameters[1]);
        assert!(decayed.moments().eq(plain.moments()));
    }

    #[test]
    fn adam_goes_on_from_a_snapshot() {
        let mut adam = Adam::new(0.1, 2);
        let mut parameters = [1.0, -1.0];
        adam.step(&mut parameters, &[0.5, -2.0]);
        let mut other = Adam::new(0.1, 2);
        assert!(!other.restore(1, &[0.0]));
        assert!(other.restore(adam.steps(), &adam.moments().collect::<Vec<_>>()));
        assert_eq!(other, adam);
    }

    #[test]
    fn momentum_gathers_speed() {
        let mut descent = Momentum::new(0.1, 0.9, 1);
        let mut parameters = [0.0];
        descent.step(&mut parameters, &[1.0]);
        descent.step(&mut parameters, &[1.0]);
        assert!((parameters[0] + 0.29_f32).abs() < 1e-6);
        let mut other = Momentum::new(0.1, 0.9, 1);
        assert!(!other.restore(&[1.0, 2.0]) && other.restore(descent.velocity()));
        assert_eq!(other, descent);
    }
}
