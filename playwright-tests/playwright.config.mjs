// The browser suite: it sees the built site (target/site) and nothing of its sources.
// `cargo xtask test` runs it; by hand: `cargo xtask build --all`, then `npx playwright test`.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const port = Number(process.env.PLAYABLE_PORT ?? 4173);
const debian = '/usr/bin/chromium';
const executablePath = process.env.PLAYABLE_CHROMIUM || (existsSync(debian) ? debian : undefined);

const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Chromium with these switches besides the common ones. */
const chromium = (...args) => ({
  browserName: 'chromium',
  ...(executablePath ? {} : { channel: 'chromium' }),
  launchOptions: { executablePath, args: [...quiet, ...sandbox, ...args] },
});

/** PLAYABLE_SUITE=core leaves out what takes long (every figure and page by itself, faults) and what asks for a quiet machine (WebGPU in software, costs, the phone). */
const core = process.env.PLAYABLE_SUITE === 'core';
const LONG = /(faults|figure|page)\.spec/;
const QUIET = /(engines|losses|costs|phone)\.spec/;

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // A test mostly waits, so two share two cores well; what is measured is measured alone, at the end.
  workers: 2,
  fullyParallel: true,
  // A machine that is busy with other things fails a test now and then; the closing line counts what passed at the second try.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    viewport: { width: 1280, height: 900 },
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    screenshot: 'off',
    trace: 'off',
  },
  projects: core ? [{ name: 'cpu', testIgnore: [LONG, QUIET], use: chromium() }] : [
    { name: 'cpu', testIgnore: QUIET, use: chromium() },
    { name: 'gpu', testMatch: /(engines|losses)\.spec/, timeout: 240_000, use: chromium(...gpu) },
    { name: 'costs', testMatch: /costs\.spec/, dependencies: ['cpu', 'gpu'], fullyParallel: false, use: chromium() },
    { name: 'phone', testMatch: /phone\.spec/, dependencies: ['costs'], fullyParallel: false, use: chromium() },
  ],
  webServer: {
    command: `cargo xtask serve --static --port ${port}`,
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: true,
    timeout: 300_000,
  },
});
