//! What the page says, and every number of its table that needs no recorded file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Player, Value};
use futures_lite::future::block_on;
use train::{Paper as _, VerifyRequest};

fn player(id: &str, choices: &[(&str, Value)]) -> Player {
    let entry = *action::DEMOS.iter().find(|entry| entry.id == id).unwrap();
    let mut player = Player::new(entry, Context::default()).unwrap();
    for (id, value) in choices {
        player.event(&Event::Control { id: (*id).into(), value: value.clone() }).unwrap();
    }
    player
}

fn tick(player: &mut Player, ticks: usize) {
    for _ in 0..ticks {
        block_on(player.tick(1.0 / 60.0)).unwrap();
    }
}

fn number(player: &Player, id: &str) -> f64 {
    player.readouts().into_iter().find(|readout| readout.id == id).and_then(|readout| readout.number).unwrap()
}

#[test]
fn every_number_of_the_table_is_in_its_band() {
    let request = &VerifyRequest { models: std::path::PathBuf::new(), data: None };
    let rows = action::verify::NaturesCostFunction.verify(request).unwrap();
    let wrong: Vec<_> = rows.iter().filter(|row| row.fails()).collect();
    assert!(rows.len() > 40 && wrong.is_empty(), "{wrong:#?}");
    // Only what needs the recorded files is left out.
    assert!(rows.iter().filter(|row| row.ours.is_none()).all(|row| row.id.starts_with("ephemeris-")));
}

/// Steps that the figure's own scribble takes, and its energies at the start, soon after, and at the end.
fn melt(optimiser: &str) -> (f64, [[f64; 2]; 3]) {
    let mut player = player("scribble", &[]);
    if optimiser != "descent" {
        player.event(&Event::Control { id: "optimiser".into(), value: Value::Text(optimiser.into()) }).unwrap();
    }
    let energies = |player: &Player| [number(player, "kinetic"), number(player, "potential")];
    let first = energies(&player);
    while number(&player, "steps") < 60.0 {
        tick(&mut player, 1);
    }
    let soon = energies(&player);
    while number(&player, "distance") > 0.0 {
        tick(&mut player, 1);
    }
    (number(&player, "steps"), [first, soon, energies(&player)])
}

#[test]
fn kinetic_energy_drops_at_once_and_is_bought_back_for_height() {
    let (_, [first, soon, last]) = melt("descent");
    assert!(soon[0] < 0.2 * first[0] && (soon[1] - first[1]).abs() < 0.2 * (last[1] - first[1]), "{first:?} {soon:?}");
    assert!(last[0] > 2.0 * soon[0] && last[1] > 2.0 * soon[1], "{soon:?} {last:?}");
}

#[test]
fn adam_takes_far_fewer_steps() {
    let [(descent, _), (adam, _)] = [melt("descent"), melt("adam")];
    assert!(2.0 * adam < descent, "{adam} {descent}");
}

#[test]
fn three_days_of_each_planet_are_enough() {
    let mut player = player("infill", &[("task", Value::Text("every".into())), ("every", Value::Number(32.0))]);
    tick(&mut player, 60 * 8);
    assert!(number(&player, "error") < 10.0, "{:?}", player.readouts());
}
