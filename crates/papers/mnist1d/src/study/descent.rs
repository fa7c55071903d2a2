//! Deep double descent: test error against width, for the perceptron and the CNN, with and without wrong labels.

use ::train::study::{Progress, Results, Study};
use anyhow::{Context, Result, bail};
use demo::Color;
use math::random::Mt19937;
use serde_json::{Value, json};

use super::chart::{Curve, chart};
use crate::lab::descent::{Descent, EPOCHS, NOISE, WIDTHS, rows};
use crate::learner::{PAPER_SEED, accuracy};
use crate::model::{Network, convolutional, perceptron};

/// Shares of wrong labels.
const NOISES: [f64; 2] = [0.0, NOISE];

/// Which networks are swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 40 - h - h - 10.
    Mlp,
    /// The CNN with c channels.
    Cnn,
}

/// Channels of the CNN: about the peak as in the paper, coarser beyond it.
const CHANNELS: [usize; 9] = [2, 6, 10, 14, 18, 24, 30, 50, 100];

impl Family {
    fn name(self) -> &'static str {
        match self {
            Self::Mlp => "mlp",
            Self::Cnn => "cnn",
        }
    }

    /// What is swept.
    pub fn widths(self) -> &'static [usize] {
        match self {
            Self::Mlp => &WIDTHS,
            Self::Cnn => &CHANNELS,
        }
    }

    fn network(self, width: usize) -> Network {
        match self {
            Self::Mlp => perceptron(width),
            Self::Cnn => convolutional(width),
        }
    }
}

/// The study of a family.
#[derive(Clone, Copy, Debug)]
pub struct DoubleDescent(pub Family);

fn unit_name(noise: f64, width: usize) -> String {
    format!("noise{:02}-width{width:03}", (100.0 * noise).round())
}

/// Training and test error in percent.
///
/// # Errors
/// When the result is not there.
pub fn errors(results: &Results, noise: f64, width: usize) -> Result<[f64; 2]> {
    let name = unit_name(noise, width);
    let result = results.get(&name).with_context(|| name.clone())?;
    let number = |key: &str| result[key].as_f64().with_context(|| format!("{name}: {key}"));
    Ok([number("train")?, number("test")?])
}

impl Study for DoubleDescent {
    fn name(&self) -> &str {
        match self.0 {
            Family::Mlp => "double-descent-mlp",
            Family::Cnn => "double-descent-cnn",
        }
    }

    fn about(&self) -> String {
        let sweep = match self.0 {
            Family::Mlp => "all 19 widths, without noise and with 15 % wrong labels, as in the paper",
            Family::Cnn => "nine widths of the paper's 29, without noise and with 15 % wrong labels",
        };
        format!("Deep double descent of the {}: {sweep}; {EPOCHS} epochs, one seed; errors in percent.", self.0.name())
    }

    fn units(&self) -> Vec<String> {
        let noises = NOISES.iter();
        noises.flat_map(|noise| self.0.widths().iter().map(|width| unit_name(*noise, *width))).collect()
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        let all = NOISES.iter().flat_map(|noise| self.0.widths().iter().map(|width| (*noise, *width)));
        let Some((noise, width)) = all.into_iter().find(|(noise, width)| unit_name(*noise, *width) == unit) else {
            bail!("there is no such unit")
        };
        let [train, test] = rows(noise)?;
        let network = self.0.network(width).initialised(&mut Mt19937::new(PAPER_SEED));
        let mut descent = Descent::new(network, train.count(), PAPER_SEED);
        let epochs = if quick { 1 } else { EPOCHS };
        for epoch in 1..=epochs {
            descent.epoch(&train);
            if !progress.at(epoch as u64, epochs as u64) {
                return Ok(None);
            }
        }
        let error = |rows| ((1.0 - accuracy(descent.network(), rows)) * 1e5).round() / 1e3;
        Ok(Some(json!({ "train": error(&train), "test": error(&test) })))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let mut curves = Vec::new();
        for (noise, color) in NOISES.iter().rev().zip([Color::Model, Color::Baseline]) {
            for (index, set) in ["training", "test"].into_iter().enumerate() {
                let points = self
                    .0
                    .widths()
                    .iter()
                    .map(|width| Ok([math::ops::log10(*width as f64), errors(results, *noise, *width)?[index]]));
                let label = format!("{set}, {:.0} % noise", 100.0 * noise);
                let mut curve = Curve::new(label, points.collect::<Result<_>>()?, color);
                if index == 0 {
                    curve.stroke = curve.stroke.dashed(4.0);
                }
                curves.push(curve);
            }
        }
        Ok(chart(&format!("Double descent, {}", self.0.name()), ["log10 width", "error, %"], &curves))
    }
}
