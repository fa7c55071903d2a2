//! The networks of the paper.

use super::gru::Gru;
use super::layer::{Activation, Conv, Dense, Layer};
use super::network::Network;
use crate::data::CLASSES;

/// Numbers in a row of the data set.
pub const POSITIONS: usize = 40;

/// Channels of the published CNN.
const CHANNELS: usize = 25;
/// Width of the published MLP.
const WIDTH: usize = 100;
/// Numbers in a state of the published GRU.
const HIDDEN: usize = 6;

/// How many there are in [`Kind::ALL`].
pub const CLASSIFIERS: usize = 4;

/// The four classifiers of the paper's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Logistic regression.
    Logistic,
    /// A multilayer perceptron with a skip connection.
    Mlp,
    /// A convolutional network.
    Cnn,
    /// A bidirectional gated recurrent unit.
    Gru,
}

impl Kind {
    /// All, in the order of the paper.
    pub const ALL: [Self; CLASSIFIERS] = [Self::Logistic, Self::Mlp, Self::Cnn, Self::Gru];

    /// In file names and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Mlp => "mlp",
            Self::Cnn => "cnn",
            Self::Gru => "gru",
        }
    }

    /// The one of this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// For readers.
    pub fn label(self) -> &'static str {
        match self {
            Self::Logistic => "Logistic regression",
            Self::Mlp => "MLP",
            Self::Cnn => "CNN",
            Self::Gru => "GRU",
        }
    }

    /// The published network for rows of 40, with all parameters zero.
    pub fn network(self) -> Network {
        match self {
            Self::Logistic => Network::new(vec![("linear", dense(POSITIONS, CLASSES, Activation::None))]),
            Self::Mlp => residual_perceptron(WIDTH),
            Self::Cnn => convolutional(CHANNELS),
            Self::Gru => recurrent(HIDDEN),
        }
    }
}

/// 40 - width - width - 10 with a skip connection over the second layer: the paper's MLP (width 100; lottery tickets: 500).
pub fn residual_perceptron(width: usize) -> Network {
    let second = Dense { skip: true, ..plain(width, width, Activation::Relu) };
    Network::new(vec![
        ("linear1", dense(POSITIONS, width, Activation::Relu)),
        ("linear2", Layer::Dense(second)),
        ("linear3", dense(width, CLASSES, Activation::None)),
    ])
}

/// 40 - width - width - 10 without it (deep double descent).
pub fn perceptron(width: usize) -> Network {
    Network::new(vec![
        ("linear1", dense(POSITIONS, width, Activation::Relu)),
        ("linear2", dense(width, width, Activation::Relu)),
        ("linear3", dense(width, CLASSES, Activation::None)),
    ])
}

/// Three convolutions with stride 2 and a linear layer: the paper's CNN (25 channels).
pub fn convolutional(channels: usize) -> Network {
    let first = Conv {
        inputs: 1,
        outputs: channels,
        kernel: 5,
        stride: 2,
        padding: 1,
        length: POSITIONS,
        activation: Activation::Relu,
    };
    let second = Conv { inputs: channels, kernel: 3, length: first.positions(), ..first };
    let third = Conv { length: second.positions(), ..second };
    let flattens = [third.positions(), channels];
    let last = Dense { flattens, ..plain(third.positions() * channels, CLASSES, Activation::None) };
    Network::new(vec![
        ("conv1", Layer::Conv(first)),
        ("conv2", Layer::Conv(second)),
        ("conv3", Layer::Conv(third)),
        ("linear", Layer::Dense(last)),
    ])
}

fn recurrent(hidden: usize) -> Network {
    Network::new(vec![
        ("gru", Layer::Gru(Gru { inputs: 1, hidden, length: POSITIONS })),
        ("linear", dense(2 * hidden * POSITIONS, CLASSES, Activation::None)),
    ])
}

fn dense(inputs: usize, outputs: usize, activation: Activation) -> Layer {
    Layer::Dense(plain(inputs, outputs, activation))
}

fn plain(inputs: usize, outputs: usize, activation: Activation) -> Dense {
    Dense { inputs, outputs, activation, skip: false, flattens: [1, inputs] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_as_many_as_published() {
        let counts = Kind::ALL.map(|kind| kind.network().parameters.len());
        assert_eq!(counts, [410, 15_210, 5_210, 5_134]);
        assert_eq!(residual_perceptron(500).parameters.len(), 276_010);
    }

    #[test]
    fn every_network_takes_a_row_and_gives_ten_logits() {
        for kind in Kind::ALL {
            let network = kind.network();
            assert_eq!((network.inputs(), network.outputs()), (POSITIONS, CLASSES));
            assert_eq!(Kind::from_id(kind.id()), Some(kind));
        }
    }
}
