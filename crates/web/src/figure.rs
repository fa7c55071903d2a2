//! One playing figure, as the worker holds it.

#![expect(
    clippy::await_holding_refcell_ref,
    reason = "every other call meets try_borrow and is refused, as documented"
)]

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use demo::{Color, Engine, Palette, Player, Theme};
use js_sys::{Float32Array, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use web_sys::OffscreenCanvasRenderingContext2d;

use crate::foreign::{JsModel, JsModelObject};
use crate::paint::Painter;
use crate::{view, wire};

/// A figure. While a promise of `tick`, `save` or `probe` is pending every other call is refused; the worker waits.
#[wasm_bindgen]
pub struct Figure {
    // Shared with the pending promise, because a wasm-bindgen borrow must not outlive the call.
    player: Rc<RefCell<Player>>,
    painter: Painter,
}

impl Figure {
    pub(crate) fn new(player: Player) -> Self {
        Self { player: Rc::new(RefCell::new(player)), painter: Painter::default() }
    }

    /// Runs `work` with the player borrowed until its promise settles.
    fn promise<W, F>(&self, work: W) -> Promise
    where
        W: FnOnce(Rc<RefCell<Player>>) -> F + 'static,
        F: Future<Output = Result<JsValue, JsError>> + 'static,
    {
        let player = Rc::clone(&self.player);
        future_to_promise(async move { work(player).await.map_err(JsValue::from) })
    }
}

/// For calls that come while a promise is pending; the worker's order of calls makes it unreachable.
fn busy<E>(_: E) -> JsError {
    JsError::new("The figure is still computing.")
}

#[wasm_bindgen]
impl Figure {
    /// The figure's name.
    pub fn id(&self) -> Result<String, JsError> {
        Ok(self.player.try_borrow().map_err(busy)?.entry().id.into())
    }

    /// "cpu" or "webgpu".
    pub fn engine(&self) -> Result<String, JsError> {
        Ok(match self.player.try_borrow().map_err(busy)?.engine() {
            Engine::Cpu => "cpu".into(),
            Engine::WebGpu => "webgpu".into(),
        })
    }

    /// [`demo::Spec`] as JSON.
    pub fn spec(&self) -> Result<String, JsError> {
        Ok(view::spec(self.player.try_borrow().map_err(busy)?.spec()))
    }

    /// [`view::View`] as JSON.
    pub fn view(&self) -> Result<String, JsError> {
        Ok(view::view(&*self.player.try_borrow().map_err(busy)?))
    }

    /// [`view::HandleView`]s as JSON.
    pub fn handles(&self) -> Result<String, JsError> {
        Ok(view::handles(&*self.player.try_borrow().map_err(busy)?))
    }

    /// Takes a [`demo::Event`] in JSON.
    pub fn event(&self, json: &str) -> Result<(), JsError> {
        let event = wire::event(json).map_err(|words| JsError::new(&words))?;
        Ok(self.player.try_borrow_mut().map_err(busy)?.event(&event)?)
    }

    /// Whether it is to be ticked.
    pub fn moves(&self) -> Result<bool, JsError> {
        Ok(self.player.try_borrow().map_err(busy)?.is_moving())
    }

    /// Advances by `dt_secs`; promises whether anything may have changed.
    pub fn tick(&self, dt_secs: f64) -> Promise {
        self.promise(move |player| async move {
            let changed = player.try_borrow_mut().map_err(busy)?.tick(dt_secs).await?;
            Ok(changed.into())
        })
    }

    /// Paints the present scene, `ratio` device pixels per figure unit, in the "light" or the "dark" palette. `colors` holds the page's own
    /// red, green and blue for each of [`Color::ROLES`], negative where it has none; or nothing at all.
    pub fn paint(
        &mut self,
        canvas: &OffscreenCanvasRenderingContext2d,
        theme: &str,
        ratio: f64,
        colors: &[i16],
    ) -> Result<(), JsError> {
        let scene = self.player.try_borrow().map_err(busy)?.scene();
        let painted = self.painter.paint(canvas, &scene, palette(theme, colors), ratio);
        painted.map_err(|_| JsError::new("The figure could not be painted."))
    }

    /// The present scene as an SVG document; `theme` and `colors` as for `paint`.
    pub fn svg(&self, theme: &str, colors: &[i16]) -> Result<String, JsError> {
        let player = self.player.try_borrow().map_err(busy)?;
        Ok(demo::svg(&player.scene(), palette(theme, colors), &player.spec().title))
    }

    /// [`view::Exports`] as JSON: what `csv` and `onnx` can be asked for.
    pub fn exports(&self) -> Result<String, JsError> {
        Ok(view::exports(&*self.player.try_borrow().map_err(busy)?))
    }

    /// A table of the figure's numbers as comma-separated values.
    pub fn csv(&self, table: &str) -> Result<String, JsError> {
        let tables = self.player.try_borrow().map_err(busy)?.tables();
        let table = tables.iter().find(|one| one.name == table);
        table.map(demo::Table::csv).ok_or_else(|| JsError::new("There is no such table in this figure."))
    }

    /// [`view::Data`] as JSON: all tables and the readouts.
    pub fn data(&self) -> Result<String, JsError> {
        Ok(view::data(&*self.player.try_borrow().map_err(busy)?))
    }

    /// Promises a network that learned here as an ONNX file in a `Uint8Array`; `template` is the file that `exports` names.
    pub fn onnx(&self, name: String, template: Vec<u8>) -> Promise {
        self.promise(|player| async move {
            let bytes = player.try_borrow_mut().map_err(busy)?.onnx(&name, &template).await?;
            Ok(Uint8Array::from(bytes.as_slice()).into())
        })
    }

    /// Promises everything needed to go on elsewhere, as a `Uint8Array`.
    pub fn save(&self) -> Promise {
        self.promise(|player| async move {
            let bytes = player.try_borrow_mut().map_err(busy)?.save().await?;
            Ok(Uint8Array::from(bytes.as_slice()).into())
        })
    }

    /// Goes on from what `save` gave.
    pub fn restore(&self, bytes: &[u8]) -> Result<(), JsError> {
        Ok(self.player.try_borrow_mut().map_err(busy)?.restore(bytes)?)
    }

    /// Promises the models' outputs on fixed inputs, as a `Float32Array`.
    pub fn probe(&self) -> Promise {
        self.promise(|player| async move {
            let values = player.try_borrow_mut().map_err(busy)?.probe().await?;
            Ok(Float32Array::from(values.as_slice()).into())
        })
    }

    /// Plays a visitor's model beside ours.
    pub fn attach(&self, model: JsModelObject) -> Result<(), JsError> {
        let model = JsModel::new(model)?;
        Ok(self.player.try_borrow_mut().map_err(busy)?.attach(Rc::new(model))?)
    }
}

fn palette(theme: &str, colors: &[i16]) -> Palette {
    let theme = if theme == "dark" { Theme::Dark } else { Theme::Light };
    let chosen = Color::ROLES.iter().zip(colors.chunks_exact(3));
    chosen.fold(Palette::new(theme), |palette, (role, rgb)| match rgb {
        [red, green, blue] if *red >= 0 => palette.with(*role, [*red as u8, *green as u8, *blue as u8]),
        _ => palette,
    })
}
