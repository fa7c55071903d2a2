//! The data set made piece by piece, for whoever must not stop while it is made.

use math::random::Mt19937;

use super::{Dataset, Generator, Raw, Settings, SettingsError, Stages, Template};

/// A data set in the making: the numbers of [`super::generate`], a few examples at a time.
#[derive(Clone, Debug)]
pub struct Pieces {
    generator: Generator,
    random: Mt19937,
    raw: Raw,
    per_class: usize,
}

impl Pieces {
    /// Nothing yet, with one template for each class.
    ///
    /// # Errors
    /// When a setting or a template makes no data set.
    pub fn new(settings: &Settings, templates: Vec<Template>) -> Result<Self, SettingsError> {
        let per_class = settings.num_samples / templates.len().max(1);
        let generator = Generator::with_templates(settings, templates)?;
        let raw = Raw { length: settings.final_seq_length, x: Vec::new(), y: Vec::new() };
        Ok(Self { generator, random: Mt19937::new(settings.seed), raw, per_class })
    }

    /// Examples made.
    pub fn made(&self) -> usize {
        self.raw.y.len()
    }

    /// Examples that there will be.
    pub fn total(&self) -> usize {
        self.per_class * self.generator.templates.len()
    }

    /// Class of the next example, and how many of that class were made before it.
    pub fn place(&self) -> [usize; 2] {
        [self.made() / self.per_class.max(1), self.made() % self.per_class.max(1)]
    }

    /// The stream as the next example will find it.
    pub fn stream(&self) -> &Mt19937 {
        &self.random
    }

    /// Makes the next example; none when all are made.
    pub fn make(&mut self) -> Option<&Stages> {
        if self.made() >= self.total() {
            return None;
        }
        let [class, _] = self.place();
        let stages = self.generator.example(class, &mut self.random);
        self.raw.x.extend_from_slice(stages.result());
        self.raw.y.push(class as u8);
        Some(stages)
    }

    /// Makes what is missing, shuffles and standardises. Gives the order of the positions besides.
    pub fn finish(mut self) -> (Dataset, Vec<usize>) {
        while self.make().is_some() {}
        let Self { generator, mut random, mut raw, .. } = self;
        raw.shuffle(&mut random);
        let in_order = (0..raw.length).collect();
        let order = if generator.settings.shuffle_seq { raw.shuffle_positions(&mut random) } else { in_order };
        (raw.standardised(&generator.settings, &generator.abscissa()), order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{generate, templates};

    #[test]
    fn pieces_make_the_same_data_set() {
        for shuffle_seq in [false, true] {
            let settings = Settings { num_samples: 205, shuffle_seq, ..Settings::default() };
            let mut pieces = Pieces::new(&settings, templates::standardised().to_vec()).unwrap();
            assert_eq!((pieces.total(), pieces.place()), (200, [0, 0]));
            for _ in 0..43 {
                pieces.make();
            }
            assert_eq!((pieces.made(), pieces.place()), (43, [2, 3]));
            let (data, order) = pieces.finish();
            assert_eq!(data, generate(&settings).unwrap());
            assert_eq!(order.iter().enumerate().all(|(place, from)| place == *from), !shuffle_seq);
        }
    }
}
