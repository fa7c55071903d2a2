//! The browser kit: what stands between a [`demo::Player`] and the page.
//!
//! A paper's wasm module registers its figures with [`page!`] (crate gpu registers several papers with [`register`]); the worker's JavaScript
//! then lists them with `figures`, makes one with `create` and drives the `Figure` that it gets: events in, scenes out onto an
//! `OffscreenCanvas`, and [`view`]s back as JSON. Everything crosses the border as `Result<_, JsError>` with words for the visitor.
//!
//! With crate gpu the only crate that names web-sys. It must not know any paper, any tensor library, the network or the page's DOM: it runs in
//! a worker that was handed a canvas and bytes. Natively only [`view`] exists, so that its form is tested without a browser.

pub mod view;
pub mod wire;

#[cfg(target_arch = "wasm32")]
mod figure;
#[cfg(target_arch = "wasm32")]
mod foreign;
#[cfg(target_arch = "wasm32")]
mod paint;
#[cfg(target_arch = "wasm32")]
mod panic;
#[cfg(target_arch = "wasm32")]
mod registry;

#[cfg(target_arch = "wasm32")]
pub use figure::Figure;
#[cfg(target_arch = "wasm32")]
pub use panic::on_panic;
#[cfg(target_arch = "wasm32")]
pub use registry::{create, figures, register};
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use wasm_bindgen;

/// Makes the entry of a paper's wasm module: registers its figures under the crate's name when the module starts.
#[macro_export]
macro_rules! page {
    ($demos:expr) => {
        const _: () = {
            use $crate::wasm_bindgen;

            #[wasm_bindgen::prelude::wasm_bindgen(start)]
            fn start() {
                $crate::register(env!("CARGO_PKG_NAME"), $demos);
            }
        };
    };
}
