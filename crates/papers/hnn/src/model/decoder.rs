//! The decoder of the pixel pendulum in plain numbers: from a latent state to two frames.

use demo::Error;
use math::single::{Columns, relu};

/// Numbers of one input of an autoencoder: two successive frames of 28 x 28 pixels.
pub const FRAMES: usize = 2 * 28 * 28;
/// Numbers of the latent state.
pub(super) const LATENT: usize = 2;
/// Width of the three hidden layers.
pub(super) const HIDDEN: usize = 200;

/// Four layers, rectified between them, the two in the middle residual: h += relu(h W + b).
#[derive(Clone, Debug)]
pub struct Decoder {
    layers: [Layer; 4],
}

#[derive(Clone, Debug, Default)]
struct Layer {
    weight: Columns,
    bias: Vec<f32>,
}

impl Layer {
    /// x W + b for each row of x.
    fn forward(&self, x: &[f32], rows: usize) -> Vec<f32> {
        let mut out = vec![0.0; rows * self.bias.len()];
        self.weight.product(x, Some(&self.bias), &mut out);
        out
    }

    /// max(x W + b, 0).
    fn rectified(&self, x: &[f32], rows: usize) -> Vec<f32> {
        let mut out = self.forward(x, rows);
        relu(&mut out);
        out
    }
}

impl Decoder {
    /// The weights of an ONNX file.
    ///
    /// # Errors
    /// [`Error::BadModel`] unless the file holds exactly the weights of a decoder, all finite.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        const SIZES: [usize; 5] = [LATENT, HIDDEN, HIDDEN, HIDDEN, FRAMES];
        let bad = |error: onnx::Error| Error::BadModel { name: "decoder".into(), reason: error.to_string() };
        let file = onnx::File::parse(bytes).map_err(bad)?;
        let shapes = SIZES.windows(2).enumerate().flat_map(|(index, pair)| {
            let name = |role: &str| format!("layers.{index}.{role}");
            [(name("weight"), pair.to_vec()), (name("bias"), vec![pair[1]])]
        });
        let values = onnx::weights(&file, &shapes.collect::<Vec<_>>()).map_err(bad)?;
        let mut rest = values.as_slice();
        let mut layers: [Layer; 4] = Default::default();
        for (layer, pair) in layers.iter_mut().zip(SIZES.windows(2)) {
            let (weight, after) = rest.split_at(pair[0] * pair[1]);
            let (bias, after) = after.split_at(pair[1]);
            layer.weight.pack(weight, [pair[0], pair[1]], [pair[1], 1]);
            layer.bias = bias.to_vec();
            rest = after;
        }
        Ok(Self { layers })
    }

    /// # Shapes
    /// - `z`: `[N, 2]`
    /// - result: `[N, 1568]`
    pub fn forward(&self, z: &[f32]) -> Vec<f32> {
        let rows = z.len() / LATENT;
        let [first, second, third, last] = &self.layers;
        let mut h = first.rectified(z, rows);
        for layer in [second, third] {
            let more = layer.rectified(&h, rows);
            h.iter_mut().zip(more).for_each(|(h, more)| *h += more);
        }
        last.forward(&h, rows)
    }
}
