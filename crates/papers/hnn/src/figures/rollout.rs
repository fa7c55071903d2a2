//! One start, three futures: the exact motion, the Hamiltonian network's and the plain network's, as trails in the phase
//! plane, as the thing itself in motion, and as energy over time.
//!
//! The networks come trained. One state at a time is followed, so everything runs on plain numbers, on every engine.

use std::rc::Rc;

use demo::{
    Anchor, Bounds, Color, Context, Control, Demo, Entry, Error, ForeignModel, Handle, Plot, Point, Probe, Readout,
    Rect, Save, Scene, Size, Spec, Stroke, Table, Tick, Value, format_number,
};
use math::ops::{atan2, hypot};

use super::drawn;
use super::phase::{
    Law, Rollout, frame, grip, law_levels, legend, one_lap, percent, plane, probe_states, smooth, world_segments,
};
use super::tables::{Plane, curves};
use super::toy::Toy;
use super::visitor::{CONTRACT, Visitor};
use crate::model::{Kind, Plain};
use demo::snapshot::{Reader, Writer, bad};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry {
    id: "rollout",
    models: &["pendulum-hnn", "pendulum-baseline", "spring-hnn", "spring-baseline"],
    webgpu_pays: false,
    new,
};

/// Step of all three.
const DT_SECS: f64 = 0.05;
/// Steps of each trail in a tick: a few milliseconds.
const STEPS_PER_TICK: usize = 30;
/// Steps of each trail at once after a drag, so that it shows in a paused figure, too.
const STEPS_PER_DRAG: usize = 80;
/// Time stands still for so long after a drag, so that the thing stays under the pointer.
const HOLD_SECS: f64 = 0.35;
/// How long the end of a run is shown.
const PAUSE_SECS: f64 = 1.5;
/// The bright end of a trail.
const TAIL_SECS: f64 = 1.2;
/// Layout of the snapshot.
const VERSION: u32 = 1;
/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;

/// Who moves.
enum Mover {
    Exact,
    Network(Plain),
    Guest(Visitor),
}

/// One future of the start.
struct Trail {
    mover: Mover,
    rollout: Rollout,
}

/// The trained networks, Hamiltonian and plain.
struct Networks {
    pendulum: [Plain; 2],
    spring: [Plain; 2],
}

struct Futures {
    spec: Spec,
    law: Law,
    networks: Networks,
    trails: Vec<Trail>,
    /// Level lines of the exact energy.
    ground: Vec<[Point; 2]>,
    /// The orbits between which the training data lay.
    trained: [Vec<Point>; 2],
    start: Point,
    seed: u32,
    horizon_secs: f64,
    speed: f64,
    /// Present time of the animation.
    now_secs: f64,
    /// Until time flows (again).
    hold_secs: f64,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let networks = Networks { pendulum: pair(context, "pendulum")?, spring: pair(context, "spring")? };
    let law = Law::Pendulum;
    let mut futures = Futures {
        spec: spec(),
        law,
        networks,
        trails: Vec::new(),
        ground: Vec::new(),
        trained: [Vec::new(), Vec::new()],
        start: drawn(context.seed, law.start()),
        seed: context.seed,
        horizon_secs: 30.0,
        speed: 1.0,
        now_secs: 0.0,
        hold_secs: 0.0,
    };
    futures.cast(None);
    futures.advance(2 * STEPS_PER_DRAG)?;
    Ok(Box::new(futures))
}

fn spec() -> Spec {
    Spec {
        title: "One start, three futures".into(),
        summary: "A pendulum or a spring let go from one state: where the exact law, the Hamiltonian network and the \
                  plain network take it, in the phase plane, as the thing itself, and as energy over time."
            .into(),
        help: "Drag the ring in the phase plane to choose angle and momentum, or catch the bob and let it go from \
               rest. Arrow keys move both. All three begin in the same state. The energy is always measured by the \
               exact formula: flat is right. The Hamiltonian network keeps its own energy, so it stays on a ring near \
               the true one; the plain network drifts off, inwards or outwards. The training data lay between the \
               two dashed rings; outside them both networks guess. You may drop your own ONNX model on the figure: it \
               plays beside ours."
            .into(),
        aspect_wide: 1.75,
        aspect_narrow: 0.5,
        controls: vec![
            Control::choice("system", "System", &[("pendulum", "Pendulum"), ("spring", "Spring")]),
            Control::slider("horizon", "Time span", 5.0..=60.0, 5.0, 30.0),
            Control::slider("speed", "Speed", 0.25..=4.0, 0.25, 1.0),
        ],
        model_contract: Some(CONTRACT.into()),
        paints: false,
    }
}

fn pair(context: &Context, task: &str) -> Result<[Plain; 2], Error> {
    let load = |kind: Kind| {
        let name = format!("{task}-{}", kind.name());
        let plain = Plain::load(kind, &context.models.get(&name)?)?;
        let wrong = |reason: &str| Error::BadModel { name: name.clone(), reason: reason.into() };
        if plain.dimension() == 2 { Ok(plain) } else { Err(wrong("two numbers per state are needed.")) }
    };
    Ok([load(Kind::Hnn)?, load(Kind::Baseline)?])
}

impl Trail {
    fn new(mover: Mover, start: Point) -> Self {
        Self { mover, rollout: Rollout::new(start, DT_SECS) }
    }

    fn advance(&mut self, law: Law, steps: usize, horizon_secs: f64) -> Result<(), Error> {
        let Self { mover, rollout } = self;
        rollout.advance(steps, horizon_secs, |state| match mover {
            Mover::Exact => Ok(law.field(state)),
            Mover::Network(plain) => {
                let mut out = [0.0; 2];
                plain.field(&state, &mut out);
                Ok(out)
            }
            Mover::Guest(guest) => guest.field(state),
        })
    }
}

impl Futures {
    /// The trails of the present law, all at the start, with the visitor's model if there is one.
    fn cast(&mut self, guest: Option<Visitor>) {
        let [hnn, baseline] = match self.law {
            Law::Pendulum => &self.networks.pendulum,
            Law::Spring => &self.networks.spring,
        };
        let networks = [hnn, baseline].map(|plain| Mover::Network(plain.clone()));
        let movers = [Mover::Exact].into_iter().chain(networks).chain(guest.map(Mover::Guest));
        self.trails = movers.map(|mover| Trail::new(mover, self.start)).collect();
        self.ground = law_levels(self.law);
        self.trained = self.law.trained().map(|energy| self.law.orbit(energy));
        self.now_secs = 0.0;
    }

    fn guest(&self) -> Option<Visitor> {
        self.trails.iter().find_map(|trail| match &trail.mover {
            Mover::Guest(guest) => Some(guest.clone()),
            _ => None,
        })
    }

    fn move_start(&mut self, start: Point) -> Result<(), Error> {
        self.start = start;
        for trail in &mut self.trails {
            trail.rollout = Rollout::new(start, DT_SECS);
        }
        self.now_secs = 0.0;
        self.hold_secs = HOLD_SECS;
        self.advance(STEPS_PER_DRAG)
    }

    fn advance(&mut self, steps: usize) -> Result<(), Error> {
        let (law, horizon_secs) = (self.law, self.horizon_secs);
        self.trails.iter_mut().try_for_each(|trail| trail.advance(law, steps, horizon_secs))
    }

    /// Up to where every trail is known, or has ended.
    fn known_secs(&self) -> f64 {
        let known = self.trails.iter().filter(|trail| !trail.rollout.complete(self.horizon_secs));
        known.map(|trail| trail.rollout.secs()).fold(self.horizon_secs, f64::min)
    }

    fn pass_time(&mut self, dt_secs: f64) {
        if self.hold_secs > 0.0 {
            self.hold_secs -= dt_secs;
            if self.hold_secs <= 0.0 && self.now_secs >= self.horizon_secs {
                (self.now_secs, self.hold_secs) = (0.0, HOLD_SECS);
            }
            return;
        }
        self.now_secs = (self.now_secs + self.speed * dt_secs).min(self.known_secs());
        if self.now_secs >= self.horizon_secs {
            self.hold_secs = PAUSE_SECS;
        }
    }

    fn tick_once(&mut self, dt_secs: f64) -> Result<(), Error> {
        self.advance(STEPS_PER_TICK)?;
        self.pass_time(dt_secs);
        Ok(())
    }

    fn names(&self) -> Vec<(String, Color)> {
        let name = |trail: &Trail, index: usize| match &trail.mover {
            Mover::Exact => ("exact".into(), Color::Truth),
            Mover::Network(_) if index == 1 => ("Hamiltonian".into(), Color::Model),
            Mover::Network(_) => ("plain".into(), Color::Baseline),
            Mover::Guest(guest) => (guest.name(), Color::Accent),
        };
        self.trails.iter().enumerate().map(|(index, trail)| name(trail, index)).collect()
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.points(&[self.start]);
        writer.f64(self.now_secs);
        writer.f64(self.hold_secs);
        for trail in self.trails.iter().take(3) {
            trail.rollout.save(&mut writer);
        }
        writer.finish()
    }

    fn probe_now(&self) -> Vec<f32> {
        let mut out = [0.0; 2];
        let states = probe_states(self.law);
        let networks = self.trails.iter().filter_map(|trail| match &trail.mover {
            Mover::Network(plain) => Some(plain),
            _ => None,
        });
        networks
            .flat_map(|plain| states.chunks_exact(2).map(move |state| (plain, state)))
            .flat_map(|(plain, state)| {
                plain.field(state, &mut out);
                out.map(|value| value as f32)
            })
            .collect()
    }
}

impl Demo for Futures {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "system" => {
                let guest = self.guest();
                self.law = Law::from_id(value.as_text());
                self.start = drawn(self.seed, self.law.start());
                self.hold_secs = 0.0;
                self.cast(guest);
                self.advance(STEPS_PER_DRAG)
            }
            "horizon" => {
                self.horizon_secs = value.as_number();
                for trail in &mut self.trails {
                    trail.rollout.shorten(self.horizon_secs);
                }
                self.now_secs = self.now_secs.min(self.horizon_secs);
                self.hold_secs = self.hold_secs.min(HOLD_SECS);
                Ok(())
            }
            "speed" => {
                self.speed = value.as_number();
                Ok(())
            }
            _ => Err(Error::Unknown { what: "control", id: id.into() }),
        }
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        Box::pin(std::future::ready(self.tick_once(dt_secs)))
    }

    fn draw(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        self.draw_plane(scene, &plane(layout.plane, self.law, true));
        self.draw_toy(scene, &Toy::new(self.law, layout.toy, self.trails.len()));
        self.draw_energy(scene, layout.energy);
    }

    fn readouts(&self) -> Vec<Readout> {
        let truth = self.trails[0].rollout.at(self.now_secs);
        let mut readouts =
            vec![Readout::text("time", "Time", format!("{:.1} of {}", self.now_secs, self.horizon_secs))];
        let ids = ["exact", "hnn", "baseline", "visitor"];
        for ((trail, (name, _)), id) in self.trails.iter().zip(self.names()).zip(ids).skip(1) {
            let state = trail.rollout.at(self.now_secs);
            let share = self.energy_error(trail);
            let number = share.is_finite().then_some(100.0 * share);
            let label = format!("Energy error, {name}");
            readouts.push(Readout { number, ..Readout::text(&format!("energy-{id}"), &label, percent(share)) });
            let miss = hypot(state[0] - truth[0], state[1] - truth[1]);
            readouts.push(Readout::number(&format!("miss-{id}"), &format!("Off the exact state, {name}"), miss, 2, ""));
        }
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let plane = Plane { axes: ["q", "p"], energy: &|state| self.law.energy(state) };
        let names = self.names();
        let trails = self.trails.iter().zip(&names);
        let named: Vec<_> = trails.map(|(trail, (name, _))| (name.as_str(), trail.rollout.points.as_slice())).collect();
        vec![curves("rollouts", &plane, DT_SECS, &named)]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let layout = Layout::new(size);
        let [q, p] = self.start;
        let (window, label) = (self.law.window(), self.law.position_label());
        let start = Handle {
            id: "start".into(),
            label: "Starting state".into(),
            text: format!("{label} {}, momentum {}", format_number(q, 3), format_number(p, 3)),
            world: self.start,
            step: [0.05, 0.05],
            bounds: Bounds::symmetric(0.97 * window.high[0], 0.97 * window.high[1]),
            view: plane(layout.plane, self.law, true).view,
            radius: 12.0,
        };
        let here = self.trails[0].rollout.at(self.now_secs)[0];
        vec![start, Toy::new(self.law, layout.toy, self.trails.len()).handle(here)]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        match (id, self.law) {
            ("start", _) => self.move_start(world),
            ("bob", Law::Spring) => self.move_start([world[0], 0.0]),
            ("bob", Law::Pendulum) => self.move_start([atan2(world[0], -world[1]), 0.0]),
            _ => Err(Error::Unknown { what: "handle", id: id.into() }),
        }
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let start = *reader.points()?.first().ok_or_else(|| bad("its starting state is missing."))?;
        let (now_secs, hold_secs) = (reader.f64()?, reader.f64()?);
        let mut rollouts = Vec::new();
        for _ in 0..3 {
            rollouts.push(Rollout::restore(&mut reader, DT_SECS)?);
        }
        reader.finish()?;
        (self.start, self.now_secs, self.hold_secs) = (start, now_secs, hold_secs);
        let guest = Rollout::new(start, DT_SECS);
        for (trail, rollout) in self.trails.iter_mut().zip(rollouts.into_iter().chain([guest])) {
            trail.rollout = rollout;
        }
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(std::future::ready(Ok(self.probe_now())))
    }

    fn attach(&mut self, model: Rc<dyn ForeignModel>) -> Result<(), Error> {
        let guest = Visitor::of_the_plane(model)?;
        self.hold_secs = HOLD_SECS;
        self.cast(Some(guest));
        self.advance(STEPS_PER_TICK)
    }
}

/// Rectangles of a figure's size.
struct Layout {
    plane: Rect,
    toy: Rect,
    energy: Rect,
}

impl Layout {
    fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        if size.width >= WIDE {
            let (plane, right) = all.split_columns(0.56, 10.0);
            let (toy, energy) = right.split_rows(0.56, 8.0);
            Self { plane, toy, energy }
        } else {
            let (plane, rest) = all.split_rows(0.47, 6.0);
            let (toy, energy) = rest.split_rows(0.5, 6.0);
            Self { plane, toy, energy }
        }
    }
}

impl Futures {
    /// Energy error now, as a share of the energy at the start.
    fn energy_error(&self, trail: &Trail) -> f64 {
        if trail.rollout.diverged && self.now_secs >= trail.rollout.secs() {
            return f64::INFINITY;
        }
        let energy = self.law.energy(trail.rollout.at(self.now_secs));
        let start = self.law.energy(self.start);
        (energy - start).abs() / start.max(1e-9)
    }

    fn draw_plane(&self, scene: &mut Scene, plot: &Plot) {
        frame(scene, plot, "Phase plane", Color::Ink);
        world_segments(scene, plot, &self.ground, Stroke::new(Color::Grid, 1.0));
        for orbit in &self.trained {
            plot.line(scene, orbit, Stroke::new(Color::Muted.alpha(0.8), 1.2).dashed(3.0));
        }
        for (trail, (_, color)) in self.trails.iter().zip(self.names()).rev() {
            if matches!(trail.mover, Mover::Exact) {
                plot.line(scene, one_lap(&trail.rollout.points), Stroke::new(color, 1.4).dashed(5.0));
            } else {
                plot.line(scene, &smooth(&trail.rollout.points), Stroke::new(color.alpha(0.5), 1.1));
                let tail = trail.rollout.stretch(self.now_secs - TAIL_SECS, self.now_secs);
                plot.line(scene, &smooth(&tail), Stroke::new(color, 3.0));
            }
        }
        scene.clip(plot.view.figure, |scene| {
            for (trail, (_, color)) in self.trails.iter().zip(self.names()).rev() {
                let at = plot.view.figure_from_world(trail.rollout.at(self.now_secs));
                match trail.mover {
                    Mover::Exact => scene.ring(at, 6.0, Stroke::new(color, 2.0)),
                    _ => scene.circle(at, 5.5, color),
                }
            }
        });
        grip(scene, plot.view.figure_from_world(self.start));
    }

    fn draw_toy(&self, scene: &mut Scene, toy: &Toy) {
        let names = self.names();
        let rect = toy.outer();
        let heading = if self.law == Law::Pendulum { "The pendulum" } else { "The spring" };
        scene.heading([rect.x + 10.0, rect.y + 16.0], heading, 13.0, Anchor::Start, Color::Ink);
        for (index, (trail, (_, color))) in self.trails.iter().zip(&names).enumerate() {
            let blur = trail.rollout.stretch(self.now_secs - 0.5, self.now_secs);
            toy.blur(scene, index, &blur, *color);
        }
        for (index, (trail, (_, color))) in self.trails.iter().zip(&names).enumerate().rev() {
            toy.draw(scene, index, trail.rollout.at(self.now_secs)[0], *color);
        }
        toy.mark(scene, self.trails[0].rollout.at(self.now_secs)[0]);
    }

    fn draw_energy(&self, scene: &mut Scene, outer: Rect) {
        let start = self.law.energy(self.start).max(1e-3);
        let energies: Vec<Vec<Point>> = self.trails.iter().map(|trail| self.energies(&trail.rollout)).collect();
        let highest = energies.iter().flatten().map(|point| point[1]).fold(1.25 * start, f64::max);
        let world = Bounds { low: [0.0, 0.0], high: [self.horizon_secs, highest.min(3.0 * start) * 1.08] };
        let mut plot = Plot::new(outer.inset(0.0, 0.0, 6.0, 0.0), world, " ", "time", "energy");
        plot.title.clear();
        plot.ticks = [4, 3];
        plot.axes(scene);
        let names = self.names();
        let dash = |color: Color| if color == Color::Truth { 4.0 } else { 0.0 };
        for (line, (_, color)) in energies.iter().zip(&names).rev() {
            let pen = Stroke::new(*color, 1.8);
            plot.line(scene, line, pen.dashed(dash(*color)));
        }
        let now = self.now_secs;
        plot.line(scene, &[[now, world.low[1]], [now, world.high[1]]], Stroke::new(Color::Highlight.alpha(0.7), 1.2));
        let rect = plot.view.figure;
        let pen = |color: Color| Stroke::new(color, 2.2).dashed(dash(color));
        let pens: Vec<(&str, Stroke)> = names.iter().map(|(name, color)| (name.as_str(), pen(*color))).collect();
        legend(scene, [rect.x, rect.y - 7.0], &pens);
    }

    /// The exact energy along a rollout, against time.
    fn energies(&self, rollout: &Rollout) -> Vec<Point> {
        let at = |(index, state): (usize, &Point)| [index as f64 * DT_SECS, self.law.energy(*state)];
        rollout.points.iter().enumerate().map(at).collect()
    }
}
