//! From the heights of ten handles to the coefficients of a spline.
//!
//! This module must not know how anything looks.

use crate::lab::activation::{Base, Function, KNOTS};

/// Handles.
pub(super) const HANDLES: usize = 10;
/// The knot of the first, and from one to the next.
const FIRST: usize = 7;
const EVERY: usize = 2;

/// Where a handle stands.
pub(super) fn place(handle: usize) -> f64 {
    f64::from(Function::centre(FIRST + EVERY * handle))
}

/// A function that was bent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bent {
    /// Where it began.
    start: Function,
    /// How far each handle was moved from there.
    offsets: [f64; HANDLES],
}

impl Bent {
    /// Not yet bent.
    pub(super) fn new(start: Function) -> Self {
        Self { start, offsets: [0.0; HANDLES] }
    }

    /// With these offsets.
    pub(super) fn with(start: Function, offsets: [f64; HANDLES]) -> Self {
        Self { start, offsets }
    }

    /// Height of the function at a handle.
    pub(super) fn height(&self, handle: usize) -> f64 {
        f64::from(self.start.at(place(handle) as f32)[0]) + self.offsets[handle]
    }

    /// Moves a handle to a height.
    pub(super) fn set(&mut self, handle: usize, height: f64) {
        self.offsets[handle] += height - self.height(handle);
    }

    /// Where it began, and its offsets.
    pub(super) fn parts(&self) -> (&Function, &[f64; HANDLES]) {
        (&self.start, &self.offsets)
    }

    /// The function, through all handles.
    pub(super) fn function(&self) -> Function {
        let mut function = self.start.clone();
        let bend = coefficients(std::array::from_fn(|knot| self.offset_at(knot)));
        function.coefficients.iter_mut().zip(bend).for_each(|(own, bend)| *own += bend as f32);
        function
    }

    /// The offset at a knot: that of its handle, between two handles the cubic through four, beyond them the last.
    fn offset_at(&self, knot: usize) -> f64 {
        let at = |handle: isize| self.offsets[handle.clamp(0, HANDLES as isize - 1) as usize];
        let place = knot as isize - FIRST as isize;
        let handle = place.div_euclid(EVERY as isize);
        if place.rem_euclid(EVERY as isize) == 0 {
            return at(handle);
        }
        (9.0 * (at(handle) + at(handle + 1)) - at(handle - 1) - at(handle + 2)) / 16.0
    }
}

/// The spline whose values at the knots are these: (c before + 4 c + c after) / 6, by elimination.
fn coefficients(values: [f64; KNOTS]) -> [f64; KNOTS] {
    let mut pivots = [0.0; KNOTS];
    let mut right = values.map(|value| 6.0 * value);
    for knot in 0..KNOTS {
        // The spline is continued by its first and last coefficient.
        let own = if knot == 0 || knot + 1 == KNOTS { 5.0 } else { 4.0 };
        if knot == 0 {
            pivots[knot] = own;
            continue;
        }
        let share = 1.0 / pivots[knot - 1];
        pivots[knot] = own - share;
        right[knot] -= share * right[knot - 1];
    }
    for knot in (0..KNOTS).rev() {
        let after = right.get(knot + 1).copied().unwrap_or(0.0);
        right[knot] = (right[knot] - after) / pivots[knot];
    }
    right
}

/// The base of this name.
pub(super) fn base(id: &str) -> Option<Base> {
    Base::ALL.into_iter().find(|base| base.id() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_through_every_handle() {
        let mut bent = Bent::new(Function::plain(Base::Elu));
        for handle in 0..HANDLES {
            bent.set(handle, [1.0, -1.0, 0.3, 2.0][handle % 4]);
        }
        let function = bent.function();
        for handle in 0..HANDLES {
            let height = f64::from(function.at(place(handle) as f32)[0]);
            assert!((height - [1.0, -1.0, 0.3, 2.0][handle % 4]).abs() < 1e-4, "{handle}: {height}");
        }
    }

    #[test]
    fn what_is_not_bent_is_the_start() {
        let start = Function::plain(Base::Tanh);
        assert_eq!(Bent::new(start.clone()).function(), start);
    }
}
