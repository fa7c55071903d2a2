//! From a drawn line to a height at every time, and the scribbles that the figure draws by itself.
//!
//! This module must not know the optimiser or how anything looks.

use std::f64::consts::TAU;

use demo::Point;
use math::ops::sin;
use math::random::Mt19937;

/// Points of a scribble that the figure draws.
const OWN_POINTS: usize = 180;

/// A drawn line as a function of time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Function {
    /// One height for each time point; the first and the last are the pins'.
    pub heights: Vec<f64>,
    /// Points of the line that count.
    pub used: usize,
    /// Points that lay outside of the pins' time, or went back in time.
    pub left_out: usize,
}

/// Reads a line of (time, height) between two pins as a function of time at `count` even times; none where no point of
/// it lies between them.
///
/// A line drawn from right to left is turned around. Whatever goes back in time is left out: only points later than all
/// before them count. Between those, and from them to the pins, heights are interpolated.
pub(super) fn function_of_time(line: &[Point], pins: [Point; 2], count: usize) -> Option<Function> {
    let mut points: Vec<Point> = line.iter().copied().filter(|[t, h]| t.is_finite() && h.is_finite()).collect();
    if points.last()?[0] < points.first()?[0] {
        points.reverse();
    }
    let mut knots = vec![pins[0]];
    for point in points {
        let latest = knots.last().map_or(pins[0][0], |knot| knot[0]);
        if point[0] > latest && point[0] < pins[1][0] {
            knots.push(point);
        }
    }
    let used = knots.len() - 1;
    if used == 0 {
        return None;
    }
    knots.push(pins[1]);
    let heights = times(pins, count).map(|time| interpolated(&knots, time)).collect();
    Some(Function { heights, used, left_out: line.len() - used })
}

/// The even times from one pin to the other.
pub(super) fn times(pins: [Point; 2], count: usize) -> impl Iterator<Item = f64> {
    let [[from, _], [to, _]] = pins;
    (0..count).map(move |index| from + (to - from) * index as f64 / (count - 1) as f64)
}

/// The straight line from one pin to the other at the same times.
pub(super) fn chord(pins: [Point; 2], count: usize) -> impl Iterator<Item = f64> {
    let [[_, from], [_, to]] = pins;
    (0..count).map(move |index| from + (to - from) * index as f64 / (count - 1) as f64)
}

/// Linear between knots of rising time; the ends' heights beyond them.
fn interpolated(knots: &[Point], time: f64) -> f64 {
    let after = knots.partition_point(|knot| knot[0] <= time);
    match (after.checked_sub(1).and_then(|before| knots.get(before)), knots.get(after)) {
        (Some(from), Some(to)) => from[1] + (to[1] - from[1]) * (time - from[0]) / (to[0] - from[0]),
        (Some(only), None) | (None, Some(only)) => only[1],
        (None, None) => 0.0,
    }
}

/// A lively line with loops from pin to pin, a function of the seed and its number.
pub(super) fn own_scribble(seed: u32, number: u32, pins: [Point; 2]) -> Vec<Point> {
    let mut random = Mt19937::from_key(&[seed, number]);
    let [[t0, h0], [t1, h1]] = pins;
    let span = t1 - t0;
    let curls = random.uniform(4.0, 6.5);
    let [slow, phase] = [random.uniform(1.2, 2.6), random.uniform(0.0, TAU)];
    let [lean, rise, loops] = [random.uniform(0.045, 0.07), random.uniform(6.0, 10.0), random.uniform(3.5, 6.5)];
    let lift = random.uniform(2.0, 9.0);
    let at = |index: usize| {
        let u = index as f64 / (OWN_POINTS - 1) as f64;
        // Calm near the pins.
        let swell = (6.0 * u).min(6.0 * (1.0 - u)).min(1.0);
        let turn = TAU * curls * u + phase;
        let height = lift + rise * sin(TAU * slow * u + phase) + loops * sin(turn);
        [t0 + span * (u + swell * lean * sin(turn + 1.4)), h0 + (h1 - h0) * u + swell * height]
    };
    (0..OWN_POINTS).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PINS: [Point; 2] = [[0.0, 1.0], [10.0, 3.0]];

    fn heights(line: &[Point]) -> Vec<f64> {
        function_of_time(line, PINS, 11).unwrap().heights
    }

    #[test]
    fn a_line_forwards_is_interpolated() {
        let line: Vec<Point> = (0..=40).map(|n| f64::from(n) / 4.0).map(|t| [t, t * t]).collect();
        let heights = heights(&line);
        assert!((heights[3] - 9.0).abs() < 1e-12 && (heights[7] - 49.0).abs() < 1e-12);
        assert_eq!((heights[0], heights[10]), (1.0, 3.0));
    }

    #[test]
    fn right_to_left_is_turned_around() {
        let line = [[2.0, 5.0], [5.0, -1.0], [8.0, 4.0]];
        let mut reversed = line;
        reversed.reverse();
        assert_eq!(heights(&line), heights(&reversed));
    }

    #[test]
    fn what_goes_back_in_time_is_left_out() {
        let line = [[2.0, 5.0], [6.0, 9.0], [4.0, -20.0], [3.0, -30.0], [8.0, 9.0]];
        let function = function_of_time(&line, PINS, 11).unwrap();
        assert_eq!((function.used, function.left_out), (3, 2));
        assert!(function.heights.iter().all(|height| *height >= 1.0));
        assert!((function.heights[7] - 9.0).abs() < 1e-12);
    }

    #[test]
    fn one_point_makes_a_tent() {
        let function = function_of_time(&[[5.0, 7.0]], PINS, 11).unwrap();
        assert_eq!(function.used, 1);
        assert_eq!(function.heights[5], 7.0);
        assert!((function.heights[9] - (7.0 - 4.0 * 4.0 / 5.0)).abs() < 1e-12);
    }

    #[test]
    fn nothing_between_the_pins_is_no_function() {
        for line in [&[][..], &[[-3.0, 1.0], [-1.0, 2.0]], &[[11.0, 0.0]], &[[f64::NAN, 1.0], [2.0, f64::INFINITY]]] {
            assert_eq!(function_of_time(line, PINS, 11), None, "{line:?}");
        }
    }

    #[test]
    fn own_scribbles_go_back_in_time_and_differ() {
        for number in 0..20 {
            let line = own_scribble(0, number, PINS);
            let function = function_of_time(&line, PINS, 60).unwrap();
            assert!(function.left_out > 5 && function.used > 40, "{number}: {}", function.left_out);
            assert_ne!(line, own_scribble(0, number + 1, PINS));
            assert_ne!(line, own_scribble(1, number, PINS));
        }
    }
}
