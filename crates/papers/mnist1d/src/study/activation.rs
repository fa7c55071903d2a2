//! Metalearning an activation function, and the functions that it is compared with.

use ::train::study::{Progress, Results, Study};
use anyhow::{Context, Result, bail};
use demo::Color;
use serde_json::{Value, json};

use super::chart::{Curve, chart};
use crate::data::generate;
use crate::lab::activation::{
    Base, CLIP, Function, INNER_STEPS, KNOTS, OUTER_RATE, OUTER_STEPS, Training, settings, slope,
};
use crate::learner::Rows;

/// First weights of the baselines.
const REPEATS: u32 = 5;
/// Far from those of the outer descent.
const FRESH_SEED: u32 = 10_000;

/// The study.
#[derive(Clone, Copy, Debug, Default)]
pub struct Activation;

/// Mean training loss and test accuracy in percent of a baseline or of the `learned` function.
///
/// # Errors
/// When the result is not there.
pub fn scores(results: &Results, unit: &str) -> Result<[f64; 2]> {
    let result = results.get(unit).with_context(|| unit.to_owned())?;
    let number = |name: &str| result[name].as_f64().with_context(|| format!("{unit}: {name}"));
    Ok([number("mean_loss")?, number("test")?])
}

impl Study for Activation {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn about(&self) -> String {
        format!(
            "Descent on an activation function, ELU plus a cubic spline of {KNOTS} coefficients (the paper: plus a network of 301 weights), by \
             the exact slope, {OUTER_STEPS} steps; each function's loss and test accuracy in percent over {REPEATS} first weights."
        )
    }

    fn units(&self) -> Vec<String> {
        std::iter::once("learned").chain(Base::ALL.map(Base::id)).map(str::to_owned).collect()
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        let rows = Rows::of(&generate(&settings())?);
        let inner = if quick { 5 } else { INNER_STEPS };
        if let Some(base) = Base::ALL.into_iter().find(|base| base.id() == unit) {
            return Ok(Some(json!(judged(&Function::plain(base), inner, &rows))));
        }
        if unit != "learned" {
            bail!("there is no such unit")
        }
        let mut function = Function::plain(Base::Elu);
        let steps = if quick { 1 } else { OUTER_STEPS };
        let mut losses = Vec::new();
        for step in 0..steps {
            let (training, slope) = slope(&function, step as u32, inner, &rows[0]);
            losses.push(training.mean_loss());
            for (value, slope) in function.coefficients.iter_mut().zip(slope) {
                *value -= OUTER_RATE * slope.clamp(-CLIP, CLIP);
            }
            if !progress.at(step as u64 + 1, steps as u64) {
                return Ok(None);
            }
        }
        let mut result = judged(&function, inner, &rows);
        result.insert("outer_loss".into(), json!(losses));
        result.insert("coefficients".into(), json!(function.coefficients));
        Ok(Some(json!(result)))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let learned = results.get("learned").context("learned")?;
        let coefficients: Vec<f32> = serde_json::from_value(learned["coefficients"].clone()).context("coefficients")?;
        let coefficients = coefficients.try_into().ok().context("not 32 coefficients")?;
        let curve = |label: &str, function: &Function, color| {
            let points =
                (-40..=40).map(|tenth| [f64::from(tenth) / 10.0, f64::from(function.at(tenth as f32 / 10.0)[0])]);
            Curve::new(label, points.collect(), color)
        };
        let curves = [
            curve("learned", &Function { base: Base::Elu, coefficients }, Color::Model),
            curve("ELU", &Function::plain(Base::Elu), Color::Baseline),
        ];
        Ok(chart("The learned activation function", ["x", "f(x)"], &curves))
    }
}

/// Means over fresh first weights.
fn judged(function: &Function, steps: usize, [train, test]: &[Rows; 2]) -> serde_json::Map<String, Value> {
    let (mut losses, mut accuracies) = (Vec::new(), Vec::new());
    for repeat in 0..REPEATS {
        let mut training = Training::new(function.clone(), FRESH_SEED + repeat);
        (0..steps).for_each(|_| training.step(train));
        losses.push(f64::from(training.mean_loss()));
        accuracies.push(100.0 * training.accuracy(test));
    }
    let mean = |values: &[f64]| json!((1e4 * math::stats::mean(values)).round() / 1e4);
    [("mean_loss".to_owned(), mean(&losses)), ("test".to_owned(), mean(&accuracies))].into_iter().collect()
}
