//! Level lines of a function on a grid, by marching squares.

use crate::Point;

/// Segments of the level line of `values` at `level`.
///
/// `values` holds `rows * columns` samples, row-major; the segments are in grid units (x along columns, y along rows).
/// Saddles are resolved by the mean of the four corners.
pub fn contour(values: &[f32], columns: usize, rows: usize, level: f32) -> Vec<[Point; 2]> {
    let mut segments = Vec::new();
    if columns < 2 || rows < 2 || values.len() < columns * rows {
        return segments;
    }
    for row in 0..rows - 1 {
        for column in 0..columns - 1 {
            let corner = |dx: usize, dy: usize| values[(row + dy) * columns + column + dx] - level;
            cell([corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)], column as f64, row as f64, &mut segments);
        }
    }
    segments
}

/// One cell; corners clockwise from the top left.
fn cell(corners: [f32; 4], x: f64, y: f64, segments: &mut Vec<[Point; 2]>) {
    let code = (0..4).fold(0, |code, i| code | (usize::from(corners[i] > 0.0) << i));
    let cut = |a: usize, b: usize| f64::from(corners[a] / (corners[a] - corners[b]));
    // Edges: top 0-1, right 1-2, bottom 3-2, left 0-3.
    let edge = |index: usize| match index {
        0 => [x + cut(0, 1), y],
        1 => [x + 1.0, y + cut(1, 2)],
        2 => [x + cut(3, 2), y + 1.0],
        _ => [x, y + cut(0, 3)],
    };
    let mut join = |a: usize, b: usize| segments.push([edge(a), edge(b)]);
    match code {
        1 | 14 => join(3, 0),
        2 | 13 => join(0, 1),
        3 | 12 => join(3, 1),
        4 | 11 => join(1, 2),
        6 | 9 => join(0, 2),
        7 | 8 => join(3, 2),
        5 | 10 => {
            let joined = (corners.iter().sum::<f32>() > 0.0) == (code == 5);
            let pairs = if joined { [(0, 1), (2, 3)] } else { [(3, 0), (1, 2)] };
            for (a, b) in pairs {
                join(a, b);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contour_of_a_cone_is_a_circle() {
        let size = 41;
        let values: Vec<f32> = (0..size * size)
            .map(|i| {
                let (x, y) = ((i % size) as f64 - 20.0, (i / size) as f64 - 20.0);
                math::ops::hypot(x, y) as f32
            })
            .collect();
        let segments = contour(&values, size, size, 12.0);
        assert!(segments.len() > 60);
        for point in segments.iter().flatten() {
            let radius = math::ops::hypot(point[0] - 20.0, point[1] - 20.0);
            assert!((radius - 12.0).abs() < 0.05, "{radius}");
        }
    }
}
