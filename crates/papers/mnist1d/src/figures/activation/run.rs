//! The descent on the function, and the trainings through the visitor's function and through a known one.
//!
//! This module must not know how anything looks.

use demo::Error;
use demo::snapshot::{Reader, Writer, bad};

use crate::lab::activation::{Base, CLIP, Function, INNER_STEPS, KNOTS, OUTER_RATE, OUTER_STEPS, Outer, Training};
use crate::learner::Rows;

/// The descent.
pub(super) struct Descent {
    seed: u32,
    function: Function,
    outer: Outer,
    /// Inner steps of this outer step that are due. Those made are fewer for a while where a snapshot was restored: it does
    /// not hold them, for all of them together are many megabytes.
    due: usize,
    losses: Vec<f64>,
}

impl Descent {
    /// From ELU, as the authors begin.
    pub(super) fn new(seed: u32) -> Self {
        Self::from(seed, Function::plain(Base::Elu), Vec::new())
    }

    fn from(seed: u32, function: Function, losses: Vec<f64>) -> Self {
        // Every outer step draws other first weights.
        let first = seed.wrapping_add(losses.len() as u32);
        Self { seed, outer: Outer::new(function.clone(), first, INNER_STEPS), due: 0, function, losses }
    }

    /// One inner step, forwards or back, and another where some are owed; false, and nothing, at the end.
    pub(super) fn step(&mut self, rows: &Rows) -> bool {
        if self.losses.len() >= OUTER_STEPS {
            return false;
        }
        self.due = (self.due + 1).min(2 * INNER_STEPS);
        for _ in 0..(self.due - self.outer.steps()).min(2) {
            self.outer.step(rows);
        }
        if self.outer.steps() == 2 * INNER_STEPS {
            self.bend();
        }
        true
    }

    fn bend(&mut self) {
        let mut losses = std::mem::take(&mut self.losses);
        losses.push(f64::from(self.outer.training().mean_loss()));
        let mut function = self.function.clone();
        for (value, slope) in function.coefficients.iter_mut().zip(self.outer.slope()) {
            if slope.is_finite() {
                *value -= OUTER_RATE * slope.clamp(-CLIP, CLIP);
            }
        }
        *self = Self::from(self.seed, function, losses);
    }

    /// As far as it is bent.
    pub(super) fn function(&self) -> &Function {
        &self.function
    }

    /// The outer losses.
    pub(super) fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// In words.
    pub(super) fn progress(&self) -> String {
        let part = self.due as f64 / (2 * INNER_STEPS) as f64;
        format!("{:.2} of {OUTER_STEPS}", self.losses.len() as f64 + part)
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.f32s(&self.function.coefficients);
        writer.f64s(&self.losses);
        writer.count(self.due);
    }

    /// The outer step under way will be made again, to the same bits.
    pub(super) fn restore(reader: &mut Reader<'_>, seed: u32) -> Result<Self, Error> {
        let function = read_function(reader, Base::Elu)?;
        let mut descent = Self::from(seed, function, reader.f64s()?);
        descent.due = reader.count()?.min(2 * INNER_STEPS);
        Ok(descent)
    }
}

pub(super) fn read_function(reader: &mut Reader<'_>, base: Base) -> Result<Function, Error> {
    let coefficients: [f32; KNOTS] = reader.f32s()?.try_into().map_err(|_| bad("its function has other knots."))?;
    if coefficients.iter().all(|value| value.is_finite()) {
        Ok(Function { base, coefficients })
    } else {
        Err(bad("a number in it is none."))
    }
}

/// A training through one function, judged at its end.
pub(super) struct Trial {
    training: Training,
    accuracy: Option<f64>,
}

impl Trial {
    /// Before the first step.
    pub(super) fn new(function: Function, seed: u32) -> Self {
        Self { training: Training::new(function, seed), accuracy: None }
    }

    /// One step; false, and nothing, when all are made.
    pub(super) fn step(&mut self, [train, test]: &[Rows; 2]) -> bool {
        if self.accuracy.is_some() {
            return false;
        }
        self.training.step(train);
        if self.training.steps() == INNER_STEPS {
            self.accuracy = Some(self.training.accuracy(test));
        }
        true
    }

    /// Steps made.
    pub(super) fn steps(&self) -> usize {
        self.training.steps()
    }

    /// Losses of all steps.
    pub(super) fn losses(&self) -> &[f32] {
        self.training.losses()
    }

    /// Mean of the losses that count, and test accuracy from 0 to 1, at the end.
    pub(super) fn scores(&self) -> Option<[f64; 2]> {
        self.accuracy.map(|accuracy| [f64::from(self.training.mean_loss()), accuracy])
    }

    pub(super) fn save(&self, writer: &mut Writer) {
        writer.bytes(&self.training.save());
        writer.f64(self.accuracy.unwrap_or(f64::NAN));
    }

    /// Goes on from what [`Trial::save`] wrote for the same function and seed.
    pub(super) fn restored(mut self, reader: &mut Reader<'_>) -> Result<Self, Error> {
        self.training.restore(reader.bytes()?).map_err(|_| bad("a training in it is damaged."))?;
        let accuracy = reader.f64()?;
        self.accuracy = accuracy.is_finite().then_some(accuracy);
        Ok(self)
    }
}
