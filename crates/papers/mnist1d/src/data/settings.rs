//! The arguments of the package's `make_dataset`, under its names, and what they may be.

use super::templates::CLASSES;

/// What a data set is made with; [`Settings::default`] is the published one.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    /// Examples in all, training and test; rounded down to the same number for each class.
    pub num_samples: usize,
    /// Share of them to train with.
    pub train_split: f64,
    /// Nominal length of a template: with the largest padding it gives the length of the dilated signal.
    pub template_len: usize,
    /// Fewest and most zeros appended to a template.
    pub padding: [usize; 2],
    /// An example is scaled by a factor within half of this around 1.
    pub scale_coeff: f64,
    /// An example is rotated right by fewer places than this.
    pub max_translation: usize,
    /// Deviation of the noise that is smoothed and fills the padding.
    pub corr_noise_scale: f64,
    /// Deviation of the noise at every point.
    pub iid_noise_scale: f64,
    /// Largest slope of the line that is subtracted, times two.
    pub shear_scale: f64,
    /// Whether the positions are put in a random order, the same for all examples.
    pub shuffle_seq: bool,
    /// Numbers in a row.
    pub final_seq_length: usize,
    /// Of the one random stream.
    pub seed: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            num_samples: 5000,
            train_split: 0.8,
            template_len: 12,
            padding: [36, 60],
            scale_coeff: 0.4,
            max_translation: 48,
            corr_noise_scale: 0.25,
            iid_noise_scale: 0.02,
            shear_scale: 0.75,
            shuffle_seq: false,
            final_seq_length: 40,
            seed: 42,
        }
    }
}

/// Why settings make no data set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// No setting has this name.
    #[error("there is no setting {0:?}; there are {names}", names = NAMES.join(", "))]
    Unknown(String),
    /// The text is not what the setting needs.
    #[error("{name} = {text:?} cannot be read; it needs {needed}")]
    Unreadable {
        /// The setting.
        name: String,
        /// What was given.
        text: String,
        /// Such as "a whole number".
        needed: &'static str,
    },
    /// The value is out of its range.
    #[error("{name} is {value}; it must be {range}")]
    Range {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// The range in words.
        range: String,
    },
    /// The split leaves one side empty.
    #[error(
        "train_split = {split} of {samples} examples leaves {train} rows to train with and {test} to test with; both need at least one"
    )]
    Split {
        /// What was given.
        split: f64,
        /// Examples that there are.
        samples: usize,
        /// Rows to train with.
        train: usize,
        /// Rows to test with.
        test: usize,
    },
    /// The result would not fit into memory.
    #[error("{samples} examples of {length} numbers are too many; at most {MOST_NUMBERS} numbers in all, please")]
    TooLarge {
        /// Examples.
        samples: usize,
        /// Numbers in each.
        length: usize,
    },
    /// A template that a visitor drew holds something that is not a number, or there is none.
    #[error("every class needs a template of twelve finite numbers")]
    Template,
}

/// The settings by name, in the order of the package.
pub const NAMES: [&str; 12] = [
    "num_samples",
    "train_split",
    "template_len",
    "padding",
    "scale_coeff",
    "max_translation",
    "corr_noise_scale",
    "iid_noise_scale",
    "shear_scale",
    "shuffle_seq",
    "final_seq_length",
    "seed",
];

/// Numbers in all that a data set may have: 400 MB.
const MOST_NUMBERS: usize = 50_000_000;

/// Longest row and longest signal on the way to it.
const LONGEST: usize = 10_000;

impl Settings {
    /// Sets one by name from text, as on a command line; `padding` is two numbers with a comma between.
    ///
    /// # Errors
    /// When there is no such setting or the text is not what it needs. The settings are then unchanged.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), SettingsError> {
        match name {
            "num_samples" => self.num_samples = whole(name, text)?,
            "train_split" => self.train_split = real(name, text)?,
            "template_len" => self.template_len = whole(name, text)?,
            "padding" => self.padding = pair(name, text)?,
            "scale_coeff" => self.scale_coeff = real(name, text)?,
            "max_translation" => self.max_translation = whole(name, text)?,
            "corr_noise_scale" => self.corr_noise_scale = real(name, text)?,
            "iid_noise_scale" => self.iid_noise_scale = real(name, text)?,
            "shear_scale" => self.shear_scale = real(name, text)?,
            "shuffle_seq" => self.shuffle_seq = truth(name, text)?,
            "final_seq_length" => self.final_seq_length = whole(name, text)?,
            "seed" => self.seed = read(name, text, "a whole number from 0 to 4294967295")?,
            _ => return Err(SettingsError::Unknown(name.into())),
        }
        Ok(())
    }

    /// Whether these make a data set.
    ///
    /// # Errors
    /// The first setting that does not, and what it must be.
    pub fn check(&self) -> Result<(), SettingsError> {
        within("num_samples", self.num_samples, CLASSES, 10_000_000)?;
        within("template_len", self.template_len, 2, LONGEST)?;
        within("padding", self.padding[1], 0, LONGEST)?;
        if self.padding[0] > self.padding[1] {
            let range = format!("two numbers, the smaller first; {} is larger", self.padding[0]);
            return Err(SettingsError::Range { name: "padding", value: format!("{:?}", self.padding), range });
        }
        within("max_translation", self.max_translation, 1, LONGEST)?;
        within("final_seq_length", self.final_seq_length, 2, LONGEST)?;
        for (name, value) in [
            ("scale_coeff", self.scale_coeff),
            ("corr_noise_scale", self.corr_noise_scale),
            ("iid_noise_scale", self.iid_noise_scale),
            ("shear_scale", self.shear_scale),
        ] {
            finite(name, value)?;
        }
        self.check_split()
    }

    fn check_split(&self) -> Result<(), SettingsError> {
        let samples = self.num_samples / CLASSES * CLASSES;
        if !(0.0..=1.0).contains(&self.train_split) {
            let range = "a number between 0 and 1".into();
            return Err(SettingsError::Range { name: "train_split", value: self.train_split.to_string(), range });
        }
        let train = self.training_rows(samples);
        if train == 0 || train == samples {
            let (split, test) = (self.train_split, samples - train);
            return Err(SettingsError::Split { split, samples, train, test });
        }
        if samples.saturating_mul(self.final_seq_length) > MOST_NUMBERS {
            return Err(SettingsError::TooLarge { samples, length: self.final_seq_length });
        }
        Ok(())
    }

    /// Rows to train with, of so many.
    pub(super) fn training_rows(&self, samples: usize) -> usize {
        ((samples as f64 * self.train_split) as usize).min(samples)
    }

    /// Length of the signal between dilation and shear.
    pub fn dilated_length(&self) -> usize {
        self.template_len + self.padding[1]
    }
}

fn within(name: &'static str, value: usize, low: usize, high: usize) -> Result<(), SettingsError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(SettingsError::Range { name, value: value.to_string(), range: format!("from {low} to {high}") })
}

fn finite(name: &'static str, value: f64) -> Result<(), SettingsError> {
    const LARGEST: f64 = 1e6;
    if value.abs() <= LARGEST {
        return Ok(());
    }
    Err(SettingsError::Range { name, value: value.to_string(), range: "a number between -1e6 and 1e6".into() })
}

fn read<T: std::str::FromStr>(name: &str, text: &str, needed: &'static str) -> Result<T, SettingsError> {
    let unreadable = || SettingsError::Unreadable { name: name.into(), text: text.into(), needed };
    text.trim().parse().map_err(|_| unreadable())
}

fn whole(name: &str, text: &str) -> Result<usize, SettingsError> {
    read(name, text, "a whole number")
}

fn real(name: &str, text: &str) -> Result<f64, SettingsError> {
    read(name, text, "a number")
}

fn truth(name: &str, text: &str) -> Result<bool, SettingsError> {
    read(name, &text.to_ascii_lowercase(), "true or false")
}

fn pair(name: &str, text: &str) -> Result<[usize; 2], SettingsError> {
    let needed = "two whole numbers with a comma between, as in 36,60";
    let unreadable = || SettingsError::Unreadable { name: name.into(), text: text.into(), needed };
    let (low, high) = text.split_once(',').ok_or_else(unreadable)?;
    Ok([read(name, low, needed).map_err(|_| unreadable())?, read(name, high, needed).map_err(|_| unreadable())?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(changes: &[(&str, &str)]) -> String {
        let mut settings = Settings::default();
        let outcome = changes.iter().try_for_each(|(name, text)| settings.set(name, text));
        outcome.and_then(|()| settings.check()).expect_err("must be refused").to_string()
    }

    #[test]
    fn every_setting_is_set_by_its_name() {
        let given = ["2000", "0.5", "13", "30,61", "0.5", "40", "0.2", "0.03", "1", "True", "50", "7"];
        let mut settings = Settings::default();
        for (name, text) in NAMES.iter().zip(given) {
            let before = settings.clone();
            settings.set(name, text).unwrap();
            assert_ne!(settings, before, "{name}");
        }
        assert_eq!(settings.check(), Ok(()));
        assert_eq!((settings.padding, settings.shuffle_seq, settings.seed), ([30, 61], true, 7));
    }

    #[test]
    fn what_makes_no_data_set_is_refused_in_words() {
        let cases = [
            ("num_samples", "0", "num_samples is 0; it must be from 10"),
            ("num_samples", "-5", "num_samples = \"-5\" cannot be read; it needs a whole number"),
            ("train_split", "0", "leaves 0 rows to train with and 5000 to test with"),
            ("train_split", "1", "leaves 5000 rows to train with and 0 to test with"),
            ("train_split", "NaN", "train_split is NaN; it must be a number between 0 and 1"),
            ("final_seq_length", "0", "final_seq_length is 0"),
            ("max_translation", "0", "max_translation is 0"),
            ("template_len", "0", "template_len is 0"),
            ("padding", "60,36", "the smaller first"),
            ("padding", "36", "two whole numbers with a comma between"),
            ("iid_noise_scale", "inf", "iid_noise_scale is inf"),
            ("shuffle_seq", "maybe", "true or false"),
            ("seed", "-1", "0 to 4294967295"),
            ("noise", "1", "there is no setting \"noise\"; there are num_samples"),
        ];
        for (name, text, part) in cases {
            let message = refusal(&[(name, text)]);
            assert!(message.contains(part), "{message}");
        }
        let message = refusal(&[("num_samples", "1000000"), ("final_seq_length", "10000")]);
        assert!(message.contains("too many"), "{message}");
    }

    #[test]
    fn a_refused_text_changes_nothing() {
        let mut settings = Settings::default();
        assert!(settings.set("padding", "1,x").is_err());
        assert_eq!(settings, Settings::default());
    }
}
