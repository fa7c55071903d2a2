//! The four classifiers on the data as they are and with their positions shuffled.

use ::train::{About, Artifact, Golden, Port, Row, Setup, Task, Training};
use anyhow::{Context, Result};
use onnx::Array;

use crate::data::{CLASSES, Dataset, Settings, generate, hashes, labels};
use crate::learner::{self, BATCH, Learner, RATE, Rows, STEPS};
use crate::model::{INPUT, Kind, Network, OUTPUT, POSITIONS};
use crate::verify;

/// The order of the 40 positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Positions {
    /// As generated.
    Ordered,
    /// In the fixed random order of the notebooks.
    Shuffled,
}

impl Positions {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ordered, Self::Shuffled];

    /// Appended to names.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Ordered => "",
            Self::Shuffled => "-shuffled",
        }
    }

    /// The published data in this order.
    ///
    /// # Errors
    /// Never for the published settings.
    pub fn data(self) -> Result<Dataset> {
        let data = generate(&Settings::default())?;
        Ok(match self {
            Self::Ordered => data,
            Self::Shuffled => data.with_positions(&labels::NOTEBOOK_ORDER),
        })
    }
}

/// One network to be trained.
#[derive(Clone, Debug)]
pub struct Classifier {
    kind: Kind,
    positions: Positions,
    name: String,
}

impl Classifier {
    /// `cnn` or `cnn-shuffled`.
    pub fn new(kind: Kind, positions: Positions) -> Self {
        Self { kind, positions, name: format!("{}{}", kind.id(), positions.suffix()) }
    }
}

impl Task for Classifier {
    fn task(&self) -> &str {
        match self.positions {
            Positions::Ordered => "classify",
            Positions::Shuffled => "classify-shuffled",
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn steps(&self) -> u64 {
        STEPS
    }

    fn start(&self, setup: &Setup) -> Result<Box<dyn Training>> {
        let data = self.positions.data()?;
        let [train, test] = Rows::of(&data);
        let data_sha256 = hashes::of_floats(&data.x);
        let learner = Learner::new(self.kind, setup.draw.unwrap_or(setup.seed));
        Ok(Box::new(Run { classifier: self.clone(), learner, train, test, data_sha256, loss: None }))
    }
}

/// A classifier that is being trained.
struct Run {
    classifier: Classifier,
    learner: Learner,
    train: Rows,
    test: Rows,
    data_sha256: String,
    loss: Option<f32>,
}

impl Training for Run {
    fn step(&mut self) -> Result<()> {
        self.loss = Some(self.learner.step(&self.train).loss);
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        self.loss.context("no step was made")
    }

    fn save(&self) -> Result<Vec<u8>> {
        Ok(self.learner.save())
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.learner.restore(bytes)?)
    }

    fn evaluate(&self) -> Result<Vec<Row>> {
        let Classifier { kind, positions, .. } = self.classifier;
        Ok(verify::network_rows(kind, positions, self.learner.network(), &self.train, &self.test))
    }

    fn artifacts(&self) -> Result<Vec<Artifact>> {
        let Classifier { kind, positions, name } = &self.classifier;
        let network = self.learner.network();
        let order = if *positions == Positions::Ordered { "as generated" } else { "shuffled" };
        let onnx = network.to_onnx(&[("paper", "mnist1d"), ("kind", kind.id()), ("positions", order)])?;
        Ok(vec![Artifact {
            name: name.clone(),
            onnx,
            inputs: vec![Port::batched(INPUT, POSITIONS, "a standardised row of the data set")],
            outputs: vec![Port::batched(OUTPUT, CLASSES, "one logit for each class")],
            golden: golden(network, &self.test),
        }])
    }

    fn about(&self) -> About {
        about(self.classifier.kind, self.classifier.positions, &self.data_sha256)
    }
}

/// The first test rows and their logits.
fn golden(network: &Network, test: &Rows) -> Golden {
    let rows = test.first(16);
    let logits: Vec<f32> = learner::logits(network, &rows).into_iter().flatten().collect();
    let array = |name: &str, columns, values| Array { name: name.into(), shape: vec![rows.count(), columns], values };
    Golden { inputs: vec![array(INPUT, POSITIONS, rows.x.clone())], outputs: vec![array(OUTPUT, CLASSES, logits)] }
}

fn about(kind: Kind, positions: Positions, data_sha256: &str) -> About {
    let what = match kind {
        Kind::Logistic => "Logistic regression: linear 40-10, 410 parameters.",
        Kind::Mlp => {
            "A perceptron 40-100-100-10 with ReLU and a skip connection over its second layer, 15,210 parameters."
        }
        Kind::Cnn => "Three convolutions of 25 channels with stride 2 and ReLU, then linear 125-10, 5,210 parameters.",
        Kind::Gru => {
            "A bidirectional GRU with 6 numbers in a state, its 40 outputs, then linear 480-10, 5,134 parameters."
        }
    };
    let data = match positions {
        Positions::Ordered => "the published MNIST-1D: 4,000 training and 1,000 test rows of 40 numbers, seed 42",
        Positions::Shuffled => {
            "the published MNIST-1D with its 40 positions in the fixed random order of the notebooks"
        }
    };
    let pair = |name: &str, value: String| (name.to_owned(), value);
    About {
        what: format!("{what} Classifies rows of MNIST-1D into ten classes."),
        data: format!("{data} (`cargo xtask data mnist1d default`)"),
        data_sha256: data_sha256.into(),
        recipe: vec![
            pair("loss", "cross-entropy".into()),
            pair("optimiser", format!("Adam, rate {RATE}, no decay")),
            pair("batch", format!("{BATCH} rows, cyclically in stored order")),
            pair("first weights", "PyTorch's law and generator: the seed is that of torch.manual_seed".into()),
        ],
        falls_short: vec![
            "One of many draws of the first weights; the table of ten seeds shows how far they differ.".into(),
        ],
        needs_data: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tract_agrees_with_every_network() {
        let [_, test] = Rows::of(&generate(&Settings { num_samples: 100, ..Settings::default() }).unwrap());
        for kind in Kind::ALL {
            let learner = Learner::new(kind, 7);
            let file = learner.network().to_onnx(&[]).unwrap();
            let parity = ::train::golden::parity(&file, &golden(learner.network(), &test)).unwrap();
            assert!(parity < 1e-5, "{kind:?}: {parity}");
        }
    }
}
