//! The training race as a visitor uses it: it is the native training, it sleeps and goes on, and it tests visitors' models.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use demo::{Context, Error, Event, ForeignModel, Player, Value};
use futures_lite::future::block_on;
use mnist1d::data::{Settings, generate};
use mnist1d::learner::{Learner, PAPER_SEED, Rows, accuracy};
use mnist1d::model::{Kind, Network};

const DT_SECS: f64 = 1.0 / 60.0;

fn player() -> Player {
    let entry = mnist1d::DEMOS.iter().find(|entry| entry.id == "race").unwrap();
    Player::new(*entry, Context::default()).unwrap()
}

fn set(player: &mut Player, id: &str, value: Value) {
    player.event(&Event::Control { id: id.into(), value }).unwrap();
}

fn text(player: &Player, id: &str) -> Option<String> {
    player.readouts().into_iter().find(|readout| readout.id == id).map(|readout| readout.text)
}

fn number(player: &Player, id: &str) -> f64 {
    let readouts = player.readouts();
    readouts.iter().find(|readout| readout.id == id).and_then(|readout| readout.number).unwrap_or(f64::NAN)
}

fn run_to(player: &mut Player, steps: f64) {
    for _ in 0..20_000 {
        if number(player, "step") >= steps {
            return;
        }
        block_on(player.tick(DT_SECS)).unwrap();
    }
    panic!("only {} steps", number(player, "step"));
}

/// The accuracies of a column of the table, by step.
fn column(player: &Player, name: &str) -> Vec<[f64; 2]> {
    let table = player.tables().into_iter().find(|table| table.name == "race").unwrap();
    let values = table.columns.iter().find(|column| column.name == name).unwrap().values.clone();
    let readings = table.columns[0].values.iter().zip(values).filter(|(_, value)| value.is_finite());
    readings.map(|(step, value)| [*step, value]).collect()
}

#[test]
fn the_race_is_the_published_training_to_the_bit() {
    let mut race = player();
    run_to(&mut race, 45.0);
    let data = generate(&Settings::default()).unwrap();
    let [train, test] = Rows::of(&data);
    let mut learner = Learner::new(Kind::Cnn, PAPER_SEED);
    let mut expected = Vec::new();
    for step in 0..=40 {
        if step % 10 == 0 {
            expected.push([f64::from(step), accuracy(learner.network(), &test)]);
        }
        learner.step(&train);
    }
    assert_eq!(column(&race, "test accuracy, CNN")[..5], expected);
    assert!(number(&race, "cnn") > 20.0, "{}", number(&race, "cnn"));
}

#[test]
fn twins_that_are_called_late_catch_up() {
    let mut race = player();
    set(&mut race, "twins", Value::Bool(false));
    run_to(&mut race, 30.0);
    assert!(text(&race, "cnn-shuffled").is_none());
    set(&mut race, "twins", Value::Bool(true));
    assert_eq!(number(&race, "step"), 0.0);
    run_to(&mut race, 30.0);
    assert!(column(&race, "test accuracy, CNN").last().unwrap()[0] <= 40.0, "nobody waited for the twins");
    assert!(number(&race, "cnn-shuffled") > 15.0);
}

#[test]
fn another_rate_begins_anew_and_a_slow_pace_is_kept() {
    let mut race = player();
    run_to(&mut race, 55.0);
    let before = race.scene().shapes().len();
    set(&mut race, "rate", Value::Number(-3.0));
    assert_eq!((number(&race, "step"), text(&race, "rate").unwrap().as_str()), (0.0, "0.001"));
    set(&mut race, "speed", Value::Text("steps".into()));
    for _ in 0..120 {
        block_on(race.tick(DT_SECS)).unwrap();
    }
    let steps = number(&race, "step");
    assert!((1.0..=3.0).contains(&steps), "{steps} steps in two seconds");
    assert!(race.scene().shapes().len() > before, "the race before left no shadow");
}

#[test]
fn a_race_goes_on_in_another_tab_where_it_was() {
    let mut first = player();
    set(&mut first, "batch", Value::Number(50.0));
    run_to(&mut first, 25.0);
    let bytes = block_on(first.save()).unwrap();
    let mut second = player();
    second.restore(&bytes).unwrap();
    for race in [&mut first, &mut second] {
        run_to(race, 45.0);
    }
    for kind in Kind::ALL {
        let name = format!("test accuracy, {}, shuffled", kind.label());
        assert_eq!(column(&first, &name), column(&second, &name));
    }
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    assert!(second.restore(&damaged).is_err());
    assert!(number(&second, "step") >= 45.0);
}

#[test]
fn a_network_is_taken_home_as_it_is() {
    let mut race = player();
    run_to(&mut race, 12.0);
    let trained = race.trained();
    assert_eq!(trained.len(), 8);
    for name in ["race-logistic", "race-mlp", "race-cnn", "race-gru-shuffled"] {
        let bytes = block_on(race.onnx(name, &[])).unwrap();
        let kind = Kind::ALL.into_iter().find(|kind| name.contains(kind.id())).unwrap();
        let mut network: Network = kind.network();
        network.load_onnx(&bytes).unwrap();
        assert!(network.parameters.iter().any(|value| *value != 0.0), "{name}");
    }
    assert!(block_on(race.onnx("race-nobody", &[])).is_err());
}

/// A classifier of a visitor: says `class` to everything, in `columns` logits.
struct Stubborn {
    takes: Option<usize>,
    columns: usize,
    class: usize,
}

impl ForeignModel for Stubborn {
    fn name(&self) -> &'static str {
        "stubborn.onnx"
    }

    fn columns(&self) -> Option<usize> {
        self.takes
    }

    fn run(&self, _input: &[f32], rows: usize, _columns: usize) -> Result<Vec<f32>, Error> {
        let logits = (0..rows * self.columns).map(|at| f32::from(at % self.columns == self.class));
        Ok(logits.collect())
    }
}

#[test]
fn a_visitors_classifier_gets_its_exact_score() {
    let mut race = player();
    race.attach(Rc::new(Stubborn { takes: Some(40), columns: 10, class: 7 })).unwrap();
    for _ in 0..45 {
        block_on(race.tick(DT_SECS)).unwrap();
    }
    let data = generate(&Settings::default()).unwrap();
    let share = data.y_test.iter().map(|label| f64::from(u8::from(*label == 7))).sum::<f64>() / 10.0;
    assert!((number(&race, "visitor") - share).abs() < 1e-9, "{} against {share}", number(&race, "visitor"));
    race.event(&Event::Seed { seed: 4 }).unwrap();
    assert!(text(&race, "visitor").is_some(), "a new seed sent the visitor away");
}

#[test]
fn a_model_of_another_form_is_refused_in_words() {
    let mut race = player();
    for (takes, columns, words) in [(Some(28), 10, "takes 28 numbers"), (None, 40, "3 rows gave 120 numbers")] {
        let refusal = race.attach(Rc::new(Stubborn { takes, columns, class: 0 })).unwrap_err().to_string();
        assert!(refusal.contains(words) && refusal.contains("logits [N, 10]"), "{refusal}");
        assert!(text(&race, "visitor").is_none());
    }
}
