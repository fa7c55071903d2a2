//! One system on its way from a noisy path to a physical one, in work that is bounded for every tick.
//!
//! First the ODE's path is marched and measured, then the descent begins; for two thousand bodies each of these takes
//! many ticks. It must not know how it is drawn.

use demo::snapshot::{Reader, Writer, bad};
use demo::{Engine, Error};

use super::super::trace::Trace;
use crate::action::{Action, Penalty, Scheme, Terms};
use crate::baseline::March;
use crate::ephemeris::{Day, paper_days, record};
use crate::experiment::{Experiment, PAPER_SEED, System};
use crate::optimise::{Optimiser, Relaxation};

/// Pairs of bodies that a tick may look at: below 10 ms in a tab.
const PAIRS_PER_TICK: usize = 2_500_000;
/// What a time point of a small system costs, in pairs.
const LEAST_COST: usize = 20;

/// The same for a tick on a GPU, where a pair is looked at from both of its bodies.
#[cfg(feature = "webgpu")]
const PAIRS_PER_SUBMISSION: usize = 400_000_000;

/// What a run depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Setup {
    pub(super) system: System,
    /// Of noise, and of the gas' first positions.
    pub(super) seed: u32,
    /// Bodies of the gas.
    pub(super) bodies: usize,
    /// First day of the planets, counted in the record.
    pub(super) day: usize,
    /// Size of the noise in units of the paper's.
    pub(super) noise: f64,
    pub(super) scheme: Scheme,
    /// Where a gas descends.
    pub(super) engine: Engine,
}

impl Setup {
    /// Seed 0 is the paper's.
    fn paper_seed(&self) -> u32 {
        PAPER_SEED.wrapping_add(self.seed)
    }

    fn experiment(&self) -> Experiment {
        match self.system {
            System::Gas => Experiment::gas(self.bodies, self.paper_seed()),
            System::Planets => Experiment::planets(self.days()),
            system => Experiment::new(system, self.paper_seed()),
        }
    }

    /// The two days that the planets start from; the paper's to the last digit.
    fn days(&self) -> [Day; 2] {
        let recorded = record::days();
        match (self.day, recorded.get(self.day..self.day + 2)) {
            (record::PAPER_DAY, _) | (_, None) => paper_days(),
            (_, Some(days)) => [days[0], days[1]],
        }
    }

    /// Whether the ODE's path is the same.
    pub(super) fn has_path_of(&self, other: &Self) -> bool {
        let same = |a: usize, b: usize, system: System| a == b || self.system != system;
        self.system == other.system
            && self.seed == other.seed
            && same(self.bodies, other.bodies, System::Gas)
            && same(self.day, other.day, System::Planets)
    }
}

/// A run of one system.
pub(super) struct Run {
    pub(super) setup: Setup,
    pub(super) experiment: Experiment,
    march: March,
    /// Time points of the ODE's path that are measured, and their share of its terms.
    measured: usize,
    pub(super) ode_terms: Terms,
    /// The path before the first step; empty until the ODE's is known.
    pub(super) first: Vec<f64>,
    pub(super) relaxation: Relaxation,
    /// The same on a GPU, which then has the optimiser's moments.
    #[cfg(feature = "webgpu")]
    gpu: Option<crate::gpu::Descent>,
    penalty: Option<Penalty>,
    /// Of the path before the last step.
    pub(super) terms: Terms,
    pub(super) trace: Trace,
    /// The descent rests after so many steps.
    pub(super) goal: u32,
    /// A descent to go on with when the ODE's path is known.
    resumed: Option<Saved>,
    /// Recorded positions of the planets over the time of the path; empty for other systems.
    pub(super) record: Vec<Day>,
}

/// What a snapshot holds of a descent.
struct Saved {
    path: Vec<f64>,
    optimiser: Optimiser,
    terms: Terms,
    trace: Trace,
    goal: u32,
}

impl Run {
    /// Small systems are ready at once.
    pub(super) fn new(setup: Setup) -> Self {
        let experiment = setup.experiment();
        let points = experiment.recipe.points;
        let record = match setup.system {
            System::Planets => record::days().into_iter().skip(setup.day).take(points).collect(),
            _ => Vec::new(),
        };
        let mut run = Self {
            setup,
            march: experiment.march(),
            measured: 0,
            ode_terms: Terms::default(),
            first: Vec::new(),
            relaxation: Relaxation::new(Vec::new(), experiment.recipe.rule),
            #[cfg(feature = "webgpu")]
            gpu: None,
            penalty: None,
            terms: Terms::default(),
            trace: Trace::default(),
            goal: experiment.recipe.steps,
            resumed: None,
            record,
            experiment,
        };
        run.prepare_if_small();
        run
    }

    /// The same with another setup, from the start; what still holds of the ODE's path is kept.
    pub(super) fn again(&mut self, setup: Setup) {
        if !setup.has_path_of(&self.setup) {
            *self = Self::new(setup);
            return;
        }
        if setup.scheme != self.setup.scheme {
            (self.measured, self.ode_terms) = (0, Terms::default());
        }
        self.setup = setup;
        self.first.clear();
        self.resumed = None;
        self.relaxation = Relaxation::new(Vec::new(), self.experiment.recipe.rule);
        self.trace.clear();
        if self.is_measured() {
            self.begin();
        }
        self.prepare_if_small();
    }

    /// A fresh descent, where the ODE's path is known.
    fn begin(&mut self) {
        if !self.is_measured() {
            return;
        }
        let recipe = self.experiment.recipe;
        self.first = self.experiment.disturbed(
            self.march.path.clone(),
            self.setup.paper_seed(),
            self.setup.noise * recipe.noise,
        );
        let action = self.experiment.action(self.setup.scheme);
        let energy = action.first_energy(&self.first);
        self.penalty = (recipe.penalty > 0.0).then_some(Penalty { coefficient: recipe.penalty, energy });
        let saved = self.resumed.take().unwrap_or_else(|| Saved {
            path: self.first.clone(),
            optimiser: Optimiser::new(recipe.rule),
            terms: Terms::default(),
            trace: Trace::default(),
            goal: recipe.steps,
        });
        self.relaxation = Relaxation::resumed(saved.path, saved.optimiser);
        (self.terms, self.trace, self.goal) = (saved.terms, saved.trace, saved.goal);
        #[cfg(feature = "webgpu")]
        {
            let is_for_gpu = self.setup.engine == Engine::WebGpu && self.setup.system == System::Gas;
            let Relaxation { path, optimiser, .. } = &self.relaxation;
            self.gpu = is_for_gpu.then(|| crate::gpu::Descent::new(&action, path, optimiser)).flatten();
        }
    }

    /// The ODE's path as far as it is known, `[points * width]`.
    pub(super) fn ode(&self) -> &[f64] {
        &self.march.path
    }

    /// The path on its way down; the ODE's until that is known.
    pub(super) fn path(&self) -> &[f64] {
        if self.is_ready() { &self.relaxation.path } else { self.ode() }
    }

    /// Steps made.
    pub(super) fn steps(&self) -> u32 {
        self.relaxation.optimiser.steps
    }

    /// Whether the descent is under way.
    pub(super) fn is_ready(&self) -> bool {
        !self.first.is_empty()
    }

    /// How much of the work before the descent is done, from 0 to 1.
    pub(super) fn prepared(&self) -> f64 {
        let known = self.march.path.len() / self.experiment.width() + self.measured;
        known as f64 / (2 * self.experiment.recipe.points) as f64
    }

    /// Pairs of bodies.
    pub(super) fn pairs(&self) -> usize {
        let bodies = self.experiment.system.bodies();
        bodies * (bodies - 1) / 2
    }

    /// One tick's work: up to so many steps, as far as the time suffices.
    #[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_async, reason = "only a GPU is waited for"))]
    pub(super) async fn advance(&mut self, steps: usize) -> Result<(), Error> {
        if !self.is_ready() {
            self.prepare(self.times_per_tick());
            return Ok(());
        }
        #[cfg(feature = "webgpu")]
        if self.gpu.is_some() {
            return self.advance_on_gpu(steps).await;
        }
        self.advance_on_cpu(steps);
        Ok(())
    }

    #[cfg(feature = "webgpu")]
    async fn advance_on_gpu(&mut self, steps: usize) -> Result<(), Error> {
        let pairs = 2 * self.pairs() * self.experiment.recipe.points;
        let left = self.goal.saturating_sub(self.steps()) as usize;
        let steps = steps.min(left).min((PAIRS_PER_SUBMISSION / pairs).max(1)).min(crate::gpu::MOST_STEPS);
        let Some(gpu) = self.gpu.as_mut().filter(|_| steps > 0) else { return Ok(()) };
        let (path, terms) = gpu.run(steps).await?;
        self.trace.record(self.relaxation.optimiser.steps, terms);
        self.terms = terms;
        self.relaxation.path = path;
        self.relaxation.optimiser.steps += steps as u32;
        Ok(())
    }

    fn advance_on_cpu(&mut self, steps: usize) {
        let action = Action { penalty: self.penalty, ..self.experiment.action(self.setup.scheme) };
        let (mut left, mut made) = (self.times_per_tick(), 0);
        while left > 0 && made < steps && self.relaxation.optimiser.steps < self.goal {
            let step = self.relaxation.optimiser.steps;
            if let Some(terms) = self.relaxation.instalment(&action, left) {
                self.terms = terms;
                self.trace.record(step, terms);
                made += 1;
            }
            left = left.saturating_sub(self.experiment.recipe.points);
        }
    }

    /// Where a step is computed and in how many frames, in words.
    pub(super) fn pace(&self) -> String {
        if self.setup.engine == Engine::WebGpu {
            return "on WebGPU".into();
        }
        let ticks = self.experiment.recipe.points.div_ceil(self.times_per_tick());
        if ticks == 1 { "within a frame".into() } else { format!("in {ticks} frames; WebGPU is faster") }
    }

    /// Time points for which a tick can compute all forces.
    fn times_per_tick(&self) -> usize {
        (PAIRS_PER_TICK / self.pairs().max(LEAST_COST)).max(1)
    }

    fn prepare_if_small(&mut self) {
        let points = self.experiment.recipe.points;
        while points * self.pairs() <= PAIRS_PER_TICK && !self.is_ready() {
            self.prepare(points);
        }
    }

    fn is_measured(&self) -> bool {
        self.measured > 0 && self.measured == self.experiment.action(self.setup.scheme).times(&self.march.path)
    }

    /// So many time points of the ODE's path or, when it is whole, of its terms.
    fn prepare(&mut self, times: usize) {
        let (points, width) = (self.experiment.recipe.points, self.experiment.width());
        let known = self.march.path.len() / width;
        if known < points {
            self.march.advance(self.experiment.system.as_ref(), times.min(points - known));
            return;
        }
        let action = self.experiment.action(self.setup.scheme);
        let range = self.measured..(self.measured + times).min(action.times(&self.march.path));
        self.measured = range.end;
        self.ode_terms += action.share(&self.march.path, range);
        if self.is_measured() {
            self.begin();
        }
    }

    /// Writes what setup and seed do not tell.
    #[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_async, reason = "only a GPU is waited for"))]
    pub(super) async fn save(&mut self, writer: &mut Writer) -> Result<(), Error> {
        #[cfg(feature = "webgpu")]
        if let Some(gpu) = &self.gpu {
            self.relaxation.optimiser.moments = gpu.moments().await?;
        }
        writer.u32(self.goal);
        writer.u32(self.steps());
        let [means, squares] = &self.relaxation.optimiser.moments;
        for numbers in [&self.relaxation.path, means, squares] {
            writer.f64s(numbers);
        }
        writer.f64s(&[self.terms.kinetic, self.terms.potential, self.terms.penalty]);
        self.trace.save(writer);
        Ok(())
    }

    /// Reads what [`Self::save`] wrote, for [`Self::resume`].
    pub(super) fn saved(&self, reader: &mut Reader) -> Result<Resumption, Error> {
        let (goal, steps) = (reader.u32()?, reader.u32()?);
        let (path, moments) = (reader.f64s()?, [reader.f64s()?, reader.f64s()?]);
        let terms = reader.f64s()?;
        let trace = Trace::restore(reader)?;
        let length = self.experiment.recipe.points * self.experiment.width();
        let fits = |numbers: &Vec<f64>| numbers.len() == length || (steps == 0 && numbers.is_empty());
        let &[kinetic, potential, penalty] = terms.as_slice() else { return Err(bad("its energies are incomplete.")) };
        if !(path.len() == length || path.is_empty()) || !moments.iter().all(fits) {
            return Err(bad("its path has another length."));
        }
        let optimiser = Optimiser { rule: self.experiment.recipe.rule, steps, moments };
        let terms = Terms { kinetic, potential, penalty };
        Ok(Resumption((!path.is_empty()).then_some(Saved { path, optimiser, terms, trace, goal })))
    }

    /// Goes on from there, at once or when the ODE's path is known.
    pub(super) fn resume(&mut self, resumption: Resumption) {
        self.resumed = resumption.0;
        self.begin();
    }
}

/// The slope of the action of a small gas on a path that is nearly the ODE's, as the engine's first step finds it: Adam's
/// mean is a tenth of it then.
#[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_async, reason = "only a GPU is waited for"))]
pub(super) async fn probe(engine: Engine) -> Result<Vec<f32>, Error> {
    let mut experiment = Experiment::gas(96, PAPER_SEED);
    experiment.recipe.points = 8;
    let action = experiment.action(Scheme::Corrected);
    let mut relaxation = Relaxation::new(experiment.initial_path(PAPER_SEED, 2e-4), experiment.recipe.rule);
    let (terms, [means, _]) = match engine {
        #[cfg(feature = "webgpu")]
        Engine::WebGpu => {
            let descent = crate::gpu::Descent::new(&action, &relaxation.path, &relaxation.optimiser);
            let lost = Error::Engine { engine: "WebGPU", reason: "there is no device".into() };
            let mut descent = descent.ok_or(lost)?;
            let (_, terms) = descent.run(1).await?;
            (terms, descent.moments().await?)
        }
        _ => (relaxation.step(&action), relaxation.optimiser.moments.clone()),
    };
    // All near 1, so that none hides behind the others when engines are compared.
    let outputs = means.iter().map(|mean| 1e5 * mean).chain([1e4 * terms.kinetic, 1e4 * terms.potential]);
    Ok(outputs.map(|value| value as f32).collect())
}

/// What a snapshot holds; nothing where the descent had not begun.
pub(super) struct Resumption(Option<Saved>);
