//! Studies: sweeps of many trainings whose results are numbers, not networks.
//!
//! A [`Study`] is a list of units. Each is one idempotent piece of work with one output file named by its configuration,
//! `runs/<paper>/<study>/<unit>.json`: what is there is not made again, so that a sweep may be interrupted, gone on with, and
//! spread over processes or machines by whatever starts them. When all units are there they are collected into
//! `models/<paper>/<study>.json` with the commit, and drawn as `<study>.svg` beside it.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::files;
use crate::publish::commit;

/// What units gave, by name.
pub type Results = BTreeMap<String, Value>;

/// A sweep.
pub trait Study {
    /// On the command line and of its files.
    fn name(&self) -> &str;

    /// What it shows and how it differs from the paper's, a sentence or two.
    fn about(&self) -> String;

    /// Its pieces, in the order in which one process would make them.
    fn units(&self) -> Vec<String>;

    /// Makes one, or gives none when `progress` says to stop. `quick` asks for a few steps only.
    ///
    /// # Errors
    /// When there is no such unit or it fails.
    fn run(&self, unit: &str, quick: bool, progress: &Progress<'_>) -> Result<Option<Value>>;

    /// The results of all units as an SVG document.
    ///
    /// # Errors
    /// When a result is not what [`Study::run`] gives.
    fn plot(&self, results: &Results) -> Result<String>;
}

/// All results of a study, as they are kept.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Collected {
    /// Name of the study.
    pub study: String,
    /// What it is.
    pub about: String,
    /// Of the code that made it.
    pub commit: String,
    /// On one core.
    pub seconds: f64,
    /// By unit.
    pub results: Results,
}

impl Collected {
    /// The results of a study in models/<paper>; none where they were not made yet.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn load(models: &Path, study: &str) -> Result<Option<Self>> {
        let path = models.join(format!("{study}.json"));
        if !path.is_file() {
            return Ok(None);
        }
        serde_json::from_slice(&files::read(&path)?).with_context(|| path.display().to_string()).map(Some)
    }
}

/// How far a unit is, and whether it should go on.
pub struct Progress<'a> {
    bar: ProgressBar,
    stop: &'a AtomicBool,
}

impl Progress<'_> {
    /// Tells that `done` of `total` steps are made. False when the unit should stop.
    pub fn at(&self, done: u64, total: u64) -> bool {
        self.bar.set_length(total);
        self.bar.set_position(done);
        !self.stop.load(Ordering::Relaxed)
    }
}

/// Where a study writes, and which part of it is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// Folder of the units.
    pub(crate) units: PathBuf,
    /// Folder of the collected results.
    pub(crate) out: PathBuf,
    /// One unit alone.
    pub(crate) unit: Option<String>,
    /// A few steps of each.
    pub(crate) quick: bool,
    /// For the commit.
    pub(crate) root: PathBuf,
}

/// One unit's file.
#[derive(serde::Serialize, serde::Deserialize)]
struct Unit {
    commit: String,
    seconds: f64,
    result: Value,
}

/// Makes what is missing, and collects when nothing is. True when it was not stopped.
///
/// # Errors
/// When a unit fails or the disk refuses.
pub(crate) fn run(study: &dyn Study, order: &Order, stop: &AtomicBool) -> Result<bool> {
    let units = study.units();
    if let Some(unit) = order.unit.as_ref().filter(|unit| !units.contains(unit)) {
        bail!("{} has no unit \"{unit}\"; --list shows them", study.name());
    }
    for unit in units.iter().filter(|unit| order.unit.as_ref().is_none_or(|wanted| wanted == *unit)) {
        if !make(study, unit, order, stop)? {
            eprintln!("{}: stopped; the same command goes on", study.name());
            return Ok(false);
        }
    }
    collect(study, &units, order)?;
    Ok(true)
}

fn place(order: &Order, unit: &str) -> PathBuf {
    order.units.join(format!("{unit}.json"))
}

fn make(study: &dyn Study, unit: &str, order: &Order, stop: &AtomicBool) -> Result<bool> {
    if place(order, unit).is_file() {
        return Ok(true);
    }
    let style = ProgressStyle::with_template("{prefix} {bar:30} {percent}%  {elapsed} gone, {eta} left");
    let bar = ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let progress = Progress { bar: bar.with_prefix(format!("{} {unit}", study.name())), stop };
    let began = Instant::now();
    let Some(result) = study.run(unit, order.quick, &progress).with_context(|| unit.to_owned())? else {
        return Ok(false);
    };
    progress.bar.finish();
    let seconds = began.elapsed().as_secs_f64();
    if !std::io::stderr().is_terminal() {
        eprintln!("{} {unit}: {seconds:.0} s", study.name());
    }
    let text = serde_json::to_string(&Unit { commit: commit(&order.root), seconds, result })?;
    files::write(&place(order, unit), (text + "\n").as_bytes())?;
    Ok(true)
}

/// Writes the collected results, if all units are there.
fn collect(study: &dyn Study, units: &[String], order: &Order) -> Result<()> {
    let missing = units.iter().filter(|unit| !place(order, unit).is_file()).count();
    if missing > 0 {
        eprintln!("{}: {missing} of {} units are still to be made", study.name(), units.len());
        return Ok(());
    }
    let mut results = Results::new();
    let (mut seconds, mut of_commit) = (0.0, String::new());
    for name in units {
        let unit: Unit = serde_json::from_slice(&files::read(&place(order, name))?).with_context(|| name.clone())?;
        results.insert(name.clone(), unit.result);
        seconds += unit.seconds;
        of_commit = unit.commit;
    }
    let svg = study.plot(&results)?;
    let collected = Collected {
        study: study.name().into(),
        about: study.about(),
        commit: of_commit,
        seconds: seconds.round(),
        results,
    };
    let place = |extension: &str| order.out.join(format!("{}.{extension}", study.name()));
    files::write(&place("json"), (serde_json::to_string(&collected)? + "\n").as_bytes())?;
    files::write(&place("svg"), svg.as_bytes())?;
    eprintln!("{}: collected in {}", study.name(), place("json").display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Counts what it makes.
    #[derive(Default)]
    struct Squares {
        made: Cell<u32>,
    }

    impl Study for Squares {
        fn name(&self) -> &'static str {
            "squares"
        }

        fn about(&self) -> String {
            "Squares.".into()
        }

        fn units(&self) -> Vec<String> {
            ["one", "two", "three"].map(str::to_owned).into()
        }

        fn run(&self, unit: &str, _quick: bool, progress: &Progress<'_>) -> Result<Option<Value>> {
            self.made.set(self.made.get() + 1);
            Ok(progress.at(1, 2).then(|| Value::from(unit.len())))
        }

        fn plot(&self, results: &Results) -> Result<String> {
            Ok(format!("<svg>{}</svg>", results.len()))
        }
    }

    fn order(name: &str, unit: Option<&str>) -> Order {
        let root = std::env::temp_dir().join(format!("train-test-{}-{name}", std::process::id()));
        Order { units: root.join("units"), out: root.join("out"), unit: unit.map(str::to_owned), quick: false, root }
    }

    #[test]
    fn units_are_made_once_and_collected_when_all_are_there() {
        files::scratch("study");
        let (study, go) = (Squares::default(), AtomicBool::new(false));
        assert!(run(&study, &order("study", Some("two")), &go).unwrap());
        assert_eq!((study.made.get(), order("study", None).out.exists()), (1, false));
        assert!(run(&study, &order("study", None), &go).unwrap());
        assert_eq!(study.made.get(), 3);
        let collected = Collected::load(&order("study", None).out, "squares").unwrap().unwrap();
        assert_eq!(collected.results["three"], 5);
        assert!(run(&study, &order("study", None), &go).unwrap());
        assert_eq!(study.made.get(), 3);
    }

    #[test]
    fn a_stopped_unit_leaves_nothing_and_a_strange_one_is_refused() {
        files::scratch("study-stop");
        let stopped = run(&Squares::default(), &order("study-stop", None), &AtomicBool::new(true)).unwrap();
        assert!(!stopped && !order("study-stop", None).units.exists());
        let error = run(&Squares::default(), &order("study-stop", Some("four")), &AtomicBool::new(false)).unwrap_err();
        assert!(error.to_string().contains("no unit \"four\""));
        assert_eq!(Collected::load(&order("study-stop", None).out, "squares").unwrap(), None);
    }
}
