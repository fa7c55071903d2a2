// Painting without dragging: a brush that goes from tap to tap, or by the arrow keys.
//
// While it is on, the first tap on the figure puts the brush down, and each further one draws a straight line to where it
// falls; a tap where the brush stands, or Escape, lifts it. By keyboard Enter is the tap, and the arrows move the brush.

import { h } from './dom.js';

/** Points of a line lie no farther apart. */
const SPACING = 6;
/** An arrow key moves the brush so far; with Shift ten times. */
const STEP = 4;
/** Half the width of the brush's mark. */
const HALF = 12;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The brush of one figure. */
export class Brush {
  #layer;
  #send;
  /** Where it stands. */
  #at = [0, 0];
  #isDown = false;
  #mark = h('div', {
    class: 'brush-mark',
    role: 'button',
    tabIndex: 0,
    hidden: true,
    'aria-label': 'Brush',
    'aria-pressed': 'false',
    'aria-describedby': 'brush-help',
  });

  /**
   * @param {HTMLElement} layer over the canvas and as large
   * @param {(event: object) => void} send Takes the events of crates/demo/src/event.rs.
   */
  constructor(layer, send) {
    this.#layer = layer;
    this.#send = send;
    this.#mark.addEventListener('keydown', (event) => this.#key(event));
    this.#mark.addEventListener('click', () => this.tap(this.#at));
    layer.append(this.#mark);
  }

  get isOn() {
    return !this.#mark.hidden;
  }

  /** On, in the middle of the figure and ready for the keyboard; or off. @param {boolean} isOn */
  turn(isOn) {
    if (!isOn) this.#lift();
    this.#mark.hidden = !isOn;
    if (!isOn) return;
    this.#move([this.#layer.clientWidth / 2, this.#layer.clientHeight / 2]);
    this.#mark.focus({ preventScroll: true });
  }

  /** Puts the brush down at a point of the figure, or draws a line to there. @param {number[]} point */
  tap(point) {
    const from = this.#at;
    this.#move(point);
    if (!this.#isDown) this.#lower();
    else if (Math.hypot(point[0] - from[0], point[1] - from[1]) < HALF / 2) this.#lift();
    else this.#line(from, point);
  }

  #line(from, to) {
    const count = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / SPACING);
    for (let i = 1; i <= count; i += 1) {
      this.#tell('move', from.map((value, axis) => value + (i / count) * (to[axis] - value)));
    }
  }

  #lower() {
    this.#isDown = true;
    this.#mark.setAttribute('aria-pressed', 'true');
    this.#tell('start', this.#at);
  }

  #lift() {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#mark.setAttribute('aria-pressed', 'false');
    this.#tell('end', this.#at);
  }

  #tell(phase, at) {
    this.#send({ type: 'pointer', at, phase });
  }

  #move(point) {
    const room = [this.#layer.clientWidth, this.#layer.clientHeight];
    this.#at = point.map((value, axis) => Math.max(0, Math.min(value, room[axis])));
    const [x, y] = this.#at;
    this.#mark.style.transform = `translate(${x - HALF}px, ${y - HALF}px)`;
  }

  #key(event) {
    if (event.key === 'Escape') return this.#lift();
    const isTap = event.key === 'Enter' || event.key === ' ';
    const arrow = ARROWS[event.key];
    if ((!isTap && !arrow) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (isTap) return this.#isDown ? this.#lift() : this.#lower();
    const from = this.#at;
    this.#move(from.map((value, axis) => value + arrow[axis] * STEP * (event.shiftKey ? 10 : 1)));
    if (this.#isDown) this.#line(from, this.#at);
  }
}
