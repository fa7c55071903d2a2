//! The data sets, by their hashes.

use ::train::Row;
use anyhow::Result;
use math::random::Mt19937;

use crate::data::hashes::{self, Hashes};
use crate::data::{Settings, generate, generate_from, labels};

/// How many hashes agree, for each data set of the paper.
pub(super) fn rows() -> Result<Vec<Row>> {
    let shuffled = Settings { shuffle_seq: true, ..Settings::default() };
    let transfer = Settings { seed: 43, ..Settings::default() };
    let mut rows = vec![
        row("default", "Published data set: x, x_test, y, y_test and t", hashes::DEFAULT, &Settings::default())?,
        row("shuffled", "With shuffle_seq: x and x_test", hashes::SHUFFLED, &shuffled)?,
        row("seed-43", "Seed 43 (lottery transfer): x and x_test", hashes::SEED_43, &transfer)?,
    ];
    rows.extend(noisy()?);
    let activation = generate(&Settings { num_samples: 10_000, ..Settings::default() })?;
    let same = hashes::of_floats(&activation.x) == hashes::ACTIVATION_X;
    rows.push(judged("activation", "10,000 examples (activation): x", usize::from(same), 1));
    Ok(rows)
}

fn row(id: &str, what: &str, expected: Hashes, settings: &Settings) -> Result<Row> {
    let found = expected.check(&generate(settings)?);
    Ok(judged(id, what, found.iter().filter(|(_, same)| *same).count(), found.len()))
}

fn judged(id: &str, what: &str, same: usize, all: usize) -> Row {
    let words = format!("{what}: hashes that agree");
    let row = Row::new(format!("data-{id}"), words, same as f64).paper(all as f64).at_least(all as f64);
    row.source("SHA-256 of the authors' package, 32-bit floats")
}

/// Double descent: the data, and the noisy labels that go on with their stream.
fn noisy() -> Result<[Row; 2]> {
    let mut random = Mt19937::new(42);
    let settings = Settings { num_samples: 16_000, train_split: 0.25, ..Settings::default() };
    let mut data = generate_from(&settings, &mut random)?;
    let found = hashes::DOUBLE_DESCENT.check(&data);
    let same = found.iter().filter(|(_, same)| *same).count();
    labels::add_noise(&mut data.y, 0.15, &mut random);
    let labels = usize::from(hashes::of_bytes(&data.y) == hashes::NOISY_LABELS);
    Ok([
        judged("double-descent", "16,000 examples (double descent): x and x_test", same, found.len()),
        judged("noisy-labels", "Their labels with 15 % noise", labels, 1),
    ])
}
