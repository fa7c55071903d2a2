//! Native training: everything that is the same for every paper.
//!
//! A paper implements [`Paper`] and hands itself to [`cli::run`], which gives it the subcommands train, data, verify,
//! bench and poster. A [`Task`] is one network to be trained; the [`Training`] that it starts is driven by
//! [`fit::fit`]: progress, metrics, checkpoints. [`publish::publish`] then writes ONNX files, golden vectors, the loss
//! curve, the model card and the manifest. A [`Study`] is a sweep of many trainings whose results are numbers.
//!
//! This crate must not know any paper and never reaches the browser. On the CPU the same seed gives the same bytes.

pub mod bench;
pub mod card;
pub mod cli;
pub mod curve;
pub mod files;
pub mod fit;
pub mod golden;
pub mod manifest;
pub mod poster;
pub mod publish;
pub mod study;
pub mod verify;

use std::path::{Path, PathBuf};

use anyhow::Result;
use burn::tensor::Device;

pub use bench::Bench;
pub use manifest::Port;
pub use onnx::golden::Golden;
pub use study::{Progress, Study};
pub use verify::Row;

/// A paper, as its command line sees it.
pub trait Paper {
    /// The name in URLs, folders and commands.
    fn slug(&self) -> &'static str;

    /// What it is called, with authors and year, for model cards.
    fn citation(&self) -> &'static str;

    /// Every network that can be trained, in the order of the paper.
    fn tasks(&self) -> Vec<Box<dyn Task>>;

    /// Every sweep that can be made; none are made unless they are named.
    fn studies(&self) -> Vec<Box<dyn Study>> {
        Vec::new()
    }

    /// The seed of data and networks where none is given.
    fn default_seed(&self) -> u32 {
        0
    }

    /// The named data set as an `.npz` file.
    ///
    /// # Errors
    /// When there is none of that name, or a setting is not one of its.
    fn data(&self, request: &DataRequest) -> Result<Vec<u8>>;

    /// Recomputes every number that the paper claims and that we hold ourselves to.
    ///
    /// # Errors
    /// When a model is missing or cannot be read. A number out of its band is a [`Row`], not an error.
    fn verify(&self, request: &VerifyRequest) -> Result<Vec<Row>>;

    /// The hot paths.
    fn benches(&self) -> Vec<Bench>;

    /// The figures, for their posters.
    fn figures(&self) -> &'static [demo::Entry];
}

/// One network to be trained.
pub trait Task {
    /// The experiment: `spring`. Several networks share it.
    fn task(&self) -> &str;

    /// The network: `spring-hnn`; names its files.
    fn name(&self) -> &str;

    /// Steps of the full recipe.
    fn steps(&self) -> u64;

    /// Data and fresh weights.
    ///
    /// # Errors
    /// When the data cannot be had.
    fn start(&self, setup: &Setup) -> Result<Box<dyn Training>>;
}

/// What a training starts from.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Of data, weights and batches.
    pub seed: u32,
    /// Which draw of the first weights of that seed; none for the recipe's.
    pub draw: Option<u32>,
    /// Steps that will be made, for learning rates that fall towards the end.
    pub steps: u64,
    /// Where it computes, without autodiff.
    pub device: Device,
    /// A recorded data set that is not in the repository.
    pub data: Option<PathBuf>,
}

/// A training under way.
pub trait Training {
    /// One step of the optimiser.
    ///
    /// # Errors
    /// When the device fails.
    fn step(&mut self) -> Result<()>;

    /// The loss of the last step, read from the device.
    ///
    /// # Errors
    /// When the device fails or no step was made.
    fn loss(&mut self) -> Result<f32>;

    /// Everything needed to go on to the same bits, with [`Training::restore`], in a training of the same setup.
    ///
    /// # Errors
    /// When the device fails.
    fn save(&self) -> Result<Vec<u8>>;

    /// Goes on from what [`Training::save`] wrote.
    ///
    /// # Errors
    /// When the bytes are of another network.
    fn restore(&mut self, bytes: &[u8]) -> Result<()>;

    /// What the finished network is worth, measured on the CPU.
    ///
    /// # Errors
    /// When a measurement cannot be made.
    fn evaluate(&self) -> Result<Vec<Row>>;

    /// The finished network as ONNX files.
    ///
    /// # Errors
    /// When it cannot be exported.
    fn artifacts(&self) -> Result<Vec<Artifact>>;

    /// What the model card says.
    fn about(&self) -> About;
}

/// One ONNX file.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// File name without extension.
    pub name: String,
    /// The file.
    pub onnx: Vec<u8>,
    /// Its contract.
    pub inputs: Vec<Port>,
    /// Its contract.
    pub outputs: Vec<Port>,
    /// Inputs and what our engine makes of them.
    pub golden: Golden,
}

/// The words of a model card.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// What the network is, a sentence or two.
    pub what: String,
    /// What it was trained on.
    pub data: String,
    /// sha256 of that data, in hex.
    pub data_sha256: String,
    /// Name and value of what can be varied.
    pub recipe: Vec<(String, String)>,
    /// What a user should know before trusting it.
    pub falls_short: Vec<String>,
    /// Whether training needs `--data`.
    pub needs_data: bool,
}

/// What `data` was asked for.
#[derive(Clone, Debug)]
pub struct DataRequest {
    /// Name of the experiment.
    pub task: String,
    /// Of every random draw.
    pub seed: u32,
    /// `--set name=value`, in order.
    pub settings: Vec<(String, String)>,
}

/// What `verify` was asked for.
#[derive(Clone, Debug)]
pub struct VerifyRequest {
    /// Where the models lie: models/<slug>.
    pub models: PathBuf,
    /// A recorded data set that is not in the repository.
    pub data: Option<PathBuf>,
}

impl VerifyRequest {
    /// Tells whoever waits what is being recomputed.
    pub fn tell(&self, what: &str) {
        eprintln!("verifying {what}");
    }

    /// The bytes of a model's ONNX file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn model(&self, name: &str) -> Result<Vec<u8>> {
        files::read(&self.models.join(format!("{name}.onnx")))
    }
}

/// The folder that holds `Cargo.lock`, `models` and `runs`: the nearest above the current one.
///
/// # Errors
/// When there is none.
pub fn root() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let found = here.ancestors().find(|folder| folder.join("Cargo.lock").is_file()).map(Path::to_owned);
    found.ok_or_else(|| anyhow::anyhow!("run this inside the project's folder"))
}
