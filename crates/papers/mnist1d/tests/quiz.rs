//! The quiz as its visitor takes it: answers count once, the truth comes at the end, and networks learn meanwhile.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Phase, Player, Size, Value};
use futures_lite::future::block_on;

const SIZE: Size = Size { width: 640.0, height: 426.0 };
const ROWS: usize = 20;

fn player() -> Player {
    let entry = *mnist1d::DEMOS.iter().find(|entry| entry.id == "quiz").unwrap();
    let mut player = Player::new(entry, Context::default()).unwrap();
    player.event(&Event::Resize { size: SIZE }).unwrap();
    player
}

fn tick(player: &mut Player, ticks: usize) {
    for _ in 0..ticks {
        block_on(player.tick(1.0 / 60.0)).unwrap();
    }
}

fn press(player: &mut Player, id: &str) {
    player.event(&Event::Control { id: id.into(), value: Value::Bool(true) }).unwrap();
}

fn answer_all(player: &mut Player, class: usize) {
    (0..ROWS).for_each(|_| press(player, &format!("answer-{class}")));
}

fn text(player: &Player, id: &str) -> String {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().text
}

fn number(player: &Player, id: &str) -> Option<f64> {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().number
}

fn column(player: &Player, name: &str) -> Vec<f64> {
    let tables = player.tables();
    tables[0].columns.iter().find(|column| column.name == name).unwrap().values.clone()
}

#[test]
fn the_truth_is_told_after_twenty_answers_and_not_before() {
    let mut player = player();
    (0..ROWS - 1).for_each(|_| press(&mut player, "answer-3"));
    assert_eq!((text(&player, "row").as_str(), number(&player, "you")), ("20 of 20", None));
    assert!(player.tables().is_empty());
    press(&mut player, "answer-3");
    let threes = column(&player, "class").iter().filter(|class| **class == 3.0).count();
    assert_eq!(number(&player, "you"), Some(threes as f64));
    for id in ["answer-1", "undo"] {
        press(&mut player, id);
    }
    assert_eq!(column(&player, "you"), vec![3.0; ROWS]);
    let rows = column(&player, "test row");
    assert!(rows.iter().all(|row| (0.0..100.0).contains(row) || (200.0..500.0).contains(row)), "{rows:?}");
}

#[test]
fn who_knows_the_truth_has_all_right_and_the_record_is_the_humans() {
    let mut first = player();
    answer_all(&mut first, 0);
    let (truth, human) = (column(&first, "class"), column(&first, "recorded human"));
    let agree = truth.iter().zip(&human).filter(|(truth, human)| truth == human).count();
    assert!(agree >= 17, "{agree}");
    let mut second = player();
    for class in &truth {
        press(&mut second, &format!("answer-{class}"));
    }
    assert!(text(&second, "you").starts_with("20 of 20"));
    press(&mut second, "again");
    assert_eq!(text(&second, "row"), "1 of 20");
    answer_all(&mut second, 0);
    assert_ne!(column(&second, "test row"), column(&first, "test row"));
}

#[test]
fn an_answer_can_be_taken_back() {
    let mut player = player();
    let before = player.scene();
    press(&mut player, "answer-5");
    press(&mut player, "undo");
    assert_eq!(player.scene(), before);
    press(&mut player, "undo");
    assert_eq!(text(&player, "row"), "1 of 20");
}

#[test]
fn a_tap_on_a_template_answers() {
    let mut player = player();
    for (at, phase) in [([30.0, 300.0], Phase::Move), ([f64::NAN, 1.0], Phase::Start), ([30.0, 60.0], Phase::Start)] {
        player.event(&Event::Pointer { at, phase }).unwrap();
        assert_eq!(text(&player, "row"), "1 of 20");
    }
    player.event(&Event::Pointer { at: [30.0, 280.0], phase: Phase::Start }).unwrap();
    assert_eq!(text(&player, "row"), "2 of 20");
    (0..ROWS - 1).for_each(|_| press(&mut player, "answer-9"));
    assert_eq!(column(&player, "you")[..2], [0.0, 9.0]);
}

#[test]
fn the_networks_learn_and_shuffling_takes_the_convolutions_away() {
    let mut player = player();
    tick(&mut player, 480);
    let ordered = ["cnn", "mlp", "logistic"].map(|id| number(&player, id).unwrap());
    assert!(ordered[0] > 0.75 && ordered[1] > 0.5 && ordered[2] > 0.25, "{ordered:?}");
    player.event(&Event::Control { id: "shuffled".into(), value: Value::Bool(true) }).unwrap();
    assert_eq!(number(&player, "cnn"), None);
    tick(&mut player, 480);
    let shuffled = ["cnn", "mlp", "logistic"].map(|id| number(&player, id).unwrap());
    assert!(ordered[0] - shuffled[0] > 0.15 && (ordered[1] - shuffled[1]).abs() < 0.08, "{ordered:?} {shuffled:?}");
    player.event(&Event::Control { id: "shuffled".into(), value: Value::Bool(false) }).unwrap();
    assert_eq!(number(&player, "cnn"), Some(ordered[0]));
}

#[test]
fn a_round_and_its_networks_go_on_after_a_snapshot() {
    let mut first = player();
    tick(&mut first, 45);
    press(&mut first, "answer-2");
    player_shuffles(&mut first, true);
    tick(&mut first, 25);
    press(&mut first, "answer-4");
    let bytes = block_on(first.save()).unwrap();
    let mut second = player();
    second.restore(&bytes).unwrap();
    second.event(&Event::Resize { size: SIZE }).unwrap();
    for shuffled in [true, false] {
        for player in [&mut first, &mut second] {
            player_shuffles(player, shuffled);
            tick(player, 30);
        }
        assert_eq!((second.readouts(), second.scene()), (first.readouts(), first.scene()));
    }
}

fn player_shuffles(player: &mut Player, shuffled: bool) {
    player.event(&Event::Control { id: "shuffled".into(), value: Value::Bool(shuffled) }).unwrap();
}
