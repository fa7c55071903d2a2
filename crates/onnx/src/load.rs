//! Filling a burn module with the weights of a file, by name.

use std::collections::BTreeSet;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};

use crate::weights::CONSTANT_PREFIX;
use crate::{Error, File};

/// Fills every float parameter of `module` from the initialiser of the same path ("layers.0.weight") and moves the
/// module to `device`. Which parameters require a gradient stays as it was.
///
/// Initialisers whose names begin with "/" and those of other element types belong to the operations of the file and
/// are passed over.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Shape`], [`Error::ElementType`], [`Error::NotFinite`] with the name of the parameter;
/// [`Error::Surplus`] when the file holds weights that the module does not have.
pub fn load_into<M: Module>(module: M, file: &File, device: &Device) -> Result<M, Error> {
    load_part(module, file, "", device)
}

/// As [`load_into`], for a module that is a part of the file: its paths follow `prefix` ("encoder" gives
/// "encoder.layers.0.weight"), and weights outside the prefix are none of its business.
pub fn load_part<M: Module>(module: M, file: &File, prefix: &str, device: &Device) -> Result<M, Error> {
    let path = if prefix.is_empty() { Vec::new() } else { vec![prefix.to_owned()] };
    let mut loader = Loader { file, path, used: BTreeSet::new(), error: None };
    let module = module.to_device(device).map(&mut loader);
    match loader.error {
        Some(error) => Err(error),
        None => loader.check_surplus(prefix).map(|()| module),
    }
}

struct Loader<'a> {
    file: &'a File,
    path: Vec<String>,
    used: BTreeSet<String>,
    /// The first failure; a mapper cannot return one.
    error: Option<Error>,
}

impl Loader<'_> {
    fn read(&mut self, shape: &[usize]) -> Result<TensorData, Error> {
        let name = self.path.join(".");
        let initializer = self.file.initializer(&name).ok_or_else(|| Error::Missing(name.clone()))?;
        let values = initializer.floats()?;
        if initializer.shape() != shape {
            return Err(Error::Shape { name, expected: shape.to_vec(), found: initializer.shape().to_vec() });
        }
        self.used.insert(name);
        Ok(TensorData::new(values, shape.to_vec()))
    }

    fn check_surplus(&self, prefix: &str) -> Result<(), Error> {
        let within = |name: &str| prefix.is_empty() || name.strip_prefix(prefix).is_some_and(|n| n.starts_with('.'));
        let is_weight = |name: &str| !name.starts_with(CONSTANT_PREFIX) && within(name);
        let surplus: Vec<String> = (self.file.initializers().iter())
            .filter(|initializer| initializer.is_float() && is_weight(initializer.name()))
            .map(|initializer| initializer.name().to_owned())
            .filter(|name| !self.used.contains(name))
            .collect();
        if surplus.is_empty() { Ok(()) } else { Err(Error::Surplus(surplus)) }
    }
}

impl ModuleMapper for Loader<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.error.is_some() {
            return param;
        }
        match self.read(&param.lazy_shape()) {
            Ok(data) => param.map(|old| {
                let new = Tensor::from_data(data, &old.device());
                if old.is_require_grad() { new.set_require_grad(true) } else { new }
            }),
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};

    use super::*;
    use crate::file::tests::{file_of, raw_float};
    use crate::proto::TensorProto;

    #[derive(Module, Debug)]
    struct Net {
        layers: Vec<Linear>,
        scale: Param<Tensor<1>>,
    }

    fn net(device: &Device) -> Net {
        let layers = vec![LinearConfig::new(2, 3).init(device), LinearConfig::new(3, 1).with_bias(false).init(device)];
        Net { layers, scale: Param::from_tensor(Tensor::zeros([1], device)) }
    }

    fn weights() -> Vec<TensorProto> {
        vec![
            raw_float("layers.0.weight", &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            raw_float("layers.0.bias", &[3], &[6.0, 7.0, 8.0]),
            raw_float("layers.1.weight", &[3, 1], &[9.0, 10.0, 11.0]),
            raw_float("scale", &[1], &[12.0]),
            raw_float("/constant/0", &[1], &[99.0]),
        ]
    }

    fn load(tensors: Vec<TensorProto>, device: &Device) -> Result<Net, Error> {
        load_into(net(device), &File::parse(&file_of(tensors)).unwrap(), device)
    }

    fn refusal(change: impl FnOnce(&mut Vec<TensorProto>)) -> String {
        let mut tensors = weights();
        change(&mut tensors);
        load(tensors, &Device::flex()).expect_err("must be refused").to_string()
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn fills_every_parameter_by_its_path() {
        let net = load(weights(), &Device::flex()).unwrap();
        assert_eq!(values(net.layers[0].weight.val()), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(values(net.layers[0].bias.as_ref().unwrap().val()), [6.0, 7.0, 8.0]);
        assert_eq!(values(net.layers[1].weight.val()), [9.0, 10.0, 11.0]);
        assert_eq!(values(net.scale.val()), [12.0]);
    }

    #[test]
    fn loaded_weights_can_be_trained_on() {
        let device = Device::flex().autodiff();
        let net = load(weights(), &device).unwrap();
        let output: Tensor<2> = net.layers[0].forward(Tensor::ones([4, 2], &device));
        let gradients = output.sum().backward();
        assert_eq!(values(net.layers[0].weight.grad(&gradients).unwrap()), [4.0; 6]);
    }

    #[test]
    fn a_part_of_a_file_is_loaded_by_its_prefix() {
        let mut tensors = weights();
        for tensor in &mut tensors[..4] {
            tensor.name.insert_str(0, "inner.");
        }
        tensors.push(raw_float("innermost", &[1], &[0.0]));
        let device = Device::flex();
        let load = |tensors: &[TensorProto], prefix| {
            load_part(net(&device), &File::parse(&file_of(tensors.to_vec())).unwrap(), prefix, &device)
        };
        assert_eq!(values(load(&tensors, "inner").unwrap().scale.val()), [12.0]);
        assert_eq!(load(&tensors, "outer").unwrap_err().to_string(), "outer.layers.0.weight: not in the file");
        tensors.push(raw_float("inner.offset", &[1], &[0.0]));
        assert_eq!(load(&tensors, "inner").unwrap_err(), Error::Surplus(vec!["inner.offset".into()]));
    }

    #[test]
    fn a_wrong_shape_is_refused() {
        let message = refusal(|tensors| tensors[0].dims = vec![3, 2]);
        assert_eq!(message, "layers.0.weight: expected [2, 3], found [3, 2]");
    }

    #[test]
    fn a_missing_weight_is_refused() {
        assert_eq!(refusal(|tensors| drop(tensors.remove(2))), "layers.1.weight: not in the file");
    }

    #[test]
    fn a_surplus_weight_is_refused() {
        let message = refusal(|tensors| tensors.push(raw_float("layers.2.weight", &[1], &[0.0])));
        assert_eq!(message, "the file holds weights that this model has no place for: layers.2.weight");
    }

    #[test]
    fn a_wrong_type_is_refused() {
        let message = refusal(|tensors| tensors[1].data_type = 6);
        assert_eq!(message, "layers.0.bias: expected FLOAT (32 bits), found INT32");
    }

    #[test]
    fn a_nan_is_refused() {
        let message = refusal(|tensors| tensors[3] = raw_float("scale", &[1], &[f32::NAN]));
        assert_eq!(message, "scale: element 0 is NaN, not a finite number");
    }
}
