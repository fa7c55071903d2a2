//! The visitor's own mask of the first layer.
//!
//! This module must not know how anything looks.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};
use math::random::Mt19937;

use super::search::{FIRST, WIDTH};
use crate::model::POSITIONS;

/// Half the brush, in positions and in hidden numbers.
const BRUSH: [i32; 2] = [1, 3];
/// Earlier masks that are kept.
const EARLIER: usize = 20;

/// What a mask begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Every hidden number sees a few neighbouring positions.
    Stripes,
    /// Any positions.
    Confetti,
    /// All see the same positions, in the middle.
    Middle,
    /// As the ticket.
    Ticket,
    /// Nothing.
    Blank,
}

impl Pattern {
    /// All, with names and labels.
    pub(super) const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Stripes, "stripes", "Local stripes"),
        (Self::Confetti, "confetti", "Confetti"),
        (Self::Middle, "middle", "The middle only"),
        (Self::Ticket, "ticket", "A copy of the ticket"),
        (Self::Blank, "blank", "Nothing"),
    ];

    /// The one of this name.
    pub(super) fn named(name: &str) -> Self {
        Self::ALL.iter().find(|(_, id, _)| *id == name).map_or(Self::Stripes, |(pattern, ..)| *pattern)
    }

    /// `count` weights arranged by this pattern; a copy has those of `ticket`.
    pub(super) fn drawn(self, ticket: &[f32], count: usize, seed: u32) -> Vec<bool> {
        let mut random = Mt19937::from_key(&[seed, 1]);
        let mut kept = vec![false; FIRST];
        let share = |unit: usize| (unit + 1) * count / WIDTH - unit * count / WIDTH;
        match self {
            Self::Stripes => {
                for (unit, row) in kept.chunks_exact_mut(POSITIONS).enumerate() {
                    let length = share(unit);
                    let begin = random.randint(0, (POSITIONS - length + 1) as i64) as usize;
                    row[begin..begin + length].fill(true);
                }
            }
            Self::Confetti => {
                for at in random.choice_without_replacement(FIRST, count) {
                    kept[at] = true;
                }
            }
            Self::Middle => {
                for (unit, row) in kept.chunks_exact_mut(POSITIONS).enumerate() {
                    let length = share(unit);
                    let begin = (POSITIONS - length) / 2;
                    row[begin..begin + length].fill(true);
                }
            }
            Self::Ticket => kept.iter_mut().zip(ticket).for_each(|(kept, mask)| *kept = *mask > 0.0),
            Self::Blank => {}
        }
        kept
    }
}

/// A mask that can be painted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Canvas {
    kept: Vec<bool>,
    earlier: Vec<Vec<bool>>,
    /// It is no longer the pattern that it began with.
    pub(super) painted: bool,
    /// Where the brush was last, while it is down.
    last: Option<[f64; 2]>,
}

impl Canvas {
    /// A pattern.
    pub(super) fn new(kept: Vec<bool>) -> Self {
        Self { kept, earlier: Vec::new(), painted: false, last: None }
    }

    /// The mask.
    pub(super) fn kept(&self) -> &[bool] {
        &self.kept
    }

    /// Another pattern; what was there can be brought back if it was painted.
    pub(super) fn fill(&mut self, kept: Vec<bool>) {
        if self.painted {
            self.remember();
        }
        (self.kept, self.painted, self.last) = (kept, false, None);
    }

    fn remember(&mut self) {
        self.earlier.push(self.kept.clone());
        let excess = self.earlier.len().saturating_sub(EARLIER);
        self.earlier.drain(..excess);
    }

    /// The brush goes down at a place in shares of the width and the height.
    pub(super) fn begin(&mut self, at: [f64; 2], keep: bool) {
        self.remember();
        self.last = Some(at);
        self.stamp(at, keep);
    }

    /// The brush moves; false where it is not down.
    pub(super) fn go(&mut self, to: [f64; 2], keep: bool) -> bool {
        let Some(from) = self.last else { return false };
        let span = ((to[0] - from[0]) * POSITIONS as f64).abs().max(((to[1] - from[1]) * WIDTH as f64).abs() / 3.0);
        let pieces = (span.ceil() as usize).clamp(1, 200);
        for piece in 1..=pieces {
            let share = piece as f64 / pieces as f64;
            self.stamp(std::array::from_fn(|axis| from[axis] + share * (to[axis] - from[axis])), keep);
        }
        self.last = Some(to);
        true
    }

    /// The brush goes up; false where it was not down.
    pub(super) fn end(&mut self) -> bool {
        self.last.take().is_some()
    }

    fn stamp(&mut self, [x, y]: [f64; 2], keep: bool) {
        self.painted = true;
        let [column, row] = [(x * POSITIONS as f64).floor() as i32, (y * WIDTH as f64).floor() as i32];
        for row in row - BRUSH[1]..=row + BRUSH[1] {
            for column in column - BRUSH[0]..=column + BRUSH[0] {
                if (0..WIDTH as i32).contains(&row) && (0..POSITIONS as i32).contains(&column) {
                    self.kept[row as usize * POSITIONS + column as usize] = keep;
                }
            }
        }
    }

    /// Takes back the last stroke; false where there is none.
    pub(super) fn undo(&mut self) -> bool {
        let Some(earlier) = self.earlier.pop() else { return false };
        (self.kept, self.last) = (earlier, None);
        true
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.bool(self.painted);
        writer.bool(self.last.is_some());
        let [x, y] = self.last.unwrap_or_default();
        writer.f64s(&[x, y]);
        writer.count(self.earlier.len());
        for kept in self.earlier.iter().chain([&self.kept]) {
            writer.bytes(&kept.iter().map(|kept| u8::from(*kept)).collect::<Vec<u8>>());
        }
    }

    pub(super) fn restore(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let (painted, is_down, last) = (reader.bool()?, reader.bool()?, reader.f64s()?);
        let last = match last.as_slice() {
            [x, y] if is_down => Some([*x, *y]),
            _ => None,
        };
        let count = reader.count()?.min(EARLIER);
        let mut masks = (0..=count)
            .map(|_| {
                let kept: Vec<bool> = reader.bytes()?.iter().map(|byte| *byte != 0).collect();
                if kept.len() == FIRST { Ok(kept) } else { Err(bad("a mask in it has another size.")) }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let kept = masks.pop().ok_or_else(|| bad("its mask is missing."))?;
        Ok(Self { kept, earlier: masks, painted, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Vec<f32> {
        (0..FIRST).map(|at| if at % 9 == 0 { 1.0 } else { 0.0 }).collect()
    }

    #[test]
    fn patterns_keep_as_many_as_the_ticket() {
        let count = FIRST.div_ceil(9);
        for (pattern, id, _) in Pattern::ALL {
            let kept = pattern.drawn(&ticket(), count, 3).iter().filter(|kept| **kept).count();
            let expected = if pattern == Pattern::Blank { 0 } else { count };
            assert_eq!((kept, Pattern::named(id)), (expected, pattern));
        }
    }

    #[test]
    fn a_stroke_has_no_gaps_and_can_be_taken_back() {
        let mut canvas = Canvas::new(vec![false; FIRST]);
        canvas.begin([0.1, 0.1], true);
        canvas.go([0.9, 0.9], true);
        assert!(canvas.end() && !canvas.end() && canvas.painted);
        let rows: Vec<bool> = canvas.kept().chunks_exact(POSITIONS).map(|row| row.contains(&true)).collect();
        assert!(rows[22..178].iter().all(|painted| *painted));
        assert!(canvas.undo() && !canvas.undo());
        assert!(canvas.kept().iter().all(|kept| !kept));
        // Beyond the edge nothing happens.
        canvas.begin([7.0, -3.0], true);
        assert!(canvas.kept().iter().all(|kept| !kept));
    }
}
