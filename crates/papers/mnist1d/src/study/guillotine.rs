//! Guillotine regularisation: what a linear classifier finds in each layer of a network that learned without labels.

use ::train::study::{Progress, Results, Study};
use anyhow::{Context, Result, bail};
use demo::Color;
use serde_json::{Value, json};

use super::chart::{Curve, chart};
use crate::data::{Settings, generate};
use crate::lab::contrast::{Contrast, EPOCHS, Projector};
use crate::lab::probe::{Features, linear_accuracy, neighbour_accuracy};
use crate::learner::Rows;

/// Of weights and views.
const SEED: u32 = 0;
/// Of a probe.
const ITERATIONS: usize = 300;

/// The study.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guillotine;

/// Linear test accuracy after each layer in percent, beginning with the rows themselves.
///
/// # Errors
/// When the result is not there.
pub fn layers(results: &Results, projector: Projector) -> Result<Vec<f64>> {
    let result = results.get(projector.id()).context(projector.id())?;
    serde_json::from_value(result["linear"].clone()).context("linear")
}

impl Study for Guillotine {
    fn name(&self) -> &'static str {
        "guillotine"
    }

    fn about(&self) -> String {
        format!(
            "Self-supervised learning of {EPOCHS} epochs with three projectors, and probes of every layer; seed {SEED}; accuracies in percent."
        )
    }

    fn units(&self) -> Vec<String> {
        Projector::ALL.map(|projector| projector.id().to_owned()).into()
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        let Some(projector) = Projector::ALL.into_iter().find(|projector| projector.id() == unit) else {
            bail!("there is no such unit")
        };
        let [train, test] = Rows::of(&generate(&Settings::default())?);
        let mut contrast = Contrast::new(projector, train.count(), SEED);
        let epochs = if quick { 1 } else { EPOCHS };
        let mut losses = Vec::new();
        while contrast.epochs() < epochs {
            let losses_of_epoch: Vec<f32> = (0..contrast.batches()).map(|_| contrast.step(&train)).collect();
            losses.push(losses_of_epoch.iter().sum::<f32>() / losses_of_epoch.len() as f32);
            if !progress.at(contrast.epochs() as u64, epochs as u64 + 10) {
                return Ok(None);
            }
        }
        let network = contrast.network();
        let last = network.layers().len();
        let percent = |share: f64| (1e4 * share).round() / 1e2;
        let features = |layers: usize| [&train, &test].map(|rows| Features::after(network, layers, rows));
        let linear: Vec<f64> = (0..=last)
            .map(|layers| {
                let [train, test] = features(layers);
                percent(linear_accuracy(train, test, if quick { 5 } else { ITERATIONS }))
            })
            .collect();
        let [known, asked] = features(last);
        let neighbours = percent(neighbour_accuracy(&known, &asked));
        Ok(Some(json!({ "loss": losses, "linear": linear, "neighbours": neighbours })))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let colors = [Color::Model, Color::Baseline, Color::Truth];
        let curves = Projector::ALL.into_iter().zip(colors).map(|(projector, color)| {
            let points = layers(results, projector)?.into_iter().enumerate();
            let points = points.map(|(layer, accuracy)| [layer as f64, accuracy]).collect();
            Ok(Curve::new(format!("projector: {}", projector.id()), points, color))
        });
        let curves = curves.collect::<Result<Vec<_>>>()?;
        Ok(chart("Guillotine: linear probes", ["layers kept", "test accuracy, %"], &curves))
    }
}
