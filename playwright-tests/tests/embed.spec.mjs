// The element as a blogger's page meets it: its place, its picture, its frame, and the iframe that stands in for it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { element, Figure, openFigure, openHost } from '../support/figure.mjs';
import { figures, site } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const [first] = figures;
const figureAt = (page, index) => new Figure(page.locator('playable-paper').nth(index));

for (const width of [1280, 320]) {
  test(`at ${width} px the plain line keeps the room that each figure needs, and every target is large enough`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await openHost(page, figures.map((entry) => element(entry)).join(''));
    const height = (figure) => figure.host.evaluate((host) => host.getBoundingClientRect().height);
    const before = await Promise.all(figures.map((_, index) => height(figureAt(page, index))));
    for (const [index, entry] of figures.entries()) {
      const figure = figureAt(page, index);
      await figure.host.evaluate((host) => host.scrollIntoView({ block: 'center' }));
      await figure.ready();
      expect(await height(figure), `${entry.figure} takes no other room than it was given`).toBeCloseTo(before[index], 0);
      const small = await figure.host.evaluate((host) => {
        const targets = [...host.shadowRoot.querySelectorAll('button, select, input:not([type=checkbox], [type=file]), label.toggle, [data-handle]')];
        const boxes = targets.filter((one) => one.checkVisibility()).map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()]);
        return boxes.filter(([, box]) => Math.min(box.width, box.height) < 23.9).map(([html]) => html);
      });
      expect(small, entry.figure).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 'nothing is cut off').toBeLessThanOrEqual(0);
  });
}

test('no script that is shipped turns text into program', () => {
  const folder = join(site, 'pkg');
  const scripts = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(10);
  const guilty = scripts.filter((name) => /\beval\s*\(|\bnew\s+Function\b|setTimeout\(\s*['"`]|\.innerHTML\b|setAttribute\(\s*['"]style/.test(readFileSync(join(folder, name), 'utf8')));
  expect(guilty).toEqual([]);
});

test('its picture stands there before its program comes, and not before it is near', async ({ page }) => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(/_bg\.wasm$/, async (route) => {
    await held;
    await route.continue();
  });
  await openHost(page, element(first));
  const poster = page.locator('playable-paper').locator('.poster img');
  await expect(poster).toBeVisible();
  await expect.poll(() => poster.evaluate((image) => image.naturalWidth)).toBeGreaterThan(0);
  release();
  await figureAt(page, 0).ready();
});

test('weights that are not those of the manifest are not used', async ({ page }) => {
  const entry = figures.find(({ figure }) => figure === 'rollout') ?? first;
  const pattern = /\/models\/.*\.onnx$/;
  await page.route(pattern, async (route) => {
    const response = await route.fetch();
    const body = Buffer.from(await response.body());
    // In the midst of the numbers: the file still parses.
    body[Math.floor(body.length / 2)] ^= 1;
    await route.fulfill({ response, body });
  });
  await openHost(page, element(entry));
  const cover = page.getByRole('alert').filter({ hasText: 'Try again' });
  await expect(cover).toContainText('checksum');
  await expect(page.locator('playable-paper').locator('.poster')).toBeVisible();
  await page.unroute(pattern);
  await cover.getByRole('button', { name: 'Try again' }).click();
  await figureAt(page, 0).ready();
});

/** As shares of the figure's width and height. */
const SPOTS = [0.4, 0.7, 0.25, 0.85].flatMap((y) => [0.12, 0.37, 0.62, 0.87].map((x) => [x, y]));

for (const entry of figures) {
  test(`${entry.paper}/${entry.figure}: what can be painted can be painted by taps and by keyboard`, async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const figure = await openFigure(page, entry);
    const toggle = figure.host.getByRole('button', { name: 'Paint by taps' });
    test.skip(!(await toggle.isVisible()), 'nothing to paint');
    const blank = (await figure.picture()).hash;
    await toggle.press('Enter');
    const brush = figure.host.getByRole('button', { name: 'Brush' });
    await expect(brush).toBeFocused();
    await figure.host.evaluate((host) => host.scrollIntoView({ block: 'start' }));
    const stage = await figure.host.locator('.stage').boundingBox();
    const tap = ([x, y]) => page.mouse.click(stage.x + x * stage.width, stage.y + y * stage.height);
    const changes = async (act) => {
      const before = (await figure.picture()).hash;
      await act();
      return expect.poll(async () => (await figure.picture()).hash, { timeout: 8_000 }).not.toBe(before).then(() => true, () => false);
    };
    // Where a figure can be painted is its own affair: where a tap leaves something, and a second one draws a line to it.
    let isPainted = false;
    for (const [x, y] of SPOTS) {
      const isDown = await changes(() => tap([x, y]));
      await expect(brush).toHaveAttribute('aria-pressed', 'true');
      isPainted = isDown && (await changes(() => tap([x + 0.07, y + 0.07])));
      if (isPainted) break;
      await brush.press('Escape');
    }
    expect(isPainted, 'taps paint somewhere').toBe(true);
    expect((await figure.picture()).hash).not.toBe(blank);
    await brush.focus();
    await page.keyboard.press('Escape');
    await expect(brush).toHaveAttribute('aria-pressed', 'false');
    const line = (await figure.picture()).hash;
    // Within the corners of the line, and beside it.
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Shift+ArrowUp');
    await page.keyboard.press('Enter');
    await expect(brush).toHaveAttribute('aria-pressed', 'false');
    await expect.poll(async () => (await figure.picture()).hash).not.toBe(line);
  });
}

test.describe('the iframe', () => {
  const framed = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A figure</title><link rel="icon" href="data:,">
    <script type="module" src="/pkg/iframe.js"></script></head><body><main>${element(first)}</main></body></html>`;

  /** A page with the figure in an iframe, and a second window that wants to meddle. */
  async function openFramed(page, query = '') {
    await page.route(/\/framed\.html/, (route) => route.fulfill({ contentType: 'text/html', body: framed }));
    await page.route('**/meddler.html', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Meddler</title><link rel="icon" href="data:,">' }));
    const frames = `<iframe id="figure" src="/framed.html${query}" width="100%" height="200" title="Figure"></iframe><iframe id="other" src="/meddler.html" title="Other"></iframe>`;
    await openHost(page, frames, { head: '<script type="module" src="/pkg/host.js"></script>' });
    const figure = new Figure(page.frameLocator('#figure').locator('playable-paper'));
    await expect(figure.host.locator('canvas')).toBeVisible();
    return figure;
  }

  const post = (page, message) => page.evaluate((data) => document.querySelector('#figure').contentWindow.postMessage(data, '*'), message);

  test('is as high as its figure, takes a state from its address and from its host, and from nobody else', async ({ page }) => {
    const figure = await openFramed(page, '?state=seed%3D5&theme=dark');
    await expect.poll(() => figure.state()).toBe('seed=5');
    const frame = page.locator('#figure');
    const own = await figure.host.evaluate((host) => Math.ceil(host.getBoundingClientRect().height));
    await expect(frame).toHaveAttribute('height', String(own));
    await page.setViewportSize({ width: 400, height: 900 });
    await expect(frame).not.toHaveAttribute('height', String(own));

    await page.evaluate(() => {
      window.heard = [];
      addEventListener('message', ({ data }) => heard.push(data));
    });
    await post(page, { type: 'playable-paper:state', state: 'seed=6' });
    await expect.poll(() => figure.state()).toBe('seed=6');
    await expect.poll(() => page.evaluate(() => heard.some(({ type, state }) => type === 'playable-paper:change' && state === 'seed=6'))).toBe(true);
    for (const message of [null, 7, 'x', {}, { type: 'playable-paper:state' }, { type: 'playable-paper:state', state: { seed: 7 } }, { type: 'playable-paper:state', state: `seed=7&x=${'1'.repeat(3000)}` }, { type: 'playable-paper:toString' }, { type: 'playable-paper:theme', theme: 'pink' }]) await post(page, message);
    // The other window is no host of the figure.
    const meddler = page.frames().find((one) => one.url().includes('meddler'));
    await meddler.evaluate(() => parent.frames[0].postMessage({ type: 'playable-paper:state', state: 'seed=8' }, '*'));
    // Nor is a size that another window claims the figure's.
    await meddler.evaluate(() => parent.postMessage({ type: 'playable-paper:size', height: 3000 }, '*'));
    await expect(page.locator('#other')).toHaveAttribute('height', '3000');
    await expect(frame).not.toHaveAttribute('height', '3000');
    await page.waitForTimeout(300);
    expect(await figure.state()).toBe('seed=6');
    await expect(figure.alert).toBeHidden();
  });

  test('that names another host does not listen to this one', async ({ page, watch }) => {
    // The browser's note on a message that is meant for the other host.
    watch.tolerate(/postMessage.*https:\/\/blog\.example/);
    const figure = await openFramed(page, '?origin=https://blog.example');
    await post(page, { type: 'playable-paper:state', state: 'seed=6' });
    await page.waitForTimeout(500);
    expect(await figure.state()).toBe('');
    await expect(page.locator('#figure'), 'nor does it tell it anything').toHaveAttribute('height', '200');
  });
});
