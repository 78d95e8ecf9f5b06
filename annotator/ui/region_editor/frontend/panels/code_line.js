/**
 * The FACS code line: typed as coders write it, read back in words as it is typed, faults shown
 * at the character, codes completed. Enter states what the line says.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { FacsCode, FacsLabel, Found } from '../facs/grammar.js'
 * @import { Statement } from '../types.js'
 * @import { ConflictsPanel } from './conflicts_panel.js'
 */
import { FacsGrammar } from '../facs/grammar.js';
import { fetchPixels } from '../viewer/raster.js';
import { keyHint } from './command_button.js';
import { element, setAttributes } from './elements.js';

const MOST_COMPLETIONS = 6;

export class CodeLine {
  /** @param {RegionEditor} editor  @param {ConflictsPanel} conflicts */
  constructor(editor, conflicts) {
    this.editor = editor;
    this.conflicts = conflicts;
    /** @type {FacsGrammar | null} */
    this.grammar = null;
    this.asked = '';
    this.input = element('input', {
      type: 'text', class: 'code-line', 'aria-label': 'FACS code line', autocomplete: 'off',
      spellcheck: 'false', autocapitalize: 'characters', 'aria-describedby': 'code-reading',
    });
    this.marks = element('div', { class: 'code-marks', 'aria-hidden': 'true' });
    this.reading = element('p', { id: 'code-reading', class: 'code-reading', role: 'status' });
    this.found = element('ul', { class: 'completions', 'aria-label': 'Codes that fit' });
    this.node = element('div', { class: 'code', hidden: true },
      element('header', {}, element('h2', {}, 'Code line ', keyHint(this.editor, 'code-line'))),
      element('div', { class: 'code-field' }, this.marks, this.input), this.reading, this.found);
    this.isTyped = false;
    this.input.addEventListener('input', () => {
      this.isTyped = true;
      this.#read();
    });
    this.input.addEventListener('keydown', (event) => this.#key(event));
    this.input.addEventListener('blur', () => {
      if (!this.draft) this.#showRecorded();
    });
  }

  get isOffered() {
    return this.editor.data.facs_url !== null;
  }

  open() {
    if (this.isOffered) this.input.focus({ preventScroll: true });
  }

  /** What is typed and not stated. */
  get draft() {
    return this.isTyped ? this.input.value.trim() : '';
  }

  /** The image has changed: what is typed was about another. @returns {string | null} what was; null if nothing was open */
  abandon() {
    const isOpen = this.#isTyping || this.draft !== '';
    const { draft } = this;
    this.#showRecorded();
    return isOpen ? draft : null;
  }

  update() {
    const url = this.editor.data.facs_url;
    this.node.hidden = url === null;
    if (url !== null && !this.grammar && this.asked !== url) void this.#load(url);
    this.input.disabled = this.editor.data.readonly;
    if (!this.#isTyping && !this.draft) this.#showRecorded();
  }

  get #isTyping() {
    return /** @type {ShadowRoot | Document} */ (this.input.getRootNode()).activeElement === this.input;
  }

  /** @type {(url: string) => Promise<void>} */
  async #load(url) {
    this.asked = url;
    try {
      const response = await fetchPixels(url, AbortSignal.timeout(20000));
      this.grammar = new FacsGrammar(await response.json());
    } catch (fault) {
      this.reading.textContent = `The codes could not be loaded: ${/** @type {Error} */ (fault).message}.`;
      return;
    }
    this.node.dataset.ready = 'yes';
    this.editor.refresh();
    // What was typed meanwhile can be read now.
    if (this.draft) this.#read();
  }

  /** The codes that are present: stated, or by a region that stands. @returns {FacsCode[]} */
  get #recorded() {
    return [...this.editor.facts].filter(([code, { value }]) => value === 'present' && this.grammar?.labels.has(code))
      .map(([code, { side, intensity }]) => ({ code, side, intensity }));
  }

  #showRecorded() {
    this.isTyped = false;
    if (!this.grammar) return;
    const codes = this.#recorded;
    this.input.value = this.grammar.print(codes);
    this.#say(codes.length ? this.grammar.inWords(codes) : '', null);
    this.found.replaceChildren();
  }

  #read() {
    if (!this.grammar) {
      this.reading.textContent = 'The codes are still loading.';
      return null;
    }
    const text = this.input.value;
    const { codes, fault } = this.grammar.read(text);
    const refusal = codes && this.#refusal(codes);
    if (fault) this.#say(text.trim() ? fault.message : '', fault);
    else if (refusal) this.#say(refusal.why, refusal.at);
    else this.#say(this.grammar.inWords(codes), null);
    this.#complete();
    return refusal ? null : codes;
  }

  /** Which code cannot be stated here, though the line can be read, and why; or null.
   * @type {(codes: Found[]) => {why: string, at: Found} | null} */
  #refusal(codes) {
    const known = this.editor.data.labels;
    const inLine = [...codes].sort((a, b) => a.position - b.position);
    const foreign = inLine.find(({ code }) => !known.some((label) => label.code === code));
    if (foreign) return { why: `${foreign.code} is no label of this project.`, at: foreign };
    // The record holds one value a label.
    const twice = inLine.find(({ code }, k) => inLine.findIndex((other) => other.code === code) < k);
    if (!twice) return null;
    return { why: `${twice.code} stands here for each side; write it once, with A for asymmetric.`, at: twice };
  }

  /** @type {(text: string, at: {position: number, length: number} | null) => void} */
  #say(text, at) {
    this.reading.textContent = text;
    const isFault = at !== null && text !== '';
    setAttributes(this.input, { 'aria-invalid': isFault ? 'true' : null });
    this.reading.dataset.fault = isFault ? 'yes' : 'no';
    const { value } = this.input;
    const [from, to] = isFault ? [at.position, at.position + Math.max(1, at.length)] : [0, 0];
    this.marks.replaceChildren(value.slice(0, from), element('mark', {}, value.slice(from, to) || (isFault ? ' ' : '')));
  }

  #complete() {
    const { value, selectionStart } = this.input;
    const cursor = selectionStart ?? value.length;
    const { from, labels } = this.grammar?.completions(value, cursor) ?? { from: 0, labels: [] };
    const known = new Set(this.editor.data.labels.map(({ code }) => code));
    const offered = labels.filter(({ code }) => known.has(code));
    this.found.replaceChildren(...offered.slice(0, MOST_COMPLETIONS).map((label) => this.#completion(label, from, cursor)));
  }

  /** @type {(label: FacsLabel, from: number, cursor: number) => HTMLElement} */
  #completion({ code, meaning }, from, cursor) {
    const button = element('button', { type: 'button', tabindex: -1, 'data-code': code },
      element('b', {}, code), ` ${meaning}`);
    // Before the input loses the focus.
    button.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      this.#take(code, from, cursor);
    });
    return element('li', {}, button);
  }

  #takeFirst() {
    const code = this.found.querySelector('button')?.dataset.code;
    const { value, selectionStart } = this.input;
    const cursor = selectionStart ?? value.length;
    const from = this.grammar?.completions(value, cursor).from ?? 0;
    if (code) this.#take(code, from, cursor);
  }

  /** @type {(code: string, from: number, cursor: number) => void} */
  #take(code, from, cursor) {
    const number = code.replace(/^A[UD]/, '');
    this.input.setRangeText(number, from, cursor, 'end');
    this.#read();
    this.found.replaceChildren();
  }

  /** @type {(event: KeyboardEvent) => void} */
  #key(event) {
    if (event.key === 'Escape') this.#leave();
    else if (event.key === 'Enter') this.#state();
    else if (event.key === 'ArrowDown') this.#takeFirst();
    else return;
    event.preventDefault();
  }

  /** State what the line says that is not so already: its codes are present; those it no longer
   * has are not assessed, or stay where a region of theirs stands. */
  #state() {
    const isEmpty = !this.input.value.trim();
    const codes = isEmpty ? [] : this.#read();
    if (!codes) return;
    this.isTyped = false;
    this.editor.pending.submit({ title: 'Code line', needs: 'turn' }, () => this.#stateCodes(codes));
    this.editor.focus();
  }

  /** @type {(codes: Found[] | []) => void} */
  #stateCodes(codes) {
    const { facts, labels, sheet } = this.editor;
    const missing = this.#recorded.map(({ code }) => code)
      .filter((code) => !codes.some((other) => other.code === code));
    /** @type {Map<string, Statement>} */
    const said = new Map(missing.filter((code) => sheet.of(code).value !== 'not_assessed')
      .map((code) => [code, { value: 'not_assessed', intensity: null, side: null }]));
    for (const typed of codes) {
      const fact = facts.get(typed.code);
      const isSo = fact?.value === 'present' && fact.intensity === typed.intensity && fact.side === typed.side;
      if (!isSo) said.set(typed.code, { value: 'present', intensity: typed.intensity, side: this.#sideOf(typed) });
    }
    labels.state(said);
    this.conflicts.keep(missing.filter((code) => labels.standing(code).length));
    const recorded = this.#recorded;
    this.editor.announce(recorded.length ? this.grammar?.inWords(recorded) ?? '' : 'Nothing is coded.');
    this.editor.refresh();
  }

  #leave() {
    this.#showRecorded();
    this.editor.focus();
  }

  /** The side that is stated: a code without one is on both sides, which is stated expressly where
   * the regions alone would say otherwise. @type {(typed: FacsCode) => string | null} */
  #sideOf({ code, side }) {
    const isOneSided = this.editor.labels.sideOfRegions(code) !== null;
    const canSayBoth = this.grammar?.labels.get(code)?.sides.includes('B');
    return side ?? (isOneSided && canSayBoth ? 'B' : null);
  }
}
