// The page's end of a figure's worker.

/** Without a word for so long after its start a worker counts as dead; and later, when it may be busy. */
const SILENCE_MS = 10_000;
const BUSY_MS = 15_000;
/** A program that begins compiles and computes in one piece, on slow machines and in slow engines for long. */
const START_MS = 20_000;
/** A worker that plays is asked so often whether it still does. */
const PING_MS = 2_500;
/** A worker that is to end may take so long to save. */
const SAVE_MS = 1_000;
/** Everything else that it is asked for. */
const ANSWER_MS = 30_000;

/** A module worker; from another origin by way of a stub of our own, because browsers refuse the direct way. */
function spawn() {
  const { href, origin } = new URL('./worker.js', import.meta.url);
  // Bundlers know this form, and carry the worker along.
  if (origin === location.origin) return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const stub = new Blob([`import ${JSON.stringify(href)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(stub);
  const worker = new Worker(url, { type: 'module' });
  setTimeout(() => URL.revokeObjectURL(url), SILENCE_MS);
  return worker;
}

/** A running worker. */
export class Thread {
  /** A worker that is silent for longer is dead; where it has something long to do, `patienceMs` is set to more. */
  static PATIENCE_MS = BUSY_MS;
  patienceMs = BUSY_MS;
  #worker = spawn();
  #watchdog = 0;
  #started = false;
  /** Pings without an answer. */
  #unanswered = 0;
  /** Questions without an answer. @type {Map<number, { resolve(value: any): void, reject(error: Error): void }>} */
  #asked = new Map();
  #questions = 0;
  #tell;

  /** @param {(message: any) => void} tell What the worker says, failures of its own included (`type: "fatal"`, `type: "silent"`). */
  constructor(tell) {
    this.#tell = tell;
    const fatal = (message) => tell({ type: 'fatal', message });
    this.#worker.onmessage = ({ data }) => this.#heard(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      fatal(event.message ? `The figure stopped: ${event.message}` : 'The figure’s program could not be loaded.');
    };
    this.#await();
  }

  #heard(data) {
    this.#unanswered = 0;
    if (!this.#started) {
      this.#started = data.type === 'ready';
      this.#await();
    }
    if (data.type === 'answer') this.#answered(data);
    else if (data.type !== 'alive') this.#tell(data);
  }

  #answered({ id, value, error }) {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  }

  /** Waits for the next sign of life. */
  #await() {
    clearTimeout(this.#watchdog);
    if (this.#started) this.#watchdog = setTimeout(() => this.#ping(), PING_MS);
    else this.#watchdog = setTimeout(() => this.#tell({ type: 'fatal', message: 'The figure did not answer for twenty seconds.' }), START_MS);
  }

  #ping() {
    if (this.#unanswered * PING_MS >= this.patienceMs) return this.#tell({ type: 'silent' });
    // A hidden page's timers and workers are slowed down by the browser.
    if (document.hidden) this.#unanswered = 0;
    else this.#unanswered += 1;
    this.post({ type: 'ping' });
    this.#await();
  }

  /** @param {object} message @param {Transferable[]} [transfer] */
  post(message, transfer = []) {
    this.#worker.postMessage(message, transfer);
  }

  /**
   * Asks for something that the figure can give (ASKED of worker.js).
   * @param {string} what
   * @param {string} [name]
   * @returns {Promise<any>}
   */
  ask(what, name, patience = ANSWER_MS) {
    this.#questions += 1;
    const id = this.#questions;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#answered({ id, error: 'The figure does not answer.' }), patience);
      const settle = (done) => (value) => {
        clearTimeout(timer);
        done(value);
      };
      this.#asked.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.post({ type: 'ask', id, what, name });
    });
  }

  /** The snapshot of the figure, or null where it does not answer in time. @returns {Promise<Uint8Array | null>} */
  save() {
    return this.#started ? this.ask('save', '', SAVE_MS).catch(() => null) : Promise.resolve(null);
  }

  /** The present picture, or null where it does not come in time. @returns {Promise<ImageBitmap | null>} */
  still() {
    return this.#started ? this.ask('still', '', SAVE_MS).catch(() => null) : Promise.resolve(null);
  }

  stop() {
    clearTimeout(this.#watchdog);
    this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker.terminate();
    for (const id of this.#asked.keys()) this.#answered({ id, error: 'The figure was put aside.' });
  }
}
