// What figures cost a page, measured when nothing else runs: memory, workers, the main thread.

import { element, Figure, openHost } from '../support/figure.mjs';
import { figures } from '../support/site.mjs';
import { expect, heapOf, test } from '../support/test.mjs';

const [first] = figures;

/** A measured number, for whoever reads the run. */
const tell = (words) => console.log(`    ${first.paper}/${first.figure}: ${words}`);

test('1,000 mounts and unmounts leave at most 5 MB on the heap and no worker', async ({ page, watch }) => {
  test.setTimeout(240_000);
  // What is cut off in the middle of its loading is no failure of the page.
  watch.tolerate(/^failed: .*ERR_ABORTED/);
  await openHost(page, '<section></section>');
  const cycles = (rounds, together, wait) =>
    page.evaluate(
      async ({ html, rounds: count, together: number, wait: ms }) => {
        const place = document.querySelector('section');
        for (let round = 0; round < count; round += 1) {
          place.innerHTML = html.repeat(number);
          // Two frames: the element is seen, and its worker started.
          for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
          if (ms) await new Promise((resolve) => setTimeout(resolve, ms));
          place.replaceChildren();
          await new Promise((resolve) => setTimeout(resolve));
        }
      },
      { html: element(first), rounds, together, wait },
    );
  await cycles(20, 3, 0);
  await cycles(2, 1, 1_500);
  const before = await heapOf(page);
  await cycles(325, 3, 0);
  await cycles(25, 1, 500);
  await expect.poll(() => page.workers().length, { timeout: 30_000 }).toBe(0);
  const after = await heapOf(page);
  tell(`${((after - before) / 1e6).toFixed(2)} MB more on the heap after 1,000 mounts`);
  expect(after - before).toBeLessThanOrEqual(5e6);
});

test('no task of the page takes over 50 ms while the first figure plays', async ({ page }) => {
  await page.addInitScript(() => {
    window.longTasks = [];
    const note = (list) => longTasks.push(...list.getEntries().map(({ startTime, duration }) => ({ startTime, duration })));
    new PerformanceObserver(note).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(`${first.paper}/`);
  const figure = new Figure(page.locator('playable-paper').first());
  await figure.ready();
  const ready = await page.evaluate(() => performance.now());
  const worker = page.workers()[0];
  await worker.evaluate(() => {
    const frame = self.requestAnimationFrame.bind(self);
    self.frames = 0;
    self.requestAnimationFrame = (callback) => frame((now) => callback(now, (self.frames += 1)));
  });
  await page.waitForTimeout(4_000);
  const frames = await worker.evaluate(() => self.frames);
  const tasks = await page.evaluate(() => window.longTasks);
  const longest = (all) => Math.max(0, ...all.map(({ duration }) => Math.round(duration)));
  const [before, after] = [tasks.filter(({ startTime }) => startTime <= ready), tasks.filter(({ startTime }) => startTime > ready)];
  tell(`${frames / 4} frames a second; longest task while loading ${longest(before)} ms, while playing ${longest(after)} ms`);
  expect(frames).toBeGreaterThan(0);
  expect(after).toEqual([]);
});
