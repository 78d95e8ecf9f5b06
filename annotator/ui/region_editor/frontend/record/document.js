/**
 * The regions of one image, what the rater does to them, and undo. Every change is told as
 * acts that state what holds afterwards, so the record needs nothing but the acts, and undo is
 * itself an act. Pure: no page, no network.
 *
 * @import { Act, Action, Decision, Entry, Region } from '../types.js'
 */
import { sameRegion } from '../geometry/regions.js';

/** Nudges that follow each other within this time are undone as one. */
const NUDGE_PAUSE_MS = 700;
const STEPS_KEPT = 300;

/** A random UUID, also where the page is not a secure context and `randomUUID` is missing. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Whether a suggestion is as the machine drew it. @type {(entry: Entry) => boolean} */
export const isAsProposed = (entry) =>
  sameRegion(entry.region, entry.proposed_region) && entry.label === entry.proposed_label;

/** What accepting says of an entry. @type {(entry: Entry) => Decision} */
const acceptedAs = (entry) => {
  if (entry.origin === 'rater') return 'added';
  return isAsProposed(entry) ? 'accepted' : 'edited';
};

/** What changing an entry's outline or label says of it: never an acceptance by itself.
 * @type {(entry: Entry) => Decision} */
const changedTo = (entry) => {
  const stood = entry.decision === 'accepted' || entry.decision === 'edited';
  return entry.origin === 'rater' || stood ? acceptedAs(entry) : 'undecided';
};

/** The entry after an act. @type {(entry: Entry | undefined, act: Act) => Entry} */
function afterAct(entry, act) {
  const begun = entry ?? {
    id: act.region_id,
    origin: /** @type {const} */ ('rater'),
    score: null,
    proposed_region: null,
    proposed_label: null,
    reason: '',
  };
  const { label, region, decision } = act;
  return { ...begun, label, region, decision, last_act: act.id };
}

export class EditorDocument {
  /** @param {(acts: Act[]) => void} tell  @param {() => number} now */
  constructor(tell, now = () => Date.now()) {
    this.tell = tell;
    this.now = now;
    this.id = '';
    this.rater = '';
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
    /** @type {string | null} */
    this.selectedId = null;
    /** @type {{before: Entry | null, after: Entry, nudgedAt: number}[]} */
    this.done = [];
    /** @type {{before: Entry | null, after: Entry, nudgedAt: number}[]} */
    this.undone = [];
  }

  /**
   * Take over what the server knows. The rater's acts that are not acknowledged yet go on top,
   * so an answer that was under way while they worked takes nothing back.
   * @param {string} id  @param {Entry[]} entries  @param {Act[]} pending
   */
  load(id, entries, pending) {
    if (id !== this.id) {
      this.id = id;
      this.selectedId = null;
      this.done = [];
      this.undone = [];
      this.entries.clear();
    }
    // Rows stay where they are, in whatever order the server tells of them.
    const places = new Map([...this.entries.keys()].map((key, place) => [key, place]));
    const placeOf = (/** @type {Entry} */ entry) => places.get(entry.id) ?? places.size;
    const ordered = [...entries].sort((a, b) => placeOf(a) - placeOf(b));
    this.entries = new Map(ordered.map((entry) => [entry.id, entry]));
    for (const act of pending) {
      this.entries.set(act.region_id, afterAct(this.entries.get(act.region_id), act));
    }
    if (!this.selected) this.selectedId = null;
  }

  /** Entries that exist, in the order they are listed. */
  get shown() {
    return [...this.entries.values()].filter((entry) => entry.decision !== 'withdrawn');
  }

  get selected() {
    const entry = this.entries.get(this.selectedId ?? '');
    return entry && entry.decision !== 'withdrawn' ? entry : null;
  }

  get progress() {
    const suggestions = this.shown.filter((entry) => entry.origin === 'suggestion');
    const decided = suggestions.filter((entry) => entry.decision !== 'undecided');
    return { decided: decided.length, total: suggestions.length };
  }

  /** @type {(id: string | null) => void} */
  select(id) {
    this.selectedId = id;
  }

  /** Id of the next entry nobody has decided on, from the selected one on; null if none is left.
   * @type {(direction?: 1 | -1) => string | null} */
  nextUndecided(direction = 1) {
    const order = direction > 0 ? this.shown : this.shown.reverse();
    const from = order.findIndex((entry) => entry.id === this.selectedId);
    const turned = [...order.slice(from + 1), ...order.slice(0, from + 1)];
    return turned.find((entry) => entry.decision === 'undecided')?.id ?? null;
  }

  /** @type {(id: string) => boolean} */
  accept(id) {
    return this.#change(id, 'accept', (entry) => ({ ...entry, decision: acceptedAs(entry) }));
  }

  /** @type {(id: string) => boolean} */
  reject(id) {
    if (this.entries.get(id)?.origin === 'rater') return this.remove(id);
    return this.#change(id, 'reject', (entry) => ({ ...entry, decision: 'rejected' }));
  }

  /** @type {(id: string) => boolean} */
  reopen(id) {
    if (this.entries.get(id)?.origin === 'rater') return false;
    return this.#change(id, 'reopen', (entry) => ({ ...entry, decision: 'undecided' }));
  }

  /** @type {(id: string, region: Region, nudge?: boolean) => boolean} */
  reshape(id, region, nudge = false) {
    return this.#change(id, 'reshape', (entry) => {
      const changed = { ...entry, region };
      return { ...changed, decision: changedTo(changed) };
    }, nudge);
  }

  /** @type {(id: string, label: string) => boolean} */
  relabel(id, label) {
    return this.#change(id, 'relabel', (entry) => {
      const changed = { ...entry, label };
      return { ...changed, decision: changedTo(changed) };
    });
  }

  /** Add a region the rater drew and select it. @type {(region: Region, label: string) => string} */
  add(region, label) {
    const id = newId();
    /** @type {Entry} */
    const entry = {
      id, label, region, decision: 'added', origin: 'rater',
      score: null, proposed_region: null, proposed_label: null, reason: '', last_act: null,
    };
    this.selectedId = id;
    this.#commit('add', null, entry);
    return id;
  }

  /** Delete: a drawn region is withdrawn, a suggestion rejected. @type {(id: string) => boolean} */
  remove(id) {
    const decision = this.entries.get(id)?.origin === 'rater' ? 'withdrawn' : 'rejected';
    return this.#change(id, 'delete', (entry) => ({ ...entry, decision }));
  }

  undo() {
    const step = this.done.pop();
    if (!step) return false;
    this.undone.push(step);
    this.#restore('undo', step.before ?? { ...step.after, decision: 'withdrawn' });
    return true;
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return false;
    this.done.push(step);
    this.#restore('redo', step.after);
    return true;
  }

  /** @type {(id: string, action: Action, change: (entry: Entry) => Entry, nudge?: boolean) => boolean} */
  #change(id, action, change, nudge = false) {
    const before = this.entries.get(id);
    if (!before || before.decision === 'withdrawn') return false;
    const after = change(before);
    const same = after.decision === before.decision && after.label === before.label
      && sameRegion(after.region, before.region);
    if (same) return false;
    this.#commit(action, before, after, nudge);
    return true;
  }

  /** @type {(action: Action, before: Entry | null, after: Entry, nudge?: boolean) => void} */
  #commit(action, before, after, nudge = false) {
    const previous = this.done[this.done.length - 1];
    const joins = nudge && previous?.after.id === after.id
      && this.now() - previous.nudgedAt < NUDGE_PAUSE_MS;
    if (joins) this.done.pop();
    const since = joins ? previous.before : before;
    this.done.push({ before: since, after, nudgedAt: nudge ? this.now() : -Infinity });
    if (this.done.length > STEPS_KEPT) this.done.shift();
    this.undone = [];
    this.#state(action, after);
  }

  /** @type {(action: 'undo' | 'redo', entry: Entry) => void} */
  #restore(action, entry) {
    if (entry.decision !== 'withdrawn') this.selectedId = entry.id;
    this.#state(action, entry);
    if (!this.selected) this.selectedId = null;
  }

  /** Make an entry so, and tell the act that says it. @type {(action: Action, entry: Entry) => void} */
  #state(action, { id, label, region, decision, origin }) {
    const known = this.entries.get(id);
    /** @type {Act} */
    const act = {
      id: newId(),
      document: this.id,
      region_id: id,
      action,
      decision,
      label,
      region,
      derived_from: origin === 'suggestion' ? id : null,
      supersedes: known?.last_act ?? null,
      rater: this.rater,
    };
    this.entries.set(id, afterAct(known, act));
    this.tell([act]);
  }
}
