//! Pooling against data size (notebook benchmark-pooling): two convolutions of 20 channels with five ways to shrink a signal.

use crate::data::{CLASSES, Settings};
use crate::model::{Activation, Conv, Dense, Layer, Network, POSITIONS, Pool, Pooling};

/// Channels.
const CHANNELS: usize = 20;
/// Training rows of the benchmark.
pub const SIZES: [usize; 6] = [1000, 2000, 5000, 10_000, 20_000, 50_000];
/// Test rows.
pub const TEST_ROWS: usize = 1000;

/// How a signal becomes shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shrinking {
    /// Not at all.
    None,
    /// By convolutions of stride 2.
    Stride,
    /// By pooling two neighbours.
    Pool(Pooling),
}

impl Shrinking {
    /// All, in the order of the paper.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Stride, Self::Pool(Pooling::Max), Self::Pool(Pooling::Average), Self::Pool(Pooling::L2)];

    /// In file names.
    pub fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Stride => "stride",
            Self::Pool(Pooling::Max) => "max",
            Self::Pool(Pooling::Average) => "average",
            Self::Pool(Pooling::L2) => "l2",
        }
    }

    /// The network, with all parameters zero.
    pub fn network(self) -> Network {
        let stride = if self == Self::Stride { 2 } else { 1 };
        let first = Conv {
            inputs: 1,
            outputs: CHANNELS,
            kernel: 3,
            stride,
            padding: 1,
            length: POSITIONS,
            activation: Activation::Relu,
        };
        let mut layers = vec![("conv1", Layer::Conv(first))];
        let length = self.pool(&mut layers, "pool1", first.positions());
        let second = Conv { inputs: CHANNELS, length, ..first };
        layers.push(("conv2", Layer::Conv(second)));
        let length = self.pool(&mut layers, "pool2", second.positions());
        let last = Dense {
            inputs: length * CHANNELS,
            outputs: CLASSES,
            activation: Activation::None,
            skip: false,
            flattens: [length, CHANNELS],
        };
        layers.push(("linear", Layer::Dense(last)));
        Network::new(layers)
    }

    /// Appends a pooling layer where there is one; gives the length after it.
    fn pool(self, layers: &mut Vec<(&'static str, Layer)>, name: &'static str, length: usize) -> usize {
        let Self::Pool(kind) = self else { return length };
        layers.push((name, Layer::Pool(Pool { kind, channels: CHANNELS, length })));
        length / 2
    }
}

/// The data set with so many training rows.
pub fn settings(size: usize) -> Settings {
    let all = size + TEST_ROWS;
    // A little more than the share, so that rounding down gives the size.
    Settings { num_samples: all, train_split: (size as f64 + 0.5) / all as f64, ..Settings::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::generate;

    #[test]
    fn networks_end_in_as_many_numbers_as_published() {
        let inputs = |way: Shrinking| match way.network().layers().last() {
            Some((_, Layer::Dense(dense))) => dense.inputs,
            _ => 0,
        };
        assert_eq!(Shrinking::ALL.map(inputs), [800, 200, 200, 200, 200]);
    }

    #[test]
    fn sizes_are_those_asked_for() {
        let data = generate(&settings(1000)).unwrap();
        assert_eq!((data.rows(), data.test_rows()), (1000, 1000));
        assert!(SIZES.iter().all(|size| settings(*size).check().is_ok()));
    }
}
