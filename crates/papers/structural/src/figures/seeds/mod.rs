//! A contact sheet: sixty-four networks that differ in their first weights alone, each optimised for the same structure, and
//! the best of them outlined.

mod picture;

use demo::snapshot::{Reader, Writer, bad};
use demo::{Context, Control, Demo, Entry, Error, Probe, Readout, Save, Scene, Spec, Table, Tick, Value};

use super::draw;
use crate::methods::{Method, Run, Start};
use crate::problem::Fault;
use crate::structure::Structure;
use crate::tasks::problem_of;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "seeds", models: &[], webgpu_pays: false, new };

/// Networks of a sheet.
const COUNT: usize = 64;
/// The grid.
const WIDTH: usize = 64;
const HEIGHT: usize = 32;
/// Layout of the snapshot.
const VERSION: u32 = 1;

/// Name, label, family and volume.
const TASKS: [(&str, &str, &str, f64); 3] = [
    ("cantilever", "Cantilever", "cantilever_beam_full", 0.4),
    ("bridge", "Suspended bridge", "anchored_suspended_bridge", 0.2),
    ("canyon", "Bridge over a canyon", "canyon_bridge", 0.2),
];

/// Evaluations that each network may make.
const LIMITS: [(&str, &str, usize); 3] = [("some", "25", 25), ("few", "10", 10), ("many", "100", 100)];

/// What one network came to.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    compliance: f64,
    checked: bool,
    /// Densities in 255 steps, as they are drawn.
    pixels: Vec<u8>,
}

struct Seeds {
    spec: Spec,
    /// Seed of the first network; the others follow it.
    first: u32,
    task: usize,
    limit: usize,
    sorted: bool,
    structure: Structure,
    /// MMA from an even grey, with as many evaluations.
    rival: Run,
    /// The network at work.
    run: Run,
    outcomes: Vec<Outcome>,
    fault: Option<Fault>,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let (structure, rival, run) = begun(0, context.seed).map_err(|fault| Error::Numerical(fault.to_string()))?;
    Ok(Box::new(Seeds {
        spec: spec(),
        first: context.seed,
        task: 0,
        limit: LIMITS[0].2,
        sorted: false,
        structure,
        rival,
        run,
        outcomes: Vec::new(),
        fault: None,
    }))
}

fn spec() -> Spec {
    Spec {
        title: "Sixty-four networks, one structure".into(),
        summary: "A contact sheet of designs by networks that differ in their first weights alone. The best so far is \
                  outlined, and shown large; beside it all compliances in order, with that of MMA from an even grey as a \
                  line."
            .into(),
        help: "Each network in turn makes as many evaluations as you allow, one after the other: a minute or so for the \
               sheet. Put them in order to see what good designs have in common. The seed is that of the first network; \
               another one gives another sixty-four."
            .into(),
        aspect_wide: 1.2,
        aspect_narrow: 0.66,
        controls: vec![
            Control::choice("task", "Structure", &TASKS.map(|(id, label, ..)| (id, label))),
            Control::choice("limit", "Evaluations of each", &LIMITS.map(|(id, label, _)| (id, label))),
            Control::toggle("sorted", "The best first", false),
            Control::button("again", "Begin again"),
        ],
        model_contract: None,
        paints: false,
    }
}

fn begun(task: usize, seed: u32) -> Result<(Structure, Run, Run), Fault> {
    let (.., family, volume) = TASKS[task];
    let structure = Structure::new(problem_of(family, WIDTH, HEIGHT, volume).ok_or(Fault::NoLoad)?)?;
    let rival = Run::new(Method::Mma, &structure, Start::Uniform)?;
    let run = Run::new(Method::Cnn, &structure, Start::Seed(seed))?;
    Ok((structure, rival, run))
}

impl Seeds {
    fn begin(&mut self) {
        self.outcomes.clear();
        match begun(self.task, self.first) {
            Ok((structure, rival, run)) => {
                (self.structure, self.rival, self.run, self.fault) = (structure, rival, run, None);
            }
            Err(fault) => self.fault = Some(fault),
        }
    }

    fn is_over(&self) -> bool {
        self.outcomes.len() >= COUNT
    }

    /// One evaluation of the rival, who takes less than the network, and one of the network.
    fn advance(&mut self) -> Result<(), Fault> {
        if self.rival.history().len() < self.limit {
            self.rival.step(&mut self.structure)?;
        }
        if self.is_over() {
            return Ok(());
        }
        self.run.step(&mut self.structure)?;
        if self.run.history().len() >= self.limit || self.run.finished() {
            self.keep();
            let seed = self.first.wrapping_add(self.outcomes.len() as u32);
            if !self.is_over() {
                self.run = Run::new(Method::Cnn, &self.structure, Start::Seed(seed))?;
            }
        }
        Ok(())
    }

    fn keep(&mut self) {
        if let Some((compliance, density)) = self.run.best() {
            let pixels = density.iter().map(|x| (x.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
            self.outcomes.push(Outcome { compliance, checked: self.run.is_checked(), pixels });
        }
    }

    /// Numbers of the networks in the order in which they are shown.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.outcomes.len()).collect();
        if self.sorted {
            order.sort_by(|a, b| self.outcomes[*a].compliance.total_cmp(&self.outcomes[*b].compliance));
        }
        order
    }

    /// The number of the best network so far.
    fn best(&self) -> Option<usize> {
        let value = |at: &usize| self.outcomes[*at].compliance;
        (0..self.outcomes.len()).min_by(|a, b| value(a).total_cmp(&value(b)))
    }

    fn save_now(&mut self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.count(self.outcomes.len());
        for outcome in &self.outcomes {
            writer.f64(outcome.compliance);
            writer.bool(outcome.checked);
            writer.bytes(&outcome.pixels);
        }
        self.rival.save(&self.structure, &mut writer);
        self.run.save(&self.structure, &mut writer);
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let count = reader.count()?;
        if count > COUNT {
            return Err(bad("it holds too many designs."));
        }
        let outcomes = (0..count).map(|_| read_outcome(reader)).collect::<Result<Vec<_>, _>>()?;
        let seed = self.first.wrapping_add(count as u32);
        let (structure, rival, run) = begun(self.task, seed).map_err(|fault| bad(&fault.to_string()))?;
        let (rival, run) = (rival.restored(&structure, reader)?, run.restored(&structure, reader)?);
        reader.clone().finish()?;
        (self.structure, self.rival, self.run) = (structure, rival, run);
        (self.outcomes, self.fault) = (outcomes, None);
        Ok(())
    }
}

fn read_outcome(reader: &mut Reader) -> Result<Outcome, Error> {
    let (compliance, checked, pixels) = (reader.f64()?, reader.bool()?, reader.bytes()?.to_vec());
    if pixels.len() == WIDTH * HEIGHT {
        Ok(Outcome { compliance, checked, pixels })
    } else {
        Err(bad("a design in it has another size."))
    }
}

impl Demo for Seeds {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "task" => {
                self.task = TASKS.iter().position(|(one, ..)| *one == value.as_text()).unwrap_or_default();
                self.begin();
            }
            "limit" => {
                let limit = LIMITS.iter().find(|(one, ..)| *one == value.as_text());
                self.limit = limit.map_or(LIMITS[0].2, |(_, _, limit)| *limit);
                self.begin();
            }
            "sorted" => self.sorted = value.as_bool(),
            "again" => self.begin(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        if self.fault.is_none() {
            self.fault = self.advance().err();
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let values: Vec<f64> = self.outcomes.iter().map(|outcome| outcome.compliance).collect();
        let best = self.best().map(|at| (self.outcomes[at].compliance, self.outcomes[at].checked));
        let rival = self.rival.best().map(|(best, _)| (best, self.rival.is_checked()));
        let count = self.outcomes.len();
        let order = if self.sorted { "the best first" } else { "as they came" };
        vec![
            draw::compliance("best", "Best network", best),
            match math::stats::median(&values) {
                median if values.is_empty() || median.is_nan() => draw::compliance("median", "Median network", None),
                median => Readout::number("median", "Median network", median, 6, ""),
            },
            draw::compliance("mma", "MMA, from grey", rival),
            Readout {
                number: Some(count as f64),
                ..Readout::text("networks", "Networks", format!("{count} of {COUNT}"))
            },
            Readout::text("evaluations", "Evaluations now", format!("{} of {}", self.run.history().len(), self.limit)),
            Readout::text("order", "Order", order),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let seed = |at: usize| f64::from(self.first.wrapping_add(at as u32));
        let seeds: Vec<f64> = (0..self.outcomes.len()).map(seed).collect();
        let values: Vec<f64> = self.outcomes.iter().map(|outcome| outcome.compliance).collect();
        vec![Table::new("networks").column("seed", seeds).column("compliance", values)]
    }

    fn save(&mut self) -> Save<'_> {
        let bytes = self.save_now();
        Box::pin(std::future::ready(Ok(bytes)))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        self.restore_from(&mut reader)
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;

    #[test]
    fn every_structure_can_be_begun() {
        for (at, (id, ..)) in TASKS.iter().enumerate() {
            assert!(begun(at, 0).is_ok(), "{id}");
        }
    }

    #[test]
    fn networks_come_one_after_the_other_and_the_best_comes_first_when_sorted() {
        let mut demo = new(&Context::default()).unwrap();
        demo.control("limit", &Value::Text("few".into())).unwrap();
        (0..31).for_each(|_| block_on(demo.tick(0.0)).unwrap());
        let table = &demo.tables()[0];
        let text = |id: &str| demo.readouts().into_iter().find(|one| one.id == id).unwrap();
        assert_eq!((text("networks").text.as_str(), text("evaluations").text.as_str()), ("3 of 64", "1 of 10"));
        let least = table.columns[1].values.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(text("best").number, Some(least));
        assert_eq!(table.columns[0].values, [0.0, 1.0, 2.0]);
    }
}
