//! The compiled kernels and what they are given.

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingType, Buffer, BufferBindingType, BufferDescriptor, BufferUsages, ComputePipeline, ComputePipelineDescriptor,
    Device, PipelineCompilationOptions, PipelineLayoutDescriptor, Queue, ShaderModuleDescriptor, ShaderSource,
    ShaderStages,
};

use crate::element::STIFFNESS;
use crate::multigrid::Grid;

/// Nodes of a workgroup (grid.wgsl).
const LANES: usize = 128;
/// Rows of a workgroup of dense.wgsl, for twice as many invocations would idle there.
const ROWS: usize = 64;

/// Workgroups for so many nodes.
pub(super) fn groups(nodes: usize) -> usize {
    nodes.div_ceil(LANES)
}

/// A kernel ready to be given buffers.
pub(super) struct Kernel {
    layout: BindGroupLayout,
    pipeline: ComputePipeline,
    lanes: usize,
}

/// A kernel with its buffers.
#[derive(Clone)]
pub(super) struct Dispatch {
    pub(super) pipeline: ComputePipeline,
    pub(super) bindings: BindGroup,
    pub(super) groups: u32,
}

/// The device with all kernels.
pub(super) struct Kernels {
    pub(super) device: Device,
    pub(super) queue: Queue,
    /// The four kinds of relax.wgsl on the finest grid and on others.
    pub(super) fine: [Kernel; 4],
    pub(super) middle: [Kernel; 4],
    pub(super) restrict: Kernel,
    pub(super) prolong: Kernel,
    pub(super) dense: Kernel,
    pub(super) turn: Kernel,
    pub(super) advance: Kernel,
}

impl Kernels {
    pub(super) fn new(device: Device, queue: Queue) -> Self {
        let (grid, relax) = (include_str!("grid.wgsl"), include_str!("relax.wgsl"));
        let fine = [grid, &blocks(), include_str!("fine.wgsl"), relax].concat();
        let middle = [grid, include_str!("middle.wgsl"), relax].concat();
        let kinds =
            |source: &str| [0, 1, 2, 3].map(|kind| Kernel::new(&device, source, "relax", "urrrrww", Some(kind)));
        let other = |source: &str, entry: &str, buffers: &str| {
            Kernel::new(&device, &[grid, source].concat(), entry, buffers, None)
        };
        let transfer = include_str!("transfer.wgsl");
        let dense = other(include_str!("dense.wgsl"), "multiply", "rrw");
        Self {
            fine: kinds(&fine),
            middle: kinds(&middle),
            restrict: other(transfer, "gather", "urrw"),
            prolong: other(transfer, "prolong", "urrw"),
            dense: Kernel { lanes: ROWS, ..dense },
            turn: other(include_str!("turn.wgsl"), "turn", "urrww"),
            advance: other(include_str!("advance.wgsl"), "advance", "urrrrwww"),
            device,
            queue,
        }
    }

    pub(super) fn buffer(&self, bytes: u64, usage: BufferUsages) -> Buffer {
        let descriptor = BufferDescriptor { label: None, size: bytes, usage, mapped_at_creation: false };
        self.device.create_buffer(&descriptor)
    }

    /// Room for so many numbers.
    pub(super) fn storage(&self, numbers: usize) -> Buffer {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        self.buffer(4 * numbers as u64, usage)
    }

    /// `Grid` of grid.wgsl.
    pub(super) fn setting(&self, grid: Grid, first: u32, parity: u32) -> Buffer {
        let buffer = self.buffer(16, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let numbers = [grid.width as u32, grid.height as u32, first, parity];
        let bytes: Vec<u8> = numbers.into_iter().flat_map(u32::to_le_bytes).collect();
        self.queue.write_buffer(&buffer, 0, &bytes);
        buffer
    }

    pub(super) fn write(&self, buffer: &Buffer, numbers: &[f32]) {
        let mut bytes = vec![0; 4 * numbers.len()];
        let rooms = bytes.as_chunks_mut::<4>().0.iter_mut();
        rooms.zip(numbers).for_each(|(room, number)| *room = number.to_le_bytes());
        self.queue.write_buffer(buffer, 0, &bytes);
    }

    /// A kernel on its buffers, in the order of their bindings, with so many invocations.
    pub(super) fn dispatch(&self, kernel: &Kernel, buffers: &[&Buffer], count: usize) -> Dispatch {
        let bound = buffers.iter().zip(0..);
        let bound = bound.map(|(buffer, binding)| BindGroupEntry { binding, resource: buffer.as_entire_binding() });
        let entries: Vec<BindGroupEntry> = bound.collect();
        let descriptor = BindGroupDescriptor { label: None, layout: &kernel.layout, entries: &entries };
        Dispatch {
            pipeline: kernel.pipeline.clone(),
            bindings: self.device.create_bind_group(&descriptor),
            groups: count.div_ceil(kernel.lanes) as u32,
        }
    }
}

impl Kernel {
    /// `buffers` has a letter for each binding: uniform, read or written. `kind` is the constant of relax.wgsl.
    fn new(device: &Device, source: &str, entry: &str, buffers: &str, kind: Option<u32>) -> Self {
        let layout_entry = |(letter, binding): (char, u32)| BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer {
                ty: match letter {
                    'u' => BufferBindingType::Uniform,
                    _ => BufferBindingType::Storage { read_only: letter == 'r' },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let entries: Vec<BindGroupLayoutEntry> = buffers.chars().zip(0..).map(layout_entry).collect();
        let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries: &entries });
        let descriptor = ShaderModuleDescriptor { label: Some(entry), source: ShaderSource::Wgsl(source.into()) };
        let module = device.create_shader_module(descriptor);
        let constants: Vec<(&str, f64)> = kind.iter().map(|kind| ("KIND", f64::from(*kind))).collect();
        let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            bind_group_layouts: &[Some(&layout)],
            ..PipelineLayoutDescriptor::default()
        });
        let pipeline = device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(entry),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(entry),
            compilation_options: PipelineCompilationOptions {
                constants: &constants,
                ..PipelineCompilationOptions::default()
            },
            cache: None,
        });
        Self { layout, pipeline, lanes: LANES }
    }
}

/// The stiffness as WGSL: its blocks of 2 x 2 for rows and columns of corners, each column by column.
fn blocks() -> String {
    let block = |at: usize| {
        let (row, column) = (2 * (at / 4), 2 * (at % 4));
        let entry = |axis: usize, other: usize| STIFFNESS[row + axis][column + other];
        format!("mat2x2f({:.1}, {:.1}, {:.1}, {:.1})", entry(0, 0), entry(1, 0), entry(0, 1), entry(1, 1))
    };
    let blocks: Vec<String> = (0..16).map(block).collect();
    format!("const STIFFNESS = array<mat2x2f, 16>({});\n", blocks.join(", "))
}
