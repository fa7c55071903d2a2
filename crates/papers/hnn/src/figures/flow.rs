//! Particles carried by a flow, one lattice time after the other, in slices that a tick can pay.

use demo::{Error, Point};

use super::phase::{Law, rk4_step};
use crate::model::Network;
use demo::snapshot::{Reader, Writer, bad};

/// Who carries the particles.
pub(super) enum Carrier {
    /// The law itself.
    Exact(Law),
    /// A network, on whatever device it lies.
    Network(Network),
}

/// The particles of one carrier.
pub(super) struct Flow {
    carrier: Carrier,
    /// At the beginning of the step on show.
    from: Vec<Point>,
    /// dx/dt there.
    slope: Vec<Point>,
    /// At the end of the step on show; empty before the first.
    to: Vec<Point>,
    /// The step after that, as far as it is computed.
    next: Vec<Point>,
    next_slope: Vec<Point>,
}

impl Flow {
    /// At rest.
    pub(super) fn new(carrier: Carrier) -> Self {
        let [from, slope, to, next, next_slope] = [const { Vec::new() }; 5];
        Self { carrier, from, slope, to, next, next_slope }
    }

    /// Its network.
    pub(super) fn network(&mut self) -> Option<&mut Network> {
        match &mut self.carrier {
            Carrier::Exact(_) => None,
            Carrier::Network(network) => Some(network),
        }
    }

    /// All particles to `points`, at rest.
    pub(super) fn place(&mut self, points: &[Point]) {
        self.from = points.to_vec();
        self.to.clear();
        self.slope.clear();
        self.forget();
    }

    /// Drops what is computed beyond the step on show.
    pub(super) fn forget(&mut self) {
        self.next.clear();
        self.next_slope.clear();
    }

    /// Rows of the next step that are done.
    pub(super) fn done(&self) -> usize {
        self.next.len()
    }

    /// Where the next step begins: the end towards which the step on show runs.
    pub(super) fn end(&self, backwards: bool) -> &[Point] {
        if self.to.is_empty() || backwards { &self.from } else { &self.to }
    }

    /// Goes on with the next step of `dt_secs` by `rows` rows: one step of Runge-Kutta's order 4 for each of them.
    pub(super) async fn work(&mut self, rows: usize, dt_secs: f64, backwards: bool) -> Result<(), Error> {
        let end = self.end(backwards);
        let rows = end[self.next.len()..(self.next.len() + rows).min(end.len())].to_vec();
        if rows.is_empty() {
            return Ok(());
        }
        let (next, slope) = match &mut self.carrier {
            Carrier::Exact(law) => exact_step(*law, &rows, dt_secs)?,
            Carrier::Network(network) => {
                let (next, slope) = network.rk4_step(rows.as_flattened(), dt_secs).await?;
                (next.as_chunks().0.to_vec(), slope.as_chunks().0.to_vec())
            }
        };
        self.next.extend(next);
        self.next_slope.extend(slope);
        Ok(())
    }

    /// Makes the next step, complete, the one on show.
    pub(super) fn take_next(&mut self, backwards: bool) {
        self.from = self.end(backwards).to_vec();
        self.slope = std::mem::take(&mut self.next_slope);
        self.to = std::mem::take(&mut self.next);
    }

    /// Comes to rest at the end of the step on show.
    pub(super) fn stop(&mut self, backwards: bool) {
        let end = self.end(backwards).to_vec();
        self.place(&end);
    }

    /// Whether a step is on show.
    pub(super) fn is_moving(&self) -> bool {
        !self.to.is_empty()
    }

    /// The particles a `share` of the step of `dt_secs` after its beginning: the parabola through both ends with the
    /// right slope at the first.
    pub(super) fn at(&self, share: f64, dt_secs: f64) -> Vec<Point> {
        if self.to.is_empty() {
            return self.from.clone();
        }
        let between = |index: usize| {
            let (from, slope, to) = (self.from[index], self.slope[index], self.to[index]);
            let along = |axis: usize| {
                let straight = share * dt_secs * slope[axis];
                from[axis] + straight + share * share * (to[axis] - from[axis] - dt_secs * slope[axis])
            };
            [along(0), along(1)]
        };
        (0..self.from.len()).map(between).collect()
    }

    /// The step on show; the next one is begun anew after a restoration.
    pub(super) fn save(&mut self, writer: &mut Writer) {
        self.forget();
        for points in [&self.from, &self.slope, &self.to] {
            writer.points(points);
        }
    }

    /// Takes over what [`Self::save`] wrote, of `count` particles. On an error this flow is unchanged.
    pub(super) fn restore(&mut self, reader: &mut Reader, count: usize) -> Result<(), Error> {
        let [from, slope, to] = [reader.points()?, reader.points()?, reader.points()?];
        let moving = (slope.len(), to.len()) == (count, count);
        if from.len() != count || !(moving || to.is_empty()) {
            return Err(bad("its particles have been lost."));
        }
        (self.from, self.slope, self.to) = (from, slope, to);
        self.forget();
        Ok(())
    }
}

type Stepped = (Vec<Point>, Vec<Point>);

fn exact_step(law: Law, rows: &[Point], dt_secs: f64) -> Result<Stepped, Error> {
    let next =
        rows.iter().map(|row| rk4_step(*row, dt_secs, |state| Ok(law.field(state)))).collect::<Result<_, _>>()?;
    Ok((next, rows.iter().map(|row| law.field(*row)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::at_once;
    use crate::model::{Direct, HIDDEN, Kind, Shape};
    use math::random::Mt19937;

    fn points() -> Vec<Point> {
        (0..10).map(|i| [0.1 * f64::from(i), 1.0 - 0.2 * f64::from(i)]).collect()
    }

    fn step(flow: &mut Flow, dt_secs: f64, backwards: bool) {
        while flow.done() < 10 {
            at_once(flow.work(3, dt_secs, backwards)).unwrap().unwrap();
        }
        flow.take_next(backwards);
    }

    #[test]
    fn slices_make_the_step_that_one_state_takes() {
        let shape = Shape { kind: Kind::Hnn, dimension: 2, hidden: HIDDEN };
        let network = Network::Direct(Box::new(Direct::new(shape, &mut Mt19937::new(4))));
        let plain = at_once(network.plain()).unwrap().unwrap();
        let mut flow = Flow::new(Carrier::Network(network));
        flow.place(&points());
        step(&mut flow, 0.125, false);
        for (index, start) in points().into_iter().enumerate() {
            let field = |state: Point| {
                let mut out = [0.0; 2];
                plain.field(&state, &mut out);
                Ok(out)
            };
            let expected = rk4_step(start, 0.125, field).unwrap();
            let found = flow.at(1.0, 0.125)[index];
            assert!((found[0] - expected[0]).abs() + (found[1] - expected[1]).abs() < 1e-5);
            assert_eq!(flow.at(0.0, 0.125)[index], start);
        }
    }

    #[test]
    fn a_turned_flow_comes_back() {
        let mut flow = Flow::new(Carrier::Exact(Law::Pendulum));
        flow.place(&points());
        for _ in 0..8 {
            step(&mut flow, 0.125, false);
        }
        flow.forget();
        // The step on show is played back, and seven more are computed.
        step(&mut flow, -0.125, true);
        for _ in 0..6 {
            step(&mut flow, -0.125, false);
        }
        // What does not cancel on the way back is Runge-Kutta's damping, (omega h)^6 / 72 a step with omega^2 < 6: 1.1e-5
        // for each of 16 steps, times an amplitude below 1.4.
        for (back, start) in flow.end(false).iter().zip(points()) {
            let error = math::ops::hypot(back[0] - start[0], back[1] - start[1]);
            assert!(error < 16.0 * 1.15e-5 * 1.4, "{back:?} {start:?}");
        }
    }

    #[test]
    fn a_restored_flow_goes_on_the_same() {
        let make = || Flow::new(Carrier::Exact(Law::Pendulum));
        let (mut first, mut second) = (make(), make());
        first.place(&points());
        step(&mut first, 0.125, false);
        at_once(first.work(3, 0.125, false)).unwrap().unwrap();
        let mut writer = Writer::new("flow", 1);
        first.save(&mut writer);
        let bytes = writer.finish();
        second.restore(&mut Reader::new(&bytes, "flow", 1).unwrap(), 10).unwrap();
        step(&mut first, 0.125, false);
        step(&mut second, 0.125, false);
        assert_eq!(first.at(0.3, 0.125), second.at(0.3, 0.125));
        assert!(second.restore(&mut Reader::new(&bytes, "flow", 1).unwrap(), 11).is_err());
    }
}
