// What the built site holds, read from disk when the tests are collected, so that tests are data.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const site = join(root, 'target/site');

function read(...path) {
  const file = join(site, ...path);
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`cargo xtask build --all\` first`);
  return readFileSync(file);
}

/** The slugs of web/papers.toml, in its order. */
export const papers = [...readFileSync(join(root, 'web/papers.toml'), 'utf8').replace(/#.*$/gm, '').matchAll(/"([^"]+)"/g)]
  .map((match) => match[1]);

/** The address of a paper's page, relative to the site. */
export const pageOf = (slug) => `${slug}/`;

const attribute = (tag, name) => tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];

/** Every figure of every paper, as its page names it. */
export const figures = papers.flatMap((paper) => {
  const tags = read(paper, 'index.html').toString().match(/<playable-paper\b[^>]*>/g) ?? [];
  return tags.map((tag, index) => ({ paper, figure: attribute(tag, 'figure'), index, id: attribute(tag, 'id'), engines: attribute(tag, 'engines') ?? '' }));
});

/** What pkg/figures.js says of each figure, by paper and name. */
const listed = JSON.parse(read('pkg/figures.js').toString().replace(/^[^]*?figures = /, '').replace(/,\s*};\s*$/, '}'));

/** The wasm module that plays a figure, by its path from pkg/. */
export const programOf = ({ paper, figure }) => `${listed[`${paper}/${figure}`]?.program ?? `${paper}/${paper}`}_bg.wasm`;

/** The `[[model]]` entries of the manifest. */
export const models = JSON.parse(read('models/manifest.json')).model;

/** A file of models/, by the path that the manifest gives. */
export const modelFile = (path) => read('models', path);

/** Pages that a visitor can reach: every one but those for iframes, folders by their names. */
export const pages = readdirSync(site, { recursive: true })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.html') && !path.startsWith('embed/'))
  .map((path) => path.replace(/(^|\/)index\.html$/, '$1'))
  .sort();
