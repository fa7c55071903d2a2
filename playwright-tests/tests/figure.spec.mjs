// Every figure of every paper, alone on a page: what all of them owe a visitor, by pointer, touch and keyboard.

import { AxeBuilder } from '@axe-core/playwright';
import { element, Figure, openFigure, openHost } from '../support/figure.mjs';
import { figures } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

/** The controls of a figure but its buttons, each with what sets it to another value as a visitor would. */
async function controlsOf(figure) {
  const place = figure.host.locator('.controls');
  const named = (locator, turn) => locator.evaluateAll((all) => all.map((one) => one.id)).then((ids) => ids.map((id) => ({ id: id.slice(2), turn: () => turn(place.locator(`#${id}`)) })));
  const slide = async (range) => range.press((await range.evaluate((input) => input.value === input.max)) ? 'ArrowLeft' : 'ArrowRight');
  const choose = async (select) => select.selectOption(await select.evaluate((one) => [...one.options].find((option) => option.value !== one.value).value));
  return [
    ...(await named(place.locator('input[type=range]'), slide)),
    ...(await named(place.locator('input[type=checkbox]'), (box) => box.press('Space'))),
    ...(await named(place.locator('select'), choose)),
  ];
}

/** The middle of a handle or of anything else. */
async function middleOf(locator) {
  const { x, y, width, height } = await locator.boundingBox();
  return [x + width / 2, y + height / 2];
}

/**
 * Whether a handle says something new after one of these drags: at the edge of where it may go, one way has no effect, and
 * one that goes from field to field takes a longer one.
 * @param {(from: number[], by: number[]) => Promise<void>} drag
 */
async function follows(handle, drag) {
  const text = await handle.getAttribute('aria-valuetext');
  const changed = () => expect(handle).not.toHaveAttribute('aria-valuetext', text, { timeout: 2_000 }).then(() => true, () => false);
  for (const by of [[-30, -25], [30, 25], [150, 125], [-150, -125]]) {
    await drag(await middleOf(handle), by);
    if (await changed()) return true;
  }
  return false;
}

/** Strokes over the figure, one of which will be where it is painted. */
async function paint(figure) {
  // What was pressed last may have scrolled it away.
  await figure.host.locator('.stage').evaluate((stage) => stage.scrollIntoView({ block: 'start' }));
  const { x, y, width, height } = await figure.host.locator('.stage').boundingBox();
  const { mouse } = figure.page;
  for (const share of [0.2, 0.4, 0.6, 0.8]) {
    await mouse.move(x + width * 0.3, y + height * share);
    await mouse.down();
    await mouse.move(x + width * 0.6, y + height * (share - 0.05), { steps: 6 });
    await mouse.up();
  }
}

async function turnEveryControl(figure) {
  for (const { turn } of await controlsOf(figure)) await turn();
}

/** The element that has the focus, inside or outside of the figure, in words; and whether the focus can be seen. */
const focused = () => {
  const host = document.activeElement;
  const active = host?.shadowRoot?.activeElement;
  if (!active) return null;
  const style = getComputedStyle(active);
  const visible = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  return { key: active.dataset.handle ?? active.id ?? '', visible, tag: active.outerHTML.slice(0, 120), index: [...host.shadowRoot.querySelectorAll('*')].indexOf(active) };
};

for (const entry of figures) {
  test.describe(`${entry.paper}/${entry.figure}`, () => {
    test('plays, pauses, goes on and is reset', async ({ page }) => {
      const figure = await openFigure(page, entry);
      expect((await figure.picture()).colours).toBeGreaterThan(8);
      await figure.moved(await figure.looks());
      await figure.pause();
      await figure.expectStill();
      const stopped = await figure.looks();
      await figure.host.getByRole('button', { name: 'One step' }).click();
      await figure.moved(stopped);
      const stepped = await figure.looks();
      await figure.play();
      await figure.moved(stepped);
      await turnEveryControl(figure);
      await expect.poll(() => figure.state()).not.toBe('');
      await figure.reset();
      await expect.poll(() => figure.state()).toBe('');
    });

    test('every control has an effect', async ({ page }) => {
      // Every button is tried several times from the start.
      test.setTimeout(240_000);
      const figure = await openFigure(page, entry);
      await figure.pause();
      /** The figure from its start, paused: some steps, one thing done, and some steps more. */
      const after = async (steps, act = async () => {}) => {
        await figure.host.evaluate((host) => host.reset());
        await figure.steps(steps);
        await act();
        await figure.steps(steps);
        return figure.looks();
      };
      // Much shows at once; the rest only once the figure has moved for a while.
      const plain = { 2: await after(2), 90: null };
      expect(await after(2), 'the same twice').toBe(plain[2]);
      const expectEffect = async (id, act) => {
        if ((await after(2, act)) !== plain[2]) return;
        plain[90] ??= await after(90);
        expect(await after(90, act), `${id} has an effect`).not.toBe(plain[90]);
      };
      for (const { id, turn } of await controlsOf(figure)) {
        await expectEffect(id, turn);
        expect(new URLSearchParams(await figure.state()).has(id), `${id} is in the state`).toBe(true);
      }
      const press = (id) => figure.host.locator(`#${id}`).press('Enter');
      const buttons = await figure.host.locator('.controls button').evaluateAll((all) => all.map((one) => one.id));
      // What takes back a stroke or what another button did has an effect once there is one.
      const hasEffect = async (id) => {
        const others = [null, ...buttons.filter((one) => one !== id)];
        for (const other of others) {
          const begin = async () => {
            await paint(figure);
            if (other) await press(other);
          };
          const begun = await after(2, begin);
          const pressed = await after(2, async () => {
            await begin();
            await press(id);
          });
          if (pressed !== begun) return true;
        }
        return false;
      };
      for (const id of buttons) if (!(await hasEffect(id))) await expectEffect(id, () => press(id));
      await expect(figure.alert).toBeHidden();
    });

    test('numbers out of range are clamped where they are typed', async ({ page }) => {
      const figure = await openFigure(page, entry);
      await figure.pause();
      for (const number of await figure.host.locator('.controls input[type=number]').all()) {
        for (const [typed, limit] of [['1e9', 'max'], ['1e9', 'max'], ['-1e9', 'min']]) {
          await number.fill(typed);
          await number.press('Tab');
          await expect(number).toHaveValue(await number.getAttribute(limit));
        }
      }
      for (const typed of ['-1', '0.5', '4294967296']) {
        await figure.seed.fill(typed);
        await figure.seed.press('Enter');
        await expect(figure.alert).toContainText('seed');
        await expect(figure.seed).toHaveValue('0');
        await figure.host.getByRole('button', { name: 'Close the message' }).click();
      }
    });

    test('is played by keyboard alone, and the focus is seen', async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      const figure = await openFigure(page, entry);
      const order = [];
      for (let presses = 0; presses < 80; presses += 1) {
        await page.keyboard.press('Tab');
        const now = await page.evaluate(focused);
        if (!now && order.length > 0) break;
        if (!now) continue;
        expect(now.visible, `focus is visible on ${now.tag}`).toBe(true);
        order.push(now.index);
        if (await figure.handles.filter({ visible: true }).evaluateAll((all, key) => all.some((one) => one.dataset.handle === key), now.key)) {
          const handle = figure.host.locator(`[data-handle="${now.key}"]`);
          const text = await handle.getAttribute('aria-valuetext');
          // At the edge of where it may go one of the two keys has no effect.
          for (const key of ['ArrowRight', 'ArrowUp', 'ArrowLeft', 'ArrowDown']) {
            await page.keyboard.press(key);
            const changed = await expect.poll(() => handle.getAttribute('aria-valuetext'), { timeout: 1_000 }).not.toBe(text).then(() => true, () => false);
            if (changed) break;
          }
          expect(await handle.getAttribute('aria-valuetext'), `arrow keys move ${now.key}`).not.toBe(text);
          expect(await handle.getAttribute('aria-label')).toMatch(/\w/);
        }
      }
      const wanted = await figure.host.evaluate((host) => {
        const all = [...host.shadowRoot.querySelectorAll('*')];
        const usable = all.filter((one) => one.matches('button, input, select, [tabindex="0"]') && !one.disabled && one.checkVisibility());
        return usable.map((one) => all.indexOf(one));
      });
      expect([...order].sort((a, b) => a - b)).toEqual(wanted);
    });

    test('its handles follow a pointer, stay where they may be, and are reset', async ({ page }) => {
      const figure = await openFigure(page, entry);
      await figure.pause();
      for (const id of await figure.handles.evaluateAll((all) => all.map((one) => one.dataset.handle))) {
        const handle = figure.host.locator(`[data-handle="${id}"]`);
        await figure.reset();
        await expect.poll(() => figure.state()).toBe('');
        await figure.still();
        await handle.scrollIntoViewIfNeeded();
        const box = await handle.boundingBox();
        // The browser keeps a hundredth of a pixel.
        expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(23.99);
        const drag = async ([x, y], [right, down]) => {
          await page.mouse.move(x, y);
          await page.mouse.down();
          await page.mouse.move(x + right, y + down, { steps: 4 });
          await page.mouse.up();
        };
        expect(await follows(handle, drag), `${id} is dragged`).toBe(true);
        // Far outside: it stops at its bounds and stays on the figure.
        const [x, y] = await middleOf(handle);
        await drag([x, y], [3 - x, 3 - y]);
        await expect(figure.alert).toBeHidden();
        const stage = await figure.host.locator('.stage').boundingBox();
        await expect
          .poll(async () => {
            const { x, y, width, height } = await handle.boundingBox();
            const [right, bottom] = [stage.x + stage.width - x - width, stage.y + stage.height - y - height];
            return Math.min(x - stage.x, y - stage.y, right, bottom) >= -1;
          }, 'it can be caught again')
          .toBe(true);
        await expect.poll(async () => new URLSearchParams(await figure.state()).has(id)).toBe(true);
      }
      await figure.reset();
      await expect.poll(() => figure.state()).toBe('');
    });

    test('its state is in the address, survives a reload, and a seed makes another figure', async ({ page }) => {
      const figure = await openFigure(page, entry);
      await figure.pause();
      const afresh = async () => {
        // What is being typed is not written over.
        await figure.seed.blur();
        await figure.host.evaluate((host) => host.reset());
        await expect(figure.seed).toHaveValue('0');
      };
      const seeded = async (seed, steps, act) => {
        await afresh();
        await act();
        await figure.seed.fill(seed);
        await figure.seed.press('Enter');
        await figure.steps(steps);
        return figure.looks();
      };
      const differs = async (steps, act = async () => {}) => (await seeded('0', steps, act)) !== (await seeded('17', steps, act));
      // First weights show only once something was computed with them, and some figures draw them only for one of their settings.
      const hasSeed = (await differs(2)) || (await differs(90)) || (await differs(90, () => turnEveryControl(figure)));
      expect(hasSeed, 'a seed makes another figure').toBe(true);
      await afresh();
      await figure.seed.fill('17');
      await figure.seed.press('Enter');
      await turnEveryControl(figure);
      await figure.still();
      const [handle] = await figure.handles.filter({ visible: true }).all();
      if (handle) {
        await handle.focus();
        await handle.press('ArrowLeft');
        await handle.press('ArrowDown');
      }
      await figure.still();
      const state = await figure.state();
      expect(state).toContain('seed=17');
      expect(new TextEncoder().encode(state).length).toBeLessThanOrEqual(2048);
      await expect.poll(() => decodeURI(new URL(page.url()).hash)).toBe(`#${entry.figure}?${decodeURI(state)}`);
      await page.reload();
      await figure.ready();
      expect(await figure.state()).toBe(state);
      await expect(figure.seed).toHaveValue('17');
    });

    test('a mangled or oversized address gives a message and the defaults; a value out of range is clamped', async ({ page }) => {
      for (const hash of ['noise', 'seed=abc', 'x=%ZZ', `x=${'1'.repeat(3000)}`]) {
        const figure = await openFigure(page, entry, { hash: `${entry.figure}?${hash}` });
        await expect(figure.alert, hash.slice(0, 20)).toContainText('link');
        expect(await figure.state()).toBe('');
        await page.goto('about:blank');
      }
      const figure = await openFigure(page, entry, { hash: `${entry.figure}?seed=3&nobody=1&nowhere=2,2` });
      expect(await figure.state()).toBe('seed=3');
      const ranges = figure.host.locator('.controls input[type=range]');
      const wild = (await ranges.evaluateAll((all) => all.map((one) => `${one.id.slice(2)}=1e9`))).join('&');
      await figure.host.evaluate((host, state) => host.setState(state), wild);
      for (const range of await ranges.all()) await expect(range).toHaveValue(await range.getAttribute('max'));
    });

    test('with less motion wanted it starts paused; a change of colours repaints it', async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: 'light' });
      const figure = await openFigure(page, entry);
      await expect(figure.playButton).toHaveText('Play');
      await figure.expectStill();
      expect((await figure.picture()).colours).toBeGreaterThan(8);
      const light = (await figure.picture()).hash;
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(async () => (await figure.picture()).hash).not.toBe(light);
      await page.evaluate(() => (document.documentElement.dataset.theme = 'light'));
      await expect.poll(async () => (await figure.picture()).hash, 'the same in light as before').toBe(light);
    });

    test('passes axe in both colours, narrow and wide, with its help open', async ({ page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      const figure = await openFigure(page, entry);
      for (const [width, colorScheme] of [[1280, 'light'], [320, 'dark']]) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        await figure.still(200);
        for (const open of [false, true]) {
          if (open) await figure.host.getByRole('button', { name: 'Help' }).click();
          const { violations } = await new AxeBuilder({ page }).include('playable-paper').analyze();
          expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.failureSummary).join(' | ')}`), `${colorScheme}, help ${open}`).toEqual([]);
          if (open) await page.keyboard.press('Escape');
        }
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `horizontal scroll at ${width}`).toBeLessThanOrEqual(0);
      }
    });
  });
}

test.describe('on a touch screen', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 840 } });

  for (const entry of figures) {
    test(`${entry.paper}/${entry.figure}: a handle follows a finger`, async ({ page, context }) => {
      const figure = await openFigure(page, entry);
      const [handle] = await figure.handles.filter({ visible: true }).all();
      test.skip(!handle, 'nothing to drag');
      await figure.pause();
      await handle.scrollIntoViewIfNeeded();
      const scrolled = await page.evaluate(() => scrollY);
      const cdp = await context.newCDPSession(page);
      const touch = (type, points) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
      const drag = async ([x, y], [right, down]) => {
        await touch('touchStart', [[x, y]]);
        for (let step = 1; step <= 6; step += 1) await touch('touchMove', [[x + (right * step) / 6, y + (down * step) / 6]]);
        await touch('touchEnd', []);
      };
      expect(await follows(handle, drag)).toBe(true);
      expect(await page.evaluate(() => scrollY), 'the page does not scroll under the finger').toBe(scrolled);
    });
  }
});

test('every figure of every page comes to life where it stands', async ({ page }) => {
  test.setTimeout(180_000);
  for (const paper of new Set(figures.map((entry) => entry.paper))) {
    await page.goto(`${paper}/`);
    for (const entry of figures.filter((one) => one.paper === paper)) {
      const figure = new Figure(page.locator('playable-paper').nth(entry.index));
      await figure.host.scrollIntoViewIfNeeded();
      await figure.host.evaluate((host) => host.scrollIntoView({ block: 'center' }));
      await figure.ready();
      expect((await figure.picture()).colours, entry.figure).toBeGreaterThan(8);
      expect(page.workers().length).toBeLessThanOrEqual(3);
    }
  }
});

test('two figures with the same id on a plain page do not disturb each other', async ({ page }) => {
  const [entry] = figures;
  await openHost(page, element(entry, 'id="same"') + element(entry, 'id="same"'));
  const [first, second] = [0, 1].map((index) => new Figure(page.locator('playable-paper').nth(index)));
  for (const figure of [first, second]) {
    await figure.host.scrollIntoViewIfNeeded();
    await figure.ready();
    await figure.pause();
  }
  await first.seed.fill('5');
  await first.seed.press('Enter');
  await expect.poll(() => first.state()).toBe('seed=5');
  expect(await second.state()).toBe('');
  await expect(second.seed).not.toHaveValue('5');
});
