//! One example in the making: eight stages from a template to a row, all of one random stream.

use math::random::Mt19937;

use super::filter::GaussianFilter;
use super::interpolate::Resampler;
use super::settings::Settings;
use super::shear_ramp;
use super::templates::{POINTS, Template};

/// What happens at each stage, in order.
pub const STAGES: [&str; 8] = [
    "Pad with zeros",
    "Stretch",
    "Scale",
    "Rotate",
    "Fill the padding with correlated noise",
    "Add noise",
    "Shear",
    "Take every other sample",
];

/// Keeps a template's zeros apart from the padding's.
const EPSILON: f64 = 1e-8;

/// What was drawn for an example besides its noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Draws {
    /// Zeros appended.
    pub padding: usize,
    /// Factor of the heights.
    pub scale: f64,
    /// Places rotated to the right.
    pub translation: usize,
    /// What is subtracted from end to end.
    pub shear: f64,
}

/// The signal after each of the eight stages; used again for example after example.
#[derive(Clone, Debug)]
pub struct Stages {
    draws: Draws,
    signals: [Vec<f64>; STAGES.len()],
    dilate: Resampler,
    subsample: Resampler,
    filter: GaussianFilter,
    noise: Vec<f64>,
    ramp: Vec<f64>,
}

impl Stages {
    /// Room for the examples of these settings.
    pub(super) fn new(settings: &Settings) -> Self {
        let long = settings.dilated_length();
        let mut signals: [Vec<f64>; STAGES.len()] = std::array::from_fn(|_| vec![0.0; long]);
        signals[7] = vec![0.0; settings.final_seq_length];
        Self {
            draws: Draws::default(),
            signals,
            dilate: Resampler::new(long),
            subsample: Resampler::new(settings.final_seq_length),
            filter: GaussianFilter::default(),
            noise: vec![0.0; long],
            ramp: shear_ramp(long),
        }
    }

    /// The signal after the stage of this index, 0..8.
    pub fn signal(&self, stage: usize) -> &[f64] {
        &self.signals[stage.min(STAGES.len() - 1)]
    }

    /// The example, not standardised.
    pub fn result(&self) -> &[f64] {
        &self.signals[STAGES.len() - 1]
    }

    /// What was drawn for it.
    pub fn draws(&self) -> Draws {
        self.draws
    }

    /// Makes the next example of the stream.
    pub(super) fn run(&mut self, template: &Template, settings: &Settings, random: &mut Mt19937) {
        self.pad(template, settings.padding, random);
        self.stretch();
        self.scale(settings.scale_coeff, random);
        self.rotate(settings.max_translation, random);
        self.correlated_noise(settings.corr_noise_scale, random);
        self.independent_noise(settings.iid_noise_scale, random);
        self.shear(settings.shear_scale, random);
        let [.., sheared, result] = &mut self.signals;
        self.subsample.run(sheared, result);
    }

    fn pad(&mut self, template: &Template, [low, high]: [usize; 2], random: &mut Mt19937) {
        self.draws.padding = low + (random.rand() * (high - low + 1) as f64) as usize;
        let padded = &mut self.signals[0];
        padded.clear();
        padded.extend(template.iter().map(|value| value + EPSILON));
        padded.resize(POINTS + self.draws.padding, 0.0);
    }

    fn stretch(&mut self) {
        let [padded, stretched, ..] = &mut self.signals;
        self.dilate.run(padded, stretched);
    }

    fn scale(&mut self, coefficient: f64, random: &mut Mt19937) {
        self.draws.scale = 1.0 + coefficient * (random.rand() - 0.5);
        let [_, stretched, scaled, ..] = &mut self.signals;
        scaled.iter_mut().zip(stretched).for_each(|(out, value)| *out = *value * self.draws.scale);
    }

    fn rotate(&mut self, places: usize, random: &mut Mt19937) {
        self.draws.translation = random.randint(0, places as i64) as usize;
        let [_, _, scaled, rotated, ..] = &mut self.signals;
        rotated.copy_from_slice(scaled);
        // The package's slices leave a signal as it is that would be rotated by more than its length.
        if self.draws.translation < rotated.len() {
            rotated.rotate_right(self.draws.translation);
        }
    }

    fn correlated_noise(&mut self, deviation: f64, random: &mut Mt19937) {
        self.noise.iter_mut().for_each(|value| *value = deviation * random.randn());
        self.filter.run(&mut self.noise);
        let [_, _, _, rotated, filled, ..] = &mut self.signals;
        for ((out, value), noise) in filled.iter_mut().zip(rotated).zip(&self.noise) {
            *out = if *value == 0.0 { *noise } else { *value };
        }
    }

    fn independent_noise(&mut self, deviation: f64, random: &mut Mt19937) {
        let [_, _, _, _, filled, noisy, ..] = &mut self.signals;
        noisy.iter_mut().zip(filled).for_each(|(out, value)| *out = *value + deviation * random.randn());
    }

    fn shear(&mut self, scale: f64, random: &mut Mt19937) {
        self.draws.shear = scale * (random.rand() - 0.5);
        let [.., noisy, sheared, _] = &mut self.signals;
        for ((out, value), ramp) in sheared.iter_mut().zip(noisy).zip(&self.ramp) {
            *out = *value - self.draws.shear * ramp;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Generator;

    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() <= 1e-15, "{value} against {expected}");
    }

    #[test]
    fn the_first_example_of_seed_42_is_the_packages() {
        // Traced in the package with numpy 2.4.6 and SciPy 1.17.1.
        let mut generator = Generator::new(&Settings::default()).unwrap();
        let example = generator.example(0, &mut Mt19937::new(42));
        let Draws { padding, scale, translation, shear } = example.draws();
        assert_eq!((padding, translation), (45, 42));
        close(scale, 1.1802857225639665);
        close(shear, -0.20981921432583878);
        close(example.result()[0], -0.04209311418726071);
        close(example.result()[1], -0.12469535166425322);
        let noise = |index: usize| example.signal(5)[index] - example.signal(4)[index];
        close(noise(0), -0.018675256818241);
        close(noise(1), 0.015684163753078767);
    }

    #[test]
    fn every_stage_has_its_length() {
        let mut generator = Generator::new(&Settings::default()).unwrap();
        let example = generator.example(3, &mut Mt19937::new(7));
        let lengths: Vec<usize> = (0..STAGES.len()).map(|stage| example.signal(stage).len()).collect();
        assert_eq!(lengths, [POINTS + example.draws().padding, 72, 72, 72, 72, 72, 72, 40]);
    }

    #[test]
    fn long_rotations_leave_the_signal() {
        let settings = Settings { padding: [0, 0], max_translation: 5000, ..Settings::default() };
        let mut generator = Generator::new(&settings).unwrap();
        let example = generator.example(1, &mut Mt19937::new(3));
        assert!(example.draws().translation >= 12);
        assert_eq!(example.signal(3), example.signal(2));
    }
}
