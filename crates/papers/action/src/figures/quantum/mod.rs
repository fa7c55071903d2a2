//! A wave packet by the phase-action matrix over a potential that the visitor paints, a classical ball beside it, and
//! what the public code's difference of potentials does in place of the average.
//!
//! Everything begins anew at time zero when start, potential or constants change; time goes on in [`Flight`].

mod flight;
mod landscape;
mod picture;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Phase, Point, Pointer, Probe, Readout, Save, Scene, Size,
    Spec, Table, Tick, Value, format_number,
};
use math::random::Mt19937;

use crate::quantum::PotentialRule;
use flight::{Flight, Packet, Start, beyond, is_sampled};
use landscape::{Landscape, Preset};
use picture::{Layout, Matrix};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "quantum", models: &[], webgpu_pays: false, new };

/// Domain time per second of the visitor's at speed 1.
const PACE: f64 = 0.1;
/// A run ends here.
const END: f64 = 2.0;
/// It ends earlier when the ball has left and the walls have taken all but this of the first packet.
const LEAST_KEPT: f64 = 0.4;
/// How long the end of a run is shown, and time zero after a change.
const PAUSE_SECS: f64 = 1.2;
const HOLD_SECS: f64 = 0.35;
/// Domain time between two records of the positions.
const RECORD: f64 = 0.005;
/// Bounds of the start: clear of the walls.
const PLACES: [f64; 2] = [1.2, 6.8];
const MOST_MOMENTUM: f64 = 20.0;
/// Length of the momentum's arrow per unit of momentum, and the height at which it lies.
const ARROW: f64 = 0.06;
const ARROW_HEIGHT: f64 = -60.0;
/// Layout of the snapshot.
const VERSION: u32 = 1;

/// Time, ball, and for each packet mean and spread.
type Record = [f64; 6];

struct Quantum {
    spec: Spec,
    landscape: Landscape,
    start: Start,
    rules: Vec<PotentialRule>,
    speed: f64,
    flight: Flight,
    matrices: Vec<Matrix>,
    /// Until time flows (again).
    hold_secs: f64,
    ended: bool,
    records: Vec<Record>,
    /// The panel of the stroke being painted, and its last point.
    painting: Option<(usize, Point)>,
    /// The potential has changed since the run began.
    stale: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "the form of Entry::new")]
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let (landscape, start) = (Landscape::new(), start(context.seed));
    let rules = vec![PotentialRule::Average, PotentialRule::Difference];
    let flight = Flight::new(&start, &landscape, &rules);
    let mut quantum = Quantum {
        spec: spec(),
        landscape,
        start,
        rules,
        speed: 1.0,
        flight,
        matrices: Vec::new(),
        hold_secs: 0.0,
        ended: false,
        records: Vec::new(),
        painting: None,
        stale: false,
    };
    quantum.begin();
    quantum.hold_secs = 0.0;
    Ok(Box::new(quantum))
}

/// The usual start with seed 0; every other seed draws place and momentum about it.
fn start(seed: u32) -> Start {
    let usual = Start { place: 2.0, momentum: 10.0, width: 0.4, hbar: 1.0, pixels: None };
    if seed == 0 {
        return usual;
    }
    let mut random = Mt19937::new(seed);
    Start { place: random.uniform(1.4, 2.8), momentum: random.uniform(8.0, 13.0), ..usual }
}

fn spec() -> Spec {
    Spec {
        title: "A wave packet made of actions".into(),
        summary: "The probability |ψ|² of a quantum particle, coloured by its phase, over a potential that you may \
                  paint, with a classical ball on it; below, the same packet with the public code's action; beside \
                  both, the matrix of phases that moves them."
            .into(),
        help: "Press and drag in the figure to paint a potential; undo takes a stroke back. By keyboard, raise or lower \
               the hill with the arrow keys, or choose a preset and its strength. The ring under the packet sets where \
               it starts, the arrow below its momentum p. Packet and ball have the same mass, force, start and momentum \
               (the packet's wave number is p / ħ). Turn ħ down: the packet spreads less and keeps to the ball. Turn it \
               up: part of it gets through a barrier that the ball cannot pass. In every step ψ is multiplied by \
               the matrix of exp(i S / ħ), S the action of the straight path between two places. Such a path feels the \
               average of the potentials at its ends. The authors' public code takes their difference, which cancels \
               from step to step but for one kick at the start: |ψ|² then runs through every hill as if it were free. \
               The edges act like soft walls: most of a packet leaves there, some comes back, and what has left is not \
               drawn. The ball that reaches an edge is gone. The matrix is right only if its phase turns by less than half a turn \
               from pixel to pixel, which asks for steps of at least m Δx L / (π ħ); the figure takes just these, and \
               twice the pixels where ħ is small. With fewer pixels the rule is broken, ghosts appear, and the reading \
               says so. The matrices show one entry in many, for a step as many times longer. Paintings are not part \
               of a link; preset, strength, hill and start are."
            .into(),
        aspect_wide: 1.6,
        aspect_narrow: 0.66,
        controls: vec![
            Control::choice("potential", "Potential", &Preset::CHOICES),
            Control::slider("strength", "Strength", 0.1..=2.0, 0.05, 1.0),
            Control::slider("hbar", "Planck’s ħ", 0.2..=2.0, 0.05, 1.0),
            Control::slider("width", "Width of the packet", 0.15..=0.6, 0.05, 0.4),
            Control::choice(
                "rule",
                "Action",
                &[("both", "Both"), ("average", "Average"), ("difference", "Difference")],
            ),
            Control::choice(
                "pixels",
                "Pixels",
                &[("enough", "Enough"), ("n1024", "1,024"), ("n256", "256"), ("n64", "64")],
            ),
            Control::slider("speed", "Speed", 0.25..=4.0, 0.25, 1.0),
            Control::button("restart", "Start over"),
            Control::button("undo", "Undo painting"),
            Control::button("erase", "Erase painting"),
        ],
        model_contract: None,
        paints: true,
    }
}

fn rules(id: &str) -> Vec<PotentialRule> {
    match id {
        "average" => vec![PotentialRule::Average],
        "difference" => vec![PotentialRule::Difference],
        _ => vec![PotentialRule::Average, PotentialRule::Difference],
    }
}

impl Quantum {
    /// Time zero, with what is set now.
    fn begin(&mut self) {
        self.flight.begin(&self.start, &self.landscape, &self.rules);
        self.matrices = self.rules.iter().map(|rule| Matrix::new(&self.flight, &self.landscape, *rule)).collect();
        self.records.clear();
        self.record();
        self.hold_secs = HOLD_SECS;
        self.ended = false;
        self.stale = false;
    }

    fn pass_time(&mut self, dt_secs: f64) {
        if self.stale {
            self.begin();
        }
        if self.painting.is_some() {
            return;
        }
        if self.hold_secs > 0.0 {
            self.hold_secs -= dt_secs;
            if self.hold_secs <= 0.0 && self.ended {
                self.begin();
            }
            return;
        }
        self.flight.advance(self.speed * PACE * dt_secs);
        self.record();
        let gone = self.flight.ball.left && self.flight.packets.first().is_none_or(|packet| packet.kept < LEAST_KEPT);
        if self.flight.time >= END || gone {
            (self.ended, self.hold_secs) = (true, PAUSE_SECS);
        }
    }

    fn record(&mut self) {
        if self.records.last().is_some_and(|last| self.flight.time < last[0] + RECORD) {
            return;
        }
        let ball = if self.flight.ball.left { f64::NAN } else { self.flight.ball.place };
        let numbers =
            |index: usize| self.flight.packets.get(index).map_or([f64::NAN; 2], |packet| [packet.mean, packet.spread]);
        let [[first, first_spread], [second, second_spread]] = [numbers(0), numbers(1)];
        self.records.push([self.flight.time, ball, first, first_spread, second, second_spread]);
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        self.landscape.save(&mut writer);
        writer.points(&[self.landscape.hill(), [self.start.place, self.start.momentum]]);
        writer.f64(self.hold_secs);
        writer.bool(self.ended);
        writer.bool(self.stale);
        writer.f64s(self.records.as_flattened());
        self.flight.save(&mut writer);
        writer.finish()
    }

    /// Into a fresh figure with the same controls.
    fn restored(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let mut landscape = self.landscape.clone();
        landscape.restore(reader)?;
        let points = reader.points()?;
        let [hill, [place, momentum]] = *points.as_slice() else { return Err(bad("its start is missing.")) };
        landscape.set_hill(hill);
        let start = Start { place, momentum, ..self.start };
        let (hold_secs, ended, stale) = (reader.f64()?, reader.bool()?, reader.bool()?);
        let numbers = reader.f64s()?;
        let mut flight = Flight::new(&start, &landscape, &self.rules);
        flight.restore(reader)?;
        (self.landscape, self.start) = (landscape, start);
        self.begin();
        self.flight = flight;
        self.records = numbers.as_chunks().0.to_vec();
        (self.hold_secs, self.ended, self.stale) = (hold_secs, ended, stale);
        Ok(())
    }

    /// Where a barrier lies and whether the far side is the right one.
    fn far_side(&self) -> Option<(f64, bool)> {
        self.landscape.barrier().map(|[place, _]| (place, self.start.place <= place))
    }

    fn passed(&self, packet: &Packet) -> Option<f64> {
        self.far_side().map(|(place, right)| beyond(packet, self.flight.grid(), place, right))
    }
}

impl Demo for Quantum {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "potential" => self.landscape.set_preset(Preset::from_id(value.as_text())),
            "strength" => self.landscape.set_strength(value.as_number()),
            "hbar" => self.start.hbar = value.as_number(),
            "width" => self.start.width = value.as_number(),
            "rule" => self.rules = rules(value.as_text()),
            "pixels" => self.start.pixels = value.as_text().trim_start_matches('n').parse().ok(),
            "speed" => {
                self.speed = value.as_number();
                return Ok(());
            }
            "restart" => {}
            "undo" => {
                if !self.landscape.undo() {
                    return Ok(());
                }
            }
            "erase" => {
                if !self.landscape.is_drawn() {
                    return Ok(());
                }
                self.landscape.erase();
            }
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        self.begin();
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        self.pass_time(dt_secs);
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.draw_all(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let setup = self.flight.setup();
        let mut readouts = vec![Readout::number("time", "Time", self.flight.time, 3, ""), self.ball_readout()];
        for packet in &self.flight.packets {
            readouts.extend(self.packet_readouts(packet));
        }
        let sampled = is_sampled(&self.start, &self.landscape, setup);
        let (answer, reach) = (if sampled { "yes" } else { "no" }, format_number(setup.reach(), 3));
        readouts.push(Readout {
            number: Some(f64::from(u8::from(sampled))),
            ..Readout::text("sampled", "Sampled without aliasing", format!("{answer}, {reach} of 8 units"))
        });
        readouts.push(Readout::number("wave", "Wave number", self.start.momentum / self.start.hbar, 3, ""));
        readouts.push(Readout::number("pixels", "Pixels", setup.pixels as f64, 4, ""));
        readouts.push(Readout::number("step", "Time step", setup.dt, 3, ""));
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        self.export()
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let view = Layout::new(size, self.rules.len()).plots[0].view;
        let Start { place, momentum, hbar, .. } = self.start;
        let hill = self.landscape.hill();
        let wave = format_number(momentum / hbar, 3);
        let handle = |id: &str, label: &str, text: String, world, step, [low, high]: [Point; 2]| Handle {
            id: id.into(),
            label: label.into(),
            text,
            world,
            step,
            bounds: Bounds { low, high },
            view,
            radius: 11.0,
        };
        let arrow = ARROW * MOST_MOMENTUM;
        vec![
            handle(
                "packet",
                "Start of packet and ball",
                format!("x {}", format_number(place, 3)),
                [place, 0.0],
                [0.1, 0.0],
                [[PLACES[0], 0.0], [PLACES[1], 0.0]],
            ),
            handle(
                "push",
                "Momentum",
                format!("momentum {}, wave number {wave}", format_number(momentum, 3)),
                [place + ARROW * momentum, ARROW_HEIGHT],
                [ARROW, 0.0],
                [[place - arrow, ARROW_HEIGHT], [place + arrow, ARROW_HEIGHT]],
            ),
            handle(
                "hill",
                "Hill on the potential",
                format!("at x {}, height {}", format_number(hill[0], 3), format_number(hill[1], 3)),
                hill,
                [0.1, 5.0],
                [[0.4, -70.0], [7.6, 150.0]],
            ),
        ]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        match id {
            "packet" => self.start.place = world[0],
            "push" => self.start.momentum = (world[0] - self.start.place) / ARROW,
            "hill" => self.landscape.set_hill(world),
            _ => return Err(Error::Unknown { what: "handle", id: id.into() }),
        }
        self.begin();
        Ok(())
    }

    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        if pointer.phase == Phase::End {
            // At once, so that it shows in a paused figure, too.
            if self.painting.take().is_some() && self.stale {
                self.begin();
            }
            return Ok(());
        }
        if pointer.at.iter().any(|value| !value.is_finite()) {
            return Ok(());
        }
        let plots = Layout::new(size, self.rules.len()).plots;
        if pointer.phase == Phase::Start {
            let Some(panel) = plots.iter().position(|plot| plot.view.figure.contains(pointer.at)) else {
                return Ok(());
            };
            self.landscape.begin_stroke();
            self.painting = Some((panel, plots[panel].view.world_from_figure(pointer.at)));
        }
        if let Some((panel, last)) = self.painting
            && let Some(plot) = plots.get(panel)
        {
            let to = plot.view.world_from_figure(pointer.at);
            self.landscape.stroke(last, to);
            self.painting = Some((panel, to));
            self.stale = true;
        }
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        self.restored(&mut reader)?;
        reader.finish()
    }

    fn probe(&mut self) -> Probe<'_> {
        let mut flight = Flight::new(&self.start, &self.landscape, &self.rules);
        flight.advance(0.1);
        let outputs = flight.packets.iter().flat_map(|packet| [packet.mean as f32, packet.spread as f32]).collect();
        Box::pin(std::future::ready(Ok(outputs)))
    }
}

/// Percent with one decimal.
fn percent(id: &str, label: &str, share: f64) -> Readout {
    let percent = 100.0 * share;
    Readout { number: Some(percent), ..Readout::text(id, label, format!("{percent:.1} %")) }
}

impl Quantum {
    fn ball_readout(&self) -> Readout {
        let ball = self.flight.ball;
        if ball.left {
            Readout::text("ball", "Ball", "left the domain")
        } else {
            Readout::number("ball", "Ball", ball.place, 3, "")
        }
    }

    fn packet_readouts(&self, packet: &Packet) -> Vec<Readout> {
        let (suffix, name) = match packet.rule {
            PotentialRule::Average => ("", "average"),
            PotentialRule::Difference => ("-difference", "difference"),
        };
        let id = |stem: &str| format!("{stem}{suffix}");
        let label = |what: &str| format!("{what}, {name}");
        let theory = format_number(self.flight.setup().norm_ratio(), 5);
        let ratio = format_number(packet.norm_ratio, 5);
        let mut readouts = vec![
            Readout::number(&id("mean"), &label("Mean ⟨x⟩"), packet.mean, 3, ""),
            Readout::number(&id("spread"), &label("Spread"), packet.spread, 3, ""),
        ];
        if let (Some((place, _)), Some(share)) = (self.far_side(), self.passed(packet)) {
            let what = format!("Beyond the barrier at x = {}", format_number(place, 2));
            readouts.push(percent(&id("beyond"), &label(&what), share));
        }
        readouts.push(percent(&id("kept"), &label("Still inside"), packet.kept));
        readouts.push(Readout {
            number: Some(packet.norm_ratio),
            ..Readout::text(&id("norm"), &label("Norm ratio, of theory’s"), format!("{ratio} of {theory}"))
        });
        readouts
    }

    fn export(&self) -> Vec<Table> {
        let grid = self.flight.grid();
        let mut packets = Table::new("packets").column("x", grid).column("potential energy V", self.flight.potential());
        let mut positions = Table::new("positions").column("time", self.column(0)).column("ball x", self.column(1));
        for (index, packet) in self.flight.packets.iter().enumerate() {
            let name = if packet.rule == PotentialRule::Average { "average" } else { "difference" };
            let dx = self.flight.setup().dx();
            let density: Vec<f64> = packet.shown.iter().map(|amplitude| amplitude.norm_sqr() / dx).collect();
            let phase: Vec<f64> =
                packet.shown.iter().map(|amplitude| math::ops::atan2(amplitude.im, amplitude.re)).collect();
            packets = packets
                .column(&format!("probability density, {name}"), density)
                .column(&format!("phase (rad), {name}"), phase);
            positions = positions
                .column(&format!("mean x, {name}"), self.column(2 + 2 * index))
                .column(&format!("spread, {name}"), self.column(3 + 2 * index));
        }
        vec![positions, packets]
    }

    fn column(&self, index: usize) -> Vec<f64> {
        self.records.iter().map(|record| record[index]).collect()
    }
}
