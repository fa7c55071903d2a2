//! The saddle microscope: at the pendulum's own path the action may have ways down, and descent finds them.
//!
//! The paper ascribes the fall to energy that nothing constrains. The mechanism is older: beyond the first conjugate point
//! the ODE's path is no minimum of the action but a saddle, with one more way down at every further one (Morse's index
//! theorem; Milnor, "Morse Theory", section 15).

mod draw;
mod scope;

use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Point, Probe, Readout, Save, Scene, Size, Spec, Table, Tick,
    Value, format_number,
};

use super::trace::Trace;
use crate::action::Scheme;
use demo::snapshot::{Reader, Writer, bad};
use draw::Layout;
use scope::{MODES, Scope, Settings};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "saddle", models: &[], webgpu_pays: false, new };

/// Optimiser steps in one tick at most: under 1 ms.
const MOST_STEPS: f64 = 120.0;
/// A path that is let go hangs so long before it descends.
const HOLD_SECS: f64 = 0.5;
/// One run of the swinging pendulum.
const LAP_SECS: f64 = 6.0;
/// Its rest at the end.
const REST_SECS: f64 = 0.8;
/// Layout of the snapshot.
const VERSION: u32 = 1;
/// Farthest push, in degrees at the mode's largest.
const FARTHEST_DEG: f64 = 320.0;
/// Samples of the cut through the saddle.
const SAMPLES: i32 = 80;

struct Saddle {
    spec: Spec,
    seed: u32,
    scope: Scope,
    /// The mode on show, from zero.
    rank: usize,
    noise: f64,
    steps_per_sec: f64,
    /// Steps that are due, below one.
    due: f64,
    hold_secs: f64,
    /// Where the pendulum's film stands.
    film_secs: f64,
    trace: Trace,
    /// S along the mode on show and along one to compare it with, against degrees.
    cuts: [Vec<Point>; 2],
}

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let mut saddle = Saddle {
        spec: spec(),
        seed: context.seed,
        scope: Scope::new(Settings { seconds: 99, scheme: Scheme::Corrected, penalty: 0.0 }),
        rank: 0,
        noise: 0.2,
        steps_per_sec: 2400.0,
        due: 0.0,
        hold_secs: 0.0,
        film_secs: 0.0,
        trace: Trace::default(),
        cuts: [Vec::new(), Vec::new()],
    };
    saddle.restart();
    saddle.make_cuts();
    Ok(Box::new(saddle))
}

fn spec() -> Spec {
    let seconds = Control::Slider {
        id: "seconds".into(),
        label: "Duration".into(),
        unit: "s".into(),
        min: 20.0,
        max: 220.0,
        step: 1.0,
        default: 99.0,
    };
    Spec {
        title: "The saddle microscope".into(),
        summary: "A pendulum's path, angle against time, with the solution of the ODE dashed, the conjugate points on \
                  the time axis and a mode of the Hessian as a ribbon; beside it a cut of the action through the \
                  ODE's path along that mode, the swinging pendulum, and the energies against descent steps."
            .into(),
        help: "Pull the path, or the ball on the curve, along the mode and let go: plain gradient descent takes over. \
               Along an unstable mode the action is a hill, and the path slides down to another path between the same \
               two ends; along a stable mode it is a valley, and the path comes back. Slide the duration: at every \
               half period the ODE’s path passes a conjugate point, and the Hessian gains a negative eigenvalue. The \
               energy penalty asks the energy to stay at its first value; descent is then by Adam, as in the paper. \
               With the paper’s weight of 100 the saddle is flatter but still a saddle; a weight of 10,000 makes a \
               minimum close to the ODE’s path. “As published” copies the last velocity, as the authors’ code does. \
               Descent starts from the ODE’s path with noise; noise zero starts on it exactly."
            .into(),
        aspect_wide: 1.45,
        aspect_narrow: 0.46,
        controls: vec![
            seconds,
            Control::slider("mode", "Mode", 1.0..=MODES as f64, 1.0, 1.0),
            Control::choice(
                "penalty",
                "Energy penalty",
                &[("off", "Off"), ("paper", "100, as in the paper"), ("strong", "10,000")],
            ),
            Control::choice("action", "Action", &[("corrected", "Corrected"), ("published", "As published")]),
            Control::slider("noise", "Noise at the start", 0.0..=0.6, 0.05, 0.2),
            Control::slider("speed", "Steps a second", 100.0..=7000.0, 100.0, 2400.0),
            Control::button("again", "Start again"),
        ],
        model_contract: None,
        paints: false,
    }
}

impl Saddle {
    /// From the noisy start.
    fn restart(&mut self) {
        self.scope.shake(self.seed, self.noise);
        self.forget();
        self.hold_secs = 0.0;
    }

    fn forget(&mut self) {
        self.trace.clear();
        self.due = 0.0;
    }

    fn reset_scope(&mut self, settings: Settings) {
        self.scope = Scope::new(settings);
        self.make_cuts();
        self.restart();
        self.film_secs = self.film_secs.min(settings.seconds as f64);
    }

    /// Pushes along the mode on show, by degrees at its largest.
    fn push(&mut self, degrees: f64) {
        self.scope.push(self.rank, degrees.clamp(-FARTHEST_DEG, FARTHEST_DEG).to_radians());
        self.forget();
        self.hold_secs = HOLD_SECS;
    }

    /// The mode that the one on show is compared with: unstable ones with a stable one and the other way round.
    fn companion(&self) -> usize {
        let ways_down = self.scope.ways_down;
        let other = if self.rank < ways_down || ways_down == 0 { ways_down + 1 } else { 0 };
        let other = if other == self.rank { other + 1 } else { other };
        other.min(MODES - 1)
    }

    fn make_cuts(&mut self) {
        self.cuts = [self.rank, self.companion()].map(|rank| {
            let degrees = (-SAMPLES..=SAMPLES).map(|k| f64::from(k) / f64::from(SAMPLES) * FARTHEST_DEG);
            degrees.map(|degrees| [degrees, self.scope.cut(rank, degrees.to_radians())]).collect()
        });
    }

    fn advance(&mut self, dt_secs: f64) {
        self.run_film(dt_secs);
        if self.hold_secs > 0.0 {
            self.hold_secs -= dt_secs;
            return;
        }
        if self.rests() {
            return;
        }
        self.due += (self.steps_per_sec * dt_secs).min(MOST_STEPS);
        while self.due >= 1.0 {
            let step = self.scope.steps();
            let terms = self.scope.step();
            self.trace.record(step, terms);
            self.due -= 1.0;
        }
    }

    /// Whether plain descent has come to its end in a minimum.
    fn rests(&self) -> bool {
        self.scope.settings.penalty == 0.0 && self.scope.slope() < 1e-7 && self.scope.ways_down_here() == 0
    }

    fn run_film(&mut self, dt_secs: f64) {
        let pace = self.scope.settings.seconds as f64 / LAP_SECS;
        self.film_secs += pace * dt_secs;
        if self.film_secs > pace * (LAP_SECS + REST_SECS) {
            self.film_secs = 0.0;
        }
    }

    /// The film's time in the path.
    fn now_secs(&self) -> f64 {
        self.film_secs.min(self.scope.settings.seconds as f64)
    }

    /// Degrees along the mode on show.
    fn along_deg(&self) -> f64 {
        self.scope.along(self.rank).to_degrees().clamp(-FARTHEST_DEG, FARTHEST_DEG)
    }

    /// What the path does, in words.
    fn state(&self) -> String {
        let settled = if self.scope.settings.penalty > 0.0 { 0.05 } else { 1e-3 };
        if self.hold_secs > 0.0 {
            return "held".into();
        }
        match (self.scope.slope() < settled, self.scope.ways_down_here()) {
            (false, _) => "sliding down".into(),
            (true, 0) => "at rest in a minimum".into(),
            (true, 1) => "balanced on a saddle, one way down".into(),
            (true, ways) => format!("balanced on a saddle, {ways} ways down"),
        }
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.f64s(&[self.due, self.hold_secs, self.film_secs]);
        self.scope.save(&mut writer);
        self.trace.save(&mut writer);
        writer.finish()
    }
}

impl Demo for Saddle {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        let settings = self.scope.settings;
        match id {
            "seconds" => self.reset_scope(Settings { seconds: value.as_number() as usize, ..settings }),
            "action" => {
                let published = value.as_text() == "published";
                let scheme = if published { Scheme::Published } else { Scheme::Corrected };
                self.reset_scope(Settings { scheme, ..settings });
            }
            "penalty" => {
                let penalty = match value.as_text() {
                    "paper" => 1e2,
                    "strong" => 1e4,
                    _ => 0.0,
                };
                self.reset_scope(Settings { penalty, ..settings });
            }
            "mode" => {
                self.rank = (value.as_number() as usize).saturating_sub(1).min(MODES - 1);
                self.make_cuts();
            }
            "noise" => {
                self.noise = value.as_number();
                self.restart();
            }
            "speed" => self.steps_per_sec = value.as_number(),
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
        self.draw_all(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let (scope, terms) = (&self.scope, self.scope.terms());
        let lowest = scope.modes.first().map_or(0.0, |mode| mode.eigenvalue);
        let shown = scope.modes.get(self.rank).map_or(0.0, |mode| mode.eigenvalue);
        let middle = scope.path()[scope.settings.seconds / 2];
        vec![
            Readout::text("state", "The path is", self.state()),
            Readout::number("ways-down", "Negative eigenvalues at the ODE’s path", scope.ways_down as f64, 1, ""),
            Readout::number("conjugate", "Conjugate points before the end", scope.conjugate.len() as f64, 1, ""),
            Readout::number("lowest", "Lowest eigenvalue there", lowest, 3, ""),
            Readout::number("eigenvalue", "Eigenvalue of the mode on show", shown, 3, ""),
            Readout::number(
                "ways-down-here",
                "Negative eigenvalues at the present path",
                scope.ways_down_here() as f64,
                1,
                "",
            ),
            Readout::number("action", "Action S", terms.action(), 5, ""),
            Readout::number("kinetic", "Kinetic energy T", terms.kinetic, 4, ""),
            Readout::number("potential", "Potential energy V", terms.potential, 4, ""),
            Readout::number("middle", "Angle at half time", middle, 4, "rad"),
            Readout::number("distance", "Distance to the ODE’s path (root mean square)", scope.distance(), 3, "rad"),
            Readout::text("steps", "Descent steps", scope.steps().to_string()),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let scope = &self.scope;
        let times: Vec<f64> = (0..scope.ode.len()).map(|k| k as f64).collect();
        let mode = scope.modes.get(self.rank).map(|mode| mode.shape.clone()).unwrap_or_default();
        let paths = Table::new("paths")
            .column("time (s)", times)
            .column("angle of the ODE (rad)", scope.ode.clone())
            .column("present angle (rad)", scope.path())
            .column("mode on show", mode);
        let values: Vec<f64> = scope.modes.iter().map(|mode| mode.eigenvalue).collect();
        let ranks: Vec<f64> = (1..=values.len()).map(|rank| rank as f64).collect();
        let modes = Table::new("modes").column("mode", ranks).column("eigenvalue", values);
        let column = |axis: usize| self.cuts[0].iter().map(|point| point[axis]).collect::<Vec<_>>();
        let cut = Table::new("cut").column("along the mode (degrees)", column(0)).column("action S", column(1));
        vec![paths, modes, cut, self.trace.table()]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let layout = Layout::new(size);
        let Some(mode) = self.scope.modes.get(self.rank) else { return Vec::new() };
        let (along, secs) = (self.along_deg(), mode.peak as f64);
        let angle = self.scope.path()[mode.peak].to_degrees();
        let text = format!("{} degrees along mode {}", format_number(along, 3), self.rank + 1);
        let path = self.path_plot(&layout);
        let pull = Handle {
            id: "pull".into(),
            label: "Pull the path along the mode".into(),
            text: text.clone(),
            world: path.view.world.clone().clamp([secs, angle]),
            step: [0.0, 5.0],
            bounds: Bounds { low: [secs, path.view.world.low[1]], high: [secs, path.view.world.high[1]] },
            view: path.view,
            radius: 12.0,
        };
        let cut = self.cut_plot(&layout);
        let height = self.height_on_cut(&cut, along);
        let ball = Handle {
            id: "ball".into(),
            label: "Ball on the cut through the action".into(),
            text,
            world: [along, height],
            step: [5.0, 0.0],
            bounds: Bounds { low: [-FARTHEST_DEG, height], high: [FARTHEST_DEG, height] },
            view: cut.view,
            radius: 12.0,
        };
        vec![pull, ball]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        match id {
            "pull" => {
                let peak = self.scope.modes.get(self.rank).map_or(0, |mode| mode.peak);
                self.push(world[1] - self.scope.ode[peak].to_degrees());
            }
            "ball" => self.push(world[0]),
            _ => return Err(Error::Unknown { what: "handle", id: id.into() }),
        }
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let clocks = reader.f64s()?;
        let [due, hold_secs, film_secs] = clocks.as_slice() else { return Err(bad("its clocks are damaged.")) };
        let (relaxation, trace) = (self.scope.read(&mut reader)?, Trace::restore(&mut reader)?);
        reader.finish()?;
        (self.due, self.hold_secs, self.film_secs) = (*due, *hold_secs, *film_secs);
        (self.scope.relaxation, self.trace) = (relaxation, trace);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        let numbers = self.scope.modes.iter().map(|mode| mode.eigenvalue).chain([self.scope.ode_terms.action()]);
        Box::pin(std::future::ready(Ok(numbers.map(|number| number as f32).collect())))
    }
}
