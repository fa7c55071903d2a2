//! A file's graph with other weights: what was trained where there is no exporter, as a file.

use prost::Message;

use crate::Error;
use crate::file::decode;
use crate::proto::{FLOAT, ModelProto, StringStringEntryProto, TensorProto};
use crate::weights::CONSTANT_PREFIX;

/// The bytes of `template`, a file of [`crate::export`], with other weights in place of its own.
///
/// `weights` are their names and shapes, `parameters` their values, flat and in the same order. `metadata` replaces pairs of
/// the same key and is added otherwise.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Shape`] or [`Error::Surplus`] unless the template holds the same weights by name and
/// shape; [`Error::NotFinite`]; [`Error::Export`] when `parameters` are not as many as the shapes say; whatever reading the
/// template gives.
pub fn with_weights(
    template: &[u8],
    weights: &[(String, Vec<usize>)],
    parameters: &[f32],
    metadata: &[(&str, String)],
) -> Result<Vec<u8>, Error> {
    let mut model = decode(template)?;
    let mut weights = Weights::of(weights, parameters)?;
    for tensor in model.graph.iter_mut().flat_map(|graph| &mut graph.initializer).filter(|tensor| is_weight(tensor)) {
        weights.fill(tensor)?;
    }
    if let Some(weight) = weights.0.pop() {
        return Err(Error::Missing(weight.name.into()));
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

/// Weights that have no place in the file yet.
struct Weight<'a> {
    name: &'a str,
    shape: &'a [usize],
    values: &'a [f32],
}

struct Weights<'a>(Vec<Weight<'a>>);

impl<'a> Weights<'a> {
    fn of(named: &'a [(String, Vec<usize>)], parameters: &'a [f32]) -> Result<Self, Error> {
        let mut rest = parameters;
        let mut weights = Vec::new();
        for (name, shape) in named {
            let (values, after) = rest.split_at_checked(shape.iter().product()).ok_or_else(wrong_count)?;
            if let Some(index) = values.iter().position(|value| !value.is_finite()) {
                return Err(Error::NotFinite { name: name.clone(), index, value: values[index].to_string() });
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
            return Err(Error::Shape { name: name.into(), expected: expected.into(), found });
        }
        tensor.float_data.clear();
        tensor.raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Ok(())
    }
}

fn wrong_count() -> Error {
    Error::Export("the weights are not as many as the model has".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::File;
    use crate::file::tests::{file_of, raw_float};

    fn layer() -> [(String, Vec<usize>); 2] {
        [("weight".into(), vec![2, 3]), ("bias".into(), vec![3])]
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
