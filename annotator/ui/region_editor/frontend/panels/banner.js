/**
 * What the rater must know before going on: work that could not be recorded, another tab on the
 * same image, and changes made elsewhere that clash with changes made here.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Held } from '../record/outbox.js'
 */
import { settle } from '../actions/settling.js';
import { element } from './elements.js';
import { SPOKEN, VALUES } from './wording.js';

/** A server's sentence may be long; its beginning says what is wrong. */
const LONGEST_SAID = 160;

export class Banner {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.said = '';
    this.node = element('div', { class: 'banners', role: 'alert' });
  }

  update() {
    const { outbox, document, tabs } = this.editor;
    const conflicts = outbox.conflictsOf(document.id);
    const others = tabs.others;
    const { failure } = this.editor.going;
    const said = JSON.stringify([outbox.failure, failure, others, conflicts]);
    if (said === this.said) return;
    this.said = said;
    this.node.replaceChildren(
      ...(outbox.failure ? [element('p', { class: 'banner failure', title: outbox.failure }, shortened(outbox.failure))] : []),
      ...(failure ? [element('p', { class: 'banner failure' }, shortened(failure))] : []),
      ...(others ? [element('p', { class: 'banner' }, 'This image is also open in another tab. What you do in both is kept; where they clash you are asked.')] : []),
      ...conflicts.map((held) => this.#conflict(held)),
    );
  }

  /** @type {(held: Held) => HTMLElement} */
  #conflict(held) {
    const mine = element('button', { type: 'button', class: 'plain' }, 'Keep mine');
    const theirs = element('button', { type: 'button', class: 'plain' }, 'Take theirs');
    mine.addEventListener('click', () => settle(this.editor, held, true));
    theirs.addEventListener('click', () => settle(this.editor, held, false));
    return element('div', { class: 'banner conflict' }, element('p', {}, this.#clash(held)), mine, theirs);
  }

  /** @type {(held: Held) => string} */
  #clash({ conflict: { current, by }, acts }) {
    const act = acts[acts.length - 1];
    const who = by && by !== this.editor.data.rater ? by : 'you in another tab';
    if (act.kind === 'label') {
      const now = current?.value ? VALUES[current.value] : 'nothing';
      return `${act.label}: ${who} said ${now}, you said ${VALUES[act.value]} here.`;
    }
    const [mine, label] = act.kind === 'region' ? [SPOKEN[act.decision], act.label] : ['a remark', ''];
    const now = current?.decision ? SPOKEN[current.decision] : 'nothing';
    const name = current?.label && current.label !== label ? `${current.label} instead of ${label}` : label;
    return `${name}: changed by ${who} (${now}); here it is ${mine}.`;
  }
}

/** @type {(text: string) => string} */
const shortened = (text) => (text.length > LONGEST_SAID ? `${text.slice(0, LONGEST_SAID)}…` : text);
