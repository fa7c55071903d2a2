//! From the `log` crate to the worker.

use std::cell::RefCell;

use js_sys::Function;
use log::{Level, LevelFilter, Log, Metadata, Record};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// From now on `listener(message)` hears what is logged as an error, and warnings of a validation.
#[wasm_bindgen]
pub fn on_log(listener: Function) {
    LISTENER.set(Some(listener));
}

struct Bridge;

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.level() <= Level::Warn
    }

    fn log(&self, record: &Record) {
        let words = record.args().to_string();
        // cubecl warns of what the GPU's validation refused (cubecl-wgpu 0.11.3, compute/stream.rs).
        if record.level() == Level::Error || words.contains("validation") {
            let listener = LISTENER.with(|listener| listener.try_borrow().ok()?.clone());
            if let Some(listener) = listener {
                listener.call1(&JsValue::NULL, &words.into()).unwrap_or_default();
            }
        }
    }

    fn flush(&self) {}
}

/// Makes the bridge the logger of this module.
pub(crate) fn install() {
    static BRIDGE: Bridge = Bridge;
    if log::set_logger(&BRIDGE).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}
