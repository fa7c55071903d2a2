//! The painter on an `OffscreenCanvas`: the twin of [`demo::svg`].

use std::f64::consts::TAU;

use demo::{Anchor, Color, Paint, Palette, Point, Rect, Scene, Shape, Stroke, arrow_head};
use js_sys::Array;
use wasm_bindgen::{Clamped, JsCast as _, JsValue};
use web_sys::{ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d as Canvas};

/// From so many dots on a dot is a square: at a radius of a pixel or two nobody sees it, and it costs a tenth.
const MANY_DOTS: usize = 500;

/// What a painter keeps between frames.
#[derive(Default)]
pub(crate) struct Painter {
    /// Where pictures wait for being scaled onto the canvas.
    scratch: Option<(OffscreenCanvas, Canvas)>,
}

impl Painter {
    /// Paints `scene`, its ground included, `ratio` device pixels per figure unit.
    pub(crate) fn paint(
        &mut self,
        canvas: &Canvas,
        scene: &Scene,
        palette: Palette,
        ratio: f64,
    ) -> Result<(), JsValue> {
        let mut pen = Pen { canvas, palette, clips: 0 };
        canvas.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0)?;
        canvas.set_line_join("round");
        canvas.set_line_cap("round");
        let size = scene.size();
        pen.fill(Color::Paper.into());
        // One unit more hides the seam where the canvas was rounded to whole pixels.
        canvas.fill_rect(0.0, 0.0, size.width + 1.0, size.height + 1.0);
        for shape in scene.shapes() {
            self.shape(&mut pen, shape)?;
        }
        pen.pop_all();
        Ok(())
    }

    fn shape(&mut self, pen: &mut Pen, shape: &Shape) -> Result<(), JsValue> {
        match shape {
            Shape::Line { points, stroke } => pen.line(points, *stroke),
            Shape::Segments { segments, stroke, head } => pen.segments(segments, *stroke, *head),
            Shape::Polygon { points, fill, stroke } => pen.polygon(points, *fill, *stroke),
            Shape::Circle { center, radius, fill, stroke } => pen.circle(*center, *radius, *fill, *stroke),
            Shape::Dots { centers, radius, paint } => pen.dots(centers, *radius, *paint),
            Shape::Text { at, text, size, anchor, paint, bold } => {
                let weight = if *bold { 600 } else { 400 };
                pen.canvas.set_font(&format!("{weight} {size}px system-ui, sans-serif"));
                pen.text(*at, text, *anchor, *paint)
            }
            Shape::Image { rect, columns, rows, rgba, smooth } => {
                self.image(pen.canvas, *rect, (*columns as u32, *rows as u32), rgba, *smooth)
            }
            Shape::PushClip(rect) => {
                pen.push_clip(*rect);
                Ok(())
            }
            Shape::PopClip => {
                pen.pop_clip();
                Ok(())
            }
        }
    }

    fn image(
        &mut self,
        canvas: &Canvas,
        rect: Rect,
        size: (u32, u32),
        rgba: &[u8],
        smooth: bool,
    ) -> Result<(), JsValue> {
        let (columns, rows) = size;
        if columns == 0 || rows == 0 || rgba.len() != columns as usize * rows as usize * 4 {
            return Ok(());
        }
        let (scratch, pixels) = self.scratch(columns, rows)?;
        let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), columns, rows)?;
        pixels.put_image_data(&data, 0.0, 0.0)?;
        canvas.set_image_smoothing_enabled(smooth);
        canvas.draw_image_with_offscreen_canvas_and_dw_and_dh(scratch, rect.x, rect.y, rect.width, rect.height)
    }

    /// A canvas of this size; setting its size anew would clear it at a cost.
    fn scratch(&mut self, columns: u32, rows: u32) -> Result<&(OffscreenCanvas, Canvas), JsValue> {
        let fits =
            self.scratch.as_ref().is_some_and(|(canvas, _)| canvas.width() == columns && canvas.height() == rows);
        if !fits {
            let canvas = OffscreenCanvas::new(columns, rows)?;
            let context = canvas.get_context("2d")?.ok_or("no 2d context")?.dyn_into::<Canvas>()?;
            self.scratch = Some((canvas, context));
        }
        self.scratch.as_ref().ok_or_else(|| "no 2d context".into())
    }
}

/// A canvas, its colours, and how many clips are open.
struct Pen<'a> {
    canvas: &'a Canvas,
    palette: Palette,
    clips: usize,
}

impl Pen<'_> {
    fn fill(&self, paint: Paint) {
        self.canvas.set_fill_style_str(&self.palette.css(paint));
    }

    fn stroke(&self, stroke: Stroke) -> Result<(), JsValue> {
        self.canvas.set_stroke_style_str(&self.palette.css(stroke.paint));
        self.canvas.set_line_width(stroke.width);
        let dash = if stroke.dash > 0.0 { Array::of2(&stroke.dash.into(), &stroke.dash.into()) } else { Array::new() };
        self.canvas.set_line_dash(&dash)?;
        self.canvas.stroke();
        Ok(())
    }

    /// Adds a path; points that are not finite break it.
    fn path(&self, points: &[Point]) {
        let mut pen_down = false;
        for [x, y] in points {
            if !(x.is_finite() && y.is_finite()) {
                pen_down = false;
            } else if pen_down {
                self.canvas.line_to(*x, *y);
            } else {
                self.canvas.move_to(*x, *y);
                pen_down = true;
            }
        }
    }

    fn line(&self, points: &[Point], stroke: Stroke) -> Result<(), JsValue> {
        self.canvas.begin_path();
        self.path(points);
        self.stroke(stroke)
    }

    fn segments(&self, segments: &[[Point; 2]], stroke: Stroke, head: f64) -> Result<(), JsValue> {
        self.canvas.begin_path();
        for [from, to] in segments {
            self.path(&[*from, *to]);
            if head > 0.0 {
                let [left, right] = arrow_head(*from, *to, head);
                self.path(&[left, *to, right]);
            }
        }
        self.stroke(stroke)
    }

    fn polygon(&self, points: &[Point], fill: Paint, stroke: Option<Stroke>) -> Result<(), JsValue> {
        self.canvas.begin_path();
        self.path(points);
        self.canvas.close_path();
        self.fill(fill);
        self.canvas.fill();
        stroke.map_or(Ok(()), |stroke| self.stroke(stroke))
    }

    fn circle(&self, center: Point, radius: f64, fill: Paint, stroke: Option<Stroke>) -> Result<(), JsValue> {
        if center.iter().chain([&radius]).any(|value| !value.is_finite()) || radius < 0.0 {
            return Ok(());
        }
        self.canvas.begin_path();
        self.canvas.arc(center[0], center[1], radius, 0.0, TAU)?;
        if fill.alpha > 0.0 {
            self.fill(fill);
            self.canvas.fill();
        }
        stroke.map_or(Ok(()), |stroke| self.stroke(stroke))
    }

    fn dots(&self, centers: &[Point], radius: f64, paint: Paint) -> Result<(), JsValue> {
        self.fill(paint);
        let seen = centers.iter().filter(|center| center.iter().all(|value| value.is_finite()));
        if centers.len() > MANY_DOTS {
            // A square of the disc's area.
            let side = radius * 1.772;
            for [x, y] in seen {
                self.canvas.fill_rect(x - side / 2.0, y - side / 2.0, side, side);
            }
            return Ok(());
        }
        self.canvas.begin_path();
        for [x, y] in seen {
            self.canvas.move_to(x + radius, *y);
            self.canvas.arc(*x, *y, radius.max(0.0), 0.0, TAU)?;
        }
        self.canvas.fill();
        Ok(())
    }

    fn text(&self, at: Point, text: &str, anchor: Anchor, paint: Paint) -> Result<(), JsValue> {
        self.canvas.set_text_align(match anchor {
            Anchor::Start => "left",
            Anchor::Middle => "center",
            Anchor::End => "right",
        });
        self.fill(paint);
        self.canvas.fill_text(text, at[0], at[1])
    }

    fn push_clip(&mut self, rect: Rect) {
        self.canvas.save();
        self.canvas.begin_path();
        self.canvas.rect(rect.x, rect.y, rect.width, rect.height);
        self.canvas.clip();
        self.clips += 1;
    }

    fn pop_clip(&mut self) {
        if self.clips > 0 {
            self.canvas.restore();
            self.clips -= 1;
        }
    }

    fn pop_all(&mut self) {
        while self.clips > 0 {
            self.pop_clip();
        }
    }
}
