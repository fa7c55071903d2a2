//! The table of engines: ratios first, then every time, then the losses that say whether all train the same.

use crate::console;
use serde::{Deserialize, Serialize};

/// Losses agree to this, relative to the larger.
const TOLERANCE: f64 = 1e-3;
/// So many are held to it: Adam's first steps have the size of its rate however small a gradient is, so rounding grows fast.
/// Our own CNN, begun 2e-7 off, is 1e-4 away after five steps.
const COMPARED: usize = 5;

/// One engine on one workload.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) engine: String,
    /// None where the engine is missing altogether.
    pub(super) workload: Option<String>,
    /// The median of a step or a call.
    pub(super) ms: Option<f64>,
    /// Of the first steps, each before its step.
    #[serde(default)]
    pub(super) losses: Vec<f64>,
    /// Why there is no time.
    #[serde(default)]
    pub(super) problem: Option<String>,
    /// A step's dispatches and submissions, on WebGPU.
    #[serde(default)]
    pub(super) costs: Option<Costs>,
}

/// A matrix product of ours on a device.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Rate {
    device: String,
    /// Rows, depth, columns.
    sizes: [usize; 3],
    ms: f64,
    gflops: f64,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Costs {
    dispatches: Option<f64>,
    submissions: Option<f64>,
}

impl Row {
    pub(super) fn missing(engine: &str, problem: &str) -> Self {
        let (engine, problem) = (engine.to_owned(), Some(problem.to_owned()));
        Self { engine, workload: None, ms: None, losses: Vec::new(), problem, costs: None }
    }

    fn is_ours(&self) -> bool {
        self.engine.starts_with("ours")
    }

    /// `native`, `wasm` or `webgpu`.
    fn place(&self) -> &str {
        self.engine.rsplit(", ").next().unwrap_or_default()
    }
}

pub(super) fn text(rows: &[Row]) -> String {
    let mut parts = vec![ratios(rows), times(rows), losses(rows)];
    let missing = rows.iter().filter(|row| row.workload.is_none());
    parts.extend(missing.map(|row| format!("{}: {}", row.engine, row.problem.as_deref().unwrap_or_default())));
    parts.join("\n\n")
}

/// Products with their share of the rate of the fastest of them.
pub(super) fn products(rates: &[Rate]) -> String {
    let fastest = rates.iter().fold(0.0, |most: f64, rate| most.max(rate.gflops));
    let line = |rate: &Rate| {
        let share = format!("{:.3}", rate.gflops / fastest);
        vec![
            rate.sizes.map(|size| size.to_string()).join(" x "),
            number(rate.ms),
            number(rate.gflops),
            share,
            rate.device.clone(),
        ]
    };
    let lines: Vec<Vec<String>> = rates.iter().map(line).collect();
    console::table(&["product", "ms", "GFLOP/s", "to the fastest", "device"], &lines)
}

/// The rows of each workload together, in the order in which they came.
fn by_workload(rows: &[Row]) -> Vec<(&str, Vec<&Row>)> {
    let mut found: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in rows {
        let Some(workload) = row.workload.as_deref() else { continue };
        match found.iter_mut().find(|(name, _)| *name == workload) {
            Some((_, group)) => group.push(row),
            None => found.push((workload, vec![row])),
        }
    }
    found
}

/// Whether an engine's losses are those that most can be said for: PyTorch's, else our own native ones.
fn agrees(row: &Row, group: &[&Row]) -> bool {
    let judge = group.iter().find(|other| other.engine.starts_with("PyTorch") && other.ms.is_some());
    let Some(judge) = judge.or_else(|| group.iter().find(|other| other.engine == "ours, native")) else { return true };
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= TOLERANCE * a.abs().max(b.abs());
    let as_many = !row.losses.is_empty() && row.losses.len() == judge.losses.len();
    as_many && row.losses.iter().zip(&judge.losses).take(COMPARED).all(close)
}

/// Our time as a multiple of the best rival's in the same place; a rival counts only where its losses agree.
fn ratios(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for (workload, group) in by_workload(rows) {
        for ours in group.iter().filter(|row| row.is_ours()) {
            let Some(ms) = ours.ms else { continue };
            let rivals =
                group.iter().filter(|row| !row.is_ours() && row.place() == ours.place() && agrees(row, &group));
            let best = rivals.filter_map(|row| Some((row.ms?, &row.engine))).min_by(|a, b| a.0.total_cmp(&b.0));
            let (ratio, rival) = match best {
                Some((best, engine)) => (format!("{:.2}", ms / best), format!("{engine} {}", number(best))),
                None => ("-".to_owned(), "no rival".to_owned()),
            };
            lines.push(vec![ratio, workload.to_owned(), format!("{} {}", ours.engine, number(ms)), rival]);
        }
    }
    console::table(&["ratio", "workload", "ours, ms", "best rival, ms"], &lines)
}

fn times(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for (workload, group) in by_workload(rows) {
        for row in &group {
            let time = row.ms.map_or_else(|| "-".to_owned(), number);
            let remark = match (&row.problem, agrees(row, &group)) {
                (Some(problem), _) => problem.clone(),
                (None, true) => row.costs.and_then(Costs::words).unwrap_or_default(),
                (None, false) => "its losses are others: it does not count".to_owned(),
            };
            lines.push(vec![workload.to_owned(), row.engine.clone(), time, remark]);
        }
    }
    console::table(&["workload", "engine", "ms", ""], &lines)
}

impl Costs {
    fn words(self) -> Option<String> {
        Some(format!("{} dispatches in {} submissions a step", self.dispatches?, self.submissions?))
    }
}

fn losses(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for (workload, group) in by_workload(rows) {
        for row in group.iter().filter(|row| !row.losses.is_empty()) {
            let losses: Vec<String> = row.losses.iter().map(|loss| format!("{loss:.5}")).collect();
            lines.push(vec![workload.to_owned(), row.engine.clone(), losses.join(" ")]);
        }
    }
    console::table(&["workload", "engine", "losses of the first steps"], &lines)
}

/// Three significant digits.
fn number(ms: f64) -> String {
    match ms {
        ..0.1 => format!("{ms:.4}"),
        0.1..1.0 => format!("{ms:.3}"),
        1.0..10.0 => format!("{ms:.2}"),
        10.0..100.0 => format!("{ms:.1}"),
        _ => format!("{ms:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(engine: &str, ms: f64, losses: &[f64]) -> Row {
        let (workload, losses) = (Some("W1".into()), losses.to_vec());
        Row { workload, ms: Some(ms), losses, problem: None, ..Row::missing(engine, "") }
    }

    #[test]
    fn the_best_rival_is_one_that_trains_the_same_in_the_same_place() {
        let rows = [
            row("ours, native", 1.0, &[2.0, 1.0]),
            row("PyTorch 2, native", 2.0, &[2.0, 1.0005]),
            row("ours, wasm", 3.0, &[2.0, 1.0]),
            row("wrong, wasm", 0.5, &[2.0, 1.01]),
            row("shorter, wasm", 0.5, &[2.0]),
            row("right, wasm", 6.0, &[2.0, 1.0]),
            Row::missing("absent, wasm", "not installed"),
        ];
        let text = text(&rows);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("0.50   W1        ours, native 1.00"), "{text}");
        assert!(
            lines[2].starts_with("0.50   W1        ours, wasm 3.00") && lines[2].ends_with("right, wasm 6.00"),
            "{text}"
        );
        assert_eq!(text.matches("does not count").count(), 2, "{text}");
        assert!(text.ends_with("absent, wasm: not installed"), "{text}");
    }

    #[test]
    fn without_pytorch_our_native_losses_judge_and_without_rivals_there_is_no_ratio() {
        let rows = [row("ours, native", 1.0, &[1.0]), row("other, wasm", 0.5, &[1.1]), row("ours, wasm", 2.0, &[1.0])];
        let text = text(&rows);
        assert_eq!(text.matches("no rival").count(), 2, "{text}");
    }

    #[test]
    fn times_have_three_digits() {
        assert_eq!([0.00951, 0.456, 1.234, 47.11, 1050.0].map(number), ["0.0095", "0.456", "1.23", "47.1", "1050"]);
    }
}
