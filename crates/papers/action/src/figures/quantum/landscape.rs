//! The potential under packet and ball: a preset, what the visitor painted over it, and a hill that a handle moves.
//!
//! Heights are energies. What is painted is kept at knots and smoothed by a cubic B-spline, so that a shaky pointer makes
//! no force that jumps.

use demo::snapshot::{Reader, Writer, bad};
use demo::{Bounds, Error, Point};
use math::ops::exp;

/// The domain and the energies that a potential may take.
pub(super) const DOMAIN: Bounds = Bounds { low: [0.0, -80.0], high: [8.0, 160.0] };
/// Knots of a drawing, both ends included.
const KNOTS: usize = 129;
/// Drawings kept for undoing.
const MOST_UNDONE: usize = 12;
/// Width of the hill, and angular frequency of the well.
const HILL_WIDTH: f64 = 0.35;
const OMEGA: f64 = 2.0 * std::f64::consts::PI;
/// A peak that rises by less above both of its sides is no barrier.
const LEAST_BARRIER: f64 = 1.0;
/// Places at which a barrier is looked for.
const LOOKS: usize = 257;

/// A potential to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preset {
    Barrier,
    Well,
    DoubleWell,
    Cubic,
    Flat,
}

impl Preset {
    /// Ids and labels in the order of the control.
    pub(super) const CHOICES: [(&str, &str); 5] = [
        ("barrier", "Barrier"),
        ("well", "Harmonic well"),
        ("double", "Double well"),
        ("cubic", "Cubic"),
        ("flat", "None"),
    ];

    pub(super) fn from_id(id: &str) -> Self {
        match id {
            "well" => Self::Well,
            "double" => Self::DoubleWell,
            "cubic" => Self::Cubic,
            "flat" => Self::Flat,
            _ => Self::Barrier,
        }
    }

    /// The height at `x` at strength 1. The cubic is the authors', k y^2 / 2 + k y^3 / 6 with y to the left.
    fn at(self, x: f64) -> f64 {
        match self {
            Self::Barrier => 60.0 * gauss((x - 4.6) / 0.25),
            Self::Well => 0.5 * OMEGA * OMEGA * (x - 4.0) * (x - 4.0),
            Self::DoubleWell => {
                let u = (x - 4.0) / 1.9;
                58.0 * (u * u - 1.0) * (u * u - 1.0)
            }
            Self::Cubic => {
                let y = (2.2 - x) / 1.4;
                90.0 * (y * y / 2.0 + y * y * y / 6.0)
            }
            Self::Flat => 0.0,
        }
    }
}

fn gauss(u: f64) -> f64 {
    exp(-u * u)
}

/// The whole potential.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Landscape {
    preset: Preset,
    strength: f64,
    /// Place and height.
    hill: Point,
    /// Heights at the knots at strength 1, in place of the preset's.
    drawing: Option<Vec<f64>>,
    /// Earlier drawings, the latest last.
    undone: Vec<Option<Vec<f64>>>,
}

impl Landscape {
    /// A barrier, and a hill of no height.
    pub(super) fn new() -> Self {
        Self { preset: Preset::Barrier, strength: 1.0, hill: [6.6, 0.0], drawing: None, undone: Vec::new() }
    }

    /// The height at `x`.
    pub(super) fn at(&self, x: f64) -> f64 {
        let ground = self.drawing.as_ref().map_or_else(|| self.preset.at(x), |knots| spline(knots, x));
        (self.strength * ground + self.hill_at(x)).clamp(DOMAIN.low[1], DOMAIN.high[1])
    }

    /// Heights at many places.
    pub(super) fn values(&self, grid: &[f64]) -> Vec<f64> {
        grid.iter().map(|x| self.at(*x)).collect()
    }

    fn hill_at(&self, x: f64) -> f64 {
        self.hill[1] * gauss((x - self.hill[0]) / HILL_WIDTH)
    }

    pub(super) fn hill(&self) -> Point {
        self.hill
    }

    pub(super) fn set_hill(&mut self, hill: Point) {
        self.hill = hill;
    }

    /// A preset replaces a drawing, which undoing brings back.
    pub(super) fn set_preset(&mut self, preset: Preset) {
        self.erase();
        self.preset = preset;
    }

    /// Scales preset and drawing alike.
    pub(super) fn set_strength(&mut self, strength: f64) {
        self.strength = strength;
    }

    pub(super) fn is_drawn(&self) -> bool {
        self.drawing.is_some()
    }

    /// Back to the preset, if anything was drawn.
    pub(super) fn erase(&mut self) {
        if self.is_drawn() {
            self.remember();
            self.drawing = None;
        }
    }

    /// The drawing before the last stroke, erasure or preset; says whether there was any.
    pub(super) fn undo(&mut self) -> bool {
        let last = self.undone.pop();
        let any = last.is_some();
        if let Some(drawing) = last {
            self.drawing = drawing;
        }
        any
    }

    fn remember(&mut self) {
        self.undone.push(self.drawing.clone());
        if self.undone.len() > MOST_UNDONE {
            self.undone.remove(0);
        }
    }

    /// A stroke begins: what is there so far can be had back.
    pub(super) fn begin_stroke(&mut self) {
        self.remember();
        if self.drawing.is_none() {
            let preset = self.preset;
            self.drawing = Some(knots().map(|x| preset.at(x)).collect());
        }
    }

    /// Paints the potential between two points of a stroke.
    pub(super) fn stroke(&mut self, from: Point, to: Point) {
        let (from, to) = (DOMAIN.clamp(from), DOMAIN.clamp(to));
        let (left, right) = if from[0] <= to[0] { (from, to) } else { (to, from) };
        // A tap is as wide as the gap between two knots.
        let reach = 0.5 * DOMAIN.high[0] / (KNOTS - 1) as f64;
        for (index, x) in knots().enumerate() {
            if x < left[0] - reach || x > right[0] + reach {
                continue;
            }
            let share = ((x - left[0]) / (right[0] - left[0]).max(1e-9)).clamp(0.0, 1.0);
            let height = left[1] + share * (right[1] - left[1]) - self.hill_at(x);
            if let Some(knot) = self.drawing.as_mut().and_then(|knots| knots.get_mut(index)) {
                *knot = height / self.strength;
            }
        }
    }

    /// Place and height of the highest rise that has lower ground on both sides.
    pub(super) fn barrier(&self) -> Option<Point> {
        let places = math::linspace(DOMAIN.low[0], DOMAIN.high[0], LOOKS);
        let heights = self.values(&places);
        let lowest_from = |values: &mut dyn Iterator<Item = f64>| {
            let lows = values.scan(f64::INFINITY, |low, value| {
                *low = low.min(value);
                Some(*low)
            });
            lows.collect::<Vec<f64>>()
        };
        let before = lowest_from(&mut heights.iter().copied());
        let mut after = lowest_from(&mut heights.iter().rev().copied());
        after.reverse();
        let rises = (0..LOOKS).map(|index| heights[index] - before[index].max(after[index]));
        let (best, rise) = rises.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        (rise >= LEAST_BARRIER).then(|| [places[best], heights[best]])
    }

    /// The lowest height.
    pub(super) fn lowest(&self) -> f64 {
        knots().map(|x| self.at(x)).fold(f64::INFINITY, f64::min)
    }

    /// Writes what no control or handle tells.
    pub(super) fn save(&self, writer: &mut Writer) {
        writer.count(self.undone.len());
        for drawing in self.undone.iter().chain([&self.drawing]) {
            writer.f64s(drawing.as_deref().unwrap_or_default());
        }
    }

    /// What [`Self::save`] wrote.
    pub(super) fn restore(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let count = reader.count()?;
        if count > MOST_UNDONE {
            return Err(bad("it holds too many drawings."));
        }
        let mut drawings = (0..=count).map(|_| drawing(reader)).collect::<Result<Vec<_>, _>>()?;
        self.drawing = drawings.pop().flatten();
        self.undone = drawings;
        Ok(())
    }
}

fn drawing(reader: &mut Reader) -> Result<Option<Vec<f64>>, Error> {
    let knots = reader.f64s()?;
    match knots.len() {
        0 => Ok(None),
        KNOTS if knots.iter().all(|knot| knot.is_finite()) => Ok(Some(knots)),
        _ => Err(bad("a drawing in it is damaged.")),
    }
}

/// Where the knots lie.
fn knots() -> impl Iterator<Item = f64> {
    (0..KNOTS).map(|index| DOMAIN.high[0] * index as f64 / (KNOTS - 1) as f64)
}

/// The uniform cubic B-spline over the knots; beyond the ends the last knot goes on.
fn spline(knots: &[f64], x: f64) -> f64 {
    let last = knots.len().saturating_sub(1);
    let place = (x / DOMAIN.high[0] * last as f64).clamp(0.0, last as f64);
    let index = (place as usize).min(last.saturating_sub(1));
    let u = place - index as f64;
    let v = 1.0 - u;
    let knot = |offset: usize| knots.get((index + offset).saturating_sub(1).min(last)).copied().unwrap_or(0.0);
    let weights = [v * v * v, 3.0 * u * u * u - 6.0 * u * u + 4.0, 3.0 * v * v * v - 6.0 * v * v + 4.0, u * u * u];
    weights.iter().enumerate().map(|(offset, weight)| weight * knot(offset)).sum::<f64>() / 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spline_keeps_a_straight_line() {
        let line: Vec<f64> = knots().map(|x| 3.0 * x - 5.0).collect();
        for x in [0.3, 1.234, 4.0, 7.7] {
            assert!((spline(&line, x) - (3.0 * x - 5.0)).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn barriers_are_told_from_walls_and_wells() {
        let barrier = |preset| {
            let mut landscape = Landscape::new();
            landscape.set_preset(preset);
            landscape.barrier()
        };
        assert!((barrier(Preset::Barrier).unwrap()[0] - 4.6).abs() < 0.03);
        assert!((barrier(Preset::DoubleWell).unwrap()[0] - 4.0).abs() < 0.03);
        assert!((barrier(Preset::Cubic).unwrap()[0] - 5.0).abs() < 0.03);
        assert_eq!(barrier(Preset::Well), None);
        assert_eq!(barrier(Preset::Flat), None);
    }

    #[test]
    fn a_stroke_is_painted_where_it_was_drawn_at_every_strength() {
        for strength in [0.1, 1.0, 2.0] {
            let mut landscape = Landscape::new();
            landscape.set_strength(strength);
            landscape.set_hill([3.0, 20.0]);
            landscape.begin_stroke();
            landscape.stroke([5.0, 30.0], [2.0, 90.0]);
            for (x, height) in [(2.5, 80.0), (3.0, 70.0), (4.5, 40.0)] {
                assert!((landscape.at(x) - height).abs() < 0.5, "{strength} {x} {}", landscape.at(x));
            }
        }
    }

    #[test]
    fn undoing_brings_back_what_a_stroke_an_erasure_or_a_preset_took() {
        let mut landscape = Landscape::new();
        assert!(!landscape.undo());
        let plain = landscape.at(1.0);
        landscape.begin_stroke();
        landscape.stroke([0.5, 50.0], [1.5, 50.0]);
        let painted = landscape.at(1.0);
        assert!((painted - 50.0).abs() < 1.0);
        landscape.erase();
        assert_eq!(landscape.at(1.0), plain);
        assert!(landscape.undo());
        assert_eq!(landscape.at(1.0), painted);
        landscape.set_preset(Preset::Well);
        assert_ne!(landscape.at(1.0), painted);
        assert!(landscape.undo());
        assert_eq!(landscape.at(1.0), painted);
        assert!(landscape.undo());
        assert!(!landscape.is_drawn());
    }
}
