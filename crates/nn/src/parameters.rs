//! Parameters as one flat vector, in the order in which burn visits them.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use crate::Error;

/// The numbers of a tensor in row-major order. A future, because on WebGPU there is no other way.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    let data = tensor.into_data_async().await.map_err(|error| Error::Read(error.to_string()))?;
    data.try_to_vec().map_err(|error| Error::Read(format!("{error:?}")))
}

/// Every float parameter of `module`, flat, in visiting order.
pub async fn parameters<M: Module>(module: &M) -> Result<Vec<f32>, Error> {
    let mut flat = Flat(Vec::new());
    module.visit(&mut flat);
    if flat.0.is_empty() { Ok(Vec::new()) } else { read(Tensor::cat(flat.0, 0)).await }
}

/// `module` with its float parameters replaced by `values`, the inverse of [`parameters`]. Devices, gradients and ids
/// stay as they were.
///
/// # Errors
/// [`Error::Length`] unless there are exactly as many values as parameters.
pub fn with_parameters<M: Module>(module: M, values: &[f32]) -> Result<M, Error> {
    let expected = module.num_params();
    if values.len() != expected {
        return Err(Error::Length { what: "parameters", expected, found: values.len() });
    }
    Ok(module.map(&mut Fill { values }))
}

struct Flat(Vec<Tensor<1>>);

impl ModuleVisitor for Flat {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().inner().flatten(0, D - 1));
    }
}

struct Fill<'a> {
    values: &'a [f32],
}

impl ModuleMapper for Fill<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|old| {
            let shape = old.shape();
            let (values, rest) = self.values.split_at(shape.num_elements());
            self.values = rest;
            let new = Tensor::from_data(TensorData::new(values.to_vec(), shape), &old.device());
            if old.is_require_grad() { new.set_require_grad(true) } else { new }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mlp;
    use burn::tensor::Device;
    use futures_lite::future::block_on;
    use math::random::Mt19937;

    #[test]
    fn written_parameters_are_read_again() {
        let device = Device::flex().autodiff();
        let mlp = |seed| Mlp::new(&[2, 5, 1], true, &mut Mt19937::new(seed), &device);
        let values = block_on(parameters(&mlp(1))).unwrap();
        assert_eq!(values.len(), 2 * 5 + 5 + 5 + 1);
        let moved = with_parameters(mlp(2), &values).unwrap();
        assert_eq!(block_on(parameters(&moved)).unwrap(), values);
        let output = moved.forward(Tensor::ones([1, 2], &device));
        assert!(moved.layers[0].weight.val().grad(&output.backward()).is_some());
    }

    #[test]
    fn a_wrong_length_is_refused() {
        let mlp = Mlp::new(&[2, 5, 1], true, &mut Mt19937::new(1), &Device::flex());
        let error = with_parameters(mlp, &[0.0; 3]).unwrap_err();
        assert_eq!(error.to_string(), "parameters: 21 numbers are needed, 3 were given");
    }
}
