// Handles: focusable elements over the canvas, moved by pointer, touch, keyboard, or two clicks.

import { h } from './dom.js';

/** A press that moves less than this is a click. */
const CLICK_PX = 4;
/** The least width of a target (WCAG 2.5.8). */
const TARGET_PX = 24;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * A handle as crates/web/src/view.rs writes it.
 * @typedef {{ id: string, label: string, text: string, at: number[], radius: number, world: number[], low: number[],
 *   high: number[], moves: boolean[] }} Handle
 */

/** The layer of handles over one canvas. */
export class Handles {
  /** @type {Map<string, { element: HTMLElement, handle: Handle }>} */
  #all = new Map();
  /** The handle that the next click on the canvas moves. @type {string | null} */
  #armed = null;
  /** Width and height of the layer, told to us: to ask for them while the figure plays would cost a layout each time. */
  #room = [0, 0];
  #layer;
  #send;
  #pointOf;

  /**
   * @param {HTMLElement} layer
   * @param {(event: object) => void} send Takes the events of crates/demo/src/event.rs.
   * @param {(event: PointerEvent) => number[]} pointOf The figure's point of a pointer.
   */
  constructor(layer, send, pointOf) {
    this.#layer = layer;
    this.#send = send;
    this.#pointOf = pointOf;
  }

  /** @param {{ width: number, height: number }} size of the layer */
  resize({ width, height }) {
    this.#room = [width, height];
  }

  /** Shows these handles. @param {Handle[]} handles */
  update(handles) {
    const gone = new Set(this.#all.keys());
    for (const handle of handles) {
      gone.delete(handle.id);
      const entry = this.#all.get(handle.id) ?? this.#add(handle);
      entry.handle = handle;
      place(entry.element, handle, this.#room);
    }
    for (const id of gone) {
      this.#all.get(id)?.element.remove();
      this.#all.delete(id);
      if (this.#armed === id) this.#arm(null);
    }
  }

  /** Takes a press on the canvas, if a handle waits for one. @param {PointerEvent} event */
  take(event) {
    if (this.#armed === null) return false;
    this.#send({ type: 'drag', id: this.#armed, at: this.#pointOf(event) });
    this.#all.get(this.#armed)?.element.focus({ preventScroll: true });
    this.#arm(null);
    return true;
  }

  #add(handle) {
    const element = h('div', {
      class: 'handle',
      role: 'slider',
      tabIndex: 0,
      'data-handle': handle.id,
      'aria-roledescription': 'draggable point',
      'aria-describedby': 'handle-help',
    });
    const entry = { element, handle };
    element.addEventListener('keydown', (event) => this.#key(event, entry.handle));
    element.addEventListener('pointerdown', (event) => this.#press(event, entry));
    this.#all.set(handle.id, entry);
    this.#layer.append(element);
    return entry;
  }

  #key(event, { id, moves }) {
    if (event.key === 'Escape') this.#arm(null);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#arm(this.#armed === id ? null : id);
    }
    const [x, y] = ARROWS[event.key] ?? [0, 0];
    if (event.altKey || event.ctrlKey || event.metaKey || !((x && moves[0]) || (y && moves[1]))) return;
    event.preventDefault();
    const factor = event.shiftKey ? 10 : 1;
    this.#send({ type: 'nudge', id, steps: [x * factor, y * factor] });
  }

  #press(event, { element, handle }) {
    if (event.button !== 0) return;
    event.preventDefault();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const from = this.#pointOf(event);
    const grip = [handle.at[0] - from[0], handle.at[1] - from[1]];
    let moved = false;
    const move = (next) => {
      if (next.pointerId !== event.pointerId) return;
      const [x, y] = this.#pointOf(next);
      moved ||= Math.hypot(x - from[0], y - from[1]) >= CLICK_PX;
      if (moved) this.#send({ type: 'drag', id: handle.id, at: [x + grip[0], y + grip[1]] });
    };
    const end = (last) => {
      if (last.pointerId !== event.pointerId) return;
      element.classList.remove('grabbed');
      for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) element.removeEventListener(type, end);
      element.removeEventListener('pointermove', move);
      if (last.type === 'pointerup' && !moved) this.#arm(this.#armed === handle.id ? null : handle.id);
    };
    element.classList.add('grabbed');
    element.addEventListener('pointermove', move);
    for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) element.addEventListener(type, end);
  }

  #arm(id) {
    this.#armed = id;
    for (const [name, { element }] of this.#all) element.classList.toggle('armed', name === id);
    this.#layer.classList.toggle('aiming', id !== null);
  }
}

/**
 * What would lie outside of the stage waits at its edge, where it can be caught.
 * @param {HTMLElement} element
 * @param {Handle} handle
 * @param {number[]} room width and height of the stage
 */
function place(element, { at, radius, label, text, world, low, high, moves }, room) {
  const size = Math.max(TARGET_PX, 2 * radius);
  const [x, y] = at.map((value, i) => Math.max(0, Math.min(value - size / 2, room[i] - size)));
  if (element.style.width !== `${size}px`) element.style.width = element.style.height = `${size}px`;
  element.style.transform = `translate(${x}px, ${y}px)`;
  const axis = moves[0] ? 0 : 1;
  const facts = {
    'aria-label': label,
    'aria-valuetext': text || String(world[axis]),
    'aria-valuenow': world[axis] ?? 0,
    'aria-valuemin': low[axis] ?? 0,
    'aria-valuemax': high[axis] ?? 0,
    'aria-orientation': axis === 1 ? 'vertical' : 'horizontal',
  };
  for (const [name, value] of Object.entries(facts)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}
