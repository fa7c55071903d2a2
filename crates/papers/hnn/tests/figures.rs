//! What the figures of the page promise beyond what all figures must do, driven as a visitor would.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Entry, Event, Models, Player, Readout, Value};
use futures_lite::future::block_on;

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
