//! What the published table says when it is counted: the sentences of the page rest on it.

use train::Row;

use crate::tasks::{Native, Task};

const SOURCE: &str = "notebook analyze_results, table at step 1000";

/// Mean relative errors as printed, each to the best of the four methods: CNN, pixels, MMA, OC.
const TYPICAL: [f64; 4] = [0.0193, 0.3531, 0.0265, 0.0531];
const BEST: [f64; 4] = [0.0026, 0.1350, 0.0084, 0.0374];
const NAMES: [&str; 4] = ["CNN", "pixels", "MMA", "OC"];
const IDS: [&str; 4] = ["cnn", "pixel", "mma", "oc"];

pub(super) fn rows() -> Vec<Row> {
    let tasks: Vec<Task> = Task::all().collect();
    let mut rows = Vec::new();
    for (kind, printed, pick) in
        [("typical", TYPICAL, (|task: &Task| task.typical) as fn(&Task) -> [f64; 4]), ("best", BEST, |task| task.best)]
    {
        for at in 0..4 {
            let what = format!("Published, all 116 tasks, {kind}: mean relative error of {}", NAMES[at]);
            let row = Row::new(format!("published-{kind}-{}", IDS[at]), what, mean_error(&tasks, pick, at));
            // The table has four to six digits, the mean four.
            let row = row.paper(printed[at]).at_least(printed[at] - 1e-4).at_most(printed[at] + 1e-4);
            rows.push(row.source(SOURCE));
        }
    }
    for (at, wins, source) in [(0, 67.0, "the abstract says 50 % more often than the other"), (2, 49.0, SOURCE)] {
        let what = format!("Published, best of an ensemble: tasks where {} is the best or among the best", NAMES[at]);
        let row = Row::new(format!("published-wins-{}", IDS[at]), what, count_wins(&tasks, at));
        rows.push(row.at_least(wins).at_most(wins).source(source));
    }
    rows
}

/// What our own runs say, which have fewer evaluations and starts: no band can be asked of them.
pub(super) fn native_rows() -> Vec<Row> {
    let natives: Vec<Native> = Native::all().collect();
    let fewest = |of: fn(&Native) -> usize| natives.iter().map(of).min().unwrap_or_default();
    let source = format!(
        "our native runs: {} evaluations, at least {} starts of each method",
        fewest(|native| native.evaluations),
        fewest(|native| native.starts)
    );
    let row = |id: &str, what: &str, ours: f64| Row::new(format!("native-{id}"), what, ours).source(source.clone());
    let wins = |method: usize| {
        let least = |native: &&Native| native.best.iter().all(|other| native.best[method] <= *other);
        natives.iter().filter(least).count() as f64
    };
    vec![
        row("tasks", "Tasks computed here with all four methods", natives.len() as f64),
        row("wins-cnn", "Of these, tasks where the network is the best or among the best", wins(0)),
        row("wins-mma", "Of these, tasks where MMA is the best or among the best", wins(2)),
    ]
}

fn mean_error(tasks: &[Task], pick: fn(&Task) -> [f64; 4], method: usize) -> f64 {
    let error = |task: &Task| {
        let values = pick(task);
        values[method] / values.into_iter().fold(f64::INFINITY, f64::min) - 1.0
    };
    tasks.iter().map(error).sum::<f64>() / tasks.len() as f64
}

fn count_wins(tasks: &[Task], method: usize) -> f64 {
    let wins = |task: &&Task| task.best.iter().all(|other| task.best[method] <= *other);
    tasks.iter().filter(wins).count() as f64
}
