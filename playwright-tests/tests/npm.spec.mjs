// The npm package in a project that its user has just begun with Vite: packed, installed, built, opened.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { element, Figure } from '../support/figure.mjs';
import { dist } from '../support/dist.mjs';
import { serve } from '../support/host.mjs';
import { figures } from '../support/site.mjs';
import { expect, test } from '../support/test.mjs';

const [first] = figures;
const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url));
const run = (folder, program, ...args) => execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** A project with the package in it. */
function project() {
  const folder = mkdtempSync(join(tmpdir(), 'a-project-'));
  const [tarball] = readdirSync(join(dist, 'pkg')).filter((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'a-project', private: true, type: 'module' }));
  run(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', join(dist, 'pkg', tarball));
  const [name] = Object.keys(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies);
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/main.js'), `import '${name}';\n`);
  writeFileSync(join(folder, 'index.html'), `<!doctype html><html lang="en"><meta charset="utf-8"><title>A project</title><link rel="icon" href="data:,"><script type="module" src="/src/main.js"></script>${element(first)}</html>`);
  return { folder, name };
}

test('the npm package is installed into a plain Vite project, built and opened', async ({ page, watch }) => {
  test.setTimeout(180_000);
  watch.tolerate(/request to another host/);
  const { folder, name } = project();
  try {
    const { exports, types = exports['.'].types } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
    expect(readFileSync(join(folder, 'node_modules', name, types), 'utf8'), 'its types').toContain('playable-paper');
    run(folder, process.execPath, vite, 'build', '--logLevel', 'warn');
    const server = await serve({ '/': join(folder, 'dist') });
    try {
      await page.goto(`${server.origin}/`);
      const figure = new Figure(page.locator('playable-paper'));
      await figure.ready();
      await figure.moved(await figure.looks());
    } finally {
      await server.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
