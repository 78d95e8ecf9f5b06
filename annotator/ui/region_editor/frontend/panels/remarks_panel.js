/**
 * Notes, skipping with a reason, and a reviewer's issues.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Entry, RemarkState } from '../types.js'
 */
import { commandButton } from './command_button.js';
import { arrange, element, setAttributes } from './elements.js';

const REASONS = ['Image quality', 'Not in scope', 'Needs a second opinion', 'Duplicate'];

export class RemarksPanel {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** What the text being written is. @type {'note' | 'skip'} */
    this.kind = 'note';
    this.text = element('textarea', { rows: 2 });
    this.text.addEventListener('keydown', (event) => this.#key(event));
    this.save = element('button', { type: 'button', class: 'act' }, 'Save');
    this.save.addEventListener('click', () => this.#say());
    this.reasons = element('div', { class: 'reasons' }, ...REASONS.map((reason) => this.#reason(reason)));
    this.form = element('div', { class: 'remark-form' }, this.text, this.reasons, this.save);
    this.begin = element('div', { class: 'grid' },
      commandButton(editor, 'note', { picture: 'note', text: 'Note', class: 'act' }),
      commandButton(editor, 'skip', { picture: 'skip', text: 'Skip', class: 'act' }));
    this.skipped = element('p', { class: 'skipped' });
    this.unskip = element('button', { type: 'button', class: 'plain' }, 'Take up again');
    this.unskip.addEventListener('click', () => {
      editor.remarks.say('unskip');
      editor.refresh();
    });
    this.list = element('ul', { class: 'remarks' });
    this.node = element('section', { class: 'notes' }, this.begin, this.form,
      element('div', { class: 'skip-state' }, this.skipped, this.unskip), this.list);
    this.form.hidden = true;
    /** The rows of the list, by what they show. @type {Map<string, HTMLElement>} */
    this.rows = new Map();
  }

  /** @type {(reason: string) => HTMLElement} */
  #reason(reason) {
    const button = element('button', { type: 'button', class: 'plain' }, reason);
    button.addEventListener('click', () => {
      this.text.value = reason;
      this.#say();
    });
    return button;
  }

  /** Begin to write. @type {(kind: 'note' | 'skip') => void} */
  open(kind) {
    this.kind = kind;
    this.form.hidden = false;
    this.reasons.hidden = kind === 'note';
    const { selected } = this.editor.document;
    const about = selected ? `Note on ${selected.label}` : 'Note on the image';
    const label = kind === 'note' ? about : 'Why it is skipped';
    setAttributes(this.text, { 'aria-label': label, placeholder: `${label} (Enter saves)` });
    this.save.textContent = kind === 'note' ? 'Save the note' : 'Skip the image';
    this.text.value = '';
    this.text.focus({ preventScroll: true });
  }

  #close() {
    this.form.hidden = true;
    this.editor.focus();
  }

  #say() {
    const text = this.text.value.trim();
    if (!text) {
      this.text.focus();
      return;
    }
    const { editor, kind } = this;
    const { remarks, document } = editor;
    editor.pending.submit({ title: kind === 'note' ? 'Note' : 'Skip', needs: 'turn' }, () => {
      remarks.say(kind, text, { region_id: kind === 'note' ? document.selectedId : null });
      editor.announce(kind === 'note' ? 'Note saved' : 'Skipped');
      if (kind === 'skip') editor.navigate('next');
      editor.refresh();
    });
    this.#close();
  }

  /** What is written and not saved. */
  get draft() {
    return this.form.hidden ? '' : this.text.value.trim();
  }

  /** The image has changed: what is being written was about another. @returns {string | null} what was; null if nothing was open */
  abandon() {
    if (this.form.hidden) return null;
    const { draft } = this;
    this.text.value = '';
    this.form.hidden = true;
    return draft;
  }

  /** @type {(event: KeyboardEvent) => void} */
  #key(event) {
    if (event.key === 'Escape') this.#close();
    else if (event.key === 'Enter' && !event.shiftKey) this.#say();
    else return;
    event.preventDefault();
  }

  update() {
    const { remarks, editable } = this.editor;
    for (const button of this.begin.children) /** @type {HTMLButtonElement} */ (button).disabled = !editable;
    const reason = remarks.skipped;
    this.skipped.textContent = reason === null ? '' : `Skipped: ${reason}`;
    this.unskip.hidden = reason === null || !editable;
    const shown = remarks.all.filter(({ remark }) => ['note', 'issue', 'reply'].includes(remark));
    const open = new Set(remarks.openIssues.map(({ id }) => id));
    const before = this.rows;
    this.rows = new Map(shown.map((remark) => {
      const isOpen = open.has(remark.id);
      const region = this.editor.document.entries.get(remark.region_id ?? '');
      // Of a remark only what is read: the server's copy of it has other fields besides.
      const read = JSON.stringify([remark.id, remark.remark, remark.text, remark.rater, region?.label, isOpen]);
      return [read, before.get(read) ?? this.#row(remark, region, isOpen)];
    }));
    arrange(this.list, [...this.rows.values()]);
  }

  /** @type {(remark: RemarkState, region: Entry | undefined, isOpen: boolean) => HTMLElement} */
  #row(remark, region, isOpen) {
    const about = region ? `${region.label} · ` : '';
    const row = element('li', { 'data-remark': remark.remark, 'data-open': isOpen },
      element('p', {}, remark.text), element('small', {}, `${about}${remark.remark} by ${remark.rater}`));
    if (region) row.addEventListener('click', () => this.editor.regions.select([region.id]));
    if (isOpen) {
      const done = element('button', { type: 'button', class: 'plain' }, 'Resolved');
      done.addEventListener('click', (event) => {
        event.stopPropagation();
        this.editor.remarks.say('resolved', '', { answers: remark.id });
        this.editor.refresh();
      });
      row.append(done);
    }
    return row;
  }

  /** What a tab says of it. */
  get note() {
    const { remarks } = this.editor;
    if (remarks.openIssues.length) return `${remarks.openIssues.length} open`;
    return remarks.notes.length ? String(remarks.notes.length) : '';
  }
}
