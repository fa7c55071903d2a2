//! Gradients of weights: a^T g over the rows of a batch, and the sums of the columns of g, which are the gradient of a bias.
//!
//! A batch is long and a matrix small, so the rows are divided among slots, which are summed by the optimiser: without that most of
//! a GPU would have nothing to do. A slot holds a gradient by all parameters; what no kernel writes there stays zero.

#![expect(clippy::format_push_string, reason = "a kernel is put together once")]

use std::ops::Range;

use crate::gpu::Numbers;
use crate::kernel::Binding;
use crate::plan::{Plan, Rows, Source, Together, bindings, lines};

/// Rows of a tile of the result, in units of four.
const TALL: usize = 1;
/// Columns of a tile, in units of four.
const WIDE: usize = 2;

/// A gradient of one matrix, one bias or both.
#[derive(Debug)]
pub struct Outer<'a> {
    /// Rows of the batch.
    pub rows: usize,
    /// a, where its rows are, numbers in a row in units of four, and where the matrix begins among the parameters; none where
    /// only sums are wanted.
    pub a: Option<(&'a Numbers, Rows, usize, usize)>,
    /// g and where its rows are.
    pub g: (&'a Numbers, Rows),
    /// Numbers in a row of g, in units of four.
    pub columns: usize,
    /// Where the bias begins among the parameters, where there is one.
    pub bias: Option<usize>,
    /// The slots that it fills, each with its share of the rows.
    pub slots: Range<usize>,
    /// The slots, and numbers of a slot in units of four.
    pub to: (&'a Numbers, usize),
}

impl Outer<'_> {
    /// Adds it to a plan.
    pub fn push(&self, plan: &mut Plan) {
        Self::push_together(std::slice::from_ref(self), plan);
    }

    /// Adds several to a plan, as one dispatch. Buffers, whether there is a matrix and whether there is a bias are the same for
    /// all.
    pub fn push_together(all: &[Self], plan: &mut Plan) {
        let Some(Self { a, g, bias, to, .. }) = all.first() else { return };
        let parts: Vec<(Vec<u32>, usize)> = all.iter().map(|one| (one.words(), one.threads())).collect();
        let storage: Vec<&Numbers> = a.map(|a| a.0).into_iter().chain([g.0, to.0]).collect();
        let source = |together| source(together, a.is_some(), bias.is_some());
        plan.push_together(source, &parts, &storage);
    }

    fn words(&self) -> Vec<u32> {
        let (_, a_rows, depth, matrix) = self.a.unwrap_or((self.g.0, self.g.1, 1, 0));
        let tiles = self.tiles();
        let share = self.rows.div_ceil(self.slots.len().max(1));
        let counts = [self.rows, share, self.slots.start, self.to.1].map(|count| count as u32);
        let sizes = [tiles[0], tiles[1], depth, self.columns].map(|count| count as u32);
        let places = [matrix, self.bias.unwrap_or(0), self.slots.len(), 0].map(|place| place as u32);
        [counts, sizes, places, a_rows.words(), self.g.1.words()].concat()
    }

    /// Tiles of the result, down and across.
    fn tiles(&self) -> [usize; 2] {
        let depth = self.a.map_or(1, |(_, _, depth, _)| depth);
        [depth.div_ceil(TALL), self.columns.div_ceil(WIDE)]
    }

    fn threads(&self) -> usize {
        self.slots.len() * self.tiles().into_iter().product::<usize>()
    }
}

fn source(together: Together, products: bool, sums: bool) -> Source {
    let a = products.then_some(("a", Binding::Read));
    let names: Vec<_> = a.into_iter().chain([("g", Binding::Read), ("to", Binding::Write)]).collect();
    let tall = if products { TALL } else { 0 };
    let text = format!(
        "struct Settings {{ counts: vec4u, sizes: vec4u, places: vec4u, a: vec4u, g: vec4u }}\n{}\
         fn place(rows: vec4u, row: u32) -> u32 {{ return rows.x + row / rows.y * rows.z + row % rows.y * rows.w; }}\n\
         {}let tiles = s.sizes.x * s.sizes.y;\nlet slot = id / tiles;\nlet begin = slot * s.counts.y;\n\
         let end = min(begin + s.counts.y, s.counts.x);\n\
         let tile = id % tiles;\nlet base = (s.counts.z + slot) * s.counts.w;\n\
         if (slot >= s.places.z) {{ return; }}\n{}",
        bindings(together, &names),
        together.main(),
        body(tall, sums),
    );
    Source { text, storage: names.into_iter().map(|(_, access)| access).collect() }
}

fn body(tall: usize, sums: bool) -> String {
    let mut text = String::new();
    for i in 0..tall {
        text += &format!("let d{i} = min(tile / s.sizes.y * {TALL} + {i}, s.sizes.z - 1);\n");
    }
    for c in 0..WIDE {
        text += &format!("let c{c} = min(tile % s.sizes.y * {WIDE} + {c}, s.sizes.w - 1);\n");
        text += &if sums { format!("var t{c} = vec4f();\n") } else { String::new() };
        text += &lines(4 * tall, |i| format!("var v{i}_{c} = vec4f();\n"));
    }
    text += "for (var r = begin; r < end; r++) {\nlet gr = place(s.g, r);\n";
    text += if tall > 0 { "let ar = place(s.a, r);\n" } else { "" };
    text += &lines(tall, |i| format!("let x{i} = a[ar + d{i}];\n"));
    for c in 0..WIDE {
        text += &format!("let w{c} = g[gr + c{c}];\n");
        text += &if sums { format!("t{c} += w{c};\n") } else { String::new() };
        for i in 0..4 * tall {
            text += &format!("v{i}_{c} += x{}.{} * w{c};\n", i / 4, ["x", "y", "z", "w"][i % 4]);
        }
    }
    text += "}\n";
    for c in 0..WIDE {
        for i in 0..4 * tall {
            let (block, part) = (i / 4, i % 4);
            text += &format!("to[base + s.places.x + (4 * d{block} + {part}) * s.sizes.w + c{c}] = v{i}_{c};\n");
        }
    }
    if sums {
        text += "if (tile < s.sizes.y) {\n";
        text += &lines(WIDE, |c| format!("to[base + s.places.y + c{c}] = t{c};\n"));
        text += "}\n";
    }
    text + "}\n"
}
