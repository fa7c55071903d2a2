//! The four methods that race, each an evaluation at a time.
//!
//! They differ in what they vary: the weights of a network or the logits of pixels (both with L-BFGS), or densities (MMA
//! and the optimality criteria). The physics that judges them is the same.

mod lbfgs;
mod mma;
mod oc;

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};

use crate::cnn::{Ablation, Network};
use crate::problem::Fault;
use crate::structure::{Evaluation, Structure};
use lbfgs::Lbfgs;
use mma::{MovingAsymptotes, Value};
use oc::OptimalityCriteria;

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// The weights of an untrained network, by L-BFGS: the paper's.
    Cnn,
    /// One logit for each pixel, by L-BFGS.
    Pixel,
    /// The method of moving asymptotes.
    Mma,
    /// The optimality criteria.
    Oc,
}

impl Method {
    /// In the order of the published tables.
    pub const ALL: [Self; 4] = [Self::Cnn, Self::Pixel, Self::Mma, Self::Oc];

    /// Stable name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Cnn => "cnn",
            Self::Pixel => "pixel",
            Self::Mma => "mma",
            Self::Oc => "oc",
        }
    }

    /// As shown.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cnn => "CNN",
            Self::Pixel => "Pixels, L-BFGS",
            Self::Mma => "MMA",
            Self::Oc => "OC",
        }
    }

    /// The method of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.id() == id)
    }
}

/// Where a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The volume everywhere; the network begins at its seed 0.
    Uniform,
    /// The image of a fresh network of this seed.
    Seed(u32),
}

/// What a method holds.
#[derive(Clone, Debug, PartialEq)]
enum State {
    Cnn { network: Box<Network>, descent: Lbfgs<f32> },
    Pixel(Lbfgs<f64>),
    Mma(MovingAsymptotes),
    Oc(OptimalityCriteria),
}

/// One method on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    state: State,
    /// Compliance at each evaluation since it began or the problem changed.
    history: Vec<f64>,
    /// Least compliance of those, and the filtered densities that had it.
    best: Option<(f64, Vec<f64>)>,
    /// Whether the displacements behind it were found to balance the loads.
    checked: bool,
    /// The filtered densities of the last evaluation.
    density: Vec<f64>,
    /// What is being evaluated.
    proposal: Option<Proposal>,
}

/// A design on its way to be evaluated.
#[derive(Clone, Debug, PartialEq)]
struct Proposal {
    /// Before the filter.
    design: Vec<f64>,
    /// After it.
    density: Vec<f64>,
}

impl Run {
    /// A run of a method on a structure.
    ///
    /// # Errors
    /// [`Fault::Size`] where the network cannot make an image of that size: both sides must be multiples of 4.
    pub fn new(method: Method, structure: &Structure, start: Start) -> Result<Self, Fault> {
        Self::ablated(method, structure, start, Ablation::None)
    }

    /// The same with something left out of the network.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn ablated(method: Method, structure: &Structure, start: Start, ablation: Ablation) -> Result<Self, Fault> {
        let problem = structure.problem();
        let network = || {
            let size = Fault::Size { width: problem.width, height: problem.height };
            Network::new(problem.height, problem.width, ablation).ok_or(size)
        };
        let logits = || -> Result<Vec<f64>, Fault> {
            Ok(match start {
                // A constant is a constant; the authors begin at the volume itself.
                Start::Uniform => problem.uniform(),
                Start::Seed(seed) => {
                    let mut network = network()?;
                    let parameters = network.initial(seed);
                    network.forward(&parameters)
                }
            })
        };
        let design = || -> Result<Vec<f64>, Fault> {
            Ok(crate::constraint::constrain(&logits()?, &problem.mask, problem.volume).design)
        };
        let state = match method {
            Method::Cnn => {
                let seed = if let Start::Seed(seed) = start { seed } else { 0 };
                let network = Box::new(network()?);
                let descent = Lbfgs::new(network.initial(seed));
                State::Cnn { network, descent }
            }
            Method::Pixel => State::Pixel(Lbfgs::new(logits()?)),
            Method::Mma => State::Mma(MovingAsymptotes::new(design()?)),
            Method::Oc => State::Oc(OptimalityCriteria::new(design()?)),
        };
        let density = problem.uniform();
        Ok(Self { state, history: Vec::new(), best: None, checked: false, density, proposal: None })
    }

    /// Makes one evaluation, unless the method has nothing left to gain.
    ///
    /// # Errors
    /// [`Fault::Singular`].
    pub fn step(&mut self, structure: &mut Structure) -> Result<(), Fault> {
        if let Some(density) = self.propose(structure) {
            let compliance = structure.compliance(&density)?;
            self.learn(structure, compliance);
        }
        Ok(())
    }

    /// The filtered densities that are to be evaluated next, by whatever solver; none when the method has nothing left to
    /// gain. [`Self::learn`] takes the answer, and without one the same is proposed again.
    pub fn propose(&mut self, structure: &Structure) -> Option<Vec<f64>> {
        if self.finished() {
            return None;
        }
        let design = self.state.propose(structure);
        let density = structure.filter().apply(&design);
        self.proposal = Some(Proposal { design, density: density.clone() });
        Some(density)
    }

    /// Learns from the compliance of what was proposed last, whose displacements the structure holds.
    pub fn learn(&mut self, structure: &Structure, compliance: f64) {
        let Some(Proposal { design, density }) = self.proposal.take() else { return };
        let gradient = structure.filter().transpose(&structure.sensitivity(&density));
        self.state.learn(structure, &design, compliance, gradient);
        self.history.push(compliance);
        if self.best.as_ref().is_none_or(|(best, _)| compliance < *best) {
            self.best = Some((compliance, density.clone()));
            self.checked = structure.is_balanced(&density);
        }
        self.density = density;
    }

    /// What the network would make of changed parameters, without learning from it; none for the other methods.
    ///
    /// # Errors
    /// [`Fault::Singular`].
    pub fn imagine(
        &mut self,
        structure: &mut Structure,
        change: impl FnOnce(&mut [f64]),
    ) -> Result<Option<Evaluation>, Fault> {
        let State::Cnn { network, descent } = &mut self.state else { return Ok(None) };
        let mut parameters = descent.point().to_vec();
        change(&mut parameters);
        let logits = network.forward(&parameters);
        structure.evaluate_logits(&logits).map(Some)
    }

    /// Goes on from where it is on a structure that has changed, of the same size: the design stays, as far as there is
    /// still room for it, and what was learned of the old problem goes.
    pub fn go_on(&mut self, structure: &Structure) {
        self.state.forget(structure);
        self.history.clear();
        self.best = None;
        self.checked = false;
    }

    /// Whether the method itself has ended.
    pub fn finished(&self) -> bool {
        match &self.state {
            State::Cnn { descent, .. } => descent.finished(),
            State::Pixel(descent) => descent.finished(),
            State::Mma(_) | State::Oc(_) => false,
        }
    }

    /// Compliance at each evaluation.
    pub fn history(&self) -> &[f64] {
        &self.history
    }

    /// Least compliance and its filtered densities, row-major; none before the first evaluation.
    pub fn best(&self) -> Option<(f64, &[f64])> {
        self.best.as_ref().map(|(value, density)| (*value, density.as_slice()))
    }

    /// Whether the displacements behind the least compliance were checked against the loads, element by element and in
    /// double precision.
    pub fn is_checked(&self) -> bool {
        self.checked
    }

    /// Filtered densities of the last evaluation, row-major.
    pub fn density(&self) -> &[f64] {
        &self.density
    }

    /// The network, where there is one.
    pub fn network(&self) -> Option<&Network> {
        if let State::Cnn { network, .. } = &self.state { Some(network) } else { None }
    }

    /// Writes design, history and best. What the method knows beyond its design is dropped, here too: it is many times as
    /// large, and so both go on alike.
    pub fn save(&mut self, structure: &Structure, writer: &mut Writer) {
        self.state.round();
        self.state.forget(structure);
        self.state.write(writer);
        writer.f64s(&self.history);
        writer.bool(self.best.is_some());
        writer.bool(self.checked);
        let (value, density) = self.best.clone().unwrap_or_default();
        writer.f64(value);
        writer.f64s(&density);
        writer.f64s(&self.density);
    }

    /// A run of the same method on an equal structure as [`Self::save`] wrote it.
    ///
    /// # Errors
    /// [`Error::BadSnapshot`] when it does not fit.
    pub fn restored(&self, structure: &Structure, reader: &mut Reader) -> Result<Self, Error> {
        let mut run = self.clone();
        run.state.read(reader)?;
        run.state.forget(structure);
        run.history = reader.f64s()?;
        let (some, checked) = (reader.bool()?, reader.bool()?);
        let (value, density) = (reader.f64()?, reader.f64s()?);
        run.density = reader.f64s()?;
        let elements = structure.problem().elements();
        if run.density.len() != elements || (some && density.len() != elements) {
            return Err(bad("a design in it has another size."));
        }
        run.best = some.then_some((value, density));
        run.checked = checked;
        Ok(run)
    }

    /// Least compliance within the first `evaluations`.
    pub fn best_within(&self, evaluations: usize) -> f64 {
        self.history.iter().take(evaluations).copied().fold(f64::INFINITY, f64::min)
    }
}

impl State {
    /// Rounds a network's parameters to the single precision in which they are saved.
    fn round(&mut self) {
        if let Self::Cnn { descent, .. } = self {
            let rounded = descent.point().iter().map(|value| f64::from(*value as f32)).collect();
            *descent = Lbfgs::new(rounded);
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Cnn { descent, .. } => {
                writer.f32s(&descent.point().iter().map(|value| *value as f32).collect::<Vec<_>>());
            }
            Self::Pixel(descent) => writer.f64s(descent.point()),
            Self::Mma(asymptotes) => writer.f64s(asymptotes.design()),
            Self::Oc(criteria) => writer.f64s(criteria.design()),
        }
    }

    fn read(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let whole = |values: Vec<f64>, like: &[f64]| {
            let fits = values.len() == like.len() && values.iter().all(|value| value.is_finite());
            if fits { Ok(values) } else { Err(bad("a design in it has another size.")) }
        };
        match self {
            Self::Cnn { descent, .. } => {
                let values = reader.f32s()?.into_iter().map(f64::from).collect();
                *descent = Lbfgs::new(whole(values, descent.point())?);
            }
            Self::Pixel(descent) => *descent = Lbfgs::new(whole(reader.f64s()?, descent.point())?),
            Self::Mma(asymptotes) => {
                *asymptotes = MovingAsymptotes::new(whole(reader.f64s()?, asymptotes.design())?);
            }
            Self::Oc(criteria) => *criteria = OptimalityCriteria::new(whole(reader.f64s()?, criteria.design())?),
        }
        Ok(())
    }

    /// The design to be evaluated next, before the filter.
    fn propose(&mut self, structure: &Structure) -> Vec<f64> {
        let problem = structure.problem();
        let constrained = |logits: &[f64]| crate::constraint::constrain(logits, &problem.mask, problem.volume).design;
        match self {
            Self::Cnn { network, descent } => constrained(&network.forward(descent.trial())),
            Self::Pixel(descent) => constrained(descent.trial()),
            Self::Mma(asymptotes) => asymptotes.candidate().to_vec(),
            Self::Oc(criteria) => criteria.design().to_vec(),
        }
    }

    /// Takes the compliance of what was proposed and its gradient with respect to that design.
    fn learn(&mut self, structure: &Structure, design: &[f64], compliance: f64, gradient: Vec<f64>) {
        match self {
            Self::Cnn { network, descent } => {
                let slopes = crate::constraint::backward(design, &gradient);
                let slopes = network.backward(descent.trial(), &slopes);
                descent.tell(compliance, &slopes);
            }
            Self::Pixel(descent) => descent.tell(compliance, &crate::constraint::backward(design, &gradient)),
            Self::Mma(asymptotes) => asymptotes.learn(structure, Value { value: compliance, gradient }),
            Self::Oc(criteria) => criteria.learn(structure, &gradient),
        }
    }

    /// Begins anew from the present design. New room is filled like the average, and what became void is emptied.
    fn forget(&mut self, structure: &Structure) {
        match self {
            Self::Cnn { descent, .. } => *descent = Lbfgs::new(descent.point().to_vec()),
            Self::Pixel(descent) => *descent = Lbfgs::new(descent.point().to_vec()),
            Self::Mma(asymptotes) => *asymptotes = MovingAsymptotes::new(fitted(asymptotes.design(), structure)),
            Self::Oc(criteria) => *criteria = OptimalityCriteria::new(fitted(criteria.design(), structure)),
        }
    }
}

/// A design on the room of another problem. Densities that are exactly zero stay so only in the void: a pixel that was void
/// before, or that a method has emptied, must be able to come back.
fn fitted(design: &[f64], structure: &Structure) -> Vec<f64> {
    const LEAST: f64 = 1e-3;
    let inside = design.iter().zip(&structure.problem().mask);
    inside.map(|(x, designable)| if *designable { x.max(LEAST) } else { 0.0 }).collect()
}
