// Our own engine on WebGPU: the crate `gpu` with its feature `bench`.

export async function open() {
  const module = await import('/engines/gpu/gpu.js');
  await module.default({ module_or_path: '/engines/gpu/gpu_bg.wasm' });
  await module.init();
  let workload;
  let last = {};
  return {
    async prepare({ id }) {
      workload = id;
    },
    async run(steps) {
      last = JSON.parse(await module.bench_engine(workload, steps));
      return last.losses;
    },
    sweep: (together, steps) => module.bench_sweep(together, steps),
    ms: () => last.ms,
    costs: () => ({ dispatches: last.dispatches, submissions: last.submissions }),
  };
}
