/**
 * The label finder: type a few letters, Enter. Opens over the stage, for any vocabulary.
 *
 * @import { Label } from '../types.js'
 */
import { element, setAttributes } from './elements.js';

/** Labels that fit what was typed, best first: code begins, a word begins, anywhere.
 * @type {(labels: Label[], typed: string) => Label[]} */
export function matching(labels, typed) {
  const sought = typed.trim().toLowerCase();
  if (!sought) return labels;
  const rank = (/** @type {Label} */ { code, meaning }) => {
    const [short, long] = [code.toLowerCase(), meaning.toLowerCase()];
    if (short === sought) return 0;
    if (short.startsWith(sought)) return 1;
    if (long.split(/\s+/).some((word) => word.startsWith(sought))) return 2;
    return short.includes(sought) || long.includes(sought) ? 3 : 4;
  };
  return labels
    .map((label) => ({ label, rank: rank(label) }))
    .filter((candidate) => candidate.rank < 4)
    .sort((a, b) => a.rank - b.rank)
    .map((candidate) => candidate.label);
}

export class LabelMenu {
  /** @param {() => void} closed */
  constructor(closed) {
    this.closed = closed;
    this.choose = (/** @type {string} */ _code) => {};
    /** @type {Label[]} */
    this.labels = [];
    /** @type {Label[]} */
    this.found = [];
    this.active = 0;
    this.input = element('input', {
      type: 'text', class: 'finder', role: 'combobox', 'aria-expanded': 'true',
      'aria-controls': 'label-options', 'aria-autocomplete': 'list', autocomplete: 'off',
      spellcheck: 'false', placeholder: 'Type a code or a word', 'aria-label': 'Find a label',
    });
    this.options = element('ul', { role: 'listbox', id: 'label-options', 'aria-label': 'Labels' });
    this.title = element('p', { class: 'menu-title' });
    this.node = element('div', {
      class: 'menu', role: 'dialog', 'aria-label': 'Choose a label', hidden: true,
    }, this.title, this.input, this.options);
    this.input.addEventListener('input', () => this.#find());
    this.input.addEventListener('keydown', (event) => this.#key(event));
    this.node.addEventListener('focusout', (event) => {
      const to = event.relatedTarget;
      if (!(to instanceof Node) || !this.node.contains(to)) this.close();
    });
  }

  /** @type {(title: string, labels: Label[], current: string, choose: (code: string) => void) => void} */
  open(title, labels, current, choose) {
    this.labels = labels;
    this.choose = choose;
    this.title.textContent = title;
    this.input.value = '';
    this.node.hidden = false;
    this.#find();
    this.#activate(Math.max(0, this.found.findIndex((label) => label.code === current)));
    this.input.focus({ preventScroll: true });
  }

  close() {
    if (this.node.hidden) return;
    this.node.hidden = true;
    this.closed();
  }

  /** The image has changed. @returns {string | null} what was typed; null if the menu was not open */
  abandon() {
    if (this.node.hidden) return null;
    const typed = this.input.value;
    this.close();
    return typed;
  }

  #find() {
    this.found = matching(this.labels, this.input.value);
    const options = this.found.map((label, k) => {
      const place = this.labels.indexOf(label);
      const option = element('li', { role: 'option', id: `label-option-${k}` },
        element('kbd', {}, place < 9 ? String(place + 1) : ''),
        element('b', {}, label.code),
        element('span', {}, label.meaning === label.code ? '' : label.meaning));
      // Before the input loses the focus, which would close the menu.
      option.addEventListener('pointerdown', (event) => {
        event.preventDefault();
        this.#choose(k);
      });
      return option;
    });
    const none = element('li', { class: 'none' }, 'No label fits. Labels are set in the project.');
    this.options.replaceChildren(...(options.length ? options : [none]));
    this.#activate(0);
  }

  /** @type {(k: number) => void} */
  #activate(k) {
    this.active = k;
    [...this.options.children].forEach((option, place) => {
      setAttributes(option, { 'aria-selected': place === k ? 'true' : null });
    });
    this.options.children[k]?.scrollIntoView({ block: 'nearest' });
    setAttributes(this.input, { 'aria-activedescendant': `label-option-${k}` });
  }

  /** @type {(k: number) => void} */
  #choose(k) {
    const label = this.found[k];
    if (!label) return;
    this.choose(label.code);
    this.close();
  }

  /** @type {(event: KeyboardEvent) => void} */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = this.found.length;
    if (step && count) this.#activate((this.active + step + count) % count);
    else if (event.key === 'Enter') this.#choose(this.active);
    else if (event.key === 'Escape') this.close();
    else return;
    event.preventDefault();
  }
}
