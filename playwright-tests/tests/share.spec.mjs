// What a visitor takes away from a figure: its link, the code that embeds it, its picture, its numbers and what it learned.

import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { element, Figure, openFigure, openHost } from '../support/figure.mjs';
import { figures } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const [first] = figures;

/** Opens the dialog. */
async function share(figure) {
  await figure.host.getByRole('button', { name: 'Share' }).click();
  const dialog = figure.host.getByRole('dialog', { name: 'Share this figure' });
  await expect(dialog).toBeVisible();
  return dialog;
}

/** Presses one of its Save buttons and gives the file. */
async function save(figure, name) {
  const coming = figure.page.waitForEvent('download');
  await figure.host.getByRole('button', { name }).click();
  const file = await coming;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** The figure paused in a state that is not the default. */
async function openChanged(page, entry) {
  const figure = await openFigure(page, entry);
  await figure.pause();
  await figure.seed.fill('17');
  await figure.seed.press('Enter');
  await expect.poll(() => figure.state()).toBe('seed=17');
  return figure;
}

for (const entry of figures) {
  test(`${entry.paper}/${entry.figure}: picture and numbers can be saved`, async ({ page }) => {
    const figure = await openChanged(page, entry);
    await figure.steps(30);
    const title = await figure.host.locator('.title').innerText();
    const dialog = await share(figure);
    const png = await save(figure, 'Save the picture as PNG');
    expect(png.name).toBe(`${entry.paper}-${entry.figure}.png`);
    expect(png.bytes.subarray(1, 4).toString()).toBe('PNG');

    const svg = (await save(figure, 'Save the picture as SVG')).bytes.toString();
    const drawn = await page.evaluate((text) => {
      const document = new DOMParser().parseFromString(text, 'image/svg+xml');
      const broken = document.querySelector('parsererror')?.textContent;
      return { broken, title: document.querySelector('title')?.textContent, shapes: document.querySelectorAll('path, circle, text, image').length };
    }, svg);
    expect(drawn).toMatchObject({ broken: undefined, title });
    expect(drawn.shapes).toBeGreaterThan(20);

    const data = JSON.parse((await save(figure, 'Save all data as JSON')).bytes.toString());
    expect(data).toMatchObject({ paper: entry.paper, figure: entry.figure, title, state: 'seed=17' });
    expect(data.readouts.map(({ id }) => id)).toEqual(Object.keys(await figure.readouts()));
    for (const table of data.tables) {
      const csv = (await save(figure, `Save ${table.name}.csv`)).bytes.toString();
      const lines = csv.trimEnd().split('\r\n');
      expect(lines.length - 1).toBe(Math.max(...table.columns.map(({ values }) => values.length)));
      expect(lines[0]).toContain(table.columns[0].name);
      expect(Number(lines[1].split(',')[0])).toBe(table.columns[0].values[0]);
    }
    await expect(dialog.getByRole('status')).toContainText('Saved');
  });
}

test('the dialog is opened, read and left by keyboard, and passes axe in both colours', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const figure = await openFigure(page, first);
  const button = figure.host.getByRole('button', { name: 'Share' });
  await button.press('Enter');
  const dialog = figure.host.getByRole('dialog', { name: 'Share this figure' });
  await expect(dialog).toBeVisible();
  const code = dialog.getByRole('region', { name: 'Code' });
  await dialog.getByRole('tab', { name: 'Script' }).focus();
  for (const [key, name, text] of [['ArrowRight', 'Iframe', '<iframe'], ['End', 'npm', 'npm install'], ['ArrowRight', 'Script', '<playable-paper']]) {
    await page.keyboard.press(key);
    await expect(dialog.getByRole('tab', { name })).toBeFocused();
    await expect(dialog.getByRole('tab', { name })).toHaveAttribute('aria-selected', 'true');
    await expect(code).toContainText(text);
  }
  for (const [width, colorScheme] of [[1280, 'light'], [320, 'dark']]) {
    await page.setViewportSize({ width, height: 700 });
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).include('playable-paper').analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.failureSummary).join(' | ')}`), colorScheme).toEqual([]);
    const { x, width: wide } = await dialog.boundingBox();
    expect(x >= 0 && x + wide <= width, `it fits ${width}`).toBe(true);
    expect(await dialog.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test.describe('with a clipboard', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

  const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

  test('link and codes are copied, and each leads to the figure as it is', async ({ page }) => {
    const figure = await openChanged(page, first);
    const dialog = await share(figure);
    await dialog.getByRole('button', { name: 'Copy link' }).click();
    await expect(dialog.getByRole('status')).toHaveText('Copied');
    const link = await copied(page);
    expect(new URL(link).hash.length).toBeLessThanOrEqual(2048);
    // The address bar follows a moment later.
    await expect.poll(() => page.url()).toBe(link);
    const code = async (name) => {
      await dialog.getByRole('tab', { name }).click();
      await dialog.getByRole('button', { name: 'Copy code' }).click();
      await expect.poll(() => copied(page)).toBe(await dialog.getByRole('region', { name: 'Code' }).textContent());
      return copied(page);
    };
    const [script, iframe] = [await code('Script'), await code('Iframe')];
    const source = iframe.match(/<iframe src="([^"]*)"/)[1].replaceAll('&amp;', '&');
    expect(new URL(source).pathname).toContain(`embed/${first.paper}/${first.figure}.html`);
    expect(new URL(source).searchParams.get('state')).toBe('seed=17');

    await page.route('**/pasted.html', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>A post</title><link rel="icon" href="data:,">${script}` }));
    await page.goto('pasted.html');
    const pasted = new Figure(page.locator('playable-paper'));
    await pasted.ready();
    expect(await pasted.state()).toBe('seed=17');

    await page.goto(link);
    const linked = new Figure(page.locator('playable-paper').first());
    await openHost(page, element(first, 'permalink'), { hash: new URL(link).hash.slice(1) });
    await linked.ready();
    expect(await linked.state()).toBe('seed=17');
    // Another link on the same page is followed at once.
    await page.evaluate((hash) => (location.hash = hash), `${first.figure}?seed=18`);
    await expect.poll(() => linked.state()).toBe('seed=18');
  });
});

test('what was trained in the tab is saved as ONNX, and plays beside it', async ({ page }) => {
  let tried = 0;
  for (const entry of figures) {
    const figure = await openFigure(page, entry);
    await share(figure);
    const names = await figure.host.locator('.share button').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')).filter((name) => name?.includes('.onnx')));
    if (names.length === 0) continue;
    const files = [];
    for (const name of names) files.push(await save(figure, name));
    await figure.page.keyboard.press('Escape');
    for (const { name, bytes } of files) {
      await figure.load(name, bytes);
      await expect(figure.status).toContainText(`“${name}” is loaded.`, { timeout: 30_000 });
      await expect(figure.alert).toBeHidden();
      tried += 1;
    }
  }
  expect(tried, 'some figure trains').toBeGreaterThan(0);
});
