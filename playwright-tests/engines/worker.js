// One engine of the bench in a worker of its own. It answers {call, argument} with {result} or {error}.
//
// An engine is `open({device, shapes})` -> { prepare(workload), outputs(), run(steps) -> losses }; each run begins from the
// first weights. Not a module, because TensorFlow.js comes as scripts.

/* global importScripts */

/** How long a sample should take. */
const SAMPLE_MS = 100;
/** Losses that are compared. */
const LOSSES = 10;

let engine;

/** Batch and targets as engines with tensors want them. */
function shapes({ task, rows, inputs, x, targets }) {
  if (task === 'classification') {
    const hot = Array.from({ length: rows * 10 }, (_, at) => Number(targets[Math.floor(at / 10)] === at % 10));
    return { x: { values: x, shape: [rows, 1, inputs] }, y: { values: hot, shape: [rows, 10] } };
  }
  // J dH/dx is held to dx/dt where dH/dx is held to its transpose times dx/dt: (q, p) becomes (-p, q).
  const turned = task === 'hamiltonian' ? targets.map((_, at) => (at % 2 === 0 ? -targets[at + 1] : targets[at - 1])) : targets;
  return { x: { values: x, shape: [rows, inputs] }, y: { values: turned, shape: [rows, inputs] } };
}

const meanSquare = (found, wanted) => found.reduce((sum, value, at) => sum + (value - wanted[at]) ** 2, 0) / found.length;

async function time(steps) {
  const start = performance.now();
  await engine.run(steps);
  // Where starting anew is not cheap, the engine looks at the clock itself.
  return engine.ms ? steps * engine.ms() : performance.now() - start;
}

/** Steps that fill a sample. */
async function calibrate(slow) {
  if (slow) return 3;
  let steps = 1;
  for (let ms = await time(steps); ms < SAMPLE_MS && steps < 1e5; ms = await time(steps)) {
    steps = Math.ceil(steps * Math.min(10, Math.max(1.5, (1.2 * SAMPLE_MS) / Math.max(ms, 0.1))));
  }
  return steps;
}

const calls = {
  async open({ file, device }) {
    const module = await import(file);
    engine = await module.open({ device, shapes });
  },
  async prepare({ workload, slow }) {
    await engine.prepare(workload);
    const losses = workload.task === 'forward' && engine.outputs ? [meanSquare(await engine.outputs(), workload.targets)] : await engine.run(LOSSES);
    return { losses: [...losses], steps: await calibrate(slow), costs: engine.costs?.() };
  },
  sweep({ together, steps }) {
    return engine.sweep(together, steps);
  },
  async sample(steps) {
    return (await time(steps)) / steps;
  },
};

onmessage = async ({ data: { call, argument } }) => {
  try {
    if (!engine && call !== 'open') throw new Error('given up before');
    postMessage({ result: await calls[call](argument) });
  } catch (error) {
    postMessage({ error: String(error?.message ?? error) });
  }
};
