/**
 * What is known of the selected region, what can be said of it, and why the machine thought so.
 *
 * @import { Entry } from '../types.js'
 * @import { RegionEditor } from '../editor.js'
 */
import { keyOf } from '../input/commands.js';
import { element, setAttributes } from './elements.js';
import { bounds } from '../geometry/regions.js';
import { icon } from './icons.js';

export class Inspector {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.label = element('button', { type: 'button', class: 'label', title: 'Change the label' });
    this.label.addEventListener('click', () => editor.openLabelMenu());
    this.facts = element('dl', { class: 'facts' });
    this.accept = this.#button('accept', 'Accept', 'accept', () => editor.accept());
    this.reject = this.#button('reject', 'Reject', 'reject', () => editor.reject());
    this.reopen = this.#button('undecided', 'Undecided', 'reopen', () => editor.reopen());
    this.remove = this.#button('trash', 'Delete', 'delete', () => editor.removeSelected());
    this.rival = element('select', { id: 'rival' });
    this.rival.addEventListener('change', () => editor.askWhy(this.rival.value));
    this.whyLabel = element('label', { for: 'rival' });
    this.whyState = element('p', { class: 'why-state', role: 'status' });
    this.why = element('div', { class: 'why' }, this.whyLabel, this.rival, this.whyState);
    this.body = element('div', { class: 'body' },
      this.label,
      element('div', { class: 'decide' }, this.accept, this.reject, this.reopen, this.remove),
      this.facts, this.why);
    this.empty = element('p', { class: 'empty' },
      'Select a region, or press ', element('kbd', {}, keyOf('next-undecided')),
      ' for the next undecided.');
    this.node = element('section', { class: 'inspector', 'aria-label': 'Selected region' },
      this.empty, this.body);
    this.offered = '';
  }

  /** @type {(picture: string, title: string, command: string, run: () => void) => HTMLButtonElement} */
  #button(picture, title, command, run) {
    const key = keyOf(command);
    const button = element('button', {
      type: 'button', class: `act ${command}`, 'aria-keyshortcuts': key,
    }, icon(picture), title, element('kbd', { 'aria-hidden': 'true' }, key));
    button.addEventListener('click', () => {
      run();
      this.editor.focus();
    });
    return button;
  }

  update() {
    const { editor } = this;
    const { selected } = editor.document;
    this.empty.hidden = selected !== null;
    this.body.hidden = selected === null;
    if (!selected) return;
    const isSuggestion = selected.origin === 'suggestion';
    const { editable } = editor;
    const meaning = editor.meaningOf(selected.label);
    this.label.replaceChildren(icon('label'), element('b', {}, selected.label),
      element('span', {}, meaning), element('kbd', { 'aria-hidden': 'true' }, keyOf('label-menu')));
    this.label.disabled = !editable;
    this.accept.hidden = !isSuggestion || ['accepted', 'edited'].includes(selected.decision);
    this.reject.hidden = !isSuggestion || selected.decision === 'rejected';
    this.reopen.hidden = !isSuggestion || selected.decision === 'undecided';
    this.remove.hidden = isSuggestion;
    for (const button of [this.accept, this.reject, this.reopen, this.remove]) button.disabled = !editable;
    this.#showFacts(selected);
    this.#showWhy(selected);
  }

  /** @type {(entry: Entry) => void} */
  #showFacts(entry) {
    const { x, y, width, height } = bounds(entry.region);
    const points = entry.region.type === 'polygon' ? `, ${entry.region.points.length} corners` : '';
    const px = (/** @type {number} */ value) => String(Math.round(value * 100) / 100);
    const facts = [
      ['Reason', entry.reason],
      ['Region', `${entry.region.type}${points}, ${px(width)} × ${px(height)} px at ${px(x)}, ${px(y)}`],
    ].filter(([, value]) => value);
    this.facts.replaceChildren(...facts.flatMap(([name, value]) => [
      element('dt', {}, name), element('dd', {}, value)]));
  }

  /** @type {(entry: Entry) => void} */
  #showWhy(entry) {
    const { editor } = this;
    this.why.hidden = entry.origin !== 'suggestion' || !editor.data.maps.length;
    const explained = entry.proposed_label ?? entry.label;
    this.whyLabel.textContent = `Why ${explained} rather than`;
    const rivals = [
      ['dual', 'everything else'], ['none', 'nothing (no contrast)'],
      ...editor.data.labels.filter(({ code }) => code !== explained).map(({ code, meaning }) => [
        code, meaning && meaning !== code ? `${code} ${meaning}` : code]),
    ];
    const offer = JSON.stringify(rivals);
    if (offer !== this.offered) {
      this.offered = offer;
      this.rival.replaceChildren(...rivals.map(([value, text]) => element('option', { value }, text)));
    }
    this.rival.value = editor.choice.rivalOf(explained, editor.data.maps);
    this.whyState.textContent = editor.choice.state;
    setAttributes(this.why, { 'aria-busy': String(editor.choice.isWaiting) });
  }
}
