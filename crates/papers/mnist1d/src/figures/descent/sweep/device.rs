//! The sweep on WebGPU: all widths in the same dispatches, and many steps between two waits for the device.

use demo::Error;

use super::{Cursor, Sweep};
use crate::lab::descent::{MOMENTUM, RATE};
use crate::learner::BATCH;
use crate::remote::{CHUNK, Perceptrons, Recipe};

/// Operations of a tick: a device that makes 50 GFLOP/s, which is few, then keeps thirty frames a second.
const OPERATIONS_PER_TICK: f64 = 1.5e9;
/// Batches of test rows that are answered at once.
const BATCHES: usize = CHUNK / BATCH;

impl Sweep {
    /// From now on the device of this thread has the networks, where there is one.
    pub(super) fn move_to_device(&mut self) {
        // There all make a step at once, and answer a thousand rows at once.
        while self.cursor.member > 0 && !self.cursor.reads {
            self.step();
        }
        if self.cursor.member > 0 || !self.cursor.batch.is_multiple_of(BATCHES) {
            self.cursor = Cursor { batch: 0, member: 0, ..self.cursor };
            self.members.iter_mut().for_each(|member| member.test_wrong = 0);
        }
        let widths: Vec<usize> = self.members.iter().map(|member| member.width).collect();
        let parameters: Vec<f32> = self.members.iter().flat_map(|member| &member.network.parameters).copied().collect();
        let velocities: Vec<f32> =
            self.members.iter().flat_map(|member| member.optimiser.velocity()).copied().collect();
        let recipe = Recipe { rate: RATE, momentum: MOMENTUM, batch: BATCH };
        self.remote = Perceptrons::new(&widths, [&parameters, &velocities], recipe, &self.data[1]);
        if let Some(remote) = &mut self.remote {
            remote.load(&self.data[0], &self.order);
        }
        self.count_there();
    }

    /// A tick's work, and what the device has counted until its end.
    pub(super) async fn work_on_device(&mut self) -> Result<(), Error> {
        let forward: f64 =
            self.members.iter().map(|member| 2.0 * (BATCH * member.network.parameters.len()) as f64).sum();
        let amount = |operations: f64| ((OPERATIONS_PER_TICK / operations) as usize).max(1);
        if self.cursor.reads {
            self.read_there(amount(BATCHES as f64 * forward));
        } else {
            // Forward, and back twice: by the weights and by what went in.
            self.step_there(amount(3.0 * forward));
        }
        self.take_counts().await?;
        if self.cursor.reads && self.cursor.batch * BATCH >= self.data[1].count() {
            self.end_reading();
            self.count_there();
        }
        Ok(())
    }

    /// At most so many steps, until errors are to be read.
    fn step_there(&mut self, mut left: usize) {
        let batches = self.batches();
        while left > 0 && !self.cursor.reads && !self.is_over() {
            let begin = self.cursor.step % batches;
            let end = (begin + left).min(batches);
            if let Some(remote) = &self.remote {
                remote.steps(begin..end);
            }
            left -= end - begin;
            self.cursor.step += end - begin;
            if end == batches {
                self.end_epoch();
                if let Some(remote) = &mut self.remote {
                    remote.load(&self.data[0], &self.order);
                }
                if !self.cursor.reads {
                    self.count_there();
                }
            }
        }
    }

    /// Answers to at most so many thousands of test rows.
    fn read_there(&mut self, most: usize) {
        let Some(remote) = &self.remote else { return };
        let begin = self.cursor.batch / BATCHES;
        let end = (begin + most).min(remote.chunks());
        remote.answer(begin..end);
        self.cursor.batch = end * BATCHES;
    }

    /// The device counts on from the members' wrong answers.
    fn count_there(&self) {
        let train: Vec<usize> = self.members.iter().map(|member| member.train_wrong).collect();
        let test: Vec<usize> = self.members.iter().map(|member| member.test_wrong).collect();
        if let Some(remote) = &self.remote {
            remote.count_from([&train, &test]);
        }
    }

    /// Waits for the device, and takes over what it has counted.
    async fn take_counts(&mut self) -> Result<(), Error> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let [train, test] = remote.wrong().await?;
        for ((member, train), test) in self.members.iter_mut().zip(train).zip(test) {
            (member.train_wrong, member.test_wrong) = (train, test);
        }
        Ok(())
    }

    /// Takes over the networks as they are on the device.
    pub(super) async fn take_networks(&mut self) -> Result<(), Error> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let [parameters, velocities] = remote.numbers().await?;
        let (mut parameters, mut velocities) = (parameters.as_slice(), velocities.as_slice());
        for member in &mut self.members {
            let count = member.network.parameters.len();
            let (own, rest) = parameters.split_at(count);
            member.network.parameters.copy_from_slice(own);
            let (velocity, more) = velocities.split_at(count);
            member.optimiser.restore(velocity);
            (parameters, velocities) = (rest, more);
        }
        Ok(())
    }
}
