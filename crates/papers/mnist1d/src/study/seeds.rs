//! Ten draws of the first weights for each classifier, with the positions in order and shuffled (the paper's table).

use ::train::study::{Progress, Results, Study};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::chart::{COLORS, Curve, chart};
use crate::learner::{Learner, PAPER_SEED, READ_EVERY, Rows, STEPS, accuracy};
use crate::model::Kind;
use crate::training::Positions;

/// How many.
const SEEDS: u32 = 10;
/// Steps of a quick unit.
const QUICK: u64 = 20;

/// The study.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seeds;

/// A unit's configuration.
struct Unit {
    kind: Kind,
    positions: Positions,
    seed: u32,
}

impl Unit {
    fn all() -> impl Iterator<Item = Self> {
        let pairs = Kind::ALL.into_iter().flat_map(|kind| Positions::ALL.map(|positions| (kind, positions)));
        pairs.flat_map(|(kind, positions)| {
            (PAPER_SEED..PAPER_SEED + SEEDS).map(move |seed| Self { kind, positions, seed })
        })
    }

    fn name(&self) -> String {
        format!("{}-seed{}", group(self.kind, self.positions), self.seed)
    }
}

/// The units that differ only by their seed: `cnn-shuffled`.
fn group(kind: Kind, positions: Positions) -> String {
    format!("{}{}", kind.id(), positions.suffix())
}

/// Test accuracies in percent after the last step, seed by seed.
///
/// # Errors
/// When a result is not there or not a number.
pub fn last_accuracies(results: &Results, kind: Kind, positions: Positions) -> Result<Vec<f64>> {
    let units = Unit::all().filter(|unit| (unit.kind, unit.positions) == (kind, positions));
    units.map(|unit| curve(results, &unit)?.last().map(|point| point[1]).context("no readings")).collect()
}

/// Step and test accuracy in percent.
fn curve(results: &Results, unit: &Unit) -> Result<Vec<[f64; 2]>> {
    let result = results.get(&unit.name()).with_context(|| unit.name())?;
    let numbers = |name: &str| -> Result<Vec<f64>> {
        serde_json::from_value(result[name].clone()).with_context(|| format!("{}: {name}", unit.name()))
    };
    Ok(numbers("step")?.into_iter().zip(numbers("test")?).map(|(step, test)| [step, test]).collect())
}

impl Study for Seeds {
    fn name(&self) -> &'static str {
        "seeds"
    }

    fn about(&self) -> String {
        format!(
            "Each classifier from {SEEDS} draws of its first weights (torch seeds {PAPER_SEED} to {}), published loop; accuracies in percent.",
            PAPER_SEED + SEEDS - 1
        )
    }

    fn units(&self) -> Vec<String> {
        Unit::all().map(|unit| unit.name()).collect()
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        let Some(unit) = Unit::all().find(|known| known.name() == unit) else { bail!("there is no such unit") };
        let [train, test] = Rows::of(&unit.positions.data()?);
        let mut learner = Learner::new(unit.kind, unit.seed);
        let (mut steps, mut on_train, mut on_test) = (Vec::new(), Vec::new(), Vec::new());
        let total = if quick { QUICK } else { STEPS };
        for step in 0..total {
            learner.step(&train);
            if step.is_multiple_of(READ_EVERY) || step + 1 == total {
                steps.push(step);
                on_train.push(percent(accuracy(learner.network(), &train)));
                on_test.push(percent(accuracy(learner.network(), &test)));
                if !progress.at(step + 1, total) {
                    return Ok(None);
                }
            }
        }
        Ok(Some(json!({ "step": steps, "train": on_train, "test": on_test })))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let mut curves = Vec::new();
        for (kind, color) in Kind::ALL.into_iter().zip(COLORS) {
            for unit in Unit::all().filter(|unit| unit.kind == kind) {
                let label = if unit.seed == PAPER_SEED { group(kind, unit.positions) } else { String::new() };
                let mut line = Curve::new(label, curve(results, &unit)?, color);
                line.stroke.width = 0.8;
                if unit.positions == Positions::Shuffled {
                    line.stroke = line.stroke.dashed(4.0);
                }
                curves.push(line);
            }
        }
        Ok(chart("MNIST-1D: ten seeds", ["step", "test accuracy, %"], &curves))
    }
}

/// A share in percent, to a hundredth.
fn percent(share: f64) -> f64 {
    (1e4 * share).round() / 1e2
}
