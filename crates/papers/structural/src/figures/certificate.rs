//! Designs with everything that is needed to check their compliance elsewhere.

use demo::Table;

use crate::methods::Run;
use crate::problem::Problem;
use crate::structure::WEAKEST;

/// A design, filtered densities row by row from the top, and its compliance under the problem's loads.
pub(crate) struct Design<'a> {
    pub(crate) title: &'a str,
    pub(crate) density: &'a [f64],
    pub(crate) compliance: f64,
    pub(crate) checked: bool,
}

impl<'a> Design<'a> {
    /// The best design of a run.
    pub(crate) fn best(title: &'a str, run: &'a Run) -> Self {
        let (compliance, density) = run.best().unwrap_or((f64::NAN, run.density()));
        Self { title, density, compliance, checked: run.is_checked() }
    }
}

/// The designs, the loads and supports, and what else enters the physics, with the values that came out.
pub(crate) fn tables(problem: &Problem, designs: &[Design]) -> Vec<Table> {
    vec![densities(problem, designs), loads_and_supports(problem), values(problem, designs)]
}

fn densities(problem: &Problem, designs: &[Design]) -> Table {
    let place = |of: fn(usize, usize) -> usize| {
        (0..problem.elements()).map(|at| of(at, problem.width) as f64).collect::<Vec<_>>()
    };
    let table = Table::new("designs").column("column", place(|at, width| at % width));
    let table = table.column("row", place(|at, width| at / width));
    designs.iter().fold(table, |table, design| table.column(design.title, design.density))
}

/// Loaded and supported nodes; y points down.
fn loads_and_supports(problem: &Problem) -> Table {
    let stride = problem.height + 1;
    let told = |node: &usize| {
        let at = 2 * node;
        problem.forces[at] != 0.0 || problem.forces[at + 1] != 0.0 || problem.fixed[at] || problem.fixed[at + 1]
    };
    let nodes: Vec<usize> = (0..problem.freedoms() / 2).filter(told).collect();
    let column = |of: &dyn Fn(usize) -> f64| nodes.iter().map(|node| of(*node)).collect::<Vec<_>>();
    Table::new("problem")
        .column("column", column(&|node| (node / stride) as f64))
        .column("row", column(&|node| (node % stride) as f64))
        .column("force x", column(&|node| problem.forces[2 * node]))
        .column("force y", column(&|node| problem.forces[2 * node + 1]))
        .column("fixed x", column(&|node| f64::from(u8::from(problem.fixed[2 * node]))))
        .column("fixed y", column(&|node| f64::from(u8::from(problem.fixed[2 * node + 1]))))
}

fn values(problem: &Problem, designs: &[Design]) -> Table {
    let table = Table::new("certificate")
        .column("width", [problem.width as f64])
        .column("height", [problem.height as f64])
        .column("volume", [problem.volume])
        .column("penalty", [3.0])
        .column("modulus of the void", [WEAKEST])
        .column("Poisson's ratio", [0.3])
        .column("filter radius", [2.0]);
    designs.iter().fold(table, |table, design| {
        table
            .column(&format!("compliance, {}", design.title), [design.compliance])
            .column(&format!("checked, {}", design.title), [f64::from(u8::from(design.checked))])
    })
}
