/**
 * How a person likes the editor: keys, colours of maps. Kept in this browser, never recorded.
 *
 * @import { KeyValueStore } from './record/outbox.js'
 */

const PREFIX = 'excitation-annotator/preferences/';

export class Preferences {
  /** @param {KeyValueStore | null} store  null where the browser refuses storage */
  constructor(store) {
    this.store = store;
  }

  /**
   * @template T
   * @param {string} name  @param {T} otherwise  what holds if nothing is kept
   * @returns {T}
   */
  get(name, otherwise) {
    const kept = this.store?.getItem(PREFIX + name);
    if (!kept) return otherwise;
    try {
      return JSON.parse(kept);
    } catch (fault) {
      console.warn(`What was kept as ${name} cannot be read and is left out:`, fault);
      return otherwise;
    }
  }

  /** @type {(name: string, value: unknown) => void} */
  set(name, value) {
    try {
      this.store?.setItem(PREFIX + name, JSON.stringify(value));
    } catch (fault) {
      console.warn('The browser keeps no preferences:', fault);
    }
  }
}
