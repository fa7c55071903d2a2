//! The saddle microscope and the basins as a visitor uses them, and what bad input does to them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Player, Table, Value};
use futures_lite::future::block_on;

fn player(id: &str) -> Player {
    let entry = action::DEMOS.iter().find(|entry| entry.id == id).unwrap();
    Player::new(*entry, Context::default()).unwrap()
}

fn tick(player: &mut Player, ticks: usize) {
    for _ in 0..ticks {
        block_on(player.tick(1.0 / 60.0)).unwrap();
    }
}

fn set(player: &mut Player, id: &str, value: Value) {
    player.event(&Event::Control { id: id.into(), value }).unwrap();
}

fn number(player: &Player, id: &str) -> f64 {
    let readout = player.readouts().into_iter().find(|readout| readout.id == id);
    readout.unwrap_or_else(|| panic!("no readout “{id}”")).number.unwrap()
}

fn nudge(player: &mut Player, id: &str, steps: [f64; 2]) {
    player.event(&Event::Nudge { id: id.into(), steps }).unwrap();
}

fn table(player: &Player, name: &str) -> Table {
    player.tables().into_iter().find(|table| table.name == name).unwrap()
}

#[test]
fn the_count_follows_the_duration() {
    let mut saddle = player("saddle");
    for (seconds, expected) in [(49.0, 0.0), (74.0, 1.0), (124.0, 2.0), (199.0, 3.0)] {
        set(&mut saddle, "seconds", Value::Number(seconds));
        assert_eq!((number(&saddle, "ways-down"), number(&saddle, "conjugate")), (expected, expected), "{seconds}");
    }
}

#[test]
fn pushed_by_keyboard_it_slides_to_the_published_path_and_the_other_way_elsewhere() {
    for (steps, low, high) in [(6.0, -300.78, -300.68), (-6.0, -31.0, -30.0)] {
        let mut saddle = player("saddle");
        set(&mut saddle, "action", Value::Text("published".into()));
        nudge(&mut saddle, "ball", [steps, 0.0]);
        let held = number(&saddle, "action");
        tick(&mut saddle, 20);
        assert_eq!(number(&saddle, "action"), held, "it hangs while it is held");
        tick(&mut saddle, 600);
        let action = number(&saddle, "action");
        assert!((low..high).contains(&action), "{action}");
        assert_eq!(number(&saddle, "ways-down-here"), 0.0);
    }
}

#[test]
fn a_stable_mode_brings_it_back_and_the_strong_penalty_holds_it() {
    let mut saddle = player("saddle");
    set(&mut saddle, "noise", Value::Number(0.0));
    set(&mut saddle, "mode", Value::Number(4.0));
    nudge(&mut saddle, "pull", [0.0, 6.0]);
    let far = number(&saddle, "distance");
    tick(&mut saddle, 60);
    assert!(number(&saddle, "distance") < 0.2 * far);

    let distance = |penalty: &str| {
        let mut saddle = player("saddle");
        set(&mut saddle, "noise", Value::Number(0.0));
        set(&mut saddle, "penalty", Value::Text(penalty.into()));
        nudge(&mut saddle, "pull", [0.0, 2.0]);
        tick(&mut saddle, 400);
        number(&saddle, "distance")
    };
    assert!(distance("off") > 2.0 && distance("strong") < 0.2);
}

#[test]
fn the_ends_of_every_slider_are_fine() {
    for id in ["saddle", "basin"] {
        let mut figure = player(id);
        for state in [
            "seconds=20&noise=0.6&speed=7000&mode=5",
            "seconds=220&noise=0&mode=5&penalty=strong",
            "seconds=NaN&noise=inf&pull=nan,nan&ball=1e300,0",
            "target=-1e9,0&from=0,-1e9&to=0,1e9&spread=3",
            "target=1e9,1e9&from=0,1e9&spread=0.5&descent=smoothed",
            "target=NaN,5&from=NaN,NaN",
        ] {
            figure.set_state(state).unwrap();
            tick(&mut figure, 30);
            assert!(!figure.scene().has_nan(), "{id} {state}");
            assert!(figure.readouts().iter().all(|readout| !readout.text.contains("not a number")), "{id} {state}");
        }
    }
}

#[test]
fn every_start_of_the_fan_is_counted_and_most_reach_a_minimum() {
    let mut basin = player("basin");
    tick(&mut basin, 700);
    let on_their_way = number(&basin, "on-their-way");
    assert_eq!(number(&basin, "right") + number(&basin, "left") + on_their_way, 256.0);
    assert!(on_their_way < 13.0, "{on_their_way}");
    let reached = &table(&basin, "starts").columns[1].values;
    assert_eq!(reached.iter().filter(|value| value.is_finite()).count() as f64, 256.0 - on_their_way);
}

#[test]
fn a_short_path_has_one_minimum_and_every_start_reaches_it() {
    let mut basin = player("basin");
    basin.set_state("target=-57,30").unwrap();
    assert_eq!(number(&basin, "minima"), 1.0);
    tick(&mut basin, 700);
    assert_eq!(number(&basin, "straight"), 256.0);
}

#[test]
fn the_map_fills_and_begins_anew_only_when_the_first_pin_or_the_spread_changes() {
    let mut basin = player("basin");
    tick(&mut basin, 40);
    let cells = |player: &Player| {
        player.tables().iter().find(|table| table.name == "map").map_or(0, |map| map.columns[0].values.len())
    };
    let known = cells(&basin);
    assert!(known > 20);
    nudge(&mut basin, "target", [1.0, 1.0]);
    nudge(&mut basin, "to", [0.0, 1.0]);
    assert_eq!(cells(&basin), known);
    nudge(&mut basin, "from", [0.0, 1.0]);
    assert_eq!(cells(&basin), 0);
}
