// Our own engine on WebGPU: what gpu.wasm offers to the bench.

export async function open() {
  const module = await import('/pkg/gpu/gpu.js');
  if (!module.bench_engine) throw new Error('not built');
  await module.default({ module_or_path: '/pkg/gpu/gpu_bg.wasm' });
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
