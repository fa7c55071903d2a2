//! Numbers beside the paper's, each with the band that it is held to.

use std::fmt::Write as _;

/// One number.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// Stable name: `spring-hnn-test-mse`.
    pub id: String,
    /// What it is, in words.
    pub what: String,
    /// The paper's value.
    pub paper: Option<f64>,
    /// Ours; none where it could not be computed.
    pub ours: Option<f64>,
    /// Least value allowed.
    pub low: Option<f64>,
    /// Greatest value allowed.
    pub high: Option<f64>,
    /// Whether ours is in the band; none where it could not be computed.
    pub pass: Option<bool>,
    /// Where the paper's value and the band come from, and how ours was measured.
    pub source: String,
    /// Why ours is out of its band, where that is known and told; it stands in the model's card too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<String>,
}

impl Row {
    /// A number without a paper's value and without a band: it passes when it is finite.
    pub fn new(id: impl Into<String>, what: impl Into<String>, ours: f64) -> Self {
        let row = Self { id: id.into(), what: what.into(), ours: Some(ours), ..Self::default() };
        row.judged()
    }

    /// A number that cannot be computed here; `reason` says what is needed.
    pub fn skipped(id: impl Into<String>, what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { id: id.into(), what: what.into(), source: reason.into(), ..Self::default() }
    }

    /// The paper's value.
    pub fn paper(mut self, value: f64) -> Self {
        self.paper = Some(value);
        self
    }

    /// At most this.
    pub fn at_most(mut self, high: f64) -> Self {
        self.high = Some(high);
        self.judged()
    }

    /// At least this.
    pub fn at_least(mut self, low: f64) -> Self {
        self.low = Some(low);
        self.judged()
    }

    /// Where values come from.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// Should ours be out of its band, `reason` says why: the row still reads as short of it, and says so, but it is no
    /// news and fails nothing.
    pub fn known_shortfall(mut self, reason: impl Into<String>) -> Self {
        self.shortfall = (self.pass == Some(false)).then(|| reason.into());
        self
    }

    /// Out of its band, without a reason given: something broke.
    pub fn fails(&self) -> bool {
        self.pass == Some(false) && self.shortfall.is_none()
    }

    fn judged(mut self) -> Self {
        self.pass = self.ours.map(|ours| {
            ours.is_finite() && self.low.is_none_or(|low| ours >= low) && self.high.is_none_or(|high| ours <= high)
        });
        self
    }

    /// The band in words.
    pub fn band(&self) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) => format!("{} .. {}", number(low), number(high)),
            (Some(low), None) => format!(">= {}", number(low)),
            (None, Some(high)) => format!("<= {}", number(high)),
            (None, None) => String::new(),
        }
    }

    /// pass, short (of the band, for a reason given), FAIL, or what is missing.
    pub fn verdict(&self) -> &str {
        match self.pass {
            Some(true) if self.low.is_none() && self.high.is_none() => "",
            Some(true) => "pass",
            Some(false) if self.shortfall.is_some() => "short",
            Some(false) => "FAIL",
            None => "skipped",
        }
    }
}

/// Four digits, a power of ten where it is very small or large.
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || (1e-2..1e5).contains(&magnitude) {
        let digits = if magnitude >= 1000.0 {
            0
        } else if magnitude >= 10.0 {
            2
        } else {
            4
        };
        format!("{value:.digits$}")
    } else {
        format!("{value:.3e}")
    }
}

/// The rows as a table for a terminal.
pub fn table(rows: &[Row]) -> String {
    let cell = |value: Option<f64>| value.map_or_else(String::new, number);
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|row| [row.what.clone(), cell(row.paper), cell(row.ours), row.band(), row.verdict().to_owned()])
        .collect();
    let head = ["what", "paper", "ours", "band", ""].map(str::to_owned);
    let mut widths = [0; 5];
    for row in cells.iter().chain([&head]) {
        widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    let mut out = String::new();
    for row in [&head].into_iter().chain(&cells) {
        let line: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", line.join("  ").trim_end()).unwrap_or_default();
    }
    let count = |of: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| of(row)).count();
    let (failed, skipped) = (count(&Row::fails), count(&|row| row.pass.is_none()));
    let short = count(&|row| row.shortfall.is_some());
    let passed = rows.len() - failed - skipped - short;
    writeln!(out, "{passed} passed, {short} short, {failed} failed, {skipped} skipped").unwrap_or_default();
    for row in rows {
        if let Some(reason) = &row.shortfall {
            writeln!(out, "short: {} ({reason})", row.what).unwrap_or_default();
        }
    }
    for row in rows.iter().filter(|row| row.pass.is_none()) {
        writeln!(out, "skipped: {} ({})", row.what, row.source).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_judges() {
        let row = |ours| Row::new("a", "A", ours).at_least(1.0).at_most(2.0);
        assert_eq!(
            [0.9, 1.0, 2.0, 2.1, f64::NAN].map(|ours| row(ours).pass),
            [Some(false), Some(true), Some(true), Some(false), Some(false)]
        );
        assert_eq!(Row::new("a", "A", f64::INFINITY).pass, Some(false));
        assert_eq!(Row::skipped("a", "A", "needs --data").pass, None);
    }

    #[test]
    fn a_known_shortfall_is_told_and_fails_nothing() {
        let row = |ours| Row::new("a", "A", ours).at_most(1.0).known_shortfall("too little data");
        assert_eq!((row(2.0).pass, row(2.0).fails(), row(2.0).verdict()), (Some(false), false, "short"));
        assert_eq!((row(0.5).shortfall, row(0.5).verdict()), (None, "pass"));
        let text = table(&[row(2.0)]);
        assert!(text.contains("0 passed, 1 short, 0 failed, 0 skipped\nshort: A (too little data)"), "{text}");
    }

    #[test]
    fn the_table_tells_all() {
        let rows = [
            Row::new("a", "A number", 0.0366).paper(0.0359).at_most(0.037),
            Row::new("b", "B", 5e-4).at_least(1.0),
            Row::skipped("c", "C", "needs --data"),
        ];
        let text = table(&rows);
        assert!(text.contains("A number  0.0359  0.0366    <= 0.0370  pass"), "{text}");
        assert!(text.contains("5.000e-4  >= 1.0000  FAIL"), "{text}");
        assert!(text.contains("1 passed, 0 short, 1 failed, 1 skipped\nskipped: C (needs --data)"), "{text}");
    }
}
