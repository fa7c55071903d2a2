//! Bending an activation function as a visitor does, and what becomes of it when the figure sleeps.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Player, Value};
use futures_lite::future::block_on;

const DT_SECS: f64 = 1.0 / 60.0;

fn player() -> Player {
    let entry = mnist1d::DEMOS.iter().find(|entry| entry.id == "activation").unwrap();
    Player::new(*entry, Context::default()).unwrap()
}

fn text(player: &Player, id: &str) -> String {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().text
}

fn number(player: &Player, id: &str) -> Option<f64> {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().number
}

fn tick(player: &mut Player, ticks: usize) {
    for _ in 0..ticks {
        block_on(player.tick(DT_SECS)).unwrap();
    }
}

#[test]
fn a_sleeper_goes_on_where_it_was_and_ends_with_the_same_bits() {
    let mut first = player();
    first.event(&Event::Nudge { id: "bend-2".into(), steps: [0.0, 4.0] }).unwrap();
    tick(&mut first, 100);
    let bytes = block_on(first.save()).unwrap();
    let mut second = player();
    second.restore(&bytes).unwrap();
    assert_eq!((second.readouts(), second.scene()), (first.readouts(), first.scene()));
    for figure in [&mut first, &mut second] {
        while number(figure, "learned-loss").is_none() {
            tick(figure, 10);
        }
    }
    for id in ["yours-loss", "yours-accuracy", "rival-loss", "learned-loss"] {
        assert_eq!(number(&first, id), number(&second, id), "{id}");
        assert!(number(&first, id).is_some(), "{id}");
    }
}

#[test]
fn descent_can_be_stopped_and_every_training_is_told_from_the_start() {
    let mut figure = player();
    assert_eq!(["learned-loss", "yours-accuracy", "rival-accuracy"].map(|id| text(&figure, id)), ["–"; 3]);
    assert_eq!(text(&figure, "yours-loss"), "step 0 of 301");
    figure.event(&Event::Control { id: "learn".into(), value: Value::Bool(false) }).unwrap();
    tick(&mut figure, 20);
    assert_eq!(text(&figure, "outer"), "0.00 of 301, stopped");
    assert_eq!(text(&figure, "yours-loss"), "step 40 of 301");
}
