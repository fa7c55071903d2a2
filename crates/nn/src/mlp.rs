//! The multilayer perceptron of the papers, and the gradient of its output with respect to its input.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use math::random::Mt19937;

use crate::init::{linear, zero_linear};

/// Fully connected layers with tanh between them; the last one is linear.
#[derive(Module, Debug)]
pub struct Mlp {
    /// In order, weights as `[inputs, outputs]`.
    pub layers: Vec<Linear>,
}

impl Mlp {
    /// Layers between the given sizes (input first, output last), orthogonal weights. Hidden layers have biases, the
    /// last one only with `last_bias`.
    pub fn new(sizes: &[usize], last_bias: bool, random: &mut Mt19937, device: &Device) -> Self {
        let last = sizes.len().saturating_sub(2);
        let pairs = sizes.windows(2).enumerate();
        let layers = pairs.map(|(index, pair)| linear(pair[0], pair[1], index < last || last_bias, random, device));
        Self { layers: layers.collect() }
    }

    /// As [`Self::new`], all weights zero, to be filled from a file.
    pub fn zeros(sizes: &[usize], last_bias: bool, device: &Device) -> Self {
        let last = sizes.len().saturating_sub(2);
        let pairs = sizes.windows(2).enumerate();
        let layers = pairs.map(|(index, pair)| zero_linear(pair[0], pair[1], index < last || last_bias, device));
        Self { layers: layers.collect() }
    }

    /// # Shapes
    /// - `x`: `[N, sizes.first]`
    /// - result: `[N, sizes.last]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let Some((last, hidden)) = self.layers.split_last() else { return x };
        let h = hidden.iter().fold(x, |h, layer| layer.forward(h).tanh());
        last.forward(h)
    }

    /// The scalar output y and dy/dx, for a network with one output.
    ///
    /// With `a_l = h_(l-1) W_l + b_l`, `h_l = tanh(a_l)`, `h_0 = x` and `y = h_K w`, the gradient is one more pass through
    /// the same matrices, transposed: `g_K = w`, `e_l = (1 - h_l^2) g_l`, `g_(l-1) = e_l W_l^T`, `dy/dx = g_0`.
    ///
    /// # Shapes
    /// - `x`: `[N, d]`
    /// - result: `[N, 1]` and `[N, d]`
    pub fn value_and_input_gradient(&self, x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let Some((last, hidden)) = self.layers.split_last() else { return (x.clone(), x.ones_like()) };
        let mut states = vec![x];
        for layer in hidden {
            let h = layer.forward(states[states.len() - 1].clone()).tanh();
            states.push(h);
        }
        let value = last.forward(states[hidden.len()].clone());
        let mut gradient = last.weight.val().transpose();
        for (layer, h) in hidden.iter().zip(&states[1..]).rev() {
            let e = gradient.clone() - h.clone() * h.clone() * gradient;
            gradient = e.matmul(layer.weight.val().transpose());
        }
        (value, gradient)
    }

    /// Second derivatives: the product of the Hessian of the scalar output with one direction per row, `(d2y/dx2) v`.
    ///
    /// The derivative of [`Self::value_and_input_gradient`] along `v`, written out: `h_l' = s_l (h_(l-1)' W_l)` with
    /// `s_l = 1 - h_l^2`, then `e_l' = -2 h_l h_l' g_l + s_l g_l'` and `g_(l-1)' = e_l' W_l^T`.
    ///
    /// # Shapes
    /// - `x`, `v` and result: `[N, d]`
    pub fn input_hessian_product(&self, x: &Tensor<2>, v: Tensor<2>) -> Tensor<2> {
        let Some((last, hidden)) = self.layers.split_last() else { return v.zeros_like() };
        let (mut h, mut dh) = (x.clone(), v);
        let mut states = Vec::new();
        for layer in hidden {
            h = layer.forward(h).tanh();
            dh = slope(&h) * dh.matmul(layer.weight.val());
            states.push((h.clone(), dh.clone()));
        }
        let [rows, _] = x.dims();
        let mut g = last.weight.val().transpose().repeat_dim(0, rows);
        let mut dg = g.zeros_like();
        for (layer, (h, dh)) in hidden.iter().zip(&states).rev() {
            let w = layer.weight.val().transpose();
            let de = h.clone() * dh.clone() * g.clone() * -2.0 + slope(h) * dg;
            dg = de.matmul(w.clone());
            g = (slope(h) * g).matmul(w);
        }
        dg
    }
}

/// tanh' as a function of tanh.
fn slope(h: &Tensor<2>) -> Tensor<2> {
    h.clone() * h.clone() * -1.0 + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;
    use math::ops::tanh;

    const SIZES: [usize; 4] = [3, 20, 30, 1];

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn points(rows: usize, columns: usize, seed: u32) -> Vec<f64> {
        let mut random = Mt19937::new(seed);
        (0..rows * columns).map(|_| f64::from(random.uniform(-1.5, 1.5) as f32)).collect()
    }

    fn tensor(data: &[f64], columns: usize) -> Tensor<2> {
        let single: Vec<f32> = data.iter().map(|value| *value as f32).collect();
        Tensor::from_data(TensorData::new(single, [data.len() / columns, columns]), &Device::flex())
    }

    /// The network in f64, for differences that are not drowned in rounding.
    fn reference(mlp: &Mlp, x: &[f64]) -> f64 {
        let mut h = x.to_vec();
        for (index, layer) in mlp.layers.iter().enumerate() {
            let [inputs, outputs] = layer.weight.val().dims();
            let weight = values(layer.weight.val());
            let bias = layer.bias.as_ref().map_or(vec![0.0; outputs], |bias| values(bias.val()));
            h = (0..outputs)
                .map(|j| {
                    f64::from(bias[j]) + (0..inputs).map(|i| h[i] * f64::from(weight[i * outputs + j])).sum::<f64>()
                })
                .map(|a| if index + 1 < mlp.layers.len() { tanh(a) } else { a })
                .collect();
        }
        h[0]
    }

    fn shifted(x: &[f64], axis: usize, by: f64) -> Vec<f64> {
        let mut x = x.to_vec();
        x[axis] += by;
        x
    }

    #[test]
    fn gradient_meets_finite_differences() {
        let mlp = Mlp::new(&SIZES, false, &mut Mt19937::new(1), &Device::flex());
        let data = points(40, 3, 2);
        let (value, gradient) = mlp.value_and_input_gradient(tensor(&data, 3));
        assert_eq!((value.dims(), gradient.dims()), ([40, 1], [40, 3]));
        let (value, gradient) = (values(value), values(gradient));
        let step = 1e-4;
        for (row, x) in data.chunks(3).enumerate() {
            assert!((f64::from(value[row]) - reference(&mlp, x)).abs() < 2e-6);
            for axis in 0..3 {
                let difference = (reference(&mlp, &shifted(x, axis, step)) - reference(&mlp, &shifted(x, axis, -step)))
                    / (2.0 * step);
                let closed = f64::from(gradient[row * 3 + axis]);
                assert!((closed - difference).abs() < 2e-6, "row {row}, axis {axis}: {closed} against {difference}");
            }
        }
    }

    #[test]
    fn hessian_product_meets_finite_differences() {
        let mlp = Mlp::new(&SIZES, false, &mut Mt19937::new(1), &Device::flex());
        let data = points(20, 3, 3);
        let step = 1e-3;
        for axis in 0..3 {
            let direction: Vec<f64> = (0..60).map(|index| if index % 3 == axis { 1.0 } else { 0.0 }).collect();
            let product = values(mlp.input_hessian_product(&tensor(&data, 3), tensor(&direction, 3)));
            for (row, x) in data.chunks(3).enumerate() {
                for other in 0..3 {
                    let slope = |x: &[f64]| {
                        (reference(&mlp, &shifted(x, other, step)) - reference(&mlp, &shifted(x, other, -step)))
                            / (2.0 * step)
                    };
                    let difference = (slope(&shifted(x, axis, step)) - slope(&shifted(x, axis, -step))) / (2.0 * step);
                    let closed = f64::from(product[row * 3 + other]);
                    assert!((closed - difference).abs() < 5e-6, "row {row}: {closed} against {difference}");
                }
            }
        }
    }

    #[test]
    fn gradient_is_trained_through() {
        // d/dw of sum(dy/dx) against a difference of the weights, in the first layer.
        let device = Device::flex().autodiff();
        let mlp = Mlp::new(&SIZES, false, &mut Mt19937::new(5), &device);
        let data = points(10, 3, 6);
        let x = tensor(&data, 3);
        let gradients = mlp.value_and_input_gradient(x.clone().autodiff()).1.sum().backward();
        let by_weight = values(mlp.layers[0].weight.val().grad(&gradients).unwrap());
        let total = |step: f32| {
            let mut moved = mlp.valid();
            let mut weight = values(moved.layers[0].weight.val());
            weight[7] += step;
            let data = TensorData::new(weight, [3, 20]);
            moved.layers[0].weight = burn::module::Param::from_tensor(Tensor::from_data(data, &Device::flex()));
            let rows = data_rows(&data_of(&x));
            rows.iter()
                .map(|x| {
                    (0..3)
                        .map(|axis| {
                            (reference(&moved, &shifted(x, axis, 1e-4)) - reference(&moved, &shifted(x, axis, -1e-4)))
                                / 2e-4
                        })
                        .sum::<f64>()
                })
                .sum::<f64>()
        };
        let difference = (total(1e-3) - total(-1e-3)) / 2e-3;
        assert!((f64::from(by_weight[7]) - difference).abs() < 1e-4, "{} against {difference}", by_weight[7]);
    }

    fn data_of(x: &Tensor<2>) -> Vec<f64> {
        values(x.clone()).iter().map(|value| f64::from(*value)).collect()
    }

    fn data_rows(data: &[f64]) -> Vec<Vec<f64>> {
        data.chunks(3).map(<[f64]>::to_vec).collect()
    }

    #[test]
    fn same_seed_same_weights() {
        let weights = |seed| {
            let mlp = Mlp::new(&SIZES, true, &mut Mt19937::new(seed), &Device::flex());
            mlp.layers.iter().flat_map(|layer| values(layer.weight.val())).map(f32::to_bits).collect::<Vec<_>>()
        };
        assert_eq!(weights(7), weights(7));
        assert_ne!(weights(7), weights(8));
    }

    #[test]
    fn only_asked_for_biases_exist() {
        let mlp = |last| Mlp::new(&SIZES, last, &mut Mt19937::new(0), &Device::flex());
        assert_eq!(mlp(false).num_params(), 3 * 20 + 20 + 20 * 30 + 30 + 30);
        assert_eq!(mlp(true).num_params(), mlp(false).num_params() + 1);
    }
}
