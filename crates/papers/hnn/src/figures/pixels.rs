//! The pixel pendulum: an autoencoder turns two frames of 28 x 28 pixels into a latent point, and H is learned there.
//!
//! Time is counted in frames, one unit of the latent dynamics each (section 3 of the paper: the loss compares
//! z(t + 1) - z(t) with the field), 20 of them a second. HNN and baseline have a latent plane each; they are compared by
//! what their decoded pictures show, see [`Gauge`].

use demo::{
    Anchor, Bounds, Color, Colormap, Context, Control, Demo, Entry, Error, Handle, Plot, Point, Probe, Readout, Rect,
    Save, Scene, Size, Spec, Stroke, Table, Tick, Value,
};
use math::linalg::Matrix;
use math::ops::atan2;
use physics::integrators::{Integrator, Rk4};
use physics::systems::GymPendulum;

use super::drawn;
use super::phase::{grip, lattice, legend, levels, refine, world_segments};
use super::tables::states;
use crate::data::pixels::{self, FRAME, SIDE, rod};
use crate::model::{Decoder, Kind, Plain};
use demo::snapshot::{Reader, Writer, bad};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry {
    id: "pixels",
    models: &["pixels-hnn", "pixels-hnn-decoder", "pixels-baseline", "pixels-baseline-decoder"],
    webgpu_pays: false,
    new,
};

/// The pivot in the picture: column and row in pixels from the top left corner.
const PIVOT: Point = [14.0, 60.0 / 340.0 * 28.0];
/// Brightness of the rod.
const ROD: f64 = 0.5;
/// Frames per second of the recording.
const FRAMES_PER_SEC: f64 = 20.0;
/// Steps of the latent dynamics per frame.
const STEPS: usize = 4;
/// One press of a button climbs so much of the height of H between rest and the first swing, and takes so long.
const PUSH: f64 = 0.6;
const PUSH_SECS: f64 = 0.9;
/// A point just dragged waits before it moves on.
const HOLD_SECS: f64 = 0.8;
/// The first swing: let go at rest at 20 degrees, well within the data (at most 30 or so).
const SWING: f64 = 0.35;
/// A swing of one radian turns so far between two frames at the bottom: sqrt(15) rad/s times 0.05 s.
const TURN_PER_RAD: f64 = 0.19;
/// Angles up to this are shown in the latent plane (radians), and turns per frame of as wide a swing at the bottom: the
/// small-angle frequency sqrt(15) over 20 frames a second, times the angle.
const REACH: f64 = 0.62;
const TURN_PER_ANGLE: f64 = 0.1936;
/// Points along each side of the lattice of H.
const LATTICE: usize = 25;
const REFINEMENT: usize = 3;
const LEVELS: usize = 12;
/// Points along each side of the lattice on which a decoder's pictures are read, and how wide a swing it covers (radians).
const GAUGE_LATTICE: usize = 7;
const GAUGE_REACH: f64 = 0.42;
/// Frames in the chart of energies, and steps in a trail.
const HISTORY: usize = 200;
const TRAIL: usize = 120;
/// The layout of a snapshot.
const VERSION: u32 = 1;

/// What a picture shows, as an affine function of the latent point: the rod's angle from the bottom (radians, to the
/// right), and how far it turns until the second of the two frames.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Gauge {
    /// Rows: angle, turn per frame.
    slope: [Point; 2],
    offset: Point,
}

impl Gauge {
    /// A first guess: latent axes in units of an angle and of a turn, as the loss asks for.
    const GUESS: Self = Self { slope: [[0.3, 0.0], [0.0, 0.3]], offset: [0.0, 0.0] };

    /// The latent points of a lattice of angles and turns, as far as this gauge knows.
    fn lattice(&self) -> Vec<Point> {
        let swings = lattice(Bounds::symmetric(GAUGE_REACH, GAUGE_REACH * TURN_PER_ANGLE), GAUGE_LATTICE);
        swings.into_iter().map(|swing| self.latent(swing)).collect()
    }

    /// Fitted by least squares to pairs of pictures at some latent points; those that show no whole rod do not count.
    fn fit(points: &[Point], pictures: &[f32]) -> Option<Self> {
        let whole = brightness(&rod(0.0));
        let pairs = points.iter().zip(pictures.chunks_exact(2 * FRAME));
        let seen = pairs.filter_map(|(z, pair)| {
            let (now, next) = pair.split_at(FRAME);
            let is_rod = |picture: &[f32]| (0.7..1.4).contains(&(brightness(picture) / whole));
            (is_rod(now) && is_rod(next)).then(|| (*z, [angle(now), angle(next) - angle(now)]))
        });
        let seen: Vec<(Point, Point)> = seen.collect();
        if seen.len() < 9 {
            return None;
        }
        let left = Matrix::from_fn(seen.len(), 3, |row, column| [seen[row].0[0], seen[row].0[1], 1.0][column]);
        let right = Matrix::from_fn(seen.len(), 2, |row, column| seen[row].1[column]);
        let fit = left.least_squares(&right).ok()?;
        let (by_angle, by_turn) = (fit.column(0), fit.column(1));
        let gauge =
            Self { slope: [[by_angle[0], by_angle[1]], [by_turn[0], by_turn[1]]], offset: [by_angle[2], by_turn[2]] };
        (gauge.determinant().abs() > 1e-5).then_some(gauge)
    }

    fn determinant(&self) -> f64 {
        let [[a, b], [c, d]] = self.slope;
        a * d - b * c
    }

    /// Angle and turn per frame of a latent point.
    fn read(&self, [x, y]: Point) -> Point {
        std::array::from_fn(|row| self.slope[row][0] * x + self.slope[row][1] * y + self.offset[row])
    }

    /// The latent point of an angle and a turn per frame.
    fn latent(&self, shown: Point) -> Point {
        let [[a, b], [c, d]] = self.slope;
        let [u, v] = [shown[0] - self.offset[0], shown[1] - self.offset[1]];
        let determinant = self.determinant();
        [(d * u - b * v) / determinant, (a * v - c * u) / determinant]
    }
}

/// All light in a picture.
fn brightness(picture: &[f32]) -> f64 {
    picture.iter().map(|value| f64::from(value.max(0.0))).sum()
}

/// The angle from the bottom at which the light lies, seen from the pivot.
fn angle(picture: &[f32]) -> f64 {
    let (mut across, mut down) = (0.0, 0.0);
    for (index, value) in picture.iter().enumerate() {
        // What is fainter than a tenth of the rod is the decoder's noise.
        let light = (f64::from(*value) - 0.1 * ROD).max(0.0);
        across += light * ((index % SIDE) as f64 + 0.5 - PIVOT[0]);
        down += light * ((index / SIDE) as f64 + 0.5 - PIVOT[1]);
    }
    atan2(across, down)
}

/// The energy by which the paper scores this task, from an angle and a turn per frame.
fn energy([angle, turn]: Point) -> f64 {
    pixels::energy([angle, 0.25 * turn * FRAMES_PER_SEC])
}

/// One latent world: its dynamics and its pictures.
struct World {
    decoder: Decoder,
    plain: Plain,
    gauge: Gauge,
    /// The latent point now.
    z: Point,
    /// The picture decoded from it.
    picture: Vec<f32>,
    /// Where it was, a point for every step.
    trail: Vec<Point>,
}

impl World {
    /// Everything on the CPU, whatever the figure's engine: one point and one picture at a time gain nothing elsewhere.
    fn load(context: &Context, kind: Kind) -> Result<Self, Error> {
        let name = format!("pixels-{}", kind.name());
        let plain = Plain::load(kind, &context.models.get(&name)?)?;
        let decoder = Decoder::load(&context.models.get(&format!("{name}-decoder"))?)?;
        let bad = |reason: &str| Error::BadModel { name: name.clone(), reason: reason.into() };
        if plain.dimension() != 2 {
            return Err(bad("two latent numbers are needed."));
        }
        let gauge = gauge_of(&decoder).ok_or_else(|| bad("its decoder\u{2019}s pictures show no rod."))?;
        Ok(Self { decoder, plain, gauge, z: [0.0; 2], picture: vec![0.0; FRAME], trail: Vec::new() })
    }

    fn look(&mut self) {
        self.picture = pictures(&self.decoder, &[self.z]);
        self.picture.truncate(FRAME);
    }

    fn place(&mut self, z: Point) {
        self.z = z;
        self.trail.clear();
    }

    /// One step of the latent dynamics.
    fn step(&mut self) {
        self.trail.push(self.z);
        self.trail.drain(..self.trail.len().saturating_sub(TRAIL));
        let mut z = self.z;
        Rk4::default().step(|_, x, dx| self.plain.field(x, dx), 0.0, 1.0 / STEPS as f64, &mut z);
        // What runs off to where no picture was ever seen waits at the edge.
        let [angle, turn] = self.gauge.read(z);
        if angle.abs() < 4.0 * REACH && turn.abs() < 4.0 * REACH * TURN_PER_ANGLE {
            self.z = z;
        }
    }
}

/// The decoder's pairs of pictures at some latent points.
fn pictures(decoder: &Decoder, points: &[Point]) -> Vec<f32> {
    decoder.forward(&points.as_flattened().iter().map(|value| *value as f32).collect::<Vec<_>>())
}

/// Read twice, the second time where the first says that the swings lie.
fn gauge_of(decoder: &Decoder) -> Option<Gauge> {
    (0..3).try_fold(Gauge::GUESS, |gauge, _| {
        let points = gauge.lattice();
        Gauge::fit(&points, &pictures(decoder, &points))
    })
}

struct Pixels {
    spec: Spec,
    hnn: World,
    baseline: World,
    /// The simulator's (angle from upright, angular velocity) at this frame and the next.
    simulator: [Point; 2],
    /// The part of the HNN's latent plane that is shown, and level lines of H in it.
    window: Bounds,
    levels: Vec<[Point; 2]>,
    /// How much H grows from rest to the first swing; negative where H was learned upside down.
    height: f64,
    start: Point,
    /// Steps since the start, and the part of a step that is due.
    steps: usize,
    due: f64,
    /// Presses of a button that are still to be worked off, negative downwards.
    push: f64,
    hold_secs: f64,
    speed: f64,
    /// Energies of simulator, HNN and baseline at the last frames.
    energies: Vec<[f64; 3]>,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let hnn = World::load(context, Kind::Hnn)?;
    let window = window(hnn.gauge);
    let [rest, swung] = [0.0, SWING].map(|angle| hnn.gauge.latent([angle, 0.0]));
    let [angle, turn] = drawn(context.seed, [SWING, 0.0]);
    let start = hnn.gauge.latent([angle, TURN_PER_RAD * turn]);
    let mut demo = Pixels {
        spec: spec(),
        baseline: World::load(context, Kind::Baseline)?,
        simulator: [[0.0; 2]; 2],
        levels: level_lines(&hnn.plain, window),
        window,
        height: hnn.plain.energy(&swung) - hnn.plain.energy(&rest),
        hnn,
        start,
        steps: 0,
        due: 0.0,
        push: 0.0,
        hold_secs: 0.0,
        speed: 1.0,
        energies: Vec::new(),
    };
    demo.restart();
    Ok(Box::new(demo))
}

/// Level lines of H a little beyond the window, so that none ends inside it.
fn level_lines(plain: &Plain, window: Bounds) -> Vec<[Point; 2]> {
    let margin = [0, 1].map(|axis| 0.06 * (window.high[axis] - window.low[axis]));
    let wide = Bounds {
        low: [window.low[0] - margin[0], window.low[1] - margin[1]],
        high: [window.high[0] + margin[0], window.high[1] + margin[1]],
    };
    let heights: Vec<f32> = lattice(wide, LATTICE).iter().map(|z| plain.energy(z) as f32).collect();
    let fine = refine(&heights, LATTICE, REFINEMENT);
    levels(wide, &fine, (LATTICE - 1) * REFINEMENT + 1, LEVELS)
}

/// A box around the latent points of all swings up to [`REACH`].
fn window(gauge: Gauge) -> Bounds {
    let turn = REACH * TURN_PER_ANGLE;
    let ends = [[REACH, 0.0], [-REACH, 0.0], [0.0, turn], [0.0, -turn]].map(|swing| gauge.latent(swing));
    let end = |axis: usize, pick: fn(f64, f64) -> f64| ends.iter().map(|z| z[axis]).fold(ends[0][axis], pick);
    Bounds { low: [end(0, f64::min), end(1, f64::min)], high: [end(0, f64::max), end(1, f64::max)] }
}

fn spec() -> Spec {
    Spec {
        title: "A pendulum made of pixels".into(),
        summary: "Pictures of a swinging rod from the simulator, the HNN and the baseline, beside the plane of two latent \
                  numbers in which the HNN learned its H, with level lines, and a chart of the energies that the pictures \
                  show."
            .into(),
        help: "Drag the point in the latent plane: the HNN\u{2019}s picture is decoded from it as you go. Let go, and the \
               HNN moves along its level line; simulator and baseline set out from the same swing. The baseline has a latent \
               plane of its own; its point is shown where the HNN would draw the same picture. The two buttons climb or \
               descend the slope of H; no label ever said what energy is. Angles are read off the decoded pictures."
            .into(),
        aspect_wide: 1.75,
        aspect_narrow: 0.5,
        controls: vec![
            Control::button("more", "Add energy"),
            Control::button("less", "Remove energy"),
            Control::slider("speed", "Speed", 0.25..=2.0, 0.25, 1.0),
            Control::button("again", "From the start"),
        ],
        model_contract: None,
        paints: false,
    }
}

impl Pixels {
    fn restart(&mut self) {
        self.hnn.z = self.start;
        self.push = 0.0;
        self.hold_secs = 0.0;
        self.begin();
        // Pictures of the start, so that a paused figure shows it too.
        self.look();
    }

    /// Time zero, with the HNN where it is; baseline and simulator are set to the swing that its picture shows.
    fn begin(&mut self) {
        (self.steps, self.due) = (0, 0.0);
        self.energies.clear();
        let shown = self.hnn.gauge.read(self.hnn.z);
        let from = [std::f64::consts::PI + shown[0], shown[1] * FRAMES_PER_SEC];
        self.simulator = [from, stepped(from)];
        self.hnn.place(self.hnn.z);
        self.baseline.place(self.baseline.gauge.latent(shown));
    }

    fn look(&mut self) {
        self.hnn.look();
        self.baseline.look();
    }

    fn advance(&mut self, dt_secs: f64) {
        if self.push == 0.0 {
            self.swing(dt_secs);
        } else {
            self.climb(dt_secs);
        }
        self.look();
    }

    fn swing(&mut self, dt_secs: f64) {
        self.hold_secs -= dt_secs;
        if self.hold_secs > 0.0 {
            return;
        }
        self.hold_secs = 0.0;
        self.due += dt_secs * FRAMES_PER_SEC * self.speed * STEPS as f64;
        // A late tick does not pile up work: at most two frames each.
        self.due = self.due.min(2.0 * STEPS as f64);
        while self.due >= 1.0 {
            self.due -= 1.0;
            self.step();
        }
    }

    fn step(&mut self) {
        if self.steps.is_multiple_of(STEPS) {
            self.record();
        }
        self.hnn.step();
        self.baseline.step();
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS) {
            let [_, now] = self.simulator;
            self.simulator = [now, stepped(now)];
        }
    }

    fn record(&mut self) {
        self.energies.push(self.shown().map(energy));
        self.energies.drain(..self.energies.len().saturating_sub(HISTORY));
    }

    /// Angle and turn per frame in the pictures of simulator, HNN and baseline.
    fn shown(&self) -> [Point; 3] {
        let share = (self.steps % STEPS) as f64 / STEPS as f64;
        let [from, to] = self.simulator;
        let between = |index: usize| from[index] + share * (to[index] - from[index]);
        let simulated = [between(0) - std::f64::consts::PI, between(1) / FRAMES_PER_SEC];
        [simulated, self.hnn.gauge.read(self.hnn.z), self.baseline.gauge.read(self.baseline.z)]
    }

    /// Follows the gradient of H up or down for a moment, dz = dH grad H / |grad H|^2; everyone begins anew from there.
    fn climb(&mut self, dt_secs: f64) {
        let share = (dt_secs / PUSH_SECS).min(self.push.abs()) * self.push.signum();
        let gradient = self.hnn.plain.gradient(&self.hnn.z);
        let square: f64 = gradient.iter().map(|slope| slope * slope).sum();
        let climbed = share * PUSH * self.height / square.max(1e-12);
        let z = [self.hnn.z[0] + climbed * gradient[0], self.hnn.z[1] + climbed * gradient[1]];
        let [low, high] = [self.window.low, self.window.high];
        let size = [high[0] - low[0], high[1] - low[1]];
        // At the bottom the slope is nothing and a step would be a leap; beyond the window are no pictures.
        let is_leap = (0..2).any(|axis| (z[axis] - self.hnn.z[axis]).abs() > 0.1 * size[axis]);
        self.push -= share;
        if is_leap || self.window.clamp(z) != z {
            self.push = 0.0;
        } else {
            self.hnn.z = z;
        }
        if self.push.abs() < 1e-9 {
            self.push = 0.0;
        }
        self.begin();
    }
}

/// The simulator's state one frame later.
fn stepped(mut state: Point) -> Point {
    GymPendulum.step(&mut state);
    state
}

impl Demo for Pixels {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "more" => self.push = 1.0,
            "less" => self.push = -1.0,
            "speed" => self.speed = value.as_number(),
            "again" => self.restart(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        self.advance(dt_secs);
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        let layout = self.layout(scene.size());
        self.draw_pictures(scene, layout.pictures);
        self.draw_plane(scene, &layout.plane);
        self.draw_energies(scene, layout.energies);
    }

    fn readouts(&self) -> Vec<Readout> {
        let degrees = |id: &str, label: &str, shown: Point| {
            let text = format!("{:.1}\u{b0}", shown[0].to_degrees()).replace('-', "\u{2212}");
            Readout { id: id.into(), label: label.into(), text, number: Some(shown[0].to_degrees()) }
        };
        let [simulator, hnn, baseline] = self.shown();
        vec![
            Readout::text("time", "Frames", (self.steps / STEPS).to_string()),
            Readout::number("h", "H at the HNN\u{2019}s point", self.hnn.plain.energy(&self.hnn.z), 4, ""),
            degrees("angle", "Angle in the simulator", simulator),
            degrees("angle-hnn", "Angle in the HNN\u{2019}s picture", hnn),
            degrees("angle-baseline", "Angle in the baseline\u{2019}s picture", baseline),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let first = (self.steps.div_ceil(STEPS)).saturating_sub(self.energies.len());
        let frames: Vec<f64> = (first..first + self.energies.len()).map(|frame| frame as f64).collect();
        let names = ["simulator", "HNN", "baseline"].into_iter().enumerate();
        let energies = names.fold(Table::new("energies").column("frame", frames), |table, (index, name)| {
            let values: Vec<f64> = self.energies.iter().map(|energies| energies[index]).collect();
            table.column(&format!("energy in the picture, {name}"), values)
        });
        let trails = [("HNN", &self.hnn), ("baseline", &self.baseline)].into_iter();
        let latent = trails.fold(Table::new("latent"), |table, (name, world)| {
            states(table, ["z1", "z2"], name, &[world.trail.as_slice(), &[world.z]].concat())
        });
        vec![energies, latent]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let [x, y] = self.start;
        vec![Handle {
            id: "point".into(),
            label: "Latent point".into(),
            text: format!("z1 {x:.2}, z2 {y:.2}").replace('-', "\u{2212}"),
            world: self.start,
            step: [0, 1].map(|axis| 0.02 * (self.window.high[axis] - self.window.low[axis])),
            bounds: self.window,
            view: self.layout(size).plane.view,
            radius: 11.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "point" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.start = world;
        self.restart();
        self.hold_secs = HOLD_SECS;
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        for world in [&self.hnn, &self.baseline] {
            writer.points(&[world.z]);
            writer.points(&world.trail);
            writer.f64s(&world.picture.iter().map(|value| f64::from(*value)).collect::<Vec<_>>());
        }
        writer.points(&self.simulator);
        writer.points(&[self.start, [self.due, self.push]]);
        writer.f64s(&[self.hold_secs]);
        writer.count(self.steps);
        writer.f64s(self.energies.as_flattened());
        Box::pin(std::future::ready(Ok(writer.finish())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let saved = Saved::read(snapshot)?;
        for (world, saved) in [&mut self.hnn, &mut self.baseline].into_iter().zip(saved.worlds) {
            (world.z, world.trail, world.picture) = saved;
        }
        (self.simulator, self.start, self.steps, self.energies) =
            (saved.simulator, saved.start, saved.steps, saved.energies);
        (self.due, self.push, self.hold_secs) = (saved.due, saved.push, saved.hold_secs);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(async move {
            let points: [Point; 3] = [[0.0, 0.0], [0.5, -0.3], [-0.4, 0.6]];
            let mut outputs = Vec::new();
            for world in [&self.hnn, &self.baseline] {
                outputs.extend(world.plain.fields(points.as_flattened()).into_iter().map(|value| value as f32));
                // A few rows of one picture, through the rod, are enough.
                let picture = pictures(&world.decoder, &points[..1]);
                outputs.extend(picture.into_iter().skip(9 * SIDE).take(3 * SIDE));
            }
            Ok(outputs)
        })
    }
}

/// A latent point, its trail and its picture.
type SavedWorld = (Point, Vec<Point>, Vec<f32>);

/// What a snapshot holds, checked.
struct Saved {
    worlds: [SavedWorld; 2],
    simulator: [Point; 2],
    start: Point,
    due: f64,
    push: f64,
    hold_secs: f64,
    steps: usize,
    energies: Vec<[f64; 3]>,
}

impl Saved {
    fn read(snapshot: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let worlds = [Self::world(&mut reader)?, Self::world(&mut reader)?];
        let simulator = exactly(reader.points()?)?;
        let [start, [due, push]] = exactly(reader.points()?)?;
        let hold_secs = finite(reader.f64s()?)?;
        let steps = reader.count()?;
        let energies = finite(reader.f64s()?)?;
        reader.finish()?;
        let (energies, rest) = energies.as_chunks::<3>();
        let &[hold_secs] = hold_secs.as_slice() else { return Err(bad("its lists have other lengths.")) };
        if energies.len() > HISTORY || !rest.is_empty() {
            return Err(bad("its lists have other lengths."));
        }
        Ok(Self { worlds, simulator, start, due, push, hold_secs, steps, energies: energies.to_vec() })
    }

    fn world(reader: &mut Reader) -> Result<SavedWorld, Error> {
        let [z] = exactly(reader.points()?)?;
        let (trail, picture) = (reader.points()?, finite(reader.f64s()?)?);
        finite(trail.as_flattened().to_vec())?;
        if trail.len() > TRAIL || picture.len() != FRAME {
            return Err(bad("its lists have other lengths."));
        }
        Ok((z, trail, picture.iter().map(|value| *value as f32).collect()))
    }
}

fn finite(values: Vec<f64>) -> Result<Vec<f64>, Error> {
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(bad("it holds what is not a number.")) }
}

fn exactly<const N: usize>(points: Vec<Point>) -> Result<[Point; N], Error> {
    finite(points.as_flattened().to_vec())?;
    points.try_into().map_err(|_| bad("its lists have other lengths."))
}

/// Where pictures, plane and energies lie.
struct Layout {
    pictures: Rect,
    plane: Plot,
    energies: Rect,
}

impl Pixels {
    fn layout(&self, size: Size) -> Layout {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let wide = size.width >= 560.0;
        let (column, rest) = if wide { all.split_columns(0.52, 14.0) } else { (all, all) };
        let height = picture_side(column.width) + TITLE + 8.0;
        let pictures = Rect { height, ..column };
        let below = column.inset(0.0, height + 6.0, 0.0, 0.0);
        let (plane, energies) = if wide { (rest, below) } else { below.split_rows(0.62, 4.0) };
        // The blank title keeps room for the legend.
        let labels = ["z1, the learned position", "z2, the learned momentum"];
        let mut plane = Plot::new(plane, self.window, " ", labels[0], labels[1]);
        plane.title.clear();
        Layout { pictures, plane, energies }
    }
}

/// Room for a heading over a picture.
const TITLE: f64 = 24.0;
/// Space between pictures, and beside them.
const GAP: f64 = 10.0;

/// The side of each of three square pictures in a row.
fn picture_side(width: f64) -> f64 {
    ((width - 4.0 * GAP) / 3.0).max(1.0)
}

impl Pixels {
    fn draw_pictures(&self, scene: &mut Scene, outer: Rect) {
        let simulated = rod(self.shown()[0][0]);
        let shown = [
            ("Simulator", Color::Truth, &simulated),
            ("HNN", Color::Model, &self.hnn.picture),
            ("Baseline", Color::Baseline, &self.baseline.picture),
        ];
        let side = picture_side(outer.width);
        for (index, (name, color, picture)) in shown.into_iter().enumerate() {
            let x = outer.x + GAP + index as f64 * (side + GAP);
            let square = Rect { x, y: outer.y + TITLE, width: side, height: side };
            scene.heading([square.x, square.y - 8.0], name, 13.0, Anchor::Start, color);
            scene.heat(square, SIDE, SIDE, picture, 0.0, ROD as f32, Colormap::Gray, false);
            frame(scene, square, Stroke::new(color, 1.5));
        }
    }

    fn draw_plane(&self, scene: &mut Scene, plot: &Plot) {
        plot.axes(scene);
        let rect = plot.view.figure;
        let rings = Stroke::new(Color::Model.alpha(0.35), 1.0);
        let baseline = Stroke::new(Color::Baseline, 2.5);
        let pens = [("HNN", Stroke::new(Color::Model, 2.5)), ("Baseline", baseline), ("levels of H", rings)];
        legend(scene, [rect.x.min(rect.x + rect.width - 240.0), rect.y - 8.0], &pens);
        world_segments(scene, plot, &self.levels, rings);
        let to_plane = |z: &Point| self.hnn.gauge.latent(self.baseline.gauge.read(*z));
        let theirs: Vec<Point> = self.baseline.trail.iter().chain([&self.baseline.z]).map(to_plane).collect();
        let ours: Vec<Point> = self.hnn.trail.iter().chain([&self.hnn.z]).copied().collect();
        plot.line(scene, &theirs, Stroke::new(Color::Baseline, 2.0));
        plot.line(scene, &ours, Stroke::new(Color::Model, 2.0));
        scene.clip(rect, |scene| {
            for (points, color) in [(&theirs, Color::Baseline), (&ours, Color::Model)] {
                if let Some(last) = points.last() {
                    scene.circle(plot.view.figure_from_world(*last), 6.0, color);
                }
            }
        });
        grip(scene, plot.view.figure_from_world(self.start));
    }

    fn draw_energies(&self, scene: &mut Scene, outer: Rect) {
        let now = self.steps.div_ceil(STEPS) as f64;
        let first = now - self.energies.len() as f64;
        let top = self.energies.iter().flatten().copied().fold(0.1, f64::max);
        let world = Bounds { low: [first.max(0.0), 0.0], high: [first.max(0.0) + HISTORY as f64, 1.2 * top] };
        let chart =
            Plot::new(outer, world, "Energy in the pictures", "frames", "1.9 (1 \u{2212} cos \u{3b8}) + p\u{b2}");
        chart.axes(scene);
        for (index, color) in [(0, Color::Truth), (2, Color::Baseline), (1, Color::Model)] {
            let line: Vec<Point> =
                self.energies.iter().zip(0..).map(|(e, k)| [first + f64::from(k), e[index]]).collect();
            let pen = Stroke::new(color, 2.0);
            chart.line(scene, &line, if index == 0 { pen.dashed(4.0) } else { pen });
        }
    }
}

fn frame(scene: &mut Scene, rect: Rect, stroke: Stroke) {
    let (right, bottom) = (rect.x + rect.width, rect.y + rect.height);
    scene.line([[rect.x, rect.y], [right, rect.y], [right, bottom], [rect.x, bottom], [rect.x, rect.y]], stroke);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_angle_is_read_off_a_picture() {
        for degrees in [-30.0_f64, -12.0, 0.0, 5.0, 25.0] {
            let read = angle(&rod(degrees.to_radians())).to_degrees();
            assert!((read - degrees).abs() < 1.0, "{degrees} is read as {read}");
        }
    }

    #[test]
    fn a_gauge_is_found_from_pictures_and_inverts() {
        let points = lattice(Bounds::symmetric(0.8, 0.8), GAUGE_LATTICE);
        let show = |[x, y]: Point| [0.5 * x + 0.1 * y + 0.02, -0.05 * x + 0.15 * y];
        let pictures: Vec<f32> = points
            .iter()
            .flat_map(|z| {
                let [now, turn] = show(*z);
                [rod(now), rod(now + turn)].concat()
            })
            .collect();
        let gauge = Gauge::fit(&points, &pictures).unwrap();
        for z in [[0.3, -0.2], [-0.7, 0.4]] {
            let (read, expected) = (gauge.read(z), show(z));
            assert!((read[0] - expected[0]).abs() < 0.02 && (read[1] - expected[1]).abs() < 0.02);
            let back = gauge.latent(read);
            assert!((back[0] - z[0]).abs() < 1e-9 && (back[1] - z[1]).abs() < 1e-9);
        }
        assert!(Gauge::fit(&points, &vec![0.0; pictures.len()]).is_none());
    }
}
