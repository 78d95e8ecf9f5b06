/**
 * What is known of the selected regions, what can be said of them, and why the machine thought
 * so.
 *
 * @import { Entry } from '../types.js'
 * @import { RegionEditor } from '../editor.js'
 */
import { area, bounds } from '../geometry/regions.js';
import { shapeOf } from '../geometry/shapes/registry.js';
import { valuesOf } from '../viewer/region_values.js';
import { commandButton, keyHint } from './command_button.js';
import { element } from './elements.js';
import { icon } from './icons.js';
import { machineFacts } from './wording.js';

const px = (/** @type {number} */ value) => String(Math.round(value * 100) / 100);

export class Inspector {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.code = element('b');
    this.meaning = element('span');
    this.label = element('button', { type: 'button', class: 'label', title: 'Change the label' },
      icon('label'), this.code, this.meaning, keyHint(editor, 'label-menu'));
    this.label.addEventListener('click', () => editor.labels.openMenu());
    this.facts = element('dl', { class: 'facts' });
    const act = (/** @type {string} */ id, /** @type {string} */ picture, /** @type {string} */ text) =>
      commandButton(editor, id, { picture, text, class: `act ${id}` });
    this.accept = act('accept', 'accept', 'Accept');
    this.reject = act('reject', 'reject', 'Reject');
    this.reopen = act('reopen', 'undecided', 'Undecided');
    this.remove = act('delete', 'trash', 'Delete');
    const small = (/** @type {string} */ id, /** @type {string} */ picture) =>
      commandButton(editor, id, { picture });
    this.more = element('div', { class: 'more' }, small('fit-to-edges', 'edges'), small('duplicate', 'duplicate'),
      small('to-front', 'front'), small('to-back', 'back'), small('note', 'note'));
    this.body = element('div', { class: 'body' },
      element('div', { class: 'headline' }, this.label, this.more),
      element('div', { class: 'decide' }, this.accept, this.reject, this.reopen, this.remove),
      this.facts);
    this.empty = element('p', { class: 'empty' },
      'Select a region, or press ', keyHint(this.editor, 'next-undecided'), ' for the next undecided.');
    this.node = element('section', { class: 'inspector', 'aria-label': 'Selected region' },
      this.empty, this.body);
  }

  update() {
    const { editor } = this;
    const { selection } = editor.document;
    this.empty.hidden = selection.length > 0;
    this.body.hidden = !selection.length;
    if (!selection.length) return;
    this.#showLabel(selection);
    const { editable } = editor;
    const isSuggestion = selection.some((entry) => entry.origin === 'suggestion');
    const allAre = (/** @type {string[]} */ ...decisions) => (
      selection.every(({ decision }) => decisions.includes(decision)));
    this.accept.hidden = !isSuggestion || allAre('accepted', 'edited', 'added');
    this.reject.hidden = !isSuggestion || allAre('rejected');
    this.reopen.hidden = !isSuggestion || allAre('undecided');
    this.remove.hidden = isSuggestion;
    const buttons = [this.accept, this.reject, this.reopen, this.remove, ...this.more.children];
    buttons.forEach((button) => { /** @type {HTMLButtonElement} */ (button).disabled = !editable; });
    const facts = selection.length === 1 ? this.#factsOf(selection[0]) : this.#factsOfMany(selection);
    this.facts.replaceChildren(...facts.filter(([, value]) => value).flatMap(([name, value]) => [
      element('dt', {}, name), element('dd', {}, value)]));
  }

  /** @type {(selection: Entry[]) => void} */
  #showLabel(selection) {
    const labels = new Set(selection.map(({ label }) => label));
    const [first] = labels;
    const many = selection.length > 1 ? `${selection.length} regions` : '';
    const said = labels.size > 1 ? 'several labels' : this.editor.meaningOf(first);
    this.code.textContent = many || first;
    this.meaning.textContent = many && labels.size === 1 ? first : said;
    this.label.disabled = !this.editor.editable;
  }

  /** @type {(selection: Entry[]) => [string, string][]} */
  #factsOfMany(selection) {
    const counts = new Map();
    selection.forEach(({ decision }) => counts.set(decision, (counts.get(decision) ?? 0) + 1));
    return [['Decided', [...counts].map(([decision, count]) => `${count} ${decision}`).join(', ')]];
  }

  /** @type {(entry: Entry) => [string, string][]} */
  #factsOf(entry) {
    const { raster } = this.editor.viewer;
    const { scale } = raster;
    const { region } = entry;
    const { x, y, width, height } = bounds(region);
    const size = width || height ? `, ${px(width)} × ${px(height)} px` : '';
    const notes = this.editor.remarks.notes.filter(({ region_id }) => region_id === entry.id);
    const { score, reason, measured } = machineFacts(entry, this.editor.data.labels);
    return [
      ['Score', score],
      ['Reason', reason],
      ['Measured', measured],
      ['Region', `${shapeOf(region).form(region)}${size} at ${px(x)}, ${px(y)}`],
      ['Area', scale.hasSpacing && area(region) ? scale.areaText(area(region)) : ''],
      ['Values', scale.spreadText(raster.ready ? valuesOf(region, raster) : null)],
      ['Notes', notes.map(({ text }) => text).join(' · ')],
    ];
  }
}
