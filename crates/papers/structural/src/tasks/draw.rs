//! Anti-aliased lines and circles on a grid of nodes, as the authors' drawing library (scikit-image) makes them; two
//! families of tasks are loaded along them.

use math::ops::sqrt;

/// A node and its weight in [0, 1].
pub(super) type Weighted = ([i64; 2], f64);

/// A line from `start` to `stop`, in the order of drawing (A. Zingl, "A rasterizing algorithm for drawing curves", 2012).
pub(super) fn line(start: [i64; 2], stop: [i64; 2]) -> Vec<Weighted> {
    let [mut row, mut column] = start;
    let (rows, columns) = ((stop[0] - row).abs(), (stop[1] - column).abs());
    let toward = |from: i64, to: i64| if from < to { 1 } else { -1 };
    let (row_step, column_step) = (toward(row, stop[0]), toward(column, stop[1]));
    let (dr, dc) = (rows as f64, columns as f64);
    let length = if rows + columns == 0 { 1.0 } else { sqrt(dc * dc + dr * dr) };
    let mut error = dc - dr;
    let mut out = Vec::new();
    loop {
        out.push(([row, column], 1.0 - (error - dc + dr).abs() / length));
        let (here, before) = (error, column);
        if 2.0 * here >= -dc {
            if column == stop[1] {
                break;
            }
            if here + dr < length {
                out.push(([row + row_step, column], 1.0 - (here + dr).abs() / length));
            }
            error -= dr;
            column += column_step;
        }
        if 2.0 * here <= dr {
            if row == stop[0] {
                break;
            }
            if dc - here < length {
                out.push(([row, before + column_step], 1.0 - (dc - here).abs() / length));
            }
            error += dc;
            row += row_step;
        }
    }
    out
}

/// A circle around the origin, in the order of drawing (X. Wu, "An efficient antialiasing technique", 1991).
pub(super) fn circle(radius: i64) -> Vec<Weighted> {
    let octants = |a: i64, b: i64| [[a, b], [b, a], [a, -b], [b, -a], [-a, b], [-b, a], [-a, -b], [-b, -a]];
    let mut out: Vec<Weighted> = octants(radius, 0).map(|at| (at, 1.0)).to_vec();
    let (mut r, mut c, mut before) = (radius, 0, 0.0);
    while r > c + 1 {
        c += 1;
        let y = sqrt((radius * radius - c * c) as f64);
        let share = y.ceil() - y;
        if share < before {
            r -= 1;
        }
        for (outer, inner) in octants(r, c).into_iter().zip(octants(r - 1, c)) {
            out.extend([(outer, 1.0 - share), (inner, share)]);
        }
        before = share;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagonal_has_full_weight_on_it_and_less_beside_it() {
        let drawn = line([0, 0], [5, 5]);
        assert!(drawn.iter().filter(|(at, _)| at[0] == at[1]).all(|(_, weight)| *weight == 1.0));
        let beside: Vec<f64> = drawn.iter().filter(|(at, _)| at[0] != at[1]).map(|(_, weight)| *weight).collect();
        assert_eq!(beside.len(), 10);
        assert!(beside.iter().all(|weight| (weight - 0.292893).abs() < 1e-6));
    }

    #[test]
    fn a_circle_is_where_its_radius_says() {
        for (at, weight) in circle(20) {
            let distance = sqrt((at[0] * at[0] + at[1] * at[1]) as f64);
            assert!((0.0..=1.0).contains(&weight) && (distance - 20.0).abs() < 1.0 + 1e-9, "{at:?} {weight}");
        }
    }
}
