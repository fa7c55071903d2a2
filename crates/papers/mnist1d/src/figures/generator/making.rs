//! The data set while it is made: a few hundred examples a tick, then the shuffle, then SHA-256 in pieces.
//!
//! The random stream is remembered as it was before each example of the wall. As long as a change of the settings draws
//! the same numbers, the wall is made anew at once; otherwise it is made as the stream comes by.

use math::random::Mt19937;

use crate::data::hashes::{self, FloatHash, Hashes};
use crate::data::{CLASSES, Dataset, Draws, Generator, Pieces, STAGES, Settings, SettingsError, Stages, Template};

/// Examples of each class that are shown.
pub(super) const SHOWN: usize = 5;
/// Examples made in a step, and numbers hashed in one.
const PIECE: usize = 500;
const CHUNK: usize = 40_000;
/// The data sets whose hashes are known.
const KNOWN: [Known; 4] = [
    Known { hashes: &hashes::DEFAULT, name: "the published data set", short: "published" },
    Known {
        hashes: &hashes::SHUFFLED,
        name: "the published one with shuffled positions",
        short: "published, shuffled",
    },
    Known {
        hashes: &hashes::SEED_43,
        name: "the one that lottery tickets are transferred to",
        short: "lottery tickets’",
    },
    Known { hashes: &hashes::DOUBLE_DESCENT, name: "the one of deep double descent", short: "double descent’s" },
];

/// A data set with known hashes.
#[derive(Debug)]
pub(super) struct Known {
    hashes: &'static Hashes,
    /// What it is, and the same in a word or two.
    pub name: &'static str,
    pub short: &'static str,
}

impl Known {
    /// Whether the known ones of its hashes are those of `x`, `x_test`, `y`, `y_test` and `t`.
    fn agrees(&self, sums: &[String; 5]) -> bool {
        let Hashes { x, x_test, y, y_test, t } = *self.hashes;
        let expected = [Some(x), Some(x_test), y, y_test, t];
        expected.iter().zip(sums).all(|(known, sum)| known.is_none_or(|known| known == sum))
    }
}

/// What a data set is made with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recipe {
    pub settings: Settings,
    /// Standardised, one for each class.
    pub templates: Vec<Template>,
}

impl Recipe {
    /// Whether the random numbers of every example are those of `other`.
    fn draws_as(&self, other: &Self) -> bool {
        let facts = |recipe: &Self| {
            let Settings { num_samples, template_len, padding, max_translation, seed, .. } = recipe.settings;
            (num_samples, template_len, padding, max_translation, seed)
        };
        facts(self) == facts(other)
    }
}

/// One example in its eight stages.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trace {
    pub signals: [Vec<f64>; STAGES.len()],
    pub draws: Draws,
}

impl Trace {
    fn of(stages: &Stages) -> Self {
        Self { signals: std::array::from_fn(|stage| stages.signal(stage).to_vec()), draws: stages.draws() }
    }
}

/// How far it is.
#[derive(Clone, Debug)]
enum Stage {
    Examples(Box<Pieces>),
    Hashing(Box<Sums>),
    Done(Box<Made>),
    /// For the moment in which one becomes the next.
    Between,
}

/// A finished data set and what it hashes to.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub data: Dataset,
    /// Of its positions.
    pub order: Vec<usize>,
    /// SHA-256 of `x`, `x_test`, `y`, `y_test` and `t`.
    pub sums: [String; 5],
}

impl Made {
    /// A data set with the same hashes, as far as they are known.
    pub(super) fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.agrees(&self.sums))
    }
}

#[derive(Clone, Debug)]
struct Sums {
    data: Dataset,
    order: Vec<usize>,
    hash: FloatHash,
    hashed: usize,
    of_x: Option<String>,
}

/// A data set in the making.
#[derive(Clone, Debug)]
pub(super) struct Making {
    recipe: Recipe,
    stage: Stage,
    steps: usize,
    /// The stream before each example of the wall, class after class, as far as it is known.
    streams: Vec<Mt19937>,
    /// Whether they were all known at the beginning.
    carried: bool,
    /// The examples of the wall, not standardised; the first `fresh` are of this recipe.
    wall: Vec<Vec<f64>>,
    fresh: usize,
}

impl Making {
    /// All of it at once, as a figure begins; it may stand still then.
    ///
    /// # Errors
    /// When the recipe makes no data set.
    pub(super) fn new(recipe: Recipe) -> Result<Self, SettingsError> {
        let pieces = Pieces::new(&recipe.settings, recipe.templates.clone())?;
        let stage = Stage::Examples(Box::new(pieces));
        let mut making =
            Self { recipe, stage, steps: 0, streams: Vec::new(), carried: false, wall: Vec::new(), fresh: 0 };
        making.finish();
        Ok(making)
    }

    /// All that is left at once.
    pub(super) fn finish(&mut self) {
        while self.made().is_none() {
            self.step();
        }
    }

    /// Begins anew with another recipe; nothing changes on an error.
    pub(super) fn begin(&mut self, recipe: Recipe) -> Result<(), SettingsError> {
        let pieces = Pieces::new(&recipe.settings, recipe.templates.clone())?;
        self.carried = self.streams.len() == SHOWN * CLASSES && recipe.draws_as(&self.recipe);
        self.recipe = recipe;
        self.stage = Stage::Examples(Box::new(pieces));
        self.steps = 0;
        self.fresh = 0;
        if self.carried {
            self.make_wall()?;
        } else {
            self.streams.clear();
        }
        Ok(())
    }

    /// As another figure left it after these steps.
    pub(super) fn resumed(recipe: Recipe, carried: bool, steps: usize) -> Result<Self, SettingsError> {
        let mut making = Self::new(recipe.clone())?;
        if !carried {
            making.streams.clear();
            making.wall.clear();
        }
        making.begin(recipe)?;
        let most = making.most_steps();
        (0..steps.min(most)).for_each(|_| making.step());
        Ok(making)
    }

    fn most_steps(&self) -> usize {
        let Settings { num_samples, final_seq_length, .. } = self.recipe.settings;
        num_samples / PIECE + num_samples * final_seq_length / CHUNK + 8
    }

    pub(super) fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    pub(super) fn carried(&self) -> bool {
        self.carried
    }

    /// The data set, once it is there.
    pub(super) fn made(&self) -> Option<&Made> {
        if let Stage::Done(made) = &self.stage { Some(made) } else { None }
    }

    /// How much of the work is done, 0 to 1, and what is under way.
    pub(super) fn progress(&self) -> (f64, &'static str) {
        match &self.stage {
            Stage::Examples(pieces) => (0.7 * pieces.made() as f64 / pieces.total().max(1) as f64, "making"),
            Stage::Hashing(sums) => {
                let all = sums.data.x.len() + sums.data.x_test.len();
                (0.7 + 0.3 * sums.hashed as f64 / all.max(1) as f64, "hashing")
            }
            Stage::Done(_) | Stage::Between => (1.0, "done"),
        }
    }

    /// An example of the wall and whether it is of the present recipe.
    pub(super) fn tile(&self, class: usize, index: usize) -> Option<(&[f64], bool)> {
        let place = class * SHOWN + index;
        self.wall.get(place).map(|row| (row.as_slice(), place < self.fresh))
    }

    /// An example of the wall in its stages, where the stream has come by.
    pub(super) fn trace(&self, class: usize, index: usize) -> Option<Trace> {
        let mut stream = self.streams.get(class * SHOWN + index)?.clone();
        let Recipe { settings, templates } = &self.recipe;
        let mut generator = Generator::with_templates(settings, templates.clone()).ok()?;
        Some(Trace::of(generator.example(class, &mut stream)))
    }

    /// A bounded piece of the work.
    pub(super) fn step(&mut self) {
        if matches!(self.stage, Stage::Done(_)) {
            return;
        }
        self.steps += 1;
        if let Stage::Examples(pieces) = &mut self.stage {
            let (streams, wall, fresh) = (&mut self.streams, &mut self.wall, &mut self.fresh);
            if make_piece(pieces, |place, stream, row| {
                if streams.len() == place {
                    streams.push(stream);
                }
                put(wall, place, row);
                *fresh = (*fresh).max(place + 1);
            }) {
                return;
            }
        }
        self.go_on();
    }

    /// From finished examples to hashes to the end.
    fn go_on(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Between) {
            Stage::Examples(pieces) => {
                let (data, order) = pieces.finish();
                Stage::Hashing(Box::new(Sums { data, order, hash: FloatHash::default(), hashed: 0, of_x: None }))
            }
            Stage::Hashing(sums) => sums.step(),
            other => other,
        };
    }

    fn make_wall(&mut self) -> Result<(), SettingsError> {
        let Recipe { settings, templates } = &self.recipe;
        let mut generator = Generator::with_templates(settings, templates.clone())?;
        for (place, stream) in self.streams.iter().enumerate() {
            let row = generator.example(place / SHOWN, &mut stream.clone()).result().to_vec();
            put(&mut self.wall, place, row);
        }
        self.fresh = self.streams.len();
        Ok(())
    }
}

/// Makes the next few examples and tells those of the wall; gives whether any were missing.
fn make_piece(pieces: &mut Pieces, mut tell: impl FnMut(usize, Mt19937, Vec<f64>)) -> bool {
    let before = pieces.made();
    for _ in 0..PIECE {
        let [class, index] = pieces.place();
        let stream = (index < SHOWN).then(|| pieces.stream().clone());
        let Some(stages) = pieces.make() else { break };
        if let Some(stream) = stream {
            tell(class * SHOWN + index, stream, stages.result().to_vec());
        }
    }
    pieces.made() > before
}

fn put(wall: &mut Vec<Vec<f64>>, place: usize, row: Vec<f64>) {
    match wall.get_mut(place) {
        Some(tile) => *tile = row,
        None => wall.push(row),
    }
}

impl Sums {
    /// Hashes the next numbers of `x` and then of `x_test`; the labels are few and come last.
    fn step(mut self: Box<Self>) -> Stage {
        let in_x = self.data.x.len();
        let (values, begin) =
            if self.hashed < in_x { (&self.data.x, self.hashed) } else { (&self.data.x_test, self.hashed - in_x) };
        let end = values.len().min(begin + CHUNK);
        self.hash.add(&values[begin..end]);
        self.hashed += end - begin;
        if self.hashed < in_x {
            return Stage::Hashing(self);
        }
        if self.of_x.is_none() {
            self.of_x = Some(std::mem::take(&mut self.hash).finish());
            return Stage::Hashing(self);
        }
        if self.hashed < in_x + self.data.x_test.len() {
            return Stage::Hashing(self);
        }
        let Self { data, order, hash, of_x, .. } = *self;
        let [y, y_test] = [&data.y, &data.y_test].map(|labels| hashes::of_bytes(labels));
        let sums = [of_x.unwrap_or_default(), hash.finish(), y, y_test, hashes::of_floats(&data.t)];
        Stage::Done(Box::new(Made { data, order, sums }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{generate, templates};

    fn recipe(settings: Settings) -> Recipe {
        Recipe { settings, templates: templates::standardised().to_vec() }
    }

    fn finished(mut making: Making) -> Made {
        (0..making.most_steps()).for_each(|_| making.step());
        making.made().unwrap().clone()
    }

    #[test]
    fn every_known_data_set_is_recognised() {
        let default = Settings::default();
        let cases = [
            default.clone(),
            Settings { shuffle_seq: true, ..default.clone() },
            Settings { seed: 43, ..default.clone() },
            Settings { num_samples: 16_000, train_split: 0.25, ..default.clone() },
        ];
        for (settings, expected) in cases.into_iter().zip(&KNOWN) {
            let made = finished(Making::new(recipe(settings.clone())).unwrap());
            assert_eq!(made.known().unwrap().name, expected.name);
            assert_eq!(made.data, generate(&settings).unwrap());
        }
        let other = Settings { iid_noise_scale: 0.03, ..default };
        assert!(finished(Making::new(recipe(other)).unwrap()).known().is_none());
    }

    #[test]
    fn the_wall_is_the_same_at_once_and_as_the_stream_comes_by() {
        let mut carried = Making::new(recipe(Settings::default())).unwrap();
        let louder = recipe(Settings { corr_noise_scale: 0.5, shear_scale: 0.1, ..Settings::default() });
        carried.begin(louder.clone()).unwrap();
        assert!(carried.carried() && carried.tile(9, 4).unwrap().1);
        let fresh = Making::new(louder).unwrap();
        for class in 0..CLASSES {
            for index in 0..SHOWN {
                assert_eq!(carried.tile(class, index), fresh.tile(class, index));
                assert_eq!(carried.trace(class, index), fresh.trace(class, index));
                assert_eq!(fresh.trace(class, index).unwrap().signals[7], fresh.tile(class, index).unwrap().0);
            }
        }
        carried.begin(recipe(Settings { padding: [30, 60], ..Settings::default() })).unwrap();
        assert!(!carried.carried() && !carried.tile(0, 0).unwrap().1 && carried.trace(0, 0).is_none());
        carried.step();
        assert!(carried.trace(0, 0).is_some() && carried.trace(1, 0).is_none());
    }

    #[test]
    fn it_resumes_where_it_was() {
        let mut making = Making::new(recipe(Settings::default())).unwrap();
        making.begin(recipe(Settings { seed: 7, ..Settings::default() })).unwrap();
        (0..4).for_each(|_| making.step());
        let mut resumed = Making::resumed(making.recipe().clone(), making.carried(), making.steps()).unwrap();
        assert_eq!((resumed.progress(), resumed.trace(3, 1)), (making.progress(), making.trace(3, 1)));
        assert!(resumed.trace(5, 0).is_none());
        (0..30).for_each(|_| resumed.step());
        assert_eq!(resumed.made().unwrap().sums, finished(making).sums);
    }
}
