//! The path against time, beside its picture: angles of the pendulums, and for the others the distance to the ODE's path.

use demo::{Bounds, Color, Plot, Point, Rect, Scene, Stroke};
use math::ops::sqrt;

use super::run::Run;
use crate::experiment::System;

const SECS_PER_DAY: f64 = 86_400.0;
/// Metres.
const MILLION_KILOMETRES: f64 = 1e9;

/// Unit of time of a system's chart in its own units.
fn time_unit(run: &Run) -> f64 {
    if run.setup.system == System::Planets { SECS_PER_DAY } else { 1.0 }
}

/// Time between two points in the chart's unit.
pub(super) fn interval(run: &Run) -> f64 {
    run.experiment.recipe.dt / time_unit(run)
}

/// The chart's frame.
pub(super) fn plot(rect: Rect, run: &Run) -> Plot {
    let last = (run.experiment.recipe.points - 1) as f64 * interval(run);
    let time = if run.setup.system == System::Planets { "days" } else { "time" };
    let (low, high, title, label) = match run.setup.system {
        System::Pendulum | System::DoublePendulum => angle_range(run),
        system => {
            let unit = if system == System::Planets { "million km" } else { " " };
            (0.0, 1.15 * largest(&distances(run, &run.first)).max(1e-9), "Distance to ODE", unit)
        }
    };
    let mut plot = Plot::new(rect, Bounds { low: [0.0, low], high: [last, high] }, title, time, label);
    plot.ticks = [4, 3];
    plot
}

/// Draws the chart with a line at `now`, in time points.
pub(super) fn draw(scene: &mut Scene, rect: Rect, run: &Run, now: f64) {
    let plot = plot(rect, run);
    plot.axes(scene);
    let cursor = now * interval(run);
    let bounds = plot.view.world;
    let line = [[cursor, bounds.low[1]], [cursor, bounds.high[1]]];
    match run.setup.system {
        System::Pendulum | System::DoublePendulum => angles(scene, &plot, run),
        _ => {
            curve(scene, &plot, run, &distances(run, &run.first), Stroke::new(Color::Baseline.alpha(0.6), 1.2));
            curve(scene, &plot, run, &distances(run, run.path()), Stroke::new(Color::Model, 2.0));
        }
    }
    plot.line(scene, &line, Stroke::new(Color::Highlight.alpha(0.8), 1.2));
    let [x, y] = plot.view.figure_from_world([cursor, bounds.low[1]]);
    scene.circle([x, y], 6.0, Color::Highlight);
    let pen = |color| Stroke::new(color, 2.0);
    match run.setup.system {
        System::Pendulum => plot.legend(scene, &[("our path", pen(Color::Model))]),
        System::DoublePendulum => {
            plot.legend(scene, &[("inner", pen(Color::Model)), ("outer", pen(Color::Accent))]);
        }
        _ => plot.legend(scene, &[("first", pen(Color::Baseline)), ("present", pen(Color::Model))]),
    }
}

fn angle_range(run: &Run) -> (f64, f64, &'static str, &'static str) {
    let angles = run.ode().iter().chain(&run.first);
    let (low, high) = angles.fold((0.0_f64, 0.0_f64), |(low, high), x| (low.min(*x), high.max(*x)));
    (low - 0.3, high + 0.3, if run.experiment.width() == 1 { "Angle over time" } else { "Angles over time" }, "rad")
}

fn angles(scene: &mut Scene, plot: &Plot, run: &Run) {
    let width = run.experiment.width();
    for (axis, color) in [Color::Model, Color::Accent].into_iter().take(width).enumerate() {
        let of = |path: &[f64]| path.iter().skip(axis).step_by(width).copied().collect::<Vec<f64>>();
        curve(scene, plot, run, &of(&run.first), Stroke::new(Color::Baseline.alpha(0.3), 1.0));
        curve(scene, plot, run, &of(run.ode()), Stroke::new(Color::Truth.alpha(0.75), 1.3).dashed(4.0));
        curve(scene, plot, run, &of(run.path()), Stroke::new(color, 2.0));
    }
}

fn curve(scene: &mut Scene, plot: &Plot, run: &Run, values: &[f64], stroke: Stroke) {
    let points: Vec<Point> = values.iter().enumerate().map(|(n, y)| [n as f64 * interval(run), *y]).collect();
    plot.line(scene, &points, stroke);
}

/// At every time point the root mean square, over the bodies, of the distance to the ODE's path.
pub(super) fn distances(run: &Run, path: &[f64]) -> Vec<f64> {
    let (width, bodies) = (run.experiment.width(), run.experiment.system.bodies() as f64);
    let unit = if run.setup.system == System::Planets { MILLION_KILOMETRES } else { 1.0 };
    let of = |(x, ode): (&[f64], &[f64])| {
        let squares: f64 = x.iter().zip(ode).map(|(x, ode)| (x - ode) * (x - ode)).sum();
        sqrt(squares / bodies) / unit
    };
    path.chunks_exact(width).zip(run.ode().chunks_exact(width)).map(of).collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}
