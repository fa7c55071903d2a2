//! A painted patch of the phase plane, carried by the exact law and by both networks: does its area last?
//!
//! Liouville's theorem: a Hamiltonian flow keeps phase-space area, because the divergence of (dH/dp, -dH/dq) is zero. The
//! Hamiltonian network obeys it whatever it has learned; nothing makes the plain network obey it.
//!
//! Every tick carries some rows of the particles through one Runge-Kutta step; what is shown runs one step behind.

use demo::{
    Bounds, Color, Context, Control, Demo, Engine, Entry, Error, Handle, Phase, Plot, Point, Pointer, Probe, Readout,
    Rect, Save, Scene, Size, Spec, Stroke, Table, Tick, Value, View, format_number,
};
use math::ops::hypot;

use super::drawn;
use super::flow::{Carrier, Flow};
use super::patch::{Outline, Patch};
use super::phase::{Law, frame, law_levels, legend, percent, plane, probe_states, tag, world_segments};
use super::tables::states;
use crate::model::{Kind, Network};
use demo::snapshot::{Reader, Writer, bad};

/// The figure's place in the registry.
pub const ENTRY: Entry =
    Entry { id: "liouville", models: &["pendulum-hnn", "pendulum-baseline"], webgpu_pays: true, new };

const LAW: Law = Law::Pendulum;
/// One step. An eighth keeps Runge-Kutta's own loss of area under a thousandth over the run.
const DT_SECS: f64 = 0.125;
/// Steps to the end of the run, at time 12.
const LAST: i32 = 96;
/// Rows that a CPU carries in one tick at most: about 20 ms for both networks.
const CPU_ROWS: usize = 256;
/// A brush's radius for a patch of size 1.
const BRUSH: f64 = 0.3;
/// Layout of the snapshot.
const VERSION: u32 = 1;
/// Where layouts turn from two columns to three.
const WIDE: f64 = 560.0;

/// The areas at one lattice time, as shares of the area at the start.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Record {
    time_secs: f64,
    areas: [f64; 3],
}

struct Liouville {
    spec: Spec,
    engine: Engine,
    outline: Outline,
    center: Point,
    size: f64,
    speed: f64,
    painting: bool,
    patch: Patch,
    /// Exact, Hamiltonian, plain.
    flows: [Flow; 3],
    clock: Clock,
    records: Vec<Record>,
    /// Mean distance of the particles from their starts, after time ran back to zero.
    returned: Option<[f64; 3]>,
    /// Level lines of the exact energy.
    ground: Vec<[Point; 2]>,
}

/// Where the step on show lies in time, and how far it is played.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Clock {
    /// Lattice time of the step's beginning, or of rest.
    from: i32,
    /// +1 or -1: the sense in which the step on show was computed, or in which the next one shall be when at rest.
    sense: i32,
    /// Played from its end to its beginning.
    backwards: bool,
    /// Whether there is a step on show.
    moving: bool,
    /// How much of it is played, 0 to 1.
    played: f64,
}

impl Clock {
    const START: Self = Self { from: 0, sense: 1, backwards: false, moving: false, played: 0.0 };

    /// +1 while time runs forwards, -1 while it runs back.
    fn direction(&self) -> i32 {
        if self.backwards { -self.sense } else { self.sense }
    }

    /// The lattice time towards which the step on show runs.
    fn heading(&self) -> i32 {
        if !self.moving || self.backwards { self.from } else { self.from + self.sense }
    }

    /// Whether nothing comes after the step on show.
    fn is_last(&self) -> bool {
        if self.direction() > 0 { self.heading() >= LAST } else { self.heading() <= 0 }
    }

    /// Place between the computed beginning (0) and end (1) of the step.
    fn share(&self) -> f64 {
        if self.backwards { 1.0 - self.played } else { self.played }
    }

    fn secs(&self) -> f64 {
        let within = if self.moving { self.share() * f64::from(self.sense) } else { 0.0 };
        (f64::from(self.from) + within) * DT_SECS
    }

    fn turn(&mut self) {
        if self.moving {
            self.backwards = !self.backwards;
            self.played = 1.0 - self.played;
        } else {
            self.sense = if self.from >= LAST { -1 } else { 1 };
        }
    }

    /// The next step comes on show.
    fn take_next(&mut self) {
        *self = Self {
            from: self.heading(),
            sense: self.direction(),
            backwards: false,
            moving: true,
            played: (self.played - 1.0).max(0.0),
        };
    }

    fn stop(&mut self) {
        *self = Self { from: self.heading(), sense: self.direction(), backwards: false, moving: false, played: 0.0 };
    }
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let network = |kind: Kind| -> Result<Flow, Error> {
        let name = format!("pendulum-{}", kind.name());
        let model = Network::load(kind, &context.models.get(&name)?, context.engine)?;
        if model.shape().dimension != 2 {
            return Err(Error::BadModel { name, reason: "two numbers per state are needed.".into() });
        }
        Ok(Flow::new(Carrier::Network(model)))
    };
    let exact = Flow::new(Carrier::Exact(LAW));
    let mut liouville = Liouville {
        spec: spec(),
        engine: context.engine,
        outline: Outline::Cat,
        center: drawn(context.seed, [1.2, 0.0]),
        size: 0.75,
        speed: 0.2,
        painting: false,
        patch: Patch::new(&Outline::Disc, [0.0, 0.0], 0.1),
        flows: [exact, network(Kind::Hnn)?, network(Kind::Baseline)?],
        clock: Clock::START,
        records: Vec::new(),
        returned: None,
        ground: law_levels(LAW),
    };
    liouville.place();
    Ok(Box::new(liouville))
}

fn spec() -> Spec {
    Spec {
        title: "Does a patch of states keep its area?".into(),
        summary:
            "More than four thousand pendulums, each a dot of a patch in the phase plane, carried by the exact law, \
                  by the Hamiltonian network and by the plain network; the patch's area against time."
                .into(),
        help:
            "Press and drag in a plane to paint your own patch, or drag the ring to move it. Liouville's theorem says \
               that a flow with an energy may bend and stretch the patch, but never change its area. The Hamiltonian \
               network has that in its bones, however well or badly it has learned; the plain network swells or \
               shrinks the patch. Turn time around and the particles run back; at time zero the mean distance to their \
               starts is printed. Any smooth field can be run backwards, so a small return error says that the \
               stepping is accurate, not that the law is right. The area is measured as the sum of the signed areas of \
               the little squares between neighbouring particles, wherever the flow has carried their corners; the \
               exact law's reading shows how good that measure, and the Runge-Kutta steps of 1/8, are."
                .into(),
        aspect_wide: 1.85,
        aspect_narrow: 0.9,
        controls: vec![
            Control::choice("patch", "Patch", &[("cat", "Cat"), ("disc", "Disc"), ("ring", "Ring")]),
            Control::slider("size", "Size", 0.2..=1.0, 0.05, 0.75),
            Control::slider("speed", "Speed", 0.1..=1.0, 0.05, 0.2),
            Control::button("turn", "Turn time around"),
            Control::button("again", "Start over"),
        ],
        model_contract: None,
        paints: true,
    }
}

impl Liouville {
    /// The patch anew, at time zero.
    fn place(&mut self) {
        let patch = Patch::new(&self.outline, self.center, self.scale());
        if !patch.particles.is_empty() {
            self.patch = patch;
        }
        for flow in &mut self.flows {
            flow.place(&self.patch.particles);
        }
        self.clock = Clock::START;
        self.records = vec![Record { time_secs: 0.0, areas: [1.0; 3] }];
        self.returned = None;
    }

    /// World units per unit of the outline.
    fn scale(&self) -> f64 {
        if matches!(self.outline, Outline::Strokes(_)) { BRUSH * self.size } else { self.size }
    }

    fn turn(&mut self) {
        if self.returned.is_some() {
            self.place();
        }
        self.clock.turn();
        for flow in &mut self.flows {
            flow.forget();
        }
    }

    /// Rows of the next step in one tick, so that the speed is kept at 60 ticks a second.
    fn rows_per_tick(&self) -> usize {
        let count = self.patch.particles.len();
        match self.engine {
            Engine::Cpu => ((count as f64 * self.speed / (60.0 * DT_SECS)).ceil() as usize).min(CPU_ROWS),
            Engine::WebGpu => count,
        }
    }

    /// Time units per second that the present engine reaches at 60 ticks a second.
    fn pace(&self) -> f64 {
        let by_work = 60.0 * DT_SECS * self.rows_per_tick() as f64 / self.patch.particles.len().max(1) as f64;
        self.speed.min(by_work)
    }

    async fn advance(&mut self, dt_secs: f64) -> Result<(), Error> {
        if self.painting {
            return Ok(());
        }
        if !self.clock.is_last() {
            let (rows, dt) = (self.rows_per_tick(), DT_SECS * f64::from(self.clock.direction()));
            for flow in &mut self.flows {
                flow.work(rows, dt, self.clock.backwards).await?;
            }
        }
        self.play(dt_secs);
        Ok(())
    }

    /// Plays the step on show as far as the next one is computed, so that the motion never stops to wait.
    fn play(&mut self, dt_secs: f64) {
        let count = self.patch.particles.len();
        let done = self.flows.iter().map(Flow::done).min().unwrap_or_default();
        let (last, complete) = (self.clock.is_last(), done == count);
        if self.clock.moving {
            let limit = if last || complete { 1.0 } else { done as f64 / count as f64 };
            let ahead = self.clock.played + self.speed * dt_secs / DT_SECS;
            self.clock.played = ahead.min(limit.max(self.clock.played));
            if self.clock.played < 1.0 {
                return;
            }
        }
        if last {
            self.rest();
        } else if complete {
            for flow in &mut self.flows {
                flow.take_next(self.clock.backwards);
            }
            self.clock.take_next();
            self.record();
        }
    }

    fn rest(&mut self) {
        if !self.clock.moving {
            return;
        }
        let came_back = self.clock.heading() <= 0;
        for flow in &mut self.flows {
            flow.stop(self.clock.backwards);
        }
        self.clock.stop();
        if came_back {
            let starts = &self.patch.particles;
            self.returned = Some(std::array::from_fn(|index| mean_distance(self.flows[index].end(false), starts)));
        }
    }

    /// The areas at the end of the step on show.
    fn record(&mut self) {
        let start = self.patch.area(&self.patch.particles);
        let areas = std::array::from_fn(|index| self.patch.area(self.flows[index].end(false)) / start);
        self.records.push(Record { time_secs: f64::from(self.clock.heading()) * DT_SECS, areas });
    }

    fn areas(&self) -> [f64; 3] {
        self.records.last().map_or([1.0; 3], |record| record.areas)
    }

    fn save_now(&mut self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        let strokes: &[Vec<Point>] = if let Outline::Strokes(strokes) = &self.outline { strokes } else { &[] };
        writer.bool(matches!(self.outline, Outline::Strokes(_)));
        writer.count(strokes.len());
        for stroke in strokes {
            writer.points(stroke);
        }
        writer.points(&[self.center]);
        let Clock { from, sense, backwards, moving, played } = self.clock;
        writer.f64s(&[
            f64::from(from),
            f64::from(sense),
            f64::from(u8::from(backwards)),
            f64::from(u8::from(moving)),
            played,
        ]);
        for flow in &mut self.flows {
            flow.save(&mut writer);
        }
        writer.f64s(
            &self
                .records
                .iter()
                .flat_map(|record| [record.time_secs].into_iter().chain(record.areas))
                .collect::<Vec<_>>(),
        );
        writer.f64s(self.returned.as_ref().map_or(&[], |errors| errors.as_slice()));
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let painted = reader.bool()?;
        let strokes = (0..reader.count()?).map(|_| reader.points()).collect::<Result<Vec<_>, _>>()?;
        if painted {
            self.outline = Outline::Strokes(strokes);
        }
        self.center = *reader.points()?.first().ok_or_else(|| bad("its patch is missing."))?;
        self.place();
        let clock = reader.f64s()?;
        let [from, sense, backwards, moving, played] = clock.as_slice() else {
            return Err(bad("its clock is damaged."));
        };
        self.clock = Clock {
            from: *from as i32,
            sense: if *sense < 0.0 { -1 } else { 1 },
            backwards: *backwards > 0.0,
            moving: *moving > 0.0,
            played: *played,
        };
        for flow in &mut self.flows {
            flow.restore(reader, self.patch.particles.len())?;
        }
        if self.flows.iter().any(|flow| flow.is_moving() != self.clock.moving) {
            return Err(bad("its clock does not fit its particles."));
        }
        let record = |values: &[f64; 4]| Record { time_secs: values[0], areas: [values[1], values[2], values[3]] };
        self.records = reader.f64s()?.as_chunks().0.iter().map(record).collect();
        self.returned = reader.f64s()?.first_chunk().copied();
        Ok(())
    }

    async fn probe_now(&mut self) -> Result<Vec<f32>, Error> {
        let mut outputs = Vec::new();
        for network in self.flows.iter_mut().filter_map(Flow::network) {
            outputs.extend(network.energy_and_field(&probe_states(LAW)).await?.1);
        }
        Ok(outputs)
    }
}

/// A share of the area with one decimal: departures of a thousandth are what matters here.
fn share_words(share: f64) -> String {
    if share.is_finite() { format!("{:.1} %", 100.0 * share) } else { percent(share) }
}

fn mean_distance(points: &[Point], starts: &[Point]) -> f64 {
    let distances = points.iter().zip(starts).map(|(a, b)| hypot(a[0] - b[0], a[1] - b[1]));
    distances.sum::<f64>() / starts.len().max(1) as f64
}

impl Demo for Liouville {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "patch" => {
                self.outline = Outline::from_id(value.as_text());
                self.place();
            }
            "size" => {
                self.size = value.as_number();
                self.place();
            }
            "speed" => self.speed = value.as_number(),
            "turn" => self.turn(),
            "again" => self.place(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        Box::pin(self.advance(dt_secs))
    }

    fn draw(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        for (index, plot) in layout.plots.iter().enumerate() {
            self.draw_plane(scene, plot, index);
        }
        self.draw_areas(scene, layout.chart);
        let center = layout.plots[0].view.figure_from_world(self.center);
        scene.circle(center, 7.0, Color::Paper.alpha(0.6));
        scene.ring(center, 7.0, Stroke::new(Color::Highlight, 2.2));
    }

    fn readouts(&self) -> Vec<Readout> {
        let way = match (self.clock.moving, self.clock.direction() > 0) {
            (true, false) => ", running back",
            (false, _) if self.clock.from >= LAST => ", the end: turn time around",
            _ => "",
        };
        let mut readouts = vec![
            Readout::text("time", "Time", format!("{:.2}{way}", self.clock.secs())),
            Readout::number("particles", "Particles", self.patch.particles.len() as f64, 4, ""),
            Readout::number("pace", "Time units a second, at most", self.pace(), 2, ""),
        ];
        for ((id, name), area) in NAMES.into_iter().zip(self.areas()) {
            let number = area.is_finite().then_some(100.0 * area);
            readouts.push(Readout {
                number,
                ..Readout::text(&format!("area-{id}"), &format!("Area, {name}"), share_words(area))
            });
        }
        for ((id, name), error) in NAMES.into_iter().zip(self.returned.into_iter().flatten()) {
            readouts.push(Readout::number(&format!("return-{id}"), &format!("Return error, {name}"), error, 2, ""));
        }
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let times: Vec<f64> = self.records.iter().map(|record| record.time_secs).collect();
        let areas =
            NAMES.iter().enumerate().fold(Table::new("areas").column("time", times), |table, (index, (_, name))| {
                let shares: Vec<f64> = self.records.iter().map(|record| record.areas[index]).collect();
                table.column(&format!("area as a share of the first, {name}"), shares)
            });
        let starts = states(Table::new("particles"), ["q", "p"], "at the start", &self.patch.particles);
        let particles = NAMES.iter().zip(&self.flows).fold(starts, |table, ((_, name), flow)| {
            states(table, ["q", "p"], name, &flow.at(self.clock.share(), DT_SECS * f64::from(self.clock.sense)))
        });
        vec![areas, particles]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let [q, p] = self.center;
        vec![Handle {
            id: "center".into(),
            label: "Middle of the patch".into(),
            text: format!("angle q {}, momentum p {}", format_number(q, 3), format_number(p, 3)),
            world: self.center,
            step: [0.1, 0.1],
            bounds: Bounds::symmetric(2.4, 2.4),
            view: Layout::new(size).plots[0].view,
            radius: 12.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "center" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.center = world;
        self.place();
        Ok(())
    }

    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        if pointer.phase == Phase::End {
            self.painting = false;
            return Ok(());
        }
        let views = Layout::new(size).plots.map(|plot| plot.view);
        let Some(view) = views.iter().find(|view| view.figure.contains(pointer.at)) else { return Ok(()) };
        let world = view.world_from_figure(pointer.at);
        if pointer.phase == Phase::Start {
            self.painting = true;
            self.center = world;
            self.outline = Outline::Strokes(vec![Vec::new()]);
        }
        if self.painting {
            let scale = self.scale();
            self.outline.extend([(world[0] - self.center[0]) / scale, (world[1] - self.center[1]) / scale]);
            self.place();
        }
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        self.restore_from(&mut reader)?;
        reader.finish()
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(self.probe_now())
    }
}

/// Ids and names of the three flows.
const NAMES: [(&str, &str); 3] = [("exact", "exact law"), ("hnn", "Hamiltonian"), ("baseline", "plain")];
const COLORS: [Color; 3] = [Color::Truth, Color::Model, Color::Baseline];

/// Plots and rectangles of a figure's size.
struct Layout {
    plots: [Plot; 3],
    chart: Rect,
}

impl Layout {
    fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let wide = size.width >= WIDE;
        let (outers, chart) = if wide {
            let (upper, chart) = all.split_rows(0.62, 4.0);
            (upper.columns(3, 6.0), chart)
        } else {
            let rows = all.rows(2, 4.0);
            let cells: Vec<Rect> = rows.iter().flat_map(|row| row.columns(2, 4.0)).collect();
            (cells[..3].to_vec(), cells[3])
        };
        Self { plots: std::array::from_fn(|index| plane(outers[index], LAW, wide)), chart }
    }
}

impl Liouville {
    fn draw_plane(&self, scene: &mut Scene, plot: &Plot, index: usize) {
        let title = ["Exact law", "Hamiltonian", "Plain network"][index];
        frame(scene, plot, title, COLORS[index]);
        world_segments(scene, plot, &self.ground, Stroke::new(Color::Grid, 1.0));
        let start = self.patch.boundary(&self.patch.particles);
        world_segments(scene, plot, &start, Stroke::new(Color::Muted.alpha(0.55), 1.0));
        let points = self.flows[index].at(self.clock.share(), DT_SECS * f64::from(self.clock.sense));
        let shown = points.iter().map(|point| plot.view.figure_from_world(*point));
        let shown: Vec<Point> = shown.filter(|point| plot.view.figure.contains(*point)).collect();
        scene.dots(shown, (plot.view.figure.width / 300.0).clamp(0.7, 1.2), COLORS[index].alpha(0.6));
        let finite = |side: &[Point; 2]| side.iter().flatten().all(|value| value.is_finite());
        let rim: Vec<[Point; 2]> = self.patch.boundary(&points).into_iter().filter(finite).collect();
        world_segments(scene, plot, &rim, Stroke::new(COLORS[index], 1.2));
        tag(scene, &plot.view, &format!("area {}", share_words(self.areas()[index])));
    }

    fn draw_areas(&self, scene: &mut Scene, outer: Rect) {
        let shares = || self.records.iter().flat_map(|record| record.areas).filter(|area| area.is_finite());
        let low = shares().fold(0.9, f64::min).max(0.0);
        let high = shares().fold(1.1, f64::max).min(4.0);
        let margin = 0.08 * (high - low);
        let world =
            Bounds { low: [0.0, 100.0 * (low - margin)], high: [f64::from(LAST) * DT_SECS, 100.0 * (high + margin)] };
        let mut plot = Plot::new(outer, world, " ", "time", "area, %");
        plot.title.clear();
        plot.ticks = [4, 3];
        plot.axes(scene);
        plot.line(scene, &[[0.0, 100.0], [world.high[0], 100.0]], Stroke::new(Color::Grid, 1.0));
        for index in [2, 1, 0] {
            let line: Vec<Point> =
                self.records.iter().map(|record| [record.time_secs, 100.0 * record.areas[index]]).collect();
            let pen = Stroke::new(COLORS[index], 2.0);
            plot.line(scene, &line, if index == 0 { pen.dashed(5.0) } else { pen });
            if let Some(end) = line.last().filter(|end| end[1].is_finite()) {
                dot(scene, &plot.view, *end, COLORS[index]);
            }
        }
        if outer.width >= WIDE / 2.0 {
            let dash = [4.0, 0.0, 0.0];
            let pens = [0, 1, 2].map(|index| (NAMES[index].1, Stroke::new(COLORS[index], 2.0).dashed(dash[index])));
            let rect = plot.view.figure;
            legend(scene, [rect.x, rect.y - 7.0], &pens);
        }
    }
}

fn dot(scene: &mut Scene, view: &View, world: Point, color: Color) {
    let at = view.figure_from_world(world);
    if view.figure.contains(at) {
        scene.circle(at, 3.5, color);
    }
}
