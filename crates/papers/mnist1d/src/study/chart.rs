//! Curves of a study as an SVG document, with the painter of the figures.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke, Theme};

/// One curve.
pub(super) struct Curve {
    pub(super) label: String,
    pub(super) points: Vec<Point>,
    pub(super) stroke: Stroke,
}

/// Colours in which curves follow one another.
pub(super) const COLORS: [Color; 4] = [Color::Truth, Color::Model, Color::Baseline, Color::Highlight];

impl Curve {
    pub(super) fn new(label: impl Into<String>, points: Vec<Point>, color: Color) -> Self {
        Self { label: label.into(), points, stroke: Stroke::new(color, 1.8) }
    }
}

/// Draws curves over common axes; each ends with its label.
pub(super) fn chart(title: &str, [x, y]: [&str; 2], curves: &[Curve]) -> String {
    let size = Size { width: 640.0, height: 360.0 };
    let mut scene = Scene::new(size);
    let outer = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
    let plot = Plot::new(outer, bounds(curves), title, x, y);
    plot.axes(&mut scene);
    for curve in curves {
        plot.line(&mut scene, &curve.points, curve.stroke);
    }
    let labelled: Vec<&Curve> = curves.iter().filter(|curve| !curve.label.is_empty()).collect();
    let ends: Vec<Point> = labelled
        .iter()
        .filter_map(|curve| curve.points.last())
        .map(|last| plot.view.figure_from_world(*last))
        .collect();
    let heights = apart(&ends.iter().map(|end| end[1] - 8.0).collect::<Vec<_>>());
    for ((curve, [x, _]), y) in labelled.iter().zip(ends).zip(heights) {
        scene.text([x - 4.0, y], curve.label.clone(), 11.0, Anchor::End, Color::Ink);
    }
    let labels: Vec<String> =
        curves.iter().filter(|curve| !curve.label.is_empty()).map(|curve| curve.label.clone()).collect();
    demo::svg(&scene, Theme::Light, &format!("{title}: {}", labels.join(", ")))
}

/// From one label to the next.
const LINE: f64 = 13.0;

/// These heights, those below moved up where one label would stand in another.
fn apart(heights: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*b].total_cmp(&heights[*a]));
    let mut placed = heights.to_vec();
    let mut free = f64::INFINITY;
    for at in order {
        placed[at] = placed[at].min(free);
        free = placed[at] - LINE;
    }
    placed
}

fn bounds(curves: &[Curve]) -> Bounds {
    let values = |axis: usize| curves.iter().flat_map(move |curve| curve.points.iter().map(move |point| point[axis]));
    let range = |axis: usize| {
        let (low, high) = (values(axis).fold(f64::INFINITY, f64::min), values(axis).fold(f64::NEG_INFINITY, f64::max));
        let margin = 0.04 * (high - low);
        if low < high { (low - margin, high + margin) } else { (low.min(0.0), high.max(1.0)) }
    };
    let ((left, right), (low, high)) = (range(0), range(1));
    Bounds { low: [left, low], high: [right, high] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_apart() {
        assert_eq!(apart(&[50.0, 100.0, 95.0]), [50.0, 100.0, 87.0]);
        assert_eq!(apart(&[20.0, 20.0, 20.0]), [20.0, 7.0, -6.0]);
        assert!(apart(&[]).is_empty());
    }
}
