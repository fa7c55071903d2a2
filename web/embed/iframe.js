// The script of a page that is made to stand in an iframe, with one <playable-paper> in it: the figure for pages that take no
// scripts into their own text.
//
// The page's address
//   ?state=…&seed=…&theme=…&controls=…&engine=…   attributes of the figure
//   ?origin=https://blog.example                  the embedding page: only it is told anything, and only it is heard
//
// Messages to the embedding page
//   { type: 'playable-paper:size', height }                          how high this page is, in CSS pixels; host.js obeys
//   { type: 'playable-paper:ready', figure }                         it plays
//   { type: 'playable-paper:change', state, readouts, paused }       as the event of the same name (embed.js)
//   { type: 'playable-paper:error', message, fatal }
// Messages from it
//   { type: 'playable-paper:state', state }      a string of at most 2 kB
//   { type: 'playable-paper:play' }  { type: 'playable-paper:pause' }  { type: 'playable-paper:reset' }
//   { type: 'playable-paper:theme', theme }      auto, light or dark
// Anything else, and anything from another window or origin, is passed over. Whoever sends should name this page's origin as
// the target, and check `event.origin` and `event.source` of what it hears, as host.js does.

import './embed.js';

const PREFIX = 'playable-paper:';
const ATTRIBUTES = ['state', 'seed', 'theme', 'controls', 'engine'];
const THEMES = ['auto', 'light', 'dark'];
/** As crates/demo/src/state.rs has it. */
const MAX_STATE_BYTES = 2048;

const query = new URLSearchParams(location.search);
const figure = /** @type {import('./embed.js').PlayablePaper} */ (document.querySelector('playable-paper'));

/** The origin of the embedding page, where the address names a good one. */
function named() {
  try {
    return new URL(query.get('origin') ?? '').origin;
  } catch {
    return null;
  }
}

const origin = named();

/** What may be asked for: each does it, or passes over what has another form. @type {Record<string, (message: any) => void>} */
const orders = {
  state: ({ state }) => {
    if (typeof state === 'string' && new TextEncoder().encode(state).length <= MAX_STATE_BYTES) figure.setState(state);
  },
  play: () => figure.play(),
  pause: () => figure.pause(),
  reset: () => figure.reset(),
  theme: ({ theme }) => {
    if (THEMES.includes(theme)) figure.setAttribute('theme', theme);
  },
};

function hear({ source, origin: from, data }) {
  if (source !== parent || (origin !== null && from !== origin)) return;
  if (typeof data?.type !== 'string' || !data.type.startsWith(PREFIX)) return;
  const order = data.type.slice(PREFIX.length);
  if (Object.hasOwn(orders, order)) orders[order](data);
}

// Nothing that is told is secret, so that a page that is not named may hear it, too.
const tell = (type, detail) => parent.postMessage({ type: PREFIX + type, ...detail }, origin ?? '*');

function watch() {
  let told = 0;
  const measure = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height > 0 && height !== told) tell('size', { height: (told = height) });
  };
  new ResizeObserver(measure).observe(document.body);
  figure.addEventListener('ready', ({ detail }) => tell('ready', { figure: detail.figure }));
  figure.addEventListener('change', ({ detail }) => tell('change', detail));
  figure.addEventListener('error', ({ detail }) => tell('error', detail));
}

for (const name of ATTRIBUTES) if (query.has(name)) figure.setAttribute(name, query.get(name) ?? '');
if (parent !== window) {
  addEventListener('message', hear);
  watch();
}
