//! One network of the race: it learns, and its accuracy is read on the way.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};
use math::random::Mt19937;

use super::super::standard::Split;
use crate::learner::{BATCH, Learner, STEPS, accuracy};
use crate::model::Kind;

/// How all networks of a race learn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Regime {
    /// Seed of the first weights, that of `torch.manual_seed`.
    pub(super) seed: u32,
    /// Adam's rate.
    pub(super) rate: f32,
    /// Rows of a batch.
    pub(super) batch: usize,
}

/// A reading: steps made, and the share of the test rows that was right.
pub(super) type Mark = [f64; 2];

/// What an entrant did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// A training step.
    Step,
    /// A reading of its accuracy.
    Read,
}

/// A network in the race.
pub(super) struct Entrant {
    pub(super) kind: Kind,
    /// Whether it sees the shuffled positions.
    pub(super) shuffled: bool,
    pub(super) marks: Vec<Mark>,
    /// Mean cross-entropy of the last batch.
    pub(super) loss: f64,
    /// Whether its loss grew beyond all numbers; then it is out.
    pub(super) lost: bool,
    learner: Learner,
    regime: Regime,
}

impl Entrant {
    pub(super) fn new(kind: Kind, shuffled: bool, regime: Regime) -> Self {
        let learner = learner(kind, regime);
        Self { kind, shuffled, marks: Vec::new(), loss: f64::NAN, lost: false, learner, regime }
    }

    /// In readouts and files.
    pub(super) fn id(&self) -> String {
        format!("{}{}", self.kind.id(), if self.shuffled { "-shuffled" } else { "" })
    }

    /// For readers.
    pub(super) fn label(&self) -> String {
        format!("{}{}", self.kind.label(), if self.shuffled { ", shuffled" } else { "" })
    }

    /// Steps made.
    pub(super) fn steps(&self) -> u64 {
        self.learner.steps()
    }

    /// The last reading of its accuracy, 0 to 1.
    pub(super) fn accuracy(&self) -> Option<f64> {
        self.marks.last().map(|mark| mark[1])
    }

    /// What it does next; nothing when it is out or at the end.
    pub(super) fn next(&self) -> Option<Act> {
        let is_read = self.marks.last().is_some_and(|mark| mark[0] == self.steps() as f64);
        match (self.lost, is_reading(self.steps()) && !is_read) {
            (true, _) => None,
            (_, true) => Some(Act::Read),
            _ => (self.steps() < STEPS).then_some(Act::Step),
        }
    }

    /// About how long that takes in microseconds, measured natively on one core.
    pub(super) fn cost_us(&self, act: Act) -> f64 {
        let step = match self.kind {
            Kind::Logistic => 10.0,
            Kind::Mlp => 300.0,
            Kind::Cnn => 580.0,
            Kind::Gru => 650.0,
        };
        match act {
            Act::Step => step * self.regime.batch as f64 / BATCH as f64,
            // A forward pass over a thousand rows, a third of what as many cost in steps.
            Act::Read => step * 10.0 / 3.0,
        }
    }

    /// Does it on its rows.
    pub(super) fn act(&mut self, act: Act, [train, test]: &Split) {
        match act {
            Act::Read => self.marks.push([self.steps() as f64, accuracy(self.learner.network(), test)]),
            Act::Step => {
                self.loss = f64::from(self.learner.step(train).loss);
                if !self.loss.is_finite() {
                    self.retire();
                }
            }
        }
    }

    /// The network as a file that any runtime reads.
    pub(super) fn onnx(&self, origin: &str) -> Result<Vec<u8>, Error> {
        let bad_model = |reason: String| Error::BadModel { name: self.label(), reason };
        let metadata = [("origin", origin), ("steps", &self.steps().to_string())];
        self.learner.network().to_onnx(&metadata).map_err(|error| bad_model(error.to_string()))
    }

    /// Its first few parameters.
    pub(super) fn probe(&self) -> impl Iterator<Item = f32> {
        self.learner.network().parameters.iter().copied().take(8)
    }

    fn retire(&mut self) {
        self.lost = true;
        self.loss = f64::NAN;
        self.learner = learner(self.kind, self.regime);
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.bool(self.lost);
        writer.f64(self.loss);
        writer.points(&self.marks);
        writer.bytes(&self.learner.save());
    }

    /// The same entrant as a snapshot has it.
    pub(super) fn read(&self, reader: &mut Reader) -> Result<Self, Error> {
        let (lost, loss, marks) = (reader.bool()?, reader.f64()?, reader.points()?);
        let mut learner = learner(self.kind, self.regime);
        learner.restore(reader.bytes()?).map_err(|_| bad("its networks are damaged."))?;
        Ok(Self { marks, loss, lost, learner, ..Self::new(self.kind, self.shuffled, self.regime) })
    }
}

fn learner(kind: Kind, regime: Regime) -> Learner {
    let network = kind.network().initialised(&mut Mt19937::new(regime.seed));
    Learner::from_network(network, regime.rate, regime.batch)
}

/// Whether accuracies are read after so many steps: often at first, when much happens, and at the end.
fn is_reading(steps: u64) -> bool {
    let every = match steps {
        0..=50 => 10,
        51..=250 => 25,
        251..=1000 => 50,
        _ => 100,
    };
    steps.is_multiple_of(every) || steps == STEPS
}
