//! Each system in its natural picture: height over time, rods, or bodies in the plane, with the path that they take.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Stroke};
use math::ops::{cos, sin};

use super::run::Run;
use crate::ephemeris::Day;
use crate::experiment::System;

/// Metres.
pub(super) const ASTRONOMICAL_UNIT: f64 = 1.495978707e11;
/// Up to so many bodies have their whole path drawn.
const MOST_WHOLE_PATHS: usize = 60;
/// Up to so many have the last part of it.
const MOST_TAILS: usize = 600;
/// Time points of such a tail.
const TAIL: usize = 6;
const NAMES: [&str; 5] = ["Sun", "Mercury", "Venus", "Earth", "Mars"];

/// Draws the run at `now`, in time points from the first.
pub(super) fn draw(scene: &mut Scene, rect: Rect, run: &Run, now: f64) {
    match run.setup.system {
        System::FreeBody => height(scene, rect, run, now),
        System::Pendulum | System::DoublePendulum => rods(scene, rect, run, now),
        System::ThreeBody | System::Gas | System::Planets => plane(scene, rect, run, now),
    }
}

/// Coordinates between two time points of a path, `[width]`.
pub(super) fn at(path: &[f64], width: usize, now: f64) -> Vec<f64> {
    let points = path.len() / width;
    let from = (now.max(0.0) as usize).min(points.saturating_sub(1));
    let to = (from + 1).min(points.saturating_sub(1));
    let share = (now - from as f64).clamp(0.0, 1.0);
    (0..width)
        .map(|axis| {
            let [a, b] = [from, to].map(|point| path[point * width + axis]);
            a + share * (b - a)
        })
        .collect()
}

fn pen_of_truth() -> Stroke {
    Stroke::new(Color::Truth.alpha(0.75), 1.4).dashed(5.0)
}

fn legend(scene: &mut Scene, plot: &Plot, third: Option<(&str, Stroke)>) {
    let own = [("our path", Stroke::new(Color::Model, 2.5)), ("ODE", pen_of_truth())];
    let entries: Vec<_> = third.into_iter().chain(own).collect();
    plot.legend(scene, &entries);
}

fn height(scene: &mut Scene, rect: Rect, run: &Run, now: f64) {
    let dt = run.experiment.recipe.dt;
    let last = (run.experiment.recipe.points - 1) as f64 * dt;
    let world = Bounds { low: [0.0, -5.0], high: [last, 36.0] };
    let plot = Plot::new(rect, world, "Height over time", "time", "height");
    plot.axes(scene);
    let curve = |path: &[f64]| path.iter().enumerate().map(|(n, x)| [n as f64 * dt, *x]).collect::<Vec<Point>>();
    plot.line(scene, &curve(&run.first), Stroke::new(Color::Baseline.alpha(0.35), 1.0));
    plot.line(scene, &curve(run.ode()), pen_of_truth());
    let own = curve(run.path());
    plot.line(scene, &own, Stroke::new(Color::Model, 2.5));
    let figure = |world: &Point| plot.view.figure_from_world(*world);
    scene.clip(plot.view.figure, |scene| {
        scene.dots(own.iter().map(figure).collect::<Vec<_>>(), 2.2, Color::Model);
        scene.ring(figure(&[now * dt, at(run.ode(), 1, now)[0]]), 9.0, Stroke::new(Color::Truth, 1.5));
        scene.circle(figure(&[now * dt, at(run.path(), 1, now)[0]]), 7.0, Color::Model);
    });
    legend(scene, &plot, None);
}

/// Pivot, joint and bob of one or two rods of length 1 in the plane.
fn joints(angles: &[f64]) -> Vec<Point> {
    let mut joint = [0.0, 0.0];
    let mut joints = vec![joint];
    for angle in angles {
        joint = [joint[0] + sin(*angle), joint[1] - cos(*angle)];
        joints.push(joint);
    }
    joints
}

fn rods(scene: &mut Scene, rect: Rect, run: &Run, now: f64) {
    let width = run.experiment.width();
    let reach = 1.12 * width as f64;
    let plot = Plot::new(rect, Bounds::symmetric(reach, reach), run.setup.system.title(), "", "").equal_axes();
    plot.axes(scene);
    let bobs = |path: &[f64]| path.chunks(width).filter_map(|angles| joints(angles).pop()).collect::<Vec<Point>>();
    plot.line(scene, &bobs(run.ode()), Stroke::new(Color::Truth.alpha(0.55), 1.2).dashed(5.0));
    let own = bobs(run.path());
    plot.line(scene, &own, Stroke::new(Color::Model.alpha(0.45), 1.4));
    let figure = |world: &Point| plot.view.figure_from_world(*world);
    scene.clip(plot.view.figure, |scene| {
        scene.dots(own.iter().map(figure).collect::<Vec<_>>(), 1.8, Color::Model.alpha(0.7));
        for (path, color, rod, bob) in [(run.ode(), Color::Truth, 1.5, 6.0), (run.path(), Color::Model, 3.5, 9.0)] {
            let joints: Vec<Point> = joints(&at(path, width, now)).iter().map(figure).collect();
            let pen = Stroke::new(color, rod);
            scene.line(joints.clone(), if color == Color::Truth { pen.dashed(4.0) } else { pen });
            for joint in &joints[1..] {
                scene.circle(*joint, bob, color);
            }
        }
        scene.circle(figure(&[0.0, 0.0]), 4.0, Color::Ink);
    });
    legend(scene, &plot, None);
}

/// Path of one of the bodies in the plane, in the picture's unit.
fn trail(path: &[f64], width: usize, body: usize, unit: f64) -> Vec<Point> {
    path.chunks_exact(width).map(|x| [x[2 * body] / unit, x[2 * body + 1] / unit]).collect()
}

fn positions(x: &[f64], unit: f64) -> impl Iterator<Item = Point> {
    x.as_chunks::<2>().0.iter().map(move |[x, y]| [x / unit, y / unit])
}

fn plane(scene: &mut Scene, rect: Rect, run: &Run, now: f64) {
    let system = run.setup.system;
    let (world, unit, title) = match system {
        System::Planets => (Bounds::symmetric(1.75, 1.75), ASTRONOMICAL_UNIT, system.title()),
        _ => (extent(run), 1.0, system.title()),
    };
    let label = if system == System::Planets { ["astronomical units", " "] } else { ["", ""] };
    let plot = Plot::new(rect, world, title, label[0], label[1]).equal_axes();
    plot.axes(scene);
    let bodies = run.experiment.system.bodies();
    if bodies <= MOST_WHOLE_PATHS {
        whole_paths(scene, &plot, run, unit);
    } else if bodies <= MOST_TAILS {
        tails(scene, &plot, run, now);
    }
    let recorded = Stroke::new(Color::Accent, 3.0).dashed(3.0);
    if !run.record.is_empty() {
        dots_of_record(scene, &plot, &run.record);
    }
    bodies_at(scene, &plot, run, now, unit);
    if !run.is_ready() {
        progress(scene, &plot, run);
    }
    legend(scene, &plot, (!run.record.is_empty()).then_some(("recorded", recorded)));
}

/// The window of the plane: both paths' extent and a margin.
fn extent(run: &Run) -> Bounds {
    let mut bounds = Bounds { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2] };
    for [x, y] in run.ode().as_chunks::<2>().0 {
        for (axis, value) in [*x, *y].into_iter().enumerate() {
            bounds.low[axis] = bounds.low[axis].min(value);
            bounds.high[axis] = bounds.high[axis].max(value);
        }
    }
    for axis in 0..2 {
        let margin = 0.12 * (bounds.high[axis] - bounds.low[axis]);
        bounds.low[axis] -= margin;
        bounds.high[axis] += margin;
    }
    bounds
}

fn whole_paths(scene: &mut Scene, plot: &Plot, run: &Run, unit: f64) {
    let (width, bodies) = (run.experiment.width(), run.experiment.system.bodies());
    let [faint, pen] = if bodies <= 5 { [0.75, 2.2] } else { [0.35, 1.2] };
    for body in 0..bodies {
        let truth = Stroke::new(Color::Truth.alpha(faint), 1.2).dashed(5.0);
        plot.line(scene, &trail(run.ode(), width, body, unit), truth);
    }
    for body in 0..bodies {
        plot.line(scene, &trail(run.path(), width, body, unit), Stroke::new(Color::Model.alpha(0.8), pen));
    }
}

fn tails(scene: &mut Scene, plot: &Plot, run: &Run, now: f64) {
    let (path, width) = (run.path(), run.experiment.width());
    let last = (now as usize).min((path.len() / width).saturating_sub(1));
    let pairs = (last.saturating_sub(TAIL)..last).flat_map(|point| {
        let [from, to] = [point, point + 1].map(|point| positions(&path[point * width..(point + 1) * width], 1.0));
        from.zip(to)
    });
    let segments: Vec<[Point; 2]> =
        pairs.map(|(from, to)| [from, to].map(|world| plot.view.figure_from_world(world))).collect();
    scene.clip(plot.view.figure, |scene| {
        scene.segments(segments, Stroke::new(Color::Model.alpha(0.45), 1.2));
    });
}

fn dots_of_record(scene: &mut Scene, plot: &Plot, record: &[Day]) {
    let days = record.iter().flat_map(|day| positions(day, ASTRONOMICAL_UNIT).collect::<Vec<_>>());
    let centers: Vec<Point> = days.map(|world| plot.view.figure_from_world(world)).collect();
    scene.clip(plot.view.figure, |scene| scene.dots(centers, 1.5, Color::Accent));
}

fn bodies_at(scene: &mut Scene, plot: &Plot, run: &Run, now: f64, unit: f64) {
    let (width, bodies) = (run.experiment.width(), run.experiment.system.bodies());
    let place = |path: &[f64]| -> Vec<Point> {
        let x = at(path, width, now);
        positions(&x, unit).map(|world| plot.view.figure_from_world(world)).collect()
    };
    let (truth, own) = (place(run.ode()), place(run.path()));
    let radius = (110.0 / (bodies as f64 + 10.0)).clamp(1.6, 6.0);
    scene.clip(plot.view.figure, |scene| {
        if bodies <= MOST_WHOLE_PATHS {
            for at in truth {
                scene.ring(at, radius + 2.5, Stroke::new(Color::Truth, 1.2));
            }
        } else {
            scene.dots(truth, radius, Color::Truth.alpha(0.35));
        }
        scene.dots(own.clone(), radius, Color::Model);
        if run.setup.system == System::Planets {
            for (at, name) in own.iter().zip(NAMES) {
                let beyond = at[0] > plot.view.figure.x + plot.view.figure.width - 60.0;
                let (shift, anchor) = if beyond { (-9.0, Anchor::End) } else { (9.0, Anchor::Start) };
                scene.text([at[0] + shift, at[1] - 7.0], name, 11.0, anchor, Color::Ink);
            }
        }
    });
}

/// While the ODE's path of a large gas is computed.
fn progress(scene: &mut Scene, plot: &Plot, run: &Run) {
    let frame = plot.view.figure;
    let words = format!("The ODE’s path first: {:.0} %", 100.0 * run.prepared());
    scene.text([frame.x + 12.0, frame.y + 20.0], words, 12.0, Anchor::Start, Color::Ink);
}
