//! The authors' semi-implicit Euler: what they call the ground truth of a system.
//!
//! With damping 1 it is Stoermer-Verlet, x_(n+1) = 2 `x_n` - x_(n-1) + a dt^2, which for a constant mass matrix is exactly
//! the Euler-Lagrange equation of the forward-difference action. Order 2 in dt then, if `x1` is accurate to order 3.

use crate::systems::Lagrangian;

/// The path of `points` time points that begins with `x0`, `x1`; the velocity is multiplied by `damping` in each step.
///
/// # Shapes
/// `x0`, `x1`: `[width]`; gives `[points * width]`
pub fn semi_implicit_euler(
    system: &dyn Lagrangian,
    x0: &[f64],
    x1: &[f64],
    dt: f64,
    points: usize,
    damping: f64,
) -> Vec<f64> {
    let mut march = March::new(x0, x1, dt, damping);
    march.advance(system, points.saturating_sub(2));
    march.path.truncate(points * system.width());
    march.path
}

/// The same path as it grows, for systems so large that it takes longer than a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct March {
    /// The time points so far, `[points * width]`.
    pub path: Vec<f64>,
    x: Vec<f64>,
    v: Vec<f64>,
    dt: f64,
    damping: f64,
}

impl March {
    /// The first two time points, `[width]` each.
    pub fn new(x0: &[f64], x1: &[f64], dt: f64, damping: f64) -> Self {
        let v = x0.iter().zip(x1).map(|(from, to)| (to - from) / dt).collect();
        Self { path: [x0, x1].concat(), x: x1.to_vec(), v, dt, damping }
    }

    /// So many time points more.
    pub fn advance(&mut self, system: &dyn Lagrangian, points: usize) {
        let mut a = vec![0.0; self.x.len()];
        for _ in 0..points {
            system.acceleration(&self.x, &self.v, &mut a);
            for ((x, v), a) in self.x.iter_mut().zip(&mut self.v).zip(&a) {
                *v = (*v + a * self.dt) * self.damping;
                *x += *v * self.dt;
            }
            self.path.extend_from_slice(&self.x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::{DoublePendulum, FreeBody, Pendulum};

    #[test]
    fn a_thrown_body_follows_the_parabola_of_second_differences() {
        let path = semi_implicit_euler(&FreeBody, &[0.0], &[2.0], 0.25, 60, 1.0);
        for (n, x) in path.iter().enumerate() {
            let n = n as f64;
            // x_n = n x_1 - dt^2 n (n - 1) / 2
            assert!((x - (2.0 * n - 0.0625 * n * (n - 1.0) / 2.0)).abs() < 1e-10, "{n}: {x}");
        }
    }

    /// Angle of a pendulum after time 20 from 0.5 rad at rest, in steps of `dt`.
    fn swing(dt: f64) -> f64 {
        let points = (20.0 / dt).round() as usize + 1;
        let first = 0.5 - math::ops::sin(0.5) / 180.0 * dt * dt / 2.0;
        *semi_implicit_euler(&Pendulum, &[0.5], &[first], dt, points, 1.0).last().unwrap()
    }

    #[test]
    fn without_damping_the_order_is_two() {
        let exact = swing(1.0 / 256.0);
        let [coarse, fine] = [1.0, 0.5].map(|dt| (swing(dt) - exact).abs());
        let order = math::ops::log2(coarse / fine);
        assert!((order - 2.0).abs() < 0.1, "{order}");
    }

    #[test]
    fn a_double_pendulum_keeps_its_energy_to_first_order() {
        let energy = |path: &[f64], dt: f64| {
            let [x, next] = [&path[path.len() - 4..path.len() - 2], &path[path.len() - 2..]];
            let v = [(next[0] - x[0]) / dt, (next[1] - x[1]) / dt];
            let energies = DoublePendulum.energies(&[f64::midpoint(x[0], next[0]), f64::midpoint(x[1], next[1])], &v);
            energies.kinetic + energies.potential
        };
        let drift = |dt: f64| {
            let points = (3.0 / dt).round() as usize;
            let path = semi_implicit_euler(&DoublePendulum, &[1.0, 0.5], &[1.0, 0.5], dt, points, 1.0);
            (energy(&path, dt) - energy(&path[..4], dt)).abs()
        };
        assert!(drift(0.005) < 0.7 * drift(0.01) && drift(0.005) < 0.02, "{} {}", drift(0.005), drift(0.01));
    }
}
