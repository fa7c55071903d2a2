//! The loss over the steps, drawn with the painter of the figures.

use demo::{Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke, Theme};
use math::ops::log10;

use crate::fit::Reading;

/// The loss curve of `name` as an SVG document, the loss as its decimal logarithm.
pub fn svg(name: &str, readings: &[Reading]) -> String {
    let points: Vec<Point> = readings
        .iter()
        .filter(|reading| reading.loss > 0.0)
        .map(|reading| [reading.step as f64, log10(f64::from(reading.loss))])
        .collect();
    let mut scene = Scene::new(Size { width: 640.0, height: 320.0 });
    let outer = Rect { x: 0.0, y: 0.0, width: 640.0, height: 320.0 };
    let plot = Plot::new(outer, bounds(&points), &format!("{name}: training loss"), "step", "log10 loss");
    plot.axes(&mut scene);
    plot.line(&mut scene, &points, Stroke::new(Color::Model, 1.5));
    demo::svg(&scene, Theme::Light, &format!("Training loss of {name}"))
}

fn bounds(points: &[Point]) -> Bounds {
    let range = |axis: usize| {
        let values = || points.iter().map(|point| point[axis]);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        if low < high { (low, high) } else { (0.0, 1.0) }
    };
    let ((_, steps), (low, high)) = (range(0), range(1));
    Bounds { low: [0.0, low - 0.1], high: [steps, high + 0.1] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_drawn_and_an_empty_one_too() {
        let readings: Vec<Reading> =
            (1..50).map(|step| Reading { step, loss: 1.0 / step as f32, seconds: 0.0 }).collect();
        let drawn = svg("spring", &readings);
        assert!(drawn.starts_with("<svg") && drawn.contains("spring: training loss") && !drawn.contains("NaN"));
        assert!(!svg("spring", &[]).contains("NaN"));
    }
}
