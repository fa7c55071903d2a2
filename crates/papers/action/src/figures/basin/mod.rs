//! Basins of attraction of gradient descent: which path do 256 random starts become, for every end angle and duration?
//!
//! The fan descends by Adam, as the paper does; the map by a smoothed gradient, which is quick enough for thousands of
//! problems and leads to the same minima (see [`crate::crowd`]).

mod draw;
mod extrema;
mod fan;
mod map;

use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Point, Probe, Readout, Save, Scene, Size, Spec, Table, Tick,
    Value, format_number,
};

use demo::snapshot::{Reader, Writer, bad};
use draw::Layout;
use extrema::{Ends, Kind, SECONDS, Waves, first_conjugate_points, random_waves};
use fan::{COUNT, Fan, POINTS};
pub(crate) use map::bench_cell;
use map::{COLUMNS, Map, REACH_RAD, ROWS, STARTS};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "basin", models: &[], webgpu_pays: false, new };

/// Steps of the fan in one tick: about 1 ms.
const FAN_STEPS: u32 = 4;
/// Steps of a cell of the map in one tick, about 3 ms, and when the fan rests.
const MAP_STEPS: [u32; 2] = [400, 800];
/// How far the first pin goes, in radians: it stays in its well.
const FROM_REACH_RAD: f64 = 2.9;
/// Layout of the snapshot.
const VERSION: u32 = 1;

struct Basin {
    spec: Spec,
    waves: Vec<Waves>,
    spread: f64,
    adam: bool,
    fan: Fan,
    map: Map,
    /// First conjugate points as end angle in radians and seconds.
    edge: Vec<Point>,
}

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let ends = Ends { from_rad: std::f64::consts::FRAC_PI_2, to_rad: -1.0, seconds: 90.0 };
    let waves = random_waves(context.seed, COUNT);
    let (spread, adam) = (1.5, true);
    let fan = Fan::new(ends, &waves, spread, adam);
    let edge = first_conjugate_points(ends.from_rad);
    Ok(Box::new(Basin { spec: spec(), waves, spread, adam, fan, map: Map::new(), edge }))
}

fn spec() -> Spec {
    Spec {
        title: "Where do 256 random paths end?".into(),
        summary: "A fan of 256 random paths of a pendulum between two pinned angles, melting by gradient descent and \
                  coloured by the minimum of the action that each reaches; beside it a map over end angle and \
                  duration whose colour tells which minimum most starts reach."
            .into(),
        help: "Drag the point in the map, or the pins at either end of the fan. Blue paths climb on the right, turn \
               round and come back; orange ones do so on the left; green ones swing across without turning; pink ones \
               go over the top. Pale cells are divided, grey ones still on their way. Inside the dashed line, the \
               first conjugate points of all motions from the first pin, there are two minima, and chance decides; \
               outside there is one. The fan descends by Adam with the paper’s rate. The map’s cells, each with 16 of \
               the starts and 33 points, descend by a smoothed gradient (the gradient solved against the kinetic \
               part, with momentum), at most 100 steps; so can the fan. Moving the first pin recomputes the map, \
               coarse cells first. Faint curves are the starts, in the colour of what they became."
            .into(),
        aspect_wide: 1.75,
        aspect_narrow: 0.58,
        controls: vec![
            Control::slider("spread", "Spread of the starts", 0.5..=3.0, 0.1, 1.5),
            Control::choice("descent", "Descent of the fan", &[("adam", "Adam"), ("smoothed", "Smoothed gradient")]),
            Control::button("again", "Melt again"),
        ],
        model_contract: None,
        paints: false,
    }
}

impl Basin {
    /// The fan anew between these pins.
    fn pin(&mut self, ends: Ends) {
        let moved = ends.from_rad != self.fan.ends.from_rad;
        self.fan = Fan::new(ends, &self.waves, self.spread, self.adam);
        if moved {
            self.map.clear();
            self.edge = first_conjugate_points(ends.from_rad);
        }
    }

    fn advance(&mut self) {
        let budget = MAP_STEPS[usize::from(self.fan.rests())];
        self.fan.descend(FAN_STEPS);
        self.map.work(budget, self.fan.ends.from_rad, &self.waves, self.spread);
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        let Ends { from_rad, to_rad, seconds } = self.fan.ends;
        writer.f64s(&[from_rad, to_rad, seconds]);
        self.fan.save(&mut writer);
        self.map.save(&mut writer);
        writer.finish()
    }

    /// Starts that have reached no minimum yet.
    fn on_their_way(&self) -> usize {
        self.fan.reached.iter().filter(|reached| reached.is_none()).count()
    }
}

/// With its first letter large.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Demo for Basin {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "spread" => {
                self.spread = value.as_number();
                self.map.clear();
            }
            "descent" => self.adam = value.as_text() == "adam",
            "again" => {}
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        self.pin(self.fan.ends);
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        self.advance();
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.draw_all(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let Ends { from_rad, to_rad, seconds } = self.fan.ends;
        let place = format!("{:.0}° to {:.0}° in {seconds:.0} s", from_rad.to_degrees(), to_rad.to_degrees());
        let mut readouts = vec![Readout::text("ends", "From, to", place.replace('-', "\u{2212}"))];
        for kind in Kind::ALL {
            let (id, name) = kind.names();
            let Some(index) = self.fan.minima.iter().position(|minimum| minimum.kind == kind) else { continue };
            let count = self.fan.count(index);
            readouts.push(Readout {
                number: Some(count as f64),
                ..Readout::text(id, &capital(name), format!("{count} of {COUNT}"))
            });
            let action = self.fan.minima[index].terms.action();
            readouts.push(Readout::number(&format!("{id}-action"), "Action S of that path", action, 5, ""));
        }
        let map = format!("{} of {} cells", self.map.done(), COLUMNS * ROWS);
        let on_their_way = self.on_their_way();
        readouts.push(Readout {
            number: Some(on_their_way as f64),
            ..Readout::text("on-their-way", "Still on their way", on_their_way.to_string())
        });
        readouts.push(Readout::number("minima", "Minima between these ends", self.fan.minima.len() as f64, 1, ""));
        readouts.push(Readout::text("steps", "Steps of the fan", self.fan.crowd.steps().to_string()));
        readouts.push(Readout::text("map", "Map", map));
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let known = self.map.known();
        let place = |axis: usize| known.iter().map(|(place, _)| place[axis]).collect::<Vec<_>>();
        let mut map = Table::new("map").column("end angle (rad)", place(0)).column("duration (s)", place(1));
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            let counts: Vec<f64> = known.iter().map(|(_, tally)| f64::from(tally[index])).collect();
            map = map.column(&format!("{} (of {STARTS})", kind.names().1), counts);
        }
        let reached = |index: &Option<usize>| index.map_or(f64::NAN, |index| index as f64 + 1.0);
        let middles: Vec<f64> = self.fan.crowd.paths().map(|path| path[POINTS / 2]).collect();
        let starts = Table::new("starts")
            .column("angle at half time (rad)", middles)
            .column("minimum reached", self.fan.reached.iter().map(reached).collect::<Vec<_>>());
        let times: Vec<f64> = (0..POINTS).map(|k| k as f64 * self.fan.ends.dt(POINTS)).collect();
        let minima = self.fan.minima.iter().enumerate().fold(
            Table::new("minima").column("time (s)", times),
            |table, (index, minimum)| {
                let name = format!("minimum {}: {} (rad)", index + 1, minimum.kind.names().1);
                table.column(&name, minimum.path.clone())
            },
        );
        vec![map, starts, minima]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let layout = Layout::new(size);
        let Ends { from_rad, to_rad, seconds } = self.fan.ends;
        let [from, to] = [from_rad, to_rad].map(f64::to_degrees);
        let (fan, map) = (self.fan_plot(&layout), Self::map_plot(&layout));
        let reach = REACH_RAD.to_degrees();
        let pin = |id: &str, label: &str, secs: f64, angle: f64, reach: f64| Handle {
            id: id.into(),
            label: label.into(),
            text: format!("{} degrees", format_number(angle, 3)),
            world: [secs, angle],
            step: [0.0, 5.0],
            bounds: Bounds { low: [secs, -reach], high: [secs, reach] },
            view: fan.view,
            radius: 12.0,
        };
        let target = Handle {
            id: "target".into(),
            label: "End angle and duration in the map".into(),
            text: format!("{} degrees after {seconds:.0} seconds", format_number(to, 3)),
            world: [to, seconds],
            step: [5.0, 2.0],
            bounds: Bounds { low: [-reach, SECONDS[0]], high: [reach, SECONDS[1]] },
            view: map.view,
            radius: 12.0,
        };
        vec![
            target,
            pin("from", "First pin", 0.0, from, FROM_REACH_RAD.to_degrees()),
            pin("to", "Last pin", seconds, to, reach),
        ]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        let ends = self.fan.ends;
        match id {
            "target" => self.pin(Ends { to_rad: world[0].to_radians(), seconds: world[1], ..ends }),
            "from" => self.pin(Ends { from_rad: world[1].to_radians(), ..ends }),
            "to" => self.pin(Ends { to_rad: world[1].to_radians(), ..ends }),
            _ => return Err(Error::Unknown { what: "handle", id: id.into() }),
        }
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let ends = reader.f64s()?;
        let [from_rad, to_rad, seconds] = ends.as_slice() else { return Err(bad("its pins are missing.")) };
        let ends = Ends { from_rad: *from_rad, to_rad: *to_rad, seconds: seconds.clamp(SECONDS[0], SECONDS[1]) };
        let mut fan = Fan::new(ends, &self.waves, self.spread, self.adam);
        fan.restore(&mut reader)?;
        let map = Map::restore(&mut reader)?;
        reader.finish()?;
        (self.fan, self.map, self.edge) = (fan, map, first_conjugate_points(ends.from_rad));
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        let numbers = self.fan.minima.iter().map(|minimum| minimum.terms.action() as f32).collect();
        Box::pin(std::future::ready(Ok(numbers)))
    }
}
