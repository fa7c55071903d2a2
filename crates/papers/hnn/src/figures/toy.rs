//! The thing itself, pendulum or spring, in a rectangle: several of it at once, one colour each.

use demo::{Bounds, Color, Handle, Point, Rect, Scene, Stroke, View, format_number};
use math::ops::{cos, sin};

use super::phase::Law;

/// Radius of a bob, half the side of a mass.
const BOB: f64 = 10.0;
/// How much of the phase plane's width a spring's lane shows.
const SPRING_REACH: f64 = 1.6;

/// Where the thing hangs.
pub(super) struct Toy {
    law: Law,
    outer: Rect,
    /// How many of it.
    count: usize,
}

impl Toy {
    /// `count` of it in `outer`.
    pub(super) fn new(law: Law, outer: Rect, count: usize) -> Self {
        Self { law, outer, count }
    }

    /// Its rectangle.
    pub(super) fn outer(&self) -> Rect {
        self.outer
    }

    /// From the pendulum's own plane (pivot at the origin, rod of length 1, y up) or the spring's line to the figure.
    fn view(&self) -> View {
        let room = self.outer.inset(12.0, 24.0, 12.0, 8.0);
        match self.law {
            Law::Pendulum => View { world: Bounds::symmetric(1.22, 1.22), figure: room.square() },
            Law::Spring => {
                View { world: Bounds { low: [-SPRING_REACH, 0.0], high: [SPRING_REACH, 1.0] }, figure: room }
            }
        }
    }

    /// Height of a spring's lane in its view.
    fn lane(&self, index: usize) -> f64 {
        1.0 - (index as f64 + 0.5) / self.count.max(1) as f64
    }

    fn bob(&self, index: usize, q: f64) -> Point {
        let world = match self.law {
            Law::Pendulum => [sin(q), -cos(q)],
            Law::Spring => [q, self.lane(index)],
        };
        self.view().figure_from_world(world)
    }

    /// The grip on the exact one, at coordinate `q`.
    pub(super) fn handle(&self, q: f64) -> Handle {
        let (world, bounds, step) = match self.law {
            Law::Pendulum => ([sin(q), -cos(q)], Bounds::symmetric(1.0, 1.0), [0.05, 0.05]),
            Law::Spring => {
                let (reach, lane) = (0.97 * self.law.window().high[0], self.lane(0));
                ([q, lane], Bounds { low: [-reach, lane], high: [reach, lane] }, [0.05, 0.0])
            }
        };
        Handle {
            id: "bob".into(),
            label: if self.law == Law::Pendulum { "Bob of the pendulum" } else { "Mass on the spring" }.into(),
            text: format!("{} {}", self.law.position_label(), format_number(q, 3)),
            world,
            step,
            bounds,
            view: self.view(),
            radius: 14.0,
        }
    }

    /// What tells that the exact one at coordinate `q` can be caught.
    pub(super) fn mark(&self, scene: &mut Scene, q: f64) {
        let at = self.bob(0, q);
        scene.ring(at, BOB + 3.5, Stroke::new(Color::Highlight, 1.8));
        scene.circle(at, 3.0, Color::Highlight);
    }

    /// The way just gone, as a soft band.
    pub(super) fn blur(&self, scene: &mut Scene, index: usize, states: &[Point], color: Color) {
        let points: Vec<Point> = states.iter().map(|state| self.bob(index, state[0])).collect();
        scene.clip(self.outer, |scene| scene.line(points, Stroke::new(color.alpha(0.22), 1.4 * BOB)));
    }

    /// The thing at coordinate `q`. The exact one is hollow.
    pub(super) fn draw(&self, scene: &mut Scene, index: usize, q: f64, color: Color) {
        let at = self.bob(index, q);
        let exact = color == Color::Truth;
        scene.clip(self.outer, |scene| {
            match self.law {
                Law::Pendulum => self.rod(scene, at, color, exact),
                Law::Spring => self.coil(scene, at, color),
            }
            if exact {
                scene.circle(at, BOB, Color::Paper);
                scene.ring(at, BOB, Stroke::new(color, 2.0));
            } else {
                scene.circle(at, BOB, color);
            }
        });
    }

    fn rod(&self, scene: &mut Scene, at: Point, color: Color, exact: bool) {
        let pivot = self.view().figure_from_world([0.0, 0.0]);
        let pen = Stroke::new(color, 2.4);
        scene.line([pivot, at], if exact { pen.dashed(5.0) } else { pen });
        scene.circle(pivot, 4.0, Color::Muted);
    }

    /// A zigzag from the wall to the mass.
    fn coil(&self, scene: &mut Scene, at: Point, color: Color) {
        let rect = self.view().figure;
        let turns = 22;
        let length = at[0] - BOB - rect.x;
        let point = |turn: i32| {
            let side = if turn == 0 || turn == turns { 0.0 } else { 6.0 - 12.0 * f64::from(turn % 2) };
            [rect.x + length * f64::from(turn) / f64::from(turns), at[1] + side]
        };
        scene.line((0..=turns).map(point).collect::<Vec<_>>(), Stroke::new(color, 1.6));
        scene.line([[rect.x, at[1] - 14.0], [rect.x, at[1] + 14.0]], Stroke::new(Color::Muted, 3.0));
        let rest = self.view().figure_from_world([0.0, 0.0])[0];
        scene.line([[rest, at[1] + 15.0], [rest, at[1] + 20.0]], Stroke::new(Color::Muted, 1.5));
    }
}
