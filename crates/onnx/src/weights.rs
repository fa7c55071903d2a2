//! Weights of a file as one vector, for networks without tensors.

use crate::{Error, File};

/// Names that begin so are constants of the exporter or of PyTorch's, never weights: a module path cannot hold it.
pub(crate) const CONSTANT_PREFIX: char = '/';

/// The values of these parameters, given as names and shapes, one after the other.
///
/// Initialisers whose names begin with "/" and those of other element types belong to the operations of the file and
/// are passed over.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Shape`], [`Error::ElementType`], [`Error::NotFinite`] with the name of the parameter;
/// [`Error::Surplus`] when the file holds other weights, too.
pub fn weights(file: &File, parameters: &[(String, Vec<usize>)]) -> Result<Vec<f32>, Error> {
    let mut values = Vec::new();
    for (name, shape) in parameters {
        let initializer = file.initializer(name).ok_or_else(|| Error::Missing(name.clone()))?;
        let own = initializer.floats()?;
        if initializer.shape() != shape {
            let (expected, found) = (shape.clone(), initializer.shape().to_vec());
            return Err(Error::Shape { name: name.clone(), expected, found });
        }
        values.extend(own);
    }
    let weights = file.initializers().iter().filter(|initializer| initializer.is_float());
    let names = weights.map(|initializer| initializer.name().to_owned());
    let is_known = |name: &String| parameters.iter().any(|(known, _)| known == name);
    let surplus: Vec<String> = names.filter(|name| !name.starts_with(CONSTANT_PREFIX) && !is_known(name)).collect();
    if surplus.is_empty() { Ok(values) } else { Err(Error::Surplus(surplus)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::tests::{file_of, raw_float};

    fn read(parameters: &[(&str, &[usize])]) -> Result<Vec<f32>, Error> {
        let tensors = vec![
            raw_float("b", &[2], &[5.0, 6.0]),
            raw_float("/constant/0", &[1], &[99.0]),
            raw_float("a", &[2, 2], &[1.0, 2.0, 3.0, 4.0]),
        ];
        let parameters: Vec<_> = parameters.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect();
        weights(&File::parse(&file_of(tensors)).unwrap(), &parameters)
    }

    #[test]
    fn weights_come_in_the_order_that_was_asked_for() {
        assert_eq!(read(&[("a", &[2, 2]), ("b", &[2])]).unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(read(&[("a", &[2, 2])]), Err(Error::Surplus(vec!["b".into()])));
        assert_eq!(read(&[("a", &[2, 2]), ("b", &[2]), ("c", &[1])]), Err(Error::Missing("c".into())));
        let shape = Error::Shape { name: "a".into(), expected: vec![4], found: vec![2, 2] };
        assert_eq!(read(&[("a", &[4]), ("b", &[2])]), Err(shape));
    }
}
