//! What a figure shows and which controls it has. The shell makes real HTML controls of it.

use crate::Error;

/// Title, help, controls and shape of a figure.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Spec {
    /// Title above the figure.
    pub title: String,
    /// One or two sentences: what is drawn. Also the canvas' text for those who do not see it.
    pub summary: String,
    /// What one can do, in a few sentences.
    pub help: String,
    /// Width over height where there is room (from 560 on).
    pub aspect_wide: f64,
    /// Width over height on a phone.
    pub aspect_narrow: f64,
    /// Controls in order.
    pub controls: Vec<Control>,
    /// What a dropped ONNX file must honour, e.g. "x [N, 2] -> dx/dt [N, 2]"; none when the figure takes no models.
    pub model_contract: Option<String>,
    /// True when strokes on the figure itself paint: the pointer is followed while it is pressed. Else the figure hears of
    /// clicks alone.
    pub paints: bool,
}

/// A control's value.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Toggles and buttons.
    Bool(bool),
    /// Sliders.
    Number(f64),
    /// Choices.
    Text(String),
}

impl Value {
    /// The number, or zero.
    pub fn as_number(&self) -> f64 {
        if let Self::Number(number) = self { *number } else { 0.0 }
    }

    /// The truth value, or false.
    pub fn as_bool(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// The text, or nothing.
    pub fn as_text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }
}

/// One option of a [`Control::Choice`].
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Choice {
    /// Stable name.
    pub id: String,
    /// As shown.
    pub label: String,
}

/// A control.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Control {
    /// A number in a range.
    Slider {
        /// Stable name.
        id: String,
        /// As shown.
        label: String,
        /// Unit, may be empty.
        unit: String,
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
        /// Distance between values.
        step: f64,
        /// At the start.
        default: f64,
    },
    /// On or off.
    Toggle {
        /// Stable name.
        id: String,
        /// As shown.
        label: String,
        /// At the start.
        default: bool,
    },
    /// One of several.
    Choice {
        /// Stable name.
        id: String,
        /// As shown.
        label: String,
        /// Options in order.
        options: Vec<Choice>,
        /// The option at the start.
        default: String,
    },
    /// Do something now.
    Button {
        /// Stable name.
        id: String,
        /// As shown.
        label: String,
    },
}

impl Control {
    /// A slider without unit.
    pub fn slider(id: &str, label: &str, range: std::ops::RangeInclusive<f64>, step: f64, default: f64) -> Self {
        Self::Slider {
            id: id.into(),
            label: label.into(),
            unit: String::new(),
            min: *range.start(),
            max: *range.end(),
            step,
            default,
        }
    }

    /// A toggle.
    pub fn toggle(id: &str, label: &str, default: bool) -> Self {
        Self::Toggle { id: id.into(), label: label.into(), default }
    }

    /// A choice; the first option is the default.
    pub fn choice(id: &str, label: &str, options: &[(&str, &str)]) -> Self {
        let default = options.first().map_or_else(String::new, |(id, _)| (*id).into());
        let options = options.iter().map(|(id, label)| Choice { id: (*id).into(), label: (*label).into() }).collect();
        Self::Choice { id: id.into(), label: label.into(), options, default }
    }

    /// A button.
    pub fn button(id: &str, label: &str) -> Self {
        Self::Button { id: id.into(), label: label.into() }
    }

    /// Its stable name.
    pub fn id(&self) -> &str {
        match self {
            Self::Slider { id, .. } | Self::Toggle { id, .. } | Self::Choice { id, .. } | Self::Button { id, .. } => id,
        }
    }

    /// Its value at the start; none for a button.
    pub fn default(&self) -> Option<Value> {
        match self {
            Self::Slider { default, .. } => Some(Value::Number(*default)),
            Self::Toggle { default, .. } => Some(Value::Bool(*default)),
            Self::Choice { default, .. } => Some(Value::Text(default.clone())),
            Self::Button { .. } => None,
        }
    }

    /// `value` made to fit: numbers clamped and snapped to the step.
    ///
    /// # Errors
    /// [`Error::BadValue`] for a value of another kind, one that is not a number, or an option that does not exist.
    pub fn fit(&self, value: &Value) -> Result<Value, Error> {
        let bad = |expected: &str| Error::BadValue {
            id: self.id().into(),
            found: describe(value),
            expected: expected.into(),
        };
        match (self, value) {
            (Self::Slider { min, max, step, .. }, Value::Number(number)) if number.is_finite() => {
                let snapped = if *step > 0.0 { min + ((number - min) / step).round() * step } else { *number };
                Ok(Value::Number(snapped.clamp(*min, *max)))
            }
            (Self::Slider { min, max, .. }, _) => Err(bad(&format!("a number from {min} to {max}"))),
            (Self::Toggle { .. } | Self::Button { .. }, Value::Bool(_)) => Ok(value.clone()),
            (Self::Toggle { .. } | Self::Button { .. }, _) => Err(bad("true or false")),
            (Self::Choice { options, .. }, Value::Text(text)) if options.iter().any(|o| o.id == *text) => {
                Ok(value.clone())
            }
            (Self::Choice { options, .. }, _) => {
                let names: Vec<&str> = options.iter().map(|o| o.id.as_str()).collect();
                Err(bad(&format!("one of {}", names.join(", "))))
            }
        }
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(value) if value.is_finite() => value.to_string(),
        Value::Number(_) => "that (not a number)".into(),
        Value::Text(text) => format!("“{}”", text.chars().take(40).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_clamp_and_snap() {
        let slider = Control::slider("noise", "Noise", 0.0..=0.3, 0.01, 0.1);
        assert_eq!(slider.fit(&Value::Number(7.0)), Ok(Value::Number(0.3)));
        assert_eq!(slider.fit(&Value::Number(-1e300)), Ok(Value::Number(0.0)));
        let Ok(Value::Number(snapped)) = slider.fit(&Value::Number(0.1049)) else { unreachable!() };
        assert!((snapped - 0.10).abs() < 1e-12);
        assert!(slider.fit(&Value::Number(f64::NAN)).is_err());
        assert!(slider.fit(&Value::Text("x".into())).is_err());
    }

    #[test]
    fn a_choice_refuses_what_it_does_not_offer() {
        let choice = Control::choice("task", "Task", &[("spring", "Spring"), ("pendulum", "Pendulum")]);
        assert!(choice.fit(&Value::Text("spring".into())).is_ok());
        let error = choice.fit(&Value::Text("rocket".into())).unwrap_err().to_string();
        assert!(error.contains("one of spring, pendulum"), "{error}");
    }
}
