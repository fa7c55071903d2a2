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
    groups: u32,
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
        let kernel = self.gpu.kernel(&[Binding::Uniform], source);
        let buffers: Vec<&Numbers> = std::iter::once(settings).chain(storage.iter().copied()).collect();
        self.push_kernel(&kernel, &buffers, threads.div_ceil(LANES));
    }

    /// Adds what several parts ask of one kernel with the same buffers, as one dispatch with workgroups enough for each part's
    /// settings and invocations. `source` is told whether there are several.
    pub(crate) fn push_together(
        &mut self,
        source: impl Fn(Together) -> Source,
        parts: &[(Vec<u32>, usize)],
        storage: &[&Numbers],
    ) {
        if let [(words, threads)] = parts {
            let settings = self.gpu.settings(words);
            return self.push(&source(Together::One), &settings, storage, *threads);
        }
        let settings = self.gpu.listed(&parts.iter().flat_map(|(words, _)| words).copied().collect::<Vec<u32>>());
        let own = |(part, (_, threads)): (u32, &(Vec<u32>, usize))| {
            (0..threads.div_ceil(LANES) as u32).flat_map(move |group| [part, group])
        };
        let groups: Vec<u32> = (0..).zip(parts).flat_map(own).collect();
        let listed = self.gpu.listed(&groups);
        let kernel = self.gpu.kernel(&[Binding::Read; 2], &source(Together::Many));
        let buffers: Vec<&Numbers> = [&settings, &listed].into_iter().chain(storage.iter().copied()).collect();
        self.push_kernel(&kernel, &buffers, groups.len() / 2);
    }

    /// Adds a kernel with its buffers in the order of its bindings, and so many workgroups.
    pub fn push_kernel(&mut self, kernel: &Rc<Kernel>, buffers: &[&Numbers], groups: usize) {
        let bindings = self.gpu.bound(kernel, buffers);
        let buffers = buffers.iter().copied().cloned().collect();
        self.dispatches.push(Dispatch {
            kernel: Rc::clone(kernel),
            bindings,
            groups: groups as u32,
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
            pass.dispatch_workgroups(*groups, 1, 1);
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
    /// They are a list, and another list says which of them each workgroup has, and which of its workgroups it is.
    Many,
}

impl Together {
    /// Where the storage buffers begin.
    fn bindings(self) -> usize {
        match self {
            Self::One => 1,
            Self::Many => 2,
        }
    }

    /// The entry point of workgroups of 64 until `s` are its settings and `id` is the invocation's number.
    pub(crate) fn main(self) -> &'static str {
        match self {
            Self::One => {
                "@compute @workgroup_size(64)\nfn main(@builtin(global_invocation_id) global: vec3u) {\nlet id = global.x;\n"
            }
            Self::Many => {
                "@compute @workgroup_size(64)\n\
                 fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {\n\
                 let own = groups[group.x];\nlet s = all[own.x];\nlet id = 64u * own.y + lane;\n"
            }
        }
    }
}

/// The declarations of a kernel's bindings: the settings' struct is `Settings`; `names` are the storage buffers'.
pub(crate) fn bindings(together: Together, names: &[(&str, Binding)]) -> String {
    let mut text = String::from(match together {
        Together::One => "@group(0) @binding(0) var<uniform> s: Settings;\n",
        Together::Many => {
            "@group(0) @binding(0) var<storage, read> all: array<Settings>;\n\
             @group(0) @binding(1) var<storage, read> groups: array<vec2u>;\n"
        }
    });
    for (index, (name, access)) in names.iter().enumerate() {
        let mode = if *access == Binding::Read { "read" } else { "read_write" };
        let binding = index + together.bindings();
        text += &format!("@group(0) @binding({binding}) var<storage, {mode}> {name}: array<vec4f>;\n");
    }
    text
}
