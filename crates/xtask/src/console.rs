//! What the commands say: progress on stderr, results on stdout, so that `--json` can be piped.

use anyhow::Result;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

/// One line of progress.
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// One line of result.
pub(crate) fn print(line: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}

/// Runs one named step, announcing it before and its seconds after.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("  .... s  {name}"));
    let start = Instant::now();
    let outcome = work();
    let mark = if outcome.is_ok() { "done" } else { "FAILED" };
    say(&format!("{:6.1} s  {name}: {mark}", start.elapsed().as_secs_f64()));
    outcome
}

/// A table of left-aligned columns (numbers read well enough so), separated by two spaces.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut width: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in width.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    for row in std::iter::once(&header).chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&width) {
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.pop();
    text
}

/// 12345678 as `12.35 MB`, 1234 as `1.2 kB`.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        _ => format!("{:.2} MB", count as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["a".to_owned(), "long".to_owned()], vec!["bbb".to_owned(), "x".to_owned()]];
        assert_eq!(table(&["k", "v"], &rows), "k    v\na    long\nbbb  x");
    }

    #[test]
    fn bytes_are_decimal() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(450_000), "450.0 kB");
        assert_eq!(bytes(12_345_678), "12.35 MB");
    }
}
