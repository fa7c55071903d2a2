//! Second derivatives of the action of one coordinate: which way is down from a stationary path?
//!
//! Morse's index theorem: the number of negative eigenvalues at a solution of the ODE is the number of conjugate points
//! before its end. Beyond the first one the solution is a saddle of the action, and descent leaves it.

use crate::action::Action;
use crate::tridiagonal::Tridiagonal;

/// Step of the differences, relative to the largest coordinate.
const STEP: f64 = 1e-5;

/// The Hessian of the loss with respect to the interior time points, for systems of one coordinate.
///
/// Central differences of the exact gradient; every third point is moved at once, because the gradient at a point depends
/// on its neighbours alone.
///
/// # Shapes
/// `path`: `[n]`; gives a matrix of n - 2 rows, none for fewer than three points.
pub fn interior(action: &Action, path: &[f64]) -> Tridiagonal {
    let n = path.len().saturating_sub(2);
    let step = STEP * path.iter().fold(1.0_f64, |size, x| size.max(x.abs()));
    let columns: Vec<Vec<f64>> = (0..3).map(|colour| differences(action, path, colour, step)).collect();
    // The derivative of the gradient at point `row` by the coordinate of point `column`, both at most one apart.
    let entry = |row: usize, column: usize| columns[column % 3][row];
    let diagonal = (1..=n).map(|k| entry(k, k)).collect();
    let beside = (1..n).map(|k| f64::midpoint(entry(k, k + 1), entry(k + 1, k))).collect();
    Tridiagonal { diagonal, beside }
}

/// Change of the gradient when every third interior point, from `colour` on, moves.
fn differences(action: &Action, path: &[f64], colour: usize, step: f64) -> Vec<f64> {
    let at = |sign: f64| {
        let mut moved = path.to_vec();
        let last = moved.len().saturating_sub(1);
        for x in moved[..last].iter_mut().skip(colour).step_by(3) {
            *x += sign * step;
        }
        let mut gradient = vec![0.0; moved.len()];
        action.gradient(&moved, &mut gradient);
        gradient
    };
    at(1.0).iter().zip(at(-1.0)).map(|(plus, minus)| (plus - minus) / (2.0 * step)).collect()
}

/// Newton's method to the stationary path near `path`, whether minimum or saddle, the ends pinned; gives the largest
/// component of the gradient that is left. For systems of one coordinate.
pub fn newton(action: &Action, path: &mut [f64], iterations: u32) -> f64 {
    for _ in 0..iterations {
        let gradient = interior_gradient(action, path);
        let step = interior(action, path).solve(&gradient);
        path.iter_mut().skip(1).zip(step).for_each(|(x, step)| *x -= step);
    }
    interior_gradient(action, path).iter().fold(0.0, |largest, slope| largest.max(slope.abs()))
}

/// Where the Jacobi field of a stationary path vanishes after its start: the conjugate points, in time points from the
/// first. The field is the solution of the Hessian's difference equation that is zero at the first time point, so one lies
/// wherever a leading principal minor of the Hessian changes its sign.
pub fn conjugate_points(hessian: &Tridiagonal) -> Vec<f64> {
    let rows = hessian.diagonal.len();
    let mut field = [0.0, 1.0];
    let mut points = Vec::new();
    for row in 0..rows {
        let before = if row == 0 { 0.0 } else { hessian.beside[row - 1] };
        // The coupling to the pinned end is not in the matrix; it is that of the interval before.
        let Some(after) = hessian.beside.get(row).or(hessian.beside.last()) else { break };
        let next = -(before * field[0] + hessian.diagonal[row] * field[1]) / after;
        if next * field[1] < 0.0 {
            points.push((row + 1) as f64 + field[1] / (field[1] - next));
        }
        field = [field[1], next];
    }
    points
}

fn interior_gradient(action: &Action, path: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; path.len()];
    action.gradient(path, &mut gradient);
    gradient.get(1..path.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Penalty, Scheme};
    use crate::experiment::{Experiment, System};
    use math::linalg::Matrix;

    /// Entry by entry: central differences of the gradient.
    fn dense(action: &Action, path: &[f64]) -> Matrix {
        let n = path.len() - 2;
        Matrix::from_fn(n, n, |row, column| {
            let at = |sign: f64| {
                let mut path = path.to_vec();
                path[column + 1] += sign * 1e-5;
                interior_gradient(action, &path)[row]
            };
            (at(1.0) - at(-1.0)) / 2e-5
        })
    }

    #[test]
    fn the_coloured_differences_give_the_whole_hessian() {
        let mut experiment = Experiment::new(System::Pendulum, 1);
        experiment.recipe.points = 12;
        let path = experiment.initial_path(1, 0.2);
        for scheme in [Scheme::Published, Scheme::Corrected] {
            for coefficient in [0.0, 50.0] {
                let mut action = experiment.action(scheme);
                action.penalty = Some(Penalty { coefficient, energy: 10.0 });
                let (banded, dense) = (interior(&action, &path), dense(&action, &path));
                for row in 0..10 {
                    for column in 0..10 {
                        let expected = dense[(row, column)];
                        let ours = match row.abs_diff(column) {
                            0 => banded.diagonal[row],
                            1 => banded.beside[row.min(column)],
                            _ => 0.0,
                        };
                        assert!((ours - expected).abs() < 1e-4 * banded.diagonal[row].abs(), "{row} {column}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_conjugate_points_number_the_ways_down_and_lie_half_a_period_apart() {
        // K(sin(pi / 4)), the quarter period of amplitude pi / 2, in units of sqrt(length / gravity).
        let half_period = 2.0 * 1.854_074_677_301_372 * math::ops::sqrt(180.0);
        for (seconds, expected) in [(49, 0), (74, 1), (99, 1), (124, 2), (149, 2), (199, 3), (220, 4)] {
            let mut experiment = Experiment::new(System::Pendulum, 1);
            experiment.recipe.points = seconds + 1;
            let matrix = interior(&experiment.action(Scheme::Corrected), &experiment.ode_path());
            let points = conjugate_points(&matrix);
            assert_eq!((points.len(), matrix.count_below(0.0)), (expected, expected), "{seconds}");
            for (index, point) in points.iter().enumerate() {
                // The authors' start, two equal points, is at rest half a step before time zero.
                let theory = (index + 1) as f64 * half_period;
                assert!((point - theory).abs() < 1.0, "{seconds}: {point} {theory}");
            }
        }
    }

    #[test]
    fn short_paths_have_empty_hessians() {
        let experiment = Experiment::new(System::FreeBody, 1);
        let action = experiment.action(Scheme::Corrected);
        for length in 0..3 {
            assert_eq!(interior(&action, &vec![1.0; length]), Tridiagonal::default());
            assert!(conjugate_points(&Tridiagonal::default()).is_empty());
        }
    }
}
