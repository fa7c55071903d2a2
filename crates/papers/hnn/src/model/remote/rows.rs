//! The end of a forward pass, one invocation a state: the few numbers that come out, and what they miss.

#![expect(clippy::format_push_string, reason = "a kernel is put together once")]

use wgsl::{Binding, Numbers, Plan, Source, lines};

use super::{Activations, Places};
use crate::model::shape::{Kind, Shape};

/// Adds the kernel that writes energies, where there are any, and fields to `results`.
pub(super) fn push_results(
    plan: &mut Plan,
    places: &Places,
    parameters: &Numbers,
    activations: &Activations,
    results: &Numbers,
    rows: usize,
) {
    let settings = plan.gpu().settings(&settings(places, rows));
    let (Activations { e1, h2, .. }, shape) = (activations, places.shape);
    let hnn = shape.kind == Kind::Hnn;
    let storage = if hnn { vec![e1, h2, parameters, results] } else { vec![h2, parameters, results] };
    plan.push(&results_source(shape), &settings, &storage, rows);
}

/// Adds the kernel that leaves the gradient by the outputs in `outer` and the squares of the errors in `losses`.
pub(super) fn push_misses(
    plan: &mut Plan,
    places: &Places,
    parameters: &Numbers,
    activations: &Activations,
    [batch, outer, losses]: [&Numbers; 3],
    rows: usize,
) {
    let settings = plan.gpu().settings(&settings(places, rows));
    let from = if places.shape.kind == Kind::Hnn { &activations.e1 } else { &activations.h2 };
    plan.push(&misses_source(places.shape), &settings, &[from, parameters, batch, outer, losses], rows);
}

/// Adds the kernel that makes the states of the next stage of Runge-Kutta's method: x, the states given to a stage, and the results.
pub(super) fn push_stage(
    plan: &mut Plan,
    places: &Places,
    parameters: &Numbers,
    activations: &Activations,
    settings: &Numbers,
    [x, given, results]: [&Numbers; 3],
    rows: usize,
) {
    let left = if places.shape.kind == Kind::Hnn { &activations.e1 } else { &activations.h2 };
    plan.push(&stage_source(places.shape), settings, &[left, parameters, x, given, results], rows);
}

/// What the kernels of this module begin their settings with, and what those for training add.
pub(super) fn settings(places: &Places, rows: usize) -> [u32; 8] {
    let Places { shape, first, last, .. } = places;
    let matrix = if shape.kind == Kind::Hnn { first } else { last };
    let [narrow, wide] = places.widths();
    let share = 2.0 / (rows * shape.dimension) as f32;
    let words = [rows, wide, *matrix, *last, rows * narrow].map(|word| word as u32);
    let [rows, wide, matrix, last, targets] = words;
    [rows, wide, matrix, last, targets, share.to_bits(), 0, 0]
}

const SETTINGS: &str =
    "struct Settings { rows: u32, width: u32, matrix: u32, row: u32, targets: u32, share: f32, more: vec2u }
@group(0) @binding(0) var<uniform> s: Settings;
";

const MAIN: &str = "@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
let r = id.x;
if (r >= s.rows) { return; }
";

/// `g0`, `g1` and so on: the products of row r with the rows of the matrix, then `f0` and so on, the field.
fn field(shape: Shape, energy: bool) -> String {
    let d = shape.dimension;
    let mut text = lines(d, |c| format!("var g{c} = 0.0;\n"));
    text += "for (var k = 0u; k < s.width; k++) {\nlet x = left[r * s.width + k];\n";
    text += &lines(d, |c| format!("g{c} += dot(x, b[s.matrix + {c} * s.width + k]);\n"));
    text += if energy { "energy += dot(h2[r * s.width + k], b[s.row + k]);\n" } else { "" };
    text += "}\n";
    let component = |c: usize| match shape.kind {
        Kind::Baseline => format!("let f{c} = g{c};\n"),
        Kind::Hnn if c < d / 2 => format!("let f{c} = g{};\n", c + d / 2),
        Kind::Hnn => format!("let f{c} = -g{};\n", c - d / 2),
    };
    text + &lines(d, component)
}

fn results_source(shape: Shape) -> Source {
    let (hnn, d) = (shape.kind == Kind::Hnn, shape.dimension);
    let declarations = if hnn {
        "@group(0) @binding(1) var<storage, read> left: array<vec4f>;
@group(0) @binding(2) var<storage, read> h2: array<vec4f>;
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> results: array<f32>;
"
    } else {
        "@group(0) @binding(1) var<storage, read> left: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> results: array<f32>;
"
    };
    let begin = if hnn { "var energy = 0.0;\n" } else { "" };
    let first = if hnn { "results[r] = energy;\nlet first = s.rows + " } else { "let first = " };
    let stores = lines(d, |c| format!("results[first + {c}] = f{c};\n"));
    let text = format!("{SETTINGS}{declarations}{MAIN}{begin}{}{first}r * {d};\n{stores}}}\n", field(shape, hnn));
    let storage = if hnn { vec![Binding::Read; 3] } else { vec![Binding::Read; 2] };
    Source { text, storage: [storage, vec![Binding::Write]].concat() }
}

fn stage_source(shape: Shape) -> Source {
    const DECLARATIONS: &str =
        "struct Settings { rows: u32, width: u32, matrix: u32, row: u32, stage: u32, ahead: f32, weight: f32, unused: u32 }
@group(0) @binding(0) var<uniform> s: Settings;
@group(0) @binding(1) var<storage, read> left: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> x0: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> given: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> results: array<f32>;
";
    let d = shape.dimension;
    let narrow = d.div_ceil(4);
    let mut text = format!("{DECLARATIONS}{MAIN}{}", field(shape, false));
    text += &format!("let first = r * {d};\nlet sum = (s.rows + r) * {d};\nif (s.stage == 0) {{\n");
    text += &lines(d, |c| format!("results[first + {c}] = f{c};\nresults[sum + {c}] = s.weight * f{c};\n"));
    text += "} else {\n";
    text += &lines(d, |c| format!("results[sum + {c}] += s.weight * f{c};\n"));
    text += "}\n";
    for k in 0..narrow {
        let four: Vec<String> =
            (4 * k..4 * k + 4).map(|c| if c < d { format!("f{c}") } else { "0.0".into() }).collect();
        let place = format!("[r * {narrow} + {k}]");
        text += &format!("given{place} = x0{place} + s.ahead * vec4f({});\n", four.join(", "));
    }
    let storage = [Binding::Read, Binding::Read, Binding::Read, Binding::Write, Binding::Write].to_vec();
    Source { text: text + "}\n", storage }
}

fn misses_source(shape: Shape) -> Source {
    const DECLARATIONS: &str = "@group(0) @binding(1) var<storage, read> left: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> batch: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> outer: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;
";
    let d = shape.dimension;
    let narrow = d.div_ceil(4);
    let mut text = format!("{SETTINGS}{DECLARATIONS}{MAIN}{}", field(shape, false));
    text += &lines(narrow, |k| format!("let t{k} = batch[s.targets + r * {narrow} + {k}];\n"));
    text += &lines(d, |c| format!("let m{c} = f{c} - t{}.{};\n", c / 4, ["x", "y", "z", "w"][c % 4]));
    let squares: Vec<String> = (0..d).map(|c| format!("m{c} * m{c}")).collect();
    text += &format!("losses[r] = {};\n", squares.join(" + "));
    // The way back through the symplectic form: J^T = -J.
    let back = |c: usize| match shape.kind {
        _ if c >= d => "0.0".into(),
        Kind::Baseline => format!("m{c}"),
        Kind::Hnn if c < d / 2 => format!("-m{}", c + d / 2),
        Kind::Hnn => format!("m{}", c - d / 2),
    };
    for k in 0..narrow {
        let four: Vec<String> = (4 * k..4 * k + 4).map(back).collect();
        text += &format!("outer[r * {narrow} + {k}] = s.share * vec4f({});\n", four.join(", "));
    }
    let storage = [Binding::Read, Binding::Read, Binding::Read, Binding::Write, Binding::Write].to_vec();
    Source { text: text + "}\n", storage }
}
