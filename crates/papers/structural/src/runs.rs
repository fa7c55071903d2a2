//! Native runs, one unit a file, so that any scheduler can spread them: a task, a method, a start, a number of evaluations.
//!
//! `train TASK` makes the units that are missing; `train summary` compares the methods on whatever units exist, by the
//! paper's rules: running minimum, median or constant start for a typical run, least of all starts for the best.

mod summary;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Parser;
use serde_json::{Value, json};

use crate::methods::{Method, Run, Start};
use crate::structure::Structure;
use crate::tasks::Task;

#[derive(Parser)]
#[command(name = "train", bin_name = "cargo xtask train structural")]
struct Args {
    /// Tasks by name (`mbb_beam_96x32_0.5`), or small, large, all; or summary
    #[arg(required = true)]
    tasks: Vec<String>,
    /// cnn, pixel, mma, oc; all four where none is named
    #[arg(long)]
    method: Vec<String>,
    /// Starts of each: the first is the constant one (seed 0 of the network), the others come from networks of seeds 1, 2, ...
    /// With summary: only tasks with at least so many
    #[arg(long, default_value_t = 1)]
    seeds: u32,
    /// The first start
    #[arg(long, default_value_t = 0)]
    first_seed: u32,
    /// Evaluations of the physics
    #[arg(long, default_value_t = 200)]
    evaluations: usize,
    /// Print the units instead of running them, one command a line
    #[arg(long)]
    list: bool,
    /// Folder of the units; runs/structural where none is named
    #[arg(long)]
    out: Option<PathBuf>,
    /// With summary: also keep its numbers with the sources, for the page
    #[arg(long)]
    save: bool,
}

/// One unit.
#[derive(Clone, Debug, PartialEq)]
struct Unit {
    task: Task,
    method: Method,
    seed: u32,
    evaluations: usize,
}

/// Runs the command `train`; `words` begin with the program's name.
///
/// # Errors
/// In words: an unknown task or method, a file that cannot be written.
pub fn command(words: &[String]) -> Result<()> {
    let args = Args::parse_from(words);
    let out = match &args.out {
        Some(out) => out.clone(),
        None => train::root()?.join("runs/structural"),
    };
    if args.tasks == ["summary"] {
        return summary::print(&out, args.evaluations, args.seeds as usize, args.save);
    }
    let units = units(&args)?;
    if args.list {
        let mut stdout = std::io::stdout();
        return units.iter().try_for_each(|unit| writeln!(stdout, "{}", unit.command()).context("cannot print"));
    }
    for (at, unit) in units.iter().enumerate() {
        let path = out.join(unit.file());
        if path.is_file() {
            continue;
        }
        eprintln!("{}/{} {}", at + 1, units.len(), unit.file().display());
        let result = unit.run()?;
        train::files::write(&path, (result.to_string() + "\n").as_bytes())?;
    }
    Ok(())
}

fn units(args: &Args) -> Result<Vec<Unit>> {
    let methods = if args.method.is_empty() {
        Method::ALL.to_vec()
    } else {
        let named = |id: &String| {
            Method::from_id(id).with_context(|| format!("there is no method \"{id}\"; there are cnn, pixel, mma, oc"))
        };
        args.method.iter().map(named).collect::<Result<_>>()?
    };
    if args.evaluations == 0 || args.seeds == 0 {
        bail!("at least one evaluation and one seed are needed");
    }
    let mut tasks = Vec::new();
    for name in &args.tasks {
        match name.as_str() {
            "all" => tasks.extend(Task::all()),
            "small" => tasks.extend(Task::all().filter(|task| !task.is_large())),
            "large" => tasks.extend(Task::all().filter(Task::is_large)),
            name => tasks.push(Task::named(name).with_context(|| {
                format!("there is no task \"{name}\"; names are like mbb_beam_96x32_0.5, or small, large, all, summary")
            })?),
        }
    }
    // Seeds outermost, so that an interrupted sweep holds whole rounds.
    let seeds = args.first_seed..args.first_seed.saturating_add(args.seeds);
    let evaluations = args.evaluations;
    let rounds = seeds.flat_map(|seed| tasks.iter().map(move |task| (seed, *task)));
    let units = rounds
        .flat_map(|(seed, task)| methods.iter().map(move |method| Unit { task, method: *method, seed, evaluations }));
    Ok(units.collect())
}

impl Unit {
    fn file(&self) -> PathBuf {
        let name = format!("{}-seed{}-{}.json", self.method.id(), self.seed, self.evaluations);
        Path::new(self.task.name).join(name)
    }

    fn command(&self) -> String {
        format!(
            "cargo xtask train structural {} --method {} --first-seed {} --evaluations {}",
            self.task.name,
            self.method.id(),
            self.seed,
            self.evaluations
        )
    }

    fn run(&self) -> Result<Value> {
        let mut structure = Structure::new(self.task.problem())?;
        let start = match (self.seed, self.method) {
            (0, Method::Pixel | Method::Mma | Method::Oc) => Start::Uniform,
            (seed, _) => Start::Seed(seed),
        };
        let mut run = Run::new(self.method, &structure, start)?;
        while run.history().len() < self.evaluations && !run.finished() {
            run.step(&mut structure)?;
        }
        let (best, density) = run.best().context("no evaluation was made")?;
        Ok(json!({
            "task": self.task.name,
            "method": self.method.id(),
            "seed": self.seed,
            "evaluations": self.evaluations,
            "made": run.history().len(),
            "best": best,
            "compliance": run.history().iter().map(|value| seven_digits(*value)).collect::<Vec<_>>(),
            "width": self.task.width,
            "height": self.task.height,
            "design": bytes(density),
        }))
    }
}

fn seven_digits(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

/// Densities at one byte each, as hexadecimal digits, row by row from the top.
fn bytes(density: &[f64]) -> String {
    density.iter().fold(String::new(), |mut text, x| {
        let _ = write!(text, "{:02x}", (x.clamp(0.0, 1.0) * 255.0).round() as u8);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Vec<Unit>> {
        units(&Args::try_parse_from(words.split(' '))?)
    }

    #[test]
    fn units_are_named_by_what_they_are() {
        let units = parsed("train small --seeds 3 --method cnn --method oc").unwrap();
        assert_eq!(units.len(), 62 * 3 * 2);
        assert_eq!(units[1].file(), Path::new("mbb_beam_96x32_0.5/oc-seed0-200.json"));
        let words = units[1].command();
        let again = parsed(words.trim_start_matches("cargo xtask ").trim_start_matches("train structural ").trim())
            .or_else(|_| parsed(&words.replace("cargo xtask train structural", "train")))
            .unwrap();
        assert_eq!(again, [units[1].clone()]);
    }

    #[test]
    fn wrong_words_are_refused() {
        for words in ["train nothing", "train small --method adam", "train all --evaluations 0", "train all --seeds 0"]
        {
            assert!(parsed(words).is_err(), "{words}");
        }
    }

    #[test]
    fn a_unit_holds_its_history_and_its_design() {
        let task = Task::named("pure_bending_moment_32x64_0.15").unwrap();
        let unit = Unit { task, method: Method::Oc, seed: 0, evaluations: 5 };
        let result = unit.run().unwrap();
        assert_eq!(result["compliance"].as_array().unwrap().len(), 5);
        assert_eq!(result["design"].as_str().unwrap().len(), 2 * 32 * 64);
        assert!(result["best"].as_f64().unwrap() < task.fingerprint.compliance);
    }
}
