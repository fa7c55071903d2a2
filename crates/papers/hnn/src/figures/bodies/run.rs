//! A run from one start: trails, the fan of copies, and the time up to which both are known.

use demo::{Engine, Error};
use physics::integrators::{Integrator, Rk4};

use super::Bodies;
use super::movers::{MOVERS, Mover};
use super::task::{COPIES, TASKS, Task};

/// Rows of the fan that a CPU advances in one tick: about 4 ms of matrix products.
const CPU_ROWS: usize = 64;
/// The same for a visitor's model, whatever runs it.
const GUEST_ROWS: usize = 32;
/// Steps of each trail in one tick.
const STEPS_PER_TICK: usize = 4;
/// Steps of a trail that has to catch up with the others, as a visitor's does in a restored figure.
const STEPS_WHILE_BEHIND: usize = 12;
/// How long the end of a run stays, in the visitor's seconds.
const PAUSE_SECS: f64 = 2.5;
/// Where a state counts as lost: far outside the table.
const LOST: f64 = 50.0;

/// One trail: states at multiples of the step, row after row, until it is lost.
#[derive(Clone, Default)]
pub(super) struct Path {
    pub(super) states: Vec<f64>,
    pub(super) lost: bool,
}

/// The copies at the fan's frame `index`, one frame later, and what is done of the frame after that.
#[derive(Clone, Default)]
pub(super) struct Fan {
    pub(super) index: usize,
    pub(super) from: Vec<f64>,
    pub(super) to: Vec<f64>,
    pub(super) ahead: Vec<f64>,
}

/// A run from one start.
#[derive(Clone, Default)]
pub(super) struct Run {
    /// In the order of [`MOVERS`].
    pub(super) paths: Vec<Path>,
    pub(super) fan: Fan,
    pub(super) time: f64,
    pub(super) rest_secs: f64,
}

/// What is finite and near enough to be drawn.
pub(super) fn kept(state: &[f64]) -> bool {
    state.iter().all(|value| value.abs() < LOST)
}

impl Path {
    pub(super) fn new(start: &[f64]) -> Self {
        Self { states: start.to_vec(), lost: false }
    }

    /// Steps known beyond the start.
    fn steps(&self, width: usize) -> usize {
        (self.states.len() / width).saturating_sub(1)
    }

    /// The state at `time`, between steps in proportion; none beyond what is known.
    fn at(&self, time: f64, step: f64, width: usize) -> Option<Vec<f64>> {
        // A time that was added up from frames may fall short of a step by rounding.
        let place = time / step + 1e-9;
        let index = place as usize;
        let row = |index: usize| self.states.get(index * width..(index + 1) * width);
        let (from, share) = (row(index)?, place - index as f64);
        match row(index + 1) {
            Some(to) => Some(mixed(from, to, share)),
            None => (share < 1e-6).then(|| from.to_vec()),
        }
    }
}

fn mixed(from: &[f64], to: &[f64], share: f64) -> Vec<f64> {
    from.iter().zip(to).map(|(from, to)| from + share * (to - from)).collect()
}

impl Fan {
    /// The time up to which the copies are known.
    fn end(&self, task: &Task) -> f64 {
        if self.to.is_empty() { 0.0 } else { (self.index + 1) as f64 * task.frame }
    }

    fn fits(&self, width: usize, shown: bool) -> bool {
        let full = if shown { COPIES * width } else { 0 };
        let (from, to, ahead) = (self.from.len(), self.to.len(), self.ahead.len());
        from == full && (to == 0 || to == full) && ahead <= full && ahead.is_multiple_of(width)
    }

    /// Takes every copy off the table.
    fn lose(&mut self) {
        for value in self.from.iter_mut().chain(&mut self.to) {
            *value = LOST;
        }
        self.ahead.clear();
    }
}

impl Run {
    /// Whether lengths and times are such as this figure writes for `task`.
    pub(super) fn fits(&self, task: &Task, has_fan: bool) -> bool {
        let width = task.width();
        let most = (task.steps() + 1) * width;
        let path = |path: &Path| {
            let length = path.states.len();
            (width..=most).contains(&length) && length.is_multiple_of(width) && kept(&path.states)
        };
        let times = (0.0..=task.horizon).contains(&self.time) && (0.0..=2.0 * PAUSE_SECS).contains(&self.rest_secs);
        self.paths.iter().all(path) && self.fan.fits(width, has_fan) && times
    }
}

impl Bodies {
    /// Begins the run anew from the present start.
    pub(super) fn restart(&mut self) {
        let movers = MOVERS.len() - usize::from(self.guest_here().is_none());
        self.run = Run { paths: vec![Path::new(&self.starts[self.table]); movers], ..Run::default() };
        self.rewind();
    }

    /// Plays the run again: the trails are known, the fan is not.
    pub(super) fn rewind(&mut self) {
        self.run.fan = self.fresh_fan();
        self.run.time = 0.0;
        self.run.rest_secs = 0.0;
    }

    fn fresh_fan(&self) -> Fan {
        if self.fan_mover().is_none() {
            return Fan::default();
        }
        let start = &self.starts[self.table];
        let copies = self.noise[self.table].iter().enumerate();
        let from = copies.map(|(index, noise)| start[index % start.len()] + self.spread * noise).collect();
        Fan { index: 0, from, to: Vec::new(), ahead: Vec::new() }
    }

    pub(super) async fn advance(&mut self, dt_secs: f64) -> Result<(), Error> {
        self.networks[self.table].prepare().await?;
        self.extend_paths()?;
        self.extend_fan().await?;
        self.advance_time(dt_secs);
        Ok(())
    }

    /// Some steps for each trail that has an end to reach.
    fn extend_paths(&mut self) -> Result<(), Error> {
        let task = &TASKS[self.table];
        let (width, step) = (task.width(), task.step());
        let Some([hnn, baseline]) = &self.networks[self.table].plain else { return Ok(()) };
        let guest = self.guest.as_ref().filter(|guest| guest.plays_on(self.table));
        let mut method = Rk4::default();
        let mut step_once = |mover, state: &mut [f64]| {
            match mover {
                Mover::Truth => task.newton(state, step, 512.0),
                Mover::Hnn => method.step(|_, x, dx| hnn.field(x, dx), 0.0, step, state),
                Mover::Baseline => method.step(|_, x, dx| baseline.field(x, dx), 0.0, step, state),
                Mover::Guest => return guest.map_or(Ok(()), |guest| guest.step(state, width, step)),
            }
            Ok(())
        };
        for (mover, path) in MOVERS.into_iter().zip(&mut self.run.paths) {
            let is_behind = (path.steps(width) as f64) < self.run.time / step;
            for _ in 0..if is_behind { STEPS_WHILE_BEHIND } else { STEPS_PER_TICK } {
                if path.lost || path.steps(width) >= task.steps() {
                    break;
                }
                let mut state = path.states[path.states.len() - width..].to_vec();
                // Where a visitor's model fails its trail ends, and the rest can be played on.
                path.lost = true;
                step_once(mover, &mut state)?;
                path.lost = !kept(&state);
                if !path.lost {
                    path.states.extend(state);
                }
            }
        }
        Ok(())
    }

    /// Advances the next rows of the fan by one frame.
    async fn extend_fan(&mut self) -> Result<(), Error> {
        let Some(mover) = self.fan_mover() else { return Ok(()) };
        let task = self.task();
        let fan = &self.run.fan;
        let source = if fan.to.is_empty() { &fan.from } else { &fan.to };
        if fan.ahead.len() < source.len() {
            let begin = fan.ahead.len();
            let rows = begin..(begin + self.fan_rows(mover) * task.width()).min(source.len());
            let copies = source[rows].to_vec();
            match self.later(mover, &copies).await {
                Ok(next) => self.run.fan.ahead.extend(next),
                Err(error) => {
                    if mover == Mover::Guest {
                        self.run.fan.lose();
                    }
                    return Err(error);
                }
            }
        }
        let fan = &mut self.run.fan;
        if fan.to.is_empty() && fan.ahead.len() == fan.from.len() {
            fan.to = std::mem::take(&mut fan.ahead);
        }
        Ok(())
    }

    /// Copies that a tick has time for.
    fn fan_rows(&self, mover: Mover) -> usize {
        match (mover, self.engine) {
            (Mover::Guest, _) => GUEST_ROWS,
            (Mover::Truth, _) | (_, Engine::WebGpu) => COPIES,
            _ => CPU_ROWS,
        }
    }

    /// Copies one frame later.
    async fn later(&mut self, mover: Mover, copies: &[f64]) -> Result<Vec<f64>, Error> {
        let task = self.task();
        if let (Mover::Guest, Some(guest)) = (mover, self.guest_here()) {
            return guest.frame(copies, task);
        }
        let networks = &mut self.networks[self.table];
        let network = match mover {
            Mover::Hnn => &mut networks.hnn,
            Mover::Baseline => &mut networks.baseline,
            Mover::Truth | Mover::Guest => {
                let mut rows = copies.to_vec();
                for row in rows.chunks_mut(task.width()) {
                    task.newton(row, task.frame, 24.0);
                }
                return Ok(rows);
            }
        };
        Ok(network.rk4_step(copies, task.frame).await?.0)
    }

    /// Time goes on as far as trails and fan are known; at the end it rests and begins again.
    fn advance_time(&mut self, dt_secs: f64) {
        let task = self.task();
        let known = |path: &Path| if path.lost { f64::INFINITY } else { path.steps(task.width()) as f64 * task.step() };
        let known = self.run.paths.iter().map(known).fold(task.horizon, f64::min);
        let has_fan = self.fan_mover().is_some();
        let run = &mut self.run;
        let mut time = (run.time + dt_secs * task.pace * self.speed).min(known);
        if has_fan {
            let fan = &mut run.fan;
            while time >= fan.end(task) && !fan.to.is_empty() && fan.ahead.len() == fan.to.len() {
                fan.from = std::mem::replace(&mut fan.to, std::mem::take(&mut fan.ahead));
                fan.index += 1;
            }
            time = time.min(fan.end(task));
        }
        run.time = time.max(run.time);
        if run.time >= task.horizon - 1e-9 {
            run.rest_secs += dt_secs;
            if run.rest_secs > PAUSE_SECS {
                self.rewind();
            }
        }
    }

    /// The copies now, row after row.
    pub(super) fn copies(&self) -> Vec<f64> {
        let fan = &self.run.fan;
        if fan.to.is_empty() {
            return fan.from.clone();
        }
        let share = self.run.time / self.task().frame - fan.index as f64;
        mixed(&fan.from, &fan.to, share.clamp(0.0, 1.0))
    }

    /// The state on trail `index` now.
    pub(super) fn now(&self, index: usize) -> Option<Vec<f64>> {
        self.run.paths.get(index)?.at(self.run.time, self.task().step(), self.task().width())
    }
}
