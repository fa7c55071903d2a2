// The dialog behind a figure's Share button: its link, the code that puts it on another page, and what it can be saved as.
// Fetched at the first click.

import { h } from './dom.js';
import { address, site } from './files.js';
import { button, dress, heading, icons } from './share-parts.js';
import * as snippets from './snippets.js';

/** So long a button says what it did. */
const DONE_MS = 2_000;

/**
 * What the dialog knows of its figure.
 * @typedef {{
 *   paper: string, figure: string, title: string, state: string, height: number, link: string,
 *   ask(what: string, name?: string): Promise<any>,
 * }} Facts
 */

/**
 * Shows the dialog until it is closed; the focus then returns to where it was.
 * @param {HTMLElement} place the figure, for its colours
 * @param {Facts} facts
 */
export async function share(place, facts) {
  const [exports, published] = await Promise.all([facts.ask('exports'), publishedScript()]);
  const status = h('p', { class: 'hidden', role: 'status' });
  const close = button({ name: 'close', label: 'Close', quiet: true, click: () => dialog.close() });
  const dialog = h(
    'dialog',
    { class: 'share', 'aria-labelledby': 'share-title' },
    h('div', { class: 'share-head' }, h('h2', { id: 'share-title' }, 'Share this figure'), close),
    ...linkPart(facts, status),
    ...embedPart(facts, published, status),
    ...savePart(facts, exports, status),
    status,
  );
  // A press outside of what the dialog holds meets the dialog itself.
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  dress(/** @type {ShadowRoot} */ (place.getRootNode()));
  place.append(dialog);
  dialog.showModal();
}

/** The published name of embed.js and its hash, where the site tells them. @returns {Promise<{ embed?: string, integrity?: string }>} */
async function publishedScript() {
  try {
    const response = await fetch(address('integrity.json'));
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

function linkPart({ link }, status) {
  const field = h('input', { type: 'text', readOnly: true, value: link, 'aria-label': 'Link', on: { focus: () => field.select() } });
  return [
    heading('Link'),
    h('div', { class: 'share-row' }, field, copyButton('Copy link', () => link, field, status)),
    h('p', { class: 'share-note' }, 'It opens this figure as it is set now.'),
  ];
}

/** Three ways, one of them shown: tabs as the ARIA practices have them. */
function embedPart(facts, published, status) {
  const ways = snippets.ways(facts, { published, address, site });
  const code = h('code');
  const pre = h('pre', { tabIndex: 0, role: 'region', 'aria-label': 'Code' }, code);
  const note = h('p', { class: 'share-note' });
  const panel = h('div', { role: 'tabpanel', id: 'share-panel' }, pre, note);
  const tabs = ways.map(({ name }, index) =>
    h('button', { type: 'button', role: 'tab', id: `share-tab-${index}`, 'aria-controls': panel.id, on: { click: () => show(index) } }, name),
  );
  const show = (chosen) => {
    tabs.forEach((tab, index) => {
      tab.setAttribute('aria-selected', String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', tabs[chosen].id);
    code.textContent = ways[chosen].code;
    note.textContent = ways[chosen].note;
  };
  const list = h('div', { class: 'share-tabs', role: 'tablist', 'aria-label': 'Ways to embed' }, ...tabs);
  list.addEventListener('keydown', (event) => {
    const now = tabs.findIndex((tab) => tab.tabIndex === 0);
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const chosen = (next + tabs.length) % tabs.length;
    show(chosen);
    tabs[chosen].focus();
  });
  show(0);
  const copy = copyButton('Copy code', () => code.textContent ?? '', pre, status);
  return [heading('Embed'), h('div', { class: 'share-row' }, list, copy), panel];
}

function savePart({ paper, figure, title, state, link, ask }, { tables, models }, status) {
  const name = `${paper}-${figure}`;
  const save = (label, what, make) =>
    button({
      name: 'save',
      text: label,
      label: `Save ${what}`,
      click: async ({ currentTarget }) => {
        const done = said(currentTarget, status);
        try {
          const [file, content, type] = await make();
          download(file, content instanceof Blob ? content : new Blob([content], { type }));
          done(`Saved ${file}`);
        } catch (error) {
          done(`That did not work: ${error instanceof Error ? error.message : error}`, false);
        }
      },
    });
  const rows = [
    ['Picture', [
      save('PNG', 'the picture as PNG', async () => [`${name}.png`, await ask('picture')]),
      save('SVG', 'the picture as SVG', async () => [`${name}.svg`, await ask('svg'), 'image/svg+xml']),
    ]],
    ['Data', [
      ...tables.map((table) => save(`${table}.csv`, `${table}.csv`, async () => [`${name}-${table}.csv`, await ask('csv', table), 'text/csv'])),
      save('JSON', 'all data as JSON', async () => [`${name}.json`, whole({ paper, figure, title, state, link }, await ask('data')), 'application/json']),
    ]],
    ['Certificate', tables.includes('certificate') ? [
      save('Design, loads and value', 'the certificate: design, loads and value, to be checked elsewhere', async () => [`${name}-certificate.json`, whole({ paper, figure, title, state, link }, await ask('data')), 'application/json']),
    ] : []],
    ['Model', models.map((model) => save(`${model.name}.onnx`, `${model.name}.onnx, ${model.label}`, async () => [`${model.name}.onnx`, await ask('onnx', model.name), 'application/octet-stream']))],
  ];
  const shown = rows.filter(([, buttons]) => buttons.length > 0);
  const list = shown.map(([label, buttons]) => h('div', { class: 'share-save', role: 'group', 'aria-label': label }, h('span', {}, label), h('div', {}, ...buttons)));
  const note = models.length > 0 ? [h('p', { class: 'share-note' }, 'The models are the networks as they have learned in this tab, up to now.')] : [];
  return [heading('Save'), ...list, ...note];
}

/** The tables with what they belong to. @param {object} facts @param {string} data JSON of the worker */
function whole(facts, data) {
  return `${JSON.stringify({ ...facts, ...JSON.parse(data) }, null, 1)}\n`;
}

/** @param {string} label @param {() => string} text @param {HTMLElement} field what to copy by hand where the browser refuses */
function copyButton(label, text, field, status) {
  return button({
    name: 'copy',
    text: 'Copy',
    label,
    click: async ({ currentTarget }) => {
      const done = said(currentTarget, status);
      try {
        await navigator.clipboard.writeText(text());
        done('Copied');
      } catch {
        select(field);
        done('The browser does not let this page copy: press Ctrl+C or ⌘C', false);
      }
    },
  });
}

/** @param {HTMLElement} field */
function select(field) {
  field.focus();
  if (field instanceof HTMLInputElement) return field.select();
  getSelection()?.selectAllChildren(field);
}

/** Tells what became of a press: for those who listen, and for a moment on the button. @param {HTMLElement} pressed */
function said(pressed, status) {
  return (words, isGood = true) => {
    status.textContent = '';
    // A text that comes later than the emptying is read out, also when it is the same again.
    setTimeout(() => (status.textContent = words), 50);
    pressed.classList.toggle('done', isGood);
    pressed.classList.toggle('failed', !isGood);
    pressed.title = words;
    const mark = pressed.querySelector('svg');
    mark?.replaceWith(icons(isGood ? 'done' : 'close'));
    setTimeout(() => {
      pressed.classList.remove('done', 'failed');
      pressed.querySelector('svg')?.replaceWith(icons(pressed.dataset.icon ?? 'save'));
    }, DONE_MS);
  };
}

/** @param {string} name @param {Blob} content */
function download(name, content) {
  const source = URL.createObjectURL(content);
  h('a', { href: source, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(source), 10_000);
}
