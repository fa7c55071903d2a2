//! The descent of a gas on WebGPU: one kernel makes a whole optimiser step, in single precision.
//!
//! The page's GPU module calls [`install`] with the device that it made, before it makes a figure. This module knows wgpu
//! and the action; it must not know how a gas is drawn or who made the device.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use demo::Error;
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingType, Buffer, BufferBinding, BufferBindingType, BufferDescriptor, BufferUsages, CommandEncoderDescriptor,
    ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, Device, MapMode, PipelineLayoutDescriptor,
    Queue, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

use crate::action::{Action, Scheme, Terms};
use crate::optimise::{Optimiser, Rule};

/// Bodies that a workgroup takes.
const LANES: usize = 64;
/// Most steps of one submission.
pub const MOST_STEPS: usize = 40;
/// Bytes between the settings of two steps: the alignment that WebGPU grants everywhere.
const STRIDE: usize = 256;

thread_local! {
    static KERNEL: RefCell<Option<Rc<Kernel>>> = const { RefCell::new(None) };
}

/// From now on figures of this thread compute on `device`.
pub fn install(device: Device, queue: Queue) {
    KERNEL.set(Some(Rc::new(Kernel::new(device, queue))));
}

/// The device with the compiled step.
struct Kernel {
    device: Device,
    queue: Queue,
    layout: BindGroupLayout,
    pipeline: ComputePipeline,
}

impl Kernel {
    fn new(device: Device, queue: Queue) -> Self {
        let entry = |binding: u32, ty: BufferBindingType| BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer { ty, has_dynamic_offset: binding == 0, min_binding_size: None },
            count: None,
        };
        let storage = |read_only| BufferBindingType::Storage { read_only };
        let entries = [
            entry(0, BufferBindingType::Uniform),
            entry(1, storage(true)),
            entry(2, storage(false)),
            entry(3, storage(false)),
            entry(4, storage(false)),
        ];
        let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries: &entries });
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some("gas"),
            source: ShaderSource::Wgsl(include_str!("gpu/gas.wgsl").into()),
        });
        let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            bind_group_layouts: &[Some(&layout)],
            ..PipelineLayoutDescriptor::default()
        });
        let pipeline = device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some("gas"),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("descend"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        Self { device, queue, layout, pipeline }
    }

    fn buffer(&self, bytes: usize, usage: BufferUsages) -> Buffer {
        let descriptor = BufferDescriptor { label: None, size: bytes as u64, usage, mapped_at_creation: false };
        self.device.create_buffer(&descriptor)
    }

    fn filled(&self, numbers: &[f32]) -> Buffer {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        let buffer = self.buffer(4 * numbers.len(), usage);
        self.queue.write_buffer(&buffer, 0, &bytes_of(numbers));
        buffer
    }

    /// What is in `buffer` when everything submitted so far is done.
    async fn read(&self, buffer: &Buffer) -> Result<Vec<f32>, Error> {
        let copy = self.buffer(buffer.size() as usize, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &copy, 0, buffer.size());
        self.queue.submit([encoder.finish()]);
        mapped(&copy).await
    }
}

/// The numbers of a buffer that can be mapped.
async fn mapped(buffer: &Buffer) -> Result<Vec<f32>, Error> {
    let signal = Signal::default();
    let sender = signal.clone();
    buffer.map_async(MapMode::Read, .., move |result| sender.send(result.map_err(|error| error.to_string())));
    signal.received().await.map_err(lost)?;
    let numbers = {
        let bytes = buffer.get_mapped_range(..).map_err(|error| lost(error.to_string()))?;
        bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect()
    };
    buffer.unmap();
    Ok(numbers)
}

fn lost(reason: String) -> Error {
    Error::Engine { engine: "WebGPU", reason }
}

fn bytes_of(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A gas on its way down.
pub struct Descent {
    kernel: Rc<Kernel>,
    bodies: usize,
    points: usize,
    published: bool,
    dt: f64,
    rate: f64,
    /// Steps made.
    steps: u32,
    settings: Buffer,
    /// The present path is in the first; a step writes the second, and they change places.
    paths: [Buffer; 2],
    moments: Buffer,
    energies: Buffer,
    /// From the first path to the second, and back.
    bindings: [BindGroup; 2],
}

impl Descent {
    /// Goes on from `path` and `optimiser`; none without a device, or where the optimiser is not Adam.
    pub fn new(action: &Action, path: &[f64], optimiser: &Optimiser) -> Option<Self> {
        let kernel = KERNEL.with(|kernel| kernel.try_borrow().ok()?.clone())?;
        let Rule::Adam { rate } = optimiser.rule else { return None };
        let (bodies, width) = (action.system.bodies(), action.system.width());
        let points = path.len() / width;
        let single: Vec<f32> = path.iter().map(|x| *x as f32).collect();
        let paths = [(); 2].map(|()| kernel.filled(&single));
        let moments = kernel.filled(&interleaved(&optimiser.moments, path.len()));
        let energies = kernel.filled(&vec![0.0; 2 * points * bodies.div_ceil(LANES)]);
        let settings = kernel.buffer(STRIDE * MOST_STEPS, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let bind = |from: &Buffer, to: &Buffer| bindings(&kernel, &settings, [from, to, &moments, &energies]);
        let bindings = [bind(&paths[0], &paths[1]), bind(&paths[1], &paths[0])];
        let published = action.scheme == Scheme::Published;
        let (dt, steps) = (action.dt, optimiser.steps);
        Some(Self { kernel, bodies, points, published, dt, rate, steps, settings, paths, moments, energies, bindings })
    }

    /// Up to [`MOST_STEPS`] steps; gives the path after them, and T and V before the first.
    pub async fn run(&mut self, steps: usize) -> Result<(Vec<f64>, Terms), Error> {
        let steps = steps.clamp(1, MOST_STEPS);
        let settings: Vec<u8> = (1..=steps as u32).flat_map(|step| self.setting(self.steps + step)).collect();
        self.kernel.queue.write_buffer(&self.settings, 0, &settings);
        let Kernel { device, queue, .. } = self.kernel.as_ref();
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let energies = self.kernel.buffer(self.energies.size() as usize, usage);
        let path = self.kernel.buffer(self.paths[0].size() as usize, usage);
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
        self.encode(&mut encoder, 0..1);
        encoder.copy_buffer_to_buffer(&self.energies, 0, &energies, 0, energies.size());
        self.encode(&mut encoder, 1..steps);
        encoder.copy_buffer_to_buffer(&self.paths[steps % 2], 0, &path, 0, path.size());
        queue.submit([encoder.finish()]);
        if steps % 2 == 1 {
            self.paths.reverse();
            self.bindings.reverse();
        }
        self.steps += steps as u32;
        let (mut kinetic, mut potential) = (0.0, 0.0);
        for [t, v] in mapped(&energies).await?.as_chunks().0 {
            kinetic += f64::from(*t);
            potential += f64::from(*v);
        }
        let path = mapped(&path).await?.into_iter().map(f64::from).collect();
        Ok((path, Terms { kinetic, potential, penalty: 0.0 }))
    }

    /// Adam's running means, `[points * width]` each.
    pub async fn moments(&self) -> Result<[Vec<f64>; 2], Error> {
        let numbers = self.kernel.read(&self.moments).await?;
        let of = |first: usize| numbers.as_chunks::<4>().0.iter().flat_map(move |four| [four[first], four[first + 1]]);
        Ok([0, 2].map(|first| of(first).map(f64::from).collect()))
    }

    fn encode(&self, encoder: &mut wgpu::CommandEncoder, steps: std::ops::Range<usize>) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(&self.kernel.pipeline);
        for step in steps {
            pass.set_bind_group(0, &self.bindings[step % 2], &[(step * STRIDE) as u32]);
            pass.dispatch_workgroups(self.bodies.div_ceil(LANES) as u32, self.points as u32, 1);
        }
    }

    /// `Step` of gas.wgsl for the step of that number, counted from 1, padded to [`STRIDE`].
    fn setting(&self, step: u32) -> Vec<u8> {
        let times = if self.published { self.points } else { self.points - 1 };
        let (rate, correction) = Optimiser::corrections(self.rate, step);
        let counts = [self.bodies as u32, self.points as u32, u32::from(self.published)];
        let reals = [self.dt, 1.0 / (times * self.bodies) as f64, rate, correction, 0.0].map(|real| real as f32);
        let mut bytes: Vec<u8> = counts.into_iter().flat_map(u32::to_le_bytes).collect();
        bytes.extend(bytes_of(&reals));
        bytes.resize(STRIDE, 0);
        bytes
    }
}

fn bindings(kernel: &Kernel, settings: &Buffer, storage: [&Buffer; 4]) -> BindGroup {
    let size = std::num::NonZero::new(32);
    let setting = BindGroupEntry {
        binding: 0,
        resource: wgpu::BindingResource::Buffer(BufferBinding { buffer: settings, offset: 0, size }),
    };
    let rest = storage.into_iter().zip(1..);
    let rest = rest.map(|(buffer, binding)| BindGroupEntry { binding, resource: buffer.as_entire_binding() });
    let entries: Vec<BindGroupEntry> = std::iter::once(setting).chain(rest).collect();
    kernel.device.create_bind_group(&BindGroupDescriptor { label: None, layout: &kernel.layout, entries: &entries })
}

/// Means and squares of x and y side by side; zeros before the first step.
fn interleaved(moments: &[Vec<f64>; 2], length: usize) -> Vec<f32> {
    let value = |moment: &Vec<f64>, index: usize| moment.get(index).copied().unwrap_or_default() as f32;
    let [means, squares] = moments;
    (0..length)
        .step_by(2)
        .flat_map(|x| [value(means, x), value(means, x + 1), value(squares, x), value(squares, x + 1)])
        .collect()
}

/// Tells a future that a callback was called.
#[derive(Clone, Default)]
struct Signal(Arc<Mutex<Inbox>>);

/// What the callback said, and who waits for it.
#[derive(Default)]
struct Inbox {
    result: Option<Result<(), String>>,
    waker: Option<Waker>,
}

impl Signal {
    fn send(&self, result: Result<(), String>) {
        if let Ok(mut state) = self.0.lock() {
            state.result = Some(result);
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        }
    }

    async fn received(&self) -> Result<(), String> {
        std::future::poll_fn(|context| {
            let Ok(mut state) = self.0.lock() else { return Poll::Ready(Err("a callback failed".into())) };
            if let Some(result) = state.result.take() {
                return Poll::Ready(result);
            }
            state.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}
