//! The paper's comparison, from whatever units exist.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::methods::Method;
use crate::tasks::Task;

/// Least compliances of a task and method by seed.
type Seeds = BTreeMap<u32, f64>;

/// A task with the results of all four methods.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    task: Task,
    typical: [f64; 4],
    best: [f64; 4],
    /// Starts of each method.
    starts: [usize; 4],
}

/// Prints the comparison of all tasks of which there are units of so many evaluations from at least so many starts.
pub(super) fn print(folder: &Path, evaluations: usize, starts: usize, save: bool) -> Result<()> {
    let mut rows = rows(folder, evaluations)?;
    rows.retain(|row| row.starts.iter().all(|made| *made >= starts));
    if rows.is_empty() {
        let what = format!("{evaluations} evaluations of all four methods from {starts} starts");
        bail!("{} holds no task with {what}", folder.display());
    }
    let mut text = String::new();
    let (small, large): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| !row.task.is_large());
    for (name, rows) in [("small", small), ("large", large), ("all", rows.iter().collect())] {
        if !rows.is_empty() {
            text += &section(name, &rows);
        }
    }
    train::files::write(&folder.join(format!("summary-{evaluations}.txt")), text.as_bytes())?;
    if save {
        let path = train::root()?.join("crates/papers/structural/src/tasks/ours.txt");
        train::files::write(&path, lines(&rows, evaluations).as_bytes())?;
    }
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes()).context("cannot print")
}

fn rows(folder: &Path, evaluations: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for task in Task::all() {
        let mut found: [Seeds; 4] = Default::default();
        let folder = folder.join(task.name);
        for path in train::files::list(&folder)? {
            let unit: Value = serde_json::from_slice(&train::files::read(&path)?)
                .with_context(|| format!("{} is no unit", path.display()))?;
            if unit["evaluations"].as_u64() != Some(evaluations as u64) {
                continue;
            }
            let method = unit["method"].as_str().and_then(Method::from_id);
            let (Some(method), Some(seed), Some(best)) = (method, unit["seed"].as_u64(), unit["best"].as_f64()) else {
                bail!("{} is no unit", path.display());
            };
            found[Method::ALL.iter().position(|one| *one == method).unwrap_or_default()].insert(seed as u32, best);
        }
        rows.extend(row(task, &found));
    }
    Ok(rows)
}

fn row(task: Task, found: &[Seeds; 4]) -> Option<Row> {
    let mut row = Row { task, typical: [0.0; 4], best: [0.0; 4], starts: [0; 4] };
    for (at, seeds) in found.iter().enumerate() {
        let values: Vec<f64> = seeds.values().copied().collect();
        row.typical[at] = if Method::ALL[at] == Method::Cnn { math::stats::median(&values) } else { *seeds.get(&0)? };
        row.best[at] = values.iter().copied().reduce(f64::min)?;
        row.starts[at] = values.len();
    }
    Some(row)
}

/// Relative errors to the best of the four methods, and how often each is the best.
fn section(name: &str, rows: &[&Row]) -> String {
    let fewest = rows.iter().flat_map(|row| row.starts).min().unwrap_or_default();
    let mut out = format!("{name}: {} tasks, at least {fewest} starts of each method\n", rows.len());
    writeln!(out, "  {:28}{:>9}{:>9}{:>9}{:>9}", "", "CNN", "pixel", "MMA", "OC").unwrap_or_default();
    let error = |values: [f64; 4]| {
        let best = values.into_iter().fold(f64::INFINITY, f64::min);
        values.map(|value| value / best - 1.0)
    };
    for (kind, pick) in [("typical", (|row: &Row| row.typical) as fn(&Row) -> [f64; 4]), ("best", |row| row.best)] {
        let errors: Vec<[f64; 4]> = rows.iter().map(|row| error(pick(row))).collect();
        let mean = |at: usize| errors.iter().map(|four| four[at]).sum::<f64>() / rows.len() as f64;
        let within = |at: usize, share: f64| errors.iter().filter(|four| four[at] <= share).count();
        let wins = |at: usize| {
            let least = |four: &[f64; 4]| four.iter().copied().fold(f64::INFINITY, f64::min);
            errors.iter().filter(|four| four[at] <= least(four)).count()
        };
        let mut line = |what: &str, cells: [String; 4]| {
            writeln!(out, "  {:28}{}", format!("{kind}: {what}"), cells.map(|cell| format!("{cell:>9}")).concat())
                .unwrap_or_default();
        };
        line("mean relative error", std::array::from_fn(|at| format!("{:.4}", mean(at))));
        line("is the best", std::array::from_fn(|at| wins(at).to_string()));
        line("within 1 %", std::array::from_fn(|at| within(at, 0.01).to_string()));
        line("within 5 %", std::array::from_fn(|at| within(at, 0.05).to_string()));
    }
    out
}

/// The numbers for the page: name, evaluations, starts, typical and best of the four methods.
fn lines(rows: &[Row], evaluations: usize) -> String {
    let mut out = String::new();
    for row in rows {
        let numbers: Vec<String> = row.typical.iter().chain(&row.best).map(|value| format!("{value:.6}")).collect();
        let starts = row.starts.iter().min().copied().unwrap_or_default();
        writeln!(out, "{} {evaluations} {starts} {}", row.task.name, numbers.join(" ")).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typical_run_of_pixels_is_the_constant_start_and_of_the_network_the_median() {
        let task = Task::named("mbb_beam_96x32_0.5").unwrap();
        let seeds = |values: [f64; 3]| values.into_iter().enumerate().map(|(at, v)| (at as u32, v)).collect::<Seeds>();
        let found = [seeds([3.0, 1.0, 2.0]), seeds([9.0, 8.0, 7.0]), seeds([4.0, 5.0, 6.0]), seeds([4.0, 1.0, 6.0])];
        let row = row(task, &found).unwrap();
        assert_eq!((row.typical, row.best), ([2.0, 9.0, 4.0, 4.0], [1.0, 7.0, 4.0, 1.0]));
        let text = section("small", &[&row]);
        let cells = |line: &str| {
            let line = text.lines().find(|one| one.contains(line)).unwrap();
            line.split_whitespace().rev().take(4).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(cells("typical: mean"), ["1.0000", "1.0000", "3.5000", "0.0000"]);
        assert_eq!(cells("best: is the best"), ["1", "0", "0", "1"]);
        assert!(super::row(task, &[Seeds::new(), seeds([1.0; 3]), seeds([1.0; 3]), seeds([1.0; 3])]).is_none());
    }
}
