//! Painting a mask, as a visitor does.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Phase, Player, Size, Value};

fn player() -> Player {
    let entry = mnist1d::DEMOS.iter().find(|entry| entry.id == "lottery").expect("the figure");
    let mut player = Player::new(*entry, Context::default()).expect("a figure");
    player.event(&Event::Resize { size: Size { width: 900.0, height: 562.5 } }).expect("a size");
    player
}

/// From the left to the right over the visitor's mask.
fn stroke(player: &mut Player) {
    for (phase, at) in [(Phase::Start, [250.0, 300.0]), (Phase::Move, [420.0, 330.0]), (Phase::End, [420.0, 330.0])] {
        player.event(&Event::Pointer { at, phase }).expect("painting");
    }
}

fn choose(player: &mut Player, id: &str, value: Value) {
    player.event(&Event::Control { id: id.into(), value }).expect("a choice");
}

#[test]
fn a_stroke_shows_and_can_be_taken_back() {
    let mut player = player();
    choose(&mut player, "pattern", Value::Text("blank".into()));
    let before = player.scene();
    stroke(&mut player);
    assert_ne!(player.scene(), before);
    choose(&mut player, "undo", Value::Bool(true));
    assert_eq!(player.scene().shapes().len(), before.shapes().len());
    assert_eq!(player.scene(), before);
}

#[test]
fn painting_can_drop_what_it_kept() {
    let mut player = player();
    choose(&mut player, "pattern", Value::Text("blank".into()));
    choose(&mut player, "brush", Value::Text("drop".into()));
    let blank = player.scene();
    choose(&mut player, "brush", Value::Text("keep".into()));
    stroke(&mut player);
    choose(&mut player, "brush", Value::Text("drop".into()));
    assert_ne!(player.scene(), blank);
    stroke(&mut player);
    assert_eq!(player.scene(), blank);
}

#[test]
fn a_press_beside_the_mask_paints_nothing() {
    let mut player = player();
    let before = player.scene();
    for (phase, at) in [(Phase::Start, [700.0, 300.0]), (Phase::Move, [300.0, 300.0]), (Phase::End, [f64::NAN, 0.0])] {
        player.event(&Event::Pointer { at, phase }).expect("nothing");
    }
    assert_eq!(player.scene(), before);
}
