//! One demo with what all figures share: checked controls, handles, seed, reset, pause, state and snapshots.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::{
    Control, Demo, Error, Event, ForeignModel, Handle, Point, Pointer, Readout, Scene, Size, Spec, State, Table,
    Trained, Value,
};

/// Where a figure computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// burn-flex with SIMD, one thread.
    #[default]
    Cpu,
    /// burn on WebGPU.
    WebGpu,
}

/// The bytes of the ONNX files that a figure asked for, by model name.
#[derive(Clone, Debug, Default)]
pub struct Models(BTreeMap<String, Rc<[u8]>>);

impl Models {
    /// Adds a model's bytes.
    pub fn insert(&mut self, name: impl Into<String>, bytes: impl Into<Rc<[u8]>>) {
        self.0.insert(name.into(), bytes.into());
    }

    /// The bytes of a model.
    ///
    /// # Errors
    /// [`Error::Unknown`] when it was not fetched.
    pub fn get(&self, name: &str) -> Result<Rc<[u8]>, Error> {
        self.0.get(name).cloned().ok_or_else(|| Error::Unknown { what: "model", id: name.into() })
    }
}

/// What a demo is made from.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Seed of everything random in it.
    pub seed: u32,
    /// The files named in its [`Entry`].
    pub models: Models,
    /// Where it computes.
    pub engine: Engine,
}

/// One figure of a paper, for its registry.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name in `figure="..."`.
    pub id: &'static str,
    /// Model names (files in models/<slug>/ without extension) that it needs before it starts.
    pub models: &'static [&'static str],
    /// Whether WebGPU is worth its download here.
    pub webgpu_pays: bool,
    /// Makes it.
    pub new: fn(&Context) -> Result<Box<dyn Demo>, Error>,
}

/// A demo and its shared state.
pub struct Player {
    entry: Entry,
    context: Context,
    default_seed: u32,
    demo: Box<dyn Demo>,
    controls: BTreeMap<String, Value>,
    handles: BTreeMap<String, Point>,
    size: Size,
    paused: bool,
    steps: u32,
    attached: Option<Rc<dyn ForeignModel>>,
}

/// What [`Player::save`] writes.
#[derive(serde::Serialize, serde::Deserialize)]
struct Header {
    figure: String,
    state: String,
    default_seed: u32,
    paused: bool,
}

impl Player {
    /// A figure at its defaults, running.
    ///
    /// # Errors
    /// Whatever the demo says, e.g. [`Error::BadModel`].
    pub fn new(entry: Entry, context: Context) -> Result<Self, Error> {
        let demo = (entry.new)(&context)?;
        let controls = defaults(demo.spec());
        let default_seed = context.seed;
        let size = Size { width: 640.0, height: 640.0 / demo.spec().aspect_wide };
        Ok(Self {
            entry,
            context,
            default_seed,
            demo,
            controls,
            handles: BTreeMap::new(),
            size,
            paused: false,
            steps: 0,
            attached: None,
        })
    }

    /// Which figure it is.
    pub fn entry(&self) -> Entry {
        self.entry
    }

    /// The figure's spec.
    pub fn spec(&self) -> &Spec {
        self.demo.spec()
    }

    /// The engine it was made for.
    pub fn engine(&self) -> Engine {
        self.context.engine
    }

    /// The seed in use.
    pub fn seed(&self) -> u32 {
        self.context.seed
    }

    /// Values of all controls but buttons, by name.
    pub fn controls(&self) -> &BTreeMap<String, Value> {
        &self.controls
    }

    /// Whether time stands still.
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// Width and height in figure units.
    pub fn size(&self) -> Size {
        self.size
    }

    /// What can be dragged, in the present layout.
    pub fn handles(&self) -> Vec<Handle> {
        self.demo.handles(self.size)
    }

    /// Numbers in words.
    pub fn readouts(&self) -> Vec<Readout> {
        self.demo.readouts()
    }

    /// The numbers behind the picture; a table without rows is none yet.
    pub fn tables(&self) -> Vec<Table> {
        let has_rows = |table: &Table| table.columns.iter().any(|column| !column.values.is_empty());
        self.demo.tables().into_iter().filter(has_rows).collect()
    }

    /// The networks that learn here.
    pub fn trained(&self) -> Vec<Trained> {
        self.demo.trained()
    }

    /// A network that learned here as an ONNX file, made of the bytes of its [`Trained::template`].
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is none of that name, [`Error::BadModel`] where the template is another network's,
    /// [`Error::Engine`] when the engine is lost.
    pub async fn onnx(&mut self, name: &str, template: &[u8]) -> Result<Vec<u8>, Error> {
        self.demo.onnx(name, template).await
    }

    /// What to paint now.
    pub fn scene(&self) -> Scene {
        let mut scene = Scene::new(self.size);
        self.demo.draw(&mut scene);
        scene
    }

    /// Takes an event. On an error nothing changed.
    ///
    /// # Errors
    /// In words for the visitor.
    pub fn event(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Control { id, value } => self.set_control(id, value),
            Event::Drag { id, at } => {
                let handle = self.handle(id)?;
                self.move_handle(&handle, handle.view.world_from_figure(*at))
            }
            Event::Nudge { id, steps } => {
                let handle = self.handle(id)?;
                let [x, y] = handle.world;
                self.move_handle(&handle, [x + steps[0] * handle.step[0], y + steps[1] * handle.step[1]])
            }
            Event::Pointer { at, phase } => {
                self.demo.pointer(Pointer { at: *at, phase: *phase }, self.size)?;
                self.follow_handles();
                Ok(())
            }
            Event::Resize { size } => {
                // A hidden container has no size; the last good layout stays.
                if size.width >= 1.0 && size.height >= 1.0 {
                    self.size = *size;
                }
                Ok(())
            }
            Event::Seed { seed } => self.rebuild(*seed, &self.state_parts()),
            Event::Reset => self.rebuild(self.default_seed, &State::default()),
            Event::Pause { paused } => {
                self.paused = *paused;
                Ok(())
            }
            Event::Step => {
                self.steps += 1;
                Ok(())
            }
            Event::State { state } => self.set_state(state),
        }
    }

    /// Whether the demo is to be ticked: it plays, or works out what was asked for last.
    pub fn is_moving(&self) -> bool {
        !self.paused || self.steps > 0 || self.demo.is_settling()
    }

    /// Advances the demo unless paused; where it is and still settles, no time passes. Gives whether anything may have changed.
    ///
    /// # Errors
    /// Whatever the demo says; the caller shows it and pauses.
    pub async fn tick(&mut self, dt_secs: f64) -> Result<bool, Error> {
        if !self.is_moving() {
            return Ok(false);
        }
        let dt_secs = match (self.paused, self.steps) {
            (false, _) => dt_secs,
            (true, 0) => 0.0,
            (true, _) => 1.0 / 60.0,
        };
        self.steps = self.steps.saturating_sub(1);
        self.demo.tick(dt_secs.clamp(0.0, 0.1)).await?;
        Ok(true)
    }

    /// The state for a URL: what differs from the defaults.
    pub fn state(&self) -> String {
        let mut state = self.state_parts();
        let defaults = defaults(self.spec());
        state.controls.retain(|id, value| defaults.get(id) != Some(value));
        state.seed = (self.context.seed != self.default_seed).then_some(self.context.seed);
        state.encode()
    }

    /// Takes over the state of a link: the defaults, and then what the link says.
    ///
    /// # Errors
    /// [`Error::BadState`] when it cannot be read, and then nothing changed.
    pub fn set_state(&mut self, text: &str) -> Result<(), Error> {
        let state = State::decode(text)?;
        self.rebuild(state.seed.unwrap_or(self.default_seed), &state)
    }

    /// Everything, for another engine or a later worker.
    ///
    /// # Errors
    /// [`Error::Engine`] when the engine is lost.
    pub async fn save(&mut self) -> Result<Vec<u8>, Error> {
        let mut state = self.state_parts();
        state.seed = Some(self.context.seed);
        let header = Header {
            figure: self.entry.id.into(),
            state: state.encode(),
            default_seed: self.default_seed,
            paused: self.paused,
        };
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let mut bytes = (header.len() as u32).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(self.demo.save().await?);
        Ok(bytes)
    }

    /// Goes on from what [`Player::save`] wrote, here or elsewhere.
    ///
    /// # Errors
    /// [`Error::BadSnapshot`] for bytes of another figure or damaged ones; then nothing changed.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let bad = |reason: &str| Error::BadSnapshot(reason.into());
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| bad("it is empty."))?;
        let length = u32::from_le_bytes(*length) as usize;
        let header = rest.get(..length).ok_or_else(|| bad("it ends early."))?;
        let header: Header = serde_json::from_slice(header).map_err(|error| bad(&error.to_string()))?;
        if header.figure != self.entry.id {
            return Err(bad("it belongs to another figure."));
        }
        let state = State::decode(&header.state)?;
        let mut fresh = self.built(state.seed.unwrap_or(header.default_seed), &state)?;
        fresh.demo.restore(&rest[length..])?;
        fresh.default_seed = header.default_seed;
        fresh.paused = header.paused;
        *self = fresh;
        Ok(())
    }

    /// Outputs of the present models on fixed inputs, to compare engines.
    ///
    /// # Errors
    /// Whatever the demo says.
    pub async fn probe(&mut self) -> Result<Vec<f32>, Error> {
        self.demo.probe().await
    }

    /// Plays a visitor's model beside ours, also after a reset, a new seed or a restored snapshot.
    ///
    /// # Errors
    /// [`Error::BadModel`] or [`Error::Unsupported`]; then nothing changed.
    pub fn attach(&mut self, model: Rc<dyn ForeignModel>) -> Result<(), Error> {
        self.demo.attach(Rc::clone(&model))?;
        self.attached = Some(model);
        Ok(())
    }

    fn handle(&self, id: &str) -> Result<Handle, Error> {
        self.handles()
            .into_iter()
            .find(|handle| handle.id == id)
            .ok_or_else(|| Error::Unknown { what: "handle", id: id.into() })
    }

    fn move_handle(&mut self, handle: &Handle, world: Point) -> Result<(), Error> {
        if world.iter().any(|value| !value.is_finite()) {
            return Err(Error::BadValue {
                id: handle.id.clone(),
                found: "that (not a number)".into(),
                expected: "a point".into(),
            });
        }
        let world = handle.bounds.clamp(world);
        let before = self.handles();
        self.demo.move_handle(&handle.id, world)?;
        self.handles.insert(handle.id.clone(), world);
        // One handle may carry another along; a link must hold where both are now.
        let carried = self.handles().into_iter().filter(|after| after.id != handle.id && !before.contains(after));
        for other in carried.collect::<Vec<_>>() {
            self.handles.entry(other.id).and_modify(|world| *world = other.world);
        }
        Ok(())
    }

    /// What a stroke carries along must hold in a link, too, where it was dragged before.
    fn follow_handles(&mut self) {
        for Handle { id, world, .. } in self.demo.handles(self.size) {
            self.handles.entry(id).and_modify(|kept| *kept = world);
        }
    }

    fn set_control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        let control = self
            .spec()
            .controls
            .iter()
            .find(|control| control.id() == id)
            .ok_or_else(|| Error::Unknown { what: "control", id: id.into() })?;
        let value = control.fit(value)?;
        let is_button = matches!(control, Control::Button { .. });
        self.demo.control(id, &value)?;
        if !is_button {
            self.controls.insert(id.into(), value);
        }
        Ok(())
    }

    fn state_parts(&self) -> State {
        State { seed: None, controls: self.controls.clone(), handles: self.handles.clone() }
    }

    fn rebuild(&mut self, seed: u32, state: &State) -> Result<(), Error> {
        *self = self.built(seed, state)?;
        Ok(())
    }

    /// A new player of the same figure with `state`; what the figure does not know or cannot use keeps its default.
    fn built(&self, seed: u32, state: &State) -> Result<Self, Error> {
        let mut fresh = Self::new(self.entry, Context { seed, ..self.context.clone() })?;
        fresh.default_seed = self.default_seed;
        fresh.size = self.size;
        fresh.paused = self.paused;
        for (id, value) in &state.controls {
            let unchanged = fresh.controls.get(id) == Some(value);
            if !unchanged && fresh.controls.contains_key(id) {
                fresh.set_control(id, value).unwrap_or_default();
            }
        }
        for (id, world) in &state.handles {
            if let Ok(handle) = fresh.handle(id) {
                fresh.move_handle(&handle, *world).unwrap_or_default();
            }
        }
        if let Some(model) = &self.attached {
            // A model that does not fit the state that comes back leaves the figure.
            fresh.attach(Rc::clone(model)).unwrap_or_default();
        }
        Ok(fresh)
    }
}

fn defaults(spec: &Spec) -> BTreeMap<String, Value> {
    spec.controls.iter().filter_map(|control| Some((control.id().to_owned(), control.default()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bounds, Color, Probe, Rect, Save, Tick, View};

    /// A dot that moves right at a chosen speed.
    struct Mover {
        spec: Spec,
        speed: f64,
        at: Point,
        /// Ticks until the last change of speed is worked out.
        left: u32,
    }

    const ENTRY: Entry = Entry { id: "mover", models: &[], webgpu_pays: false, new: mover };

    #[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
    fn mover(context: &Context) -> Result<Box<dyn Demo>, Error> {
        let spec = Spec {
            title: "Mover".into(),
            summary: "A dot.".into(),
            help: String::new(),
            aspect_wide: 1.0,
            aspect_narrow: 1.0,
            controls: vec![Control::slider("speed", "Speed", 0.0..=10.0, 0.5, 1.0), Control::button("home", "Home")],
            model_contract: None,
            paints: false,
        };
        Ok(Box::new(Mover { spec, speed: 1.0, at: [f64::from(context.seed), 0.0], left: 0 }))
    }

    impl Demo for Mover {
        fn spec(&self) -> &Spec {
            &self.spec
        }
        fn control(&mut self, id: &str, value: &Value) -> Result<(), Error> {
            match id {
                "speed" => (self.speed, self.left) = (value.as_number(), 2),
                _ => self.at = [0.0, 0.0],
            }
            Ok(())
        }
        fn tick(&mut self, dt_secs: f64) -> Tick<'_> {
            self.at[0] += self.speed * dt_secs;
            self.left = self.left.saturating_sub(1);
            Box::pin(std::future::ready(Ok(())))
        }
        fn is_settling(&self) -> bool {
            self.left > 0
        }
        fn draw(&self, scene: &mut Scene) {
            scene.circle(self.at, 2.0, Color::Model);
        }
        fn readouts(&self) -> Vec<Readout> {
            vec![Readout::number("x", "x", self.at[0], 3, "m")]
        }
        fn handles(&self, size: Size) -> Vec<Handle> {
            let bounds = Bounds::symmetric(10.0, 10.0);
            let figure = Rect { x: 0.0, y: 0.0, width: size.width, height: size.height };
            let view = View { world: bounds, figure };
            let (id, label, text) = ("dot".into(), "Dot".into(), String::new());
            vec![Handle { id, label, text, world: self.at, step: [0.5, 0.5], bounds, view, radius: 8.0 }]
        }
        fn move_handle(&mut self, _id: &str, world: Point) -> Result<(), Error> {
            self.at = world;
            Ok(())
        }
        fn pointer(&mut self, pointer: Pointer, _size: Size) -> Result<(), Error> {
            self.at = [0.01 * pointer.at[0], 0.0];
            Ok(())
        }
        fn save(&mut self) -> Save<'_> {
            Box::pin(std::future::ready(Ok(self.at[0].to_le_bytes().to_vec())))
        }
        fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
            let bytes = snapshot.try_into().map_err(|_| Error::BadSnapshot("it ends early.".into()))?;
            self.at[0] = f64::from_le_bytes(bytes);
            Ok(())
        }
        fn probe(&mut self) -> Probe<'_> {
            Box::pin(std::future::ready(Ok(vec![])))
        }
    }

    fn player() -> Player {
        Player::new(ENTRY, Context { seed: 2, ..Context::default() }).unwrap()
    }

    fn control(id: &str, value: Value) -> Event {
        Event::Control { id: id.into(), value }
    }

    #[test]
    fn controls_are_clamped_and_only_changes_reach_the_url() {
        let mut player = player();
        assert_eq!(player.state(), "");
        player.event(&control("speed", Value::Number(99.0))).unwrap();
        assert_eq!(player.state(), "speed=10");
        player.event(&control("home", Value::Bool(true))).unwrap();
        assert_eq!(player.state(), "speed=10");
        assert!(player.event(&control("nothing", Value::Bool(true))).is_err());
        player.event(&Event::Reset).unwrap();
        assert_eq!(player.state(), "");
    }

    #[test]
    fn handles_drag_nudge_and_stay_in_bounds() {
        let mut player = player();
        player.event(&Event::Resize { size: Size { width: 200.0, height: 200.0 } }).unwrap();
        player.event(&Event::Drag { id: "dot".into(), at: [150.0, 50.0] }).unwrap();
        assert_eq!(player.handles()[0].world, [5.0, 5.0]);
        player.event(&Event::Nudge { id: "dot".into(), steps: [100.0, -1.0] }).unwrap();
        assert_eq!(player.handles()[0].world, [10.0, 4.5]);
        assert!(player.event(&Event::Drag { id: "dot".into(), at: [f64::NAN, 0.0] }).is_err());
        assert_eq!(player.state(), "dot=10,4.5");
        player.event(&Event::Resize { size: Size { width: 0.0, height: 0.0 } }).unwrap();
        assert_eq!(player.size().width, 200.0);
    }

    #[test]
    fn a_stroke_takes_a_dragged_handle_along_in_the_link() {
        let mut player = player();
        let stroke = Event::Pointer { at: [300.0, 0.0], phase: crate::Phase::Start };
        player.event(&stroke).unwrap();
        assert_eq!(player.state(), "");
        player.event(&Event::Nudge { id: "dot".into(), steps: [4.0, 0.0] }).unwrap();
        assert_eq!(player.state(), "dot=5,0");
        player.event(&stroke).unwrap();
        assert_eq!(player.state(), "dot=3,0");
    }

    #[test]
    fn a_link_is_taken_over_or_refused_whole() {
        let mut player = player();
        player.set_state("seed=5&speed=3&unknown=1&dot=1,2").unwrap();
        assert_eq!(player.state(), "seed=5&speed=3&dot=1,2");
        assert!(player.set_state("speed").is_err());
        assert_eq!(player.state(), "seed=5&speed=3&dot=1,2");
        player.set_state("speed=NaN&dot=inf,1").unwrap();
        assert_eq!(player.state(), "");
    }

    #[test]
    fn a_snapshot_goes_on_elsewhere_and_a_damaged_one_changes_nothing() {
        let mut first = player();
        first.set_state("speed=3").unwrap();
        assert!(futures_ready(first.tick(0.05)).unwrap());
        let bytes = futures_ready(first.save()).unwrap();
        let mut second = player();
        second.restore(&bytes).unwrap();
        assert_eq!(second.scene(), first.scene());
        assert_eq!(second.state(), first.state());
        for damaged in [&bytes[..3], &bytes[..20], &bytes[..bytes.len() - 1], b"12345678"] {
            assert!(matches!(second.restore(damaged), Err(Error::BadSnapshot(_))));
            assert_eq!(second.scene(), first.scene());
        }
    }

    #[test]
    fn paused_figures_stand_still_but_step() {
        let mut player = player();
        player.event(&Event::Pause { paused: true }).unwrap();
        assert!(!futures_ready(player.tick(0.05)).unwrap());
        player.event(&Event::Step).unwrap();
        assert!(futures_ready(player.tick(0.05)).unwrap());
        assert!(!futures_ready(player.tick(0.05)).unwrap());
    }

    #[test]
    fn a_paused_figure_works_out_what_was_asked_for_and_no_time_passes() {
        let mut player = player();
        player.event(&Event::Pause { paused: true }).unwrap();
        let before = player.scene();
        player.event(&Event::Control { id: "speed".into(), value: Value::Number(3.0) }).unwrap();
        let ticks = std::iter::repeat_with(|| futures_ready(player.tick(0.05)).unwrap()).take(5);
        assert_eq!(ticks.collect::<Vec<_>>(), [true, true, false, false, false]);
        assert_eq!(player.scene(), before);
        assert!(!player.is_moving());
    }

    /// Runs a future that never waits.
    fn futures_ready<T>(future: impl Future<Output = T>) -> T {
        let mut future = Box::pin(future);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => value,
            std::task::Poll::Pending => unreachable!("a future of the CPU engine waited"),
        }
    }
}
