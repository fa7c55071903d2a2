//! Ground truth in f64: systems with their energy beside their dynamics, and integrators, each with its order.
//!
//! It must not know of networks or training (the judge does not know the accused), of figures, files or clocks.
//! Start at [`System`]: pick one of [`systems`] and advance its state with one of [`integrators`] at a fixed step, or
//! with [`dormand_prince::solve`] where the result must equal SciPy's.
//!
//! A state is a slice of all coordinates q, then all momenta p. A vector field is any
//! `FnMut(time, state, derivative_out)`, so the integrators serve learned fields as well.
//!
//! ```
//! use physics::integrators::{Integrator, Rk4};
//! use physics::{System, systems::Spring};
//!
//! let mut state = [1.0, 0.0];
//! Rk4::default().run(Spring.field(), 0.0, 0.01, 100, &mut state);
//! assert!((Spring.energy(&state) - 1.0).abs() < 1e-9);
//! ```

pub mod dormand_prince;
pub mod integrators;
pub mod lennard_jones;
mod system;
pub mod systems;
mod two;

pub use system::{Conserved, System};
