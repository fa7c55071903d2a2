//! Two and three bodies on a table: drag them, watch truth, HNN and baseline part, and watch what becomes of 256 copies.
//!
//! State order everywhere as in the paper's code: all positions (x's, then y's), then all momenta; unit masses, G = 1.

use burn::tensor::Device;
use demo::{
    Anchor, Bounds, Color, Context, Control, Demo, Engine, Entry, Error, Handle, Plot, Point, Probe, Readout, Rect,
    Save, Scene, Size, Spec, Stroke, Table, Tick, Value, View,
};
use math::ops::{hypot, powf, sqrt};
use math::random::Mt19937;
use physics::System;
use physics::integrators::{Integrator, Rk4};
use physics::systems::NBody;

use super::contestant::read;
use crate::data::orbits;
use crate::model::{Dynamics, Kind, Plain, tensor};
use demo::snapshot::{Reader, Writer, bad};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry {
    id: "bodies",
    models: &["two-body-hnn", "two-body-baseline", "three-body-hnn", "three-body-baseline"],
    webgpu_pays: true,
    new,
};

/// Perturbed copies in the fan.
const COPIES: usize = 256;
/// Rows of the fan that a CPU advances in one tick: about 4 ms of matrix products.
const CPU_ROWS: usize = 64;
/// Steps of the three trails within one step of the fan.
const SUBSTEPS: usize = 2;
/// Steps of the three trails in one tick.
const STEPS_PER_TICK: usize = 4;
/// How long the end of a run stays, in the visitor's seconds.
const PAUSE_SECS: f64 = 2.5;
/// Where a state counts as lost: far outside the table.
const LOST: f64 = 50.0;
/// The layout of a snapshot.
const VERSION: u32 = 1;

/// One of the two tables, as trained.
struct Task {
    bodies: usize,
    /// Ids of its handles begin so; the tables keep their own starts.
    prefix: &'static str,
    /// End of a run. Two bodies: the paper's evaluation; three: the length of the training trajectories.
    horizon: f64,
    /// One step of the fan.
    frame: f64,
    /// Time units per second of the visitor's time.
    pace: f64,
    /// Half the height of the table.
    reach: f64,
    /// The fastest start on offer, per component.
    top_speed: f64,
    /// Length of a velocity arrow per unit of speed, in units of the table.
    arrow: f64,
    /// Least and greatest energy among the training starts (1000 and 5000 draws of the task's recipe).
    trained: [f64; 2],
}

const TASKS: [Task; 2] = [
    Task {
        bodies: 2,
        prefix: "two",
        horizon: 25.0,
        frame: 0.1,
        pace: 2.0,
        reach: 2.3,
        top_speed: 0.8,
        arrow: 1.6,
        trained: [-0.374, -0.098],
    },
    Task {
        bodies: 3,
        prefix: "three",
        horizon: 5.0,
        frame: 0.05,
        pace: 0.6,
        reach: 1.9,
        top_speed: 1.4,
        arrow: 0.7,
        trained: [-1.2, -0.5],
    },
];

/// Who moves the bodies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mover {
    Truth,
    Hnn,
    Baseline,
}

const MOVERS: [Mover; 3] = [Mover::Truth, Mover::Baseline, Mover::Hnn];
/// In the order in which they are painted: the truth last, dashed, over what follows it.
const PAINTED: [usize; 3] = [1, 2, 0];

impl Mover {
    fn name(self) -> &'static str {
        match self {
            Self::Truth => "Truth",
            Self::Hnn => "HNN",
            Self::Baseline => "Baseline",
        }
    }

    fn color(self) -> Color {
        match self {
            Self::Truth => Color::Truth,
            Self::Hnn => Color::Model,
            Self::Baseline => Color::Baseline,
        }
    }

    /// Truth is dashed, as in every figure, so that what lies on it shows.
    fn pen(self, width: f64) -> Stroke {
        let pen = Stroke::new(self.color(), width);
        if self == Self::Truth { pen.dashed(4.0) } else { pen }
    }
}

/// A table's networks: as tensors for the fan, as plain loops for one state.
struct Networks {
    hnn: Dynamics,
    baseline: Dynamics,
    plain: Option<[Plain; 2]>,
}

impl Networks {
    fn load(context: &Context, prefix: &str, device: &Device) -> Result<Self, Error> {
        let load = |kind, suffix: &str| {
            let bytes = context.models.get(&format!("{prefix}-body-{suffix}"))?;
            Dynamics::load(kind, &bytes, device)
        };
        let (hnn, baseline) = (load(Kind::Hnn, "hnn")?, load(Kind::Baseline, "baseline")?);
        Ok(Self { hnn, baseline, plain: None })
    }

    async fn prepare(&mut self) -> Result<(), Error> {
        if self.plain.is_none() {
            self.plain = Some([Plain::from(&self.hnn).await?, Plain::from(&self.baseline).await?]);
        }
        Ok(())
    }
}

/// One trail: states at multiples of the step, row after row, until it is lost.
#[derive(Clone, Default)]
struct Path {
    states: Vec<f64>,
    lost: bool,
}

/// The copies at the fan's frame `index`, one frame later, and what is done of the frame after that.
#[derive(Clone, Default)]
struct Fan {
    index: usize,
    from: Vec<f64>,
    to: Vec<f64>,
    ahead: Vec<f64>,
}

/// A run from one start.
#[derive(Clone, Default)]
struct Run {
    /// In the order of [`MOVERS`].
    paths: [Path; 3],
    fan: Fan,
    time: f64,
    rest_secs: f64,
}

struct Bodies {
    spec: Spec,
    engine: Engine,
    device: Device,
    networks: [Networks; 2],
    /// Standard normal numbers for the copies of either table, centre of mass and momentum zero.
    noise: [Vec<f64>; 2],
    starts: [Vec<f64>; 2],
    table: usize,
    fan: Option<Mover>,
    spread: f64,
    speed: f64,
    run: Run,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let device = nn::device(context.engine);
    let mut demo = Bodies {
        spec: spec(),
        engine: context.engine,
        networks: [Networks::load(context, "two", &device)?, Networks::load(context, "three", &device)?],
        device,
        noise: [noise(context.seed, 2), noise(context.seed, 3)],
        starts: [drawn_start(context.seed, 2), drawn_start(context.seed, 3)],
        table: 0,
        fan: Some(Mover::Hnn),
        spread: 0.01,
        speed: 1.0,
        run: Run::default(),
    };
    demo.restart();
    Ok(Box::new(demo))
}

fn spec() -> Spec {
    Spec {
        title: "Two bodies, three bodies".into(),
        summary: "Bodies that attract each other, moved by Newton's law, by the HNN and by the baseline from the same \
                  start, with an energy chart and a fan of 256 slightly different starts."
            .into(),
        help: "Drag a body, or the tip of its velocity arrow. Its partner moves along, so that the centre of mass and the \
               total momentum stay zero, as in the training data: with two bodies the other one mirrors yours, with three \
               body 3 balances bodies 1 and 2 (and body 2 balances body 3). Choose who moves the fan of 256 copies, and \
               how far apart they start."
            .into(),
        aspect_wide: 1.7,
        aspect_narrow: 0.62,
        controls: vec![
            Control::choice("table", "Table", &[("two", "Two bodies"), ("three", "Three bodies (hard)")]),
            Control::choice(
                "fan",
                "256 copies, moved",
                &[("hnn", "by the HNN"), ("truth", "by the truth"), ("baseline", "by the baseline"), ("none", "none")],
            ),
            Control::slider("spread", "Spread of the copies", 0.0..=0.1, 0.005, 0.01),
            Control::slider("speed", "Speed", 0.25..=3.0, 0.25, 1.0),
            Control::button("again", "From the start"),
        ],
        model_contract: None,
        paints: false,
    }
}

/// Seed s is the start that the paper's evaluation draws with seed s. The small total momentum that the recipe of three
/// bodies leaves is taken out, so that they stay on the table.
fn drawn_start(seed: u32, bodies: usize) -> Vec<f64> {
    let random = &mut Mt19937::new(seed);
    let mut start = if bodies == 2 { orbits::two_body_start(random) } else { orbits::three_body_start(random) };
    center(&mut start, bodies);
    start
}

/// Standard normal perturbations of every copy; the first copy is the start itself.
fn noise(seed: u32, bodies: usize) -> Vec<f64> {
    let mut random = Mt19937::new(seed.wrapping_add(1));
    let width = 4 * bodies;
    let mut rows: Vec<f64> =
        (0..COPIES * width).map(|index| if index < width { 0.0 } else { random.randn() }).collect();
    for row in rows.chunks_mut(width) {
        center(row, bodies);
    }
    rows
}

/// Takes the mean out of each of x, y, px, py.
fn center(state: &mut [f64], bodies: usize) {
    for part in state.chunks_mut(bodies) {
        let mean = part.iter().sum::<f64>() / bodies as f64;
        for value in part {
            *value -= mean;
        }
    }
}

impl Task {
    fn step(&self) -> f64 {
        self.frame / SUBSTEPS as f64
    }

    fn width(&self) -> usize {
        4 * self.bodies
    }

    fn energy(&self, state: &[f64]) -> f64 {
        NBody::new(self.bodies).energy(state)
    }

    /// Newton's law over `span`, in Runge-Kutta steps short beside the time of a fall at the least distance.
    fn newton(&self, state: &mut [f64], span: f64, most_steps: f64) {
        let (system, mut method) = (NBody::new(self.bodies), Rk4::default());
        let mut left = span;
        while left > 1e-12 {
            let fall = powf(least_distance(state, self.bodies), 1.5);
            let step = (0.05 * fall).max(span / most_steps).min(left);
            method.step(system.field(), 0.0, step, state);
            left -= step;
        }
    }
}

fn least_distance(state: &[f64], bodies: usize) -> f64 {
    let mut least = f64::INFINITY;
    for i in 0..bodies {
        for j in 0..i {
            least = least.min(hypot(state[i] - state[j], state[bodies + i] - state[bodies + j]));
        }
    }
    least
}

/// One Runge-Kutta step of many rows at once; one read at the end.
async fn rk4_rows(
    dynamics: &Dynamics,
    rows: &[f64],
    width: usize,
    step: f64,
    device: &Device,
) -> Result<Vec<f64>, Error> {
    let x = tensor(rows, width, device);
    let k1 = dynamics.field(x.clone());
    let k2 = dynamics.field(x.clone() + k1.clone() * (0.5 * step));
    let k3 = dynamics.field(x.clone() + k2.clone() * (0.5 * step));
    let k4 = dynamics.field(x.clone() + k3.clone() * step);
    let end = x + (k1 + (k2 + k3) * 2.0 + k4) * (step / 6.0);
    Ok(read(end).await?.into_iter().map(f64::from).collect())
}

/// What is finite and near enough to be drawn.
fn kept(state: &[f64]) -> bool {
    state.iter().all(|value| value.abs() < LOST)
}

impl Path {
    /// Steps known beyond the start.
    fn steps(&self, width: usize) -> usize {
        (self.states.len() / width).saturating_sub(1)
    }

    /// The state at `time`, between steps in proportion; none beyond what is known.
    fn at(&self, time: f64, step: f64, width: usize) -> Option<Vec<f64>> {
        // A time that was added up from frames may fall short of a step by rounding.
        let place = time / step + 1e-9;
        let index = place as usize;
        let row = |index: usize| self.states.get(index * width..(index + 1) * width);
        let (from, share) = (row(index)?, place - index as f64);
        match row(index + 1) {
            Some(to) => Some(mixed(from, to, share)),
            None => (share < 1e-6).then(|| from.to_vec()),
        }
    }
}

fn mixed(from: &[f64], to: &[f64], share: f64) -> Vec<f64> {
    from.iter().zip(to).map(|(from, to)| from + share * (to - from)).collect()
}

impl Bodies {
    fn task(&self) -> &'static Task {
        &TASKS[self.table]
    }

    /// Begins the run anew from the present start.
    fn restart(&mut self) {
        let path = Path { states: self.starts[self.table].clone(), lost: false };
        self.run = Run { paths: [path.clone(), path.clone(), path], fan: self.fresh_fan(), time: 0.0, rest_secs: 0.0 };
    }

    /// Plays the run again: the trails are known, the fan is not.
    fn rewind(&mut self) {
        self.run.fan = self.fresh_fan();
        self.run.time = 0.0;
        self.run.rest_secs = 0.0;
    }

    fn fresh_fan(&self) -> Fan {
        if self.fan.is_none() {
            return Fan::default();
        }
        let start = &self.starts[self.table];
        let copies = self.noise[self.table].iter().enumerate();
        let from = copies.map(|(index, noise)| start[index % start.len()] + self.spread * noise).collect();
        Fan { index: 0, from, to: Vec::new(), ahead: Vec::new() }
    }

    async fn advance(&mut self, dt_secs: f64) -> Result<(), Error> {
        self.networks[self.table].prepare().await?;
        self.extend_paths();
        self.extend_fan().await?;
        self.advance_time(dt_secs);
        Ok(())
    }

    /// Some steps for each trail that has an end to reach.
    fn extend_paths(&mut self) {
        let task = self.task();
        let (width, step) = (task.width(), task.step());
        let total = (task.horizon / step).round() as usize;
        let Some([hnn, baseline]) = &self.networks[self.table].plain else { return };
        let mut method = Rk4::default();
        for (mover, path) in MOVERS.into_iter().zip(&mut self.run.paths) {
            for _ in 0..STEPS_PER_TICK {
                if path.lost || path.steps(width) >= total {
                    break;
                }
                let mut state = path.states[path.states.len() - width..].to_vec();
                match mover {
                    Mover::Truth => task.newton(&mut state, step, 512.0),
                    Mover::Hnn => method.step(|_, x, dx| hnn.field(x, dx), 0.0, step, &mut state),
                    Mover::Baseline => method.step(|_, x, dx| baseline.field(x, dx), 0.0, step, &mut state),
                }
                path.lost = !kept(&state);
                if !path.lost {
                    path.states.extend(state);
                }
            }
        }
    }

    /// Advances the next rows of the fan by one frame.
    async fn extend_fan(&mut self) -> Result<(), Error> {
        let Some(mover) = self.fan else { return Ok(()) };
        let (task, networks) = (self.task(), &self.networks[self.table]);
        let fan = &mut self.run.fan;
        let source = if fan.to.is_empty() { &fan.from } else { &fan.to };
        if fan.ahead.len() < source.len() {
            let rows = if mover == Mover::Truth || self.engine == Engine::WebGpu { COPIES } else { CPU_ROWS };
            let begin = fan.ahead.len();
            let slice = &source[begin..(begin + rows * task.width()).min(source.len())];
            let next = match mover {
                Mover::Truth => {
                    let mut rows = slice.to_vec();
                    for row in rows.chunks_mut(task.width()) {
                        task.newton(row, task.frame, 24.0);
                    }
                    rows
                }
                Mover::Hnn => rk4_rows(&networks.hnn, slice, task.width(), task.frame, &self.device).await?,
                Mover::Baseline => rk4_rows(&networks.baseline, slice, task.width(), task.frame, &self.device).await?,
            };
            fan.ahead.extend(next);
        }
        if fan.to.is_empty() && fan.ahead.len() == fan.from.len() {
            fan.to = std::mem::take(&mut fan.ahead);
        }
        Ok(())
    }

    /// Time goes on as far as trails and fan are known; at the end it rests and begins again.
    fn advance_time(&mut self, dt_secs: f64) {
        let task = self.task();
        let known = |path: &Path| if path.lost { f64::INFINITY } else { path.steps(task.width()) as f64 * task.step() };
        let known = self.run.paths.iter().map(known).fold(task.horizon, f64::min);
        let run = &mut self.run;
        let mut time = (run.time + dt_secs * task.pace * self.speed).min(known);
        if self.fan.is_some() {
            let fan = &mut run.fan;
            while time >= fan.end(task) && !fan.to.is_empty() && fan.ahead.len() == fan.to.len() {
                fan.from = std::mem::replace(&mut fan.to, std::mem::take(&mut fan.ahead));
                fan.index += 1;
            }
            time = time.min(fan.end(task));
        }
        run.time = time.max(run.time);
        if run.time >= task.horizon - 1e-9 {
            run.rest_secs += dt_secs;
            if run.rest_secs > PAUSE_SECS {
                self.rewind();
            }
        }
    }

    /// The copies now, row after row.
    fn copies(&self) -> Vec<f64> {
        let fan = &self.run.fan;
        if fan.to.is_empty() {
            return fan.from.clone();
        }
        let share = self.run.time / self.task().frame - fan.index as f64;
        mixed(&fan.from, &fan.to, share.clamp(0.0, 1.0))
    }

    /// Every trail as far as it is known: positions, momenta and energy.
    fn rollout_table(&self) -> Table {
        let (width, step) = (self.task().width(), self.task().step());
        let rows = self.run.paths.iter().map(|path| path.states.len() / width).max().unwrap_or_default();
        let times: Vec<f64> = (0..rows).map(|row| row as f64 * step).collect();
        MOVERS.iter().zip(&self.run.paths).fold(Table::new("rollouts").column("time", times), |table, (mover, path)| {
            let energies: Vec<f64> = path.states.chunks(width).map(|state| self.task().energy(state)).collect();
            self.state_columns(table, mover.name(), &path.states).column(&format!("energy, {}", mover.name()), energies)
        })
    }

    /// A column for each number of a state; `rows` of them one after the other.
    fn state_columns(&self, table: Table, name: &str, rows: &[f64]) -> Table {
        let (bodies, width) = (self.task().bodies, self.task().width());
        (0..width).fold(table, |table, index| {
            let part = ["x", "y", "px", "py"][index / bodies];
            let values: Vec<f64> = rows.iter().skip(index).step_by(width).copied().collect();
            table.column(&format!("{part}{}, {name}", index % bodies + 1), values)
        })
    }

    fn now(&self, mover: usize) -> Option<Vec<f64>> {
        self.run.paths[mover].at(self.run.time, self.task().step(), self.task().width())
    }
}

/// Puts body `index` at `world` and lets a partner answer, so that the means stay zero. `part` is 0 for positions, 2 for
/// velocities. A later body never moves an earlier one back, so that a link's handles may be set in their order.
fn place(start: &mut [f64], bodies: usize, index: usize, part: usize, world: Point) {
    let partner = if index + 1 == bodies { index - 1 } else { bodies - 1 };
    for (axis, value) in world.into_iter().enumerate() {
        let axis = &mut start[(part + axis) * bodies..][..bodies];
        axis[index] = value;
        axis[partner] = 0.0;
        axis[partner] = -axis.iter().sum::<f64>();
    }
}

impl Fan {
    /// The time up to which the copies are known.
    fn end(&self, task: &Task) -> f64 {
        if self.to.is_empty() { 0.0 } else { (self.index + 1) as f64 * task.frame }
    }
}

/// A handle's name: "two-body1" or "two-velocity1", and so on.
fn parse_handle(id: &str) -> Option<(&str, usize, usize)> {
    let (prefix, rest) = id.split_once('-')?;
    let (part, number) = match (rest.strip_prefix("body"), rest.strip_prefix("velocity")) {
        (Some(number), _) => (0, number),
        (_, Some(number)) => (2, number),
        _ => return None,
    };
    Some((prefix, part, number.parse::<usize>().ok()?.checked_sub(1)?))
}

impl Demo for Bodies {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "table" => {
                self.table = usize::from(value.as_text() == "three");
                self.restart();
            }
            "fan" => {
                self.fan = match value.as_text() {
                    "hnn" => Some(Mover::Hnn),
                    "truth" => Some(Mover::Truth),
                    "baseline" => Some(Mover::Baseline),
                    _ => None,
                };
                self.rewind();
            }
            "spread" => {
                self.spread = value.as_number();
                self.rewind();
            }
            "speed" => self.speed = value.as_number(),
            "again" => self.rewind(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        Box::pin(self.advance(dt_secs))
    }

    fn draw(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size(), self.task());
        self.draw_table(scene, &layout.table);
        self.draw_chart(scene, layout.chart);
    }

    fn readouts(&self) -> Vec<Readout> {
        let task = self.task();
        let energy = task.energy(&self.starts[self.table]);
        let time = Readout::number("time", "Time", self.run.time, 3, &format!("of {}", task.horizon));
        let mut readouts = vec![time, self.start_readout(energy)];
        for (index, mover) in [(2, Mover::Hnn), (1, Mover::Baseline)] {
            readouts.extend(self.mover_readouts(index, mover, energy));
        }
        if self.fan.is_some() {
            let width = spread_of(&self.copies(), task);
            readouts.push(Readout::number("fan", "Spread of the copies now", width, 2, ""));
        }
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let fan = self.fan.map(|mover| self.state_columns(Table::new("copies"), mover.name(), &self.copies()));
        [self.rollout_table()].into_iter().chain(fan).collect()
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let layout = Layout::new(size, self.task());
        (0..self.task().bodies).flat_map(|body| self.handles_of(body, &layout.table)).collect()
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        let unknown = || Error::Unknown { what: "handle", id: id.into() };
        let (prefix, part, index) = parse_handle(id).ok_or_else(unknown)?;
        if prefix != self.task().prefix || index >= self.task().bodies {
            return Err(unknown());
        }
        let bodies = self.task().bodies;
        place(&mut self.starts[self.table], bodies, index, part, world);
        self.restart();
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.f64s(&self.starts[0]);
        writer.f64s(&self.starts[1]);
        writer.f64(self.run.time);
        writer.f64(self.run.rest_secs);
        for path in &self.run.paths {
            writer.f64s(&path.states);
            writer.bool(path.lost);
        }
        let fan = &self.run.fan;
        writer.count(fan.index);
        for rows in [&fan.from, &fan.to, &fan.ahead] {
            writer.f64s(rows);
        }
        Box::pin(std::future::ready(Ok(writer.finish())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let starts = [reader.f64s()?, reader.f64s()?];
        let (time, rest_secs) = (reader.f64()?, reader.f64()?);
        let mut paths: [Path; 3] = Default::default();
        for path in &mut paths {
            *path = Path { states: reader.f64s()?, lost: reader.bool()? };
        }
        let fan = Fan { index: reader.count()?, from: reader.f64s()?, to: reader.f64s()?, ahead: reader.f64s()? };
        reader.finish()?;
        let run = Run { paths, fan, time, rest_secs };
        let starts_fit = starts.iter().zip(&TASKS).all(|(start, task)| start.len() == task.width() && kept(start));
        if !starts_fit || !run.fits(self.task(), self.fan.is_some()) {
            return Err(bad("its numbers do not fit this table."));
        }
        (self.starts, self.run) = (starts, run);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(async move {
            let mut outputs = Vec::new();
            for (networks, task) in self.networks.iter().zip(&TASKS) {
                let start = drawn_start(0, task.bodies);
                for dynamics in [&networks.hnn, &networks.baseline] {
                    let end = rk4_rows(dynamics, &start, task.width(), task.frame, &self.device).await?;
                    outputs.extend(end.into_iter().map(|value| value as f32));
                }
            }
            Ok(outputs)
        })
    }
}

impl Run {
    /// Whether lengths and times are such as this figure writes for `task`.
    fn fits(&self, task: &Task, has_fan: bool) -> bool {
        let width = task.width();
        let most = ((task.horizon / task.step()).round() as usize + 1) * width;
        let path = |path: &Path| {
            let length = path.states.len();
            (width..=most).contains(&length) && length.is_multiple_of(width) && kept(&path.states)
        };
        let times = (0.0..=task.horizon).contains(&self.time) && (0.0..=2.0 * PAUSE_SECS).contains(&self.rest_secs);
        self.paths.iter().all(path) && self.fan.fits(width, has_fan) && times
    }
}

impl Fan {
    fn fits(&self, width: usize, shown: bool) -> bool {
        let full = if shown { COPIES * width } else { 0 };
        let (from, to, ahead) = (self.from.len(), self.to.len(), self.ahead.len());
        from == full && (to == 0 || to == full) && ahead <= full && ahead.is_multiple_of(width)
    }
}

/// Root mean square distance of the bodies.
fn distance(left: &[f64], right: &[f64], bodies: usize) -> f64 {
    let squares: f64 = left.iter().zip(right).take(2 * bodies).map(|(l, r)| (l - r) * (l - r)).sum();
    sqrt(squares / bodies as f64)
}

/// Root mean square distance of the copies' bodies from their mean; copies that are lost do not count.
fn spread_of(copies: &[f64], task: &Task) -> f64 {
    let rows: Vec<&[f64]> = copies.chunks(task.width()).filter(|row| kept(row)).collect();
    let count = rows.len().max(1) as f64;
    let mean: Vec<f64> = (0..task.width()).map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / count).collect();
    let squares: f64 = rows.iter().map(|row| distance(row, &mean, task.bodies)).map(|d| d * d).sum();
    sqrt(squares / count)
}

/// Where table and chart lie.
struct Layout {
    table: Plot,
    chart: Rect,
}

impl Layout {
    fn new(size: Size, task: &Task) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (table, chart) = if size.width >= 560.0 { all.split_columns(0.6, 12.0) } else { all.split_rows(0.68, 6.0) };
        let world = Bounds::symmetric(task.reach, task.reach);
        Self { table: Plot::new(table, world, "Table", "", "").equal_axes(), chart }
    }
}

impl Bodies {
    fn draw_table(&self, scene: &mut Scene, table: &Plot) {
        table.axes(scene);
        let pens = [Mover::Truth, Mover::Hnn, Mover::Baseline].map(|mover| (mover.name(), mover.pen(2.5)));
        table.legend(scene, &pens);
        scene.clip(table.view.figure, |scene| {
            self.draw_fan(scene, table);
            for index in PAINTED {
                self.draw_trail(scene, table, index, MOVERS[index]);
            }
            self.draw_start(scene, table);
        });
        if self.task().bodies > 2 {
            let frame = table.view.figure;
            let at = [frame.x + 8.0, frame.y + frame.height - 8.0];
            let words = "Hard: the data\u{2019}s dynamic range defeats both networks.";
            scene.text(at, words, 11.0, Anchor::Start, Color::Muted);
        }
    }

    fn draw_fan(&self, scene: &mut Scene, table: &Plot) {
        let Some(mover) = self.fan else { return };
        let (task, copies) = (self.task(), self.copies());
        let bodies = task.bodies;
        let rows = copies.chunks(task.width()).filter(|row| kept(row));
        let dots: Vec<Point> = rows
            .flat_map(|row| (0..bodies).map(|body| table.view.figure_from_world([row[body], row[bodies + body]])))
            .collect();
        scene.dots(dots, 1.7, mover.color().alpha(0.45));
    }

    fn draw_trail(&self, scene: &mut Scene, table: &Plot, index: usize, mover: Mover) {
        let (task, path) = (self.task(), &self.run.paths[index]);
        let (width, bodies) = (task.width(), task.bodies);
        let shown = (self.run.time / task.step()) as usize + 1;
        let now = self.now(index);
        for body in 0..bodies {
            let position = |row: &[f64]| table.view.figure_from_world([row[body], row[bodies + body]]);
            let mut points: Vec<Point> = path.states.chunks(width).take(shown).map(position).collect();
            points.extend(now.as_deref().map(position));
            scene.line(points, Stroke { paint: mover.color().alpha(0.8), ..mover.pen(1.6) });
            match now.as_deref().map(position) {
                Some(at) if mover == Mover::Truth => scene.ring(at, 5.5, Stroke::new(mover.color(), 2.0)),
                Some(at) => scene.circle(at, 5.5, mover.color()),
                None => {}
            }
        }
    }

    /// Rings and velocity arrows at the start, where the handles are.
    fn draw_start(&self, scene: &mut Scene, table: &Plot) {
        let (task, start) = (self.task(), &self.starts[self.table]);
        for body in 0..task.bodies {
            let part = |part: usize| start[part * task.bodies + body];
            let at = [part(0), part(1)];
            let tip = [at[0] + task.arrow * part(2), at[1] + task.arrow * part(3)];
            let [from, to] = [at, tip].map(|point| table.view.figure_from_world(point));
            scene.arrows([[from, to]], Stroke::new(Color::Highlight, 1.8), 8.0);
            scene.ring(from, 9.0, Stroke::new(Color::Highlight, 1.8));
            let beside = [from[0] + 12.0, from[1] - 10.0];
            scene.heading(beside, (body + 1).to_string(), 12.0, Anchor::Start, Color::Highlight);
        }
    }

    fn draw_chart(&self, scene: &mut Scene, outer: Rect) {
        let task = self.task();
        let (width, step) = (task.width(), task.step());
        let shown = (self.run.time / step) as usize + 1;
        let energies = |path: &Path| -> Vec<Point> {
            let states = path.states.chunks(width).take(shown).enumerate();
            states.map(|(index, state)| [index as f64 * step, task.energy(state)]).collect()
        };
        let lines: Vec<Vec<Point>> = self.run.paths.iter().map(energies).collect();
        let middle = task.energy(&self.starts[self.table]);
        let off = lines.iter().flatten().map(|point| (point[1] - middle).abs()).filter(|off| off.is_finite());
        let scale = middle.abs().max(0.1);
        let half = (1.15 * off.fold(0.0, f64::max)).clamp(0.1 * scale, 2.0 * scale);
        let world = Bounds { low: [0.0, middle - half], high: [task.horizon, middle + half] };
        let chart = Plot::new(outer, world, "Energy", "time", "H");
        chart.axes(scene);
        for index in PAINTED {
            chart.line(scene, &lines[index], MOVERS[index].pen(2.0));
        }
        let now = |height| chart.view.figure_from_world([self.run.time, height]);
        scene.line([now(middle - half), now(middle + half)], Stroke::new(Color::Muted.alpha(0.5), 1.0));
    }

    fn start_readout(&self, energy: f64) -> Readout {
        let [low, high] = self.task().trained;
        let inside = (low..=high).contains(&energy);
        let words = if inside { "as in training" } else { "never trained on" };
        Readout::text("start", "Energy of this start", words)
    }

    fn mover_readouts(&self, index: usize, mover: Mover, energy: f64) -> Vec<Readout> {
        let (task, name) = (self.task(), mover.name());
        let (error_id, distance_id) =
            (format!("energy-{}", name.to_lowercase()), format!("distance-{}", name.to_lowercase()));
        let (error, apart) = (format!("Energy error, {name}"), format!("Distance from the truth, {name}"));
        let Some(state) = self.now(index) else {
            return vec![Readout::text(&error_id, &error, "it left the table")];
        };
        let mut readouts = vec![Readout::number(&error_id, &error, (task.energy(&state) - energy).abs(), 2, "")];
        if let Some(truth) = self.now(0) {
            readouts.push(Readout::number(&distance_id, &apart, distance(&state, &truth, task.bodies), 2, ""));
        }
        readouts
    }

    fn handles_of(&self, body: usize, table: &Plot) -> [Handle; 2] {
        let (task, start) = (self.task(), &self.starts[self.table]);
        let part = |part: usize| start[part * task.bodies + body];
        let (at, velocity) = ([part(0), part(1)], [part(2), part(3)]);
        let name = |what: &str| format!("{}-{what}{}", task.prefix, body + 1);
        let words = |x: &str, y: &str, [a, b]: Point| format!("{x} {a:.2}, {y} {b:.2}").replace('-', "\u{2212}");
        let place = Handle {
            id: name("body"),
            label: format!("Body {}", body + 1),
            text: words("x", "y", at),
            world: at,
            step: [0.05, 0.05],
            bounds: Bounds::symmetric(0.9 * task.reach, 0.9 * task.reach),
            view: table.view,
            radius: 11.0,
        };
        let arrow = Handle {
            id: name("velocity"),
            label: format!("Velocity of body {}", body + 1),
            text: words("vx", "vy", velocity),
            world: velocity,
            step: [0.02, 0.02],
            bounds: Bounds::symmetric(task.top_speed, task.top_speed),
            view: around(&table.view, at, task),
            radius: 9.0,
        };
        [place, arrow]
    }
}

/// The world of velocities, whose zero lies at a body.
fn around(table: &View, at: Point, task: &Task) -> View {
    let [x, y] = table.figure_from_world(at);
    let [sx, sy] = table.scale().map(|scale| scale * task.arrow * task.top_speed);
    let figure = Rect { x: x - sx, y: y - sy, width: 2.0 * sx, height: 2.0 * sy };
    View { world: Bounds::symmetric(task.top_speed, task.top_speed), figure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_the_papers_and_lie_in_the_training_energies() {
        let first = drawn_start(0, 2);
        assert!((first[0] - 1.0488135).abs() < 1e-7 && (first[2] - 1.21518937).abs() < 1e-7);
        assert!((TASKS[0].energy(&first) + 0.1401268543695509).abs() < 1e-12);
        for task in &TASKS {
            for seed in 0..200 {
                let energy = task.energy(&drawn_start(seed, task.bodies));
                assert!((task.trained[0]..=task.trained[1]).contains(&energy), "{energy}");
            }
        }
    }

    #[test]
    fn partners_keep_the_means_at_zero_and_links_give_the_same_start() {
        for task in &TASKS {
            let mut start = drawn_start(7, task.bodies);
            for (index, part) in [(1, 0), (0, 2), (task.bodies - 1, 0), (0, 0), (task.bodies - 1, 2)] {
                place(&mut start, task.bodies, index, part, [0.3 + index as f64, -0.2]);
                for axis in start.chunks(task.bodies) {
                    assert!(axis.iter().sum::<f64>().abs() < 1e-12);
                }
            }
            let mut linked = drawn_start(8, task.bodies);
            for (index, part) in (0..task.bodies).flat_map(|index| [(index, 0), (index, 2)]) {
                let at = [start[part * task.bodies + index], start[(part + 1) * task.bodies + index]];
                place(&mut linked, task.bodies, index, part, at);
            }
            assert!(start.iter().zip(&linked).all(|(a, b)| (a - b).abs() < 1e-12));
        }
    }

    #[test]
    fn the_reference_keeps_its_energy() {
        for task in &TASKS {
            for seed in 0..5 {
                let mut state = drawn_start(seed, task.bodies);
                let energy = task.energy(&state);
                for _ in 0..(task.horizon / task.step()).round() as usize {
                    task.newton(&mut state, task.step(), 512.0);
                }
                assert!((task.energy(&state) - energy).abs() < 1e-4 * energy.abs(), "{seed}");
            }
        }
    }
}
