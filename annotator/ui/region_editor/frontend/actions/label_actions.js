/**
 * What the rater can do with labels: give them to regions, and state them of the whole image.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Entry, Presence, Statement } from '../types.js'
 * @import { Step } from '../record/history.js'
 */
import { excludesRegions, sideOf, stands } from '../record/label_facts.js';
import { counted, VALUES } from '../panels/wording.js';

export class LabelActions {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** The label used last: regions drawn from now on get it. */
    this.current = '';
  }

  /** The project's labels may have changed. */
  update() {
    const { labels } = this.editor.data;
    if (!labels.some(({ code }) => code === this.current)) this.current = labels[0]?.code ?? '';
  }

  /** The label that a value is stated of: the selected region's, else the one used last. */
  get stated() {
    return this.editor.document.selected?.label ?? this.current;
  }

  /** @type {(code: string) => void} */
  setCurrent(code) {
    this.current = code;
    this.editor.refresh();
  }

  /** Give the selected regions a label; with none selected, the regions drawn next.
   * @type {(code: string) => void} */
  give(code) {
    this.editor.regions.relabel(code);
    this.setCurrent(code);
    this.editor.announce(`${code} ${this.editor.meaningOf(code)}`);
  }

  /** @type {(place: number) => void} */
  giveByNumber(place) {
    const label = this.editor.data.labels[place];
    if (label) this.give(label.code);
  }

  /** Give the selected regions the label used last. */
  repeat() {
    if (this.current) this.give(this.current);
  }

  /** Go up or down the list of labels. @type {(direction: 1 | -1) => void} */
  step(direction) {
    const { labels } = this.editor.data;
    const from = labels.findIndex(({ code }) => code === this.stated);
    const next = labels[(from + direction + labels.length) % labels.length];
    if (!next) return;
    this.editor.document.select();
    this.setCurrent(next.code);
    const said = this.editor.facts.get(next.code)?.value ?? 'not_assessed';
    this.editor.announce(`${next.code} ${this.editor.meaningOf(next.code)}, ${VALUES[said]}`);
  }

  /** State one of the five values of the current label, and go to the next label.
   * @type {(value: Presence) => void} */
  stateCurrent(value) {
    const code = this.stated;
    if (!code || !this.editor.editable) return;
    this.say(code, value);
    if (!this.editor.document.selected) this.step(1);
  }

  /** State one of the five values of a label. What was scored of a label that is present stays.
   * @type {(code: string, value: Presence) => void} */
  say(code, value) {
    const before = this.editor.sheet.of(code);
    const isKept = value === 'present' && before.value === 'present';
    this.state(new Map([[code, isKept ? before : { value, intensity: null, side: null }]]));
    const regions = this.standing(code).length;
    const but = excludesRegions(value) && regions ? `, but ${counted(regions, 'region')} of it accepted` : '';
    this.editor.announce(`${code} ${VALUES[value]}${but}`);
  }

  /** The regions of a label that are part of the finding. @type {(code: string) => Entry[]} */
  standing(code) {
    return [...this.editor.document.entries.values()].filter((entry) => entry.label === code && stands(entry));
  }

  /** Where the halves of the face meet, and which labels are scored by side.
   * @returns {import('../record/label_facts.js').Face} */
  get face() {
    const takesSide = (/** @type {string} */ code) => this.editor.facs?.labels.get(code)?.sides.includes('L') ?? false;
    return { midline: this.editor.data.midline ?? null, takesSide };
  }

  /** The side that the regions of a label say by themselves. @type {(code: string) => string | null} */
  sideOfRegions(code) {
    const { editor: { document }, face } = this;
    const regions = [...document.entries.values()].filter(({ label, decision }) => label === code && decision !== 'withdrawn');
    return sideOf(code, regions, face);
  }

  /** @type {(code: string) => void} */
  rejectRegions(code) {
    if (!this.editor.editable) return;
    const regions = this.standing(code);
    this.editor.document.reject(...regions.map(({ id }) => id));
    this.editor.announce(`${counted(regions.length, 'region')} of ${code} rejected`);
    this.editor.refresh();
  }

  /** A region says that its label is present: a value that contradicts it is taken back, in the
   * step that changed the region if it was one. @type {(changed: Entry[], step?: Step) => void} */
  followRegions(changed, step) {
    const { sheet } = this.editor;
    const overruled = changed
      .filter((entry) => stands(entry) && excludesRegions(sheet.of(entry.label).value))
      .map(({ label }) => label);
    if (!overruled.length) return;
    const [first] = overruled;
    this.editor.announce(`${first} is no longer stated ${VALUES[sheet.of(first).value]}`);
    sheet.state(new Map(overruled.map((label) => (
      [label, { value: 'not_assessed', intensity: null, side: null }]))), step);
  }

  /** @type {(said: Map<string, Statement>) => void} */
  state(said) {
    if (!this.editor.editable) return;
    this.editor.sheet.state(said);
    this.editor.refresh();
  }

  /** @type {(forNewRegions?: boolean) => void} */
  openMenu(forNewRegions = false) {
    const { document: { selected }, data, labelMenu, pending } = this.editor;
    if (data.readonly) return;
    const isForNew = forNewRegions || (!selected && !pending.waiting.length);
    const title = isForNew ? 'Label of new regions' : 'Label of this region';
    labelMenu.open(title, data.labels, (!isForNew && selected?.label) || this.current, (code) => {
      pending.submit({ title: code, needs: 'turn' }, () => (isForNew ? this.setCurrent(code) : this.give(code)));
    });
  }

  finishOrChoose() {
    if (!this.editor.tool.finish?.()) this.openMenu();
  }
}
