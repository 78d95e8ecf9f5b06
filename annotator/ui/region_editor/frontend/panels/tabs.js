/** A strip of tabs, of which one panel is shown; a click on its tab folds it away. */
import { element, setAttributes } from './elements.js';

/** @typedef {{name: string, panel: HTMLElement}} Tab */

export class Tabs {
  /** @param {string} label  @param {Tab[]} tabs  @param {boolean} foldable */
  constructor(label, tabs, foldable = false) {
    this.foldable = foldable;
    this.tabs = tabs;
    this.buttons = tabs.map(({ name, panel }, k) => {
      const id = `tab-${name.toLowerCase()}`;
      setAttributes(panel, { role: 'tabpanel', 'aria-labelledby': id });
      const button = element('button', { type: 'button', role: 'tab', id, class: 'tab' },
        name, element('span', { class: 'tab-note' }));
      button.addEventListener('click', () => this.#choose(k));
      return button;
    });
    this.strip = element('div', { class: 'tab-strip', role: 'tablist', 'aria-label': label }, ...this.buttons);
    this.strip.addEventListener('keydown', (event) => this.#key(event));
    this.node = element('div', { class: 'tabbed' }, this.strip, ...tabs.map(({ panel }) => panel));
    this.shown = 0;
    this.show(0);
  }

  /** @type {(place: number) => void} */
  show(place) {
    this.shown = place;
    this.node.classList.remove('folded');
    this.tabs.forEach(({ panel }, k) => {
      panel.hidden = k !== place;
      setAttributes(this.buttons[k], { 'aria-selected': String(k === place), tabindex: k === place ? 0 : -1 });
    });
  }

  /** @type {(place: number) => void} */
  #choose(place) {
    const folds = this.foldable && place === this.shown && !this.node.classList.contains('folded');
    this.show(place);
    this.node.classList.toggle('folded', folds);
    setAttributes(this.buttons[place], { 'aria-expanded': this.foldable ? String(!folds) : null });
  }

  /** @type {(panel: HTMLElement) => void} */
  showPanel(panel) {
    this.show(this.tabs.findIndex((tab) => tab.panel === panel));
  }

  /** Write a word beside a tab's name; offer the tab or do not.
   * @type {(place: number, note: string, offered?: boolean) => void} */
  note(place, note, offered = true) {
    const button = this.buttons[place];
    button.hidden = !offered;
    const beside = button.querySelector('.tab-note');
    if (beside && beside.textContent !== note) beside.textContent = note;
    if (!offered && this.shown === place) this.show(this.buttons.findIndex((other) => !other.hidden));
  }

  /** @type {(event: KeyboardEvent) => void} */
  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const offered = this.buttons.flatMap((button, k) => (button.hidden ? [] : [k]));
    const next = offered[(offered.indexOf(this.shown) + step + offered.length) % offered.length];
    this.show(next);
    this.buttons[next].focus();
  }
}
