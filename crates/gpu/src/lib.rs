//! Every paper's figures with burn's WebGPU backend, as one wasm module: `gpu.wasm`, fetched only when it pays.
//!
//! The worker calls [`init`] before it makes a figure: on the web the device must exist before the first tensor. What the GPU's layers log as
//! an error reaches [`on_log`], because a shader that is refused is only logged and its numbers are wrong from then on.
//!
//! Beside crate web the only one that names browser types. It must not know how a figure is drawn or driven. Natively it is empty.

#[cfg(target_arch = "wasm32")]
mod log;

#[cfg(target_arch = "wasm32")]
mod module {
    use burn::tensor::Device;
    use wasm_bindgen::prelude::{JsError, wasm_bindgen};

    include!(concat!(env!("OUT_DIR"), "/papers.rs"));

    #[wasm_bindgen(start)]
    fn start() {
        crate::log::install();
        register();
    }

    /// Makes the GPU device, which burn shares with the papers that have kernels of their own.
    #[wasm_bindgen]
    pub async fn init() -> Result<(), JsError> {
        let setup = Device::wgpu_options().init_with_setup_async().await;
        let (_, setup) = setup.map_err(|error| JsError::new(&error.to_string()))?;
        structural::gpu::install(setup.device.clone(), setup.queue.clone());
        action::gpu::install(setup.device, setup.queue);
        Ok(())
    }
}
#[cfg(target_arch = "wasm32")]
pub use log::on_log;
#[cfg(target_arch = "wasm32")]
pub use module::init;
