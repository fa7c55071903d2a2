//! How numbers are written in several figures.

/// A count with commas between thousands.
pub(super) fn thousands(count: usize) -> String {
    if count < 1000 { count.to_string() } else { format!("{},{:03}", thousands(count / 1000), count % 1000) }
}
