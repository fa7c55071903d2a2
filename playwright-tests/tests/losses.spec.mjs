// The GPU device is lost again and again, whatever the figure is doing at the time: it always goes on on the CPU, as it was.

import { changeState, openFigure } from '../support/figure.mjs';
import { figures } from '../support/site.mjs';
import { expect, heapOf, randomFrom, test } from '../support/test.mjs';

const LOSSES = 20;
/** From the device's birth until it has compiled, warmed up, taken over and played for a while. */
const LIFE_MS = 3_000;
/** It plays on WebGPU, the software adapter makes its ticks in time, and it always moves. */
const entry = figures.filter(({ paper }) => paper === figures[0].paper).at(-1);

/** In a worker: destroys the device that nobody has destroyed yet, `ms` from now; says whether there is one. */
const lose = async (ms) => {
  const device = globalThis.playableDevice;
  if (!device || device.isLost) return false;
  device.isLost = true;
  await new Promise((resolve) => setTimeout(resolve, ms));
  device.destroy();
  return true;
};

/** Waits for the next device of the page, whichever worker makes it, and takes it away `ms` later. */
async function loseNext(page, ms) {
  const attempt = async () => {
    // A worker that makes room for another does not answer.
    const answers = await Promise.all(page.workers().map((worker) => Promise.race([worker.evaluate(lose, ms).catch(() => false), page.waitForTimeout(ms + 20_000).then(() => false)])));
    return answers.includes(true);
  };
  await expect.poll(attempt, { intervals: [20], timeout: 90_000 }).toBe(true);
}

test(`${entry.paper}/${entry.figure} loses its GPU ${LOSSES} times at random moments and keeps its state`, async ({ page, watch }) => {
  test.setTimeout(900_000);
  // A shader that is being compiled on a device that is gone is refused, and the program says so as it ends.
  watch.tolerate(/^console: /);
  const random = randomFrom(11);
  const figure = await openFigure(page, entry, { attributes: 'permalink engines="cpu webgpu" engine="cpu"' });
  const state = await changeState(figure);
  const engine = figure.host.getByRole('combobox', { name: 'Engine' });
  const seen = { 'WebGPU is not used': 0, 'WebGPU stopped': 0 };
  // Each part of a device's life has its share, in random order.
  const moments = Array.from({ length: LOSSES }, (_, index) => ((index + random()) / LOSSES) * LIFE_MS).sort(() => random() - 0.5);
  let before = 0;
  for (const [round, ms] of moments.entries()) {
    if (round === 2) before = await heapOf(page);
    await engine.selectOption('webgpu');
    await loseNext(page, ms);
    await expect(figure.status, `loss ${round + 1}, after ${ms.toFixed(0)} ms`).toContainText(/WebGPU is not used|WebGPU stopped/, { timeout: 60_000 });
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
