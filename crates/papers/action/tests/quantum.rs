//! The quantum figure as a visitor uses it: painting, undoing, the ends of the sliders, and what the pictures claim.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use demo::{Context, Event, Phase, Player, Point, Size, Value};
use futures_lite::future::block_on;

const DT_SECS: f64 = 1.0 / 60.0;

fn player() -> Player {
    let entry = action::DEMOS.iter().find(|entry| entry.id == "quantum").expect("no figure “quantum”");
    let mut player = Player::new(*entry, Context::default()).expect("it does not start");
    player.event(&Event::Resize { size: Size { width: 640.0, height: 400.0 } }).expect("it takes no size");
    player
}

fn tick(player: &mut Player, ticks: usize) {
    for _ in 0..ticks {
        block_on(player.tick(DT_SECS)).expect("a tick failed");
    }
}

fn set(player: &mut Player, id: &str, value: Value) {
    player.event(&Event::Control { id: id.into(), value }).unwrap_or_else(|error| panic!("{id}: {error}"));
}

fn text(id: &str) -> Value {
    Value::Text(id.into())
}

fn number(player: &Player, id: &str) -> f64 {
    let readouts = player.readouts();
    let readout = readouts.iter().find(|readout| readout.id == id).unwrap_or_else(|| panic!("no readout “{id}”"));
    readout.number.unwrap_or_else(|| panic!("“{id}” is no number: {}", readout.text))
}

/// The potential at the place nearest to `x`.
fn potential(player: &Player, x: f64) -> f64 {
    let tables = player.tables();
    let packets = tables.iter().find(|table| table.name == "packets").expect("no table of the packets");
    let nearest = packets.columns[0].values.iter().position(|place| *place >= x).expect("beyond the domain");
    packets.columns[1].values[nearest]
}

/// A stroke in the upper panel of the figure at 640 by 400.
fn paint(player: &mut Player, points: &[Point]) {
    let view = player.handles()[0].view;
    let pointer = |world: &Point, phase| Event::Pointer { at: view.figure_from_world(*world), phase };
    player.event(&pointer(&points[0], Phase::Start)).expect("the stroke does not begin");
    for point in points {
        player.event(&pointer(point, Phase::Move)).expect("the stroke does not go on");
    }
    player.event(&pointer(&points[points.len() - 1], Phase::End)).expect("the stroke does not end");
}

/// Ticks until the barrier has parted the packet, at time 0.42.
fn until_parted(player: &mut Player) {
    while number(player, "time") < 0.42 {
        tick(player, 1);
    }
}

#[test]
fn the_average_action_splits_the_packet_and_the_difference_does_not() {
    let mut player = player();
    until_parted(&mut player);
    let passed = number(&player, "beyond");
    assert!((25.0..45.0).contains(&passed), "{passed}");
    assert!(number(&player, "beyond-difference") > 90.0);
    assert!(number(&player, "ball") < 4.6);
}

#[test]
fn with_a_small_hbar_the_packet_does_as_the_ball_does() {
    let passed_at = |hbar: f64| {
        let mut player = player();
        set(&mut player, "hbar", Value::Number(hbar));
        until_parted(&mut player);
        number(&player, "beyond")
    };
    let shares = [1.0, 0.5, 0.25].map(passed_at);
    assert!(shares[0] > 25.0 && shares[1] < shares[0] && shares[2] < 6.0, "{shares:?}");
}

#[test]
fn the_norm_ratio_is_the_theorys_until_the_walls() {
    let mut player = player();
    set(&mut player, "potential", text("flat"));
    let theory = {
        let setup =
            action::quantum::Setup { pixels: 2048, dt: number(&player, "step"), ..action::quantum::Setup::NOTEBOOK };
        setup.norm_ratio()
    };
    for _ in 0..100 {
        tick(&mut player, 1);
        assert!((number(&player, "norm") / theory - 1.0).abs() < 1e-4, "{}", number(&player, "norm"));
        assert!((number(&player, "mean") - number(&player, "ball")).abs() < 0.01);
    }
    while number(&player, "time") < 0.5 {
        tick(&mut player, 1);
    }
    assert!(number(&player, "kept") < 90.0);
}

#[test]
fn too_few_pixels_are_called_aliased_and_look_it() {
    let mut player = player();
    assert_eq!(number(&player, "sampled"), 1.0);
    set(&mut player, "potential", text("flat"));
    set(&mut player, "pixels", text("n256"));
    assert_eq!(number(&player, "sampled"), 0.0);
    tick(&mut player, 120);
    let mean = number(&player, "mean");
    assert!((mean - number(&player, "ball")).abs() > 0.2, "{mean}");
}

#[test]
fn every_end_of_the_sliders_is_sampled_and_stays_finite() {
    for (hbar, width, strength) in [(0.2, 0.15, 2.0), (0.2, 0.6, 2.0), (2.0, 0.15, 0.1), (2.0, 0.6, 2.0)] {
        for preset in ["barrier", "well", "double", "cubic", "flat"] {
            let mut player = player();
            for (id, value) in [("hbar", hbar), ("width", width), ("strength", strength), ("speed", 4.0)] {
                set(&mut player, id, Value::Number(value));
            }
            set(&mut player, "potential", text(preset));
            tick(&mut player, 30);
            assert_eq!(number(&player, "sampled"), 1.0, "{hbar} {width} {preset}");
            assert!(!player.scene().has_nan());
            assert!(number(&player, "spread").is_finite() && number(&player, "mean").is_finite());
        }
    }
}

#[test]
fn a_painted_wall_shows_at_once_even_in_a_paused_figure() {
    let mut player = player();
    player.event(&Event::Pause { paused: true }).expect("it does not pause");
    paint(&mut player, &[[3.0, 0.0], [3.4, 120.0], [4.0, 120.0]]);
    assert!((potential(&player, 3.7) - 120.0).abs() < 1.0, "{}", potential(&player, 3.7));
    assert!(potential(&player, 2.0).abs() < 1.0);
}

#[test]
fn strokes_are_undone_one_by_one_and_a_preset_takes_nothing_for_good() {
    let mut player = player();
    let plain = potential(&player, 2.0);
    paint(&mut player, &[[1.8, 50.0], [2.2, 50.0]]);
    let first = potential(&player, 2.0);
    paint(&mut player, &[[1.8, -50.0], [2.2, -50.0]]);
    assert!(first > 45.0 && potential(&player, 2.0) < -45.0);
    set(&mut player, "undo", Value::Bool(true));
    assert_eq!(potential(&player, 2.0), first);
    for id in ["erase", "undo"] {
        set(&mut player, id, Value::Bool(true));
    }
    assert_eq!(potential(&player, 2.0), first);
    set(&mut player, "potential", text("well"));
    assert_ne!(potential(&player, 2.0), first);
    set(&mut player, "undo", Value::Bool(true));
    assert_eq!(potential(&player, 2.0), first);
    set(&mut player, "potential", text("barrier"));
    assert_eq!(potential(&player, 2.0), plain);
}

#[test]
fn a_drawing_and_its_history_survive_a_snapshot() {
    let mut first = player();
    paint(&mut first, &[[5.0, 80.0], [6.0, 80.0]]);
    tick(&mut first, 40);
    let bytes = block_on(first.save()).expect("it is not saved");
    let mut second = player();
    second.restore(&bytes).expect("it is not restored");
    second.event(&Event::Resize { size: first.size() }).expect("it takes no size");
    assert_eq!(second.scene(), first.scene());
    for player in [&mut first, &mut second] {
        set(player, "undo", Value::Bool(true));
        assert!(potential(player, 5.5).abs() < 1.0);
    }
}

#[test]
fn strokes_that_are_no_strokes_do_no_harm() {
    let mut player = player();
    let before = player.scene();
    for phase in [Phase::Move, Phase::End, Phase::Start, Phase::Move, Phase::End] {
        player.event(&Event::Pointer { at: [f64::NAN, 10.0], phase }).expect("refused");
        player.event(&Event::Pointer { at: [-50.0, 1e12], phase }).expect("refused");
    }
    assert_eq!(player.scene(), before);
    paint(&mut player, &[[4.0, 1e9], [1e9, -1e9]]);
    tick(&mut player, 5);
    assert!(!player.scene().has_nan());
    assert!(potential(&player, 4.0) <= 160.0);
}

#[test]
fn the_hill_is_raised_by_keys_and_lasts_in_a_link() {
    let mut player = player();
    set(&mut player, "potential", text("flat"));
    player.event(&Event::Nudge { id: "hill".into(), steps: [-6.0, 12.0] }).expect("the hill does not move");
    player.event(&Event::Nudge { id: "packet".into(), steps: [5.0, 0.0] }).expect("the start does not move");
    player.event(&Event::Nudge { id: "push".into(), steps: [-3.0, 0.0] }).expect("the arrow does not move");
    assert!((potential(&player, 6.0) - 60.0).abs() < 0.5, "{}", potential(&player, 6.0));
    assert!(number(&player, "beyond") < 1.0);
    assert!((number(&player, "wave") - 7.0).abs() < 1e-6);
    let link = player.state();
    let mut other = self::player();
    other.set_state(&link).expect("the link is refused");
    assert!((number(&other, "wave") - 7.0).abs() < 1e-3, "{link}");
    assert!((potential(&other, 6.0) - 60.0).abs() < 0.5);
    assert!((number(&other, "ball") - 2.5).abs() < 1e-6);
}

#[test]
fn a_link_of_nonsense_gives_the_figure_at_its_bounds() {
    let mut player = player();
    player.set_state("hbar=NaN&width=-3&strength=1e99&packet=99,NaN&push=NaN,NaN&hill=-1e300,1e300").expect("refused");
    tick(&mut player, 20);
    assert!(!player.scene().has_nan());
    assert_eq!(number(&player, "sampled"), 1.0);
}

#[test]
fn a_run_begins_anew_by_itself() {
    let mut player = player();
    set(&mut player, "speed", Value::Number(4.0));
    let mut last = 0.0;
    let again = (0..2000).any(|_| {
        tick(&mut player, 1);
        let now = number(&player, "time");
        let wrapped = now < last;
        last = now;
        wrapped
    });
    assert!(again, "{last}");
}
