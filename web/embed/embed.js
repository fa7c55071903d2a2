// <playable-paper paper="hnn" figure="arena">: a figure on any page, from one line.
//
// Attributes, all of them observed
//   paper, figure    which one; without `figure` the paper's first
//   state, seed      where it begins: `noise=0.2&start=1,0`, as the link of the figure shows it
//   engine           auto (default), cpu or webgpu;   engines: what the paper can use, e.g. "cpu webgpu"
//   theme            auto (default: the page's data-theme, or the system's), light or dark
//   controls         show (default) or hide
//   poster           a picture until the figure plays (or children of the element); without either the figure's own
//   aspect           width over height, wide and narrow, e.g. "1.6 0.8"; without it the figure's own: reserved from the start
//   reserve          how many controls and readouts to keep room for, e.g. "6 4"; without it the figure's own
//   permalink        when present the page's address holds the state
// Methods
//   play() pause() step() reset()
//   getState()       the state as a string of at most 2 kB: what differs from the defaults
//   setState(text)   takes over a state
//   readout(id)      { id, label, text, number }, or undefined
// Events, none of which bubbles
//   ready            { figure, spec }: it plays (again)
//   change           { state, readouts, paused }: some of these is another than before
//   error            { message, fatal }: something was refused, or (fatal) the figure cannot go on
//   notice           { message }: what the figure says on its last line
// Types: embed.d.ts.
//
// This file only keeps the place. What plays the figure (figure.js, and its worker) and its picture are fetched when the
// element comes within 200 px of the viewport.

import { Frame } from './frame.js';
import * as look from './look.js';
import * as pool from './pool.js';

class PlayablePaper extends HTMLElement {
  static observedAttributes = [
    'paper', 'figure', 'state', 'seed', 'engine', 'engines', 'theme', 'controls', 'aspect', 'reserve', 'poster', 'permalink',
  ];

  /** @type {Frame | null} */
  #frame = null;
  /** @type {import('./figure.js').Figure | null} */
  #figure = null;
  /** Events before there is a figure to take them. @type {any[]} */
  #early = [];
  /** Whether the pool gave it a worker. */
  #live = false;
  #visible = false;
  #playing = 1;
  #joined = false;

  connectedCallback() {
    if (this.#joined) return;
    this.#joined = true;
    this.#frame ??= new Frame(this.shadowRoot ?? this.attachShadow({ mode: 'open' }));
    this.#frame.read(this);
    this.#look();
    look.watch(this.#look);
    this.#figure?.connect();
    pool.join(this);
    const name = this.getAttribute('figure');
    if (this.hasAttribute('permalink') && location.hash.startsWith(`#${name}?`)) this.scrollIntoView({ block: 'center' });
  }

  disconnectedCallback() {
    // A move within the page disconnects and connects again: that is no reason to end the worker.
    queueMicrotask(() => {
      if (this.isConnected || !this.#joined) return;
      this.#joined = false;
      look.unwatch(this.#look);
      this.#figure?.disconnect();
      pool.leave(this);
    });
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#frame || before === now) return;
    if (name === 'theme') this.#look();
    else if (name === 'state') this.setState(now ?? '');
    else if (['paper', 'figure', 'seed', 'engine', 'engines', 'permalink'].includes(name)) this.#figure?.attribute(name);
    if (name !== 'state') this.#frame.read(this);
  }

  #look = () => {
    this.#frame.theme(look.theme(this.getAttribute('theme')));
    this.#figure?.look();
  };

  #send(event) {
    if (this.#figure) this.#figure.send(event);
    else this.#early.push(event);
  }

  /** Goes on. */
  play() {
    this.#send({ type: 'pause', paused: false });
  }

  /** Stops. */
  pause() {
    this.#send({ type: 'pause', paused: true });
  }

  /** One step while paused. */
  step() {
    this.#send({ type: 'step' });
  }

  /** Back to the defaults. */
  reset() {
    this.#send({ type: 'reset' });
  }

  /** The state as a string: what differs from the defaults. */
  getState() {
    const early = this.#early.findLast(({ type }) => type === 'state')?.state;
    return this.#figure?.view?.state ?? early ?? this.getAttribute('state') ?? '';
  }

  /** Takes over a state. @param {string} state */
  setState(state) {
    this.#send({ type: 'state', state: String(state) });
  }

  /** One readout, `{ id, label, text, number }`. @param {string} id */
  readout(id) {
    return this.#figure?.view?.readouts.find((readout) => readout.id === id);
  }

  // What the pool calls.

  /** It came near: now its picture may be fetched. */
  approach() {
    this.#frame.reveal(this);
  }

  /** @param {boolean} visible */
  seen(visible) {
    this.#visible = visible;
    this.#figure?.seen(visible);
  }

  /** @param {number} playing figures of the page, this one among them */
  beside(playing) {
    this.#playing = playing;
    this.#figure?.beside(playing);
  }

  /** @param {boolean} waiting */
  async queued(waiting) {
    if (this.#figure || waiting) (await this.#load())?.queued(waiting);
  }

  /** Starts a worker. */
  async resume() {
    this.#live = true;
    const figure = await this.#load();
    if (this.#live) figure?.resume();
  }

  /** Saves and ends the worker. */
  async suspend() {
    this.#live = false;
    await this.#figure?.suspend();
  }

  /** What plays the figure. */
  async #load() {
    try {
      const { Figure } = await import('./figure.js');
      if (!this.#figure) {
        this.#figure = new Figure(this, this.#frame, this.#early.splice(0));
        if (this.#joined) this.#figure.connect();
        this.#figure.seen(this.#visible);
        this.#figure.beside(this.#playing);
      }
    } catch (error) {
      this.#frame.status.textContent = 'The figure could not be loaded. Reload the page to try again.';
      this.dispatchEvent(new CustomEvent('error', { detail: { message: String(error), fatal: true } }));
    }
    return this.#figure;
  }
}

if (!customElements.get('playable-paper')) customElements.define('playable-paper', PlayablePaper);

export { PlayablePaper };
