//! The picture of the saddle microscope.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke};
use math::ops::{cos, sin};

use super::super::marks::{grip, legend};
use super::scope::Scope;
use super::{FARTHEST_DEG, Saddle};

/// From here on figures have two columns.
const WIDE: f64 = 560.0;
/// Half of the angles on show, in degrees.
const REACH_DEG: f64 = 215.0;
/// Half the width of the ribbon, in radians at the mode's largest.
const RIBBON: f64 = 0.45;
/// Radius of a bob.
const BOB: f64 = 8.0;

/// Rectangles of a figure's size.
pub(super) struct Layout {
    path: Rect,
    cut: Rect,
    toy: Rect,
    trace: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        if size.width >= WIDE {
            let (upper, lower) = all.split_rows(0.58, 6.0);
            let (path, toy) = upper.split_columns(0.68, 8.0);
            let (cut, trace) = lower.split_columns(0.5, 8.0);
            Self { path, cut, toy, trace }
        } else {
            let (path, rest) = all.split_rows(0.36, 4.0);
            let (cut, rest) = rest.split_rows(0.38, 4.0);
            let (toy, trace) = rest.split_rows(0.47, 4.0);
            Self { path, cut, toy, trace }
        }
    }
}

impl Saddle {
    pub(super) fn draw_all(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        self.draw_path(scene, &self.path_plot(&layout));
        self.draw_cut(scene, &self.cut_plot(&layout));
        self.draw_toy(scene, layout.toy);
        self.trace.draw(scene, layout.trace, self.scope.ode_terms);
    }

    /// Angle in degrees against time in seconds.
    pub(super) fn path_plot(&self, layout: &Layout) -> Plot {
        let seconds = self.scope.settings.seconds as f64;
        let world = Bounds { low: [0.0, -REACH_DEG], high: [seconds, REACH_DEG] };
        let mut plot = Plot::new(layout.path.inset(4.0, 0.0, 4.0, 0.0), world, " ", "time, s", " ");
        plot.title.clear();
        plot.ticks = [5, 0];
        plot
    }

    fn draw_path(&self, scene: &mut Scene, plot: &Plot) {
        plot.axes(scene);
        levels(scene, plot);
        self.draw_ribbon(scene, plot);
        let degrees = |path: &[f64]| -> Vec<Point> {
            path.iter().enumerate().map(|(k, angle)| [k as f64, angle.to_degrees()]).collect()
        };
        plot.line(scene, &degrees(&self.scope.ode), Stroke::new(Color::Truth, 1.8).dashed(5.0));
        plot.line(scene, &degrees(self.scope.path()), Stroke::new(Color::Model, 2.8));
        self.draw_conjugate(scene, plot);
        self.draw_now(scene, plot);
        if let Some(mode) = self.scope.modes.get(self.rank) {
            let angle = self.scope.path()[mode.peak].to_degrees();
            grip(scene, plot.view.figure_from_world(plot.view.world.clamp([mode.peak as f64, angle])));
        }
        let frame = plot.view.figure;
        let mode = format!("mode {}", self.rank + 1);
        legend(
            scene,
            [frame.x, frame.y - 8.0],
            &[
                ("ODE’s path", Stroke::new(Color::Truth, 1.8).dashed(4.0)),
                ("descending path", Stroke::new(Color::Model, 2.8)),
                (&mode, Stroke::new(Color::Highlight.alpha(0.35), 9.0)),
            ],
        );
    }

    /// The band that the path sweeps when it is moved a little along the mode, either way.
    fn draw_ribbon(&self, scene: &mut Scene, plot: &Plot) {
        let edge = |side: f64| -> Vec<Point> {
            let path = self.scope.pushed(self.rank, side * RIBBON).unwrap_or_default();
            let world = path.iter().enumerate().map(|(k, angle)| [k as f64, angle.to_degrees()]);
            world.map(|point| plot.view.figure_from_world(point)).collect()
        };
        let (upper, lower) = (edge(1.0), edge(-1.0));
        scene.clip(plot.view.figure, |scene| {
            let around: Vec<Point> = upper.iter().copied().chain(lower.iter().rev().copied()).collect();
            scene.polygon(around, Color::Highlight.alpha(0.2));
            for side in [upper, lower] {
                scene.line(side, Stroke::new(Color::Highlight.alpha(0.6), 1.0));
            }
        });
    }

    /// A diamond on the time axis and a thin line up to the ODE's path at each conjugate point.
    fn draw_conjugate(&self, scene: &mut Scene, plot: &Plot) {
        let bottom = plot.view.figure.y + plot.view.figure.height;
        for (index, secs) in self.scope.conjugate.iter().enumerate() {
            let angle = Scope::angle_at(&self.scope.ode, *secs).to_degrees();
            let [x, y] = plot.view.figure_from_world([*secs, angle]);
            scene.line([[x, bottom], [x, y]], Stroke::new(Color::Baseline, 1.2).dashed(3.0));
            scene.circle([x, y], 3.5, Color::Baseline);
            scene
                .polygon([[x, bottom - 7.0], [x + 6.0, bottom], [x, bottom + 7.0], [x - 6.0, bottom]], Color::Baseline);
            if index == 0 {
                scene.text([x + 9.0, bottom - 7.0], "conjugate point", 11.0, Anchor::Start, Color::Baseline);
            }
        }
    }

    fn draw_now(&self, scene: &mut Scene, plot: &Plot) {
        let now = self.now_secs();
        let at = |path: &[f64]| plot.view.figure_from_world([now, Scope::angle_at(path, now).to_degrees()]);
        scene.clip(plot.view.figure, |scene| {
            scene.ring(at(&self.scope.ode), 4.5, Stroke::new(Color::Truth, 1.8));
            scene.circle(at(self.scope.path()), 5.0, Color::Model);
        });
    }

    /// S against degrees along the mode on show. The hill and the path's place stay in sight.
    pub(super) fn cut_plot(&self, layout: &Layout) -> Plot {
        let ode = self.scope.ode_terms.action();
        let lowest = self.cuts[0].iter().map(|point| point[1]).fold(ode, f64::min);
        let lowest = lowest.min(self.scope.terms().action());
        let depth = (ode - lowest).max(40.0);
        let world = Bounds { low: [-FARTHEST_DEG, lowest - 0.12 * depth], high: [FARTHEST_DEG, ode + 0.55 * depth] };
        let mut plot = Plot::new(layout.cut.inset(0.0, 0.0, 4.0, 0.0), world, " ", "degrees along the mode", " ");
        plot.title.clear();
        plot.ticks = [6, 4];
        plot
    }

    /// S on the cut at `degrees`, kept in sight.
    pub(super) fn height_on_cut(&self, plot: &Plot, degrees: f64) -> f64 {
        let height = self.scope.cut(self.rank, degrees.to_radians());
        plot.view.world.clamp([degrees, height])[1]
    }

    fn draw_cut(&self, scene: &mut Scene, plot: &Plot) {
        plot.axes(scene);
        let names = [self.rank, self.companion()].map(|rank| {
            let value = self.scope.modes.get(rank).map_or(0.0, |mode| mode.eigenvalue);
            format!("mode {}: {}", rank + 1, demo::format_number(value, 2))
        });
        let pens = [Stroke::new(Color::Highlight, 2.4), Stroke::new(Color::Muted, 1.4).dashed(4.0)];
        for index in [1, 0] {
            plot.line(scene, &self.cuts[index], pens[index]);
        }
        let along = self.along_deg();
        let ball = [along, self.height_on_cut(plot, along)];
        let here = plot.view.world.clamp([along, self.scope.terms().action()]);
        let [ball, here, ode] =
            [ball, here, [0.0, self.scope.ode_terms.action()]].map(|point| plot.view.figure_from_world(point));
        scene.line([ball, here], Stroke::new(Color::Model, 1.4).dashed(2.0));
        scene.ring(ode, 5.0, Stroke::new(Color::Truth, 1.8));
        scene.circle(here, 5.0, Color::Model);
        grip(scene, ball);
        let frame = plot.view.figure;
        scene.heading([frame.x, frame.y - 8.0], "S", 13.0, Anchor::Start, Color::Ink);
        legend(scene, [frame.x + 20.0, frame.y - 8.0], &[(&names[0], pens[0]), (&names[1], pens[1])]);
    }

    fn draw_toy(&self, scene: &mut Scene, outer: Rect) {
        let room = outer.inset(10.0, 30.0, 10.0, 12.0).square();
        let pivot = room.center();
        let rod = room.width / 2.0 - BOB - 2.0;
        let now = self.now_secs();
        let bob = |angle: f64| [pivot[0] + rod * sin(angle), pivot[1] + rod * cos(angle)];
        scene.heading([outer.x + 10.0, outer.y + 16.0], "The pendulum", 13.0, Anchor::Start, Color::Ink);
        scene.ring(pivot, rod, Stroke::new(Color::Grid, 1.0));
        let tail = self.scope.settings.seconds as f64 / 25.0;
        let arc: Vec<Point> =
            (0..=12).map(|k| bob(Scope::angle_at(self.scope.path(), now - tail * f64::from(12 - k) / 12.0))).collect();
        scene.line(arc, Stroke::new(Color::Model.alpha(0.25), 1.3 * BOB));
        let [ode, path] = [&self.scope.ode[..], self.scope.path()].map(|path| bob(Scope::angle_at(path, now)));
        scene.line([pivot, ode], Stroke::new(Color::Truth, 1.6).dashed(5.0));
        scene.circle(ode, BOB, Color::Paper);
        scene.ring(ode, BOB, Stroke::new(Color::Truth, 1.8));
        scene.line([pivot, path], Stroke::new(Color::Model, 2.6));
        scene.circle(path, BOB, Color::Model);
        scene.circle(pivot, 4.0, Color::Muted);
        let caption = format!("{now:.0} s");
        scene.text([outer.x + outer.width - 10.0, outer.y + 16.0], caption, 11.0, Anchor::End, Color::Muted);
    }
}

/// Lines at quarter turns; at half a turn the pendulum stands upright.
fn levels(scene: &mut Scene, plot: &Plot) {
    let frame = plot.view.figure;
    for degrees in [-180.0, -90.0, 0.0, 90.0, 180.0] {
        let [_, y] = plot.view.figure_from_world([0.0, degrees]);
        scene.line([[frame.x, y], [frame.x + frame.width, y]], Stroke::new(Color::Grid, 1.0));
        let label = format!("{degrees}°").replace('-', "\u{2212}");
        scene.text([frame.x - 6.0, y + 4.0], label, 11.0, Anchor::End, Color::Muted);
    }
    for degrees in [180.0, -180.0] {
        let [_, y] = plot.view.figure_from_world([0.0, degrees]);
        scene.text([frame.x + frame.width - 5.0, y - 4.0], "upright", 11.0, Anchor::End, Color::Muted);
    }
}
