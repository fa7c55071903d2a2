//! Adam (Kingma and Ba, 2015) with classic L2 weight decay, over all parameters at once; the arithmetic of [`math::single::Adam`].
//!
//! The same dispatch sums the slots of the gradient, keeps the mean of the weights, and adds the loss to those not read yet.

use std::cell::Cell;
use std::rc::Rc;

use demo::Error;
use math::ops::{powi, sqrt};

use crate::gpu::{Gpu, Numbers};
use crate::kernel::Binding;
use crate::plan::{Plan, Source, Together, bindings};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
/// Losses that wait to be read; older ones are written over.
const KEPT: usize = 4096;

/// Parameters on a device, with their moments and their mean.
#[derive(Debug)]
pub struct Adam {
    /// Learning rate.
    pub rate: f64,
    /// So many times the parameters are added to the gradient.
    pub decay: f64,
    gpu: Rc<Gpu>,
    /// Numbers of the parameters, a multiple of four.
    length: usize,
    steps: u32,
    parameters: Numbers,
    /// First moments, then second.
    moments: Numbers,
    mean: Numbers,
    /// How much of the mean is kept when it next takes up the parameters; 1 where it has.
    memory: Cell<f32>,
    settings: Numbers,
    losses: Losses,
}

/// Losses of the last steps, where they were computed.
#[derive(Clone, Debug)]
pub struct Losses {
    gpu: Rc<Gpu>,
    ring: Numbers,
    written: Rc<Cell<usize>>,
}

impl Adam {
    /// At rest, from these numbers, whose count is a multiple of four; they are their own mean.
    pub fn new(gpu: &Rc<Gpu>, parameters: &[f32], rate: f64, decay: f64) -> Self {
        let length = parameters.len();
        Self {
            rate,
            decay,
            length,
            steps: 0,
            parameters: gpu.filled(parameters),
            moments: gpu.zeros(2 * length),
            mean: gpu.filled(parameters),
            memory: Cell::new(1.0),
            settings: gpu.room_for_settings(12),
            losses: Losses::new(gpu),
            gpu: Rc::clone(gpu),
        }
    }

    /// Where the parameters are.
    pub fn parameters(&self) -> &Numbers {
        &self.parameters
    }

    /// Steps made.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Adds the step to a plan: `slots` hold gradients by the padded parameters, `losses` parts of the loss, padded with zeros.
    /// Before each submission [`Self::advance`] is to be called.
    pub fn push(&self, plan: &mut Plan, slots: &Numbers, losses: &Numbers) {
        let storage = [slots, losses, &self.parameters, &self.moments, &self.mean, &self.losses.ring];
        plan.push(&source(), &self.settings, &storage, self.length / 4);
    }

    /// Settles what the next submission does: one step along the sum of so many slots, whose loss is `share` times the sum of
    /// `rows` times four parts. Gives the number by which the loss is read.
    pub fn advance(&mut self, slots: usize, rows: usize, share: f32) -> usize {
        self.steps += 1;
        let correction = |beta: f64| 1.0 - powi(f64::from(beta as f32), self.steps as i32);
        let size = (self.rate / correction(BETA_1)) as f32;
        let scale = (1.0 / sqrt(correction(BETA_2))) as f32;
        let number = self.losses.written.get();
        self.losses.written.set(number + 1);
        let reals = [size, scale, self.decay as f32, self.memory.replace(1.0), share].map(f32::to_bits);
        let counts = [self.length / 4, slots, rows, number % KEPT, 1].map(|count| count as u32);
        self.gpu.set(&self.settings, &[&reals[..], &counts[..], &[0; 2]].concat());
        number
    }

    /// The losses of this training.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    /// The mean becomes `memory` times what it was and else the parameters as they are now.
    pub fn average(&self, memory: f32) {
        self.take_up();
        self.memory.set(memory);
    }

    /// The mean, as a buffer of its own.
    pub fn mean(&self) -> Numbers {
        self.take_up();
        self.gpu.copied(&self.mean)
    }

    /// Another mean.
    pub fn set_mean(&mut self, mean: &[f32]) {
        self.memory.set(1.0);
        self.gpu.write(&self.mean, mean);
    }

    /// Both moments, one after the other.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn moments(&self) -> Result<Vec<f32>, Error> {
        self.gpu.read(&self.moments).await
    }

    /// Goes on from parameters, which are their own mean, and moments after so many steps.
    pub fn restore(&mut self, steps: u32, parameters: &[f32], moments: &[f32]) {
        self.steps = steps;
        self.gpu.write(&self.parameters, parameters);
        self.gpu.write(&self.moments, moments);
        self.set_mean(parameters);
    }

    /// Blends the parameters into the mean, where the next step would else do it.
    fn take_up(&self) {
        let memory = self.memory.replace(1.0);
        if memory == 1.0 {
            return;
        }
        let counts = [self.length as u32 / 4, 0, 0, 0, 0, 0, 0];
        self.gpu.set(&self.settings, &[&[0, 0, 0, memory.to_bits(), 0][..], &counts[..]].concat());
        let nothing = [self.gpu.zeros(4), self.gpu.zeros(4)];
        let mut plan = Plan::new(&self.gpu);
        self.push(&mut plan, &nothing[0], &nothing[1]);
        plan.submit();
    }
}

impl Clone for Adam {
    fn clone(&self) -> Self {
        Self {
            rate: self.rate,
            decay: self.decay,
            gpu: Rc::clone(&self.gpu),
            length: self.length,
            steps: self.steps,
            parameters: self.gpu.copied(&self.parameters),
            moments: self.gpu.copied(&self.moments),
            mean: self.gpu.copied(&self.mean),
            memory: self.memory.clone(),
            settings: self.gpu.room_for_settings(12),
            losses: Losses::new(&self.gpu),
        }
    }
}

impl Losses {
    fn new(gpu: &Rc<Gpu>) -> Self {
        Self { gpu: Rc::clone(gpu), ring: gpu.zeros(KEPT), written: Rc::default() }
    }

    /// Whether both are those of one training.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.written, &other.written)
    }

    /// The losses of these numbers; not a number for those that were written over.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn read(&self, numbers: &[usize]) -> Result<Vec<f32>, Error> {
        let ring = self.gpu.read(&self.ring).await?;
        let written = self.written.get();
        let kept = |number: usize| number < written && written - number <= KEPT;
        Ok(numbers.iter().map(|number| if kept(*number) { ring[number % KEPT] } else { f32::NAN }).collect())
    }
}

fn source() -> Source {
    let (read, write) = (Binding::Read, Binding::Write);
    let names = [
        ("slots", read),
        ("losses", read),
        ("parameters", write),
        ("moments", write),
        ("mean", write),
        ("ring", write),
    ];
    Source {
        text: format!("{}{}", bindings(Together::One, &names), include_str!("adam.wgsl")),
        storage: names.map(|(_, access)| access).to_vec(),
    }
}
