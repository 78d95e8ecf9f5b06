/**
 * The sheet of keys, written from the table of commands; here keys are changed too.
 *
 * @import { RegionEditor } from '../editor.js'
 * @import { Command } from '../input/commands.js'
 */
import { chordOf } from '../input/chords.js';
import { COMMANDS, FAMILIES } from '../input/commands.js';
import { shownKey } from '../input/key_bindings.js';
import { element, setAttributes } from './elements.js';

export class CheatSheet {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** The command whose key is being changed. @type {Command | null} */
    this.changing = null;
    /** A key that is another command's: pressed again it moves here. */
    this.wanted = '';
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    this.button = element('button', { type: 'button', class: 'plain' }, 'Close');
    this.button.addEventListener('click', () => this.toggle());
    this.reset = element('button', { type: 'button', class: 'plain' }, 'All keys as they were');
    this.reset.addEventListener('click', () => {
      editor.keys.reset();
      this.#changed('All keys are as they were.');
    });
    this.says = element('p', { class: 'sheet-says', role: 'status' });
    const groups = [...new Set(COMMANDS.map((command) => command.group))];
    this.node = element('div', { class: 'sheet', role: 'dialog', 'aria-label': 'Keys', hidden: true },
      element('header', {}, element('h2', {}, 'Keys'), this.says, this.reset, this.button),
      element('div', { class: 'columns' }, ...groups.map((group) => this.#section(group))));
    this.node.addEventListener('keydown', (event) => this.#key(event), { capture: true });
    this.#showKeys();
  }

  /** @type {(group: string) => Node} */
  #section(group) {
    const alone = COMMANDS.filter((command) => command.group === group && !command.inFamily);
    const families = FAMILIES.filter((family) => family.group === group);
    return element('section', {}, element('h3', {}, group), element('dl', {},
      ...families.flatMap(({ keys, title }) => (
        [element('dt', {}, element('kbd', {}, keys)), element('dd', {}, title)])),
      ...alone.flatMap((command) => (
        [element('dt', {}, this.#keyButton(command)), element('dd', {}, command.title)]))));
  }

  /** @type {(command: Command) => HTMLButtonElement} */
  #keyButton(command) {
    const button = element('button', { type: 'button', class: 'key' });
    button.addEventListener('click', () => this.#begin(command));
    this.buttons.set(command.id, button);
    return button;
  }

  #showKeys() {
    const { keys } = this.editor;
    for (const [id, button] of this.buttons) {
      const chords = keys.keysOf(id).map(shownKey);
      button.replaceChildren(...(chords.length ? chords.flatMap((key) => [element('kbd', {}, key), ' ']) : ['none']));
      const { title } = /** @type {Command} */ (COMMANDS.find((command) => command.id === id));
      setAttributes(button, {
        'aria-label': `${title}: ${chords.join(' ') || 'none'}. Change it.`,
        'data-changing': this.changing?.id === id, 'data-changed': id in keys.changed,
      });
    }
    this.reset.hidden = !keys.isChanged;
  }

  /** @type {(command: Command) => void} */
  #begin(command) {
    this.changing = command;
    this.wanted = '';
    this.#changed(`Press the new key for “${command.title}”, or Escape.`);
  }

  /** @type {(says: string) => void} */
  #changed(says) {
    this.says.textContent = says;
    this.#showKeys();
    this.editor.showKeys();
  }

  /** @type {(event: KeyboardEvent) => void} */
  #key(event) {
    const { changing } = this;
    if (!changing || ['Control', 'Shift', 'Alt', 'Meta'].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === 'Escape') {
      this.changing = null;
      this.#changed('');
      return;
    }
    this.#bind(changing, chordOf(event));
  }

  /** @type {(changing: Command, chord: string) => void} */
  #bind(changing, chord) {
    const result = this.editor.keys.rebind(changing.id, chord, chord === this.wanted);
    const key = shownKey(chord);
    if (result.bound) {
      this.changing = null;
      this.#changed(`“${changing.title}” is ${key} now.`);
    } else if (result.why === 'reserved') {
      this.#changed(`${key} belongs to the browser. Press another key, or Escape.`);
    } else {
      this.wanted = chord;
      this.#changed(`${key} is “${result.by.title}”. Press it again to take it from there, or another key, or Escape.`);
    }
  }

  /** Whether the next key is meant to be a command's. */
  get isListening() {
    return this.changing !== null;
  }

  get isOpen() {
    return !this.node.hidden;
  }

  toggle() {
    this.changing = null;
    this.says.textContent = this.isOpen ? '' : 'Click a key to change it.';
    this.node.hidden = this.isOpen;
    this.#showKeys();
    if (this.isOpen) this.button.focus({ preventScroll: true });
    else this.editor.focus();
  }
}
