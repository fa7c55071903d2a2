//! Events as the page writes them: the JSON form of [`demo::Event`].
//!
//! One flat record of all fields, because serde's own reader of tagged enums first copies everything, and takes four times the code.

use demo::{Event, Phase, Point, Size, Value};

#[derive(serde::Deserialize)]
struct Record {
    r#type: String,
    id: Option<String>,
    value: Option<serde_json::Value>,
    at: Option<Point>,
    steps: Option<Point>,
    phase: Option<Phase>,
    size: Option<Size>,
    seed: Option<u32>,
    paused: Option<bool>,
    state: Option<String>,
}

/// Reads an event.
///
/// # Errors
/// What is wrong with it, for the one who wrote the page.
pub fn event(json: &str) -> Result<Event, String> {
    let Record { r#type: kind, id, value, at, steps, phase, size, seed, paused, state } =
        serde_json::from_str(json).map_err(|error| format!("This is no event: {error}."))?;
    let event = match kind.as_str() {
        "control" => id.zip(value.and_then(value_of)).map(|(id, value)| Event::Control { id, value }),
        "drag" => id.zip(at).map(|(id, at)| Event::Drag { id, at }),
        "nudge" => id.zip(steps).map(|(id, steps)| Event::Nudge { id, steps }),
        "pointer" => at.zip(phase).map(|(at, phase)| Event::Pointer { at, phase }),
        "resize" => size.map(|size| Event::Resize { size }),
        "seed" => seed.map(|seed| Event::Seed { seed }),
        "reset" => Some(Event::Reset),
        "pause" => paused.map(|paused| Event::Pause { paused }),
        "step" => Some(Event::Step),
        "state" => state.map(|state| Event::State { state }),
        _ => return Err(format!("There is no event “{kind}”.")),
    };
    event.ok_or_else(|| format!("An event “{kind}” with other fields was expected."))
}

fn value_of(value: serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Bool(value) => Some(Value::Bool(value)),
        serde_json::Value::Number(number) => number.as_f64().map(Value::Number),
        serde_json::Value::String(text) => Some(Value::Text(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_read_as_it_is_written() {
        let id = || "start".to_owned();
        let events = [
            Event::Control { id: id(), value: Value::Number(0.25) },
            Event::Control { id: id(), value: Value::Number(3.0) },
            Event::Control { id: id(), value: Value::Bool(true) },
            Event::Control { id: id(), value: Value::Text("spring".into()) },
            Event::Drag { id: id(), at: [1.5, -2.0] },
            Event::Nudge { id: id(), steps: [0.0, 10.0] },
            Event::Pointer { at: [3.0, 4.0], phase: Phase::Move },
            Event::Resize { size: Size { width: 320.0, height: 400.5 } },
            Event::Seed { seed: u32::MAX },
            Event::Reset,
            Event::Pause { paused: true },
            Event::Step,
            Event::State { state: "noise=0.2&start=1,0".into() },
        ];
        for written in events {
            let json = serde_json::to_string(&written).unwrap();
            assert_eq!(event(&json), Ok(written), "{json}");
        }
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for json in [
            "",
            "{}",
            "[]",
            r#"{"type":"explode"}"#,
            r#"{"type":"drag","id":"x","at":[null,1]}"#,
            r#"{"type":"seed","seed":-1}"#,
        ] {
            assert!(event(json).is_err(), "{json}");
        }
        assert!(event(r#"{"type":"control","id":"x","value":null}"#).unwrap_err().contains("control"));
    }
}
