//! How a bent structure looks: every element where its corners went.

use demo::{Color, Colormap, Point, Rect, Scene, Size, View};

use super::Bend;
use crate::figures::draw::{self, Frame};
use crate::figures::load;

/// Elements thinner than this are not drawn.
const THINNEST: f64 = 0.12;

impl Bend {
    pub(super) fn view(&self, size: Size) -> View {
        let all = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
        load::view(all, self.board.width, self.board.height)
    }

    pub(super) fn picture(&self, scene: &mut Scene) {
        let board = &self.board;
        let problem = self.structure.problem();
        let frame = Frame::new(self.view(scene.size()), [board.width, board.height]);
        frame.ground(scene);
        frame.voids(scene, &board.voids);
        let factor = self.factor();
        let brightest = self.brightest();
        for (at, density) in self.run.density().iter().enumerate().filter(|(_, density)| **density > THINNEST) {
            let corners = problem.element_freedoms(at % problem.width, at / problem.width);
            let quad: Vec<Point> = [0, 2, 4, 6].map(|corner| self.moved(&frame, corners[corner], factor)).to_vec();
            let color = if self.energy {
                let share = math::ops::sqrt(self.stored(at) / brightest);
                let [r, g, b] = Colormap::Viridis.at(0.1 + 0.9 * share);
                Color::Rgb(r, g, b)
            } else {
                Color::Model
            };
            scene.polygon(quad, color.alpha(density.clamp(0.0, 1.0)));
        }
        frame.supports(scene, board);
        frame.loads(scene, board, false);
        if let Some(fault) = &self.fault {
            draw::notice(scene, scene.rect(), &fault.to_string());
        }
    }

    /// A node in figure units, displaced.
    fn moved(&self, frame: &Frame, freedom: usize, factor: f64) -> Point {
        let problem = self.structure.problem();
        let (node, u) = (freedom / 2, self.structure.displacement());
        let at = [(node / (problem.height + 1)) as f64, (node % (problem.height + 1)) as f64];
        frame.at([at[0] + factor * u[freedom], at[1] + factor * u[freedom + 1]])
    }

    /// Energy that an element stores.
    fn stored(&self, at: usize) -> f64 {
        let density = self.run.density()[at];
        density * density * density * self.structure.energy()[at]
    }

    /// The energy that is drawn brightest: few store more.
    fn brightest(&self) -> f64 {
        let mut stored: Vec<f64> = (0..self.structure.problem().elements())
            .filter(|at| self.run.density()[*at] > 0.5)
            .map(|at| self.stored(at))
            .collect();
        stored.sort_by(f64::total_cmp);
        stored.get(stored.len() * 97 / 100).copied().unwrap_or_default().max(1e-300)
    }
}
