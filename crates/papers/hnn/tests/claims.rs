//! What page.md says of the figures, with the models that the page loads.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Models, Player, Value};
use futures_lite::future::block_on;

/// The figure `id`, after some choices and `secs` of the visitor's time.
fn play(id: &str, choices: &[(&str, &str)], secs: f64) -> Player {
    let entry = *hnn::DEMOS.iter().find(|entry| entry.id == id).unwrap();
    let mut models = Models::default();
    for name in entry.models {
        let path = format!("{}/../../../models/hnn/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
        models.insert(*name, std::fs::read(path).unwrap());
    }
    let mut player = Player::new(entry, Context { models, ..Context::default() }).unwrap();
    for (id, value) in choices {
        player.event(&Event::Control { id: (*id).into(), value: Value::Text((*value).into()) }).unwrap();
    }
    for _ in 0..(secs * 60.0) as usize {
        block_on(player.tick(1.0 / 60.0)).unwrap();
    }
    player
}

fn readout(player: &Player, id: &str) -> f64 {
    player.readouts().into_iter().find(|readout| readout.id == id).and_then(|readout| readout.number).unwrap()
}

/// Energy left of fit, HNN and baseline in per cent, after most of the recorded pendulum's run.
fn energy_left(steps: &str) -> [f64; 3] {
    let player = play("recorded", &[("steps", steps)], 8.0);
    ["energy-fit", "energy-hnn", "energy-baseline"].map(|id| readout(&player, id))
}

#[test]
fn the_recorded_baseline_dies_smoothly_and_follows_in_the_records_own_jumps() {
    let [fit, hnn, baseline] = energy_left("smooth");
    assert!((hnn - 100.0).abs() < 5.0 && fit < 95.0 && baseline < 0.2 * fit, "{fit} {hnn} {baseline}");
    let [fit, hnn, baseline] = energy_left("record");
    assert!((baseline - fit).abs() < 15.0 && hnn > 2.0 * fit, "{fit} {hnn} {baseline}");
}

#[test]
fn two_bodies_stay_with_the_hnn_and_part_from_the_baseline() {
    let player = play("bodies", &[("fan", "none")], 8.0);
    assert!(10.0 * readout(&player, "energy-hnn") < readout(&player, "energy-baseline"));
    assert!(readout(&player, "distance-hnn") < readout(&player, "distance-baseline"));
}

#[test]
fn the_baselines_cloud_is_pulled_apart() {
    let spread = |fan: &str| {
        let mut player = play("bodies", &[("fan", fan)], 0.0);
        while readout(&player, "time") < 12.0 {
            block_on(player.tick(1.0 / 60.0)).unwrap();
        }
        readout(&player, "fan")
    };
    let [truth, hnn, baseline] = ["truth", "hnn", "baseline"].map(spread);
    assert!((hnn - truth).abs() < 0.15 * truth && baseline > 1.5 * truth, "{truth} {hnn} {baseline}");
}

#[test]
fn the_pixel_hnn_keeps_swinging_and_more_energy_swings_wider() {
    let widest = |player: &mut Player, id: &str| {
        let angles = (0..120).map(|_| {
            block_on(player.tick(1.0 / 60.0)).unwrap();
            readout(player, id).abs()
        });
        angles.fold(0.0, f64::max)
    };
    let mut player = play("pixels", &[], 5.0);
    let [simulator, hnn] = ["angle", "angle-hnn"].map(|id| widest(&mut player, id));
    let baseline = widest(&mut player, "angle-baseline");
    assert!((hnn - simulator).abs() < 0.2 * simulator && baseline < 0.5 * simulator, "{simulator} {hnn} {baseline}");
    player.event(&Event::Control { id: "more".into(), value: Value::Bool(true) }).unwrap();
    (0..90).for_each(|_| assert!(block_on(player.tick(1.0 / 60.0)).unwrap()));
    let wider = widest(&mut player, "angle-hnn");
    assert!(wider > 1.1 * hnn, "{hnn} {wider}");
}
