//! What comes back from the device.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use demo::Error;
use wgpu::{Buffer, MapMode};

/// The numbers of a buffer that can be mapped.
pub(super) async fn mapped(buffer: &Buffer) -> Result<Vec<f32>, Error> {
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
