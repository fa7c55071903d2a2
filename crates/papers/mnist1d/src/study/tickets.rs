//! Lottery tickets: one trial of iterated pruning, against dense networks and random masks, and what the mask is worth elsewhere.

use std::fmt::Write as _;

use ::train::study::{Progress, Results, Study};
use anyhow::{Context, Result, bail};
use demo::Color;
use math::random::Mt19937;
use serde_json::{Value, json};

use super::chart::{Curve, chart};
use crate::data::{Dataset, Settings, generate};
use crate::lab::tickets::{BATCH, Mask, Retrain, STEPS, STUDIED, WIDTH, network, sparsity};
use crate::learner::{Rows, accuracy};
use crate::model::Network;

/// Of the first weights.
const SEED: u32 = 42;
/// Random masks and dense networks that are compared.
const REPEATS: u32 = 3;
/// Of the transfer data.
const TRANSFER_SEED: u32 = 43;

/// The study.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tickets;

/// A number of the one unit.
///
/// # Errors
/// When it is not there.
pub fn number(results: &Results, name: &str) -> Result<f64> {
    results.get("trial").and_then(|trial| trial[name].as_f64()).with_context(|| name.to_owned())
}

impl Study for Tickets {
    fn name(&self) -> &'static str {
        "lottery"
    }

    fn about(&self) -> String {
        "Lottery tickets: one trial (the paper has two), the paper's schedule as far as its retraining 91 (92 % sparse); dense networks \
         and random masks are means of three; the transfers use the pruning recipe (1,502 steps, batch 100; the paper: 6,001, \
         batch 500). Accuracies in percent."
            .into()
    }

    fn units(&self) -> Vec<String> {
        vec!["trial".into()]
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        if unit != "trial" {
            bail!("there is no such unit")
        }
        let retrains = if quick { 1 } else { STUDIED };
        let trial = Trial { steps: if quick { 10 } else { STEPS }, rows: Rows::of(&generate(&Settings::default())?) };
        let first = network(WIDTH, SEED);
        let mut ticket = trial.retrain(&first, Mask::dense(&first));
        let mut curve = vec![trial.test(&ticket)];
        for index in 1..=retrains {
            if !progress.at(index as u64, retrains as u64 + 1) {
                return Ok(None);
            }
            ticket = trial.retrain(&first, Mask::by_magnitude(ticket.network(), sparsity(index)));
            curve.push(trial.test(&ticket));
        }
        Ok(Some(trial.report(&first, ticket.mask(), &curve, sparsity(retrains))?))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let trial = results.get("trial").context("the trial is missing")?;
        let accuracies: Vec<f64> = serde_json::from_value(trial["curve"].clone()).context("curve")?;
        let points: Vec<_> =
            accuracies.iter().enumerate().map(|(index, value)| [100.0 * sparsity(index), *value]).collect();
        let level = |name: &str| -> Result<Vec<[f64; 2]>> {
            let value = number(results, name)?;
            Ok(vec![[0.0, value], [100.0 * sparsity(STUDIED), value]])
        };
        let curves = [
            Curve::new("lottery", points, Color::Model),
            Curve::new("dense", level("dense")?, Color::Baseline),
            Curve::new("random, 92 %", level("random")?, Color::Muted),
        ];
        Ok(chart("Lottery tickets", ["weights dropped, %", "test accuracy, %"], &curves))
    }
}

/// The data and how long a retraining lasts.
struct Trial {
    steps: u64,
    rows: [Rows; 2],
}

impl Trial {
    fn retrain(&self, first: &Network, mask: Mask) -> Retrain {
        let mut retrain = Retrain::new(first, mask, BATCH);
        for _ in 0..self.steps {
            retrain.step(&self.rows[0]);
        }
        retrain
    }

    /// Test accuracy in percent.
    fn test(&self, retrain: &Retrain) -> f64 {
        (1e4 * accuracy(retrain.network(), &self.rows[1])).round() / 1e2
    }

    fn score(&self, first: &Network, mask: &Mask) -> f64 {
        self.test(&self.retrain(first, mask.clone()))
    }

    /// Mean of several first weights.
    fn dense(&self) -> f64 {
        mean((0..REPEATS).map(|repeat| {
            let first = network(WIDTH, SEED + repeat);
            self.score(&first, &Mask::dense(&first))
        }))
    }

    fn random(&self, first: &Network, sparsity: f64) -> f64 {
        mean((0..REPEATS).map(|repeat| self.score(first, &Mask::random(first, sparsity, &mut Mt19937::new(repeat)))))
    }

    fn report(&self, first: &Network, ticket: &Mask, curve: &[f64], sparsity: f64) -> Result<Value> {
        let random = Mask::random(first, sparsity, &mut Mt19937::new(0));
        let adjacency = |mask: &Mask| [2, 3, 4].map(|count| mask.adjacency(WIDTH, count));
        Ok(json!({
            "curve": curve,
            "lottery": curve.last(),
            "dense": self.dense(),
            "random": self.random(first, sparsity),
            "adjacency_lottery": adjacency(ticket),
            "adjacency_random": adjacency(&random),
            "adjacency_ratio": ticket.adjacency(WIDTH, 2) / random.adjacency(WIDTH, 2),
            "published_four_lottery": ticket.published_four(&random, WIDTH),
            "transfer": self.transfers(first, ticket, &random)?,
            "first_layer_mask": packed(ticket.first_layer(WIDTH)),
        }))
    }

    /// Dense, lottery and random mask on other data, with the same first weights unless said.
    fn transfers(&self, first: &Network, ticket: &Mask, random: &Mask) -> Result<Value> {
        let data = generate(&Settings { seed: TRANSFER_SEED, ..Settings::default() })?;
        let others = network(WIDTH, SEED + 100);
        let mut table = serde_json::Map::new();
        for (name, order) in orders() {
            let trial = Self { steps: self.steps, rows: Rows::of(&rearranged(&data, &order)) };
            let masks = [&Mask::dense(first), ticket, random];
            table.insert(name.into(), json!(masks.map(|mask| trial.score(first, mask))));
            if name == "same" {
                table.insert("new weights".into(), json!(masks.map(|mask| trial.score(&others, mask))));
            }
        }
        Ok(table.into())
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    math::stats::mean(&values)
}

fn rearranged(data: &Dataset, order: &[usize]) -> Dataset {
    data.with_positions(order)
}

/// The orders of the positions to which a ticket is moved.
fn orders() -> [(&'static str, Vec<usize>); 4] {
    let quarters = [20..30, 30..40, 0..10, 10..20];
    [
        ("same", (0..40).collect()),
        ("permuted", Mt19937::new(0).permutation(40)),
        ("reversed", (0..40).rev().collect()),
        ("quarters", quarters.into_iter().flatten().collect()),
    ]
}

/// A mask as hexadecimal digits, four weights each, the first the most significant.
fn packed(mask: &[f32]) -> String {
    mask.chunks(4).fold(String::new(), |mut text, four| {
        let bits = four.iter().fold(0, |bits, mask| bits * 2 + u8::from(*mask > 0.0));
        write!(text, "{bits:x}").unwrap_or_default();
        text
    })
}
