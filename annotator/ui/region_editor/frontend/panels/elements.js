/**
 * Building of page elements. Text becomes text nodes, never markup, so nothing that comes from
 * a file or a label can act as HTML.
 */

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */
/** @typedef {Node | string | null | undefined | false} Child */

/** @type {(node: Element, attributes: Attributes) => void} */
export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag  @param {Attributes} attributes  @param {Child[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  for (const child of children) if (child) node.append(child);
  return node;
}

/** Make a node's children these, in this order. Those that stay are not taken out of the page
 * meanwhile: a click whose element went away between press and release is none to the browser.
 * @type {(parent: Element, children: Element[]) => void} */
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, place) => {
    const here = parent.children[place];
    if (here !== child) parent.insertBefore(child, here ?? null);
  });
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag  @param {Attributes} attributes  @param {Node[]} children
 */
export function drawn(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}
