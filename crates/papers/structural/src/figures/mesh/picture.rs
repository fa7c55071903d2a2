//! How the meshes look: the chosen one large, all of them small, and the compliances against the mesh.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Stroke};

use super::{METHODS, Mesh, NARROWEST, WIDEST_DIRECT, name};
use crate::figures::draw;
use crate::figures::race::color;

/// Where layouts turn from stacked to side by side.
const WIDE: f64 = 560.0;
/// Room for a heading.
const HEADING: f64 = 20.0;
/// Width over height of the beam.
const ASPECT: f64 = 4.0;
/// Meshes that are shown small, and marked in the chart.
const DOUBLINGS: [usize; 5] = [32, 64, 128, 256, 512];

impl Mesh {
    pub(super) fn picture(&self, scene: &mut Scene) {
        let all = scene.rect();
        let columns = if all.width >= WIDE { 2 } else { 1 };
        let large = all.width / columns as f64;
        let top = (large / ASPECT + HEADING) * (METHODS.len() / columns) as f64;
        let small = 2.0 * (all.width / self.doublings().len() as f64 / ASPECT + 6.0) + HEADING;
        let upper = Rect { height: top, ..all };
        let middle = Rect { y: all.y + top + 8.0, height: small, ..all };
        let lower = all.inset(0.0, top + small + 16.0, 0.0, 18.0);
        let panels = if columns == 2 { upper.columns(2, 10.0) } else { upper.rows(2, 4.0) };
        for (method, panel) in panels.into_iter().enumerate() {
            self.panel(scene, panel, method);
        }
        self.all(scene, middle);
        self.chart(scene, lower);
        if let Some(fault) = &self.fault {
            draw::notice(scene, upper, &fault.to_string());
        } else if !self.computes(self.chosen) {
            let words = format!(
                "Meshes of more than {WIDEST_DIRECT} across are computed on WebGPU alone: choose that engine, or a coarser mesh."
            );
            draw::notice(scene, upper, &words);
        }
    }

    /// Those of the doublings that are shown: the finest once it is known.
    fn doublings(&self) -> &'static [usize] {
        let finest = self.known(DOUBLINGS[4], 0).is_some();
        if finest { &DOUBLINGS } else { &DOUBLINGS[..4] }
    }

    fn panel(&self, scene: &mut Scene, panel: Rect, method: usize) {
        let (color, width) = (color(METHODS[method]), self.chosen);
        let title = format!("{}, {}", METHODS[method].title(), name(width));
        scene.heading([panel.x + 2.0, panel.y + 14.0], title, 13.0, Anchor::Start, color);
        let known = self.known(width, method);
        let density = known.as_ref().map_or_else(|| vec![super::VOLUME; width * width / 4], |one| one.density.clone());
        let rect = draw::design(scene, panel.inset(0.0, HEADING, 0.0, 0.0), &density, width, color);
        if let Some(known) = known {
            let text = draw::value(known.compliance, 5, known.checked);
            scene.text([rect.x + rect.width - 2.0, panel.y + 14.0], text, 13.0, Anchor::End, Color::Ink);
        }
    }

    /// The doublings, the coarsest first.
    fn all(&self, scene: &mut Scene, outer: Rect) {
        let doublings = self.doublings();
        for (width, cell) in doublings.iter().copied().zip(outer.columns(doublings.len(), 8.0)) {
            let chosen = width == self.chosen;
            let ink = if chosen { Color::Ink } else { Color::Muted };
            scene.text([cell.x, cell.y + 12.0], name(width), 11.5, Anchor::Start, ink);
            let rows = cell.inset(0.0, HEADING - 3.0, 0.0, 0.0).rows(METHODS.len(), 4.0);
            for (method, row) in rows.into_iter().enumerate() {
                let known = self.known(width, method).map(|one| one.density);
                let empty = || vec![0.0; width * width / 4];
                let density = known.unwrap_or_else(empty);
                draw::design(scene, row, &density, width, color(METHODS[method]));
            }
            if chosen {
                let line = [[cell.x, cell.y + 16.0], [cell.x + cell.width, cell.y + 16.0]];
                scene.line(line, Stroke::new(Color::Ink, 2.0));
            }
        }
    }

    /// Compliance against the number of halvings that made the mesh.
    fn chart(&self, scene: &mut Scene, outer: Rect) {
        let (widths, doublings) = (self.widths(), self.doublings());
        let curve = |method: usize| -> Vec<Point> {
            let point = |width: &usize| Some([halvings(*width), self.known(*width, method)?.compliance]);
            widths.iter().filter_map(point).collect()
        };
        let curves = [curve(0), curve(1)];
        let values = || curves.iter().flatten().map(|[_, value]| *value);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        if !low.is_finite() {
            return;
        }
        let margin = (0.12 * (high - low)).max(0.01 * low);
        let finest = widths.last().into_iter().chain(doublings.last()).map(|width| halvings(*width));
        let right = 0.25 + finest.fold(0.0, f64::max);
        let world = Bounds { low: [-0.25, low - margin], high: [right, high + margin] };
        let mut plot = Plot::new(outer, world, "Least compliance", "", " ");
        plot.ticks = [0, 3];
        plot.axes(scene);
        for width in doublings {
            let [x, _] = plot.view.figure_from_world([halvings(*width), low]);
            let below = plot.view.figure.y + plot.view.figure.height + 14.0;
            scene.text([x, below], name(*width), 11.0, Anchor::Middle, Color::Muted);
        }
        for (method, curve) in METHODS.into_iter().zip(&curves) {
            plot.line(scene, curve, Stroke::new(color(method), 2.0));
            let dots: Vec<Point> = curve.iter().map(|point| plot.view.figure_from_world(*point)).collect();
            scene.dots(dots, 4.0, color(method));
        }
        let strokes = METHODS.map(|method| (method.title(), Stroke::new(color(method), 2.0)));
        plot.legend(scene, &strokes);
    }
}

/// How often the coarsest mesh was halved to make a mesh of this width.
fn halvings(width: usize) -> f64 {
    math::ops::ln(width as f64 / NARROWEST as f64) / std::f64::consts::LN_2
}
