// The test function of this suite: every page is watched, and whatever goes wrong behind a test's back fails it.

import { test as base, expect } from '@playwright/test';

export { expect };

/** What went wrong on a page that nobody looked at: errors, failed requests, other hosts. */
export class Watch {
  constructor(page, baseURL) {
    this.problems = [];
    this.tolerated = [];
    const host = new URL(baseURL).host;
    const note = (text) => this.problems.push(text);
    page.on('console', (message) => {
      if (message.type() === 'error' || (message.type() === 'warning' && /deprecat/i.test(message.text())))
        note(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => note(`uncaught: ${error.message}`));
    page.on('requestfailed', (request) => {
      // A page that is left or reloaded aborts what it was still fetching.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') note(`failed: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) note(`status ${response.status()}: ${response.url()}`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (/^https?:$/.test(url.protocol) && url.host !== host) note(`request to another host: ${url}`);
    });
  }

  /** From now on a problem that matches is part of the test. */
  tolerate(pattern) {
    this.tolerated.push(pattern);
  }

  get unexpected() {
    return this.problems.filter((problem) => !this.tolerated.some((pattern) => pattern.test(problem)));
  }
}

/** Bytes on the heap of a page, once what nobody needs is gone. */
export async function heapOf(page) {
  const cdp = await page.context().newCDPSession(page);
  for (let round = 0; round < 3; round += 1) await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  await cdp.detach();
  return usedSize;
}

/** Numbers from 0 to 1, the same in every run (xorshift, Marsaglia 2003); the seed must not be 0. */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export const test = base.extend({
  watch: [
    async ({ page, baseURL }, use) => {
      const watch = new Watch(page, baseURL);
      await use(watch);
      expect(watch.unexpected).toEqual([]);
    },
    { auto: true },
  ],
});
