// The widget of the paper `structural`: a bridge painted with a real pointer is built by four methods at once.

import { openFigure } from '../support/figure.mjs';
import { expect, test } from '../support/test.mjs';

const race = { paper: 'structural', figure: 'race' };
const METHODS = ['cnn', 'pixel', 'mma', 'oc'];

const number = (text) => Number.parseFloat(text.replace('\u2212', '-'));

/** A point of the first panel's grid, in cells from the load's foot; the arrow's tip hangs nine cells under it. */
async function grid(figure) {
  await figure.host.evaluate((host) => host.scrollIntoView({ block: 'start' }));
  const middle = async (id) => {
    const box = await figure.host.locator(`[data-handle="${id}"]`).boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const [[x, y], [, tip]] = [await middle('load'), await middle('pull')];
  const cell = (tip - y) / 9;
  return (columns, rows) => [x + columns * cell, y + rows * cell];
}

async function drag(page, from, to) {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 6 });
  await page.mouse.up();
}

test('a bridge painted with the pointer is built by four methods, and goes on when the load is dragged', async ({ page }) => {
  const figure = await openFigure(page, race, { hash: 'race?problem=empty&volume=30&limit=few' });
  await expect.poll(async () => (await figure.readouts()).state).toContain('add a support');
  const at = await grid(figure);
  await drag(page, at(-32, 16), at(-28, 16));
  await drag(page, at(28, 16), at(32, 16));
  await expect.poll(async () => (await figure.readouts()).evaluations, { timeout: 60_000 }).toBe('50 of 50');
  const readouts = await figure.readouts();
  for (const method of METHODS) {
    expect(number(readouts[method]), method).toBeLessThan(number(readouts.uniform) / 2);
  }
  await drag(page, at(0, 0), at(12, 0));
  await expect.poll(async () => number((await figure.readouts()).evaluations)).toBeLessThan(50);
  await expect.poll(async () => (await figure.readouts()).evaluations, { timeout: 60_000 }).toBe('50 of 50');
});
