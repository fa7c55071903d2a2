//! Erase days from the planets' paths: the action restores them from the days that are left.
//!
//! [`gap`] holds the paths and fills them in, [`picture`] draws them.

mod gap;
mod picture;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Phase, Point, Pointer, Probe, Readout, Save, Scene, Size,
    Spec, Table, Tick, Value, format_number,
};
use math::ops::hypot;
use math::random::Mt19937;

use crate::ephemeris::BODIES;
use crate::systems::SUN;
use gap::{Gaps, Missing};
use picture::Layout;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "infill", models: &[], webgpu_pays: false, new };

/// The part of the ecliptic plane that is drawn, in astronomical units.
const WINDOW: Bounds = Bounds { low: [-1.02, -1.16], high: [1.74, 0.96] };
/// Where the eraser may go.
const ERASER_BOUNDS: Bounds = Bounds { low: [-0.9, -1.04], high: [1.62, 0.84] };
/// Radius of the eraser, in astronomical units.
const ERASER_AU: f64 = 0.12;
/// Where the eraser waits.
const ERASER: Point = [1.2, -0.82];
/// Erased days stay away so long before they are filled in.
const HOLD_SECS: f64 = 0.7;
/// How long the end is shown before the figure erases something else.
const REST_SECS: f64 = 5.0;
/// Steps a second at first; they double in [`DOUBLING_SECS`].
const SLOWEST: f64 = 60.0;
const DOUBLING_SECS: f64 = 0.65;
/// Steps a second at most.
const FASTEST: f64 = 6000.0;
/// Steps in one tick at most: a few milliseconds.
const MOST_STEPS: f64 = 150.0;
/// Erasures that can be taken back.
const MOST_EARLIER: usize = 20;
/// Only every so many days are kept at the start of the other task.
const EVERY: f64 = 8.0;
const KILOMETRE: f64 = 1e3;
/// The action is told in these units.
const JOULES: f64 = 1e33;
/// Layout of the snapshot.
const VERSION: u32 = 1;

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The visitor erases.
    Erasing,
    /// What was erased is gone, for a moment.
    Held,
    Filling,
    Resting,
}

const STAGES: [Stage; 4] = [Stage::Erasing, Stage::Held, Stage::Filling, Stage::Resting];

struct Infill {
    spec: Spec,
    seed: u32,
    /// Which of its own erasures comes next.
    number: u32,
    gaps: Gaps,
    /// Only every so many days are kept; none when stretches are erased.
    every: Option<usize>,
    /// The slider's, while stretches are erased.
    chosen_every: usize,
    earlier: Vec<Missing>,
    eraser: Point,
    stage: Stage,
    /// Since the stage began.
    secs: f64,
    /// Fractions of a step not yet made.
    owed: f64,
    /// The visitor has erased, so the figure no longer does.
    touched: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "the form of Entry::new")]
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let mut infill = Infill {
        spec: spec(),
        seed: context.seed,
        number: 0,
        gaps: Gaps::new(),
        every: None,
        chosen_every: EVERY as usize,
        earlier: Vec::new(),
        eraser: ERASER,
        stage: Stage::Held,
        secs: 0.0,
        owed: 0.0,
        touched: false,
    };
    infill.remember();
    infill.erase_something();
    Ok(Box::new(infill))
}

fn spec() -> Spec {
    Spec {
        title: "Erase a stretch, and let the action restore it".into(),
        summary: "Sun, Mercury, Venus, Earth and Mars from above, over 65 days from 14 July 2022. Where days are \
                  missing, straight lines bend until the action is least, and meet the simulated orbits. Beside it the \
                  error and the surplus of action at every step."
            .into(),
        help: "Press and drag across the orbits to erase days, or move the ring, by arrow keys too. Each missing \
               stretch begins as a straight line between the days beside it; all other days are pinned. Gradient \
               descent on the action, each planet’s step scaled by its mass, then bends the lines into orbits. Nothing \
               knows the truth but the error shown: it is the distance to the paths simulated from two recorded days. \
               Under “Task”, keep only every few days of all planets and let the rest be filled in. The first and the \
               last day always stay: a path needs something to hang on."
            .into(),
        aspect_wide: 1.85,
        aspect_narrow: 0.6,
        controls: vec![
            Control::choice("task", "Task", &[("erase", "Erase stretches"), ("every", "Keep every few days only")]),
            Control::slider("every", "Keep every … days", 2.0..=32.0, 1.0, EVERY),
            Control::button("undo", "Undo erasing"),
            Control::button("restore", "Put all days back"),
        ],
        model_contract: None,
        paints: true,
    }
}

/// Largest distance of a body from the simulated paths, in metres, when only every so many days are kept: with straight
/// lines across the gaps, and after the descent.
pub fn errors_of_every(every: usize) -> [f64; 2] {
    let mut gaps = Gaps::new();
    gaps.set_missing(gaps.all_but_every(every));
    let straight = gaps.error().0;
    gaps.run(u32::MAX);
    [straight, gaps.error().0]
}

impl Infill {
    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        (self.secs, self.owed) = (0.0, 0.0);
    }

    fn remember(&mut self) {
        self.earlier.push(self.gaps.missing().clone());
        let excess = self.earlier.len().saturating_sub(MOST_EARLIER);
        self.earlier.drain(..excess);
    }

    /// The figure erases a stretch of two planets.
    fn erase_something(&mut self) {
        let mut random = Mt19937::from_key(&[self.seed, self.number]);
        self.number = self.number.wrapping_add(1);
        let mut missing = vec![false; self.gaps.missing().len()];
        let first = 1 + self.number as usize % 2;
        for body in [first, first + 2] {
            let from = random.randint(6, 22) as usize;
            let to = random.randint(38, 58) as usize;
            (from..to).for_each(|day| missing[day * BODIES.len() + body] = true);
        }
        self.gaps.set_missing(missing);
        self.enter(Stage::Held);
    }

    /// Days of any planet near the way from `from` to `to`, in astronomical units, are gone.
    fn erase_along(&mut self, from: Point, to: Point) {
        let length = hypot(to[0] - from[0], to[1] - from[1]);
        let pieces = ((2.0 * length / ERASER_AU).ceil() as usize).clamp(1, 200);
        let mut missing = self.gaps.missing().clone();
        for piece in 0..=pieces {
            let share = piece as f64 / pieces as f64;
            let at = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
            self.erase_around(at, &mut missing);
        }
        if &missing != self.gaps.missing() {
            self.gaps.set_missing(missing);
        }
    }

    fn erase_around(&self, at: Point, missing: &mut Missing) {
        for day in 1..self.gaps.days() - 1 {
            for body in SUN + 1..BODIES.len() {
                let [x, y] = self.gaps.true_position(day, body);
                if hypot(x - at[0], y - at[1]) < ERASER_AU {
                    missing[day * BODIES.len() + body] = true;
                }
            }
        }
    }

    /// Only every so many days are kept, and the last.
    fn thin(&mut self, every: usize) {
        self.gaps.set_missing(self.gaps.all_but_every(every));
        self.enter(Stage::Held);
    }

    /// The visitor's own: what was erased by the figure makes room.
    fn begin_erasing(&mut self) {
        if self.stage != Stage::Held || !self.touched {
            self.remember();
        }
        if !self.touched {
            self.gaps.set_missing(vec![false; self.gaps.missing().len()]);
        }
        self.touched = true;
    }

    fn pass_time(&mut self, dt_secs: f64) {
        self.secs += dt_secs;
        match self.stage {
            Stage::Held if self.secs >= HOLD_SECS => self.enter(Stage::Filling),
            Stage::Filling => {
                let speed = (SLOWEST * math::ops::powf(2.0, self.secs / DOUBLING_SECS)).min(FASTEST);
                self.owed = (self.owed + dt_secs * speed).min(MOST_STEPS);
                self.gaps.run(self.owed as u32);
                self.owed -= self.owed.floor();
                if self.gaps.settled() {
                    self.enter(Stage::Resting);
                }
            }
            Stage::Resting if self.secs >= REST_SECS && !self.touched && self.every.is_none() => {
                self.erase_something();
            }
            _ => {}
        }
    }

    fn set_task(&mut self, every: Option<usize>) {
        if every.is_some() == self.every.is_some() && every == self.every {
            return;
        }
        if self.every.is_none() {
            self.remember();
        }
        self.every = every;
        match every {
            Some(every) => self.thin(every),
            None => self.undo(),
        }
    }

    fn undo(&mut self) {
        let missing = self.earlier.pop().unwrap_or_else(|| vec![false; self.gaps.missing().len()]);
        self.gaps.set_missing(missing);
        self.enter(Stage::Held);
    }

    fn restore_all(&mut self) {
        self.remember();
        self.touched = true;
        self.gaps.set_missing(vec![false; self.gaps.missing().len()]);
        self.enter(Stage::Resting);
    }

    fn missing_text(&self) -> String {
        let of = |body: usize| (body, self.gaps.count(body));
        let parts = (0..BODIES.len()).map(of).filter(|(_, count)| *count > 0);
        let parts: Vec<String> = parts.map(|(body, count)| format!("{} {count}", picture::NAMES[body])).collect();
        if parts.is_empty() { "none".into() } else { parts.join(", ") }
    }

    fn error_text(&self) -> Readout {
        let (metres, body) = self.gaps.error();
        let label = "Farthest from the simulated orbits";
        let readout = Readout::number("error", label, metres / KILOMETRE, 3, "km");
        let text = if metres > 0.0 { format!("{} ({})", readout.text, picture::NAMES[body]) } else { "0 km".into() };
        Readout { text, ..readout }
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        self.gaps.save(&mut writer);
        writer.count(self.earlier.len());
        self.earlier.iter().for_each(|missing| writer.bytes(&gap::bytes(missing)));
        writer.points(&[self.eraser]);
        writer.u32(self.number);
        writer.count(STAGES.iter().position(|stage| *stage == self.stage).unwrap_or_default());
        writer.f64(self.secs);
        writer.f64(self.owed);
        writer.bool(self.touched);
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let gaps = Gaps::restored(reader)?;
        let mut earlier = Vec::new();
        for _ in 0..reader.count()?.min(MOST_EARLIER) {
            earlier.push(gap::missing(reader.bytes()?, gaps.missing().len())?);
        }
        let eraser = *reader.points()?.first().ok_or_else(|| bad("its eraser is missing."))?;
        let number = reader.u32()?;
        let stage = *STAGES.get(reader.count()?).ok_or_else(|| bad("its stage is unknown."))?;
        let (secs, owed, touched) = (reader.f64()?, reader.f64()?, reader.bool()?);
        reader.clone().finish()?;
        // A finger does not travel from worker to worker.
        self.stage = if stage == Stage::Erasing { Stage::Held } else { stage };
        (self.gaps, self.earlier, self.eraser, self.number) = (gaps, earlier, eraser, number);
        (self.secs, self.owed, self.touched) = (secs, owed, touched);
        Ok(())
    }
}

impl Demo for Infill {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "task" => self.set_task((value.as_text() == "every").then_some(self.chosen_every)),
            "every" => {
                self.chosen_every = value.as_number() as usize;
                if self.every.is_some() {
                    self.every = Some(self.chosen_every);
                    self.thin(self.chosen_every);
                }
            }
            "undo" if self.every.is_none() => {
                self.touched = true;
                self.undo();
            }
            "restore" if self.every.is_none() => self.restore_all(),
            // With the other task nothing is erased.
            "undo" | "restore" => {}
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        self.pass_time(dt_secs);
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let samples = self.gaps.samples();
        let straight = samples.first().map_or_else(|| self.gaps.terms().action(), |first| first.action);
        let joules = |id: &str, label: &str, action: f64| Readout::number(id, label, action / JOULES, 8, "× 10³³ J");
        let other = if self.every.is_some() { "erasing".into() } else { format!("every {} days", self.chosen_every) };
        vec![
            Readout::text("missing", "Days filled in", self.missing_text()),
            self.error_text(),
            joules("action-straight", "S with straight lines", straight),
            joules("action", "S now", self.gaps.terms().action()),
            joules("action-truth", "S of the simulated orbits", self.gaps.true_terms().action()),
            Readout {
                number: Some(f64::from(self.gaps.steps())),
                ..Readout::text("steps", "Steps", self.gaps.steps().to_string())
            },
            Readout::text("kept", "Set for the other task", other),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let days = self.gaps.days();
        let mut paths = Table::new("paths").column("day", (0..days).map(|day| day as f64).collect::<Vec<_>>());
        for (body, name) in picture::NAMES.iter().enumerate() {
            let column = |at: &dyn Fn(usize) -> f64| (0..days).map(at).collect::<Vec<_>>();
            paths = paths
                .column(&format!("{name} x (au)"), column(&|day| self.gaps.now(day, body)[0]))
                .column(&format!("{name} y (au)"), column(&|day| self.gaps.now(day, body)[1]))
                .column(
                    &format!("{name} missing"),
                    column(&|day| f64::from(u8::from(self.gaps.is_missing(day, body)))),
                );
        }
        let samples = self.gaps.samples();
        let descent = Table::new("descent")
            .column("step", samples.iter().map(|one| one.step).collect::<Vec<_>>())
            .column("largest error (m)", samples.iter().map(|one| one.error).collect::<Vec<_>>())
            .column("action S (J)", samples.iter().map(|one| one.action).collect::<Vec<_>>());
        vec![paths, descent]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        if self.every.is_some() {
            return Vec::new();
        }
        let [x, y] = self.eraser;
        vec![Handle {
            id: "eraser".into(),
            label: "Eraser".into(),
            text: format!("{} and {} astronomical units from the middle", format_number(x, 3), format_number(y, 3)),
            world: self.eraser,
            step: [0.04, 0.04],
            bounds: ERASER_BOUNDS,
            view: Layout::new(size).plane.view,
            radius: 14.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "eraser" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.begin_erasing();
        self.erase_along(self.eraser, world);
        self.eraser = world;
        self.enter(Stage::Held);
        Ok(())
    }

    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        let view = Layout::new(size).plane.view;
        if self.every.is_some() || pointer.at.iter().any(|value| !value.is_finite()) {
            return Ok(());
        }
        let world = ERASER_BOUNDS.clamp(view.world_from_figure(pointer.at));
        match (pointer.phase, self.stage) {
            (Phase::Start, _) if view.figure.contains(pointer.at) => {
                self.begin_erasing();
                self.erase_along(world, world);
                self.enter(Stage::Erasing);
            }
            (Phase::Move, Stage::Erasing) => self.erase_along(self.eraser, world),
            (Phase::End, Stage::Erasing) => {
                self.enter(Stage::Held);
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.eraser = world;
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        self.restore_from(&mut Reader::new(snapshot, ENTRY.id, VERSION)?)
    }

    fn probe(&mut self) -> Probe<'_> {
        let positions = (0..self.gaps.days()).flat_map(|day| self.gaps.now(day, 3).map(|value| value as f32));
        let outputs = positions.collect();
        Box::pin(std::future::ready(Ok(outputs)))
    }
}
