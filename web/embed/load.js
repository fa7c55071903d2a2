// What a figure's worker fetches: wasm modules, our models, and the visitor's.

/** Everything is found from here. */
const PKG = new URL('.', import.meta.url);

/** A message for the visitor. */
export class Trouble extends Error {}

/** The words of an error. @param {unknown} error */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

/** The same for the midst of a sentence, without the causes that some libraries add line by line. @param {unknown} error */
export const clauseOf = (error) => wordsOf(error).split('\n')[0].replace(/\.+$/, '');

/** Fetches a file or says which one is missing. @param {URL} url @param {string} what */
async function get(url, what) {
  let reason = 'there is no connection';
  const response = await fetch(url).catch(() => null);
  if (response?.ok) return response;
  if (response) reason = `the server answered ${response.status}`;
  throw new Trouble(`${what} could not be loaded: ${reason}.`);
}

/**
 * Loads one of our wasm modules.
 * @param {string} name folder and file in pkg/
 * @param {number} [copy] a second copy is a second module with memory of its own
 */
export async function load(name, copy = 0) {
  const what = `The program “${name}”`;
  const wasm = get(new URL(`${name}/${name}_bg.wasm`, PKG), what);
  wasm.catch(() => {});
  const module = await import(new URL(`${name}/${name}.js${copy ? `?copy=${copy}` : ''}`, PKG).href).catch((error) => {
    throw new Trouble(`${what} could not be loaded: ${wordsOf(error)}`);
  });
  const response = await wasm;
  try {
    await module.default({ module_or_path: response });
  } catch (error) {
    throw new Trouble(`${what} could not be started: ${wordsOf(error)}`);
  }
  return module;
}

/** Fetches models of a paper, by name. @param {string} paper @param {string[]} names */
export async function models(paper, names) {
  const pairs = names.map(async (name) => {
    const response = await get(new URL(`../models/${paper}/${name}.onnx`, PKG), `The model “${name}”`);
    return [name, new Uint8Array(await response.arrayBuffer())];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

let onnx = null;
let copies = 0;

/** A visitor's model, ready to run. @param {File} file */
export async function foreign(file) {
  onnx ??= load('onnx', copies);
  const module = await onnx.catch((error) => {
    onnx = null;
    throw error;
  });
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return new module.OnnxModel(bytes, file.name);
  } catch (error) {
    const refuse = (reason) => new Trouble(`The model “${file.name}” cannot be used: ${reason}.`);
    if (!(error instanceof WebAssembly.RuntimeError)) throw refuse(clauseOf(error));
    // A trapped module is of no more use.
    onnx = null;
    copies += 1;
    throw refuse('it cannot be read as an ONNX file');
  }
}
