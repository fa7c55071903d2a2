//! Metalearning a learning rate from the authors' two starts, and the curve on which it rolls.

use ::train::study::{Progress, Results, Study};
use anyhow::{Context, Result, bail};
use demo::Color;
use serde_json::{Value, json};

use super::chart::{Curve, chart};
use crate::data::{Settings, generate};
use crate::lab::rates::{Batches, OUTER_RATE, OUTER_STEPS, STARTS, first_weights, inner};
use crate::learner::PAPER_SEED;

/// Rates of the curve.
const GRID: usize = 64;

/// The study.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates;

fn descent(start: f64) -> String {
    format!("from-{start}")
}

/// The rate after every outer step from this start, then the mean losses there.
///
/// # Errors
/// When the results are not there.
pub fn path(results: &Results, start: f64) -> Result<(Vec<f64>, Vec<f64>, Vec<f64>)> {
    let result = results.get(&descent(start)).context("a start is missing")?;
    let numbers = |name: &str| serde_json::from_value(result[name].clone()).with_context(|| name.to_owned());
    Ok((numbers("rate")?, numbers("mean_loss")?, numbers("last_loss")?))
}

impl Study for Rates {
    fn name(&self) -> &'static str {
        "learning-rate"
    }

    fn about(&self) -> String {
        format!(
            "Descent on a learning rate by its exact slope, {OUTER_STEPS} steps of rate {OUTER_RATE} from {} and {}, as in the paper; \
             first weights of seed {PAPER_SEED}.",
            STARTS[0], STARTS[1]
        )
    }

    fn units(&self) -> Vec<String> {
        STARTS.map(descent).into_iter().chain(["curve".into()]).collect()
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        let batches = Batches::of(&generate(&Settings::default())?);
        let weights = first_weights(PAPER_SEED);
        if unit == "curve" {
            let rates: Vec<f64> = math::linspace(0.02, 1.6, if quick { 2 } else { GRID });
            let mut losses = Vec::new();
            for (index, rate) in rates.iter().enumerate() {
                losses.push(inner(*rate, &weights, &batches).mean_loss);
                if !progress.at(index as u64 + 1, rates.len() as u64) {
                    return Ok(None);
                }
            }
            return Ok(Some(json!({ "rate": rates, "mean_loss": losses })));
        }
        let Some(start) = STARTS.into_iter().find(|start| descent(*start) == unit) else { bail!("no such unit") };
        let steps = if quick { 1 } else { OUTER_STEPS };
        let (mut rate, mut rates, mut means, mut lasts) = (start, Vec::new(), Vec::new(), Vec::new());
        for step in 0..=steps {
            let outcome = inner(rate, &weights, &batches);
            rates.push(rate);
            means.push(outcome.mean_loss);
            lasts.push(outcome.last_loss);
            rate -= OUTER_RATE * outcome.slope;
            if !progress.at(step as u64, steps as u64) {
                return Ok(None);
            }
        }
        Ok(Some(json!({ "rate": rates, "mean_loss": means, "last_loss": lasts })))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let mut curves = Vec::new();
        for (start, color) in STARTS.into_iter().zip([Color::Model, Color::Baseline]) {
            let (rates, ..) = path(results, start)?;
            let points = rates.iter().enumerate().map(|(step, rate)| [step as f64, *rate]).collect();
            curves.push(Curve::new(format!("from {start}"), points, color));
        }
        Ok(chart("Metalearning a learning rate", ["outer step", "learning rate"], &curves))
    }
}
