//! The race itself: four runs on one structure, evaluation by evaluation, as many in a tick as are sure to be quick.

use demo::Error;
use demo::snapshot::{Reader, Writer};

use crate::cnn::Ablation;
use crate::methods::{Method, Run, Start};
use crate::problem::{Fault, Problem};
use crate::solver::Solver;
use crate::structure::Structure;

/// Work of a tick, in operations of a factorisation: about ten milliseconds in a tab.
const WORK: f64 = 5e7;
/// What a network costs for each of its pixels, in the same unit: its convolutions are cheaper each.
const NETWORK_WORK: f64 = 8e4;
/// What an evaluation costs for each element beside the factorisation.
const ELEMENT_WORK: f64 = 2e3;

/// Four runs.
#[derive(Clone, Debug)]
pub(crate) struct Contest {
    /// The last problem that had an answer.
    structure: Structure,
    /// What is wrong with the present one.
    fault: Option<Fault>,
    runs: Vec<Run>,
    /// Compliance of the uniform start.
    uniform: Option<f64>,
    /// Whose turn it is.
    turn: usize,
    /// Evaluations of each.
    limit: usize,
    seed: u32,
}

impl Contest {
    /// A race on a problem.
    pub(crate) fn new(problem: Problem, limit: usize, seed: u32) -> Result<Self, Fault> {
        let structure = Structure::new(problem)?;
        let runs = fresh(&structure, seed)?;
        Ok(Self { structure, fault: None, runs, uniform: None, turn: 0, limit, seed })
    }

    /// Another problem: under other loads all go on from where they are, and else they begin anew. A problem without an
    /// answer stops the race until there is one, with everything kept.
    pub(crate) fn set_problem(&mut self, problem: Problem) {
        let same_size = |other: &Problem| (other.width, other.height) == (problem.width, problem.height);
        if same_size(self.structure.problem()) {
            self.take(problem);
            return;
        }
        let fault = problem.check().err();
        // A volume of nothing or all is no reason to show another problem than the chosen one.
        let volume = problem.volume.clamp(0.01, 0.99);
        match Self::new(Problem { volume, ..problem }, self.limit, self.seed) {
            Ok(new) => *self = Self { fault, ..new },
            Err(other) => self.fault = Some(other),
        }
    }

    fn take(&mut self, problem: Problem) {
        let old = self.structure.problem();
        let replanned = old.fixed != problem.fixed || old.mask != problem.mask;
        // From a design for other supports or for another amount one comes to another optimum than from an even grey, and
        // often to none worth the name: nothing leads from where there is no material to a support that is new.
        let anew = replanned || old.volume != problem.volume;
        let taken = if replanned {
            Structure::new(problem).map(|structure| self.structure = structure)
        } else {
            let volume = problem.volume;
            self.structure.set_forces(problem.forces).and_then(|()| self.structure.set_volume(volume))
        };
        self.fault = taken.err();
        if self.fault.is_none() {
            self.go_on();
            if anew {
                self.restart();
            }
        }
    }

    fn go_on(&mut self) {
        for run in &mut self.runs {
            run.go_on(&self.structure);
        }
        self.uniform = None;
        self.turn = 0;
    }

    /// All begin anew.
    pub(crate) fn restart(&mut self) {
        match fresh(&self.structure, self.seed) {
            Ok(runs) => self.runs = runs,
            Err(fault) => self.fault = Some(fault),
        }
        self.turn = 0;
    }

    /// Evaluations that each may make.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Does a tick's work.
    pub(crate) fn advance(&mut self) {
        if self.fault.is_some() {
            return;
        }
        let mut left = WORK;
        let mut first = true;
        while let Some(cost) = self.next_cost() {
            if !first && cost > left {
                break;
            }
            if let Err(fault) = self.evaluate() {
                self.fault = Some(fault);
                break;
            }
            left -= cost;
            first = false;
        }
    }

    /// Work of the next evaluation; none when all are at the limit. Passes over those that are.
    fn next_cost(&mut self) -> Option<f64> {
        let elements = self.structure.problem().elements() as f64;
        let factorisation = self.structure.solver().map_or(0.0, Solver::operations);
        let physics = factorisation + ELEMENT_WORK * elements;
        if self.uniform.is_none() {
            return Some(physics);
        }
        let open = |run: &Run| !run.finished() && run.history().len() < self.limit;
        let count = self.runs.len();
        let next = (0..count).map(|ahead| (self.turn + ahead) % count).find(|at| open(&self.runs[*at]))?;
        self.turn = next;
        let network = if Method::ALL[next] == Method::Cnn { NETWORK_WORK * elements } else { 0.0 };
        Some(physics + network)
    }

    fn evaluate(&mut self) -> Result<(), Fault> {
        if self.uniform.is_none() {
            let start = self.structure.problem().uniform();
            self.uniform = Some(self.structure.evaluate(&start)?.compliance);
            return Ok(());
        }
        self.runs[self.turn].step(&mut self.structure)?;
        self.turn = (self.turn + 1) % self.runs.len();
        Ok(())
    }

    /// What keeps it from going on, in words.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// The run of each method, in the order of [`Method::ALL`].
    pub(crate) fn runs(&self) -> impl Iterator<Item = (Method, &Run)> {
        Method::ALL.into_iter().zip(&self.runs)
    }

    /// The last problem that had an answer.
    pub(crate) fn problem(&self) -> &Problem {
        self.structure.problem()
    }

    /// Compliance of the uniform start, once known.
    pub(crate) fn uniform(&self) -> Option<f64> {
        self.uniform
    }

    /// Evaluations of each.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Whether nobody has anything left to do.
    pub(crate) fn is_over(&self) -> bool {
        self.uniform.is_some() && self.runs.iter().all(|run| run.finished() || run.history().len() >= self.limit)
    }

    /// Least compliance of all.
    pub(crate) fn least(&self) -> Option<f64> {
        self.runs.iter().filter_map(|run| run.best().map(|(value, _)| value)).reduce(f64::min)
    }

    /// Writes it.
    pub(crate) fn save(&mut self, writer: &mut Writer) {
        writer.f64(self.structure.problem().volume);
        writer.f64s(&self.structure.problem().forces);
        writer.bytes(&self.structure.problem().fixed.iter().map(|fixed| u8::from(*fixed)).collect::<Vec<_>>());
        writer.bytes(&self.structure.problem().mask.iter().map(|inside| u8::from(*inside)).collect::<Vec<_>>());
        writer.count(self.structure.problem().width);
        writer.count(self.structure.problem().height);
        writer.count(self.turn);
        writer.bool(self.uniform.is_some());
        writer.f64(self.uniform.unwrap_or_default());
        for run in &mut self.runs {
            run.save(&self.structure, writer);
        }
    }

    /// What [`Self::save`] wrote, with this limit and seed; `fault` is what the painted problem is wrong with.
    pub(crate) fn restored(&self, reader: &mut Reader, fault: Option<Fault>) -> Result<Self, Error> {
        let (volume, forces) = (reader.f64()?, reader.f64s()?);
        let flags = |bytes: &[u8]| bytes.iter().map(|byte| *byte != 0).collect::<Vec<_>>();
        let (fixed, mask) = (flags(reader.bytes()?), flags(reader.bytes()?));
        let (width, height) = (reader.count()?, reader.count()?);
        let problem = Problem { width, height, volume, forces, fixed, mask };
        let mut new =
            Self::new(problem, self.limit, self.seed).map_err(|fault| Error::BadSnapshot(fault.to_string()))?;
        new.turn = reader.count()? % Method::ALL.len();
        let (known, uniform) = (reader.bool()?, reader.f64()?);
        new.uniform = known.then_some(uniform);
        new.runs = new.runs.iter().map(|run| run.restored(&new.structure, reader)).collect::<Result<_, _>>()?;
        new.fault = fault;
        Ok(new)
    }
}

fn fresh(structure: &Structure, seed: u32) -> Result<Vec<Run>, Fault> {
    let start = |method| if method == Method::Cnn { Start::Seed(seed) } else { Start::Uniform };
    Method::ALL.iter().map(|method| Run::ablated(*method, structure, start(*method), Ablation::None)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::problem_of;

    fn beam(volume: f64) -> Problem {
        problem_of("mbb_beam", 60, 20, volume).unwrap()
    }

    fn after(mut contest: Contest, evaluations: usize) -> Contest {
        contest.set_limit(evaluations);
        while !contest.is_over() {
            contest.advance();
            assert_eq!(contest.fault(), None);
        }
        contest
    }

    fn bests(contest: &Contest) -> Vec<f64> {
        contest.runs().map(|(_, run)| run.best().unwrap().0).collect()
    }

    #[test]
    fn other_supports_and_another_amount_of_material_begin_anew() {
        let direct = after(Contest::new(beam(0.5), 3, 0).unwrap(), 3);
        assert!(direct.runs().all(|(_, run)| run.is_checked()));
        let mut held = beam(0.5);
        held.fix(30, 20, true, true);
        for other in [beam(0.2), held] {
            let mut changed = after(Contest::new(other, 2, 0).unwrap(), 2);
            changed.set_problem(beam(0.5));
            assert_eq!(bests(&after(changed, 3)), bests(&direct));
        }
    }

    #[test]
    fn another_load_goes_on_from_the_designs() {
        let mut contest = after(Contest::new(beam(0.5), 6, 0).unwrap(), 6);
        let before = contest.runs().map(|(_, run)| run.density().to_vec()).collect::<Vec<_>>();
        let mut moved = beam(0.5);
        moved.forces.fill(0.0);
        moved.load(8, 0, 1, 1.0);
        contest.set_problem(moved);
        assert!(contest.runs().all(|(_, run)| run.history().is_empty()));
        assert!(contest.runs().zip(&before).all(|((_, run), before)| run.density() == before));
    }
}
