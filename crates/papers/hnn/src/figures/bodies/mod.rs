//! Two and three bodies on a table: drag them, watch truth, HNN and baseline part, and watch what becomes of 256 copies.
//!
//! State order everywhere as in the paper's code: all positions (x's, then y's), then all momenta; unit masses, G = 1.

mod movers;
mod picture;
mod run;
mod task;
mod words;

use std::rc::Rc;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Context, Control, Demo, Engine, Entry, Error, ForeignModel, Handle, Point, Probe, Readout, Save, Scene, Size, Spec,
    Table, Tick, Value,
};

use movers::{CONTRACT, Guest, MOVERS, Mover, Networks};
use picture::Layout;
use run::{Fan, Path, Run, kept};
use task::{TASKS, Task, drawn_start, noise, place};
use words::parse_handle;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry {
    id: "bodies",
    models: &["two-body-hnn", "two-body-baseline", "three-body-hnn", "three-body-baseline"],
    webgpu_pays: true,
    new,
};

/// Trails that do not need a visitor; only these are in a snapshot, because it outlives the visitor's model.
const OURS: usize = MOVERS.len() - 1;
/// The layout of a snapshot.
const VERSION: u32 = 1;

struct Bodies {
    spec: Spec,
    engine: Engine,
    networks: [Networks; 2],
    /// Standard normal numbers for the copies of either table, centre of mass and momentum zero.
    noise: [Vec<f64>; 2],
    starts: [Vec<f64>; 2],
    table: usize,
    fan: Option<Mover>,
    spread: f64,
    speed: f64,
    run: Run,
    /// A visitor's model; on a table for which it is not made it waits.
    guest: Option<Guest>,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let mut demo = Bodies {
        spec: spec(),
        engine: context.engine,
        networks: [Networks::load(context, "two")?, Networks::load(context, "three")?],
        noise: [noise(context.seed, 2), noise(context.seed, 3)],
        starts: [drawn_start(context.seed, 2), drawn_start(context.seed, 3)],
        table: 0,
        fan: Some(Mover::Hnn),
        spread: 0.01,
        speed: 1.0,
        run: Run::default(),
        guest: None,
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
               how far apart they start. You may drop your own ONNX model on the figure: a file for 8 numbers plays with \
               two bodies, one for 12 with three, and on the other table it waits."
            .into(),
        aspect_wide: 1.7,
        aspect_narrow: 0.62,
        controls: vec![
            Control::choice("table", "Table", &[("two", "Two bodies"), ("three", "Three bodies (hard)")]),
            Control::choice(
                "fan",
                "256 copies, moved",
                &[
                    ("hnn", "by the HNN"),
                    ("truth", "by the truth"),
                    ("baseline", "by the baseline"),
                    ("visitor", "by your model"),
                    ("none", "none"),
                ],
            ),
            Control::slider("spread", "Spread of the copies", 0.0..=0.1, 0.005, 0.01),
            Control::slider("speed", "Speed", 0.25..=3.0, 0.25, 1.0),
            Control::button("again", "From the start"),
        ],
        model_contract: Some(CONTRACT.into()),
        paints: false,
    }
}

impl Bodies {
    fn task(&self) -> &'static Task {
        &TASKS[self.table]
    }

    /// The visitor's model, where it plays on the present table.
    fn guest_here(&self) -> Option<&Guest> {
        self.guest.as_ref().filter(|guest| guest.plays_on(self.table))
    }

    /// Who moves the fan; nobody where a visitor's model was chosen that is not here.
    fn fan_mover(&self) -> Option<Mover> {
        self.fan.filter(|mover| *mover != Mover::Guest || self.guest_here().is_some())
    }

    fn has_our_fan(&self) -> bool {
        self.fan.is_some_and(|mover| mover != Mover::Guest)
    }
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
                    "visitor" => Some(Mover::Guest),
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
        self.words()
    }

    fn tables(&self) -> Vec<Table> {
        let fan = self.fan_mover().map(|mover| self.state_columns(Table::new("copies"), mover.name(), &self.copies()));
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
        for path in &self.run.paths[..OURS] {
            writer.f64s(&path.states);
            writer.bool(path.lost);
        }
        let none = Fan::default();
        let fan = if self.has_our_fan() { &self.run.fan } else { &none };
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
        let mut paths = Vec::new();
        for _ in 0..OURS {
            paths.push(Path { states: reader.f64s()?, lost: reader.bool()? });
        }
        let fan = Fan { index: reader.count()?, from: reader.f64s()?, to: reader.f64s()?, ahead: reader.f64s()? };
        reader.finish()?;
        let run = Run { paths, fan, time, rest_secs };
        let starts_fit = starts.iter().zip(&TASKS).all(|(start, task)| start.len() == task.width() && kept(start));
        if !starts_fit || !run.fits(self.task(), self.has_our_fan()) {
            return Err(bad("its numbers do not fit this table."));
        }
        (self.starts, self.run) = (starts, run);
        if self.guest_here().is_some() {
            self.run.paths.push(Path::new(&self.starts[self.table]));
            if self.fan == Some(Mover::Guest) {
                self.rewind();
            }
        }
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(async move {
            let mut outputs = Vec::new();
            for (networks, task) in self.networks.iter_mut().zip(&TASKS) {
                let start = drawn_start(0, task.bodies);
                for network in [&mut networks.hnn, &mut networks.baseline] {
                    let (end, _) = network.rk4_step(&start, task.frame).await?;
                    outputs.extend(end.into_iter().map(|value| value as f32));
                }
            }
            Ok(outputs)
        })
    }

    fn attach(&mut self, model: Rc<dyn ForeignModel>) -> Result<(), Error> {
        self.guest = Some(Guest::new(&model)?);
        self.restart();
        Ok(())
    }
}
