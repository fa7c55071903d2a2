//! A wave packet by the phase-action matrix (paper, section on quantum simulation; authors' notebook `quantum_tutorial`).
//!
//! psi <- psi K with `K_ij` = exp(i `S_ij` / hbar), `S_ij` the action of the straight path from pixel i to pixel j in time dt:
//! m (`x_j` - `x_i)^2` / (2 dt) less the potential's share. That share is the mean (`V_i` + `V_j`) / 2 dt, the Strang-split
//! propagator; the authors' public code takes the difference `V_i` - `V_j`, a pure gauge factor ([`PotentialRule`]).
//!
//! K without a potential is a Toeplitz matrix, so a product with it is a convolution and costs two Fourier transforms.

use math::ops::{sin_cos, sqrt};
use rustfft::algorithm::Radix4;
use rustfft::algorithm::butterflies::{Butterfly8, Butterfly16};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};
use std::f64::consts::PI;
use std::sync::Arc;

/// A complex amplitude.
pub type Amplitude = Complex<f64>;

/// How the potential enters the action of a straight path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PotentialRule {
    /// (`V_i` + `V_j`) / 2 dt: physics.
    #[default]
    Average,
    /// (`V_i` - `V_j`) dt: the authors' code. |psi| evolves as without a potential after one kick.
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

    /// Pixel size, length / N.
    pub fn dx(&self) -> f64 {
        self.length / self.pixels as f64
    }

    /// The pixels' centres. The authors' are `linspace(0, length, N)`, which lie length / (N - 1) apart while their K takes
    /// length / N, so that velocities are off by 1 / N.
    pub fn grid(&self) -> Vec<f64> {
        (0..self.pixels).map(|pixel| (pixel as f64 + 0.5) * self.dx()).collect()
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

    /// The shortest step that is sampled without aliasing, with which [`Self::reach`] is the domain's length.
    pub fn least_dt(&self) -> f64 {
        self.mass * self.dx() * self.length / (PI * self.hbar)
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
        for amplitude in psi {
            *amplitude /= norm;
        }
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

/// The potential's share of a step: factors before and after the free motion.
#[derive(Clone, Debug, PartialEq)]
pub struct Kick {
    before: Vec<Amplitude>,
    after: Vec<Amplitude>,
}

impl Kick {
    /// For a potential given at the pixels; pixels without a value have none.
    ///
    /// # Shapes
    /// `potential`: `[pixels]`
    pub fn new(setup: &Setup, potential: &[f64], rule: PotentialRule) -> Self {
        let beta = setup.beta();
        let value = |pixel: usize| potential.get(pixel).copied().unwrap_or(0.0);
        let factors = |share: f64| (0..setup.pixels).map(|pixel| phase(-beta * share * value(pixel))).collect();
        match rule {
            PotentialRule::Average => {
                let before: Vec<Amplitude> = factors(0.5);
                Self { after: before.clone(), before }
            }
            PotentialRule::Difference => Self { before: factors(1.0), after: factors(-1.0) },
        }
    }
}

/// The product with the phase-action matrix without a potential, by Fourier transforms.
pub struct FreeMotion {
    setup: Setup,
    forward: Radix4<f64>,
    backward: Radix4<f64>,
    /// The transform of exp(i alpha d^2), d wrapped around, divided by the transform's length.
    kernel: Vec<Amplitude>,
    work: Vec<Amplitude>,
    scratch: Vec<Amplitude>,
}

impl FreeMotion {
    /// For one setup.
    pub fn new(setup: Setup) -> Self {
        let length = (2 * setup.pixels).next_power_of_two().max(8);
        let (forward, backward) = (transform(length, FftDirection::Forward), transform(length, FftDirection::Inverse));
        let scratch = forward.get_inplace_scratch_len().max(backward.get_inplace_scratch_len());
        let mut motion = Self {
            setup,
            forward,
            backward,
            kernel: vec![Amplitude::default(); length],
            work: vec![Amplitude::default(); length],
            scratch: vec![Amplitude::default(); scratch],
        };
        motion.make_kernel();
        motion
    }

    /// Space, time and constants.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Another time step.
    pub fn set_dt(&mut self, dt: f64) {
        self.setup.dt = dt;
        self.make_kernel();
    }

    fn make_kernel(&mut self) {
        let length = self.kernel.len();
        let alpha = self.setup.alpha();
        self.kernel.fill(Amplitude::default());
        for distance in 0..self.setup.pixels {
            let value = phase(alpha * (distance * distance) as f64) / length as f64;
            self.kernel[distance] = value;
            self.kernel[(length - distance) % length] = value;
        }
        self.forward.process_with_scratch(&mut self.kernel, &mut self.scratch);
    }

    /// One step of a packet, then divided by its norm, which is given: constant as long as nothing is aliased or lost at
    /// the walls.
    ///
    /// # Shapes
    /// `psi`: `[pixels]`
    pub fn step(&mut self, psi: &mut [Amplitude], kick: &Kick) -> f64 {
        self.convolve(psi, &kick.before, &kick.after);
        normalise(psi)
    }

    /// One step back in time: the product with the adjoint matrix, then divided by the norm, which is given.
    ///
    /// # Shapes
    /// `psi`: `[pixels]`
    pub fn step_back(&mut self, psi: &mut [Amplitude], kick: &Kick) -> f64 {
        let conjugate = |amplitude: &mut Amplitude| *amplitude = amplitude.conj();
        psi.iter_mut().for_each(conjugate);
        self.convolve(psi, &kick.after, &kick.before);
        psi.iter_mut().for_each(conjugate);
        normalise(psi)
    }

    fn convolve(&mut self, psi: &mut [Amplitude], before: &[Amplitude], after: &[Amplitude]) {
        self.work.fill(Amplitude::default());
        for ((work, amplitude), factor) in self.work.iter_mut().zip(&*psi).zip(before) {
            *work = amplitude * factor;
        }
        self.forward.process_with_scratch(&mut self.work, &mut self.scratch);
        self.work.iter_mut().zip(&self.kernel).for_each(|(work, kernel)| *work *= kernel);
        self.backward.process_with_scratch(&mut self.work, &mut self.scratch);
        for ((amplitude, work), factor) in psi.iter_mut().zip(&self.work).zip(after) {
            *amplitude = work * factor;
        }
    }
}

/// Of a power of two from 8 on. Two butterflies, by the parity of the exponent, where `Radix4::new` brings six into the page.
fn transform(length: usize, direction: FftDirection) -> Radix4<f64> {
    let exponent = length.trailing_zeros();
    if exponent.is_multiple_of(2) {
        Radix4::new_with_base((exponent - 4) / 2, Arc::new(Butterfly16::new(direction)))
    } else {
        Radix4::new_with_base((exponent - 3) / 2, Arc::new(Butterfly8::new(direction)))
    }
}

/// The product with the phase-action matrix of one potential.
pub struct Propagator {
    motion: FreeMotion,
    kick: Kick,
}

impl Propagator {
    /// For a potential given at the pixels; pixels without a value have none.
    ///
    /// # Shapes
    /// `potential`: `[pixels]`
    pub fn new(setup: Setup, potential: &[f64], rule: PotentialRule) -> Self {
        Self { motion: FreeMotion::new(setup), kick: Kick::new(&setup, potential, rule) }
    }

    /// [`FreeMotion::step`] with the potential.
    ///
    /// # Shapes
    /// `psi`: `[pixels]`
    pub fn step(&mut self, psi: &mut [Amplitude]) -> f64 {
        self.motion.step(psi, &self.kick)
    }
}

/// One entry of the phase-action matrix: exp(i `S_ij` / hbar).
pub fn matrix_entry(setup: &Setup, potential: &[f64], rule: PotentialRule, i: usize, j: usize) -> Amplitude {
    phase(matrix_phase(setup, potential, rule, i, j))
}

/// The phase of that entry, `S_ij` / hbar, not reduced to one turn.
pub fn matrix_phase(setup: &Setup, potential: &[f64], rule: PotentialRule, i: usize, j: usize) -> f64 {
    let distance = i as f64 - j as f64;
    let value = |pixel: usize| potential.get(pixel).copied().unwrap_or(0.0);
    let share = match rule {
        PotentialRule::Average => f64::midpoint(value(i), value(j)),
        PotentialRule::Difference => value(i) - value(j),
    };
    setup.alpha() * distance * distance - setup.beta() * share
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
    fn a_step_back_undoes_a_step() {
        let setup = Setup { pixels: 1024, dt: 0.02, ..Setup::NOTEBOOK };
        let potential = bowl(&setup, 3.0);
        let start = setup.packet(4.0, 0.4, 5.0);
        let mut motion = FreeMotion::new(setup);
        for rule in [PotentialRule::Average, PotentialRule::Difference] {
            let (mut psi, kick) = (start.clone(), Kick::new(&setup, &potential, rule));
            let back = motion.step_back(&mut psi, &kick);
            let forth = motion.step(&mut psi, &kick);
            assert!((back - forth).abs() < 1e-9 * forth);
            let error = psi.iter().zip(&start).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
            assert!(error < 1e-9, "{rule:?}: {error}");
        }
    }

    #[test]
    fn another_step_is_another_motion() {
        let mut changed = FreeMotion::new(SMALL);
        changed.set_dt(0.7);
        let setup = Setup { dt: 0.7, ..SMALL };
        let (mut one, mut other) = (SMALL.packet(3.0, 0.8, 2.0), SMALL.packet(3.0, 0.8, 2.0));
        let kick = Kick::new(&setup, &bowl(&setup, 0.7), PotentialRule::Average);
        changed.step(&mut one, &kick);
        FreeMotion::new(setup).step(&mut other, &kick);
        assert_eq!(one, other);
        let least = Setup { dt: SMALL.least_dt(), ..SMALL };
        assert!((least.reach() - least.length).abs() < 1e-12);
    }

    #[test]
    fn an_empty_function_stays_empty() {
        let mut psi = vec![Amplitude::default(); SMALL.pixels];
        assert_eq!(Propagator::new(SMALL, &[], PotentialRule::Average).step(&mut psi), 0.0);
        assert!(psi.iter().all(|amplitude| amplitude.norm() == 0.0));
    }
}
