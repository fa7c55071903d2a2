//! Convolution by 5 x 5 kernels with zero padding, forward and backward, in plain single precision.
//!
//! An image is planes of rows, channel after channel, `[channels, height, width]`; a kernel is `[out, in, 5, 5]`. Loops run
//! over tiles of a few channels by a few pixels that a compiler keeps in vector registers.

/// Side of the kernel.
pub(super) const SIDE: usize = 5;
/// Its number of taps.
pub(super) const TAPS: usize = SIDE * SIDE;
/// Pixels on each side of a kernel's middle.
const REACH: usize = SIDE / 2;
/// Pixels of a tile.
const LANES: usize = 8;
/// Output channels of a tile.
const DEPTH: usize = 4;

/// Planes with a margin of zeros, their rows filled up to whole tiles.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Padded {
    values: Vec<f32>,
    channels: usize,
    height: usize,
    width: usize,
    stride: usize,
}

impl Padded {
    /// Of an image `[channels, height, width]`.
    pub(super) fn new(image: &[f32], channels: usize, height: usize, width: usize) -> Self {
        let stride = width.next_multiple_of(LANES) + 2 * REACH;
        let plane = stride * (height + 2 * REACH);
        let mut values = vec![0.0; channels * plane];
        for (from, to) in image.chunks_exact(height * width).zip(values.chunks_exact_mut(plane)) {
            for (row, padded) in from.chunks_exact(width).zip(to[REACH * stride..].chunks_exact_mut(stride)) {
                padded[REACH..REACH + width].copy_from_slice(row);
            }
        }
        Self { values, channels, height, width, stride }
    }

    /// Row `row` of the padded plane, from the padded column `column` on.
    fn row(&self, channel: usize, row: usize, column: usize) -> &[f32] {
        let start = (channel * (self.height + 2 * REACH) + row) * self.stride;
        &self.values[start + column..start + self.stride]
    }
}

/// The convolution of `input` with `kernel`, `[outputs, height, width]`, without a bias.
pub(super) fn forward(input: &Padded, kernel: &[f32], outputs: usize) -> Vec<f32> {
    let packed = pack(kernel, outputs, input.channels);
    let plane = input.height * input.width;
    let mut out = vec![0.0; outputs * plane];
    for (planes, weights) in out.chunks_mut(DEPTH * plane).zip(packed.chunks_exact(input.channels * TAPS)) {
        for y in 0..input.height {
            for x in (0..input.width).step_by(LANES) {
                let count = LANES.min(input.width - x);
                let tile = tile(input, weights, y, x);
                for (plane, sums) in planes.chunks_exact_mut(plane).zip(&tile) {
                    let at = y * input.width + x;
                    plane[at..at + count].copy_from_slice(&sums[..count]);
                }
            }
        }
    }
    out
}

/// Kernels of [`DEPTH`] outputs side by side, `[outputs / DEPTH, in, 5, 5]`, filled up with zeros.
fn pack(kernel: &[f32], outputs: usize, inputs: usize) -> Vec<[f32; DEPTH]> {
    let length = inputs * TAPS;
    let mut packed = vec![[0.0; DEPTH]; outputs.div_ceil(DEPTH) * length];
    for (output, weights) in kernel.chunks_exact(length).enumerate() {
        let group = &mut packed[output / DEPTH * length..][..length];
        group.iter_mut().zip(weights).for_each(|(lanes, weight)| lanes[output % DEPTH] = *weight);
    }
    packed
}

#[inline(never)]
fn tile(input: &Padded, weights: &[[f32; DEPTH]], y: usize, x: usize) -> [[f32; LANES]; DEPTH] {
    let mut sums = [[0.0; LANES]; DEPTH];
    for (channel, kernel) in weights.chunks_exact(TAPS).enumerate() {
        for (dy, taps) in kernel.chunks_exact(SIDE).enumerate() {
            let Some(row) = input.row(channel, y + dy, x).first_chunk::<{ LANES + 2 * REACH }>() else { continue };
            for (dx, weight) in taps.iter().enumerate() {
                let Some(pixels) = row[dx..].first_chunk::<LANES>() else { continue };
                for depth in 0..DEPTH {
                    for lane in 0..LANES {
                        sums[depth][lane] += weight[depth] * pixels[lane];
                    }
                }
            }
        }
    }
    sums
}

/// The gradient with respect to the input: the convolution of the output's gradient with the kernel turned round.
pub(super) fn backward_input(gradient: &Padded, kernel: &[f32], inputs: usize) -> Vec<f32> {
    let mut turned = vec![0.0; kernel.len()];
    for (output, kernels) in kernel.chunks_exact(inputs * TAPS).enumerate() {
        for (input, taps) in kernels.chunks_exact(TAPS).enumerate() {
            let to = &mut turned[(input * gradient.channels + output) * TAPS..][..TAPS];
            to.iter_mut().zip(taps.iter().rev()).for_each(|(to, tap)| *to = *tap);
        }
    }
    forward(gradient, &turned, inputs)
}

/// Pixels of a tile of [`backward_kernel`].
const SHORT: usize = 4;

/// The gradient with respect to the kernel, `[outputs, inputs, 5, 5]`.
pub(super) fn backward_kernel(input: &Padded, gradient: &Padded) -> Vec<f32> {
    let (inputs, outputs) = (input.channels, gradient.channels);
    let mut out = vec![0.0; outputs * inputs * TAPS];
    for pair in (0..outputs).step_by(2) {
        // An odd last output is done twice.
        let other = (pair + 1).min(outputs - 1);
        for channel in 0..inputs {
            for dy in 0..SIDE {
                let sums = correlate(input, gradient, channel, dy, [pair, other]);
                for (output, sums) in [pair, other].into_iter().zip(sums) {
                    let at = (output * inputs + channel) * TAPS + dy * SIDE;
                    out[at..at + SIDE].copy_from_slice(&sums);
                }
            }
        }
    }
    out
}

/// Sums over all pixels of the gradient at two outputs times the input, shifted by `dy` and by each `dx`.
#[inline(never)]
fn correlate(input: &Padded, gradient: &Padded, channel: usize, dy: usize, outputs: [usize; 2]) -> [[f32; SIDE]; 2] {
    let mut sums = [[[0.0_f32; SHORT]; SIDE]; 2];
    for y in 0..input.height {
        let pixels = input.row(channel, y + dy, 0);
        let [first, second] = outputs.map(|output| gradient.row(output, y + REACH, REACH));
        let width = input.width.next_multiple_of(SHORT);
        for x in (0..width).step_by(SHORT) {
            let Some(window) = pixels[x..].first_chunk::<{ SHORT + 2 * REACH }>() else { continue };
            let (Some(a), Some(b)) = (first[x..].first_chunk::<SHORT>(), second[x..].first_chunk::<SHORT>()) else {
                continue;
            };
            for dx in 0..SIDE {
                for lane in 0..SHORT {
                    sums[0][dx][lane] += a[lane] * window[dx + lane];
                    sums[1][dx][lane] += b[lane] * window[dx + lane];
                }
            }
        }
    }
    sums.map(|taps| taps.map(|lanes| lanes.iter().sum()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use math::random::Mt19937;

    fn random(count: usize, seed: u32) -> Vec<f32> {
        Mt19937::new(seed).randn_vec(count).into_iter().map(|value| value as f32).collect()
    }

    /// By its definition.
    fn plain(image: &[f32], kernel: &[f32], [outputs, inputs, height, width]: [usize; 4]) -> Vec<f32> {
        let at = |channel: usize, y: i64, x: i64| -> f32 {
            let inside = (0..height as i64).contains(&y) && (0..width as i64).contains(&x);
            if inside { image[(channel * height + y as usize) * width + x as usize] } else { 0.0 }
        };
        let mut out = Vec::new();
        for (output, y, x) in (0..outputs * height * width).map(|i| (i / (height * width), i / width % height, i % width)) {
            let mut sum = 0.0;
            for (channel, tap) in (0..inputs * TAPS).map(|i| (i / TAPS, i % TAPS)) {
                let (dy, dx) = ((tap / SIDE) as i64 - 2, (tap % SIDE) as i64 - 2);
                sum += kernel[(output * inputs + channel) * TAPS + tap] * at(channel, y as i64 + dy, x as i64 + dx);
            }
            out.push(sum);
        }
        out
    }

    fn dot(left: &[f32], right: &[f32]) -> f64 {
        left.iter().zip(right).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    }

    const SHAPES: [[usize; 4]; 5] = [[1, 1, 1, 1], [4, 3, 4, 8], [1, 5, 7, 15], [6, 2, 5, 30], [3, 4, 9, 17]];

    #[test]
    fn forward_is_the_definition() {
        for shape in SHAPES {
            let [outputs, inputs, height, width] = shape;
            let (image, kernel) = (random(inputs * height * width, 1), random(outputs * inputs * TAPS, 2));
            let got = forward(&Padded::new(&image, inputs, height, width), &kernel, outputs);
            let want = plain(&image, &kernel, shape);
            assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-4), "{shape:?}");
        }
    }

    #[test]
    fn both_gradients_are_adjoint_to_it() {
        for shape in SHAPES {
            let [outputs, inputs, height, width] = shape;
            let (image, kernel) = (random(inputs * height * width, 1), random(outputs * inputs * TAPS, 2));
            let gradient = random(outputs * height * width, 3);
            let padded = Padded::new(&gradient, outputs, height, width);
            let value = dot(&plain(&image, &kernel, shape), &gradient);
            let by_input = dot(&backward_input(&padded, &kernel, inputs), &image);
            let by_kernel = dot(&backward_kernel(&Padded::new(&image, inputs, height, width), &padded), &kernel);
            let close = |other: f64| (value - other).abs() < 1e-4 * value.abs().max(1.0);
            assert!(close(by_input) && close(by_kernel), "{shape:?}: {value} {by_input} {by_kernel}");
        }
    }
}
