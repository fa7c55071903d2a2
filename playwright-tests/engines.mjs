// Our engines beside others': `node engines.mjs <cases.json> <folder of modules> [--peers] [--only=cpu|webgpu]`, called by `cargo xtask bench engines`.
//
// Prints [{engine, workload, ms, losses, problem}]: the median time of a step or a call. Every engine has a worker of its
// own; they take turns, sample by sample, so that what disturbs the machine disturbs all.

import { chromium } from '@playwright/test';
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import config from './playwright.config.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

const [casesFile, modules] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (!modules) {
  console.error('usage: node engines.mjs <cases.json> <folder of modules> [--peers] [--only=cpu|webgpu]');
  process.exit(2);
}
const cases = JSON.parse(readFileSync(casesFile, 'utf8'));
const peers = process.argv.includes('--peers');
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);

/** Engines by the browser that they need; `webgpu` is the software adapter of Chromium. */
const ENGINES = {
  cpu: [
    { engine: 'ours, wasm', file: '/bench/ours.mjs' },
    { engine: 'candle, wasm', file: '/peers/candle.mjs', needs: join(modules, 'candle') },
    { engine: 'jax-js, wasm', file: '/peers/jax.mjs', device: 'wasm', needs: join(here, 'peers/node_modules/@jax-js/jax') },
    { engine: 'TensorFlow.js, wasm', file: '/peers/tensorflow.mjs', device: 'wasm', needs: join(here, 'peers/node_modules/@tensorflow/tfjs-backend-wasm') },
    { engine: 'onnxruntime-web, wasm', file: '/peers/onnxruntime.mjs', needs: join(here, 'peers/node_modules/onnxruntime-web') },
  ],
  webgpu: [
    { engine: 'ours, webgpu', file: '/bench/ours-webgpu.mjs', needs: join(modules, 'gpu/gpu.js'), slow: true },
    { engine: 'jax-js, webgpu', file: '/peers/jax.mjs', device: 'webgpu', needs: join(here, 'peers/node_modules/@jax-js/jax'), slow: true },
    { engine: 'TensorFlow.js, webgpu', file: '/peers/tensorflow.mjs', device: 'webgpu', needs: join(here, 'peers/node_modules/@tensorflow/tfjs-backend-webgpu'), slow: true },
  ],
};
const PROJECTS = { cpu: 'cpu', webgpu: 'gpu' };
/** Medians of so many samples. */
const SAMPLES = { cpu: 9, webgpu: 3 };
/** Of the sweep of double descent, in a sample. */
const SWEEP_STEPS = 20;
/** A call that hangs is given up, and so are later ones of that engine. */
const PATIENCE_MS = 90_000;

/** Where the address of a request lies; nothing else is served. */
function place(path) {
  const roots = { '/bench/': join(here, 'engines'), '/peers/': join(here, 'peers'), '/engines/': modules };
  const root = Object.keys(roots).find((root) => path.startsWith(root));
  return root && join(roots[root], path.slice(root.length));
}

/** Without isolation from other origins, so that no engine has more than one thread. */
function serve() {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    if (path === '/') return response.setHeader('Content-Type', 'text/html').end('<!doctype html><link rel="icon" href="data:">');
    const file = place(path);
    if (!file || !existsSync(file)) return response.writeHead(404).end();
    return response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream').end(readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** In the page: an engine's worker answers one call after the other; one that is silent is ended. */
function install(patienceMs) {
  const workers = new Map();
  globalThis.ask = (engine, call, argument) =>
    new Promise((resolve) => {
      const worker = workers.get(engine) ?? new Worker('/bench/worker.js');
      workers.set(engine, worker);
      const end = (answer) => {
        clearTimeout(silence);
        resolve(answer);
      };
      const silence = setTimeout(() => {
        worker.terminate();
        workers.delete(engine);
        end({ error: `no answer in ${patienceMs / 1000} s` });
      }, patienceMs);
      worker.onmessage = ({ data }) => end(data);
      worker.onerror = ({ message }) => end({ error: message ?? 'the worker did not start' });
      worker.postMessage({ call, argument });
    });
}

async function ask(page, engine, call, argument) {
  const { result, error } = await page.evaluate(([engine, call, argument]) => globalThis.ask(engine, call, argument), [engine, call, argument]);
  if (error) throw new Error(error);
  return result;
}

/** Does `work` for a row that has no problem yet; what goes wrong there is its problem. */
async function attempt(row, work) {
  if (row.problem) return;
  try {
    await work();
  } catch (error) {
    row.problem = error.message.split('\n')[0].slice(0, 120);
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** One workload on all engines, which take turns. */
async function compare(page, engines, workload, samples) {
  const rows = engines.map((engine) => ({ engine, workload: workload.id, ms: null, losses: [], problem: null, times: [] }));
  for (const row of rows) {
    await attempt(row, async () => Object.assign(row, await ask(page, row.engine.engine, 'prepare', { workload, slow: row.engine.slow })));
  }
  for (let sample = 0; sample < samples; sample += 1) {
    for (const row of rows) await attempt(row, async () => row.times.push(await ask(page, row.engine.engine, 'sample', row.steps)));
  }
  return rows.map(({ engine, times, steps, ...row }) => ({ ...row, engine: engine.engine, ms: row.problem ? null : median(times) }));
}

/** The widths of double descent on WebGPU together, and one after the other as if that were a rival. */
async function sweep(page, engine, samples) {
  const row = (name) => ({ engine: name, workload: 'double descent, 19 widths', ms: null, losses: [], problem: null, times: [] });
  const rows = [row(engine), row('one width after the other, webgpu')];
  for (let sample = 0; sample < samples; sample += 1) {
    for (const [at, one] of rows.entries()) await attempt(one, async () => one.times.push(await ask(page, engine, 'sweep', { together: at === 0, steps: SWEEP_STEPS })));
  }
  return rows.map(({ times, ...one }) => ({ ...one, ms: one.problem ? null : median(times) }));
}

/** Those that answer, and a line for each that does not. */
async function opened(page, wanted) {
  const rows = wanted.map((engine) => ({ engine, workload: null, ms: null, losses: [], problem: null }));
  for (const row of rows) {
    const { needs, engine } = row.engine;
    if (needs && !existsSync(needs)) row.problem = engine.startsWith('ours') ? 'not built' : 'not installed';
    await attempt(row, () => ask(page, engine, 'open', row.engine));
  }
  const missing = rows.filter(({ problem }) => problem).map((row) => ({ ...row, engine: row.engine.engine }));
  return [rows.filter(({ problem }) => !problem).map(({ engine }) => engine), missing];
}

async function bench(server, kind) {
  const { launchOptions } = config.projects.find(({ name }) => name === PROJECTS[kind]).use;
  const browser = await chromium.launch(launchOptions);
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.evaluate(install, PATIENCE_MS);
    const [engines, rows] = await opened(page, ENGINES[kind].filter(({ engine }) => peers || engine.startsWith('ours')));
    for (const workload of cases) {
      if (engines.length > 0) rows.push(...(await compare(page, engines, workload, SAMPLES[kind])));
      console.error(`         ${kind}: ${workload.id}`);
    }
    if (kind === 'webgpu' && engines.length > 0 && engines[0].engine.startsWith('ours')) rows.push(...(await sweep(page, engines[0].engine, SAMPLES[kind])));
    return rows;
  } finally {
    await browser.close();
  }
}

const server = await serve();
try {
  const rows = [];
  for (const kind of Object.keys(ENGINES).filter((kind) => !only || kind === only)) rows.push(...(await bench(server, kind)));
  console.log(JSON.stringify(rows));
} finally {
  server.close();
}
