// Where the files around the scripts lie. `cargo xtask publish` gives most of them names with a hash, and writes those names here.

/** Names with a hash, or whole addresses, by the name without; empty until the site is published. @type {Record<string, string>} */
const HASHED = {};

const HERE = import.meta.url;

/** Where the papers' pages are, to link to: the folder above this one. */
export const site = new URL('..', HERE).href;

/** The address of a file, by its path from this folder, e.g. `hnn/hnn_bg.wasm`. @param {string} path */
export const address = (path) => new URL(HASHED[path] ?? path, HERE);
