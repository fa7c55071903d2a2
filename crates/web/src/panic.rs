//! A panic aborts the module, and promises that it held never settle; so the worker is told before it is too late.

use std::cell::RefCell;
use std::sync::Once;

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// From now on `listener(message)` hears of a panic in this module.
#[wasm_bindgen]
pub fn on_panic(listener: Function) {
    LISTENER.set(Some(listener));
}

/// Makes panics known on the console and to the listener.
pub(crate) fn report() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            console_error_panic_hook::hook(info);
            let words = info.payload_as_str().unwrap_or("an unknown fault");
            let listener = LISTENER.try_with(|listener| listener.try_borrow().ok()?.clone()).ok().flatten();
            if let Some(listener) = listener {
                // Nobody is left to hear of an error in the listener.
                listener.call1(&JsValue::NULL, &words.into()).unwrap_or_default();
            }
        }));
    });
}
