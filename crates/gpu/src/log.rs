//! From the `log` crate to the worker.

use std::cell::RefCell;

use js_sys::Function;
use log::{Level, LevelFilter, Log, Metadata, Record};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// From now on `listener(message)` hears what is logged as an error.
#[wasm_bindgen]
pub fn on_log(listener: Function) {
    LISTENER.set(Some(listener));
}

struct Bridge;

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.level() <= Level::Error
    }

    fn log(&self, record: &Record) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let listener = LISTENER.with(|listener| listener.try_borrow().ok()?.clone());
        if let Some(listener) = listener {
            listener.call1(&JsValue::NULL, &record.args().to_string().into()).unwrap_or_default();
        }
    }

    fn flush(&self) {}
}

/// Makes the bridge the logger of this module.
pub(crate) fn install() {
    static BRIDGE: Bridge = Bridge;
    if log::set_logger(&BRIDGE).is_ok() {
        log::set_max_level(LevelFilter::Error);
    }
}
