//! The training race: the paper's four classifiers learn at once in the tab, each beside a twin that sees the positions
//! shuffled, and a visitor's classifier sits the same test.

mod entrant;
mod guest;
mod picture;

use std::rc::Rc;

use demo::snapshot::{Reader, Writer};
use demo::{
    Context, Control, Demo, Engine, Entry, Error, ForeignModel, Probe, Readout, Save, Scene, Spec, Table, Tick,
    Trained, Value, format_number,
};

use super::marks::thousands;
use super::published::{self, Split};
use crate::learner::{BATCH, PAPER_SEED, STEPS};
use crate::model::{CLASSIFIERS, Kind};
use entrant::{Act, Entrant, Mark, Regime};
use guest::Guest;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "race", models: &[], webgpu_pays: true, new };

/// Native microseconds of work in one tick; a tab takes about two and a half times as long.
const BUDGET_US: f64 = 3000.0;
/// Ids, labels and steps a second of the paces; no machine of today makes all of the first.
const PACES: [(&str, &str, f64); 3] =
    [("fast", "as fast as it can", 1000.0), ("slow", "ten steps a second", 10.0), ("steps", "one step a second", 1.0)];
/// A race that went so far stays behind the next one as a shadow.
const WORTH_KEEPING: u64 = 50;
/// Layout of the snapshot.
const VERSION: u32 = 1;

struct Race {
    spec: Spec,
    engine: Engine,
    regime: Regime,
    pace: f64,
    /// Whether the shuffled twins run, too.
    twins: bool,
    data: [Rc<Split>; 2],
    /// The four in order, then the four shuffled.
    entrants: Vec<Entrant>,
    /// Steps of the whole field that are due.
    due: f64,
    /// The curves of the race before, as many as there are entrants, or none.
    shadows: Vec<Vec<Mark>>,
    guest: Option<Guest>,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let regime = Regime { seed: PAPER_SEED.wrapping_add(context.seed), rate: rate_of(-2.0), batch: BATCH };
    Ok(Box::new(Race {
        spec: spec(),
        engine: context.engine,
        regime,
        pace: PACES[0].2,
        twins: true,
        data: [published::rows(false)?, published::rows(true)?],
        entrants: field(regime, context.engine),
        due: 0.0,
        shadows: Vec::new(),
        guest: None,
    }))
}

fn spec() -> Spec {
    Spec {
        title: "The training race".into(),
        summary: "Test accuracy against training steps of logistic regression, a multilayer perceptron (MLP), a \
                  convolutional network (CNN) and a bidirectional gated recurrent unit (GRU), with the same networks \
                  on shuffled positions dotted, and a board of their accuracies with the published ones as marks."
            .into(),
        help:
            "Four networks learn the 4,000 training rows here and now, and are asked 1,000 rows that they have never \
               seen. Each has a twin with the same first weights that gets every row with its 40 positions shuffled, \
               always in the same way: nothing is lost but which points are neighbours. Another learning rate or \
               batch starts a new race and leaves the old curves as shadows; so does a new seed for the first \
               weights, without shadows. On WebGPU the CNNs learn there, and leave the processor to the others. Drop an \
               ONNX classifier on the figure, and it sits the same test: rows of 40 numbers, standardised as the data set \
               is, in; ten logits out."
                .into(),
        aspect_wide: 1.65,
        aspect_narrow: 0.58,
        controls: vec![
            Control::choice("speed", "Speed", &PACES.map(|(id, label, _)| (id, label))),
            Control::slider("rate", "Learning rate, log10", -4.0..=-1.0, 0.25, -2.0),
            Control::slider("batch", "Rows in a batch", 10.0..=500.0, 10.0, BATCH as f64),
            Control::toggle("twins", "Shuffled twins", true),
            Control::button("again", "Start again"),
        ],
        model_contract: Some(guest::CONTRACT.into()),
        paints: false,
    }
}

fn pace_of(id: &str) -> f64 {
    PACES.iter().find(|(known, ..)| *known == id).map_or(PACES[0].2, |(.., pace)| *pace)
}

fn rate_of(exponent: f64) -> f32 {
    math::ops::powf(10.0, exponent) as f32
}

fn field(regime: Regime, engine: Engine) -> Vec<Entrant> {
    let orders = [false, true].into_iter();
    orders.flat_map(|shuffled| Kind::ALL.map(|kind| Entrant::new(kind, shuffled, regime, engine))).collect()
}

impl Race {
    /// Those that run.
    fn running(&self) -> &[Entrant] {
        if self.twins { &self.entrants } else { &self.entrants[..CLASSIFIERS] }
    }

    /// Steps that the whole field has made.
    fn steps(&self) -> u64 {
        self.running().iter().filter(|entrant| !entrant.lost).map(Entrant::steps).min().unwrap_or(STEPS)
    }

    fn is_over(&self) -> bool {
        self.running().iter().all(|entrant| entrant.next().is_none())
    }

    fn restart(&mut self, regime: Regime) {
        if self.entrants.iter().any(|entrant| entrant.steps() >= WORTH_KEEPING) {
            self.shadows = self.entrants.iter_mut().map(|entrant| std::mem::take(&mut entrant.marks)).collect();
        }
        self.regime = regime;
        self.entrants = field(regime, self.engine);
        self.due = 0.0;
    }

    /// Who is next: a reading that is owed comes first, then whoever has made the fewest steps.
    fn next(&self) -> Option<(usize, Act)> {
        let acts = self.running().iter().enumerate().filter_map(|(index, entrant)| Some((index, entrant.next()?)));
        acts.min_by_key(|(index, act)| (*act == Act::Step, self.entrants[*index].steps()))
    }

    async fn advance(&mut self, dt_secs: f64) -> Result<(), Error> {
        self.due += self.pace * dt_secs;
        let share = 1.0 / self.running().len() as f64;
        let mut spent_us = 0.0;
        while let Some((index, act)) = self.next() {
            let cost_us = self.entrants[index].cost_us(act);
            let waits = act == Act::Step && self.due < share;
            if waits || (spent_us > 0.0 && spent_us + cost_us > BUDGET_US) {
                break;
            }
            let data = &self.data[usize::from(self.entrants[index].shuffled)];
            self.entrants[index].act(act, data).await?;
            spent_us += cost_us;
            self.due -= if act == Act::Step { share } else { 0.0 };
        }
        // What the machine did not manage is not made up for later.
        self.due = self.due.min(1.0);
        // Those on a device are no further behind than a tick.
        for entrant in &mut self.entrants {
            entrant.wait().await?;
        }
        Ok(())
    }

    async fn tick_all(&mut self, dt_secs: f64) -> Result<(), Error> {
        self.advance(dt_secs).await?;
        self.ask_guest()
    }

    fn ask_guest(&mut self) -> Result<(), Error> {
        let Some(guest) = &mut self.guest else { return Ok(()) };
        let result = guest.ask([&self.data[0][1], &self.data[1][1]]);
        if result.is_err() {
            self.guest = None;
        }
        result.map(|_| ())
    }

    /// The race in words.
    fn state(&self) -> String {
        let best = self.running().iter().filter(|entrant| !entrant.shuffled && !entrant.lost);
        let best = best.max_by(|a, b| a.accuracy().unwrap_or(0.0).total_cmp(&b.accuracy().unwrap_or(0.0)));
        let Some(best) = best.filter(|best| best.steps() > 0) else { return "at the start".into() };
        let verb = if self.is_over() { "wins" } else { "leads" };
        format!("{} {verb}", best.kind.label())
    }

    fn trained_name(entrant: &Entrant) -> String {
        format!("race-{}", entrant.id())
    }

    async fn onnx_of(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        let entrant = self.running().iter().position(|entrant| Self::trained_name(entrant) == name);
        let entrant = entrant.ok_or_else(|| Error::Unknown { what: "trained model", id: name.into() })?;
        let entrant = &mut self.entrants[entrant];
        entrant.settle().await?;
        let Regime { seed, rate, batch } = self.regime;
        entrant.onnx(&format!("trained in a page: seed {seed}, Adam {rate}, batch {batch}"))
    }

    async fn save_all(&mut self) -> Result<Vec<u8>, Error> {
        for entrant in &mut self.entrants {
            entrant.settle().await?;
        }
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.f64(self.due);
        self.entrants.iter().for_each(|entrant| entrant.save(&mut writer));
        writer.count(self.shadows.len());
        self.shadows.iter().for_each(|marks| writer.points(marks));
        Ok(writer.finish())
    }

    fn table(&self) -> Table {
        let mut steps: Vec<f64> =
            self.running().iter().flat_map(|entrant| &entrant.marks).map(|mark| mark[0]).collect();
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        let columns = self.running().iter().map(|entrant| {
            let at = |step: &f64| entrant.marks.iter().find(|mark| mark[0] == *step).map_or(f64::NAN, |mark| mark[1]);
            (entrant.label(), steps.iter().map(at).collect::<Vec<_>>())
        });
        let columns: Vec<_> = columns.collect();
        let table = Table::new("race").column("step", steps.clone());
        columns.into_iter().fold(table, |table, (name, values)| table.column(&format!("test accuracy, {name}"), values))
    }
}

impl Demo for Race {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "speed" => self.pace = pace_of(value.as_text()),
            "rate" => self.restart(Regime { rate: rate_of(value.as_number()), ..self.regime }),
            "batch" => self.restart(Regime { batch: value.as_number() as usize, ..self.regime }),
            "twins" => self.twins = value.as_bool(),
            "again" => self.restart(self.regime),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        Box::pin(self.tick_all(dt_secs))
    }

    fn draw(&self, scene: &mut Scene) {
        self.draw_all(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let mut readouts = vec![
            Readout::text("state", "The race", self.state()),
            Readout {
                number: Some(self.steps() as f64),
                ..Readout::text(
                    "step",
                    "Training steps",
                    format!("{} of {}", thousands(self.steps() as usize), thousands(STEPS as usize)),
                )
            },
        ];
        readouts.extend(self.running().iter().map(accuracy_readout));
        readouts.extend(self.guest.iter().flat_map(|guest| guest.readouts(self.data[0][1].count())));
        let rate = format_number(f64::from(self.regime.rate), 2);
        readouts.push(Readout::text("rate", "Learning rate", rate.trim_end_matches('0')));
        readouts.push(Readout::text("weights", "Seed of the first weights", self.regime.seed.to_string()));
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.table()]
    }

    fn trained(&self) -> Vec<Trained> {
        let entrants = self.running().iter().filter(|entrant| entrant.steps() > 0 && !entrant.lost);
        let trained = |entrant: &Entrant| Trained {
            name: Self::trained_name(entrant),
            label: entrant.label(),
            template: entrant.id(),
        };
        entrants.map(trained).collect()
    }

    fn onnx<'a>(&'a mut self, name: &'a str, _template: &'a [u8]) -> Save<'a> {
        // Our networks write their own graph.
        Box::pin(self.onnx_of(name))
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(self.save_all())
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let due = reader.f64()?;
        let entrants = self.entrants.iter().map(|entrant| entrant.read(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        let count = reader.count()?.min(entrants.len());
        let shadows = (0..count).map(|_| reader.points()).collect::<Result<Vec<_>, _>>()?;
        reader.finish()?;
        (self.due, self.entrants, self.shadows) = (due, entrants, shadows);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(entrant::probe(self.engine))
    }

    fn attach(&mut self, model: Rc<dyn ForeignModel>) -> Result<(), Error> {
        self.guest = Some(Guest::new(model, &self.data[0][1])?);
        Ok(())
    }
}

fn accuracy_readout(entrant: &Entrant) -> Readout {
    let (id, label) = (entrant.id(), entrant.label());
    match (entrant.lost, entrant.accuracy()) {
        (true, _) => Readout::text(&id, &label, "out: it diverged"),
        (_, Some(share)) => Readout {
            number: Some(100.0 * share),
            ..Readout::text(&id, &label, format!("{:.1} % right", 100.0 * share))
        },
        _ => Readout::text(&id, &label, "not read yet"),
    }
}
