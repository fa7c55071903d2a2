//! The paper's 116 tasks with the published results, each of which can be run here and placed among them.

mod picture;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Context, Control, Demo, Entry, Error, Handle, Phase, Point, Pointer, Probe, Readout, Save, Scene, Size, Spec,
    Table, Tick, Value, format_number,
};

use super::certificate::{self, Design};
use super::draw;
use crate::methods::{Method, Run, Start};
use crate::problem::Fault;
use crate::structure::Structure;
use crate::tasks::{COUNT, Task, problem_of};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "gallery", models: &[], webgpu_pays: false, new };

/// Cards of a row.
const COLUMNS: usize = 29;
/// Rows of cards.
const ROWS: usize = COUNT / COLUMNS;
/// Most elements that are computed live; larger grids are halved until they fit.
const MOST_LIVE: usize = 6200;
/// Evaluations of a run.
const EVALUATIONS: usize = 200;
/// Evaluations of a tick on the smallest grids.
const A_TICK: usize = 2;
const SMALL: usize = 2600;
const CARD: &str = "task";
/// Layout of the snapshot.
const VERSION: u32 = 2;

/// Which of the published results count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    Best,
    Typical,
}

struct Gallery {
    spec: Spec,
    /// All tasks, the smallest first.
    tasks: Vec<Task>,
    chosen: usize,
    counted: Counted,
    method: Method,
    seed: u32,
    structure: Structure,
    run: Run,
    fault: Option<Fault>,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let mut tasks: Vec<Task> = Task::all().collect();
    tasks.sort_by_key(|task| task.width * task.height);
    let chosen = tasks.iter().position(|task| task.name == "multistory_building_32x64_0.5").unwrap_or_default();
    let (structure, run) =
        live(&tasks[chosen], Method::Cnn, context.seed).map_err(|f| Error::Numerical(f.to_string()))?;
    Ok(Box::new(Gallery {
        spec: spec(),
        tasks,
        chosen,
        counted: Counted::Best,
        method: Method::Cnn,
        seed: context.seed,
        structure,
        run,
        fault: None,
    }))
}

fn spec() -> Spec {
    Spec {
        title: "116 tasks, and who wins them".into(),
        summary: "One square for each of the paper’s tasks, the smallest grids first, in the colour of the method whose \
                  published compliance is the least. The chosen task is computed here, and its result placed among the \
                  published ones."
            .into(),
        help: "Drag the ring to a square, or press on one; by keyboard use the arrow keys. Choose whether the best of an \
               ensemble of starts counts or a typical run, and watch the colours change. The method that you choose runs \
               here for 200 evaluations; published are 1,000, over 101 seeds for an ensemble. Grids of more than 6,200 \
               elements are computed here at half or a quarter of their size, and then cannot be compared. A square is the \
               least of our own native runs, where the task was among them: 200 evaluations from a few starts. Many \
               designs are drawn beside their mirror image: only half is computed."
            .into(),
        aspect_wide: 1.35,
        aspect_narrow: 0.62,
        controls: vec![
            Control::choice("counted", "Published", &[("best", "best of an ensemble"), ("typical", "typical run")]),
            Control::choice("method", "Run it here with", &Method::ALL.map(|method| (method.id(), method.title()))),
            Control::button("again", "Run it again"),
        ],
        model_contract: None,
        paints: false,
    }
}

/// The task on a grid that is computed live, and how often it was halved.
fn live_size(task: &Task) -> ([usize; 2], u32) {
    let halvings = (0..8).find(|times| (task.width * task.height) >> (2 * times) <= MOST_LIVE).unwrap_or(8);
    ([task.width >> halvings, task.height >> halvings], halvings)
}

fn live(task: &Task, method: Method, seed: u32) -> Result<(Structure, Run), Fault> {
    let ([width, height], _) = live_size(task);
    let problem = problem_of(task.family, width, height, task.volume).unwrap_or_else(|| task.problem());
    let structure = Structure::new(problem)?;
    let start = if method == Method::Cnn { Start::Seed(seed) } else { Start::Uniform };
    let run = Run::new(method, &structure, start)?;
    Ok((structure, run))
}

impl Gallery {
    fn task(&self) -> &Task {
        &self.tasks[self.chosen]
    }

    fn choose(&mut self, index: usize) {
        if index != self.chosen {
            self.chosen = index.min(COUNT - 1);
            self.begin();
        }
    }

    fn begin(&mut self) {
        match live(self.task(), self.method, self.seed) {
            Ok((structure, run)) => (self.structure, self.run, self.fault) = (structure, run, None),
            Err(fault) => self.fault = Some(fault),
        }
    }

    fn advance(&mut self) {
        let quick = self.structure.problem().elements() <= SMALL && self.method != Method::Cnn;
        for _ in 0..if quick { A_TICK } else { 1 } {
            if self.fault.is_some() || self.run.history().len() >= EVALUATIONS {
                return;
            }
            self.fault = self.run.step(&mut self.structure).err();
        }
    }

    fn published(&self, task: &Task) -> [f64; 4] {
        match self.counted {
            Counted::Best => task.best,
            Counted::Typical => task.typical,
        }
    }

    /// Who has the least published compliance, the first where two have.
    fn winner(&self, task: &Task) -> Method {
        let values = self.published(task);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let place = values.iter().position(|value| *value <= least).unwrap_or_default();
        Method::ALL[place]
    }

    /// Tasks won by each method, shared ones counted for both.
    fn wins(&self, large: bool) -> [usize; 4] {
        let mut wins = [0; 4];
        for task in self.tasks.iter().filter(|task| task.is_large() == large) {
            let values = self.published(task);
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            values.iter().zip(&mut wins).for_each(|(value, wins)| *wins += usize::from(*value <= least));
        }
        wins
    }

    fn tally(&self, large: bool) -> String {
        self.wins(large).map(|wins| wins.to_string()).join(", ")
    }

    /// Where it would stand among the published results.
    fn place(&self) -> String {
        let Some((best, _)) = self.run.best() else { return draw::UNKNOWN.into() };
        let ([width, height], halvings) = live_size(self.task());
        if halvings > 0 {
            return format!("only on {width} \u{d7} {height}");
        }
        let values = self.published(self.task());
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let ahead = values.iter().filter(|value| **value < best).count();
        let change = format_number(100.0 * (best / least - 1.0).abs(), 2);
        let sign = if best < least { "\u{2212}" } else { "+" };
        format!("{} of 5, {sign}{change} %", ahead + 1)
    }

    fn save_now(&mut self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.count(self.chosen);
        self.run.save(&self.structure, &mut writer);
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let chosen = reader.count()?;
        let task = self.tasks.get(chosen).ok_or_else(|| bad("its task is unknown."))?;
        let (structure, run) = live(task, self.method, self.seed).map_err(|fault| bad(&fault.to_string()))?;
        let run = run.restored(&structure, reader)?;
        reader.clone().finish()?;
        (self.chosen, self.structure, self.run, self.fault) = (chosen, structure, run, None);
        Ok(())
    }
}

impl Demo for Gallery {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "counted" => self.counted = if value.as_text() == "typical" { Counted::Typical } else { Counted::Best },
            "method" => {
                self.method = Method::from_id(value.as_text()).unwrap_or(Method::Cnn);
                self.begin();
            }
            "again" => self.begin(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        self.advance();
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let task = self.task();
        let counted = if self.counted == Counted::Best { "best" } else { "typical" };
        let grid = format!("{} \u{d7} {}, {} %", task.width, task.height, format_number(100.0 * task.volume, 3));
        let mut readouts =
            vec![Readout::text("name", "Task", task.title()), Readout::text("grid", "Grid, material", grid)];
        readouts.extend(Method::ALL.iter().zip(self.published(task)).map(|(method, value)| {
            let label = format!("Published, {}, {counted}", method.title());
            Readout::number(method.id(), &label, value, 6, "")
        }));
        let here = self.run.best().map(|(best, _)| (best, self.run.is_checked()));
        let label = format!("Here, {}", self.method.title());
        readouts.extend([
            draw::compliance("here", &label, here),
            Readout::text("place", "Its place", self.place()),
            Readout::text("evaluations", "Evaluations", format!("{} of {EVALUATIONS}", self.run.history().len())),
            Readout::text("small", "Wins on small grids: CNN, pixels, MMA, OC", self.tally(false)),
            Readout::text("large", "Wins on large grids: CNN, pixels, MMA, OC", self.tally(true)),
        ]);
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let column = |of: &dyn Fn(&Task) -> f64| self.tasks.iter().map(of).collect::<Vec<_>>();
        let mut table = Table::new("published")
            .column("width", column(&|task| task.width as f64))
            .column("height", column(&|task| task.height as f64))
            .column("volume", column(&|task| task.volume));
        for (at, method) in Method::ALL.iter().enumerate() {
            table = table
                .column(&format!("{}, typical", method.title()), column(&|task| task.typical[at]))
                .column(&format!("{}, best", method.title()), column(&|task| task.best[at]));
        }
        let count: Vec<f64> = (1..=self.run.history().len()).map(|at| at as f64).collect();
        let history = Table::new("run").column("evaluation", count).column("compliance", self.run.history());
        let mut tables = vec![table, history];
        tables.extend(certificate::tables(self.structure.problem(), &[Design::best(self.method.title(), &self.run)]));
        tables
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        vec![Handle {
            id: CARD.into(),
            label: "Chosen task".into(),
            text: self.name(),
            world: picture::card(self.chosen),
            step: [1.0, 1.0],
            bounds: picture::card_bounds(),
            view: picture::Layout::new(size).cards(),
            radius: 9.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != CARD {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.choose(picture::index(world));
        Ok(())
    }

    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        let view = picture::Layout::new(size).cards();
        if pointer.phase == Phase::Start && view.figure.contains(pointer.at) {
            self.choose(picture::index(view.world_from_figure(pointer.at)));
        }
        Ok(())
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

impl Gallery {
    fn name(&self) -> String {
        let task = self.task();
        format!(
            "{}, {} × {}, {} % material",
            task.title(),
            task.width,
            task.height,
            format_number(100.0 * task.volume, 2)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;

    #[test]
    fn every_task_runs_live_with_every_method() {
        for task in Task::all() {
            let ([width, height], halvings) = live_size(&task);
            assert!(
                width * height <= MOST_LIVE && (width << halvings, height << halvings) == (task.width, task.height)
            );
            let problem = problem_of(task.family, width, height, task.volume).unwrap();
            assert_eq!(problem.check(), Ok(()), "{}", task.name);
            assert!(width.is_multiple_of(4) && height.is_multiple_of(4), "{}", task.name);
        }
    }

    #[test]
    fn the_published_wins_are_those_that_the_page_tells() {
        let mut tasks: Vec<Task> = Task::all().collect();
        tasks.sort_by_key(|task| task.width * task.height);
        let mut demo = new(&Context::default()).unwrap();
        let text = |demo: &dyn Demo, id: &str| demo.readouts().into_iter().find(|one| one.id == id).unwrap().text;
        assert_eq!(text(demo.as_ref(), "large"), "41, 0, 13, 0");
        assert_eq!(text(demo.as_ref(), "small"), "26, 0, 36, 2");
        demo.control("counted", &Value::Text("typical".into())).unwrap();
        assert_eq!(text(demo.as_ref(), "large"), "23, 0, 22, 9");
        block_on(demo.tick(0.0)).unwrap();
        assert!(text(demo.as_ref(), "place").starts_with("5 of 5, +"));
    }
}
