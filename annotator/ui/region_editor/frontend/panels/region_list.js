/**
 * The list of an image's regions: what there is, what is decided, how far one is, and how sure
 * the machine must have been for a suggestion to be shown.
 *
 * @import { Entry } from '../types.js'
 * @import { RegionEditor } from '../editor.js'
 */
import { shapeOf } from '../geometry/shapes/registry.js';
import { cssColour } from '../viewer/label_colours.js';
import { arrange, element, setAttributes } from './elements.js';
import { FacesPanel } from './faces_panel.js';
import { decisionIcon, icon } from './icons.js';
import { counted, percent, scoreOf, SHORT } from './wording.js';

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
    this.faces = new FacesPanel(editor);
    this.notices = element('div', { class: 'notices' });
    this.least = element('input', {
      type: 'range', min: 0, max: 100, step: 5, value: 0, 'aria-label': 'Least score of a suggestion to be shown',
    });
    this.least.addEventListener('input', () => editor.regions.filterBelow(this.least.valueAsNumber / 100));
    this.filtered = element('output', {});
    this.filter = element('div', { class: 'strength filter' }, element('span', {}, 'Score ≥'),
      this.least, this.filtered);
    this.node = element('section', { class: 'regions' },
      element('header', {}, this.bar, this.count), this.notices, this.faces.node, this.filter, this.list);
  }

  update() {
    const { document, data } = this.editor;
    const { decided, total } = document.progress;
    this.count.textContent = total ? `${decided} of ${total} decided` : 'no suggestions';
    this.bar.max = Math.max(1, total);
    this.bar.value = total ? decided : 1;
    this.notices.replaceChildren(...data.notices.map((notice) => element('p', {}, notice)));
    this.faces.update();
    this.filter.hidden = total < 2;
    const share = Math.round(document.leastScore * 100);
    this.least.value = String(share);
    this.least.style.setProperty('--filled', `${share}%`);
    this.filtered.value = document.filtered ? `${share} % · ${document.filtered} hidden` : `${share} %`;
    const { shown } = document;
    const before = this.rows;
    this.rows = new Map(shown.map(({ id }) => [id, before.get(id) ?? this.#row(id)]));
    arrange(this.list, [...this.rows.values()].map(({ item }) => item));
    const chosen = new Set(document.selectedIds);
    for (const entry of shown) {
      this.#renderRow(/** @type {Row} */ (this.rows.get(entry.id)), entry, chosen.has(entry.id));
    }
  }

  /** @type {(row: Row, entry: Entry, isSelected: boolean) => void} */
  #renderRow(row, entry, isSelected) {
    const wasSelected = row.button.getAttribute('aria-current') === 'true';
    if (isSelected !== wasSelected) setAttributes(row.button, { 'aria-current': isSelected ? 'true' : null });
    if (isSelected && !wasSelected) row.item.scrollIntoView({ block: 'nearest' });
    const score = scoreOf(entry, this.editor.data.labels);
    const isPixels = shapeOf(entry.region).isPixels;
    const said = `${entry.decision} ${entry.label} ${score} ${isPixels}`;
    if (said === row.said) return;
    row.said = said;
    setAttributes(row.button, { 'data-decision': entry.decision });
    const meaning = this.editor.meaningOf(entry.label);
    row.button.replaceChildren(
      element('span', { class: 'mark' }, icon(decisionIcon(entry.decision))),
      element('span', { class: 'name' }, element('b', {}, entry.label),
        isPixels && this.#swatch(entry.label), meaning && element('i', {}, meaning)),
      element('span', { class: 'said' }, SHORT[entry.decision]),
      element('span', { class: 'score' }, percent(score)),
    );
  }

  /** The colour that a mask of a label has. @type {(label: string) => HTMLElement} */
  #swatch(label) {
    const swatch = element('span', { class: 'swatch', title: 'Mask' });
    swatch.style.background = cssColour(this.editor.masks.colourOf(label));
    return swatch;
  }

  /** @type {(id: string) => Row} */
  #row(id) {
    const button = element('button', { type: 'button', class: 'row' });
    button.addEventListener('click', (event) => {
      const adds = event.shiftKey || event.ctrlKey || event.metaKey;
      this.editor.pending.submit({ title: 'Select', needs: 'turn' }, () => (
        adds ? this.editor.regions.toggle(id) : this.editor.regions.select([id])));
      this.editor.focus();
    });
    return { item: element('li', {}, button), button, said: '' };
  }

  /** What a tab says of it. */
  get note() {
    const { decided, total } = this.editor.document.progress;
    return total ? counted(total - decided, 'open', 'open') : '';
  }
}
