// The widget of the paper `structural`: a bridge painted with a real pointer is built by four methods at once.

import { readFileSync } from 'node:fs';
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

test('on the paper’s beam the optimality criteria reach their reference value, and pixels get stuck', async ({ page }) => {
  test.setTimeout(180_000);
  const figure = await openFigure(page, race, { hash: 'race?problem=mbb&volume=50' });
  await expect.poll(async () => (await figure.readouts()).evaluations, { timeout: 150_000 }).toBe('200 of 200');
  const readouts = await figure.readouts();
  expect(number(readouts.uniform)).toBeCloseTo(1007.02, 1);
  expect(Math.abs(number(readouts.oc) - 219.716)).toBeLessThan(2e-3);
  expect(Math.abs(number(readouts.mma) - 218.447)).toBeLessThan(2e-3);
  expect(number(readouts.pixel)).toBeGreaterThan(236);
  expect(number(readouts.cnn)).toBeLessThan(226);
  expect(readouts.checked).toBe('4 of 4');
});

test('a rubbed out support is missed in words, and undo brings it back', async ({ page }) => {
  const figure = await openFigure(page, race, { hash: 'race?problem=mbb&brush=eraser' });
  const at = await grid(figure);
  // The left edge hangs on rollers alone; the load's handle lies over its top, so the stroke runs down beside the grid.
  await drag(page, at(-2, 0), at(-2, 22));
  await expect.poll(async () => (await figure.readouts()).state).toContain('slide sideways');
  await figure.host.getByRole('button', { name: 'Undo painting' }).click();
  await expect.poll(async () => (await figure.readouts()).state).toContain('rac');
});

test('a certificate holds design, loads and value', async ({ page }) => {
  const figure = await openFigure(page, race, { hash: 'race?problem=mbb&volume=50&limit=few' });
  await expect.poll(async () => (await figure.readouts()).evaluations, { timeout: 60_000 }).toBe('50 of 50');
  await figure.host.getByRole('button', { name: 'Share' }).click();
  const saved = page.waitForEvent('download');
  await figure.host.getByRole('button', { name: 'Save the certificate' }).click();
  const { tables } = JSON.parse(readFileSync(await (await saved).path(), 'utf8'));
  const table = (name) => Object.fromEntries(tables.find((one) => one.name === name).columns.map((column) => [column.name, column.values]));
  expect(table('designs').OC).toHaveLength(60 * 20);
  expect(table('problem')['force y'].filter((force) => force !== 0)).toEqual([1]);
  const { 'compliance, OC': [compliance], 'checked, OC': [checked] } = table('certificate');
  expect(compliance).toBeCloseTo(number((await figure.readouts()).oc), 3);
  expect(checked).toBe(1);
});

test('a contact sheet fills by itself', async ({ page }) => {
  const figure = await openFigure(page, { paper: 'structural', figure: 'seeds' }, { hash: 'seeds?limit=few' });
  await expect.poll(async () => number((await figure.readouts()).networks), { timeout: 60_000 }).toBeGreaterThan(1);
  const { best, median } = await figure.readouts();
  expect(number(best)).toBeLessThanOrEqual(number(median));
});

test('a coarse mesh is computed with both methods', async ({ page }) => {
  const figure = await openFigure(page, { paper: 'structural', figure: 'mesh' }, { hash: 'mesh?width=32' });
  await expect.poll(async () => (await figure.readouts()).evaluations, { timeout: 60_000 }).toBe('100 of 100');
  expect((await figure.readouts()).mma).toContain('\u2713');
});
