// candle, compiled to wasm with SIMD by `cargo xtask bench engines --peers`.

export async function open({ shapes }) {
  const candle = await import('/engines/candle/candle_peer.js');
  await candle.default({ module_or_path: '/engines/candle/candle_peer_bg.wasm' });
  let job;
  return {
    async prepare(workload) {
      const { x, y } = shapes(workload);
      job?.free();
      job = new candle.Job(workload.task, workload.rate);
      for (const { values, shape } of workload.tensors) job.weight(new Float32Array(values), new Uint32Array(shape));
      job.batch(new Float32Array(x.values), new Uint32Array(x.shape), new Float32Array(y.values), new Uint32Array(y.shape));
    },
    async outputs() {
      return job.outputs();
    },
    async run(steps) {
      return job.run(steps);
    },
  };
}
