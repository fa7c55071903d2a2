//! Bend an activation function by hand, against one that gradient descent bends.
//!
//! [`curve`] is the hand's function, [`run`] the descent and the trainings, [`picture`] draws.

mod curve;
mod picture;
mod run;

use std::cell::OnceCell;
use std::rc::Rc;

use demo::snapshot::{Reader, Writer, bad};
use demo::{
    Bounds, Context, Control, Demo, Entry, Error, Handle, Point, Probe, Readout, Save, Scene, Size, Spec, Table, Tick,
    Value, format_number,
};

use super::marks::number_or_dash;
use crate::data::generate;
use crate::lab::activation::{Base, Function, INNER_STEPS, settings};
use crate::learner::Rows;
use curve::{Bent, HANDLES, base, place};
use picture::{HIGHEST, LOWEST, Layout};
use run::{Descent, Trial, read_function};

/// The figure's place in the registry.
pub const ENTRY: Entry = Entry { id: "activation", models: &[], webgpu_pays: false, new };

/// Inner steps of one tick: a few milliseconds.
const STEPS_PER_TICK: usize = 2;
/// Layout of the snapshot.
const VERSION: u32 = 2;
/// Of the first weights of trials, far from those of the descent.
const TRIAL_SEED: u32 = 10_000;
/// The known functions and their labels.
const BASES: [(&str, &str); 6] = [
    ("elu", "ELU"),
    ("relu", "ReLU"),
    ("swish", "Swish"),
    ("tanh", "tanh"),
    ("softplus", "Softplus"),
    ("sigmoid", "Sigmoid"),
];

thread_local! {
    static ROWS: OnceCell<Rc<[Rows; 2]>> = const { OnceCell::new() };
}

/// The larger data set of this experiment, generated once.
fn rows() -> Result<Rc<[Rows; 2]>, Error> {
    ROWS.with(|known| {
        if let Some(rows) = known.get() {
            return Ok(Rc::clone(rows));
        }
        let data = generate(&settings()).map_err(|error| Error::Unsupported(error.to_string()))?;
        Ok(Rc::clone(known.get_or_init(|| Rc::new(Rows::of(&data)))))
    })
}

struct Bending {
    spec: Spec,
    seed: u32,
    rows: Rc<[Rows; 2]>,
    descent: Descent,
    learns: bool,
    yours: Bent,
    trial: Trial,
    /// The known function that yours is compared with.
    rival: Base,
    rival_trial: Trial,
    turn: bool,
}

fn new(context: &Context) -> Result<Box<dyn Demo>, Error> {
    let (yours, rival) = (Function::plain(Base::Elu), Base::Relu);
    let seed = TRIAL_SEED.wrapping_add(context.seed);
    Ok(Box::new(Bending {
        spec: spec(),
        seed: context.seed,
        rows: rows()?,
        descent: Descent::new(context.seed),
        learns: true,
        trial: Trial::new(yours.clone(), seed),
        yours: Bent::new(yours),
        rival,
        rival_trial: Trial::new(Function::plain(rival), seed),
        turn: false,
    }))
}

fn spec() -> Spec {
    let mut starts = BASES.to_vec();
    starts.push(("learned", "The learned one, as it is now"));
    let [elu, relu, rest @ ..] = BASES;
    let rivals: Vec<_> = [relu, elu].into_iter().chain(rest).collect();
    Spec {
        title: "Bend an activation function".into(),
        summary: "An activation function with ten handles, and one that gradient descent bends, beginning as ELU. Beside it \
                  the mean training loss of the descent’s function after every outer step, and the training losses of a small \
                  network through your function and through a known one."
            .into(),
        help: "Drag the handles up and down, or move them by arrow keys: a network 40-128-10 trains anew through your function, \
               301 steps, and is judged by the mean of its last 200 losses and by its test accuracy. Meanwhile descent bends \
               another function by the exact slope of that loss, which runs back through all 301 steps; an outer step takes a few \
               seconds, and the first twenty already show where it goes. Begin from the learned function and try to improve on it. \
               The paper bends by a small network of 301 weights; here it is a spline of 32 coefficients."
            .into(),
        aspect_wide: 1.85,
        aspect_narrow: 0.52,
        controls: vec![
            Control::choice("start", "Yours begins as", &starts),
            Control::choice("rival", "Compare with", &rivals),
            Control::toggle("learn", "Let descent learn", true),
        ],
        model_contract: None,
        paints: false,
    }
}

impl Bending {
    fn advance(&mut self) {
        for _ in 0..STEPS_PER_TICK {
            self.turn = !self.turn;
            let is_idle = !(self.trial.step(&self.rows) || self.rival_trial.step(&self.rows));
            if self.learns && (is_idle || self.turn) {
                self.descent.step(&self.rows[0]);
            }
        }
    }

    fn fresh(&self, function: Function) -> Trial {
        Trial::new(function, TRIAL_SEED.wrapping_add(self.seed))
    }

    fn save_now(&self) -> Vec<u8> {
        let mut writer = Writer::new(ENTRY.id, VERSION);
        let (start, offsets) = self.yours.parts();
        writer.bytes(start.base.id().as_bytes());
        writer.f32s(&start.coefficients);
        writer.f64s(offsets);
        self.trial.save(&mut writer);
        self.rival_trial.save(&mut writer);
        writer.bool(self.turn);
        self.descent.save(&mut writer);
        writer.finish()
    }
}

/// Mean loss and test accuracy; before the end the step that the training is at.
fn trial_readouts(id: &str, label: &str, trial: &Trial) -> [Readout; 2] {
    let [loss_id, accuracy_id] = ["loss", "accuracy"].map(|what| format!("{id}-{what}"));
    let [loss_label, accuracy_label] = ["mean loss", "test accuracy"].map(|what| format!("{label}: {what}"));
    let accuracy = trial.scores().map(|[_, accuracy]| 100.0 * accuracy);
    let loss = match trial.scores() {
        Some([loss, _]) => Readout::number(&loss_id, &loss_label, loss, 4, ""),
        None => Readout::text(&loss_id, &loss_label, format!("step {} of {INNER_STEPS}", trial.steps())),
    };
    [loss, number_or_dash(&accuracy_id, &accuracy_label, accuracy, 3, "%")]
}

fn handle_index(id: &str) -> Option<usize> {
    id.strip_prefix("bend-").and_then(|index| index.parse().ok()).filter(|index| *index < HANDLES)
}

impl Demo for Bending {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        match id {
            "start" => {
                let plain = base(value.as_text()).map(Function::plain);
                let start = plain.unwrap_or_else(|| self.descent.function().clone());
                self.trial = self.fresh(start.clone());
                self.yours = Bent::new(start);
            }
            "rival" => {
                self.rival = base(value.as_text()).unwrap_or(Base::Relu);
                self.rival_trial = self.fresh(Function::plain(self.rival));
            }
            "learn" => self.learns = value.as_bool(),
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
        let state = format!("{}{}", self.descent.progress(), if self.learns { "" } else { ", stopped" });
        let rival = BASES.iter().find(|(id, _)| *id == self.rival.id()).map_or("", |(_, label)| label);
        let mut readouts = vec![
            Readout::text("outer", "Outer steps of the descent", state),
            number_or_dash("learned-loss", "Learned: mean loss", self.descent.losses().last().copied(), 4, ""),
        ];
        for (id, label, trial) in [("yours", "Yours", &self.trial), ("rival", rival, &self.rival_trial)] {
            readouts.extend(trial_readouts(id, label, trial));
        }
        readouts
    }

    fn tables(&self) -> Vec<Table> {
        let x: Vec<f64> = (-40..=40).map(|tenth| f64::from(tenth) / 10.0).collect();
        let values = |function: &Function| x.iter().map(|x| f64::from(function.at(*x as f32)[0])).collect::<Vec<_>>();
        let functions = Table::new("functions")
            .column("x", x.clone())
            .column("yours", values(&self.yours.function()))
            .column("learned", values(self.descent.function()))
            .column("compared with", values(&Function::plain(self.rival)));
        let losses = |trial: &Trial| trial.losses().iter().map(|loss| f64::from(*loss)).collect::<Vec<_>>();
        let trainings = Table::new("trainings")
            .column("loss, yours", losses(&self.trial))
            .column("loss, compared with", losses(&self.rival_trial));
        vec![functions, trainings, Table::new("descent").column("mean loss", self.descent.losses())]
    }

    fn handles(&self, size: Size) -> Vec<Handle> {
        let view = Layout::new(size).function.view;
        let handle = |index: usize| {
            let (x, height) = (place(index), self.yours.height(index).clamp(LOWEST, HIGHEST));
            Handle {
                id: format!("bend-{index}"),
                label: format!("Your function at x = {}", format_number(x, 2)),
                text: format_number(height, 3),
                world: [x, height],
                step: [0.0, 0.1],
                bounds: Bounds { low: [x, LOWEST], high: [x, HIGHEST] },
                view,
                radius: 10.0,
            }
        };
        (0..HANDLES).map(handle).collect()
    }

    fn move_handle(&mut self, id: &str, world: Point) -> Result<(), Error> {
        let index = handle_index(id).ok_or_else(|| Error::Unknown { what: "handle", id: id.into() })?;
        self.yours.set(index, world[1].clamp(LOWEST, HIGHEST));
        self.trial = self.fresh(self.yours.function());
        Ok(())
    }

    fn save(&mut self) -> Save<'_> {
        Box::pin(std::future::ready(Ok(self.save_now())))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(snapshot, ENTRY.id, VERSION)?;
        let id = std::str::from_utf8(reader.bytes()?).unwrap_or_default();
        let start = base(id).ok_or_else(|| bad("its function is unknown."))?;
        let start = read_function(&mut reader, start)?;
        let offsets: [f64; HANDLES] = reader.f64s()?.try_into().map_err(|_| bad("it has other handles."))?;
        if offsets.iter().any(|offset| !offset.is_finite()) {
            return Err(bad("a number in it is none."));
        }
        let yours = Bent::with(start, offsets);
        let trial = self.fresh(yours.function()).restored(&mut reader)?;
        let rival_trial = self.fresh(Function::plain(self.rival)).restored(&mut reader)?;
        let turn = reader.bool()?;
        let descent = Descent::restore(&mut reader, self.seed)?;
        reader.finish()?;
        (self.yours, self.trial, self.rival_trial) = (yours, trial, rival_trial);
        (self.descent, self.turn) = (descent, turn);
        Ok(())
    }

    fn probe(&mut self) -> Probe<'_> {
        let function = self.yours.function();
        let numbers = (-4..=4).map(|x: i8| function.at(f32::from(x))[0]).collect();
        Box::pin(std::future::ready(Ok(numbers)))
    }
}
