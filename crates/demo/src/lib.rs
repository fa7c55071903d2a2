//! What a figure is, whoever shows it.
//!
//! A [`Demo`] takes a seed, events and time, and gives a [`Scene`] (a display list), [`Handle`]s (what can be dragged)
//! and [`Readout`]s (numbers in words). [`Player`] wraps one demo with what all figures share: checked controls, seed,
//! reset, pause, and the state as a string for a URL. Shells (the worker in the browser, tests, the SVG posters) drive
//! the `Player` and nothing else.
//!
//! This crate must not know the DOM, a clock, the network, files, threads, or any tensor library.
//! The same seed and the same events give the same scenes.

mod contour;
mod error;
mod event;
mod foreign;
mod handle;
mod palette;
mod player;
mod plot;
#[cfg(any(test, target_arch = "wasm32"))]
mod png;
mod scene;
pub mod snapshot;
mod spec;
mod state;
mod svg;
mod table;
mod trained;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

pub use contour::contour;
pub use error::Error;
pub use event::{Event, Phase, Pointer};
pub use foreign::ForeignModel;
pub use handle::{Bounds, Handle, View};
pub use palette::{Color, Colormap, Paint, Palette, Theme};
pub use player::{Context, Engine, Entry, Models, Player};
pub use plot::Plot;
pub use scene::{Anchor, Point, Rect, Scene, Shape, Size, Stroke};
pub use spec::{Choice, Control, Spec, Value};
pub use state::{MAX_STATE_BYTES, State};
pub use svg::{arrow_head, svg};
pub use table::{Column, Table};
pub use trained::Trained;

/// The future of [`Demo::tick`]: ready at once on the CPU, pending while a GPU read is under way.
pub type Tick<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

/// The future of [`Demo::save`].
pub type Save<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Error>> + 'a>>;

/// The future of [`Demo::probe`].
pub type Probe<'a> = Pin<Box<dyn Future<Output = Result<Vec<f32>, Error>> + 'a>>;

/// One number of a figure in words, shown beside it and read by screen readers.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Readout {
    /// Stable name, for the API of the embed.
    pub id: String,
    /// What it is, e.g. "Energy error, HNN".
    pub label: String,
    /// The value as shown, with its unit.
    pub text: String,
    /// The value itself, where there is one.
    pub number: Option<f64>,
}

impl Readout {
    /// A number shown with `digits` significant digits and a unit (may be empty).
    pub fn number(id: &str, label: &str, value: f64, digits: usize, unit: &str) -> Self {
        let text = if unit.is_empty() {
            format_number(value, digits)
        } else {
            format!("{} {unit}", format_number(value, digits))
        };
        Self { id: id.into(), label: label.into(), text, number: value.is_finite().then_some(value) }
    }

    /// A readout that is words only.
    pub fn text(id: &str, label: &str, text: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into(), text: text.into(), number: None }
    }
}

/// `value` with `digits` significant digits; scientific below 1e-3 and from 1e5 on.
pub fn format_number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "not a number".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let digits = digits.max(1);
    let magnitude = math::ops::log10(value.abs()).floor() as i32;
    if (-3..5).contains(&magnitude) {
        let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
        format!("{value:.decimals$}").replace('-', "\u{2212}")
    } else {
        let text = format!("{value:.*e}", digits - 1);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{mantissa} \u{d7} 10^{exponent}").replace('-', "\u{2212}")
    }
}

/// A figure. Implementations hold all of their state, so that `save` and `restore` move it between engines and workers.
pub trait Demo {
    /// Title, help, controls and shape of the figure. Constant for the life of the demo.
    fn spec(&self) -> &Spec;

    /// A control changed. `value` was checked against the [`Spec`] and clamped. A [`Control::Button`] comes as `Bool(true)`.
    fn control(&mut self, id: &str, value: &Value) -> Result<(), Error>;

    /// Advance by `dt_secs` of the visitor's time (at most 0.1). Work per tick must be bounded: aim at 10 ms.
    fn tick(&mut self, dt_secs: f64) -> Tick<'_>;

    /// Whether what the visitor asked for last is still being worked out. Such a figure gets ticks while it is paused, too, in which
    /// no time passes, so that its picture becomes that of its controls.
    fn is_settling(&self) -> bool {
        false
    }

    /// Draw the present state. Lay out by `scene.size()`; widths go down to 280.
    fn draw(&self, scene: &mut Scene);

    /// Numbers in words. Every control must move at least one readout or the scene.
    fn readouts(&self) -> Vec<Readout>;

    /// The numbers behind the picture, for export; the readouts are exported anyhow.
    fn tables(&self) -> Vec<Table> {
        Vec::new()
    }

    /// The networks that learn here, for export.
    fn trained(&self) -> Vec<Trained> {
        Vec::new()
    }

    /// One of [`Demo::trained`] as it is now: the bytes of an ONNX file, made of those of its template.
    fn onnx<'a>(&'a mut self, name: &'a str, _template: &'a [u8]) -> Save<'a> {
        let error = Error::Unknown { what: "trained model", id: name.into() };
        Box::pin(std::future::ready(Err(error)))
    }

    /// What can be dragged, laid out for a figure of this size.
    fn handles(&self, _size: Size) -> Vec<Handle> {
        Vec::new()
    }

    /// A handle was moved to `world` (already clamped to its bounds).
    fn move_handle(&mut self, id: &str, _world: Point) -> Result<(), Error> {
        Err(Error::Unknown { what: "handle", id: id.into() })
    }

    /// A pointer on the figure away from handles: a stroke where the figure is painted ([`Spec::paints`]), else a click, as
    /// start and end in one place. `size` is the layout in which it happened.
    fn pointer(&mut self, _pointer: Pointer, _size: Size) -> Result<(), Error> {
        Ok(())
    }

    /// Everything needed to go on elsewhere that controls, handles and the seed do not tell (weights, optimiser, time).
    /// A future, because weights may have to be read from a GPU.
    fn save(&mut self) -> Save<'_>;

    /// Go on from `snapshot`. On an error the demo is unchanged.
    fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error>;

    /// Outputs of the present models on fixed inputs: two engines with the same snapshot must agree to 1e-3 relative.
    fn probe(&mut self) -> Probe<'_>;

    /// Play a visitor's model beside ours.
    fn attach(&mut self, model: Rc<dyn ForeignModel>) -> Result<(), Error> {
        Err(Error::Unsupported(format!("This figure does not take models, so “{}” was not loaded.", model.name())))
    }
}

/// Lists a paper's figures, each a module with `pub const ENTRY: demo::Entry`, as `DEMOS`, and makes the entry of its wasm page.
#[macro_export]
macro_rules! export_demos {
    ($($figure:path),+ $(,)?) => {
        /// Every figure of this paper, in the order of the page.
        pub const DEMOS: &[$crate::Entry] = &[$({ use $figure as figure; figure::ENTRY }),+];

        #[cfg(all(target_arch = "wasm32", feature = "page"))]
        ::web::page!(DEMOS);
    };
}

/// Makes a paper's hot paths, `PATHS` and `run(id, iterations)` of the calling module, known to `cargo xtask bench`: as `native()` to the
/// command line, and as exports of its wasm module to `node bench.mjs`. `$flops` gives the floating point operations of a path's
/// iteration, where they are worth counting.
#[macro_export]
macro_rules! export_benches {
    ($flops:expr) => {
        #[cfg(all(target_arch = "wasm32", feature = "page", not(feature = "first")))]
        #[expect(unreachable_pub, reason = "wasm-bindgen exports what is pub")]
        mod exports {
            use wasm_bindgen::prelude::{JsError, wasm_bindgen};

            /// `[{"id", "flops"}]` as JSON.
            #[wasm_bindgen]
            pub fn bench_list() -> String {
                let flops: fn(&super::Path) -> Option<f64> = $flops;
                let path = |path: &super::Path| serde_json::json!({ "id": path.id, "flops": flops(path) });
                super::PATHS.iter().map(path).collect::<serde_json::Value>().to_string()
            }

            /// [`super::run`] for JavaScript.
            #[wasm_bindgen]
            pub fn bench_run(id: &str, iterations: u32) -> Result<f64, JsError> {
                Ok(super::run(id, iterations)?)
            }
        }

        /// All paths for the command line.
        #[cfg(not(target_arch = "wasm32"))]
        pub fn native() -> Vec<::train::Bench> {
            let flops: fn(&Path) -> Option<f64> = $flops;
            let bench = |path: &Path| {
                let id = path.id;
                let run = move |iterations: u32| {
                    run(id, iterations)?;
                    Ok(())
                };
                ::train::Bench { id: id.to_owned(), flops: flops(path).unwrap_or_default(), run: Box::new(run) }
            };
            PATHS.iter().map(bench).collect()
        }
    };
}
