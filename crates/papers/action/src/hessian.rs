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
    fn short_paths_have_empty_hessians() {
        let experiment = Experiment::new(System::FreeBody, 1);
        let action = experiment.action(Scheme::Corrected);
        for length in 0..3 {
            assert_eq!(interior(&action, &vec![1.0; length]), Tridiagonal::default());
        }
    }
}
