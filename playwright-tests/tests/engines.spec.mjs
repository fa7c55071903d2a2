// WebGPU for real (SwiftShader), and every way in which it can be missing, silent, wrong or lost.

import { readFileSync } from 'node:fs';

import { changeState, openFigure } from '../support/figure.mjs';
import { figures } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

/** At its end before such a test is at its own; it has another. */
const short = 'structural/mesh';
/** One whose ticks the software adapter makes in time, and which always moves. */
const light = figures.filter(({ paper }) => paper === figures[0].paper).at(-1);

/** Code that the page and its workers run before anything of ours. */
async function beforeAll(page, code, where = { page: true, worker: true }) {
  if (where.page) await page.addInitScript(code);
  if (!where.worker) return;
  await page.route('**/pkg/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code}\n${await response.text()}` });
  });
}

/** A figure in a state that is not the default, so that a loss would be seen. */
async function openChanged(page, entry = light) {
  const figure = await openFigure(page, entry, { attributes: 'permalink engines="cpu webgpu" engine="cpu"' });
  await changeState(figure);
  return figure;
}

const engine = (figure) => figure.host.getByRole('combobox', { name: 'Engine' });

async function choose(figure) {
  const state = await figure.state();
  await engine(figure).selectOption('webgpu');
  return state;
}

async function expectWebGpu(figure) {
  await expect(figure.status).toContainText('Running on WebGPU', { timeout: 120_000 });
  await expect(engine(figure)).toHaveValue('webgpu');
}

async function expectCpu(figure, state, notice) {
  await expect(figure.status).toContainText(notice, { timeout: 120_000 });
  await expect(figure.status).toContainText('CPU');
  await expect(engine(figure)).toHaveValue('cpu');
  expect(await figure.state()).toBe(state);
  await figure.moved(await figure.looks());
}

const played = figures.filter(({ paper, figure, engines }) => engines.includes('webgpu') && `${paper}/${figure}` !== short);

for (const entry of played) {
  test(`${entry.paper}/${entry.figure} moves to WebGPU and back with its state intact`, async ({ page }) => {
    const figure = await openChanged(page, entry);
    const state = await choose(figure);
    await expect(figure.status).toContainText('Preparing WebGPU');
    await figure.moved(await figure.looks());
    await expectWebGpu(figure);
    expect(await figure.state()).toBe(state);
    await figure.moved(await figure.looks());
    // It obeys there as it does here.
    await figure.pause();
    await figure.expectStill();
    await figure.play();
    await engine(figure).selectOption('cpu');
    await expectCpu(figure, state, 'Running on the CPU');
  });
}

const absent = {
  'navigator.gpu is absent': "Object.defineProperty(navigator, 'gpu', { value: undefined });",
  'requestAdapter gives null': 'GPU.prototype.requestAdapter = async () => null;',
  'requestAdapter throws': "GPU.prototype.requestAdapter = () => { throw new DOMException('no', 'OperationError'); };",
  'requestAdapter rejects': "GPU.prototype.requestAdapter = async () => { throw new DOMException('no', 'OperationError'); };",
  'requestAdapter hangs': 'GPU.prototype.requestAdapter = () => new Promise((resolve) => setTimeout(resolve, 5_000, null));',
};

for (const [what, code] of Object.entries(absent)) {
  for (const [where, name] of [[{ page: true, worker: true }, 'everywhere'], [{ page: false, worker: true }, 'in the worker alone']]) {
    test(`${what}, ${name}: the figure stays on the CPU and says so`, async ({ page }) => {
      const asked = [];
      page.on('request', (request) => request.url().includes('/pkg/gpu/') && asked.push(request.url()));
      await beforeAll(page, code, where);
      const figure = await openChanged(page);
      const state = await choose(figure);
      await expectCpu(figure, state, /no WebGPU adapter|WebGPU is not used/);
      expect(asked, 'nothing is downloaded in vain').toEqual([]);
    });
  }
}

test('requestDevice fails: the figure stays on the CPU and says so', async ({ page }) => {
  await beforeAll(page, "GPUAdapter.prototype.requestDevice = async () => { throw new DOMException('no device', 'OperationError'); };");
  const figure = await openChanged(page);
  await expectCpu(figure, await choose(figure), 'WebGPU is not used');
});

test('the GPU computes something else: it is not used', async ({ page }) => {
  await page.route('**/pkg/gpu/gpu.js*', async (route) => {
    const response = await route.fetch();
    const wrong = 'const { probe } = Figure.prototype; Figure.prototype.probe = async function () { return (await probe.call(this)).map((value) => value * 1.01 + 0.01); };';
    await route.fulfill({ response, body: `${await response.text()}\n${wrong}` });
  });
  const figure = await openChanged(page);
  await expectCpu(figure, await choose(figure), 'WebGPU is not used');
});

test('the program for the GPU is missing: the figure stays on the CPU and says so', async ({ page, watch }) => {
  watch.tolerate(/status 404|Failed to load resource/);
  await page.route('**/pkg/gpu/*', (route) => route.fulfill({ status: 404, body: 'no such file' }));
  const figure = await openChanged(page);
  await expectCpu(figure, await choose(figure), 'WebGPU is not used');
});

test('the device is lost: back to the CPU with the state intact, and to the GPU again on request', async ({ page }) => {
  const figure = await openChanged(page);
  const state = await choose(figure);
  await expectWebGpu(figure);
  const [handle] = await figure.handles.filter({ visible: true }).all();
  if (handle) {
    const text = await handle.getAttribute('aria-valuetext');
    await handle.press('ArrowLeft');
    await expect(handle).not.toHaveAttribute('aria-valuetext', text);
  }
  const moved = await figure.state();
  const [worker] = page.workers();
  await worker.evaluate(() => globalThis.playableDevice.destroy());
  await expectCpu(figure, handle ? moved : state, 'WebGPU stopped');
  await engine(figure).selectOption('webgpu');
  await expectWebGpu(figure);
});

test('a computation that the GPU refuses ends its use', async ({ page, watch }) => {
  watch.tolerate(/^console: panicked at/);
  const figure = await openChanged(page);
  const state = await choose(figure);
  await expectWebGpu(figure);
  const [worker] = page.workers();
  await worker.evaluate(() => {
    const device = globalThis.playableDevice;
    device.createShaderModule({ code: 'this is no shader' });
    return device.queue.onSubmittedWorkDone();
  });
  await expectCpu(figure, state, 'WebGPU stopped');
});

/** In a worker: counts from now on how many dispatches each submission carries. */
function countDispatches() {
  const counts = {};
  let dispatches = 0;
  const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...sizes) {
    dispatches += 1;
    return dispatchWorkgroups.apply(this, sizes);
  };
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (commands) {
    counts[dispatches] = (counts[dispatches] ?? 0) + 1;
    dispatches = 0;
    return submit.call(this, commands);
  };
  globalThis.submissionsByDispatches = counts;
}

test('a training step on WebGPU is one submission of few dispatches', async ({ page }) => {
  const figure = await openFigure(page, { paper: 'hnn', figure: 'arena' }, { attributes: 'engines="cpu webgpu" engine="cpu"' });
  await choose(figure);
  await expectWebGpu(figure);
  const step = async () => parseInt((await figure.readouts()).step, 10);
  const [worker] = page.workers();
  await worker.evaluate(countDispatches);
  const begin = await step();
  await expect.poll(step, { timeout: 120_000 }).toBeGreaterThan(begin + 20);
  const counts = await worker.evaluate(() => globalThis.submissionsByDispatches);
  // The Hamiltonian network's step and the plain one's; fields take three and four, copies none.
  expect(counts[13]).toBeGreaterThanOrEqual(20);
  expect(Math.abs(counts[13] - counts[9])).toBeLessThanOrEqual(1);
  expect(Math.max(...Object.keys(counts).map(Number))).toBe(13);
});

const evaluationsOf = async (figure) => Number.parseInt((await figure.readouts()).evaluations, 10);

/** The columns of a figure's table, as the visitor saves them. */
async function columnsOf(figure, table) {
  // Between two ticks, which are long on a software adapter.
  await figure.pause();
  await figure.host.getByRole('button', { name: 'Share' }).click();
  const saved = figure.page.waitForEvent('download', { timeout: 60_000 });
  await figure.host.getByRole('button', { name: 'Save all data as JSON' }).click();
  const { tables } = JSON.parse(readFileSync(await (await saved).path(), 'utf8'));
  await figure.page.keyboard.press('Escape');
  await figure.play();
  return tables.find(({ name }) => name === table).columns;
}

/** Compliance of MMA at each evaluation on the mesh of 256 x 64, once there are so many. */
async function compliances(figure, evaluations) {
  await expect.poll(() => evaluationsOf(figure), { timeout: 120_000 }).toBeGreaterThanOrEqual(evaluations);
  return (await columnsOf(figure, 'compliance')).find(({ name }) => name === 'MMA').values;
}

test('a beam gives way on WebGPU as it does on the CPU', async ({ page }) => {
  const attributes = 'engines="cpu webgpu" engine="cpu" state="width=256"';
  const figure = await openFigure(page, { paper: 'structural', figure: 'mesh' }, { attributes });
  const onCpu = await compliances(figure, 3);
  await choose(figure);
  await expectWebGpu(figure);
  const made = await evaluationsOf(figure);
  await figure.host.getByRole('button', { name: 'Begin again' }).click();
  await expect.poll(() => evaluationsOf(figure), { timeout: 60_000 }).toBeLessThan(made);
  await expect.poll(async () => (await figure.readouts()).state, { timeout: 60_000 }).toContain('on WebGPU');
  const onGpu = await compliances(figure, 2);
  const error = [0, 1].map((at) => Math.abs(onGpu[at] / onCpu[at] - 1));
  console.log(`    compliance on WebGPU against the CPU: off by ${error.map((value) => value.toExponential(1)).join(', then ')}`);
  // The first is that of an even grey, whose error is of second order in that of the displacements. The second depends on the first
  // gradient, whose error is of first order.
  expect(error[0]).toBeLessThan(1e-6);
  expect(error[1]).toBeLessThan(1e-3);
  expect((await figure.readouts()).mma).toContain('\u2713');
  const state = await figure.state();
  await engine(figure).selectOption('cpu');
  await expect(figure.status).toContainText('Running on the CPU', { timeout: 60_000 });
  expect(await figure.state()).toBe(state);
  expect(await evaluationsOf(figure)).toBeGreaterThanOrEqual(2);
});

test('all widths of double descent share ten dispatches a step on WebGPU and give the curve of the CPU', async ({ page }) => {
  const attributes = 'engines="cpu webgpu" engine="cpu"';
  const figure = await openFigure(page, { paper: 'mnist1d', figure: 'descent' }, { attributes });
  const state = async () => (await figure.readouts()).state;
  /** Test errors of the widths after the first epoch, in percent. */
  const errors = async () => {
    await expect.poll(state, { timeout: 120_000 }).toMatch(/^epoch [2-9]/);
    return (await columnsOf(figure, 'epochs')).slice(1).map(({ values }) => values[0]);
  };
  const onCpu = await errors();
  await choose(figure);
  await expectWebGpu(figure);
  const [worker] = page.workers();
  await worker.evaluate(countDispatches);
  await figure.host.getByRole('button', { name: 'Train all widths' }).click();
  await expect.poll(state, { timeout: 60_000 }).toMatch(/^epoch [01]/);
  const onGpu = await errors();
  const far = onGpu.map((error, at) => Math.abs(error - onCpu[at]));
  console.log(`    errors on WebGPU against the CPU: ${Math.max(...far).toFixed(3)} points apart at most`);
  expect(onGpu.length).toBe(16);
  // 4,000 rows are asked: of each network a few stand on the edge.
  expect(Math.max(...far)).toBeLessThan(0.3);
  const steps = Object.keys(await worker.evaluate(() => globalThis.submissionsByDispatches)).map(Number);
  // Ten for a step, four for a thousand answers.
  expect(steps.filter((dispatches) => dispatches >= 10).length).toBeGreaterThan(0);
  expect(steps.filter((dispatches) => dispatches % 10 !== 0 && dispatches % 4 !== 0)).toEqual([]);
});

test('a gas descends on WebGPU to where it descends on the CPU', async ({ page }) => {
  const attributes = 'engines="cpu webgpu" engine="cpu" state="system=gas&steps=20"';
  const figure = await openFigure(page, { paper: 'action', figure: 'systems' }, { attributes });
  const step = async () => (await figure.readouts()).step;
  await expect.poll(step, { timeout: 120_000 }).toBe('500 of 500');
  const { error } = await figure.readouts();
  await choose(figure);
  await expectWebGpu(figure);
  await figure.host.getByRole('button', { name: 'Start again' }).click();
  await expect.poll(step).not.toBe('500 of 500');
  expect((await figure.readouts()).computed).toBe('on WebGPU');
  await expect.poll(step, { timeout: 120_000 }).toBe('500 of 500');
  // Three digits of the mean squared error.
  expect((await figure.readouts()).error).toBe(error);
});
