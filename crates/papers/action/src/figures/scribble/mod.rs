//! Draw any scribble between two pins: gradient descent on its action melts it into the parabola of a thrown ball.
//!
//! [`line`] makes a function of time of what is drawn, [`melt`] lets it descend, [`picture`] draws both.

mod line;
mod melt;
mod picture;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Phase, Point, Pointer, Probe, Readout, Save, Scene, Size,
    Spec, Table, Tick, Value, View, format_number,
};

use crate::action::Scheme;
use line::{function_of_time, own_scribble, times};
use melt::{Melt, POINTS, Way, whole};
use picture::Layout;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "scribble", models: &[], webgpu_pays: false, new };

/// Time and height that the figure shows.
const WINDOW: Bounds = Bounds { low: [-0.7, -9.0], high: [15.7, 46.0] };
/// Where the pins may go: so far apart that no path is shorter than one unit of time.
const PIN_BOUNDS: [Bounds; 2] =
    [Bounds { low: [0.0, 0.0], high: [7.0, 14.0] }, Bounds { low: [8.0, 0.0], high: [15.0, 14.0] }];
/// The paper's duration, 59 steps of 0.25.
const PINS: [Point; 2] = [[0.0, 2.0], [14.75, 6.0]];
/// Time points at which the path can be bent.
const KNOTS: [usize; 5] = [10, 20, 30, 39, 49];
/// A bend reaches so many time points to either side.
const REACH: usize = 10;
/// How long the figure takes to draw its own scribble.
const SKETCH_SECS: f64 = 1.3;
/// A bent path waits so long for the next key.
const HOLD_SECS: f64 = 0.8;
/// How long the end of a descent is shown before the figure draws again.
const REST_SECS: f64 = 6.0;
/// Points of a drawn line; the pointer tells a few hundred in a long scribble.
const MOST_POINTS: usize = 4000;
/// Scribbles that can be taken back.
const MOST_EARLIER: usize = 20;
/// Steps a second at the slowest speed; each further one doubles it.
const BASE_SPEED: f64 = 60.0;
/// The speed at the start: 1,920 steps a second, 32 a frame.
const SPEED: f64 = 5.0;
/// Layout of the snapshot.
const VERSION: u32 = 1;

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The figure draws a scribble.
    Sketching,
    /// The visitor does.
    Painting,
    /// The visitor has bent the path and may bend it more.
    Held,
    Melting,
    Resting,
}

const STAGES: [Stage; 5] = [Stage::Sketching, Stage::Painting, Stage::Held, Stage::Melting, Stage::Resting];

/// What there is to say of the last scribble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Note {
    Own,
    Drawn { used: u32, left_out: u32 },
    Tapped,
    Missed,
    Bent,
    Back,
    NothingBack,
}

struct Scribble {
    spec: Spec,
    seed: u32,
    /// Which of its own scribbles comes next.
    number: u32,
    /// Steps a second.
    speed: f64,
    melt: Melt,
    /// Starts of earlier descents, to take the last scribble back.
    earlier: Vec<Vec<f64>>,
    /// As drawn, in time and height.
    line: Vec<Point>,
    stage: Stage,
    /// Since the stage began.
    secs: f64,
    note: Note,
    /// The visitor has drawn, so the figure no longer does.
    touched: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "the form of Entry::new")]
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let mut scribble = Scribble {
        spec: spec(),
        seed: context.seed,
        number: 0,
        speed: speed_of(SPEED),
        melt: Melt::new(PINS, Way::Descent, Scheme::Corrected, vec![0.0; POINTS]),
        earlier: Vec::new(),
        line: Vec::new(),
        stage: Stage::Sketching,
        secs: 0.0,
        note: Note::Own,
        touched: false,
    };
    scribble.sketch();
    Ok(Box::new(scribble))
}

fn spec() -> Spec {
    Spec {
        title: "Draw a path, and watch it become physics".into(),
        summary: "Height against time between two pins. A scribble is bent, step by step, so that its action falls, \
                  until it is the parabola of a thrown ball; beside it kinetic energy T, potential energy V and \
                  action S at every step."
            .into(),
        help: "Press and drag to draw any path from the left pin to the right one, then let go. A path has one height \
               at each time, so what you draw back in time is left out, and the ends are joined to the pins. One tap \
               makes a tent. Move the pins by the knobs under them. By keyboard: bend the path at its five beads with \
               the arrow keys. Each step moves all 58 points between the pins a little so that the action S, the mean \
               of kinetic less potential energy, becomes smaller; mass and gravity are 1. The first steps are shown \
               slowly, because most happens in them. When no point is farther than 0.05 from its place, one step of \
               Newton's method does the rest. The authors' code counts the last velocity twice, which pulls the path \
               off the parabola: choose it under “Last velocity”."
            .into(),
        aspect_wide: 1.7,
        aspect_narrow: 0.66,
        controls: vec![
            Control::choice("optimiser", "Optimiser", &[("descent", "Gradient descent"), ("adam", "Adam")]),
            Control::slider("speed", "Speed", 0.0..=8.0, 1.0, SPEED),
            Control::choice(
                "velocity",
                "Last velocity",
                &[("corrected", "left out (corrected)"), ("published", "copied (as published)")],
            ),
            Control::button("again", "Scribble for me"),
            Control::button("undo", "Undo scribble"),
        ],
        model_contract: None,
        paints: true,
    }
}

fn speed_of(slider: f64) -> f64 {
    BASE_SPEED * math::ops::powf(2.0, slider)
}

impl Scribble {
    /// The figure draws its next scribble.
    fn sketch(&mut self) {
        let pins = self.melt.pins();
        self.line = own_scribble(self.seed, self.number, pins);
        self.number = self.number.wrapping_add(1);
        if let Some(function) = function_of_time(&self.line, pins, POINTS) {
            self.begin(&function.heights);
        }
        self.note = Note::Own;
        self.enter(Stage::Sketching);
    }

    /// A descent from these heights.
    fn begin(&mut self, heights: &[f64]) {
        let chord = line::chord(self.melt.pins(), POINTS);
        let inside = heights.iter().map(|height| height.clamp(WINDOW.low[1], WINDOW.high[1]));
        self.melt.replace(inside.zip(chord).map(|(height, chord)| height - chord).collect());
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.secs = 0.0;
    }

    fn remember(&mut self) {
        self.earlier.push(self.melt.start().to_vec());
        let excess = self.earlier.len().saturating_sub(MOST_EARLIER);
        self.earlier.drain(..excess);
    }

    fn undo(&mut self) {
        self.touched = true;
        let Some(start) = self.earlier.pop() else {
            self.note = Note::NothingBack;
            return;
        };
        self.note = Note::Back;
        self.line.clear();
        self.melt.replace(start);
        self.enter(Stage::Melting);
    }

    /// The visitor lets go: the line becomes the path, if there is any of it between the pins.
    fn take_line(&mut self) {
        let Some(function) = function_of_time(&self.line, self.melt.pins(), POINTS) else {
            self.note = Note::Missed;
            return self.enter(Stage::Melting);
        };
        self.note = match (self.line.len(), function.used, function.left_out) {
            (1, ..) => Note::Tapped,
            (_, used, left_out) => Note::Drawn { used: used as u32, left_out: left_out as u32 },
        };
        self.remember();
        self.touched = true;
        self.begin(&function.heights);
        self.enter(Stage::Melting);
    }

    fn bend(&mut self, at: usize, height: f64) {
        if self.stage != Stage::Held {
            self.remember();
        }
        self.touched = true;
        self.line.clear();
        self.note = Note::Bent;
        self.melt.bend(at, height - self.melt.path()[at], REACH);
        self.enter(Stage::Held);
    }

    fn move_pin(&mut self, index: usize, to: Point) {
        let mut pins = self.melt.pins();
        pins[index] = to;
        self.melt.set_pins(pins);
        if self.stage != Stage::Painting {
            self.line.clear();
            self.enter(Stage::Melting);
        }
    }

    fn pass_time(&mut self, dt_secs: f64) {
        self.secs += dt_secs;
        match self.stage {
            Stage::Sketching if self.secs >= SKETCH_SECS => self.enter(Stage::Melting),
            Stage::Held if self.secs >= HOLD_SECS => self.enter(Stage::Melting),
            Stage::Melting => {
                self.melt.advance(dt_secs, self.speed);
                if self.melt.settled() {
                    self.enter(Stage::Resting);
                }
            }
            Stage::Resting if self.secs >= REST_SECS && !self.touched => self.sketch(),
            _ => {}
        }
    }

    fn note(&self) -> String {
        match self.note {
            Note::Own => "drawn by the figure".into(),
            Note::Drawn { used, left_out: 0 } => format!("drawn by you, {used} points"),
            Note::Drawn { used, left_out } => {
                format!("drawn by you, {used} points; {left_out} lay back in time or beyond the pins")
            }
            Note::Tapped => "one point: a tent over it".into(),
            Note::Missed => "nothing lay between the pins, so the path stays".into(),
            Note::Bent => "bent by you".into(),
            Note::Back => "the one before".into(),
            Note::NothingBack => "there is none to take back".into(),
        }
    }

    fn steps(&self) -> Readout {
        let steps = self.melt.steps();
        let text = match (self.stage, self.melt.settled()) {
            (Stage::Melting | Stage::Resting, true) => format!("{steps} + 1 of Newton’s"),
            _ => format!("{steps}, up to {} a second", self.speed),
        };
        Readout { number: Some(f64::from(steps)), ..Readout::text("steps", "Steps", text) }
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        self.melt.save(&mut writer);
        writer.f64s(&self.earlier.concat());
        writer.points(&self.line);
        writer.u32(self.number);
        writer.count(STAGES.iter().position(|stage| *stage == self.stage).unwrap_or_default());
        writer.f64(self.secs);
        self.note.code().into_iter().for_each(|part| writer.u32(part));
        writer.bool(self.touched);
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let melt = self.melt.restored(reader)?;
        let earlier =
            reader.f64s()?.chunks(POINTS).map(|start| whole(start.to_vec())).collect::<Result<Vec<_>, _>>()?;
        let line = reader.points()?;
        let number = reader.u32()?;
        let stage = *STAGES.get(reader.count()?).ok_or_else(|| bad("its stage is unknown."))?;
        let secs = reader.f64()?;
        let note = Note::of([reader.u32()?, reader.u32()?, reader.u32()?]);
        let touched = reader.bool()?;
        reader.clone().finish()?;
        // A finger does not travel from worker to worker.
        let stage = if stage == Stage::Painting { Stage::Melting } else { stage };
        *self = Self {
            spec: std::mem::replace(&mut self.spec, spec()),
            seed: self.seed,
            speed: self.speed,
            number,
            melt,
            earlier,
            line,
            stage,
            secs,
            note,
            touched,
        };
        Ok(())
    }
}

impl Note {
    /// As three whole numbers: which, and its counts.
    fn code(self) -> [u32; 3] {
        match self {
            Self::Own => [0, 0, 0],
            Self::Drawn { used, left_out } => [1, used, left_out],
            Self::Tapped => [2, 0, 0],
            Self::Missed => [3, 0, 0],
            Self::Bent => [4, 0, 0],
            Self::Back => [5, 0, 0],
            Self::NothingBack => [6, 0, 0],
        }
    }

    fn of([which, used, left_out]: [u32; 3]) -> Self {
        match which {
            1 => Self::Drawn { used, left_out },
            2 => Self::Tapped,
            3 => Self::Missed,
            4 => Self::Bent,
            5 => Self::Back,
            6 => Self::NothingBack,
            _ => Self::Own,
        }
    }
}

impl Demo for Scribble {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "optimiser" => {
                self.melt.set_way(if value.as_text() == "adam" { Way::Adam } else { Way::Descent });
                self.enter(Stage::Melting);
            }
            "velocity" => {
                let published = value.as_text() == "published";
                self.melt.set_scheme(if published { Scheme::Published } else { Scheme::Corrected });
                self.enter(Stage::Melting);
            }
            "speed" => self.speed = speed_of(value.as_number()),
            "again" => {
                self.remember();
                self.sketch();
            }
            "undo" => self.undo(),
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
        let (terms, ode) = (self.melt.terms(), self.melt.action().terms(self.melt.ode()));
        vec![
            Readout::number("action", "Action S", terms.action(), 6, ""),
            Readout::number("action-ode", "S of the ODE path", ode.action(), 6, ""),
            Readout::number("kinetic", "Kinetic energy T", terms.kinetic, 4, ""),
            Readout::number("potential", "Potential energy V", terms.potential, 4, ""),
            Readout::number("distance", "Farthest from the ODE path", self.melt.distance(), 2, ""),
            self.steps(),
            Readout::text("scribble", "Scribble", self.note()),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let path = Table::new("path")
            .column("time", times(self.melt.pins(), POINTS).collect::<Vec<_>>())
            .column("height at the start", self.melt.first_path())
            .column("height", self.melt.path())
            .column("height, ODE", self.melt.ode());
        vec![path, self.melt.trace.table()]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let layout = Layout::new(size);
        let knobs = layout.knobs();
        let pins = self.melt.pins();
        let pin = |index: usize| pin_handle(index, pins[index], knobs);
        let knot = |(order, at): (usize, usize)| self.knot_handle(order, at, layout.plot.view);
        [0, 1].map(pin).into_iter().chain(KNOTS.into_iter().enumerate().map(knot)).collect()
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        let knot = id.strip_prefix("knot-").and_then(|number| number.parse::<usize>().ok());
        match (id, knot.and_then(|number| KNOTS.get(number.wrapping_sub(1)))) {
            ("pin-a", _) => self.move_pin(0, world),
            ("pin-b", _) => self.move_pin(1, world),
            (_, Some(at)) => self.bend(*at, world[1]),
            _ => return Err(Error::Unknown { what: "handle", id: id.into() }),
        }
        Ok(())
    }

    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        let view = Layout::new(size).plot.view;
        let world = WINDOW.clamp(view.world_from_figure(pointer.at));
        match (pointer.phase, self.stage) {
            (Phase::Start, _) if view.figure.contains(pointer.at) => {
                self.line = vec![world];
                self.enter(Stage::Painting);
            }
            (Phase::Move, Stage::Painting) if self.line.len() < MOST_POINTS => self.line.push(world),
            (Phase::End, Stage::Painting) => self.take_line(),
            _ => {}
        }
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        self.restore_from(&mut Reader::new(snapshot, ENTRY.id, VERSION)?)
    }

    fn probe(&mut self) -> Probe<'_> {
        let terms = self.melt.terms();
        let outputs = [terms.kinetic, terms.potential].into_iter().chain(self.melt.path().iter().copied());
        let outputs = outputs.map(|value| value as f32).collect();
        Box::pin(std::future::ready(Ok(outputs)))
    }
}

fn pin_handle(index: usize, world: Point, view: View) -> Handle {
    let (id, label) = [("pin-a", "Left pin"), ("pin-b", "Right pin")][index];
    Handle {
        id: id.into(),
        label: label.into(),
        text: format!("time {}, height {}", format_number(world[0], 3), format_number(world[1], 3)),
        world,
        step: [0.25, 0.5],
        bounds: PIN_BOUNDS[index],
        view,
        radius: 11.0,
    }
}

impl Scribble {
    fn knot_handle(&self, order: usize, at: usize, view: View) -> Handle {
        let time = times(self.melt.pins(), POINTS).nth(at).unwrap_or_default();
        let bounds = Bounds { low: [time, WINDOW.low[1] + 1.0], high: [time, WINDOW.high[1] - 1.0] };
        let world = bounds.clamp([time, self.melt.path()[at]]);
        Handle {
            id: format!("knot-{}", order + 1),
            label: format!("Bead {} of {}, bends the path", order + 1, KNOTS.len()),
            text: format!("height {} at time {}", format_number(world[1], 3), format_number(time, 3)),
            world,
            step: [0.0, 1.0],
            bounds,
            view,
            radius: 9.0,
        }
    }
}
