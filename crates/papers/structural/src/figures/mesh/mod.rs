//! The same beam on finer and finer meshes, designed by the network and by MMA. The filter stays two elements wide, so that
//! a finer mesh allows finer members: what a method makes of that freedom is the question.

mod picture;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Context, Control, Demo, Entry, Error, Probe, Readout, Save, Scene, Spec, Table, Tick, Value, format_number,
};

use super::draw;
use crate::methods::{Method, Run, Start};
use crate::problem::Fault;
use crate::structure::Structure;
use crate::tasks::problem_of;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "mesh", models: &[], webgpu_pays: false, new };

/// Who is compared.
const METHODS: [Method; 2] = [Method::Cnn, Method::Mma];
/// Elements across; a quarter of it down.
const MESHES: [(&str, &str, usize); 4] =
    [("middle", "64 × 16", 64), ("coarse", "32 × 8", 32), ("fine", "128 × 32", 128), ("finest", "256 × 64", 256)];
/// Meshes that are computed without being asked for.
const UNASKED: usize = 128;
/// Evaluations of each run.
const EVALUATIONS: usize = 100;
/// Elements that are evaluated in a tick, where one evaluation has fewer.
const A_TICK: usize = 1024;
/// Share of the room that is filled.
const VOLUME: f64 = 0.5;
/// Layout of the snapshot.
const VERSION: u32 = 1;

/// What was reached on a mesh.
#[derive(Clone, Debug, Default, PartialEq)]
struct Reached {
    compliance: f64,
    checked: bool,
    density: Vec<f64>,
    evaluations: usize,
}

/// The mesh that is being computed.
struct Active {
    mesh: usize,
    structure: Structure,
    runs: [Run; 2],
}

struct Mesh {
    spec: Spec,
    seed: u32,
    chosen: usize,
    active: Option<Active>,
    /// Of each mesh and method, once all evaluations were made.
    reached: [Option<[Reached; 2]>; 4],
    fault: Option<Fault>,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let mut mesh =
        Mesh { spec: spec(), seed: context.seed, chosen: 0, active: None, reached: Default::default(), fault: None };
    mesh.begin(0).map_err(|fault| Error::Numerical(fault.to_string()))?;
    Ok(Box::new(mesh))
}

fn spec() -> Spec {
    Spec {
        title: "One beam, finer and finer".into(),
        summary: "Half a long beam, held at its right foot and loaded at its middle, on meshes of 32 to 256 elements \
                  across. Above, what the network and MMA make of the chosen mesh; below, of all meshes, and the least \
                  compliance against the mesh."
            .into(),
        help: "Choose a mesh. Both methods make 100 evaluations on it, and the coarser meshes follow by themselves; 256 × 64 \
               takes about half a minute. The filter is two elements wide on every mesh, as in the paper, so that a finer \
               mesh allows thinner members. Compliances of different meshes may be compared, but for a little: under a \
               load on a single node the material sinks in deeper the smaller its elements are."
            .into(),
        aspect_wide: 1.4,
        aspect_narrow: 0.62,
        controls: vec![
            Control::choice("mesh", "Mesh", &MESHES.map(|(id, label, _)| (id, label))),
            Control::button("again", "Begin again"),
        ],
        model_contract: None,
        paints: false,
    }
}

fn begun(mesh: usize, seed: u32) -> Result<Active, Fault> {
    let width = MESHES[mesh].2;
    let problem = problem_of("mbb_beam", width, width / 4, VOLUME).ok_or(Fault::NoLoad)?;
    let structure = Structure::new(problem)?;
    let runs =
        [Run::new(METHODS[0], &structure, Start::Seed(seed))?, Run::new(METHODS[1], &structure, Start::Uniform)?];
    Ok(Active { mesh, structure, runs })
}

fn is_over(run: &Run) -> bool {
    run.finished() || run.history().len() >= EVALUATIONS
}

fn so_far(run: &Run) -> Reached {
    let (compliance, density) = run.best().unwrap_or((f64::NAN, run.density()));
    Reached { compliance, checked: run.is_checked(), density: density.to_vec(), evaluations: run.history().len() }
}

impl Active {
    fn is_over(&self) -> bool {
        self.runs.iter().all(is_over)
    }

    /// A tick's worth of evaluations, each method in turn.
    fn advance(&mut self) -> Result<(), Fault> {
        let rounds = (A_TICK / self.structure.problem().elements()).max(1);
        for _ in 0..rounds {
            let behind = |run: &&mut Run| !is_over(run);
            let next = self.runs.iter_mut().filter(behind).min_by_key(|run| run.history().len());
            let Some(run) = next else { break };
            run.step(&mut self.structure)?;
        }
        Ok(())
    }
}

impl Mesh {
    fn begin(&mut self, mesh: usize) -> Result<(), Fault> {
        self.active = Some(begun(mesh, self.seed)?);
        Ok(())
    }

    /// The mesh to be computed next: the chosen one before those that come by themselves, the coarsest of them first.
    fn next(&self) -> Option<usize> {
        let missing = |mesh: &usize| self.reached[*mesh].is_none();
        let mut unasked: Vec<usize> = (0..MESHES.len()).filter(|mesh| MESHES[*mesh].2 <= UNASKED).collect();
        unasked.sort_by_key(|mesh| MESHES[*mesh].2);
        std::iter::once(self.chosen).chain(unasked).find(missing)
    }

    fn advance(&mut self) -> Result<(), Fault> {
        let Some(next) = self.next() else {
            self.active = None;
            return Ok(());
        };
        if self.active.as_ref().is_none_or(|active| active.mesh != next) {
            return self.begin(next);
        }
        let Some(active) = &mut self.active else { return Ok(()) };
        active.advance()?;
        if active.is_over() {
            self.reached[next] = Some(active.runs.each_ref().map(so_far));
        }
        Ok(())
    }

    /// What is known of a mesh and a method.
    fn known(&self, mesh: usize, method: usize) -> Option<Reached> {
        if let Some(reached) = &self.reached[mesh] {
            return Some(reached[method].clone());
        }
        let active = self.active.as_ref().filter(|active| active.mesh == mesh)?;
        let run = &active.runs[method];
        run.best().map(|_| so_far(run))
    }

    fn save_now(&mut self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        for reached in &self.reached {
            writer.bool(reached.is_some());
            for one in reached.iter().flatten() {
                writer.f64(one.compliance);
                writer.bool(one.checked);
                writer.f64s(&one.density);
                writer.count(one.evaluations);
            }
        }
        writer.bool(self.active.is_some());
        if let Some(active) = &mut self.active {
            writer.count(active.mesh);
            for run in &mut active.runs {
                run.save(&active.structure, &mut writer);
            }
        }
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let mut reached: [Option<[Reached; 2]>; 4] = Default::default();
        for (mesh, slot) in reached.iter_mut().enumerate() {
            if reader.bool()? {
                *slot = Some([read_reached(reader, mesh)?, read_reached(reader, mesh)?]);
            }
        }
        let mut active = None;
        if reader.bool()? {
            let mesh = reader.count()?;
            if mesh >= MESHES.len() {
                return Err(bad("its mesh is unknown."));
            }
            let mut begun = begun(mesh, self.seed).map_err(|fault| bad(&fault.to_string()))?;
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

fn read_reached(reader: &mut Reader, mesh: usize) -> Result<Reached, Error> {
    let (compliance, checked) = (reader.f64()?, reader.bool()?);
    let (density, evaluations) = (reader.f64s()?, reader.count()?);
    let width = MESHES[mesh].2;
    if density.len() != width * width / 4 {
        return Err(bad("a design in it has another size."));
    }
    Ok(Reached { compliance, checked, density, evaluations })
}

impl Demo for Mesh {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "mesh" => {
                self.chosen = MESHES.iter().position(|(one, ..)| *one == value.as_text()).unwrap_or_default();
            }
            "again" => {
                (self.reached, self.fault) = (Default::default(), None);
                self.fault = self.begin(self.chosen).err();
            }
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
        let made: usize = known.iter().flatten().map(|known| known.evaluations).min().unwrap_or_default();
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
        let column = |of: &dyn Fn(usize) -> f64| (0..MESHES.len()).map(of).collect::<Vec<_>>();
        let value = |mesh: usize, method: usize| self.known(mesh, method).map_or(f64::NAN, |known| known.compliance);
        let mut table = Table::new("meshes").column("elements across", column(&|mesh| MESHES[mesh].2 as f64));
        for (at, method) in METHODS.iter().enumerate() {
            table = table.column(method.title(), column(&|mesh| value(mesh, at)));
        }
        vec![table]
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

impl Mesh {
    fn state_in_words(&self) -> String {
        match (&self.fault, &self.active) {
            (Some(fault), _) => fault.brief().into(),
            (None, Some(active)) if !active.is_over() => format!("mesh {}", MESHES[active.mesh].1),
            _ => "nothing".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;

    #[test]
    fn every_mesh_has_an_answer_and_can_be_made_by_the_network() {
        for mesh in 0..MESHES.len() {
            assert!(begun(mesh, 0).is_ok());
        }
    }

    #[test]
    fn the_chosen_mesh_comes_first_and_the_finest_only_when_asked_for() {
        let mut mesh =
            Mesh { spec: spec(), seed: 0, chosen: 3, active: None, reached: Default::default(), fault: None };
        assert_eq!(mesh.next(), Some(3));
        mesh.chosen = 0;
        mesh.reached[0] = Some(Default::default());
        assert_eq!(mesh.next().map(|mesh| MESHES[mesh].2), Some(32));
        (mesh.reached[1], mesh.reached[2]) = (Some(Default::default()), Some(Default::default()));
        assert_eq!(mesh.next(), None);
    }

    #[test]
    fn the_coarsest_mesh_is_finished_in_a_few_ticks() {
        let mut demo = new(&Context::default()).unwrap();
        demo.control("mesh", &Value::Text("coarse".into())).unwrap();
        (0..60).for_each(|_| block_on(demo.tick(0.0)).unwrap());
        let text = |id: &str| demo.readouts().into_iter().find(|one| one.id == id).unwrap().text;
        assert_eq!(text("evaluations"), "100 of 100");
        assert!(text("mma").ends_with('\u{2713}'), "{}", text("mma"));
    }
}
