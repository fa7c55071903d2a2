//! What the networks look like, whoever computes them.

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

    /// How many numbers are learned.
    pub fn count(self) -> usize {
        self.layers().into_iter().map(|(inputs, outputs, bias)| (inputs + usize::from(bias)) * outputs).sum()
    }
}
