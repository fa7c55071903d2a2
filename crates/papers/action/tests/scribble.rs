//! The drawn path as its visitor uses it: what is drawn melts into the parabola, and nothing drawn breaks it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Phase, Player, Point, Size, Value};
use futures_lite::future::block_on;

const SIZE: Size = Size { width: 640.0, height: 376.0 };

fn player() -> Player {
    let entry = *action::DEMOS.iter().find(|entry| entry.id == "scribble").unwrap();
    let mut player = Player::new(entry, Context::default()).unwrap();
    player.event(&Event::Resize { size: SIZE }).unwrap();
    player
}

fn tick(player: &mut Player, ticks: usize) {
    for _ in 0..ticks {
        block_on(player.tick(1.0 / 60.0)).unwrap();
    }
}

fn set(player: &mut Player, id: &str, value: Value) {
    player.event(&Event::Control { id: id.into(), value }).unwrap();
}

/// Draws through `points`, in shares of the figure.
fn draw(player: &mut Player, points: &[Point]) {
    let mut phase = Phase::Start;
    for [x, y] in points {
        player.event(&Event::Pointer { at: [x * SIZE.width, y * SIZE.height], phase }).unwrap();
        phase = Phase::Move;
    }
    player.event(&Event::Pointer { at: [0.0, 0.0], phase: Phase::End }).unwrap();
}

fn number(player: &Player, id: &str) -> f64 {
    player.readouts().into_iter().find(|readout| readout.id == id).and_then(|readout| readout.number).unwrap()
}

fn text(player: &Player, id: &str) -> String {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().text
}

/// Runs until the path rests, at most `secs`.
fn settle(player: &mut Player, secs: f64) {
    for _ in 0..(60.0 * secs) as usize {
        if text(player, "steps").contains("Newton") {
            return;
        }
        tick(player, 1);
    }
    panic!("not settled after {secs} s: {:?}", player.readouts());
}

const ZIGZAG: [Point; 6] = [[0.1, 0.7], [0.2, 0.2], [0.3, 0.8], [0.4, 0.3], [0.5, 0.9], [0.55, 0.5]];

#[test]
fn a_drawn_scribble_melts_into_the_parabola_with_either_optimiser() {
    for (optimiser, secs) in [("descent", 5.0), ("adam", 5.0)] {
        let mut player = player();
        set(&mut player, "optimiser", Value::Text(optimiser.into()));
        draw(&mut player, &ZIGZAG);
        assert!(text(&player, "scribble").contains("drawn by you, 6 points"));
        let (before, ode) = (number(&player, "action"), number(&player, "action-ode"));
        assert!(before > ode + 10.0, "{before} {ode}");
        tick(&mut player, 20);
        assert!(number(&player, "action") < before);
        settle(&mut player, secs);
        assert!((number(&player, "action") - ode).abs() < 1e-9 && number(&player, "distance") < 1e-9, "{optimiser}");
    }
}

#[test]
fn the_copied_velocity_ends_elsewhere() {
    let mut player = player();
    settle(&mut player, 10.0);
    set(&mut player, "velocity", Value::Text("published".into()));
    settle(&mut player, 10.0);
    assert!(number(&player, "distance") > 0.1 && number(&player, "action") < number(&player, "action-ode"));
    set(&mut player, "velocity", Value::Text("corrected".into()));
    settle(&mut player, 10.0);
    assert!(number(&player, "distance") < 1e-9);
}

#[test]
fn odd_drawings_are_explained_and_keep_the_figure_alive() {
    let cases: [(&[Point], &str); 5] = [
        (&[[0.3, 0.5]], "one point"),
        (&[[0.55, 0.5], [0.5, 0.2], [0.2, 0.6]], "3 points"),
        (&[[0.2, 0.5], [0.5, 0.3], [0.3, 0.2], [0.25, 0.6], [0.55, 0.5]], "2 lay back in time"),
        (&[[0.07, 0.5], [0.068, 0.2]], "nothing lay between"),
        (&[[0.3, 0.3], [-50.0, 90.0], [70.0, -80.0], [f64::NAN, 0.1]], "lay back in time or beyond the pins"),
    ];
    for (points, expected) in cases {
        let mut player = player();
        draw(&mut player, points);
        assert!(text(&player, "scribble").contains(expected), "{points:?}: {}", text(&player, "scribble"));
        assert!(!player.scene().has_nan());
        settle(&mut player, 12.0);
        assert!(number(&player, "distance") < 1e-9, "{points:?}");
    }
}

#[test]
fn a_pointer_without_a_press_and_a_press_beside_the_plane_draw_nothing() {
    let mut player = player();
    let before = (player.scene(), player.readouts());
    for phase in [Phase::Move, Phase::End] {
        player.event(&Event::Pointer { at: [200.0, 200.0], phase }).unwrap();
    }
    draw(&mut player, &[[0.9, 0.5], [0.4, 0.5]]);
    assert!(before == (player.scene(), player.readouts()));
}

#[test]
fn pins_dragged_onto_one_another_stay_apart() {
    let mut player = player();
    for (id, to) in [("pin-a", [600.0, 100.0]), ("pin-b", [-40.0, 370.0])] {
        player.event(&Event::Drag { id: id.into(), at: to }).unwrap();
    }
    let at = |id: &str| player.handles().into_iter().find(|handle| handle.id == id).unwrap().world;
    assert_eq!(at("pin-b")[0] - at("pin-a")[0], 1.0);
    settle(&mut player, 12.0);
    assert!(number(&player, "distance") < 1e-9 && !player.scene().has_nan());
}

#[test]
fn the_last_scribble_is_taken_back() {
    let mut player = player();
    settle(&mut player, 10.0);
    let first = player.tables()[0].columns[1].clone();
    draw(&mut player, &ZIGZAG);
    tick(&mut player, 30);
    assert_ne!(player.tables()[0].columns[1], first);
    set(&mut player, "undo", Value::Bool(true));
    let back = player.tables()[0].columns[1].clone();
    assert!(back.values.iter().zip(&first.values).all(|(a, b)| (a - b).abs() < 1e-12));
    set(&mut player, "undo", Value::Bool(true));
    assert!(text(&player, "scribble").contains("none to take back"));
}

#[test]
fn beads_bend_the_path_by_keyboard_and_wait_for_the_next_key() {
    let mut player = player();
    settle(&mut player, 10.0);
    let height = |player: &Player| player.handles().into_iter().find(|handle| handle.id == "knot-3").unwrap().world[1];
    let before = height(&player);
    for _ in 0..3 {
        player.event(&Event::Nudge { id: "knot-3".into(), steps: [0.0, -5.0] }).unwrap();
        tick(&mut player, 20);
    }
    assert!((height(&player) - (before - 15.0)).abs() < 1e-9);
    settle(&mut player, 12.0);
    assert!((height(&player) - before).abs() < 1e-9);
}

#[test]
fn it_draws_again_by_itself_until_the_visitor_does() {
    let mut player = player();
    let first = player.tables()[0].columns[1].clone();
    tick(&mut player, 60 * 15);
    assert_ne!(player.tables()[0].columns[1], first);
    draw(&mut player, &ZIGZAG);
    let drawn = player.tables()[0].columns[1].clone();
    tick(&mut player, 60 * 20);
    assert_eq!(player.tables()[0].columns[1], drawn);
}

#[test]
fn what_is_not_a_number_in_a_link_is_passed_over() {
    let mut player = player();
    player.set_state("speed=NaN&pin-a=NaN,3&knot-2=1,inf&optimiser=adam").unwrap();
    assert_eq!(player.state(), "optimiser=adam");
    tick(&mut player, 300);
    assert!(!player.scene().has_nan());
}
