// The state of the figures in the page's address: `#arena?seed=3&noise=0.2;bodies?start=1,0`.
// The names and states hold no `;` or `?`: crates/demo/src/state.rs writes them as %3B and %3F.

const parts = () => location.hash.slice(1).split(';').filter((part) => part.includes('?'));

const named = (figure) => (part) => part.startsWith(`${figure}?`);

/** The state that the address holds for a figure, if any. @param {string} figure */
export function read(figure) {
  return parts().find(named(figure))?.slice(figure.length + 1);
}

/** Puts a figure's state into the address; an empty one takes it out. @param {string} figure @param {string} state */
export function write(figure, state) {
  const before = parts();
  const others = before.filter((part) => !named(figure)(part));
  if (!state && others.length === before.length) return;
  const hash = (state ? [`${figure}?${state}`, ...others] : others).join(';');
  const address = location.pathname + location.search + (hash && `#${hash}`);
  try {
    history.replaceState(history.state, '', address);
  } catch {
    // Browsers limit how often this may be called; the next change writes again.
  }
}

/** The address of a figure in a state. @param {URL} page @param {string} figure @param {string} state */
export function address(page, figure, state) {
  const url = new URL(page);
  url.hash = `${figure}?${state}`;
  return url.href;
}
