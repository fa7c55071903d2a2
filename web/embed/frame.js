// The frame of a figure, there from the first moment and as large as it will be, so that nothing on the page moves later.

import { h } from './dom.js';
import { figures } from './figures.js';
import { address } from './files.js';
import { styles } from './styles.js';

/** For a figure that the list of figures does not know. */
const DEFAULTS = { aspect: [1.6, 0.8], reserve: [4, 4] };

/** What the list knows of the figure of an element. @param {Element} element */
export function listed(element) {
  const paper = `${element.getAttribute('paper')}/`;
  const name = element.getAttribute('figure');
  return figures[name ? paper + name : Object.keys(figures).find((key) => key.startsWith(paper))] ?? DEFAULTS;
}

/** The parts of a frame, for the shell to fill. */
export class Frame {
  title = h('p', { class: 'title', id: 'title' }, '\u00a0');
  head = h('div', { class: 'head' }, this.title);
  poster = h('div', { class: 'poster' }, h('slot', { name: 'poster' }), h('slot'));
  stage = h('div', { class: 'stage' }, this.poster);
  bar = h('div', { class: 'bar', role: 'group', 'aria-label': 'Playback' });
  controls = h('div', { class: 'controls', role: 'group', 'aria-label': 'Controls' });
  readouts = h('dl', { class: 'readouts' });
  status = h('p', { class: 'status', role: 'status' });
  figure = h(
    'section',
    { class: 'figure', role: 'group', 'aria-labelledby': 'title' },
    this.head, this.stage, this.bar, this.controls, this.readouts, this.status,
  );
  /** Whether the spec has been heard: from then on nothing needs to be reserved. */
  isFilled = false;
  /** Whether the figure is so near that its picture may be fetched. */
  #isNear = false;

  /** @param {ShadowRoot} root */
  constructor(root) {
    root.adoptedStyleSheets = [styles()];
    root.append(this.figure);
  }

  /** What the attributes of `element` say. @param {Element} element */
  read(element) {
    const own = listed(element);
    const pair = (name) => {
      const numbers = (element.getAttribute(name) ?? '').split(/[\s,]+/).map(Number);
      return own[name].map((value, i) => (numbers[i] > 0 ? numbers[i] : value));
    };
    if (!this.isFilled || element.hasAttribute('aspect')) this.aspect(...pair('aspect'));
    if (!this.isFilled) this.#reserve(...pair('reserve'));
    this.figure.classList.toggle('bare', element.getAttribute('controls') === 'hide');
    if (this.#isNear) this.reveal(element);
  }

  /** Fetches the picture that stands in until the figure plays, unless the page gives one itself. @param {Element} element */
  reveal(element) {
    this.#isNear = true;
    const { poster } = listed(element);
    const own = poster && element.childElementCount === 0 ? address(poster).href : '';
    const wanted = element.getAttribute('poster') ?? own;
    const shown = this.poster.querySelector('img');
    if ((shown?.getAttribute('src') ?? '') === wanted) return;
    shown?.remove();
    if (!wanted || this.poster.hidden) return;
    const picture = h('img', { src: wanted, alt: '' });
    // A picture that is missing is no loss: the figure comes.
    picture.addEventListener('error', () => picture.remove());
    this.poster.append(picture);
  }

  aspect(wide, narrow) {
    this.figure.style.setProperty('--wide', wide);
    this.figure.style.setProperty('--narrow', narrow);
  }

  /** @param {string} theme */
  theme(theme) {
    this.figure.classList.toggle('dark', theme === 'dark');
  }

  #reserve(controls, readouts) {
    const blanks = (count, name, ...inside) =>
      Array.from({ length: count }, () => h('div', { class: `${name} blank` }, ...inside.map((tag) => h(tag))));
    this.controls.replaceChildren(...blanks(controls, 'control'));
    this.readouts.replaceChildren(...blanks(readouts, 'readout', 'dt', 'dd'));
    this.controls.hidden = controls === 0;
    this.readouts.hidden = readouts === 0;
  }
}
