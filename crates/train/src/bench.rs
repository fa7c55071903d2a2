//! Timing of a paper's hot paths.

use std::time::{Duration, Instant};

use anyhow::Result;

/// One hot path, without a clock.
pub struct Bench {
    /// Stable name, the same in the browser.
    pub id: String,
    /// Floating point operations of one iteration; zero where that says nothing.
    pub flops: f64,
    /// Runs so many iterations.
    pub run: Box<dyn FnMut(u32) -> Result<()>>,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Measurement {
    /// Of the [`Bench`].
    pub id: String,
    /// `native`
    #[serde(rename = "where")]
    pub place: String,
    /// One iteration, the best of several rounds.
    pub ms: f64,
    /// At that time.
    pub gflops: Option<f64>,
}

/// A round lasts about this long.
const ROUND: Duration = Duration::from_millis(200);

/// The quietest of so many rounds counts: a machine is never faster than it is.
const ROUNDS: usize = 5;

/// Times `bench` natively.
///
/// # Errors
/// Whatever the path itself says.
pub fn measure(bench: &mut Bench) -> Result<Measurement> {
    (bench.run)(1)?;
    let began = Instant::now();
    (bench.run)(1)?;
    let iterations = (ROUND.as_secs_f64() / began.elapsed().as_secs_f64().max(1e-7)).clamp(1.0, 1e6) as u32;
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        (bench.run)(iterations)?;
        best = best.min(began.elapsed().as_secs_f64() / f64::from(iterations));
    }
    let gflops = (bench.flops > 0.0).then(|| bench.flops / best / 1e9);
    Ok(Measurement { id: bench.id.clone(), place: "native".into(), ms: best * 1e3, gflops })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iteration_is_timed_and_counted() {
        let run = |iterations: u32| {
            std::thread::sleep(Duration::from_millis(20) * iterations);
            Ok(())
        };
        let mut bench = Bench { id: "sleep".into(), flops: 2e6, run: Box::new(run) };
        let measured = measure(&mut bench).unwrap();
        assert!((20.0..40.0).contains(&measured.ms), "{measured:?}");
        assert!(measured.gflops.unwrap() <= 1e-1);
    }
}
