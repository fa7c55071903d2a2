//! What the networks look like, whoever computes them.

use demo::Error;

/// No experiment has more; a file that claims more is refused before memory is reserved for it.
const MAX_DIMENSION: usize = 256;
const MAX_HIDDEN: usize = 4096;

/// Which of the paper's two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Hamiltonian neural network.
    Hnn,
    /// Multilayer perceptron that regresses the field.
    Baseline,
}

impl Kind {
    /// As in file names: `spring-hnn`, `spring-baseline`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hnn => "hnn",
            Self::Baseline => "baseline",
        }
    }
}

/// The sizes of a network: d -> hidden -> hidden -> 1 (H) or d (dx/dt), biases in both hidden layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// HNN or baseline.
    pub kind: Kind,
    /// d, the numbers of a state.
    pub dimension: usize,
    /// Width of both hidden layers.
    pub hidden: usize,
}

impl Shape {
    /// Numbers that come out.
    pub fn outputs(self) -> usize {
        match self.kind {
            Kind::Hnn => 1,
            Kind::Baseline => self.dimension,
        }
    }

    /// The layers in order: numbers in, numbers out, and whether there is a bias.
    pub fn layers(self) -> [(usize, usize, bool); 3] {
        let Self { dimension, hidden, .. } = self;
        [(dimension, hidden, true), (hidden, hidden, true), (hidden, self.outputs(), false)]
    }

    /// Names and shapes of the parameters in the order of [`nn::parameters`], as they stand in ONNX files.
    pub fn parameters(self) -> Vec<(String, Vec<usize>)> {
        let layers = self.layers().into_iter().enumerate();
        let named = layers.flat_map(|(index, (inputs, outputs, bias))| {
            let weight = (format!("net.layers.{index}.weight"), vec![inputs, outputs]);
            let bias = bias.then(|| (format!("net.layers.{index}.bias"), vec![outputs]));
            [Some(weight), bias]
        });
        named.flatten().collect()
    }

    /// Sizes and parameters of the network in an ONNX file.
    ///
    /// # Errors
    /// [`Error::BadModel`] unless the file holds exactly the weights of such a network, all finite.
    pub(crate) fn read(kind: Kind, bytes: &[u8]) -> Result<(Self, Vec<f32>), Error> {
        let bad = |reason: String| Error::BadModel { name: kind.name().into(), reason };
        let file = onnx::File::parse(bytes).map_err(|error| bad(error.to_string()))?;
        let sides = |name: &str| match file.initializer(name).map(onnx::Initializer::shape) {
            Some(&[inputs, outputs]) => Ok([inputs, outputs]),
            Some(other) => Err(bad(format!("{name} has shape {other:?}, two dimensions are needed"))),
            None => Err(bad(format!("{name} is not in the file"))),
        };
        let [dimension, hidden] = sides("net.layers.0.weight")?;
        if dimension % 2 != 0 || !(2..=MAX_DIMENSION).contains(&dimension) || !(1..=MAX_HIDDEN).contains(&hidden) {
            return Err(bad(format!("net.layers.0.weight has shape [{dimension}, {hidden}]")));
        }
        let [_, found] = sides("net.layers.2.weight")?;
        let shape = Self { kind, dimension, hidden };
        let needed = shape.outputs();
        if found != needed {
            return Err(bad(format!("it has {found} outputs, {needed} are needed for {dimension} inputs")));
        }
        let parameters = onnx::weights(&file, &shape.parameters()).map_err(|error| bad(error.to_string()))?;
        Ok((shape, parameters))
    }

    /// How many numbers are learned.
    pub fn count(self) -> usize {
        self.layers().into_iter().map(|(inputs, outputs, bias)| (inputs + usize::from(bias)) * outputs).sum()
    }

    /// Whether so many parameters are those of such a network.
    ///
    /// # Errors
    /// [`nn::Error::Length`] unless there are exactly as many parameters as in such a network.
    pub(crate) fn check(self, parameters: &[f32]) -> Result<(), nn::Error> {
        let (expected, found) = (self.count(), parameters.len());
        let fits = expected == found;
        fits.then_some(()).ok_or(nn::Error::Length { what: "parameters", expected, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::{Module as _, ModuleVisitor, Param};
    use burn::tensor::{Device, Tensor};
    use math::random::Mt19937;

    #[derive(Default)]
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

    #[test]
    fn names_and_shapes_are_those_of_the_module() {
        for kind in [Kind::Hnn, Kind::Baseline] {
            let shape = Shape { kind, dimension: 4, hidden: 7 };
            let model = super::super::Dynamics::new(kind, 4, 7, &mut Mt19937::new(0), &Device::flex());
            let mut names = Names::default();
            model.visit(&mut names);
            assert_eq!(shape.parameters(), names.found);
            assert_eq!(shape.count(), model.num_params());
            assert_eq!(model.shape(), shape);
        }
    }
}
