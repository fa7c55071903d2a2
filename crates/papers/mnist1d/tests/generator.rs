//! The bench as its visitor uses it: the published set is recognised, drawings and sliders change what they should, and no
//! setting breaks it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Phase, Player, Point, Size, Value};
use futures_lite::future::block_on;

const SIZE: Size = Size { width: 640.0, height: 540.0 };
/// More than enough for the largest set.
const ALL: usize = 90;

fn player(seed: u32) -> Player {
    let entry = *mnist1d::DEMOS.iter().find(|entry| entry.id == "generator").unwrap();
    let mut player = Player::new(entry, Context { seed, ..Context::default() }).unwrap();
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

fn text(player: &Player, id: &str) -> String {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().text
}

fn draw(player: &mut Player, points: &[Point]) {
    for (index, at) in points.iter().enumerate() {
        let phase = if index == 0 { Phase::Start } else { Phase::Move };
        player.event(&Event::Pointer { at: *at, phase }).unwrap();
    }
    player.event(&Event::Pointer { at: [0.0, 0.0], phase: Phase::End }).unwrap();
}

fn column(player: &Player, table: &str, column: &str) -> Vec<f64> {
    let tables = player.tables();
    let table = tables.iter().find(|one| one.name == table).unwrap();
    table.columns.iter().find(|one| one.name == column).unwrap().values.clone()
}

#[test]
fn the_published_set_is_recognised_with_seed_42_and_without_one() {
    for seed in [42, 0] {
        let mut player = player(seed);
        // Also in a figure that stands still.
        player.event(&Event::Pause { paused: true }).unwrap();
        assert_eq!(text(&player, "proof"), "✓ published");
        assert!(text(&player, "hash").starts_with("d53506bddd12"));
        let drawn = ["padding", "scale", "translation", "shear"].map(|id| text(&player, id));
        assert_eq!(drawn, ["45", "1.180", "42", "−0.210"]);
        assert_eq!(column(&player, "train", "class")[..10], [2.0, 6.0, 4.0, 5.0, 6.0, 6.0, 6.0, 0.0, 3.0, 1.0]);
        assert!((column(&player, "train", "x1")[0] - -0.33200567).abs() < 1e-8);
    }
}

#[test]
fn any_change_loses_the_tick_and_a_reset_brings_it_back() {
    let changes = [
        ("scale_coeff", 0.45),
        ("max_translation", 47.0),
        ("corr_noise_scale", 0.2),
        ("iid_noise_scale", 0.03),
        ("shear_scale", 0.7),
        ("padding_low", 35.0),
        ("padding_high", 61.0),
        ("template_len", 13.0),
        ("final_seq_length", 41.0),
        ("num_samples", 5100.0),
        ("train_split", 0.75),
    ];
    for (id, value) in changes {
        let mut player = player(42);
        set(&mut player, id, Value::Number(value));
        assert!(text(&player, "proof").contains('%'), "not before it was hashed");
        tick(&mut player, ALL);
        assert_eq!(text(&player, "proof"), "one of your own", "{id}");
        player.event(&Event::Reset).unwrap();
        tick(&mut player, ALL);
        assert!(text(&player, "proof").contains("✓ published"), "{id}");
    }
}

#[test]
fn the_sets_of_the_experiments_are_recognised() {
    let mut player = player(43);
    tick(&mut player, ALL);
    assert!(text(&player, "proof").contains("✓ lottery tickets"));
    player.event(&Event::Seed { seed: 42 }).unwrap();
    set(&mut player, "shuffle_seq", Value::Bool(true));
    tick(&mut player, ALL);
    assert!(text(&player, "proof").contains("✓ published, shuffled"));
    set(&mut player, "shuffle_seq", Value::Bool(false));
    set(&mut player, "num_samples", Value::Number(16_000.0));
    set(&mut player, "train_split", Value::Number(0.25));
    tick(&mut player, ALL);
    assert!(text(&player, "proof").contains("✓ double descent"));
}

#[test]
fn a_drawn_digit_changes_its_class_until_it_is_taken_back() {
    let mut player = player(42);
    tick(&mut player, ALL);
    let (before, other) = (column(&player, "templates", "class 0"), column(&player, "templates", "class 1"));
    draw(&mut player, &[[20.0, 60.0], [110.0, 200.0], [180.0, 70.0]]);
    tick(&mut player, ALL);
    assert_eq!(text(&player, "proof"), "your own digits");
    assert_ne!(column(&player, "templates", "class 0"), before);
    assert_eq!(column(&player, "templates", "class 1"), other);
    for (id, again) in [("undo", "✓"), ("undo", "✓")] {
        set(&mut player, id, Value::Bool(true));
        tick(&mut player, ALL);
        assert!(text(&player, "proof").starts_with(again));
    }
    draw(&mut player, &[[20.0, 60.0], [180.0, 200.0]]);
    set(&mut player, "erase", Value::Bool(true));
    tick(&mut player, ALL);
    assert!(text(&player, "proof").starts_with("✓ published"));
    set(&mut player, "undo", Value::Bool(true));
    tick(&mut player, ALL);
    assert_eq!(text(&player, "proof"), "your own digits");
}

#[test]
fn a_flat_digit_and_strokes_that_are_none_do_no_harm() {
    let mut player = player(42);
    draw(&mut player, &[[-50.0, 100.0], [f64::NAN, 3.0], [1e12, -1e12]]);
    tick(&mut player, ALL);
    assert!(text(&player, "proof").starts_with("✓ published"));
    draw(&mut player, &[[10.0, 100.0], [1e9, 100.0]]);
    tick(&mut player, ALL);
    let heights = column(&player, "templates", "class 0");
    assert!(heights.iter().all(|height| *height == heights[0]));
    assert!(
        !player.scene().has_nan()
            && column(&player, "stages", "8 Take every other sample").iter().all(|v| v.is_finite())
    );
}

#[test]
fn impossible_padding_is_explained_and_the_set_before_stays() {
    let mut player = player(42);
    tick(&mut player, ALL);
    let before = column(&player, "train", "x1");
    set(&mut player, "padding_low", Value::Number(80.0));
    tick(&mut player, ALL);
    assert_eq!(
        (text(&player, "proof").as_str(), text(&player, "rows").as_str()),
        ("as before: refused", "4,000 + 1,000")
    );
    let refused = player.scene();
    let words = format!("{refused:?}");
    assert!(words.contains("padding is [80, 60]") && words.contains("the set before stays"));
    assert_eq!(column(&player, "train", "x1"), before);
    let bytes = block_on(player.save()).unwrap();
    let mut other = self::player(42);
    other.restore(&bytes).unwrap();
    other.event(&Event::Resize { size: SIZE }).unwrap();
    assert_eq!(other.scene(), refused);
    assert_eq!(column(&other, "train", "x1"), before);
    set(&mut player, "padding_high", Value::Number(90.0));
    tick(&mut player, ALL);
    assert_eq!(text(&player, "proof"), "one of your own");
}

#[test]
fn every_end_of_the_sliders_makes_a_set() {
    let small = [("padding_low", 0.0), ("padding_high", 0.0), ("template_len", 2.0), ("max_translation", 1.0)];
    let large = [("padding_high", 96.0), ("padding_low", 96.0), ("template_len", 24.0), ("max_translation", 72.0)];
    for ends in [small, large] {
        for (length, samples) in [(8.0, 100.0), (72.0, 2000.0)] {
            let mut player = player(7);
            for (id, value) in ends.into_iter().chain([("final_seq_length", length), ("num_samples", samples)]) {
                set(&mut player, id, Value::Number(value));
            }
            tick(&mut player, ALL);
            assert_eq!(text(&player, "proof"), "one of your own");
            assert!(column(&player, "test", "x8").iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn a_tap_on_the_wall_chooses_and_a_link_keeps_what_was_dragged() {
    let mut player = player(42);
    player.event(&Event::Nudge { id: "example".into(), steps: [3.0, -2.0] }).unwrap();
    assert!(text(&player, "example").starts_with("3 of class 3"));
    let mut other = self::player(42);
    other.set_state(&player.state()).unwrap();
    assert_eq!(text(&other, "example"), text(&player, "example"));
    let at = player.handles()[0].at();
    player.event(&Event::Nudge { id: "example".into(), steps: [-3.0, 2.0] }).unwrap();
    draw(&mut player, &[at]);
    assert_eq!(text(&other, "example"), text(&player, "example"));
    other.set_state(&player.state()).unwrap();
    assert_eq!(text(&other, "example"), text(&player, "example"));
}

#[test]
fn it_goes_on_to_the_next_class_until_it_is_touched() {
    let mut player = player(42);
    tick(&mut player, 60 * 8);
    assert!(text(&player, "example").starts_with("1 of class 1"));
    set(&mut player, "shear_scale", Value::Number(0.0));
    tick(&mut player, 60 * 20);
    assert!(text(&player, "example").starts_with("1 of class 1"));
}
