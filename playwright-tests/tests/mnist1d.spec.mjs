// The widgets of the paper `mnist1d`: the data set byte for byte, a race to the CNN's band, what sleeps goes on, files of a visitor.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { element, Figure, hideTab, openFigure, openHost } from '../support/figure.mjs';
import { classifier } from '../support/onnx.mjs';
import { modelFile, models } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const figureOf = (figure) => ({ paper: 'mnist1d', figure });
const number = (text) => Number.parseFloat(text.replace('\u2212', '-').replace(',', ''));
const readout = async (figure, id) => (await figure.readouts())[id];
const numberOf = async (figure, id) => number(await readout(figure, id));

/** SHA-256 of the published arrays: 32-bit numbers, little-endian, row after row, and labels as bytes. */
const PUBLISHED = {
  train: ['d53506bddd12d3b72c7153b1ae7f34807724b1dd078a7273809bf9d0792319f6', '6e13c7aab5f831266ec59efd193e310c511faefd71cfc5d39427c20337df4dc6'],
  test: ['30addc43827c82aafa5db8bc97cea63349ca687e87db2f201cc4f5415d9a4ebd', '9486539f99fcca7dc5923aba4d0cb5b7963f8e8e1f74398ca33a64ccb3b5b654'],
};
/** Test accuracies at the end that ten trainings of the paper's networks have, in percent. */
const CNN_BAND = [91, 95];

const sha256 = (array) => createHash('sha256').update(Buffer.from(array.buffer)).digest('hex');

/** Both hashes of a table of the generator: of its rows, and of their classes. */
async function hashesOf(figure, table) {
  const dialog = figure.host.getByRole('dialog', { name: 'Share this figure' });
  const [download] = await Promise.all([figure.page.waitForEvent('download'), dialog.getByRole('button', { name: `Save ${table}.csv` }).click()]);
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n').slice(1);
  const rows = lines.map((line) => line.split(',').map(Number));
  return [sha256(Float32Array.from(rows.flatMap((row) => row.slice(1)))), sha256(Uint8Array.from(rows, ([label]) => label))];
}

test('the data set made in the tab is the published one byte for byte, until a slider is moved', async ({ page }) => {
  const figure = await openFigure(page, figureOf('generator'), { attributes: 'seed="42" permalink' });
  await expect.poll(() => readout(figure, 'proof')).toBe('✓ published');
  await figure.host.getByRole('button', { name: 'Share' }).click();
  for (const [table, hashes] of Object.entries(PUBLISHED)) expect(await hashesOf(figure, table), table).toEqual(hashes);
  expect(await readout(figure, 'hash')).toBe(`${PUBLISHED.train[0].slice(0, 12)}…`);
  await page.keyboard.press('Escape');

  const shear = figure.host.getByLabel('Shear', { exact: true }).first();
  await shear.press('ArrowRight');
  await expect.poll(() => readout(figure, 'proof')).toBe('one of your own');
  await shear.press('ArrowLeft');
  await expect.poll(() => readout(figure, 'proof')).toBe('✓ published');
  await figure.host.getByLabel('Shuffle the positions').press('Space');
  await expect.poll(() => readout(figure, 'proof')).toBe('✓ published, shuffled');
  await figure.reset();
  await expect.poll(() => readout(figure, 'proof')).toBe('✓ published');
});

test('padding that makes no data set is refused in words, and the set before stays', async ({ page }) => {
  const figure = await openFigure(page, figureOf('generator'));
  const least = figure.host.getByLabel('Padding, least').first();
  await least.press('ArrowRight');
  await expect.poll(() => readout(figure, 'proof')).toBe('one of your own');
  const [set, picture] = [await readout(figure, 'hash'), await figure.picture()];
  await least.press('End');
  await expect.poll(() => readout(figure, 'proof')).toBe('as before: refused');
  expect(await readout(figure, 'hash')).toBe(set);
  expect(await figure.picture(), 'the reason stands under the stages').not.toEqual(picture);
  await expect(figure.alert).toBeHidden();
});

test('a paused bench makes what its sliders say, and time stands still', async ({ page }) => {
  const figure = await openFigure(page, figureOf('generator'), { attributes: 'seed="42"' });
  await expect.poll(() => readout(figure, 'proof')).toBe('✓ published');
  await figure.pause();
  const example = await readout(figure, 'example');
  const shear = figure.host.getByLabel('Shear', { exact: true }).first();
  await shear.press('ArrowRight');
  await expect.poll(() => readout(figure, 'proof')).toBe('one of your own');
  await shear.press('ArrowLeft');
  await expect.poll(() => readout(figure, 'proof')).toBe('✓ published');
  expect(await readout(figure, 'example')).toBe(example);
  await figure.expectStill();
});

test('a race in the tab reaches the band of the CNN, far from the perceptron', async ({ page }) => {
  test.setTimeout(420_000);
  const figure = await openFigure(page, figureOf('race'), { hash: 'race?twins=false' });
  await expect(figure.host.getByLabel('Engine')).toHaveValue('cpu');
  await expect.poll(() => numberOf(figure, 'step'), { timeout: 360_000, intervals: [1_000] }).toBeGreaterThanOrEqual(2_500);
  await figure.pause();
  const [cnn, gru, mlp, logistic] = await Promise.all(['cnn', 'gru', 'mlp', 'logistic'].map((id) => numberOf(figure, id)));
  console.log(`    test accuracies at step ${await readout(figure, 'step')}: CNN ${cnn}, GRU ${gru}, MLP ${mlp}, logistic ${logistic} %`);
  expect(cnn).toBeGreaterThanOrEqual(CNN_BAND[0]);
  expect(cnn).toBeLessThanOrEqual(CNN_BAND[1]);
  expect(cnn - mlp, 'points between CNN and perceptron').toBeGreaterThanOrEqual(24);
  expect(mlp - logistic, 'points between perceptron and logistic regression').toBeGreaterThanOrEqual(24);
});

test('a race stands still in a hidden tab, and comes back from sleep where it was', async ({ page }) => {
  const others = ['quiz', 'rates', 'lottery', 'generator'];
  const far = '<style>playable-paper { display: block; margin-bottom: 3000px }</style>';
  await openHost(page, ['race', ...others].map((figure) => element(figureOf(figure))).join(''), { head: far });
  const race = new Figure(page.locator('playable-paper').first());
  await race.ready();
  const step = () => numberOf(race, 'step');
  await expect.poll(step).toBeGreaterThan(60);
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (value ? 'hidden' : 'visible') });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await hideTab(page, true);
  await race.still();
  const hidden = await step();
  await hideTab(page, false);
  await expect.poll(step).toBeGreaterThan(hidden);

  // The fourth figure that is seen takes the place of the first, whose worker ends.
  const asleep = race.host.getByRole('button', { name: 'Play this figure' });
  for (const [index] of others.entries()) {
    const other = new Figure(page.locator('playable-paper').nth(index + 1));
    await other.host.evaluate((host) => host.scrollIntoView({ block: 'center' }));
    await other.ready();
  }
  await expect.poll(() => page.workers().length).toBeLessThanOrEqual(3);
  const left = await step();
  expect(left).toBeGreaterThanOrEqual(hidden);
  await race.host.evaluate((host) => host.scrollIntoView({ block: 'center' }));
  if (await asleep.isVisible()) await asleep.click();
  await race.ready();
  expect(await step(), 'no step is lost').toBeGreaterThanOrEqual(left);
  await expect.poll(step).toBeGreaterThan(left);
});

test('a dropped classifier joins the board with its own test accuracy; others are refused in words and change nothing', async ({ page }) => {
  const figure = await openFigure(page, figureOf('race'));
  await figure.pause();
  const { file, metric } = models.find(({ paper, name }) => paper === 'mnist1d' && name === 'cnn');
  await figure.load('our-cnn.onnx', modelFile(file));
  await expect(figure.status).toContainText('our-cnn.onnx', { timeout: 30_000 });
  await figure.play();
  await expect.poll(() => readout(figure, 'visitor'), { timeout: 60_000 }).toBe(`${metric['cnn-test'].toFixed(1)} % right`);
  await expect.poll(() => readout(figure, 'visitor-shuffled'), { timeout: 60_000 }).toMatch(/^\d\d\.\d % right$/);
  expect(await numberOf(figure, 'visitor-shuffled')).toBeLessThan(40);
  for (const [columns, answers, words] of [[28, 10, '28'], [40, 9, '27 numbers'], [40, 11, '33 numbers']]) {
    const name = `takes-${columns}-gives-${answers}.onnx`;
    await figure.load(name, classifier(columns, answers));
    await expect(figure.alert).toContainText(name, { timeout: 30_000 });
    await expect(figure.alert).toContainText(words);
    await expect(figure.alert).toContainText('logits [N, 10]');
    expect(await readout(figure, 'visitor')).toBe(`${metric['cnn-test'].toFixed(1)} % right`);
    await figure.host.getByRole('button', { name: 'Close the message' }).click();
  }
});

test('double descent is cancelled in the middle and keeps what it knows; the noise begins it anew', async ({ page }) => {
  const figure = await openFigure(page, figureOf('descent'));
  await expect.poll(() => readout(figure, 'test')).toMatch(/%$/);
  await figure.host.getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect.poll(() => readout(figure, 'state')).toMatch(/^cancelled at [\d.]+$/);
  await figure.expectStill();
  expect(await readout(figure, 'test')).toMatch(/%$/);
  await figure.host.getByLabel('Wrong labels').first().press('ArrowLeft');
  await expect.poll(() => readout(figure, 'labels')).toBe('10 % of 1,000');
  await expect.poll(() => readout(figure, 'state')).toMatch(/^(epoch [\d.]+|asked \d+) of \d+$/);
});

test('by keyboard alone: an example is chosen, rows are labelled, a curve is read, a function bent, a network cut', async ({ page }) => {
  test.setTimeout(150_000);
  const generator = await openFigure(page, figureOf('generator'));
  await generator.handles.first().press('ArrowRight');
  await expect.poll(() => readout(generator, 'example')).toBe('1 of class 1');

  const quiz = await openFigure(page, figureOf('quiz'));
  await quiz.host.locator('.controls button').first().press('Enter');
  await expect.poll(() => readout(quiz, 'row')).toBe('2 of 20');

  const rates = await openFigure(page, figureOf('rates'));
  await rates.host.getByLabel('Read the curve at').first().press('ArrowRight');
  await expect.poll(() => readout(rates, 'read-rate')).toBe('0.640');
  await expect.poll(() => numberOf(rates, 'read-loss'), { timeout: 60_000 }).toBeGreaterThan(1.5);

  const activation = await openFigure(page, figureOf('activation'));
  await activation.handles.nth(2).press('ArrowUp');
  await expect.poll(() => activation.state()).toContain('bend-2=');

  const guillotine = await openFigure(page, figureOf('guillotine'));
  const kept = await numberOf(guillotine, 'parameters');
  await guillotine.handles.first().press('ArrowLeft');
  await expect.poll(() => numberOf(guillotine, 'parameters')).toBeLessThan(kept);
});
