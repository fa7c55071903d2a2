// Light or dark, motion or calm, and the colours that the host page chose: watched once for all figures of a page.

/** The colours of a figure, by role, as crates/demo/src/palette.rs names them. */
const ROLES = ['ink', 'muted', 'paper', 'grid', 'truth', 'model', 'baseline', 'accent', 'highlight'];

const dark = matchMedia('(prefers-color-scheme: dark)');
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** @type {Set<() => void>} */
const listeners = new Set();
let watching = false;

function tell() {
  for (const listener of listeners) listener();
}

/** Calls `listener` when the page's look or its scale may have changed. @param {() => void} listener */
export function watch(listener) {
  listeners.add(listener);
  if (watching) return;
  watching = true;
  dark.addEventListener('change', tell);
  addEventListener('resize', tell, { passive: true });
  const attributeFilter = ['data-theme', 'class', 'style'];
  new MutationObserver(tell).observe(document.documentElement, { attributes: true, attributeFilter });
}

/** @param {() => void} listener */
export function unwatch(listener) {
  listeners.delete(listener);
}

/** Whether the visitor asked for less motion. */
export const isCalm = () => calm.matches;

/** The theme of a figure whose attribute says `wish`. @param {string | null} wish */
export function theme(wish) {
  const chosen = [wish, document.documentElement.dataset.theme].find((name) => name === 'light' || name === 'dark');
  return chosen ?? (dark.matches ? 'dark' : 'light');
}

/** The colours that the page sets for a figure, as CSS, by role; null where it sets none. @param {Element} figure */
export function colors(figure) {
  const style = getComputedStyle(figure);
  return ROLES.map((role) => style.getPropertyValue(`--pp-${role}`).trim() || null);
}
