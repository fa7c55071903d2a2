//! Two and three bodies, or more.

use math::ops::sqrt;

use crate::{Conserved, System};

/// Unit masses in the plane that attract each other by Newton's law with G = 1.
///
/// State of n bodies: (x1..xn, y1..yn, px1..pxn, py1..pyn).
/// `H = sum_i |p_i|^2 / 2 - sum_(i<j) 1 / sqrt(|r_i - r_j|^2 + s^2)` with the softening length s, 0 unless asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NBody {
    bodies: usize,
    softening: f64,
}

impl NBody {
    /// `bodies` bodies without softening.
    pub fn new(bodies: usize) -> Self {
        Self { bodies, softening: 0.0 }
    }

    /// The same bodies with the potential rounded off within `length` (Plummer's softening).
    #[must_use]
    pub fn with_softening(self, length: f64) -> Self {
        Self { softening: length, ..self }
    }

    /// How many bodies there are.
    pub fn bodies(&self) -> usize {
        self.bodies
    }

    /// (dx, dy) from body i to body j, and the softened distance.
    fn separation(&self, state: &[f64], i: usize, j: usize) -> (f64, f64, f64) {
        let n = self.bodies;
        let (dx, dy) = (state[j] - state[i], state[n + j] - state[n + i]);
        (dx, dy, sqrt(dx * dx + dy * dy + self.softening * self.softening))
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let n = self.bodies;
        (0..n).flat_map(move |i| (i + 1..n).map(move |j| (i, j)))
    }
}

impl System for NBody {
    fn dimension(&self) -> usize {
        4 * self.bodies
    }

    fn energy(&self, state: &[f64]) -> f64 {
        let momenta = &state[2 * self.bodies..4 * self.bodies];
        let kinetic: f64 = momenta.iter().map(|p| 0.5 * p * p).sum();
        let potential: f64 = self.pairs().map(|(i, j)| -1.0 / self.separation(state, i, j).2).sum();
        kinetic + potential
    }

    fn derivative(&self, _time: f64, state: &[f64], out: &mut [f64]) {
        let n = self.bodies;
        out[..2 * n].copy_from_slice(&state[2 * n..4 * n]);
        let force = &mut out[2 * n..4 * n];
        force.fill(0.0);
        for (i, j) in self.pairs() {
            let (dx, dy, distance) = self.separation(state, i, j);
            let strength = 1.0 / (distance * distance * distance);
            force[i] += dx * strength;
            force[j] -= dx * strength;
            force[n + i] += dy * strength;
            force[n + j] -= dy * strength;
        }
    }

    fn conserved(&self, state: &[f64]) -> Vec<Conserved> {
        let n = self.bodies;
        let (x, y) = (&state[..n], &state[n..2 * n]);
        let (px, py) = (&state[2 * n..3 * n], &state[3 * n..4 * n]);
        let spin = (0..n).map(|i| x[i] * py[i] - y[i] * px[i]).sum();
        vec![
            Conserved { name: "energy", value: self.energy(state) },
            Conserved { name: "momentum x", value: px.iter().sum() },
            Conserved { name: "momentum y", value: py.iter().sum() },
            Conserved { name: "angular momentum", value: spin },
        ]
    }
}
