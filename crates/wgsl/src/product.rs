//! A product of a batch with a matrix, and what is done at once with each of its numbers.
//!
//! An invocation computes [`TALL`] rows of [`WIDE`] times four columns and keeps the sums in registers. Where a tile reaches beyond
//! the last row or column it computes that one again and stores the same numbers a second time, so there is no test in the loop.

#![expect(clippy::format_push_string, reason = "a kernel is put together once")]

use crate::gpu::Numbers;
use crate::kernel::Binding;
use crate::plan::{Plan, Rows, Source, Together, bindings};

/// Rows of a tile.
const TALL: usize = 4;
/// Columns of a tile, in units of four.
const WIDE: usize = 2;

/// What becomes of the product v, with h, p and q numbers at the same place; `slope(h) = 1 - h^2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epilogue {
    /// y = v
    Sum,
    /// y = tanh(v)
    Tanh,
    /// y = tanh(v), z = slope(y) times a row of the parameters
    TanhAndSlopeOfRow,
    /// y = slope(p) v
    Slope,
    /// y = slope(p) (y + v)
    SlopeOfSum,
    /// y = v, z = slope(p) v
    SumAndSlope,
    /// y = -2 p q v, z = slope(p) v
    Curvature,
    /// y = max(v, 0)
    Relu,
    /// y = v where p is positive, else 0
    ReluGradient,
}

impl Epilogue {
    fn reads_p(self) -> bool {
        matches!(self, Self::Slope | Self::SlopeOfSum | Self::SumAndSlope | Self::Curvature | Self::ReluGradient)
    }

    fn reads_q(self) -> bool {
        self == Self::Curvature
    }

    fn writes_z(self) -> bool {
        matches!(self, Self::TanhAndSlopeOfRow | Self::SumAndSlope | Self::Curvature)
    }

    /// For the sum `v` and the place `i`: statements that define `y` and `z`.
    fn text(self) -> &'static str {
        match self {
            Self::Sum => "let y@ = v@;",
            Self::Tanh => "let y@ = hyperbolic(v@);",
            Self::TanhAndSlopeOfRow => "let y@ = hyperbolic(v@); let z@ = slope(y@) * b[s.b.w + c@];",
            Self::Slope => "let y@ = slope(p[i@]) * v@;",
            Self::SlopeOfSum => "let y@ = slope(p[i@]) * (y[i@] + v@);",
            Self::SumAndSlope => "let y@ = v@; let z@ = slope(p[i@]) * v@;",
            Self::Curvature => "let p@ = p[i@]; let y@ = -2.0 * p@ * q[i@] * v@; let z@ = slope(p@) * v@;",
            Self::Relu => "let y@ = max(v@, vec4f());",
            Self::ReluGradient => "let y@ = select(vec4f(), v@, p[i@] > vec4f());",
        }
    }
}

/// The matrix within a buffer of parameters, all in units of four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Where it begins.
    pub first: usize,
    /// From one of its rows to the next.
    pub width: usize,
    /// Whether the product is with its transpose.
    pub transposed: bool,
    /// Where a row begins that is added to every row of the product.
    pub bias: Option<usize>,
    /// Where the row of [`Epilogue::TanhAndSlopeOfRow`] begins.
    pub row: usize,
}

/// y = f(a W + bias).
#[derive(Debug)]
pub struct Product<'a> {
    /// How many rows.
    pub rows: usize,
    /// Numbers of a row of a, in units of four.
    pub depth: usize,
    /// Numbers of a row of y, in units of four.
    pub columns: usize,
    /// Left operand and where its rows are.
    pub a: (&'a Numbers, Rows),
    /// Right operand.
    pub b: (&'a Numbers, Weights),
    /// f.
    pub epilogue: Epilogue,
    /// p and q of the epilogue, as many as it reads, then y and, where there is one, z.
    pub more: &'a [&'a Numbers],
    /// Where the rows of y, z, p and q are.
    pub at: Rows,
}

impl Product<'_> {
    /// Adds it to a plan.
    pub fn push(&self, plan: &mut Plan) {
        Self::push_together(std::slice::from_ref(self), plan);
    }

    /// Adds several to a plan, as one dispatch. Buffers, epilogue, whether matrices are transposed and whether there is a bias are
    /// the same for all.
    pub fn push_together(all: &[Self], plan: &mut Plan) {
        let Some(Self { a, b, epilogue, more, .. }) = all.first() else { return };
        let parts: Vec<(Vec<u32>, usize)> = all.iter().map(|one| (one.words(), one.threads())).collect();
        let storage: Vec<&Numbers> = [a.0, b.0].into_iter().chain(more.iter().copied()).collect();
        let source = |together| source(together, b.1.transposed, b.1.bias.is_some(), *epilogue);
        plan.push_together(source, &parts, &storage);
    }

    fn words(&self) -> Vec<u32> {
        let weights = self.b.1;
        let counts = [self.rows, self.tiles(), self.columns, self.depth].map(|count| count as u32);
        let b = [weights.first, weights.width, weights.bias.unwrap_or(0), weights.row].map(|place| place as u32);
        [counts, self.a.1.words(), self.at.words(), b].concat()
    }

    /// Tiles of a row.
    fn tiles(&self) -> usize {
        self.columns.div_ceil(WIDE)
    }

    fn threads(&self) -> usize {
        self.tiles() * self.rows.div_ceil(TALL)
    }
}

fn source(together: Together, transposed: bool, bias: bool, epilogue: Epilogue) -> Source {
    let mut names = vec![("a", Binding::Read), ("b", Binding::Read)];
    names.extend(epilogue.reads_p().then_some(("p", Binding::Read)));
    names.extend(epilogue.reads_q().then_some(("q", Binding::Read)));
    names.push(("y", Binding::Write));
    names.extend(epilogue.writes_z().then_some(("z", Binding::Write)));
    let text = format!(
        "struct Settings {{ rows: u32, tiles: u32, columns: u32, depth: u32, a: vec4u, at: vec4u, b: vec4u }}\n{}{HELPERS}\
         {}let first = id / s.tiles * {TALL};\nif (first >= s.rows) {{ return; }}\n{}{}{}}}\n",
        bindings(together, &names),
        together.main(),
        begin(bias),
        sums(transposed),
        end(epilogue),
    );
    Source { text, storage: names.into_iter().map(|(_, access)| access).collect() }
}

/// Tanh by one exponential, whose argument is kept where nothing overflows.
const HELPERS: &str = "\
fn hyperbolic(x: vec4f) -> vec4f { return 1.0 - 2.0 / (exp(2.0 * clamp(x, vec4f(-20.0), vec4f(20.0))) + 1.0); }
fn slope(h: vec4f) -> vec4f { return 1.0 - h * h; }
fn place(rows: vec4u, row: u32) -> u32 { return rows.x + row / rows.y * rows.z + row % rows.y * rows.w; }
";

/// Columns, rows of a, and the sums as they begin.
fn begin(bias: bool) -> String {
    let mut text = String::new();
    for c in 0..WIDE {
        text += &format!("let c{c} = min(id % s.tiles * {WIDE} + {c}, s.columns - 1);\n");
        text += &format!("let bias{c} = {};\n", if bias { format!("b[s.b.z + c{c}]") } else { "vec4f()".into() });
    }
    for m in 0..TALL {
        text += &format!("let r{m} = min(first + {m}, s.rows - 1);\nlet a{m} = place(s.a, r{m});\n");
        for c in 0..WIDE {
            text += &format!("var v{m}{c} = bias{c};\n");
        }
    }
    text
}

/// The loop over four numbers of each row of a at a time.
fn sums(transposed: bool) -> String {
    let mut text = String::from("for (var k = 0u; k < s.depth; k++) {\n");
    for m in 0..TALL {
        text += &format!("let x{m} = a[a{m} + k];\n");
    }
    for c in 0..WIDE {
        for part in 0..4 {
            let place = if transposed {
                format!("s.b.x + (4 * c{c} + {part}) * s.b.y + k")
            } else {
                format!("s.b.x + (4 * k + {part}) * s.b.y + c{c}")
            };
            text += &format!("let w{c}{part} = b[{place}];\n");
        }
        for m in 0..TALL {
            text += &if transposed {
                format!("v{m}{c} += vec4f(dot(x{m}, w{c}0), dot(x{m}, w{c}1), dot(x{m}, w{c}2), dot(x{m}, w{c}3));\n")
            } else {
                format!("v{m}{c} += x{m}.x * w{c}0 + x{m}.y * w{c}1 + x{m}.z * w{c}2 + x{m}.w * w{c}3;\n")
            };
        }
    }
    text + "}\n"
}

/// The epilogue: everything is read before anything is written, because the last tiles write some numbers twice.
fn end(epilogue: Epilogue) -> String {
    let (mut text, mut stores) = (String::new(), String::new());
    for m in 0..TALL {
        for c in 0..WIDE {
            let own = format!("{m}{c}");
            text += &format!("let i{own} = place(s.at, r{m}) + c{c};\n");
            text += &epilogue.text().replace("c@", &format!("c{c}")).replace('@', &own);
            text += "\n";
            stores += &format!("y[i{own}] = y{own};\n");
            if epilogue.writes_z() {
                stores += &format!("z[i{own}] = z{own};\n");
            }
        }
    }
    text + &stores
}
