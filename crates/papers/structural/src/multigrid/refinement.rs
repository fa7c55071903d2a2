//! Iterative refinement: what single precision leaves of the loads is summed in double precision and solved for again.

use super::hierarchy::Hierarchy;
use super::plan::Plan;
use super::twin::Twin;
use crate::problem::Fault;
use crate::structure::{BALANCED, Structure};

/// Share of the largest load that may be left unbalanced anywhere while a design is on its way.
pub const EARLY: f64 = 1e-4;
/// The same where a compliance is reported: as little as makes displacements count as checked.
pub const REPORTED: f64 = BALANCED;

/// Most corrections of one solution: each takes at least a digit.
const MOST_CORRECTIONS: usize = 12;
/// A single correction is asked for no more than this.
const LEAST_TOLERANCE: f64 = 1e-5;

/// A right side of length 1 and how much of it may be left.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The right side, zero where fixed.
    pub right: Vec<f32>,
    /// Length of what may be left.
    pub tolerance: f32,
}

/// A solution under way. It begins at the structure's last displacements.
#[derive(Clone, Debug)]
pub struct Refinement {
    tolerance: f64,
    length: f64,
    corrections: usize,
}

impl Refinement {
    /// Until no more than a share `tolerance` of the largest load is left unbalanced anywhere.
    pub fn new(tolerance: f64) -> Self {
        Self { tolerance, length: 0.0, corrections: 0 }
    }

    /// What is to be solved next; none when the displacements are good enough.
    ///
    /// # Errors
    /// [`Fault::Singular`] where corrections do not help, or what is left is no number.
    pub fn next(&mut self, structure: &Structure, density: &[f64]) -> Result<Option<Request>, Fault> {
        let rest = structure.rest(density);
        let allowed = self.tolerance * structure.largest_load();
        if rest.iter().all(|value| value.abs() <= allowed) {
            return Ok(None);
        }
        self.length = math::linalg::norm(&rest);
        self.corrections += 1;
        if self.corrections > MOST_CORRECTIONS || !self.length.is_finite() {
            return Err(Fault::Singular);
        }
        let right = rest.iter().map(|value| (value / self.length) as f32).collect();
        let tolerance = (allowed / self.length).max(LEAST_TOLERANCE) as f32;
        Ok(Some(Request { right, tolerance }))
    }

    /// Takes the answer to the last request.
    pub fn correct(&self, structure: &mut Structure, answer: &[f32]) {
        structure.displace(|at| self.length * f64::from(answer[at]));
    }
}

/// The compliance of filtered densities by the twin, beginning at the structure's last displacements.
///
/// # Errors
/// [`Fault::Singular`].
pub fn compliance(
    structure: &mut Structure,
    density: &[f64],
    plan: &Plan,
    twin: &mut Twin,
    tolerance: f64,
) -> Result<f64, Fault> {
    twin.load(Hierarchy::new(plan, &structure.moduli(density)));
    let mut refinement = Refinement::new(tolerance);
    while let Some(request) = refinement.next(structure, density)? {
        let answer = twin.solve(&request)?;
        refinement.correct(structure, &answer);
    }
    structure.settle(density)
}
