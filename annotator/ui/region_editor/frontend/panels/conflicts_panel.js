/**
 * Where a label's value and its regions do not say the same: what they say, and the ways out.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { LabelFact } from '../record/label_facts.js'
 */
import { element } from './elements.js';
import { counted, VALUES } from './wording.js';

/** @typedef {{text: string, ways: [string, () => void][]}} Notice */

export class ConflictsPanel {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** Labels taken out of the code line though regions of them stand. @type {Set<string>} */
    this.kept = new Set();
    this.document = '';
    this.node = element('div', { class: 'conflicts', role: 'status' });
    this.shown = '';
  }

  /** Say that labels stay because regions of them stand. @type {(labels: string[]) => void} */
  keep(labels) {
    this.kept = new Set(labels);
    this.document = this.editor.document.id;
  }

  update() {
    if (this.document !== this.editor.document.id) this.kept.clear();
    const { facts, editable } = this.editor;
    const notices = [...facts].flatMap(([label, fact]) => this.#notice(label, fact) ?? []);
    const told = JSON.stringify([notices, editable]);
    if (told === this.shown) return;
    this.shown = told;
    this.node.replaceChildren(...notices.map(({ text, ways }) => element('p', {}, text, ' ', ...ways.flatMap(
      ([name, go]) => [this.#button(name, go), ' ']))));
  }

  /** @type {(label: string, fact: LabelFact) => Notice | null} */
  #notice(label, { value, intensity, side, conflict }) {
    const { labels } = this.editor;
    const count = labels.standing(label).length;
    const regions = counted(count, 'region');
    const stand = count === 1 ? 'is accepted' : 'are accepted';
    /** @type {[string, () => void]} */
    const reject = [count === 1 ? `Reject the region of ${label}` : `Reject the ${regions} of ${label}`,
      () => labels.rejectRegions(label)];
    if (conflict === 'presence') {
      return {
        text: `${label} is stated ${VALUES[value]}, but ${regions} of it ${stand}.`,
        ways: [reject, [`Withdraw “${VALUES[value]}”`, () => labels.say(label, 'not_assessed')]],
      };
    }
    if (conflict === 'side') {
      const name = this.editor.facs?.grammar.sides[side ?? ''] ?? side;
      return {
        text: `${label} is stated for: ${name}. Its regions say otherwise.`,
        ways: [['Use the side of the regions', () => (
          labels.state(new Map([[label, { value, intensity, side: null }]])))]],
      };
    }
    if (!this.kept.has(label) || !count) return null;
    return { text: `${label} stays in the code line: ${regions} of it ${stand}.`, ways: [reject] };
  }

  /** @type {(name: string, go: () => void) => HTMLButtonElement} */
  #button(name, go) {
    const button = element('button', { type: 'button', class: 'plain' }, name);
    button.disabled = !this.editor.editable;
    button.addEventListener('click', () => {
      go();
      this.editor.focus();
    });
    return button;
  }
}
