//! The method of moving asymptotes in its globally convergent form (Svanberg, "A class of globally convergent optimization
//! methods based on conservative convex separable approximations", SIAM J. Optim. 12, 2002), with the choices that `NLopt`’s
//! `LD_MMA` makes. Variables are densities before the filter; the one constraint is the filtered volume.

use super::oc::volume_gradient;
use crate::structure::Structure;

/// Excess of volume that counts as none.
const TOLERANCE: f64 = 1e-8;
/// Least curvature of the approximations.
const LEAST_CURVATURE: f64 = 1e-5;
/// Greatest price of volume while the design is infeasible.
const HIGHEST_PRICE: f64 = 1e40;
/// How near to its asymptotes a variable may go.
const REACH: f64 = 0.9;

/// The objective at one point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) gradient: Vec<f64>,
}

/// A descent under way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MovingAsymptotes {
    /// The best design, around which is approximated.
    best: Vec<f64>,
    objective: Value,
    excess: f64,
    costs: Vec<f64>,
    feasible: bool,
    /// Distances to the asymptotes.
    sigma: Vec<f64>,
    /// Curvatures of objective and constraint.
    curvature: [f64; 2],
    /// Candidate to be evaluated, and the last two outer iterates.
    candidate: Vec<f64>,
    previous: Vec<f64>,
    before: Vec<f64>,
    /// What the approximations say of the candidate.
    promised: Promise,
    /// Outer iterations begun; none before the first evaluation.
    outer: usize,
}

/// Approximations of objective and constraint at a candidate, and the weight of the curvature there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Promise {
    objective: f64,
    excess: f64,
    weight: f64,
}

impl MovingAsymptotes {
    /// Begins at a design, before the filter.
    pub(super) fn new(design: Vec<f64>) -> Self {
        Self {
            objective: Value::default(),
            excess: 0.0,
            costs: Vec::new(),
            feasible: true,
            sigma: vec![0.5; design.len()],
            curvature: [1.0; 2],
            candidate: design.clone(),
            previous: Vec::new(),
            before: Vec::new(),
            promised: Promise::default(),
            outer: 0,
            best: design,
        }
    }

    /// The best design, before the filter.
    pub(super) fn design(&self) -> &[f64] {
        &self.best
    }

    /// What is to be evaluated next, before the filter.
    pub(super) fn candidate(&self) -> &[f64] {
        &self.candidate
    }

    /// Takes the objective at the candidate and makes the next one.
    pub(super) fn learn(&mut self, structure: &Structure, objective: Value) {
        if self.outer == 0 {
            self.costs = volume_gradient(structure);
        }
        let volume: f64 = self.candidate.iter().zip(&self.costs).map(|(x, cost)| x * cost).sum();
        let excess = volume - structure.problem().volume;
        if self.outer == 0 {
            self.take(objective, excess);
            self.feasible = excess <= TOLERANCE;
            self.begin_outer();
        } else {
            self.judge(objective, excess);
        }
        self.propose();
    }

    fn take(&mut self, objective: Value, excess: f64) {
        self.best.clone_from(&self.candidate);
        self.objective = objective;
        self.excess = excess;
    }

    fn begin_outer(&mut self) {
        self.outer += 1;
        self.before = std::mem::replace(&mut self.previous, self.candidate.clone());
    }

    /// Takes a candidate that is better, and ends the inner iterations if both approximations were above the truth.
    fn judge(&mut self, objective: Value, excess: f64) {
        let value = objective.value;
        let conservative = self.promised.objective >= value && self.promised.excess >= excess;
        let feasible = excess <= TOLERANCE;
        let better = value < self.objective.value && (conservative || feasible || !self.feasible);
        let less_infeasible = !self.feasible && excess.max(0.0) < self.excess.max(0.0);
        let promised = self.promised;
        if better || less_infeasible {
            self.take(objective, excess);
            self.feasible |= excess <= 0.0;
        }
        if conservative {
            return self.end_outer();
        }
        let gaps = [value - promised.objective, excess - promised.excess];
        for (curvature, gap) in self.curvature.iter_mut().zip(gaps) {
            if gap > 0.0 {
                *curvature = (10.0 * *curvature).min(1.1 * (*curvature + gap / promised.weight));
            }
        }
    }

    /// Relaxes the curvatures and moves the asymptotes: apart where a variable goes on, together where it swings.
    fn end_outer(&mut self) {
        self.curvature = self.curvature.map(|curvature| (0.1 * curvature).max(LEAST_CURVATURE));
        if self.outer > 1 {
            for (at, sigma) in self.sigma.iter_mut().enumerate() {
                let moved = (self.candidate[at] - self.previous[at]) * (self.previous[at] - self.before[at]);
                let factor = if moved < 0.0 {
                    0.7
                } else if moved > 0.0 {
                    1.2
                } else {
                    1.0
                };
                *sigma = (*sigma * factor).clamp(0.01, 10.0);
            }
        }
        self.begin_outer();
    }

    /// The minimum of the approximations: the price of volume at which the approximate constraint holds.
    fn propose(&mut self) {
        let mut price = 0.0;
        if self.approximate(price).1.excess > 0.0 {
            price = self.price();
        }
        (self.candidate, self.promised) = self.approximate(price);
    }

    /// The root of the approximate constraint, which falls with the price.
    fn price(&self) -> f64 {
        let excess = |price: f64| self.approximate(price).1.excess;
        let (mut low, mut high) = (0.0, 1.0);
        while excess(high) > 0.0 && high < HIGHEST_PRICE {
            low = high;
            high *= 8.0;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if excess(middle) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
            if high - low <= 1e-13 * high {
                break;
            }
        }
        high.min(HIGHEST_PRICE)
    }

    /// The minimum of the separable Lagrangian at a price, and what the approximations say there.
    fn approximate(&self, price: f64) -> (Vec<f64>, Promise) {
        let mut promise = Promise { objective: self.objective.value, excess: self.excess, weight: 0.0 };
        let [rho, rho_c] = self.curvature;
        let rows = self.best.iter().zip(&self.sigma).zip(&self.objective.gradient).zip(&self.costs);
        let candidate = rows.map(|(((x, sigma), d), cost)| {
            let squared = sigma * sigma;
            let (bend, bend_c) = (d.abs() * sigma + 0.5 * rho, cost.abs() * sigma + 0.5 * rho_c);
            let (u, v) = ((d + price * cost) * squared, bend + price * bend_c);
            let share = u / (v * sigma);
            let step = (u / v) / (-1.0 - math::ops::sqrt((1.0 - share * share).abs()));
            let reach = REACH * sigma;
            let next = (x + step).clamp(0.0, 1.0).clamp(x - reach, x + reach);
            let dx = next - x;
            let (dx2, scale) = (dx * dx, 1.0 / (squared - dx * dx));
            promise.objective += (d * squared * dx + bend * dx2) * scale;
            promise.excess += (cost * squared * dx + bend_c * dx2) * scale;
            promise.weight += 0.5 * dx2 * scale;
            next
        });
        (candidate.collect(), promise)
    }
}
