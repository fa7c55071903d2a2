//! What the bench tells in words and in tables.

use demo::{Readout, Table, format_number};

use super::Bench;
use super::making::Trace;
use crate::data::templates::POINTS;
use crate::data::{CLASSES, STAGES, Settings};

impl Bench {
    /// In the order in which they are shown.
    pub(super) fn all_readouts(&self) -> Vec<Readout> {
        let deviation = self.making.made().map_or_else(
            || Readout::text("deviation", "Deviation before standardising", "…"),
            |made| Readout::number("deviation", "Deviation before standardising", made.data.deviation, 5, ""),
        );
        vec![self.proof_readout(), self.set_readout(), self.example_readout(), self.hash_readout(), deviation]
    }

    fn example_readout(&self) -> Readout {
        let [class, index] = self.chosen;
        let Some(Trace { draws, .. }) = &self.trace else { return Readout::text("example", "Example", "being made") };
        let text = format!(
            "{} of class {class}: {} zeros, × {}, rotated by {}, shear {}",
            index + 1,
            draws.padding,
            format_number(draws.scale, 4),
            draws.translation,
            format_number(draws.shear, 3),
        );
        Readout::text("example", "Example", text)
    }

    fn set_readout(&self) -> Readout {
        let Settings { num_samples, train_split, final_seq_length, seed, .. } = self.making.recipe().settings;
        let rows = num_samples / CLASSES * CLASSES;
        let train = (rows as f64 * train_split) as usize;
        let text = format!("{train} + {} rows of {final_seq_length}, seed {seed}", rows - train);
        Readout { number: Some(rows as f64), ..Readout::text("rows", "To train and to test with", text) }
    }

    fn proof_readout(&self) -> Readout {
        let text = match (&self.refusal, self.making.made()) {
            (Some(refusal), _) => format!("the set before stays: {refusal}"),
            (None, None) => {
                let (share, what) = self.making.progress();
                format!("{what}, {:.0} %", 100.0 * share)
            }
            (None, Some(made)) => match made.known() {
                Some((name, 5)) => format!("all five arrays are {name}"),
                Some((name, arrays)) => format!("all {arrays} known arrays are {name}"),
                None if (0..CLASSES).any(|class| self.is_drawn(class)) => "a set of your own digits".into(),
                None => "a set of your own".into(),
            },
        };
        let number = self.making.made().map(|made| f64::from(u8::from(made.known().is_some())));
        Readout { number, ..Readout::text("proof", "Which data set", text) }
    }

    fn hash_readout(&self) -> Readout {
        let text = self.making.made().map_or_else(|| "…".into(), |made| format!("{}…", &made.sums[0][..16]));
        Readout::text("hash", "SHA-256 of x", text)
    }

    /// Stages, templates, and the data set once it is there.
    pub(super) fn all_tables(&self) -> Vec<Table> {
        let mut stages = Table::new("stages");
        if let Some(trace) = &self.trace {
            for (index, signal) in trace.signals.iter().enumerate() {
                stages = stages.column(&format!("{} {}", index + 1, STAGES[index]), signal.clone());
            }
        }
        let (points, drawn) = ((1..=POINTS).map(|point| point as f64).collect::<Vec<_>>(), &self.drawings);
        let templates = drawn
            .iter()
            .enumerate()
            .fold(Table::new("templates").column("point", points), |table, (class, heights)| {
                table.column(&format!("class {class}"), *heights)
            });
        let mut tables = vec![stages, templates];
        if let Some(made) = self.making.made() {
            let data = &made.data;
            tables.push(rows("train", data.length, &data.x, &data.y));
            tables.push(rows("test", data.length, &data.x_test, &data.y_test));
        }
        tables
    }
}

fn rows(name: &str, length: usize, x: &[f64], y: &[u8]) -> Table {
    let labels: Vec<f64> = y.iter().map(|label| f64::from(*label)).collect();
    let column = |index: usize| x.iter().skip(index).step_by(length).copied().collect::<Vec<_>>();
    (0..length).fold(Table::new(name).column("class", labels), |table, index| {
        table.column(&format!("x{}", index + 1), column(index))
    })
}
