//! From a figure's engine to burn's device.

use burn::tensor::Device;
use demo::Engine;

/// The device of `engine`, without autodiff.
///
/// [`Engine::WebGpu`] needs the feature `webgpu`, and in a browser the device must have been initialised before
/// (`Device::wgpu_options().init_async()`, default options: the same adapter on another API would be another device).
/// Without the feature every engine is the CPU.
pub fn device(engine: Engine) -> Device {
    match engine {
        #[cfg(feature = "webgpu")]
        Engine::WebGpu => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
        _ => Device::flex(),
    }
}
