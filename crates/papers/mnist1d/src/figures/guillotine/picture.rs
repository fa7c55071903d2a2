//! How layers, blade and map look.

use demo::{Anchor, Bounds, Color, Plot, Point, Rect, Scene, Size, Stroke};

use super::run::Run;
use crate::data::CLASSES;
use crate::lab::contrast::{EPOCHS, Projector, TRUNK_LAYERS};

/// Where the blade's handle hangs, in percent of accuracy.
pub(super) const BLADE_HEIGHT: f64 = 96.0;
/// Half the width of the drawn blade.
const BLADE: f64 = 9.0;
/// What is cut off falls so far.
const FALL: f64 = 7.0;
/// Narrower figures stack their parts.
const WIDE: f64 = 560.0;
/// The map reaches so many deviations.
const REACH: f64 = 2.6;
/// Of the classes: distinct for colour-blind readers in lightness or hue, and readable on light and dark.
const CLASS_COLORS: [[u8; 3]; CLASSES] = [
    [0x33, 0x77, 0xcc],
    [0xe0, 0x7b, 0x1a],
    [0x1f, 0xa0, 0x7a],
    [0xcc, 0x44, 0x4b],
    [0x8f, 0x6a, 0xd1],
    [0x9a, 0x6b, 0x3f],
    [0xd8, 0x62, 0xa8],
    [0x80, 0x86, 0x90],
    [0xa8, 0x9a, 0x14],
    [0x22, 0xa6, 0xc4],
];

/// The probes' accuracies in the paper, in percent, by layers kept (notebook self-supervised-learning).
fn published(projector: Projector) -> &'static [f64] {
    match projector {
        Projector::Default => &[32.8, 75.1, 80.9, 82.1, 76.1, 75.0],
        Projector::None => &[32.8, 82.2, 79.5, 53.4],
        Projector::Deep => &[32.8, 75.9, 82.4, 79.5, 77.3, 72.8, 65.0, 61.1],
    }
}

/// What stands after so many layers of a network with so many places to cut.
pub(super) fn layer_label(places: usize, layer: usize) -> String {
    match layer {
        0 => "the row".into(),
        TRUNK_LAYERS => "H".into(),
        1..TRUNK_LAYERS => format!("conv {layer}"),
        _ if layer + 1 == places => "output".into(),
        _ => format!("hidden {}", layer - TRUNK_LAYERS),
    }
}

/// The same in two short lines.
fn short_label(places: usize, layer: usize, is_wide: bool) -> [String; 2] {
    match layer {
        0 => ["row".into(), String::new()],
        TRUNK_LAYERS => ["conv".into(), "3 = H".into()],
        1..TRUNK_LAYERS => ["conv".into(), layer.to_string()],
        _ if layer + 1 == places => ["output".into(), String::new()],
        _ => [if is_wide { "hidden" } else { "hid." }.into(), (layer - TRUNK_LAYERS).to_string()],
    }
}

/// The parts of a figure of one size.
pub(super) struct Layout {
    pub(super) bars: Plot,
    losses: Plot,
    map: Plot,
}

impl Layout {
    pub(super) fn new(size: Size, places: usize) -> Self {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        let (bars, losses, map) = if size.width >= WIDE {
            let (left, right) = all.split_columns(0.56, 6.0);
            let (top, bottom) = left.split_rows(0.68, 4.0);
            (top, bottom, right)
        } else {
            let (top, rest) = all.split_rows(0.4, 4.0);
            let (middle, bottom) = rest.split_rows(0.64, 4.0);
            (top, bottom, middle)
        };
        let world = Bounds { low: [-0.5, 0.0], high: [places as f64 - 0.35, 100.0] };
        let mut bars = Plot::new(bars, world, "Linear probes", " ", "test accuracy, %");
        bars.ticks = [0, 4];
        let world = Bounds { low: [0.0, 2.4], high: [EPOCHS as f64, 4.4] };
        let mut losses = Plot::new(losses, world, "", "epoch", "loss of the pairs");
        losses.ticks = [4, 2];
        let map = Plot::new(map, Bounds::symmetric(REACH, REACH), "Test rows", "", "");
        Self { bars, losses, map }
    }

    pub(super) fn draw(&self, scene: &mut Scene, run: &Run, cut: usize, by_probe: bool) {
        self.draw_bars(scene, run, cut);
        self.draw_blade(scene, cut);
        self.draw_losses(scene, run);
        self.draw_map(scene, run, cut, by_probe);
    }

    fn draw_bars(&self, scene: &mut Scene, run: &Run, cut: usize) {
        let plot = &self.bars;
        plot.axes(scene);
        let entries = [("paper, in the end", Stroke::new(Color::Muted, 1.5).dashed(3.0))];
        plot.legend(scene, &entries);
        let published = published(run.projector());
        for (layer, accuracy) in run.accuracies().iter().enumerate() {
            let is_kept = layer <= cut;
            let fall = if is_kept { 0.0 } else { FALL };
            let color = if layer == cut { Color::Highlight } else { Color::Model };
            let paint = color.alpha(if is_kept { 0.85 } else { 0.25 });
            let left = layer as f64 - 0.34;
            let [x0, base] = plot.view.figure_from_world([left, 0.0]);
            let [x1, top] = plot.view.figure_from_world([left + 0.68, accuracy.map_or(0.0, |value| 100.0 * value)]);
            let middle = f64::midpoint(x0, x1);
            if let Some(accuracy) = accuracy {
                scene.clip(plot.view.figure, |scene| {
                    let rect = Rect { x: x0, y: top + fall, width: x1 - x0, height: (base - top).max(1.0) };
                    scene.fill(rect, paint);
                });
                let words = format!("{:.1}", 100.0 * accuracy);
                // Within the bar, or above one that is too low.
                let is_high = base - top > 20.0;
                let ink = if is_kept && is_high { Color::Paper } else { Color::Ink };
                let y = if is_high { base - 8.0 } else { top - 5.0 };
                scene.heading([middle, y], words, 11.0, Anchor::Middle, ink);
            } else {
                scene.text([middle, base - 6.0], "…", 11.0, Anchor::Middle, Color::Muted);
            }
            if let Some(value) = published.get(layer) {
                let [_, y] = plot.view.figure_from_world([0.0, *value]);
                scene.line([[x0 - 2.0, y], [x1 + 2.0, y]], Stroke::new(Color::Muted, 1.5).dashed(3.0));
            }
            let words = short_label(run.layers(), layer, scene.size().width >= WIDE);
            let ink = if is_kept { Color::Ink } else { Color::Muted };
            for (line, words) in words.into_iter().enumerate() {
                scene.text([middle, base + 14.0 + 12.0 * line as f64], words, 10.5, Anchor::Middle, ink);
            }
        }
    }

    fn draw_blade(&self, scene: &mut Scene, cut: usize) {
        let plot = &self.bars;
        let [x, y] = plot.view.figure_from_world([cut as f64 + 0.5, BLADE_HEIGHT]);
        let frame = plot.view.figure;
        let bottom = frame.y + frame.height;
        scene.line([[x, y], [x, bottom + 26.0]], Stroke::new(Color::Highlight, 1.5).dashed(4.0));
        // A slanted edge, as of the machine.
        let blade: [Point; 4] =
            [[x - BLADE, y - 10.0], [x + BLADE, y - 10.0], [x + BLADE, y + 14.0], [x - BLADE, y + 4.0]];
        scene.polygon(blade, Color::Highlight);
        scene.line([[x - BLADE, y + 4.0], [x + BLADE, y + 14.0]], Stroke::new(Color::Paper, 1.5));
    }

    fn draw_losses(&self, scene: &mut Scene, run: &Run) {
        let plot = &self.losses;
        plot.axes(scene);
        let line: Vec<Point> = run.losses().iter().enumerate().map(|(at, loss)| [at as f64 + 1.0, *loss]).collect();
        plot.line(scene, &line, Stroke::new(Color::Baseline, 1.6));
        let Some(end) = line.last() else { return };
        scene.circle(plot.view.figure_from_world(plot.view.world.clamp(*end)), 3.0, Color::Baseline);
    }

    fn draw_map(&self, scene: &mut Scene, run: &Run, cut: usize, by_probe: bool) {
        let plot = &self.map;
        plot.axes(scene);
        let frame = plot.view.figure;
        let seen = layer_label(run.layers(), cut);
        let words = if by_probe { format!("by the probe on {seen}") } else { format!("as {seen} sees them") };
        scene.text([frame.x + frame.width, frame.y - 8.0], words, 11.0, Anchor::End, Color::Muted);
        let map = run.map(cut, by_probe);
        if map.is_empty() {
            scene.text(frame.center(), "reading the layers …", 12.0, Anchor::Middle, Color::Muted);
            return;
        }
        let classes = run.map_classes();
        for (class, [r, g, b]) in CLASS_COLORS.into_iter().enumerate() {
            let own = map.iter().zip(classes).filter(|(_, label)| usize::from(**label) == class);
            let own: Vec<Point> = own.map(|(place, _)| place.map(f64::from)).collect();
            let dots: Vec<Point> =
                own.iter().map(|place| plot.view.figure_from_world(plot.view.world.clamp(*place))).collect();
            let color = Color::Rgb(r, g, b);
            scene.dots(dots, 3.0, color.alpha(0.75));
        }
        for (class, [r, g, b]) in CLASS_COLORS.into_iter().enumerate() {
            let own = map.iter().zip(classes).filter(|(_, label)| usize::from(**label) == class);
            let (sum, count) = own.fold(([0.0, 0.0], 0.0_f64), |(sum, count), (place, _)| {
                ([sum[0] + f64::from(place[0]), sum[1] + f64::from(place[1])], count + 1.0)
            });
            if count > 0.0 {
                let [x, y] = plot.view.figure_from_world(plot.view.world.clamp(sum.map(|value| value / count)));
                scene.circle([x, y], 8.5, Color::Paper.alpha(0.85));
                scene.ring([x, y], 8.5, Stroke::new(Color::Rgb(r, g, b), 1.5));
                scene.heading([x, y + 4.0], class.to_string(), 11.0, Anchor::Middle, Color::Ink);
            }
        }
    }
}
