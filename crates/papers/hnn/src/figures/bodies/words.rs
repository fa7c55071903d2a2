//! The figure in words and numbers, and what can be dragged on it.

use demo::{Bounds, Handle, Plot, Point, Readout, Rect, Table, View};
use math::ops::sqrt;

use super::Bodies;
use super::movers::{Guest, MOVERS, Mover};
use super::run::kept;
use super::task::{TASKS, Task};

impl Bodies {
    pub(super) fn words(&self) -> Vec<Readout> {
        let task = self.task();
        let energy = task.energy(&self.starts[self.table]);
        let time = Readout::number("time", "Time", self.run.time, 3, &format!("of {}", task.horizon));
        let mut readouts = vec![time, self.start_readout(energy)];
        for (index, id, name) in [(2, "hnn", "HNN"), (1, "baseline", "Baseline")] {
            readouts.extend(self.mover_readouts(index, id, name, energy));
        }
        if let Some(guest) = &self.guest {
            readouts.extend(self.guest_readouts(guest, energy));
        }
        readouts.extend(self.fan.map(|mover| self.fan_readout(mover)));
        readouts
    }

    fn start_readout(&self, energy: f64) -> Readout {
        let [low, high] = self.task().trained;
        let inside = (low..=high).contains(&energy);
        let words = if inside { "as in training" } else { "never trained on" };
        Readout::text("start", "Energy of this start", words)
    }

    fn mover_readouts(&self, index: usize, id: &str, name: &str, energy: f64) -> Vec<Readout> {
        let task = self.task();
        let (error_id, distance_id) = (format!("energy-{id}"), format!("distance-{id}"));
        let (error, apart) = (format!("Energy error, {name}"), format!("Distance from the truth, {name}"));
        let Some(state) = self.now(index) else {
            let lost = self.run.paths.get(index).is_some_and(|path| path.lost);
            return vec![Readout::text(&error_id, &error, if lost { "it left the table" } else { "not there yet" })];
        };
        let mut readouts = vec![Readout::number(&error_id, &error, (task.energy(&state) - energy).abs(), 2, "")];
        if let Some(truth) = self.now(0) {
            readouts.push(Readout::number(&distance_id, &apart, distance(&state, &truth, task.bodies), 2, ""));
        }
        readouts
    }

    /// How the visitor's model fares; of one that is made for the other table, that it waits for it.
    fn guest_readouts(&self, guest: &Guest, energy: f64) -> Vec<Readout> {
        if guest.plays_on(self.table) {
            return self.mover_readouts(3, "visitor", &guest.name(), energy);
        }
        vec![Readout::text("waiting", &guest.name(), format!("waits for {}", TASKS[1 - self.table].name))]
    }

    fn fan_readout(&self, mover: Mover) -> Readout {
        let (id, label) = ("fan", "Spread of the copies now");
        if self.fan_mover() != Some(mover) {
            let words = if self.guest.is_some() { "your model waits for its table" } else { "load your model first" };
            return Readout::text(id, label, words);
        }
        match spread_of(&self.copies(), self.task()) {
            Some(width) => Readout::number(id, label, width, 2, ""),
            None => Readout::text(id, label, "all left the table"),
        }
    }

    /// Every trail as far as it is known: positions, momenta and energy.
    pub(super) fn rollout_table(&self) -> Table {
        let (width, step) = (self.task().width(), self.task().step());
        let rows = self.run.paths.iter().map(|path| path.states.len() / width).max().unwrap_or_default();
        let times: Vec<f64> = (0..rows).map(|row| row as f64 * step).collect();
        MOVERS.iter().zip(&self.run.paths).fold(Table::new("rollouts").column("time", times), |table, (mover, path)| {
            let energies: Vec<f64> = path.states.chunks(width).map(|state| self.task().energy(state)).collect();
            self.state_columns(table, mover.name(), &path.states).column(&format!("energy, {}", mover.name()), energies)
        })
    }

    /// A column for each number of a state; `rows` of them one after the other.
    pub(super) fn state_columns(&self, table: Table, name: &str, rows: &[f64]) -> Table {
        let (bodies, width) = (self.task().bodies, self.task().width());
        (0..width).fold(table, |table, index| {
            let part = ["x", "y", "px", "py"][index / bodies];
            let values: Vec<f64> = rows.iter().skip(index).step_by(width).copied().collect();
            table.column(&format!("{part}{}, {name}", index % bodies + 1), values)
        })
    }

    pub(super) fn handles_of(&self, body: usize, table: &Plot) -> [Handle; 2] {
        let (task, start) = (self.task(), &self.starts[self.table]);
        let part = |part: usize| start[part * task.bodies + body];
        let (at, velocity) = ([part(0), part(1)], [part(2), part(3)]);
        let name = |what: &str| format!("{}-{what}{}", task.prefix, body + 1);
        let words = |x: &str, y: &str, [a, b]: Point| format!("{x} {a:.2}, {y} {b:.2}").replace('-', "\u{2212}");
        let place = Handle {
            id: name("body"),
            label: format!("Body {}", body + 1),
            text: words("x", "y", at),
            world: at,
            step: [0.05, 0.05],
            bounds: Bounds::symmetric(0.9 * task.reach, 0.9 * task.reach),
            view: table.view,
            radius: 11.0,
        };
        let arrow = Handle {
            id: name("velocity"),
            label: format!("Velocity of body {}", body + 1),
            text: words("vx", "vy", velocity),
            world: velocity,
            step: [0.02, 0.02],
            bounds: Bounds::symmetric(task.top_speed, task.top_speed),
            view: around(&table.view, at, task),
            radius: 9.0,
        };
        [place, arrow]
    }
}

/// The world of velocities, whose zero lies at a body.
fn around(table: &View, at: Point, task: &Task) -> View {
    let [x, y] = table.figure_from_world(at);
    let [sx, sy] = table.scale().map(|scale| scale * task.arrow * task.top_speed);
    let figure = Rect { x: x - sx, y: y - sy, width: 2.0 * sx, height: 2.0 * sy };
    View { world: Bounds::symmetric(task.top_speed, task.top_speed), figure }
}

/// What a handle's name says: "two-body1" or "two-velocity1", and so on.
pub(super) fn parse_handle(id: &str) -> Option<(&str, usize, usize)> {
    let (prefix, rest) = id.split_once('-')?;
    let (part, number) = match (rest.strip_prefix("body"), rest.strip_prefix("velocity")) {
        (Some(number), _) => (0, number),
        (_, Some(number)) => (2, number),
        _ => return None,
    };
    Some((prefix, part, number.parse::<usize>().ok()?.checked_sub(1)?))
}

/// Root mean square distance of the bodies.
fn distance(left: &[f64], right: &[f64], bodies: usize) -> f64 {
    let squares: f64 = left.iter().zip(right).take(2 * bodies).map(|(l, r)| (l - r) * (l - r)).sum();
    sqrt(squares / bodies as f64)
}

/// Root mean square distance of the copies' bodies from their mean; copies that are lost do not count, and of
/// none there is no mean.
fn spread_of(copies: &[f64], task: &Task) -> Option<f64> {
    let rows: Vec<&[f64]> = copies.chunks(task.width()).filter(|row| kept(row)).collect();
    let count = rows.len() as f64;
    let mean: Vec<f64> = (0..task.width()).map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / count).collect();
    let squares: f64 = rows.iter().map(|row| distance(row, &mean, task.bodies)).map(|d| d * d).sum();
    (count > 0.0).then(|| sqrt(squares / count))
}
