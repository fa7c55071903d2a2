// The GPU device is lost again and again, whatever the figure is doing at the time: it always goes on on the CPU, as it was.

import { changeState, openFigure } from '../support/figure.mjs';
import { figures } from '../support/site.mjs';
import { expect, heapOf, randomFrom, test } from '../support/test.mjs';

const LOSSES = 20;
/** From the device's birth until it has compiled, warmed up, taken over and played for a while. */
const LIFE_MS = 3_000;
const entry = figures.at(-1);

/** Code for a worker: its devices are taken away so many milliseconds after they were given. */
const losing = (moments) => `{
  const moments = ${JSON.stringify(moments)};
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...all) {
    const device = await requestDevice.apply(this, all);
    if (moments.length > 0) setTimeout(() => device.destroy(), moments.shift());
    return device;
  };
}`;

test(`${entry.paper}/${entry.figure} loses its GPU ${LOSSES} times at random moments and keeps its state`, async ({ page, watch }) => {
  test.setTimeout(900_000);
  // A shader that is being compiled on a device that is gone is refused, and the program says so as it ends.
  watch.tolerate(/^console: /);
  const random = randomFrom(11);
  // Each part of a device's life has its share, in random order.
  const moments = Array.from({ length: LOSSES }, (_, index) => ((index + random()) / LOSSES) * LIFE_MS).sort(() => random() - 0.5);
  let round = 0;
  await page.route('**/pkg/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${losing(moments.slice(round))}\n${await response.text()}` });
  });
  const figure = await openFigure(page, entry, { attributes: 'permalink engines="cpu webgpu" engine="cpu"' });
  const state = await changeState(figure);
  const engine = figure.host.getByRole('combobox', { name: 'Engine' });
  const seen = { 'WebGPU is not used': 0, 'WebGPU stopped': 0 };
  let before = 0;
  for (; round < LOSSES; round += 1) {
    if (round === 2) before = await heapOf(page);
    await engine.selectOption('webgpu');
    await expect(figure.status, `loss ${round + 1}`).toContainText(/WebGPU is not used|WebGPU stopped/, { timeout: 60_000 });
    const words = await figure.status.innerText();
    seen[Object.keys(seen).find((start) => words.startsWith(start))] += 1;
    await expect(engine).toHaveValue('cpu');
    expect(await figure.state()).toBe(state);
    await figure.moved(await figure.looks());
  }
  const grown = (await heapOf(page)) - before;
  console.log(`    ${entry.paper}/${entry.figure}: lost ${seen['WebGPU is not used']} times on the way to the GPU and ${seen['WebGPU stopped']} times there; ${(grown / 1e6).toFixed(2)} MB more on the page's heap`);
  expect(grown).toBeLessThanOrEqual(5e6);
  await engine.selectOption('webgpu');
  await expect(figure.status).toContainText('Running on WebGPU', { timeout: 120_000 });
  expect(await figure.state()).toBe(state);
  await figure.moved(await figure.looks());
});
