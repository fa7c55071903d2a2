//! Four optimisers race to build the same structure, which a visitor paints and loads, and whose load can be dragged at any
//! time: all go on from where they are.
//!
//! [`contest`] lets them race, [`picture`] draws them.

mod contest;
mod picture;

use demo::snapshot::{Reader, Writer};
use demo::{
    Context, Control, Demo, Entry, Error, Handle, Phase, Point, Pointer, Probe, Readout, Rect, Save, Scene, Size, Spec,
    Table, Tick, Value, View, format_number,
};

use super::board::{Board, Brush};
use super::certificate::{self, Design};
use super::draw;
use super::load;
use super::problems;
use crate::methods::{Method, Run};
use contest::Contest;
use picture::Layout;
pub(crate) use picture::color;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "race", models: &[], webgpu_pays: false, new };

/// Boards that can be taken back.
const MOST_EARLIER: usize = 20;
/// Share of the room that is filled at the start, in per cent.
const VOLUME: f64 = 20.0;
/// Layout of the snapshot.
const VERSION: u32 = 2;

const BRUSHES: [(&str, &str, Brush); 5] = [
    ("pin", "Support (pin)", Brush::Pin),
    ("roller", "Support (roller)", Brush::Roller),
    ("load", "Load", Brush::Load),
    ("void", "Void", Brush::Void),
    ("eraser", "Eraser", Brush::Eraser),
];

/// Evaluations that each method may make.
const LIMITS: [(&str, &str, usize); 4] =
    [("many", "200", 200), ("few", "50", 50), ("more", "500", 500), ("most", "1,000", 1000)];

struct Race {
    spec: Spec,
    board: Board,
    earlier: Vec<Board>,
    contest: Contest,
    brush: Brush,
    mirrored: bool,
    volume: f64,
    /// Fine cells a side of each painted one.
    fine: usize,
    /// The panel in which the pointer paints, and where, in cells from the top left.
    painting: Option<(usize, Point)>,
    /// The painted problem is not yet the contest's.
    changed: bool,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let board = Board::bridge();
    let problem = board.problem(1, VOLUME / 100.0, false);
    let contest =
        Contest::new(problem, LIMITS[0].2, context.seed).map_err(|fault| Error::Numerical(fault.to_string()))?;
    Ok(Box::new(Race {
        spec: spec(),
        board,
        earlier: Vec::new(),
        contest,
        brush: Brush::Pin,
        mirrored: false,
        volume: VOLUME / 100.0,
        fine: 1,
        painting: None,
        changed: false,
    }))
}

fn spec() -> Spec {
    let brushes = BRUSHES.map(|(id, label, _)| (id, label));
    Spec {
        title: "Four optimisers build your bridge".into(),
        summary: "The same structure, designed by four methods at once: an untrained neural network whose weights are \
                  optimised, and pixels with L-BFGS, the method of moving asymptotes (MMA) and the optimality criteria \
                  (OC). Under them the least compliance of each so far; less is stiffer."
            .into(),
        help: "Drag the load by its foot, and the arrow by its tip: all four go on from where they are. Paint on any of \
               the four pictures with the chosen brush: supports, small loads, or voids where nothing may be built; the \
               eraser takes away. Triangles are pins, which hold a point; rings are rollers, which hold it in one \
               direction. Each method may evaluate the physics equally often. Compliance is force times displacement: \
               half of it is the energy that the loaded structure stores. Every number comes from a direct solution in \
               double precision; a tick stands beside it once its displacements were found to balance the loads in every \
               element. “Half a beam” with a volume of 50 % is the paper’s example; there OC reaches 219.716 after 200 \
               evaluations. Other supports, voids or amounts of material begin the race anew. The seed is that of the network’s first \
               weights. Share, Certificate saves designs, loads and values, so that anyone can check them."
            .into(),
        aspect_wide: 1.12,
        aspect_narrow: 0.62,
        controls: vec![
            Control::choice("problem", "Problem", &problems::CHOICES),
            Control::choice("brush", "Brush", &brushes),
            Control::slider("volume", "Material (%)", 0.0..=100.0, 1.0, VOLUME),
            Control::toggle("mirror", "Mirror what I paint", false),
            Control::choice("grid", "Grid", &[("painted", "as painted"), ("double", "twice as fine")]),
            Control::choice("limit", "Evaluations", &LIMITS.map(|(id, label, _)| (id, label))),
            Control::button("restart", "Start the race again"),
            Control::button("undo", "Undo painting"),
        ],
        model_contract: None,
        paints: true,
    }
}

impl Race {
    fn choose(&mut self, id: &str) {
        self.remember();
        self.board = problems::board(id);
        self.begin();
    }

    /// A race from the start on what is painted now.
    fn begin(&mut self) {
        self.apply();
        self.contest.restart();
    }

    fn apply(&mut self) {
        self.changed = false;
        self.contest.set_problem(self.board.problem(self.fine, self.volume, self.mirrored));
    }

    fn remember(&mut self) {
        self.earlier.push(self.board.clone());
        let excess = self.earlier.len().saturating_sub(MOST_EARLIER);
        self.earlier.drain(..excess);
    }

    fn undo(&mut self) {
        if let Some(board) = self.earlier.pop() {
            self.board = board;
            self.changed = true;
        }
    }

    fn view(&self, size: Size) -> View {
        Layout::view(Layout::new(size).panels[0], self.board.width, self.board.height)
    }

    /// A point of the figure in cells from the top left of a panel's grid; beside the grid its nearest point, so that
    /// edges can be painted without aiming and a stroke that leaves the grid reaches them.
    fn cell(&self, at: Point, panel: Rect) -> Point {
        let [x, y] = Layout::view(panel, self.board.width, self.board.height).world_from_figure(at);
        let near = |value: f64, most: usize| value.clamp(0.0, most as f64);
        [near(x, self.board.width), near(self.board.height as f64 - y, self.board.height)]
    }

    /// A stroke belongs to the panel in which it began.
    fn paint(&mut self, pointer: Pointer, size: Size) {
        let panels = Layout::new(size).panels;
        let begun = self.painting;
        let under = || panels.iter().position(|panel| panel.contains(pointer.at));
        let Some(number) = begun.map(|(number, _)| number).or_else(under) else { return };
        let to = self.cell(pointer.at, panels[number]);
        let from = begun.map_or(to, |(_, from)| from);
        self.painting = Some((number, to));
        self.changed |= self.board.paint(self.brush, from, to, self.mirrored);
    }

    fn method_readout(&self, method: Method, run: &Run) -> Readout {
        let label = format!("Compliance, {}", method.title());
        let Some((best, _)) = run.best() else { return draw::compliance(method.id(), &label, None) };
        let least = self.contest.least().unwrap_or(best);
        let place = if best <= least {
            "the least".to_owned()
        } else {
            format!("+{} %", format_number(100.0 * (best / least - 1.0), 2))
        };
        let text = format!("{}, {place}", format_number(best, 6));
        Readout { number: Some(best), ..Readout::text(method.id(), &label, text) }
    }

    fn state_in_words(&self) -> String {
        match self.contest.fault() {
            Some(fault) => fault.brief().into(),
            None if self.contest.is_over() => "over".into(),
            None => "racing".into(),
        }
    }

    fn save_now(&mut self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        self.board.save(&mut writer);
        writer.count(self.earlier.len());
        for board in &self.earlier {
            board.save(&mut writer);
        }
        writer.bool(self.changed);
        self.contest.save(&mut writer);
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let board = Board::restore(reader)?;
        let count = reader.count()?.min(MOST_EARLIER);
        let earlier = (0..count).map(|_| Board::restore(reader)).collect::<Result<Vec<_>, _>>()?;
        let changed = reader.bool()?;
        let fault = board.problem(self.fine, self.volume, self.mirrored).check().err();
        let contest = self.contest.restored(reader, if changed { None } else { fault })?;
        reader.clone().finish()?;
        (self.board, self.earlier, self.changed, self.contest) = (board, earlier, changed, contest);
        Ok(())
    }
}

impl Demo for Race {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "problem" => self.choose(value.as_text()),
            "brush" => {
                let brush = BRUSHES.iter().find(|(one, ..)| *one == value.as_text());
                self.brush = brush.map(|(_, _, brush)| *brush).unwrap_or_default();
            }
            "volume" => {
                self.volume = value.as_number() / 100.0;
                self.changed = true;
            }
            "mirror" => {
                self.mirrored = value.as_bool();
                self.changed = true;
            }
            "grid" => {
                self.fine = if value.as_text() == "double" { 2 } else { 1 };
                self.changed = true;
            }
            "limit" => {
                let limit = LIMITS.iter().find(|(one, ..)| *one == value.as_text());
                self.contest.set_limit(limit.map_or(LIMITS[0].2, |(_, _, limit)| *limit));
            }
            "restart" => self.begin(),
            "undo" => self.undo(),
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        if self.changed {
            self.apply();
        }
        self.contest.advance();
        Box::pin(std::future::ready(Ok(())))
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let evaluations = self.contest.runs().map(|(_, run)| run.history().len()).max().unwrap_or_default();
        let uniform = match self.contest.uniform() {
            Some(value) => Readout::number("uniform", "Compliance, spread evenly", value, 6, ""),
            None => draw::compliance("uniform", "Compliance, spread evenly", None),
        };
        let brush = BRUSHES.iter().find(|(_, _, brush)| *brush == self.brush).map_or("", |(id, ..)| id);
        let checked = self.contest.runs().filter(|(_, run)| run.is_checked()).count();
        let mut readouts: Vec<Readout> =
            self.contest.runs().map(|(method, run)| self.method_readout(method, run)).collect();
        readouts.extend([
            uniform,
            Readout {
                number: Some(evaluations as f64),
                ..Readout::text("evaluations", "Evaluations", format!("{evaluations} of {}", self.contest.limit()))
            },
            Readout {
                number: Some(checked as f64),
                ..Readout::text("checked", "Values checked", format!("{checked} of {}", Method::ALL.len()))
            },
            Readout::text("state", "Race", self.state_in_words()),
            Readout::text(
                "brush-now",
                "Painting",
                if self.mirrored { format!("{brush}, mirrored") } else { brush.into() },
            ),
        ]);
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let designs: Vec<Design> = self.contest.runs().map(|(method, run)| Design::best(method.title(), run)).collect();
        let mut tables = vec![history_table(&self.contest)];
        tables.extend(certificate::tables(self.contest.problem(), &designs));
        tables
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        load::handles(&self.board, self.view(size))
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        self.changed = true;
        load::move_handle(&mut self.board, id, world)
    }

    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        match pointer.phase {
            Phase::Start => {
                self.remember();
                self.painting = None;
                self.paint(pointer, size);
            }
            Phase::Move if self.painting.is_some() => self.paint(pointer, size),
            Phase::Move => {}
            Phase::End => self.painting = None,
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

/// Compliance at every evaluation.
fn history_table(contest: &Contest) -> Table {
    let longest = contest.runs().map(|(_, run)| run.history().len()).max().unwrap_or_default();
    let count: Vec<f64> = (1..=longest).map(|at| at as f64).collect();
    contest.runs().fold(Table::new("compliance").column("evaluation", count), |table, (method, run)| {
        table.column(method.title(), run.history())
    })
}
