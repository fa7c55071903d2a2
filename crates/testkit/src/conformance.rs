//! What every figure must do, checked through its [`Player`] as a visitor would.

use std::collections::BTreeSet;
use std::rc::Rc;

use demo::{
    Context, Control, Entry, Error, Event, ForeignModel, MAX_STATE_BYTES, Models, Player, Point, Readout, Scene, Size,
    State, Value,
};
use futures_lite::future::block_on;

/// The seed of every check: not the default, so that a figure that ignores it is seen.
const SEED: u32 = 3;
/// A frame at 60 Hz.
const DT_SECS: f64 = 1.0 / 60.0;
/// Within so many ticks a control must show.
const FEW_TICKS: usize = 12;

/// Checks every figure of a paper over 1,000 ticks.
///
/// # Panics
/// With the list of all that failed.
pub fn conformance(entries: &[Entry], models: &Models) {
    Conformance::new(entries, models).run();
}

/// The same with other numbers, for heavy figures.
pub struct Conformance<'a> {
    entries: &'a [Entry],
    models: &'a Models,
    ticks: usize,
    idle: &'a [&'a str],
    answers: Option<usize>,
}

impl<'a> Conformance<'a> {
    /// All checks over 1,000 ticks.
    pub fn new(entries: &'a [Entry], models: &'a Models) -> Self {
        Self { entries, models, ticks: 1000, idle: &[], answers: None }
    }

    /// So many ticks in search of what is not a number.
    pub fn ticks(self, ticks: usize) -> Self {
        Self { ticks, ..self }
    }

    /// Controls that do nothing by themselves at the start, e.g. a button that removes a visitor's model.
    pub fn idle(self, ids: &'a [&'a str]) -> Self {
        Self { idle: ids, ..self }
    }

    /// How many numbers a visitor's model gives for a row, where they are not as many as it takes.
    pub fn answers(self, columns: usize) -> Self {
        Self { answers: Some(columns), ..self }
    }

    /// Runs all checks.
    ///
    /// # Panics
    /// With the list of all that failed.
    pub fn run(self) {
        let mut failures = Vec::new();
        for entry in self.entries {
            for (name, check) in CHECKS {
                if let Err(reason) = check(&Case { entry: *entry, suite: &self }) {
                    failures.push(format!("{}: {name}: {reason}", entry.id));
                }
            }
        }
        assert!(!self.entries.is_empty(), "no figures were given");
        assert!(failures.is_empty(), "{} checks failed:\n{}", failures.len(), failures.join("\n"));
    }
}

/// One figure under test.
struct Case<'a> {
    entry: Entry,
    suite: &'a Conformance<'a>,
}

type Outcome = Result<(), String>;
type Check = fn(&Case) -> Outcome;

const CHECKS: [(&str, Check); 11] = [
    ("the spec is complete and its names are unique", spec_is_sound),
    ("same seed and events, same scene", is_deterministic),
    ("no tick gives what is not a number", stays_finite),
    ("it draws at every width", draws_at_every_width),
    ("every control shows", controls_show),
    ("every handle moves", handles_move),
    ("bad input is refused with a message and changes nothing", refuses_bad_input),
    ("a snapshot goes on elsewhere, a damaged one changes nothing", saves_and_restores),
    ("the state survives a link", state_survives_a_link),
    ("a visitor's model plays or is refused", takes_models),
    ("its tables can be exported", tables_are_sound),
];

impl Case<'_> {
    fn player(&self) -> Result<Player, String> {
        let context = Context { seed: SEED, models: self.suite.models.clone(), ..Context::default() };
        Player::new(self.entry, context).map_err(words)
    }

    /// A player in the midst of things: ticked, with every handle nudged.
    fn player_at_work(&self) -> Result<Player, String> {
        let mut player = self.player()?;
        tick(&mut player, 5)?;
        for handle in player.handles() {
            player.event(&Event::Nudge { id: handle.id, steps: [-1.0, 1.0] }).map_err(words)?;
        }
        tick(&mut player, 5)?;
        Ok(player)
    }
}

/// All that a visitor perceives.
#[derive(PartialEq)]
struct Seen {
    scene: Scene,
    readouts: Vec<Readout>,
}

fn seen(player: &Player) -> Seen {
    Seen { scene: player.scene(), readouts: player.readouts() }
}

fn tick(player: &mut Player, ticks: usize) -> Outcome {
    (0..ticks).try_for_each(|_| block_on(player.tick(DT_SECS)).map(|_| ()).map_err(words))
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err calls")]
fn words(error: Error) -> String {
    error.to_string()
}

fn ensure(condition: bool, reason: impl FnOnce() -> String) -> Outcome {
    if condition { Ok(()) } else { Err(reason()) }
}

fn spec_is_sound(case: &Case) -> Outcome {
    let player = case.player()?;
    let spec = player.spec();
    ensure(!spec.title.is_empty() && !spec.summary.is_empty() && !spec.help.is_empty(), || {
        "title, summary or help is missing".into()
    })?;
    for aspect in [spec.aspect_wide, spec.aspect_narrow] {
        ensure((0.3..=4.0).contains(&aspect), || format!("an aspect of {aspect} is not a figure's"))?;
    }
    let mut names = BTreeSet::from(["seed".to_owned()]);
    let controls = spec.controls.iter().map(|control| control.id().to_owned());
    for id in controls.chain(player.handles().into_iter().map(|handle| handle.id)) {
        ensure(!id.is_empty(), || "a name is empty".into())?;
        ensure(names.insert(id.clone()), || format!("the name “{id}” is taken twice"))?;
    }
    let mut readouts = BTreeSet::new();
    for readout in player.readouts() {
        ensure(readouts.insert(readout.id.clone()), || format!("two readouts are named “{}”", readout.id))?;
    }
    for control in &spec.controls {
        if let Some(default) = control.default() {
            ensure(control.fit(&default) == Ok(default), || format!("the default of “{}” does not fit", control.id()))?;
        }
    }
    Ok(())
}

fn is_deterministic(case: &Case) -> Outcome {
    let (mut first, mut second) = (case.player_at_work()?, case.player_at_work()?);
    for control in first.spec().controls.clone() {
        for value in other_values(&control) {
            let event = Event::Control { id: control.id().into(), value };
            first.event(&event).map_err(words)?;
            second.event(&event).map_err(words)?;
            tick(&mut first, 2)?;
            tick(&mut second, 2)?;
            ensure(seen(&first) == seen(&second), || format!("two runs differ after {event:?}"))?;
        }
    }
    Ok(())
}

fn stays_finite(case: &Case) -> Outcome {
    let mut player = case.player()?;
    let looks = case.suite.ticks.div_ceil(10);
    for look in 0..looks {
        tick(&mut player, 10)?;
        is_finite(&player).map_err(|reason| format!("{reason} after {} ticks", 10 * (look + 1)))?;
    }
    Ok(())
}

fn is_finite(player: &Player) -> Outcome {
    ensure(!player.scene().has_nan(), || "the scene holds a coordinate that is not a number".into())?;
    for readout in player.readouts() {
        ensure(!readout.text.contains("not a number"), || format!("“{}” is not a number", readout.label))?;
    }
    Ok(())
}

fn draws_at_every_width(case: &Case) -> Outcome {
    let mut player = case.player()?;
    for width in [280.0, 320.0, 559.0, 560.0, 1100.0] {
        let aspect = if width < 560.0 { player.spec().aspect_narrow } else { player.spec().aspect_wide };
        let size = Size { width, height: width / aspect };
        player.event(&Event::Resize { size }).map_err(words)?;
        tick(&mut player, 1)?;
        let scene = player.scene();
        ensure(scene.size() == size, || format!("at {width} the scene has another size"))?;
        ensure(!scene.shapes().is_empty(), || format!("at {width} nothing is drawn"))?;
        is_finite(&player).map_err(|reason| format!("at {width} {reason}"))?;
        for handle in player.handles() {
            let [x, y] = handle.at();
            let inside = (-1.0..=size.width + 1.0).contains(&x) && (-1.0..=size.height + 1.0).contains(&y);
            ensure(inside, || format!("at {width} the handle “{}” lies outside, at {x:.0}, {y:.0}", handle.id))?;
        }
    }
    Ok(())
}

fn controls_show(case: &Case) -> Outcome {
    let spec = case.player()?.spec().clone();
    for control in spec.controls.iter().filter(|control| !case.suite.idle.contains(&control.id())) {
        let shows = situations(&spec.controls).into_iter().any(|situation| {
            other_values(control)
                .into_iter()
                .any(|value| shows(case, &situation, control.id(), &value).unwrap_or(false))
        });
        ensure(shows, || format!("“{}” changes neither scene nor readouts within {FEW_TICKS} ticks", control.id()))?;
    }
    Ok(())
}

/// The defaults, and each choice and toggle set otherwise, because some controls matter in one mode only.
fn situations(controls: &[Control]) -> Vec<Vec<Event>> {
    let modes = controls.iter().filter(|control| matches!(control, Control::Choice { .. } | Control::Toggle { .. }));
    let events = modes.flat_map(|control| {
        other_values(control).into_iter().map(|value| vec![Event::Control { id: control.id().into(), value }])
    });
    std::iter::once(Vec::new()).chain(events).collect()
}

/// Whether setting a control makes a figure differ from one in which it was left alone.
fn shows(case: &Case, situation: &[Event], id: &str, value: &Value) -> Result<bool, String> {
    let (mut left_alone, mut set) = (case.player()?, case.player()?);
    for player in [&mut left_alone, &mut set] {
        for event in situation {
            player.event(event).map_err(words)?;
        }
        tick(player, 3)?;
    }
    set.event(&Event::Control { id: id.into(), value: value.clone() }).map_err(words)?;
    for _ in 0..FEW_TICKS {
        tick(&mut left_alone, 1)?;
        tick(&mut set, 1)?;
        if seen(&left_alone) != seen(&set) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Values of a control other than its default.
fn other_values(control: &Control) -> Vec<Value> {
    match control {
        Control::Slider { min, max, .. } => vec![Value::Number(*max), Value::Number(*min)],
        Control::Toggle { default, .. } => vec![Value::Bool(!default)],
        Control::Choice { options, default, .. } => {
            options.iter().filter(|o| o.id != *default).map(|o| Value::Text(o.id.clone())).collect()
        }
        Control::Button { .. } => vec![Value::Bool(true)],
    }
}

fn handles_move(case: &Case) -> Outcome {
    let names: Vec<String> = case.player()?.handles().into_iter().map(|handle| handle.id).collect();
    for id in names {
        let mut player = case.player()?;
        let before = handle(&player, &id)?;
        ensure(before.step != [0.0, 0.0], || format!("“{id}” does not move by keyboard"))?;
        for axis in [0, 1].into_iter().filter(|axis| before.step[*axis] != 0.0) {
            let from = handle(&player, &id)?.world[axis];
            let upwards = before.bounds.high[axis] - from > before.step[axis].abs();
            let mut steps: Point = [0.0; 2];
            steps[axis] = if upwards { 1.0 } else { -1.0 };
            player.event(&Event::Nudge { id: id.clone(), steps }).map_err(words)?;
            let to = handle(&player, &id)?.world[axis];
            ensure((to - from).abs() > 1e-9, || format!("“{id}” stays where it is along axis {axis}"))?;
        }
        let at = before.at();
        player.event(&Event::Drag { id: id.clone(), at }).map_err(words)?;
        let [x, y] = handle(&player, &id)?.at();
        let distance = (x - at[0]).abs() + (y - at[1]).abs();
        ensure(distance < 1.0, || format!("“{id}” lands {distance:.1} pixels from where it was dragged"))?;
        is_finite(&player)?;
    }
    Ok(())
}

fn handle(player: &Player, id: &str) -> Result<demo::Handle, String> {
    player.handles().into_iter().find(|handle| handle.id == id).ok_or_else(|| format!("“{id}” vanished"))
}

fn refuses_bad_input(case: &Case) -> Outcome {
    let mut player = case.player_at_work()?;
    let mut events = vec![
        control_event("no such control", Value::Bool(true)),
        Event::Drag { id: "no such handle".into(), at: [1.0, 1.0] },
        Event::Nudge { id: "no such handle".into(), steps: [1.0, 0.0] },
        Event::State { state: "mangled".into() },
        Event::State { state: "x=1&".repeat(MAX_STATE_BYTES) },
    ];
    for control in &player.spec().controls {
        events.extend(bad_values(control).into_iter().map(|value| control_event(control.id(), value)));
    }
    for handle in player.handles() {
        events.push(Event::Drag { id: handle.id.clone(), at: [f64::NAN, 1.0] });
        events.push(Event::Nudge { id: handle.id, steps: [f64::INFINITY, f64::NAN] });
    }
    let before = seen(&player);
    for event in events {
        let Err(error) = player.event(&event) else { return Err(format!("{event:?} was accepted")) };
        ensure(error.to_string().len() > 10, || format!("{event:?} is refused without a message"))?;
        ensure(seen(&player) == before, || format!("{event:?} was refused, yet changed the figure"))?;
    }
    Ok(())
}

fn control_event(id: &str, value: Value) -> Event {
    Event::Control { id: id.into(), value }
}

fn bad_values(control: &Control) -> Vec<Value> {
    match control {
        Control::Slider { .. } => vec![Value::Number(f64::NAN), Value::Text("loud".into()), Value::Bool(true)],
        Control::Toggle { .. } | Control::Button { .. } => vec![Value::Number(1.0), Value::Text("on".into())],
        Control::Choice { .. } => vec![Value::Text("no such option".into()), Value::Number(0.0)],
    }
}

fn saves_and_restores(case: &Case) -> Outcome {
    let mut first = case.player_at_work()?;
    let bytes = block_on(first.save()).map_err(words)?;
    let mut second = case.player()?;
    second.restore(&bytes).map_err(words)?;
    ensure(seen(&second) == seen(&first), || "the restored figure looks different".into())?;
    tick(&mut first, 3)?;
    tick(&mut second, 3)?;
    ensure(seen(&second) == seen(&first), || "the restored figure goes on differently".into())?;

    let before = seen(&second);
    for damaged in [&bytes[..3], &bytes[..bytes.len() / 2], &bytes[..bytes.len() - 1], b"no snapshot of ours"] {
        ensure(second.restore(damaged).is_err(), || {
            format!("{} of {} bytes were accepted", damaged.len(), bytes.len())
        })?;
        ensure(seen(&second) == before, || "a damaged snapshot was refused, yet changed the figure".into())?;
    }
    Ok(())
}

fn state_survives_a_link(case: &Case) -> Outcome {
    let mut player = case.player_at_work()?;
    player.event(&Event::Seed { seed: SEED + 1 }).map_err(words)?;
    for control in player.spec().controls.clone() {
        if let Some(value) = other_values(&control).into_iter().next() {
            player.event(&control_event(control.id(), value)).map_err(words)?;
        }
    }
    let state = player.state();
    ensure(state.len() <= MAX_STATE_BYTES, || format!("the state takes {} bytes", state.len()))?;
    let decoded = State::decode(&state).map_err(words)?;
    ensure(decoded.encode() == state, || format!("“{state}” is read as “{}”", decoded.encode()))?;

    let mut other = case.player()?;
    other.set_state(&state).map_err(words)?;
    ensure(other.seed() == SEED + 1, || "the seed was lost".into())?;
    let (sent, taken) = (State::decode(&state).map_err(words)?, State::decode(&other.state()).map_err(words)?);
    ensure(sent.controls == taken.controls, || format!("of {:?} arrived {:?}", sent.controls, taken.controls))?;
    tick(&mut other, 3)?;
    is_finite(&other)
}

/// A model that gives zeros, or what is not a number; as many for a row as it takes, unless told otherwise.
struct Constant {
    value: f32,
    answers: Option<usize>,
}

impl ForeignModel for Constant {
    fn name(&self) -> &'static str {
        "constant.onnx"
    }

    fn columns(&self) -> Option<usize> {
        None
    }

    fn run(&self, input: &[f32], rows: usize, _columns: usize) -> Result<Vec<f32>, Error> {
        if self.value.is_nan() {
            let reason = "it gave something that is not a number.".into();
            return Err(Error::BadModel { name: self.name().into(), reason });
        }
        Ok(vec![self.value; self.answers.map_or(input.len(), |columns| rows * columns)])
    }
}

fn takes_models(case: &Case) -> Outcome {
    let mut player = case.player()?;
    let model = |value: f32| Rc::new(Constant { value, answers: case.suite.answers });
    tick(&mut player, 2)?;
    let before = seen(&player);
    if player.spec().model_contract.is_none() {
        ensure(player.attach(model(0.0)).is_err(), || "a model was taken without a contract".into())?;
        return ensure(seen(&player) == before, || "a refused model changed the figure".into());
    }
    ensure(player.attach(model(f32::NAN)).is_err(), || "a model that fails was taken".into())?;
    ensure(seen(&player) == before, || "a refused model changed the figure".into())?;
    player.attach(model(0.0)).map_err(words)?;
    tick(&mut player, 5)?;
    is_finite(&player)?;
    ensure(seen(&player) != before, || "the model does not show".into())
}

/// Tables have names for files and columns of their own, and hold numbers; without any the readouts are all there is.
fn tables_are_sound(case: &Case) -> Outcome {
    let player = case.player_at_work()?;
    let mut names = BTreeSet::new();
    for table in player.tables() {
        let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        let is_name = !table.name.is_empty() && table.name.chars().all(is_sign);
        ensure(is_name, || format!("“{}” is no name for a file", table.name))?;
        ensure(names.insert(table.name.clone()), || format!("two tables are named “{}”", table.name))?;
        let columns: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        ensure(columns.len() == table.columns.len(), || format!("columns of “{}” share a name", table.name))?;
        ensure(table.columns.iter().any(|column| !column.values.is_empty()), || format!("“{}” is empty", table.name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use demo::{Bounds, Color, Demo, Handle, Probe, Rect, Save, Spec, Tick, View};

    /// A dot that moves at a chosen speed, with one fault of choice.
    struct Mover {
        spec: Spec,
        fault: Fault,
        speed: f64,
        at: Point,
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Fault {
        None,
        IgnoresControl,
        Diverges,
        ForgetsOnRestore,
        TakesShortSnapshots,
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form of Entry::new")]
    fn mover(context: &Context, fault: Fault) -> Result<Box<dyn Demo>, Error> {
        let spec = Spec {
            title: "Mover".into(),
            summary: "A dot.".into(),
            help: "Drag it.".into(),
            aspect_wide: 1.6,
            aspect_narrow: 0.8,
            controls: vec![Control::slider("speed", "Speed", 0.0..=10.0, 0.5, 1.0), Control::button("home", "Home")],
            model_contract: None,
            paints: false,
        };
        Ok(Box::new(Mover { spec, fault, speed: 1.0, at: [f64::from(context.seed), 0.0] }))
    }

    impl Demo for Mover {
        fn spec(&self) -> &Spec {
            &self.spec
        }
        fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
            match id {
                "speed" if self.fault == Fault::IgnoresControl => {}
                "speed" => self.speed = value.as_number(),
                _ => self.at = [0.0, 0.0],
            }
            Ok(())
        }
        fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
            self.at[0] = if self.at[0] > 8.0 { -8.0 } else { self.at[0] + self.speed * dt_secs };
            if self.fault == Fault::Diverges && self.at[0] > 4.0 {
                self.at[0] = f64::NAN;
            }
            Box::pin(std::future::ready(Ok(())))
        }
        fn draw(&self, scene: &mut Scene) {
            scene.circle(self.at, 2.0, Color::Model);
        }
        fn readouts(&self) -> Vec<Readout> {
            vec![Readout::number("x", "x", self.at[0], 6, "m")]
        }
        fn handles(&self, size: Size) -> Vec<Handle> {
            let bounds = Bounds::symmetric(10.0, 10.0);
            let figure = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
            let view = View { world: bounds, figure };
            let (id, label, text) = ("dot".into(), "Dot".into(), String::new());
            vec![Handle { id, label, text, world: self.at, step: [0.5, 0.5], bounds, view, radius: 8.0 }]
        }
        fn move_handle(&mut self, _id: &str, world: Point) -> Result<(), Error> {
            self.at = world;
            Ok(())
        }
        fn save(&mut self) -> Save<'_> {
            let bytes = self.at.iter().flat_map(|value| value.to_le_bytes()).collect();
            Box::pin(std::future::ready(Ok(bytes)))
        }
        fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
            let bad = || Error::BadSnapshot("it ends early.".into());
            let short = self.fault == Fault::TakesShortSnapshots;
            let bytes: [u8; 16] = match snapshot.try_into() {
                Ok(bytes) => bytes,
                Err(_) if short => return Ok(()),
                Err(_) => return Err(bad()),
            };
            let number = |i: usize| bytes[8 * i..8 * i + 8].try_into().map(f64::from_le_bytes).map_err(|_| bad());
            let forgets = self.fault == Fault::ForgetsOnRestore;
            self.at = [if forgets { 0.0 } else { number(0)? }, number(1)?];
            Ok(())
        }
        fn probe(&mut self) -> Probe<'_> {
            Box::pin(std::future::ready(Ok(vec![1.0])))
        }
    }

    /// The entry of a mover with one fault.
    macro_rules! entry {
        ($fault:expr) => {
            Entry { id: "mover", models: &[], webgpu_pays: false, new: |context| mover(context, $fault) }
        };
    }

    /// Which checks fail for `entry`.
    fn failing(entry: Entry) -> Vec<&'static str> {
        let models = Models::default();
        let suite = Conformance::new(&[], &models).ticks(400);
        let case = Case { entry, suite: &suite };
        CHECKS.iter().filter(|(_, check)| check(&case).is_err()).map(|(name, _)| *name).collect()
    }

    #[test]
    fn a_sound_figure_passes() {
        conformance(&[entry!(Fault::None)], &Models::default());
    }

    #[test]
    fn each_fault_is_found() {
        assert_eq!(failing(entry!(Fault::IgnoresControl)), [CHECKS[4].0]);
        assert_eq!(failing(entry!(Fault::Diverges)), [CHECKS[2].0]);
        assert_eq!(failing(entry!(Fault::ForgetsOnRestore)), [CHECKS[7].0]);
        assert_eq!(failing(entry!(Fault::TakesShortSnapshots)), [CHECKS[7].0]);
    }
}
