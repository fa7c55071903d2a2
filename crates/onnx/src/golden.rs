//! Golden vectors: inputs of a model and the outputs that every engine must give for them.
//!
//! The text form is JSON: `{"inputs": {"x": {"shape": [2, 1], "data": [0.5, 1]}}, "outputs": {..}}`. Equal vectors give
//! equal text: names are sorted, and each number is written with the fewest digits that read back as the same bits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Array, Error};

/// Inputs and the outputs that belong to them, sorted by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Golden {
    /// What is fed in.
    pub inputs: Vec<Array>,
    /// What must come out.
    pub outputs: Vec<Array>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    inputs: BTreeMap<String, Entry>,
    outputs: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Golden {
    /// Reads the text form.
    ///
    /// # Errors
    ///
    /// [`Error::Golden`] when the text is no such JSON, or an array has more or fewer elements than its shape says.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let document: Document = serde_json::from_str(text).map_err(|error| Error::Golden(error.to_string()))?;
        Ok(Self { inputs: arrays(document.inputs)?, outputs: arrays(document.outputs)? })
    }

    /// The text form, with a line break at its end.
    ///
    /// # Errors
    ///
    /// [`Error::Golden`] when a number is NaN or infinite, which JSON cannot hold, or a shape does not fit.
    pub fn to_text(&self) -> Result<String, Error> {
        let document = Document { inputs: entries(&self.inputs)?, outputs: entries(&self.outputs)? };
        let text = serde_json::to_string(&document).map_err(|error| Error::Golden(error.to_string()))?;
        Ok(text + "\n")
    }
}

fn arrays(entries: BTreeMap<String, Entry>) -> Result<Vec<Array>, Error> {
    let array = |(name, Entry { shape, data })| check(Array { name, shape, values: data });
    entries.into_iter().map(array).collect()
}

fn entries(arrays: &[Array]) -> Result<BTreeMap<String, Entry>, Error> {
    let entry = |array: &Array| {
        let Array { name, shape, values } = check(array.clone())?;
        Ok((name, Entry { shape, data: values }))
    };
    arrays.iter().map(entry).collect()
}

fn check(array: Array) -> Result<Array, Error> {
    if !array.is_consistent() {
        return Err(Error::Golden(format!("{}: the shape does not fit the data", array.name)));
    }
    match array.values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(Error::Golden(format!("{}: {value} is not a finite number", array.name))),
        None => Ok(array),
    }
}

/// The largest relative error of `found` against `reference`.
///
/// For each output the error is `max |found - reference| / max |reference|`, both maxima over its elements; an output
/// whose reference is zero throughout counts `max |found|` instead. The result is the largest over all outputs.
/// Outputs are matched by name, in any order.
///
/// # Errors
///
/// [`Error::Golden`] when an output of the reference is missing, has another shape, or holds NaN.
pub fn max_relative_error(reference: &[Array], found: &[Array]) -> Result<f64, Error> {
    let mut largest = 0.0_f64;
    for expected in reference {
        let other = (found.iter().find(|array| array.name == expected.name))
            .ok_or_else(|| Error::Golden(format!("{}: not among the outputs", expected.name)))?;
        if other.shape != expected.shape || !other.is_consistent() || !expected.is_consistent() {
            let name = expected.name.clone();
            return Err(Error::Shape { name, expected: expected.shape.clone(), found: other.shape.clone() });
        }
        if other.values.iter().chain(&expected.values).any(|value| !value.is_finite()) {
            return Err(Error::Golden(format!("{}: holds something that is not a finite number", expected.name)));
        }
        largest = largest.max(relative_error(&expected.values, &other.values));
    }
    Ok(largest)
}

fn relative_error(reference: &[f32], found: &[f32]) -> f64 {
    let differences = reference.iter().zip(found).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    let difference = differences.fold(0.0, f64::max);
    let scale = reference.iter().map(|value| f64::from(value.abs())).fold(0.0, f64::max);
    if scale > 0.0 { difference / scale } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(name: &str, values: &[f32]) -> Array {
        Array { name: name.into(), shape: vec![values.len()], values: values.to_vec() }
    }

    #[test]
    fn text_gives_back_the_same_bits() {
        let values = [0.1, -1.0 / 3.0, f32::MIN_POSITIVE, f32::MAX, 0.0, 16777217.0];
        let golden = Golden { inputs: vec![array("x", &values)], outputs: vec![array("y", &[1.0])] };
        let text = golden.to_text().unwrap();
        assert_eq!(Golden::parse(&text).unwrap(), golden);
        assert!(text.starts_with(r#"{"inputs":{"x":{"shape":[6],"data":[0.1,"#), "{text}");
    }

    #[test]
    fn broken_text_is_refused() {
        let refusal = |text: &str| Golden::parse(text).expect_err("must be refused").to_string();
        assert!(refusal("{}").contains("missing field"));
        assert!(refusal(r#"{"inputs":{},"outputs":{"y":{"shape":[2],"data":[1]}}}"#).contains("y: the shape"));
        assert!(refusal("<html>").starts_with("golden vectors: expected value"));
    }

    #[test]
    fn what_json_cannot_hold_is_refused() {
        let golden = Golden { inputs: vec![], outputs: vec![array("y", &[f32::NAN])] };
        assert_eq!(golden.to_text().unwrap_err().to_string(), "golden vectors: y: NaN is not a finite number");
    }

    #[test]
    fn the_error_is_relative_to_the_largest_element_of_its_output() {
        let reference = [array("a", &[10.0, 0.001]), array("b", &[0.0])];
        let found = [array("b", &[0.0]), array("a", &[10.0, 0.002])];
        let error = max_relative_error(&reference, &found).unwrap();
        assert!((error - 1e-4).abs() < 1e-9, "{error}");
    }

    #[test]
    fn missing_misshapen_and_nan_outputs_are_refused() {
        let reference = [array("a", &[1.0])];
        assert!(max_relative_error(&reference, &[]).is_err());
        assert!(max_relative_error(&reference, &[array("a", &[1.0, 1.0])]).is_err());
        assert!(max_relative_error(&reference, &[array("a", &[f32::NAN])]).is_err());
    }
}
