// What plays a figure on the page: between the element, its shell, its worker and the page's address.

import { site } from './files.js';
import { listed } from './frame.js';
import * as link from './link.js';
import * as look from './look.js';
import * as pool from './pool.js';
import { Shell } from './shell.js';
import { Thread } from './thread.js';

const WRITE_MS = 300;
/** How long the page waits for a GPU adapter before it says that there is none. */
const ADAPTER_MS = 2_000;
/** Models larger than this are not meant for a figure. */
const MAX_MODEL_BYTES = 64 * 2 ** 20;
/** A worker that is silent for longer over a visitor's file is ended. */
const READING_MS = 20_000;
/** A worker that falls silent is begun anew, unless it did so less long ago than this. */
const RELAPSE_MS = 60_000;
const MAX_RATIO = 3;
/** Papers are folders, and nothing else. */
const PAPER = /^[a-z0-9-]+$/;

/**
 * Whether this browser gives out a GPU: null, an error and silence all mean no.
 * @param {boolean} mustBeFast then an adapter that only imitates a GPU is none
 */
async function hasAdapter(mustBeFast) {
  try {
    const silence = new Promise((resolve) => setTimeout(resolve, ADAPTER_MS, null));
    const adapter = await Promise.race([navigator.gpu?.requestAdapter(), silence]);
    return Boolean(adapter) && !(mustBeFast && adapter.info?.isFallbackAdapter);
  } catch {
    return false;
  }
}

/** The figure of one element. */
export class Figure {
  /** The last view that the worker told (crates/web/src/view.rs). @type {any} */
  view = null;
  #element;
  #frame;
  #shell;
  /** @type {Thread | null} */
  #thread = null;
  /** @type {HTMLCanvasElement | null} */
  #canvas = null;
  /** The figure as its last worker left it. @type {Uint8Array | null} */
  #snapshot = null;
  /** Events for a worker that is still to come. @type {object[]} */
  #later;
  /** The visitor's own model, and the one that is being tried. @type {File | null} */
  #model = null;
  #offered = null;
  /** Whether the worker holds the remains of a lost GPU, which only go with it. */
  #isWorn = false;
  /** When a silent worker was last begun anew. */
  #revivedAt = -Infinity;
  /** The figure as its paper lists it. */
  #listed = null;
  /** The engine at work; null until the worker is ready. @type {"cpu" | "webgpu" | null} */
  #engine = null;
  /** The engine that the visitor chose. */
  #chosen = null;
  #visible = false;
  /** How many figures of the page play, this one among them. */
  #playing = 1;
  #writer = 0;
  #resizer = new ResizeObserver(() => this.#sized());

  /** @param {HTMLElement} element @param {import('./frame.js').Frame} frame @param {object[]} early */
  constructor(element, frame, early) {
    this.#element = element;
    this.#frame = frame;
    this.#later = early;
    this.#shell = new Shell(frame, {
      send: (event) => this.send(event),
      choose: (engine) => this.#choose(engine),
      model: (file) => this.#attach(file),
      share: () => this.#share(),
      retry: () => this.#restart(true),
      claim: () => pool.claim(element),
      touched: () => pool.touch(element),
    });
  }

  connect() {
    document.addEventListener('visibilitychange', this.#shown);
    addEventListener('hashchange', this.#linked);
    this.#resizer.observe(this.#frame.stage);
  }

  disconnect() {
    document.removeEventListener('visibilitychange', this.#shown);
    removeEventListener('hashchange', this.#linked);
    this.#resizer.disconnect();
    clearTimeout(this.#writer);
    this.#shell.stop();
  }

  /** An attribute changed. @param {string} name */
  attribute(name) {
    if (name === 'seed') this.send({ type: 'seed', seed: this.#seed });
    else if (name === 'engine') this.#aim(this.#attribute('engine') ?? 'auto');
    else if (name === 'engines') this.#offerEngines();
    else if (name === 'permalink') this.#writeLink();
    else this.#restart(false);
  }

  look() {
    this.#thread?.post({ type: 'look', ...this.#looks() });
  }

  /** @param {object} event */
  send(event) {
    if (this.#thread) this.#thread.post({ type: 'event', event });
    else this.#later.push(event);
  }

  /** @param {boolean} visible */
  seen(visible) {
    this.#visible = visible;
    this.#shown();
  }

  /** @param {number} playing */
  beside(playing) {
    if (playing === this.#playing) return;
    this.#playing = playing;
    this.#shown();
  }

  /** @param {boolean} waiting */
  queued(waiting) {
    if (waiting) this.#shell.queued();
    else this.#shell.uncover();
  }

  /** Starts a worker. */
  resume() {
    const paper = this.#attribute('paper');
    if (!paper) return this.#fail('This figure does not say which paper it belongs to.');
    if (!PAPER.test(paper)) return this.#fail(`There is no paper “${paper}”: its name holds other signs than a to z, 0 to 9 and “-”.`);
    if (!('transferControlToOffscreen' in HTMLCanvasElement.prototype)) {
      return this.#fail('This figure needs a newer browser: this one cannot draw from a worker (OffscreenCanvas).');
    }
    this.#shell.loading('Loading the figure…');
    this.#canvas = this.#shell.canvas();
    const canvas = this.#canvas.transferControlToOffscreen();
    this.#thread = new Thread((message) => this.#heard(message));
    this.#thread.post(
      {
        type: 'start',
        canvas,
        paper,
        program: listed(this.#element).program ?? paper,
        figure: this.#attribute('figure') ?? '',
        seed: this.#seed,
        state: this.view?.state ?? this.#linkedState ?? this.#attribute('state') ?? '',
        snapshot: this.#snapshot,
        paused: this.view?.paused ?? look.isCalm(),
        model: this.#model,
        events: this.#later.splice(0),
        visible: this.#plays,
        playing: this.#playing,
        size: this.#size,
        ...this.#looks(),
      },
      [canvas],
    );
  }

  /** Saves and ends the worker. */
  async suspend() {
    const thread = this.#thread;
    const [bytes, still] = await Promise.all([thread?.save(), thread?.still()]);
    if (bytes) this.#snapshot = bytes;
    if (this.#thread === thread) this.#end(still);
  }

  #attribute(name) {
    return this.#element.getAttribute(name);
  }

  /** Its name in the address: known from the attribute or, once it is ready, from the paper. */
  get #name() {
    return this.#attribute('figure') ?? this.#listed?.id ?? '';
  }

  get #seed() {
    const seed = Number(this.#attribute('seed') ?? 0);
    return Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 ? seed : 0;
  }

  get #hasPermalink() {
    return this.#element.hasAttribute('permalink');
  }

  get #linkedState() {
    return this.#hasPermalink ? link.read(this.#name) : undefined;
  }

  get #plays() {
    return this.#visible && !document.hidden;
  }

  get #size() {
    const { clientWidth: width, clientHeight: height } = this.#frame.stage;
    return { width, height };
  }

  #looks() {
    const theme = look.theme(this.#attribute('theme'));
    return { theme, ratio: Math.min(devicePixelRatio || 1, MAX_RATIO), colors: look.colors(this.#element) };
  }

  #sized() {
    this.#shell.resize(this.#size);
    this.#thread?.post({ type: 'size', size: this.#size, ratio: this.#looks().ratio });
  }

  #shown = () => this.#thread?.post({ type: 'visible', visible: this.#plays, playing: this.#playing });

  #linked = () => {
    const state = this.#linkedState;
    if (state !== undefined && state !== this.view?.state) this.send({ type: 'state', state });
  };

  #tell(type, detail) {
    this.#element.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {ImageBitmap | null} [still] what stands there until the next worker paints */
  #end(still) {
    this.#shell.leave(still ?? null);
    this.#thread?.stop();
    this.#thread = this.#engine = null;
    this.#isWorn = false;
    this.#shell.handles([]);
  }

  /** A new worker; from the last state where the figure is the same. @param {boolean} isSame */
  #restart(isSame) {
    this.#end();
    if (!isSame) {
      this.#snapshot = this.view = this.#listed = null;
      this.#later = [];
    }
    pool.release(this.#element);
    pool.claim(this.#element);
  }

  #fail(message) {
    // What ran and failed goes on from its controls, not from a snapshot of long ago.
    if (this.#engine) this.#snapshot = null;
    this.#end();
    this.#shell.fatal(message);
    pool.release(this.#element);
    this.#tell('error', { message, fatal: true });
  }

  // What the worker says.

  #heard(message) {
    const { type } = message;
    if (type === 'ready') this.#ready(message);
    else if (type === 'handles') this.#shell.handles(message.handles);
    else if (type === 'view') this.#viewed(message.view);
    else if (type === 'loading') this.#shell.loading(message.text);
    else if (type === 'notice') this.#notice(message.text);
    else if (type === 'engine') this.#turned(message);
    else if (type === 'fatal') this.#fail(message.message);
    else if (type === 'silent') this.#silent();
    else if (type === 'attached' || type === 'detached') this.#attached(type === 'attached');
    else if (type === 'error') this.#refused(message);
  }

  #turned({ engine, wasLost }) {
    this.#isWorn ||= Boolean(wasLost);
    this.#shell.engine((this.#engine = engine));
  }

  /** A worker that fell silent is ended, and begun anew where it was. */
  #silent() {
    const file = this.#offered;
    const recently = performance.now() - this.#revivedAt < RELAPSE_MS;
    if (!file && recently) return this.#fail('The figure stopped answering.');
    if (!file) this.#snapshot = null;
    this.#offered = null;
    this.#revivedAt = performance.now();
    this.#restart(true);
    if (file) this.#refused({ message: `“${file.name}” took longer than ${READING_MS / 1000} seconds to read, so it was put aside.` });
    else this.#notice('The figure stopped answering; it was begun anew with its settings.');
  }

  #ready({ spec, listed, files }) {
    this.#listed = listed;
    this.#frame.isFilled = true;
    if (!this.#element.hasAttribute('aspect')) this.#frame.aspect(spec.aspect_wide, spec.aspect_narrow);
    this.#shell.spec(spec);
    this.#offerEngines();
    this.#shell.reveal(this.#canvas, spec);
    this.#shell.engine((this.#engine = 'cpu'));
    this.#tell('ready', { figure: listed.id, spec, files });
    this.#aim(this.#chosen ?? this.#attribute('engine') ?? 'auto');
  }

  #viewed(view) {
    const before = this.view?.state ?? '';
    this.view = view;
    this.#shell.view(view);
    this.#tell('change', { state: view.state, readouts: view.readouts, paused: view.paused });
    if (view.state !== before) this.#writeLink();
  }

  /** The page's address holds the state, soon. */
  #writeLink() {
    clearTimeout(this.#writer);
    if (!this.#hasPermalink || !this.view) return;
    this.#writer = setTimeout(() => link.write(this.#name, this.view?.state ?? ''), WRITE_MS);
  }

  #offerEngines() {
    const engines = `${this.#attribute('engines')} ${this.#attribute('engine')}`;
    this.#shell.engines(Boolean(this.#listed?.webgpu_pays) || engines.includes('webgpu'));
  }

  #refused({ message }) {
    this.#shell.alert(message);
    this.#tell('error', { message, fatal: false });
  }

  #notice(text, address) {
    this.#shell.notice(text, address);
    this.#tell('notice', { message: text });
  }

  #choose(engine) {
    this.#chosen = engine;
    this.#aim(engine);
  }

  /** Turns to an engine; `auto` asks for the GPU where the figure says that it pays and the page says that it is there. */
  async #aim(wish) {
    const pays = this.#listed?.webgpu_pays && this.#attribute('engines')?.includes('webgpu');
    const isAsked = wish === 'webgpu';
    const engine = isAsked || (wish === 'auto' && pays) ? 'webgpu' : 'cpu';
    if (engine === 'webgpu' && this.#isWorn) return this.#renew();
    if (engine === 'cpu' || (await hasAdapter(!isAsked))) return this.#thread?.post({ type: 'aim', engine, isAsked });
    this.#shell.engine('cpu');
    this.#notice(`This browser offers no ${isAsked ? '' : 'fast '}WebGPU adapter: the figure runs on the CPU.`);
  }

  /** Goes on in a new worker, which then turns to the engine that was chosen. */
  async #renew() {
    const thread = this.#thread;
    this.#snapshot = (await thread?.save()) ?? this.#snapshot;
    if (this.#thread === thread) this.#restart(true);
  }

  // What the visitor asks of the page.

  /** A visitor's file is read in the worker, which may be ended over it; so the figure is saved before. */
  async #attach(file) {
    if (file.size > MAX_MODEL_BYTES) return this.#shell.alert(`“${file.name}” is larger than 64 MB.`);
    const thread = this.#thread;
    this.#snapshot = (await thread?.save()) ?? this.#snapshot;
    if (!thread || this.#thread !== thread) return;
    this.#offered = file;
    thread.patienceMs = READING_MS;
    thread.post({ type: 'model', model: file });
  }

  #attached(isTaken) {
    if (isTaken) this.#model = this.#offered ?? this.#model;
    this.#offered = null;
    if (this.#thread) this.#thread.patienceMs = Thread.PATIENCE_MS;
  }

  async #share() {
    try {
      const { share } = await import('./share.js');
      await share(this.#frame.figure, this.#facts());
    } catch (error) {
      this.#shell.alert(`What there is to share could not be shown: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** What the dialog needs to know. @returns {import('./share.js').Facts} */
  #facts() {
    const paper = this.#attribute('paper') ?? '';
    const page = this.#hasPermalink ? new URL(location.href) : new URL(`${paper}/`, site);
    const state = this.view?.state ?? '';
    return {
      paper,
      figure: this.#name,
      title: this.#frame.title.textContent ?? '',
      state,
      height: Math.ceil(this.#element.getBoundingClientRect().height),
      link: link.address(page, this.#name, state),
      ask: (what, name) => this.#thread?.ask(what, name) ?? Promise.reject(new Error('The figure does not play.')),
    };
  }
}
