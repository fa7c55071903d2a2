//! MNIST-1D: the procedural data set, byte for byte that of the authors' package (`mnist1d` 0.0.2.post1, `make_dataset`).
//!
//! [`Settings`] are the package's arguments, checked once as a [`Generator`]; [`generate`] makes the whole [`Dataset`], and
//! [`stages`] one example in eight steps that can be looked at. All randomness is one NumPy legacy stream in the order of the
//! package, so that rounding to 32 bits gives files with the hashes of [`hashes`].

pub mod filter;
pub mod hashes;
pub mod interpolate;
pub mod labels;
pub mod pieces;
pub mod settings;
pub mod stages;
mod sums;
pub mod templates;

use math::linspace;
use math::random::Mt19937;

pub use pieces::Pieces;
pub use settings::{Settings, SettingsError};
pub use stages::{Draws, STAGES, Stages};
pub use templates::{CLASSES, POINTS, Template};

use interpolate::Resampler;

/// A data set: rows of `length` numbers and a class 0..=9 for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Numbers in a row.
    pub length: usize,
    /// Training rows, `[N, length]`.
    pub x: Vec<f64>,
    /// Their classes, `[N]`.
    pub y: Vec<u8>,
    /// Test rows, `[M, length]`.
    pub x_test: Vec<f64>,
    /// Their classes, `[M]`.
    pub y_test: Vec<u8>,
    /// The common abscissa, `[length]`, divided by the standard deviation as the package does.
    pub t: Vec<f64>,
    /// Mean of all values before standardising.
    pub mean: f64,
    /// Their population standard deviation.
    pub deviation: f64,
}

impl Dataset {
    /// How many training rows.
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// How many test rows.
    pub fn test_rows(&self) -> usize {
        self.y_test.len()
    }

    /// A training row.
    pub fn row(&self, index: usize) -> &[f64] {
        &self.x[index * self.length..(index + 1) * self.length]
    }

    /// A test row.
    pub fn test_row(&self, index: usize) -> &[f64] {
        &self.x_test[index * self.length..(index + 1) * self.length]
    }

    /// The same rows with their positions in another order: column i of the result is column `order[i]` of this.
    ///
    /// [`labels::NOTEBOOK_ORDER`] is the order of the authors' notebooks.
    pub fn with_positions(&self, order: &[usize]) -> Self {
        let moved = |rows: &[f64]| {
            rows.chunks_exact(self.length).flat_map(|row| order.iter().map(|&column| row[column])).collect()
        };
        Self { x: moved(&self.x), x_test: moved(&self.x_test), length: order.len(), ..self.clone() }
    }
}

/// The data set of these settings.
///
/// # Errors
/// When a setting makes no data set; the message says which and what would.
pub fn generate(settings: &Settings) -> Result<Dataset, SettingsError> {
    generate_from(settings, &mut Mt19937::new(settings.seed))
}

/// The same from a stream that was seeded before, and that goes on afterwards (noisy labels are drawn from it).
///
/// # Errors
/// As [`generate`].
pub fn generate_from(settings: &Settings, random: &mut Mt19937) -> Result<Dataset, SettingsError> {
    let mut generator = Generator::new(settings)?;
    let mut raw = generator.raw(random);
    raw.shuffle(random);
    if settings.shuffle_seq {
        raw.shuffle_positions(random);
    }
    Ok(raw.standardised(settings, &generator.abscissa()))
}

/// Settings that were checked, with what all examples share.
#[derive(Clone, Debug)]
pub struct Generator {
    settings: Settings,
    templates: Vec<Template>,
    stages: Stages,
}

impl Generator {
    /// With the published templates.
    ///
    /// # Errors
    /// When a setting makes no data set.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        Self::with_templates(settings, templates::standardised().to_vec())
    }

    /// With other templates, one for each class.
    ///
    /// # Errors
    /// When a setting makes no data set.
    pub fn with_templates(settings: &Settings, templates: Vec<Template>) -> Result<Self, SettingsError> {
        settings.check()?;
        if templates.is_empty() || templates.iter().flatten().any(|value| !value.is_finite()) {
            return Err(SettingsError::Template);
        }
        Ok(Self { settings: settings.clone(), templates, stages: Stages::new(settings) })
    }

    /// The next example of a class, in its eight stages.
    ///
    /// # Panics
    /// Never: a class beyond the templates is taken as the last.
    pub fn example(&mut self, class: usize, random: &mut Mt19937) -> &Stages {
        let template = &self.templates[class.min(self.templates.len() - 1)];
        self.stages.run(template, &self.settings, random);
        &self.stages
    }

    /// The abscissa of every example, before division by the standard deviation.
    pub fn abscissa(&self) -> Vec<f64> {
        let long = self.settings.dilated_length();
        let points = templates::abscissa();
        let mut dilated = vec![0.0; long];
        let mut t = vec![0.0; self.settings.final_seq_length];
        Resampler::new(long).run(&points, &mut dilated);
        Resampler::new(self.settings.final_seq_length).run(&dilated, &mut t);
        t
    }

    /// All examples, class after class, before they are shuffled.
    fn raw(&mut self, random: &mut Mt19937) -> Raw {
        let per_class = self.settings.num_samples / self.templates.len();
        let length = self.settings.final_seq_length;
        let mut x = Vec::with_capacity(per_class * self.templates.len() * length);
        let mut y = Vec::with_capacity(per_class * self.templates.len());
        for class in 0..self.templates.len() {
            for _ in 0..per_class {
                x.extend_from_slice(self.example(class, random).result());
                y.push(class as u8);
            }
        }
        Raw { length, x, y }
    }
}

/// Examples that are not standardised yet.
#[derive(Clone, Debug)]
struct Raw {
    length: usize,
    x: Vec<f64>,
    y: Vec<u8>,
}

impl Raw {
    fn shuffle(&mut self, random: &mut Mt19937) {
        let order = random.permutation(self.y.len());
        let row = |index: &usize| &self.x[index * self.length..(index + 1) * self.length];
        self.x = order.iter().flat_map(row).copied().collect();
        self.y = order.iter().map(|index| self.y[*index]).collect();
    }

    /// Gives the order.
    fn shuffle_positions(&mut self, random: &mut Mt19937) -> Vec<usize> {
        let order = random.permutation(self.length);
        let moved = self.x.chunks_exact(self.length).flat_map(|row| order.iter().map(|&column| row[column]));
        self.x = moved.collect();
        order
    }

    fn standardised(mut self, settings: &Settings, t: &[f64]) -> Dataset {
        let (mean, deviation) = sums::mean_and_deviation(&self.x);
        self.x.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
        let split = settings.training_rows(self.y.len());
        let x_test = self.x.split_off(split * self.length);
        let y_test = self.y.split_off(split);
        let t = t.iter().map(|t| t / deviation).collect();
        Dataset { length: self.length, x: self.x, y: self.y, x_test, y_test, t, mean, deviation }
    }
}

/// The abscissa of a shear: from -1/2 to 1/2.
fn shear_ramp(length: usize) -> Vec<f64> {
    linspace(-0.5, 0.5, length)
}
