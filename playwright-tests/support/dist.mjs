// What `cargo xtask publish` made for the tests (`cargo xtask test` does it: target/dist, for /playable-papers/), on a host of another kind.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './host.mjs';

export const dist = fileURLToPath(new URL('../../target/dist', import.meta.url));
/** The path that the site was published for. */
export const BASE = '/playable-papers/';

/** The published file at `path`, as text. */
export function published(path) {
  const file = join(dist, path);
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`cargo xtask publish --out target/dist --base ${BASE}\` first`);
  return readFileSync(file, 'utf8');
}

/** The rules of a `_headers` file: each a path that may end in "*", and its headers. */
function rules(text) {
  const found = [];
  for (const line of text.split('\n').filter((one) => one.trim())) {
    if (/^\s/.test(line)) {
      const colon = line.indexOf(':');
      found.at(-1).headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    } else found.push({ path: line.trim(), headers: {} });
  }
  return found;
}

/**
 * Serves the published folder under its path, with the headers of its own `_headers`, beside other folders and files.
 * @param {Record<string, string>} [folders]
 * @param {Parameters<typeof serve>[1]} [options]
 */
export function serveDist(folders = {}, options = {}) {
  const all = rules(published('_headers'));
  const fits = (rule, path) => (rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : path === rule);
  const headers = (path) => Object.assign({}, ...all.filter((rule) => fits(rule.path, path)).map((rule) => rule.headers), options.headers?.(path));
  return serve({ [BASE]: dist, ...folders }, { ...options, headers });
}
