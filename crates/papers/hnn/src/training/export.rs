//! The networks as ONNX files, each with golden vectors.

use ::train::{Artifact, Golden, Port};
use anyhow::Result;
use burn::tensor::{Device, Tensor};
use futures_lite::future::block_on;
use math::random::Mt19937;
use onnx::{Array, Input, Signature};

use super::PixelNet;
use crate::data::pixels::{self, PixelSet};
use crate::model::{Dynamics, FRAMES, Half, Kind, tensor};
use crate::task::Task;

/// States of a golden file.
const GOLDEN_ROWS: usize = 16;

/// Pairs of frames of a golden file.
const GOLDEN_FRAMES: usize = 3;

/// The file of a network that sees states: `x -> field`, for HNNs also `energy`.
pub(super) fn dynamics(task: Task, model: &Dynamics) -> Result<Artifact> {
    let dimension = model.dimension();
    let mut outputs = vec![Port::batched("field", dimension, field_meaning(task))];
    if model.kind() == Kind::Hnn {
        outputs.push(Port::batched("energy", 1, "the learned H, up to a constant"));
    }
    let names: Vec<&str> = outputs.iter().map(|port| port.name.as_str()).collect();
    let signature = described(Signature::new([Input::batched("x", &[dimension])], &names), task, model.kind());
    let onnx = onnx::export(model, &signature, |model, inputs| {
        let (energy, field) = model.energy_and_field(inputs[0].float::<2>()?);
        Ok([Some(field), energy].into_iter().flatten().map(Into::into).collect())
    })?;
    let x = states(GOLDEN_ROWS, dimension);
    let (energy, field) = model.energy_and_field(x.clone());
    let golden = golden(("x", x), [("field", Some(field)), ("energy", energy)])?;
    let inputs = vec![Port::batched("x", dimension, state_meaning(task))];
    Ok(Artifact { name: format!("{}-{}", task.name(), model.kind().name()), onnx, inputs, outputs, golden })
}

/// Dynamics, encoder and decoder as three files.
pub(super) fn pixels(net: &PixelNet) -> Result<Vec<Artifact>> {
    let dynamics = dynamics(Task::Pixels, &net.dynamics)?;
    let frames =
        Port::batched("frames", FRAMES, "this frame and the next, each 28 rows of 28 pixels, 0 ground to 0.5 rod");
    let z = Port::batched("z", 2, "latent state (q, p)");
    let sample = sample_frames();
    let kind = net.dynamics.kind();
    let encoder = half("encoder", kind, &net.autoencoder.encoder, frames.clone(), z.clone(), sample)?;
    let decoder = half("decoder", kind, &net.autoencoder.decoder, z, frames, states(GOLDEN_FRAMES, 2))?;
    Ok(vec![dynamics, encoder, decoder])
}

fn half(part: &str, kind: Kind, model: &Half, input: Port, output: Port, sample: Tensor<2>) -> Result<Artifact> {
    let [_, columns] = sample.dims();
    let signature = Signature::new([Input::batched(&input.name, &[columns])], &[&output.name]);
    let onnx = onnx::export(model, &described(signature, Task::Pixels, kind), |model, inputs| {
        Ok(vec![model.forward(inputs[0].float::<2>()?).into()])
    })?;
    let result = model.forward(sample.clone());
    let golden = golden((&input.name, sample), [(&output.name, Some(result))])?;
    Ok(Artifact {
        name: format!("pixels-{}-{part}", kind.name()),
        onnx,
        inputs: vec![input],
        outputs: vec![output],
        golden,
    })
}

fn described(signature: Signature, task: Task, kind: Kind) -> Signature {
    signature.with_metadata("paper", "hnn").with_metadata("task", task.name()).with_metadata("kind", kind.name())
}

/// Random states within the range of every experiment; nothing recorded.
fn states(rows: usize, dimension: usize) -> Tensor<2> {
    let mut random = Mt19937::new(0);
    let values: Vec<f64> = (0..rows * dimension).map(|_| random.uniform(-1.5, 1.5)).collect();
    tensor(&values, dimension, &Device::flex())
}

/// Frames of a short trial of its own.
fn sample_frames() -> Tensor<2> {
    let settings = pixels::Settings { trials: 1, frames: GOLDEN_FRAMES + 3, ..pixels::Settings::paper(1) };
    let data: PixelSet = pixels::generate(settings);
    let rows: Vec<usize> = (0..GOLDEN_FRAMES).collect();
    let [x, _] = super::pixels::pairs(&data, &rows, &Device::flex());
    x
}

/// The vectors sorted by name, as they are read back.
fn golden<const N: usize>(input: (&str, Tensor<2>), outputs: [(&str, Option<Tensor<2>>); N]) -> Result<Golden> {
    let given = outputs.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let mut outputs = given.map(|(name, value)| stored(name, value)).collect::<Result<Vec<_>>>()?;
    outputs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Golden { inputs: vec![stored(input.0, input.1)?], outputs })
}

fn stored(name: &str, value: Tensor<2>) -> Result<Array> {
    let shape = value.dims().to_vec();
    Ok(Array { name: name.into(), shape, values: block_on(nn::read(value))? })
}

fn state_meaning(task: Task) -> &'static str {
    match task {
        Task::Spring => "(q, p), H = q^2 + p^2",
        Task::Pendulum => "(q, p), q in radians, H = 3 (1 - cos q) + p^2",
        Task::Real => "(angle in radians, angular velocity in radians per second)",
        Task::TwoBody => "(x1, x2, y1, y2, px1, px2, py1, py2), unit masses, G = 1",
        Task::ThreeBody => "(x1, x2, x3, y1, y2, y3, px1, px2, px3, py1, py2, py3), unit masses, G = 1",
        Task::Pixels => "latent state (q, p)",
    }
}

fn field_meaning(task: Task) -> &'static str {
    match task {
        Task::Real => "dx/dt, t in seconds",
        Task::Pixels => "dz/dt, one unit of time a frame",
        _ => "dx/dt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exported_networks_are_read_again() {
        for kind in [Kind::Hnn, Kind::Baseline] {
            let device = Device::flex();
            let model = Dynamics::new(kind, 8, 30, &mut Mt19937::new(4), &device);
            let artifact = dynamics(Task::TwoBody, &model).unwrap();
            let again = Dynamics::load(kind, &artifact.onnx, &device).unwrap();
            assert_eq!(block_on(nn::parameters(&again)).unwrap(), block_on(nn::parameters(&model)).unwrap());
            assert!(::train::golden::parity(&artifact.onnx, &artifact.golden).unwrap() < 1e-5);
            let other = if kind == Kind::Hnn { Kind::Baseline } else { Kind::Hnn };
            assert!(Dynamics::load(other, &artifact.onnx, &device).is_err());
        }
    }

    #[test]
    fn pixel_networks_are_three_files() {
        let net = PixelNet::new(Kind::Hnn, &mut Mt19937::new(4), &Device::flex());
        let files = pixels(&net).unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["pixels-hnn", "pixels-hnn-encoder", "pixels-hnn-decoder"]);
        for file in &files {
            assert!(::train::golden::parity(&file.onnx, &file.golden).unwrap() < 1e-5, "{}", file.name);
        }
        let again = crate::model::Autoencoder::load(&files[1].onnx, &files[2].onnx, &Device::flex()).unwrap();
        assert_eq!(block_on(nn::parameters(&again)).unwrap(), block_on(nn::parameters(&net.autoencoder)).unwrap());
    }
}
