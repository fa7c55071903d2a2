//! Activation functions and the loss of a classifier.

#[cfg(target_arch = "x86_64")]
use super::unit::Unit;

/// e to the power x to 32-bit accuracy, the same bits everywhere; x is clamped to the range of normal numbers.
///
/// Cody and Waite's reduction x = k ln 2 + r with |r| <= ln 2 / 2, and a polynomial of degree 6 in r.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUNDER: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x > 88.0 { 88.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUNDER;
    let k = rounded - ROUNDER;
    let r = x - k * LN_2_HIGH - k * LN_2_LOW;
    let tail = 1.666_666_6e-1 + r * (4.166_666_8e-2 + r * (8.333_334e-3 + r * 1.388_888_9e-3));
    let value = 1.0 + r + r * r * (0.5 + r * tail);
    value * f32::from_bits((rounded.to_bits() << 23).wrapping_add(0x3f80_0000))
}

/// 1 / (1 + exp(-x)), in place.
pub fn sigmoid(values: &mut [f32]) {
    for value in values {
        *value = 1.0 / (1.0 + exp(-*value));
    }
}

/// The hyperbolic tangent, in place.
pub fn tanh(values: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "the processor is asked first")]
    // SAFETY: the functions differ from their twin below in nothing but the instructions, which this processor has.
    match super::unit::widest() {
        Unit::Avx512 => return unsafe { tanh_avx512(values) },
        Unit::Avx2 => return unsafe { tanh_avx2(values) },
        Unit::Plain => {}
    }
    tanh_of_each(values);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn tanh_avx512(values: &mut [f32]) {
    tanh_of_each(values);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn tanh_avx2(values: &mut [f32]) {
    tanh_of_each(values);
}

#[expect(clippy::inline_always, reason = "it becomes vector instructions only inside its twin for the wider unit")]
#[inline(always)]
fn tanh_of_each(values: &mut [f32]) {
    for value in values {
        *value = 1.0 - 2.0 / (exp(2.0 * *value) + 1.0);
    }
}

/// max(x, 0), in place.
pub fn relu(values: &mut [f32]) {
    for value in values {
        *value = if *value > 0.0 { *value } else { 0.0 };
    }
}

/// Sets `gradient` to zero where `out`, which came from [`relu`], is not positive.
pub fn relu_gradient(out: &[f32], gradient: &mut [f32]) {
    for (gradient, out) in gradient.iter_mut().zip(out) {
        *gradient = if *out > 0.0 { *gradient } else { 0.0 };
    }
}

/// Mean cross-entropy of a batch and how many of its largest logits are those of the labels. `logits`, `[classes, n]`,
/// become the gradient of the mean loss.
///
/// # Panics
/// When a label has no row in `logits`.
pub fn softmax_cross_entropy(logits: &mut [f32], labels: &[u8]) -> (f32, usize) {
    let n = labels.len();
    if n == 0 {
        return (0.0, 0);
    }
    let mut largest = vec![f32::NEG_INFINITY; n];
    for row in logits.chunks_exact(n) {
        largest
            .iter_mut()
            .zip(row)
            .for_each(|(largest, logit)| *largest = if *logit > *largest { *logit } else { *largest });
    }
    let correct =
        labels.iter().enumerate().filter(|&(at, label)| logits[usize::from(*label) * n + at] == largest[at]).count();
    let own: Vec<f32> = labels.iter().enumerate().map(|(at, label)| logits[usize::from(*label) * n + at]).collect();
    let mut sums = vec![0.0; n];
    for row in logits.chunks_exact_mut(n) {
        for ((logit, largest), sum) in row.iter_mut().zip(&largest).zip(&mut sums) {
            *logit = exp(*logit - largest);
            *sum += *logit;
        }
    }
    let share = 1.0 / n as f32;
    for row in logits.chunks_exact_mut(n) {
        row.iter_mut().zip(&sums).for_each(|(logit, sum)| *logit = *logit / sum * share);
    }
    for (at, label) in labels.iter().enumerate() {
        logits[usize::from(*label) * n + at] -= share;
    }
    let losses = sums
        .iter()
        .zip(&largest)
        .zip(&own)
        .map(|((sum, largest), own)| crate::ops::ln(f64::from(*sum)) + f64::from(*largest) - f64::from(*own));
    ((losses.sum::<f64>() / n as f64) as f32, correct)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops;

    #[test]
    fn exp_is_accurate_and_stays_finite() {
        for step in -870..=880 {
            let x = step as f32 / 10.0;
            let expected = ops::exp(f64::from(x));
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 3e-7, "{x}: {} against {expected}", exp(x));
        }
        assert!(exp(1e9).is_finite() && exp(-1e9) >= 0.0 && exp(0.0) == 1.0);
    }

    #[test]
    fn activations_are_their_definitions() {
        let x: Vec<f32> = (-40..=40).map(|step| step as f32 / 4.0).collect();
        let [mut s, mut t, mut r] = [x.clone(), x.clone(), x.clone()];
        sigmoid(&mut s);
        tanh(&mut t);
        relu(&mut r);
        let mut plain = x.clone();
        tanh_of_each(&mut plain);
        assert_eq!(t, plain, "every vector unit gives the same bits");
        for (at, x) in x.iter().enumerate() {
            assert!((f64::from(s[at]) - 1.0 / (1.0 + ops::exp(f64::from(-x)))).abs() < 2e-7);
            assert!((f64::from(t[at]) - ops::tanh(f64::from(*x))).abs() < 3e-7);
            assert_eq!(r[at], x.max(0.0));
        }
        let mut gradient = vec![2.0; r.len()];
        relu_gradient(&r, &mut gradient);
        assert!(gradient.iter().zip(&r).all(|(gradient, out)| *gradient == if *out > 0.0 { 2.0 } else { 0.0 }));
    }

    #[test]
    fn cross_entropy_has_the_gradient_of_its_differences() {
        let logits = [0.3_f32, -1.0, 2.0, 0.1, 0.7, -0.4];
        let labels = [2, 0];
        let loss = |logits: &[f32]| softmax_cross_entropy(&mut logits.to_vec(), &labels).0;
        let mut gradient = logits;
        let (_, correct) = softmax_cross_entropy(&mut gradient, &labels);
        assert_eq!(correct, 0);
        for at in 0..logits.len() {
            let mut moved = [logits; 2];
            moved[0][at] += 1e-2;
            moved[1][at] -= 1e-2;
            let slope = (loss(&moved[0]) - loss(&moved[1])) / 2e-2;
            assert!((slope - gradient[at]).abs() < 1e-4, "{at}: {slope} against {}", gradient[at]);
        }
        assert_eq!(softmax_cross_entropy(&mut [], &[]), (0.0, 0));
    }
}
