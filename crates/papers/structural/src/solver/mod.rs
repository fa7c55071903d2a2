//! A direct solver for the stiffness matrix of a grid: multifrontal Cholesky factorisation (Duff and Reid, 1983) over a
//! nested dissection.
//!
//! The [`plan`] is made once; [`Solver::factor`] then takes one modulus for each element and [`Solver::solve`] a force
//! on each degree of freedom.

mod dense;
mod plan;

use crate::element::{SCALE, STIFFNESS};
use crate::problem::{Fault, Problem};
use plan::{FIXED, Front, Plan};

/// The solver of one grid and its supports.
#[derive(Clone, Debug)]
pub struct Solver {
    plan: Plan,
    factor: Vec<f64>,
    front: Vec<f64>,
    /// What children leave to their parents: square matrices, one on the other.
    stack: Vec<f64>,
    values: Vec<f64>,
}

impl Solver {
    /// Plans the elimination; `problem` was checked.
    pub fn new(problem: &Problem) -> Self {
        let plan = Plan::new(problem);
        let (length, widest) = (plan.length, plan.widest);
        Self {
            plan,
            factor: vec![0.0; length],
            front: vec![0.0; widest * widest],
            stack: Vec::new(),
            values: vec![0.0; widest],
        }
    }

    /// Numbers that a factorisation stores.
    pub fn length(&self) -> usize {
        self.plan.length
    }

    /// Floating point operations of a factorisation.
    pub fn operations(&self) -> f64 {
        self.plan.operations
    }

    /// Factors the stiffness matrix of elements with these Young's moduli, row-major.
    ///
    /// # Errors
    /// [`Fault::Singular`] when it is not positive definite to working precision; the factor is then of no use.
    pub fn factor(&mut self, moduli: &[f64]) -> Result<(), Fault> {
        self.stack.clear();
        for front in &self.plan.fronts {
            let rows = front.rows.len();
            let matrix = &mut self.front[..rows * rows];
            matrix.fill(0.0);
            assemble(front, moduli, matrix);
            for map in &front.halves {
                let start = self.stack.len() - map.len() * map.len();
                add_complement(&self.stack[start..], map, matrix, rows);
                self.stack.truncate(start);
            }
            dense::eliminate(matrix, rows, front.pivots).map_err(|_| Fault::Singular)?;
            let (columns, rest) = matrix.split_at(rows * front.pivots);
            self.factor[front.start..front.start + columns.len()].copy_from_slice(columns);
            for column in rest.chunks_exact(rows) {
                self.stack.extend_from_slice(&column[front.pivots..]);
            }
        }
        Ok(())
    }

    /// Displacements under `forces`, in place; fixed degrees of freedom come out as zero.
    pub fn solve(&mut self, forces: &mut [f64], fixed: &[bool]) {
        for (value, fixed) in forces.iter_mut().zip(fixed) {
            if *fixed {
                *value = 0.0;
            }
        }
        for front in &self.plan.fronts {
            let values = gather(front, forces, &mut self.values);
            dense::forward(columns(front, &self.factor), front.rows.len(), values);
            scatter(&front.rows, values, forces);
        }
        for front in self.plan.fronts.iter().rev() {
            let values = gather(front, forces, &mut self.values);
            dense::backward(columns(front, &self.factor), front.rows.len(), values);
            scatter(&front.rows[..front.pivots], values, forces);
        }
    }
}

fn columns<'a>(front: &Front, factor: &'a [f64]) -> &'a [f64] {
    &factor[front.start..front.start + front.rows.len() * front.pivots]
}

fn gather<'a>(front: &Front, from: &[f64], values: &'a mut [f64]) -> &'a mut [f64] {
    let values = &mut values[..front.rows.len()];
    values.iter_mut().zip(&front.rows).for_each(|(value, at)| *value = from[*at as usize]);
    values
}

fn scatter(rows: &[u32], values: &[f64], to: &mut [f64]) {
    rows.iter().zip(values).for_each(|(at, value)| to[*at as usize] = *value);
}

/// Adds the elements of a front.
fn assemble(front: &Front, moduli: &[f64], matrix: &mut [f64]) {
    let rows = front.rows.len();
    for (element, local) in &front.elements {
        let scale = moduli[*element as usize] / SCALE;
        for (column, stiffness) in local.iter().zip(&STIFFNESS) {
            if *column == FIXED {
                continue;
            }
            let start = *column as usize * rows;
            for (row, entry) in local.iter().zip(stiffness) {
                if *row != FIXED && row >= column {
                    matrix[start + *row as usize] += scale * entry;
                }
            }
        }
    }
}

/// Adds what a half left on the stack; `map` says where its rows are.
fn add_complement(complement: &[f64], map: &[u32], matrix: &mut [f64], rows: usize) {
    for (at, (column, values)) in map.iter().zip(complement.chunks_exact(map.len())).enumerate() {
        let target = &mut matrix[*column as usize * rows..(*column as usize + 1) * rows];
        for (row, value) in map[at..].iter().zip(&values[at..]) {
            target[*row as usize] += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use math::random::Mt19937;

    /// `K u`, element by element.
    fn product(problem: &Problem, moduli: &[f64], u: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; u.len()];
        for (element, modulus) in moduli.iter().enumerate() {
            let at = problem.element_freedoms(element % problem.width, element / problem.width);
            for (row, stiffness) in at.iter().zip(&STIFFNESS) {
                out[*row] += modulus / SCALE * stiffness.iter().zip(at).map(|(k, column)| k * u[column]).sum::<f64>();
            }
        }
        out
    }

    #[test]
    fn displacements_balance_the_forces() {
        for (width, height) in [(2, 2), (3, 7), (16, 5), (23, 31)] {
            let mut problem = Problem::new(width, height, 0.5);
            (0..=height).for_each(|j| problem.fix(0, j, true, j == 1));
            let mut random = Mt19937::new(width as u32);
            let moduli: Vec<f64> = (0..width * height).map(|_| random.uniform(0.01, 1.0)).collect();
            let forces = random.randn_vec(problem.freedoms());
            let mut solver = Solver::new(&problem);
            solver.factor(&moduli).unwrap();
            let mut u = forces.clone();
            solver.solve(&mut u, &problem.fixed);
            let balance = product(&problem, &moduli, &u);
            for at in 0..problem.freedoms() {
                let error = if problem.fixed[at] { u[at] } else { balance[at] - forces[at] };
                assert!(error.abs() < 1e-8, "{width} x {height}, {at}: {error}");
            }
        }
    }

    #[test]
    fn rigid_motions_need_no_force() {
        let problem = Problem::new(5, 4, 0.5);
        let moduli = Mt19937::new(1).rand_vec(20);
        let motion = |of: fn(f64, f64) -> [f64; 2]| -> Vec<f64> {
            (0..30).flat_map(|node| of(f64::from(node / 5), f64::from(node % 5))).collect()
        };
        for u in [motion(|_, _| [1.0, 0.0]), motion(|_, _| [0.0, 1.0]), motion(|x, y| [-y, x])] {
            assert!(product(&problem, &moduli, &u).iter().all(|force| force.abs() < 1e-12));
        }
    }
}
