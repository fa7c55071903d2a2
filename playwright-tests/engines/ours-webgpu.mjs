// Our own engine on WebGPU: the crate `gpu` with its feature `bench`.

export async function open() {
  const module = await import('/engines/gpu/gpu.js');
  await module.default({ module_or_path: '/engines/gpu/gpu_bg.wasm' });
  await module.init();
  let job;
  let last = {};
  return {
    async prepare({ id, parameters, x, targets }) {
      job = [id, [parameters, x, targets].map((values) => new Float32Array(values))];
    },
    async run(steps) {
      const [id, numbers] = job;
      last = JSON.parse(await module.bench_engine(id, steps, ...numbers));
      return last.losses;
    },
    ms: () => last.ms,
    costs: () => ({ dispatches: last.dispatches, submissions: last.submissions }),
  };
}
