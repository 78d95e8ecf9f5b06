/**
 * Acts on their way to the record. An act stays here, and in the browser's storage, until the
 * server has acknowledged it by id; everything unacknowledged travels with every send, so a
 * coalesced message, a reload of the page or a killed server loses nothing.
 *
 * @import { Act, Conflict, Receipt } from '../types.js'
 *
 * @typedef {{getItem(key: string): string | null, setItem(key: string, value: string): void,
 *   removeItem(key: string): void, key(index: number): string | null, length: number}} KeyValueStore
 * @typedef {{attempt: number, acts: Act[]}} Parcel
 * @typedef {'saved' | 'saving' | 'unsaved' | 'conflict'} SaveState
 * @typedef {{conflict: Conflict, acts: Act[]}} Held
 */

/** Without an answer for this long, the rater is told that the work is not saved yet. */
export const PATIENCE_MS = 2000;
const LONGEST_PAUSE_MS = 15000;

/** The page's clock; tests use another. */
export const CLOCK = {
  now: () => Date.now(),
  after: (/** @type {number} */ ms, /** @type {() => void} */ run) => setTimeout(run, ms),
  cancel: (/** @type {any} */ timer) => clearTimeout(timer),
};

/** What an act speaks of: acts on the same thing follow each other.
 * @type {(act: Act) => string} */
const subjectOf = (act) => (
  act.kind === 'label' ? `${act.document} label ${act.label}`
    : act.kind === 'remark' ? `${act.document} remark ${act.id}` : `${act.document} ${act.region_id}`);

export class Outbox {
  /**
   * @param {object} parts
   * @param {(parcel: Parcel) => void} parts.send
   * @param {() => void} parts.changed
   * @param {KeyValueStore | null} parts.store  null where the browser refuses storage
   * @param {typeof CLOCK} parts.clock
   */
  constructor({ send, changed, store, clock }) {
    this.send = send;
    this.changed = changed;
    this.store = store;
    this.clock = clock;
    this.prefix = '';
    /** @type {Act[]} */
    this.acts = [];
    /** Acts that were refused because another page had changed the same, by what they speak of:
     * kept until the rater says what shall hold. @type {Map<string, Held>} */
    this.held = new Map();
    // Grows from page to page, so that an answer to an earlier page's attempt is told apart.
    this.attempt = clock.now();
    this.order = 0;
    /** @type {string | null} */
    this.failure = null;
    this.late = false;
    this.pause = PATIENCE_MS;
    /** @type {any} */
    this.timer = null;
  }

  /** Whose acts these are. What an earlier page of theirs could not send goes out now.
   * @type {(owner: string) => void} */
  open(owner) {
    const prefix = `excitation-annotator/${owner}/`;
    if (prefix === this.prefix) return;
    this.prefix = prefix;
    this.acts = this.#stored();
    this.held.clear();
    if (this.acts.length) this.#dispatch();
  }

  /** @type {(acts: Act[]) => void} */
  add(acts) {
    this.acts.push(...acts);
    acts.forEach((act) => this.#keep(act));
    this.#dispatch();
  }

  /** @type {(receipt: Receipt) => void} */
  receive({ acknowledged, failure, attempt, conflicts = [] }) {
    const known = new Set(acknowledged);
    const dropped = this.acts.filter((act) => known.has(act.id));
    dropped.forEach((act) => this.#forget(act));
    this.acts = this.acts.filter((act) => !known.has(act.id));
    conflicts.forEach((conflict) => this.#hold(conflict));
    // An answer to an earlier attempt says nothing about the present one.
    if (attempt === this.attempt) this.failure = failure;
    if (dropped.length || conflicts.length) {
      this.late = false;
      this.pause = PATIENCE_MS;
    }
    if (!this.acts.length) {
      this.failure = null;
      this.clock.cancel(this.timer);
    }
    this.changed();
  }

  /** Send again, now. */
  retry() {
    if (this.acts.length) this.#dispatch();
  }

  /** Acts on an image that the record does not have. @type {(document: string) => Act[]} */
  pendingFor(document) {
    const held = [...this.held.values()].flatMap(({ acts }) => acts);
    return [...held, ...this.acts].filter((act) => act.document === document);
  }

  /** Conflicts on an image that wait for the rater. @type {(document: string) => Held[]} */
  conflictsOf(document) {
    return [...this.held.values()].filter(({ acts }) => acts[0].document === document);
  }

  /** The rater has said what shall hold: the refused acts are let go. @type {(held: Held) => void} */
  letGo(held) {
    held.acts.forEach((act) => this.#forget(act));
    this.held.delete(subjectOf(held.acts[0]));
    this.changed();
  }

  /** @type {(conflict: Conflict) => void} */
  #hold(conflict) {
    const refused = this.acts.find((act) => act.id === conflict.sent);
    if (!refused) return;
    const subject = subjectOf(refused);
    const earlier = this.held.get(subject)?.acts ?? [];
    const later = this.acts.filter((act) => subjectOf(act) === subject);
    this.held.set(subject, { conflict, acts: [...earlier, ...later] });
    this.acts = this.acts.filter((act) => subjectOf(act) !== subject);
  }

  /** @returns {SaveState} */
  get state() {
    if (!this.acts.length) return this.held.size ? 'conflict' : 'saved';
    return this.failure || this.late ? 'unsaved' : 'saving';
  }

  close() {
    this.clock.cancel(this.timer);
  }

  #dispatch() {
    this.attempt += 1;
    this.send({ attempt: this.attempt, acts: this.acts });
    this.clock.cancel(this.timer);
    this.timer = this.clock.after(this.pause, () => this.#unanswered());
    this.changed();
  }

  #unanswered() {
    this.late = true;
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
    this.#dispatch();
  }

  /** @type {(act: Act) => void} */
  #keep(act) {
    if (!this.store) return;
    this.order += 1;
    const entry = JSON.stringify({ made: this.clock.now(), order: this.order, act });
    try {
      this.store.setItem(this.prefix + act.id, entry);
    } catch (fault) {
      // Full or forbidden: the act is still in memory and sent; only a reload would lose it.
      console.warn('The browser keeps no copy of unsaved work:', fault);
      this.store = null;
    }
  }

  /** @type {(act: Act) => void} */
  #forget(act) {
    this.store?.removeItem(this.prefix + act.id);
  }

  /** @returns {Act[]} */
  #stored() {
    const { store } = this;
    if (!store) return [];
    const keys = Array.from({ length: store.length }, (_, k) => store.key(k) ?? '');
    return keys
      .filter((key) => key.startsWith(this.prefix))
      .map((key) => JSON.parse(store.getItem(key) ?? ''))
      .sort((a, b) => a.made - b.made || a.order - b.order)
      .map((kept) => kept.act);
  }
}
