//! A wave packet by the phase-action matrix (paper, section on quantum simulation; authors' notebook `quantum_tutorial`).
//!
//! psi <- psi K with K_ij = exp(i S_ij / hbar), S_ij the action of the straight path from pixel i to pixel j in time dt:
//! m (x_j - x_i)^2 / (2 dt) less the potential's share. That share is the mean (V_i + V_j) / 2 dt, the Strang-split
//! propagator; the authors' public code takes the difference V_i - V_j, a pure gauge factor ([`PotentialRule`]).
//!
//! K without a potential is a Toeplitz matrix, so a product with it is a convolution and costs two Fourier transforms.

use math::ops::{sin_cos, sqrt};
use rustfft::algorithm::Radix4;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};
use std::f64::consts::PI;

/// A complex amplitude.
pub type Amplitude = Complex<f64>;

/// How the potential enters the action of a straight path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PotentialRule {
    /// (V_i + V_j) / 2 dt: physics.
    #[default]
    Average,
    /// (V_i - V_j) dt: the authors' code. |psi| evolves as without a potential after one kick.
    Difference,
}

/// Space, time and constants of a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Pixels N of the domain.
    pub pixels: usize,
    /// Length of the domain, 8 in the authors' notebook.
    pub length: f64,
    /// Time step.
    pub dt: f64,
    /// Planck's constant over 2 pi.
    pub hbar: f64,
    /// Mass.
    pub mass: f64,
}

impl Setup {
    /// The authors' defaults: 5,000 pixels over 8 units, dt = 3 / 1000, hbar = m = 1.
    pub const NOTEBOOK: Self = Self { pixels: 5000, length: 8.0, dt: 0.003, hbar: 1.0, mass: 1.0 };

    /// Pixel size as the authors take it, length / N.
    pub fn dx(&self) -> f64 {
        self.length / self.pixels as f64
    }

    /// The pixels' places, `linspace(0, length, N)`.
    pub fn grid(&self) -> Vec<f64> {
        math::linspace(0.0, self.length, self.pixels)
    }

    /// Phase of the kinetic action between pixels at distance one: m dx^2 / (2 hbar dt).
    pub fn alpha(&self) -> f64 {
        self.mass * self.dx() * self.dx() / (2.0 * self.hbar * self.dt)
    }

    /// Phase per energy: dt / hbar.
    pub fn beta(&self) -> f64 {
        self.dt / self.hbar
    }

    /// How far the phase of K is sampled without aliasing: pi hbar dt / (m dx). Should reach the domain's length.
    pub fn reach(&self) -> f64 {
        PI * self.hbar * self.dt / (self.mass * self.dx())
    }

    /// What the norm of a packet is multiplied by in each step without aliasing: sqrt(2 pi hbar dt / m) / dx.
    pub fn norm_ratio(&self) -> f64 {
        sqrt(2.0 * PI * self.hbar * self.dt / self.mass) / self.dx()
    }

    /// A Gaussian packet exp(-(x - center)^2 / (2 width^2)) exp(i wave x), zero at both ends, of norm 1.
    pub fn packet(&self, center: f64, width: f64, wave: f64) -> Vec<Amplitude> {
        let mut psi: Vec<Amplitude> = self
            .grid()
            .iter()
            .map(|x| {
                let distance = (x - center) / width;
                phase(wave * x) * math::ops::exp(-distance * distance / 2.0)
            })
            .collect();
        if let [first, .., last] = psi.as_mut_slice() {
            *first = Amplitude::default();
            *last = Amplitude::default();
        }
        normalise(&mut psi);
        psi
    }
}

/// exp(i angle)
pub fn phase(angle_rad: f64) -> Amplitude {
    let (sin, cos) = sin_cos(angle_rad);
    Complex::new(cos, sin)
}

/// Divides by the 2-norm and gives it; a zero function stays as it is.
pub fn normalise(psi: &mut [Amplitude]) -> f64 {
    let norm = sqrt(psi.iter().map(Complex::norm_sqr).sum());
    if norm > 0.0 && norm.is_finite() {
        psi.iter_mut().for_each(|amplitude| *amplitude /= norm);
    }
    norm
}

/// Mean and standard deviation of the position of a packet of norm 1.
pub fn position(psi: &[Amplitude], grid: &[f64]) -> (f64, f64) {
    let moment = |power: i32| -> f64 {
        psi.iter().zip(grid).map(|(amplitude, x)| amplitude.norm_sqr() * math::ops::powi(*x, power)).sum()
    };
    let mean = moment(1);
    (mean, sqrt((moment(2) - mean * mean).max(0.0)))
}

/// The product with the phase-action matrix, by Fourier transforms.
pub struct Propagator {
    setup: Setup,
    forward: Radix4<f64>,
    backward: Radix4<f64>,
    /// The transform of exp(i alpha d^2), d wrapped around, divided by the transform's length.
    kernel: Vec<Amplitude>,
    before: Vec<Amplitude>,
    after: Vec<Amplitude>,
    work: Vec<Amplitude>,
    scratch: Vec<Amplitude>,
}

impl Propagator {
    /// For a potential given at the pixels; pixels without a value have none.
    ///
    /// # Shapes
    /// `potential`: `[pixels]`
    pub fn new(setup: Setup, potential: &[f64], rule: PotentialRule) -> Self {
        let length = (2 * setup.pixels.max(1)).next_power_of_two();
        let forward = Radix4::new(length, FftDirection::Forward);
        let backward = Radix4::new(length, FftDirection::Inverse);
        let scratch = forward.get_inplace_scratch_len().max(backward.get_inplace_scratch_len());
        let mut propagator = Self {
            setup,
            forward,
            backward,
            kernel: vec![Amplitude::default(); length],
            before: Vec::new(),
            after: Vec::new(),
            work: vec![Amplitude::default(); length],
            scratch: vec![Amplitude::default(); scratch],
        };
        propagator.make_kernel();
        propagator.set_potential(potential, rule);
        propagator
    }

    /// Space, time and constants.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    fn make_kernel(&mut self) {
        let length = self.kernel.len();
        let alpha = self.setup.alpha();
        for distance in 0..self.setup.pixels {
            let value = phase(alpha * (distance * distance) as f64) / length as f64;
            self.kernel[distance] = value;
            self.kernel[(length - distance) % length] = value;
        }
        self.forward.process_with_scratch(&mut self.kernel, &mut self.scratch);
    }

    /// Another potential.
    pub fn set_potential(&mut self, potential: &[f64], rule: PotentialRule) {
        let beta = self.setup.beta();
        let value = |pixel: usize| potential.get(pixel).copied().unwrap_or(0.0);
        let factors = |share: f64| (0..self.setup.pixels).map(|pixel| phase(-beta * share * value(pixel))).collect();
        (self.before, self.after) = match rule {
            PotentialRule::Average => (factors(0.5), factors(0.5)),
            PotentialRule::Difference => (factors(1.0), factors(-1.0)),
        };
    }

    /// One step of a packet, then divided by its norm, which is given: constant as long as nothing is aliased or lost at
    /// the walls.
    ///
    /// # Shapes
    /// `psi`: `[pixels]`
    pub fn step(&mut self, psi: &mut [Amplitude]) -> f64 {
        self.work.fill(Amplitude::default());
        for ((work, amplitude), factor) in self.work.iter_mut().zip(&*psi).zip(&self.before) {
            *work = amplitude * factor;
        }
        self.forward.process_with_scratch(&mut self.work, &mut self.scratch);
        self.work.iter_mut().zip(&self.kernel).for_each(|(work, kernel)| *work *= kernel);
        self.backward.process_with_scratch(&mut self.work, &mut self.scratch);
        for ((amplitude, work), factor) in psi.iter_mut().zip(&self.work).zip(&self.after) {
            *amplitude = work * factor;
        }
        normalise(psi)
    }
}

/// One entry of the phase-action matrix: exp(i S_ij / hbar).
pub fn matrix_entry(setup: &Setup, potential: &[f64], rule: PotentialRule, i: usize, j: usize) -> Amplitude {
    let distance = i as f64 - j as f64;
    let value = |pixel: usize| potential.get(pixel).copied().unwrap_or(0.0);
    let share = match rule {
        PotentialRule::Average => f64::midpoint(value(i), value(j)),
        PotentialRule::Difference => value(i) - value(j),
    };
    phase(setup.alpha() * distance * distance - setup.beta() * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Setup = Setup { pixels: 37, length: 8.0, dt: 0.4, hbar: 0.9, mass: 1.3 };

    fn bowl(setup: &Setup, omega: f64) -> Vec<f64> {
        let middle = setup.length / 2.0;
        setup.grid().iter().map(|x| 0.5 * setup.mass * omega * omega * (x - middle) * (x - middle)).collect()
    }

    #[test]
    fn the_convolution_is_the_product_with_the_matrix() {
        for rule in [PotentialRule::Average, PotentialRule::Difference] {
            let potential = bowl(&SMALL, 0.7);
            let mut psi = SMALL.packet(3.0, 0.8, 2.0);
            let mut expected: Vec<Amplitude> = (0..SMALL.pixels)
                .map(|j| (0..SMALL.pixels).map(|i| psi[i] * matrix_entry(&SMALL, &potential, rule, i, j)).sum())
                .collect();
            let norm = normalise(&mut expected);
            let ours = Propagator::new(SMALL, &potential, rule).step(&mut psi);
            assert!((norm - ours).abs() < 1e-10 * norm);
            let error = psi.iter().zip(&expected).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
            assert!(error < 1e-10, "{rule:?}: {error}");
        }
    }

    #[test]
    fn the_difference_of_potentials_is_a_gauge() {
        let setup = Setup { pixels: 256, dt: 0.08, ..Setup::NOTEBOOK };
        let potential = bowl(&setup, 2.0);
        let beta = setup.beta();
        let mut with = setup.packet(3.0, 0.4, 5.0);
        let mut free: Vec<Amplitude> = with.iter().zip(&potential).map(|(a, v)| a * phase(-beta * v)).collect();
        let mut gauged = Propagator::new(setup, &potential, PotentialRule::Difference);
        let mut plain = Propagator::new(setup, &[], PotentialRule::Average);
        for _ in 0..20 {
            gauged.step(&mut with);
            plain.step(&mut free);
        }
        let error = with.iter().zip(&free).map(|(a, b)| (a.norm() - b.norm()).abs()).fold(0.0, f64::max);
        assert!(error < 1e-12, "{error}");
    }

    #[test]
    fn an_empty_function_stays_empty() {
        let mut psi = vec![Amplitude::default(); SMALL.pixels];
        assert_eq!(Propagator::new(SMALL, &[], PotentialRule::Average).step(&mut psi), 0.0);
        assert!(psi.iter().all(|amplitude| amplitude.norm() == 0.0));
    }
}
