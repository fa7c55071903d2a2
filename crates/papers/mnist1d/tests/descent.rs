//! Double descent as a visitor uses it: one press, cancel, noise, sleep; and that it is the native experiment.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Player, Value};
use futures_lite::future::block_on;
use math::random::Mt19937;
use mnist1d::lab::descent::{Descent, NOISE, WIDTHS, rows};
use mnist1d::learner::{PAPER_SEED, accuracy};
use mnist1d::model::perceptron;

const DT_SECS: f64 = 1.0 / 60.0;

fn player() -> Player {
    let entry = mnist1d::DEMOS.iter().find(|entry| entry.id == "descent").unwrap();
    Player::new(*entry, Context::default()).unwrap()
}

fn set(player: &mut Player, id: &str, value: Value) {
    player.event(&Event::Control { id: id.into(), value }).unwrap();
}

fn text(player: &Player, id: &str) -> String {
    player.readouts().into_iter().find(|readout| readout.id == id).unwrap().text
}

fn epoch(player: &Player) -> f64 {
    player.readouts().into_iter().find(|readout| readout.id == "state").unwrap().number.unwrap()
}

fn run_to(player: &mut Player, epochs: f64) {
    for _ in 0..20_000 {
        if epoch(player) >= epochs {
            return;
        }
        block_on(player.tick(DT_SECS)).unwrap();
    }
    panic!("only {} epochs", epoch(player));
}

/// Test errors in percent at the last reading, in the order of the widths.
fn errors(player: &Player) -> Vec<f64> {
    let tables = player.tables();
    let table = tables.iter().find(|table| table.name == "errors").unwrap();
    table.columns.get(1).map_or_else(Vec::new, |column| column.values.clone())
}

#[test]
fn all_widths_at_once_are_each_width_alone_to_the_bit() {
    let mut figure = player();
    set(&mut figure, "train", Value::Bool(true));
    run_to(&mut figure, 4.0);
    let [train, test] = rows(NOISE).unwrap();
    let (train, test) = (train.first(1000), test.first(4000));
    // Of narrow networks the figure trains three and gives the mean.
    for (member, seeds) in [(0, 3), (7, 3), (12, 1)] {
        let error = |seed: u32| {
            let network = perceptron(WIDTHS[member]).initialised(&mut Mt19937::new(PAPER_SEED + seed));
            let mut alone = Descent::new(network, train.count(), PAPER_SEED);
            (0..3).for_each(|_| alone.epoch(&train));
            100.0 * (1.0 - accuracy(alone.network(), &test))
        };
        let expected = (0..seeds).map(error).sum::<f64>() / f64::from(seeds);
        let found = errors(&figure)[member];
        assert!((found - expected).abs() < 1e-9, "width {}: {found} against {expected}", WIDTHS[member]);
    }
}

#[test]
fn it_plays_by_itself_and_cancel_keeps_what_there_is() {
    let mut figure = player();
    assert_eq!(text(&figure, "state"), "at the start");
    set(&mut figure, "cancel", Value::Bool(true));
    block_on(figure.tick(DT_SECS)).unwrap();
    assert_eq!(text(&figure, "state"), "cancelled");

    let mut figure = player();
    run_to(&mut figure, 2.0);
    set(&mut figure, "cancel", Value::Bool(true));
    let (kept, state) = (errors(&figure), text(&figure, "state"));
    assert!(!kept.is_empty() && state.starts_with("cancelled"), "{state}");
    for _ in 0..30 {
        block_on(figure.tick(DT_SECS)).unwrap();
    }
    assert_eq!((errors(&figure), text(&figure, "state")), (kept, state));
    set(&mut figure, "train", Value::Bool(true));
    assert_eq!(epoch(&figure), 0.0);
}

#[test]
fn another_noise_trains_anew_and_leaves_the_old_curve() {
    let mut figure = player();
    set(&mut figure, "noise", Value::Number(30.0));
    assert_eq!((text(&figure, "state").as_str(), text(&figure, "labels").as_str()), ("at the start", "30 % of 1,000"));
    run_to(&mut figure, 3.0);
    let before = errors(&figure);
    set(&mut figure, "noise", Value::Number(0.0));
    assert!(epoch(&figure) == 0.0 && text(&figure, "state").starts_with("epoch"));
    run_to(&mut figure, 3.0);
    assert_ne!(errors(&figure), before);
    assert_eq!(text(&figure, "labels"), "0 % of 1,000");
}

#[test]
fn a_sweep_goes_on_where_it_was() {
    let mut first = player();
    set(&mut first, "train", Value::Bool(true));
    run_to(&mut first, 2.0);
    for _ in 0..7 {
        block_on(first.tick(DT_SECS)).unwrap();
    }
    let bytes = block_on(first.save()).unwrap();
    let mut second = player();
    second.restore(&bytes).unwrap();
    assert_eq!(second.readouts(), first.readouts());
    for figure in [&mut first, &mut second] {
        run_to(figure, 6.0);
    }
    assert_eq!(errors(&first), errors(&second));
    assert!(second.restore(&bytes[..bytes.len() - 9]).is_err());
    assert_eq!(errors(&first), errors(&second));
}

#[test]
fn a_width_is_read_by_its_handle_and_fits_every_size() {
    let mut figure = player();
    set(&mut figure, "size", Value::Text("paper".into()));
    figure.event(&Event::Nudge { id: "width".into(), steps: [40.0, 0.0] }).unwrap();
    assert_eq!(text(&figure, "parameters"), "105,610");
    set(&mut figure, "size", Value::Text("quick".into()));
    assert_eq!(text(&figure, "parameters"), "25,255");
}
