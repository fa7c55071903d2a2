//! `engines-cli`: `cases` prints what every engine is given, `bench` the times of our own; both as JSON. `cargo xtask bench
//! engines` calls it.

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> anyhow::Result<()> {
    native::run(std::env::args().nth(1).as_deref())
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::io::Write as _;
    use std::time::{Duration, Instant};

    use engines::{Case, Error, Job, WORKLOADS, Workload};

    /// Losses that are printed.
    const STEPS: usize = 10;
    /// A sample lasts about this long.
    const SAMPLE: Duration = Duration::from_millis(200);
    /// The median of so many samples counts.
    const SAMPLES: usize = 9;

    pub(crate) fn run(command: Option<&str>) -> anyhow::Result<()> {
        let json = match command {
            Some("cases") => {
                serde_json::to_string(&WORKLOADS.into_iter().map(Case::new).collect::<Result<Vec<_>, _>>()?)?
            }
            Some("bench") => {
                serde_json::to_string(&WORKLOADS.into_iter().map(measure).collect::<Result<Vec<_>, _>>()?)?
            }
            _ => anyhow::bail!("usage: engines-cli cases | bench"),
        };
        writeln!(std::io::stdout().lock(), "{json}")?;
        Ok(())
    }

    /// One line of the table.
    #[derive(serde::Serialize)]
    struct Measurement {
        engine: &'static str,
        workload: &'static str,
        ms: f64,
        losses: Vec<f32>,
    }

    fn measure(workload: Workload) -> Result<Measurement, Error> {
        let mut job = Job::new(workload)?;
        let losses = job.losses(STEPS)?;
        let once = time(&mut job, STEPS)?;
        let steps = (SAMPLE.as_secs_f64() / once).clamp(1.0, 1e6) as usize;
        let mut all = (0..SAMPLES).map(|_| time(&mut job, steps)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by(f64::total_cmp);
        Ok(Measurement { engine: "ours, native", workload: workload.id, ms: all[SAMPLES / 2] * 1e3, losses })
    }

    /// Seconds of a step, from the first weights on.
    fn time(job: &mut Job, steps: usize) -> Result<f64, Error> {
        let began = Instant::now();
        job.run(steps)?;
        Ok(began.elapsed().as_secs_f64() / steps as f64)
    }
}
