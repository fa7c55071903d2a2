// onnxruntime-web on the CPU: it runs networks and trains none.

import * as ort from '/peers/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs';

export async function open({ shapes }) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/peers/node_modules/onnxruntime-web/dist/';
  let job;
  return {
    async prepare(workload) {
      if (workload.task !== 'forward') throw new Error('does not train');
      await job?.session.release();
      const session = await ort.InferenceSession.create(new Uint8Array(workload.onnx), { executionProviders: ['wasm'] });
      const { x } = shapes(workload);
      job = { session, x: new ort.Tensor('float32', new Float32Array(x.values), x.shape) };
    },
    async outputs() {
      return (await job.session.run({ x: job.x })).y.data;
    },
    async run(steps) {
      for (let at = 0; at < steps; at += 1) await this.outputs();
      return [];
    },
  };
}
