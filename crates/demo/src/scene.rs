//! The display list: what a figure draws, in figure units (CSS pixels, y down), before anyone paints it.

use crate::{Color, Colormap, Paint};

/// x and y.
pub type Point = [f64; 2];

/// Width and height in figure units.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A rectangle in figure units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// Smaller by `left, top, right, bottom`; never negative.
    pub fn inset(&self, left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self {
            x: self.x + left,
            y: self.y + top,
            width: (self.width - left - right).max(1.0),
            height: (self.height - top - bottom).max(1.0),
        }
    }

    /// Cut into `count` columns with `gap` between them.
    pub fn columns(&self, count: usize, gap: f64) -> Vec<Self> {
        let width = ((self.width - gap * (count as f64 - 1.0)) / count as f64).max(1.0);
        (0..count).map(|i| Self { x: self.x + i as f64 * (width + gap), width, ..*self }).collect()
    }

    /// Cut into `count` rows with `gap` between them.
    pub fn rows(&self, count: usize, gap: f64) -> Vec<Self> {
        let height = ((self.height - gap * (count as f64 - 1.0)) / count as f64).max(1.0);
        (0..count).map(|i| Self { y: self.y + i as f64 * (height + gap), height, ..*self }).collect()
    }

    /// The upper part of height `share * height`, and the rest below `gap`.
    pub fn split_rows(&self, share: f64, gap: f64) -> (Self, Self) {
        let upper = (self.height - gap) * share;
        (
            Self { height: upper.max(1.0), ..*self },
            Self { y: self.y + upper + gap, height: (self.height - gap - upper).max(1.0), ..*self },
        )
    }

    /// The left part of width `share * width`, and the rest right of `gap`.
    pub fn split_columns(&self, share: f64, gap: f64) -> (Self, Self) {
        let left = (self.width - gap) * share;
        (
            Self { width: left.max(1.0), ..*self },
            Self { x: self.x + left + gap, width: (self.width - gap - left).max(1.0), ..*self },
        )
    }

    /// The largest square in the middle.
    pub fn square(&self) -> Self {
        let side = self.width.min(self.height);
        Self {
            x: self.x + (self.width - side) / 2.0,
            y: self.y + (self.height - side) / 2.0,
            width: side,
            height: side,
        }
    }

    /// The centre.
    pub fn center(&self) -> Point {
        [self.x + self.width / 2.0, self.y + self.height / 2.0]
    }

    /// Whether `point` lies inside.
    pub fn contains(&self, point: Point) -> bool {
        (self.x..=self.x + self.width).contains(&point[0]) && (self.y..=self.y + self.height).contains(&point[1])
    }
}

/// A pen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Colour and opacity.
    pub paint: Paint,
    /// Width in figure units.
    pub width: f64,
    /// Dashes of this length (and as long gaps), or solid at zero.
    pub dash: f64,
}

impl Stroke {
    /// A solid pen.
    pub fn new(paint: impl Into<Paint>, width: f64) -> Self {
        Self { paint: paint.into(), width, dash: 0.0 }
    }

    /// The same pen, dashed.
    pub fn dashed(self, dash: f64) -> Self {
        Self { dash, ..self }
    }
}

/// Where a text's position lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its left.
    Start,
    /// In its middle.
    Middle,
    /// At its right.
    End,
}

/// One thing drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// An open line. Points that are not finite break it.
    Line {
        /// Corners.
        points: Vec<Point>,
        /// Pen.
        stroke: Stroke,
    },
    /// Separate segments under one pen (contours, arrows).
    Segments {
        /// Pairs of ends.
        segments: Vec<[Point; 2]>,
        /// Pen.
        stroke: Stroke,
        /// Arrow heads of this length at the second end, none at zero.
        head: f64,
    },
    /// A closed, filled polygon.
    Polygon {
        /// Corners.
        points: Vec<Point>,
        /// Inside.
        fill: Paint,
        /// Outline.
        stroke: Option<Stroke>,
    },
    /// A disc or ring.
    Circle {
        /// Centre.
        center: Point,
        /// Radius.
        radius: f64,
        /// Inside.
        fill: Paint,
        /// Outline.
        stroke: Option<Stroke>,
    },
    /// Many equal dots.
    Dots {
        /// Centres.
        centers: Vec<Point>,
        /// Radius.
        radius: f64,
        /// Colour.
        paint: Paint,
    },
    /// One line of text.
    Text {
        /// On the baseline.
        at: Point,
        /// What.
        text: String,
        /// Font size.
        size: f64,
        /// Where `at` lies in it.
        anchor: Anchor,
        /// Colour.
        paint: Paint,
        /// Heavier.
        bold: bool,
    },
    /// An RGBA picture.
    Image {
        /// Where.
        rect: Rect,
        /// Pixels across.
        columns: usize,
        /// Pixels down.
        rows: usize,
        /// 4 bytes a pixel, rows from the top.
        rgba: Vec<u8>,
        /// Interpolate between pixels.
        smooth: bool,
    },
    /// Begin to draw inside a rectangle only.
    PushClip(Rect),
    /// End the last such rectangle.
    PopClip,
}

/// A display list.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    size: Size,
    shapes: Vec<Shape>,
}

impl Scene {
    /// An empty scene.
    pub fn new(size: Size) -> Self {
        Self { size, shapes: Vec::new() }
    }

    /// Width and height in figure units.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All of it.
    pub fn rect(&self) -> Rect {
        Rect { x: 0.0, y: 0.0, width: self.size.width, height: self.size.height }
    }

    /// What was drawn, in order.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Add any shape.
    pub fn push(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    /// An open line.
    pub fn line(&mut self, points: impl Into<Vec<Point>>, stroke: Stroke) {
        self.push(Shape::Line { points: points.into(), stroke });
    }

    /// Separate segments.
    pub fn segments(&mut self, segments: impl Into<Vec<[Point; 2]>>, stroke: Stroke) {
        self.push(Shape::Segments { segments: segments.into(), stroke, head: 0.0 });
    }

    /// Arrows with heads of length `head`.
    pub fn arrows(&mut self, segments: impl Into<Vec<[Point; 2]>>, stroke: Stroke, head: f64) {
        self.push(Shape::Segments { segments: segments.into(), stroke, head });
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: impl Into<Vec<Point>>, fill: impl Into<Paint>) {
        self.push(Shape::Polygon { points: points.into(), fill: fill.into(), stroke: None });
    }

    /// A filled rectangle.
    pub fn fill(&mut self, rect: Rect, fill: impl Into<Paint>) {
        let (right, bottom) = (rect.x + rect.width, rect.y + rect.height);
        self.polygon([[rect.x, rect.y], [right, rect.y], [right, bottom], [rect.x, bottom]], fill);
    }

    /// A filled disc.
    pub fn circle(&mut self, center: Point, radius: f64, fill: impl Into<Paint>) {
        self.push(Shape::Circle { center, radius, fill: fill.into(), stroke: None });
    }

    /// A ring.
    pub fn ring(&mut self, center: Point, radius: f64, stroke: Stroke) {
        self.push(Shape::Circle { center, radius, fill: Color::Paper.alpha(0.0), stroke: Some(stroke) });
    }

    /// Many equal dots.
    pub fn dots(&mut self, centers: impl Into<Vec<Point>>, radius: f64, paint: impl Into<Paint>) {
        self.push(Shape::Dots { centers: centers.into(), radius, paint: paint.into() });
    }

    /// One line of text.
    pub fn text(&mut self, at: Point, text: impl Into<String>, size: f64, anchor: Anchor, paint: impl Into<Paint>) {
        self.push(Shape::Text { at, text: text.into(), size, anchor, paint: paint.into(), bold: false });
    }

    /// One line of heavier text.
    pub fn heading(&mut self, at: Point, text: impl Into<String>, size: f64, anchor: Anchor, paint: impl Into<Paint>) {
        self.push(Shape::Text { at, text: text.into(), size, anchor, paint: paint.into(), bold: true });
    }

    /// A grid of values as colours: `values` row-major from the top, `low` and `high` at the ends of the map.
    #[expect(clippy::too_many_arguments, reason = "a picture has this many facts")]
    pub fn heat(
        &mut self,
        rect: Rect,
        columns: usize,
        rows: usize,
        values: &[f32],
        low: f32,
        high: f32,
        map: Colormap,
        smooth: bool,
    ) {
        let span = if high > low { high - low } else { 1.0 };
        let mut rgba = Vec::with_capacity(columns * rows * 4);
        for index in 0..columns * rows {
            let value = values.get(index).copied().unwrap_or(low);
            let [r, g, b] = map.at(f64::from((value - low) / span));
            rgba.extend([r, g, b, 255]);
        }
        self.push(Shape::Image { rect, columns, rows, rgba, smooth });
    }

    /// Draw inside `rect` only.
    pub fn clip(&mut self, rect: Rect, draw: impl FnOnce(&mut Self)) {
        self.push(Shape::PushClip(rect));
        draw(self);
        self.push(Shape::PopClip);
    }

    /// Whether any coordinate drawn is not a number (a break in a line is allowed).
    pub fn has_nan(&self) -> bool {
        self.shapes.iter().any(|shape| match shape {
            Shape::Line { .. } | Shape::PushClip(_) | Shape::PopClip => false,
            Shape::Segments { segments, .. } => segments.iter().flatten().flatten().any(|v| v.is_nan()),
            Shape::Polygon { points, .. } => points.iter().flatten().any(|v| v.is_nan()),
            Shape::Circle { center, radius, .. } => center.iter().chain([radius]).any(|v| v.is_nan()),
            Shape::Dots { centers, .. } => centers.iter().flatten().any(|v| v.is_nan()),
            Shape::Text { at, .. } => at.iter().any(|v| v.is_nan()),
            Shape::Image { rect, .. } => [rect.x, rect.y, rect.width, rect.height].iter().any(|v| v.is_nan()),
        })
    }
}
