//! Convolution by 5 x 5 kernels with zero padding, forward and backward, in plain single precision.
//!
//! An image is planes of rows, channel after channel, `[channels, height, width]`; a kernel is `[out, in, 5, 5]`. Planes get a
//! margin of zeros and are then read as one long row each, so that every tap is one shift of the whole plane, and loops are
//! long enough for a compiler to make vector instructions of them. The few sums that this wastes fall into the margin.

/// Side of the kernel.
pub(super) const SIDE: usize = 5;
/// Its number of taps.
pub(super) const TAPS: usize = SIDE * SIDE;
/// Pixels on each side of a kernel's middle.
const REACH: usize = SIDE / 2;
/// Sums that a dot product keeps at once.
const LANES: usize = 16;

/// Planes with a margin of zeros.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Padded {
    values: Vec<f32>,
    channels: usize,
    height: usize,
    width: usize,
}

impl Padded {
    /// Of an image `[channels, height, width]`.
    pub(super) fn new(image: &[f32], channels: usize, height: usize, width: usize) -> Self {
        let mut padded = Self { values: Vec::new(), channels, height, width };
        let (stride, plane) = (padded.stride(), padded.plane());
        padded.values = vec![0.0; channels * plane];
        for (from, to) in image.chunks_exact(height * width).zip(padded.values.chunks_exact_mut(plane)) {
            for (row, padded) in from.chunks_exact(width).zip(to[REACH * stride..].chunks_exact_mut(stride)) {
                padded[REACH..REACH + width].copy_from_slice(row);
            }
        }
        padded
    }

    fn stride(&self) -> usize {
        self.width + 2 * REACH
    }

    /// A few zeros more than rows need, so that the last shift stays inside.
    fn plane(&self) -> usize {
        self.stride() * (self.height + 2 * REACH) + 2 * REACH
    }

    /// Length of a plane's rows without the margins above and below.
    fn length(&self) -> usize {
        self.stride() * self.height
    }

    fn channel(&self, channel: usize) -> &[f32] {
        &self.values[channel * self.plane()..(channel + 1) * self.plane()]
    }
}

/// The convolution of `input` with `kernel`, `[outputs, height, width]`, without a bias.
pub(super) fn forward(input: &Padded, kernel: &[f32], outputs: usize) -> Vec<f32> {
    let (width, stride) = (input.width, input.stride());
    let mut sums = vec![0.0; input.length()];
    let mut out = Vec::with_capacity(outputs * input.height * width);
    for kernels in kernel.chunks_exact(input.channels * TAPS) {
        sums.fill(0.0);
        for (channel, taps) in kernels.chunks_exact(TAPS).enumerate() {
            for (dy, taps) in taps.as_chunks::<SIDE>().0.iter().enumerate() {
                add_taps(&mut sums, &input.channel(channel)[dy * stride..], *taps);
            }
        }
        sums.chunks_exact(stride).for_each(|row| out.extend_from_slice(&row[..width]));
    }
    out
}

/// Adds to every sum the five values from its place on, each times its tap.
#[inline(never)]
fn add_taps(sums: &mut [f32], values: &[f32], taps: [f32; SIDE]) {
    let length = sums.len();
    let shifted: [&[f32]; SIDE] = std::array::from_fn(|dx| &values[dx..dx + length]);
    for at in 0..length {
        let mut sum = 0.0;
        for dx in 0..SIDE {
            sum += taps[dx] * shifted[dx][at];
        }
        sums[at] += sum;
    }
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

/// The gradient with respect to the kernel, `[outputs, inputs, 5, 5]`.
pub(super) fn backward_kernel(input: &Padded, gradient: &Padded) -> Vec<f32> {
    let stride = input.stride();
    // Where the gradient's rows end there are zeros, which take no part.
    let first = REACH * stride + REACH;
    let mut out = Vec::with_capacity(gradient.channels * input.channels * TAPS);
    for output in 0..gradient.channels {
        let row = &gradient.channel(output)[first..first + input.length()];
        for channel in 0..input.channels {
            let values = input.channel(channel);
            let tap = |tap: usize| dot(row, &values[tap / SIDE * stride + tap % SIDE..]);
            out.extend((0..TAPS).map(tap));
        }
    }
    out
}

/// The sum of products as far as `left` goes.
#[inline(never)]
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let right = &right[..left.len()];
    let (left, right) = (left.as_chunks::<LANES>(), right.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (x, y) in left.0.iter().zip(right.0) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + left.1.iter().zip(right.1).map(|(x, y)| x * y).sum::<f32>()
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
        for (output, y, x) in
            (0..outputs * height * width).map(|i| (i / (height * width), i / width % height, i % width))
        {
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
