// Our engines beside others': `node engines.mjs <cases.json> <folder of modules> [--peers]`, called by `cargo xtask bench engines`.
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
  console.error('usage: node engines.mjs <cases.json> <folder of modules> [--peers] [--webgpu]');
  process.exit(2);
}
const cases = JSON.parse(readFileSync(casesFile, 'utf8'));
const peers = process.argv.includes('--peers');

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
    { engine: 'ours, webgpu', file: '/bench/ours-webgpu.mjs', needs: join(here, '../pkg/gpu/gpu.js'), slow: true },
    { engine: 'jax-js, webgpu', file: '/peers/jax.mjs', device: 'webgpu', needs: join(here, 'peers/node_modules/@jax-js/jax'), slow: true },
    { engine: 'TensorFlow.js, webgpu', file: '/peers/tensorflow.mjs', device: 'webgpu', needs: join(here, 'peers/node_modules/@tensorflow/tfjs-backend-webgpu'), slow: true },
  ],
};
const PROJECTS = { cpu: 'cpu', webgpu: 'gpu' };
/** Medians of so many samples. */
const SAMPLES = { cpu: 9, webgpu: 5 };
/** A call that hangs is given up. */
const PATIENCE_MS = 120_000;

/** Where the address of a request lies; nothing else is served. */
function place(path) {
  const roots = { '/bench/': join(here, 'engines'), '/peers/': join(here, 'peers'), '/engines/': modules, '/pkg/': join(here, '../pkg') };
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

/** In the page: an engine's worker answers one call after the other. */
function install() {
  globalThis.engines = {};
  globalThis.ask = (engine, call, argument) =>
    new Promise((resolve) => {
      const worker = (globalThis.engines[engine] ??= new Worker('/bench/worker.js'));
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve({ error: message ?? 'the worker did not start' });
      worker.postMessage({ call, argument });
    });
}

async function ask(page, engine, call, argument) {
  let timer;
  const silence = new Promise((resolve) => (timer = setTimeout(() => resolve({ error: `no answer in ${PATIENCE_MS / 1000} s` }), PATIENCE_MS)));
  const answer = page.evaluate(([engine, call, argument]) => globalThis.ask(engine, call, argument), [engine, call, argument]);
  const { result, error } = await Promise.race([answer, silence]);
  clearTimeout(timer);
  if (error) throw new Error(error);
  return result;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** One workload on all engines that are open. */
async function compare(page, engines, workload, samples) {
  const rows = [];
  for (const { engine, slow } of engines) {
    const row = { engine, workload: workload.id, ms: null, losses: [], problem: null, times: [] };
    rows.push(row);
    try {
      Object.assign(row, await ask(page, engine, 'prepare', { workload, slow }));
    } catch (error) {
      row.problem = error.message.split('\n')[0].slice(0, 120);
    }
  }
  const running = rows.filter(({ problem }) => !problem);
  for (let sample = 0; sample < samples; sample += 1) {
    for (const row of running) row.times.push(await ask(page, row.engine, 'sample', row.steps));
  }
  for (const row of running) row.ms = median(row.times);
  return rows.map(({ times, steps, ...row }) => row);
}

/** Those that answer, and a line for each that does not. */
async function opened(page, wanted) {
  const engines = [];
  const missing = [];
  for (const engine of wanted) {
    try {
      if (engine.needs && !existsSync(engine.needs)) throw new Error(engine.engine.startsWith('ours') ? 'not built' : 'not installed');
      await ask(page, engine.engine, 'open', engine);
      engines.push(engine);
    } catch (error) {
      missing.push({ engine: engine.engine, workload: null, ms: null, losses: [], problem: error.message.split('\n')[0].slice(0, 120) });
    }
  }
  return [engines, missing];
}

async function bench(server, kind) {
  const { launchOptions } = config.projects.find(({ name }) => name === PROJECTS[kind]).use;
  const browser = await chromium.launch(launchOptions);
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.evaluate(install);
    const [engines, rows] = await opened(page, ENGINES[kind].filter(({ engine }) => peers || engine.startsWith('ours')));
    for (const workload of cases) {
      if (engines.length > 0) rows.push(...(await compare(page, engines, workload, SAMPLES[kind])));
      console.error(`         ${kind}: ${workload.id}`);
    }
    return rows;
  } finally {
    await browser.close();
  }
}

const server = await serve();
try {
  console.log(JSON.stringify([...(await bench(server, 'cpu')), ...(await bench(server, 'webgpu'))]));
} finally {
  server.close();
}
