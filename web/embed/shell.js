// Everything of a figure that is not its canvas: toolbar, controls, handles, readouts, messages, in its frame.

import { Controls, raised, showReadouts } from './controls.js';
import { h, icon, setText } from './dom.js';
import { Handles } from './handles.js';

const ICONS = {
  play: 'M6 3.5v13l10.5-6.5z',
  pause: 'M5.5 4h3v12h-3zM11.5 4h3v12h-3z',
  step: 'M5 4v12l8-6zM15.5 4v12',
  reset: 'M4.2 8.2A6.2 6.2 0 1 1 4 12M4 3.8v4.4h4.4',
  dice: 'M3.5 6.5 10 3l6.5 3.5v7L10 17l-6.5-3.5zM3.5 6.5 10 10l6.5-3.5M10 10v7',
  brush: 'M13.5 3.5l3 3L9 14H6v-3zM3.5 17h6',
  share: 'M7 9l6-3.4M7 11l6 3.4M17 4.4a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0zM7 10a2.2 2.2 0 1 1-4.4 0A2.2 2.2 0 0 1 7 10zM17 15.6a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0z',
  model: 'M10 13V3M6 7l4-4 4 4M3.5 12.5v4h13v-4',
  help: 'M7.4 7.4A2.7 2.7 0 1 1 10 11v1.3M10 15.2v.1',
  close: 'M5 5l10 10M15 5 5 15',
};

/** A readout is spoken so long after the visitor's last touch. */
const SPEAK_MS = 900;
/** While the focus is in a figure that plays its readouts are spoken so often. */
const RETELL_MS = 15_000;
/** The text that stands for the picture follows it so often. */
const DESCRIBE_MS = 1_000;

/**
 * What the shell asks of its figure.
 * @typedef {{
 *   send(event: object): void, choose(engine: string): void, model(file: File): void, share(): void, retry(): void,
 *   claim(): void, touched(): void,
 * }} Owner
 */

const button = (name, label, click, text) =>
  h('button', { type: 'button', class: name, title: label, 'aria-label': label, disabled: true, on: { click } }, icon(ICONS[name]), ...(text ? [text] : []));

/** The inside of one figure's frame. */
export class Shell {
  #owner;
  #frame;
  #parts;
  #handles;
  /** What the worker has told since the last frame. @type {{ handles?: object[], view?: object }} */
  #told = {};
  #frameAsked = 0;
  /** Fetched when a visitor first asks for it. @type {import('./brush.js').Brush | null} */
  #brush = null;
  /** @type {Controls | null} */
  #controls = null;
  #paints = false;
  /** Whether a press on the figure itself began that is the figure's own if it ends as a click. */
  #pressed = false;
  #contract = null;
  #speaker = 0;
  #spokenAt = 0;
  #describedAt = 0;
  #view = null;

  /** @param {import('./frame.js').Frame} frame @param {Owner} owner */
  constructor(frame, owner) {
    this.#owner = owner;
    this.#frame = frame;
    this.#parts = this.#build();
    this.#handles = new Handles(this.#parts.handles, (event) => this.#send(event), (event) => this.pointOf(event));
    this.#listen();
  }

  #build() {
    const owner = this.#owner;
    const toggle = h('span', {}, 'Play');
    const play = h('button', { type: 'button', class: 'main play', 'aria-label': 'Play', disabled: true, on: { click: () => this.#playOrPause() } }, icon(ICONS.play), toggle);
    const seed = h('input', { type: 'number', min: '0', max: '4294967295', step: '1', disabled: true, 'aria-label': 'Seed' });
    seed.addEventListener('change', () => this.#seed(seed.value));
    const engine = h('select', { 'aria-label': 'Engine', disabled: true, hidden: true, on: { change: () => owner.choose(engine.value) } });
    engine.append(h('option', { value: 'cpu' }, 'CPU'), h('option', { value: 'webgpu' }, 'WebGPU'));
    const file = h('input', { type: 'file', accept: '.onnx', hidden: true, 'aria-label': 'ONNX file', on: { change: () => this.#picked() } });
    const tools = {
      step: button('step', 'One step', () => this.#send({ type: 'step' })),
      reset: button('reset', 'Reset', () => this.#send({ type: 'reset' })),
      dice: button('dice', 'New seed', () => this.#seed(crypto.getRandomValues(new Uint32Array(1))[0] % 10_000)),
      brush: button('brush', 'Paint by taps', () => this.#turnBrush()),
      share: button('share', 'Share and embed', () => owner.share(), 'Share'),
      model: button('model', 'Load a model', () => file.click()),
      help: button('help', 'Help', () => this.#toggleHelp()),
    };
    tools.model.hidden = tools.brush.hidden = true;
    tools.brush.setAttribute('aria-pressed', 'false');
    tools.share.setAttribute('aria-haspopup', 'dialog');
    tools.help.setAttribute('aria-expanded', 'false');
    const mark = h('span', { class: 'engine-mark', hidden: true });
    const cover = h('div', { class: 'cover loading', hidden: true });
    const parts = {
      mark, play, toggle, seed, engine, file, cover, ...tools,
      handles: h('div', { class: 'handles' }),
      alerts: h('div', { role: 'alert' }),
      helpText: h('div', { class: 'guide', hidden: true, tabIndex: -1, role: 'region', 'aria-label': 'Help' }),
      live: h('p', { class: 'hidden', 'aria-live': 'polite' }),
      description: h('p', { class: 'hidden', id: 'description' }),
    };
    const brushHelp = h('p', { class: 'hidden', id: 'brush-help' }, 'Arrow keys move it, with Shift ten steps; Enter puts it down and lifts it. Or tap the figure from place to place.');
    const help = h('p', { class: 'hidden', id: 'handle-help' }, 'Arrow keys move it, with Shift ten steps. Or press Enter or click it, and then click where it should go.');
    const { head, stage, bar, figure } = this.#frame;
    head.append(mark, tools.help);
    stage.append(parts.handles, cover, parts.helpText, parts.alerts);
    bar.append(
      h('div', { class: 'group' }, play, tools.step, tools.reset, h('label', { class: 'seed' }, h('span', {}, 'Seed'), seed), tools.dice),
      h('div', { class: 'group' }, engine, tools.brush, tools.model, file, tools.share),
    );
    figure.append(parts.live, parts.description, help, brushHelp);
    return parts;
  }

  #listen() {
    const { helpText, help } = this.#parts;
    const { stage, figure } = this.#frame;
    figure.addEventListener('keydown', (event) => this.#controls?.key(event));
    stage.addEventListener('pointerdown', (event) => this.#press(event));
    stage.addEventListener('click', (event) => this.#click(event));
    stage.addEventListener('dragover', (event) => {
      if (!this.#contract || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      this.#cover('veil drop', `Drop an ONNX file: ${this.#contract}`);
    });
    stage.addEventListener('dragleave', (event) => {
      if (!stage.contains(event.relatedTarget)) this.#uncover('drop');
    });
    stage.addEventListener('drop', (event) => {
      this.#uncover('drop');
      const file = event.dataTransfer?.files[0];
      if (!this.#contract || !file) return;
      event.preventDefault();
      this.#owner.model(file);
    });
    helpText.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.#toggleHelp();
      help.focus();
    });
  }

  /** The figure's point of a pointer, also where the page scales the figure. @param {PointerEvent} event */
  pointOf(event) {
    const box = this.#frame.stage.getBoundingClientRect();
    const scale = this.#frame.stage.clientWidth / (box.width || 1);
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  /** A figure that is not painted hears of clicks alone: a finger that scrolls the page touches nothing. */
  #click(event) {
    if (!this.#pressed) return;
    this.#pressed = false;
    for (const phase of ['start', 'end']) this.#send({ type: 'pointer', at: this.pointOf(event), phase });
  }

  #press(event) {
    this.#pressed = false;
    if (event.target !== this.#frame.stage.querySelector('canvas') || event.button !== 0) return;
    if (this.#handles.take(event)) return event.preventDefault();
    if (!this.#paints) {
      this.#pressed = true;
      return;
    }
    event.preventDefault();
    if (this.#brush?.isOn) return this.#brush.tap(this.pointOf(event));
    const canvas = event.target;
    canvas.setPointerCapture(event.pointerId);
    const tell = (next, phase) => this.#send({ type: 'pointer', at: this.pointOf(next), phase });
    const move = (next) => next.pointerId === event.pointerId && tell(next, 'move');
    const end = (last) => {
      if (last.pointerId !== event.pointerId) return;
      canvas.removeEventListener('pointermove', move);
      for (const type of ['pointerup', 'pointercancel']) canvas.removeEventListener(type, end);
      tell(last, 'end');
    };
    canvas.addEventListener('pointermove', move);
    for (const type of ['pointerup', 'pointercancel']) canvas.addEventListener(type, end);
    tell(event, 'start');
  }

  #send(event) {
    this.#owner.touched();
    this.#owner.send(event);
    this.speak();
  }

  async #turnBrush() {
    try {
      const { Brush } = await import('./brush.js');
      this.#brush ??= new Brush(this.#parts.handles, (event) => this.#send(event));
      this.#brush.turn(!this.#brush.isOn);
      this.#parts.brush.setAttribute('aria-pressed', String(this.#brush.isOn));
    } catch {
      this.alert('The brush could not be loaded. Check the connection and try again.');
    }
  }

  #playOrPause() {
    this.#send({ type: 'pause', paused: !this.#view?.paused });
  }

  #seed(value) {
    const seed = Number(value);
    if (value !== '' && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) this.#send({ type: 'seed', seed });
    else {
      this.alert('A seed is a whole number from 0 to 4294967295.');
      if (this.#view) this.#parts.seed.value = this.#view.seed;
    }
  }

  #picked() {
    const [file] = this.#parts.file.files;
    this.#parts.file.value = '';
    if (file) this.#owner.model(file);
  }

  #toggleHelp() {
    const { helpText, help } = this.#parts;
    helpText.hidden = !helpText.hidden;
    help.setAttribute('aria-expanded', String(!helpText.hidden));
    if (!helpText.hidden) helpText.focus();
  }

  /** A worker's canvas goes blank with it: its last picture takes the place, or else the one of before it played. @param {ImageBitmap | null} still */
  leave(still) {
    const { stage, poster } = this.#frame;
    const canvases = stage.querySelectorAll('canvas');
    if (canvases.length === 0) return;
    const kept = still && h('canvas', { width: still.width, height: still.height, role: 'img', 'aria-label': canvases[0].getAttribute('aria-label') });
    kept?.getContext('2d').drawImage(still, 0, 0);
    for (const canvas of canvases) canvas.remove();
    if (kept) poster.after(kept);
    poster.hidden = Boolean(kept);
  }

  /** A canvas for a new worker; the last picture stays until the worker has painted. */
  canvas() {
    const canvas = h('canvas', { role: 'img', 'aria-label': 'Loading', 'aria-describedby': 'description' });
    const old = this.#frame.stage.querySelector('canvas');
    canvas.hidden = true;
    if (old) old.after(canvas);
    else this.#frame.poster.after(canvas);
    return canvas;
  }

  /** The worker has painted: its canvas takes the place of whatever stood there. */
  reveal(canvas, spec) {
    for (const other of this.#frame.stage.querySelectorAll('canvas')) if (other !== canvas) other.remove();
    canvas.hidden = false;
    canvas.setAttribute('aria-label', `${spec.title}. ${spec.summary}`);
    this.#frame.poster.hidden = true;
    this.#uncover('loading');
  }

  loading(text) {
    this.#cover('loading', text, h('div', { class: 'spinner' }));
  }

  /** This one waits until another is put aside. */
  queued() {
    if (this.#parts.cover.classList.contains('queued') && !this.#parts.cover.hidden) return;
    const play = h('button', { type: 'button', class: 'main', on: { click: () => this.#owner.claim() } }, icon(ICONS.play), 'Play this figure');
    this.#cover('veil queued loading', 'Three figures play at once at most.', play);
  }

  /** The figure cannot go on. */
  fatal(message) {
    const again = h('button', { type: 'button', class: 'main', on: { click: () => this.#owner.retry() } }, 'Try again');
    this.#cover('veil fatal', message, again).setAttribute('role', 'alert');
    this.#enable(false);
  }

  uncover() {
    this.#uncover('');
  }

  #cover(kind, text, ...more) {
    const { cover } = this.#parts;
    cover.removeAttribute('role');
    cover.className = `cover ${kind}`;
    cover.replaceChildren(...more.filter((part) => part.className === 'spinner'), h('p', {}, text), ...more.filter((part) => part.className !== 'spinner'));
    cover.hidden = false;
    return cover;
  }

  #uncover(kind) {
    if (this.#parts.cover.className.includes(kind)) this.#parts.cover.hidden = true;
  }

  /** Something was refused: said aloud, shown until closed; the controls show what holds. @param {string} message */
  alert(message) {
    const { alerts } = this.#parts;
    const close = h('button', { type: 'button', class: 'quiet', title: 'Close', 'aria-label': 'Close the message', on: { click: () => alerts.replaceChildren() } }, icon(ICONS.close));
    alerts.replaceChildren(h('div', { class: 'alert' }, h('p', {}, message), close));
    if (this.#view) this.#controls?.show(this.#view.controls);
  }

  /** @param {string} text @param {string} [address] an address to copy by hand */
  notice(text, address) {
    setText(this.#frame.status, text);
    if (!address) return;
    const field = h('input', { type: 'text', readOnly: true, value: address, 'aria-label': 'Link' });
    this.#frame.status.append(field);
    field.select();
  }

  /** @param {"cpu" | "webgpu"} engine */
  engine(engine) {
    const { mark } = this.#parts;
    this.#parts.engine.value = engine;
    mark.hidden = this.#parts.engine.hidden;
    mark.classList.toggle('fast', engine === 'webgpu');
    setText(mark, engine === 'webgpu' ? 'WebGPU' : 'CPU');
  }

  /** @param {boolean} offered whether there is a choice of engines */
  engines(offered) {
    const { engine, mark } = this.#parts;
    engine.hidden = !offered;
    mark.hidden = !offered || !mark.textContent;
  }

  /** Builds everything that the spec tells. @param {any} spec */
  spec(spec) {
    const { helpText, model, brush } = this.#parts;
    const { title, controls, stage } = this.#frame;
    setText(title, spec.title);
    title.title = spec.title;
    this.#paints = spec.paints;
    this.#contract = spec.model_contract;
    stage.classList.toggle('paints', spec.paints);
    model.hidden = !spec.model_contract;
    brush.hidden = !spec.paints;
    if (!spec.paints && this.#brush?.isOn) this.#turnBrush();
    const close = h('button', { type: 'button', class: 'close quiet', title: 'Close', 'aria-label': 'Close the help', on: { click: () => this.#toggleHelp() } }, icon(ICONS.close));
    const notes = [
      spec.summary,
      spec.help,
      'Points on the figure can be dragged. By keyboard: Tab to a point, arrow keys to move it, Shift for ten steps; or Enter, and then a click where it should go.',
      ...(spec.paints ? ['Painting without dragging: “Paint by taps” gives a brush that goes from tap to tap, or by the arrow keys; Enter puts it down and lifts it.'] : []),
      ...(spec.model_contract ? [`Your own model: load or drop an ONNX file, ${spec.model_contract}. It stays on your machine.`] : []),
    ];
    helpText.replaceChildren(close, ...notes.filter(Boolean).map((note) => h('p', {}, note)));
    const set = (id, value) => this.#send({ type: 'control', id, value });
    this.#controls = new Controls(controls, spec.controls, set);
    this.#enable(true);
  }

  #enable(enabled) {
    const { play, step, reset, seed, dice, engine, brush, share, model, help } = this.#parts;
    for (const input of [play, step, reset, seed, dice, engine, brush, share, model, help]) input.disabled = !enabled;
  }

  /** @param {{ width: number, height: number }} size of the stage */
  resize(size) {
    this.#handles.resize(size);
  }

  /** @param {import('./handles.js').Handle[]} handles */
  handles(handles) {
    this.#soon({ handles });
  }

  /** Shows a view of crates/web/src/view.rs. */
  view(view) {
    this.#soon({ view });
  }

  /** Of what the worker tells within one frame of the page only the last is shown, or a slow page would fall behind. */
  #soon(told) {
    Object.assign(this.#told, told);
    this.#frameAsked ||= requestAnimationFrame(() => {
      const { handles, view } = this.#told;
      [this.#told, this.#frameAsked] = [{}, 0];
      if (handles) this.#handles.update(handles);
      if (view) this.#show(view);
    });
  }

  #show(view) {
    const { play, toggle, seed } = this.#parts;
    const active = /** @type {ShadowRoot} */ (this.#frame.stage.getRootNode()).activeElement;
    if (this.#view?.paused !== view.paused || !this.#view) {
      play.firstElementChild?.replaceWith(icon(view.paused ? ICONS.play : ICONS.pause));
      setText(toggle, view.paused ? 'Play' : 'Pause');
      play.setAttribute('aria-label', view.paused ? 'Play' : 'Pause');
      if (view.paused) this.speak();
    }
    this.#view = view;
    if (seed !== active) seed.value = view.seed;
    this.#controls?.show(view.controls);
    showReadouts(this.#frame.readouts, view.readouts);
    this.#describe(active !== null);
  }

  /** The text for the picture, now and then; told aloud where the visitor's focus is in the figure. @param {boolean} isAttended */
  #describe(isAttended) {
    const now = performance.now();
    if (now - this.#describedAt < DESCRIBE_MS) return;
    this.#describedAt = now;
    setText(this.#parts.description, this.#words());
    if (isAttended && now - this.#spokenAt > RETELL_MS) this.speak();
  }

  #words() {
    return (this.#view?.readouts ?? []).map(({ label, text }) => `${label}: ${raised(text)}.`).join(' ');
  }

  /** Tells the readouts to those who listen, once the visitor's hands rest. */
  speak() {
    this.#spokenAt = performance.now();
    clearTimeout(this.#speaker);
    this.#speaker = setTimeout(() => {
      setText(this.#parts.live, this.#words());
      setText(this.#parts.description, this.#words());
    }, SPEAK_MS);
  }

  stop() {
    clearTimeout(this.#speaker);
  }
}
