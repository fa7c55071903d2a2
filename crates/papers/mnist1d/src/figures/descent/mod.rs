//! Double descent in one press: perceptrons of all widths learn at once, and the curve of test errors grows its peak.

mod picture;
mod sweep;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Bounds, Context, Control, Demo, Engine, Entry, Error, Handle, Point, Probe, Readout, Save, Scene, Size, Spec,
    Table, Tick, Value,
};

use super::marks::{UNKNOWN, thousands};
use crate::lab::descent::{EPOCHS, NOISE};
use crate::learner::PAPER_SEED;
use sweep::{Reading, Recipe, Scale, Sweep};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "descent", models: &[], webgpu_pays: true, new };

/// Native microseconds of work in one tick; a tab takes about two and a half times as long.
const BUDGET_US: f64 = 3000.0;
/// A peak is one when both sides fall by so many points.
const NOTABLE: f64 = 1.0;
/// Training error of the widest network, in percent, from which on there may be a peak; bumps before are chance.
const KNOWN_BY_HEART: f64 = 1.0;
/// Layout of the snapshot.
const VERSION: u32 = 2;

struct DoubleDescent {
    spec: Spec,
    engine: Engine,
    /// Of the sweep that runs, or of the next one.
    recipe: Recipe,
    sweep: Option<Sweep>,
    /// Whether the visitor has stopped it.
    stopped: bool,
    /// The last reading of the sweep before, and what it was of.
    before: Option<(Recipe, Reading)>,
    /// The width under the line.
    chosen: usize,
}

/// Where the test error rises above both sides: which width, and by how many percentage points.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Peak {
    member: usize,
    height: f64,
}

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let seed = PAPER_SEED.wrapping_add(context.seed);
    Ok(Box::new(DoubleDescent {
        spec: spec(),
        engine: context.engine,
        recipe: Recipe { scale: Scale::Quick, noise: NOISE, seed },
        sweep: None,
        stopped: false,
        before: None,
        chosen: 8,
    }))
}

fn spec() -> Spec {
    Spec {
        title: "Double descent in one press".into(),
        summary:
            "Test and training error in percent against the width of the hidden layers of a perceptron, after the \
                  last epoch read; below it the test error of every width at every reading as colours, from the first \
                  epoch at the top to the last at the bottom."
                .into(),
        help: "Perceptrons 40-h-h-10 of all widths h learn the same rows at once by descent with momentum, 500 epochs \
               as in the paper, while a share of the training labels is drawn at random; “Train all widths” begins anew. \
               The test error falls with the width, rises where the network can only just learn the wrong labels by \
               heart, and falls again. Single narrow networks scatter: of widths below 50 the quick size trains \
               three and shows their mean. Slide the noise to zero and the peak goes; the sweep before stays as a \
               grey line. Drag the line under the chart to read a width. The quick size, widths to 135, takes a \
               minute or two on a computer’s processor, the paper’s about ten; on WebGPU, where all widths share their \
               dispatches, as long as the graphics card needs. Both can be cancelled, and paused."
            .into(),
        aspect_wide: 1.6,
        aspect_narrow: 0.72,
        controls: vec![
            Control::button("train", "Train all widths"),
            Control::button("cancel", "Cancel"),
            Control::Slider {
                id: "noise".into(),
                label: "Wrong labels".into(),
                unit: "%".into(),
                min: 0.0,
                max: 40.0,
                step: 5.0,
                default: 100.0 * NOISE,
            },
            Control::choice("size", "Size", &[("quick", "1,000 rows"), ("paper", "4,000, as the paper")]),
        ],
        model_contract: None,
        paints: false,
    }
}

impl DoubleDescent {
    fn widths(&self) -> &'static [usize] {
        self.recipe.scale.widths()
    }

    fn last(&self) -> Option<&Reading> {
        self.sweep.as_ref().and_then(|sweep| sweep.readings.last())
    }

    fn is_running(&self) -> bool {
        !self.stopped && self.sweep.as_ref().is_some_and(|sweep| !sweep.is_over())
    }

    fn start(&mut self) -> Result<(), Error> {
        let sweep = Sweep::new(self.recipe, self.engine)?;
        if let Some(old) = self.sweep.replace(sweep) {
            let recipe = old.recipe();
            self.before = old.readings.last().cloned().map(|reading| (recipe, reading)).or(self.before.take());
        }
        self.stopped = false;
        Ok(())
    }

    /// Some of the work; the sweep begins with the first of it.
    async fn advance(&mut self) -> Result<(), Error> {
        if self.stopped {
            return Ok(());
        }
        if self.sweep.is_none() {
            self.start()?;
        }
        if let Some(sweep) = &mut self.sweep {
            sweep.work(BUDGET_US).await?;
        }
        Ok(())
    }

    /// Another recipe: what has begun begins anew with it.
    fn change(&mut self, recipe: Recipe) -> Result<(), Error> {
        if recipe == self.recipe {
            return Ok(());
        }
        self.recipe = recipe;
        self.chosen = self.chosen.min(self.widths().len() - 1);
        if self.sweep.is_some() { self.start() } else { Ok(()) }
    }

    /// The place that rises highest above both sides, once the widest network knows its rows by heart.
    fn peak(&self) -> Option<Peak> {
        let last = self.last()?;
        if last.train.last().is_none_or(|error| *error > KNOWN_BY_HEART) {
            return None;
        }
        let test = &last.test;
        let lowest = |errors: &[f64]| errors.iter().copied().fold(f64::INFINITY, f64::min);
        let peaks = (1..test.len().saturating_sub(1)).map(|member| {
            let sides = lowest(&test[..member]).max(lowest(&test[member + 1..]));
            Peak { member, height: test[member] - sides }
        });
        peaks.filter(|peak| peak.height >= NOTABLE).max_by(|a, b| a.height.total_cmp(&b.height))
    }

    /// The narrowest width from which on no training row is answered wrongly.
    fn threshold(&self) -> Option<usize> {
        let train = &self.last()?.train;
        let wrong = train.iter().rposition(|error| *error > 0.0).map_or(0, |last| last + 1);
        (wrong < train.len()).then_some(wrong)
    }

    fn state(&self) -> String {
        let Some(sweep) = &self.sweep else { return if self.stopped { "cancelled" } else { "at the start" }.into() };
        let epochs = sweep.epochs();
        let at = match sweep.reading() {
            Some([given, all]) => format!("asked {given} of {all}"),
            None => format!("epoch {epochs:.2} of {EPOCHS}"),
        };
        match (sweep.is_over(), self.stopped) {
            (true, _) => format!("done, {EPOCHS} epochs"),
            (_, true) => format!("cancelled at {epochs:.2}"),
            _ => at,
        }
    }

    fn peak_words(&self) -> String {
        match (self.last(), self.peak()) {
            (None, _) => UNKNOWN.into(),
            (_, None) => "none so far".into(),
            (_, Some(Peak { member, height })) => {
                format!("+{height:.1} at width {}", self.widths()[member])
            }
        }
    }

    async fn save_all(&mut self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        writer.bool(self.stopped);
        writer.bool(self.before.is_some());
        if let Some((recipe, reading)) = &self.before {
            writer.bool(recipe.scale == Scale::Paper);
            writer.f64(recipe.noise);
            writer.u32(recipe.seed);
            writer.count(reading.epoch);
            writer.f64s(&reading.train);
            writer.f64s(&reading.test);
        }
        writer.bool(self.sweep.is_some());
        if let Some(sweep) = &mut self.sweep {
            sweep.save(&mut writer).await?;
        }
        Ok(writer.finish())
    }

    fn readings_table(&self) -> Table {
        let readings: &[Reading] = self.sweep.as_ref().map_or(&[], |sweep| &sweep.readings);
        let epochs: Vec<f64> = readings.iter().map(|reading| reading.epoch as f64).collect();
        let table = Table::new("epochs").column("epoch", epochs);
        self.widths().iter().enumerate().fold(table, |table, (member, width)| {
            let errors: Vec<f64> = readings.iter().map(|reading| reading.test[member]).collect();
            table.column(&format!("test error, width {width} (%)"), errors)
        })
    }

    fn last_table(&self) -> Table {
        let widths: Vec<f64> = self.widths().iter().map(|width| *width as f64).collect();
        let Some(last) = self.last() else { return Table::new("errors").column("width", widths) };
        Table::new("errors")
            .column("width", widths)
            .column("test error (%)", last.test.clone())
            .column("training error (%)", last.train.clone())
    }
}

fn restored_before(reader: &mut Reader) -> Result<Option<(Recipe, Reading)>, Error> {
    if !reader.bool()? {
        return Ok(None);
    }
    let scale = if reader.bool()? { Scale::Paper } else { Scale::Quick };
    let recipe = Recipe { scale, noise: reader.f64()?, seed: reader.u32()? };
    let reading = Reading::restored(scale.widths().len(), reader)?;
    if recipe.noise.is_finite() { Ok(Some((recipe, reading))) } else { Err(bad("its noise is not a number.")) }
}

impl Demo for DoubleDescent {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "train" => self.start()?,
            "cancel" => self.stopped = self.stopped || self.is_running() || self.sweep.is_none(),
            "noise" => self.change(Recipe { noise: value.as_number() / 100.0, ..self.recipe })?,
            "size" => {
                let scale = if value.as_text() == "paper" { Scale::Paper } else { Scale::Quick };
                self.change(Recipe { scale, ..self.recipe })?;
            }
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        Ok(())
    }

    fn tick(&mut self, _dt_secs: f64) -> Tick<'_> {
        Box::pin(self.advance())
    }

    fn draw(&self, scene: &mut Scene) {
        self.draw_all(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        let width = self.widths()[self.chosen];
        let percent = |id: &str, label: &str, error: Option<f64>| match error {
            Some(error) => Readout { number: Some(error), ..Readout::text(id, label, format!("{error:.1} %")) },
            None => Readout::text(id, label, UNKNOWN),
        };
        let epoch = self.sweep.as_ref().map_or(0.0, |sweep| sweep.epochs().floor());
        let rows = self.recipe.scale.rows()[0];
        vec![
            Readout { number: Some(epoch), ..Readout::text("state", "The sweep", self.state()) },
            Readout {
                number: self.peak().map(|peak| peak.height),
                ..Readout::text("peak", "Peak of the test error, points", self.peak_words())
            },
            Readout::text(
                "threshold",
                "No training error from",
                self.threshold().map_or_else(|| UNKNOWN.into(), |member| format!("width {}", self.widths()[member])),
            ),
            percent("test", &format!("Test error, width {width}"), self.last().map(|last| last.test[self.chosen])),
            percent("training", "Training error there", self.last().map(|last| last.train[self.chosen])),
            Readout::text("parameters", "Parameters there", thousands(parameters(width))),
            Readout::text(
                "labels",
                "Training labels drawn at random",
                format!("{:.0} % of {}", 100.0 * self.recipe.noise, thousands(rows)),
            ),
        ]
    }

    fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.last_table()];
        if self.last().is_some() {
            tables.push(self.readings_table());
        }
        tables
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let plot = self.train_chart(&picture::Layout::new(size));
        let [low, high] = [plot.view.world.low, plot.view.world.high];
        let at = self.chosen as f64;
        vec![Handle {
            id: "width".into(),
            label: "Width that is read".into(),
            text: format!("width {}", self.widths()[self.chosen]),
            world: [at, low[1]],
            step: [1.0, 0.0],
            bounds: Bounds { low: [0.0, low[1]], high: [high[0].floor(), low[1]] },
            view: plot.view,
            radius: 12.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "width" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.chosen = (world[0].round().max(0.0) as usize).min(self.widths().len() - 1);
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(self.save_all())
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let stopped = reader.bool()?;
        let before = restored_before(&mut reader)?;
        let sweep = if reader.bool()? { Some(Sweep::restored(self.recipe, self.engine, &mut reader)?) } else { None };
        reader.finish()?;
        (self.stopped, self.before, self.sweep) = (stopped, before, sweep);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        Box::pin(sweep::probe(self.engine))
    }
}

/// Weights and biases of 40-h-h-10.
fn parameters(width: usize) -> usize {
    (40 + 1) * width + (width + 1) * width + (width + 1) * 10
}
