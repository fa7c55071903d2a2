//! A file's graph with other weights: what was trained where there is no exporter, as a file.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use prost::Message;

use crate::Error;
use crate::file::decode;
use crate::load::CONSTANT_PREFIX;
use crate::proto::{FLOAT, ModelProto, StringStringEntryProto, TensorProto};

/// The bytes of `template`, a file of [`crate::export`], with the weights of `module` in place of its own.
///
/// `parameters` are the module's weights, flat, in the order in which burn visits them, because on WebGPU they can only
/// be read by a future. `metadata` replaces pairs of the same key and is added otherwise.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Shape`] or [`Error::Surplus`] unless template and module hold the same weights by name
/// and shape; [`Error::NotFinite`]; [`Error::Export`] when `parameters` are not as many as the module's; whatever
/// reading the template gives.
pub fn with_weights<M: Module>(
    template: &[u8],
    module: &M,
    parameters: &[f32],
    metadata: &[(&str, String)],
) -> Result<Vec<u8>, Error> {
    let mut model = decode(template)?;
    let mut weights = Weights::of(module, parameters)?;
    for tensor in model.graph.iter_mut().flat_map(|graph| &mut graph.initializer).filter(|tensor| is_weight(tensor)) {
        weights.fill(tensor)?;
    }
    if let Some(weight) = weights.0.pop() {
        return Err(Error::Missing(weight.name));
    }
    describe(&mut model, metadata);
    Ok(model.encode_to_vec())
}

fn is_weight(tensor: &TensorProto) -> bool {
    tensor.data_type == FLOAT && !tensor.name.starts_with(CONSTANT_PREFIX)
}

fn describe(model: &mut ModelProto, metadata: &[(&str, String)]) {
    for (key, value) in metadata {
        model.metadata_props.retain(|entry| entry.key != *key);
        model.metadata_props.push(StringStringEntryProto { key: (*key).into(), value: value.clone() });
    }
}

/// A parameter of the module that has no place in the file yet.
struct Weight<'a> {
    name: String,
    shape: Vec<usize>,
    values: &'a [f32],
}

struct Weights<'a>(Vec<Weight<'a>>);

impl<'a> Weights<'a> {
    fn of<M: Module>(module: &M, parameters: &'a [f32]) -> Result<Self, Error> {
        let mut names = Names { path: Vec::new(), found: Vec::new() };
        module.visit(&mut names);
        let mut rest = parameters;
        let mut weights = Vec::new();
        for (name, shape) in names.found {
            let (values, after) = rest.split_at_checked(shape.iter().product()).ok_or_else(wrong_count)?;
            if let Some(index) = values.iter().position(|value| !value.is_finite()) {
                return Err(Error::NotFinite { name, index, value: values[index].to_string() });
            }
            weights.push(Weight { name, shape, values });
            rest = after;
        }
        if rest.is_empty() { Ok(Self(weights)) } else { Err(wrong_count()) }
    }

    fn fill(&mut self, tensor: &mut TensorProto) -> Result<(), Error> {
        let index = self.0.iter().position(|weight| weight.name == tensor.name);
        let surplus = || Error::Surplus(vec![tensor.name.clone()]);
        let Weight { name, shape: expected, values } = self.0.swap_remove(index.ok_or_else(surplus)?);
        let found: Vec<usize> = tensor.dims.iter().map(|dim| usize::try_from(*dim).unwrap_or_default()).collect();
        if found != expected {
            return Err(Error::Shape { name, expected, found });
        }
        tensor.float_data.clear();
        tensor.raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Ok(())
    }
}

fn wrong_count() -> Error {
    Error::Export("the weights are not as many as the model has".into())
}

/// Paths and shapes of a module's float parameters, in visiting order.
struct Names {
    path: Vec<String>,
    found: Vec<(String, Vec<usize>)>,
}

impl ModuleVisitor for Names {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.push((self.path.join("."), param.val().dims().to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Device;

    use super::*;
    use crate::File;
    use crate::file::tests::{file_of, raw_float};

    fn layer() -> Linear {
        LinearConfig::new(2, 3).init(&Device::flex())
    }

    fn template() -> Vec<u8> {
        let weight = raw_float("weight", &[2, 3], &[0.0; 6]);
        file_of(vec![weight, raw_float("bias", &[3], &[0.0; 3]), raw_float("/constant/0", &[1], &[7.0])])
    }

    const NEW: [f32; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

    fn refusal(template: &[u8], parameters: &[f32]) -> String {
        with_weights(template, &layer(), parameters, &[]).expect_err("must be refused").to_string()
    }

    #[test]
    fn weights_and_metadata_are_replaced_and_nothing_else() {
        let steps = |count: &str| [("steps", count.to_owned())];
        let first = with_weights(&template(), &layer(), &NEW, &steps("3")).unwrap();
        let file = File::parse(&first).unwrap();
        assert_eq!(file.initializer("weight").unwrap().floats().unwrap(), NEW[..6]);
        assert_eq!(file.initializer("bias").unwrap().floats().unwrap(), NEW[6..]);
        assert_eq!(file.initializer("/constant/0").unwrap().floats().unwrap(), [7.0]);
        assert_eq!(with_weights(&first, &layer(), &NEW, &steps("3")).unwrap(), first);
        let second = with_weights(&first, &layer(), &NEW, &steps("4")).unwrap();
        assert_eq!(File::parse(&second).unwrap().metadata(), [("steps".into(), "4".into())]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let good = template();
        assert!(refusal(&good, &NEW[..8]).contains("not as many"));
        assert!(refusal(&good, &[NEW.as_slice(), &[1.0]].concat()).contains("not as many"));
        let mut broken = NEW;
        broken[7] = f32::NAN;
        assert_eq!(refusal(&good, &broken), "bias: element 1 is NaN, not a finite number");
        let weight = || raw_float("weight", &[2, 3], &[0.0; 6]);
        assert_eq!(refusal(&file_of(vec![weight()]), &NEW), "bias: not in the file");
        let turned = file_of(vec![weight(), raw_float("bias", &[1, 3], &[0.0; 3])]);
        assert_eq!(refusal(&turned, &NEW), "bias: expected [3], found [1, 3]");
        let more = file_of(vec![weight(), raw_float("scale", &[1], &[0.0])]);
        assert!(refusal(&more, &NEW).contains("scale"));
        assert_eq!(refusal(&[], &NEW), "the file is empty");
    }
}
