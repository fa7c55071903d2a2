//! All six systems of the paper: a noisy path melts into the physical one, shown as the thing itself.
//!
//! Each tick makes as many optimiser steps as asked for and as its time allows, while the motion along the present path
//! is replayed beside that of the ODE.

mod chart;
mod picture;
mod run;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Bounds, Choice, Context, Control, Demo, Entry, Error, Handle, Point, Probe, Readout, Rect, Save, Scene, Size, Spec,
    Table, Tick, Value, format_number,
};

use crate::action::{Scheme, mean_squared_error};
use crate::ephemeris::record;
use crate::experiment::{GAS_BODIES, System};
use run::{Run, Setup};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "systems", models: &[], webgpu_pays: false, new };

/// A replay of the whole motion takes so long, and rests so long at its end and after it was moved by hand.
const REPLAY_SECS: f64 = 6.0;
const REST_SECS: f64 = 0.8;
/// Last day of the record on which the planets' 65 days can begin.
const LAST_START: f64 = (record::DAYS - 65) as f64;
/// Layout of the snapshot.
const VERSION: u32 = 1;
/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// Planets whose miss is told, by their place among the bodies.
const PLANETS: [(usize, &str, &str); 4] =
    [(1, "mercury", "Mercury"), (2, "venus", "Venus"), (3, "earth", "Earth"), (4, "mars", "Mars")];

struct Systems {
    spec: Spec,
    run: Run,
    steps_per_tick: usize,
    /// Where the replay is, in time points, and how long it rests yet.
    now: f64,
    rest_secs: f64,
}

#[expect(clippy::unnecessary_wraps, reason = "the form of Entry::new")]
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let setup = Setup {
        system: System::ThreeBody,
        seed: context.seed,
        bodies: GAS_BODIES,
        day: record::PAPER_DAY,
        noise: 1.0,
        scheme: Scheme::Corrected,
        engine: context.engine,
    };
    Ok(Box::new(Systems { spec: spec(), run: Run::new(setup), steps_per_tick: 4, now: 0.0, rest_secs: REST_SECS }))
}

fn spec() -> Spec {
    let options = System::ALL.map(|system| Choice { id: system.id().into(), label: system.title().into() });
    Spec {
        title: "Six systems, one cost function".into(),
        summary: "A noisy path melts into a physical one while its action is lowered: the motion along the path of \
                  the moment, beside the motion that the ordinary differential equation gives, and the energies \
                  against optimiser steps."
            .into(),
        help: "Choose a system. Every path starts as the solution of the ordinary differential equation (ODE) with \
               noise on it (1 is the paper’s amount), both ends held, and each optimiser step lowers the action. The motion along the path of \
               the moment is replayed all the time; the dot under the chart moves it by hand. “As published” counts \
               the last interval twice, as the authors’ code does, which moves the result a little off the ODE’s \
               path; “corrected” does not. The planets may start on any day of a year, counted from 16 February 2022: green dots are \
               their recorded positions, which neither the ODE nor our path knows beyond the first two days. A gas \
               of many bodies takes its time on the CPU, where what does not fit into a frame goes on in the next; \
               choose WebGPU as the engine for thousands. A fresh seed gives \
               other noise and another gas; seed 0 is the paper’s."
            .into(),
        aspect_wide: 1.7,
        aspect_narrow: 0.5,
        controls: vec![
            Control::Choice {
                id: "system".into(),
                label: "System".into(),
                options: options.into(),
                default: System::ThreeBody.id().into(),
            },
            Control::slider("noise", "Noise", 0.0..=2.0, 0.05, 1.0),
            Control::choice("scheme", "Action", &[("corrected", "Corrected"), ("published", "As published")]),
            Control::slider("steps", "Steps per frame", 0.0..=40.0, 1.0, 4.0),
            Control::slider("bodies", "Bodies of the gas", 10.0..=2000.0, 10.0, GAS_BODIES as f64),
            Control::slider("day", "Planets: first day", 0.0..=LAST_START, 1.0, record::PAPER_DAY as f64),
            Control::button("again", "Start again"),
            Control::button("more", "More steps"),
        ],
        model_contract: None,
        paints: false,
    }
}

impl Systems {
    /// Starts anew with `setup`.
    fn begin(&mut self, setup: Setup) {
        if setup.system != self.run.setup.system {
            (self.now, self.rest_secs) = (0.0, REST_SECS);
        }
        self.run.again(setup);
    }

    fn last_point(&self) -> f64 {
        (self.run.experiment.recipe.points - 1) as f64
    }

    fn replay(&mut self, dt_secs: f64) {
        if self.rest_secs > 0.0 {
            self.rest_secs -= dt_secs;
            if self.rest_secs <= 0.0 && self.now >= self.last_point() {
                (self.now, self.rest_secs) = (0.0, REST_SECS);
            }
            return;
        }
        self.now = (self.now + dt_secs / REPLAY_SECS * self.last_point()).min(self.last_point());
        if self.now >= self.last_point() {
            self.rest_secs = REST_SECS;
        }
    }

    fn step_words(&self) -> String {
        let run = &self.run;
        if run.is_ready() {
            return format!("{} of {}", run.steps(), run.goal);
        }
        format!("the ODE’s path first, {:.0} %", 100.0 * run.prepared())
    }

    /// Largest distance in kilometres between the path and the recorded positions of a planet.
    fn miss_km(&self, body: usize) -> f64 {
        let width = self.run.experiment.width();
        let days = self.run.path().chunks_exact(width).zip(&self.run.record);
        let distances = days
            .map(|(x, day)| math::ops::hypot(x[2 * body] - day[2 * body], x[2 * body + 1] - day[2 * body + 1]) / 1e3);
        distances.fold(0.0, f64::max)
    }

    /// What is set for systems other than the present one.
    fn kept(&self) -> (&'static str, String) {
        let Setup { system, bodies, day, .. } = self.run.setup;
        match system {
            System::Gas => ("Planets, if chosen", record::date(day)),
            System::Planets => ("Gas, if chosen", bodies.to_string()),
            _ => ("Gas, planets, if chosen", format!("{bodies}; {}", record::date(day))),
        }
    }

    fn system_readouts(&self) -> Vec<Readout> {
        let mut readouts = self.own_readouts();
        readouts.push({
            let (label, text) = self.kept();
            Readout::text("kept", label, text)
        });
        readouts
    }

    fn own_readouts(&self) -> Vec<Readout> {
        let run = &self.run;
        match run.setup.system {
            System::Gas => vec![
                Readout::text("pairs", "Pairs of bodies", run.pairs().to_string()),
                Readout::text("computed", "A step is computed", run.pace()),
            ],
            System::Planets => {
                let dates = [run.setup.day, run.setup.day + 64].map(record::date);
                let mut readouts = vec![Readout::text("dates", "Days", format!("{} to {}", dates[0], dates[1]))];
                readouts.extend(PLANETS.iter().map(|(body, id, name)| {
                    let (id, label) = (format!("miss-{id}"), format!("Most off the record, {name}"));
                    Readout::number(&id, &label, self.miss_km(*body), 3, "km")
                }));
                readouts
            }
            _ => Vec::new(),
        }
    }

    fn paths_table(&self) -> Table {
        let (width, dt) = (self.run.experiment.width(), self.run.experiment.recipe.dt);
        let (path, ode) = (self.run.path(), self.run.ode());
        let rows = path.len() / width;
        if width <= 2 {
            let times: Vec<f64> = (0..rows).map(|point| point as f64 * dt).collect();
            let column = |path: &[f64], axis: usize| path.iter().skip(axis).step_by(width).copied().collect::<Vec<_>>();
            return (0..width).fold(Table::new("paths").column("time", times), |table, axis| {
                let names = [format!("path {}", axis + 1), format!("ODE {}", axis + 1)];
                table.column(&names[0], column(path, axis)).column(&names[1], column(ode, axis))
            });
        }
        let bodies = width / 2;
        let per_row = |value: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..rows).flat_map(|point| (0..bodies).map(move |body| (point, body))).map(|(p, b)| value(p, b)).collect()
        };
        let coordinate = |path: &[f64], axis: usize| per_row(&|point, body| path[point * width + 2 * body + axis]);
        Table::new("paths")
            .column("time", per_row(&|point, _| point as f64 * dt))
            .column("body", per_row(&|_, body| body as f64))
            .column("x", coordinate(path, 0))
            .column("y", coordinate(path, 1))
            .column("x of the ODE", coordinate(ode, 0))
            .column("y of the ODE", coordinate(ode, 1))
    }

    async fn save(&mut self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.f64(self.now);
        writer.f64(self.rest_secs);
        self.run.save(&mut writer).await?;
        Ok(writer.finish())
    }
}

/// Unit of a squared coordinate.
fn squared_unit(system: System) -> &'static str {
    match system {
        System::Pendulum | System::DoublePendulum => "rad²",
        System::Planets => "m²",
        _ => "",
    }
}

impl Demo for Systems {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        let setup = self.run.setup;
        match id {
            "steps" => self.steps_per_tick = value.as_number() as usize,
            "more" => self.run.goal = self.run.goal.saturating_add(self.run.experiment.recipe.steps),
            "again" => self.begin(setup),
            "noise" => self.begin(Setup { noise: value.as_number(), ..setup }),
            "system" => {
                let system = System::from_id(value.as_text()).unwrap_or(setup.system);
                self.begin(Setup { system, ..setup });
            }
            "scheme" => {
                let scheme = if value.as_text() == "published" { Scheme::Published } else { Scheme::Corrected };
                self.begin(Setup { scheme, ..setup });
            }
            "bodies" => self.change(Setup { bodies: value.as_number() as usize, ..setup }),
            "day" => self.change(Setup { day: value.as_number() as usize, ..setup }),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        self.replay(dt_secs);
        Box::pin(self.run.advance(self.steps_per_tick))
    }

    fn draw(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        picture::draw(scene, layout.picture, &self.run, self.now);
        chart::draw(scene, layout.chart, &self.run, self.now);
        self.run.trace.draw(scene, layout.trace, self.run.ode_terms);
    }

    fn readouts(&self) -> Vec<Readout> {
        let run = &self.run;
        let numbers = run.experiment.recipe.points.saturating_sub(2) * run.experiment.width();
        let error = mean_squared_error(run.path(), run.ode());
        let unit = squared_unit(run.setup.system);
        let known = |is_known: bool, readout: Readout| {
            if is_known { readout } else { Readout { text: "not known yet".into(), number: None, ..readout } }
        };
        let error = Readout::number("error", "Mean squared error to the ODE’s path", error, 3, unit);
        let action = Readout::number("action", "Action S", run.terms.action(), 5, "");
        let ode_action = Readout::number("ode-action", "S of the ODE’s path", run.ode_terms.action(), 5, "");
        let mut readouts = vec![
            Readout { number: Some(f64::from(run.steps())), ..Readout::text("step", "Step", self.step_words()) },
            known(run.is_ready(), error),
            known(run.steps() > 0, action),
            known(run.is_ready(), ode_action),
            Readout::text("numbers", "Numbers to optimise", numbers.to_string()),
        ];
        readouts.extend(self.system_readouts());
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.paths_table(), self.run.trace.table()]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let view = chart::plot(Layout::new(size).chart, &self.run).view;
        let Bounds { low, high } = view.world;
        let time = self.now * chart::interval(&self.run);
        vec![Handle {
            id: "time".into(),
            label: "Time of the replay".into(),
            text: format!("{} of {}", format_number(time, 3), format_number(high[0], 3)),
            world: [time, low[1]],
            step: [high[0] / 50.0, 0.0],
            bounds: Bounds { low, high: [high[0], low[1]] },
            view,
            radius: 10.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "time" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.now = (world[0] / chart::interval(&self.run)).clamp(0.0, self.last_point());
        self.rest_secs = REST_SECS;
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(self.save())
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let (now, rest_secs) = (reader.f64()?, reader.f64()?);
        if !(0.0..=self.last_point()).contains(&now) || !rest_secs.is_finite() {
            return Err(bad("its time is impossible."));
        }
        let resumption = self.run.saved(&mut reader)?;
        reader.finish()?;
        self.run.resume(resumption);
        (self.now, self.rest_secs) = (now, rest_secs);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(run::probe(self.run.setup.engine))
    }
}

impl Systems {
    /// Takes over what matters to one system only: the others go on undisturbed.
    fn change(&mut self, setup: Setup) {
        if setup.has_path_of(&self.run.setup) {
            self.run.setup = setup;
        } else {
            self.begin(setup);
        }
    }
}

/// Where the parts of the figure lie.
struct Layout {
    picture: Rect,
    chart: Rect,
    trace: Rect,
}

impl Layout {
    fn new(size: Size) -> Self {
        let whole = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height }.inset(4.0, 4.0, 4.0, 4.0);
        if size.width >= WIDE {
            let (picture, side) = whole.split_columns(0.6, 12.0);
            let (chart, trace) = side.split_rows(0.47, 10.0);
            return Self { picture, chart, trace };
        }
        let (picture, below) = whole.split_rows(0.52, 8.0);
        let (chart, trace) = below.split_rows(0.48, 8.0);
        Self { picture, chart, trace }
    }
}
