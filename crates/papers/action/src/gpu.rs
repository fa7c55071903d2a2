//! The descent of a gas on WebGPU: one kernel makes a whole optimiser step, in single precision.
//!
//! It computes on the device of crate `wgsl`. This module knows the action; it must not know how a gas is drawn or who made
//! the device.

use std::rc::Rc;

use demo::Error;
use wgpu::{BindGroup, ComputePassDescriptor};
use wgsl::{Binding, Gpu, Kernel, Numbers};

use crate::action::{Action, Scheme, Terms};
use crate::optimise::{Optimiser, Rule};

/// Bodies that a workgroup takes.
const LANES: usize = 64;
/// Most steps of one submission.
pub const MOST_STEPS: usize = 40;
/// Words between the settings of two steps: the alignment that WebGPU grants everywhere.
const STRIDE: usize = 64;
/// `Step` of gas.wgsl, padded.
const STEP_BYTES: u64 = 32;
/// Of the bindings of gas.wgsl.
const BINDINGS: [Binding; 5] =
    [Binding::UniformAt(STEP_BYTES), Binding::Read, Binding::Write, Binding::Write, Binding::Write];

/// A gas on its way down.
pub struct Descent {
    gpu: Rc<Gpu>,
    kernel: Rc<Kernel>,
    bodies: usize,
    points: usize,
    published: bool,
    dt: f64,
    rate: f64,
    /// Steps made.
    steps: u32,
    settings: Numbers,
    /// The present path is in the first; a step writes the second, and they change places.
    paths: [Numbers; 2],
    moments: Numbers,
    energies: Numbers,
    /// Those before the first step of a submission.
    first_energies: Numbers,
    /// From the first path to the second, and back.
    bindings: [BindGroup; 2],
}

impl Descent {
    /// Goes on from `path` and `optimiser`; none without a device, or where the optimiser is not Adam.
    pub fn new(action: &Action, path: &[f64], optimiser: &Optimiser) -> Option<Self> {
        let gpu = wgsl::current()?;
        let Rule::Adam { rate } = optimiser.rule else { return None };
        let kernel = gpu.compiled(include_str!("gpu/gas.wgsl"), "descend", &BINDINGS, &[]);
        let (bodies, width) = (action.system.bodies(), action.system.width());
        let points = path.len() / width;
        let filled = |numbers: &[f32]| {
            let room = gpu.exactly(numbers.len());
            gpu.write(&room, numbers);
            room
        };
        let single: Vec<f32> = path.iter().map(|x| *x as f32).collect();
        let paths = [(); 2].map(|()| filled(&single));
        let moments = filled(&interleaved(&optimiser.moments, path.len()));
        let [energies, first_energies] = [(); 2].map(|()| gpu.exactly(2 * points * bodies.div_ceil(LANES)));
        let settings = gpu.room_for_settings(STRIDE * MOST_STEPS);
        let bind = |from, to| gpu.bound(&kernel, &[&settings, from, to, &moments, &energies]);
        let bindings = [bind(&paths[0], &paths[1]), bind(&paths[1], &paths[0])];
        let published = action.scheme == Scheme::Published;
        let (dt, steps) = (action.dt, optimiser.steps);
        Some(Self {
            gpu,
            kernel,
            bodies,
            points,
            published,
            dt,
            rate,
            steps,
            settings,
            paths,
            moments,
            energies,
            first_energies,
            bindings,
        })
    }

    /// Up to [`MOST_STEPS`] steps; gives the path after them, and T and V before the first.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device fails.
    pub async fn run(&mut self, steps: usize) -> Result<(Vec<f64>, Terms), Error> {
        let steps = steps.clamp(1, MOST_STEPS);
        let settings: Vec<u32> = (1..=steps as u32).flat_map(|step| self.setting(self.steps + step)).collect();
        self.gpu.set(&self.settings, &settings);
        let mut encoder = self.gpu.encoder();
        self.encode(&mut encoder, 0..1);
        encoder.copy_buffer_to_buffer(&self.energies, 0, &self.first_energies, 0, self.energies.size());
        self.encode(&mut encoder, 1..steps);
        let mut energies = self.gpu.read_after(encoder, &[&self.first_energies, &self.paths[steps % 2]]).await?;
        let path = energies.split_off(self.energies.size() as usize / 4);
        if steps % 2 == 1 {
            self.paths.reverse();
            self.bindings.reverse();
        }
        self.steps += steps as u32;
        let (mut kinetic, mut potential) = (0.0, 0.0);
        for [t, v] in energies.as_chunks().0 {
            kinetic += f64::from(*t);
            potential += f64::from(*v);
        }
        let path = path.into_iter().map(f64::from).collect();
        Ok((path, Terms { kinetic, potential, penalty: 0.0 }))
    }

    /// Adam's running means, `[points * width]` each.
    pub async fn moments(&self) -> Result<[Vec<f64>; 2], Error> {
        let numbers = self.gpu.read(&self.moments).await?;
        let of = |first: usize| numbers.as_chunks::<4>().0.iter().flat_map(move |four| [four[first], four[first + 1]]);
        Ok([0, 2].map(|first| of(first).map(f64::from).collect()))
    }

    fn encode(&self, encoder: &mut wgpu::CommandEncoder, steps: std::ops::Range<usize>) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(self.kernel.pipeline());
        for step in steps {
            pass.set_bind_group(0, &self.bindings[step % 2], &[(4 * step * STRIDE) as u32]);
            pass.dispatch_workgroups(self.bodies.div_ceil(LANES) as u32, self.points as u32, 1);
        }
    }

    /// `Step` of gas.wgsl for the step of that number, counted from 1, padded to [`STRIDE`].
    fn setting(&self, step: u32) -> [u32; STRIDE] {
        let times = if self.published { self.points } else { self.points - 1 };
        let (rate, correction) = Optimiser::corrections(self.rate, step);
        let reals = [self.dt, 1.0 / (times * self.bodies) as f64, rate, correction].map(|real| (real as f32).to_bits());
        let mut words = [0; STRIDE];
        words[..3].copy_from_slice(&[self.bodies as u32, self.points as u32, u32::from(self.published)]);
        words[3..7].copy_from_slice(&reals);
        words
    }
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
