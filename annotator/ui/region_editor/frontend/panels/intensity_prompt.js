/**
 * Asks for the intensity of an Action Unit right after a region of it was accepted: A to E, by
 * key or button. Any other key or press puts the question away.
 *
 * @import { RegionEditor } from '../editor.js'
 */
import { element } from './elements.js';

const MODIFIERS = ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock'];

export class IntensityPrompt {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** The label that is asked about, and on which image. */
    this.label = '';
    this.document = '';
    this.question = element('span', {});
    this.buttons = element('div', { class: 'letters', role: 'group', 'aria-label': 'Intensity' });
    this.node = element('div', { class: 'intensity', hidden: true }, this.question, this.buttons);
    this.offered = '';
  }

  /** Whatever is pressed elsewhere puts the question away. @type {(event: Event) => void} */
  pressed(event) {
    if (!event.composedPath().includes(this.node)) this.dismiss();
  }

  /** @type {(label: string) => void} */
  ask(label) {
    const { facs, facts, document } = this.editor;
    const fact = facts.get(label);
    if (!facs?.labels.get(label)?.intensity || fact?.value !== 'present' || fact.intensity) return;
    [this.label, this.document] = [label, document.id];
    const letters = Object.keys(facs.grammar.intensities);
    this.#offer(letters, facs.grammar.intensities);
    this.question.textContent = `${label} accepted. Intensity?`;
    this.editor.announce(`${label} accepted. Intensity, ${letters[0]} to ${letters[letters.length - 1]}?`);
  }

  dismiss() {
    this.label = '';
    this.node.hidden = true;
  }

  update() {
    if (this.document !== this.editor.document.id || !this.editor.editable) this.label = '';
    this.node.hidden = !this.label;
  }

  /** Whether a key answers the question; any other puts it away. @type {(event: KeyboardEvent) => boolean} */
  take(event) {
    if (!this.label || MODIFIERS.includes(event.key)) return false;
    const letter = event.key.toUpperCase();
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isPlain || !(letter in (this.editor.facs?.grammar.intensities ?? {}))) {
      this.dismiss();
      return false;
    }
    // A key that is still held down was pressed to accept.
    if (!event.repeat) this.#state(letter);
    return true;
  }

  /** @type {(letters: string[], meanings: Record<string, string>) => void} */
  #offer(letters, meanings) {
    if (this.offered === letters.join('')) return;
    this.offered = letters.join('');
    this.buttons.replaceChildren(...letters.map((letter) => {
      const button = element('button', { type: 'button', title: meanings[letter] }, letter);
      button.addEventListener('click', () => {
        this.#state(letter);
        this.editor.focus();
      });
      return button;
    }));
  }

  /** @type {(letter: string) => void} */
  #state(letter) {
    const { label } = this;
    this.dismiss();
    if (!label) return;
    const { side } = this.editor.sheet.of(label);
    this.editor.labels.state(new Map([[label, { value: 'present', intensity: letter, side }]]));
    this.editor.announce(`${label}, intensity ${letter}`);
  }
}
