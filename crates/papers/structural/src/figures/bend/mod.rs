//! How a structure bends: its deformation, exaggerated, coloured by the energy that each element stores. The load can be
//! dragged over a design that was made for another place.

mod picture;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Context, Control, Demo, Entry, Error, Handle, Point, Probe, Readout, Save, Scene, Size, Spec, Table, Tick, Value,
    format_number,
};

use super::board::Board;
use super::certificate::{self, Design};
use super::{draw, load, problems};
use crate::methods::{Method, Run, Start};
use crate::problem::Fault;
use crate::structure::Structure;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "bend", models: &[], webgpu_pays: false, new };

/// Who makes the design; the first is the quickest.
const MAKERS: [Method; 4] = [Method::Oc, Method::Cnn, Method::Mma, Method::Pixel];
/// Evaluations after which a design is finished.
const EVALUATIONS: usize = 60;
/// Evaluations of a tick, on grids of up to so many elements; larger ones get one.
const A_TICK: usize = 2;
const SMALL: usize = 2600;
/// Share of the room that is filled at the start, in per cent.
const VOLUME: f64 = 25.0;
/// Cells that the structure bends at full exaggeration under the load that it was made for.
const REACH: f64 = 7.0;
/// Exaggeration at the start, in per cent.
const EXAGGERATION: f64 = 60.0;
/// It is drawn bent by at most so many cells.
const MOST: f64 = 16.0;
/// One sway to and fro.
const PERIOD_SECS: f64 = 2.6;
/// Layout of the snapshot.
const VERSION: u32 = 2;

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the figure")]
struct Bend {
    spec: Spec,
    board: Board,
    structure: Structure,
    run: Run,
    method: Method,
    seed: u32,
    fault: Option<Fault>,
    /// Compliance and largest displacement under the load that the design was made for, once it is finished.
    made: Option<[f64; 2]>,
    /// Compliance now, and whether its displacements were found to balance the loads.
    compliance: f64,
    checked: bool,
    rebuilds: bool,
    sways: bool,
    energy: bool,
    exaggeration: f64,
    volume: f64,
    secs: f64,
    changed: bool,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let words = |fault: Fault| Error::Numerical(fault.to_string());
    let board = problems::board("bridge");
    let structure = Structure::new(board.problem(1, VOLUME / 100.0, false)).map_err(words)?;
    let run = Run::new(Method::Oc, &structure, Start::Uniform).map_err(words)?;
    Ok(Box::new(Bend {
        method: Method::Oc,
        seed: context.seed,
        spec: spec(),
        board,
        structure,
        run,
        fault: None,
        made: None,
        compliance: 0.0,
        checked: false,
        rebuilds: false,
        sways: true,
        energy: true,
        exaggeration: EXAGGERATION / 100.0,
        volume: VOLUME / 100.0,
        secs: 0.0,
        changed: false,
    }))
}

fn spec() -> Spec {
    Spec {
        title: "How it bends".into(),
        summary: "A structure under its load, its deformation drawn much too large. Colour is the strain energy that each \
                  element stores: bright members carry the load."
            .into(),
        help: "The method that you choose makes the design in 60 evaluations; then it bends. Drag the load: the design stays \
               as it is, and you see what a load does to a structure that was made for another one. Switch on “Rebuild for \
               each load” and the design follows. What is drawn is the solution of the linear equations; a real structure \
               under so large a load would do otherwise."
            .into(),
        aspect_wide: 1.7,
        aspect_narrow: 1.25,
        controls: vec![
            Control::choice("problem", "Problem", &problems::CHOICES[..6]),
            Control::slider("exaggeration", "Exaggeration (%)", 0.0..=100.0, 5.0, EXAGGERATION),
            Control::slider("volume", "Material (%)", 0.0..=100.0, 1.0, VOLUME),
            Control::choice("colour", "Colour", &[("energy", "strain energy"), ("material", "material")]),
            Control::toggle("rebuild", "Rebuild for each load", false),
            Control::toggle("sway", "Sway", true),
            Control::choice("method", "Made by", &MAKERS.map(|method| (method.id(), method.title()))),
            Control::button("remake", "Make it for this load"),
        ],
        model_contract: None,
        paints: false,
    }
}

impl Bend {
    fn fresh(&self, structure: &Structure) -> Result<Run, Fault> {
        let start = if self.method == Method::Cnn { Start::Seed(self.seed) } else { Start::Uniform };
        Run::new(self.method, structure, start)
    }

    /// The present board as a new design problem, from the start.
    fn remake(&mut self) {
        self.changed = false;
        let made = Structure::new(self.board.problem(1, self.volume, false))
            .and_then(|structure| Ok((self.fresh(&structure)?, structure)));
        match made {
            Ok((run, structure)) => {
                (self.run, self.structure, self.fault, self.made) = (run, structure, None, None);
            }
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// Another load on the same design, or a new design for it.
    fn take_load(&mut self) {
        self.changed = false;
        let problem = self.board.problem(1, self.volume, false);
        self.fault = problem.check().and_then(|()| self.structure.set_forces(problem.forces)).err();
        if self.fault.is_some() {
            return;
        }
        if self.rebuilds {
            self.run.go_on(&self.structure);
            self.made = None;
        } else if self.made.is_some() {
            self.solve();
        }
    }

    /// The design's displacements under the present load.
    fn solve(&mut self) {
        match self.structure.compliance(self.run.density()) {
            Ok(compliance) => {
                (self.compliance, self.checked) = (compliance, self.structure.is_balanced(self.run.density()));
            }
            Err(fault) => self.fault = Some(fault),
        }
    }

    fn advance(&mut self) {
        if self.fault.is_some() || self.made.is_some() {
            return;
        }
        let small = self.structure.problem().elements() <= SMALL && self.method != Method::Cnn;
        let steps = if small { A_TICK } else { 1 };
        for _ in 0..steps {
            if let Err(fault) = self.run.step(&mut self.structure) {
                self.fault = Some(fault);
                return;
            }
        }
        self.compliance = self.run.history().last().copied().unwrap_or_default();
        self.checked = self.structure.is_balanced(self.run.density());
        if self.run.history().len() >= EVALUATIONS || self.run.finished() {
            self.made = Some([self.compliance, self.largest()]);
        }
    }

    /// Largest displacement of a node that holds material.
    fn largest(&self) -> f64 {
        let nodes = self.structure.displacement().chunks_exact(2).enumerate();
        let solid = nodes.filter(|(node, _)| self.solid(*node)).map(|(_, u)| math::ops::hypot(u[0], u[1]));
        solid.fold(0.0, f64::max)
    }

    /// Whether an element around a node is more material than not.
    fn solid(&self, node: usize) -> bool {
        let problem = self.structure.problem();
        let (i, j) = (node / (problem.height + 1), node % (problem.height + 1));
        let columns = i.saturating_sub(1)..(i + 1).min(problem.width);
        let mut rows = j.saturating_sub(1)..(j + 1).min(problem.height);
        rows.any(|row| columns.clone().any(|column| self.run.density()[row * problem.width + column] > 0.5))
    }

    /// Cells drawn for a unit of displacement.
    fn factor(&self) -> f64 {
        let largest = self.largest().max(1e-300);
        let made = self.made.map_or(largest, |[_, made]| made.max(1e-300));
        let sway =
            if self.sways { 0.5 - 0.5 * math::ops::cos(std::f64::consts::TAU * self.secs / PERIOD_SECS) } else { 1.0 };
        sway * (REACH * self.exaggeration / made).min(MOST / largest)
    }

    fn state_in_words(&self) -> String {
        let count = self.run.history().len();
        match (&self.fault, self.made) {
            (Some(fault), _) => fault.brief().into(),
            (None, None) => format!("being made, {count} of {EVALUATIONS}"),
            (None, Some([made, _])) if (self.compliance / made - 1.0).abs() < 1e-9 => "under its own load".into(),
            (None, Some([made, _])) => {
                let ratio = format_number(self.compliance / made, 3);
                format!("another load: {ratio} \u{d7}")
            }
        }
    }

    fn save_now(&mut self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        self.board.save(&mut writer);
        writer.bool(self.changed);
        writer.f64(self.secs);
        writer.f64(self.structure.problem().volume);
        writer.bool(self.made.is_some());
        for number in self.made.unwrap_or_default() {
            writer.f64(number);
        }
        self.run.save(&self.structure, &mut writer);
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let words = |fault: Fault| bad(&fault.to_string());
        let board = Board::restore(reader)?;
        let (changed, secs, volume) = (reader.bool()?, reader.f64()?, reader.f64()?);
        let (some, made) = (reader.bool()?, [reader.f64()?, reader.f64()?]);
        let problem = board.problem(1, volume, false);
        let fault = board.problem(1, self.volume, false).check().err();
        let mut structure = Structure::new(problem).map_err(words)?;
        let fresh = self.fresh(&structure).map_err(words)?;
        let run = fresh.restored(&structure, reader)?;
        reader.clone().finish()?;
        self.compliance = structure.compliance(run.density()).map_err(words)?;
        self.checked = structure.is_balanced(run.density());
        (self.board, self.changed, self.secs, self.made) = (board, changed, secs, some.then_some(made));
        (self.structure, self.run, self.fault) = (structure, run, if changed { None } else { fault });
        Ok(())
    }
}

impl Demo for Bend {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "problem" => {
                self.board = problems::board(value.as_text());
                // Whatever the slider says, the chosen problem is what is shown.
                let chosen = self.volume;
                self.volume = chosen.clamp(0.01, 0.99);
                self.remake();
                self.volume = chosen;
                self.fault = self.board.problem(1, chosen, false).check().err();
            }
            "exaggeration" => self.exaggeration = value.as_number() / 100.0,
            "volume" => {
                self.volume = value.as_number() / 100.0;
                self.remake();
            }
            "colour" => self.energy = value.as_text() == "energy",
            "rebuild" => {
                self.rebuilds = value.as_bool();
                self.changed = true;
            }
            "sway" => self.sways = value.as_bool(),
            "method" => {
                self.method = Method::from_id(value.as_text()).unwrap_or(Method::Oc);
                self.remake();
            }
            "remake" => self.remake(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        if self.changed {
            self.take_load();
        }
        self.advance();
        self.secs += dt_secs;
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let compliance = |id, label, value: f64, checked| Readout {
            number: value.is_finite().then_some(value),
            ..Readout::text(id, label, draw::value(value, 5, checked))
        };
        let made = self.made.map_or(self.compliance, |[made, _]| made);
        vec![
            compliance("compliance", "Compliance now", self.compliance, self.checked),
            compliance("made", "Compliance under its own load", made, false),
            Readout::number("largest", "Largest displacement, in cells", self.largest(), 4, ""),
            Readout::text("state", "Structure", self.state_in_words()),
            Readout::text(
                "rebuilds",
                "When the load moves",
                if self.rebuilds { "it is rebuilt" } else { "it stays as it is" },
            ),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let displacement = self.structure.displacement();
        let axis = |axis: usize| displacement.iter().skip(axis).step_by(2).copied().collect::<Vec<_>>();
        let mut tables = vec![
            Table::new("displacements").column("right", axis(0)).column("down", axis(1)),
            Table::new("elements").column("density", self.run.density()).column("energy", self.structure.energy()),
        ];
        let design = Design {
            title: self.method.title(),
            density: self.run.density(),
            compliance: self.compliance,
            checked: self.checked,
        };
        tables.extend(certificate::tables(self.structure.problem(), &[design]));
        tables
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        load::handles(&self.board, self.view(size))
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        self.changed = true;
        load::move_handle(&mut self.board, id, world)
    }

    fn save(&mut self) -> Save<'_> {
        let bytes = self.save_now();
        // What was saved is what both go on from.
        if self.fault.is_none() && !self.changed {
            self.solve();
        }
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
