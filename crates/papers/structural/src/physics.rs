//! Who finds displacements for a figure: the direct solver, or multigrid on WebGPU where that is worth its while.
//!
//! What comes from the GPU is corrected until the loads are balanced in double precision, so that a value of either is
//! checked in the same way.

use demo::{Engine, Error};

use crate::methods::Run;
use crate::problem::Fault;
use crate::structure::Structure;

/// Elements from which on a GPU is asked: below, the direct solver answers before the first of many dispatches is done.
#[cfg(feature = "webgpu")]
const FEWEST: usize = 8192;

/// A solver.
#[derive(Default)]
pub enum Physics {
    /// Cholesky factorisation in double precision.
    #[default]
    Direct,
    /// Multigrid on the device, and what it is at work on.
    #[cfg(feature = "webgpu")]
    Gpu(Box<crate::gpu::Gpu>, Option<crate::gpu::Evaluation>),
}

impl Physics {
    /// The one for a structure on an engine.
    #[cfg_attr(not(feature = "webgpu"), expect(unused_variables, reason = "there is but one"))]
    pub fn new(structure: &Structure, engine: Engine) -> Self {
        #[cfg(feature = "webgpu")]
        if engine == Engine::WebGpu && structure.problem().elements() >= FEWEST {
            let gpu = crate::gpu::Gpu::new(structure.problem());
            return gpu.map_or(Self::Direct, |gpu| Self::Gpu(Box::new(gpu), None));
        }
        Self::Direct
    }

    /// Whether it is on a GPU.
    pub fn is_gpu(&self) -> bool {
        !matches!(self, Self::Direct)
    }

    /// Works on the next evaluation of a method, on a GPU for one submission: until it is made, the same method must be given.
    /// The inner error is what the structure is wrong with.
    ///
    /// # Errors
    /// [`Error::Engine`] when the device is lost.
    #[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_async, reason = "only a GPU is waited for"))]
    pub async fn step(&mut self, run: &mut Run, structure: &mut Structure) -> Result<Result<(), Fault>, Error> {
        match self {
            Self::Direct => Ok(run.step(structure)),
            #[cfg(feature = "webgpu")]
            Self::Gpu(gpu, evaluation) => {
                if evaluation.is_none() {
                    let Some(density) = run.propose(structure) else { return Ok(Ok(())) };
                    *evaluation = match gpu.evaluate(structure, &density, crate::multigrid::REPORTED) {
                        Ok(begun) => Some(begun),
                        Err(_) => return Ok(directly(run, structure, &density)),
                    };
                }
                let Some(begun) = evaluation else { return Ok(Ok(())) };
                let known = match gpu.go_on(structure, begun).await? {
                    Ok(Some(compliance)) => {
                        run.learn(structure, compliance);
                        Ok(())
                    }
                    Ok(None) => return Ok(Ok(())),
                    Err(_) => directly(run, structure, begun.density()),
                };
                *evaluation = None;
                Ok(known)
            }
        }
    }
}

/// What single precision gives up may be a structure that is held by very little: the direct solver says what it is.
#[cfg(feature = "webgpu")]
fn directly(run: &mut Run, structure: &mut Structure, density: &[f64]) -> Result<(), Fault> {
    let compliance = structure.compliance(density)?;
    run.learn(structure, compliance);
    Ok(())
}

/// Compliances of a small beam, by the solver that a large one would have on this engine: engines must agree on them.
///
/// # Errors
/// [`Error::Numerical`] and [`Error::Engine`].
#[cfg_attr(not(feature = "webgpu"), expect(clippy::unused_async, reason = "only a GPU is waited for"))]
#[cfg_attr(not(feature = "webgpu"), expect(unused_variables, reason = "there is but one solver"))]
pub async fn probe(engine: Engine) -> Result<Vec<f32>, Error> {
    let words = |fault: Fault| Error::Numerical(fault.to_string());
    let problem = crate::tasks::problem_of("mbb_beam", 50, 14, 0.5);
    let problem = problem.ok_or_else(|| Error::Unknown { what: "family", id: "mbb_beam".into() })?;
    let mut structure = Structure::unplanned(problem).map_err(words)?;
    let even = structure.problem().uniform();
    let barred: Vec<f64> = (0..even.len()).map(|at| if at % 50 / 3 % 2 == 0 { 1.0 } else { 0.1 }).collect();
    #[cfg(feature = "webgpu")]
    let mut gpu = (engine == Engine::WebGpu).then(|| crate::gpu::Gpu::new(structure.problem())).flatten();
    let mut values = Vec::new();
    for density in [even, barred] {
        #[cfg(feature = "webgpu")]
        if let Some(gpu) = &mut gpu {
            let value = gpu.compliance(&mut structure, &density, crate::multigrid::EARLY).await?;
            values.push(value.map_err(words)? as f32);
            continue;
        }
        values.push(structure.compliance(&density).map_err(words)? as f32);
    }
    Ok(values)
}
