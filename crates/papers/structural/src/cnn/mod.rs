//! The paper's network: from a latent vector to an image of logits, never trained on any data.
//!
//! 128 latent values pass a dense layer and five blocks of tanh, enlargement, global normalisation, a 5 x 5 convolution and
//! an offset image for each channel. Latent, weights, biases and offsets are all optimised, as one vector. Forward and
//! backward are written down here in single precision, on the same code natively and in a tab.

mod convolution;
mod initial;
mod layers;

use std::ops::Range;

use convolution::{Padded, TAPS};
use math::random::Mt19937;

/// Values of the latent vector.
pub const LATENT: usize = 128;
/// Channels that leave the dense layer.
const DENSE_CHANNELS: usize = 32;
/// Channels that leave each block.
pub const CHANNELS: [usize; 5] = [128, 64, 32, 16, 1];
/// What offsets are multiplied by, so that their gradients are as much larger.
const OFFSET_SCALE: f32 = 10.0;

/// What of the network is left out, to see what it is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ablation {
    /// Nothing.
    #[default]
    None,
    /// The offset images.
    Offsets,
    /// The global normalisation.
    Normalisation,
    /// All taps of the kernels but the middle one.
    Neighbours,
}

/// One block's shape and where its parameters lie.
#[derive(Clone, Debug, PartialEq)]
struct Block {
    enlarges: bool,
    inputs: usize,
    outputs: usize,
    /// Of its output.
    height: usize,
    width: usize,
    kernel: Range<usize>,
    bias: Range<usize>,
    offset: Range<usize>,
}

/// What a block's way back needs.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tape {
    squashed: Vec<f32>,
    normalised: Vec<f32>,
    deviation: f32,
    padded: Padded,
    kernel: Vec<f32>,
    output: Vec<f32>,
}

/// The network for one size of image.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    blocks: Vec<Block>,
    ablation: Ablation,
    /// Where latent, dense weights `[128, features]` and dense bias lie.
    latent: Range<usize>,
    dense: Range<usize>,
    dense_bias: Range<usize>,
    count: usize,
    tapes: Vec<Tape>,
}

impl Network {
    /// The network for images of `height` by `width`; none where they cannot be halved twice. Images that can be halved
    /// three times are enlarged three times, as in the paper; others twice.
    pub fn new(height: usize, width: usize, ablation: Ablation) -> Option<Self> {
        let enlarges = if height.is_multiple_of(8) && width.is_multiple_of(8) {
            [false, true, true, true, false]
        } else if height.is_multiple_of(4) && width.is_multiple_of(4) {
            [false, false, true, true, false]
        } else {
            return None;
        };
        let reduction = 1 << enlarges.iter().filter(|enlarges| **enlarges).count();
        let (mut h, mut w, mut inputs, mut count) = (height / reduction, width / reduction, DENSE_CHANNELS, 0);
        let features = h * w * DENSE_CHANNELS;
        let mut take = |length: usize| {
            count += length;
            count - length..count
        };
        let (latent, dense, dense_bias) = (take(LATENT), take(LATENT * features), take(features));
        let mut blocks = Vec::with_capacity(CHANNELS.len());
        for (enlarges, outputs) in enlarges.into_iter().zip(CHANNELS) {
            if enlarges {
                (h, w) = (2 * h, 2 * w);
            }
            let (kernel, bias, offset) = (take(outputs * inputs * TAPS), take(outputs), take(outputs * h * w));
            blocks.push(Block { enlarges, inputs, outputs, height: h, width: w, kernel, bias, offset });
            inputs = outputs;
        }
        let tapes = vec![Tape::default(); blocks.len()];
        Some(Self { blocks, ablation, latent, dense, dense_bias, count, tapes })
    }

    /// Number of parameters.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Fresh parameters.
    pub fn initial(&self, seed: u32) -> Vec<f64> {
        let mut random = Mt19937::new(seed);
        let mut parameters = vec![0.0; self.count];
        let features = self.dense_bias.len();
        let gain = math::ops::sqrt((features as f64 / LATENT as f64).max(1.0));
        parameters[self.latent.clone()].copy_from_slice(&initial::gaussian(&mut random, LATENT));
        let dense = initial::orthogonal(&mut random, LATENT, features, gain);
        parameters[self.dense.clone()].copy_from_slice(&dense);
        for block in &self.blocks {
            let taps = if self.ablation == Ablation::Neighbours { 1 } else { TAPS };
            let kernel = initial::variance_scaling(&mut random, block.kernel.len(), taps * block.inputs);
            parameters[block.kernel.clone()].copy_from_slice(&kernel);
        }
        parameters
    }

    /// The logits, `[height, width]`, for these parameters.
    pub fn forward(&mut self, parameters: &[f64]) -> Vec<f64> {
        let mut image = self.dense_forward(parameters);
        for (block, tape) in self.blocks.iter().zip(&mut self.tapes) {
            image = block.forward(self.ablation, parameters, &image, tape);
        }
        image.into_iter().map(f64::from).collect()
    }

    /// The output of block `index` at the last [`Self::forward`], `[channels, height, width]`, with its height and width.
    pub fn features(&self, index: usize) -> Option<(&[f32], usize, usize)> {
        let block = self.blocks.get(index)?;
        Some((&self.tapes.get(index)?.output, block.height, block.width))
    }

    /// The gradient with respect to the parameters of what has the gradient `logits` with respect to the logits, at the
    /// last [`Self::forward`].
    pub fn backward(&self, parameters: &[f64], logits: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.count];
        let mut gradient: Vec<f32> = logits.iter().map(|value| *value as f32).collect();
        for (block, tape) in self.blocks.iter().zip(&self.tapes).rev() {
            gradient = block.backward(self.ablation, &gradient, tape, &mut out);
        }
        self.dense_backward(parameters, &gradient, &mut out);
        out
    }

    /// Features as planes, `[32, h, w]`. (The authors order them `[h, w, 32]`; with weights of no fixed order it is the same.)
    fn dense_forward(&self, parameters: &[f64]) -> Vec<f32> {
        let features = self.dense_bias.len();
        let mut sums = parameters[self.dense_bias.clone()].to_vec();
        let rows = parameters[self.dense.clone()].chunks_exact(features);
        for (z, row) in parameters[self.latent.clone()].iter().zip(rows) {
            math::vector::add_scaled(&mut sums, *z, row);
        }
        sums.into_iter().map(|value| value as f32).collect()
    }

    fn dense_backward(&self, parameters: &[f64], gradient: &[f32], out: &mut [f64]) {
        let features = self.dense_bias.len();
        let gradient: Vec<f64> = gradient.iter().map(|value| f64::from(*value)).collect();
        for (at, z) in parameters[self.latent.clone()].iter().enumerate() {
            let row = self.dense.start + at * features..self.dense.start + (at + 1) * features;
            out[self.latent.start + at] = math::vector::dot(&parameters[row.clone()], &gradient);
            out[row].iter_mut().zip(&gradient).for_each(|(to, g)| *to = z * g);
        }
        out[self.dense_bias.clone()].copy_from_slice(&gradient);
    }
}

impl Block {
    fn forward(&self, ablation: Ablation, parameters: &[f64], image: &[f32], tape: &mut Tape) -> Vec<f32> {
        tape.squashed = layers::tanh(image);
        tape.normalised = if self.enlarges {
            layers::enlarge(&tape.squashed, self.height / 2, self.width / 2)
        } else {
            tape.squashed.clone()
        };
        if ablation != Ablation::Normalisation {
            tape.deviation = layers::normalise(&mut tape.normalised);
        }
        tape.padded = Padded::new(&tape.normalised, self.inputs, self.height, self.width);
        tape.kernel = parameters[self.kernel.clone()].iter().map(|value| *value as f32).collect();
        if ablation == Ablation::Neighbours {
            keep_middle(&mut tape.kernel);
        }
        let mut out = convolution::forward(&tape.padded, &tape.kernel, self.outputs);
        let scale = offset_scale(ablation);
        let plane = self.height * self.width;
        let offsets = parameters[self.offset.clone()].chunks_exact(plane);
        for ((plane, bias), offsets) in out.chunks_exact_mut(plane).zip(&parameters[self.bias.clone()]).zip(offsets) {
            plane.iter_mut().zip(offsets).for_each(|(value, offset)| *value += *bias as f32 + scale * *offset as f32);
        }
        tape.output.clone_from(&out);
        out
    }

    /// Fills in the gradient of its parameters and gives that of its input.
    fn backward(&self, ablation: Ablation, gradient: &[f32], tape: &Tape, out: &mut [f64]) -> Vec<f32> {
        let scale = f64::from(offset_scale(ablation));
        for (to, g) in out[self.offset.clone()].iter_mut().zip(gradient) {
            *to = scale * f64::from(*g);
        }
        let plane = self.height * self.width;
        for (to, plane) in out[self.bias.clone()].iter_mut().zip(gradient.chunks_exact(plane)) {
            *to = plane.iter().map(|g| f64::from(*g)).sum();
        }
        let padded = Padded::new(gradient, self.outputs, self.height, self.width);
        let mut kernel = convolution::backward_kernel(&tape.padded, &padded);
        if ablation == Ablation::Neighbours {
            keep_middle(&mut kernel);
        }
        out[self.kernel.clone()].iter_mut().zip(&kernel).for_each(|(to, g)| *to = f64::from(*g));
        let mut gradient = convolution::backward_input(&padded, &tape.kernel, self.inputs);
        if ablation != Ablation::Normalisation {
            layers::normalise_backward(&tape.normalised, tape.deviation, &mut gradient);
        }
        if self.enlarges {
            gradient = layers::enlarge_backward(&gradient, self.height / 2, self.width / 2);
        }
        layers::tanh_backward(&tape.squashed, &mut gradient);
        gradient
    }
}

fn offset_scale(ablation: Ablation) -> f32 {
    if ablation == Ablation::Offsets { 0.0 } else { OFFSET_SCALE }
}

fn keep_middle(kernel: &mut [f32]) {
    for (at, tap) in kernel.iter_mut().enumerate() {
        if at % TAPS != TAPS / 2 {
            *tap = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_as_many_parameters_as_the_authors() {
        let sizes = [
            (20, 60, 725_969),
            (64, 32, 567_553),
            (32, 96, 665_345),
            (64, 64, 763_137),
            (64, 192, 1_545_473),
            (128, 128, 1_936_641),
            (512, 128, 6_630_657),
        ];
        for (height, width, count) in sizes {
            assert_eq!(Network::new(height, width, Ablation::None).unwrap().count(), count, "{width} x {height}");
        }
        assert!(Network::new(30, 64, Ablation::None).is_none());
    }

    /// Along random directions, weighted so that every kind of parameter matters.
    #[test]
    fn its_gradient_agrees_with_differences() {
        let weights: Vec<f64> = Mt19937::new(9).randn_vec(8 * 16);
        for ablation in [Ablation::None, Ablation::Offsets, Ablation::Normalisation, Ablation::Neighbours] {
            let mut network = Network::new(8, 16, ablation).unwrap();
            let mut parameters = network.initial(4);
            let mut random = Mt19937::new(5);
            for value in &mut parameters {
                *value += 0.01 * random.randn();
            }
            let mut value = |parameters: &[f64]| math::vector::dot(&network.forward(parameters), &weights);
            let parts = 6;
            let mut checks = Vec::new();
            for part in 0..parts {
                let direction: Vec<f64> = (0..parameters.len())
                    .map(|at| if at * parts / parameters.len() == part { random.randn() } else { 0.0 })
                    .collect();
                let mut moved = |by: f64| {
                    let at: Vec<f64> = parameters.iter().zip(&direction).map(|(x, d)| x + by * d).collect();
                    value(&at)
                };
                checks.push(((moved(2e-4) - moved(-2e-4)) / 4e-4, direction));
            }
            value(&parameters);
            let gradient = network.backward(&parameters, &weights);
            for (difference, direction) in checks {
                let slope = math::vector::dot(&gradient, &direction);
                assert!(
                    (difference - slope).abs() < 0.02 * slope.abs().max(10.0),
                    "{ablation:?}: {difference} {slope}"
                );
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_image() {
        let mut network = Network::new(8, 8, Ablation::None).unwrap();
        let (first, second) = (network.initial(1), network.initial(2));
        assert_eq!(network.initial(1), first);
        assert_ne!(network.forward(&first), network.forward(&second));
    }
}
