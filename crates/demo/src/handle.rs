//! What can be dragged, and the map between its own coordinates and the figure's.

use crate::{Point, Rect};

/// An affine map between a world (q against p, x against y; y up) and a rectangle of the figure (y down).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Ranges of the world: low and high corner.
    pub world: Bounds,
    /// Where they lie in figure units.
    pub figure: Rect,
}

/// An axis-aligned box of world coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Low corner.
    pub low: Point,
    /// High corner.
    pub high: Point,
}

impl Bounds {
    /// A box centred at the origin, `x` and `y` from it to its sides.
    pub fn symmetric(x: f64, y: f64) -> Self {
        Self { low: [-x, -y], high: [x, y] }
    }

    /// The nearest point of the box.
    pub fn clamp(&self, point: Point) -> Point {
        [point[0].max(self.low[0]).min(self.high[0]), point[1].max(self.low[1]).min(self.high[1])]
    }
}

impl View {
    /// The figure's point of a world point.
    pub fn figure_from_world(&self, point: Point) -> Point {
        let u = (point[0] - self.world.low[0]) / (self.world.high[0] - self.world.low[0]);
        let v = (point[1] - self.world.low[1]) / (self.world.high[1] - self.world.low[1]);
        [self.figure.x + u * self.figure.width, self.figure.y + (1.0 - v) * self.figure.height]
    }

    /// The world point of a figure's point.
    pub fn world_from_figure(&self, point: Point) -> Point {
        let u = (point[0] - self.figure.x) / self.figure.width;
        let v = 1.0 - (point[1] - self.figure.y) / self.figure.height;
        [
            self.world.low[0] + u * (self.world.high[0] - self.world.low[0]),
            self.world.low[1] + v * (self.world.high[1] - self.world.low[1]),
        ]
    }

    /// Figure units per world unit along x and y.
    pub fn scale(&self) -> Point {
        [
            self.figure.width / (self.world.high[0] - self.world.low[0]),
            self.figure.height / (self.world.high[1] - self.world.low[1]),
        ]
    }
}

/// A draggable thing. The shell makes it a focusable element over the canvas.
#[derive(Clone, Debug, PartialEq)]
pub struct Handle {
    /// Stable name, unique in the figure among controls and handles; also the key in the URL.
    pub id: String,
    /// What it is, e.g. "Starting point".
    pub label: String,
    /// Where it is, in words with units, e.g. "q 1.20, p −0.40".
    pub text: String,
    /// Position in the world of its view.
    pub world: Point,
    /// One arrow key's step along x and y; zero for an axis that does not move.
    pub step: Point,
    /// Where it may go.
    pub bounds: Bounds,
    /// The map to figure units.
    pub view: View,
    /// Radius in figure units; the shell makes the target at least 24 px wide.
    pub radius: f64,
}

impl Handle {
    /// Position in figure units.
    pub fn at(&self) -> Point {
        self.view.figure_from_world(self.world)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_and_its_inverse_agree() {
        let view = View {
            world: Bounds { low: [-1.0, 2.0], high: [3.0, 5.0] },
            figure: Rect { x: 10.0, y: 20.0, width: 200.0, height: 90.0 },
        };
        assert_eq!(view.figure_from_world([-1.0, 5.0]), [10.0, 20.0]);
        assert_eq!(view.figure_from_world([3.0, 2.0]), [210.0, 110.0]);
        let back = view.world_from_figure(view.figure_from_world([0.3, 4.4]));
        assert!((back[0] - 0.3).abs() < 1e-12 && (back[1] - 4.4).abs() < 1e-12);
    }

    #[test]
    fn nan_is_clamped_into_bounds() {
        let clamped = Bounds::symmetric(1.0, 2.0).clamp([f64::NAN, 7.0]);
        assert_eq!(clamped, [-1.0, 2.0]);
    }
}
