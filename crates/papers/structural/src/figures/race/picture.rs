//! How the race looks: four panels with the same loads and supports, and the least compliance of each so far.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke, View};

use super::Race;
use crate::figures::draw::{self, Frame};
use crate::figures::load;
use crate::methods::{Method, Run};

/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// Room for a panel's heading.
const HEADING: f64 = 20.0;

/// Rectangles of a figure's size.
pub(super) struct Layout {
    /// For each method.
    pub(super) panels: Vec<Rect>,
    chart: Rect,
}

impl Layout {
    pub(super) fn new(size: Size) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        if size.width >= WIDE {
            let (panels, chart) = all.split_rows(0.74, 8.0);
            let panels = panels.rows(2, 6.0).iter().flat_map(|row| row.columns(2, 10.0)).collect();
            return Self { panels, chart };
        }
        let (large, rest) = all.split_rows(0.42, 6.0);
        let (small, chart) = rest.split_rows(0.38, 6.0);
        let panels = std::iter::once(large).chain(small.columns(3, 6.0)).collect();
        Self { panels, chart }
    }

    /// Where a grid of `width` by `height` cells with its margin lies in a panel.
    pub(super) fn view(panel: Rect, width: usize, height: usize) -> View {
        load::view(panel.inset(0.0, HEADING, 0.0, 0.0), width, height)
    }
}

/// A method's colour.
pub(crate) fn color(method: Method) -> Color {
    match method {
        Method::Cnn => Color::Model,
        Method::Pixel => Color::Highlight,
        Method::Mma => Color::Baseline,
        Method::Oc => Color::Accent,
    }
}

impl Race {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let layout = Layout::new(scene.size());
        for ((method, run), panel) in self.contest.runs().zip(&layout.panels) {
            self.panel(scene, *panel, method, run);
        }
        self.chart(scene, layout.chart);
        if let Some(fault) = self.contest.fault() {
            draw::notice(scene, layout.panels[0], &fault.to_string());
        }
    }

    fn panel(&self, scene: &mut Scene, panel: Rect, method: Method, run: &Run) {
        let board = &self.board;
        let frame = Frame::new(Layout::view(panel, board.width, board.height), [board.width, board.height]);
        let problem = self.contest.problem();
        scene.clip(panel, |scene| {
            frame.ground(scene);
            frame.material(scene, run.density(), problem.width, problem.height, color(method));
            frame.voids(scene, &board.voids);
            frame.supports(scene, board);
            frame.loads(scene, board, self.mirrored);
        });
        self.heading(scene, panel, method, run);
    }

    fn heading(&self, scene: &mut Scene, panel: Rect, method: Method, run: &Run) {
        let at = [panel.x + 2.0, panel.y + 14.0];
        let is_narrow = panel.width < 150.0;
        let title = if is_narrow { short(method) } else { method.title() };
        scene.heading(at, title, 13.0, Anchor::Start, color(method));
        let Some((best, _)) = run.best() else { return };
        let leads = self.contest.least() == Some(best);
        let text = draw::value(best, if is_narrow { 4 } else { 5 }, run.is_checked());
        let at = [panel.x + panel.width - 4.0, panel.y + 14.0];
        if leads {
            // A narrow panel has no room for the star; there the colour alone tells.
            let text = if is_narrow { text } else { format!("\u{2605} {text}") };
            scene.heading(at, text, 13.0, Anchor::End, color(method));
        } else {
            scene.text(at, text, 13.0, Anchor::End, Color::Ink);
        }
    }

    /// The running minimum of each; far above the least the chart is cut off.
    fn chart(&self, scene: &mut Scene, outer: Rect) {
        let least = self.contest.least().or(self.contest.uniform()).unwrap_or(1.0);
        let top = self.contest.uniform().unwrap_or(2.0 * least).clamp(1.05 * least, 1.8 * least);
        let longest = self.contest.runs().map(|(_, run)| run.history().len()).max().unwrap_or_default();
        let last = (longest.max(20) as f64 * 1.02).min(self.contest.limit().max(20) as f64);
        let world = Bounds { low: [0.0, least - 0.06 * (top - least)], high: [last, top] };
        let mut plot = Plot::new(outer, world, "Least compliance so far", "evaluations of the physics", " ");
        plot.ticks = [6, 3];
        plot.axes(scene);
        for (method, run) in self.contest.runs() {
            let mut least = f64::INFINITY;
            let curve: Vec<Point> = run
                .history()
                .iter()
                .enumerate()
                .map(|(at, value)| {
                    least = least.min(*value);
                    [at as f64 + 1.0, least]
                })
                .collect();
            plot.line(scene, &curve, Stroke::new(color(method), 2.0));
            if let Some([x, y]) = curve.last().map(|point| plot.view.figure_from_world(*point))
                && plot.view.figure.contains([x, y])
            {
                scene.circle([x, y], 3.5, color(method));
            }
        }
    }
}

fn short(method: Method) -> &'static str {
    if method == Method::Pixel { "Pixels" } else { method.title() }
}
