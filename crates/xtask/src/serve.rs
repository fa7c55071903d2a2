//! `cargo xtask serve`: answers at once, builds behind it, rebuilds what changes, and tells open pages to reload.

mod answer;
mod board;
mod watch;

use crate::build::Module;
use crate::project::Project;
use crate::{console, site, tools};
use anyhow::{Context, Result, bail};
use board::{Board, State};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::process;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use watch::Watch;

/// gpu and onnx take minutes to link, so they wait until nobody has edited anything for a while.
const QUIET: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(700);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port; where it is taken, the next free one
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Address to listen on; 0.0.0.0 lets a phone on the same network in
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Only serve what `cargo xtask build` has made: no building, no watching
    #[arg(long = "static")]
    fixed: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let project = Project::load()?;
    let listener = listen(&args.host, args.port)?;
    let address = format!("http://{}/", listener.local_addr()?);
    let site = project.site();
    if args.fixed {
        console::say(&format!("Serving {} at {address}", site.display()));
        return answer::forever(listener, &site, None);
    }
    render(&project);
    let board = Arc::new(Board::new(&project));
    console::say(&format!("Playable Papers: {address}  (Ctrl-C ends it; pages reload when they are rebuilt)"));
    let answering = Arc::clone(&board);
    thread::spawn(move || {
        // A server that builds and does not answer is of no use.
        if let Err(error) = answer::forever(listener, &site, Some(answering)) {
            console::say(&format!("error: {error:#}"));
            process::exit(1);
        }
    });
    tools::ensure_wasm_target()?;
    Builder::new(project, board, address).forever()
}

/// A page that does not render is told, and mended by the next edit.
fn render(project: &Project) {
    if let Err(error) = site::render(project) {
        console::say(&format!("error: {error:#}"));
    }
}

/// The wanted port or the next free one after it.
fn listen(host: &str, port: u16) -> Result<TcpListener> {
    for candidate in port..=port.saturating_add(50) {
        match TcpListener::bind((host, candidate)) {
            Ok(listener) => {
                if candidate != port {
                    console::say(&format!("Port {port} is taken; using {candidate}"));
                }
                return Ok(listener);
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).with_context(|| format!("cannot listen on {host}:{candidate}")),
        }
    }
    bail!("ports {port} to {} are all taken", port.saturating_add(50))
}

/// Keeps the site equal to its sources.
struct Builder {
    project: Project,
    board: Arc<Board>,
    address: String,
    watch: Watch,
    pending: Vec<Module>,
    last_edit: Option<Instant>,
}

impl Builder {
    fn new(project: Project, board: Arc<Board>, address: String) -> Self {
        let watch = Watch::new(&project.root);
        let pending = Module::all(&project);
        Self { project, board, address, watch, pending, last_edit: None }
    }

    fn forever(mut self) -> Result<()> {
        loop {
            let edits = self.watch.edits();
            if !edits.is_empty() {
                self.last_edit = Some(Instant::now());
                self.schedule(&edits);
            }
            match self.next() {
                Some(module) => self.build(&module),
                None => thread::sleep(TICK),
            }
        }
    }

    fn schedule(&mut self, edits: &watch::Edits) {
        match Project::load_from(&self.project.root) {
            Ok(project) => self.project = project,
            Err(error) => console::say(&format!("the workspace does not load: {error:#}")),
        }
        let stale = Module::all(&self.project).into_iter().filter(|module| edits.touch(&module.package));
        for module in stale {
            self.board.set(&module.name(), State::Building);
            if !self.pending.contains(&module) {
                self.pending.push(module);
            }
        }
        let order = Module::all(&self.project);
        self.pending.sort_by_key(|module| order.iter().position(|other| other == module));
        self.render();
    }

    /// The next module whose turn it is.
    fn next(&mut self) -> Option<Module> {
        let first = self.pending.first()?;
        let slow = self.project.papers.iter().all(|paper| paper.slug != first.package);
        let quiet = self.last_edit.is_none_or(|edit| edit.elapsed() > QUIET);
        if slow && !quiet { None } else { Some(self.pending.remove(0)) }
    }

    fn build(&mut self, module: &Module) {
        let outcome = module.build(&self.project, false);
        self.render();
        match outcome {
            Ok(()) => {
                self.board.set(&module.name(), State::Ready);
                if self.project.paper(&module.name()).is_ok() {
                    console::say(&format!("Ready: {}{}/", self.address, module.package));
                }
            }
            Err(error) => {
                console::say(&format!("error: {error:#}"));
                self.board.set(&module.name(), State::Failed(format!("{error:#}")));
            }
        }
    }

    fn render(&self) {
        render(&self.project);
        self.board.refresh(&self.project);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_gives_the_next_free_one() {
        let first = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let taken = first.local_addr().unwrap().port();
        let second = listen("127.0.0.1", taken).unwrap();
        assert!(second.local_addr().unwrap().port() > taken);
    }
}
