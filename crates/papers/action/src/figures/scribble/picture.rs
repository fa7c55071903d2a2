//! How the scribble looks: the drawing plane with everything in it, and the chart of the descent.

use demo::{Anchor, Color, Plot, Point, Rect, Scene, Size, Stroke, View};

use super::line::times;
use super::melt::POINTS;
use super::{KNOTS, Note, SKETCH_SECS, Scribble, Stage, WINDOW};

/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// The knob of a pin hangs so far under it: who draws begins at the pin itself.
const KNOB_BELOW: f64 = 24.0;
/// How long a drawn line fades.
const FADE_SECS: f64 = 1.6;
/// The ball's flight, and its rest at the end.
const FLIGHT_SECS: f64 = 2.4;
const LANDED_SECS: f64 = 0.7;

/// Rectangles of a figure's size.
pub(super) struct Layout {
    pub plot: Plot,
    chart: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (plane, chart) = if size.width >= WIDE { all.split_columns(0.64, 8.0) } else { all.split_rows(0.6, 4.0) };
        let mut plot = Plot::new(plane, WINDOW, "Height against time", "time", "height");
        plot.ticks = [4, 5];
        Self { plot, chart }
    }

    /// The plane's view, moved down to where the knobs hang.
    pub(super) fn knobs(&self) -> View {
        let View { world, mut figure } = self.plot.view;
        figure.y += KNOB_BELOW;
        View { world, figure }
    }
}

impl Scribble {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        let plot = &layout.plot;
        plot.axes(scene);
        let exact = Stroke::new(Color::Truth, 1.8).dashed(5.0);
        plot.legend(scene, &[("path", Stroke::new(Color::Model, 3.0)), ("ODE", exact)]);
        self.ghosts(scene, plot);
        plot.line(scene, &self.points(self.melt.ode()), exact);
        self.drawn_line(scene, plot);
        self.path(scene, plot);
        self.pins(scene, &layout);
        if self.stage == Stage::Resting {
            self.ball(scene, plot);
        }
        self.words(scene, plot);
        let ode = self.melt.action().terms(self.melt.ode());
        self.melt.trace.draw(scene, layout.chart, ode);
    }

    fn points(&self, heights: &[f64]) -> Vec<Point> {
        times(self.melt.pins(), POINTS).zip(heights).map(|(time, height)| [time, *height]).collect()
    }

    /// Earlier paths, the later the stronger.
    fn ghosts(&self, scene: &mut Scene, plot: &Plot) {
        let ghosts = self.melt.ghosts();
        for (index, ghost) in ghosts.iter().enumerate() {
            let share = (index + 1) as f64 / ghosts.len() as f64;
            plot.line(scene, &self.points(ghost), Stroke::new(Color::Model.alpha(0.1 + 0.24 * share), 1.4));
        }
    }

    fn drawn_line(&self, scene: &mut Scene, plot: &Plot) {
        let (shown, alpha) = match self.stage {
            Stage::Sketching => ((self.secs / SKETCH_SECS * self.line.len() as f64) as usize, 1.0),
            Stage::Painting => (self.line.len(), 1.0),
            Stage::Melting => (self.line.len(), 0.7 * (1.0 - self.secs / FADE_SECS)),
            Stage::Held | Stage::Resting => (0, 0.0),
        };
        let Some(line) = self.line.get(..shown.min(self.line.len())).filter(|_| alpha > 0.0) else { return };
        plot.line(scene, line, Stroke::new(Color::Highlight.alpha(alpha), 2.5));
        let drawing = matches!(self.stage, Stage::Sketching | Stage::Painting);
        if let Some(tip) = line.last().filter(|_| drawing) {
            scene.circle(plot.view.figure_from_world(*tip), 4.5, Color::Highlight);
        }
    }

    fn path(&self, scene: &mut Scene, plot: &Plot) {
        let alpha = match self.stage {
            Stage::Sketching => return,
            Stage::Painting => 0.25,
            _ => 1.0,
        };
        let points = self.points(self.melt.path());
        plot.line(scene, &points, Stroke::new(Color::Model.alpha(alpha), 3.2));
        let beads: Vec<Point> = KNOTS.iter().map(|at| plot.view.figure_from_world(points[*at])).collect();
        let inside: Vec<Point> = beads.into_iter().filter(|bead| plot.view.figure.contains(*bead)).collect();
        scene.dots(inside.clone(), 4.5, Color::Model.alpha(alpha));
        scene.dots(inside, 2.2, Color::Paper.alpha(alpha));
    }

    /// A pin on its post, and the knob by which it is moved.
    fn pins(&self, scene: &mut Scene, layout: &Layout) {
        for pin in self.melt.pins() {
            let at = layout.plot.view.figure_from_world(pin);
            let knob = layout.knobs().figure_from_world(pin);
            scene.line([at, knob], Stroke::new(Color::Ink, 1.6));
            scene.circle(knob, 8.0, Color::Paper);
            scene.ring(knob, 8.0, Stroke::new(Color::Ink, 1.6));
            scene.circle(knob, 2.6, Color::Ink);
            scene.circle(at, 5.0, Color::Ink);
        }
    }

    /// The thrown ball on the finished path, and where it was a moment ago.
    fn ball(&self, scene: &mut Scene, plot: &Plot) {
        let now = self.secs % (FLIGHT_SECS + LANDED_SECS) / FLIGHT_SECS;
        for back in (0..6).rev() {
            let share = now.min(1.0) - 0.022 * f64::from(back);
            if share < 0.0 {
                continue;
            }
            let at = plot.view.figure_from_world(self.at(share));
            scene.circle(at, 8.0 - 0.9 * f64::from(back), Color::Accent.alpha(1.0 - 0.17 * f64::from(back)));
        }
    }

    /// The path's point after this share of its time.
    fn at(&self, share: f64) -> Point {
        let [[from, _], [to, _]] = self.melt.pins();
        let position = share.clamp(0.0, 1.0) * (POINTS - 1) as f64;
        let before = (position as usize).min(POINTS - 2);
        let path = self.melt.path();
        let height = path[before] + (path[before + 1] - path[before]) * (position - before as f64);
        [from + (to - from) * share, height]
    }

    /// One line above the path: what to do, or what became of the scribble.
    fn words(&self, scene: &mut Scene, plot: &Plot) {
        let frame = plot.view.figure;
        let text = match (self.note, self.stage) {
            (Note::Missed | Note::NothingBack, _) => self.note(),
            (Note::Drawn { left_out: 1.., .. }, Stage::Melting) => "a path has one height at each time".into(),
            (_, Stage::Melting) if !self.touched => "descending the action …".into(),
            (_, Stage::Resting | Stage::Sketching) if !self.touched => "draw your own from pin to pin".into(),
            _ => return,
        };
        let at = [frame.x + frame.width - 8.0, frame.y + 17.0];
        scene.text(at, text, 12.0, Anchor::End, Color::Muted);
    }
}
