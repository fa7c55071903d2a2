//! The paper's six systems: kinetic and potential energy with their gradients, and the accelerations of the ODE.
//!
//! Coordinates of one time point are a slice of [`Lagrangian::width`] numbers; several bodies in the plane are
//! `x0, y0, x1, y1, ...`. Units are those of the authors' notebook, given at each system.

mod double_pendulum;
mod free_body;
mod gas;
mod pendulum;
mod planets;
mod three_body;

pub use double_pendulum::DoublePendulum;
pub use free_body::FreeBody;
pub use gas::Gas;
pub use pendulum::Pendulum;
pub use planets::{MASSES_KG, Planets, SUN};
pub use three_body::ThreeBody;

/// Kinetic and potential energy of one time point, summed over the bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Energies {
    /// T
    pub kinetic: f64,
    /// V
    pub potential: f64,
}

/// A system with Lagrangian L = T - V.
pub trait Lagrangian {
    /// Coordinates of one time point.
    fn width(&self) -> usize;

    /// Bodies that the paper averages the energies over.
    fn bodies(&self) -> usize;

    /// T and V at coordinates `x` and velocities `v`.
    ///
    /// # Shapes
    /// `x`, `v`: `[width]`
    fn energies(&self, x: &[f64], v: &[f64]) -> Energies;

    /// Adds the gradient of `weights.kinetic * T + weights.potential * V` with respect to `x` and `v`; gives T and V.
    ///
    /// # Shapes
    /// `x`, `v`, `by_x`, `by_v`: `[width]`
    fn add_gradient(&self, x: &[f64], v: &[f64], weights: Energies, by_x: &mut [f64], by_v: &mut [f64]) -> Energies;

    /// The accelerations that the Euler-Lagrange equation gives.
    ///
    /// # Shapes
    /// `x`, `v`, `out`: `[width]`
    fn acceleration(&self, x: &[f64], v: &[f64], out: &mut [f64]);
}

/// Adds the gradient of `weight * sum v^2 / 2` to `by_v` and gives that kinetic energy of unit masses, without the weight.
fn add_unit_kinetic(v: &[f64], weight: f64, by_v: &mut [f64]) -> f64 {
    by_v.iter_mut().zip(v).for_each(|(by_v, v)| *by_v += weight * v);
    unit_kinetic(v)
}

/// Sum of v^2 / 2.
fn unit_kinetic(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, System};

    /// Largest difference between gradient and central differences, relative to the largest component.
    fn gradient_error(system: &dyn Lagrangian, x: &[f64], v: &[f64], scale: [f64; 2]) -> f64 {
        let weights = Energies { kinetic: 0.7, potential: -1.3 };
        let width = system.width();
        let (mut by_x, mut by_v) = (vec![0.0; width], vec![0.0; width]);
        let energies = system.add_gradient(x, v, weights, &mut by_x, &mut by_v);
        assert_eq!(energies, system.energies(x, v));
        let value = |x: &[f64], v: &[f64]| {
            let Energies { kinetic, potential } = system.energies(x, v);
            weights.kinetic * kinetic + weights.potential * potential
        };
        let [mut worst, mut largest] = [0.0_f64; 2];
        for axis in 0..width {
            for (which, exact) in [by_x[axis], by_v[axis]].into_iter().enumerate() {
                let at = |sign: f64| {
                    let mut point = [x.to_vec(), v.to_vec()];
                    point[which][axis] += sign * scale[which];
                    value(&point[0], &point[1])
                };
                let slope = (at(1.0) - at(-1.0)) / (2.0 * scale[which]);
                worst = worst.max((slope - exact).abs() * scale[which]);
                largest = largest.max(exact.abs() * scale[which]);
            }
        }
        worst / largest
    }

    #[test]
    fn gradients_meet_central_differences() {
        for system in System::ALL {
            let experiment = Experiment::new(system, 1);
            let (width, dt) = (experiment.width(), experiment.recipe.dt);
            let path = experiment.ode_path();
            let middle = path.len() / width / 2;
            let x = &path[middle * width..(middle + 1) * width];
            let next = &path[(middle + 1) * width..(middle + 2) * width];
            let v: Vec<f64> = x.iter().zip(next).map(|(x, next)| (next - x) / dt).collect();
            let size = |values: &[f64]| values.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
            let scale = [1e-6 * size(x), 1e-6 * size(&v)];
            let error = gradient_error(experiment.system.as_ref(), x, &v, scale);
            assert!(error < 1e-6, "{system:?}: {error}");
        }
    }
}
