//! The six systems as a visitor drives them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Entry, Event, Player, Value};
use futures_lite::future::block_on;

fn player(controls: &[(&str, Value)]) -> Player {
    let entry: Entry = *action::DEMOS.iter().find(|entry| entry.id == "systems").unwrap();
    let mut player = Player::new(entry, Context::default()).unwrap();
    for (id, value) in controls {
        set(&mut player, id, value.clone());
    }
    player
}

fn set(player: &mut Player, id: &str, value: Value) {
    player.event(&Event::Control { id: id.into(), value }).unwrap();
}

fn system(name: &str) -> (&'static str, Value) {
    ("system", Value::Text(name.into()))
}

fn ticks(player: &mut Player, count: usize) {
    for _ in 0..count {
        block_on(player.tick(1.0 / 60.0)).unwrap();
    }
}

fn number(player: &Player, id: &str) -> f64 {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().number.unwrap()
}

fn text(player: &Player, id: &str) -> String {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().text
}

#[test]
fn every_noisy_path_melts_and_then_rests_until_more_is_asked_for() {
    for (name, steps, share) in [
        ("free-body", 500.0, 0.01),
        ("pendulum", 500.0, 0.2),
        ("double-pendulum", 500.0, 0.05),
        ("three-body", 1000.0, 0.01),
        ("gas", 500.0, 0.15),
        ("planets", 500.0, 0.01),
    ] {
        let mut player = player(&[system(name), ("steps", Value::Number(40.0))]);
        let before = number(&player, "error");
        ticks(&mut player, 60);
        let after = number(&player, "error");
        assert!(after < share * before, "{name}: from {before} to {after}");
        assert_eq!(number(&player, "step"), steps, "{name}");
        set(&mut player, "more", Value::Bool(true));
        ticks(&mut player, 1);
        assert!(number(&player, "step") > steps, "{name}");
    }
}

#[test]
fn the_papers_path_is_reached_as_published() {
    let mut player = player(&[system("free-body"), ("scheme", Value::Text("published".into()))]);
    ticks(&mut player, 496 / 4);
    assert_eq!(number(&player, "step"), 496.0);
    assert!((number(&player, "error") - 0.35183366158).abs() < 1e-9, "{}", number(&player, "error"));
}

#[test]
fn a_large_gas_is_computed_in_instalments() {
    let mut player = player(&[system("gas"), ("bodies", Value::Number(400.0))]);
    assert!(text(&player, "step").contains("ODE"));
    assert_eq!(text(&player, "pairs"), "79800");
    ticks(&mut player, 20);
    // 31 time points of 100 a tick.
    let before = number(&player, "step");
    ticks(&mut player, 12);
    assert_eq!(number(&player, "step"), before + 3.0);
    assert!(!player.scene().has_nan());
}

#[test]
fn a_large_gas_goes_on_from_a_snapshot() {
    let controls = [system("gas"), ("bodies", Value::Number(400.0))];
    let mut first = player(&controls);
    ticks(&mut first, 24);
    let mut second = player(&[]);
    second.restore(&block_on(first.save()).unwrap()).unwrap();
    assert!(text(&second, "step").contains("ODE"));
    ticks(&mut second, 8);
    assert!(number(&second, "step") >= number(&first, "step"), "{}", text(&second, "step"));
}

#[test]
fn the_planets_start_on_any_day_and_stay_near_the_record() {
    for day in [0.0, 20.0, 148.0, 300.0] {
        let mut player = player(&[system("planets"), ("day", Value::Number(day)), ("steps", Value::Number(40.0))]);
        ticks(&mut player, 60);
        // The planets' own size is 1e8 km; what is left is the simulation's own, mostly that it is flat.
        assert!(number(&player, "miss-earth") < 2e6, "{day}: {}", number(&player, "miss-earth"));
        assert!(number(&player, "miss-mercury") < 3e7, "{day}: {}", number(&player, "miss-mercury"));
    }
    let last = player(&[system("planets"), ("day", Value::Number(300.0))]);
    assert_eq!(text(&last, "dates"), "13 December 2022 to 15 February 2023");
}

#[test]
fn noise_zero_is_the_odes_own_path() {
    let player = player(&[system("double-pendulum"), ("noise", Value::Number(0.0))]);
    assert_eq!(number(&player, "error"), 0.0);
}

#[test]
fn what_matters_to_another_system_disturbs_nothing() {
    let mut player = player(&[]);
    ticks(&mut player, 5);
    let before = number(&player, "step");
    set(&mut player, "bodies", Value::Number(100.0));
    set(&mut player, "day", Value::Number(3.0));
    assert_eq!(number(&player, "step"), before);
    set(&mut player, "noise", Value::Number(0.5));
    assert_eq!(number(&player, "step"), 0.0);
}
