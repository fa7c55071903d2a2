//! The recorded pendulum (Schmidt and Lipson, Science 2009): friction that a model which conserves energy cannot follow.
//!
//! The record itself is not part of this page. What stands for it is a law fitted to it by least squares,
//! o' = v, v' = -1.294 sin o - 0.0093 v (o: angle in rad, v: angular velocity in rad/s); every curve here is computed.

use demo::{
    Anchor, Bounds, Color, Context, Control, Demo, Entry, Error, Handle, Plot, Point, Probe, Readout, Rect, Save,
    Scene, Size, Spec, Stroke, Table, Tick, Value,
};
use math::ops::{cos, sin};

use super::contestant::field_of;
use super::drawn;
use super::phase::{Rollout, grip, lattice, legend, levels, percent, refine, world_segments};
use super::tables::{Plane, curves};
use crate::data::recorded::energy;
use crate::model::{Kind, Plain};
use demo::snapshot::{Reader, Writer, bad};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "recorded", models: &["real-hnn", "real-baseline"], webgpu_pays: false, new };

/// Least-squares fit to the record: sin o and v in v'.
const FIT: [f64; 2] = [-1.294, -0.0093];
/// Energies between which the record's training part decays, in the units of [`energy`].
const TRAINED: [f64; 2] = [0.90, 2.07];
/// Time between two samples of the record.
const SAMPLE_SECS: f64 = 1.0 / 6.0;
/// Step of a smooth rollout: a tenth of a radian of swing, an error of Runge-Kutta far below a pixel.
const SMOOTH_SECS: f64 = 1.0 / 12.0;
/// Steps of each curve in one tick.
const STEPS_PER_TICK: usize = 12;
/// Points along each side of the lattice of H.
const LATTICE: usize = 25;
/// How much finer level lines are drawn than H is known, and how many.
const REFINEMENT: usize = 3;
const LEVELS: usize = 13;
/// A run plays in so many of the visitor's seconds, and its end rests for some.
const PLAY_SECS: f64 = 9.0;
const REST_SECS: f64 = 2.0;
/// At rest at 51 degrees: the energy with which the test part of the record begins, 0.90.
const START: Point = [0.896, 0.0];
/// The layout of a snapshot.
const VERSION: u32 = 1;

/// Who swings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Swing {
    Fit,
    Baseline,
    Hnn,
}

const SWINGS: [Swing; 3] = [Swing::Fit, Swing::Baseline, Swing::Hnn];

impl Swing {
    fn name(self) -> &'static str {
        match self {
            Self::Fit => "Record (fit)",
            Self::Baseline => "Baseline",
            Self::Hnn => "HNN",
        }
    }

    fn color(self) -> Color {
        match self {
            Self::Fit => Color::Truth,
            Self::Baseline => Color::Baseline,
            Self::Hnn => Color::Model,
        }
    }

    fn pen(self, width: f64) -> Stroke {
        let pen = Stroke::new(self.color(), width);
        if self == Self::Fit { pen.dashed(4.0) } else { pen }
    }
}

/// How the learned arrows are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stepper {
    /// Runge-Kutta, as a field in continuous time: the paper's evaluation.
    Smooth,
    /// Euler's rule over the record's own time step, in which the targets were measured.
    Record,
}

impl Stepper {
    fn step_secs(self) -> f64 {
        match self {
            Self::Smooth => SMOOTH_SECS,
            Self::Record => SAMPLE_SECS,
        }
    }
}

struct Recorded {
    spec: Spec,
    /// HNN and baseline.
    plain: [Plain; 2],
    stepper: Stepper,
    horizon_secs: f64,
    start: Point,
    /// In the order of [`SWINGS`].
    paths: [Rollout; 3],
    /// Level lines of the HNN's H, and the range of H in the plane that is shown.
    levels: Vec<[Point; 2]>,
    range: f64,
    time_secs: f64,
    rest_secs: f64,
}

/// Everything on the CPU, whatever the figure's engine: one state at a time gains nothing elsewhere.
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let plain = [load(context, Kind::Hnn, "real-hnn")?, load(context, Kind::Baseline, "real-baseline")?];
    let path = Rollout::new(START, SMOOTH_SECS);
    let mut demo = Recorded {
        spec: spec(),
        plain,
        stepper: Stepper::Smooth,
        horizon_secs: 20.0,
        start: drawn(context.seed, START),
        paths: [path.clone(), path.clone(), path],
        levels: Vec::new(),
        range: 1.0,
        time_secs: 0.0,
        rest_secs: 0.0,
    };
    demo.draw_levels();
    demo.restart()?;
    Ok(Box::new(demo))
}

fn load(context: &Context, kind: Kind, name: &str) -> Result<Plain, Error> {
    let plain = Plain::load(kind, &context.models.get(name)?)?;
    let bad = |reason: &str| Error::BadModel { name: name.into(), reason: reason.into() };
    if plain.dimension() == 2 { Ok(plain) } else { Err(bad("two numbers per state are needed.")) }
}

fn spec() -> Spec {
    Spec {
        title: "A pendulum with friction".into(),
        summary: "A recorded pendulum loses energy to friction. A law fitted to the record spirals inwards; the HNN keeps \
                  to one of its level lines; the baseline goes its own way. Phase plane, pendulums and energies over time."
            .into(),
        help: "Drag the start in the plane of angle and angular velocity. Make the run longer to see more of the decay. The \
               learned arrows are followed smoothly (Runge\u{2013}Kutta, as in the paper); let them be followed in the \
               record's own jumps of a sixth of a second (Euler), and see who is right."
            .into(),
        aspect_wide: 1.65,
        aspect_narrow: 0.52,
        controls: vec![
            Control::Slider {
                id: "seconds".into(),
                label: "Length of the run".into(),
                unit: "s".into(),
                min: 10.0,
                max: 95.0,
                step: 5.0,
                default: 20.0,
            },
            Control::choice(
                "steps",
                "Follow the arrows",
                &[("smooth", "smoothly"), ("record", "in jumps")],
            ),
            Control::button("again", "From the start"),
        ],
        model_contract: None,
        paints: false,
    }
}

fn fitted([angle, velocity]: Point) -> Point {
    [velocity, FIT[0] * sin(angle) + FIT[1] * velocity]
}

fn window() -> Bounds {
    Bounds::symmetric(1.75, 1.75)
}

impl Recorded {
    /// Level lines a little beyond the window, so that none ends inside it.
    fn draw_levels(&mut self) {
        let wide = Bounds::symmetric(1.1 * window().high[0], 1.1 * window().high[1]);
        let heights: Vec<f32> = lattice(wide, LATTICE).iter().map(|state| self.plain[0].energy(state) as f32).collect();
        let (low, high) = heights
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), height| (low.min(*height), high.max(*height)));
        self.range = f64::from(high - low);
        let fine = refine(&heights, LATTICE, REFINEMENT);
        self.levels = levels(wide, &fine, (LATTICE - 1) * REFINEMENT + 1, LEVELS);
    }

    /// Begins all three curves anew.
    fn restart(&mut self) -> Result<(), Error> {
        let learned = Rollout::new(self.start, self.stepper.step_secs());
        self.paths = [Rollout::new(self.start, SMOOTH_SECS), learned.clone(), learned];
        self.rewind();
        self.extend_paths()
    }

    fn rewind(&mut self) {
        self.time_secs = 0.0;
        self.rest_secs = 0.0;
    }

    fn advance(&mut self, dt_secs: f64) -> Result<(), Error> {
        self.extend_paths()?;
        self.advance_time(dt_secs);
        Ok(())
    }

    fn extend_paths(&mut self) -> Result<(), Error> {
        let [hnn, baseline] = &self.plain;
        let (horizon, stepper) = (self.horizon_secs, self.stepper);
        for (swing, path) in SWINGS.into_iter().zip(&mut self.paths) {
            let plain = if swing == Swing::Hnn { hnn } else { baseline };
            match (swing, stepper) {
                (Swing::Fit, _) => path.advance(STEPS_PER_TICK, horizon, |state| Ok(fitted(state)))?,
                (_, Stepper::Smooth) => path.advance(STEPS_PER_TICK, horizon, |state| Ok(field_of(plain, state)))?,
                (_, Stepper::Record) => jump(path, STEPS_PER_TICK, horizon, |state| field_of(plain, state)),
            }
        }
        Ok(())
    }

    /// Time goes on as far as every curve is known, which is soon; the end rests, and the run begins again.
    fn advance_time(&mut self, dt_secs: f64) {
        let known = |path: &Rollout| if path.diverged { f64::INFINITY } else { path.secs() };
        let known = self.paths.iter().map(known).fold(self.horizon_secs, f64::min);
        let next = self.time_secs + dt_secs * self.horizon_secs / PLAY_SECS;
        self.time_secs = next.min(known).max(self.time_secs);
        if self.time_secs >= self.horizon_secs - 0.5 * SAMPLE_SECS {
            self.rest_secs += dt_secs;
            if self.rest_secs > REST_SECS {
                self.rewind();
            }
        }
    }

    /// The state of a curve now; none after it has left the plane.
    fn now(&self, index: usize) -> Option<Point> {
        let path = &self.paths[index];
        (self.time_secs <= path.secs() + 1e-9).then(|| path.at(self.time_secs))
    }

    /// The change of H along the HNN's curve so far, as a share of the range of H over the plane.
    fn drift(&self) -> Option<f64> {
        let [hnn, _] = &self.plain;
        let change = hnn.energy(&self.now(2)?) - hnn.energy(&self.start);
        (self.range > 0.0).then(|| change.abs() / self.range)
    }
}

/// Euler's rule: the state jumps along the arrow for a whole time step.
fn jump(path: &mut Rollout, steps: usize, horizon_secs: f64, field: impl Fn(Point) -> Point) {
    for _ in 0..steps {
        if path.complete(horizon_secs) {
            break;
        }
        let (state, slope) = (path.last(), field(path.last()));
        let next = [state[0] + path.dt_secs * slope[0], state[1] + path.dt_secs * slope[1]];
        path.diverged = !next.iter().all(|value| value.abs() < 20.0);
        if !path.diverged {
            path.points.push(next);
        }
    }
}

impl Demo for Recorded {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "seconds" => {
                self.horizon_secs = value.as_number();
                self.restart()?;
            }
            "steps" => {
                self.stepper = if value.as_text() == "record" { Stepper::Record } else { Stepper::Smooth };
                self.restart()?;
            }
            "again" => self.rewind(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        let done = self.advance(dt_secs);
        Box::pin(std::future::ready(done))
    }

    fn draw(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        self.draw_plane(scene, &layout);
        self.draw_pendulums(scene, layout.pendulums);
        self.draw_energies(scene, layout.energies);
    }

    fn readouts(&self) -> Vec<Readout> {
        let unit = format!("s of {} s", self.horizon_secs);
        let mut readouts = vec![Readout::number("time", "Time", self.time_secs, 3, &unit)];
        let start = energy(self.start).max(1e-9);
        for (index, swing) in SWINGS.into_iter().enumerate().rev() {
            let id = ["energy-fit", "energy-baseline", "energy-hnn"][index];
            let label =
                format!("Energy left, {}", if swing == Swing::Fit { "fit to the record" } else { swing.name() });
            readouts.push(match self.now(index).map(|state| energy(state) / start) {
                Some(share) => Readout { id: id.into(), label, text: percent(share), number: Some(100.0 * share) },
                None => Readout::text(id, &label, "it left the plane"),
            });
        }
        if let Some(drift) = self.drift() {
            let label = "The HNN\u{2019}s own H moved, of its range here".into();
            let text = percent(drift);
            readouts.push(Readout { id: "drift".into(), label, text, number: Some(100.0 * drift) });
        }
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let plane = Plane { axes: ["angle (rad)", "angular velocity (rad/s)"], energy: &energy };
        let [fit, baseline, hnn] = &self.paths;
        let learned = [("HNN", hnn.points.as_slice()), ("baseline", &baseline.points)];
        vec![
            curves("fit", &plane, fit.dt_secs, &[("fit to the record", &fit.points)]),
            curves("networks", &plane, hnn.dt_secs, &learned),
        ]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let [angle, velocity] = self.start;
        vec![Handle {
            id: "start".into(),
            label: "Start".into(),
            text: format!("angle {angle:.2} rad, angular velocity {velocity:.2} rad/s").replace('-', "\u{2212}"),
            world: self.start,
            step: [0.05, 0.05],
            bounds: Bounds::symmetric(1.6, 1.6),
            view: Layout::new(size).plane.view,
            radius: 11.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "start" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.start = world;
        self.restart()
    }

    fn save(&mut self) -> Save<'_> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.points(&[self.start]);
        writer.f64(self.time_secs);
        writer.f64(self.rest_secs);
        for path in &self.paths {
            path.save(&mut writer);
        }
        Box::pin(std::future::ready(Ok(writer.finish())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let start = reader.points()?;
        let (time_secs, rest_secs) = (reader.f64()?, reader.f64()?);
        let mut paths = self.paths.clone();
        for (path, swing) in paths.iter_mut().zip(SWINGS) {
            let dt_secs = if swing == Swing::Fit { SMOOTH_SECS } else { self.stepper.step_secs() };
            *path = Rollout::restore(&mut reader, dt_secs)?;
        }
        reader.finish()?;
        let finite = |points: &[Point]| points.iter().flatten().all(|value| value.is_finite());
        let most = (self.horizon_secs / SMOOTH_SECS) as usize + 2;
        let whole = start.len() == 1
            && finite(&start)
            && paths.iter().all(|path| (1..=most).contains(&path.points.len()) && finite(&path.points))
            && (0.0..=self.horizon_secs).contains(&time_secs)
            && (0.0..=2.0 * REST_SECS).contains(&rest_secs);
        if !whole {
            return Err(bad("its numbers do not fit this run."));
        }
        (self.start, self.paths) = (start[0], paths);
        (self.time_secs, self.rest_secs) = (time_secs, rest_secs);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(async move {
            let states = [0.0, 0.5, 0.9, 0.0, -0.7, 1.1, 1.4, -0.3];
            let mut outputs = Vec::new();
            for network in &self.plain {
                outputs.extend(network.fields(&states).into_iter().map(|value| value as f32));
            }
            Ok(outputs)
        })
    }
}

/// Where plane, pendulums and energies lie.
struct Layout {
    plane: Plot,
    pendulums: Rect,
    energies: Rect,
}

impl Layout {
    fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (plane, pendulums, energies) = if size.width >= 560.0 {
            let (left, right) = all.split_columns(0.56, 14.0);
            let (upper, lower) = right.split_rows(0.4, 4.0);
            (left, upper, lower)
        } else {
            let (upper, rest) = all.split_rows(0.55, 2.0);
            let (middle, lower) = rest.split_rows(0.4, 4.0);
            (upper, middle, lower)
        };
        // The blank title keeps room for the legend.
        let mut plane = Plot::new(plane, window(), " ", "angle o (rad)", "angular velocity v (rad/s)");
        plane.title.clear();
        Self { plane, pendulums, energies }
    }
}

impl Recorded {
    fn draw_plane(&self, scene: &mut Scene, layout: &Layout) {
        let plot = &layout.plane;
        plot.axes(scene);
        let frame = plot.view.figure;
        let order = [Swing::Fit, Swing::Hnn, Swing::Baseline];
        legend(
            scene,
            [frame.x.min(frame.x + frame.width - 245.0), frame.y - 8.0],
            &order.map(|swing| (swing.name(), swing.pen(2.2))),
        );
        world_segments(scene, plot, &self.levels, Stroke::new(Color::Model.alpha(0.28), 1.0));
        for (index, swing) in SWINGS.into_iter().enumerate() {
            let path = &self.paths[index];
            plot.line(scene, &path.points, Stroke { paint: swing.color().alpha(0.3), ..swing.pen(1.2) });
            plot.line(scene, &path.stretch(0.0, self.time_secs), swing.pen(1.8));
        }
        scene.clip(frame, |scene| {
            for (index, swing) in SWINGS.into_iter().enumerate() {
                if let Some(state) = self.now(index) {
                    scene.circle(plot.view.figure_from_world(state), 5.5, swing.color());
                }
            }
        });
        grip(scene, plot.view.figure_from_world(self.start));
        let (right, bottom) = (frame.x + frame.width, frame.y + frame.height);
        let ground = Rect { x: right - 206.0, y: bottom - 21.0, width: 205.0, height: 20.0 };
        scene.fill(ground, Color::Paper.alpha(0.85));
        let words = "thin rings: level lines of the HNN\u{2019}s H";
        scene.text([right - 6.0, bottom - 8.0], words, 11.0, Anchor::End, Color::Muted);
    }

    fn draw_pendulums(&self, scene: &mut Scene, outer: Rect) {
        let length = (outer.height - 30.0).min(outer.width * 0.5 - 16.0);
        let pivot = [outer.x + outer.width / 2.0, outer.y + 12.0];
        scene.line([[pivot[0] - 30.0, pivot[1]], [pivot[0] + 30.0, pivot[1]]], Stroke::new(Color::Muted, 2.0));
        scene.clip(outer, |scene| {
            for (index, swing) in SWINGS.into_iter().enumerate() {
                let Some([angle, _]) = self.now(index) else { continue };
                let bob = [pivot[0] + length * sin(angle), pivot[1] + length * cos(angle)];
                scene.line([pivot, bob], Stroke::new(swing.color().alpha(0.8), 2.0));
                scene.circle(bob, 8.0, swing.color());
            }
        });
    }

    fn draw_energies(&self, scene: &mut Scene, outer: Rect) {
        let lines = self.paths.iter().map(|path| {
            let energies = path.points.iter().enumerate();
            energies.map(|(index, state)| [index as f64 * path.dt_secs, energy(*state)]).collect::<Vec<Point>>()
        });
        let lines: Vec<Vec<Point>> = lines.collect();
        let start = energy(self.start);
        let top = lines.iter().flatten().map(|point| point[1]).fold(start, f64::max);
        let world =
            Bounds { low: [0.0, 0.0], high: [self.horizon_secs, (1.15 * top).clamp(0.2, 3.0 * start.max(0.3))] };
        let chart = Plot::new(outer, world, "Energy", "seconds", "2.4 (1 \u{2212} cos o) + v\u{b2}");
        Self::draw_trained(scene, &chart);
        chart.axes(scene);
        for (swing, line) in SWINGS.into_iter().zip(&lines) {
            chart.line(scene, line, Stroke { paint: swing.color().alpha(0.3), ..swing.pen(1.2) });
            let shown: Vec<Point> =
                line.iter().copied().take_while(|point| point[0] <= self.time_secs + 1e-9).collect();
            chart.line(scene, &shown, swing.pen(2.2));
        }
    }

    /// A band over the energies that the training part of the record passes through.
    fn draw_trained(scene: &mut Scene, chart: &Plot) {
        let (world, frame) = (chart.view.world, chart.view.figure);
        let [low, high] = TRAINED.map(|height| height.min(world.high[1]));
        if high <= low {
            return;
        }
        let [_, top] = chart.view.figure_from_world([0.0, high]);
        let [_, bottom] = chart.view.figure_from_world([0.0, low]);
        scene.fill(Rect { y: top, height: bottom - top, ..frame }, Color::Muted.alpha(0.1));
        if bottom - top > 16.0 {
            let at = [frame.x + frame.width - 6.0, top + 13.0];
            scene.text(at, "trained on", 11.0, Anchor::End, Color::Muted);
        }
    }
}
