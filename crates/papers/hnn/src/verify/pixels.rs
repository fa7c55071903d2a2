//! The pixel experiment: losses, what the latent state knows, and rollouts decoded to pictures and measured in them.

use ::train::{Row, VerifyRequest};
use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor};
use futures_lite::future::block_on;
use math::linalg::Matrix;
use math::stats::{mean_squared_error, r_squared};

use super::rollout::roll_out;
use super::{Pair, label, published};
use crate::data::pixels::{self, PixelSet, energy};
use crate::model::{Autoencoder, Kind, Plain, tensor};
use crate::task::Task;
use crate::training::{PixelNet, pairs, pixel_loss};

/// Rows per pass: their frames take 25 MB.
const CHUNK: usize = 1000;

/// Rows of one trial.
const FRAMES: usize = 100;

/// Trials rolled out, from the test set.
const TRIALS: usize = 15;

/// Why the angle's error stays above a fifth of the baseline's: measured with the encoder replaced by the exact
/// coordinates and H by the best polynomial of degree 8, and by 4,000 more steps of the dynamics alone.
const ANGLE_SHORTFALL: &str = "A difference of frames is a Hamiltonian flow only to first order: even the best H in \
    exact coordinates errs by 0.13 of the baseline. The rest is the learned latent plane, which is canonical only \
    nearly; training the dynamics for longer does not mend it (0.050 radians become 0.049).";

pub(super) fn rows(request: &VerifyRequest) -> Result<Vec<Row>> {
    let data = pixels::generate(pixels::Settings::paper(0));
    let pair = Pair::load(request, Task::Pixels)?;
    let mut rows = Vec::new();
    for dynamics in [pair.hnn, pair.baseline] {
        let name = format!("pixels-{}", dynamics.kind().name());
        let half = |part: &str| request.model(&format!("{name}-{part}"));
        let autoencoder = Autoencoder::load(&half("encoder")?, &half("decoder")?, &Device::flex()).context(name)?;
        rows.extend(pixel_rows(&PixelNet { autoencoder, dynamics }, &data)?);
    }
    let value = |kind: &str| {
        let id = format!("pixels-{kind}-angle-error");
        rows.iter().find(|row| row.id == id).and_then(|row| row.ours).unwrap_or(f64::NAN)
    };
    let ratio = Row::new(
        "pixels-ratio-angle-error",
        "Pixels: angle error over 100 frames, HNN over baseline",
        value("hnn") / value("baseline"),
    );
    rows.push(ratio.at_most(0.2).source("band: ours; ratio of the rows above").known_shortfall(ANGLE_SHORTFALL));
    Ok(rows)
}

/// The rows of one pair of autoencoder and dynamics.
///
/// # Errors
/// When an integration fails.
pub fn pixel_rows(net: &PixelNet, data: &PixelSet) -> Result<Vec<Row>> {
    let kind = net.dynamics.kind();
    let [train, test, energy_mse] = published(Task::Pixels, kind);
    let row = |what: &str, words: &str, ours: f64| {
        Row::new(format!("pixels-{}-{what}", kind.name()), format!("Pixels, {}: {words}", label(kind)), ours)
    };
    let losses = "paper: README, on captured frames; ours: frames drawn analytically, so only the order compares";
    let probe = Probe::fit(net, data)?;
    let [angle, speed] = probe.r_squared(net, data)?;
    let measured = roll_outs(net, data, &probe)?;
    let rolled = "15 test trials of 100 frames; decoded, encoded again, read by the linear probe";
    let mut rows = vec![
        row("train-loss", "loss, train set", loss(net, data, data.train_rows())?).paper(train).source(losses),
        row("test-loss", "loss, test set", loss(net, data, data.test_rows())?).paper(test).source(losses),
        row("angle-r2", "R^2 of a linear probe from the latent state to the angle", angle),
        row("speed-r2", "R^2 of a linear probe from the latent state to the angular velocity", speed),
        row("energy-mse", "MSE of the energy over 100 frames", measured.energy_mse).paper(energy_mse).source(rolled),
        row("angle-error", "root mean square error of the angle over 100 frames, radians", measured.angle_rms)
            .source(rolled),
    ];
    if kind == Kind::Hnn {
        for row in &mut rows[2..4] {
            *row = row
                .clone()
                .at_least(0.98)
                .source("band: ours; affine least squares on the train set, R^2 on the test set");
        }
    }
    Ok(rows)
}

fn loss(net: &PixelNet, data: &PixelSet, rows: std::ops::Range<usize>) -> Result<f64> {
    let rows: Vec<usize> = rows.collect();
    let mut sum = 0.0;
    for chunk in rows.chunks(CHUNK) {
        let [x, next] = pairs(data, chunk, &Device::flex());
        let mean = block_on(nn::read(pixel_loss(net, &x, &next)))?[0];
        sum += f64::from(mean) * chunk.len() as f64;
    }
    Ok(sum / rows.len() as f64)
}

/// Latent states of `rows`, row-major.
fn latents(net: &PixelNet, data: &PixelSet, rows: std::ops::Range<usize>) -> Result<Vec<f64>> {
    let rows: Vec<usize> = rows.collect();
    let mut all = Vec::new();
    for chunk in rows.chunks(CHUNK) {
        let [x, _] = pairs(data, chunk, &Device::flex());
        all.extend(block_on(nn::read(net.autoencoder.encode(x)))?.into_iter().map(f64::from));
    }
    Ok(all)
}

/// An affine map from latent states to (angle, a quarter of the angular velocity).
struct Probe {
    /// `[3, 2]`: rows for q, p and 1.
    map: Matrix,
}

impl Probe {
    fn fit(net: &PixelNet, data: &PixelSet) -> Result<Self> {
        let design = design(&latents(net, data, data.train_rows())?)?;
        let coords: Vec<f64> = data.train_rows().flat_map(|row| data.coords(row)).collect();
        let coords = Matrix::from_vec(coords.len() / 2, 2, coords)?;
        Ok(Self { map: design.least_squares(&coords)? })
    }

    fn read(&self, latents: &[f64]) -> Result<Matrix> {
        Ok(design(latents)?.matmul(&self.map)?)
    }

    fn r_squared(&self, net: &PixelNet, data: &PixelSet) -> Result<[f64; 2]> {
        let read = self.read(&latents(net, data, data.test_rows())?)?;
        let truth = |axis: usize| data.test_rows().map(|row| data.coords(row)[axis]).collect::<Vec<_>>();
        Ok([0, 1].map(|axis| r_squared(&truth(axis), &read.column(axis))))
    }
}

fn design(latents: &[f64]) -> Result<Matrix> {
    let rows: Vec<f64> = latents.chunks(2).flat_map(|z| [z[0], z[1], 1.0]).collect();
    Ok(Matrix::from_vec(rows.len() / 3, 3, rows)?)
}

struct Measured {
    energy_mse: f64,
    angle_rms: f64,
}

fn roll_outs(net: &PixelNet, data: &PixelSet, probe: &Probe) -> Result<Measured> {
    let plain = block_on(Plain::from(&net.dynamics))?;
    let times: Vec<f64> = (0..FRAMES).map(|frame| frame as f64).collect();
    let (mut angles, mut energies) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for trial in 0..TRIALS {
        let rows = trial * FRAMES..(trial + 1) * FRAMES;
        let start = latents(net, data, rows.start..rows.start + 1)?;
        let path = roll_out(&plain, &start, &times)?;
        let seen = probe.read(&seen_again(net, &path.states)?)?;
        for (frame, row) in rows.enumerate() {
            let (ours, truth) = ([seen[(frame, 0)], seen[(frame, 1)]], data.coords(row));
            angles[0].push(ours[0]);
            angles[1].push(truth[0]);
            energies[0].push(energy(ours));
            energies[1].push(energy(truth));
        }
    }
    let angle_rms = math::ops::sqrt(mean_squared_error(&angles[1], &angles[0]));
    Ok(Measured { energy_mse: mean_squared_error(&energies[1], &energies[0]), angle_rms })
}

/// The latent states of the pictures that latent states decode to.
fn seen_again(net: &PixelNet, states: &[f64]) -> Result<Vec<f64>> {
    let z: Tensor<2> = tensor(states, 2, &Device::flex());
    let again = net.autoencoder.encode(net.autoencoder.decode(z));
    Ok(block_on(nn::read(again))?.into_iter().map(f64::from).collect())
}
