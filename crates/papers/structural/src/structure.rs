//! The physics: how far a design gives way under its loads, and how that changes with the design.
//!
//! Young's modulus follows the density by the modified SIMP rule `E = Emin + x^3 (1 - Emin)` (Sigmund, "Morphology-based
//! black and white filters", 2007, eq. 2). The compliance `c = F' u` needs no second solve for its gradient:
//! `dc/dx_e = -3 x_e^2 (1 - Emin) u_e' K u_e`.

use crate::element;
use crate::filter::ConeFilter;
use crate::problem::{Fault, Problem};
use crate::solver::Solver;

/// Share of the largest load that may be left unbalanced where displacements count as checked. The compliance is then off
/// by far less: its error is of second order in what is left.
pub const BALANCED: f64 = 1e-6;

/// Young's modulus of the void.
pub const WEAKEST: f64 = 1e-9;

/// A problem made ready to be evaluated again and again.
#[derive(Clone, Debug)]
pub struct Structure {
    problem: Problem,
    filter: ConeFilter,
    /// None until a direct solution is asked for, where it was not planned at once.
    solver: Option<Solver>,
    displacement: Vec<f64>,
    energy: Vec<f64>,
}

/// What one evaluation gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The compliance: force times displacement.
    pub compliance: f64,
    /// Its gradient with respect to what was evaluated.
    pub gradient: Vec<f64>,
    /// The filtered densities that the physics saw, row-major.
    pub density: Vec<f64>,
}

impl Structure {
    /// Checks a problem and plans its solution.
    ///
    /// # Errors
    /// Whatever [`Problem::check`] finds.
    pub fn new(problem: Problem) -> Result<Self, Fault> {
        let mut structure = Self::unplanned(problem)?;
        structure.solver = Some(Solver::new(&structure.problem));
        Ok(structure)
    }

    /// Checks a problem; a direct solution is planned only when it is asked for.
    ///
    /// # Errors
    /// Whatever [`Problem::check`] finds.
    pub fn unplanned(problem: Problem) -> Result<Self, Fault> {
        problem.check()?;
        let filter = ConeFilter::new(problem.width, problem.height, &problem.mask);
        let (displacement, energy) = (vec![0.0; problem.freedoms()], vec![0.0; problem.elements()]);
        Ok(Self { problem, filter, solver: None, displacement, energy })
    }

    /// The problem.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The filter.
    pub fn filter(&self) -> &ConeFilter {
        &self.filter
    }

    /// The direct solver, for its counts, where there is one.
    pub fn solver(&self) -> Option<&Solver> {
        self.solver.as_ref()
    }

    /// Other loads on the same grid and supports, without a new plan.
    ///
    /// # Errors
    /// Whatever [`Problem::check`] finds; then nothing changed.
    pub fn set_forces(&mut self, forces: Vec<f64>) -> Result<(), Fault> {
        let before = std::mem::replace(&mut self.problem.forces, forces);
        self.problem.check().inspect_err(|_| self.problem.forces = before)
    }

    /// Another volume, without a new plan.
    ///
    /// # Errors
    /// Whatever [`Problem::check`] finds; then nothing changed.
    pub fn set_volume(&mut self, volume: f64) -> Result<(), Fault> {
        let before = std::mem::replace(&mut self.problem.volume, volume);
        self.problem.check().inspect_err(|_| self.problem.volume = before)
    }

    /// Displacement of every degree of freedom after the last evaluation.
    pub fn displacement(&self) -> &[f64] {
        &self.displacement
    }

    /// `u' K u` of each element with modulus 1 after the last evaluation, row-major.
    pub fn energy(&self) -> &[f64] {
        &self.energy
    }

    /// The compliance of filtered densities.
    ///
    /// # Errors
    /// [`Fault::Singular`].
    pub fn compliance(&mut self, density: &[f64]) -> Result<f64, Fault> {
        let moduli = self.moduli(density);
        let solver = self.solver.get_or_insert_with(|| Solver::new(&self.problem));
        solver.factor(&moduli)?;
        self.displacement.clone_from(&self.problem.forces);
        solver.solve(&mut self.displacement, &self.problem.fixed);
        self.store_energies();
        let compliance: f64 = self.energy.iter().zip(&moduli).map(|(energy, modulus)| energy * modulus).sum();
        if compliance.is_finite() { Ok(compliance) } else { Err(Fault::Singular) }
    }

    fn store_energies(&mut self) {
        for (at, energy) in self.energy.iter_mut().enumerate() {
            let freedoms = self.problem.element_freedoms(at % self.problem.width, at / self.problem.width);
            *energy = element::energy(&freedoms.map(|freedom| self.displacement[freedom]));
        }
    }

    /// Young's modulus of each element.
    pub fn moduli(&self, density: &[f64]) -> Vec<f64> {
        density.iter().map(|x| modulus(*x)).collect()
    }

    /// The forces that the last displacements leave unbalanced, `F - K u`, zero where fixed. They are summed element by
    /// element and know nothing of a solver.
    pub fn rest(&self, density: &[f64]) -> Vec<f64> {
        let mut rest = self.problem.forces.clone();
        for (at, x) in density.iter().enumerate() {
            let freedoms = self.problem.element_freedoms(at % self.problem.width, at / self.problem.width);
            let forces = element::forces(&freedoms.map(|freedom| self.displacement[freedom]));
            freedoms.iter().zip(forces).for_each(|(freedom, force)| rest[*freedom] -= modulus(*x) * force);
        }
        rest.iter_mut().zip(&self.problem.fixed).filter(|(_, fixed)| **fixed).for_each(|(rest, _)| *rest = 0.0);
        rest
    }

    /// The largest load on what is free.
    pub fn largest_load(&self) -> f64 {
        largest(
            self.problem.forces.iter().zip(&self.problem.fixed).map(|(force, fixed)| if *fixed { 0.0 } else { *force }),
        )
    }

    /// Adds to the displacement of every degree of freedom.
    pub fn displace(&mut self, by: impl Fn(usize) -> f64) {
        self.displacement.iter_mut().enumerate().for_each(|(at, u)| *u += by(at));
    }

    /// The compliance of displacements that were found by [`Self::displace`] and nearly balance the loads: `2 F' u - u' K u`,
    /// whose error is of second order in what is left.
    ///
    /// # Errors
    /// [`Fault::Singular`] when it is no number.
    pub fn settle(&mut self, density: &[f64]) -> Result<f64, Fault> {
        self.store_energies();
        let work = math::linalg::dot(&self.problem.forces, &self.displacement);
        let stored: f64 = self.energy.iter().zip(density).map(|(energy, x)| energy * modulus(*x)).sum();
        let compliance = 2.0 * work - stored;
        if compliance.is_finite() { Ok(compliance) } else { Err(Fault::Singular) }
    }

    /// The largest force that the last displacements leave unbalanced on a free degree of freedom, as a share of the
    /// largest load: `max |K u - F| / max |F|`. It is summed element by element and knows nothing of the solver, so that a
    /// compliance whose imbalance is small is right whoever computed the displacements.
    pub fn imbalance(&self, density: &[f64]) -> f64 {
        largest(self.rest(density).into_iter()) / self.largest_load()
    }

    /// Whether the last displacements balance the loads, and so the last compliance is right.
    pub fn is_balanced(&self, density: &[f64]) -> bool {
        self.imbalance(density) <= BALANCED
    }

    /// The gradient of the last compliance with respect to the filtered densities.
    pub fn sensitivity(&self, density: &[f64]) -> Vec<f64> {
        density.iter().zip(&self.energy).map(|(x, energy)| -3.0 * x * x * (1.0 - WEAKEST) * energy).collect()
    }

    /// Compliance and gradient of densities before the filter.
    ///
    /// # Errors
    /// [`Fault::Singular`].
    pub fn evaluate(&mut self, design: &[f64]) -> Result<Evaluation, Fault> {
        let density = self.filter.apply(design);
        let compliance = self.compliance(&density)?;
        let gradient = self.filter.transpose(&self.sensitivity(&density));
        Ok(Evaluation { compliance, gradient, density })
    }

    /// Compliance and gradient of one logit for each element: volume constraint, filter, physics.
    ///
    /// # Errors
    /// [`Fault::Singular`].
    pub fn evaluate_logits(&mut self, logits: &[f64]) -> Result<Evaluation, Fault> {
        let design = crate::constraint::constrain(logits, &self.problem.mask, self.problem.volume).design;
        let evaluation = self.evaluate(&design)?;
        let gradient = crate::constraint::backward(&design, &evaluation.gradient);
        Ok(Evaluation { gradient, ..evaluation })
    }
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |most, value| most.max(value.abs()))
}

fn modulus(density: f64) -> f64 {
    WEAKEST + density * density * density * (1.0 - WEAKEST)
}
