// One wasm module with one figure in it. Whatever goes wrong behind its back (a panic, a lost device, silence) ends the call under way.

import { Trouble } from './load.js';

/** A wasm module and its figure. */
export class Runner {
  /** The `Figure` of crates/web. */
  figure;
  /** A call that takes longer is hanging. */
  patienceMs = 10_000;
  /** Why it can no longer be used. @type {Error | null} */
  failure = null;
  #reject = null;

  /** @param {any} module @param {(error: Error) => void} [onFailure] */
  constructor(module, onFailure) {
    this.module = module;
    this.onFailure = onFailure;
    module.on_panic((words) => this.fail(new Trouble(`The figure’s program failed: ${words}`)));
  }

  /** Makes the figure. */
  create(paper, figure, seed, models, engine) {
    this.figure = this.module.create(paper, figure, seed, models, engine);
  }

  /** From now on this runner is of no use. @param {Error} error */
  fail(error) {
    if (this.failure) return;
    this.failure = error;
    this.#reject?.(error);
    this.onFailure?.(error);
  }

  /** Takes an event of crates/demo/src/event.rs. */
  event(event) {
    this.#alive();
    this.figure.event(JSON.stringify(event));
  }

  /** @param {number} seconds */
  tick(seconds) {
    return this.wait(() => this.figure.tick(seconds));
  }

  /** @returns {Promise<Uint8Array>} */
  save() {
    return this.wait(() => this.figure.save());
  }

  /** @returns {Promise<Float32Array>} */
  probe(patience = this.patienceMs) {
    return this.wait(() => this.figure.probe(), patience);
  }

  /**
   * A model that was trained in the figure, as an ONNX file.
   * @param {string} name
   * @param {Uint8Array} template the published file of the same network
   * @returns {Promise<Uint8Array>}
   */
  onnx(name, template) {
    return this.wait(() => this.figure.onnx(name, template));
  }

  #alive() {
    if (this.failure) throw this.failure;
  }

  /** Waits for a promise of the module, which may never settle once the module has failed. */
  async wait(call, patience = this.patienceMs) {
    this.#alive();
    const failed = new Promise((_, reject) => (this.#reject = reject));
    const timer = setTimeout(() => this.fail(new Trouble('The figure’s program does not answer.')), patience);
    try {
      return await Promise.race([call(), failed]);
    } finally {
      clearTimeout(timer);
      this.#reject = null;
    }
  }
}
