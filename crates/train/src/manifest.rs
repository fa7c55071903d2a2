//! models/manifest.toml: every published file with its hash, contract, origin and worth.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::files;

/// One input or output of a file.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Port {
    /// Its name in the graph.
    pub name: String,
    /// Its axes, numbers as text, `batch` where the caller chooses.
    pub shape: Vec<String>,
    /// What the numbers are, with units.
    pub meaning: String,
}

impl Port {
    /// `[batch, columns]`
    pub fn batched(name: &str, columns: usize, meaning: &str) -> Self {
        Self { name: name.into(), shape: vec!["batch".into(), columns.to_string()], meaning: meaning.into() }
    }
}

/// One `[[model]]`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Model {
    /// Slug of the paper.
    pub paper: String,
    /// Name of the model, unique within the paper.
    pub name: String,
    /// Under models/.
    pub file: String,
    /// Of the file, in hex.
    pub sha256: String,
    /// Of the file.
    pub bytes: u64,
    /// Operator set of ONNX.
    pub opset: i64,
    /// Of data, weights and batches.
    pub seed: u32,
    /// Steps of the optimiser.
    pub steps: u64,
    /// Of the training data, in hex.
    pub data_sha256: String,
    /// Of the code that trained it.
    pub commit: String,
    /// Largest relative error of tract against the golden outputs.
    pub parity: f64,
    /// Model card, under models/.
    pub card: String,
    /// Golden inputs and outputs, under models/.
    pub golden: String,
    /// What it was measured to be worth: id of a row of verify, and the number.
    #[serde(default)]
    pub metric: BTreeMap<String, f64>,
    /// Its contract.
    pub inputs: Vec<Port>,
    /// Its contract.
    pub outputs: Vec<Port>,
}

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Manifest {
    /// Sorted by paper and name.
    #[serde(default)]
    pub model: Vec<Model>,
}

const HEAD: &str = "# Written by `cargo xtask train`; one [[model]] for each file, sorted by paper and name.\n\n";

impl Manifest {
    /// The manifest at `path`; an empty one where there is none.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn load(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{}", path.display()))
    }

    /// Puts `models` into the manifest at `path`. Trainings that end at the same time wait for each other.
    ///
    /// # Errors
    /// When the manifest cannot be read, understood or written.
    pub fn update(path: &Path, models: Vec<Model>) -> Result<()> {
        let lock = fs::File::create(std::env::temp_dir().join("playable-papers-manifest.lock"))?;
        lock.lock().context("cannot lock the manifest")?;
        let mut manifest = Self::load(path)?;
        manifest.insert(models);
        manifest.save(path)
    }

    /// Puts `models` in the place of those of the same names.
    pub fn insert(&mut self, models: Vec<Model>) {
        for new in models {
            self.model.retain(|old| (&old.paper, &old.name) != (&new.paper, &new.name));
            self.model.push(new);
        }
        self.model.sort_by(|a, b| (&a.paper, &a.name).cmp(&(&b.paper, &b.name)));
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, path: &Path) -> Result<()> {
        files::write(path, (HEAD.to_owned() + &toml::to_string(self)?).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, seed: u32) -> Model {
        Model {
            paper: "paper".into(),
            name: name.into(),
            file: format!("paper/{name}.onnx"),
            sha256: String::new(),
            bytes: 1,
            opset: 18,
            seed,
            steps: 20,
            data_sha256: String::new(),
            commit: "unknown".into(),
            parity: 1e-7,
            card: String::new(),
            golden: String::new(),
            metric: [("a-test-mse".into(), 0.5)].into(),
            inputs: vec![Port::batched("x", 2, "state")],
            outputs: Vec::new(),
        }
    }

    #[test]
    fn trainings_that_end_together_are_all_kept() {
        let path = files::scratch("manifest-together").join("manifest.toml");
        std::thread::scope(|scope| {
            for index in 0..8 {
                let path = &path;
                scope.spawn(move || Manifest::update(path, vec![model(&format!("m{index}"), 0)]).unwrap());
            }
        });
        assert_eq!(Manifest::load(&path).unwrap().model.len(), 8);
    }

    #[test]
    fn entries_are_replaced_sorted_and_read_again() {
        let path = files::scratch("manifest").join("manifest.toml");
        assert_eq!(Manifest::load(&path).unwrap(), Manifest::default());
        Manifest::update(&path, vec![model("b", 0), model("a", 0)]).unwrap();
        Manifest::update(&path, vec![model("b", 1)]).unwrap();
        let again = Manifest::load(&path).unwrap();
        assert_eq!(again.model[0], model("a", 0));
        let names: Vec<_> = again.model.iter().map(|model| (model.name.as_str(), model.seed)).collect();
        assert_eq!(names, [("a", 0), ("b", 1)]);
    }
}
