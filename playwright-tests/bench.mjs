// The hot paths of a paper in a tab: `node bench.mjs <paper> [--json]`, after `cargo xtask build <paper>`.
//
// The paper's module may export
//   bench_list() -> JSON [{"id": "...", "flops": number | null}]
//   bench_run(id, iterations)  runs that path so many times
// which is timed here, in a worker as in a figure. Prints [{id, where, ms, gflops}]: medians of one iteration.

import { chromium } from '@playwright/test';
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import config from './playwright.config.mjs';
import { site } from './support/site.mjs';

const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

/** Runs in the worker: grows the number of iterations until a sample takes `sampleMs`, then takes the median. */
async function measure(slug, sampleMs, samples) {
  const module = await import(`/pkg/${slug}/${slug}.js`);
  await module.default({ module_or_path: fetch(`/pkg/${slug}/${slug}_bg.wasm`) });
  if (!module.bench_list) return [];
  const time = async (id, iterations) => {
    const start = performance.now();
    await module.bench_run(id, iterations);
    return performance.now() - start;
  };
  const results = [];
  for (const { id, flops } of JSON.parse(module.bench_list())) {
    let iterations = 1;
    await time(id, iterations);
    for (let ms = await time(id, iterations); ms < sampleMs; ms = await time(id, iterations)) {
      iterations = Math.ceil(iterations * Math.min(10, Math.max(1.5, (1.2 * sampleMs) / Math.max(ms, 0.1))));
    }
    const all = [];
    for (let sample = 0; sample < samples; sample += 1) all.push((await time(id, iterations)) / iterations);
    const ms = all.sort((a, b) => a - b)[Math.floor(samples / 2)];
    results.push({ id, where: 'browser', ms, gflops: flops ? flops / ms / 1e6 : null });
  }
  return results;
}

const worker = (slug) =>
  `(${measure})(${JSON.stringify(slug)}, 100, 7).then((results) => postMessage({ results }), (error) => postMessage({ error: String(error) }));`;

/** Serves the built site and the worker on a free port. */
function serve(slug) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const made = { '/bench.html': '<!doctype html><link rel="icon" href="data:">', '/bench.js': worker(slug) }[path];
    const file = join(site, path);
    if (!made && !existsSync(file)) return response.writeHead(404).end();
    response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
    return response.end(made ?? readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function bench(slug) {
  const server = await serve(slug);
  const browser = await chromium.launch(config.projects[0].use.launchOptions);
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/bench.html`);
    return await page.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const thread = new Worker('/bench.js', { type: 'module' });
          thread.onmessage = ({ data: { results, error } }) => (error ? reject(new Error(error)) : resolve(results));
          thread.onerror = ({ message }) => reject(new Error(message ?? 'the worker did not start'));
        }),
    );
  } finally {
    await browser.close();
    server.close();
  }
}

const [slug] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (!slug) {
  console.error('usage: node bench.mjs <paper> [--json]');
  process.exit(2);
}
const results = await bench(slug);
if (process.argv.includes('--json')) console.log(JSON.stringify(results));
else for (const { id, ms, gflops } of results) console.log(`${id.padEnd(40)} ${ms.toFixed(4)} ms ${gflops ? `${gflops.toFixed(2)} GFLOP/s` : ''}`);
