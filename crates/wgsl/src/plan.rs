//! Dispatches in order: what is submitted for one step or one evaluation.

#![expect(clippy::format_push_string, reason = "a kernel is put together once")]

use std::rc::Rc;

use wgpu::{BindGroup, CommandEncoder, ComputePass, ComputePassDescriptor};

use crate::gpu::{Gpu, Numbers};
use crate::kernel::{Binding, Kernel};

/// Invocations of a workgroup.
pub(crate) const LANES: usize = 64;

/// A kernel as WGSL. Its entry point is `main`, with workgroups of 64 invocations along x; binding 0 is a uniform with its
/// settings, then come the storage buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The program.
    pub text: String,
    /// The storage buffers in the order of their bindings.
    pub storage: Vec<Binding>,
}

/// Where rows begin: row r at `first + r / per * outer + r % per * inner`, in units of four numbers. So the windows of a
/// convolution are the rows of a matrix that nobody has to write down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Where row 0 begins.
    pub first: usize,
    /// Rows of a group.
    pub per: usize,
    /// From one group to the next.
    pub outer: usize,
    /// From one row to the next.
    pub inner: usize,
}

impl Rows {
    /// Rows one after the other, each of `width` times four numbers.
    pub fn dense(width: usize) -> Self {
        Self { first: 0, per: 1 << 30, outer: 0, inner: width }
    }

    /// The same rows, so much later in their buffer.
    pub fn after(self, first: usize) -> Self {
        Self { first: self.first + first, ..self }
    }

    pub(crate) fn words(self) -> [u32; 4] {
        [self.first, self.per, self.outer, self.inner].map(|number| number as u32)
    }
}

#[derive(Debug)]
struct Dispatch {
    kernel: Rc<Kernel>,
    bindings: BindGroup,
    /// Along x and y.
    groups: [u32; 2],
    /// Alive as long as the plan.
    _buffers: Vec<Numbers>,
}

/// Dispatches, each of which sees what those before it wrote.
#[derive(Debug)]
pub struct Plan {
    gpu: Rc<Gpu>,
    dispatches: Vec<Dispatch>,
}

impl Plan {
    /// Without any dispatch.
    pub fn new(gpu: &Rc<Gpu>) -> Self {
        Self { gpu: Rc::clone(gpu), dispatches: Vec::new() }
    }

    /// The device.
    pub fn gpu(&self) -> &Rc<Gpu> {
        &self.gpu
    }

    /// Adds a kernel with its settings, its storage buffers in order, and invocations enough for `threads`.
    pub fn push(&mut self, source: &Source, settings: &Numbers, storage: &[&Numbers], threads: usize) {
        self.push_parts(source, (Binding::Uniform, settings), storage, [threads, 1]);
    }

    fn push_parts(
        &mut self,
        source: &Source,
        (kind, settings): (Binding, &Numbers),
        storage: &[&Numbers],
        [threads, parts]: [usize; 2],
    ) {
        let kernel = self.gpu.kernel(kind, source);
        let buffers: Vec<&Numbers> = std::iter::once(settings).chain(storage.iter().copied()).collect();
        self.push_groups(&kernel, &buffers, [threads.div_ceil(LANES), parts]);
    }

    /// Adds what several settings ask of one kernel with the same buffers: a dispatch of as many parts, each with invocations
    /// enough for the largest. `source` is told whether there are several.
    pub(crate) fn push_together(
        &mut self,
        source: impl Fn(Together) -> Source,
        settings: &[Vec<u32>],
        storage: &[&Numbers],
        threads: usize,
    ) {
        match settings {
            [] => {}
            [one] => {
                let words = self.gpu.settings(one);
                self.push(&source(Together::One), &words, storage, threads);
            }
            many => {
                let words = self.gpu.listed(&many.concat());
                let source = source(Together::Many);
                self.push_parts(&source, (Binding::Read, &words), storage, [threads, many.len()]);
            }
        }
    }

    /// Adds a kernel with its buffers in the order of its bindings, and so many workgroups.
    pub fn push_kernel(&mut self, kernel: &Rc<Kernel>, buffers: &[&Numbers], groups: usize) {
        self.push_groups(kernel, buffers, [groups, 1]);
    }

    fn push_groups(&mut self, kernel: &Rc<Kernel>, buffers: &[&Numbers], groups: [usize; 2]) {
        let bindings = self.gpu.bound(kernel, buffers);
        let buffers = buffers.iter().copied().cloned().collect();
        self.dispatches.push(Dispatch {
            kernel: Rc::clone(kernel),
            bindings,
            groups: groups.map(|count| count as u32),
            _buffers: buffers,
        });
    }

    /// How many dispatches.
    pub fn dispatches(&self) -> usize {
        self.dispatches.len()
    }

    /// Writes them all down as one pass.
    pub fn encode(&self, encoder: &mut CommandEncoder) {
        self.encode_in(&mut encoder.begin_compute_pass(&ComputePassDescriptor::default()));
    }

    /// Writes them all down in a pass that others share.
    pub fn encode_in(&self, pass: &mut ComputePass<'_>) {
        for Dispatch { kernel, bindings, groups, .. } in &self.dispatches {
            pass.set_pipeline(kernel.pipeline());
            pass.set_bind_group(0, bindings, &[]);
            pass.dispatch_workgroups(groups[0], groups[1], 1);
        }
    }

    /// Hands them to the device, as one submission.
    pub fn submit(&self) {
        let mut encoder = self.gpu.encoder();
        self.encode(&mut encoder);
        self.gpu.submit(encoder);
    }
}

/// Lines of a program, one for each number below `count`.
pub fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// Whether a dispatch does one thing or several of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Together {
    /// Its settings are a uniform.
    One,
    /// They are a list, of which each invocation takes the one of its place along y.
    Many,
}

impl Together {
    /// What `main` begins with, where `group` is its `workgroup_id`, which is the same for neighbouring invocations as a driver sees.
    pub(crate) fn begin(self) -> &'static str {
        match self {
            Self::One => "",
            Self::Many => "let s = all[group.y];\n",
        }
    }
}

/// The declarations of a kernel's bindings: the settings' struct is `Settings` and named `s` after [`Together::begin`]; `names` are
/// the storage buffers'.
pub(crate) fn bindings(together: Together, names: &[(&str, Binding)]) -> String {
    let mut text = String::from(match together {
        Together::One => "@group(0) @binding(0) var<uniform> s: Settings;\n",
        Together::Many => "@group(0) @binding(0) var<storage, read> all: array<Settings>;\n",
    });
    for (index, (name, access)) in names.iter().enumerate() {
        let mode = if *access == Binding::Read { "read" } else { "read_write" };
        let binding = index + 1;
        text += &format!("@group(0) @binding({binding}) var<storage, {mode}> {name}: array<vec4f>;\n");
    }
    text
}
