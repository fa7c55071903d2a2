//! From two frames of a pendulum to a latent state (q, p) and back (section 5 of the paper).

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use demo::Error;
use math::random::Mt19937;

use super::decoder::{FRAMES, HIDDEN, LATENT};

/// Encoder or decoder: four layers, rectified between them, the two in the middle residual: h += relu(h W + b).
#[derive(Module, Debug)]
pub struct Half {
    /// In order, weights as `[inputs, outputs]`.
    pub layers: Vec<Linear>,
}

impl Half {
    fn sizes(inputs: usize, outputs: usize) -> [usize; 5] {
        [inputs, HIDDEN, HIDDEN, HIDDEN, outputs]
    }

    fn new(inputs: usize, outputs: usize, random: &mut Mt19937, device: &Device) -> Self {
        let sizes = Self::sizes(inputs, outputs);
        Self { layers: sizes.windows(2).map(|pair| nn::linear(pair[0], pair[1], true, random, device)).collect() }
    }

    fn zeros(inputs: usize, outputs: usize, device: &Device) -> Self {
        let sizes = Self::sizes(inputs, outputs);
        Self { layers: sizes.windows(2).map(|pair| nn::zero_linear(pair[0], pair[1], true, device)).collect() }
    }

    fn load(name: &str, empty: Self, bytes: &[u8], device: &Device) -> Result<Self, Error> {
        let bad = |error: onnx::Error| Error::BadModel { name: name.into(), reason: error.to_string() };
        let file = onnx::File::parse(bytes).map_err(bad)?;
        onnx::load_into(empty, &file, device).map_err(bad)
    }

    /// # Shapes
    /// - `x`: `[N, inputs]`
    /// - result: `[N, outputs]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [first, second, third, last] = self.layers.as_slice() else { return x };
        let h = relu(first.forward(x));
        let h = h.clone() + relu(second.forward(h));
        let h = h.clone() + relu(third.forward(h));
        last.forward(h)
    }
}

/// Encoder and decoder.
#[derive(Module, Debug)]
pub struct Autoencoder {
    /// `[N, 1568] -> [N, 2]`
    pub encoder: Half,
    /// `[N, 2] -> [N, 1568]`
    pub decoder: Half,
}

impl Autoencoder {
    /// Freshly drawn weights, the encoder's first.
    pub fn new(random: &mut Mt19937, device: &Device) -> Self {
        let encoder = Half::new(FRAMES, LATENT, random, device);
        Self { encoder, decoder: Half::new(LATENT, FRAMES, random, device) }
    }

    /// The weights of two ONNX files.
    ///
    /// # Errors
    /// [`Error::BadModel`] unless the files hold exactly the weights of an encoder and of a decoder, all finite.
    pub fn load(encoder: &[u8], decoder: &[u8], device: &Device) -> Result<Self, Error> {
        let encoder = Half::load("encoder", Half::zeros(FRAMES, LATENT, device), encoder, device)?;
        let decoder = Half::load("decoder", Half::zeros(LATENT, FRAMES, device), decoder, device)?;
        Ok(Self { encoder, decoder })
    }

    /// # Shapes
    /// - `frames`: `[N, 1568]`, this frame and the next, each 28 rows of 28
    /// - result: `[N, 2]`
    pub fn encode(&self, frames: Tensor<2>) -> Tensor<2> {
        self.encoder.forward(frames)
    }

    /// # Shapes
    /// - `z`: `[N, 2]`
    /// - result: `[N, 1568]`
    pub fn decode(&self, z: Tensor<2>) -> Tensor<2> {
        self.decoder.forward(z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_parameter_count_are_the_papers() {
        let device = Device::flex();
        let model = Autoencoder::new(&mut Mt19937::new(0), &device);
        assert_eq!(model.num_params(), 790_770);
        let z = model.encode(Tensor::ones([3, FRAMES], &device));
        assert_eq!(z.dims(), [3, LATENT]);
        assert_eq!(model.decode(z).dims(), [3, FRAMES]);
    }
}
