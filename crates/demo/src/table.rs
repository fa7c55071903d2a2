//! The numbers behind a figure, as tables for export: comma-separated values for spreadsheets, JSON for programs.

use std::fmt::Write as _;

/// A table of a figure's data.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Table {
    /// Stable name, part of the exported file's name: `paths`.
    pub name: String,
    /// Columns of equal length.
    pub columns: Vec<Column>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Column {
    /// What it is, with its unit where it has one: `time (s)`.
    pub name: String,
    /// Its values; one that is not finite is an empty cell.
    pub values: Vec<f64>,
}

impl Table {
    /// A table without columns yet.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), columns: Vec::new() }
    }

    /// The same with one more column.
    pub fn column(mut self, name: &str, values: impl Into<Vec<f64>>) -> Self {
        self.columns.push(Column { name: name.into(), values: values.into() });
        self
    }

    /// Comma-separated values with a head line (RFC 4180). Short columns end in empty cells.
    pub fn csv(&self) -> String {
        let head: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        let mut out = head.join(",") + "\r\n";
        let rows = self.columns.iter().map(|column| column.values.len()).max().unwrap_or_default();
        for row in 0..rows {
            for (index, column) in self.columns.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                match column.values.get(row).filter(|value| value.is_finite()) {
                    Some(value) => write!(out, "{comma}{value}"),
                    None => write!(out, "{comma}"),
                }
                .unwrap_or_default();
            }
            out.push_str("\r\n");
        }
        out
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_as_rfc_4180_has_it() {
        let table = Table::new("path")
            .column("time (s)", [0.0, 0.25])
            .column("height, \"up\"", [1.5, f64::NAN])
            .column("energy", [-1e-9]);
        assert_eq!(table.csv(), "time (s),\"height, \"\"up\"\"\",energy\r\n0,1.5,-0.000000001\r\n0.25,,\r\n");
        assert_eq!(Table::new("empty").csv(), "\r\n");
    }
}
