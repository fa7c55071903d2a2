//! Erasing as a visitor does it: what is rubbed out comes back, and nothing rubbed out breaks the figure.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Phase, Player, Point, Size, Value};
use futures_lite::future::block_on;

const SIZE: Size = Size { width: 700.0, height: 378.0 };

fn player() -> Player {
    let entry = *action::DEMOS.iter().find(|entry| entry.id == "infill").unwrap();
    let mut player = Player::new(entry, Context::default()).unwrap();
    player.event(&Event::Resize { size: SIZE }).unwrap();
    player
}

fn tick(player: &mut Player, secs: f64) {
    for _ in 0..(60.0 * secs) as usize {
        block_on(player.tick(1.0 / 60.0)).unwrap();
    }
}

fn press(player: &mut Player, id: &str) {
    player.event(&Event::Control { id: id.into(), value: Value::Bool(true) }).unwrap();
}

fn readout(player: &Player, id: &str) -> (String, Option<f64>) {
    let readout = player.readouts().into_iter().find(|readout| readout.id == id).unwrap();
    (readout.text, readout.number)
}

fn missing(player: &Player) -> String {
    readout(player, "missing").0
}

/// Rubs along points in astronomical units.
fn rub(player: &mut Player, points: &[Point]) {
    let view = player.handles()[0].view;
    let mut phase = Phase::Start;
    for point in points {
        player.event(&Event::Pointer { at: view.figure_from_world(*point), phase }).unwrap();
        phase = Phase::Move;
    }
    player.event(&Event::Pointer { at: [0.0, 0.0], phase: Phase::End }).unwrap();
}

/// Across Earth's path.
const ACROSS_EARTH: [Point; 2] = [[0.6, -0.9], [1.0, -0.3]];

#[test]
fn what_is_rubbed_out_comes_back() {
    let mut player = player();
    rub(&mut player, &ACROSS_EARTH);
    assert!(missing(&player).starts_with("Earth "), "{}", missing(&player));
    assert!(readout(&player, "error").1.unwrap() > 1e4);
    tick(&mut player, 9.0);
    assert!(readout(&player, "error").1.unwrap() < 10.0, "{:?}", player.readouts());
}

#[test]
fn rubbing_adds_up_and_is_taken_back_stroke_by_stroke() {
    let mut player = player();
    rub(&mut player, &ACROSS_EARTH);
    let earth = missing(&player);
    tick(&mut player, 2.0);
    rub(&mut player, &[[-0.6, 0.5], [0.2, 0.75]]);
    assert!(missing(&player).contains("Venus") && missing(&player).contains("Earth"));
    press(&mut player, "undo");
    assert_eq!(missing(&player), earth);
    press(&mut player, "restore");
    assert_eq!((missing(&player).as_str(), readout(&player, "error").1), ("none", Some(0.0)));
    press(&mut player, "undo");
    assert_eq!(missing(&player), earth);
    (0..5).for_each(|_| press(&mut player, "undo"));
    tick(&mut player, 1.0);
    assert!(!player.scene().has_nan());
}

#[test]
fn with_everything_rubbed_out_the_ends_stay() {
    let mut player = player();
    let rows = (0..40).flat_map(|row| {
        let y = -1.0 + 0.045 * f64::from(row);
        [[-0.9, y], [1.6, y]]
    });
    rub(&mut player, &rows.collect::<Vec<_>>());
    assert_eq!(missing(&player), "Mercury 63, Venus 63, Earth 63, Mars 63");
    tick(&mut player, 20.0);
    assert!(!player.scene().has_nan() && readout(&player, "error").0.contains("Mercury"));
}

#[test]
fn the_eraser_moves_by_keyboard() {
    let mut player = player();
    for _ in 0..12 {
        player.event(&Event::Nudge { id: "eraser".into(), steps: [-1.0, 1.0] }).unwrap();
        tick(&mut player, 0.1);
    }
    assert!(missing(&player).contains("Earth"), "{}", missing(&player));
    tick(&mut player, 9.0);
    assert!(readout(&player, "error").1.unwrap() < 10.0);
}

#[test]
fn a_pointer_beside_the_plane_or_at_no_place_erases_nothing() {
    let mut player = player();
    let before = missing(&player);
    for at in [[690.0, 200.0], [f64::NAN, 10.0]] {
        for phase in [Phase::Start, Phase::Move, Phase::End] {
            player.event(&Event::Pointer { at, phase }).unwrap();
        }
    }
    assert_eq!(missing(&player), before);
    player.set_state("eraser=NaN,1&every=NaN&task=every").unwrap();
    tick(&mut player, 1.0);
    assert_eq!(player.state(), "task=every");
    assert!(!player.scene().has_nan());
}
