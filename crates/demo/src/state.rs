//! The state of a figure as a string for a URL: `seed=3&noise=0.2&start=1.2,-0.4`, what differs from the defaults only.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{Error, Point, Value};

/// The longest state that is read or written, in bytes.
pub const MAX_STATE_BYTES: usize = 2048;

/// Controls, handles and the seed, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The seed, where it is not the default.
    pub seed: Option<u32>,
    /// Values of controls.
    pub controls: BTreeMap<String, Value>,
    /// Positions of handles in their worlds.
    pub handles: BTreeMap<String, Point>,
}

impl State {
    /// The string for a URL.
    pub fn encode(&self) -> String {
        let mut parts = Vec::new();
        if let Some(seed) = self.seed {
            parts.push(format!("seed={seed}"));
        }
        for (id, value) in &self.controls {
            let text = match value {
                Value::Bool(value) => value.to_string(),
                Value::Number(value) => short(*value),
                Value::Text(text) => escape(text),
            };
            parts.push(format!("{}={text}", escape(id)));
        }
        for (id, [x, y]) in &self.handles {
            parts.push(format!("{}={},{}", escape(id), short(*x), short(*y)));
        }
        parts.join("&")
    }

    /// Reads what [`State::encode`] wrote. Kinds are told by form; whether a name exists is for the player to say.
    ///
    /// # Errors
    /// [`Error::BadState`] when it is longer than [`MAX_STATE_BYTES`] or is not of the form `name=value&...`.
    pub fn decode(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_STATE_BYTES {
            return Err(Error::BadState(format!("it is longer than {MAX_STATE_BYTES} bytes.")));
        }
        let mut state = Self::default();
        for part in text.trim_start_matches(['?', '#']).split('&').filter(|part| !part.is_empty()) {
            let (id, value) = part
                .split_once('=')
                .and_then(|(id, value)| Some((unescape(id)?, unescape(value)?)))
                .ok_or_else(|| Error::BadState(format!("“{}” is not of the form name=value.", cut(part))))?;
            state.insert(id, &value)?;
        }
        Ok(state)
    }

    fn insert(&mut self, id: String, value: &str) -> Result<(), Error> {
        if id == "seed" {
            let seed = value.parse().map_err(|_| Error::BadState(format!("“{}” is not a seed.", cut(value))))?;
            self.seed = Some(seed);
        } else if let Some(point) = point(value) {
            self.handles.insert(id, point);
        } else if let Ok(number) = value.parse::<f64>() {
            self.controls.insert(id, Value::Number(number));
        } else {
            let value = match value {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                text => Value::Text(text.into()),
            };
            self.controls.insert(id, value);
        }
        Ok(())
    }
}

fn point(value: &str) -> Option<Point> {
    let (x, y) = value.split_once(',')?;
    Some([x.parse().ok()?, y.parse().ok()?])
}

/// Six significant digits are finer than a pixel.
fn short(value: f64) -> String {
    let digits = 6.0 - math::ops::log10(value.abs().max(1e-6)).floor() - 1.0;
    // A power of ten is a number only from one up, so that what was written is written again.
    let scale = math::ops::powf(10.0, digits.abs());
    format!("{}", if digits < 0.0 { (value / scale).round() * scale } else { (value * scale).round() / scale })
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut state = State { seed: Some(7), ..State::default() };
        state.controls.insert("noise".into(), Value::Number(0.25));
        state.controls.insert("task".into(), Value::Text("two-body & more".into()));
        state.controls.insert("train".into(), Value::Bool(false));
        state.handles.insert("start".into(), [1.25, -0.5]);
        let text = state.encode();
        assert_eq!(text, "seed=7&noise=0.25&task=two-body%20%26%20more&train=false&start=1.25,-0.5");
        assert_eq!(State::decode(&text), Ok(state));
    }

    #[test]
    fn mangled_states_are_refused() {
        for text in ["noise", "seed=abc", "a=%f", "a=%ZZ", "seed=-1", &"x=1&".repeat(1000)] {
            assert!(matches!(State::decode(text), Err(Error::BadState(_))), "{text}");
        }
        assert_eq!(State::decode(""), Ok(State::default()));
    }

    #[test]
    fn numbers_keep_six_digits() {
        assert_eq!(short(0.1 + 0.2), "0.3");
        assert_eq!(short(1234.56789), "1234.57");
        assert_eq!(short(100000000000.00002), "100000000000");
        assert_eq!(short(-12345678.0), "-12345700");
        assert_eq!(short(0.0), "0");
    }
}
