// What can go wrong under a figure: its worker dies, files come damaged or not at all. It recovers or explains, and keeps its state.

import { changeState, element, Figure, openFigure, openHost } from '../support/figure.mjs';
import { serve } from '../support/host.mjs';
import { figures, modelFile, models, programOf, site } from '../support/site.mjs';
import { expect, heapOf, randomFrom, test } from '../support/test.mjs';

const [first] = figures;
const figureOf = (page) => new Figure(page.locator('playable-paper'));
/** What a browser logs about the damage that a test does. */
const DAMAGE = /^console: |^status 404|^failed: |^uncaught: (out of order|Unexpected|Invalid|Failed to fetch dynamically)/;

/** Ends that a worker tells of. */
const loud = {
  'throws where nobody catches': () => {
    setTimeout(() => {
      throw new Error('out of order');
    });
  },
  'runs into a trap': () => new Uint8Array(self.programMemory.buffer).fill(0xff),
};
const [out] = Object.values(loud);

/** Lets a test lay hands on the memory of the program. */
async function exposeMemory(route) {
  const response = await route.fetch();
  const code = `const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (...all) => {
      const made = await instantiateStreaming.apply(WebAssembly, all);
      self.programMemory = made.instance.exports.memory;
      return made;
    };`;
  await route.fulfill({ response, body: `${code}\n${await response.text()}` });
}

/** Ends of which nobody hears. */
const silent = {
  'is ended by the browser': () => self.close(),
  'never comes back from a loop': () => {
    setTimeout(() => {
      for (;;);
    });
  },
};

test.describe('the worker', () => {
  for (const [what, death] of Object.entries(loud)) {
    test(`${what}: the figure says so, and goes on from its state`, async ({ page, watch }) => {
      watch.tolerate(DAMAGE);
      await page.route('**/pkg/worker.js', exposeMemory);
      const figure = await openFigure(page, first);
      const state = await changeState(figure);
      await page.workers()[0].evaluate(death);
      await figure.explanation();
      expect(await figure.state(), 'the state while it stands').toBe(state);
      await expect.poll(() => new URL(page.url()).hash, 'the link').toContain(state);
      await figure.tryAgain();
      expect(await figure.state()).toBe(state);
      await figure.moved(await figure.looks());
      await expect.poll(() => page.workers().length).toBe(1);
    });
  }

  for (const [what, death] of Object.entries(silent)) {
    test(`${what}: the figure begins anew by itself; the second time it asks`, async ({ page }) => {
      const figure = await openFigure(page, first);
      const state = await changeState(figure);
      const [before] = page.workers();
      await before.evaluate(death);
      await expect(figure.status).toContainText('begun anew', { timeout: 25_000 });
      await figure.ready();
      expect(await figure.state()).toBe(state);
      await figure.moved(await figure.looks());
      // The browser takes a moment to put the dead one off its list.
      await expect.poll(() => page.workers().length).toBe(1);
      const [after] = page.workers();
      expect(after).not.toBe(before);
      await after.evaluate(death);
      await figure.explanation();
      await figure.tryAgain();
      expect(await figure.state()).toBe(state);
    });
  }

  test('a paused figure whose worker dies comes back paused', async ({ page, watch }) => {
    watch.tolerate(DAMAGE);
    const figure = await openFigure(page, first);
    const state = await changeState(figure);
    await figure.pause();
    await page.workers()[0].evaluate(out);
    await figure.explanation();
    await figure.tryAgain();
    await expect(figure.playButton).toHaveText('Play');
    await figure.expectStill();
    expect(await figure.state()).toBe(state);
  });

  test('is killed 30 times at random moments, on its way up included: nothing is lost, and nothing is left behind', async ({ page, watch }) => {
    test.setTimeout(180_000);
    watch.tolerate(DAMAGE);
    const random = randomFrom(5);
    const figure = await openFigure(page, first);
    const state = await changeState(figure);
    const kill = async () => {
      const workers = page.workers();
      // One that is only just being made cannot be spoken to.
      await Promise.race([Promise.allSettled(workers.map((worker) => worker.evaluate(out))), page.waitForTimeout(2_000)]);
    };
    const round = async () => {
      await page.waitForTimeout(random() * 700);
      await expect(async () => {
        await kill();
        await expect(figure.fatal).toBeVisible({ timeout: 1_000 });
      }).toPass({ timeout: 30_000 });
      await figure.explanation();
      await figure.fatal.getByRole('button', { name: 'Try again' }).click();
    };
    for (let warm = 0; warm < 3; warm += 1) await round();
    await figure.ready();
    const before = await heapOf(page);
    for (let count = 0; count < 30; count += 1) await round();
    await figure.ready();
    expect(await figure.state()).toBe(state);
    await figure.moved(await figure.looks());
    await expect.poll(() => page.workers().length).toBe(1);
    const grown = (await heapOf(page)) - before;
    console.log(`    ${first.paper}/${first.figure}: ${(grown / 1e6).toFixed(2)} MB more on the heap after 30 deaths of its worker`);
    expect(grown).toBeLessThanOrEqual(5e6);
  });
});

const half = (body) => body.subarray(0, Math.floor(body.length / 2));
const nothing = () => Buffer.alloc(0);
/** What a hotel's network says to everything until one has signed in. */
const portal = () => ({ contentType: 'text/html', body: '<!doctype html><title>Welcome</title><p>Please sign in.</p>' });
const other = (name) => async (_, page) => (await page.request.get(`/pkg/${name}`)).body();

/** Ways in which one of our own files may arrive, by the file that they spoil. */
const spoiled = [
  ['the program', programOf(first), { 'cut in half': half, empty: nothing, 'a sign-in page': portal, 'the program of something else': other('onnx/onnx_bg.wasm') }],
  ['the program’s script', programOf(first).replace('_bg.wasm', '.js'), { 'cut in half': half, empty: nothing, 'a sign-in page': portal, 'the script of something else': other('onnx/onnx.js') }],
  ['the worker', 'worker.js', { 'cut in half': half, empty: nothing, 'a sign-in page': portal }],
];

/** Spoils what matches until it is told to stop. */
async function spoil(page, pattern, how) {
  const answer = async (route) => {
    const response = await route.fetch();
    const spoilt = await how(await response.body(), page);
    await route.fulfill(Buffer.isBuffer(spoilt) ? { response, body: spoilt } : spoilt);
  };
  await page.route(pattern, answer);
  return () => page.unroute(pattern, answer);
}

/** A figure that cannot start explains itself, and starts with its state once the file is right. */
async function expectRecovery(page, entry, pattern, how) {
  const heal = await spoil(page, pattern, how);
  await openHost(page, element(entry, 'state="seed=9"'));
  const figure = figureOf(page);
  const words = await figure.explanation();
  expect(page.workers()).toHaveLength(0);
  await heal();
  await figure.tryAgain();
  await expect.poll(() => figure.state()).toBe('seed=9');
  await figure.moved(await figure.looks());
  return words;
}

test.describe('damaged files', () => {
  for (const [file, path, ways] of spoiled) {
    for (const [what, how] of Object.entries(ways)) {
      test(`${file} arrives as ${what}: an explanation, and “Try again” works`, async ({ page, watch }) => {
        watch.tolerate(DAMAGE);
        await expectRecovery(page, first, `**/pkg/${path}`, how);
      });
    }
  }

  test('what plays a figure arrives cut in half: the element says what to do', async ({ page, watch }) => {
    watch.tolerate(DAMAGE);
    await spoil(page, '**/pkg/figure.js', half);
    await openHost(page, element(first));
    await expect(figureOf(page).status).toContainText('Reload the page');
  });
});

/** The first figure that fetches a model, and the model's file. */
async function playedModel(page) {
  for (const entry of figures) {
    const asked = [];
    const note = (request) => request.url().endsWith('.onnx') && asked.push(new URL(request.url()).pathname);
    page.on('request', note);
    await openFigure(page, entry, { attributes: '' });
    page.off('request', note);
    if (asked.length > 0) return { entry, path: asked[0] };
  }
  return null;
}

const flipped = (body) => {
  const copy = Buffer.from(body);
  copy[Math.floor(0.7 * copy.length)] ^= 0x10;
  return copy;
};
/** Another model of the same form, so that only its checksum tells. */
const swapped = (body, path) => {
  const mine = models.find(({ file }) => path.endsWith(`/${file}`));
  const twin = models.find(({ file, bytes }) => file !== mine?.file && Math.abs(bytes - body.length) < 200) ?? models.find(({ file }) => file !== mine?.file);
  return modelFile(twin.file);
};

test('a model that arrives cut, empty, damaged or as another one is never played', async ({ page, watch }) => {
  test.setTimeout(180_000);
  watch.tolerate(DAMAGE);
  const played = await playedModel(page);
  test.skip(!played, 'no figure fetches a model');
  const { entry, path } = played;
  for (const [what, how] of Object.entries({ half, nothing, portal, flipped, swapped: (body) => swapped(body, path) })) {
    const words = await expectRecovery(page, entry, `**${path}`, how);
    expect(words, `${what} names the model`).toContain(path.split('/').at(-1).replace(/(-[0-9a-f]{8,})?\.onnx$/, ''));
  }
});

test.describe('the network breaks in the middle', () => {
  /** A host that ends the connection after half of each body that matches, until it is mended. */
  async function breaking(entry, pattern) {
    const state = { broken: true, cuts: 0 };
    const server = await serve(
      { '/': site },
      {
        files: { '/cut.html': `<!doctype html><html lang="en"><title>A host page</title><link rel="icon" href="data:,"><script type="module" src="/pkg/embed.js"></script>${element(entry, 'state="seed=9"')}` },
        answer: (path, response, body) => {
          if (!state.broken || !pattern.test(path)) return false;
          state.cuts += 1;
          response.writeHead(200, { 'content-type': path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript', 'content-length': body.length });
          response.write(half(body), () => setTimeout(() => response.destroy(), 50));
          return true;
        },
      },
    );
    return { state, server };
  }

  const parts = { 'the program': /_bg\.wasm$/, 'a script of the worker': /\/pkg\/load\.js$/, 'a model': /\.onnx$/ };
  for (const [what, pattern] of Object.entries(parts)) {
    test(`of ${what}: an explanation, and “Try again” works once it is mended`, async ({ page, watch }) => {
      watch.tolerate(DAMAGE);
      watch.tolerate(/another host/);
      const entry = what === 'a model' ? (await playedModel(page))?.entry : first;
      test.skip(!entry, 'no figure fetches a model');
      const { state, server } = await breaking(entry, pattern);
      try {
        await page.goto(`${server.origin}/cut.html`);
        const figure = figureOf(page);
        await figure.explanation();
        expect(state.cuts).toBeGreaterThan(0);
        state.broken = false;
        await figure.tryAgain();
        await expect.poll(() => figure.state()).toBe('seed=9');
        await figure.moved(await figure.looks());
      } finally {
        await server.close();
      }
    });
  }
});

test('without room for anything, cookies and storage refused, a page works and its colours can be chosen', async ({ page }) => {
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    };
    Object.assign(Storage.prototype, { setItem: refuse, getItem: refuse });
    if (window.CacheStorage) CacheStorage.prototype.open = async () => refuse();
  });
  await page.goto(`${first.paper}/`);
  const figure = new Figure(page.locator('playable-paper').first());
  await figure.ready();
  await figure.moved(await figure.looks());
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});
