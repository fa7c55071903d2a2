//! Section 3 of the paper: four classifiers, with the positions in order and shuffled.

use ::train::study::Collected;
use ::train::{Row, VerifyRequest};
use anyhow::{Context, Result};
use math::stats::{mean, standard_deviation};

use crate::learner::{Rows, accuracy};
use crate::model::{Kind, Network};
use crate::study::seeds;
use crate::training::Positions;

/// The README's table, test accuracy in percent.
fn published(kind: Kind, positions: Positions) -> f64 {
    match (kind, positions) {
        (Kind::Logistic, _) => 32.0,
        (Kind::Mlp, _) => 68.0,
        (Kind::Cnn, Positions::Ordered) => 94.0,
        (Kind::Cnn, Positions::Shuffled) => 56.0,
        (Kind::Gru, Positions::Ordered) => 91.0,
        (Kind::Gru, Positions::Shuffled) => 57.0,
    }
}

/// Numbers that the authors' network learns.
fn parameters(kind: Kind) -> f64 {
    match kind {
        Kind::Logistic => 410.0,
        Kind::Mlp => 15_210.0,
        Kind::Cnn => 5_210.0,
        Kind::Gru => 5_134.0,
    }
}

/// Lowest and highest mean over ten seeds; the authors' own runs lie within.
fn band(kind: Kind, positions: Positions) -> [f64; 2] {
    match (kind, positions) {
        (Kind::Logistic, _) => [30.8, 32.2],
        (Kind::Mlp, _) => [63.0, 68.0],
        (Kind::Cnn, Positions::Ordered) => [91.0, 95.0],
        (Kind::Cnn, Positions::Shuffled) => [54.0, 60.0],
        (Kind::Gru, Positions::Ordered) => [88.0, 93.0],
        (Kind::Gru, Positions::Shuffled) => [50.0, 58.0],
    }
}

/// How much a single seed may lie beyond the band of the mean.
const ONE_SEED: f64 = 2.5;

fn words(kind: Kind, positions: Positions) -> String {
    let order = if positions == Positions::Shuffled { ", positions shuffled" } else { "" };
    format!("{}{order}", kind.label())
}

/// What one network is worth, for its card.
pub fn network_rows(kind: Kind, positions: Positions, network: &Network, train: &Rows, test: &Rows) -> Vec<Row> {
    let id = format!("{}{}", kind.id(), positions.suffix());
    let words = words(kind, positions);
    let [low, high] = band(kind, positions);
    let percent = |rows| 100.0 * accuracy(network, rows);
    let source = "paper: README; band: that of ten seeds, and 2.5 points";
    vec![
        Row::new(format!("{id}-parameters"), format!("{words}: parameters"), network.parameters.len() as f64)
            .paper(parameters(kind))
            .at_least(parameters(kind))
            .at_most(parameters(kind))
            .source("the authors' models.py"),
        Row::new(format!("{id}-train"), format!("{words}: training accuracy, %"), percent(train)),
        Row::new(format!("{id}-test"), format!("{words}: test accuracy, %"), percent(test))
            .paper(published(kind, positions))
            .at_least(low - ONE_SEED)
            .at_most(high + ONE_SEED)
            .source(source),
    ]
}

/// The published files, and the ten seeds.
pub(super) fn rows(request: &VerifyRequest) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for positions in Positions::ALL {
        let [train, test] = Rows::of(&positions.data()?);
        for kind in Kind::ALL {
            let name = format!("{}{}", kind.id(), positions.suffix());
            let mut network = kind.network();
            network.load_onnx(&request.model(&name)?).with_context(|| name.clone())?;
            // That twins have as many parameters needs no telling twice.
            let known = usize::from(positions == Positions::Shuffled);
            rows.extend(network_rows(kind, positions, &network, &train, &test).into_iter().skip(known));
        }
    }
    match Collected::load(&request.models, "seeds")? {
        Some(collected) => rows.extend(seed_rows(&collected)?),
        None => rows.push(Row::skipped("seeds", "Ten seeds", "needs `cargo xtask train mnist1d seeds`")),
    }
    Ok(rows)
}

fn seed_rows(collected: &Collected) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut means = Vec::new();
    for positions in Positions::ALL {
        for kind in Kind::ALL {
            let accuracies = seeds::last_accuracies(&collected.results, kind, positions)?;
            let [low, high] = band(kind, positions);
            let id = format!("seeds-{}{}", kind.id(), positions.suffix());
            let spread = standard_deviation(&accuracies);
            let what =
                format!("{}: mean test accuracy of ten seeds, % (deviation {spread:.1})", words(kind, positions));
            means.push(((kind, positions), mean(&accuracies)));
            let row = Row::new(id, what, mean(&accuracies)).paper(published(kind, positions));
            rows.push(row.at_least(low).at_most(high).source("paper: README; band: the authors' stored runs"));
        }
    }
    let of = |kind, positions| {
        means.iter().find(|(key, _)| *key == (kind, positions)).map_or(f64::NAN, |(_, accuracy)| *accuracy)
    };
    let gap = |positions| of(Kind::Cnn, positions) - of(Kind::Mlp, positions);
    let source = "paper: README; ours: means of ten seeds";
    rows.push(
        Row::new("seeds-gap", "CNN less MLP, positions in order, points", gap(Positions::Ordered))
            .paper(26.0)
            .at_least(24.0)
            .source(source),
    );
    rows.push(
        Row::new("seeds-gap-shuffled", "CNN less MLP, positions shuffled, points", gap(Positions::Shuffled))
            .paper(-12.0)
            .at_most(0.0)
            .source(source),
    );
    Ok(rows)
}
