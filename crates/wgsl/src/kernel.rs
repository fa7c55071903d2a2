//! A compiled kernel and what its bindings are.

use std::num::NonZero;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingResource, BindingType, Buffer, BufferBinding, BufferBindingType, ComputePipeline, ComputePipelineDescriptor,
    Device, PipelineCompilationOptions, PipelineLayoutDescriptor, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

/// What a kernel sees at a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// A uniform.
    Uniform,
    /// A uniform of so many bytes within a buffer of them; where it begins is said at each dispatch.
    UniformAt(u64),
    /// Numbers that it reads.
    Read,
    /// Numbers that it writes, and may read.
    Write,
}

impl Binding {
    fn layout(self, binding: u32) -> BindGroupLayoutEntry {
        let (ty, has_dynamic_offset) = match self {
            Self::Uniform => (BufferBindingType::Uniform, false),
            Self::UniformAt(_) => (BufferBindingType::Uniform, true),
            Self::Read => (BufferBindingType::Storage { read_only: true }, false),
            Self::Write => (BufferBindingType::Storage { read_only: false }, false),
        };
        BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
            count: None,
        }
    }

    fn resource(self, buffer: &Buffer) -> BindingResource<'_> {
        match self {
            Self::UniformAt(bytes) => {
                BindingResource::Buffer(BufferBinding { buffer, offset: 0, size: NonZero::new(bytes) })
            }
            _ => buffer.as_entire_binding(),
        }
    }
}

/// A compiled kernel.
#[derive(Debug)]
pub struct Kernel {
    bindings: Vec<Binding>,
    layout: BindGroupLayout,
    pipeline: ComputePipeline,
}

impl Kernel {
    /// The entry point `entry` of the WGSL program `text`, with these values of its override constants.
    pub(crate) fn new(
        device: &Device,
        text: &str,
        entry: &str,
        bindings: &[Binding],
        constants: &[(&str, f64)],
    ) -> Self {
        let entries: Vec<_> = bindings.iter().zip(0..).map(|(binding, at)| binding.layout(at)).collect();
        let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries: &entries });
        let source = ShaderSource::Wgsl(text.into());
        let module = device.create_shader_module(ShaderModuleDescriptor { label: Some(entry), source });
        let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            bind_group_layouts: &[Some(&layout)],
            ..PipelineLayoutDescriptor::default()
        });
        let pipeline = device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(entry),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(entry),
            compilation_options: PipelineCompilationOptions { constants, ..PipelineCompilationOptions::default() },
            cache: None,
        });
        Self { bindings: bindings.to_vec(), layout, pipeline }
    }

    /// What a pass is to set.
    pub fn pipeline(&self) -> &ComputePipeline {
        &self.pipeline
    }

    /// These buffers, in the order of the bindings.
    pub(crate) fn bind<'a>(&self, device: &Device, buffers: impl IntoIterator<Item = &'a Buffer>) -> BindGroup {
        let bound = self.bindings.iter().zip(buffers).zip(0..);
        let entries: Vec<BindGroupEntry> = bound
            .map(|((kind, buffer), binding)| BindGroupEntry { binding, resource: kind.resource(buffer) })
            .collect();
        device.create_bind_group(&BindGroupDescriptor { label: None, layout: &self.layout, entries: &entries })
    }
}
