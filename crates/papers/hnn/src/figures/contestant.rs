//! One network of the arena: it learns a little at every tick, and its portrait (field, level lines, rollout) follows.
//!
//! A portrait costs more than a tick may take, so the next one is made in slices from a copy of the weights while the
//! last complete one is shown.

use demo::{Engine, Error, Point};

use super::phase::{Law, Rollout, lattice, levels, refine};
use crate::learner::{Learner, Loss, Recipe};
use crate::model::{Kind, Network, Plain};
use demo::snapshot::{Reader, Writer, bad};

/// Points along each side of the lattice of energies.
const LATTICE: usize = 25;
/// Points of the lattice from one arrow to the next.
const ARROW_STRIDE: usize = 2;
/// Rows of the lattice that a tick evaluates.
const ROWS_PER_SLICE: usize = 5;
/// Rollout steps that a tick makes in the background.
const STEPS_PER_SLICE: usize = 14;
/// How much finer level lines are drawn than energies are known.
const REFINEMENT: usize = 3;
/// Level lines between the least and the greatest energy.
const LEVELS: usize = 11;
/// Points of a minibatch: the paper takes all at once, a browser frame has time for these.
pub(super) const BATCH: usize = 96;
/// Losses averaged to one point of the chart.
pub(super) const LOSSES_PER_RECORD: usize = 5;
/// Share of the old average in a new one, once many steps are averaged: a memory of about 50 steps.
const MEMORY: f64 = 0.98;
/// Step of the rollouts.
pub(super) const DT_SECS: f64 = 0.1;
/// Length of the rollouts.
pub(super) const HORIZON_SECS: f64 = 20.0;

/// What is shown of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Portrait {
    /// dx/dt at [`arrow_points`]; empty before the first one.
    pub(super) field: Vec<Point>,
    /// Level lines of H in world coordinates; empty where there is no H.
    pub(super) levels: Vec<[Point; 2]>,
    /// From the visitor's starting point.
    pub(super) rollout: Rollout,
}

impl Portrait {
    /// Nothing but a starting point.
    pub(super) fn new(start: Point) -> Self {
        Self { field: Vec::new(), levels: Vec::new(), rollout: Rollout::new(start, DT_SECS) }
    }
}

/// Where the arrows of a portrait stand.
pub(super) fn arrow_points(law: Law) -> Vec<Point> {
    let stride = ARROW_STRIDE;
    let kept = |index: usize| (index / LATTICE).is_multiple_of(stride) && (index % LATTICE).is_multiple_of(stride);
    lattice(law.ground(), LATTICE).into_iter().enumerate().filter(|(index, _)| kept(*index)).map(|(_, p)| p).collect()
}

/// A portrait in the making.
#[derive(Clone)]
struct Sketch {
    model: Network,
    plain: Plain,
    /// Lattice points done.
    done: usize,
    field: Vec<Point>,
    energies: Vec<f32>,
    rollout: Rollout,
}

/// A network, its training and its portrait.
#[derive(Clone)]
pub(super) struct Contestant {
    kind: Kind,
    law: Law,
    /// Its mean of the last weights, which calms the noise of the minibatches, is the network on show.
    learner: Learner,
    unread: Vec<Loss>,
    /// Mean training losses, one for every [`LOSSES_PER_RECORD`] steps.
    pub(super) losses: Vec<f64>,
    /// The last complete portrait; only its rollout may be under way.
    pub(super) portrait: Portrait,
    /// The weights that the portrait shows.
    shown: Option<Plain>,
    /// Steps of the learner that the portrait shows.
    shown_steps: Option<u64>,
    sketch: Option<Sketch>,
}

impl Contestant {
    /// An untrained network.
    pub(super) fn new(kind: Kind, law: Law, recipe: Recipe, seed: u32, engine: Engine, start: Point) -> Self {
        Self {
            kind,
            law,
            learner: Learner::new(kind, 2, recipe, seed, engine),
            unread: Vec::new(),
            losses: Vec::new(),
            portrait: Portrait::new(start),
            shown: None,
            shown_steps: None,
            sketch: None,
        }
    }

    /// What kind of network it is.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// The network on show.
    pub(super) fn model(&self) -> Network {
        self.learner.mean()
    }

    /// The network on show put into a file of the same network, `template`.
    pub(super) async fn onnx(&self, template: &[u8], name: &str, lessons: &str) -> Result<Vec<u8>, Error> {
        let model = self.model();
        let (weights, parameters) = (model.shape().parameters(), model.parameters().await?);
        let told = format!(
            "in the page: {} steps of {BATCH} points, weights averaged over the last; {lessons}",
            self.learner.steps()
        );
        let bytes = onnx::with_weights(template, &weights, &parameters, &[("trained", told)]);
        bytes.map_err(|error| Error::BadModel { name: name.into(), reason: format!("{error}.") })
    }

    /// Takes up another law, with an empty portrait.
    pub(super) fn move_to(&mut self, law: Law, start: Point) {
        self.law = law;
        self.portrait = Portrait::new(start);
        (self.sketch, self.shown_steps) = (None, None);
    }

    /// Shows the field as it is without waiting for the rollout, which follows.
    pub(super) async fn glimpse(&mut self) -> Result<(), Error> {
        self.begin_sketch().await?;
        let Some(mut sketch) = self.sketch.take() else { return Ok(()) };
        while sketch.done < LATTICE * LATTICE {
            sketch.evaluate(self.law).await?;
        }
        self.portrait = sketch.portrait(self.law);
        self.shown = Some(sketch.plain);
        Ok(())
    }

    /// Begins the rollout anew.
    pub(super) fn move_start(&mut self, start: Point) {
        self.portrait.rollout = Rollout::new(start, DT_SECS);
        if let Some(sketch) = &mut self.sketch {
            sketch.rollout = Rollout::new(start, DT_SECS);
        }
    }

    /// One training step on a batch. The loss is read with the others of its record.
    pub(super) async fn train(&mut self, x: &[f32], dx: &[f32]) -> Result<(), Error> {
        let loss = self.learner.step(x, dx);
        let steps = self.learner.steps() as f64;
        self.learner.average(MEMORY.min(steps / (steps + 9.0)));
        self.unread.push(loss);
        if self.unread.len() == LOSSES_PER_RECORD {
            let losses = Loss::read(&std::mem::take(&mut self.unread)).await?;
            self.losses.push(losses.into_iter().map(f64::from).sum::<f64>() / LOSSES_PER_RECORD as f64);
        }
        Ok(())
    }

    /// Whether the visitor waits for the rollout from a point just chosen.
    pub(super) fn is_rolling(&self) -> bool {
        !self.portrait.rollout.complete(HORIZON_SECS)
    }

    /// Goes on with the rollout on show, for at most `steps` steps.
    pub(super) async fn roll(&mut self, steps: usize) -> Result<(), Error> {
        if self.shown.is_none() {
            self.shown = Some(self.model().plain().await?);
        }
        let Some(plain) = &self.shown else { return Ok(()) };
        self.portrait.rollout.advance(steps, HORIZON_SECS, |state| Ok(field_of(plain, state)))
    }

    /// One slice of the next portrait, if the network has learned anything since the last.
    pub(super) async fn draw_on(&mut self) -> Result<(), Error> {
        let Some(mut sketch) = self.sketch.take() else { return self.begin_sketch().await };
        if sketch.done < LATTICE * LATTICE {
            sketch.evaluate(self.law).await?;
        } else {
            let Sketch { rollout, plain, .. } = &mut sketch;
            rollout.advance(STEPS_PER_SLICE, HORIZON_SECS, |state| Ok(field_of(plain, state)))?;
        }
        if sketch.done == LATTICE * LATTICE && sketch.rollout.complete(HORIZON_SECS) {
            self.portrait = sketch.portrait(self.law);
            self.shown = Some(sketch.plain);
        } else {
            self.sketch = Some(sketch);
        }
        Ok(())
    }

    async fn begin_sketch(&mut self) -> Result<(), Error> {
        let steps = self.learner.steps();
        if self.shown_steps == Some(steps) {
            return Ok(());
        }
        let model = self.model();
        let plain = model.plain().await?;
        let rollout = Rollout::new(self.portrait.rollout.points[0], DT_SECS);
        self.shown_steps = Some(steps);
        self.sketch = Some(Sketch { model, plain, done: 0, field: Vec::new(), energies: Vec::new(), rollout });
        Ok(())
    }

    /// Whether the portrait shows the network as it is.
    pub(super) fn is_drawn(&self) -> bool {
        self.sketch.is_none() && self.shown_steps == Some(self.learner.steps())
    }

    /// Writes network, losses and portraits, finished or not.
    pub(super) async fn save(&mut self, writer: &mut Writer) -> Result<(), Error> {
        writer.bytes(&self.learner.save().await?);
        writer.f32s(&self.model().parameters().await?);
        writer.f64s(&self.losses);
        writer.f32s(&Loss::read(&self.unread).await?);
        writer.points(&self.portrait.field);
        writer.points(self.portrait.levels.as_flattened());
        self.portrait.rollout.save(writer);
        writer.bool(self.shown_steps == Some(self.learner.steps()));
        writer.f32s(&self.shown.as_ref().map_or_else(Vec::new, Plain::parameters));
        writer.f32s(&self.sketch.as_ref().map_or_else(Vec::new, |sketch| sketch.plain.parameters()));
        if let Some(sketch) = &self.sketch {
            writer.count(sketch.done);
            writer.points(&sketch.field);
            writer.f32s(&sketch.energies);
            sketch.rollout.save(writer);
        }
        Ok(())
    }

    /// Takes over what [`Self::save`] wrote. On an error this contestant is not to be used.
    pub(super) fn restore(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let unfit = |error: nn::Error| bad(&error.to_string());
        self.learner.restore(reader.bytes()?)?;
        self.learner.set_mean(&reader.f32s()?).map_err(unfit)?;
        self.losses = reader.f64s()?;
        self.unread = reader.f32s()?.into_iter().map(Loss::Number).collect();
        self.portrait.field = reader.points()?;
        self.portrait.levels = reader.points()?.as_chunks().0.to_vec();
        self.portrait.rollout = Rollout::restore(reader, DT_SECS)?;
        self.shown_steps = reader.bool()?.then(|| self.learner.steps());
        let mut model = self.model();
        let shape = model.shape();
        let plain = |parameters: &[f32]| match parameters {
            [] => Ok(None),
            _ => Plain::with_parameters(shape, parameters).map(Some).map_err(unfit),
        };
        self.shown = plain(&reader.f32s()?)?;
        self.sketch = match plain(&reader.f32s()?)? {
            Some(plain) => {
                model.set_parameters(&plain.parameters()).map_err(unfit)?;
                let done = reader.count()?.min(LATTICE * LATTICE);
                let (field, energies) = (reader.points()?, reader.f32s()?);
                Some(Sketch { model, plain, done, field, energies, rollout: Rollout::restore(reader, DT_SECS)? })
            }
            None => None,
        };
        Ok(())
    }
}

impl Sketch {
    /// The next rows of the lattice.
    async fn evaluate(&mut self, law: Law) -> Result<(), Error> {
        let points = lattice(law.ground(), LATTICE);
        let end = (self.done + ROWS_PER_SLICE * LATTICE).min(points.len());
        let rows = &points[self.done..end];
        let (energies, field) = self.model.energy_and_field(rows.as_flattened()).await?;
        self.field.extend(field.as_chunks::<2>().0.iter().map(|pair| pair.map(f64::from)));
        self.energies.extend(energies);
        self.done = end;
        Ok(())
    }

    fn portrait(&mut self, law: Law) -> Portrait {
        let on_arrow = |index: &usize| {
            (index / LATTICE).is_multiple_of(ARROW_STRIDE) && (index % LATTICE).is_multiple_of(ARROW_STRIDE)
        };
        let field = (0..self.field.len()).filter(on_arrow).map(|index| self.field[index]).collect();
        let levels = if self.energies.len() == LATTICE * LATTICE {
            let fine = refine(&self.energies, LATTICE, REFINEMENT);
            levels(law.ground(), &fine, (LATTICE - 1) * REFINEMENT + 1, LEVELS)
        } else {
            Vec::new()
        };
        Portrait { field, levels, rollout: self.rollout.clone() }
    }
}

/// The field of plain weights at one state.
pub(super) fn field_of(plain: &Plain, state: Point) -> Point {
    let mut out = [0.0; 2];
    plain.field(&state, &mut out);
    out
}
