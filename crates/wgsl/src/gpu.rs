//! The device: buffers, compiled kernels, submissions and reads.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use demo::Error;
use wgpu::{
    BindGroup, Buffer, BufferDescriptor, BufferUsages, CommandEncoder, CommandEncoderDescriptor, Device, MapMode, Queue,
};

use crate::kernel::{Binding, Kernel};
use crate::plan::Source;

thread_local! {
    static GPU: RefCell<Option<Rc<Gpu>>> = const { RefCell::new(None) };
}

/// From now on networks of this thread compute on `device`.
pub fn install(device: Device, queue: Queue) {
    GPU.set(Some(Gpu::new(device, queue)));
}

/// The device of this thread; none before [`install`].
pub fn current() -> Option<Rc<Gpu>> {
    GPU.with(|gpu| gpu.try_borrow().ok()?.clone())
}

/// The first device that a Vulkan driver offers, for tests.
///
/// # Errors
/// Says what is missing.
#[cfg(feature = "vulkan")]
pub async fn native() -> Result<Rc<Gpu>, String> {
    let adapter = wgpu::Instance::default().request_adapter(&wgpu::RequestAdapterOptions::default()).await;
    let adapter = adapter.map_err(|error| error.to_string())?;
    let made = adapter.request_device(&wgpu::DeviceDescriptor::default()).await;
    let (device, queue) = made.map_err(|error| error.to_string())?;
    install(device, queue);
    current().ok_or_else(|| "no device was installed".into())
}

/// A device, and the kernels that were compiled for it.
#[derive(Debug)]
pub struct Gpu {
    pub(crate) device: Device,
    pub(crate) queue: Queue,
    kernels: RefCell<BTreeMap<String, Rc<Kernel>>>,
    submissions: Cell<usize>,
}

/// A buffer, shared by its clones and the plans that use it.
#[derive(Clone, Debug)]
pub struct Numbers(Rc<Owned>);

impl Deref for Numbers {
    type Target = Buffer;

    fn deref(&self) -> &Buffer {
        &self.0.0
    }
}

/// It is destroyed with its last owner: garbage collectors know nothing of a GPU's memory.
#[derive(Debug)]
struct Owned(Buffer);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

impl Gpu {
    /// Nothing is compiled yet.
    pub fn new(device: Device, queue: Queue) -> Rc<Self> {
        Rc::new(Self { device, queue, kernels: RefCell::default(), submissions: Cell::new(0) })
    }

    /// What the driver calls the device.
    #[cfg(feature = "vulkan")]
    pub fn name(&self) -> String {
        self.device.adapter_info().name
    }

    /// Submissions made, which a test can count.
    pub fn submissions(&self) -> usize {
        self.submissions.get()
    }

    /// So many zeros of 32 bits for kernels.
    pub fn zeros(&self, count: usize) -> Numbers {
        // A buffer must not be empty, and is read by four numbers at a time.
        let bytes = 4 * count.next_multiple_of(4).max(4);
        self.buffer(bytes, BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST)
    }

    /// So many zeros, and no more of them than that, for kernels that ask how long an array is.
    pub fn exactly(&self, count: usize) -> Numbers {
        self.buffer(4 * count.max(1), BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST)
    }

    /// These numbers for kernels.
    pub fn filled(&self, numbers: &[f32]) -> Numbers {
        let buffer = self.zeros(numbers.len());
        self.write(&buffer, numbers);
        buffer
    }

    /// A copy of `source`, as it is when everything submitted so far is done.
    pub fn copied(&self, source: &Numbers) -> Numbers {
        let copy = self.zeros(source.size() as usize / 4);
        let mut encoder = self.encoder();
        encoder.copy_buffer_to_buffer(source, 0, &copy, 0, source.size());
        self.submit(encoder);
        copy
    }

    /// Replaces the first numbers of a buffer, after everything submitted so far.
    pub fn write(&self, buffer: &Numbers, numbers: &[f32]) {
        self.write_bytes(buffer, &numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
    }

    /// Room for settings, so many words of 32 bits, that [`Self::set`] fills.
    pub fn room_for_settings(&self, words: usize) -> Numbers {
        self.buffer((4 * words).next_multiple_of(16), BufferUsages::UNIFORM | BufferUsages::COPY_DST)
    }

    /// Settings of a kernel.
    pub fn settings(&self, words: &[u32]) -> Numbers {
        let buffer = self.room_for_settings(words.len());
        self.set(&buffer, words);
        buffer
    }

    /// What a kernel has as an array of words: settings of several parts of a dispatch, one after the other.
    pub(crate) fn listed(&self, words: &[u32]) -> Numbers {
        let buffer = self.zeros(words.len());
        self.set(&buffer, words);
        buffer
    }

    /// Replaces settings or counts, after everything submitted so far.
    pub fn set(&self, settings: &Numbers, words: &[u32]) {
        self.write_bytes(settings, &words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>());
    }

    fn write_bytes(&self, buffer: &Numbers, bytes: &[u8]) {
        self.queue.write_buffer(buffer, 0, bytes);
    }

    fn buffer(&self, bytes: usize, usage: BufferUsages) -> Numbers {
        let descriptor = BufferDescriptor { label: None, size: bytes as u64, usage, mapped_at_creation: false };
        Numbers(Rc::new(Owned(self.device.create_buffer(&descriptor))))
    }

    /// A list of commands to fill.
    pub fn encoder(&self) -> CommandEncoder {
        self.device.create_command_encoder(&CommandEncoderDescriptor::default())
    }

    /// Hands a list of commands to the device.
    pub fn submit(&self, encoder: CommandEncoder) {
        self.submissions.set(self.submissions.get() + 1);
        self.queue.submit([encoder.finish()]);
    }

    /// Submits `encoder` and then gives what is in these buffers, one after the other, in the same submission.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn read_after(&self, mut encoder: CommandEncoder, buffers: &[&Numbers]) -> Result<Vec<f32>, Error> {
        let bytes: u64 = buffers.iter().map(|buffer| buffer.size()).sum();
        let copy = self.buffer(bytes as usize, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let mut at = 0;
        for buffer in buffers {
            encoder.copy_buffer_to_buffer(buffer, 0, &copy, at, buffer.size());
            at += buffer.size();
        }
        self.submit(encoder);
        self.mapped(&copy).await
    }

    /// What is in `buffer` when everything submitted so far is done.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn read(&self, buffer: &Numbers) -> Result<Vec<f32>, Error> {
        self.read_after(self.encoder(), &[buffer]).await
    }

    async fn mapped(&self, copy: &Numbers) -> Result<Vec<f32>, Error> {
        let signal = Signal::default();
        let sender = signal.clone();
        copy.map_async(MapMode::Read, .., move |result| sender.send(result.map_err(|error| error.to_string())));
        #[cfg(not(target_arch = "wasm32"))]
        self.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| lost(error.to_string()))?;
        signal.received().await.map_err(lost)?;
        let bytes = copy.get_mapped_range(..).map_err(|error| lost(error.to_string()))?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
    }

    /// The compiled kernel of a source, whose settings are bound so.
    pub(crate) fn kernel(&self, settings: &[Binding], source: &Source) -> Rc<Kernel> {
        self.compiled(&source.text, "main", &[settings, &source.storage].concat(), &[])
    }

    /// The compiled entry point `entry` of the WGSL program `text` with these values of its override constants. It is kept: who
    /// asks again gets the same.
    pub fn compiled(&self, text: &str, entry: &str, bindings: &[Binding], constants: &[(&str, f64)]) -> Rc<Kernel> {
        let name = format!("{entry} {constants:?} {text}");
        if let Some(kernel) = self.kernels.borrow().get(&name) {
            return Rc::clone(kernel);
        }
        let kernel = Rc::new(Kernel::new(&self.device, text, entry, bindings, constants));
        self.kernels.borrow_mut().insert(name, Rc::clone(&kernel));
        kernel
    }

    /// These buffers for a kernel, in the order of its bindings.
    pub fn bound(&self, kernel: &Kernel, buffers: &[&Numbers]) -> BindGroup {
        kernel.bind(&self.device, buffers.iter().map(|buffer| &***buffer))
    }
}

fn lost(reason: String) -> Error {
    Error::Engine { engine: "WebGPU", reason }
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
