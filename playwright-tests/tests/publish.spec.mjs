// The published folder as a blogger meets it: under a path, on another server, in a plain HTML file, under the strict policy, without a network.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { element, Figure } from '../support/figure.mjs';
import { BASE, published, serveDist } from '../support/dist.mjs';
import { figures, pageOf } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const [first] = figures;
/** Two figures that differ; of two papers where there are two. */
const pair = [first, figures.find(({ paper }) => paper !== first.paper) ?? figures.at(-1)];
const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' blob: data:; style-src 'self'";
const integrity = () => JSON.parse(published('pkg/integrity.json'));

/** A blogger's page, as a file outside of this repository; gives its folder. */
function blog(name, body) {
  const folder = mkdtempSync(join(tmpdir(), 'a-blog-'));
  writeFileSync(join(folder, name), `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>A post</title>\n<link rel="icon" href="data:,">\n<h1>A post</h1>\n${body}\n</html>\n`);
  return folder;
}

const tag = (publisher, { embed, integrity: hash }) => `<script type="module" src="${publisher}${BASE}pkg/${embed}" integrity="${hash}" crossorigin="anonymous"></script>`;
const simple = (publisher) => `<script type="module" src="${publisher}${BASE}pkg/embed.js"></script>`;

/** Notes what a policy refused. */
const watchPolicy = (page) =>
  page.addInitScript(() => {
    window.violations = [];
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => violations.push(`${violatedDirective} ${blockedURI}`));
  });

/** Every figure of the page comes to life. */
async function expectPlaying(page, count) {
  const all = page.locator('playable-paper');
  await expect(all).toHaveCount(count);
  for (let index = 0; index < count; index += 1) {
    const figure = new Figure(all.nth(index));
    await figure.host.evaluate((host) => host.scrollIntoView({ block: 'center' }));
    await figure.ready();
    await figure.moved(await figure.looks());
    expect((await figure.picture()).colours).toBeGreaterThan(8);
  }
}

test.describe('a plain HTML file on another server', () => {
  test.beforeEach(({ watch }) => watch.tolerate(/request to another host/));

  for (const [what, script] of [['with the embed line and its integrity', () => tag('', integrity())], ['with the shortest line', () => simple('')]]) {
    test(`${what}: two figures play under the strict policy`, async ({ page }) => {
      const folder = blog('post.html', script() + pair.map((entry) => element(entry)).join('\n<p>More words.</p>\n'));
      const server = await serveDist({ '/blog/': folder }, { headers: (path) => (path.startsWith('/blog/') ? { 'content-security-policy': STRICT } : {}) });
      try {
        await watchPolicy(page);
        await page.goto(`${server.origin}/blog/post.html`);
        await expectPlaying(page, 2);
        expect(await page.evaluate(() => window.violations)).toEqual([]);
      } finally {
        await server.close();
        rmSync(folder, { recursive: true });
      }
    });
  }

  test('plays without a network after the first visit', async ({ page, context }) => {
    const folder = blog('post.html', tag('', integrity()) + pair.map((entry) => element(entry)).join('\n<p>More words.</p>\n'));
    // The blog's own page is the blog's business: like most it may be kept for a while.
    const headers = (path) => (path.startsWith('/blog/') ? { 'content-security-policy': STRICT, 'cache-control': 'max-age=600' } : {});
    const server = await serveDist({ '/blog/': folder }, { headers });
    await page.goto(`${server.origin}/blog/post.html`);
    await expectPlaying(page, 2);
    await page.close();
    await server.close();
    rmSync(folder, { recursive: true });
    await expect(fetch(`${server.origin}/blog/post.html`)).rejects.toThrow();
    const again = await context.newPage();
    await watchPolicy(again);
    await again.goto(`${server.origin}/blog/post.html`);
    await expectPlaying(again, 2);
    expect(await again.evaluate(() => window.violations)).toEqual([]);
  });

  test('from another origin plays where its policy names the publisher', async ({ page }) => {
    const publisher = await serveDist();
    const policy = `default-src 'none'; script-src 'self' ${publisher.origin} 'wasm-unsafe-eval'; worker-src blob: ${publisher.origin}; connect-src ${publisher.origin}; img-src ${publisher.origin} blob: data:; style-src 'self'`;
    const folder = blog('post.html', tag(publisher.origin, integrity()) + pair.map((entry) => element(entry)).join('\n'));
    const server = await serveDist({ '/blog/': folder }, { headers: (path) => (path.startsWith('/blog/') ? { 'content-security-policy': policy } : {}) });
    try {
      await watchPolicy(page);
      await page.goto(`${server.origin}/blog/post.html`);
      await expectPlaying(page, 2);
      expect(await page.evaluate(() => window.violations)).toEqual([]);
    } finally {
      await Promise.all([server.close(), publisher.close()]);
      rmSync(folder, { recursive: true });
    }
  });
});

test.describe('the published site', () => {
  test.beforeEach(({ watch }) => watch.tolerate(/request to another host/));

  test('a visited paper plays without a network, and a page that was never visited says why not', async ({ page, context, watch }) => {
    const server = await serveDist();
    await page.goto(`${server.origin}${BASE}${pageOf(first.paper)}`);
    const figure = new Figure(page.locator('playable-paper').first());
    await figure.ready();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
    // What the page loaded before the worker watched is handed to it.
    await expect.poll(() => page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat().some((url) => url.endsWith('.wasm'))), { timeout: 20_000 }).toBe(true);
    await page.waitForTimeout(500);
    await page.close();
    await server.close();
    const again = await context.newPage();
    await again.goto(`${server.origin}${BASE}${pageOf(first.paper)}`);
    const played = new Figure(again.locator('playable-paper').first());
    await played.ready();
    await played.moved(await played.looks());
    watch.tolerate(/ERR_CONNECTION_REFUSED|Failed to load resource/);
    await again.goto(`${server.origin}${BASE}no-such-page/`);
    await expect(again.locator('main')).toContainText(/network|connection|offline/i);
  });

  test('without room for its files it plays all the same', async ({ page, context, watch }) => {
    const server = await serveDist();
    try {
      const cdp = await context.newCDPSession(page);
      await cdp.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 1 });
      watch.tolerate(/^console: .*(quota|storage)/i);
      await page.goto(`${server.origin}${BASE}${pageOf(first.paper)}`);
      const figure = new Figure(page.locator('playable-paper').first());
      await figure.ready();
      await figure.moved(await figure.looks());
      await page.reload();
      await figure.ready();
      await figure.moved(await figure.looks());
    } finally {
      await server.close();
    }
  });
});
