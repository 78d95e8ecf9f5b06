/**
 * The labels of the whole image, each with one of five values.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Label, Presence } from '../types.js'
 */
import { commandOf } from '../input/commands.js';
import { PRESENCES } from '../record/label_sheet.js';
import { CodeLine } from './code_line.js';
import { ConflictsPanel } from './conflicts_panel.js';
import { element, setAttributes } from './elements.js';
import { percent, VALUES } from './wording.js';

/** @type {Record<Presence, string>} */
const SIGNS = { present: '+', absent: '−', uncertain: '?', not_assessed: '·', not_assessable: '⊘' };

/** @typedef {{item: HTMLElement, name: HTMLButtonElement, detail: HTMLElement,
 *   buttons: Map<Presence, HTMLButtonElement>}} Row */

export class LabelsPanel {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.conflicts = new ConflictsPanel(editor);
    this.line = new CodeLine(editor, this.conflicts);
    this.list = element('ul', { class: 'label-rows' });
    this.legend = element('p', { class: 'legend', 'aria-hidden': 'true' },
      ...PRESENCES.flatMap((value) => [element('b', {}, SIGNS[value]), ` ${VALUES[value]} `]));
    this.node = element('section', { class: 'labels' }, this.line.node, this.conflicts.node, this.list, this.legend);
    this.offered = '';
  }

  update() {
    const { data, facts, labels, editable } = this.editor;
    this.line.update();
    this.conflicts.update();
    const offer = JSON.stringify(data.labels);
    if (offer !== this.offered) {
      this.offered = offer;
      this.rows.clear();
      this.list.replaceChildren(...data.labels.map((label) => this.#begin(label).item));
    }
    for (const [code, { item, name, detail, buttons }] of this.rows) {
      const fact = facts.get(code);
      const byRegion = fact?.stated === false;
      const isCurrent = code === labels.stated;
      if (isCurrent && item.dataset.current !== 'yes') item.scrollIntoView({ block: 'nearest' });
      item.dataset.current = isCurrent ? 'yes' : 'no';
      setAttributes(name, { 'aria-current': isCurrent ? 'true' : null });
      item.dataset.basis = byRegion ? 'region' : '';
      const scored = `${fact?.side ?? ''}${fact?.intensity ?? ''}`;
      detail.textContent = [scored, byRegion && `by its ${fact.regions > 1 ? 'regions' : 'region'}`].filter(Boolean).join(' · ');
      buttons.forEach((button, which) => {
        setAttributes(button, { 'aria-pressed': String(which === (fact?.value ?? 'not_assessed')) });
        button.disabled = !editable;
      });
    }
  }

  /** @type {(label: Label) => Row} */
  #begin({ code, meaning, score = null }) {
    const { editor } = this;
    const detail = element('i', { class: 'detail' });
    const name = element('button', { type: 'button', class: 'label-name' }, element('b', {}, code),
      element('span', {}, meaning === code ? '' : meaning),
      score !== null && element('small', { class: 'score' }, percent(score)), detail);
    name.addEventListener('click', () => {
      editor.document.select();
      editor.labels.setCurrent(code);
      editor.focus();
    });
    const buttons = new Map(PRESENCES.map((value) => [value, this.#button(code, value)]));
    const item = element('li', {}, name, element('div', {
      class: 'values', role: 'group', 'aria-label': `${code} on the image`,
    }, ...buttons.values()));
    const row = { item, name, detail, buttons };
    this.rows.set(code, row);
    return row;
  }

  /** @type {(code: string, value: Presence) => HTMLButtonElement} */
  #button(code, value) {
    const button = element('button', {
      type: 'button', 'data-value': value, 'data-command': commandOf(value).id,
      'data-title': `${code}: ${VALUES[value]}`, 'aria-label': `${code}: ${VALUES[value]}`,
    }, SIGNS[value]);
    button.addEventListener('click', () => {
      this.editor.labels.say(code, value);
      this.editor.focus();
    });
    return button;
  }

  /** What a tab says of it. */
  get note() {
    const said = [...this.editor.facts.values()].filter(({ value }) => value !== 'not_assessed');
    return said.length ? String(said.length) : '';
  }
}
