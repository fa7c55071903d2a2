//! The 28 families of tasks: what holds and what loads each, by the paper's appendix and its authors' code.
//!
//! Node (i, j) counts from the top left. Loads of "-1 along y" point up in this frame; compliance does not tell the
//! difference, so that only pictures turn them round.

use std::f64::consts::PI;

use super::draw;
use crate::problem::Problem;

const X: usize = 0;
const Y: usize = 1;

/// Fills in supports, loads and mask of the family `name`; false where there is none of that name.
pub(super) fn fill(name: &str, problem: &mut Problem) -> bool {
    let grid = &mut Grid(problem);
    match name {
        "mbb_beam" => grid.mbb_beam(),
        "cantilever_beam_full" => grid.cantilever_full(),
        "cantilever_beam_two_point" => grid.cantilever_two_point(),
        "pure_bending_moment" => grid.pure_bending_moment(),
        "ground_structure" => grid.ground_structure(),
        "michell_centered_both" => grid.michell_both(),
        "michell_centered_below" => grid.michell_below(),
        "l_shape_0.2" => grid.l_shape(0.2),
        "l_shape_0.4" => grid.l_shape(0.4),
        "crane" => grid.crane(),
        "center_support" => grid.center_support(),
        "column" => grid.column(),
        "roof" => grid.roof(),
        "causeway_bridge_top" => grid.causeway(0.0),
        "causeway_bridge_middle" => grid.causeway(0.5),
        "causeway_bridge_low" => grid.causeway(0.7),
        "two_level_bridge" => grid.two_level(),
        "free_suspended_bridge" => grid.suspended(0.2, false),
        "anchored_suspended_bridge" => grid.suspended(0.1, true),
        "canyon_bridge" => grid.canyon(),
        "thin_support_bridge" => grid.thin_support(),
        "drawbridge" => grid.drawbridge(),
        "hoop" => grid.hoop(),
        "dam" => grid.dam(),
        "ramp" => grid.stairs(1),
        "staircase" => grid.staircase(),
        "staggered_points" => grid.staggered(),
        "multistory_building" => grid.multistory(),
        _ => return false,
    }
    true
}

/// A problem being filled in.
struct Grid<'a>(&'a mut Problem);

impl Grid<'_> {
    /// The share of the width, rounded half to even as Python does.
    fn across(&self, share: f64) -> usize {
        (share * self.0.width as f64).round_ties_even() as usize
    }

    fn down(&self, share: f64) -> usize {
        (share * self.0.height as f64).round_ties_even() as usize
    }

    fn last(&self) -> (usize, usize) {
        (self.0.width, self.0.height)
    }

    /// Fixes the nodes of column `i`.
    fn hold_column(&mut self, i: usize, x: bool, y: bool) {
        (0..=self.0.height).for_each(|j| self.0.fix(i, j, x, y));
    }

    /// Fixes the first `count` nodes of row `j`.
    fn hold_row(&mut self, j: usize, count: usize, x: bool, y: bool) {
        (0..count).for_each(|i| self.0.fix(i, j, x, y));
    }

    fn hold_bottom(&mut self, x: bool, y: bool) {
        let (w, h) = self.last();
        self.hold_row(h, w + 1, x, y);
    }

    /// Mirror planes at the left and at the right.
    fn mirror_both(&mut self) {
        let (w, _) = self.last();
        self.hold_column(0, true, false);
        self.hold_column(w, true, false);
    }

    /// A unit load spread along row `j`.
    fn load_row(&mut self, j: usize) {
        let w = self.0.width;
        (0..=w).for_each(|i| self.0.load(i, j, Y, -1.0 / w as f64));
    }

    fn void(&mut self, inside: impl Fn(usize, usize) -> bool) {
        let w = self.0.width;
        for (at, designable) in self.0.mask.iter_mut().enumerate() {
            *designable &= !inside(at % w, at / w);
        }
    }

    fn mbb_beam(&mut self) {
        let (w, h) = self.last();
        self.hold_column(0, true, false);
        self.0.fix(w, h, false, true);
        self.0.load(0, 0, Y, -1.0);
    }

    fn cantilever_full(&mut self) {
        let (w, h) = self.last();
        self.hold_column(0, true, true);
        self.0.load(w, h, Y, -1.0);
    }

    fn cantilever_two_point(&mut self) {
        let (upper, lower, middle) = (self.down(0.25), self.down(0.75), self.down(0.5));
        self.0.fix(0, lower, true, true);
        self.0.fix(0, upper, true, true);
        self.0.load(self.0.width, middle, Y, -1.0);
    }

    fn pure_bending_moment(&mut self) {
        let (lower, upper) = (self.down(0.55), self.down(0.45));
        self.hold_column(self.0.width, true, false);
        for (j, force) in [(lower, 1.0), (upper, -1.0)] {
            self.0.fix(0, j, false, true);
            self.0.load(0, j, X, force);
        }
    }

    fn ground_structure(&mut self) {
        let (w, h) = self.last();
        self.hold_column(w, true, false);
        self.0.fix(0, h, true, true);
        self.0.load(self.across(0.5), h, Y, -1.0);
    }

    fn michell_both(&mut self) {
        let middle = (self.0.height as f64 / 2.0).round_ties_even() as usize;
        self.hold_column(self.0.width, true, false);
        self.0.fix(self.across(0.05), middle, false, true);
        self.0.load(self.0.width, middle, Y, -1.0);
    }

    fn michell_below(&mut self) {
        self.hold_column(self.0.width, true, false);
        self.0.fix(self.across(0.25), 0, false, true);
        self.0.load(self.0.width, 0, Y, -1.0);
    }

    fn l_shape(&mut self, aspect: f64) {
        let (from, above) = (self.down(aspect), self.down(1.0 - aspect));
        self.hold_row(0, self.across(aspect), true, true);
        self.0.load(self.0.width, self.down(1.0 - aspect / 2.0), Y, -1.0);
        self.void(|column, row| column >= from && row < above);
    }

    fn crane(&mut self) {
        let (column, row) = (self.across(0.5), self.down(0.5) + 2);
        self.hold_bottom(true, true);
        self.0.load(self.across(0.9), self.0.height / 2 + 2, Y, -1.0);
        self.void(|i, j| i >= column && j >= row);
    }

    fn center_support(&mut self) {
        let (w, h) = self.last();
        self.hold_column(w, true, false);
        self.0.fix(w, h, false, true);
        self.load_row(0);
    }

    fn column(&mut self) {
        self.hold_column(self.0.width, true, false);
        self.hold_bottom(false, true);
        self.load_row(0);
    }

    fn roof(&mut self) {
        self.mirror_both();
        self.hold_bottom(false, true);
        self.load_row(0);
    }

    fn causeway(&mut self, deck: f64) {
        let (w, h) = self.last();
        self.mirror_both();
        self.0.fix(w, h, false, true);
        self.load_row(self.down(deck));
    }

    fn two_level(&mut self) {
        let (w, h) = self.last();
        self.mirror_both();
        self.0.fix(0, h, true, true);
        let force = -1.0 / (2.0 * w as f64);
        for j in [self.down(0.4), self.down(0.6)] {
            for (i, axis) in (0..=w).flat_map(|i| [(i, X), (i, Y)]) {
                self.0.load(i, j, axis, force);
            }
        }
    }

    fn suspended(&mut self, span: f64, anchored: bool) {
        let (w, h) = self.last();
        self.hold_column(w, true, false);
        self.hold_row(h, self.across(span), anchored, true);
        self.load_row(h);
    }

    fn canyon(&mut self) {
        self.hold_column(0, true, false);
        self.hold_column(self.0.width, true, true);
        self.load_row(0);
    }

    fn thin_support(&mut self) {
        let (left, below) = (self.down(0.75), self.0.height - self.across(0.75));
        self.mirror_both();
        self.hold_bottom(false, true);
        self.load_row(0);
        self.void(|column, row| column < left && row >= below);
    }

    fn drawbridge(&mut self) {
        self.hold_column(0, true, true);
        self.load_row(self.0.height);
    }

    fn hoop(&mut self) {
        let w = self.0.width;
        self.hold_column(w, true, false);
        self.hold_bottom(false, true);
        let center = w as i64;
        for (at, weight) in draw::circle(center) {
            let [i, j] = at.map(|offset| center + offset);
            if (0..=center).contains(&i) && (0..=self.0.height as i64).contains(&j) {
                self.0.load(i as usize, j as usize, Y, -weight / (2.0 * PI * w as f64));
            }
        }
    }

    /// Water: its pressure grows with depth.
    fn dam(&mut self) {
        let h = self.0.height;
        self.hold_bottom(true, true);
        (0..=h).for_each(|j| self.0.load(0, j, X, 2.0 * (j + 1) as f64 / (h * h) as f64));
    }

    fn staircase(&mut self) {
        self.stairs(if self.last() == (128, 512) { 6 } else { 3 });
    }

    fn stairs(&mut self, storeys: usize) {
        let (w, h) = self.last();
        self.hold_bottom(true, true);
        for storey in 0..storeys {
            let parity = storey % 2;
            let level = |at: usize| (at * h / storeys) as i64;
            let drawn = draw::line([0, level(storey + parity)], [w as i64, level(storey + 1 - parity)]);
            for ([i, j], weight) in drawn {
                let force = -weight / (w * storeys) as f64;
                let at = self.0.freedom(i as usize, j as usize, Y);
                self.0.forces[at] = self.0.forces[at].min(force);
            }
        }
    }

    fn staggered(&mut self) {
        let (w, h) = self.last();
        // The last task of the family has twice the distance.
        let gap = if (w, h) == (128, 512) && self.0.volume < 0.2 { 32 } else { 16 };
        self.mirror_both();
        self.hold_bottom(false, true);
        for i in 0..=w {
            for j in 0..=h {
                let shifted = |a: usize, b: usize| a % gap == gap / 2 && b.is_multiple_of(gap);
                if shifted(i, j) || shifted(j, i) {
                    self.0.load(i, j, Y, -((gap * gap) as f64) / (w * h) as f64);
                }
            }
        }
    }

    fn multistory(&mut self) {
        let (w, h) = self.last();
        let storey = match (w, self.0.volume) {
            (32, _) => 16,
            (64, _) => 32,
            (128, volume) if volume < 0.25 => 128,
            _ => 64,
        };
        self.hold_column(w, true, false);
        self.hold_bottom(false, true);
        (0..=h).step_by(storey).for_each(|j| self.load_row(j));
    }
}
