//! The optimality criteria method: the 88-line heuristic (Andreassen, Clausen, Schevenels, Lazarov and Sigmund, 2011) with a
//! density filter. Every element takes what makes its gain per material equal, within a move limit.

use crate::structure::Structure;

/// Greatest change of an element in one step.
const MOVE: f64 = 0.2;
/// Halvings in the search for the price of material.
const HALVINGS: usize = 64;

/// A design on its way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OptimalityCriteria {
    design: Vec<f64>,
}

impl OptimalityCriteria {
    /// Begins at a design.
    pub(super) fn new(design: Vec<f64>) -> Self {
        Self { design }
    }

    /// The present design, before the filter: what is to be evaluated.
    pub(super) fn design(&self) -> &[f64] {
        &self.design
    }

    /// Takes one step by the gradient at the present design.
    pub(super) fn learn(&mut self, structure: &Structure, gradient: &[f64]) {
        self.design = improved(structure, &self.design, gradient);
    }
}

/// The next design.
fn improved(structure: &Structure, design: &[f64], gradient: &[f64]) -> Vec<f64> {
    let problem = structure.problem();
    let costs = volume_gradient(structure);
    let gains: Vec<f64> = gradient
        .iter()
        .zip(&costs)
        .zip(design)
        .map(|((slope, cost), x)| if *cost > 0.0 { x * math::ops::sqrt((-slope / cost).max(0.0)) } else { 0.0 })
        .collect();
    let at = |price: f64| {
        let root = math::ops::sqrt(price);
        let one = move |(gain, x): (&f64, &f64)| (gain / root).max((x - MOVE).max(0.0)).min((x + MOVE).min(1.0));
        gains.iter().zip(design).map(one)
    };
    let (mut low, mut high) = (1e-9, 1e9);
    let mut price = f64::midpoint(low, high);
    for _ in 0..HALVINGS {
        if high - low < 1e-12 {
            break;
        }
        price = f64::midpoint(low, high);
        let volume: f64 = at(price).zip(&costs).map(|(x, cost)| x * cost).sum();
        if volume > problem.volume { low = price } else { high = price }
    }
    let masked = |(x, inside): (f64, &bool)| if *inside { x } else { 0.0 };
    at(price).zip(&problem.mask).map(masked).collect()
}

/// The gradient of the filtered volume as a share of the designable area. Volume is linear, so that its product with a
/// design is the volume.
pub(super) fn volume_gradient(structure: &Structure) -> Vec<f64> {
    let share = 1.0 / structure.problem().designable() as f64;
    let ones = vec![share; structure.problem().elements()];
    structure.filter().transpose(&ones)
}
