//! A message to a figure.
#![no_main]

libfuzzer_sys::fuzz_target!(|json: &str| {
    let _ = web::wire::event(json);
});
