//! The training loop: progress, metrics as JSON lines, checkpoints, and going on from one.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{Training, files};

/// Steps between two readings of the loss: each makes a GPU wait.
const READ_EVERY: u64 = 10;

/// A crash costs at most so much.
const CHECKPOINT_EVERY: Duration = Duration::from_mins(1);

/// One run: which steps, and where its traces go.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For the progress bar and the checkpoint.
    pub name: String,
    /// Goes into the checkpoint: only the same run may go on from it.
    pub seed: u32,
    /// Steps in all.
    pub steps: u64,
    /// Folder of metrics and checkpoint.
    pub folder: PathBuf,
    /// Go on from the checkpoint, if there is one.
    pub resume: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All steps are done.
    Finished,
    /// It was told to stop; a checkpoint lies in its folder.
    Interrupted,
}

/// The loss at a step.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Reading {
    /// Steps done.
    pub step: u64,
    /// The loss of that step.
    pub loss: f32,
    /// Since the first step, interruptions left out.
    pub seconds: f64,
}

/// What stands before the network in a checkpoint.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Header {
    name: String,
    seed: u32,
    step: u64,
    seconds: f64,
}

impl Plan {
    fn checkpoint(&self) -> PathBuf {
        self.folder.join("checkpoint")
    }

    fn metrics(&self) -> PathBuf {
        self.folder.join("metrics.jsonl")
    }
}

/// Trains until `plan.steps` or until `stop` is set, and gives the readings of the loss from the first step on.
///
/// # Errors
/// When the device or the disk fails, when the loss is no longer finite, or when the checkpoint is of another run.
pub fn fit(training: &mut dyn Training, plan: &Plan, stop: &AtomicBool) -> Result<(Outcome, Vec<Reading>)> {
    let (mut step, earlier, mut readings) = start(training, plan)?;
    let bar = progress(plan, step);
    let (began, mut saved) = (Instant::now(), Instant::now());
    let seconds = || earlier + began.elapsed().as_secs_f64();
    while step < plan.steps {
        if stop.load(Ordering::Relaxed) {
            save(training, plan, &readings, step, seconds())?;
            bar.abandon_with_message("interrupted");
            return Ok((Outcome::Interrupted, readings));
        }
        training.step()?;
        step += 1;
        if step == 1 || step.is_multiple_of(READ_EVERY) || step == plan.steps {
            let loss = training.loss()?;
            if !loss.is_finite() {
                bail!("{}: the loss is {loss} at step {step}", plan.name);
            }
            readings.push(Reading { step, loss, seconds: seconds() });
            report(&bar, plan, step, loss);
        }
        if saved.elapsed() > CHECKPOINT_EVERY {
            save(training, plan, &readings, step, seconds())?;
            saved = Instant::now();
        }
    }
    save(training, plan, &readings, step, seconds())?;
    bar.finish();
    Ok((Outcome::Finished, readings))
}

/// The step, the seconds and the readings to go on from.
fn start(training: &mut dyn Training, plan: &Plan) -> Result<(u64, f64, Vec<Reading>)> {
    if !plan.resume || !plan.checkpoint().is_file() {
        return Ok((0, 0.0, Vec::new()));
    }
    let bytes = files::read(&plan.checkpoint())?;
    let damaged = || format!("{} is damaged; start without --resume", plan.checkpoint().display());
    let end = bytes.iter().position(|byte| *byte == b'\n').with_context(damaged)?;
    let header: Header = serde_json::from_slice(&bytes[..end]).with_context(damaged)?;
    if (header.name.as_str(), header.seed) != (plan.name.as_str(), plan.seed) {
        bail!("the checkpoint is of {} with seed {}", header.name, header.seed);
    }
    training.restore(&bytes[end + 1..]).with_context(damaged)?;
    let readings = read_metrics(&plan.metrics())?.into_iter().filter(|reading| reading.step <= header.step).collect();
    Ok((header.step, header.seconds, readings))
}

fn save(training: &dyn Training, plan: &Plan, readings: &[Reading], step: u64, seconds: f64) -> Result<()> {
    let header = Header { name: plan.name.clone(), seed: plan.seed, step, seconds };
    let mut bytes = serde_json::to_vec(&header)?;
    bytes.push(b'\n');
    bytes.extend(training.save()?);
    write_metrics(&plan.metrics(), readings)?;
    files::write(&plan.checkpoint(), &bytes)
}

fn write_metrics(path: &Path, readings: &[Reading]) -> Result<()> {
    let lines = readings.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    files::write(path, (lines.join("\n") + "\n").as_bytes())
}

/// The readings of a metrics.jsonl.
///
/// # Errors
/// When the file is missing or a line of it is no reading.
pub fn read_metrics(path: &Path) -> Result<Vec<Reading>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).with_context(|| format!("{}: {line}", path.display()))).collect()
}

fn progress(plan: &Plan, step: u64) -> ProgressBar {
    let template = "{prefix} {bar:30} {pos}/{len} {msg}  {elapsed} gone, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(plan.steps).with_style(style).with_prefix(plan.name.clone());
    bar.set_position(step);
    bar.reset_eta();
    bar
}

/// On a terminal the bar, elsewhere a line for every tenth of the way.
fn report(bar: &ProgressBar, plan: &Plan, step: u64, loss: f32) {
    bar.set_position(step);
    bar.set_message(format!("loss {loss:.3e}"));
    let tenth = (plan.steps / 10).max(1);
    if !std::io::stderr().is_terminal()
        && (step.is_multiple_of(tenth.next_multiple_of(READ_EVERY)) || step == plan.steps)
    {
        eprintln!("{} {step}/{} loss {loss:.3e}", plan.name, plan.steps);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{About, Artifact, Row};

    /// Counts; its loss and its end depend on every step made.
    #[derive(Default)]
    pub(crate) struct Counter {
        pub(crate) value: u64,
        pub(crate) stop_at: Option<(u64, &'static AtomicBool)>,
        pub(crate) poison_at: u64,
        made: u64,
    }

    impl Training for Counter {
        fn step(&mut self) -> Result<()> {
            self.value = self.value.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            self.made += 1;
            if let Some((at, stop)) = self.stop_at {
                stop.store(self.made == at, Ordering::Relaxed);
            }
            Ok(())
        }

        fn loss(&mut self) -> Result<f32> {
            Ok(if self.made == self.poison_at { f32::NAN } else { self.value as f32 })
        }

        fn save(&self) -> Result<Vec<u8>> {
            Ok(self.value.to_le_bytes().to_vec())
        }

        fn restore(&mut self, bytes: &[u8]) -> Result<()> {
            self.value = u64::from_le_bytes(bytes.try_into()?);
            Ok(())
        }

        fn evaluate(&self) -> Result<Vec<Row>> {
            Ok(Vec::new())
        }

        fn artifacts(&self) -> Result<Vec<Artifact>> {
            Ok(Vec::new())
        }

        fn about(&self) -> About {
            About::default()
        }
    }

    fn plan(folder: &str, resume: bool) -> Plan {
        let folder = std::env::temp_dir().join(format!("train-test-{}-{folder}", std::process::id()));
        Plan { name: "counter".into(), seed: 3, steps: 20, folder, resume }
    }

    fn losses(readings: &[Reading]) -> Vec<(u64, f32)> {
        readings.iter().map(|reading| (reading.step, reading.loss)).collect()
    }

    #[test]
    fn an_interrupted_run_goes_on_to_the_same_end() {
        static STOP: AtomicBool = AtomicBool::new(false);
        let never = AtomicBool::new(false);
        files::scratch("fit-whole");
        files::scratch("fit-two");
        let mut whole = Counter::default();
        let (_, expected) = fit(&mut whole, &plan("fit-whole", false), &never).unwrap();
        let mut first = Counter { stop_at: Some((10, &STOP)), ..Counter::default() };
        assert_eq!(fit(&mut first, &plan("fit-two", false), &STOP).unwrap().0, Outcome::Interrupted);
        let mut second = Counter::default();
        let (outcome, readings) = fit(&mut second, &plan("fit-two", true), &never).unwrap();
        assert_eq!((outcome, second.value, second.made), (Outcome::Finished, whole.value, 10));
        assert_eq!(losses(&readings), losses(&expected));
        assert_eq!(losses(&read_metrics(&plan("fit-two", true).metrics()).unwrap()), losses(&expected));
    }

    #[test]
    fn a_loss_that_is_no_number_ends_the_run() {
        files::scratch("fit-nan");
        let mut training = Counter { poison_at: 10, ..Counter::default() };
        let error = fit(&mut training, &plan("fit-nan", false), &AtomicBool::new(false)).unwrap_err();
        assert_eq!(error.to_string(), "counter: the loss is NaN at step 10");
    }

    #[test]
    fn checkpoints_of_other_runs_and_damaged_ones_are_refused() {
        files::scratch("fit-other");
        let never = AtomicBool::new(false);
        fit(&mut Counter::default(), &plan("fit-other", false), &never).unwrap();
        let other = Plan { seed: 4, ..plan("fit-other", true) };
        let error = fit(&mut Counter::default(), &other, &never).unwrap_err();
        assert_eq!(error.to_string(), "the checkpoint is of counter with seed 3");
        fs::write(other.checkpoint(), b"{").unwrap();
        let error = fit(&mut Counter::default(), &other, &never).unwrap_err();
        assert!(error.to_string().ends_with("is damaged; start without --resume"), "{error}");
    }
}
