//! What the figures of the page promise beyond what all figures must do, driven as a visitor would.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use burn::tensor::{Device, Tensor, TensorData};
use demo::{Context, Entry, Error, Event, ForeignModel, Models, Player, Readout, Value};
use futures_lite::future::block_on;
use hnn::model::{Dynamics, Kind};

fn player(id: &str) -> Player {
    let entry: Entry = *hnn::DEMOS.iter().find(|entry| entry.id == id).unwrap();
    let mut models = Models::default();
    for name in entry.models {
        let path = format!("{}/../../../models/hnn/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
        models.insert(*name, std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")));
    }
    Player::new(entry, Context { seed: 0, models, ..Context::default() }).unwrap()
}

fn set(player: &mut Player, id: &str, value: Value) {
    player.event(&Event::Control { id: id.into(), value }).unwrap();
}

fn tick(player: &mut Player) {
    block_on(player.tick(1.0 / 60.0)).unwrap();
}

fn readout(player: &Player, id: &str) -> Option<Readout> {
    player.readouts().into_iter().find(|readout| readout.id == id)
}

fn number(player: &Player, id: &str) -> f64 {
    readout(player, id).and_then(|readout| readout.number).unwrap_or(f64::NAN)
}

/// Ticks until `done`, at most `limit` times.
fn tick_until(player: &mut Player, limit: usize, done: impl Fn(&Player) -> bool) {
    for _ in 0..limit {
        if done(player) {
            return;
        }
        tick(player);
    }
    panic!("not within {limit} ticks: {:?}", player.readouts());
}

#[test]
fn the_arena_stops_by_itself_and_trains_on_when_told() {
    let mut arena = player("arena");
    set(&mut arena, "steps", Value::Number(4.0));
    set(&mut arena, "trajectories", Value::Number(1.0));
    tick_until(&mut arena, 520, |arena| number(arena, "step") >= 2000.0);
    for _ in 0..30 {
        tick(&mut arena);
    }
    assert_eq!(readout(&arena, "step").unwrap().text, "2000, finished");
    set(&mut arena, "more", Value::Bool(true));
    tick(&mut arena);
    assert_eq!(readout(&arena, "step").unwrap().text, "2004 of 4000");
    set(&mut arena, "noise", Value::Number(0.2));
    assert_eq!(readout(&arena, "step").unwrap().text, "0 of 2000");
}

#[test]
fn in_the_arena_both_reach_the_noise_and_only_one_keeps_the_energy() {
    let mut arena = player("arena");
    set(&mut arena, "steps", Value::Number(4.0));
    tick_until(&mut arena, 520, |arena| number(arena, "step") >= 2000.0);
    for _ in 0..60 {
        tick(&mut arena);
    }
    let floor = number(&arena, "floor");
    for id in ["loss-hnn", "loss-baseline"] {
        let loss = number(&arena, id);
        assert!(loss < 1.35 * floor && loss > 0.65 * floor, "{id} {loss} against the noise's {floor}");
    }
    let (hnn, baseline) = (number(&arena, "drift-hnn"), number(&arena, "drift-baseline"));
    assert!(hnn < 8.0 && baseline > 4.0 * hnn, "{hnn} % and {baseline} %");
}

#[test]
fn a_caught_bob_moves_the_start_in_the_link_too() {
    let mut rollout = player("rollout");
    let nudge = |id: &str| Event::Nudge { id: id.into(), steps: [0.0, 1.0] };
    rollout.event(&nudge("start")).unwrap();
    rollout.event(&nudge("bob")).unwrap();
    let start = |player: &Player| player.handles().into_iter().find(|handle| handle.id == "start").unwrap().world;
    let here = start(&rollout);
    assert!(here[1].abs() < 1e-12, "a caught bob is let go from rest, not with momentum {}", here[1]);
    let mut other = player("rollout");
    other.set_state(&rollout.state()).unwrap();
    let there = start(&other);
    assert!((here[0] - there[0]).abs() + (here[1] - there[1]).abs() < 1e-4, "{here:?} came as {there:?}");
}

#[test]
fn areas_last_under_energy_and_time_turned_around_brings_the_patch_back() {
    let mut liouville = player("liouville");
    assert!(number(&liouville, "particles") >= 4096.0);
    set(&mut liouville, "speed", Value::Number(1.0));
    let time = |player: &Player| readout(player, "time").unwrap().text;
    tick_until(&mut liouville, 400, |liouville| time(liouville).starts_with("1.5"));
    for id in ["area-exact", "area-hnn"] {
        let area = number(&liouville, id);
        assert!((area - 100.0).abs() < 0.1, "{id} {area} %");
    }
    let baseline = number(&liouville, "area-baseline");
    assert!((baseline - 100.0).abs() > 1.0, "the plain network's area is {baseline} %");
    set(&mut liouville, "turn", Value::Bool(true));
    tick(&mut liouville);
    assert!(time(&liouville).ends_with("running back"), "{}", time(&liouville));
    tick_until(&mut liouville, 400, |liouville| readout(liouville, "return-hnn").is_some());
    for id in ["return-exact", "return-hnn", "return-baseline"] {
        let error = number(&liouville, id);
        assert!(error < 1e-3, "{id} {error}");
    }
    set(&mut liouville, "again", Value::Bool(true));
    assert_eq!((time(&liouville).as_str(), readout(&liouville, "return-hnn")), ("0.00", None));
}

/// A harmonic oscillator that takes states of `columns` numbers, or one that fails when the states leave its reach.
struct Oscillator {
    columns: usize,
    reach: f32,
}

impl ForeignModel for Oscillator {
    fn name(&self) -> &'static str {
        "oscillator.onnx"
    }

    fn columns(&self) -> Option<usize> {
        Some(self.columns)
    }

    fn run(&self, input: &[f32], _rows: usize, columns: usize) -> Result<Vec<f32>, Error> {
        if input.iter().any(|value| value.abs() > self.reach) {
            let reason = "it gave something that is not a number.".into();
            return Err(Error::BadModel { name: self.name().into(), reason });
        }
        let half = columns / 2;
        let slope = |row: &[f32], index: usize| if index < half { row[index + half] } else { -row[index - half] };
        Ok(input.chunks(columns).flat_map(|row| (0..columns).map(move |index| slope(row, index))).collect())
    }
}

fn oscillator(columns: usize) -> Rc<Oscillator> {
    Rc::new(Oscillator { columns, reach: f32::INFINITY })
}

fn texts(player: &Player) -> Vec<String> {
    player.readouts().into_iter().map(|readout| format!("{}: {}", readout.label, readout.text)).collect()
}

#[test]
fn a_visitors_model_plays_on_the_table_it_is_made_for_and_waits_on_the_other() {
    let mut bodies = player("bodies");
    set(&mut bodies, "fan", Value::Text("visitor".into()));
    tick(&mut bodies);
    assert_eq!(readout(&bodies, "fan").unwrap().text, "load your model first");
    bodies.attach(oscillator(12)).unwrap();
    assert_eq!(readout(&bodies, "waiting").unwrap().text, "waits for three bodies");
    tick_until(&mut bodies, 60, |bodies| number(bodies, "time") > 0.5);
    assert!(readout(&bodies, "energy-visitor").is_none());

    set(&mut bodies, "table", Value::Text("three".into()));
    tick_until(&mut bodies, 400, |bodies| number(bodies, "time") > 0.5);
    assert!(readout(&bodies, "waiting").is_none() && number(&bodies, "fan") > 0.0);
    assert!(number(&bodies, "energy-visitor") > 0.0 && number(&bodies, "distance-visitor") > 0.0);

    bodies.event(&Event::Seed { seed: 5 }).unwrap();
    tick_until(&mut bodies, 400, |bodies| number(bodies, "time") > 0.2);
    assert!(number(&bodies, "energy-visitor") > 0.0);
    bodies.event(&Event::Reset).unwrap();
    assert_eq!(readout(&bodies, "waiting").unwrap().text, "waits for three bodies");
    bodies.attach(oscillator(8)).unwrap();
    tick_until(&mut bodies, 60, |bodies| number(bodies, "energy-visitor") > 0.0);
}

#[test]
fn a_model_of_neither_table_is_refused_and_the_one_before_plays_on() {
    let mut bodies = player("bodies");
    bodies.attach(oscillator(8)).unwrap();
    tick_until(&mut bodies, 60, |bodies| number(bodies, "time") > 0.5);
    let before = texts(&bodies);
    for (model, words) in
        [(oscillator(6), "takes 6 columns"), (Rc::new(Oscillator { columns: 12, reach: 0.1 }), "not a number")]
    {
        let refusal = bodies.attach(model).unwrap_err().to_string();
        assert!(refusal.contains("oscillator.onnx") && refusal.contains(words), "{refusal}");
        assert_eq!(texts(&bodies), before);
    }
}

#[test]
fn a_harmonic_oscillator_closes_its_orbit_on_the_table() {
    let mut bodies = player("bodies");
    bodies.attach(oscillator(8)).unwrap();
    // The start's own energy after a whole turn; on the way Newton's energy of an oscillator is another.
    let error = |player: &Player| number(player, "energy-visitor");
    tick_until(&mut bodies, 200, |bodies| number(bodies, "time") > 1.5);
    let midway = error(&bodies);
    tick_until(&mut bodies, 600, |bodies| number(bodies, "time") >= std::f64::consts::TAU);
    assert!(error(&bodies) < 0.1 * midway, "{} after {midway}", error(&bodies));
}

#[test]
fn a_visitors_model_survives_a_snapshot_and_its_failure_ends_its_trail_alone() {
    let mut first = player("bodies");
    first.attach(oscillator(8)).unwrap();
    tick_until(&mut first, 200, |bodies| number(bodies, "time") > 3.0);
    let bytes = block_on(first.save()).unwrap();
    let mut second = player("bodies");
    second.restore(&bytes).unwrap();
    assert!(readout(&second, "energy-visitor").is_none());
    second.attach(oscillator(8)).unwrap();
    second.restore(&bytes).unwrap();
    assert_eq!(readout(&second, "energy-visitor").unwrap().text, "not there yet");
    tick_until(&mut second, 12, |bodies| number(bodies, "energy-visitor").is_finite());

    let mut fragile = player("bodies");
    set(&mut fragile, "fan", Value::Text("visitor".into()));
    fragile.attach(Rc::new(Oscillator { columns: 8, reach: 1.6 })).unwrap();
    let start = fragile.handles().into_iter().find(|handle| handle.id == "two-body1").unwrap();
    fragile.event(&Event::Nudge { id: start.id, steps: [20.0, 0.0] }).unwrap();
    let failures = (0..200).filter(|_| block_on(fragile.tick(1.0 / 60.0)).is_err()).count();
    assert_eq!(failures, 2, "one for the trail, one for the copies");
    assert_eq!(readout(&fragile, "fan").unwrap().text, "all left the table");
    assert!(number(&fragile, "time") > 1.0 && number(&fragile, "energy-hnn").is_finite());
}

fn published(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../../models/hnn/{name}.onnx", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The states at which the arena's `probe` asks its networks while they learn the spring.
fn probe_states() -> Tensor<2> {
    let states = (0..16_i32).flat_map(|i| [f64::from(i - 8), f64::from((5 * i) % 16 - 8)]);
    let states: Vec<f32> = states.map(|value| (0.8 * 1.45 * value / 8.0) as f32).collect();
    Tensor::from_data(TensorData::new(states, [16, 2]), &Device::flex())
}

#[test]
fn what_the_arena_learned_is_taken_home() {
    let mut arena = player("arena");
    tick_until(&mut arena, 200, |arena| number(arena, "step") >= 20.0);
    let asked = block_on(arena.probe()).unwrap();
    for (index, (trained, kind)) in arena.trained().into_iter().zip([Kind::Hnn, Kind::Baseline]).enumerate() {
        let file = block_on(arena.onnx(&trained.name, &published(&trained.template))).unwrap();
        let told = onnx::File::parse(&file).unwrap().metadata().to_vec();
        assert!(told.iter().any(|(key, value)| key == "trained" && value.contains("20 steps")), "{told:?}");
        let network = Dynamics::load(kind, &file, &Device::flex()).unwrap();
        let field = block_on(nn::read(network.field(probe_states()))).unwrap();
        for (ours, live) in field.iter().zip(&asked[32 * index..]) {
            assert!((ours - live).abs() <= 1e-5 * live.abs().max(1.0), "{} {ours} {live}", trained.name);
        }
    }
    let other = published("two-body-hnn");
    assert!(block_on(arena.onnx("arena-spring-hnn", &other)).unwrap_err().to_string().contains("net.layers.0"));
    assert!(block_on(arena.onnx("arena-spring-vae", &other)).unwrap_err().to_string().contains("arena-spring-vae"));
}

#[test]
fn tables_say_what_the_readouts_say() {
    let last = |player: &Player, table: &str, column: &str| {
        let table = player.tables().into_iter().find(|one| one.name == table).unwrap();
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let index = names.iter().position(|name| *name == column).unwrap_or_else(|| panic!("{column} in {names:?}"));
        *table.columns[index].values.last().unwrap()
    };
    let mut liouville = player("liouville");
    tick_until(&mut liouville, 900, |liouville| number(liouville, "area-baseline") != 100.0);
    let share = last(&liouville, "areas", "area as a share of the first, plain");
    assert_eq!(100.0 * share, number(&liouville, "area-baseline"));
    let mut arena = player("arena");
    tick_until(&mut arena, 200, |arena| number(arena, "step") >= 20.0);
    assert_eq!(last(&arena, "losses", "loss, Hamiltonian"), number(&arena, "loss-hnn"));
    let mut bodies = player("bodies");
    tick_until(&mut bodies, 2000, |bodies| number(bodies, "time") > 5.0);
    let first: Vec<f64> = ["energy, Truth", "energy, HNN"].map(|name| first_of(&bodies, "rollouts", name)).to_vec();
    assert_eq!(first[0], first[1], "all begin alike");
    let start = first_of(&bodies, "rollouts", "energy, Truth");
    assert!(
        (last(&bodies, "rollouts", "energy, Truth") - start).abs() < 1e-3 * start.abs(),
        "the truth keeps its energy"
    );
}

fn first_of(player: &Player, table: &str, column: &str) -> f64 {
    let table = player.tables().into_iter().find(|one| one.name == table).unwrap();
    table.columns.iter().find(|one| one.name == column).unwrap().values[0]
}
