//! The state in an address.
#![no_main]

use demo::State;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(state) = State::decode(text) {
        let written = state.encode();
        if written.len() <= demo::MAX_STATE_BYTES {
            assert_eq!(State::decode(&written).map(|state| state.encode()), Ok(written));
        }
    }
});
