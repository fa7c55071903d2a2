//! `cargo xtask build`: wasm modules by cargo and wasm-bindgen into pkg/, then the site into target/site.

use crate::project::{FIRST, Paper, Project};
use crate::{console, files, site, tools};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag on the command line")]
pub(crate) struct Args {
    /// Papers to build; all of them where none is named and no module is asked for
    papers: Vec<String>,
    /// Also the WebGPU module of all papers (minutes)
    #[arg(long)]
    gpu: bool,
    /// Also the module that runs any ONNX file (minutes)
    #[arg(long)]
    onnx: bool,
    /// Every paper and both modules
    #[arg(long)]
    all: bool,
    /// Only the pages, with whatever wasm there is
    #[arg(long, conflicts_with_all = ["papers", "gpu", "onnx", "all"])]
    pages: bool,
    /// Also refuse what clippy finds in the crates that run in a browser
    #[arg(long)]
    lints: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let project = Project::load()?;
    let modules = modules(args, &project)?;
    build(&project, &modules, args.lints)?;
    console::say(&format!("The site is in {}", project.site().display()));
    Ok(())
}

fn modules(args: &Args, project: &Project) -> Result<Vec<Module>> {
    if args.pages {
        return Ok(Vec::new());
    }
    let mut modules = Vec::new();
    for slug in &args.papers {
        modules.extend(Module::paper(project.paper(slug)?));
    }
    if args.all || (modules.is_empty() && !args.gpu && !args.onnx) {
        modules = project.papers.iter().flat_map(Module::paper).collect();
    }
    if args.gpu || args.all {
        modules.push(Module::gpu());
    }
    if args.onnx || args.all {
        modules.push(Module::onnx());
    }
    Ok(modules)
}

/// Builds the modules one after the other, with lints or without, then renders the site.
pub(crate) fn build(project: &Project, modules: &[Module], lints: bool) -> Result<()> {
    if !modules.is_empty() {
        tools::ensure_wasm_target()?;
    }
    for module in modules {
        module.build(project, lints)?;
    }
    console::step("site", || site::render(project))
}

/// One wasm module: a crate linked as cdylib and its JavaScript, in pkg/<package>/.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// Name of the crate and the folder.
    pub(crate) package: String,
    /// Name of the files.
    file: String,
    features: Option<&'static str>,
    /// Where it is put, from the root.
    place: &'static str,
}

impl Module {
    /// A paper's own modules, on the CPU: what its page needs first comes first.
    pub(crate) fn paper(paper: &Paper) -> Vec<Self> {
        let whole = Self::new(&paper.slug, None);
        let first = paper.has_first.then(|| Self { file: FIRST.to_owned(), features: Some(FIRST), ..whole.clone() });
        first.into_iter().chain([whole]).collect()
    }

    /// Every paper on WebGPU.
    pub(crate) fn gpu() -> Self {
        Self::new("gpu", None)
    }

    /// Any ONNX file, by tract.
    pub(crate) fn onnx() -> Self {
        Self::new("onnx", Some("tract"))
    }

    /// Our own side of the bench of engines, which is no part of the site.
    pub(crate) fn engines() -> Self {
        Self { place: "target", ..Self::new("engines", None) }
    }

    /// The WebGPU module with an entry for that bench.
    pub(crate) fn engines_on_webgpu() -> Self {
        Self { place: "target/engines", ..Self::new("gpu", Some("bench")) }
    }

    fn new(package: &str, features: Option<&'static str>) -> Self {
        Self { package: package.to_owned(), file: package.to_owned(), features, place: "pkg" }
    }

    /// What it is called on the terminal: `hnn`, or `action/first`.
    pub(crate) fn name(&self) -> String {
        if self.file == self.package { self.file.clone() } else { format!("{}/{}", self.package, self.file) }
    }

    /// Every module of the site.
    pub(crate) fn all(project: &Project) -> Vec<Self> {
        project.papers.iter().flat_map(Self::paper).chain([Self::gpu(), Self::onnx()]).collect()
    }

    /// Compiles what changed and binds it where the wasm changed.
    pub(crate) fn build(&self, project: &Project, lints: bool) -> Result<()> {
        console::step(&format!("{}: wasm", self.name()), || self.compile(project, lints))?;
        let wasm = files::read(&self.wasm(project))?;
        let stamp = project.cache().join(format!("{}.bound", self.name().replace('/', "-")));
        let hash = files::sha256(&wasm);
        if files::read_text(&stamp).is_ok_and(|old| old == hash) && self.is_built(project) {
            return Ok(());
        }
        console::step(&format!("{}: JavaScript", self.name()), || self.bind(project, wasm))?;
        files::write_if_changed(&stamp, hash.as_bytes())?;
        Ok(())
    }

    /// Is there something of it in pkg/, however old?
    pub(crate) fn is_built(&self, project: &Project) -> bool {
        self.folder(project).join(format!("{}.js", self.file)).is_file() && self.wasm_file(project).is_file()
    }

    /// The wasm that a page loads, where it is built.
    pub(crate) fn wasm_file(&self, project: &Project) -> PathBuf {
        self.folder(project).join(format!("{}_bg.wasm", self.file))
    }

    fn compile(&self, project: &Project, lints: bool) -> Result<()> {
        let mut cargo = Command::new(tools::cargo());
        cargo.current_dir(&project.root).args(["rustc", "--package", &self.package, "--lib", "--crate-type", "cdylib"]);
        cargo.args(["--profile", "wasm", "--target", tools::WASM_TARGET]);
        if let Some(features) = self.features {
            cargo.args(["--features", features]);
        }
        if lints {
            tools::lint(&mut cargo, &project.root.join("clippy-wasm"))?;
        }
        tools::run(&mut cargo)
    }

    fn bind(&self, project: &Project, wasm: Vec<u8>) -> Result<()> {
        bind(&self.file, wasm, &self.folder(project))
    }

    /// Where its files lie.
    pub(crate) fn folder(&self, project: &Project) -> PathBuf {
        project.root.join(self.place).join(&self.package)
    }

    fn wasm(&self, project: &Project) -> PathBuf {
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        project.target.join(tools::WASM_TARGET).join("wasm").join(file)
    }
}

/// The JavaScript of a module and the wasm that it loads, into `folder`.
pub(crate) fn bind(file: &str, wasm: Vec<u8>, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(file, wasm);
    bindgen.web(true)?.typescript(false).remove_name_section(true).remove_producers_section(true);
    bindgen.generate(folder).with_context(|| format!("wasm-bindgen failed on {file}"))
}
