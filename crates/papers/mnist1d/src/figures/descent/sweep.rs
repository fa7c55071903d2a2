//! All widths at once: the perceptrons of the sweep learn in step on the same batches, a small piece of work at a time.
//!
//! Each is trained as [`crate::lab::descent`] trains it alone, on the CPU to the same bits.

#[cfg(feature = "webgpu")]
mod device;

use std::cell::RefCell;
use std::rc::Rc;

use demo::snapshot::{Reader, Writer, bad};
use demo::{Engine, Error};
use math::random::Mt19937;
use math::single::{Momentum, softmax_cross_entropy};

use crate::data::labels::add_noise;
use crate::data::{CLASSES, Settings, generate_from};
use crate::lab::descent::{EPOCHS, MOMENTUM, RATE, WIDTHS};
use crate::learner::{BATCH, PAPER_SEED, Rows};
use crate::model::{Network, POSITIONS, Pass, perceptron};

/// Epochs after which errors are read.
pub(super) const READINGS: [usize; 20] =
    [1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 250, 300, 350, 400, EPOCHS];

/// How much of the paper's experiment is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// A quarter of the rows, and widths that fit them.
    Quick,
    /// All of it.
    Paper,
}

impl Scale {
    /// Widths of the hidden layers.
    pub(super) fn widths(self) -> &'static [usize] {
        match self {
            Self::Quick => &WIDTHS[..16],
            Self::Paper => &WIDTHS,
        }
    }

    /// Networks of a width, whose errors are averaged: of the quick size's narrow ones, which are cheap, three, for single
    /// ones scatter.
    pub(super) fn crew(self, width: usize) -> usize {
        match self {
            Self::Quick if width < 50 => 3,
            _ => 1,
        }
    }

    /// Training and test rows.
    pub(super) fn rows(self) -> [usize; 2] {
        match self {
            Self::Quick => [1000, 4000],
            Self::Paper => [4000, 12_000],
        }
    }
}

/// What a sweep is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recipe {
    pub(super) scale: Scale,
    /// Share of the training labels that are drawn anew.
    pub(super) noise: f64,
    /// Seed of the first weights and of the order of the rows.
    pub(super) seed: u32,
}

/// Errors in percent after an epoch, one for each width, the mean of its networks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) epoch: usize,
    /// On the training rows as they passed in this epoch.
    pub(super) train: Vec<f64>,
    pub(super) test: Vec<f64>,
}

/// One network.
struct Member {
    width: usize,
    network: Network,
    optimiser: Momentum,
    pass: Pass,
    /// Wrong answers on the training rows of this epoch.
    train_wrong: usize,
    /// Wrong answers on the test rows of this reading.
    test_wrong: usize,
}

/// Rows that all members see.
struct Batch {
    /// `[positions, BATCH]`
    input: Vec<f32>,
    labels: Vec<u8>,
}

/// What the next piece of work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cursor {
    /// Steps that all have made.
    step: usize,
    /// Whether errors are being read.
    reads: bool,
    /// The member whose turn it is.
    member: usize,
    /// The batch of test rows.
    batch: usize,
}

/// The sweep.
pub(super) struct Sweep {
    recipe: Recipe,
    data: [Rows; 2],
    members: Vec<Member>,
    order: Vec<usize>,
    random: Mt19937,
    cursor: Cursor,
    gradient: Vec<f32>,
    batch: Batch,
    /// The same networks on a device, which then has their weights.
    #[cfg(feature = "webgpu")]
    remote: Option<crate::remote::Perceptrons>,
    /// Every reading so far.
    pub(super) readings: Vec<Reading>,
}

impl Sweep {
    /// At the start, on the device of `engine`.
    pub(super) fn new(recipe: Recipe, engine: Engine) -> Result<Self, Error> {
        let mut sweep = Self::on_cpu(recipe)?;
        sweep.turn_to(engine);
        Ok(sweep)
    }

    #[cfg_attr(not(feature = "webgpu"), expect(unused_variables, clippy::unused_self, reason = "there is but one"))]
    fn turn_to(&mut self, engine: Engine) {
        #[cfg(feature = "webgpu")]
        if engine == Engine::WebGpu {
            self.move_to_device();
        }
    }

    fn on_cpu(recipe: Recipe) -> Result<Self, Error> {
        let crew = |width: &usize| {
            let (width, count) = (*width, recipe.scale.crew(*width) as u32);
            (0..count).map(move |one| Member::new(width, recipe.seed.wrapping_add(one)))
        };
        let members: Vec<Member> = recipe.scale.widths().iter().flat_map(crew).collect();
        Ok(Self::of(recipe, members, rows(recipe)?))
    }

    fn of(recipe: Recipe, members: Vec<Member>, data: [Rows; 2]) -> Self {
        let largest = members.iter().map(|member| member.network.parameters.len()).max().unwrap_or(0);
        let mut sweep = Self {
            recipe,
            members,
            order: (0..data[0].count()).collect(),
            data,
            random: Mt19937::new(recipe.seed),
            cursor: Cursor::default(),
            gradient: vec![0.0; largest],
            batch: Batch { input: vec![0.0; POSITIONS * BATCH], labels: vec![0; BATCH] },
            #[cfg(feature = "webgpu")]
            remote: None,
            readings: Vec::new(),
        };
        sweep.random.shuffle(&mut sweep.order);
        sweep
    }

    pub(super) fn recipe(&self) -> Recipe {
        self.recipe
    }

    /// Passes through the training rows, the present one in part.
    pub(super) fn epochs(&self) -> f64 {
        let share = if self.cursor.reads { 0.0 } else { self.cursor.member as f64 / self.members.len() as f64 };
        (self.cursor.step as f64 + share) / self.batches() as f64
    }

    /// Answers of all widths to the batches of test rows, given and in all, while they are read.
    pub(super) fn reading(&self) -> Option<[usize; 2]> {
        let (count, batches) = (self.members.len(), self.data[1].count() / BATCH);
        self.cursor.reads.then(|| [self.cursor.batch * count + self.cursor.member, batches * count])
    }

    pub(super) fn is_over(&self) -> bool {
        self.cursor.step >= EPOCHS * self.batches() && !self.cursor.reads
    }

    /// Works for about so many native microseconds, or as much as suits the device.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_async, reason = "only a GPU is waited for"))]
    pub(super) async fn work(&mut self, budget_us: f64) -> Result<(), Error> {
        #[cfg(feature = "webgpu")]
        if self.remote.is_some() && !self.is_over() {
            return self.work_on_device().await;
        }
        self.work_on_cpu(budget_us);
        Ok(())
    }

    fn work_on_cpu(&mut self, budget_us: f64) {
        let mut spent_us = 0.0;
        while spent_us < budget_us && !self.is_over() {
            spent_us += if self.cursor.reads { self.read() } else { self.step() };
        }
    }

    fn batches(&self) -> usize {
        self.order.len() / BATCH
    }

    /// Puts the rows into the batch that the members are to see next.
    fn fill(&mut self) {
        let Self { data: [train, test], order, cursor, batch, .. } = self;
        if cursor.reads {
            let begin = cursor.batch * BATCH;
            batch.fill(test, begin..begin + BATCH);
        } else {
            let begin = cursor.step % (order.len() / BATCH) * BATCH;
            batch.fill(train, order[begin..begin + BATCH].iter().copied());
        }
    }

    /// One member's step; the last one ends the step of all.
    fn step(&mut self) -> f64 {
        if self.cursor.member == 0 {
            self.fill();
        }
        let Self { members, cursor, gradient, batch, .. } = self;
        let member = &mut members[cursor.member];
        member.learn(batch, gradient);
        let cost_us = cost_us(&member.network);
        cursor.member += 1;
        if cursor.member == self.members.len() {
            self.end_step();
        }
        cost_us
    }

    fn end_step(&mut self) {
        self.cursor = Cursor { step: self.cursor.step + 1, ..Cursor::default() };
        if self.cursor.step.is_multiple_of(self.batches()) {
            self.end_epoch();
        }
    }

    fn end_epoch(&mut self) {
        self.random.shuffle(&mut self.order);
        self.cursor.reads = READINGS.contains(&(self.cursor.step / self.batches()));
        if !self.cursor.reads {
            self.members.iter_mut().for_each(|member| member.train_wrong = 0);
        }
    }

    /// A member's answers to a batch of test rows; the last one's to the last batch end the reading.
    fn read(&mut self) -> f64 {
        if self.cursor.member == 0 {
            self.fill();
        }
        let Self { members, data: [_, test], cursor, batch, .. } = self;
        let member = &mut members[cursor.member];
        member.answer(batch);
        let cost_us = cost_us(&member.network) / 3.0;
        cursor.member += 1;
        if cursor.member == members.len() {
            *cursor = Cursor { member: 0, batch: cursor.batch + 1, ..*cursor };
        }
        if cursor.batch * BATCH >= test.count() {
            self.end_reading();
        }
        cost_us
    }

    fn end_reading(&mut self) {
        let reading = Reading {
            epoch: self.cursor.step / self.batches(),
            train: self.percent(&self.data[0], |member| member.train_wrong),
            test: self.percent(&self.data[1], |member| member.test_wrong),
        };
        self.readings.push(reading);
        self.members.iter_mut().for_each(|member| (member.train_wrong, member.test_wrong) = (0, 0));
        self.cursor = Cursor { step: self.cursor.step, ..Cursor::default() };
    }

    /// The share of `rows` that was wrong in percent, for each width the mean of its networks.
    fn percent(&self, rows: &Rows, wrong: fn(&Member) -> usize) -> Vec<f64> {
        let crews = self.members.chunk_by(|a, b| a.width == b.width);
        let mean = |crew: &[Member]| crew.iter().map(wrong).sum::<usize>() as f64 / (crew.len() * rows.count()) as f64;
        crews.map(|crew| 100.0 * mean(crew)).collect()
    }

    /// # Errors
    /// [`Error::Engine`] when the device fails.
    #[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_async, reason = "only a GPU is waited for"))]
    pub(super) async fn save(&mut self, writer: &mut Writer) -> Result<(), Error> {
        #[cfg(feature = "webgpu")]
        self.take_networks().await?;
        self.write(writer);
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        let Cursor { step, reads, member, batch } = self.cursor;
        writer.bool(reads);
        for count in [step, member, batch] {
            writer.count(count);
        }
        for member in &self.members {
            writer.f32s(&member.network.parameters);
            writer.f32s(member.optimiser.velocity());
            writer.count(member.train_wrong);
            writer.count(member.test_wrong);
        }
        writer.count(self.readings.len());
        for reading in &self.readings {
            writer.count(reading.epoch);
            writer.f64s(&reading.train);
            writer.f64s(&reading.test);
        }
    }

    /// The sweep of `recipe` as a snapshot has it.
    pub(super) fn restored(recipe: Recipe, engine: Engine, reader: &mut Reader) -> Result<Self, Error> {
        let mut sweep = Self::on_cpu(recipe)?;
        let reads = reader.bool()?;
        let [step, member, batch] = [reader.count()?, reader.count()?, reader.count()?];
        sweep.cursor = Cursor { step, reads, member, batch };
        let is_sound =
            step <= EPOCHS * sweep.batches() && member < sweep.members.len() && batch * BATCH < sweep.data[1].count();
        if !is_sound {
            return Err(bad("its place in the sweep is impossible."));
        }
        // The order of the rows is that of as many shuffles as epochs have begun.
        (0..step / sweep.batches()).for_each(|_| sweep.random.shuffle(&mut sweep.order));
        sweep.members.iter_mut().try_for_each(|member| member.restore(reader))?;
        sweep.fill();
        let widths = recipe.scale.widths().len();
        let count = reader.count()?.min(READINGS.len());
        sweep.readings = (0..count).map(|_| Reading::restored(widths, reader)).collect::<Result<_, _>>()?;
        sweep.turn_to(engine);
        Ok(sweep)
    }
}

impl Reading {
    pub(super) fn restored(widths: usize, reader: &mut Reader) -> Result<Self, Error> {
        let reading = Self { epoch: reader.count()?, train: reader.f64s()?, test: reader.f64s()? };
        let is_whole = reading.train.len() == widths && reading.test.len() == widths;
        if is_whole { Ok(reading) } else { Err(bad("a reading is damaged.")) }
    }
}

impl Batch {
    /// Takes in rows, once for all members.
    fn fill(&mut self, rows: &Rows, picked: impl Iterator<Item = usize>) {
        for (column, row) in picked.enumerate() {
            self.labels[column] = rows.y[row];
            for (at, value) in rows.row(row).iter().enumerate() {
                self.input[at * BATCH + column] = *value;
            }
        }
    }
}

impl Member {
    fn new(width: usize, seed: u32) -> Self {
        let network = perceptron(width).initialised(&mut Mt19937::new(seed));
        let pass = Pass::new(&network, BATCH);
        let optimiser = Momentum::new(RATE, MOMENTUM, network.parameters.len());
        Self { width, optimiser, network, pass, train_wrong: 0, test_wrong: 0 }
    }

    fn learn(&mut self, batch: &Batch, gradient: &mut [f32]) {
        let gradient = &mut gradient[..self.network.parameters.len()];
        self.pass.input(&self.network).copy_from_slice(&batch.input);
        let (_, correct) = self.network.gradient(&mut self.pass, &batch.labels, gradient);
        self.train_wrong += BATCH - correct;
        self.optimiser.step(&mut self.network.parameters, gradient);
    }

    /// Counts wrong answers to a batch of test rows.
    fn answer(&mut self, batch: &Batch) {
        self.pass.input(&self.network).copy_from_slice(&batch.input);
        let mut logits = self.network.forward(&mut self.pass).to_vec();
        let (_, correct) = softmax_cross_entropy(&mut logits, &batch.labels);
        self.test_wrong += BATCH - correct;
    }

    fn restore(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let (parameters, velocity) = (reader.f32s()?, reader.f32s()?);
        let is_sound = parameters.len() == self.network.parameters.len()
            && parameters.iter().chain(&velocity).all(|value| value.is_finite());
        if !is_sound || !self.optimiser.restore(&velocity) {
            return Err(bad("its networks are damaged."));
        }
        self.network.parameters = parameters;
        (self.train_wrong, self.test_wrong) = (reader.count()?, reader.count()?);
        Ok(())
    }
}

/// What three small networks are after an epoch of numbers drawn at random, as an engine trains them, and how often they were
/// wrong.
pub(super) async fn probe(engine: Engine) -> Result<Vec<f32>, Error> {
    let mut random = Mt19937::new(0);
    let data = [2 * BATCH, BATCH].map(|count| Rows {
        length: POSITIONS,
        x: (0..count * POSITIONS).map(|_| random.uniform(-2.0, 2.0) as f32).collect(),
        y: (0..count).map(|at| (at * 7 % CLASSES) as u8).collect(),
    });
    let members = [3, 12, 40].map(|width| Member::new(width, PAPER_SEED));
    let mut sweep = Sweep::of(Recipe { scale: Scale::Quick, noise: 0.0, seed: 0 }, members.into(), data);
    sweep.turn_to(engine);
    while sweep.readings.is_empty() {
        sweep.work(1.0).await?;
    }
    #[cfg(feature = "webgpu")]
    sweep.take_networks().await?;
    let errors = sweep.readings.iter().flat_map(|reading| reading.train.iter().chain(&reading.test));
    // A few of their numbers, all of about one size so that none hides behind the others.
    let errors = errors.map(|percent| (percent / 100.0) as f32);
    let numbers = sweep.members.iter().flat_map(|member| {
        let velocities = member.optimiser.velocity().iter().map(|velocity| 10.0 * velocity);
        member.network.parameters.iter().copied().step_by(11).chain(velocities.step_by(7))
    });
    Ok(errors.chain(numbers).collect())
}

/// About how long a step takes in microseconds, natively on one core.
fn cost_us(network: &Network) -> f64 {
    10.0 + network.parameters.len() as f64 / 50.0
}

/// All 16,000 examples without noise, and the stream that made them.
type Clean = Rc<([Rows; 2], Mt19937)>;

thread_local! {
    static CLEAN: RefCell<Option<Clean>> = const { RefCell::new(None) };
}

fn clean() -> Result<Clean, Error> {
    if let Some(ready) = CLEAN.with_borrow(Clone::clone) {
        return Ok(ready);
    }
    let settings = Settings { num_samples: 16_000, train_split: 0.25, ..Settings::default() };
    let mut random = Mt19937::new(settings.seed);
    let data = generate_from(&settings, &mut random).map_err(|error| Error::Numerical(error.to_string()))?;
    let ready = Rc::new((Rows::of(&data), random));
    CLEAN.set(Some(Rc::clone(&ready)));
    Ok(ready)
}

/// The rows of [`crate::lab::descent::rows`], or the first of them.
fn rows(recipe: Recipe) -> Result<[Rows; 2], Error> {
    let ready = clean()?;
    let (data, random) = ready.as_ref();
    let [train, test] = recipe.scale.rows();
    let mut noisy = data[0].clone();
    if recipe.noise > 0.0 {
        add_noise(&mut noisy.y, recipe.noise, &mut random.clone());
    }
    Ok([noisy.first(train), data[1].first(test)])
}
