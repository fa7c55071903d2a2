//! You against the machines: the visitor labels twenty rows of the test set while four networks learn on the training set,
//! and sees both beside the recorded human, with the positions in order or shuffled.
//!
//! [`round`] is the visitor's part, [`machines`] the networks', [`human`] the record; [`picture`] draws them.

mod human;
mod machines;
mod picture;
mod round;

use demo::snapshot::{Reader, Writer};
use demo::{
    Context, Control, Demo, Entry, Error, Phase, Pointer, Probe, Readout, Save, Scene, Size, Spec, Table, Tick, Value,
};

use crate::data::CLASSES;
use crate::learner::{Rows, logits};
use crate::model::Kind;
use machines::{Machines, confusion};
use picture::Layout;
use round::{ROWS, Round, interval};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "quiz", models: &[], webgpu_pays: false, new };

/// Layout of the snapshot.
const VERSION: u32 = 1;
/// Rows of which the logits are compared between engines.
const PROBED: usize = 8;

/// Whose confusion stands beside the visitor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rival {
    Human,
    Network(Kind),
}

/// A round and the networks of one order of the positions.
struct Side {
    round: Round,
    machines: Machines,
}

struct Quiz {
    spec: Spec,
    seed: u32,
    shuffled: bool,
    hints: bool,
    rival: Rival,
    /// In order, and shuffled once that was asked for.
    sides: [Option<Side>; 2],
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let seed = context.seed;
    let first = Side::new(seed, false)?;
    let rival = Rival::Network(Kind::Cnn);
    Ok(Box::new(Quiz { spec: spec(), seed, shuffled: false, hints: true, rival, sides: [Some(first), None] }))
}

impl Side {
    fn new(seed: u32, shuffled: bool) -> Result<Self, Error> {
        Ok(Self { round: Round::new(seed, 0, shuffled), machines: Machines::new(seed, shuffled)? })
    }
}

fn spec() -> Spec {
    let answers = (0..CLASSES).map(|class| Control::button(&format!("answer-{class}"), &class.to_string()));
    let rest = [
        Control::button("undo", "Undo answer"),
        Control::button("again", "Next 20 rows"),
        Control::toggle("shuffled", "Shuffle the positions", false),
        Control::toggle("hints", "Show the templates", true),
        Control::choice(
            "rival",
            "Beside you",
            &[
                ("cnn", "CNN"),
                ("gru", "GRU"),
                ("mlp", "MLP"),
                ("logistic", "Logistic regression"),
                ("human", "Recorded human"),
            ],
        ),
    ];
    Spec {
        title: "You against the machines".into(),
        summary: "A row of forty numbers from the test set, to be told apart by one of ten digits; beside it what four \
                  networks that learn meanwhile have right, what a recorded human had right, and, after twenty rows, \
                  what was taken for what."
            .into(),
        help: "Which digit was this row made from? Tap its template, press its button, or its key. After the twentieth \
               answer you see every row with the truth, with what you took it for, and with what the recorded human and \
               the network beside you took it for. The networks learn here meanwhile, from the 4,000 training rows and \
               by the authors' loop: Adam, batches of 100, 6,001 steps; each bar is the share of the 1,000 test rows \
               that is right at the moment. Your twenty rows are drawn from the 400 that one of the authors labelled. \
               Shuffle the positions, in one order for all rows, that of the authors' notebooks, and the shapes are gone: \
               for you, for the convolutions and for the recurrence, but not for a network without a sense of place. \
               Nobody's answers to shuffled rows were recorded; the authors tell of about 30 %. Answers are not part of \
               a link."
            .into(),
        aspect_wide: 1.7,
        aspect_narrow: 0.52,
        controls: answers.chain(rest).collect(),
        model_contract: None,
        paints: false,
    }
}

fn rival(id: &str) -> Rival {
    Kind::from_id(id).map_or(Rival::Human, Rival::Network)
}

/// "93.1 %".
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

impl Quiz {
    /// Of the present order; it is made when it is first asked for.
    fn side(&self) -> Option<&Side> {
        self.sides[usize::from(self.shuffled)].as_ref()
    }

    fn round_mut(&mut self) -> Option<&mut Round> {
        self.sides[usize::from(self.shuffled)].as_mut().map(|side| &mut side.round)
    }

    fn shuffle(&mut self, shuffled: bool) -> Result<(), Error> {
        let side = &mut self.sides[usize::from(shuffled)];
        if side.is_none() {
            *side = Some(Side::new(self.seed, shuffled)?);
        }
        self.shuffled = shuffled;
        Ok(())
    }

    fn answer(&mut self, class: usize) {
        if let Some(round) = self.round_mut().filter(|_| class < CLASSES) {
            round.answer(class as u8);
        }
    }

    fn again(&mut self) {
        let (seed, shuffled) = (self.seed, self.shuffled);
        if let Some(round) = self.round_mut() {
            *round = Round::new(seed, round.number.wrapping_add(1), shuffled);
        }
    }

    fn you(side: &Side) -> Readout {
        let Round { answers, .. } = &side.round;
        if !side.round.is_over() {
            return Readout::text("you", "You", format!("told after row {ROWS}"));
        }
        let right = side.round.right(&side.machines.test().y);
        let [low, high] = interval(right, answers.len()).map(|share| 100.0 * share);
        let text = format!("{right} of {ROWS} ({low:.0}–{high:.0} %)");
        Readout { number: Some(right as f64), ..Readout::text("you", "You, and by 95 % in the long run", text) }
    }

    fn human(&self, labels: &[u8]) -> Readout {
        if self.shuffled {
            return Readout::text("human", "A human, by the authors", "about 30 %");
        }
        let [right, count] = human::right(labels);
        let share = right as f64 / count as f64;
        let text = format!("{:.2} % of {count} rows", 100.0 * share);
        Readout { number: Some(share), ..Readout::text("human", "Recorded human", text) }
    }

    fn network(machines: &Machines, kind: Kind) -> Readout {
        let accuracy = machines.accuracy(kind);
        let text = accuracy.map_or_else(
            || "not read yet".into(),
            |accuracy| format!("{}, step {}", percent(accuracy), machines.steps(kind)),
        );
        Readout { number: accuracy, ..Readout::text(kind.id(), kind.label(), text) }
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        for side in &self.sides {
            writer.bool(side.is_some());
            if let Some(side) = side {
                side.round.save(&mut writer);
                side.machines.save(&mut writer);
            }
        }
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let mut sides = [None, None];
        for (side, shuffled) in sides.iter_mut().zip([false, true]) {
            if !reader.bool()? {
                continue;
            }
            let round = Round::restored(reader, self.seed, shuffled)?;
            let mut machines = Machines::new(self.seed, shuffled)?;
            machines.restore(reader)?;
            *side = Some(Side { round, machines });
        }
        reader.clone().finish()?;
        self.sides = sides;
        self.shuffle(self.shuffled)
    }

    /// Truth, yours and the networks' answers to the rows that are done with.
    fn export(&self) -> Vec<Table> {
        let Some(Side { round, machines }) = self.side().filter(|side| side.round.is_over()) else {
            return Vec::new();
        };
        let column = |of: &dyn Fn(usize) -> Option<u8>| -> Vec<f64> {
            round.rows.iter().map(|row| of(*row).map_or(f64::NAN, f64::from)).collect()
        };
        let mut table = Table::new("answers")
            .column("test row", round.rows.iter().map(|row| *row as f64).collect::<Vec<_>>())
            .column("class", column(&|row| Some(machines.test().y[row])))
            .column("you", round.answers.iter().map(|answer| f64::from(*answer)).collect::<Vec<_>>());
        if !self.shuffled {
            table = table.column("recorded human", column(&human::answer));
        }
        for kind in Kind::ALL {
            table = table.column(kind.label(), column(&|row| machines.predictions(kind).map(|all| all[row])));
        }
        vec![table]
    }

    /// What the rival takes a row for.
    fn rivals_answer(&self, side: &Side, row: usize) -> Option<u8> {
        match self.rival {
            Rival::Human if self.shuffled => None,
            Rival::Human => human::answer(row),
            Rival::Network(kind) => side.machines.predictions(kind).map(|all| all[row]),
        }
    }

    /// Counts of truth against answer: the visitor's, once told, and the rival's.
    fn confusions(&self, side: &Side) -> [[[u32; CLASSES]; CLASSES]; 2] {
        let labels = &side.machines.test().y;
        let round = &side.round;
        let own = round.rows.iter().zip(&round.answers).filter(|_| round.is_over());
        let all = (0..labels.len()).filter_map(|row| Some((labels[row], self.rivals_answer(side, row)?)));
        [confusion(own.map(|(row, answer)| (labels[*row], *answer))), confusion(all)]
    }
}

impl Demo for Quiz {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        let class = id.strip_prefix("answer-").and_then(|class| class.parse().ok());
        match (id, class) {
            (_, Some(class)) => self.answer(class),
            ("undo", _) => self.round_mut().into_iter().for_each(Round::undo),
            ("again", _) => self.again(),
            ("shuffled", _) => self.shuffle(value.as_bool())?,
            ("hints", _) => self.hints = value.as_bool(),
            ("rival", _) => self.rival = rival(value.as_text()),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        if let Some(side) = &mut self.sides[usize::from(self.shuffled)] {
            side.machines.advance();
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let Some(side) = self.side() else { return Vec::new() };
        let done = side.round.answers.len();
        let row = if done < ROWS { format!("{} of {ROWS}", done + 1) } else { "all answered".into() };
        let mut readouts = vec![Readout::text("row", "Row", row), Self::you(side), self.human(&side.machines.test().y)];
        readouts
            .extend([Kind::Cnn, Kind::Gru, Kind::Mlp, Kind::Logistic].map(|kind| Self::network(&side.machines, kind)));
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        self.export()
    }

    /// A tap on a template answers.
    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        let touched = if pointer.phase == Phase::Start { Layout::new(size).answer(pointer.at) } else { None };
        if let Some(class) = touched {
            self.answer(class);
        }
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        self.restore_from(&mut Reader::new(snapshot, ENTRY.id, VERSION)?)
    }

    fn probe(&mut self) -> Probe<'_> {
        let outputs = self.side().map(|side| {
            let rows: Rows = side.machines.test().first(PROBED);
            let networks = Kind::ALL.map(|kind| logits(side.machines.network(kind), &rows));
            networks.into_iter().flatten().flatten().collect()
        });
        Box::pin(std::future::ready(Ok(outputs.unwrap_or_default())))
    }
}
