/**
 * The regions of one image, what the rater does to them, and undo. Every change is told as
 * acts that state what holds afterwards, so the record needs nothing but the acts, and undo is
 * itself an act. Pure: no page, no network.
 *
 * @import { Action, Entry, Region, RegionAct } from '../types.js'
 * @import { Change, Heights, Nudge } from './history.js'
 */
import { sameRegion } from '../geometry/regions.js';
import { acceptedAs, changedTo } from './decisions.js';
import { History } from './history.js';
import { newId } from './identity.js';
import { MaskChanges, regionAfter } from './mask_changes.js';

/** The entry after an act. @type {(entry: Entry | undefined, act: RegionAct) => Entry} */
function afterAct(entry, act) {
  const begun = entry ?? {
    id: act.region_id,
    origin: /** @type {const} */ ('rater'),
    score: null,
    proposed_region: null,
    proposed_label: null,
    reason: '',
  };
  const { label, decision } = act;
  return { ...begun, label, region: regionAfter(act, entry), decision, last_act: act.id };
}

/** @type {(a: Entry, b: Entry) => boolean} */
const saysTheSame = (a, b) =>
  a.decision === b.decision && a.label === b.label && sameRegion(a.region, b.region);

/** What rejecting says of an entry: a suggestion is rejected, the rater's own region withdrawn.
 * @type {(entry: Entry) => 'withdrawn' | 'rejected'} */
const deletedAs = ({ origin }) => (origin === 'rater' ? 'withdrawn' : 'rejected');

/** A region that was drawn. @type {(drawn: {region: Region, label: string}) => Entry} */
const begin = ({ region, label }) => ({
  id: newId(), label, region, decision: 'added', origin: 'rater', score: null,
  proposed_region: null, proposed_label: null, reason: '', last_act: null,
});

export class EditorDocument {
  /** @param {(acts: RegionAct[]) => void} tell  @param {() => number} now */
  constructor(tell, now = () => Date.now()) {
    this.tell = tell;
    this.now = now;
    this.id = '';
    this.rater = '';
    /** The reading that acts are made in; null where the record knows none.
     * @type {string | null} */
    this.readingId = null;
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
    /** Selected, the one that was selected last at the end. @type {string[]} */
    this.selectedIds = [];
    this.history = new History();
    this.masks = new MaskChanges();
    /** Undecided suggestions scored below this are not shown. */
    this.leastScore = 0;
    /** Regions lifted above (> 0) or put below (< 0) the others. A matter of looking: it is
     * undone like the rest but not recorded. @type {Heights} */
    this.heights = new Map();
  }

  /**
   * Take over what the server knows. The rater's acts that are not acknowledged yet go on top,
   * so an answer that was under way while they worked takes nothing back.
   * @param {string} id  @param {Entry[]} entries  @param {RegionAct[]} pending
   */
  load(id, entries, pending) {
    if (id !== this.id) {
      this.id = id;
      this.selectedIds = [];
      this.history.clear();
      this.heights = new Map();
      this.entries.clear();
    }
    this.masks.forget();
    // Rows stay where they are, in whatever order the server tells of them.
    const places = new Map([...this.entries.keys()].map((key, place) => [key, place]));
    const placeOf = (/** @type {Entry} */ entry) => places.get(entry.id) ?? places.size;
    const ordered = [...entries].sort((a, b) => placeOf(a) - placeOf(b));
    this.entries = new Map(ordered.map((entry) => [entry.id, entry]));
    for (const act of pending) {
      this.entries.set(act.region_id, afterAct(this.entries.get(act.region_id), act));
    }
    this.#dropLostSelection();
  }

  /** What every act made now says of itself. @returns {import('../types.js').ActHead} */
  get head() {
    return { id: newId(), document: this.id, rater: this.rater, reading_id: this.readingId };
  }

  // ---- what is so -------------------------------------------------------------------------

  /** Entries that exist and pass the filter, in the order they are listed. */
  get shown() {
    return [...this.entries.values()].filter((entry) => (
      entry.decision !== 'withdrawn' && !this.isFiltered(entry)));
  }

  /** How many suggestions the filter keeps from sight. */
  get filtered() {
    return [...this.entries.values()].filter((entry) => this.isFiltered(entry)).length;
  }

  /** @type {(entry: Entry) => boolean} */
  isFiltered(entry) {
    return entry.decision === 'undecided' && entry.score !== null && entry.score < this.leastScore;
  }

  /** Selected entries, the one selected last at the end. @returns {Entry[]} */
  get selection() {
    return this.selectedIds.flatMap((id) => this.entries.get(id) ?? []);
  }

  /** The entry selected last. */
  get selected() {
    return this.selection[this.selection.length - 1] ?? null;
  }

  get selectedId() {
    return this.selected?.id ?? null;
  }

  get progress() {
    const suggestions = [...this.entries.values()].filter((entry) => (
      entry.origin === 'suggestion' && entry.decision !== 'withdrawn'));
    const decided = suggestions.filter((entry) => entry.decision !== 'undecided');
    return { decided: decided.length, total: suggestions.length };
  }

  /** Id of the next entry nobody has decided on, from the selected one on; null if none is left.
   * @type {(direction?: 1 | -1) => string | null} */
  nextUndecided(direction = 1) {
    const order = direction > 0 ? this.shown : this.shown.reverse();
    const from = order.findIndex((entry) => entry.id === this.selectedId);
    const turned = [...order.slice(from + 1), ...order.slice(0, from + 1)];
    return turned.find((entry) => entry.decision === 'undecided')?.id ?? null;
  }

  /** Id of the region listed after (1) or before (-1) the selected one, round and round.
   * @type {(direction: 1 | -1) => string | null} */
  neighbour(direction) {
    const { shown } = this;
    if (!shown.length) return null;
    const from = shown.findIndex((entry) => entry.id === this.selectedId);
    if (from < 0) return shown[direction > 0 ? 0 : shown.length - 1].id;
    return shown[(from + direction + shown.length) % shown.length].id;
  }

  // ---- selecting --------------------------------------------------------------------------

  /** Select these and nothing else. @type {(...ids: string[]) => void} */
  select(...ids) {
    this.selectedIds = ids;
    this.#dropLostSelection();
  }

  /** Add to the selection, or take out of it. @type {(id: string) => void} */
  toggle(id) {
    const others = this.selectedIds.filter((other) => other !== id);
    this.selectedIds = others.length < this.selectedIds.length ? others : [...others, id];
  }

  #dropLostSelection() {
    const seen = new Set(this.shown.map((entry) => entry.id));
    this.selectedIds = this.selectedIds.filter((id) => seen.has(id));
  }

  /** @type {(score: number) => void} */
  filterBelow(score) {
    this.leastScore = score;
    this.#dropLostSelection();
  }

  // ---- what the rater does ------------------------------------------------------------------

  /** @type {(...ids: string[]) => boolean} */
  accept(...ids) {
    return this.#change(ids, 'accept', (entry) => ({ ...entry, decision: acceptedAs(entry) }));
  }

  /** @type {(...ids: string[]) => boolean} */
  reject(...ids) {
    const action = ids.every((id) => this.entries.get(id)?.origin === 'rater') ? 'delete' : 'reject';
    return this.#change(ids, action, (entry) => ({ ...entry, decision: deletedAs(entry) }));
  }

  /** As `reject`, said as a deletion. @type {(...ids: string[]) => boolean} */
  remove(...ids) {
    return this.#change(ids, 'delete', (entry) => ({ ...entry, decision: deletedAs(entry) }));
  }

  /** @type {(...ids: string[]) => boolean} */
  reopen(...ids) {
    const suggestions = ids.filter((id) => this.entries.get(id)?.origin === 'suggestion');
    return this.#change(suggestions, 'reopen', (entry) => ({ ...entry, decision: 'undecided' }));
  }

  /** @type {(id: string, region: Region, nudge?: Nudge['kind'] | null) => boolean} */
  reshape(id, region, nudge = null) {
    return this.reshapeAll(new Map([[id, region]]), nudge);
  }

  /** Give several regions their outlines in one step.
   * @type {(regions: Map<string, Region>, nudge?: Nudge['kind'] | null) => boolean} */
  reshapeAll(regions, nudge = null) {
    return this.#change([...regions.keys()], 'reshape', (entry) => {
      const changed = { ...entry, region: regions.get(entry.id) ?? entry.region };
      return { ...changed, decision: changedTo(changed) };
    }, nudge);
  }

  /** @type {(label: string, ...ids: string[]) => boolean} */
  relabel(label, ...ids) {
    return this.#change(ids, 'relabel', (entry) => {
      const changed = { ...entry, label };
      return { ...changed, decision: changedTo(changed) };
    });
  }

  /** Draw regions; they are selected. Returns their ids.
   * @type {(...drawn: {region: Region, label: string}[]) => string[]} */
  add(...drawn) {
    const changes = drawn.map((one) => ({ before: null, after: begin(one) }));
    this.#commit('add', changes);
    const ids = changes.map(({ after }) => after.id);
    this.select(...ids);
    return ids;
  }

  /**
   * Give regions other outlines, delete those whose outline is null, and draw others, in one
   * step. Nothing is selected by it. Returns the ids of those drawn.
   * @type {(regions: Map<string, Region | null>, ...drawn: {region: Region, label: string}[]) => string[]}
   */
  repaint(regions, ...drawn) {
    const changes = [...regions].flatMap(([id, region]) => {
      const before = this.entries.get(id);
      if (!before) return [];
      /** @type {Entry} */
      const after = region ? { ...before, region } : { ...before, decision: deletedAs(before) };
      if (region) after.decision = changedTo(after);
      /** @type {Action} */
      const action = region ? 'reshape' : 'delete';
      return saysTheSame(before, after) ? [] : [{ before, after, action }];
    });
    const begun = drawn.map((one) => ({ before: null, after: begin(one), action: /** @type {const} */ ('add') }));
    if (changes.length + begun.length) this.#commit('reshape', [...changes, ...begun]);
    return begun.map(({ after }) => after.id);
  }

  /** Lay the selected regions over (1) or under (-1) all others.
   * @type {(direction: 1 | -1, ...ids: string[]) => boolean} */
  restack(direction, ...ids) {
    if (!ids.length) return false;
    const before = this.heights;
    const used = [0, ...before.values()];
    const height = direction > 0 ? Math.max(...used) + 1 : Math.min(...used) - 1;
    const after = new Map([...before, ...ids.map((id) => /** @type {const} */ ([id, height]))]);
    this.heights = after;
    this.history.note({ heights: { before, after } });
    return true;
  }

  /** Take the last step back; what it stated of labels is the label sheet's to take back. */
  undo() {
    const step = this.history.undo();
    if (!step) return null;
    if (step.heights) this.heights = step.heights.before;
    this.#restore('undo', step.changes.map(({ before, after }) => (
      before ?? { ...after, decision: 'withdrawn' })));
    return step;
  }

  redo() {
    const step = this.history.redo();
    if (!step) return null;
    if (step.heights) this.heights = step.heights.after;
    this.#restore('redo', step.changes.map(({ after }) => after));
    return step;
  }

  /**
   * Take over what another page recorded of a region meanwhile, or insist on what is said here:
   * then an act says it anew, on top of the other.
   * @type {(id: string, current: RegionAct, mine: boolean) => void}
   */
  settle(id, current, mine) {
    const here = this.entries.get(id);
    this.entries.set(id, afterAct(here, current));
    this.masks.forget();
    if (here && mine) this.#state(() => 'settle', [here]);
  }

  // ---- how it is told -----------------------------------------------------------------------

  /** @type {(ids: string[], action: Action, change: (entry: Entry) => Entry,
   *   nudge?: Nudge['kind'] | null) => boolean} */
  #change(ids, action, change, nudge = null) {
    const changes = ids.flatMap((id) => {
      const before = this.entries.get(id);
      if (!before || before.decision === 'withdrawn') return [];
      const after = change(before);
      return saysTheSame(before, after) ? [] : [{ before, after }];
    });
    if (!changes.length) return false;
    this.#commit(action, changes, nudge);
    return true;
  }

  /** @type {(action: Action, changes: Change[], nudge?: Nudge['kind'] | null) => void} */
  #commit(action, changes, nudge = null) {
    this.history.note({ changes, nudge: nudge && { kind: nudge, at: this.now() } });
    this.#state((k) => changes[k].action ?? action, changes.map(({ after }) => after));
  }

  /** @type {(action: 'undo' | 'redo', entries: Entry[]) => void} */
  #restore(action, entries) {
    if (!entries.length) return;
    this.#state(() => action, entries);
    this.select(...entries.map((entry) => entry.id));
  }

  /** Make entries so, and tell the acts that say it.
   * @type {(actionOf: (place: number) => Action, entries: Entry[]) => void} */
  #state(actionOf, entries) {
    const acts = entries.map(({ id, label, region, decision, origin }, place) => {
      const known = this.entries.get(id);
      /** @type {RegionAct} */
      const act = {
        ...this.head,
        kind: 'region',
        region_id: id,
        action: actionOf(place),
        decision,
        label,
        region,
        changes: this.masks.since(id, region, known),
        derived_from: origin === 'suggestion' ? id : null,
        supersedes: known?.last_act ?? null,
      };
      this.entries.set(id, afterAct(known, act));
      return act;
    });
    this.#dropLostSelection();
    this.tell(acts);
  }
}
