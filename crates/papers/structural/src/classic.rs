//! The 88-line code's own loop (Andreassen, Clausen, Schevenels, Lazarov and Sigmund, "Efficient topology optimization in
//! MATLAB using 88 lines of code", 2011): another filter radius, another stopping rule. It shows that the physics is theirs.

use crate::problem::Fault;
use crate::structure::Structure;

/// What is filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filtered {
    /// The gradient, weighted by density.
    Sensitivity,
    /// The density.
    Density,
}

/// Compliance before the last step, and the number of steps until no element changed by more than 0.01.
///
/// # Errors
/// [`Fault::Singular`].
pub fn converge(structure: &mut Structure, radius: f64, filtered: Filtered) -> Result<(f64, usize), Fault> {
    let (width, height) = (structure.problem().width, structure.problem().height);
    let cone = Cone::new(width, height, radius);
    let volume = structure.problem().volume;
    let mut x = vec![volume; width * height];
    let mut density = x.clone();
    for step in 1..=1000 {
        let compliance = structure.compliance(&density)?;
        let slope = structure.sensitivity(&density);
        let (gain, cost) = match filtered {
            Filtered::Sensitivity => {
                let weighted: Vec<f64> = slope.iter().zip(&x).map(|(g, x)| g * x).collect();
                let smooth = cone.sums(&weighted);
                let rows = smooth.iter().zip(&cone.total).zip(&x);
                (rows.map(|((g, total), x)| g / total / x.max(1e-3)).collect(), vec![1.0; x.len()])
            }
            Filtered::Density => (cone.transpose(&slope), cone.transpose(&vec![1.0; x.len()])),
        };
        let seen = |x: &[f64]| if filtered == Filtered::Density { cone.mean(x) } else { x.to_vec() };
        let next = step_at_equal_gain(&x, &gain, &cost, volume, seen);
        let change = next.iter().zip(&x).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        density = seen(&next);
        x = next;
        if change <= 0.01 {
            return Ok((compliance, step));
        }
    }
    Err(Fault::Singular)
}

fn step_at_equal_gain(
    x: &[f64],
    gain: &[f64],
    cost: &[f64],
    volume: f64,
    seen: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<f64> {
    let (mut low, mut high): (f64, f64) = (0.0, 1e9);
    let mut next = x.to_vec();
    while (high - low) / (low + high) > 1e-3 {
        let price = f64::midpoint(low, high);
        for (((to, x), gain), cost) in next.iter_mut().zip(x).zip(gain).zip(cost) {
            let wish = x * math::ops::sqrt(-gain / cost / price);
            *to = (x + 0.2).min(wish).min(1.0).max(x - 0.2).max(0.0);
        }
        if seen(&next).iter().sum::<f64>() > volume * x.len() as f64 { low = price } else { high = price }
    }
    next
}

/// A cone filter of any radius, without voids.
struct Cone {
    width: usize,
    height: usize,
    radius: f64,
    total: Vec<f64>,
}

impl Cone {
    fn new(width: usize, height: usize, radius: f64) -> Self {
        let mut cone = Self { width, height, radius, total: Vec::new() };
        cone.total = cone.sums(&vec![1.0; width * height]);
        cone
    }

    fn sums(&self, image: &[f64]) -> Vec<f64> {
        let reach = self.radius.ceil() as usize;
        let near = |at: usize, length: usize| at.saturating_sub(reach)..(at + reach + 1).min(length);
        let at = |index: usize| (index % self.width, index / self.width);
        let sum = |index: usize| -> f64 {
            let (i, j) = at(index);
            let rows = near(j, self.height).flat_map(|row| near(i, self.width).map(move |column| (column, row)));
            rows.map(|(column, row)| {
                let distance = math::ops::hypot(column as f64 - i as f64, row as f64 - j as f64);
                (self.radius - distance).max(0.0) * image[row * self.width + column]
            })
            .sum()
        };
        (0..image.len()).map(sum).collect()
    }

    fn mean(&self, image: &[f64]) -> Vec<f64> {
        self.sums(image).iter().zip(&self.total).map(|(sum, total)| sum / total).collect()
    }

    fn transpose(&self, gradient: &[f64]) -> Vec<f64> {
        let scaled: Vec<f64> = gradient.iter().zip(&self.total).map(|(g, total)| g / total).collect();
        self.sums(&scaled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::problem_of;

    #[test]
    fn both_printed_results_are_reached() {
        let results = [(Filtered::Sensitivity, 216.8137, 106), (Filtered::Density, 233.7146, 144)];
        for (filtered, compliance, steps) in results {
            let mut structure = Structure::new(problem_of("mbb_beam", 60, 20, 0.5).unwrap()).unwrap();
            let (got, took) = converge(&mut structure, 2.4, filtered).unwrap();
            assert!((got - compliance).abs() < 1e-3 && took.abs_diff(steps) <= 2, "{filtered:?}: {got} after {took}");
        }
    }
}
