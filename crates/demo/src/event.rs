//! What a visitor does to a figure: one closed enum, in JSON between page and worker.

use crate::{Point, Size, Value};

/// Where in a gesture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Pressed.
    Start,
    /// Moved while pressed.
    Move,
    /// Released or cancelled.
    End,
}

/// A pressed pointer in figure units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pointer {
    /// Position in figure units.
    pub at: Point,
    /// Where in the gesture.
    pub phase: Phase,
}

/// One thing that happened to a figure.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Event {
    /// A control was set, or a button pressed.
    Control {
        /// Control.
        id: String,
        /// New value.
        value: Value,
    },
    /// A handle was dragged to a point in figure units.
    Drag {
        /// Handle.
        id: String,
        /// Figure units.
        at: Point,
    },
    /// A handle was moved by keyboard: whole steps in its own world axes (y up).
    Nudge {
        /// Handle.
        id: String,
        /// Steps along x and y.
        steps: Point,
    },
    /// A pointer on the figure away from handles.
    Pointer {
        /// Figure units.
        at: Point,
        /// Where in the gesture.
        phase: Phase,
    },
    /// The figure's size changed.
    Resize {
        /// Figure units (CSS pixels).
        size: Size,
    },
    /// A new seed: the figure begins anew with it and keeps its controls.
    Seed {
        /// Seed.
        seed: u32,
    },
    /// Everything back to the defaults.
    Reset,
    /// Stop or go on.
    Pause {
        /// True to stop.
        paused: bool,
    },
    /// One tick while paused.
    Step,
    /// Take over the state of a link.
    State {
        /// As [`crate::Player::state`] writes it.
        state: String,
    },
}
