// Makes elements without HTML strings, so that the strictest content security policy has nothing to object to.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element with properties and children. A property that the element does not have as a field becomes an attribute;
 * `on` holds listeners.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string)} children
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'on') for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (name === 'class') element.className = value;
    else if (name in element && !name.startsWith('aria')) /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** An icon of 20 by 20 units: outlines of the path `d`. @param {string} d */
export function icon(d) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
}

/** Sets text only where it differs, so that nothing is read out twice. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
