//! What the page shows around the canvas, as JSON: handles often, everything else now and then.

use std::collections::BTreeMap;

use demo::{Entry, Player, Point, Readout, Spec, Table, Trained, Value};

/// One figure of a paper, for the page to choose from.
#[derive(Debug, serde::Serialize)]
pub struct Listed {
    /// Its name in `figure="..."`.
    pub id: &'static str,
    /// The model files that it needs before it starts.
    pub models: &'static [&'static str],
    /// Whether WebGPU is worth its download.
    pub webgpu_pays: bool,
}

impl From<&Entry> for Listed {
    fn from(entry: &Entry) -> Self {
        Self { id: entry.id, models: entry.models, webgpu_pays: entry.webgpu_pays }
    }
}

/// A handle as the page lays it over the canvas.
#[derive(Debug, serde::Serialize)]
pub struct HandleView {
    /// Stable name.
    pub id: String,
    /// What it is.
    pub label: String,
    /// Where it is, in words.
    pub text: String,
    /// Position in figure units.
    pub at: Point,
    /// Radius in figure units.
    pub radius: f64,
    /// Position in its world.
    pub world: Point,
    /// Low corner of where it may go.
    pub low: Point,
    /// High corner of where it may go.
    pub high: Point,
    /// Whether it moves along x and along y.
    pub moves: [bool; 2],
}

/// Everything shown around the canvas but the handles.
#[derive(Debug, serde::Serialize)]
pub struct View {
    /// Values of the controls by name.
    pub controls: BTreeMap<String, Value>,
    /// Numbers in words.
    pub readouts: Vec<Readout>,
    /// The seed in use.
    pub seed: u32,
    /// The state for a URL.
    pub state: String,
    /// Whether time stands still.
    pub paused: bool,
}

/// What can be taken out of a figure beside its picture.
#[derive(Debug, serde::Serialize)]
pub struct Exports {
    /// Names of its tables.
    pub tables: Vec<String>,
    /// The networks that learn in it.
    pub models: Vec<Trained>,
}

/// A figure's numbers.
#[derive(Debug, serde::Serialize)]
pub struct Data {
    /// Numbers in words.
    pub readouts: Vec<Readout>,
    /// The numbers behind the picture.
    pub tables: Vec<Table>,
}

/// The figures of a paper.
pub fn listed(entries: &[Entry]) -> String {
    json(&entries.iter().map(Listed::from).collect::<Vec<_>>())
}

/// The present handles.
pub fn handles(player: &Player) -> String {
    let handles = player.handles().into_iter().map(|handle| HandleView {
        at: handle.at(),
        radius: handle.radius,
        world: handle.world,
        low: handle.bounds.low,
        high: handle.bounds.high,
        moves: handle.step.map(|step| step != 0.0),
        id: handle.id,
        label: handle.label,
        text: handle.text,
    });
    json(&handles.collect::<Vec<_>>())
}

/// The present view.
pub fn view(player: &Player) -> String {
    json(&View {
        controls: player.controls().clone(),
        readouts: player.readouts(),
        seed: player.seed(),
        state: player.state(),
        paused: player.paused(),
    })
}

/// What can be exported now.
pub fn exports(player: &Player) -> String {
    json(&Exports { tables: player.tables().into_iter().map(|table| table.name).collect(), models: player.trained() })
}

/// The present numbers.
pub fn data(player: &Player) -> String {
    json(&Data { readouts: player.readouts(), tables: player.tables() })
}

/// The figure's spec.
pub fn spec(spec: &Spec) -> String {
    json(spec)
}

/// None of these types can fail to be written; `null` would make the page say so.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_listed_with_what_it_needs() {
        let new = |_: &demo::Context| Err(demo::Error::Unsupported("Not in this test.".into()));
        let entry = Entry { id: "bodies", models: &["two-body-hnn"], webgpu_pays: true, new };
        assert_eq!(listed(&[entry]), r#"[{"id":"bodies","models":["two-body-hnn"],"webgpu_pays":true}]"#);
    }

    #[test]
    fn a_view_carries_values_in_their_own_kind() {
        let controls = [("noise".into(), Value::Number(0.5)), ("train".into(), Value::Bool(true))].into();
        let readouts = vec![Readout::number("error", "Energy error", f64::NAN, 3, "J")];
        let view = View { controls, readouts, seed: 7, state: "seed=7".into(), paused: false };
        let expected = concat!(
            r#"{"controls":{"noise":0.5,"train":true},"#,
            r#""readouts":[{"id":"error","label":"Energy error","text":"not a number J","number":null}],"#,
            r#""seed":7,"state":"seed=7","paused":false}"#
        );
        assert_eq!(json(&view), expected);
    }
}
