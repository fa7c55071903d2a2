//! The painter for paper and tests: a scene as SVG, the twin of the canvas painter in the browser kit.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Anchor, Paint, Palette, Point, Rect, Scene, Shape, Stroke};

/// `scene` as an SVG document in the colours of a theme or palette; `title` is its text for those who do not see it.
pub fn svg(scene: &Scene, palette: impl Into<Palette>, title: &str) -> String {
    let mut painter = Painter { palette: palette.into(), out: String::new(), clips: 0 };
    let size = scene.size();
    let (w, h) = (number(size.width), number(size.height));
    painter.write(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" role=\"img\" font-family=\"system-ui, sans-serif\"><title>{}</title>",
        text(title)
    ));
    let ground = painter.palette.css(crate::Color::Paper.into());
    painter.write(format_args!("<rect width=\"{w}\" height=\"{h}\" fill=\"{ground}\"/>"));
    for shape in scene.shapes() {
        painter.shape(shape);
    }
    painter.out.push_str("</svg>\n");
    painter.out
}

struct Painter {
    palette: Palette,
    out: String,
    clips: usize,
}

impl Painter {
    fn write(&mut self, arguments: std::fmt::Arguments) {
        // Writing into a String cannot fail.
        self.out.write_fmt(arguments).unwrap_or_default();
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Line { points, stroke } => self.line(points, *stroke),
            Shape::Segments { segments, stroke, head } => self.segments(segments, *stroke, *head),
            Shape::Polygon { points, fill, stroke } => {
                let path = format!("{}Z", path(points));
                let outline = stroke.map_or_else(String::new, |stroke| self.pen(stroke));
                let fill = self.palette.css(*fill);
                self.write(format_args!("<path d=\"{path}\" fill=\"{fill}\"{outline}/>"));
            }
            Shape::Circle { center, radius, fill, stroke } => {
                let outline = stroke.map_or_else(String::new, |stroke| self.pen(stroke));
                let fill = if fill.alpha > 0.0 { self.palette.css(*fill) } else { "none".into() };
                let [x, y] = center.map(number);
                self.write(format_args!(
                    "<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\" fill=\"{fill}\"{outline}/>",
                    number(*radius)
                ));
            }
            Shape::Dots { centers, radius, paint } => self.dots(centers, *radius, *paint),
            Shape::Text { at, text: words, size, anchor, paint, bold } => {
                let [x, y] = at.map(number);
                let anchor = match anchor {
                    Anchor::Start => "start",
                    Anchor::Middle => "middle",
                    Anchor::End => "end",
                };
                let weight = if *bold { " font-weight=\"600\"" } else { "" };
                let fill = self.palette.css(*paint);
                let (size, words) = (number(*size), text(words));
                self.write(format_args!(
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{fill}\"{weight}>{words}</text>"
                ));
            }
            Shape::Image { rect, columns, rows, rgba, smooth } => self.image(*rect, *columns, *rows, rgba, *smooth),
            Shape::PushClip(rect) => self.push_clip(*rect),
            Shape::PopClip => self.out.push_str("</g>"),
        }
    }

    fn pen(&self, stroke: Stroke) -> String {
        let color = self.palette.css(stroke.paint);
        let dash =
            if stroke.dash > 0.0 { format!(" stroke-dasharray=\"{}\"", number(stroke.dash)) } else { String::new() };
        format!(
            " stroke=\"{color}\" stroke-width=\"{}\" stroke-linejoin=\"round\" stroke-linecap=\"round\"{dash}",
            number(stroke.width)
        )
    }

    fn line(&mut self, points: &[Point], stroke: Stroke) {
        let (path, pen) = (path(points), self.pen(stroke));
        self.write(format_args!("<path d=\"{path}\" fill=\"none\"{pen}/>"));
    }

    fn segments(&mut self, segments: &[[Point; 2]], stroke: Stroke, head: f64) {
        let mut d = String::new();
        for [from, to] in segments {
            d.push_str(&path(&[*from, *to]));
            if head > 0.0 {
                let [left, right] = arrow_head(*from, *to, head);
                d.push_str(&path(&[left, *to, right]));
            }
        }
        let pen = self.pen(stroke);
        self.write(format_args!("<path d=\"{d}\" fill=\"none\"{pen}/>"));
    }

    /// Each dot is a line of no length with round ends.
    fn dots(&mut self, centers: &[Point], radius: f64, paint: Paint) {
        let mut d = String::new();
        for center in centers.iter().filter(|center| center.iter().all(|v| v.is_finite())) {
            d.push_str(&path(&[*center]));
            d.push_str("h0");
        }
        let pen = self.pen(Stroke::new(paint, 2.0 * radius));
        self.write(format_args!("<path d=\"{d}\" fill=\"none\"{pen}/>"));
    }

    fn image(&mut self, rect: Rect, columns: usize, rows: usize, rgba: &[u8], smooth: bool) {
        let Some(png) = png_of(columns, rows, rgba) else { return };
        let rendering = if smooth { "" } else { " style=\"image-rendering:pixelated\"" };
        let [x, y, w, h] = [rect.x, rect.y, rect.width, rect.height].map(number);
        self.write(format_args!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"none\"{rendering} href=\"data:image/png;base64,{}\"/>",
            STANDARD.encode(png)
        ));
    }

    fn push_clip(&mut self, rect: Rect) {
        let id = self.clips;
        self.clips += 1;
        let [x, y, w, h] = [rect.x, rect.y, rect.width, rect.height].map(number);
        self.write(format_args!(
            "<clipPath id=\"c{id}\"><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/></clipPath><g clip-path=\"url(#c{id})\">"
        ));
    }
}

/// The two ends of an arrow's head of length `head` at `to`.
pub fn arrow_head(from: Point, to: Point, head: f64) -> [Point; 2] {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = math::ops::hypot(dx, dy).max(1e-9);
    let (ux, uy) = (dx / length * head, dy / length * head);
    // A head of 30 degrees to either side.
    let (c, s) = (0.866, 0.5);
    [[to[0] - c * ux + s * uy, to[1] - c * uy - s * ux], [to[0] - c * ux - s * uy, to[1] - c * uy + s * ux]]
}

#[cfg(target_arch = "wasm32")]
fn png_of(columns: usize, rows: usize, rgba: &[u8]) -> Option<Vec<u8>> {
    crate::png::png(columns, rows, rgba)
}

/// Compressed: posters are committed.
#[cfg(not(target_arch = "wasm32"))]
fn png_of(columns: usize, rows: usize, rgba: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(columns).ok()?, u32::try_from(rows).ok()?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(rgba).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

/// A path in tenths of a unit, each point but the first by how far it is from the one before; points that are not finite
/// break it.
fn path(points: &[Point]) -> String {
    let mut out = String::new();
    let mut last: Option<Point> = None;
    for point in points {
        let here = point.iter().all(|value| value.is_finite()).then(|| point.map(|value| (value * 10.0).round()));
        if let Some(here) = here {
            let from = last.unwrap_or_default();
            let [x, y] = [0, 1].map(|axis| number((here[axis] - from[axis]) / 10.0));
            // A minus parts two numbers as well as a space does.
            let space = if y.starts_with('-') { "" } else { " " };
            write!(out, "{}{x}{space}{y}", if last.is_some() { 'l' } else { 'M' }).unwrap_or_default();
        }
        last = here;
    }
    out
}

/// Hundredths of a unit are finer than any screen.
fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    if rounded == 0.0 { "0".into() } else { format!("{rounded}") }
}

fn text(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Color, Colormap, Size, Theme};

    #[test]
    fn every_shape_is_painted() {
        let mut scene = Scene::new(Size { width: 100.0, height: 50.0 });
        scene.line([[0.0, 0.0], [f64::NAN, 1.0], [2.0, 3.456]], Stroke::new(Color::Ink, 1.0).dashed(3.0));
        scene.arrows([[[0.0, 0.0], [10.0, 0.0]]], Stroke::new(Color::Model, 1.0), 3.0);
        scene.circle([5.0, 5.0], 2.0, Color::Baseline.alpha(0.5));
        scene.dots([[1.0, 1.0]], 1.0, Color::Truth);
        scene.text([1.0, 2.0], "a < b", 12.0, Anchor::Middle, Color::Muted);
        let rect = scene.rect();
        scene.clip(rect, |scene| scene.heat(rect, 2, 1, &[0.0, 1.0], 0.0, 1.0, Colormap::Viridis, false));
        let document = svg(&scene, Theme::Light, "Test");
        for part in [
            "M0 0M2 3.5",
            "M0 0l10 0M7.4-1.5l2.6 1.5l-2.6 1.5",
            "stroke-dasharray",
            "rgba(200,78,0,0.500)",
            "a &lt; b",
            "<path d=\"M1 1h0\" fill=\"none\" stroke=\"rgb(58,61,69)\" stroke-width=\"2\"",
            "data:image/png;base64,",
            "</g></svg>",
        ] {
            assert!(document.contains(part), "{part} in {document}");
        }
    }
}
