//! SHA-256 of the data sets that the paper's experiments use, rounded to little-endian 32-bit floats, labels as bytes.
//!
//! They were computed with the package, and again by a generator without NumPy; who holds the same five has the same data.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Dataset;

/// `x`, `x_test`, `y`, `y_test` and `t` of the default settings.
pub const DEFAULT: Hashes = Hashes {
    x: "d53506bddd12d3b72c7153b1ae7f34807724b1dd078a7273809bf9d0792319f6",
    x_test: "30addc43827c82aafa5db8bc97cea63349ca687e87db2f201cc4f5415d9a4ebd",
    y: Some("6e13c7aab5f831266ec59efd193e310c511faefd71cfc5d39427c20337df4dc6"),
    y_test: Some("9486539f99fcca7dc5923aba4d0cb5b7963f8e8e1f74398ca33a64ccb3b5b654"),
    t: Some("0352efd10cd28e71a0f722fade89db2c326ee004a7dcf8c9704a5adaf0bad6c8"),
};

/// With `shuffle_seq`.
pub const SHUFFLED: Hashes = Hashes {
    x: "c94aded3ac20330bce40bdf6306edca21558a1f13825c583ce522197c5fc9e0a",
    x_test: "19d43390a6c3f3a65221833218fd31f3db8420f5fc3285730ccdfd409508915e",
    ..Hashes::NONE
};

/// With seed 43, to which lottery tickets are transferred.
pub const SEED_43: Hashes = Hashes {
    x: "2a92cb2ca34caf07bb6128073eaa15f6130734e5d0ca126b38addcb63e6136e0",
    x_test: "67a2c4da81625c9bc46b5172650257daa040343f680979001f0f189e94b027ca",
    ..Hashes::NONE
};

/// 16,000 examples, a quarter of them to train with: deep double descent.
pub const DOUBLE_DESCENT: Hashes = Hashes {
    x: "17bdb7fd07a55ceacbb9beee8e4bc4b0e0cd57ee6070b02cbd8a745f26f167ec",
    x_test: "87b29379241da18351d84c0bf125b3a3d7bf8e9e9d342e269bef54771c843544",
    ..Hashes::NONE
};

/// `x` of 10,000 examples: metalearning an activation function.
pub const ACTIVATION_X: &str = "edd05380c00eda9534156c520541ea943882a534a04cc868871fcc5340d5d5a4";

/// The training labels of [`DOUBLE_DESCENT`] with 15 % noise.
pub const NOISY_LABELS: &str = "8023817a23b4c3fb7b1b6f1d4f6e75685461d1343707d9526a5f4c866dea7bb1";

/// Hashes of a data set, those that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Training rows.
    pub x: &'static str,
    /// Test rows.
    pub x_test: &'static str,
    /// Classes of the training rows.
    pub y: Option<&'static str>,
    /// Classes of the test rows.
    pub y_test: Option<&'static str>,
    /// Abscissa.
    pub t: Option<&'static str>,
}

impl Hashes {
    const NONE: Self = Self { x: "", x_test: "", y: None, y_test: None, t: None };

    /// Name of each array, whether it has the expected hash. Unknown hashes are left out.
    pub fn check(&self, data: &Dataset) -> Vec<(&'static str, bool)> {
        let known = [
            ("x", Some(self.x), of_floats(&data.x)),
            ("x_test", Some(self.x_test), of_floats(&data.x_test)),
            ("y", self.y, of_bytes(&data.y)),
            ("y_test", self.y_test, of_bytes(&data.y_test)),
            ("t", self.t, of_floats(&data.t)),
        ];
        known.into_iter().filter_map(|(name, expected, found)| Some((name, found == expected?))).collect()
    }

    /// Whether every known hash agrees.
    pub fn agree(&self, data: &Dataset) -> bool {
        self.check(data).iter().all(|(_, same)| *same)
    }
}

/// SHA-256 in hex of numbers as little-endian 32-bit floats.
pub fn of_floats(values: &[f64]) -> String {
    let mut hash = FloatHash::default();
    hash.add(values);
    hash.finish()
}

/// The same of numbers that are taken in piece by piece.
#[derive(Clone, Debug, Default)]
pub struct FloatHash(Sha256);

impl FloatHash {
    /// Takes in the next numbers.
    pub fn add(&mut self, values: &[f64]) {
        for chunk in values.chunks(1024) {
            let bytes: Vec<u8> = chunk.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect();
            self.0.update(&bytes);
        }
    }

    /// The hash of all of them.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// SHA-256 in hex of bytes.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Settings, generate, generate_from, labels};
    use math::random::Mt19937;

    fn check(hashes: Hashes, settings: &Settings) {
        let data = generate(settings).unwrap();
        let found = hashes.check(&data);
        assert!(found.iter().all(|(_, same)| *same), "{found:?}");
    }

    #[test]
    fn the_published_data_set_is_ours() {
        let data = generate(&Settings::default()).unwrap();
        assert_eq!(DEFAULT.check(&data).len(), 5);
        assert!(DEFAULT.agree(&data), "{:?}", DEFAULT.check(&data));
        assert_eq!(data.y[..10], [2, 6, 4, 5, 6, 6, 6, 0, 3, 1]);
        assert!((data.mean - -0.00550750643127718).abs() < 1e-15, "{}", data.mean);
        assert!((data.deviation - 0.1546780342059305).abs() < 1e-15, "{}", data.deviation);
    }

    #[test]
    fn a_single_changed_number_is_seen() {
        let mut data = generate(&Settings::default()).unwrap();
        data.x_test[39_999] += 1e-6;
        assert!(!DEFAULT.agree(&data));
    }

    #[test]
    fn so_are_those_of_the_experiments() {
        check(SHUFFLED, &Settings { shuffle_seq: true, ..Settings::default() });
        check(SEED_43, &Settings { seed: 43, ..Settings::default() });
        let activation = generate(&Settings { num_samples: 10_000, ..Settings::default() }).unwrap();
        assert_eq!(of_floats(&activation.x), ACTIVATION_X);
    }

    #[test]
    fn noisy_labels_go_on_with_the_stream() {
        let mut random = Mt19937::new(42);
        let settings = Settings { num_samples: 16_000, train_split: 0.25, ..Settings::default() };
        let data = generate_from(&settings, &mut random).unwrap();
        assert!(DOUBLE_DESCENT.agree(&data));
        let mut noisy = data.y.clone();
        let redrawn = labels::add_noise(&mut noisy, 0.15, &mut random);
        let changed = noisy.iter().zip(&data.y).filter(|(noisy, label)| noisy != label).count();
        assert_eq!((redrawn, changed), (639, 577));
        assert_eq!(of_bytes(&noisy), NOISY_LABELS);
    }
}
