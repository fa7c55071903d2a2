// The page's end of a figure's worker.

const WORKER = new URL('./worker.js', import.meta.url);
/** Without a word for so long after its start a worker counts as dead. */
const SILENCE_MS = 10_000;
/** A worker that is to end may take so long to save. */
const SAVE_MS = 1_000;

/** A module worker; from another origin by way of a stub of our own, because browsers refuse the direct way. */
function spawn() {
  if (WORKER.origin === location.origin) return new Worker(WORKER, { type: 'module' });
  const stub = new Blob([`import ${JSON.stringify(WORKER.href)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(stub);
  const worker = new Worker(url, { type: 'module' });
  setTimeout(() => URL.revokeObjectURL(url), SILENCE_MS);
  return worker;
}

/** A running worker. */
export class Thread {
  #worker = spawn();
  #watchdog = 0;
  #started = false;
  #saved;

  /**
   * @param {(message: any) => void} onMessage What the worker says, failures of its own included (`type: "fatal"`).
   */
  constructor(onMessage) {
    const fatal = (message) => onMessage({ type: 'fatal', message });
    this.#worker.onmessage = ({ data }) => {
      if (data.type === 'ready') this.#started = true;
      this.#watch(fatal);
      if (data.type === 'saved') this.#saved?.(data.bytes);
      else if (data.type !== 'alive') onMessage(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      fatal(event.message ? `The figure stopped: ${event.message}` : 'The figure’s program could not be loaded.');
    };
    this.#watch(fatal);
  }

  #watch(fatal) {
    clearTimeout(this.#watchdog);
    if (this.#started) return;
    this.#watchdog = setTimeout(() => fatal('The figure did not answer for ten seconds.'), SILENCE_MS);
  }

  /** @param {object} message @param {Transferable[]} [transfer] */
  post(message, transfer = []) {
    this.#worker.postMessage(message, transfer);
  }

  /** The snapshot of the figure, or null where it does not answer in time. @returns {Promise<Uint8Array | null>} */
  save() {
    if (!this.#started) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), SAVE_MS);
      this.#saved = (bytes) => {
        clearTimeout(timer);
        resolve(bytes);
      };
      this.post({ type: 'save' });
    });
  }

  stop() {
    clearTimeout(this.#watchdog);
    this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker.terminate();
  }
}
