//! The paper's six experiments: initial conditions, noise and optimisers of the authors' notebook `paper_figures`, which
//! made the stored numbers. (The tables of paper and blog print other rates for three body and gas.)

use math::random::Mt19937;

use crate::action::{Action, Scheme};
use crate::baseline::March;
use crate::ephemeris;
use crate::optimise::Rule;
use crate::systems::{DoublePendulum, FreeBody, Gas, Lagrangian, Pendulum, Planets, SUN, ThreeBody};
use std::f64::consts::PI;

/// Time points at either end that get no noise.
const QUIET: usize = 3;
/// Bodies of the paper's gas.
pub const GAS_BODIES: usize = 50;
/// Seed of the paper's gas and of its noise.
pub const PAPER_SEED: u32 = 1;

/// One of the six systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// A body thrown upwards.
    FreeBody,
    /// One pendulum.
    Pendulum,
    /// Two pendulums, one on the other.
    DoublePendulum,
    /// Three bodies that attract each other.
    ThreeBody,
    /// A Lennard-Jones gas.
    Gas,
    /// The Sun and four planets.
    Planets,
}

impl System {
    /// In the order of the paper.
    pub const ALL: [Self; 6] =
        [Self::FreeBody, Self::Pendulum, Self::DoublePendulum, Self::ThreeBody, Self::Gas, Self::Planets];

    /// Stable name.
    pub fn id(self) -> &'static str {
        match self {
            Self::FreeBody => "free-body",
            Self::Pendulum => "pendulum",
            Self::DoublePendulum => "double-pendulum",
            Self::ThreeBody => "three-body",
            Self::Gas => "gas",
            Self::Planets => "planets",
        }
    }

    /// As shown.
    pub fn title(self) -> &'static str {
        match self {
            Self::FreeBody => "Thrown ball",
            Self::Pendulum => "Pendulum",
            Self::DoublePendulum => "Double pendulum",
            Self::ThreeBody => "Three bodies",
            Self::Gas => "Gas",
            Self::Planets => "Planets",
        }
    }

    /// The system of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.id() == id)
    }
}

/// How the authors run an experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Time points of the path.
    pub points: usize,
    /// Time between them.
    pub dt: f64,
    /// Factor on the baseline's velocity in each step.
    pub damping: f64,
    /// Size of the noise on the first path.
    pub noise: f64,
    /// The optimiser.
    pub rule: Rule,
    /// Its steps.
    pub steps: u32,
    /// Steps before the path that their tables call final.
    pub published_steps: u32,
    /// Coefficient of the energy penalty; zero without one.
    pub penalty: f64,
}

impl Recipe {
    /// The authors' numbers for a system.
    pub fn of(system: System) -> Self {
        let common = Self {
            points: 100,
            dt: 1.0,
            damping: 1.0,
            noise: 0.0,
            rule: Rule::Adam { rate: 1.0 },
            steps: 500,
            published_steps: 496,
            penalty: 0.0,
        };
        let adam = |rate: f64| Rule::Adam { rate };
        match system {
            System::FreeBody => Self { points: 60, dt: 0.25, noise: 1.5, ..common },
            System::Pendulum => Self { noise: 0.2, rule: adam(5e-2), penalty: 1e2, ..common },
            System::DoublePendulum => Self { points: 200, dt: 0.06, noise: 0.6, rule: adam(1e-2), ..common },
            System::ThreeBody => {
                Self { dt: 0.5, noise: 3e-2, rule: adam(2e-2), steps: 1000, published_steps: 901, ..common }
            }
            System::Gas => Self { dt: 0.2, damping: 0.99, noise: 8e-3, rule: adam(3e-5), ..common },
            System::Planets => Self { points: 65, dt: 86_400.0, noise: 2e10, rule: adam(1e9), ..common },
        }
    }
}

/// One of the six with its two first time points.
pub struct Experiment {
    /// Which it is.
    pub kind: System,
    /// How it is run.
    pub recipe: Recipe,
    /// Its Lagrangian.
    pub system: Box<dyn Lagrangian>,
    /// The first two time points, `[width]` each.
    pub start: [Vec<f64>; 2],
}

impl Experiment {
    /// The paper's experiment; `seed` places the gas' bodies (the paper's is [`PAPER_SEED`]).
    pub fn new(kind: System, seed: u32) -> Self {
        match kind {
            System::FreeBody => Self::of(kind, Box::new(FreeBody), [vec![0.0], vec![2.0]]),
            System::Pendulum => Self::of(kind, Box::new(Pendulum), [vec![PI / 2.0], vec![PI / 2.0]]),
            System::DoublePendulum => {
                let angles = vec![3.0 * PI / 7.0, 3.0 * PI / 4.0];
                Self::of(kind, Box::new(DoublePendulum), [angles.clone(), angles])
            }
            System::ThreeBody => Self::three_body(),
            System::Gas => Self::gas(GAS_BODIES, seed),
            System::Planets => Self::planets(ephemeris::paper_days()),
        }
    }

    /// The gas with another number of bodies at the paper's density.
    pub fn gas(bodies: usize, seed: u32) -> Self {
        let side = 0.2 * math::ops::sqrt(bodies as f64 / GAS_BODIES as f64);
        let mut random = Mt19937::new(seed);
        let x: Vec<f64> = random.rand_vec(2 * bodies).iter().map(|u| u * side + 0.5 - side / 2.0).collect();
        Self::of(System::Gas, Box::new(Gas { bodies }), [x.clone(), x])
    }

    /// The planets from two days on, one after the other.
    pub fn planets(days: [ephemeris::Day; 2]) -> Self {
        Self::of(System::Planets, Box::new(Planets), days.map(|day| day.to_vec()))
    }

    /// The configuration that the authors call unstable, which their figures show.
    fn three_body() -> Self {
        let x = vec![0.4, 0.3, 0.4, 0.7, 0.7, 0.5];
        let v = [0.017, -0.006, -0.012, -0.012, 0.002, 0.017];
        let dt = Recipe::of(System::ThreeBody).dt;
        let next = x.iter().zip(v).map(|(x, v)| x + dt * v).collect();
        Self::of(System::ThreeBody, Box::new(ThreeBody), [x, next])
    }

    fn of(kind: System, system: Box<dyn Lagrangian>, start: [Vec<f64>; 2]) -> Self {
        Self { kind, recipe: Recipe::of(kind), system, start }
    }

    /// Coordinates of one time point.
    pub fn width(&self) -> usize {
        self.system.width()
    }

    /// The action of its paths, without an energy penalty.
    pub fn action(&self, scheme: Scheme) -> Action<'_> {
        Action { system: self.system.as_ref(), dt: self.recipe.dt, scheme, penalty: None }
    }

    /// The path of the semi-implicit Euler baseline, `[points * width]`.
    pub fn ode_path(&self) -> Vec<f64> {
        let mut march = self.march();
        march.advance(self.system.as_ref(), self.recipe.points.saturating_sub(2));
        march.path
    }

    /// The same at its first two time points.
    pub fn march(&self) -> March {
        let [x0, x1] = &self.start;
        March::new(x0, x1, self.recipe.dt, self.recipe.damping)
    }

    /// The path that optimisation starts from: the baseline with noise of size `sigma`, prepared as the authors do.
    pub fn initial_path(&self, seed: u32, sigma: f64) -> Vec<f64> {
        self.disturbed(self.ode_path(), seed, sigma)
    }

    /// The same where the baseline's path is known.
    pub fn disturbed(&self, mut path: Vec<f64>, seed: u32, sigma: f64) -> Vec<f64> {
        let (width, length) = (self.width(), path.len());
        if self.kind == System::FreeBody {
            path[width..length - width].fill(0.0);
        }
        self.add_noise(&mut path, seed, sigma);
        match self.kind {
            System::Pendulum => path[2..length - 2].iter_mut().for_each(|x| *x *= 0.7),
            System::ThreeBody => {
                path[3 * width..length - 3 * width].iter_mut().for_each(|x| *x = 0.8 * *x + 0.2);
            }
            _ => {}
        }
        path
    }

    /// The baseline with noise of size `sigma` and nothing else: the start of the authors' unconstrained pendulum.
    pub fn noisy_path(&self, seed: u32, sigma: f64) -> Vec<f64> {
        let mut path = self.ode_path();
        self.add_noise(&mut path, seed, sigma);
        path
    }

    /// Clipped Gaussian noise on all but the first and last time points and the Sun.
    fn add_noise(&self, path: &mut [f64], seed: u32, sigma: f64) {
        let (width, length) = (self.width(), path.len());
        let mut random = Mt19937::new(seed);
        for (index, x) in path.iter_mut().enumerate() {
            let noise = sigma * random.randn().clamp(-1.0, 1.0);
            let quiet = index < QUIET * width || index >= length.saturating_sub(QUIET * width);
            let is_sun = self.kind == System::Planets && (index % width) / 2 == SUN;
            if !quiet && !is_sun {
                *x += noise;
            }
        }
    }
}
