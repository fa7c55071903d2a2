//! What `/status.json` says: the state of every module, and an id of every page's files that changes when they do.

use crate::build::Module;
use crate::files;
use crate::project::Project;
use crate::site;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Building,
    Ready,
    Failed(String),
}

impl State {
    fn text(&self) -> String {
        match self {
            Self::Building => "building".to_owned(),
            Self::Ready => "ready".to_owned(),
            Self::Failed(message) => format!("failed: {message}"),
        }
    }
}

/// Shared by the builder, which writes, and the answers, which read.
pub(super) struct Board(Mutex<Inner>);

struct Inner {
    states: BTreeMap<String, State>,
    builds: BTreeMap<String, String>,
}

impl Board {
    pub(super) fn new(project: &Project) -> Self {
        let states = Module::all(project).into_iter().map(|module| (module.name(), State::Building)).collect();
        Self(Mutex::new(Inner { states, builds: builds(project) }))
    }

    /// One without modules, for tests of the answers.
    #[cfg(test)]
    pub(super) fn with_builds(builds: BTreeMap<String, String>) -> Self {
        Self(Mutex::new(Inner { states: BTreeMap::new(), builds }))
    }

    pub(super) fn set(&self, module: &str, state: State) {
        self.lock().states.insert(module.to_owned(), state);
    }

    /// Looks again at the files of every page.
    pub(super) fn refresh(&self, project: &Project) {
        let builds = builds(project);
        self.lock().builds = builds;
    }

    /// The id of a page's files; `index` is the front page.
    pub(super) fn build_id(&self, page: &str) -> Option<String> {
        self.lock().builds.get(page).cloned()
    }

    /// `{"hnn": "building" | "ready" | "failed: ...", ..., "builds": {"index": id, "hnn": id}}`.
    pub(super) fn json(&self) -> String {
        let inner = self.lock();
        let mut object: Map<String, Value> =
            inner.states.iter().map(|(module, state)| (module.clone(), state.text().into())).collect();
        object.insert("builds".to_owned(), json!(inner.builds));
        Value::Object(object).to_string()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn builds(project: &Project) -> BTreeMap<String, String> {
    let out = project.site();
    let shell = [out.join("style"), out.join("assets")];
    let mut builds: BTreeMap<String, String> = project
        .papers
        .iter()
        .map(|paper| {
            let mut places = vec![out.join(site::page_of(&paper.slug)), out.join("pkg").join(&paper.slug)];
            places.extend(["pkg/embed.js", "pkg/worker.js"].map(|name| out.join(name)));
            places.push(out.join("models").join(&paper.slug));
            places.extend(shell.clone());
            (paper.slug.clone(), id_of(&places))
        })
        .collect();
    builds.insert("index".to_owned(), id_of(&[vec![out.join("index.html")], shell.to_vec()].concat()));
    builds
}

fn id_of(places: &[PathBuf]) -> String {
    let files = places.iter().flat_map(|place| if place.is_dir() { files::walk(place) } else { vec![place.clone()] });
    let hashes: String = files.map(|path| hash_of(&path)).collect();
    files::sha256(hashes.as_bytes())[..12].to_owned()
}

fn hash_of(path: &Path) -> String {
    files::read(path).map_or_else(|_| "none".to_owned(), |bytes| files::sha256(&bytes))
}
