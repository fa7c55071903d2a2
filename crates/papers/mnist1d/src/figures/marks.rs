//! How numbers are written in several figures.

use demo::Readout;

/// What is not known yet.
pub(super) const UNKNOWN: &str = "–";

/// A count with commas between thousands.
pub(super) fn thousands(count: usize) -> String {
    if count < 1000 { count.to_string() } else { format!("{},{:03}", thousands(count / 1000), count % 1000) }
}

/// A number, or a dash as long as it is not known: a readout has its place from the start.
pub(super) fn number_or_dash(id: &str, label: &str, value: Option<f64>, digits: usize, unit: &str) -> Readout {
    value.map_or_else(|| Readout::text(id, label, UNKNOWN), |value| Readout::number(id, label, value, digits, unit))
}
