//! One network of the race: it learns, and its accuracy is read on the way. The CNN can learn on WebGPU.

use demo::snapshot::{Reader, Writer, bad};
use demo::{Engine, Error};
use math::random::Mt19937;

use super::super::published::Split;
use crate::data::CLASSES;
use crate::learner::{BATCH, Learner, PAPER_SEED, Rows, STEPS, accuracy};
use crate::model::{Kind, POSITIONS};
#[cfg(feature = "webgpu")]
use crate::{learner::batch_of, remote::Convolutional};

/// What it takes to hand a step to a device, in native microseconds.
#[cfg(feature = "webgpu")]
const SUBMISSION_US: f64 = 60.0;

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
    /// Behind the device, where there is one, until [`Self::settle`].
    learner: Learner,
    /// The same network where it learns on a device.
    #[cfg(feature = "webgpu")]
    remote: Option<Remote>,
    regime: Regime,
    engine: Engine,
}

/// A network on a device, and the number of its last loss until that is read.
#[cfg(feature = "webgpu")]
struct Remote {
    network: Convolutional,
    loss: Option<usize>,
}

impl Entrant {
    pub(super) fn new(kind: Kind, shuffled: bool, regime: Regime, engine: Engine) -> Self {
        let mut entrant = Self {
            kind,
            shuffled,
            marks: Vec::new(),
            loss: f64::NAN,
            lost: false,
            learner: learner(kind, regime),
            #[cfg(feature = "webgpu")]
            remote: None,
            regime,
            engine,
        };
        entrant.move_to_device();
        entrant
    }

    /// From now on a device has the CNN, where the engine is one and there is one. The others are quicker on the CPU: a GRU is forty
    /// small steps one after the other.
    #[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_self, reason = "there is but one engine"))]
    fn move_to_device(&mut self) {
        #[cfg(feature = "webgpu")]
        if self.engine == Engine::WebGpu && self.kind == Kind::Cnn && !self.lost {
            let Regime { rate, batch, .. } = self.regime;
            let network = Convolutional::new(self.learner.network(), rate, batch);
            self.remote = network.map(|mut network| {
                network.resume(self.learner.steps() as u32, &self.learner.numbers());
                Remote { network, loss: None }
            });
        }
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
        #[cfg(feature = "webgpu")]
        if let Some(remote) = &self.remote {
            return u64::from(remote.network.steps());
        }
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
        let on_cpu = match self.kind {
            Kind::Logistic => 10.0,
            Kind::Mlp => 300.0,
            Kind::Cnn => 580.0,
            Kind::Gru => 650.0,
        };
        #[cfg(feature = "webgpu")]
        let step = if self.remote.is_some() { SUBMISSION_US } else { on_cpu };
        #[cfg(not(feature = "webgpu"))]
        let step = on_cpu;
        match act {
            Act::Step => step * self.regime.batch as f64 / BATCH as f64,
            // A forward pass over a thousand rows, a third of what as many cost in steps.
            Act::Read => on_cpu * 10.0 / 3.0,
        }
    }

    /// Does it on its rows.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub(super) async fn act(&mut self, act: Act, [train, test]: &Split) -> Result<(), Error> {
        match act {
            Act::Read => {
                let steps = self.steps() as f64;
                self.settle().await?;
                if !self.lost {
                    self.marks.push([steps, accuracy(self.learner.network(), test)]);
                }
            }
            Act::Step => self.step(train),
        }
        Ok(())
    }

    fn step(&mut self, train: &Rows) {
        #[cfg(feature = "webgpu")]
        if let Some(Remote { network, loss }) = &mut self.remote {
            let begin = batch_of(u64::from(network.steps()), self.regime.batch, train.count());
            *loss = Some(network.step(train, begin));
            return;
        }
        let loss = self.learner.step(train).loss;
        self.see(loss);
    }

    fn see(&mut self, loss: f32) {
        self.loss = f64::from(loss);
        if !self.loss.is_finite() {
            self.retire();
        }
    }

    /// Waits for the device to make the steps that it was given, and looks at the last loss.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_async, reason = "only a GPU is waited for"))]
    pub(super) async fn wait(&mut self) -> Result<(), Error> {
        #[cfg(feature = "webgpu")]
        if let Some(Remote { network, loss }) = &mut self.remote
            && let Some(number) = *loss
        {
            let read = network.losses(&[number]).await?;
            *loss = None;
            for loss in read {
                self.see(loss);
            }
        }
        Ok(())
    }

    /// Takes over the network as it is on the device.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub(super) async fn settle(&mut self) -> Result<(), Error> {
        self.wait().await?;
        #[cfg(feature = "webgpu")]
        if let Some(Remote { network, .. }) = &self.remote {
            let (steps, numbers) = (network.steps(), network.numbers().await?);
            if self.learner.resume(steps, &numbers).is_err() {
                self.retire();
            }
        }
        Ok(())
    }

    /// The network as a file that any runtime reads.
    pub(super) fn onnx(&self, origin: &str) -> Result<Vec<u8>, Error> {
        let bad_model = |reason: String| Error::BadModel { name: self.label(), reason };
        let metadata = [("origin", origin), ("steps", &self.steps().to_string())];
        self.learner.network().to_onnx(&metadata).map_err(|error| bad_model(error.to_string()))
    }

    fn retire(&mut self) {
        self.lost = true;
        self.loss = f64::NAN;
        self.learner = learner(self.kind, self.regime);
        #[cfg(feature = "webgpu")]
        {
            self.remote = None;
        }
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
        let mut entrant =
            Self { marks, loss, lost, learner, ..Self::new(self.kind, self.shuffled, self.regime, Engine::Cpu) };
        entrant.engine = self.engine;
        entrant.move_to_device();
        Ok(entrant)
    }
}

fn learner(kind: Kind, regime: Regime) -> Learner {
    let network = kind.network().initialised(&mut Mt19937::new(regime.seed));
    Learner::from_network(network, regime.rate, regime.batch)
}

/// Numbers of a CNN after one step on rows drawn at random, as an engine makes it: its gradient is a tenth of Adam's first moments.
pub(super) async fn probe(engine: Engine) -> Result<Vec<f32>, Error> {
    let mut random = Mt19937::new(0);
    let regime = Regime { seed: PAPER_SEED, rate: 1e-2, batch: 50 };
    let x = (0..regime.batch * POSITIONS).map(|_| random.uniform(-2.0, 2.0) as f32).collect();
    let rows = Rows { length: POSITIONS, x, y: (0..regime.batch).map(|at| (at * 7 % CLASSES) as u8).collect() };
    let mut entrant = Entrant::new(Kind::Cnn, false, regime, engine);
    entrant.step(&rows);
    entrant.settle().await?;
    let (numbers, count) = (entrant.learner.numbers(), entrant.learner.network().parameters.len());
    // All of about one size, so that none hides behind the others.
    let gradient = numbers[count..2 * count].iter().map(|moment| 100.0 * moment).step_by(13);
    Ok(gradient.chain([entrant.loss as f32]).collect())
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
