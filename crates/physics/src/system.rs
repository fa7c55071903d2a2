//! What a system is.

/// A mechanical system: its dynamics beside the energy that they conserve.
///
/// States have [`dimension`](System::dimension) entries: all coordinates q, then all momenta p. Shorter slices panic, as
/// indexing does.
pub trait System {
    /// Length of a state.
    fn dimension(&self) -> usize;

    /// Total energy of a state.
    fn energy(&self, state: &[f64]) -> f64;

    /// Writes d state / dt into `out`.
    fn derivative(&self, time: f64, state: &[f64], out: &mut [f64]);

    /// Everything that stays constant along an exact trajectory; by default the energy.
    fn conserved(&self, state: &[f64]) -> Vec<Conserved> {
        vec![Conserved { name: "energy", value: self.energy(state) }]
    }

    /// The dynamics as the closure that integrators take.
    fn field(&self) -> impl Fn(f64, &[f64], &mut [f64])
    where
        Self: Sized,
    {
        |time, state, out| self.derivative(time, state, out)
    }
}

/// A constant of the motion and its value at one state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conserved {
    /// What it is called in mechanics.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}
