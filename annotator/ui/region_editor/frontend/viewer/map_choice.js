/**
 * Which map is to be shown: the pinned one, or the one that explains the selected region
 * against the rival chosen for its label; and the question to the server where it is missing.
 * Pure.
 *
 * @import { Entry, MapSource } from '../types.js'
 *
 * @typedef {{label: string, against: string, number: number}} Question
 */

export class MapChoice {
  constructor() {
    /** Place of a map that stays whatever is selected; null: follow the selection.
     * @type {number | null} */
    this.pinned = null;
    /** Rival chosen for a label. @type {Map<string, string>} */
    this.rivals = new Map();
    /** The map to compare with; null: another one of the same label.
     * @type {{label: string, against: string} | null} */
    this.compared = null;
    /** @type {Question | null} */
    this.waiting = null;
    this.asked = 0;
    this.state = '';
  }

  /** Another image: its maps are others. */
  reset() {
    this.pinned = null;
    this.rivals.clear();
    this.compared = null;
    this.waiting = null;
    this.state = '';
  }

  get isWaiting() {
    return this.waiting !== null;
  }

  /** The rival that a label is held against. @type {(label: string, maps: MapSource[]) => string} */
  rivalOf(label, maps) {
    return this.rivals.get(label) ?? maps.find((map) => map.label === label)?.against ?? 'dual';
  }

  /** Choose a rival. Returns the question to ask, or null if the map is here already.
   * @type {(label: string, against: string, maps: MapSource[]) => Question | null} */
  ask(label, against, maps) {
    this.pinned = null;
    this.rivals.set(label, against);
    return this.#question(label, against, maps);
  }

  /** Choose the map to compare with, likewise.
   * @type {(label: string, against: string, maps: MapSource[]) => Question | null} */
  askOther(label, against, maps) {
    this.compared = { label, against };
    return this.#question(label, against, maps);
  }

  /** @type {(label: string, against: string, maps: MapSource[]) => Question | null} */
  #question(label, against, maps) {
    this.state = '';
    this.waiting = null;
    if (maps.some((map) => map.label === label && map.against === against)) return null;
    this.asked += 1;
    this.waiting = { label, against, number: this.asked };
    this.state = 'Computing the map…';
    return this.waiting;
  }

  /** The server has spoken. @type {(answered: number, failure: string | null, maps: MapSource[]) => void} */
  answer(answered, failure, maps) {
    const { waiting } = this;
    if (!waiting) return;
    const { label, against, number } = waiting;
    const here = maps.some((map) => map.label === label && map.against === against);
    if (!here && answered < number) return;
    this.waiting = null;
    this.state = here ? '' : failure ?? 'There is no such map for this image.';
  }

  /** @type {(maps: MapSource[], selected: Entry | null) => MapSource | null} */
  shown(maps, selected) {
    if (this.pinned !== null) return maps[this.pinned] ?? null;
    const label = selected ? selected.proposed_label ?? selected.label : maps[0]?.label;
    if (label === undefined) return null;
    const against = this.rivalOf(label, maps);
    const ofLabel = maps.filter((map) => map.label === label);
    return ofLabel.find((map) => map.against === against) ?? ofLabel[0] ?? null;
  }

  /** The map beside the one shown, when two are compared.
   * @type {(maps: MapSource[], selected: Entry | null) => MapSource | null} */
  other(maps, selected) {
    const first = this.shown(maps, selected);
    const chosen = maps.find((map) => (
      map.label === this.compared?.label && map.against === this.compared.against));
    if (chosen && chosen !== first) return chosen;
    const rest = maps.filter((map) => map !== first);
    return rest.find((map) => map.label === first?.label) ?? rest[0] ?? null;
  }
}
