// One <playable-paper> as a visitor meets it, and host pages that a blogger might write around it.

import { expect } from './test.mjs';

const host = (body, head = '') => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A host page</title><link rel="icon" href="data:,">${head}
<script type="module" src="/pkg/embed.js"></script></head>
<body><main><h1>A host page</h1>${body}</main></body></html>`;

/** The element as HTML. */
export function element({ paper, figure }, attributes = '') {
  return `<playable-paper paper="${paper}" figure="${figure}" ${attributes}></playable-paper>`;
}

/** Opens a page of our own on the site's origin that holds `body`. */
export async function openHost(page, body, { head = '', hash = '', headers = {} } = {}) {
  await page.unroute('**/host.html');
  await page.route('**/host.html', (route) => route.fulfill({ contentType: 'text/html', headers, body: host(body, head) }));
  await page.goto(`host.html${hash && `#${hash}`}`);
}

/** Makes the page believe that its tab is hidden, or is seen again. */
export function hideTab(page, isHidden) {
  return page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (value ? 'hidden' : 'visible') });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}

/** Opens a page with one figure and gives it, playing. */
export async function openFigure(page, entry, { attributes = 'permalink', ...options } = {}) {
  await openHost(page, element(entry, attributes), options);
  const figure = new Figure(page.locator('playable-paper'));
  await figure.ready();
  return figure;
}

/** Brings a figure into a state that is not its default, so that a loss would be seen; gives the state. */
export async function changeState(figure) {
  await figure.seed.fill('21');
  await figure.seed.press('Enter');
  await expect.poll(() => figure.state()).toBe('seed=21');
  const range = figure.host.locator('.controls input[type=range]').first();
  if (await range.count()) {
    await range.press('ArrowRight');
    await expect.poll(() => figure.state()).not.toBe('seed=21');
  }
  return figure.state();
}

/** A figure on a page. Locators reach into its open shadow root. */
export class Figure {
  constructor(locator) {
    this.host = locator;
    this.page = locator.page();
    this.playButton = locator.locator('button.play').first();
    this.alert = locator.locator('[role=alert]').filter({ hasText: /./ }).first();
    this.status = locator.locator('[role=status]');
    /** What it says where it cannot go on. */
    this.fatal = locator.getByRole('alert').filter({ hasText: 'Try again' });
    this.seed = locator.getByRole('spinbutton', { name: 'Seed' });
    this.handles = locator.locator('[data-handle]');
  }

  /** Waits until it plays or could play. */
  async ready() {
    // A figure that failed says why at once instead of being waited for.
    const waiting = () =>
      this.host.evaluate((figure) => {
        const fatal = figure.shadowRoot?.querySelector('.cover.fatal:not([hidden])');
        return fatal ? fatal.textContent : Boolean(figure.shadowRoot?.querySelector('button.reset')?.disabled ?? true);
      });
    await expect.poll(waiting, { message: 'the figure is ready', timeout: 30_000 }).not.toBe(true);
    expect(await waiting()).toBe(false);
    // While a figure comes back its last picture stands until the new worker has painted.
    await expect(this.host.locator('canvas')).toHaveCount(1);
    await expect(this.host.locator('canvas')).toBeVisible();
    await expect(this.host.locator('.cover')).toBeHidden();
  }

  /** Waits until it explains why it cannot go on; gives the explanation. */
  async explanation() {
    await expect(this.fatal).toBeVisible({ timeout: 30_000 });
    const words = (await this.fatal.innerText()).replace('Try again', '').trim();
    expect(words, 'a sentence').toMatch(/^\p{Lu}.{20,}/su);
    expect(words, 'for people').not.toMatch(/undefined|\[object|unreachable|RuntimeError|stack/i);
    return words;
  }

  async tryAgain() {
    await this.fatal.getByRole('button', { name: 'Try again' }).click();
    // Else its old words are taken for those of the new try.
    await expect(this.fatal).toBeHidden();
    await this.ready();
  }

  async pause() {
    if ((await this.playButton.textContent()) === 'Pause') await this.playButton.click();
    await expect(this.playButton).toHaveText('Play');
    await this.still();
  }

  async play() {
    if ((await this.playButton.textContent()) === 'Play') await this.playButton.click();
    await expect(this.playButton).toHaveText('Pause');
  }

  /** So many steps while it is paused; a page with one figure only. */
  async steps(count) {
    await this.host.evaluate((figure, number) => {
      for (let step = 0; step < number; step += 1) figure.step();
    }, count);
    await this.idle();
    await this.still(150);
  }

  /** Waits until the figure's worker has done what it was told; a page with one figure only. */
  async idle() {
    for (let round = 0; round < 3; round += 1) {
      await this.page.waitForTimeout(20);
      await this.page.workers()[0].evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    }
  }

  reset() {
    return this.host.getByRole('button', { name: 'Reset' }).click();
  }

  state() {
    return this.host.evaluate((figure) => figure.getState());
  }

  /** Readouts as shown, by name. */
  readouts() {
    return this.host.evaluate((figure) =>
      Object.fromEntries([...figure.shadowRoot.querySelectorAll('[data-readout]')].map((one) => [one.dataset.readout, one.querySelector('dd').textContent])),
    );
  }

  /** What the canvas shows: a hash of its pixels and how many colours there are. */
  picture() {
    return this.host.evaluate((figure) => {
      const canvas = figure.shadowRoot.querySelector('canvas:not([hidden])');
      const copy = new OffscreenCanvas(canvas.width, canvas.height);
      const context = copy.getContext('2d');
      context.drawImage(canvas, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
      const colours = new Set(pixels);
      let hash = 0;
      for (const pixel of pixels) hash = (Math.imul(hash, 31) + pixel) | 0;
      return { hash, colours: colours.size };
    });
  }

  /** Picture and readouts in one, to tell whether anything moved. */
  async looks() {
    const [{ hash }, readouts] = await Promise.all([this.picture(), this.readouts()]);
    return JSON.stringify([hash, readouts]);
  }

  /** Waits until nothing moves any more. */
  async still(ms = 400) {
    await expect(async () => {
      const before = await this.looks();
      await this.page.waitForTimeout(ms);
      expect(await this.looks()).toBe(before);
    }).toPass({ timeout: 15_000 });
  }

  /** Fails unless it stands still for `ms`. */
  async expectStill(ms = 600) {
    const before = await this.looks();
    await this.page.waitForTimeout(ms);
    expect(await this.looks()).toBe(before);
  }

  /** Waits until something differs from `before`. */
  async moved(before) {
    await expect.poll(() => this.looks(), 'the figure moves').not.toBe(before);
  }

  /** Gives the figure a file as its file input would. */
  load(name, buffer) {
    return this.host.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  }
}
