//! The recorded pendulum: an energy-conserving network against a pendulum with friction.

use ::train::{Row, VerifyRequest};
use anyhow::{Context, Result};
use futures_lite::future::block_on;

use super::rollout::roll_out;
use super::{Pair, label, network_rows as rows_of, published, title};
use crate::data::{Dataset, recorded};
use crate::model::{Dynamics, Kind, Plain};
use crate::task::Task;
use crate::training::recorded_pendulum;

pub(super) fn rows(request: &VerifyRequest) -> Result<Vec<Row>> {
    if request.data.is_none() {
        let reason = "needs --data real_pend_h_1.txt (supplement of Schmidt and Lipson, Science 2009), which is not part of this project";
        return Ok(vec![Row::skipped("real", "Recorded pendulum: every number", reason)]);
    }
    let (data, _) = recorded_pendulum(request.data.as_deref())?;
    let pair = Pair::load(request, Task::Real)?;
    let mut rows = rows_of(Task::Real, &pair.hnn, &data).context("real-hnn")?;
    rows.extend(rows_of(Task::Real, &pair.baseline, &data).context("real-baseline")?);
    rows.push(decay(&data));
    Ok(rows)
}

/// Energy error of one rollout over the test window, and for the HNN how flat its own H stays.
pub(super) fn network_rows(model: &Dynamics, data: &Dataset) -> Result<Vec<Row>> {
    let kind = model.kind();
    let plain = block_on(Plain::from(model))?;
    let times: Vec<f64> = data.test_t.iter().map(|time| time - data.test_t[0]).collect();
    let path = roll_out(&plain, &data.test_x[..2], &times)?;
    let [.., paper] = published(Task::Real, kind);
    let words = format!("{}, {}: MSE of the energy over the test window", title(Task::Real), label(kind));
    let row = Row::new(format!("real-{}-energy-mse", kind.name()), words, energy_error(&path.states, &data.test_x))
        .paper(paper)
        .source(
            "paper: table 1; ours: one rollout from the first point of the test window, energy 2.4 (1 - cos q) + v^2",
        );
    if kind == Kind::Baseline {
        return Ok(vec![row]);
    }
    let flat = Row::new(
        "real-hnn-flatness",
        format!("{}, HNN: change of its own H along that rollout over H's range in the data", title(Task::Real)),
        spread(path.states.chunks(2).map(|state| plain.energy(state)))
            / spread(data.x.chunks(2).chain(data.test_x.chunks(2)).map(|state| plain.energy(state))),
    );
    Ok(vec![row.at_least(7e-3).at_most(2.5e-2), flat.at_most(0.01).source("band: ours")])
}

fn energy_error(ours: &[f64], recorded: &[f64]) -> f64 {
    let energies =
        |states: &[f64]| states.chunks(2).map(|state| recorded::energy([state[0], state[1]])).collect::<Vec<_>>();
    math::stats::mean_squared_error(&energies(recorded), &energies(ours))
}

fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    high - low
}

/// What is left of the true energy at the end of the test window.
fn decay(data: &Dataset) -> Row {
    let energy = |state: &[f64]| recorded::energy([state[0], state[1]]);
    let (first, last) = (energy(&data.test_x[..2]), energy(&data.test_x[data.test_x.len() - 2..]));
    Row::new(
        "real-energy-left",
        "Recorded pendulum: share of the true energy left at the end of the test window",
        last / first,
    )
    .at_least(0.8)
    .at_most(0.84)
    .source("read from the record: 0.900 to 0.740; an energy-conserving model cannot follow")
}
