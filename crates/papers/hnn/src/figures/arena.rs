//! The live arena: both networks learn from scratch in the tab, while field, level lines and rollout redraw.
//!
//! Every tick takes a training step of each network on a minibatch, and a slice of work on the portraits. When the
//! visitor moves the starting point, training waits until the rollouts from there are complete.

use demo::{
    Bounds, Color, Context, Control, Demo, Engine, Entry, Error, ForeignModel, Handle, Plot, Point, Probe, Readout,
    Rect, Save, Scene, Size, Spec, Stroke, Table, Tick, Trained, Value, format_number,
};
use math::ops::{log10, sqrt};
use math::random::Mt19937;
use std::rc::Rc;

use super::contestant::{BATCH, Contestant, DT_SECS, HORIZON_SECS, LOSSES_PER_RECORD, Portrait, arrow_points};
use super::phase::{Law, Rollout, arrows, frame, grip, legend, one_lap, percent, plane, smooth, tag, world_segments};
use super::tables::{Plane, curves, states};
use super::visitor::{CONTRACT, Visitor};
use crate::data;
use crate::learner::Recipe;
use crate::model::Kind;
use demo::snapshot::{Reader, Writer, bad};

/// The arena's place in the registry.
pub const ENTRY: Entry = Entry { id: "arena", models: &[], webgpu_pays: false, new };

/// Training stops here by itself, and again after as many more.
const STEPS_PER_ROUND: u32 = 2000;
/// Rollout steps in a tick while the visitor waits for them.
const STEPS_WHILE_DRAGGING: usize = 40;
/// Layout of the snapshot.
const VERSION: u32 = 2;
/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;

struct Arena {
    spec: Spec,
    engine: Engine,
    seed: u32,
    law: Law,
    noise: f64,
    trajectories: usize,
    steps_per_tick: usize,
    /// Steps taken by each network, and where they stop.
    step: u32,
    goal: u32,
    start: Point,
    truth: Rollout,
    data: Lessons,
    order: Order,
    contestants: [Contestant; 2],
    /// The same before the first step.
    untrained: [Contestant; 2],
    /// Whose portrait is worked on at the next tick: the second network's, or the first's.
    draws_second: bool,
    guest: Option<Guest>,
}

/// What the networks are shown.
struct Lessons {
    /// Noisy states and the exact field at the clean ones.
    states: Vec<Point>,
    slopes: Vec<Point>,
    /// Loss of the exact law on them: nobody gets far below without learning the noise by heart.
    floor: f64,
}

/// The order of the points in the present epoch, a function of seed and epoch alone.
struct Order {
    epoch: Option<u32>,
    indices: Vec<usize>,
}

/// A visitor's model and its portrait.
struct Guest {
    model: Visitor,
    portrait: Portrait,
}

#[expect(clippy::unnecessary_wraps, reason = "the form of Entry::new")]
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let (law, noise, trajectories) = (Law::Spring, 0.1, 25);
    let start = law.start();
    let untrained = contestants(law, context.seed, context.engine, start);
    let mut arena = Arena {
        spec: spec(),
        engine: context.engine,
        seed: context.seed,
        law,
        noise,
        trajectories,
        steps_per_tick: 1,
        step: 0,
        goal: STEPS_PER_ROUND,
        start,
        truth: truth_from(law, start),
        data: Lessons::new(law, context.seed, noise, trajectories),
        order: Order { epoch: None, indices: Vec::new() },
        contestants: untrained.clone(),
        untrained,
        draws_second: false,
        guest: None,
    };
    arena.glimpse();
    arena.contestants.clone_from(&arena.untrained);
    Ok(Box::new(arena))
}

fn spec() -> Spec {
    Spec {
        title: "Two networks learn a law of motion".into(),
        summary:
            "Phase planes of a Hamiltonian network and of a plain one, side by side. Both learn from the same noisy \
                  dots as you watch; arrows are what they believe, the thick line is where your starting point goes."
                .into(),
        help:
            "Drag the ring, or move it with the arrow keys: both networks are asked where that start leads in 20 time \
               units, and the dashed line is the exact answer. The Hamiltonian network learns one number for each \
               state, the energy H (its level lines are drawn), and moves along those lines. The plain network learns \
               the arrows themselves. Their losses end up alike, at the dashed line that the exact law scores on these \
               noisy dots; their motions do not. Change the noise or the number of recorded trajectories and they \
               begin anew; a fresh seed gives other data and other first weights. Each step is the paper's recipe on \
               a minibatch of 96 points (the paper takes all at once); to calm the noise of these, the networks drawn \
               have the mean of their weights over the last fifty steps or so. You may drop your own ONNX model on the figure: it plays beside ours."
                .into(),
        aspect_wide: 1.5,
        aspect_narrow: 0.44,
        controls: vec![
            Control::choice("system", "System", &[("spring", "Spring"), ("pendulum", "Pendulum")]),
            Control::slider("noise", "Noise", 0.0..=0.3, 0.01, 0.1),
            Control::slider("trajectories", "Trajectories", 1.0..=50.0, 1.0, 25.0),
            Control::slider("steps", "Steps per frame", 0.0..=4.0, 1.0, 1.0),
            Control::button("more", "Train on"),
        ],
        model_contract: Some(CONTRACT.into()),
        paints: false,
    }
}

fn contestants(law: Law, seed: u32, engine: Engine, start: Point) -> [Contestant; 2] {
    [Kind::Hnn, Kind::Baseline].map(|kind| Contestant::new(kind, law, Recipe::SPRING, seed, engine, start))
}

fn truth_from(law: Law, start: Point) -> Rollout {
    let mut truth = Rollout::new(start, DT_SECS);
    // The law itself never fails.
    truth.advance(usize::MAX, HORIZON_SECS, |state| Ok(law.field(state))).unwrap_or_default();
    truth
}

impl Lessons {
    /// The paper's data set with other noise, cut to its first `trajectories`.
    fn new(law: Law, seed: u32, noise: f64, trajectories: usize) -> Self {
        let (states, slopes) = data::phase_points(law.task(), seed, noise, trajectories);
        let misses = states.iter().zip(&slopes).map(|(state, slope)| {
            let exact = law.field(*state);
            (exact[0] - slope[0]).powi(2) + (exact[1] - slope[1]).powi(2)
        });
        let floor = misses.sum::<f64>() / (2 * states.len().max(1)) as f64;
        Self { states, slopes, floor }
    }

    /// States and rates of the points `indices`, `[n, 2]` each.
    fn batch(&self, indices: &[usize]) -> [Vec<f32>; 2] {
        let gather = |points: &[Point]| {
            let rows = indices.iter().flat_map(|index| points[*index]);
            rows.map(|value| value as f32).collect()
        };
        [gather(&self.states), gather(&self.slopes)]
    }
}

impl Order {
    /// The points of training step `step`: each epoch goes once through all of them in an order of its own.
    fn batch(&mut self, seed: u32, step: u32, points: usize) -> &[usize] {
        let size = BATCH.min(points);
        let batches = (points / size.max(1)).max(1) as u32;
        let epoch = step / batches;
        if self.epoch != Some(epoch) || self.indices.len() != points {
            self.indices = Mt19937::from_key(&[seed, epoch]).permutation(points);
            self.epoch = Some(epoch);
        }
        let first = (step % batches) as usize * size;
        &self.indices[first..first + size]
    }
}

impl Arena {
    /// New data, and networks that know nothing. Their weights are drawn once: they depend on the seed alone.
    fn begin(&mut self) {
        self.data = Lessons::new(self.law, self.seed, self.noise, self.trajectories);
        self.contestants = self.untrained.clone();
        for contestant in &mut self.contestants {
            contestant.move_start(self.start);
        }
        self.order.epoch = None;
        self.step = 0;
        self.goal = STEPS_PER_ROUND;
    }

    /// Fields without waiting for a tick, so that a paused figure is not empty. Futures of the CPU engine are ready at
    /// once; on a GPU the first ticks do this.
    fn glimpse(&mut self) {
        for contestant in &mut self.untrained {
            if self.engine == Engine::Cpu {
                // An error shows again at the first tick, where it can be told.
                super::at_once(contestant.glimpse());
            }
        }
    }

    fn move_start(&mut self, start: Point) {
        self.start = start;
        self.truth = truth_from(self.law, start);
        for contestant in &mut self.contestants {
            contestant.move_start(start);
        }
        if let Some(guest) = &mut self.guest {
            guest.portrait.rollout = Rollout::new(start, DT_SECS);
        }
    }

    async fn advance(&mut self, dt_secs: f64) -> Result<(), Error> {
        if let Some(guest) = &mut self.guest {
            guest.portrait.rollout.advance(STEPS_WHILE_DRAGGING, HORIZON_SECS, |state| guest.model.field(state))?;
        }
        if self.contestants.iter().any(Contestant::is_rolling) {
            for contestant in &mut self.contestants {
                contestant.roll(STEPS_WHILE_DRAGGING).await?;
            }
            return Ok(());
        }
        if dt_secs > 0.0 {
            self.train().await?;
        }
        // One portrait at a time, and the other network's at the next tick, so that a frame's time suffices.
        let [hnn, baseline] = &mut self.contestants;
        let (first, second) = if self.draws_second { (baseline, hnn) } else { (hnn, baseline) };
        let now = if first.is_drawn() { second } else { first };
        self.draws_second = !self.draws_second;
        now.draw_on().await
    }

    async fn train(&mut self) -> Result<(), Error> {
        for _ in 0..self.steps_per_tick {
            if self.step >= self.goal || self.data.states.is_empty() {
                break;
            }
            let indices = self.order.batch(self.seed, self.step, self.data.states.len());
            let [x, dx] = self.data.batch(indices);
            for contestant in &mut self.contestants {
                contestant.train(&x, &dx).await?;
            }
            self.step += 1;
        }
        Ok(())
    }

    async fn save(&mut self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.u32(self.step);
        writer.u32(self.goal);
        writer.bool(self.draws_second);
        writer.points(&[self.start]);
        for contestant in &mut self.contestants {
            contestant.save(&mut writer).await?;
        }
        Ok(writer.finish())
    }

    async fn onnx(&mut self, name: &str, template: &[u8]) -> Result<Vec<u8>, Error> {
        let unknown = || Error::Unknown { what: "trained model", id: name.into() };
        let index = self.trained().iter().position(|one| one.name == name).ok_or_else(unknown)?;
        let Self { noise, trajectories, seed, .. } = self;
        let lessons = format!("{trajectories} trajectories, noise {noise}, seed {seed}");
        self.contestants[index].onnx(template, name, &lessons).await
    }

    fn loss_table(&self) -> Table {
        let [hnn, plain] = &self.contestants;
        let records = hnn.losses.len().max(plain.losses.len());
        let steps: Vec<f64> = (1..=records).map(|record| (record * LOSSES_PER_RECORD) as f64).collect();
        let table = Table::new("losses").column("step", steps).column("loss, Hamiltonian", hnn.losses.as_slice());
        table.column("loss, plain", plain.losses.as_slice())
    }

    fn rollout_table(&self) -> Table {
        let plane = Plane { axes: ["q", "p"], energy: &|state| self.law.energy(state) };
        let [hnn, baseline] = &self.contestants;
        let guest = self.guest.as_ref().map(|guest| (guest.model.name(), &guest.portrait));
        let mut named = vec![
            ("exact", self.truth.points.as_slice()),
            ("Hamiltonian", &hnn.portrait.rollout.points),
            ("plain", &baseline.portrait.rollout.points),
        ];
        named.extend(guest.as_ref().map(|(name, portrait)| (name.as_str(), portrait.rollout.points.as_slice())));
        curves("rollouts", &plane, DT_SECS, &named)
    }

    fn lesson_table(&self) -> Table {
        let table = states(Table::new("training-data"), ["q", "p"], "", &self.data.states);
        states(table, ["dq/dt", "dp/dt"], "", &self.data.slopes)
    }

    async fn probe(&mut self) -> Result<Vec<f32>, Error> {
        let mut outputs = Vec::new();
        for contestant in &self.contestants {
            let (_, fields) = contestant.model().energy_and_field(&super::phase::probe_states(self.law)).await?;
            outputs.extend(fields);
        }
        Ok(outputs)
    }
}

impl Demo for Arena {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "steps" => self.steps_per_tick = value.as_number() as usize,
            "more" => self.goal = self.step.max(self.goal) + STEPS_PER_ROUND,
            "noise" => {
                self.noise = value.as_number();
                self.begin();
            }
            "trajectories" => {
                self.trajectories = value.as_number() as usize;
                self.begin();
            }
            "system" => {
                self.law = Law::from_id(value.as_text());
                for contestant in &mut self.untrained {
                    contestant.move_to(self.law, self.law.start());
                }
                self.glimpse();
                self.move_start(self.law.start());
                if let Some(guest) = self.guest.take() {
                    self.guest = Some(Guest::new(guest.model, self.law, self.start)?);
                }
                self.begin();
            }
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        Box::pin(self.advance(dt_secs))
    }

    fn draw(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size(), 2 + usize::from(self.guest.is_some()));
        let points = arrow_points(self.law);
        for (contestant, outer) in self.contestants.iter().zip(&layout.panels) {
            let (title, color) = match contestant.kind() {
                Kind::Hnn => ("Hamiltonian network", Color::Model),
                Kind::Baseline => ("Plain network", Color::Baseline),
            };
            self.panel(scene, *outer, title, color, &contestant.portrait, &points);
        }
        if let (Some(guest), Some(outer)) = (&self.guest, layout.panels.get(2)) {
            self.panel(scene, *outer, &guest.model.name(), Color::Accent, &guest.portrait, &points);
        }
        self.chart(scene, layout.chart);
    }

    fn readouts(&self) -> Vec<Readout> {
        let [hnn, plain] = &self.contestants;
        let loss = |contestant: &Contestant| contestant.losses.last().copied();
        let drift = |contestant: &Contestant| contestant.portrait.rollout.energy_drift(self.law);
        let mut readouts = vec![
            Readout { number: Some(f64::from(self.step)), ..Readout::text("step", "Step", self.progress()) },
            loss_readout("loss-hnn", "Loss, Hamiltonian", loss(hnn)),
            loss_readout("loss-baseline", "Loss, plain", loss(plain)),
            Readout::number("floor", "Loss of the exact law", self.data.floor, 3, ""),
            drift_readout("drift-hnn", "Energy drift, Hamiltonian", drift(hnn)),
            drift_readout("drift-baseline", "Energy drift, plain", drift(plain)),
        ];
        if let Some(guest) = &self.guest {
            let drift = guest.portrait.rollout.energy_drift(self.law);
            readouts.push(drift_readout("drift-visitor", &format!("Energy drift, {}", guest.model.name()), drift));
        }
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.loss_table(), self.rollout_table(), self.lesson_table()]
    }

    fn trained(&self) -> Vec<Trained> {
        let task = self.law.task().name();
        let network = |contestant: &Contestant| {
            let kind = contestant.kind();
            let label = if kind == Kind::Hnn { "Hamiltonian network" } else { "plain network" };
            let template = format!("{task}-{}", kind.name());
            Trained { name: format!("arena-{template}"), label: label.into(), template }
        };
        self.contestants.iter().map(network).collect()
    }

    fn onnx<'a>(&'a mut self, name: &'a str, template: &'a [u8]) -> Save<'a> {
        Box::pin(self.onnx(name, template))
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let layout = Layout::new(size, 2 + usize::from(self.guest.is_some()));
        let plot = plane(layout.panels[0], self.law, true);
        let [q, p] = self.start;
        vec![Handle {
            id: "start".into(),
            label: "Starting point".into(),
            text: format!("{} {}, momentum {}", self.law.position_label(), format_number(q, 3), format_number(p, 3)),
            world: self.start,
            step: [0.05, 0.05],
            bounds: inner(self.law),
            view: plot.view,
            radius: 12.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "start" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.move_start(world);
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(self.save())
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let (step, goal, draws_second) = (reader.u32()?, reader.u32()?, reader.bool()?);
        let start = *reader.points()?.first().ok_or_else(|| bad("its starting point is missing."))?;
        let mut restored = self.untrained.clone();
        for contestant in &mut restored {
            contestant.restore(&mut reader)?;
        }
        reader.finish()?;
        self.contestants = restored;
        (self.step, self.goal, self.start, self.draws_second) = (step, goal, start, draws_second);
        self.truth = truth_from(self.law, start);
        if let Some(guest) = &mut self.guest {
            guest.portrait.rollout = Rollout::new(start, DT_SECS);
        }
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(self.probe())
    }

    fn attach(&mut self, model: Rc<dyn ForeignModel>) -> Result<(), Error> {
        self.guest = Some(Guest::new(Visitor::of_the_plane(model)?, self.law, self.start)?);
        Ok(())
    }
}

impl Guest {
    fn new(model: Visitor, law: Law, start: Point) -> Result<Self, Error> {
        let field = model.fields(&arrow_points(law))?;
        Ok(Self { model, portrait: Portrait { field, ..Portrait::new(start) } })
    }
}

/// Where a start may lie: inside the frame of the plane.
fn inner(law: Law) -> Bounds {
    let [x, y] = law.window().high;
    Bounds::symmetric(0.97 * x, 0.97 * y)
}

fn loss_readout(id: &str, label: &str, loss: Option<f64>) -> Readout {
    loss.map_or_else(|| Readout::text(id, label, "not yet"), |loss| Readout::number(id, label, loss, 3, ""))
}

fn drift_readout(id: &str, label: &str, share: f64) -> Readout {
    let number = share.is_finite().then_some(100.0 * share);
    Readout { number, ..Readout::text(id, label, percent(share)) }
}

/// Rectangles of a figure's size.
struct Layout {
    panels: Vec<Rect>,
    chart: Rect,
}

impl Layout {
    fn new(size: Size, count: usize) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        if size.width >= WIDE {
            let (upper, chart) = all.split_rows(0.76, 4.0);
            Self { panels: upper.columns(count, 8.0), chart }
        } else {
            let (upper, chart) = all.split_rows(0.82, 4.0);
            Self { panels: upper.rows(count, 4.0), chart }
        }
    }
}

impl Arena {
    fn progress(&self) -> String {
        if self.step >= self.goal {
            format!("{}, finished", self.step)
        } else {
            format!("{} of {}", self.step, self.goal)
        }
    }

    fn panel(&self, scene: &mut Scene, outer: Rect, title: &str, color: Color, portrait: &Portrait, points: &[Point]) {
        let plot = plane(outer, self.law, true);
        let width = (plot.view.figure.width / 220.0).clamp(1.2, 2.2);
        frame(scene, &plot, title, color);
        world_segments(scene, &plot, &portrait.levels, Stroke::new(color.alpha(0.32), 1.0));
        let inside = |point: &&Point| plot.view.figure.contains(plot.view.figure_from_world(**point));
        let dots = self.data.states.iter().filter(inside).map(|point| plot.view.figure_from_world(*point));
        scene.dots(dots.collect::<Vec<_>>(), 1.4, Color::Truth.alpha(0.3));
        arrows(scene, &plot, points, &portrait.field, typical_speed(self.law), color.alpha(0.62));
        plot.line(scene, &smooth(&portrait.rollout.points), Stroke::new(color, width));
        plot.line(scene, &smooth(one_lap(&self.truth.points)), Stroke::new(Color::Truth, 1.6).dashed(5.0));
        let end = plot.view.figure_from_world(portrait.rollout.last());
        if plot.view.figure.contains(end) {
            scene.circle(end, 4.5, color);
        }
        grip(scene, plot.view.figure_from_world(self.start));
        let drift = portrait.rollout.energy_drift(self.law);
        tag(scene, &plot.view, &format!("energy drift {}", percent(drift)));
    }

    fn chart(&self, scene: &mut Scene, outer: Rect) {
        let floor = log10(self.data.floor.max(1e-6));
        let losses = || self.contestants.iter().flat_map(|contestant| &contestant.losses).copied();
        let low = losses().filter(|loss| *loss > 0.0).map(log10).fold(floor, f64::min);
        let high =
            losses().filter(|loss| loss.is_finite()).map(|loss| log10(loss.max(1e-9))).fold(floor + 1.0, f64::max);
        let steps = f64::from(self.goal);
        let world = Bounds { low: [0.0, low - 0.15], high: [steps, high + 0.15] };
        let mut plot =
            Plot::new(outer.inset(0.0, 0.0, 8.0, 0.0), world, " ", "log₁₀ of the loss against training steps", " ");
        plot.title.clear();
        plot.ticks = [4, 3];
        plot.axes(scene);
        plot.line(scene, &[[0.0, floor], [steps, floor]], Stroke::new(Color::Truth, 1.4).dashed(5.0));
        let names = [("Plain", Color::Baseline), ("Hamiltonian", Color::Model)];
        for (contestant, (_, color)) in self.contestants.iter().rev().zip(names) {
            let at = |index: usize| (index as f64 + 0.5) * LOSSES_PER_RECORD as f64;
            let line = smoothed(&contestant.losses).into_iter().enumerate();
            let line: Vec<Point> = line.map(|(index, loss)| [at(index), log10(loss)]).collect();
            plot.line(scene, &line, Stroke::new(color, 1.6));
        }
        let rect = plot.view.figure;
        let pens = names.map(|(name, color)| (name, Stroke::new(color, 2.0)));
        let exact = ("exact", Stroke::new(Color::Truth, 1.4).dashed(4.0));
        legend(scene, [rect.x, rect.y - 7.0], &[pens[1], pens[0], exact]);
    }
}

/// Running mean of the losses: minibatches jump about.
fn smoothed(losses: &[f64]) -> Vec<f64> {
    let mut mean = losses.first().copied().unwrap_or_default();
    losses
        .iter()
        .map(|loss| {
            mean += 0.15 * (loss - mean);
            mean
        })
        .collect()
}

/// The root mean square speed of the law over its window, by which arrows are scaled.
fn typical_speed(law: Law) -> f64 {
    let points = arrow_points(law);
    let squares = points.iter().map(|point| law.field(*point)).map(|[u, v]| u * u + v * v);
    sqrt(squares.sum::<f64>() / points.len().max(1) as f64)
}
