//! How the data set is made: ten templates that may be drawn anew, one example in its eight stages, a wall of examples by
//! class, and the hash of the whole set as proof that it is the published one.
//!
//! [`making`] makes the set a piece a tick, [`picture`] draws it, [`words`] tells of it. The figure's seed is that of the data set.

mod making;
mod picture;
mod words;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Phase, Point, Pointer, Probe, Readout, Save, Scene, Size,
    Spec, Table, Tick, Value,
};

use crate::data::templates::{self, DRAWN, POINTS};
use crate::data::{CLASSES, STAGES, Settings, Template};
use making::{Making, Recipe, SHOWN, Trace};
use picture::Layout;

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "generator", models: &[], webgpu_pays: false, new };

/// Heights at which a template may be drawn; the published ones lie between 2.6 and 7.
pub(super) const HEIGHTS: [f64; 2] = [2.0, 7.6];
/// Drawings that can be taken back.
const MOST_EARLIER: usize = 30;
/// How long an example is shown before the figure goes on to the next class by itself, and how long a stage takes to come.
const SHOW_SECS: f64 = 7.0;
const STAGE_SECS: f64 = 0.3;
/// Layout of the snapshot.
const VERSION: u32 = 1;

type Drawings = [Template; CLASSES];

struct Bench {
    spec: Spec,
    /// As the controls say, also where they make no data set.
    settings: Settings,
    /// Why not.
    refusal: Option<String>,
    drawings: Drawings,
    earlier: Vec<Drawings>,
    making: Making,
    /// Class and number of the example whose stages are shown.
    chosen: [usize; 2],
    trace: Option<Trace>,
    /// Where the last stroke was.
    stroke: Option<Point>,
    /// Since the example is shown.
    secs: f64,
    /// The visitor has chosen something, so the figure no longer goes on by itself.
    touched: bool,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let settings = Settings { seed: seed(context.seed), ..Settings::default() };
    let recipe = Recipe { settings: settings.clone(), templates: DRAWN.map(templates::standardise).to_vec() };
    let making = Making::new(recipe).map_err(|error| Error::Unsupported(error.to_string()))?;
    let mut bench = Bench {
        spec: spec(),
        settings,
        refusal: None,
        drawings: DRAWN,
        earlier: Vec::new(),
        making,
        chosen: [0, 0],
        trace: None,
        stroke: None,
        secs: 0.0,
        touched: false,
    };
    bench.look();
    bench.secs = STAGE_SECS * STAGES.len() as f64;
    Ok(Box::new(bench))
}

/// A figure without a seed of its own shows the published data set.
fn seed(seed: u32) -> u32 {
    if seed == 0 { Settings::default().seed } else { seed }
}

fn spec() -> Spec {
    Spec {
        title: "Make a data set".into(),
        summary: "Ten templates, one for each digit; five examples of each made from them; the eight stages by which one \
                  example comes to be; and whether the whole data set is, bit for bit, the published one."
            .into(),
        help: "Everything comes from one stream of random numbers, that of NumPy after its seed, in the order of the \
               authors' package. Drag the frame over the wall, or tap an example, to see how it was made: in each stage \
               the line before is drawn pale, and orange is what noise put in place of the padding. Press and drag over \
               the template to draw it anew; its class then gets your digit. The sliders are the arguments of the \
               package's make_dataset. With the published ones and seed 42 the five arrays of the set have the published \
               SHA-256, computed here, on this machine, from the numbers that you see. Seed 43, shuffled positions, \
               and 16,000 examples split at 0.25 are known, too. The seed 0 stands for 42. “Reset” brings the \
               published set back. Drawings are not part of a link. The tables hold the stages, the wall and the whole \
               set, as comma-separated values."
            .into(),
        aspect_wide: 1.6,
        aspect_narrow: 0.44,
        controls: vec![
            Control::slider("scale_coeff", "Scale", 0.0..=2.0, 0.05, 0.4),
            Control::slider("max_translation", "Largest translation", 1.0..=72.0, 1.0, 48.0),
            Control::slider("corr_noise_scale", "Correlated noise", 0.0..=1.0, 0.05, 0.25),
            Control::slider("iid_noise_scale", "Independent noise", 0.0..=0.5, 0.01, 0.02),
            Control::slider("shear_scale", "Shear", 0.0..=2.0, 0.05, 0.75),
            Control::slider("padding_low", "Padding, least", 0.0..=96.0, 1.0, 36.0),
            Control::slider("padding_high", "Padding, most", 0.0..=96.0, 1.0, 60.0),
            Control::slider("template_len", "Template length", 2.0..=24.0, 1.0, 12.0),
            Control::slider("final_seq_length", "Final length", 8.0..=72.0, 1.0, 40.0),
            Control::slider("num_samples", "Examples", 100.0..=16000.0, 100.0, 5000.0),
            Control::slider("train_split", "Share to train with", 0.05..=0.95, 0.05, 0.8),
            Control::toggle("shuffle_seq", "Shuffle the positions", false),
            Control::button("undo", "Undo drawing"),
            Control::button("erase", "Published templates"),
        ],
        model_contract: None,
        paints: true,
    }
}

/// The setting of a control; false where there is none.
fn set(settings: &mut Settings, id: &str, value: &Value) -> bool {
    // Sliders add up their steps; the package is given short decimals.
    let number = (value.as_number() * 1e6).round() / 1e6;
    let whole = number as usize;
    match id {
        "scale_coeff" => settings.scale_coeff = number,
        "max_translation" => settings.max_translation = whole,
        "corr_noise_scale" => settings.corr_noise_scale = number,
        "iid_noise_scale" => settings.iid_noise_scale = number,
        "shear_scale" => settings.shear_scale = number,
        "padding_low" => settings.padding[0] = whole,
        "padding_high" => settings.padding[1] = whole,
        "template_len" => settings.template_len = whole,
        "final_seq_length" => settings.final_seq_length = whole,
        "num_samples" => settings.num_samples = whole,
        "train_split" => settings.train_split = number,
        "shuffle_seq" => settings.shuffle_seq = value.as_bool(),
        _ => return false,
    }
    true
}

impl Bench {
    fn recipe(&self) -> Recipe {
        Recipe { settings: self.settings.clone(), templates: self.drawings.map(templates::standardise).to_vec() }
    }

    /// Makes the data set anew, or says why the one before stays.
    fn remake(&mut self) {
        let recipe = self.recipe();
        self.refusal = match self.making.begin(recipe) {
            Ok(()) => None,
            Err(error) => Some(error.to_string()),
        };
        self.look();
    }

    /// The chosen example, as soon as it can be made; until then the one before stays.
    fn look(&mut self) {
        if let Some(trace) = self.making.trace(self.chosen[0], self.chosen[1]) {
            self.trace = Some(trace);
        }
    }

    fn choose(&mut self, class: usize, index: usize) {
        self.chosen = [class.min(CLASSES - 1), index.min(SHOWN - 1)];
        self.look();
    }

    fn touch(&mut self) {
        self.touched = true;
        self.secs = STAGE_SECS * STAGES.len() as f64;
    }

    /// How much of a stage has come, 0 to 1.
    fn share(&self, stage: usize) -> f64 {
        (self.secs / STAGE_SECS - stage as f64).clamp(0.0, 1.0)
    }

    /// The share of its time that the example is shown for, 0 to 1; nothing where the visitor chooses.
    fn shown(&self) -> Option<f64> {
        (!self.touched).then(|| (self.secs / SHOW_SECS).min(1.0))
    }

    fn pass_time(&mut self, dt_secs: f64) {
        if self.making.made().is_none() {
            self.making.step();
            self.look();
        }
        self.secs += dt_secs;
        if !self.touched && self.secs >= SHOW_SECS {
            let [class, index] = self.chosen;
            self.choose((class + 1) % CLASSES, (index + usize::from(class + 1 == CLASSES)) % SHOWN);
            self.secs = 0.0;
        }
    }

    fn remember(&mut self) {
        self.earlier.push(self.drawings);
        let excess = self.earlier.len().saturating_sub(MOST_EARLIER);
        self.earlier.drain(..excess);
    }

    /// The template's points under a stroke, in columns and heights, take its height.
    fn draw_between(&mut self, from: Point, to: Point) {
        let (left, right) = if from[0] <= to[0] { (from, to) } else { (to, from) };
        let drawing = &mut self.drawings[self.chosen[0]];
        for (index, height) in drawing.iter_mut().enumerate() {
            let at = index as f64;
            if at < left[0] - 0.5 || at > right[0] + 0.5 {
                continue;
            }
            let share = ((at - left[0]) / (right[0] - left[0]).max(1e-9)).clamp(0.0, 1.0);
            *height = (left[1] + share * (right[1] - left[1])).clamp(HEIGHTS[0], HEIGHTS[1]);
        }
        self.remake();
    }

    fn is_drawn(&self, class: usize) -> bool {
        self.drawings[class] != DRAWN[class]
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        // Controls that make no data set do not tell what the present one is made with.
        writer.bytes(&serde_json::to_vec(&self.making.recipe().settings).unwrap_or_default());
        writer.f64s(self.drawings.as_flattened());
        writer.f64s(self.earlier.as_flattened().as_flattened());
        self.chosen.into_iter().for_each(|part| writer.count(part));
        writer.bool(self.making.carried());
        writer.count(self.making.steps());
        writer.f64(self.secs);
        writer.bool(self.touched);
        writer.finish()
    }

    fn restore_from(&mut self, reader: &mut Reader) -> Result<(), Error> {
        let settings = serde_json::from_slice(reader.bytes()?).map_err(|error| bad(&error.to_string()))?;
        let drawings = drawings(&reader.f64s()?)?;
        let [drawings] = *drawings.as_slice() else { return Err(bad("its templates are missing.")) };
        let earlier = self::drawings(&reader.f64s()?)?;
        let chosen = [reader.count()?, reader.count()?];
        let (carried, steps) = (reader.bool()?, reader.count()?);
        let (secs, touched) = (reader.f64()?, reader.bool()?);
        reader.clone().finish()?;
        let recipe = Recipe { settings, templates: drawings.map(templates::standardise).to_vec() };
        let making = Making::resumed(recipe, carried, steps).map_err(|error| bad(&error.to_string()))?;
        (self.drawings, self.earlier, self.making) = (drawings, earlier, making);
        (self.secs, self.touched, self.stroke, self.trace) = (secs, touched, None, None);
        self.choose(chosen[0], chosen[1]);
        Ok(())
    }
}

fn drawings(values: &[f64]) -> Result<Vec<Drawings>, Error> {
    let (points, rest) = values.as_chunks::<POINTS>();
    let (drawings, odd) = points.as_chunks::<CLASSES>();
    let inside = values.iter().all(|height| (HEIGHTS[0]..=HEIGHTS[1]).contains(height));
    if rest.is_empty() && odd.is_empty() && inside { Ok(drawings.to_vec()) } else { Err(bad("a template is damaged.")) }
}

impl Demo for Bench {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "undo" => {
                let Some(drawings) = self.earlier.pop() else { return Ok(()) };
                self.drawings = drawings;
            }
            "erase" => {
                if self.drawings == DRAWN {
                    return Ok(());
                }
                self.remember();
                self.drawings = DRAWN;
            }
            _ if set(&mut self.settings, id, value) => {}
            _ => return Err(Error::Unknown { what: "control", id: id.into() }),
        }
        self.touch();
        self.remake();
        Ok(())
    }

    fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
        self.pass_time(dt_secs);
        Box::pin(std::future::ready(Ok(())))
    }

    fn is_settling(&self) -> bool {
        self.making.made().is_none()
    }

    fn draw(&self, scene: &mut Scene) {
        self.picture(scene);
    }

    fn readouts(&self) -> Vec<Readout> {
        self.all_readouts()
    }

    fn tables(&self) -> Vec<Table> {
        self.all_tables()
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let [class, index] = self.chosen;
        vec![Handle {
            id: "example".into(),
            label: "Example whose stages are shown".into(),
            text: format!("class {class}, example {} of {SHOWN}", index + 1),
            world: [class as f64, (SHOWN - 1 - index) as f64],
            step: [1.0, 1.0],
            bounds: Bounds { low: [0.0, 0.0], high: [(CLASSES - 1) as f64, (SHOWN - 1) as f64] },
            view: Layout::new(size).cells(),
            radius: 12.0,
        }]
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        if id != "example" {
            return Err(Error::Unknown { what: "handle", id: id.into() });
        }
        self.touch();
        self.choose(world[0].round() as usize, SHOWN - 1 - (world[1].round() as usize).min(SHOWN - 1));
        Ok(())
    }

    fn pointer(&mut self, pointer: Pointer, size: Size) -> Result<(), Error> {
        if pointer.at.iter().any(|value| !value.is_finite()) {
            return Ok(());
        }
        let layout = Layout::new(size);
        let world = layout.template.view.world_from_figure(pointer.at);
        match (pointer.phase, self.stroke) {
            (Phase::Start, _) if layout.draws(pointer.at) => {
                self.touch();
                self.remember();
                self.draw_between(world, world);
                self.stroke = Some(world);
            }
            (Phase::Start, _) => {
                if let Some([class, index]) = layout.cell(pointer.at) {
                    self.touch();
                    self.choose(class, index);
                }
            }
            (Phase::Move, Some(last)) => {
                self.draw_between(last, world);
                self.stroke = Some(world);
            }
            (Phase::End, _) => self.stroke = None,
            (Phase::Move, None) => {}
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
        let outputs = self.trace.iter().flat_map(|trace| trace.signals.iter().flatten());
        let outputs = outputs.map(|value| *value as f32).collect();
        Box::pin(std::future::ready(Ok(outputs)))
    }
}
