//! Seeded layers of burn.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use math::random::Mt19937;

use crate::draw::layer;

/// A fully connected layer `[N, inputs] -> [N, outputs]` with the numbers of [`layer`].
pub fn linear(inputs: usize, outputs: usize, bias: bool, random: &mut Mt19937, device: &Device) -> Linear {
    let mut values = layer(inputs, outputs, bias, random);
    let biases = values.split_off(inputs * outputs);
    let weight = Param::from_tensor(Tensor::from_data(TensorData::new(values, [inputs, outputs]), device));
    let bias = bias.then(|| Param::from_tensor(Tensor::from_data(TensorData::new(biases, [outputs]), device)));
    Linear { weight, bias }
}

/// A layer of zeros, to be filled from a file.
pub fn zero_linear(inputs: usize, outputs: usize, bias: bool, device: &Device) -> Linear {
    let weight = Param::from_tensor(Tensor::zeros([inputs, outputs], device));
    Linear { weight, bias: bias.then(|| Param::from_tensor(Tensor::zeros([outputs], device))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn biases_are_within_their_bound_and_optional() {
        let device = Device::flex();
        let layer = linear(4, 50, true, &mut Mt19937::new(0), &device);
        let biases: Vec<f32> = layer.bias.unwrap().val().into_data().try_to_vec().unwrap();
        assert!(biases.iter().all(|bias| bias.abs() <= 0.5));
        assert!(biases.iter().any(|bias| bias.abs() > 0.25));
        assert!(linear(4, 50, false, &mut Mt19937::new(0), &device).bias.is_none());
    }
}
