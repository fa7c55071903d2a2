//! Lottery tickets: two trials of iterated pruning, against dense networks and random masks, and what a mask is worth elsewhere.

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

/// Of the first weights of each trial.
const SEEDS: [u32; 2] = [42, 43];
/// Random masks and dense networks that are compared.
const REPEATS: u32 = 3;
/// The notebook keeps a checkpoint every so many steps and prunes by the last of them, which is not the end of a training.
const CHECKPOINT: u64 = 1000;
/// Of the transfer data.
const TRANSFER_SEED: u32 = 43;

/// The study.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tickets;

/// A number of the trials, their mean.
///
/// # Errors
/// When it is not there.
pub fn number(results: &Results, name: &str) -> Result<f64> {
    let of = |seed| trial(results, seed)?[name].as_f64().with_context(|| name.to_owned());
    Ok(math::stats::mean(&SEEDS.map(of).into_iter().collect::<Result<Vec<f64>>>()?))
}

/// The shares of two and of three neighbours of the first layer that survive together in the `lottery` or the `random` mask, means
/// of the trials.
///
/// # Errors
/// When they are not there.
pub fn adjacency(results: &Results, mask: &str) -> Result<[f64; 2]> {
    let name = format!("adjacency_{mask}");
    let of = |seed| -> Result<Vec<f64>> {
        serde_json::from_value(trial(results, seed)?[&name].clone()).with_context(|| name.clone())
    };
    let both = SEEDS.map(of).into_iter().collect::<Result<Vec<_>>>()?;
    Ok([0, 1].map(|count| math::stats::mean(&both.iter().map(|shares| shares[count]).collect::<Vec<f64>>())))
}

fn trial(results: &Results, seed: u32) -> Result<&Value> {
    results.get(&trial_name(seed)).with_context(|| trial_name(seed))
}

fn trial_name(seed: u32) -> String {
    format!("trial-{seed}")
}

impl Study for Tickets {
    fn name(&self) -> &'static str {
        "lottery"
    }

    fn about(&self) -> String {
        "Lottery tickets: two trials, the paper's schedule as far as its retraining 91 (92 % sparse), \
         pruned as in the notebook by the checkpoint of step 1,000; \
         dense networks and random masks that are compared with a ticket are means of three; the transfers use the pruning recipe \
         (1,502 steps, batch 100; the paper: 6,001, batch 500). Accuracies in percent."
            .into()
    }

    fn units(&self) -> Vec<String> {
        SEEDS.map(trial_name).into()
    }

    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
        let Some(seed) = SEEDS.into_iter().find(|seed| unit == trial_name(*seed)) else {
            bail!("there is no such unit")
        };
        let retrains = if quick { 1 } else { STUDIED };
        let steps = if quick { 10 } else { STEPS };
        let trial = Trial { seed, steps, rows: Rows::of(&generate(&Settings::default())?) };
        let first = network(WIDTH, seed);
        let [mut scored, ticket] = trial.retrain(&first, Mask::dense(&first));
        let mut curve = vec![trial.test(&ticket)];
        let mut mask = ticket.mask().clone();
        for index in 1..=retrains {
            if !progress.at(index as u64, retrains as u64 + 1) {
                return Ok(None);
            }
            mask = Mask::by_magnitude(scored.network(), sparsity(index));
            let [checkpoint, ticket] = trial.retrain(&first, mask.clone());
            curve.push(trial.test(&ticket));
            scored = checkpoint;
        }
        Ok(Some(trial.report(&first, &mask, &curve, sparsity(retrains))?))
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let level = |name: &str| -> Result<Vec<[f64; 2]>> {
            let value = number(results, name)?;
            Ok(vec![[0.0, value], [100.0 * sparsity(STUDIED), value]])
        };
        let curves = [
            Curve::new("lottery", curve(results)?, Color::Model),
            Curve::new("dense", level("dense")?, Color::Baseline),
            Curve::new("random, 92 %", level("random")?, Color::Muted),
        ];
        Ok(chart("Lottery tickets", ["weights dropped, %", "test accuracy, %"], &curves))
    }
}

/// Test accuracy in percent against the share of weights dropped in percent, the mean of both trials.
fn curve(results: &Results) -> Result<Vec<[f64; 2]>> {
    let of =
        |seed| -> Result<Vec<f64>> { serde_json::from_value(trial(results, seed)?["curve"].clone()).context("curve") };
    let [first, second] = [of(SEEDS[0])?, of(SEEDS[1])?];
    let means = first.iter().zip(&second).map(|(a, b)| (a + b) / 2.0);
    Ok(means.enumerate().map(|(index, value)| [100.0 * sparsity(index), value]).collect())
}

/// The data and how long a retraining lasts.
struct Trial {
    seed: u32,
    steps: u64,
    rows: [Rows; 2],
}

impl Trial {
    /// At the last checkpoint, and at the end.
    fn retrain(&self, first: &Network, mask: Mask) -> [Retrain; 2] {
        let mut retrain = Retrain::new(first, mask, BATCH);
        let mut checkpoint = retrain.clone();
        for step in 0..self.steps {
            retrain.step(&self.rows[0]);
            if step.is_multiple_of(CHECKPOINT) {
                checkpoint.clone_from(&retrain);
            }
        }
        [checkpoint, retrain]
    }

    /// Test accuracy in percent.
    fn test(&self, retrain: &Retrain) -> f64 {
        (1e4 * accuracy(retrain.network(), &self.rows[1])).round() / 1e2
    }

    fn score(&self, first: &Network, mask: &Mask) -> f64 {
        let [_, retrain] = self.retrain(first, mask.clone());
        self.test(&retrain)
    }

    /// Mean of several first weights, those of the trial among them.
    fn dense(&self) -> f64 {
        mean((0..REPEATS).map(|repeat| {
            let first = network(WIDTH, self.seed + 10 * repeat);
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
        let others = network(WIDTH, self.seed + 100);
        let mut table = serde_json::Map::new();
        for (name, order) in orders() {
            let trial = Self { seed: self.seed, steps: self.steps, rows: Rows::of(&rearranged(&data, &order)) };
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
