//! The same beam on finer and finer meshes, designed by the network and by MMA. The filter stays two elements wide, so that
//! a finer mesh allows finer members: what a method makes of that freedom is the question.

mod picture;

use std::collections::BTreeMap;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Context, Control, Demo, Engine, Entry, Error, Probe, Readout, Save, Scene, Spec, Table, Tick, Value, format_number,
};

use super::draw;
use crate::methods::{Method, Run, Start};
use crate::physics::{self, Physics};
use crate::problem::Fault;
use crate::structure::Structure;
use crate::tasks::problem_of;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "mesh", models: &[], webgpu_pays: false, new };

/// Who is compared.
const METHODS: [Method; 2] = [Method::Cnn, Method::Mma];
/// Elements across, in steps of the narrowest; a quarter of it down.
const NARROWEST: usize = 32;
const WIDEST: usize = 512;
/// The widest that the direct solver is asked for.
const WIDEST_DIRECT: usize = 256;
/// The mesh at the start.
const CHOSEN: usize = 64;
/// Meshes that are computed without being asked for.
const UNASKED: [usize; 3] = [32, 64, 128];
/// Evaluations of each run.
const EVALUATIONS: usize = 100;
/// Elements that are evaluated in a tick, where one evaluation has fewer.
const A_TICK: usize = 1024;
/// Share of the room that is filled.
const VOLUME: f64 = 0.5;
/// Layout of the snapshot.
const VERSION: u32 = 2;

/// What was reached on a mesh.
#[derive(Clone, Debug, Default, PartialEq)]
struct Reached {
    compliance: f64,
    checked: bool,
    density: Vec<f64>,
    /// Compliance at each evaluation.
    history: Vec<f64>,
}

/// The mesh that is being computed.
struct Active {
    structure: Structure,
    physics: Physics,
    runs: [Run; 2],
}

struct Mesh {
    spec: Spec,
    seed: u32,
    engine: Engine,
    /// Elements across of the chosen mesh.
    chosen: usize,
    active: Option<Active>,
    /// Of each mesh, by its elements across, and each method, once all evaluations were made.
    reached: BTreeMap<usize, [Reached; 2]>,
    fault: Option<Fault>,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let mut mesh = empty(context);
    mesh.begin(CHOSEN).map_err(|fault| Error::Numerical(fault.to_string()))?;
    Ok(Box::new(mesh))
}

fn empty(context: &Context) -> Mesh {
    Mesh {
        spec: spec(),
        seed: context.seed,
        engine: context.engine,
        chosen: CHOSEN,
        active: None,
        reached: BTreeMap::new(),
        fault: None,
    }
}

fn spec() -> Spec {
    Spec {
        title: "One beam, finer and finer".into(),
        summary: "Half a long beam, held at its right foot and loaded at its middle, on meshes of 32 to 512 elements \
                  across. Above, what the network and MMA make of the chosen mesh; below, of meshes that double, and the \
                  least compliance against the mesh."
            .into(),
        help: "Choose how many elements the beam has across; it has a quarter of them down. Both methods make 100 evaluations \
               on a mesh, what they reached is kept, and 32, 64 and 128 follow by themselves; 256 × 64 takes about half a \
               minute. Meshes of more than 256 are computed on WebGPU alone, by conjugate gradients with a multigrid \
               preconditioner: in single precision, corrected until all loads are balanced in double precision, which the \
               tick beside a value says of either solver. The filter is two elements wide on every mesh, as in the paper, so \
               that a finer mesh allows thinner members. Compliances of different meshes may be compared, but for a little: \
               under a load on a single node the material sinks in deeper the smaller its elements are."
            .into(),
        aspect_wide: 1.4,
        aspect_narrow: 0.62,
        controls: vec![
            Control::slider(
                "width",
                "Elements across",
                NARROWEST as f64..=WIDEST as f64,
                NARROWEST as f64,
                CHOSEN as f64,
            ),
            Control::button("again", "Begin again"),
        ],
        model_contract: None,
        paints: false,
    }
}

fn begun(width: usize, seed: u32, engine: Engine) -> Result<Active, Fault> {
    let problem = problem_of("mbb_beam", width, width / 4, VOLUME).ok_or(Fault::NoLoad)?;
    let structure = Structure::unplanned(problem)?;
    let runs =
        [Run::new(METHODS[0], &structure, Start::Seed(seed))?, Run::new(METHODS[1], &structure, Start::Uniform)?];
    Ok(Active { physics: Physics::new(&structure, engine), structure, runs })
}

/// How a mesh is called.
fn name(width: usize) -> String {
    format!("{width} \u{d7} {}", width / 4)
}

fn is_over(run: &Run) -> bool {
    run.finished() || run.history().len() >= EVALUATIONS
}

fn so_far(run: &Run) -> Reached {
    let (compliance, density) = run.best().unwrap_or((f64::NAN, run.density()));
    Reached { compliance, checked: run.is_checked(), density: density.to_vec(), history: run.history().to_vec() }
}

impl Active {
    fn width(&self) -> usize {
        self.structure.problem().width
    }

    fn is_over(&self) -> bool {
        self.runs.iter().all(is_over)
    }

    /// A tick's worth of evaluations, each method in turn. The inner error is what the structure is wrong with.
    async fn advance(&mut self) -> Result<Result<(), Fault>, Error> {
        let rounds = (A_TICK / self.structure.problem().elements()).max(1);
        for _ in 0..rounds {
            let behind = |run: &&mut Run| !is_over(run);
            let next = self.runs.iter_mut().filter(behind).min_by_key(|run| run.history().len());
            let Some(run) = next else { break };
            if let Err(fault) = self.physics.step(run, &mut self.structure).await? {
                return Ok(Err(fault));
            }
        }
        Ok(Ok(()))
    }
}

impl Mesh {
    fn begin(&mut self, width: usize) -> Result<(), Fault> {
        self.active = Some(begun(width, self.seed, self.engine)?);
        Ok(())
    }

    /// Whether a mesh can be computed on the present engine.
    fn computes(&self, width: usize) -> bool {
        width <= WIDEST_DIRECT || self.engine == Engine::WebGpu
    }

    /// The mesh to be computed next: the chosen one before those that come by themselves, the coarsest of them first.
    fn next(&self) -> Option<usize> {
        let missing = |width: &usize| !self.reached.contains_key(width) && self.computes(*width);
        std::iter::once(self.chosen).chain(UNASKED).find(missing)
    }

    async fn advance(&mut self) -> Result<(), Error> {
        if self.fault.is_some() {
            return Ok(());
        }
        let Some(next) = self.next() else {
            self.active = None;
            return Ok(());
        };
        if self.active.as_ref().is_none_or(|active| active.width() != next) {
            self.fault = self.begin(next).err();
            return Ok(());
        }
        let Some(active) = &mut self.active else { return Ok(()) };
        self.fault = active.advance().await?.err();
        if active.is_over() {
            self.reached.insert(next, active.runs.each_ref().map(so_far));
        }
        Ok(())
    }

    /// What is known of a mesh and a method.
    fn known(&self, width: usize, method: usize) -> Option<Reached> {
        if let Some(reached) = self.reached.get(&width) {
            return Some(reached[method].clone());
        }
        let active = self.active.as_ref().filter(|active| active.width() == width)?;
        let run = &active.runs[method];
        run.best().map(|_| so_far(run))
    }

    fn save_now(&mut self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.count(self.reached.len());
        for (width, reached) in &self.reached {
            writer.count(*width);
            for one in reached {
                writer.f64(one.compliance);
                writer.bool(one.checked);
                writer.f64s(&one.density);
                writer.f64s(&one.history);
            }
        }
        writer.bool(self.active.is_some());
        if let Some(active) = &mut self.active {
            writer.count(active.width());
            for run in &mut active.runs {
                run.save(&active.structure, &mut writer);
            }
        }
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let mut reached = BTreeMap::new();
        for _ in 0..reader.count()?.min(WIDEST / NARROWEST) {
            let width = read_width(reader)?;
            reached.insert(width, [read_reached(reader, width)?, read_reached(reader, width)?]);
        }
        let mut active = None;
        if reader.bool()? {
            let width = read_width(reader)?;
            let mut begun = begun(width, self.seed, self.engine).map_err(|fault| bad(&fault.to_string()))?;
            for run in &mut begun.runs {
                *run = run.restored(&begun.structure, reader)?;
            }
            active = Some(begun);
        }
        reader.clone().finish()?;
        (self.reached, self.active, self.fault) = (reached, active, None);
        Ok(())
    }
}

fn read_width(reader: &mut Reader) -> Result<usize, Error> {
    let width = reader.count()?;
    let exists = (NARROWEST..=WIDEST).contains(&width) && width.is_multiple_of(NARROWEST);
    if exists { Ok(width) } else { Err(bad("its mesh is unknown.")) }
}

fn read_reached(reader: &mut Reader, width: usize) -> Result<Reached, Error> {
    let (compliance, checked) = (reader.f64()?, reader.bool()?);
    let (density, history) = (reader.f64s()?, reader.f64s()?);
    if density.len() != width * width / 4 {
        return Err(bad("a design in it has another size."));
    }
    Ok(Reached { compliance, checked, density, history })
}

impl Demo for Mesh {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "width" => self.chosen = value.as_number() as usize,
            "again" => {
                (self.reached, self.active, self.fault) = (BTreeMap::new(), None, None);
            }
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        Box::pin(self.advance())
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let known = [0, 1].map(|method| self.known(self.chosen, method));
        let mut readouts: Vec<Readout> = METHODS
            .iter()
            .zip(&known)
            .map(|(method, known)| {
                let label = format!("Compliance, {}", method.title());
                draw::compliance(method.id(), &label, known.as_ref().map(|known| (known.compliance, known.checked)))
            })
            .collect();
        let ahead = match &known {
            [Some(cnn), Some(mma)] => {
                let percent = 100.0 * (cnn.compliance / mma.compliance - 1.0);
                let sign = if percent < 0.0 { "\u{2212}" } else { "+" };
                format!("{sign}{} %", format_number(percent.abs(), 2))
            }
            _ => draw::UNKNOWN.into(),
        };
        let made: usize = known.iter().flatten().map(|known| known.history.len()).min().unwrap_or_default();
        readouts.extend([
            Readout::text("ahead", "CNN against MMA", ahead),
            Readout {
                number: Some(made as f64),
                ..Readout::text("evaluations", "Evaluations", format!("{made} of {EVALUATIONS}"))
            },
            Readout::text("state", "Computing", self.state_in_words()),
        ]);
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let widths = self.widths();
        let across: Vec<f64> = widths.iter().map(|width| *width as f64).collect();
        let mut table = Table::new("meshes").column("elements across", across);
        for (at, method) in METHODS.iter().enumerate() {
            let value = |width: &usize| self.known(*width, at).map_or(f64::NAN, |known| known.compliance);
            table = table.column(method.title(), widths.iter().map(value).collect::<Vec<_>>());
        }
        let histories =
            [0, 1].map(|method| self.known(self.chosen, method).map(|known| known.history).unwrap_or_default());
        let longest = histories.iter().map(Vec::len).max().unwrap_or_default();
        let count: Vec<f64> = (1..=longest).map(|at| at as f64).collect();
        let mut of_chosen = Table::new("compliance").column("evaluation", count);
        for (method, history) in METHODS.iter().zip(histories) {
            of_chosen = of_chosen.column(method.title(), history);
        }
        vec![table, of_chosen]
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
        Box::pin(physics::probe(self.engine))
    }
}

impl Mesh {
    fn state_in_words(&self) -> String {
        match (&self.fault, &self.active) {
            (Some(fault), _) => fault.brief().into(),
            _ if !self.computes(self.chosen) => "needs WebGPU".into(),
            (None, Some(active)) if !active.is_over() => {
                let place = if active.physics.is_gpu() { ", on WebGPU" } else { "" };
                format!("mesh {}{place}", name(active.width()))
            }
            _ => "nothing".into(),
        }
    }

    /// Meshes of which something is known, the coarsest first.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.reached.keys().copied().collect();
        widths.extend(self.active.iter().map(Active::width));
        widths.sort_unstable();
        widths.dedup();
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;

    #[test]
    fn every_mesh_has_an_answer_and_can_be_made_by_the_network() {
        for width in (NARROWEST..=WIDEST).step_by(NARROWEST) {
            assert!(begun(width, 0, Engine::Cpu).is_ok(), "{width}");
        }
    }

    #[test]
    fn the_chosen_mesh_comes_first_and_a_fine_one_only_when_asked_for() {
        let mut mesh = empty(&Context::default());
        mesh.chosen = 256;
        assert_eq!(mesh.next(), Some(256));
        mesh.chosen = CHOSEN;
        mesh.reached.insert(64, Default::default());
        assert_eq!(mesh.next(), Some(32));
        mesh.reached.extend([(32, Default::default()), (128, Default::default())]);
        assert_eq!(mesh.next(), None);
        mesh.chosen = 96;
        assert_eq!(mesh.next(), Some(96));
    }

    #[test]
    fn what_needs_a_gpu_is_said_and_holds_nothing_up() {
        let mut mesh = empty(&Context::default());
        mesh.chosen = WIDEST;
        assert_eq!(mesh.next(), Some(32));
        assert_eq!(mesh.state_in_words(), "needs WebGPU");
        mesh.engine = Engine::WebGpu;
        assert_eq!(mesh.next(), Some(WIDEST));
    }

    #[test]
    fn the_coarsest_mesh_is_finished_in_a_few_ticks() {
        let mut demo = new(&Context::default()).unwrap();
        demo.control("width", &Value::Number(32.0)).unwrap();
        (0..60).for_each(|_| block_on(demo.tick(0.0)).unwrap());
        let text = |id: &str| demo.readouts().into_iter().find(|one| one.id == id).unwrap().text;
        assert_eq!(text("evaluations"), "100 of 100");
        assert!(text("mma").ends_with('\u{2713}'), "{}", text("mma"));
    }
}
