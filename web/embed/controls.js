// Real HTML controls from a figure's spec, and its readouts.

import { h, setText } from './dom.js';

/**
 * A control as crates/demo/src/spec.rs writes it.
 * @typedef {{ kind: 'slider' | 'toggle' | 'choice' | 'button', id: string, label: string, unit: string, min: number,
 *   max: number, step: number, options: { id: string, label: string }[] }} Control
 */

/** One control: its cell, and how a value that came from elsewhere is shown. */
const makers = {
  /** @param {Control} control @param {(value: number) => void} set */
  slider({ id, label, unit, min, max, step }, set) {
    const facts = { min: String(min), max: String(max), step: step > 0 ? String(step) : 'any' };
    const range = h('input', { type: 'range', id: `c-${id}`, ...facts });
    const number = h('input', { type: 'number', 'aria-label': unit ? `${label}, in ${unit}` : label, ...facts });
    range.addEventListener('input', () => {
      number.value = range.value;
      set(Number(range.value));
    });
    // What is being typed is not overwritten.
    let typing = false;
    number.addEventListener('input', () => (typing = true));
    number.addEventListener('blur', () => (typing = false));
    number.addEventListener('change', () => {
      typing = false;
      const value = Number.parseFloat(number.value);
      // What is not a number is for the figure to refuse, in its own words.
      if (Number.isNaN(value)) return set(number.value);
      show(Math.min(Math.max(value, min), max));
      set(value);
    });
    const row = h('div', { class: 'row' }, range, number, ...(unit ? [h('span', { class: 'unit' }, unit)] : []));
    const show = (value) => {
      const text = String(Number(Number(value).toPrecision(6)));
      if (range.value !== text) range.value = text;
      if (!typing && number.value !== text) number.value = text;
      if (unit) range.setAttribute('aria-valuetext', `${text} ${unit}`);
    };
    return { cell: h('div', { class: 'control' }, h('label', { htmlFor: range.id, title: label }, label), row), show };
  },

  toggle({ id, label }, set) {
    const box = h('input', { type: 'checkbox', id: `c-${id}`, on: { change: () => set(box.checked) } });
    const show = (value) => (box.checked = value);
    return { cell: h('div', { class: 'control' }, h('label', { class: 'toggle' }, box, label)), show };
  },

  choice({ id, label, options }, set) {
    const select = h('select', { id: `c-${id}`, on: { change: () => set(select.value) } });
    select.append(...options.map((option) => h('option', { value: option.id }, option.label)));
    const show = (value) => {
      select.value = value;
      // A narrow figure cuts long options.
      select.title = select.selectedOptions[0]?.text ?? '';
    };
    const row = h('div', { class: 'row' }, select);
    return { cell: h('div', { class: 'control' }, h('label', { htmlFor: select.id, title: label }, label), row), show };
  },

  button({ id, label }, set) {
    const button = h('button', { type: 'button', id: `c-${id}`, title: label, on: { click: () => set(true) } }, label);
    if (label.length === 1) button.setAttribute('aria-keyshortcuts', label);
    return { cell: h('div', { class: 'control' }, button), show: () => {} };
  },
};

/** The controls of one figure. */
export class Controls {
  /** How each shows a value. @type {Map<string, (value: any) => void>} */
  #all = new Map();
  #place;

  /**
   * @param {HTMLElement} place
   * @param {Control[]} controls
   * @param {(id: string, value: any) => void} set
   */
  constructor(place, controls, set) {
    this.#place = place;
    const cells = controls.map((control) => {
      const { cell, show } = makers[control.kind](control, (value) => set(control.id, value));
      this.#all.set(control.id, show);
      return cell;
    });
    place.replaceChildren(...cells);
    place.hidden = cells.length === 0;
  }

  /** Presses the button that is named by the sign of a key, unless the key is for typing. @param {KeyboardEvent} event */
  key(event) {
    const isTyping = event.target instanceof Element && event.target.matches('select, textarea, input:not([type="checkbox"])');
    if (isTyping || event.key.length !== 1 || event.altKey || event.ctrlKey || event.metaKey) return;
    const button = this.#place.querySelector(`button[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  }

  /** Shows values that may have come from elsewhere. @param {Record<string, any>} values */
  show(values) {
    for (const [id, value] of Object.entries(values)) this.#all.get(id)?.(value);
  }
}

const SUPERSCRIPTS = { '\u2212': '⁻', ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].map((sign, digit) => [digit, sign])) };

/** `10^−7` with the exponent raised. @param {string} text */
export const raised = (text) => text.replace(/10\^(\u2212?\d+)/g, (_, power) => `10${[...power].map((sign) => SUPERSCRIPTS[sign]).join('')}`);

/** Shows readouts as a list of terms. @param {HTMLElement} place @param {{ id: string, label: string, text: string }[]} readouts */
export function showReadouts(place, readouts) {
  const fits = place.children.length === readouts.length && readouts.every(({ id }, i) => place.children[i].getAttribute('data-readout') === id);
  if (!fits) {
    place.replaceChildren(...readouts.map(({ id }) => h('div', { class: 'readout', 'data-readout': id }, h('dt'), h('dd'))));
    place.hidden = readouts.length === 0;
  }
  readouts.forEach(({ label, text }, i) => {
    const [term, value] = place.children[i].children;
    setText(term, label);
    setText(value, raised(text));
    value.title = text;
  });
}
