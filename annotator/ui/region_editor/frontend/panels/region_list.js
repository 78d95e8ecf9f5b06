/**
 * The list of an image's regions: what there is, what is decided, how far one is.
 *
 * @import { Entry } from '../types.js'
 * @import { RegionEditor } from '../editor.js'
 */
import { element, setAttributes } from './elements.js';
import { decisionIcon, icon } from './icons.js';
import { percent } from '../viewer/overlay.js';

const SAID = {
  undecided: 'suggested', accepted: 'accepted', edited: 'accepted, changed',
  rejected: 'rejected', added: 'added', withdrawn: 'withdrawn',
};

/** @typedef {{item: HTMLElement, button: HTMLButtonElement, said: string}} Row */

export class RegionList {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.count = element('span', { class: 'count' });
    this.bar = element('progress', { 'aria-label': 'Suggestions decided' });
    this.list = element('ul', { class: 'rows' });
    this.notices = element('div', { class: 'notices' });
    this.node = element('section', { class: 'regions', 'aria-label': 'Regions' },
      element('header', {}, element('h2', {}, 'Regions'), this.count), this.bar, this.notices, this.list);
  }

  update() {
    const { document, data } = this.editor;
    const { decided, total } = document.progress;
    this.count.textContent = total ? `${decided} of ${total} decided` : 'no suggestions';
    this.bar.max = Math.max(1, total);
    this.bar.value = total ? decided : 1;
    this.notices.replaceChildren(...data.notices.map((notice) => element('p', {}, notice)));
    const { shown } = document;
    const seen = new Set(shown.map((entry) => entry.id));
    for (const [id, { item }] of this.rows) {
      if (seen.has(id)) continue;
      item.remove();
      this.rows.delete(id);
    }
    shown.forEach((entry, place) => this.#renderRow(entry, place));
  }

  /** @type {(entry: Entry, place: number) => void} */
  #renderRow(entry, place) {
    const row = this.rows.get(entry.id) ?? this.#begin(entry.id);
    const isSelected = entry.id === this.editor.document.selectedId;
    if (this.list.children[place] !== row.item) {
      this.list.insertBefore(row.item, this.list.children[place] ?? null);
    }
    const wasSelected = row.button.getAttribute('aria-current') === 'true';
    setAttributes(row.button, { 'aria-current': isSelected ? 'true' : null });
    if (isSelected && !wasSelected) row.item.scrollIntoView({ block: 'nearest' });
    const said = `${entry.decision} ${entry.label} ${entry.score}`;
    if (said === row.said) return;
    row.said = said;
    setAttributes(row.button, { 'data-decision': entry.decision });
    const meaning = this.editor.meaningOf(entry.label);
    row.button.replaceChildren(
      element('span', { class: 'mark' }, icon(decisionIcon(entry.decision))),
      element('span', { class: 'name' }, element('b', {}, entry.label), meaning && element('i', {}, meaning)),
      element('span', { class: 'said' }, SAID[entry.decision]),
      element('span', { class: 'score' }, percent(entry.score)),
    );
  }

  /** @type {(id: string) => Row} */
  #begin(id) {
    const button = element('button', { type: 'button', class: 'row' });
    button.addEventListener('click', () => {
      this.editor.select(id);
      this.editor.focus();
    });
    const row = { item: element('li', {}, button), button, said: '' };
    this.rows.set(id, row);
    return row;
  }
}
