/**
 * Acts on their way to the record. An act stays here, and in the browser's storage, until the
 * server has said of it what became of it: recorded; in conflict with what was recorded
 * meanwhile; or refused, and then it is set aside, and holds up no other. An outbox belongs to a
 * person and a project: nobody sends, or sees, what another has left in the same browser.
 *
 * @import { Act, Conflict, Refused, Verdict } from '../types.js'
 * @import { LineError } from './line.js'
 *
 * @typedef {{getItem(key: string): string | null, setItem(key: string, value: string): void,
 *   removeItem(key: string): void, key(index: number): string | null, length: number}} KeyValueStore
 * @typedef {'saved' | 'saving' | 'unsaved' | 'conflict' | 'signed-out'} SaveState
 * @typedef {{conflict: Conflict, acts: Act[]}} Held
 */
import { onTheWire } from './mask_changes.js';

/** Without an answer for this long, the rater is told that the work is not saved yet. */
export const PATIENCE_MS = 2000;
const LONGEST_PAUSE_MS = 15000;
/** So many acts travel at once, and so many characters of them unless a single one has more: the
 * server reads no longer message, and what it does not read would be sent for ever. */
export const PARCEL = 50;
const LONGEST_PARCEL = 2 ** 20;
/** The server takes messages up to this and a mebibyte: a longer act would be sent for ever. */
const LONGEST_ACT = 31 * 2 ** 20;
const TOO_LONG = 'The region has too many corners or pieces to be sent. Undo the last step, then smooth the region, or remove its islands.';
const ROOT = 'excitation-annotator';

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

/** @type {(parcel: Act[]) => boolean} */
const isTooLong = (parcel) => parcel.length === 1 && JSON.stringify(onTheWire(parcel[0])).length > LONGEST_ACT;

export class Outbox {
  /**
   * @param {object} parts
   * @param {(acts: Act[]) => Promise<Verdict[]>} parts.send  rejects with a `LineError`
   * @param {() => void} parts.changed
   * @param {(acts: Act[]) => void} parts.refused  these were set aside
   * @param {KeyValueStore | null} parts.store  null where the browser refuses storage
   * @param {typeof CLOCK} parts.clock
   */
  constructor({ send, changed, refused, store, clock }) {
    this.send = send;
    this.changed = changed;
    this.setAside = refused;
    this.store = store;
    this.clock = clock;
    /** Whose these are, as keys of the storage say it. */
    this.whose = '';
    /** @type {Act[]} */
    this.acts = [];
    /** Acts that came too late because another page had changed the same, by what they speak of:
     * kept until the rater says what shall hold. @type {Map<string, Held>} */
    this.held = new Map();
    /** Acts that cannot be recorded, until the rater lets them go. @type {Refused[]} */
    this.refused = [];
    /** Unsent acts of whoever is not before the page now, where the storage had no room for all
     * of them. @type {Map<string, Act[]>} */
    this.onlyHere = new Map();
    this.order = 0;
    /** @type {string | null} */
    this.failure = null;
    this.late = false;
    this.signedOut = false;
    /** Whether what is not sent yet outlasts a reload of the page. */
    this.isKept = store !== null;
    this.pause = PATIENCE_MS;
    /** @type {any} */
    this.timer = null;
    /** The sending that goes on now. @type {Promise<void> | null} */
    this.sending = null;
  }

  /** Whose acts these are. What an earlier page of theirs could not send goes out now.
   * @type {(project: string, rater: string) => void} */
  open(project, rater) {
    const whose = `${project}/${encodeURIComponent(rater)}/`;
    if (whose === this.whose) return;
    this.#leave();
    this.whose = whose;
    this.#takeOver(project);
    const left = this.onlyHere.get(whose) ?? [];
    this.onlyHere.delete(whose);
    const ids = new Set(left.map(({ id }) => id));
    this.acts = [...left, ...this.#stored('outbox').map(({ act }) => act).filter(({ id }) => !ids.has(id))];
    this.refused = this.#stored('refused').map(({ act, reason }) => ({ act, reason }));
    this.held.clear();
    this.failure = null;
    this.late = false;
    this.signedOut = false;
    if (this.acts.length) this.#dispatch();
  }

  /** Somebody else sits down: what is nowhere but on this page stays here for its own person. */
  #leave() {
    const isStored = (/** @type {Act} */ act) => ['outbox', 'refused'].some(
      (place) => this.store?.getItem(`${ROOT}/${place}/${this.whose}${act.id}`) != null,
    );
    const refused = this.refused.map(({ act }) => act).filter((act) => !isStored(act));
    const unsent = [...[...this.held.values()].flatMap(({ acts }) => acts), ...refused, ...this.acts];
    if (!unsent.every(isStored)) this.onlyHere.set(this.whose, unsent);
  }

  /** @type {(acts: Act[]) => void} */
  add(acts) {
    for (const act of acts) {
      this.#keep('outbox', { act });
      this.#slim(act);
      this.acts.push(act);
    }
    this.#dispatch();
  }

  /** Send again, now. */
  retry() {
    this.clock.cancel(this.timer);
    if (this.acts.length) this.#dispatch();
  }

  /** Wait until all is sent that can be; whether the record has all that was done to an image.
   * @type {(document: string) => Promise<boolean>} */
  async hasSent(document) {
    await this.sending;
    return this.pendingFor(document).length === 0;
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

  /** The rater has said what shall hold: the acts that came too late are let go.
   * @type {(held: Held) => void} */
  letGo(held) {
    held.acts.forEach((act) => this.#forget('outbox', act));
    this.held.delete(subjectOf(held.acts[0]));
    this.changed();
  }

  /** The rater gives refused acts up. @type {(given: Refused[]) => void} */
  discard(given) {
    given.forEach(({ act }) => {
      this.#forget('refused', act);
      this.#forget('outbox', act);
    });
    this.refused = this.refused.filter((one) => !given.includes(one));
    this.changed();
  }

  /** @returns {SaveState} */
  get state() {
    if (this.signedOut) return 'signed-out';
    if (!this.acts.length) return this.held.size ? 'conflict' : 'saved';
    return this.failure || this.late ? 'unsaved' : 'saving';
  }

  /** Whether something is here that the record does not have. */
  get hasUnsent() {
    return this.acts.length + this.held.size + this.onlyHere.size > 0;
  }

  close() {
    this.clock.cancel(this.timer);
  }

  // ---- sending ----------------------------------------------------------------------------

  #dispatch() {
    if (!this.sending) {
      this.clock.cancel(this.timer);
      this.timer = this.clock.after(PATIENCE_MS, () => {
        this.late = true;
        this.changed();
      });
      this.sending = this.#sendAll().then(() => this.#succeeded(), (fault) => this.#failed(fault))
        .finally(() => { this.changed(); });
    }
    this.changed();
  }

  async #sendAll() {
    while (this.acts.length) {
      const { whose } = this;
      const parcel = this.#parcel();
      const verdicts = isTooLong(parcel)
        ? parcel.map(({ id }) => /** @type {Verdict} */ ({ id, verdict: 'refused', reason: TOO_LONG }))
        : await this.send(parcel.map(onTheWire));
      const ofAct = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
      if (!parcel.some((act) => ofAct.has(act.id))) throw new Error('The server did not say what became of the changes.');
      if (whose === this.whose) this.#receive(parcel, ofAct);
      // Meanwhile somebody else sat down: the rest waits for its own person.
      else this.#recorded(parcel.filter(({ id }) => ofAct.get(id)?.verdict === 'recorded'), whose);
      this.late = false;
      this.changed();
    }
  }

  /** Acts of somebody who is not before the page are on record. @type {(acts: Act[], whose: string) => void} */
  #recorded(acts, whose) {
    acts.forEach((act) => this.#forget('outbox', act, whose));
    const left = (this.onlyHere.get(whose) ?? []).filter((act) => !acts.includes(act));
    if (left.length) this.onlyHere.set(whose, left);
    else this.onlyHere.delete(whose);
  }

  /** What travels next. @returns {Act[]} */
  #parcel() {
    let length = 0;
    const count = this.acts.slice(0, PARCEL).findIndex((act, k) => {
      length += JSON.stringify(onTheWire(act)).length;
      return k > 0 && length > LONGEST_PARCEL;
    });
    return this.acts.slice(0, count < 0 ? PARCEL : count);
  }

  #succeeded() {
    this.sending = null;
    this.clock.cancel(this.timer);
    this.pause = PATIENCE_MS;
    this.failure = null;
    this.late = false;
    this.signedOut = false;
    this.isKept = this.store !== null;
  }

  /** @type {(fault: LineError) => void} */
  #failed(fault) {
    this.sending = null;
    this.late = true;
    this.signedOut = fault.trouble === 'signed-out';
    this.failure = fault.trouble === 'offline' || fault.trouble === 'stale' ? null : fault.message;
    this.clock.cancel(this.timer);
    this.timer = this.clock.after(this.pause, () => this.#dispatch());
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  /** @type {(parcel: Act[], ofAct: Map<string, Verdict>) => void} */
  #receive(parcel, ofAct) {
    const recorded = parcel.filter(({ id }) => ofAct.get(id)?.verdict === 'recorded');
    const refused = parcel.filter(({ id }) => ofAct.get(id)?.verdict === 'refused');
    recorded.forEach((act) => this.#forget('outbox', act));
    for (const act of refused) {
      const one = { act, reason: ofAct.get(act.id)?.reason ?? '' };
      this.refused.push(one);
      // Where there is no room for it, the next page is refused it again.
      if (this.#keep('refused', one)) this.#forget('outbox', act);
    }
    const gone = new Set([...recorded, ...refused]);
    this.acts = this.acts.filter((act) => !gone.has(act));
    for (const { id } of parcel) {
      const verdict = ofAct.get(id);
      if (verdict?.verdict === 'conflict') this.#hold({ sent: id, by: verdict.by ?? '', current: verdict.current ?? null });
    }
    if (refused.length) this.setAside(refused);
  }

  /** @type {(conflict: Conflict) => void} */
  #hold(conflict) {
    const late = this.acts.find((act) => act.id === conflict.sent);
    if (!late) return;
    const subject = subjectOf(late);
    const earlier = this.held.get(subject)?.acts ?? [];
    const later = this.acts.filter((act) => subjectOf(act) === subject);
    this.held.set(subject, { conflict, acts: [...earlier, ...later] });
    this.acts = this.acts.filter((act) => subjectOf(act) !== subject);
  }

  // ---- the browser's storage --------------------------------------------------------------

  /** @type {(place: 'outbox' | 'refused', kept: {act: Act, reason?: string}) => boolean} */
  #keep(place, kept) {
    this.order += 1;
    return this.#write(`${ROOT}/${place}/${this.whose}${kept.act.id}`, { made: this.clock.now(), order: this.order, ...kept });
  }

  /** What holds of a mask is known from its latest act: of the one before, the changes do.
   * @type {(latest: Act) => void} */
  #slim(latest) {
    const subject = subjectOf(latest);
    const earlier = this.acts.findLast((act) => subjectOf(act) === subject);
    if (!earlier || onTheWire(earlier) === earlier) return;
    const key = `${ROOT}/outbox/${this.whose}${earlier.id}`;
    const kept = this.#read(key);
    if (kept) this.#write(key, { ...kept, act: onTheWire(earlier) });
  }

  /** @type {(key: string, entry: object) => boolean} */
  #write(key, entry) {
    try {
      this.store?.setItem(key, JSON.stringify(entry));
      return true;
    } catch (fault) {
      // Full or forbidden: the act is still in memory and sent; only a reload would lose it. What
      // is kept already stays to be sent and forgotten, which makes room again.
      console.warn('The browser keeps no copy of unsaved work:', fault);
      this.isKept = false;
      return false;
    }
  }

  /** @type {(place: 'outbox' | 'refused', act: Act, whose?: string) => void} */
  #forget(place, act, whose = this.whose) {
    this.store?.removeItem(`${ROOT}/${place}/${whose}${act.id}`);
  }

  /** @type {(place: 'outbox' | 'refused') => {act: Act, reason: string}[]} */
  #stored(place) {
    const prefix = `${ROOT}/${place}/${this.whose}`;
    return this.#keys(prefix).flatMap((key) => this.#read(key) ?? [])
      .sort((a, b) => a.made - b.made || a.order - b.order);
  }

  /** Acts that an earlier version kept by project alone go to whoever made them.
   * @type {(project: string) => void} */
  #takeOver(project) {
    for (const key of this.#keys(`${ROOT}/${project}/`)) {
      const kept = this.#read(key);
      const whose = `${project}/${encodeURIComponent(kept?.act.rater ?? '')}/`;
      if (kept && this.#write(`${ROOT}/outbox/${whose}${kept.act.id}`, kept)) this.store?.removeItem(key);
    }
  }

  /** @type {(prefix: string) => string[]} */
  #keys(prefix) {
    const { store } = this;
    const keys = Array.from({ length: store?.length ?? 0 }, (_, k) => store?.key(k) ?? '');
    return keys.filter((key) => key.startsWith(prefix));
  }

  /** @type {(key: string) => {made: number, order: number, act: Act, reason: string} | null} */
  #read(key) {
    try {
      const kept = JSON.parse(this.store?.getItem(key) ?? '');
      return kept?.act?.id ? kept : null;
    } catch (fault) {
      console.warn(`What the browser kept as ${key} cannot be read:`, fault);
      return null;
    }
  }
}
