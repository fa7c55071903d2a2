//! The command line of a paper.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use clap::{Parser, Subcommand, ValueEnum};

use crate::fit::{Outcome, Plan, fit};
use crate::publish::{Origin, commit, publish};
use crate::study::{self, Order, Study};
use crate::{DataRequest, Paper, Setup, Task, VerifyRequest, bench, files, poster, root, verify};

/// Steps of `--quick`.
const QUICK_STEPS: u64 = 20;

#[derive(Parser)]
#[command(disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train networks, natively, and publish them
    Train(TrainArgs),
    /// Write a data set for numpy
    Data(DataArgs),
    /// Recompute every number of the paper and of ours
    Verify(VerifyArgs),
    /// Time the hot paths
    Bench {
        /// Print an array of {id, where, ms, gflops}
        #[arg(long)]
        json: bool,
    },
    /// Paint every figure as SVG
    Poster {
        /// Folder for <figure>.svg
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Backend {
    Cpu,
    Wgpu,
    Cuda,
}

impl Backend {
    fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Wgpu => "wgpu",
            Self::Cuda => "cuda",
        }
    }

    fn device(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(feature = "cuda")]
            Self::Cuda => Ok(Device::cuda(0)),
            #[cfg(not(all(feature = "wgpu", feature = "cuda")))]
            _ => bail!("this program was built without {0}; build it with --features {0}", self.name()),
        }
    }
}

#[derive(clap::Args)]
struct TrainArgs {
    /// An experiment, one of its networks (spring, spring-hnn) or a study; all networks where none is named
    task: Option<String>,
    /// Where to compute
    #[arg(long, value_enum, default_value = "cpu")]
    device: Backend,
    /// Seed of data, weights and batches; the paper's where none is given
    #[arg(long)]
    seed: Option<u32>,
    /// Another draw of the first weights than the recipe's, with the same data and batches
    #[arg(long)]
    draw: Option<u32>,
    /// 20 steps, published under runs/ unless --out says otherwise
    #[arg(long)]
    quick: bool,
    /// Go on from the checkpoint of an interrupted run
    #[arg(long)]
    resume: bool,
    /// A recorded data set that is not in the repository
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder for the published files; models/<paper> where none is named
    #[arg(long)]
    out: Option<PathBuf>,
    /// Another number of steps than the recipe's
    #[arg(long)]
    steps: Option<u64>,
    /// Of a study, this unit alone
    #[arg(long)]
    unit: Option<String>,
    /// Print the units of a study, one a line, for whatever starts them
    #[arg(long)]
    list: bool,
}

#[derive(clap::Args)]
struct DataArgs {
    /// The experiment
    task: String,
    /// Seed of every random draw; the paper's where none is given
    #[arg(long)]
    seed: Option<u32>,
    /// name=value, as the experiment names them; may be repeated
    #[arg(long = "set", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// The .npz file
    #[arg(long)]
    out: PathBuf,
}

#[derive(clap::Args)]
struct VerifyArgs {
    /// Print an array of {id, what, paper, ours, low, high, pass, source}
    #[arg(long)]
    json: bool,
    /// Also keep the array in models/<paper>/verify.json
    #[arg(long)]
    save: bool,
    /// A recorded data set that is not in the repository
    #[arg(long)]
    data: Option<PathBuf>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("name=value is needed")?;
    Ok((name.into(), value.into()))
}

/// Runs the paper's command line.
pub fn run(paper: &dyn Paper) -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Train(args) => train(paper, &args),
        Command::Data(args) => data(paper, &args),
        Command::Verify(args) => run_verify(paper, &args),
        Command::Bench { json } => run_bench(paper, json),
        Command::Poster { out } => root()
            .and_then(|root| poster::posters(paper.figures(), &root.join("models").join(paper.slug()), &out))
            .map(|()| true),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// True when everything asked for is done.
fn train(paper: &dyn Paper, args: &TrainArgs) -> Result<bool> {
    static STOP: AtomicBool = AtomicBool::new(false);
    ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed)).context("cannot watch for Ctrl-C")?;
    let studies = paper.studies();
    if let Some(study) = studies.iter().find(|study| args.task.as_deref() == Some(study.name())) {
        return train_study(paper, study.as_ref(), args, &STOP);
    }
    if args.unit.is_some() || args.list {
        let names: Vec<&str> = studies.iter().map(|study| study.name()).collect();
        bail!("--unit and --list are for studies; this paper's: {}", names.join(", "));
    }
    let tasks = paper.tasks();
    let chosen = chosen(&tasks, &studies, args)?;
    for task in chosen {
        if !train_one(paper, task, args, &STOP)? {
            eprintln!("{}: stopped; --resume goes on", task.name());
            return Ok(false);
        }
    }
    Ok(true)
}

fn train_study(paper: &dyn Paper, study: &dyn Study, args: &TrainArgs, stop: &AtomicBool) -> Result<bool> {
    if args.list {
        print(&(study.units().join("\n") + "\n"))?;
        return Ok(true);
    }
    let root = root()?;
    let runs = root.join("runs").join(paper.slug());
    let kept = if args.quick { runs.join("quick") } else { root.join("models").join(paper.slug()) };
    let units = if args.quick { runs.join("quick") } else { runs }.join(study.name());
    let out = args.out.clone().unwrap_or(kept);
    study::run(study, &Order { units, out, unit: args.unit.clone(), quick: args.quick, root }, stop)
}

fn chosen<'a>(tasks: &'a [Box<dyn Task>], studies: &[Box<dyn Study>], args: &TrainArgs) -> Result<Vec<&'a dyn Task>> {
    let tasks = tasks.iter().map(AsRef::as_ref);
    let Some(wanted) = &args.task else { return Ok(tasks.collect()) };
    let chosen: Vec<&dyn Task> = tasks.clone().filter(|task| task.task() == wanted || task.name() == wanted).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = tasks.map(Task::name).chain(studies.iter().map(|study| study.name())).collect();
        bail!("there is no task \"{wanted}\"; there are {}", names.join(", "));
    }
    Ok(chosen)
}

fn train_one(paper: &dyn Paper, task: &dyn Task, args: &TrainArgs, stop: &AtomicBool) -> Result<bool> {
    let root = root()?;
    let seed = args.seed.unwrap_or(paper.default_seed());
    let steps = args.steps.unwrap_or(if args.quick { QUICK_STEPS } else { task.steps() });
    let setup = Setup { seed, draw: args.draw, steps, device: args.device.device()?, data: args.data.clone() };
    let mut training = task.start(&setup).with_context(|| task.name().to_owned())?;
    let runs = root.join("runs").join(paper.slug());
    let folder = runs.join(
        format!("{}{}-seed{}", if args.quick { "quick-" } else { "" }, task.name(), seed)
            + &args.draw.map_or_else(String::new, |draw| format!("-draw{draw}")),
    );
    let plan = Plan { name: task.name().into(), seed, steps, folder, resume: args.resume };
    let (outcome, readings) = fit(training.as_mut(), &plan, stop)?;
    if outcome == Outcome::Interrupted {
        return Ok(false);
    }
    let origin = Origin {
        paper: paper.slug().into(),
        citation: paper.citation().into(),
        name: task.name().into(),
        task: task.task().into(),
        seed,
        steps,
        full_steps: task.steps(),
        device: args.device.name().into(),
        commit: commit(&root),
    };
    let published =
        if args.quick { runs.join("quick").join(paper.slug()) } else { root.join("models").join(paper.slug()) };
    let out = args.out.clone().unwrap_or(published);
    publish(training.as_ref(), &readings, &origin, &out)?;
    eprintln!("{}: published in {}", task.name(), out.display());
    Ok(true)
}

fn data(paper: &dyn Paper, args: &DataArgs) -> Result<bool> {
    let seed = args.seed.unwrap_or(paper.default_seed());
    let request = DataRequest { task: args.task.clone(), seed, settings: args.settings.clone() };
    let bytes = paper.data(&request)?;
    files::write(&args.out, &bytes)?;
    eprintln!("{}: {} bytes", args.out.display(), bytes.len());
    Ok(true)
}

/// True when nothing is out of its band but what is known to be.
fn run_verify(paper: &dyn Paper, args: &VerifyArgs) -> Result<bool> {
    let models = root()?.join("models").join(paper.slug());
    let rows = paper.verify(&VerifyRequest { models: models.clone(), data: args.data.clone() })?;
    if args.save {
        if let Some(row) = rows.iter().find(|row| row.pass.is_none()) {
            bail!("an incomplete table is not kept: {} ({})", row.what, row.source);
        }
        files::write(&models.join("verify.json"), (serde_json::to_string_pretty(&rows)? + "\n").as_bytes())?;
    }
    print(&if args.json { serde_json::to_string_pretty(&rows)? + "\n" } else { verify::table(&rows) })?;
    Ok(!rows.iter().any(verify::Row::fails))
}

fn run_bench(paper: &dyn Paper, json: bool) -> Result<bool> {
    let measured = paper.benches().iter_mut().map(bench::measure).collect::<Result<Vec<_>>>()?;
    if json {
        print(&(serde_json::to_string_pretty(&measured)? + "\n"))?;
        return Ok(true);
    }
    for one in &measured {
        let speed = one.gflops.map_or_else(String::new, |gflops| format!("  {gflops:6.2} GFLOP/s"));
        print(&format!("{:30} {:10.4} ms{speed}\n", one.id, one.ms))?;
    }
    Ok(true)
}

fn print(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot print")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_are_pairs() {
        assert_eq!(setting("noise=0.1"), Ok(("noise".into(), "0.1".into())));
        assert!(setting("noise").is_err());
    }

    #[test]
    fn backends_that_were_not_built_are_named() {
        assert!(Backend::Cpu.device().is_ok());
        #[cfg(not(feature = "cuda"))]
        assert_eq!(
            Backend::Cuda.device().unwrap_err().to_string(),
            "this program was built without cuda; build it with --features cuda"
        );
    }
}
