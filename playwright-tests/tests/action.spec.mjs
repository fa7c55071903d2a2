// The widget of the paper `action`: a scribble drawn with a real pointer melts into the parabola.

import { openFigure } from '../support/figure.mjs';
import { pageOf } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const scribble = { paper: 'action', figure: 'scribble' };

/** S of the path and of the exact one, as shown. */
async function actions(figure) {
  const readouts = await figure.readouts();
  const number = (text) => Number(text.replace('\u2212', '-'));
  return { path: number(readouts.action), exact: number(readouts['action-ode']), ...readouts };
}

/** Draws a zigzag across the plane, in shares of the canvas. */
async function drawZigzag(page, figure, { left, right, top, bottom }) {
  await figure.host.evaluate((host) => host.scrollIntoView({ block: 'center' }));
  const box = await figure.host.locator('canvas').boundingBox();
  const at = (x, y) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(left, bottom));
  await page.mouse.down();
  for (let stroke = 1; stroke <= 8; stroke += 1) {
    const x = left + ((right - left) * stroke) / 8;
    await page.mouse.move(...at(x, stroke % 2 ? top : bottom), { steps: 4 });
  }
  await page.mouse.up();
}

async function meltsIntoTheParabola(page, figure, area) {
  // Standing still, so that the first action is seen however slow the machine is.
  await figure.pause();
  await drawZigzag(page, figure, area);
  await expect.poll(async () => (await figure.readouts()).scribble).toContain('drawn by you');
  const before = await actions(figure);
  expect(before.path).toBeGreaterThan(before.exact + 1);
  await figure.play();
  await expect.poll(async () => (await figure.readouts()).steps, { timeout: 30_000 }).toContain('Newton');
  const after = await actions(figure);
  expect(Math.abs(after.path - after.exact)).toBeLessThanOrEqual(1e-5 * Math.abs(after.exact));
  expect(after.scribble).toBe(before.scribble);
}

test('a scribble drawn with the pointer on a host page falls to the exact action', async ({ page }) => {
  const figure = await openFigure(page, scribble);
  await meltsIntoTheParabola(page, figure, { left: 0.1, right: 0.5, top: 0.15, bottom: 0.7 });
  // It can be taken back.
  await figure.host.getByRole('button', { name: 'Undo scribble' }).click();
  await expect.poll(async () => (await figure.readouts()).scribble).toContain('the one before');
});

test('on a phone the page plays and takes a scribble', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(pageOf('action'));
  const figure = await openFigure(page, scribble);
  await meltsIntoTheParabola(page, figure, { left: 0.2, right: 0.85, top: 0.1, bottom: 0.45 });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wider).toBe(false);
});

test('a tap and a press beside the pins are explained', async ({ page }) => {
  const figure = await openFigure(page, scribble);
  const box = await figure.host.locator('canvas').boundingBox();
  await page.mouse.click(box.x + 0.3 * box.width, box.y + 0.3 * box.height);
  await expect.poll(async () => (await figure.readouts()).scribble).toContain('one point');
  await expect(figure.alert).toBeHidden();
});

test('what is not a number in the address leaves a figure that plays', async ({ page }) => {
  const figure = await openFigure(page, { ...scribble }, {
    attributes: 'permalink',
    hash: 'scribble?speed=NaN&pin-a=NaN,NaN&pin-b=9,Infinity&knot-1=0,NaN',
  });
  await figure.moved(await figure.looks());
  const { path, exact } = await actions(figure);
  expect(Number.isFinite(path) && Number.isFinite(exact)).toBe(true);
});
