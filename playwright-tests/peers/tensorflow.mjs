// TensorFlow.js: eager operations, its own gradients and its own Adam.

/* global importScripts, tf */

const library = '/peers/node_modules/@tensorflow';

const layer = (x, weight, bias) => tf.tanh(tf.add(tf.matMul(x, weight), bias));
const slope = (h) => tf.sub(1, tf.square(h));

const perceptron = ([w1, b1, w2, b2, w3], x) => tf.matMul(layer(layer(x, w1, b1), w2, b2), w3);

/** dH/dx; the targets are turned instead of it. */
function gradient([w1, b1, w2, b2, w3], x) {
  const h1 = layer(x, w1, b1);
  const h2 = layer(h1, w2, b2);
  const e2 = tf.mul(slope(h2), tf.transpose(w3));
  const e1 = tf.mul(slope(h1), tf.matMul(e2, w2, false, true));
  return tf.matMul(e1, w1, false, true);
}

/** Channels stand last here, so weights `[out, in, taps]` are turned to `[taps, in, out]`. */
function digits([w1, b1, w2, b2, w3, b3, w4, b4], x) {
  const padded = (x) => tf.pad(x, [[0, 0], [1, 1], [0, 0]]);
  const conv = (x, weight, bias) => tf.relu(tf.add(tf.conv1d(padded(x), tf.transpose(weight, [2, 1, 0]), 2, 'valid'), bias));
  const signal = tf.transpose(conv(conv(conv(tf.transpose(x, [0, 2, 1]), w1, b1), w2, b2), w3, b3), [0, 2, 1]);
  return tf.add(tf.matMul(tf.reshape(signal, [-1, 125]), w4, false, true), b4);
}

const squares = (network) => (weights, x, y) => tf.mean(tf.square(tf.sub(network(weights, x), y)));
const entropy = (weights, x, y) => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(digits(weights, x)), y), -1)));

const losses = { regression: squares(perceptron), hamiltonian: squares(gradient), classification: entropy };

export async function open({ device, shapes }) {
  // The whole of it: tfjs-core as a script knows no gradients.
  importScripts(`${library}/tfjs/dist/tf.min.js`, `${library}/tfjs-backend-${device}/dist/tf-backend-${device}.min.js`);
  if (device === 'wasm') {
    tf.wasm.setWasmPaths(`${library}/tfjs-backend-wasm/dist/`);
    tf.wasm.setThreadsCount(1);
  }
  if (!(await tf.setBackend(device))) throw new Error(`no ${device} here`);
  await tf.ready();
  let job;
  return {
    async prepare(workload) {
      if (job) tf.dispose([job.variables, job.x, job.y]);
      const { x, y } = shapes(workload);
      const tensor = ({ values, shape }) => tf.tensor(new Float32Array(values), shape, 'float32');
      const variables = workload.tensors.map((weight) => tf.variable(tensor(weight)));
      job = { workload, variables, x: tensor(x), y: tensor(y) };
    },
    async outputs() {
      const y = tf.tidy(() => perceptron(job.variables, job.x));
      const values = await y.data();
      y.dispose();
      return values;
    },
    async run(steps) {
      const { workload, variables, x, y } = job;
      if (workload.task === 'forward') {
        for (let at = 0; at < steps; at += 1) await this.outputs();
        return [];
      }
      workload.tensors.forEach(({ values, shape }, at) => tf.tidy(() => variables[at].assign(tf.tensor(new Float32Array(values), shape))));
      const optimizer = tf.train.adam(workload.rate, 0.9, 0.999, 1e-8);
      const seen = [];
      for (let at = 0; at < steps; at += 1) seen.push(optimizer.minimize(() => losses[workload.task](variables, x, y), true, variables));
      const numbers = [];
      for (const value of seen) numbers.push((await value.data())[0]);
      await variables[0].data();
      tf.dispose(seen);
      optimizer.dispose();
      return numbers;
    },
  };
}
