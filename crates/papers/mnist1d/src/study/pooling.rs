//! The pooling benchmark: five networks on six sizes of the data set.

use ::train::study::{Progress, Results, Study};
use anyhow::{Context, Result, bail};
use demo::Color;
use math::random::Mt19937;
use serde_json::{Value, json};

use super::chart::{Curve, chart};
use crate::data::generate;
use crate::lab::pooling::{SIZES, Shrinking, settings};
use crate::learner::{BATCH, Learner, RATE, Rows, STEPS, accuracy};

/// Of the first weights, as in the notebook.
const SEED: u32 = 0;

/// The study.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoolingBenchmark;

fn unit_name(way: Shrinking, size: usize) -> String {
    format!("{}-{size}", way.id())
}

/// Test accuracy in percent.
///
/// # Errors
/// When the result is not there.
pub fn test_accuracy(results: &Results, way: Shrinking, size: usize) -> Result<f64> {
    let name = unit_name(way, size);
    results.get(&name).and_then(|result| result["test"].as_f64()).context(name)
}

impl Study for PoolingBenchmark {
    fn name(&self) -> &'static str {
        "pooling"
    }

    fn about(&self) -> String {
        "Pooling against the size of the training set, published loop, weights of seed 0; accuracies in percent.".into()
    }

    fn units(&self) -> Vec<String> {
        SIZES.into_iter().flat_map(|size| Shrinking::ALL.map(|way| unit_name(way, size))).collect()
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        let all = SIZES.into_iter().flat_map(|size| Shrinking::ALL.map(|way| (way, size)));
        let Some((way, size)) = all.into_iter().find(|(way, size)| unit_name(*way, *size) == unit) else {
            bail!("there is no such unit")
        };
        let [train, test] = Rows::of(&generate(&settings(size))?);
        let network = way.network().initialised(&mut Mt19937::new(SEED));
        let mut learner = Learner::from_network(network, RATE, BATCH);
        let steps = if quick { 20 } else { STEPS };
        for step in 1..=steps {
            learner.step(&train);
            if step % 100 == 0 && !progress.at(step, steps) {
                return Ok(None);
            }
        }
        let percent = |rows| (1e4 * accuracy(learner.network(), rows)).round() / 1e2;
        let first = train.first(5000);
        Ok(Some(json!({ "train": percent(&first), "test": percent(&test) })))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let colors = [Color::Ink, Color::Baseline, Color::Model, Color::Truth, Color::Accent];
        let curves = Shrinking::ALL.into_iter().zip(colors).map(|(way, color)| {
            let points =
                SIZES.into_iter().map(|size| Ok([math::ops::log10(size as f64), test_accuracy(results, way, size)?]));
            Ok(Curve::new(way.id(), points.collect::<Result<_>>()?, color))
        });
        let curves = curves.collect::<Result<Vec<_>>>()?;
        Ok(chart("Pooling", ["log10 training rows", "test accuracy, %"], &curves))
    }
}
