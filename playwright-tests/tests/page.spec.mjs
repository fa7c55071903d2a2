// How figures share a page and leave it: workers, hidden tabs, hosts with strict rules, bad networks.

import { element, Figure, hideTab, openFigure, openHost } from '../support/figure.mjs';
import { figures, programOf } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const [first] = figures;
/** Enough figures for a page that cannot keep all of them alive; the same ones again where the site has fewer. */
const five = Array.from({ length: 5 }, (_, index) => figures[index % figures.length]);
const spacer = '<div class="far"></div>';
const far = '<style>.far { height: 3000px }</style>';

const figureAt = (page, index) => new Figure(page.locator('playable-paper').nth(index));

async function visit(figure) {
  await figure.host.evaluate((host) => host.scrollIntoView({ block: 'center' }));
  await figure.ready();
}

test.describe('on one page', () => {
  test('nothing is fetched for a figure that is far away', async ({ page }) => {
    const requests = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    await openHost(page, spacer + element(first), { head: far });
    await page.waitForTimeout(500);
    expect(requests.filter((path) => /worker|wasm|onnx|posters|pkg\/figure\.js|pkg\/share/.test(path))).toEqual([]);
    expect(page.workers()).toHaveLength(0);
    await visit(figureAt(page, 0));
  });

  test('at most three figures are alive; one that was put aside comes back as it was', async ({ page }) => {
    await openHost(page, five.map((entry) => element(entry)).join(spacer), { head: far });
    const figure = figureAt(page, 0);
    await visit(figure);
    await figure.pause();
    await figure.seed.fill('23');
    await figure.seed.press('Enter');
    await expect.poll(() => figure.state()).toContain('seed=23');
    const range = figure.host.locator('.controls input[type=range]').first();
    if (await range.count()) {
      await range.press('ArrowRight');
      await expect.poll(() => figure.state()).not.toBe('seed=23');
    }
    await figure.host.getByRole('button', { name: 'One step' }).click();
    await figure.still();
    const [state, looks] = [await figure.state(), await figure.looks()];
    for (let index = 1; index < five.length; index += 1) {
      await visit(figureAt(page, index));
      expect(page.workers().length).toBeLessThanOrEqual(3);
    }
    expect((await figure.picture()).colours, 'its last picture stands there').toBeGreaterThan(8);
    await visit(figure);
    expect(page.workers().length).toBeLessThanOrEqual(3);
    expect(await figure.state()).toBe(state);
    await expect(figure.playButton).toHaveText('Play');
    await expect.poll(() => figure.looks(), 'picture and readouts').toBe(looks);
  });

  test('where more than three are in view the others say so and can be chosen', async ({ page }) => {
    await page.setViewportSize({ width: 1280, height: 900 });
    const head = '<style>main { display: grid; grid-template-columns: repeat(5, 240px) } h1 { display: none }</style>';
    await openHost(page, five.map((entry) => element(entry)).join(''), { head });
    const waiting = page.getByRole('button', { name: 'Play this figure' });
    await expect(waiting).toHaveCount(2);
    await expect.poll(() => page.workers().length).toBe(3);
    await expect(page.locator('playable-paper').nth(0).getByRole('button', { name: 'Reset' })).toBeEnabled();
    await waiting.first().click();
    await figureAt(page, 3).ready();
    await expect(waiting).toHaveCount(2);
    expect(page.workers().length).toBeLessThanOrEqual(3);
  });

  test('a figure off screen or in a hidden tab stands still, and goes on afterwards', async ({ page }) => {
    await openHost(page, element(first) + spacer, { head: far });
    const figure = figureAt(page, 0);
    await figure.ready();
    await figure.moved(await figure.looks());
    await hideTab(page, true);
    await figure.still();
    await figure.expectStill();
    const stopped = await figure.looks();
    await hideTab(page, false);
    await figure.moved(stopped);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await figure.still();
    await figure.expectStill();
    const away = await figure.looks();
    await page.evaluate(() => scrollTo(0, 0));
    await figure.moved(away);
  });

  test('a removed figure ends its worker; moved within the page it plays on', async ({ page }) => {
    await openHost(page, `${element(first)}<section></section>`);
    const figure = figureAt(page, 0);
    await figure.ready();
    const [worker] = page.workers();
    await page.evaluate(() => document.querySelector('section').append(document.querySelector('playable-paper')));
    await figure.moved(await figure.looks());
    expect(page.workers()).toEqual([worker]);
    await page.evaluate(() => document.querySelector('playable-paper').remove());
    await expect.poll(() => page.workers().length).toBe(0);
  });

  test('a container without size is no failure; given a size the figure appears', async ({ page }) => {
    const head = '<style>.box { width: 0; height: 0; overflow: hidden } .box.open { width: 600px; height: auto }</style>';
    await openHost(page, `<div class="box">${element(first)}</div><div class="none" hidden>${element(first)}</div>`, { head });
    await page.waitForTimeout(1_000);
    await page.evaluate(() => {
      document.querySelector('.box').classList.add('open');
      document.querySelector('.none').hidden = false;
    });
    for (const index of [0, 1]) {
      const figure = figureAt(page, index);
      await visit(figure);
      await expect.poll(async () => (await figure.picture()).colours).toBeGreaterThan(8);
      await expect(figure.alert).toBeHidden();
    }
    // And back to nothing while it plays.
    await page.evaluate(() => document.querySelector('.box').classList.remove('open'));
    await page.waitForTimeout(300);
    await page.evaluate(() => document.querySelector('.box').classList.add('open'));
    const figure = figureAt(page, 0);
    await visit(figure);
    await figure.moved(await figure.looks());
  });

  test('attributes of the element: state, seed, theme, hidden controls, and its API', async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await openHost(page, element(first, 'state="seed=9" theme="dark" controls="hide"'));
    const figure = figureAt(page, 0);
    await expect(figure.host.locator('canvas')).toBeVisible();
    await expect.poll(() => figure.state()).toBe('seed=9');
    await expect(figure.host.locator('.controls')).toBeHidden();
    const dark = await figure.host.evaluate((host) => getComputedStyle(host.shadowRoot.querySelector('.figure')).backgroundColor);
    expect(Math.max(...dark.match(/\d+/g).slice(0, 3).map(Number))).toBeLessThan(80);
    const heard = figure.host.evaluate(
      (host) =>
        new Promise((resolve) => {
          host.addEventListener('change', ({ detail }) => detail.paused && resolve(detail.readouts.length));
          host.pause();
        }),
    );
    expect(await heard).toBeGreaterThan(0);
    const [id] = Object.keys(await figure.readouts());
    expect(await figure.host.evaluate((host, name) => host.readout(name).id, id)).toBe(id);
    await figure.host.evaluate((host) => host.setAttribute('state', 'seed=11'));
    await expect.poll(() => figure.state()).toBe('seed=11');
  });
});

test.describe('a host page', () => {
  const policy = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "connect-src 'self'",
    "worker-src 'self'",
    "img-src 'self' blob: data:",
    "style-src 'self'",
  ].join('; ');

  test('with a strict content security policy plays figures without a violation', async ({ page, watch }) => {
    await page.route(/\/pkg\//, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
    });
    await page.addInitScript(() => {
      window.violations = [];
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => violations.push(`${violatedDirective} ${blockedURI}`));
    });
    const figure = await openFigure(page, first, { headers: { 'content-security-policy': policy } });
    await figure.moved(await figure.looks());
    // The dialog is fetched late, and brings a style of its own.
    await figure.host.getByRole('button', { name: 'Share' }).click();
    const dialog = figure.host.getByRole('dialog');
    await expect(dialog.getByRole('tab', { name: 'Script' })).toBeVisible();
    expect(await dialog.evaluate((one) => getComputedStyle(one).borderRadius)).not.toBe('0px');
    expect(await page.evaluate(() => window.violations)).toEqual([]);
    expect(watch.unexpected).toEqual([]);
  });

  test('that scales and restyles its elements does not break the figure', async ({ page }) => {
    const head = '<style>* { box-sizing: content-box; font: 40px serif; line-height: 3; letter-spacing: 8px } main { transform: scale(0.5); transform-origin: 0 0; width: 1200px } button { display: none }</style>';
    const figure = await openFigure(page, first, { head });
    await figure.pause();
    const [handle] = await figure.handles.filter({ visible: true }).all();
    test.skip(!handle, 'nothing to drag');
    const text = await handle.getAttribute('aria-valuetext');
    const centre = async () => {
      const { x, y, width, height } = await handle.boundingBox();
      return [x + width / 2, y + height / 2];
    };
    const from = await centre();
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(from[0] - 20, from[1] - 15, { steps: 3 });
    await page.mouse.up();
    await expect(handle).not.toHaveAttribute('aria-valuetext', text);
    await expect.poll(async () => Math.hypot((await centre())[0] - from[0] + 20, (await centre())[1] - from[1] + 15), 'it stays under the pointer').toBeLessThan(3);
  });
});

test.describe('a bad network', () => {
  const broken = [
    ['the program is missing', new RegExp(`/pkg/${programOf(first)}$`), (route) => route.fulfill({ status: 404, body: 'no such file' })],
    ['the program’s script is missing', new RegExp(`/pkg/${programOf(first).replace("_bg.wasm", ".js")}$`), (route) => route.fulfill({ status: 404, body: 'no such file' })],
    ['the program is cut off', new RegExp(`/pkg/${programOf(first)}$`), (route) => route.fulfill({ contentType: 'application/wasm', body: Buffer.from('0061736d01000000ff', 'hex') })],
    ['the worker is missing', /\/pkg\/worker\.js$/, (route) => route.fulfill({ status: 404, body: 'no such file' })],
    ['there is no connection', /\/pkg\/[^/]+\/[^/]+$/, (route) => route.abort('internetdisconnected')],
  ];

  for (const [what, pattern, answer] of broken) {
    test(`${what}: a readable message, and “Try again” works`, async ({ page, watch }) => {
      watch.tolerate(/status 404|failed: .*DISCONNECTED|failed: .*worker\.js net::ERR_FAILED|console: Failed to load resource|console: .*(MIME|Failed to load module|instantiateStreaming|WebAssembly)/i);
      await page.route(pattern, answer);
      await openHost(page, element(first));
      const figure = figureAt(page, 0);
      const cover = figure.host.getByRole('alert').filter({ hasText: 'Try again' });
      await expect(cover).toBeVisible({ timeout: 15_000 });
      expect((await cover.innerText()).replace('Try again', '').trim().length).toBeGreaterThan(20);
      expect(page.workers()).toHaveLength(0);
      await page.unroute(pattern);
      await cover.getByRole('button', { name: 'Try again' }).click();
      await figure.ready();
      await figure.moved(await figure.looks());
    });
  }

  test('a model is missing: the message names it, and “Try again” works', async ({ page, watch }) => {
    watch.tolerate(/status 404|Failed to load resource/);
    const trained = '**/models/hnn/two-body-hnn.onnx';
    await page.route(trained, (route) => route.fulfill({ status: 404, body: 'no such file' }));
    await openHost(page, element({ paper: 'hnn', figure: 'bodies' }));
    const figure = figureAt(page, 0);
    const cover = figure.host.getByRole('alert').filter({ hasText: 'Try again' });
    await expect(cover).toContainText('The model “two-body-hnn” could not be loaded: the server answered 404.', { timeout: 15_000 });
    // The server is asked again, and still has nothing to give.
    await cover.getByRole('button', { name: 'Try again' }).click();
    await expect(cover).toContainText('two-body-hnn', { timeout: 15_000 });
    await page.unroute(trained);
    await cover.getByRole('button', { name: 'Try again' }).click();
    await figure.ready();
    await figure.moved(await figure.looks());
  });

  test('a figure that plays goes on without a network', async ({ page, context }) => {
    const figure = await openFigure(page, first);
    await context.setOffline(true);
    await figure.moved(await figure.looks());
    await figure.reset();
    await figure.moved(await figure.looks());
    await context.setOffline(false);
  });

  test('a paper or a figure that does not exist is named in a message', async ({ page, watch }) => {
    watch.tolerate(/status 404|Failed to load resource|MIME|Failed to load module/i);
    for (const entry of [{ ...first, figure: 'nothing' }, { paper: 'nothing', figure: 'arena' }, { paper: '', figure: '' }]) {
      await openHost(page, element(entry));
      await expect(page.getByRole('alert').filter({ hasText: 'Try again' })).toContainText(entry.paper ? 'nothing' : 'paper');
    }
  });
});
