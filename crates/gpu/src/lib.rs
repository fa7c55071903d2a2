//! Every paper's figures on WebGPU, as one wasm module: `gpu.wasm`, fetched only when it pays.
//!
//! The worker calls [`init`] before it makes a figure: the device must exist before a network does. What wgpu logs as an error reaches
//! [`on_log`]; what the browser refuses is an `uncapturederror` of the device, which the worker hears itself.
//!
//! Beside crate web the only one that names browser types. It must not know how a figure is drawn or driven. Natively it is empty.

#[cfg(all(target_arch = "wasm32", feature = "bench"))]
mod bench;
#[cfg(target_arch = "wasm32")]
mod log;

#[cfg(target_arch = "wasm32")]
mod module {
    use wasm_bindgen::prelude::{JsError, wasm_bindgen};
    use wgpu::{DeviceDescriptor, Instance, RequestAdapterOptions};

    include!(concat!(env!("OUT_DIR"), "/papers.rs"));

    #[wasm_bindgen(start)]
    fn start() {
        crate::log::install();
        register();
    }

    /// Makes the GPU device, with the limits that WebGPU grants everywhere, which all papers share.
    #[wasm_bindgen]
    pub async fn init() -> Result<(), JsError> {
        let adapter = Instance::default().request_adapter(&RequestAdapterOptions::default()).await?;
        let (device, queue) = adapter.request_device(&DeviceDescriptor::default()).await?;
        wgsl::install(device, queue);
        Ok(())
    }
}
#[cfg(all(target_arch = "wasm32", feature = "bench"))]
pub use bench::{bench_engine, bench_sweep};
#[cfg(target_arch = "wasm32")]
pub use log::on_log;
#[cfg(target_arch = "wasm32")]
pub use module::init;
