//! Messages to a figure: whatever a page sends is an event or is refused, and an event holds no number that is none.
#![cfg(test)]

#[path = "../../../fuzz/corpus.rs"]
mod corpus;

use demo::{Event, Value};
use testkit::hostile::attack;
use web::wire::event;

const WORDS: &[&[u8]] =
    &[b"\"type\":", b"\"at\":[", b"\"value\":", b"null", b"1e309", b"-0", b"{", b"[", b"\\u0000", b"\"phase\":\"end\""];

fn numbers(event: &Event) -> Vec<f64> {
    match event {
        Event::Control { value: Value::Number(number), .. } => vec![*number],
        Event::Drag { at, .. } | Event::Nudge { steps: at, .. } | Event::Pointer { at, .. } => at.to_vec(),
        Event::Resize { size } => vec![size.width, size.height],
        _ => Vec::new(),
    }
}

#[test]
fn any_message_is_an_event_or_is_refused_in_words() {
    attack(2, &corpus::corpus("event"), WORDS, 10_000_000, |input| match event(&String::from_utf8_lossy(input)) {
        Ok(read) => {
            assert!(numbers(&read).iter().all(|number| number.is_finite()), "{read:?}");
            let written = serde_json::to_string(&read).unwrap();
            assert!(event(&written).is_ok(), "{written}");
        }
        Err(reason) => assert!(reason.len() > 10, "{reason}"),
    });
}
