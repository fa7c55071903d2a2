//! What the bench tells in words and in tables.

use demo::{Readout, Table};

use super::super::marks::{UNKNOWN, number_or_dash, thousands};
use super::Bench;
use crate::data::templates::POINTS;
use crate::data::{CLASSES, STAGES, Settings};

impl Bench {
    /// In the order in which they are shown.
    pub(super) fn all_readouts(&self) -> Vec<Readout> {
        let made = self.making.made();
        let hash = made.map_or_else(|| UNKNOWN.into(), |made| format!("{}…", &made.sums[0][..12]));
        let mut readouts = vec![
            self.proof_readout(),
            Readout::text("hash", "SHA-256 of x", hash),
            self.set_readout(),
            number_or_dash("deviation", "Deviation before standardising", made.map(|made| made.data.deviation), 5, ""),
        ];
        readouts.extend(self.example_readouts());
        readouts
    }

    /// Which example is shown, and the numbers that were drawn for it.
    fn example_readouts(&self) -> [Readout; 5] {
        let [class, index] = self.chosen;
        let draws = self.trace.as_ref().map(|trace| trace.draws);
        let number = |id, label, value: Option<f64>, digits| number_or_dash(id, label, value, digits, "");
        [
            Readout::text("example", "Example", format!("{} of class {class}", index + 1)),
            number("padding", "Zeros of its padding", draws.map(|draws| draws.padding as f64), 2),
            number("scale", "Its scale", draws.map(|draws| draws.scale), 4),
            number("translation", "Rotated by", draws.map(|draws| draws.translation as f64), 2),
            number("shear", "Its shear", draws.map(|draws| draws.shear), 3),
        ]
    }

    fn set_readout(&self) -> Readout {
        let Settings { num_samples, train_split, .. } = self.making.recipe().settings;
        let rows = num_samples / CLASSES * CLASSES;
        let train = (rows as f64 * train_split) as usize;
        let text = format!("{} + {}", thousands(train), thousands(rows - train));
        Readout { number: Some(rows as f64), ..Readout::text("rows", "Rows to train and to test with", text) }
    }

    fn proof_readout(&self) -> Readout {
        let text = match (&self.refusal, self.making.made()) {
            (Some(_), _) => "as before: refused".into(),
            (None, None) => {
                let (share, what) = self.making.progress();
                format!("{what}, {:.0} %", 100.0 * share)
            }
            (None, Some(made)) => match made.known() {
                Some(known) => format!("✓ {}", known.short),
                None if (0..CLASSES).any(|class| self.is_drawn(class)) => "your own digits".into(),
                None => "one of your own".into(),
            },
        };
        let number = self.making.made().map(|made| f64::from(u8::from(made.known().is_some())));
        Readout { number, ..Readout::text("proof", "Which data set", text) }
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
