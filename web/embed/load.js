// What a figure's worker fetches: wasm modules, our models, and the visitor's.

import { address } from './files.js';

/** A message for the visitor. */
export class Trouble extends Error {}

/** The words of an error. @param {unknown} error */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

/** The same for the midst of a sentence, without the causes that some libraries add line by line. @param {unknown} error */
export const clauseOf = (error) => wordsOf(error).split('\n')[0].replace(/\.+$/, '');

/** The words of what ended a figure; an engine's own words say nothing to a visitor. @param {unknown} error */
export function lastWordsOf(error) {
  const isOurs = error instanceof Error && error.constructor !== TypeError && !(error instanceof WebAssembly.RuntimeError);
  return isOurs ? wordsOf(error) : 'The figure’s program failed: its memory ran out, or its files belong to different versions.';
}

/** Fetches a file or says which one is missing. @param {string} path @param {string} what */
async function get(path, what) {
  let reason = 'there is no connection';
  const response = await fetch(address(path)).catch(() => null);
  if (response?.ok) return response;
  if (response) reason = `the server answered ${response.status}`;
  throw new Trouble(`${what} could not be loaded: ${reason}.`);
}

/** The bytes or the JSON of an answer, which may break off. @param {Promise<any>} body @param {string} what */
async function whole(body, what) {
  try {
    return await body;
  } catch {
    throw new Trouble(`${what} could not be loaded: the connection broke off.`);
  }
}

/**
 * Loads one of our wasm modules.
 * @param {string} name folder and file in pkg/, or one name for both
 * @param {number} [copy] a second copy is a second module with memory of its own
 */
export async function load(name, copy = 0) {
  const what = `The program “${name}”`;
  const path = name.includes('/') ? name : `${name}/${name}`;
  const wasm = get(`${path}_bg.wasm`, what);
  wasm.catch(() => {});
  const script = `${address(`${path}.js`).href}${copy ? `?copy=${copy}` : ''}`;
  const module = await import(/* @vite-ignore */ script).catch(() => {
    throw new Trouble(`${what} could not be loaded: its script is missing or damaged.`);
  });
  const response = await wasm;
  try {
    await module.default({ module_or_path: response });
  } catch (error) {
    const isCut = !(error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError);
    const reason = isCut ? 'loaded: the connection broke off' : 'started: its file is damaged or belongs to another version';
    throw new Trouble(`${what} could not be ${reason}.`);
  }
  return module;
}

/** @type {Promise<{ model: { paper: string, name: string, file: string, path?: string, sha256: string }[] }> | null} */
let manifest = null;

/** What the manifest says of the models. */
async function published() {
  const what = 'The list of models';
  manifest ??= get('../models/manifest.json', what).then((response) => whole(response.json(), what));
  try {
    return (await manifest).model;
  } catch (error) {
    manifest = null;
    throw error;
  }
}

/** SHA-256 in hexadecimal digits; none where the browser offers no cryptography (pages without https). @param {ArrayBuffer} bytes */
async function checksum(bytes) {
  if (!globalThis.crypto?.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A model of a paper, checked against the manifest. @param {string} paper @param {string} name */
async function model(paper, name) {
  const what = `The model “${name}”`;
  const entry = (await published()).find((one) => one.paper === paper && one.name === name);
  if (!entry) throw new Trouble(`${what} is not among the published ones.`);
  const response = await get(`../models/${entry.path ?? entry.file}`, what);
  const bytes = await whole(response.arrayBuffer(), what);
  const sum = await checksum(bytes);
  if (sum && sum !== entry.sha256) {
    throw new Trouble(`${what} is not the one that was published (its checksum differs), so it is not used. Reload the page; if that does not help, the files of this site do not belong together.`);
  }
  return new Uint8Array(bytes);
}

/** Fetches models of a paper, by name. @param {string} paper @param {string[]} names @returns {Promise<Record<string, Uint8Array>>} */
export async function models(paper, names) {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await model(paper, name)])));
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
