// Every file of models/ in an independent engine, against the golden outputs that were stored when it was trained.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { modelFile, models } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const dist = fileURLToPath(new URL('../node_modules/onnxruntime-web/dist/', import.meta.url));
const types = { mjs: 'text/javascript', wasm: 'application/wasm' };

/** An empty page on the site's origin with onnxruntime-web under /ort/. */
async function withRuntime(page) {
  await page.route('**/ort/*', (route) => {
    const name = new URL(route.request().url()).pathname.split('/').pop();
    return route.fulfill({ body: readFileSync(dist + name), contentType: types[name.split('.').pop()] });
  });
  await page.route('**/empty.html', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><link rel="icon" href="data:">' }));
  await page.goto('empty.html');
}

/** Runs `file` on the golden inputs; gives each output's shape and its error, max |a − b| / max |b|. */
const run = ({ file, golden }) =>
  (async () => {
    const ort = await import('/ort/ort.wasm.bundle.min.mjs');
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = '/ort/';
    const session = await ort.InferenceSession.create(new Uint8Array(await (await fetch(file)).arrayBuffer()), { executionProviders: ['wasm'] });
    const tensor = ({ shape, data }) => new ort.Tensor('float32', Float32Array.from(data), shape);
    const results = await session.run(Object.fromEntries(Object.entries(golden.inputs).map(([name, value]) => [name, tensor(value)])));
    return Object.fromEntries(
      Object.entries(golden.outputs).map(([name, { data }]) => {
        const ours = results[name];
        const scale = Math.max(...data.map(Math.abs));
        const error = Math.max(...data.map((value, index) => Math.abs(ours.data[index] - value))) / scale;
        return [name, { shape: ours.dims, count: ours.data.length, error }];
      }),
    );
  })();

test('the manifest lists models', () => {
  expect(models.length).toBeGreaterThan(0);
});

for (const model of models) {
  test(`${model.file} agrees with its golden outputs in onnxruntime-web`, async ({ page }) => {
    const bytes = modelFile(model.file);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(model.sha256);
    expect(bytes.length).toBe(model.bytes);
    const golden = JSON.parse(modelFile(model.golden));
    expect(Object.keys(golden.outputs).sort()).toEqual(model.outputs.map(({ name }) => name).sort());
    await withRuntime(page);
    const results = await page.evaluate(run, { file: `/models/${model.file}`, golden });
    for (const [name, { shape, error }] of Object.entries(results)) {
      expect(shape, name).toEqual(golden.outputs[name].shape);
      test.info().annotations.push({ type: 'parity', description: `${name} ${error.toExponential(2)}` });
      expect(error, name).toBeLessThanOrEqual(1e-5);
    }
  });
}
