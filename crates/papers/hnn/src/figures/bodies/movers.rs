//! Who moves the bodies: Newton's law, our networks, or a visitor's model.

use std::rc::Rc;

use demo::{Color, Context, Error, ForeignModel, Stroke};
use physics::integrators::{Integrator, Rk4};

use super::super::visitor::Visitor;
use super::run::kept;
use super::task::{TASKS, Task, drawn_start};
use crate::model::{Kind, Network, Plain};

/// What a dropped file must honour.
pub(super) const CONTRACT: &str = "x [N, 8] -> dx/dt [N, 8] for two bodies or x [N, 12] -> dx/dt [N, 12] for three, \
                                   where x = (every x, every y, every px, every py)";

/// Who moves the bodies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mover {
    Truth,
    Hnn,
    Baseline,
    Guest,
}

/// In the order of a run's trails; the guest's is there when it plays.
pub(super) const MOVERS: [Mover; 4] = [Mover::Truth, Mover::Baseline, Mover::Hnn, Mover::Guest];
/// In the order in which they are painted: the truth last, dashed, over what follows it.
pub(super) const PAINTED: [usize; 4] = [1, 2, 3, 0];

impl Mover {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Truth => "Truth",
            Self::Hnn => "HNN",
            Self::Baseline => "Baseline",
            Self::Guest => "Visitor",
        }
    }

    pub(super) fn color(self) -> Color {
        match self {
            Self::Truth => Color::Truth,
            Self::Hnn => Color::Model,
            Self::Baseline => Color::Baseline,
            Self::Guest => Color::Accent,
        }
    }

    /// Truth is dashed, as in every figure, so that what lies on it shows.
    pub(super) fn pen(self, width: f64) -> Stroke {
        let pen = Stroke::new(self.color(), width);
        if self == Self::Truth { pen.dashed(4.0) } else { pen }
    }
}

/// A table's networks: on the figure's engine for the fan, as plain loops for one state.
pub(super) struct Networks {
    pub(super) hnn: Network,
    pub(super) baseline: Network,
    pub(super) plain: Option<[Plain; 2]>,
}

impl Networks {
    pub(super) fn load(context: &Context, prefix: &str) -> Result<Self, Error> {
        let load = |kind, suffix: &str| {
            let bytes = context.models.get(&format!("{prefix}-body-{suffix}"))?;
            Network::load(kind, &bytes, context.engine)
        };
        let (hnn, baseline) = (load(Kind::Hnn, "hnn")?, load(Kind::Baseline, "baseline")?);
        Ok(Self { hnn, baseline, plain: None })
    }

    pub(super) async fn prepare(&mut self) -> Result<(), Error> {
        if self.plain.is_none() {
            self.plain = Some([self.hnn.plain().await?, self.baseline.plain().await?]);
        }
        Ok(())
    }
}

/// A visitor's model, and on which table it plays.
pub(super) struct Guest {
    model: Visitor,
    fits: [bool; 2],
}

impl Guest {
    /// Tries the model on starts of both tables; one that fits either is taken.
    ///
    /// # Errors
    /// [`Error::BadModel`] when it plays on neither.
    pub(super) fn new(model: &Rc<dyn ForeignModel>) -> Result<Self, Error> {
        let [two, three] = TASKS.each_ref().map(|task| {
            let states: Vec<f64> = (0..3).flat_map(|seed| drawn_start(seed, task.bodies)).collect();
            Visitor::new(Rc::clone(model), CONTRACT, &states, task.width())
        });
        let fits = [two.is_ok(), three.is_ok()];
        // Of two refusals that counts which speaks of the table that the file is made for.
        let is_for_three = model.columns() == Some(TASKS[1].width());
        let model = if fits[1] || (is_for_three && !fits[0]) { three? } else { two? };
        Ok(Self { model, fits })
    }

    pub(super) fn plays_on(&self, table: usize) -> bool {
        self.fits[table]
    }

    pub(super) fn name(&self) -> String {
        self.model.name()
    }

    /// One Runge-Kutta step of each of `rows`.
    pub(super) fn step(&self, rows: &mut [f64], width: usize, step: f64) -> Result<(), Error> {
        let mut outcome = Ok(());
        let field = |_: f64, states: &[f64], slopes: &mut [f64]| match self.model.rows(states, width) {
            Ok(found) => slopes.copy_from_slice(&found),
            Err(error) => {
                slopes.fill(0.0);
                outcome = Err(error);
            }
        };
        Rk4::default().step(field, 0.0, step, rows);
        outcome
    }

    /// Copies one frame of the fan later. Those that have left the table stay where they are, so that the model is asked
    /// for nothing that nobody sees.
    pub(super) fn frame(&self, copies: &[f64], task: &Task) -> Result<Vec<f64>, Error> {
        let width = task.width();
        let mut kept_rows: Vec<f64> = copies.chunks(width).filter(|row| kept(row)).flatten().copied().collect();
        if !kept_rows.is_empty() {
            self.step(&mut kept_rows, width, task.frame)?;
        }
        let mut moved = kept_rows.chunks(width);
        let rows = copies.chunks(width).flat_map(|row| if kept(row) { moved.next().unwrap_or(row) } else { row });
        Ok(rows.copied().collect())
    }
}
