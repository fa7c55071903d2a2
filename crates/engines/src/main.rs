//! `engines-cli`: `cases` prints what every engine is given, `bench` the times of our CPU engine, and, with the feature `vulkan`,
//! `webgpu` those of our WebGPU kernels and `products` their matrix products; all as JSON. `cargo xtask bench engines` calls it.

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> anyhow::Result<()> {
    native::run(std::env::args().nth(1).as_deref())
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::io::Write as _;
    use std::time::{Duration, Instant};

    use engines::{Case, Error, Job, WORKLOADS, Workload};

    /// Losses that are printed.
    const STEPS: usize = 10;
    /// A sample lasts about this long.
    const SAMPLE: Duration = Duration::from_millis(200);
    /// The median of so many samples counts.
    const SAMPLES: usize = 9;

    pub(crate) fn run(command: Option<&str>) -> anyhow::Result<()> {
        let json = match command {
            Some("cases") => {
                serde_json::to_string(&WORKLOADS.into_iter().map(Case::new).collect::<Result<Vec<_>, _>>()?)?
            }
            Some("bench") => {
                serde_json::to_string(&WORKLOADS.into_iter().map(measure).collect::<Result<Vec<_>, _>>()?)?
            }
            #[cfg(feature = "vulkan")]
            Some("webgpu") => serde_json::to_string(&vulkan::workloads()?)?,
            #[cfg(feature = "vulkan")]
            Some("products") => serde_json::to_string(&vulkan::products()?)?,
            _ => anyhow::bail!("usage: engines-cli cases | bench; with the feature vulkan also webgpu | products"),
        };
        writeln!(std::io::stdout().lock(), "{json}")?;
        Ok(())
    }

    /// One line of the table.
    #[derive(serde::Serialize)]
    struct Measurement {
        engine: String,
        workload: &'static str,
        ms: f64,
        losses: Vec<f32>,
        costs: Option<Costs>,
    }

    /// Of a step.
    #[derive(serde::Serialize)]
    struct Costs {
        dispatches: usize,
        submissions: f64,
    }

    fn measure(workload: Workload) -> Result<Measurement, Error> {
        let mut job = Job::new(workload)?;
        let losses = job.losses(STEPS)?;
        let ms = median(|steps| time(&mut job, steps))?;
        Ok(Measurement { engine: "ours, native".into(), workload: workload.id, ms, losses, costs: None })
    }

    /// Of samples of a fixed length, by what so many steps took: milliseconds of one.
    fn median<E>(mut sample: impl FnMut(usize) -> Result<f64, E>) -> Result<f64, E> {
        let once = sample(STEPS)?;
        let steps = (SAMPLE.as_secs_f64() / once).clamp(1.0, 1e6) as usize;
        let mut all = (0..SAMPLES).map(|_| sample(steps)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by(f64::total_cmp);
        Ok(all[SAMPLES / 2] * 1e3)
    }

    /// Seconds of a step, from the first weights on.
    fn time(job: &mut Job, steps: usize) -> Result<f64, Error> {
        let began = Instant::now();
        job.run(steps)?;
        Ok(began.elapsed().as_secs_f64() / steps as f64)
    }

    #[cfg(feature = "vulkan")]
    mod vulkan {
        use std::time::Instant;

        use engines::{Case, WORKLOADS, Workload, webgpu};
        use futures_lite::future::block_on;

        use super::{Costs, Measurement, STEPS, median};

        /// `[rows, depth, columns]`: the hidden products of W1 and W2, a batch of 4,096, and one that fills a large card.
        const PRODUCTS: [[usize; 3]; 4] = [[100, 200, 200], [750, 200, 200], [4096, 200, 200], [2048, 2048, 2048]];
        /// Products of a submission, by how large they are.
        const REPEATS: [usize; 4] = [1000, 1000, 300, 20];

        /// A matrix product.
        #[derive(serde::Serialize)]
        pub(crate) struct Rate {
            device: String,
            sizes: [usize; 3],
            ms: f64,
            gflops: f64,
        }

        fn device() -> anyhow::Result<String> {
            let gpu = block_on(wgsl::native()).map_err(anyhow::Error::msg)?;
            Ok(gpu.name())
        }

        /// Milliseconds since the first call.
        fn now() -> f64 {
            thread_local!(static FIRST: Instant = Instant::now());
            FIRST.with(|first| first.elapsed().as_secs_f64() * 1e3)
        }

        pub(crate) fn workloads() -> anyhow::Result<Vec<Measurement>> {
            let device = device()?;
            WORKLOADS.into_iter().map(|workload| measure(&device, workload)).collect()
        }

        fn measure(device: &str, workload: Workload) -> anyhow::Result<Measurement> {
            let case = Case::new(workload)?;
            let first = block_on(webgpu::measure(&case, STEPS, now))?;
            let ms = median(|steps| block_on(webgpu::measure(&case, steps, now)).map(|steps| steps.ms * 1e-3))?;
            let costs = Some(Costs { dispatches: first.dispatches, submissions: first.submissions });
            let engine = format!("ours on {device}, Vulkan");
            Ok(Measurement { engine, workload: workload.id, ms, losses: first.losses, costs })
        }

        pub(crate) fn products() -> anyhow::Result<Vec<Rate>> {
            let device = device()?;
            let rate = |(sizes, repeats): ([usize; 3], usize)| {
                let ms = block_on(webgpu::product(sizes, repeats, now))?;
                let flops = 2.0 * sizes.iter().map(|size| *size as f64).product::<f64>();
                Ok(Rate { device: device.clone(), sizes, ms, gflops: flops / ms * 1e-6 })
            };
            PRODUCTS.into_iter().zip(REPEATS).map(rate).collect()
        }
    }
}
