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
    /** @type {Question | null} */
    this.waiting = null;
    this.asked = 0;
    this.state = '';
  }

  /** Another image: its maps are others. */
  reset() {
    this.pinned = null;
    this.rivals.clear();
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
}
