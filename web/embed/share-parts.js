// Small parts of the share dialog, and how it looks.

import { h, icon } from './dom.js';
import { sheetOf } from './styles.js';

const CSS = `.share { box-sizing: border-box; width: min(38rem, calc(100vw - 24px)); max-height: calc(100dvh - 24px); margin: auto; overflow: auto; padding: 0 20px 20px; border: 1px solid var(--grid); border-radius: 14px; background: var(--paper); color: var(--ink); font: inherit; box-shadow: 0 16px 48px rgb(0 0 0 / 28%); }
.share::backdrop { background: rgb(10 12 16 / 45%); }
.share-head { position: sticky; top: 0; z-index: 1; display: flex; align-items: center; justify-content: space-between; margin: 0 -8px 0 0; padding: 12px 0 8px; background: var(--paper); }
.share h2 { margin: 0; font-size: 17px; font-weight: 600; }
.share h3 { margin: 18px 0 6px; font-size: 13px; font-weight: 600; color: var(--muted); }
.share-head + h3 { margin-top: 2px; }
.share-row { display: flex; align-items: center; gap: 8px; }
.share-row > input { flex: 1; width: 0; }
.share-row > button:last-child { flex: none; min-width: 92px; margin-inline-start: auto; }
.share-note { margin: 6px 0 0; color: var(--muted); font-size: 12.5px; }
.share-tabs { display: flex; min-width: 0; border: 1px solid var(--edge); border-radius: 8px; overflow: hidden; }
.share-tabs button { height: 32px; border: 0; border-radius: 0; padding: 0 12px; }
.share-tabs button + button { border-inline-start: 1px solid var(--edge); }
.share-tabs button:focus-visible { outline-offset: -3px; }
.share-tabs button[aria-selected="true"] { background: var(--model); color: var(--paper); font-weight: 600; }
.share pre { max-height: 9.5em; margin: 8px 0 0; overflow: auto; padding: 10px 12px; border-radius: 8px; background: var(--press); font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; tab-size: 2; white-space: pre-wrap; overflow-wrap: anywhere; }
.share-save { display: flex; gap: 2px 12px; margin: 0 0 8px; }
.share-save > span { flex: none; width: 4.5em; line-height: 34px; }
.share-save > div { display: flex; flex-wrap: wrap; gap: 6px; min-width: 0; }
.share-save button { max-width: 100%; overflow: hidden; white-space: nowrap; }
@media (max-width: 480px) {
  .share { padding: 0 14px 16px; }
  .share-save { flex-direction: column; }
  .share-save > span { line-height: 1.6; }
}
.share button.done { border-color: var(--accent); color: var(--accent); }
.share button.failed { border-color: var(--baseline); color: var(--baseline); }
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** Gives the dialog's sheet to a figure. @param {ShadowRoot} root */
export function dress(root) {
  sheet ??= sheetOf(CSS);
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

const PATHS = {
  close: 'M5 5l10 10M15 5 5 15',
  copy: 'M7 7h9.5v9.5H7zM4.5 13H3.5V3.5H13v1',
  save: 'M10 3v9M6 8.5 10 12.5l4-4M3.5 13v3.5h13V13',
  done: 'M4 10.5 8.2 15 16 5.5',
};

/** @param {string} name */
export const icons = (name) => icon(PATHS[name]);

/** @param {string} text */
export const heading = (text) => h('h3', {}, text);

/** @param {{ name: string, label: string, text?: string, quiet?: boolean, click(event: MouseEvent): void }} parts */
export function button({ name, label, text, quiet, click }) {
  const facts = { type: 'button', class: quiet ? 'quiet' : '', 'aria-label': label, title: label, 'data-icon': name };
  return h('button', { ...facts, on: { click } }, icons(name), ...(text ? [text] : []));
}
