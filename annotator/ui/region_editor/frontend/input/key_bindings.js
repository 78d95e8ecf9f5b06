/**
 * Which key does what: as the table of commands has it, or as the person has changed it. Pure
 * but for the storage it is given.
 *
 * @import { KeyPress } from './chords.js'
 * @import { Command } from './commands.js'
 * @import { Preferences } from '../preferences.js'
 */
import { chordsOf } from './chords.js';

const KEPT_AS = 'keys';
/** Keys that browsers keep for themselves, or that people who do not see the page move by. */
const RESERVED = [
  'Tab', 'Shift+Tab', 'Ctrl+w', 'Ctrl+t', 'Ctrl+n', 'Ctrl+r', 'Ctrl+l', 'Ctrl+Tab', 'Ctrl+Shift+Tab',
  'F1', 'F5', 'F6', 'F11', 'F12', 'Control', 'Shift', 'Alt', 'Meta', 'Dead', 'AltGraph', 'CapsLock',
];

/** Ways of writing keys that people know. @type {Record<string, string>} */
const WRITTEN = {
  ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Delete: 'Del',
  Escape: 'Esc', PageDown: 'PgDn', PageUp: 'PgUp', '-': '−',
};

/** A chord as shown to people. @type {(chord: string) => string} */
export const shownKey = (chord) =>
  chord.split(/(?<=.)\+/)
    .map((part) => WRITTEN[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' ');

/** A chord as `aria-keyshortcuts` wants it. @type {(chord: string) => string} */
const ariaKey = (chord) => chord.replace(/^Ctrl(?=\+)/, 'Control').replace(/\+$/, 'Plus');

/**
 * @typedef {{bound: true} | {bound: false, why: 'reserved'} | {bound: false, why: 'taken', by: Command}} Binding
 */

export class KeyBindings {
  /** @param {Command[]} commands  @param {Preferences} preferences */
  constructor(commands, preferences) {
    this.commands = commands;
    this.preferences = preferences;
    /** Keys of commands that were changed. @type {Record<string, string[]>} */
    this.changed = {};
    /** @type {Map<string, string[]>} */
    this.keys = new Map();
    /** @type {Map<string, Command>} */
    this.bound = new Map();
    this.#take(preferences.get(KEPT_AS, {}));
  }

  /** A key that the person gave to one command is no other's, also where a later version of
   * this table wants it. @type {(changed: Record<string, string[]>) => void} */
  #take(changed) {
    const known = this.commands.filter(({ id }) => id in changed);
    this.changed = Object.fromEntries(known.map(({ id }) => [id, changed[id]]));
    const theirs = new Set(Object.values(this.changed).flat());
    this.keys = new Map(this.commands.map(({ id, keys }) => (
      [id, this.changed[id] ?? keys.filter((chord) => !theirs.has(chord))])));
    this.bound = new Map();
    for (const command of this.commands) {
      for (const chord of this.keysOf(command.id)) {
        if (this.bound.has(chord)) throw new Error(`${chord} is bound to two commands`);
        this.bound.set(chord, command);
      }
    }
  }

  /** @type {(id: string) => string[]} */
  keysOf(id) {
    return this.keys.get(id) ?? [];
  }

  /** The command's first key as people write it. @type {(id: string) => string} */
  shown(id) {
    const [first] = this.keysOf(id);
    return first ? shownKey(first) : '';
  }

  /** @type {(id: string) => string | null} */
  spoken(id) {
    return this.keysOf(id).map(ariaKey).join(' ') || null;
  }

  /** @type {(chord: string) => Command | undefined} */
  commandFor(chord) {
    return this.bound.get(chord);
  }

  /** @type {(event: KeyPress) => Command | undefined} */
  commandOf(event) {
    return chordsOf(event).map((chord) => this.bound.get(chord)).find(Boolean);
  }

  get isChanged() {
    return Object.keys(this.changed).length > 0;
  }

  /**
   * Give a command another key. A key that another command has is given only if `anyway`; the
   * other then loses it.
   * @type {(id: string, chord: string, anyway?: boolean) => Binding}
   */
  rebind(id, chord, anyway = false) {
    if (RESERVED.includes(chord)) return { bound: false, why: 'reserved' };
    const owner = this.bound.get(chord);
    if (owner && owner.id !== id && !anyway) return { bound: false, why: 'taken', by: owner };
    const changed = { ...this.changed, [id]: [chord] };
    if (owner && owner.id !== id) {
      changed[owner.id] = this.keysOf(owner.id).filter((other) => other !== chord);
    }
    this.#keep(changed);
    return { bound: true };
  }

  /** All keys as they were. */
  reset() {
    this.#keep({});
  }

  /** @type {(changed: Record<string, string[]>) => void} */
  #keep(changed) {
    this.#take(changed);
    this.preferences.set(KEPT_AS, this.changed);
  }
}
