// Every page of the site, as it loads: no error, no request elsewhere, readable by anyone, on any width, in both colours.

import { AxeBuilder } from '@axe-core/playwright';
import { pages } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

async function open(page, path) {
  const response = await page.goto(path, { waitUntil: 'load' });
  expect(response.status()).toBe(200);
  return response;
}

/** Stops whatever moves, so that what is judged stands still. */
const still = { reducedMotion: 'reduce' };

for (const path of pages) {
  test.describe(`page /${path}`, () => {
    test('has a title, a language, a skip link, one main heading, and a policy that works', async ({ page, watch }) => {
      await open(page, path);
      expect((await page.title()).length).toBeGreaterThan(8);
      expect(await page.locator('html').getAttribute('lang')).toBe('en');
      await expect(page.locator('h1')).toHaveCount(1);
      await expect(page.locator('main')).toHaveCount(1);
      await expect(page.locator('meta[name=description]')).toHaveAttribute('content', /\w{3,}/);
      await page.keyboard.press('Tab');
      const skip = page.locator(':focus');
      await expect(skip).toHaveAttribute('href', '#main');
      await expect(skip).toBeInViewport();

      const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe-inline');
      expect(policy).not.toContain("'unsafe-eval'");
      watch.tolerate(/Content Security Policy|Refused to|another host/);
      watch.tolerate(/^failed: https:\/\/example\.invalid/);
      const effective = await page.evaluate(async () => {
        const script = document.createElement('script');
        script.textContent = 'window.inlineRan = true';
        document.head.append(script);
        const reached = await fetch('https://example.invalid/').then(() => true, () => false);
        return { inlineRan: window.inlineRan === true, reached };
      });
      expect(effective).toEqual({ inlineRan: false, reached: false });
    });

    test('fits and passes axe, wide and narrow, light and dark', async ({ page }) => {
      await page.emulateMedia(still);
      await open(page, path);
      for (const [width, height] of [[1280, 900], [360, 740]]) {
        await page.setViewportSize({ width, height });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `horizontal scroll at ${width}`).toBeLessThanOrEqual(0);
        // The core sees each width and each colour once: axe takes seconds.
        const colours = process.env.PLAYABLE_SUITE !== 'core' ? ['light', 'dark'] : [width > 1000 ? 'light' : 'dark'];
        for (const colorScheme of colours) {
          await page.emulateMedia({ ...still, colorScheme });
          const { violations } = await new AxeBuilder({ page }).analyze();
          const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
          expect(told, `${colorScheme}, ${width}`).toEqual([]);
        }
      }
    });
  });
}

test('every link of the site leads somewhere', async ({ page, request, baseURL }) => {
  const seen = new Map();
  for (const path of pages) {
    await open(page, path);
    const hrefs = await page.locator('a[href], link[href]').evaluateAll((links) => links.map((link) => link.href));
    const anchors = hrefs.filter((href) => href.startsWith(page.url().split('#')[0]) && href.includes('#'));
    for (const anchor of new Set(anchors)) {
      const id = decodeURIComponent(new URL(anchor).hash.slice(1));
      if (id) await expect(page.locator(`[id="${id}"]`), `${path}: ${anchor}`).toHaveCount(1);
    }
    for (const href of hrefs) if (href.startsWith(baseURL)) seen.set(href.split('#')[0], path);
  }
  for (const [href, from] of seen) {
    const response = await request.head(href);
    expect(response.status(), `${href}, linked from /${from}`).toBe(200);
  }
});

test('the colours can be chosen and are remembered', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(page, '');
  const ink = () => page.evaluate(() => getComputedStyle(document.body).color);
  const light = await ink();
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect.poll(ink).not.toBe(light);
  const dark = await ink();
  await page.reload();
  expect(await ink()).toBe(dark);
  await page.getByRole('button', { name: 'Auto' }).click();
  await expect.poll(ink).toBe(light);
});
