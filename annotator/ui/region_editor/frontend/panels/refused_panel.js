/**
 * The changes that the record refused: each with its reason, to be let go, or handed as a file to
 * whoever administers the installation.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Act, Refused } from '../types.js'
 */
import { element, setAttributes } from './elements.js';
import { counted, SPOKEN, VALUES } from './wording.js';

/** @type {(act: Act) => string} */
function inWords(act) {
  if (act.kind === 'label') return `${act.label}: ${VALUES[act.value]}`;
  if (act.kind === 'remark') return `${act.remark}: ${act.text}`;
  return `${act.label}: ${SPOKEN[act.decision]}`;
}

/** Have the browser save refused changes as a file. @type {(refused: Refused[]) => void} */
function saveAsFile(refused) {
  const content = new Blob([JSON.stringify({ refused }, null, 2)], { type: 'application/json' });
  const url = URL.createObjectURL(content);
  element('a', { href: url, download: `refused-changes-${refused[0].act.id.slice(0, 8)}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export class RefusedPanel {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.said = '';
    this.button = element('button', { type: 'button', class: 'plain refused-count', 'aria-expanded': 'false' });
    this.button.addEventListener('click', () => this.#toggle());
    this.list = element('ul', {});
    this.node = element('section', { class: 'refused', 'aria-label': 'Refused changes', hidden: true },
      element('p', {}, 'The record refused these changes. They are kept in this browser until you discard them.'),
      this.list,
      this.#action('Save all as a file', () => saveAsFile(editor.outbox.refused)),
      this.#action('Discard all', () => editor.outbox.discard(editor.outbox.refused)));
  }

  #toggle() {
    this.node.hidden = !this.node.hidden;
    setAttributes(this.button, { 'aria-expanded': String(!this.node.hidden) });
  }

  update() {
    const { refused } = this.editor.outbox;
    const said = refused.map(({ act }) => act.id).join();
    if (said === this.said && this.button.hidden === !refused.length) return;
    this.said = said;
    this.button.hidden = !refused.length;
    if (!refused.length && !this.node.hidden) this.#toggle();
    this.button.textContent = `${counted(refused.length, 'change')} refused`;
    this.list.replaceChildren(...refused.map((one) => this.#row(one)));
  }

  /** @type {(one: Refused) => HTMLElement} */
  #row(one) {
    return element('li', {}, element('b', {}, inWords(one.act)), element('span', {}, one.reason),
      this.#action('Save as a file', () => saveAsFile([one])),
      this.#action('Discard', () => this.editor.outbox.discard([one])));
  }

  /** @type {(words: string, act: () => void) => HTMLElement} */
  #action(words, act) {
    const button = element('button', { type: 'button', class: 'plain' }, words);
    button.addEventListener('click', act);
    return button;
  }
}
