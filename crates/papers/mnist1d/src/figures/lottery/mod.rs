//! Lottery tickets: prune a network, look at the mask that is left, and race it against chance and against a mask of one's own.
//!
//! [`search`] prunes, [`canvas`] is the visitor's mask, [`race`] trains under masks, [`picture`] draws.

mod canvas;
mod picture;
mod race;
mod search;

use std::rc::Rc;

use demo::snapshot::{Reader, Writer};
use demo::{
    Context, Control, Demo, Entry, Error, Phase, Pointer, Probe, Readout, Save, Scene, Size, Spec, Table, Tick, Value,
};
use math::random::Mt19937;

use super::marks::{UNKNOWN, number_or_dash, thousands};
use crate::lab::tickets::Mask;
use crate::learner::Rows;
use canvas::{Canvas, Pattern};
use picture::{Layout, sorted_by_neighbours};
use race::Racer;
use search::{FIRST, ROUNDS, Search, WIDTH, sparsity};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "lottery", models: &[], webgpu_pays: false, new };

/// Training steps in one tick: a few milliseconds.
const STEPS_PER_TICK: usize = 3;
/// Rounds of pruning at the start: 87 % of the weights are dropped.
const DEFAULT_ROUNDS: usize = 9;
/// Layout of the snapshot.
const VERSION: u32 = 1;

/// The racers: names for programs, and for readers.
const RACERS: [(&str, &str); 4] = [("dense", "Dense"), ("ticket", "Ticket"), ("random", "Random"), ("yours", "Yours")];
/// Places in [`RACERS`].
const TICKET: usize = 1;
const YOURS: usize = 3;

struct Lottery {
    spec: Spec,
    seed: u32,
    rows: Rc<[Rows; 2]>,
    search: Search,
    /// Rounds of pruning on show.
    rounds: usize,
    /// Hidden numbers of the ticket in the order in which they are drawn.
    order: Vec<usize>,
    pattern: Pattern,
    canvas: Canvas,
    /// The brush keeps weights, or drops them.
    keeps: bool,
    race: Option<[Racer; 4]>,
    /// Whose turn it is.
    turn: usize,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let search = Search::new(context.seed);
    let ticket = search.mask(0);
    Ok(Box::new(Lottery {
        spec: spec(),
        seed: context.seed,
        rows: super::published::rows(false)?,
        rounds: DEFAULT_ROUNDS,
        order: (0..WIDTH).collect(),
        pattern: Pattern::Stripes,
        canvas: Canvas::new(Pattern::Stripes.drawn(&ticket.0[..FIRST], expected(DEFAULT_ROUNDS), context.seed)),
        keeps: true,
        race: None,
        turn: 0,
        search,
    }))
}

fn spec() -> Spec {
    let patterns = Pattern::ALL.map(|(_, id, label)| (id, label));
    Spec {
        title: "A lottery ticket, and one of your own".into(),
        summary: "Two pictures of masks on the first layer of a network, 40 positions across and 200 hidden numbers down: \
                  the lottery ticket that is left after rounds of pruning, sorted by how many neighbours survive together, \
                  and a mask to paint. Beside them the test accuracy of every retraining against the weights dropped, and a \
                  race between the dense network, the ticket, a random mask and yours."
            .into(),
        help: "The figure trains a perceptron, drops the fifth of its weights that ended smallest, sets the others back to \
               their first values, and again. The slider picks a round; when its ticket is found, the race begins: all start \
               from the same first weights. Choose a pattern for your mask and paint on it, by pointer or with the brush. Yours \
               and the random mask keep the ticket’s other layers, so that only the first layer’s arrangement differs; patterns \
               keep as many weights as the ticket. The paper’s network has 500 hidden numbers and 1,502 steps for each of 100 \
               retrainings; here they are 200, 300 and 13."
            .into(),
        aspect_wide: 1.85,
        aspect_narrow: 0.5,
        controls: vec![
            Control::slider("rounds", "Rounds of pruning", 1.0..=ROUNDS as f64, 1.0, DEFAULT_ROUNDS as f64),
            Control::choice("pattern", "Your mask begins as", &patterns),
            Control::choice("brush", "Painting", &[("keep", "Keeps weights"), ("drop", "Drops weights")]),
            Control::button("undo", "Undo painting"),
        ],
        model_contract: None,
        paints: true,
    }
}

/// Weights that a mask keeps.
fn kept(mask: &[f32]) -> usize {
    mask.iter().filter(|mask| **mask > 0.0).count()
}

/// Weights of the first layer that so many rounds leave, where all layers lose the same share.
fn expected(rounds: usize) -> usize {
    ((1.0 - sparsity(rounds)) * FIRST as f64).round() as usize
}

impl Lottery {
    /// Rounds on show: those chosen, as far as they are found.
    fn shown(&self) -> usize {
        self.rounds.min(self.search.found())
    }

    fn advance(&mut self) {
        for _ in 0..STEPS_PER_TICK {
            // The search goes on when the race is over.
            if self.rounds > self.search.found() || !self.step_race() {
                self.prune();
            }
        }
    }

    fn prune(&mut self) {
        let found = self.search.found();
        self.search.step(&self.rows);
        if self.search.found() != found && self.search.found() <= self.rounds {
            self.show_round();
        }
    }

    /// One step of the next racer; false when all have arrived.
    fn step_race(&mut self) -> bool {
        if self.race.is_none() {
            let masks = self.masks();
            self.race = Some(masks.map(|mask| Racer::new(self.search.first(), mask)));
        }
        let Some(race) = &mut self.race else { return false };
        for _ in 0..race.len() {
            self.turn = (self.turn + 1) % race.len();
            if race[self.turn].step(&self.rows) {
                return true;
            }
        }
        false
    }

    /// In the order of [`RACERS`].
    fn masks(&self) -> [Mask; 4] {
        let ticket = self.search.mask(self.shown());
        let with_first = |kept: &[bool]| {
            let mut mask = ticket.clone();
            mask.0.iter_mut().zip(kept).for_each(|(mask, kept)| *mask = if *kept { 1.0 } else { 0.0 });
            mask
        };
        let count = kept(&ticket.0[..FIRST]);
        let mut random = vec![false; FIRST];
        let places = Mt19937::from_key(&[self.seed, 2]).choice_without_replacement(FIRST, count);
        for at in places {
            random[at] = true;
        }
        [Mask::dense(self.search.first()), ticket.clone(), with_first(&random), with_first(self.canvas.kept())]
    }

    /// Another ticket is on show.
    fn show_round(&mut self) {
        let ticket = self.search.mask(self.shown());
        self.order = sorted_by_neighbours(&ticket.0[..FIRST]);
        if !self.canvas.painted {
            self.canvas.fill(self.unpainted());
        }
        // The dense network does not care.
        let dense = self.race.take().map(|[dense, ..]| dense);
        if let (Some(dense), true) = (dense, self.rounds <= self.search.found()) {
            let [_, ticket, random, yours] = self.masks();
            let fresh = [ticket, random, yours].map(|mask| Racer::new(self.search.first(), mask));
            let [ticket, random, yours] = fresh;
            self.race = Some([dense, ticket, random, yours]);
        }
    }

    /// Your mask has changed: yours starts anew.
    fn restart_yours(&mut self) {
        let [.., mask] = self.masks();
        if let Some(race) = &mut self.race {
            race[YOURS] = Racer::new(self.search.first(), mask);
        }
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        self.search.save(&mut writer);
        self.canvas.save(&mut writer);
        writer.count(self.turn);
        writer.bool(self.race.is_some());
        self.race.iter().flatten().for_each(|racer| racer.save(&mut writer));
        writer.finish()
    }

    /// One of [`RACERS`], once there is a race.
    fn racer(&self, place: usize) -> Option<&Racer> {
        self.race.as_ref().map(|race| &race[place])
    }

    fn race_words(&self) -> String {
        let Some(race) = &self.race else { return "waits for the ticket".into() };
        let steps = race.iter().map(Racer::steps).min().unwrap_or_default();
        format!("step {steps} of {}", thousands(race::STEPS as usize))
    }

    fn ticket(&self) -> Mask {
        self.search.mask(self.shown())
    }

    /// The chosen pattern, of as many weights as the chosen ticket keeps; of about as many while it is searched for.
    fn unpainted(&self) -> Vec<bool> {
        let ticket = self.ticket();
        let first = &ticket.0[..FIRST];
        let count = if self.rounds <= self.search.found() { kept(first) } else { expected(self.rounds) };
        self.pattern.drawn(first, count, self.seed)
    }
}

impl Demo for Lottery {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "rounds" => {
                let shown = self.shown();
                self.rounds = (value.as_number() as usize).clamp(1, ROUNDS);
                if self.shown() != shown || self.rounds > self.search.found() {
                    self.show_round();
                }
            }
            "pattern" => {
                self.pattern = Pattern::named(value.as_text());
                self.canvas.fill(self.unpainted());
                self.restart_yours();
            }
            "brush" => self.keeps = value.as_text() == "keep",
            "undo" => {
                if self.canvas.undo() {
                    self.restart_yours();
                }
            }
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        self.advance();
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        Layout::new(scene.size()).draw(scene, self);
    }

    fn readouts(&self) -> Vec<Readout> {
        let dropped = 100.0 * sparsity(self.rounds);
        let racers = || RACERS.iter().enumerate().map(|(place, names)| (self.racer(place), names));
        let mut readouts = vec![
            Readout::text("search", "The search", self.search.progress()),
            Readout::number("dropped", "Weights dropped in the ticket chosen", dropped, 3, "%"),
            Readout::text("race", "The race", self.race_words()),
        ];
        readouts.extend(racers().map(|(racer, (id, label))| {
            let accuracy = racer.and_then(Racer::accuracy);
            number_or_dash(id, &format!("{label}: test accuracy"), accuracy, 3, "%")
        }));
        readouts.extend(racers().skip(TICKET).map(|(racer, (id, label))| {
            let label = format!("{label}: neighbours over chance");
            number_or_dash(&format!("{id}-neighbours"), &label, racer.map(Racer::neighbours_over_chance), 3, "")
        }));
        let kept = self.racer(YOURS).map_or_else(|| UNKNOWN.into(), |yours| thousands(yours.kept()));
        readouts.push(Readout::text("kept", "Yours keeps in the first layer", kept));
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let accuracies = self.search.accuracies();
        let dropped: Vec<f64> = (0..accuracies.len()).map(|round| 100.0 * sparsity(round)).collect();
        let percent: Vec<f64> = accuracies.iter().map(|accuracy| 100.0 * accuracy).collect();
        let search = Table::new("search").column("weights dropped (%)", dropped).column("test accuracy (%)", percent);
        let mut race = Table::new("race");
        for (racer, (_, label)) in self.race.iter().flatten().zip(RACERS) {
            let column = |axis: usize| racer.curve().iter().map(|point| point[axis]).collect::<Vec<f64>>();
            race = race
                .column(&format!("{label}: step"), column(0))
                .column(&format!("{label}: test accuracy (%)"), column(1));
        }
        let ticket = self.ticket();
        let ticket: Vec<f64> = ticket.0[..FIRST].iter().map(|mask| f64::from(*mask)).collect();
        let yours: Vec<f64> = self.canvas.kept().iter().map(|kept| if *kept { 1.0 } else { 0.0 }).collect();
        vec![search, race, Table::new("masks").column("ticket", ticket).column("yours", yours)]
    }

    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        let rect = Layout::new(size).canvas;
        let [x, y] = pointer.at;
        let at = [(x - rect.x) / rect.width, (y - rect.y) / rect.height];
        if !at.iter().all(|share| share.is_finite()) {
            return Ok(());
        }
        match pointer.phase {
            Phase::Start if rect.contains(pointer.at) => self.canvas.begin(at, self.keeps),
            Phase::Start => {}
            Phase::Move => {
                self.canvas.go(at, self.keeps);
            }
            Phase::End => {
                if self.canvas.end() {
                    self.restart_yours();
                }
            }
        }
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let search = Search::restore(&mut reader, self.seed)?;
        let canvas = Canvas::restore(&mut reader)?;
        let turn = reader.count()? % RACERS.len();
        let has_race = reader.bool()?;
        let before = (std::mem::replace(&mut self.search, search), std::mem::replace(&mut self.canvas, canvas));
        let race = self.race_of(&mut reader, has_race).and_then(|race| reader.finish().map(|()| race));
        match race {
            Ok(race) => (self.race, self.turn) = (race, turn),
            Err(error) => {
                (self.search, self.canvas) = before;
                return Err(error);
            }
        }
        self.order = sorted_by_neighbours(&self.ticket().0[..FIRST]);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        let numbers = self.search.accuracies().iter().map(|accuracy| *accuracy as f32).collect();
        Box::pin(std::future::ready(Ok(numbers)))
    }
}

impl Lottery {
    /// The race of a snapshot, under the masks that are there now.
    fn race_of(&self, reader: &mut Reader<'_>, has_race: bool) -> Result<Option<[Racer; 4]>, Error> {
        if !has_race {
            return Ok(None);
        }
        let mut race = self.masks().map(|mask| Racer::new(self.search.first(), mask));
        race.iter_mut().try_for_each(|racer| racer.restore(reader))?;
        Ok(Some(race))
    }
}
