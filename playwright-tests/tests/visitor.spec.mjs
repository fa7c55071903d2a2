// The visitor's own ONNX files: a good one plays beside ours, a bad one is refused with a reason and changes nothing.

import { openFigure } from '../support/figure.mjs';
import { classifier, hostile, oscillator } from '../support/onnx.mjs';
import { figures, modelFile, models } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const takesNone = (figure) => figure.host.evaluate((host) => host.shadowRoot.querySelector('button.model').hidden);

for (const entry of figures) {
  test.describe(`${entry.paper}/${entry.figure}`, () => {
    test('takes a good file, or says nothing of files', async ({ page }) => {
      const figure = await openFigure(page, entry);
      if (await takesNone(figure)) {
        await expect(figure.host.getByRole('button', { name: 'Load a model' })).toBeHidden();
        return;
      }
      await figure.pause();
      const before = await figure.looks();
      const state = await figure.state();
      const { columns, answers } = await contractOf(figure);
      await figure.load('my-model.onnx', answers === columns ? oscillator(columns) : classifier(columns, answers));
      await expect(figure.status).toContainText('my-model.onnx', { timeout: 30_000 });
      await expect(figure.alert).toBeHidden();
      await figure.moved(before);
      expect(await figure.state()).toBe(state);
      await figure.play();
      await figure.moved(await figure.looks());
      // It stays through a reset and through a new worker.
      await figure.reset();
      await figure.moved(await figure.looks());
    });

    test('refuses bad files with a reason, and plays on as before', async ({ page }) => {
      const figure = await openFigure(page, entry);
      test.skip(await takesNone(figure), 'takes no files');
      await figure.seed.fill('31');
      await figure.seed.press('Enter');
      await expect.poll(() => figure.state()).toBe('seed=31');
      await figure.pause();
      const looks = await figure.looks();
      for (const [what, bytes] of Object.entries(hostile)) {
        await figure.load(`${what}.onnx`, bytes);
        await expect(figure.alert, what).toContainText(`${what}.onnx`, { timeout: 30_000 });
        const reason = (await figure.alert.innerText()).replace(`${what}.onnx`, '');
        expect(reason.length, reason).toBeGreaterThan(30);
        expect(reason).not.toMatch(/unreachable|RuntimeError|undefined|\[object/);
        expect(await figure.state(), what).toBe('seed=31');
        expect(await figure.looks(), what).toBe(looks);
        await figure.host.getByRole('button', { name: 'Close the message' }).click();
      }
      await figure.play();
      await figure.moved(await figure.looks());
    });
  });
}

/** The numbers of columns that a figure's contract names, in and out, e.g. `x [N, 8] -> dx/dt [N, 8]`. */
async function contractOf(figure) {
  await figure.host.getByRole('button', { name: 'Help' }).click();
  const text = await figure.host.getByRole('region', { name: 'Help' }).innerText();
  await figure.page.keyboard.press('Escape');
  const [columns, answers] = Array.from(text.matchAll(/\[N, (\d+)\]/g), (match) => Number(match[1]));
  return { columns, answers };
}

const trained = models.filter(({ inputs, outputs }) => inputs.length === 1 && inputs[0].shape.at(-1) === 2 && outputs.some(({ name, shape }) => name === 'field' && shape.at(-1) === 2));

test('a file dropped on the figure is played: one of our own, trained natively', async ({ page }) => {
  test.skip(trained.length === 0, 'no model of the plane is stored');
  for (const entry of figures) {
    const figure = await openFigure(page, entry);
    if ((await takesNone(figure)) || (await contractOf(figure)).columns !== 2) continue;
    const bytes = modelFile(trained[0].file).toString('base64');
    await figure.host.evaluate(
      async (host, { base64, name }) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
        const stage = host.shadowRoot.querySelector('.stage');
        for (const type of ['dragenter', 'dragover', 'drop']) stage.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      { base64: bytes, name: 'dropped.onnx' },
    );
    await expect(figure.status).toContainText('dropped.onnx', { timeout: 30_000 });
    await expect(figure.alert).toBeHidden();
    return;
  }
  throw new Error('no figure takes a model of the plane');
});

test('on the bodies a file plays on the table that it is made for and waits on the other', async ({ page }) => {
  const figure = await openFigure(page, { paper: 'hnn', figure: 'bodies' });
  const energy = async () => (await figure.readouts())['energy-visitor'];
  await figure.load('eight.onnx', oscillator(8));
  await expect(figure.status).toContainText('eight.onnx', { timeout: 30_000 });
  await expect.poll(energy).toMatch(/\d/);
  await expect(figure.host.locator('[data-readout="energy-visitor"] dt')).toHaveText('Energy error, eight.onnx');

  await figure.load('twelve.onnx', oscillator(12));
  await expect(figure.host.locator('[data-readout="waiting"]')).toContainText('waits for three bodies', { timeout: 30_000 });
  await expect(figure.alert).toBeHidden();
  await figure.host.getByLabel('Table', { exact: true }).selectOption('three');
  await expect.poll(energy).toMatch(/\d/);

  await figure.load('six.onnx', oscillator(6));
  await expect(figure.alert).toContainText('six.onnx', { timeout: 30_000 });
  await expect(figure.alert).toContainText('[N, 12]');
  await expect.poll(energy).toMatch(/\d/);
});
