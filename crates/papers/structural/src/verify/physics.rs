//! Element, tasks and gradients against reference values.

use anyhow::Result;
use train::Row;

use super::{beam, within};
use crate::classic::{Filtered, converge};
use crate::constraint::constrain;
use crate::element::{SCALE, STIFFNESS, energy};
use crate::problem::Problem;
use crate::structure::Structure;
use crate::tasks::Task;

const REFERENCE: &str = "the authors' code, recomputed independently";

pub(super) fn rows() -> Result<Vec<Row>> {
    let mut rows = element();
    rows.extend(tasks()?);
    rows.extend(beams()?);
    rows.extend(chain()?);
    rows.extend(classic()?);
    Ok(rows)
}

fn element() -> Vec<Row> {
    let whole = STIFFNESS.iter().flatten().map(|entry| (entry - entry.round()).abs()).fold(0.0, f64::max);
    let motions: [[f64; 8]; 3] = [
        [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
        [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
        [0.0, 0.0, 0.0, 1.0, -1.0, 1.0, -1.0, 0.0],
    ];
    let rigid = motions.iter().map(|u| energy(u).abs()).fold(0.0, f64::max);
    vec![
        Row::new("patch-rigid", "Largest force of a rigid motion on a random patch of 5 x 4 elements", patch())
            .at_most(1e-12),
        Row::new("element-whole", format!("Element matrix times {SCALE}: distance to whole numbers"), whole)
            .at_most(1e-13),
        Row::new("element-rigid", "Energy of a rigid motion of an element", rigid).at_most(1e-12),
    ]
}

/// The largest force that any of the three rigid motions makes on a patch of random moduli.
fn patch() -> f64 {
    let problem = Problem::new(5, 4, 0.5);
    let moduli = math::random::Mt19937::new(1).rand_vec(problem.elements());
    let motions: [fn(f64, f64) -> [f64; 2]; 3] = [|_, _| [1.0, 0.0], |_, _| [0.0, 1.0], |x, y| [-y, x]];
    let mut largest = 0.0_f64;
    for motion in motions {
        let u: Vec<f64> = (0..30).flat_map(|node| motion(f64::from(node / 5), f64::from(node % 5))).collect();
        let mut forces = vec![0.0; u.len()];
        for (element, modulus) in moduli.iter().enumerate() {
            let at = problem.element_freedoms(element % problem.width, element / problem.width);
            for (freedom, row) in at.iter().zip(&STIFFNESS) {
                forces[*freedom] += modulus / SCALE * row.iter().zip(at).map(|(k, other)| k * u[other]).sum::<f64>();
            }
        }
        largest = forces.iter().fold(largest, |most, force| most.max(force.abs()));
    }
    largest
}

fn tasks() -> Result<Vec<Row>> {
    let (mut compliance, mut sums, mut counts) = (0.0_f64, 0.0_f64, 0.0);
    for task in Task::all() {
        let (problem, print) = (task.problem(), task.fingerprint);
        let sum = |axis: usize| problem.forces.iter().skip(axis).step_by(2).sum::<f64>();
        let squares: f64 = problem.forces.iter().map(|force| force * force).sum();
        for (ours, printed) in [sum(0), sum(1), squares].into_iter().zip(print.sums) {
            sums = sums.max((ours - printed).abs() / printed.abs().max(1.0));
        }
        let loaded = problem.forces.chunks(2).filter(|force| force.iter().any(|part| *part != 0.0)).count();
        let fixed = problem.fixed.iter().filter(|fixed| **fixed).count();
        counts += f64::from(u8::from(fixed != print.fixed || loaded != print.loaded));
        let mut structure = Structure::new(problem)?;
        let start = structure.problem().uniform();
        let ours = structure.evaluate(&start)?.compliance;
        compliance = compliance.max((ours / print.compliance - 1.0).abs());
    }
    Ok(vec![
        Row::new(
            "tasks-compliance",
            "All 116 tasks: largest relative error of the uniform start's compliance",
            compliance,
        )
        .at_most(1e-6)
        .source("two independent computations; nine digits are known"),
        Row::new("tasks-sums", "All 116 tasks: largest error of the forces' sums", sums)
            .at_most(5.1e-6)
            .source("six digits are known"),
        Row::new("tasks-counts", "Tasks with a wrong number of supports or loads", counts).at_most(0.0),
    ])
}

fn beams() -> Result<Vec<Row>> {
    let mut structure = beam(60, 20)?;
    let density = structure.problem().uniform();
    let compliance = structure.compliance(&density)?;
    let gradient = structure.sensitivity(&density);
    let rows = [
        ("uniform-c", "60 x 20 beam, uniform 0.5: compliance", compliance, 1007.0221007),
        ("uniform-first", "The same: dc/dx at row 0, column 0", gradient[0], -148.693775014),
        ("uniform-last", "The same: dc/dx at row 19, column 59", gradient[1199], -112.375744208),
        ("uniform-sum", "The same: sum of dc/dx", gradient.iter().sum(), -6042.1325560),
    ];
    Ok(rows.map(|(id, what, ours, reference)| within(id, what, ours, reference, 1e-9).source(REFERENCE)).to_vec())
}

fn chain() -> Result<Vec<Row>> {
    let mut structure = beam(60, 20)?;
    let logit = |at: usize| math::ops::sin(0.3 * (at % 60) as f64) + math::ops::cos(0.5 * (at / 60) as f64);
    let logits: Vec<f64> = (0..1200).map(logit).collect();
    let shift = constrain(&logits, &structure.problem().mask, 0.5).shift;
    let evaluation = structure.evaluate_logits(&logits)?;
    let gradient = evaluation.gradient;
    let mean = evaluation.density.iter().sum::<f64>() / 1200.0;
    let values = [
        ("logits-shift", "Waves as logits: shift of the volume constraint", shift, -0.0190341038),
        ("logits-mean", "The same: mean density after the filter", mean, 0.5000448372),
        ("logits-c", "The same: compliance", evaluation.compliance, 2990.578998),
        ("logits-norm", "The same: norm of the gradient", math::linalg::norm(&gradient), 2119.933286),
        ("logits-first", "The same: gradient at row 0, column 0", gradient[0], -1.430640248),
        ("logits-last", "The same: gradient at row 19, column 59", gradient[1199], -1481.568854),
    ];
    let mut rows: Vec<Row> =
        values.map(|(id, what, ours, reference)| within(id, what, ours, reference, 1e-6).source(REFERENCE)).to_vec();
    let sum = gradient.iter().sum::<f64>().abs();
    rows.push(Row::new("logits-sum", "The same: sum of the gradient", sum).at_most(1e-8));
    let what = "The same: largest error against differences in 20 directions";
    rows.push(Row::new("logits-differences", what, differences(&mut structure, &logits, &gradient)?).at_most(1e-5));
    Ok(rows)
}

/// Relative to the size that a slope in a random direction has.
fn differences(structure: &mut Structure, logits: &[f64], gradient: &[f64]) -> Result<f64> {
    const STEP: f64 = 2e-3;
    let typical = math::linalg::norm(gradient) / math::ops::sqrt(logits.len() as f64);
    let mut random = math::random::Mt19937::new(1);
    let mut worst = 0.0_f64;
    for _ in 0..20 {
        let direction = random.randn_vec(logits.len());
        let length = math::linalg::norm(&direction);
        let mut moved = |by: f64| -> Result<f64> {
            let at: Vec<f64> = logits.iter().zip(&direction).map(|(z, d)| z + by * d / length).collect();
            Ok(structure.evaluate_logits(&at)?.compliance)
        };
        let difference = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
        let slope = math::linalg::dot(gradient, &direction) / length;
        worst = worst.max((difference - slope).abs() / slope.abs().max(typical));
    }
    Ok(worst)
}

fn classic() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let results = [
        (Filtered::Sensitivity, "sensitivity", 216.8137, 106.0, 216.81),
        (Filtered::Density, "density", 233.7146, 144.0, 233.71),
    ];
    for (filtered, name, reference, steps, printed) in results {
        let (compliance, took) = converge(&mut beam(60, 20)?, 2.4, filtered)?;
        let what = format!("88-line code, {name} filter: compliance");
        let row = Row::new(format!("88-{name}"), what, compliance).paper(printed);
        let row = row.at_least(reference - 1e-3).at_most(reference + 1e-3);
        rows.push(row.source("the 88-line paper; band: recomputed independently"));
        let row = Row::new(format!("88-{name}-steps"), format!("88-line code, {name} filter: steps"), took as f64);
        rows.push(row.paper(steps).at_least(steps - 2.0).at_most(steps + 2.0));
    }
    Ok(rows)
}
