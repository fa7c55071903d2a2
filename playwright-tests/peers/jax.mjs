// jax-js: the same networks, compiled by its jit; Adam as in its optax, over all weights in one compiled step.

import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '/peers/node_modules/@jax-js/jax/dist/index.js';

// Every use of an array takes it over; `.ref` keeps it for another.
const layer = (x, weight, bias) => np.tanh(np.matmul(x, weight).add(bias));
const slope = (h) => np.subtract(1, np.square(h));

const perceptron = ([w1, b1, w2, b2, w3], x) => np.matmul(layer(layer(x, w1, b1), w2, b2), w3);

/** dH/dx; the targets are turned instead of it. */
function gradient([w1, b1, w2, b2, w3], x) {
  const h1 = layer(x, w1.ref, b1);
  const h2 = layer(h1.ref, w2.ref, b2);
  const e2 = slope(h2).mul(np.transpose(w3));
  const e1 = slope(h1).mul(np.matmul(e2, np.transpose(w2)));
  return np.matmul(e1, np.transpose(w1));
}

function digits([w1, b1, w2, b2, w3, b3, w4, b4], x) {
  const conv = (x, weight, bias) => nn.relu(lax.convGeneralDilated(x, weight, [2], [[1, 1]]).add(np.reshape(bias, [1, 25, 1])));
  const signal = conv(conv(conv(x, w1, b1), w2, b2), w3, b3);
  return np.matmul(np.reshape(signal, [-1, 125]), np.transpose(w4)).add(b4);
}

const squares = (network) => (weights, x, y) => np.mean(np.square(network(weights, x).sub(y)));
const entropy = (weights, x, y) => np.sum(nn.logSoftmax(digits(weights, x), -1).mul(y), -1).mean().mul(-1);

const losses = { regression: squares(perceptron), hamiltonian: squares(gradient), classification: entropy };

function adam(parameter, gradient, first, second, size, scale) {
  const m = first.mul(0.9).add(gradient.ref.mul(0.1));
  const v = second.mul(0.999).add(np.square(gradient).mul(0.001));
  const moved = parameter.sub(m.ref.mul(size).div(np.sqrt(v.ref).mul(scale).add(1e-8)));
  return [moved, m, v];
}

function compile(loss) {
  const both = valueAndGrad(loss);
  return jit((weights, first, second, size, scale, x, y) => {
    const [value, gradients] = both(tree.ref(weights), x, y);
    const next = weights.map((weight, at) => adam(weight, gradients[at], first[at], second[at], size.ref, scale.ref));
    tree.dispose([size, scale]);
    return [value, next.map(([weight]) => weight), next.map(([, m]) => m), next.map(([, , v]) => v)];
  });
}

export async function open({ device, shapes }) {
  if (!(await init(device)).includes(device)) throw new Error(`no ${device} here`);
  defaultDevice(device);
  const array = (values, shape) => np.array(new Float32Array(values)).reshape(shape);
  let job;
  return {
    async prepare(workload) {
      if (job) tree.dispose(job.kept);
      const { x, y } = shapes(workload);
      const start = workload.tensors.map(({ values, shape }) => array(values, shape));
      const kept = [start, array(x.values, x.shape), array(y.values, y.shape)];
      const step = workload.task === 'forward' ? jit(perceptron) : compile(losses[workload.task]);
      job = { workload, kept, step };
    },
    async outputs() {
      const [weights, x] = job.kept;
      return job.step(tree.ref(weights), x.ref).data();
    },
    async run(steps) {
      const { workload, kept, step } = job;
      const [start, x, y] = kept;
      const seen = [];
      if (workload.task === 'forward') {
        for (let at = 0; at < steps; at += 1) await step(tree.ref(start), x.ref).data();
        return seen;
      }
      let weights = tree.ref(start);
      let [first, second] = [0, 1].map(() => workload.tensors.map(({ shape }) => np.zeros(shape)));
      for (let at = 1; at <= steps; at += 1) {
        const [size, scale] = [workload.rate / (1 - 0.9 ** at), 1 / Math.sqrt(1 - 0.999 ** at)];
        let value;
        [value, weights, first, second] = step(weights, first, second, np.array(size), np.array(scale), x.ref, y.ref);
        seen.push(value);
      }
      const numbers = [];
      for (const value of seen) numbers.push((await value.data())[0]);
      await weights[0].ref.data();
      tree.dispose([weights, first, second]);
      return numbers;
    },
  };
}
